//! `wchar.h` and `stdlib.h`: multibyte and wide characters.
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int, c_uint};
use core::ptr::{null, null_mut};

use crate::abi::EILSEQ;
use crate::libc::locale::is_utf8;
use crate::libc::locale::multibyte::{Conversion, Decoded, decode, encode};
use crate::libc::set_errno;
use crate::libc::stdlib::fortify::check;
use crate::libc::string::mem;
use crate::libc::tcb::tcb;
use crate::pure_exports;

const INVALID: usize = usize::MAX;
const INCOMPLETE: usize = usize::MAX - 1;
const WEOF: c_uint = c_uint::MAX;

/// A function's own state, for callers that pass none.
pub(super) unsafe fn or_own(state: *mut Conversion, index: usize) -> *mut Conversion {
    if state.is_null() { (&raw mut (*tcb()).locale.conversions[index]).cast() } else { state }
}

pub(super) fn illegal() -> usize {
    set_errno(EILSEQ);
    INVALID
}

unsafe fn convert(to: *mut i32, from: *const c_char, limit: usize, state: *mut Conversion) -> usize {
    if from.is_null() {
        let is_bad = (*state).missing != 0;
        *state = Conversion::default();
        return if is_bad { illegal() } else { 0 };
    }
    match decode(|i| *from.add(i) as u8, limit, &mut *state, is_utf8()) {
        Decoded::Invalid => illegal(),
        Decoded::Incomplete => INCOMPLETE,
        Decoded::Character(c, len) => {
            if !to.is_null() {
                *to = c as i32;
            }
            if c == 0 { 0 } else { len }
        }
    }
}

pub unsafe extern "C" fn mbrtowc(
    to: *mut i32,
    from: *const c_char,
    n: usize,
    state: *mut Conversion,
) -> usize {
    convert(to, from, n, or_own(state, 0))
}

unsafe extern "C" fn mbrlen(from: *const c_char, n: usize, state: *mut Conversion) -> usize {
    convert(null_mut(), from, n, or_own(state, 1))
}

unsafe extern "C" fn mbsinit(state: *const Conversion) -> c_int {
    c_int::from(state.is_null() || (*state).missing == 0 && (*state).half == 0)
}

unsafe extern "C" fn mbtowc(to: *mut i32, from: *const c_char, n: usize) -> c_int {
    if from.is_null() {
        return 0;
    }
    if *from == 0 {
        // However few bytes there may be.
        if !to.is_null() {
            *to = 0;
        }
        return 0;
    }
    match convert(to, from, n, &mut Conversion::default()) {
        INVALID | INCOMPLETE => -1,
        len => len as c_int,
    }
}

unsafe extern "C" fn mblen(from: *const c_char, n: usize) -> c_int {
    mbtowc(null_mut(), from, n)
}

pub unsafe extern "C" fn wcrtomb(to: *mut c_char, c: i32, _state: *mut Conversion) -> usize {
    if to.is_null() {
        return 1;
    }
    match encode(c as u32, is_utf8()) {
        None => illegal(),
        Some((bytes, len)) => {
            for (i, &byte) in bytes[..len].iter().enumerate() {
                *to.add(i) = byte as c_char;
            }
            len
        }
    }
}

unsafe extern "C" fn wcrtomb_chk(to: *mut c_char, c: i32, state: *mut Conversion, room: usize) -> usize {
    check(super::locale_h::ctype_get_mb_cur_max(), room);
    wcrtomb(to, c, state)
}

unsafe extern "C" fn wctomb(to: *mut c_char, c: i32) -> c_int {
    if to.is_null() { 0 } else { wcrtomb(to, c, null_mut()) as c_int }
}

unsafe extern "C" fn wctomb_chk(to: *mut c_char, c: i32, room: usize) -> c_int {
    check(super::locale_h::ctype_get_mb_cur_max(), room);
    wctomb(to, c)
}

/// Widens characters of one byte up to the first that is none or zero, and then one of two or three bytes; returns how many
/// bytes and characters it was.
#[inline]
unsafe fn widen(to: *mut i32, room: usize, from: *const u8, left: usize, is_utf8: bool) -> (usize, usize) {
    let most = room.min(left);
    let mut at = 0;
    // A block that stays within its page faults only if its first byte does.
    while most - at >= 16 && (from as usize + at) % 4096 <= 4096 - 16 {
        let few = mem::ascii_bytes(from.add(at));
        if few < 16 {
            for i in at..at + few {
                *to.add(i) = i32::from(*from.add(i));
            }
            at += few;
            break;
        }
        mem::widen_block(to.add(at), from.add(at));
        at += 16;
    }
    while at < most && (1..0x80).contains(&*from.add(at)) {
        *to.add(at) = i32::from(*from.add(at));
        at += 1;
    }
    if !is_utf8 || at >= room || left - at < 3 {
        return (at, at);
    }
    let is_later = |byte: u8| byte & 0xc0 == 0x80;
    let (first, bits) = (*from.add(at), |byte: u8| i32::from(byte & 0x3f));
    match first {
        0xc2..=0xdf if is_later(*from.add(at + 1)) => {
            *to.add(at) = i32::from(first & 0x1f) << 6 | bits(*from.add(at + 1));
            (at + 2, at + 1)
        }
        0xe1..=0xef if first != 0xed && is_later(*from.add(at + 1)) && is_later(*from.add(at + 2)) => {
            *to.add(at) =
                i32::from(first & 0x0f) << 12 | bits(*from.add(at + 1)) << 6 | bits(*from.add(at + 2));
            (at + 3, at + 1)
        }
        _ => (at, at),
    }
}

pub unsafe extern "C" fn mbsnrtowcs(
    to: *mut i32,
    from: *mut *const c_char,
    bytes: usize,
    room: usize,
    state: *mut Conversion,
) -> usize {
    let state = or_own(state, 2);
    // Counting leaves the state alone.
    let mut scratch = *state;
    let state = if to.is_null() { &mut scratch } else { &mut *state };
    let (mut here, mut left, mut count, is_utf8) = (*from, bytes, 0, is_utf8());
    while to.is_null() || count < room {
        if !to.is_null() && state.missing == 0 {
            let (bytes, characters) = widen(to.add(count), room - count, here.cast(), left, is_utf8);
            if characters > 0 {
                here = here.add(bytes);
                left -= bytes;
                count += characters;
                continue;
            }
        }
        match decode(|i| *here.add(i) as u8, left, state, is_utf8) {
            Decoded::Invalid => {
                if !to.is_null() {
                    *from = here;
                }
                return illegal();
            }
            Decoded::Incomplete => {
                here = here.wrapping_add(left);
                break;
            }
            Decoded::Character(c, len) => {
                if !to.is_null() {
                    *to.add(count) = c as i32;
                }
                if c == 0 {
                    here = null();
                    break;
                }
                here = here.add(len);
                left -= len;
                count += 1;
            }
        }
    }
    if !to.is_null() {
        *from = here;
    }
    count
}

unsafe extern "C" fn mbsrtowcs(
    to: *mut i32,
    from: *mut *const c_char,
    room: usize,
    state: *mut Conversion,
) -> usize {
    mbsnrtowcs(to, from, usize::MAX, room, or_own(state, 3))
}

unsafe extern "C" fn mbstowcs(to: *mut i32, mut from: *const c_char, room: usize) -> usize {
    mbsnrtowcs(to, &mut from, usize::MAX, room, &mut Conversion::default())
}

pub unsafe extern "C" fn wcsnrtombs(
    to: *mut c_char,
    from: *mut *const i32,
    characters: usize,
    room: usize,
    _state: *mut Conversion,
) -> usize {
    let (mut here, mut count, is_utf8) = (*from, 0, is_utf8());
    for _ in 0..characters {
        if !to.is_null() && count == room {
            break;
        }
        let c = *here;
        let Some((bytes, len)) = encode(c as u32, is_utf8) else {
            if !to.is_null() {
                *from = here;
            }
            return illegal();
        };
        if !to.is_null() {
            if count + len > room {
                break;
            }
            for (i, &byte) in bytes[..len].iter().enumerate() {
                *to.add(count + i) = byte as c_char;
            }
        }
        if c == 0 {
            here = null();
            break;
        }
        count += len;
        here = here.add(1);
    }
    if !to.is_null() {
        *from = here;
    }
    count
}

unsafe extern "C" fn wcsrtombs(
    to: *mut c_char,
    from: *mut *const i32,
    room: usize,
    state: *mut Conversion,
) -> usize {
    wcsnrtombs(to, from, usize::MAX, room, state)
}

unsafe extern "C" fn wcstombs(to: *mut c_char, mut from: *const i32, room: usize) -> usize {
    wcsnrtombs(to, &mut from, usize::MAX, room, null_mut())
}

unsafe extern "C" fn mbstowcs_chk(to: *mut i32, from: *const c_char, count: usize, room: usize) -> usize {
    check(count, room);
    mbstowcs(to, from, count)
}

unsafe extern "C" fn wcstombs_chk(to: *mut c_char, from: *const i32, count: usize, room: usize) -> usize {
    check(count, room);
    wcstombs(to, from, count)
}

unsafe extern "C" fn mbsrtowcs_chk(
    to: *mut i32,
    from: *mut *const c_char,
    count: usize,
    state: *mut Conversion,
    room: usize,
) -> usize {
    check(count, room);
    mbsrtowcs(to, from, count, state)
}

unsafe extern "C" fn mbsnrtowcs_chk(
    to: *mut i32,
    from: *mut *const c_char,
    bytes: usize,
    count: usize,
    state: *mut Conversion,
    room: usize,
) -> usize {
    check(count, room);
    mbsnrtowcs(to, from, bytes, count, state)
}

unsafe extern "C" fn wcsrtombs_chk(
    to: *mut c_char,
    from: *mut *const i32,
    count: usize,
    state: *mut Conversion,
    room: usize,
) -> usize {
    check(count, room);
    wcsrtombs(to, from, count, state)
}

unsafe extern "C" fn wcsnrtombs_chk(
    to: *mut c_char,
    from: *mut *const i32,
    characters: usize,
    count: usize,
    state: *mut Conversion,
    room: usize,
) -> usize {
    check(count, room);
    wcsnrtombs(to, from, characters, count, state)
}

extern "C" fn btowc(c: c_int) -> c_uint {
    if (0..128).contains(&c) { c as c_uint } else { WEOF }
}

extern "C" fn wctob(c: c_uint) -> c_int {
    if c < 128 { c as c_int } else { -1 }
}

pure_exports! { "libc.so.6";
    full mbrtowc = mbrtowc;
    full __mbrtowc = mbrtowc;
    full mbrlen = mbrlen;
    full __mbrlen = mbrlen;
    full mbsinit = mbsinit;
    full mbtowc = mbtowc;
    full mblen = mblen;
    full wcrtomb = wcrtomb;
    full __wcrtomb_chk = wcrtomb_chk;
    full wctomb = wctomb;
    full __wctomb_chk = wctomb_chk;
    full mbsrtowcs = mbsrtowcs;
    full __mbsrtowcs_chk = mbsrtowcs_chk;
    full mbsnrtowcs = mbsnrtowcs;
    full __mbsnrtowcs_chk = mbsnrtowcs_chk;
    full mbstowcs = mbstowcs;
    full __mbstowcs_chk = mbstowcs_chk;
    full wcsrtombs = wcsrtombs;
    full __wcsrtombs_chk = wcsrtombs_chk;
    full wcsnrtombs = wcsnrtombs;
    full __wcsnrtombs_chk = wcsnrtombs_chk;
    full wcstombs = wcstombs;
    full __wcstombs_chk = wcstombs_chk;
    full btowc = btowc;
    full wctob = wctob;
}
