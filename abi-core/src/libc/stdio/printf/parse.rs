//! parse_printf_format(3)

use super::args::{Class, for_each_argument};
use super::spec::{Cursor, Length, Spec};

/// `PA_FLAG_LONG_LONG`, which also says `long double`.
const FLAG_LONG_LONG: i32 = 1 << 8;
/// `PA_FLAG_LONG`
const FLAG_LONG: i32 = 1 << 9;
/// `PA_FLAG_SHORT`
const FLAG_SHORT: i32 = 1 << 10;
/// `PA_FLAG_PTR`
const FLAG_POINTER: i32 = 1 << 11;

/// The `PA_` type of a conversion's argument, as glibc tells it: of an integer behind `L` no length, of `%n` none at all, and
/// `%lc` and `%ls` as the narrow ones.
fn type_of(spec: &Spec, is_long_long: bool) -> i32 {
    let integer = match spec.length {
        Length::Char => 1,
        Length::Short => FLAG_SHORT,
        Length::Plain => 0,
        Length::LongDouble if !is_long_long => 0,
        Length::Long | Length::LongDouble => FLAG_LONG,
    };
    match spec.conversion {
        b'c' => 1,
        b'C' => 2,
        b's' => 3,
        b'S' => 4,
        b'p' => 5,
        b'n' => FLAG_POINTER,
        b'a' | b'A' | b'e' | b'E' | b'f' | b'F' | b'g' | b'G' => {
            7 | if spec.length == Length::LongDouble { FLAG_LONG_LONG } else { 0 }
        }
        _ => integer,
    }
}

/// Stores the types of the first `room` arguments of a format; returns how many it takes.
///
/// # Safety
/// `template` is a C string, `types` has the room.
pub unsafe fn argument_types(template: *const u8, room: usize, types: *mut i32) -> usize {
    let mut count = 0;
    // SAFETY: the caller's promise; every store is below `room`.
    unsafe {
        // A format that can't be read has no arguments.
        let _ = for_each_argument(Cursor(template), |index, class| {
            count = count.max(index + 1);
            if index < room {
                *types.add(index) = if class == Class::Word { 0 } else { 7 };
            }
        });
        let mut cursor = Cursor(template);
        let mut next = 0;
        while cursor.peek() != 0 {
            let is_spec = cursor.peek() == b'%';
            cursor.advance();
            if !is_spec {
                continue;
            }
            let Ok(spec) = cursor.spec() else { break };
            next += [spec.width, spec.precision].iter().filter(|s| **s == super::spec::Source::Next).count();
            if spec.class().is_some() {
                let index = if spec.position > 0 {
                    spec.position as usize - 1
                } else {
                    next += 1;
                    next - 1
                };
                if index < room {
                    // What came before the letter tells `ll` from `L`.
                    *types.add(index) = type_of(&spec, *cursor.0.sub(2) == b'l');
                }
            }
        }
    }
    count
}
