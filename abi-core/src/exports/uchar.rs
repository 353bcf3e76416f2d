//! `uchar.h`
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::c_char;

use super::wchar_convert::{illegal, mbrtowc, or_own, wcrtomb};
use crate::libc::locale::multibyte::{Conversion, Decoded, decode};
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// What tells that a unit came from bytes taken before.
const FROM_BEFORE: usize = usize::MAX - 2;

unsafe extern "C" fn mbrtoc32(to: *mut u32, from: *const c_char, n: usize, state: *mut Conversion) -> usize {
    mbrtowc(to.cast(), from, n, or_own(state, 4))
}

unsafe extern "C" fn c32rtomb(to: *mut c_char, c: u32, state: *mut Conversion) -> usize {
    wcrtomb(to, c as i32, or_own(state, 5))
}

/// A character outside the first plane is two units; the second comes with the next call.
unsafe extern "C" fn mbrtoc16(to: *mut u16, from: *const c_char, n: usize, state: *mut Conversion) -> usize {
    let state = or_own(state, 6);
    if from.is_null() {
        *state = Conversion::default();
        return 0;
    }
    if (*state).half != 0 {
        if !to.is_null() {
            *to = (*state).half;
        }
        (*state).half = 0;
        return FROM_BEFORE;
    }
    let mut c = 0;
    let used = mbrtowc(&raw mut c, from, n, state);
    if used <= n {
        // Beyond the last plane the pair is none, but it has the sums that make one.
        let is_pair = c >= 0x1_0000;
        if !to.is_null() {
            *to = if is_pair { (0xd7c0 + (c >> 10)) as u16 } else { c as u16 };
        }
        (*state).half = if is_pair { 0xdc00 + (c & 0x3ff) as u16 } else { 0 };
    }
    used
}

/// The first unit of a pair gives no bytes yet.
unsafe extern "C" fn c16rtomb(to: *mut c_char, c: u16, state: *mut Conversion) -> usize {
    let state = or_own(state, 7);
    if to.is_null() {
        *state = Conversion::default();
        return 1;
    }
    let first = (*state).half;
    (*state).half = 0;
    match (first, c) {
        (0, 0xd800..0xdc00) => {
            (*state).half = c;
            0
        }
        (0, _) => wcrtomb(to, c.into(), state),
        (_, 0xdc00..0xe000) => {
            let c = 0x1_0000 + (i32::from(first & 0x3ff) << 10 | i32::from(c & 0x3ff));
            wcrtomb(to, c, state)
        }
        _ => illegal(),
    }
}

/// A character of several units comes with as many calls; those after the first take no bytes.
unsafe extern "C" fn mbrtoc8(to: *mut u8, from: *const c_char, n: usize, state: *mut Conversion) -> usize {
    let state = or_own(state, 8);
    if from.is_null() {
        *state = Conversion::default();
        return 0;
    }
    if (*state).half == PENDING {
        // The units to come are in `value`, the next one lowest.
        if !to.is_null() {
            *to = (*state).value as u8;
        }
        (*state).value >>= 8;
        if (*state).value == 0 {
            *state = Conversion::default();
        }
        return FROM_BEFORE;
    }
    let mut c = 0;
    let used = mbrtowc(&raw mut c, from, n, state);
    if used <= n {
        let mut units = [0; 4];
        let units = char::from_u32(c as u32).map_or(&[][..], |c| c.encode_utf8(&mut units).as_bytes());
        if !to.is_null() {
            *to = units.first().copied().unwrap_or(0);
        }
        if units.len() > 1 {
            (*state).half = PENDING;
            (*state).value = units[1..].iter().rev().fold(0, |rest, &unit| rest << 8 | u32::from(unit));
        }
    }
    used
}

/// Tells whether the units so far begin a character of Unicode, which its second one decides at the latest.
fn may_become_character(state: Conversion) -> bool {
    match (state.total, state.missing) {
        (3, 1) => state.value >= 0x800 >> 6 && !(0xd800 >> 6..0xe000 >> 6).contains(&state.value),
        (4, 3) => state.value <= 0x10_ffff >> 18,
        (4, 2) => (0x1_0000 >> 12..=0x10_ffff >> 12).contains(&state.value),
        (5.., _) => false,
        _ => true,
    }
}

/// Bytes come with the last unit of a character.
unsafe extern "C" fn c8rtomb(to: *mut c_char, c: u8, state: *mut Conversion) -> usize {
    let state = or_own(state, 9);
    if to.is_null() {
        *state = Conversion::default();
        return 1;
    }
    match decode(|_| c, 1, &mut *state, true) {
        Decoded::Incomplete if may_become_character(*state) => 0,
        Decoded::Incomplete | Decoded::Invalid => illegal(),
        Decoded::Character(character, _) => wcrtomb(to, character as i32, state),
    }
}

/// Says that `value` holds units to be handed out.
const PENDING: u16 = 0xffff;

pure_exports! { "libc.so.6";
    full mbrtoc8 = mbrtoc8;
    full c8rtomb = c8rtomb;
    full mbrtoc16 = mbrtoc16;
    full mbrtoc32 = mbrtoc32;
    full c16rtomb = c16rtomb;
    full c32rtomb = c32rtomb;
}
