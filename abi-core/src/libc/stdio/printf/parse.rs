//! parse_printf_format(3)

use super::custom::walk;
use super::spec::{Cursor, Length, Spec};
use crate::libc::guest_vec::GuestVec;
use crate::libc::state::state;

/// `PA_FLAG_LONG_LONG`, which also says `long double`.
pub const FLAG_LONG_LONG: i32 = 1 << 8;
/// `PA_FLAG_LONG`
const FLAG_LONG: i32 = 1 << 9;
/// `PA_FLAG_SHORT`
const FLAG_SHORT: i32 = 1 << 10;
/// `PA_FLAG_PTR`
pub const FLAG_POINTER: i32 = 1 << 11;

/// The `PA_` type of a conversion's argument, as glibc tells it: of an integer behind `L` no length, of `%n` none at all, and
/// `%lc` and `%ls` as the narrow ones.
pub fn type_of(spec: &Spec, is_long_long: bool) -> i32 {
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
    // SAFETY: the tables are the program's and never go; the caller's promise.
    unsafe {
        let registered = state().stdio.registrations.get().as_ref();
        let Ok((items, count, _)) = walk::items(registered, Cursor(template)) else { return 0 };
        let room = room.min(count);
        let Ok(mut sizes) = GuestVec::filled(0, room) else { return 0 };
        let types = if room == 0 { &mut [] } else { core::slice::from_raw_parts_mut(types, room) };
        for item in items.iter() {
            item.store_types(registered, types, &mut sizes);
        }
        count
    }
}
