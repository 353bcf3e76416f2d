//! `strings.h`
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int, c_long, c_void};

use super::string::{strnlen, strrchr};
use crate::libc::string::mem::{common_prefix_of_any_case, memcpy, memmove, memset, strchr, strlen};
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

pub unsafe extern "C" fn strncasecmp(a: *const c_char, b: *const c_char, count: usize) -> c_int {
    let at = common_prefix_of_any_case(a.cast(), b.cast(), count);
    if at == count {
        return 0;
    }
    let lower = |string: *const c_char| c_int::from((*string.add(at) as u8).to_ascii_lowercase());
    lower(a) - lower(b)
}

pub unsafe extern "C" fn strcasecmp(a: *const c_char, b: *const c_char) -> c_int {
    strncasecmp(a, b, usize::MAX)
}

unsafe extern "C" fn strncasecmp_l(
    a: *const c_char,
    b: *const c_char,
    n: usize,
    _locale: *mut c_void,
) -> c_int {
    strncasecmp(a, b, n)
}

unsafe extern "C" fn strcasecmp_l(a: *const c_char, b: *const c_char, _locale: *mut c_void) -> c_int {
    strcasecmp(a, b)
}

unsafe extern "C" fn bcopy(from: *const c_void, to: *mut c_void, count: usize) {
    memmove(to, from, count);
}

unsafe extern "C" fn bzero(to: *mut c_void, count: usize) {
    memset(to, 0, count);
}

/// strlcpy(3): returns how long the whole would be.
pub unsafe extern "C" fn strlcpy(to: *mut c_char, from: *const c_char, room: usize) -> usize {
    let len = strlen(from);
    if let Some(most) = room.checked_sub(1) {
        let count = len.min(most);
        memcpy(to.cast(), from.cast(), count);
        *to.add(count) = 0;
    }
    len
}

/// strlcat(3)
pub unsafe extern "C" fn strlcat(to: *mut c_char, from: *const c_char, room: usize) -> usize {
    let len = strnlen(to, room);
    len + strlcpy(to.add(len), from, room - len)
}

extern "C" fn ffs(value: c_int) -> c_int {
    if value == 0 { 0 } else { value.trailing_zeros() as c_int + 1 }
}

extern "C" fn ffsl(value: c_long) -> c_int {
    if value == 0 { 0 } else { value.trailing_zeros() as c_int + 1 }
}

pure_exports! { "libc.so.6";
    full strlcpy = strlcpy;
    full strlcat = strlcat;
    full strcasecmp = strcasecmp;
    full __strcasecmp = strcasecmp;
    full strncasecmp = strncasecmp;
    full strcasecmp_l = strcasecmp_l;
    full __strcasecmp_l = strcasecmp_l;
    full strncasecmp_l = strncasecmp_l;
    full __strncasecmp_l = strncasecmp_l;
    full bcopy = bcopy;
    full bzero = bzero;
    full __bzero = bzero;
    full index = strchr;
    full rindex = strrchr;
    full ffs = ffs;
    full __ffs = ffs;
    full ffsl = ffsl;
    full ffsll = ffsl;
}
