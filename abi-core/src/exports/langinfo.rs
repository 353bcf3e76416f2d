//! `langinfo.h`
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int};
use core::ptr::without_provenance;

use crate::libc::locale::current;
use crate::libc::locale::items::{self, Item};
use crate::libc::locale::object::Locale;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// nl_langinfo_l(3). Numbers are returned as pointers, and wide texts as pointers to their characters, as glibc does for
/// the items that its header keeps to the C++ library.
unsafe extern "C" fn nl_langinfo_l(item: c_int, locale: *mut Locale) -> *const c_char {
    let locale = &*super::locale_h::resolve(locale);
    match items::find(locale, (item >> 16) as usize, (item & 0xffff) as usize) {
        Item::Text(text) => text.as_ptr(),
        Item::Wide(text) => text.as_ptr().cast(),
        Item::Word(number) => without_provenance(number as usize),
    }
}

unsafe extern "C" fn nl_langinfo(item: c_int) -> *const c_char {
    nl_langinfo_l(item, current())
}

pure_exports! { "libc.so.6";
    full nl_langinfo = nl_langinfo;
    full __nl_langinfo = nl_langinfo;
    full nl_langinfo_l = nl_langinfo_l;
    full __nl_langinfo_l = nl_langinfo_l;
}
