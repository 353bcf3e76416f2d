//! `langinfo.h`: the items of the C locale.
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{CStr, c_char, c_int};

use crate::libc::locale::current;
use crate::libc::locale::object::Locale;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// Items of `LC_TIME` from 0x20000: `ABDAY_1` to `ERA_T_FMT`.
const TIME: [&CStr; 50] = [
    c"Sun",
    c"Mon",
    c"Tue",
    c"Wed",
    c"Thu",
    c"Fri",
    c"Sat",
    c"Sunday",
    c"Monday",
    c"Tuesday",
    c"Wednesday",
    c"Thursday",
    c"Friday",
    c"Saturday",
    c"Jan",
    c"Feb",
    c"Mar",
    c"Apr",
    c"May",
    c"Jun",
    c"Jul",
    c"Aug",
    c"Sep",
    c"Oct",
    c"Nov",
    c"Dec",
    c"January",
    c"February",
    c"March",
    c"April",
    c"May",
    c"June",
    c"July",
    c"August",
    c"September",
    c"October",
    c"November",
    c"December",
    c"AM",
    c"PM",
    c"%a %b %e %H:%M:%S %Y",
    c"%m/%d/%y",
    c"%H:%M:%S",
    c"%I:%M:%S %p",
    c"",
    c"",
    c"",
    c"",
    c"",
    c"",
];

unsafe extern "C" fn nl_langinfo_l(item: c_int, locale: *mut Locale) -> *const c_char {
    let index = (item & 0xffff) as usize;
    let text = match (item >> 16, index) {
        (0, 14) if (*super::locale_h::resolve(locale)).is_utf8() => c"UTF-8",
        (0, 14) => c"ANSI_X3.4-1968",
        (1, 0) => c".",
        (2, 0..50) => TIME[index],
        (2, 0x6c) => c"%a %b %e %H:%M:%S %Z %Y",
        // The alternative forms of the months' names.
        (2, 0x6f..=0x7a) => TIME[26 + index - 0x6f],
        (4, 15) => c"-",
        (5, 0) => c"^[yY]",
        (5, 1) => c"^[nN]",
        _ => c"",
    };
    text.as_ptr()
}

unsafe extern "C" fn nl_langinfo(item: c_int) -> *const c_char {
    nl_langinfo_l(item, current())
}

pure_exports! { "libc.so.6";
    full nl_langinfo = nl_langinfo;
    full nl_langinfo_l = nl_langinfo_l;
    full __nl_langinfo_l = nl_langinfo_l;
}
