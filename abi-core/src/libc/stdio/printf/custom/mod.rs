//! Conversions, modifiers and types of arguments that the program has registered (glibc's "Customizing printf").
//!
//! The tables are on the program's heap from the first registration on, and then [`walk`] walks every format: all
//! arguments are taken before the first conversion is written, since only the program's functions know them.

pub mod walk;

use core::ffi::{c_int, c_void};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, Ordering};

use super::sink::Unit;
use super::spec::{Cursor, Length, Source, Spec};
use crate::abi;
use crate::boundary::variadic::VaList;
use crate::libc::guest_heap::{calloc, free, malloc};
use crate::libc::set_errno;
use crate::libc::state::state;
use crate::libc::stdio::file::File;
use crate::libc::stdio::lock::{acquire_word, release_word};

/// `struct printf_info`: what a conversion is told of its specification.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PrintfInfo {
    /// Precision, -1 if there is none.
    precision: i32,
    width: i32,
    /// The letter.
    letter: i32,
    /// `is_long_double`, `is_short` and so on, from the lowest bit.
    bits: u16,
    /// The program's modifiers.
    user: u16,
    /// `0` or space.
    pad: i32,
}

/// Bits of [`PrintfInfo`].
mod bit {
    pub(super) const LONG_DOUBLE: u16 = 1;
    pub(super) const SHORT: u16 = 1 << 1;
    pub(super) const LONG: u16 = 1 << 2;
    pub(super) const ALTERNATE: u16 = 1 << 3;
    pub(super) const SPACE: u16 = 1 << 4;
    pub(super) const LEFT: u16 = 1 << 5;
    pub(super) const SIGN: u16 = 1 << 6;
    pub(super) const GROUP: u16 = 1 << 7;
    pub(super) const CHAR: u16 = 1 << 9;
    pub(super) const WIDE: u16 = 1 << 10;
    pub(super) const LOCALE_DIGITS: u16 = 1 << 11;
}

impl PrintfInfo {
    /// Describes a specification whose width and precision are not an argument's.
    fn new<U: Unit>(spec: &Spec, letter: u32, user: u16) -> Self {
        let flags = spec.flags;
        let mut bits = match spec.length {
            Length::Plain => 0,
            Length::Char => bit::CHAR,
            Length::Short => bit::SHORT,
            Length::Long => bit::LONG,
            Length::LongDouble => bit::LONG_DOUBLE,
        };
        for (is_set, value) in [
            (flags.alternate, bit::ALTERNATE),
            (flags.space, bit::SPACE),
            (flags.left, bit::LEFT),
            (flags.plus, bit::SIGN),
            (flags.group, bit::GROUP),
            (U::IS_WIDE, bit::WIDE),
            (flags.locale_digits, bit::LOCALE_DIGITS),
        ] {
            bits |= if is_set { value } else { 0 };
        }
        let given = |source, other| if let Source::Value(value) = source { value as i32 } else { other };
        Self {
            precision: given(spec.precision, -1),
            width: given(spec.width, 0),
            letter: letter as i32,
            bits,
            user,
            pad: i32::from(if flags.zero && !flags.left { b'0' } else { b' ' }),
        }
    }
}

/// `printf_function`: writes a conversion; returns its length, -1 for an error, or [`AS_WITHOUT`].
pub type Convert =
    unsafe extern "C" fn(stream: *mut File, info: *const PrintfInfo, args: *const *const c_void) -> c_int;
/// `printf_arginfo_size_function`: tells how many arguments a conversion takes, and the types and sizes of the first
/// `room` of them; negative if it is not the program's.
pub type ArgInfo =
    unsafe extern "C" fn(info: *const PrintfInfo, room: usize, types: *mut c_int, sizes: *mut c_int) -> c_int;
/// `printf_va_arg_function`: takes an argument of a type of the program's.
pub type TakeArgument = unsafe extern "C" fn(to: *mut c_void, list: *mut VaList);

/// What a conversion returns that leaves it to the library.
const AS_WITHOUT: c_int = -2;

/// `PA_LAST`, from which on the program's types are numbered.
const TYPES_FIRST: usize = 8;
/// The end of the types: what is above are flags.
const TYPES_END: usize = 0x100;

/// A modifier of the program's, with its text behind it.
struct Modifier {
    next: *mut Self,
    len: usize,
    bit: u16,
}

impl Modifier {
    /// Returns the text.
    unsafe fn text(&self) -> &[u32] {
        // SAFETY: the caller has it from the list, where every one has its text behind it.
        unsafe { core::slice::from_raw_parts((&raw const *self).add(1).cast(), self.len) }
    }
}

/// What the program has registered. Zero is nothing.
pub struct Registered {
    lock: u32,
    conversions: [Option<Convert>; 256],
    arguments: [Option<ArgInfo>; 256],
    modifiers: AtomicPtr<Modifier>,
    modifiers_count: u32,
    types: [Option<TakeArgument>; TYPES_END - TYPES_FIRST],
    types_count: usize,
}

/// Where the program's tables are; null without any.
#[derive(Debug)]
pub struct Registrations(AtomicPtr<Registered>);

impl Registrations {
    /// None.
    pub const fn new() -> Self {
        Self(AtomicPtr::new(null_mut()))
    }

    /// Returns the tables, null if the program has registered nothing.
    #[inline]
    pub fn get(&self) -> *mut Registered {
        self.0.load(Ordering::Acquire)
    }

    /// Returns the tables, made by the first who asks; null without memory.
    fn make(&self) -> *mut Registered {
        if !self.get().is_null() {
            return self.get();
        }
        // SAFETY: zero bytes are a `Registered`; who loses the race frees its own.
        unsafe {
            let new = calloc(1, size_of::<Registered>()).cast::<Registered>();
            match self.0.compare_exchange(null_mut(), new, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => new,
                Err(other) => {
                    free(new.cast());
                    other
                }
            }
        }
    }
}

impl Default for Registrations {
    fn default() -> Self {
        Self::new()
    }
}

fn fail(error: i32) -> c_int {
    set_errno(error);
    -1
}

/// register_printf_specifier(3)
pub extern "C" fn register_printf_specifier(
    letter: c_int,
    convert: Option<Convert>,
    info: Option<ArgInfo>,
) -> c_int {
    let Ok(letter) = u8::try_from(letter) else { return fail(abi::EINVAL) };
    let tables = state().stdio.registrations.make();
    if tables.is_null() {
        return -1;
    }
    // SAFETY: the program's tables; a printf that runs now sees either function.
    unsafe {
        acquire_word(&raw mut (*tables).lock);
        (*tables).conversions[usize::from(letter)] = convert;
        (*tables).arguments[usize::from(letter)] = info;
        release_word(&raw mut (*tables).lock);
    }
    0
}

/// register_printf_modifier(3): returns the modifier's bit.
///
/// # Safety
/// `text` is a wide string.
pub unsafe extern "C" fn register_printf_modifier(text: *const i32) -> c_int {
    // SAFETY: the caller's promise.
    let text = unsafe { core::slice::from_raw_parts(text, crate::exports::wchar::wcslen(text)) };
    if text.is_empty() || text.iter().any(|&unit| !(1..256).contains(&unit)) {
        return fail(abi::EINVAL);
    }
    let tables = state().stdio.registrations.make();
    // SAFETY: a new block with room for both parts; the program's tables.
    unsafe {
        let new = malloc(size_of::<Modifier>() + size_of_val(text)).cast::<Modifier>();
        if tables.is_null() || new.is_null() {
            free(new.cast());
            return -1;
        }
        core::ptr::copy_nonoverlapping(text.as_ptr(), new.add(1).cast(), text.len());
        acquire_word(&raw mut (*tables).lock);
        let number = (*tables).modifiers_count;
        let is_room = number < u16::BITS;
        if is_room {
            let next = (*tables).modifiers.load(Ordering::Relaxed);
            new.write(Modifier { next, len: text.len(), bit: 1 << number });
            (*tables).modifiers.store(new, Ordering::Release);
            (*tables).modifiers_count += 1;
        }
        release_word(&raw mut (*tables).lock);
        if !is_room {
            free(new.cast());
            return fail(abi::ENOSPC);
        }
        1 << number
    }
}

/// register_printf_type(3): returns the type's number.
pub extern "C" fn register_printf_type(take: Option<TakeArgument>) -> c_int {
    let tables = state().stdio.registrations.make();
    if tables.is_null() {
        return -1;
    }
    // SAFETY: the program's tables.
    unsafe {
        acquire_word(&raw mut (*tables).lock);
        let index = (*tables).types_count;
        let is_room = index < TYPES_END - TYPES_FIRST;
        if is_room {
            (*tables).types[index] = take;
            (*tables).types_count += 1;
        }
        release_word(&raw mut (*tables).lock);
        if is_room { (index + TYPES_FIRST) as c_int } else { fail(abi::ENOSPC) }
    }
}

impl Registered {
    /// Reads the longest of the program's modifiers here; `None` if there is none.
    unsafe fn modifier<U: Unit>(&self, cursor: &mut Cursor<U>) -> Option<u16> {
        let mut best: Option<&Modifier> = None;
        let mut at = self.modifiers.load(Ordering::Acquire);
        // SAFETY: modifiers are never freed; the comparison stops at the format's NUL, which no text has.
        unsafe {
            while let Some(modifier) = at.as_ref() {
                let is_here =
                    modifier.text().iter().enumerate().all(|(i, &c)| (*cursor.0.add(i)).code() == c);
                if is_here && best.is_none_or(|best| modifier.len > best.len) {
                    best = Some(modifier);
                }
                at = modifier.next;
            }
            let best = best?;
            cursor.0 = cursor.0.add(best.len);
            Some(best.bit)
        }
    }

    fn conversion(&self, letter: i32) -> Option<Convert> {
        self.conversions.get(usize::try_from(letter).ok()?).copied().flatten()
    }

    fn argument(&self, letter: i32) -> Option<ArgInfo> {
        self.arguments.get(usize::try_from(letter).ok()?).copied().flatten()
    }

    fn user_type(&self, kind: i32) -> Option<TakeArgument> {
        self.types.get(usize::try_from(kind).ok()?.checked_sub(TYPES_FIRST)?).copied().flatten()
    }
}
