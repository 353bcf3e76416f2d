//! `wchar.h`: wide strings. Conversions are in `wchar_convert`, streams in `stdio`.
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_int, c_void};
use core::ptr::null_mut;

use crate::libc::locale::object::Locale;
use crate::libc::locale::{is_utf8, known, wide};
use crate::libc::malloc::malloc;
use crate::libc::stdlib::fortify::check;
use crate::libc::string::mem::{self, memcpy, memmove};
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE, super::wchar_convert::PURE];

type Wide = i32;

pub unsafe extern "C" fn wcslen(string: *const Wide) -> usize {
    wcschrnul(string, 0).offset_from_unsigned(string)
}

pub unsafe extern "C" fn wcsnlen(string: *const Wide, limit: usize) -> usize {
    let mut len = 0;
    while len < limit && *string.add(len) != 0 {
        len += 1;
    }
    len
}

unsafe extern "C" fn wmemcpy(to: *mut Wide, from: *const Wide, count: usize) -> *mut Wide {
    memcpy(to.cast(), from.cast(), count.wrapping_mul(4)).cast()
}

unsafe extern "C" fn wmempcpy(to: *mut Wide, from: *const Wide, count: usize) -> *mut Wide {
    wmemcpy(to, from, count).add(count)
}

unsafe extern "C" fn wmemmove(to: *mut Wide, from: *const Wide, count: usize) -> *mut Wide {
    memmove(to.cast(), from.cast(), count.wrapping_mul(4)).cast()
}

unsafe extern "C" fn wmemset(to: *mut Wide, c: Wide, count: usize) -> *mut Wide {
    for i in 0..count {
        *to.add(i) = c;
    }
    to
}

unsafe extern "C" fn wmemcmp(a: *const Wide, b: *const Wide, count: usize) -> c_int {
    for i in 0..count {
        let (x, y) = (*a.add(i), *b.add(i));
        if x != y {
            return if x < y { -1 } else { 1 };
        }
    }
    0
}

unsafe extern "C" fn wmemchr(block: *const Wide, c: Wide, count: usize) -> *mut Wide {
    (0..count).find(|&i| *block.add(i) == c).map_or(null_mut(), |i| block.add(i).cast_mut())
}

unsafe extern "C" fn wcscpy(to: *mut Wide, from: *const Wide) -> *mut Wide {
    wmemcpy(to, from, wcslen(from) + 1)
}

unsafe extern "C" fn wcpcpy(to: *mut Wide, from: *const Wide) -> *mut Wide {
    let len = wcslen(from);
    wmemcpy(to, from, len + 1).add(len)
}

unsafe extern "C" fn wcpncpy(to: *mut Wide, from: *const Wide, count: usize) -> *mut Wide {
    let len = wcsnlen(from, count);
    wmemcpy(to, from, len);
    wmemset(to.add(len), 0, count - len)
}

unsafe extern "C" fn wcsncpy(to: *mut Wide, from: *const Wide, count: usize) -> *mut Wide {
    wcpncpy(to, from, count);
    to
}

unsafe extern "C" fn wcscat(to: *mut Wide, from: *const Wide) -> *mut Wide {
    wcscpy(to.add(wcslen(to)), from);
    to
}

unsafe extern "C" fn wcsncat(to: *mut Wide, from: *const Wide, count: usize) -> *mut Wide {
    let end = to.add(wcslen(to));
    let len = wcsnlen(from, count);
    wmemcpy(end, from, len);
    *end.add(len) = 0;
    to
}

unsafe extern "C" fn wcsncmp(a: *const Wide, b: *const Wide, count: usize) -> c_int {
    for i in 0..count {
        let (x, y) = (*a.add(i), *b.add(i));
        if x != y {
            return if x < y { -1 } else { 1 };
        }
        if x == 0 {
            break;
        }
    }
    0
}

unsafe extern "C" fn wcscmp(a: *const Wide, b: *const Wide) -> c_int {
    wcsncmp(a, b, usize::MAX)
}

unsafe fn compare_cases(a: *const Wide, b: *const Wide, count: usize, is_utf8: bool) -> c_int {
    let lower = |c: Wide| if is_utf8 || c as u32 <= 0x7f { wide::to_lower(c as u32) } else { c as u32 };
    for i in 0..count {
        let (x, y) = (lower(*a.add(i)), lower(*b.add(i)));
        if x != y {
            return x.wrapping_sub(y) as c_int;
        }
        if x == 0 {
            break;
        }
    }
    0
}

unsafe extern "C" fn wcsncasecmp(a: *const Wide, b: *const Wide, count: usize) -> c_int {
    compare_cases(a, b, count, is_utf8())
}

unsafe extern "C" fn wcscasecmp(a: *const Wide, b: *const Wide) -> c_int {
    compare_cases(a, b, usize::MAX, is_utf8())
}

unsafe extern "C" fn wcscasecmp_l(a: *const Wide, b: *const Wide, locale: *const Locale) -> c_int {
    compare_cases(a, b, usize::MAX, (*locale).is_utf8())
}

unsafe extern "C" fn wcsncasecmp_l(a: *const Wide, b: *const Wide, n: usize, locale: *const Locale) -> c_int {
    compare_cases(a, b, n, (*locale).is_utf8())
}

unsafe extern "C" fn wcscoll_l(a: *const Wide, b: *const Wide, _locale: *mut c_void) -> c_int {
    wcscmp(a, b)
}

unsafe extern "C" fn wcsxfrm(to: *mut Wide, from: *const Wide, room: usize) -> usize {
    let len = wcslen(from);
    if room != 0 {
        wcpncpy(to, from, room.min(len + 1));
    }
    len
}

unsafe extern "C" fn wcsxfrm_l(to: *mut Wide, from: *const Wide, room: usize, _locale: *mut c_void) -> usize {
    wcsxfrm(to, from, room)
}

unsafe extern "C" fn wcschrnul(string: *const Wide, c: Wide) -> *mut Wide {
    mem::wcschrnul(string, c).cast_mut()
}

unsafe extern "C" fn wcschr(string: *const Wide, c: Wide) -> *mut Wide {
    let found = wcschrnul(string, c);
    if *found == c { found } else { null_mut() }
}

unsafe extern "C" fn wcsrchr(string: *const Wide, c: Wide) -> *mut Wide {
    (0..=wcslen(string)).rev().find(|&i| *string.add(i) == c).map_or(null_mut(), |i| string.add(i).cast_mut())
}

unsafe fn span(string: *const Wide, set: *const Wide, is_in: bool) -> usize {
    let mut len = 0;
    while *string.add(len) != 0 && wcschr(set, *string.add(len)).is_null() != is_in {
        len += 1;
    }
    len
}

unsafe extern "C" fn wcsspn(string: *const Wide, accepted: *const Wide) -> usize {
    span(string, accepted, true)
}

unsafe extern "C" fn wcscspn(string: *const Wide, rejected: *const Wide) -> usize {
    span(string, rejected, false)
}

unsafe extern "C" fn wcspbrk(string: *const Wide, wanted: *const Wide) -> *mut Wide {
    let found = string.add(wcscspn(string, wanted));
    if *found == 0 { null_mut() } else { found.cast_mut() }
}

unsafe extern "C" fn wcsstr(haystack: *const Wide, needle: *const Wide) -> *mut Wide {
    let (first, len) = (*needle, wcslen(needle));
    if len == 0 {
        return haystack.cast_mut();
    }
    let mut here = wcschrnul(haystack, first);
    while *here != 0 {
        if wcsncmp(here, needle, len) == 0 {
            return here;
        }
        here = wcschrnul(here.add(1), first);
    }
    null_mut()
}

unsafe extern "C" fn wcstok(string: *mut Wide, delimiters: *const Wide, rest: *mut *mut Wide) -> *mut Wide {
    let start = if string.is_null() { *rest } else { string };
    if start.is_null() {
        return null_mut();
    }
    let token = start.add(wcsspn(start, delimiters));
    if *token == 0 {
        *rest = null_mut();
        return null_mut();
    }
    let end = token.add(wcscspn(token, delimiters));
    if *end == 0 {
        *rest = null_mut();
    } else {
        *end = 0;
        *rest = end.add(1);
    }
    token
}

unsafe extern "C" fn wcsdup(string: *const Wide) -> *mut Wide {
    let size = wcslen(string) + 1;
    let copy = malloc(size * 4).cast::<Wide>();
    if copy.is_null() { copy } else { wmemcpy(copy, string, size) }
}

pub extern "C" fn wcwidth(c: Wide) -> c_int {
    let c = c as u32;
    if c == 0 {
        return 0;
    }
    if c < 128 {
        return if wide::is(wide::Class::Print, c) { 1 } else { -1 };
    }
    if is_utf8() { known::columns_of(c) } else { -1 }
}

unsafe extern "C" fn wcswidth(string: *const Wide, count: usize) -> c_int {
    let mut total = 0;
    for i in 0..count {
        let c = *string.add(i);
        if c == 0 {
            break;
        }
        match wcwidth(c) {
            -1 => return -1,
            columns => total += columns,
        }
    }
    total
}

macro_rules! checked {
    ($($name:ident $plain:ident;)*) => {
        $(unsafe extern "C" fn $name(to: *mut Wide, from: *const Wide, count: usize, room: usize) -> *mut Wide {
            check(count, room);
            $plain(to, from, count)
        })*
    };
}
checked! {
    wmemcpy_chk wmemcpy;
    wmempcpy_chk wmempcpy;
    wmemmove_chk wmemmove;
    wcsncpy_chk wcsncpy;
    wcpncpy_chk wcpncpy;
}

unsafe extern "C" fn wmemset_chk(to: *mut Wide, c: Wide, count: usize, room: usize) -> *mut Wide {
    check(count, room);
    wmemset(to, c, count)
}

unsafe extern "C" fn wcscpy_chk(to: *mut Wide, from: *const Wide, room: usize) -> *mut Wide {
    check(wcslen(from) + 1, room);
    wcscpy(to, from)
}

unsafe extern "C" fn wcpcpy_chk(to: *mut Wide, from: *const Wide, room: usize) -> *mut Wide {
    check(wcslen(from) + 1, room);
    wcpcpy(to, from)
}

unsafe extern "C" fn wcscat_chk(to: *mut Wide, from: *const Wide, room: usize) -> *mut Wide {
    check(wcsnlen(to, room) + wcslen(from) + 1, room);
    wcscat(to, from)
}

unsafe extern "C" fn wcsncat_chk(to: *mut Wide, from: *const Wide, count: usize, room: usize) -> *mut Wide {
    check(wcsnlen(to, room) + wcsnlen(from, count) + 1, room);
    wcsncat(to, from, count)
}

pure_exports! { "libc.so.6";
    full wcslen = wcslen;
    full wcsnlen = wcsnlen;
    full wmemcpy = wmemcpy;
    full wmempcpy = wmempcpy;
    full wmemmove = wmemmove;
    full wmemset = wmemset;
    full wmemcmp = wmemcmp;
    full wmemchr = wmemchr;
    full wcscpy = wcscpy;
    full wcpcpy = wcpcpy;
    full wcpncpy = wcpncpy;
    full wcsncpy = wcsncpy;
    full wcscat = wcscat;
    full wcsncat = wcsncat;
    full wcscmp = wcscmp;
    full wcsncmp = wcsncmp;
    full wcscasecmp = wcscasecmp;
    full wcsncasecmp = wcsncasecmp;
    full wcscasecmp_l = wcscasecmp_l;
    full __wcscasecmp_l = wcscasecmp_l;
    full __wcsncasecmp_l = wcsncasecmp_l;
    full wcsncasecmp_l = wcsncasecmp_l;
    full wcscoll = wcscmp;
    full wcscoll_l = wcscoll_l;
    full __wcscoll_l = wcscoll_l;
    full wcsxfrm = wcsxfrm;
    full wcsxfrm_l = wcsxfrm_l;
    full __wcsxfrm_l = wcsxfrm_l;
    full wcschr = wcschr;
    full wcschrnul = wcschrnul;
    full wcsrchr = wcsrchr;
    full wcsspn = wcsspn;
    full wcscspn = wcscspn;
    full wcspbrk = wcspbrk;
    full wcsstr = wcsstr;
    full wcswcs = wcsstr;
    full wcstok = wcstok;
    full wcsdup = wcsdup;
    full wcwidth = wcwidth;
    full wcswidth = wcswidth;
    full __wmemcpy_chk = wmemcpy_chk;
    full __wmempcpy_chk = wmempcpy_chk;
    full __wmemmove_chk = wmemmove_chk;
    full __wmemset_chk = wmemset_chk;
    full __wcscpy_chk = wcscpy_chk;
    full __wcpcpy_chk = wcpcpy_chk;
    full __wcsncpy_chk = wcsncpy_chk;
    full __wcpncpy_chk = wcpncpy_chk;
    full __wcscat_chk = wcscat_chk;
    full __wcsncat_chk = wcsncat_chk;
}
