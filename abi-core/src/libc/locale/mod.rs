//! Locales, character classes and conversions.
//!
//! There are two locales: `C` (also `POSIX`) and `C.UTF-8`, which differ in the character set alone.

pub mod charset;
pub mod charset_names;
pub mod classes;
pub mod composed;
pub mod conversion;
pub mod ctype;
pub mod items;
pub mod known;
pub mod legacy;
pub mod letters;
pub mod multibyte;
pub mod object;
pub mod pages;
pub mod ranges;
pub mod shifting;
pub mod wide;
pub mod width;

use core::cell::UnsafeCell;

use object::Locale;

/// A program's locale.
#[repr(C)]
pub struct LocaleState {
    /// What `setlocale` made of it.
    pub global: UnsafeCell<Locale>,
    /// Where `setlocale` writes a name of several parts.
    pub composite: UnsafeCell<[u8; 256]>,
    /// `_nl_msg_cat_cntr`
    pub catalogue_counter: super::state::DataObject<core::ffi::c_int>,
    /// `textdomain`
    pub text_domain: UnsafeCell<*mut core::ffi::c_char>,
    /// Bindings of domains to folders.
    pub bindings: UnsafeCell<*mut object::Binding>,
    /// Names of `C.UTF-8` that were asked for.
    pub spellings: core::sync::atomic::AtomicPtr<object::Spelling>,
    /// What was found out about characters.
    pub known: known::Known,
}

impl LocaleState {
    /// Makes the state a program starts with.
    pub const fn new() -> Self {
        Self {
            global: UnsafeCell::new(Locale::c()),
            composite: UnsafeCell::new([0; 256]),
            catalogue_counter: super::state::DataObject::new(0),
            text_domain: UnsafeCell::new(core::ptr::null_mut()),
            bindings: UnsafeCell::new(core::ptr::null_mut()),
            spellings: core::sync::atomic::AtomicPtr::new(core::ptr::null_mut()),
            known: known::Known::new(),
        }
    }
}

impl Default for LocaleState {
    fn default() -> Self {
        Self::new()
    }
}

/// A thread's own part: its `uselocale` locale and the static buffers of string functions. All zero at the start.
#[repr(C)]
pub struct LocaleFields {
    /// Where `strtok` goes on.
    pub strtok: *mut core::ffi::c_char,
    /// Room for the texts of numbers without a name of their own.
    pub text: [u8; super::string::TEXT_BYTES],
    /// What `uselocale` set; null for the program's.
    pub locale: *mut Locale,
    /// What `__ctype_b_loc` and its kin point to.
    pub ctype: [*const core::ffi::c_void; 3],
    /// Conversion states of functions called without one.
    pub conversions: [u64; 10],
}

/// Returns the calling thread's locale.
#[inline]
pub fn current() -> *mut Locale {
    // SAFETY: the control block lives as long as its thread.
    let own = unsafe { (*super::tcb::tcb()).locale.locale };
    if own.is_null() { super::state::state().locale.global.get() } else { own }
}

/// Tells whether the calling thread's characters are UTF-8.
#[inline]
pub fn is_utf8() -> bool {
    // SAFETY: a locale in use is not freed.
    unsafe { (*current()).is_utf8() }
}

/// Tells whether a character of the calling thread's locale is white space. Bytes may stand for themselves: in no locale is one
/// above ASCII.
pub fn is_space(c: u32) -> bool {
    c == 32 || (9..=13).contains(&c) || c > 255 && wide::is(wide::Class::Space, c) && is_utf8()
}
