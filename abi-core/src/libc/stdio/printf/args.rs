//! The arguments of printf: in order, or collected first when the format names them by position.

use super::engine::Fortify;
use super::sink::Unit;
use super::spec::{Cursor, Length, Source, Spec, SpecError};
use super::text;
use crate::boundary::variadic::VaList;
use crate::libc::guest_heap::{free, malloc};

/// The class an argument is passed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// An integer or pointer.
    Word,
    /// A `double`.
    Double,
    /// A `long double`.
    LongDouble,
}

/// An argument.
#[derive(Debug, Clone, Copy)]
pub enum Value {
    /// An integer or pointer.
    Word(u64),
    /// A `double`.
    Double(f64),
    /// A `long double`, its 10 bytes.
    LongDouble([u8; 10]),
    /// A `_Float128`, which only strfromf128(3) has.
    Quad([u8; 16]),
}

impl Value {
    /// Returns an integer or pointer argument.
    pub fn word(self) -> u64 {
        if let Self::Word(word) = self { word } else { 0 }
    }
}

impl Spec {
    /// Returns the class of the conversion's argument, or `None` if it takes none.
    pub fn class(&self) -> Option<Class> {
        match self.conversion {
            b'%' | b'm' | 0 => None,
            b'a' | b'A' | b'e' | b'E' | b'f' | b'F' | b'g' | b'G' => {
                Some(if self.length == Length::LongDouble { Class::LongDouble } else { Class::Double })
            }
            b'd' | b'i' | b'o' | b'u' | b'x' | b'X' | b'b' | b'B' | b'c' | b'C' | b's' | b'S' | b'p'
            | b'n' => Some(Class::Word),
            _ => None,
        }
    }
}

/// Takes the next argument of a class.
///
/// # Safety
/// The caller passed one.
unsafe fn take(list: &mut VaList, class: Class) -> Value {
    // SAFETY: the caller's promise.
    unsafe {
        match class {
            Class::Word => Value::Word(list.next_u64()),
            Class::Double => Value::Double(list.next_f64()),
            Class::LongDouble => Value::LongDouble(list.next_f80()),
        }
    }
}

/// How many arguments by position need no heap.
const INLINE: usize = 24;

/// Arguments collected for a format that names them by position.
pub struct Collected {
    inline: [Value; INLINE],
    heap: *mut Value,
    count: usize,
}

/// A format's arguments.
#[expect(clippy::large_enum_variant, reason = "one of them, on the stack of one call")]
pub enum Args<'a> {
    /// One after another; how many were taken.
    InOrder(&'a mut VaList, usize),
    /// By position; the number of the next one that has none.
    ByPosition(Collected, usize),
}

impl Args<'_> {
    /// Takes the argument of a number, or the next one if that is 0.
    ///
    /// # Safety
    /// The caller passed what the format says.
    pub unsafe fn value(&mut self, position: u32, class: Class) -> Value {
        match self {
            Self::InOrder(list, taken) => {
                *taken += 1;
                // SAFETY: the caller's promise.
                unsafe { take(list, class) }
            }
            Self::ByPosition(collected, next) => {
                let index = if position == 0 {
                    *next += 1;
                    *next - 1
                } else {
                    position as usize - 1
                };
                collected.get(index)
            }
        }
    }

    /// Takes a width or precision; `None` if not given.
    ///
    /// # Safety
    /// As for [`Self::value`].
    pub unsafe fn number(&mut self, source: Source) -> Option<i64> {
        let position = match source {
            Source::None => return None,
            Source::Value(value) => return Some(i64::from(value)),
            Source::Next => 0,
            Source::Position(position) => position,
        };
        // SAFETY: the caller's promise.
        Some(i64::from(unsafe { self.value(position, Class::Word) }.word() as i32))
    }
}

/// What stands for an argument that no specification has named yet.
const UNNAMED: u64 = 1;

/// The highest argument number a format may use, as glibc's `NL_ARGMAX`.
const POSITIONS_MAX: usize = 4096;

impl Collected {
    fn get(&self, index: usize) -> Value {
        if index >= self.count {
            return Value::Word(0);
        }
        if self.heap.is_null() {
            return self.inline[index];
        }
        // SAFETY: the heap block holds `count` values.
        unsafe { self.heap.add(index).read() }
    }

    /// Takes all arguments of `format`, in the order of their positions. `None` for a position out of range or no memory.
    ///
    /// # Safety
    /// The format is NUL-terminated and the caller passed what it says.
    pub unsafe fn collect<U: Unit>(
        format: Cursor<U>,
        list: &mut VaList,
        fortify: Fortify,
    ) -> Result<Option<Self>, SpecError> {
        // SAFETY: the caller's promise.
        unsafe {
            let mut count = 0;
            for_each_argument(format, |index, _| count = count.max(index + 1))?;
            if count > POSITIONS_MAX {
                return Ok(None);
            }
            let mut collected = Self { inline: [Value::Word(0); INLINE], heap: core::ptr::null_mut(), count };
            let mut values = collected.inline.as_mut_ptr();
            if count > INLINE {
                collected.heap = malloc(count * size_of::<Value>()).cast();
                values = collected.heap;
                if values.is_null() {
                    return Ok(None);
                }
            }
            for index in 0..count {
                values.add(index).write(Value::Word(UNNAMED));
            }
            // First note the classes, as zeros; a number the format skips is passed as an int.
            for_each_argument(format, |index, class| {
                // The second walk finds the same arguments as the first.
                values.add(index).write(match class {
                    Class::Word => Value::Word(0),
                    Class::Double => Value::Double(0.0),
                    Class::LongDouble => Value::LongDouble([0; 10]),
                });
            })?;
            for index in 0..count {
                if fortify == Fortify::Yes && matches!(values.add(index).read(), Value::Word(UNNAMED)) {
                    text::fatal(b"*** invalid %N$ use detected ***\n");
                }
                let class = match values.add(index).read() {
                    Value::Word(_) => Class::Word,
                    Value::Double(_) => Class::Double,
                    // The last is no argument.
                    Value::LongDouble(_) | Value::Quad(_) => Class::LongDouble,
                };
                values.add(index).write(take(list, class));
            }
            Ok(Some(collected))
        }
    }
}

impl Drop for Collected {
    fn drop(&mut self) {
        // SAFETY: null or its own block.
        unsafe { free(self.heap.cast()) };
    }
}

/// Calls `visit` with the index and class of every argument a format uses.
///
/// # Safety
/// The format is NUL-terminated.
pub unsafe fn for_each_argument<U: Unit>(
    mut format: Cursor<U>,
    mut visit: impl FnMut(usize, Class),
) -> Result<(), SpecError> {
    let mut next = 0;
    // SAFETY: the cursor stops at the NUL.
    unsafe {
        while format.peek() != 0 {
            let is_spec = format.peek() == b'%';
            format.advance();
            if !is_spec {
                continue;
            }
            let spec = format.spec()?;
            for source in [spec.width, spec.precision] {
                match source {
                    Source::Next => {
                        visit(next, Class::Word);
                        next += 1;
                    }
                    Source::Position(position) => visit(position as usize - 1, Class::Word),
                    _ => {}
                }
            }
            if let Some(class) = spec.class() {
                if spec.position > 0 {
                    visit(spec.position as usize - 1, class);
                } else {
                    visit(next, class);
                    next += 1;
                }
            }
        }
    }
    Ok(())
}
