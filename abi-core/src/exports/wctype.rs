//! `wctype.h`
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int, c_uint, c_ulong};

use crate::libc::locale::is_utf8;
use crate::libc::locale::object::Locale;
use crate::libc::locale::wide::{self, Class};
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

fn is(class: Class, c: c_uint) -> c_int {
    c_int::from((c < 128 || is_utf8()) && wide::is(class, c))
}

unsafe fn is_in(class: Class, c: c_uint, locale: *const Locale) -> c_int {
    c_int::from((c < 128 || (*locale).is_utf8()) && wide::is(class, c))
}

macro_rules! classes {
    ($($name:ident $name_l:ident $class:ident;)*) => {
        $(
            pub extern "C" fn $name(c: c_uint) -> c_int {
                is(Class::$class, c)
            }
            unsafe extern "C" fn $name_l(c: c_uint, locale: *const Locale) -> c_int {
                is_in(Class::$class, c, locale)
            }
        )*
    };
}

classes! {
    iswalnum iswalnum_l Alnum;
    iswalpha iswalpha_l Alpha;
    iswblank iswblank_l Blank;
    iswcntrl iswcntrl_l Cntrl;
    iswdigit iswdigit_l Digit;
    iswgraph iswgraph_l Graph;
    iswlower iswlower_l Lower;
    iswprint iswprint_l Print;
    iswpunct iswpunct_l Punct;
    iswspace iswspace_l Space;
    iswupper iswupper_l Upper;
    iswxdigit iswxdigit_l Xdigit;
}

pub extern "C" fn towlower(c: c_uint) -> c_uint {
    if is_utf8() || c < 128 { wide::to_lower(c) } else { c }
}

pub extern "C" fn towupper(c: c_uint) -> c_uint {
    if is_utf8() || c < 128 { wide::to_upper(c) } else { c }
}

unsafe extern "C" fn towlower_l(c: c_uint, locale: *const Locale) -> c_uint {
    if c < 128 || (*locale).is_utf8() { wide::to_lower(c) } else { c }
}

unsafe extern "C" fn towupper_l(c: c_uint, locale: *const Locale) -> c_uint {
    if c < 128 || (*locale).is_utf8() { wide::to_upper(c) } else { c }
}

unsafe extern "C" fn wctype(name: *const c_char) -> c_ulong {
    wide::class_number(crate::libc::c_str(name).to_bytes(), is_utf8())
}

unsafe extern "C" fn wctype_l(name: *const c_char, locale: *const Locale) -> c_ulong {
    wide::class_number(crate::libc::c_str(name).to_bytes(), (*locale).is_utf8())
}

extern "C" fn iswctype(c: c_uint, class: c_ulong) -> c_int {
    wide::class_by_number(class).map_or(0, |class| is(class, c))
}

unsafe extern "C" fn iswctype_l(c: c_uint, class: c_ulong, locale: *const Locale) -> c_int {
    wide::class_by_number(class).map_or(0, |class| is_in(class, c, locale))
}

/// A map's number by its name; the C locale has no capitals for titles.
unsafe fn map_by_name(name: *const c_char, is_utf8: bool) -> c_ulong {
    match crate::libc::c_str(name).to_bytes() {
        b"tolower" => 1,
        b"toupper" => 2,
        b"totitle" if is_utf8 => 3,
        _ => 0,
    }
}

unsafe extern "C" fn wctrans(name: *const c_char) -> c_ulong {
    map_by_name(name, is_utf8())
}

unsafe extern "C" fn wctrans_l(name: *const c_char, locale: *const Locale) -> c_ulong {
    map_by_name(name, (*locale).is_utf8())
}

/// Maps by number what the locale has characters for.
fn mapped(c: c_uint, mapping: c_ulong, is_utf8: bool) -> c_uint {
    match mapping {
        _ if c >= 128 && !is_utf8 => c,
        1 => wide::to_lower(c),
        2 => wide::to_upper(c),
        3 => wide::to_title(c),
        _ => c,
    }
}

extern "C" fn towctrans(c: c_uint, mapping: c_ulong) -> c_uint {
    mapped(c, mapping, is_utf8())
}

unsafe extern "C" fn towctrans_l(c: c_uint, mapping: c_ulong, locale: *const Locale) -> c_uint {
    mapped(c, mapping, (*locale).is_utf8())
}

pure_exports! { "libc.so.6";
    full iswalnum = iswalnum;
    full iswalnum_l = iswalnum_l;
    full __iswalnum_l = iswalnum_l;
    full iswalpha = iswalpha;
    full iswalpha_l = iswalpha_l;
    full __iswalpha_l = iswalpha_l;
    full iswblank = iswblank;
    full iswblank_l = iswblank_l;
    full __iswblank_l = iswblank_l;
    full iswcntrl = iswcntrl;
    full iswcntrl_l = iswcntrl_l;
    full __iswcntrl_l = iswcntrl_l;
    full iswdigit = iswdigit;
    full iswdigit_l = iswdigit_l;
    full __iswdigit_l = iswdigit_l;
    full iswgraph = iswgraph;
    full iswgraph_l = iswgraph_l;
    full __iswgraph_l = iswgraph_l;
    full iswlower = iswlower;
    full iswlower_l = iswlower_l;
    full __iswlower_l = iswlower_l;
    full iswprint = iswprint;
    full iswprint_l = iswprint_l;
    full __iswprint_l = iswprint_l;
    full iswpunct = iswpunct;
    full iswpunct_l = iswpunct_l;
    full __iswpunct_l = iswpunct_l;
    full iswspace = iswspace;
    full iswspace_l = iswspace_l;
    full __iswspace_l = iswspace_l;
    full iswupper = iswupper;
    full iswupper_l = iswupper_l;
    full __iswupper_l = iswupper_l;
    full iswxdigit = iswxdigit;
    full iswxdigit_l = iswxdigit_l;
    full __iswxdigit_l = iswxdigit_l;
    full towlower = towlower;
    full towlower_l = towlower_l;
    full __towlower_l = towlower_l;
    full towupper = towupper;
    full towupper_l = towupper_l;
    full __towupper_l = towupper_l;
    full wctype = wctype;
    full wctype_l = wctype_l;
    full __wctype_l = wctype_l;
    full iswctype = iswctype;
    full __iswctype = iswctype;
    full __towctrans = towctrans;
    full iswctype_l = iswctype_l;
    full __iswctype_l = iswctype_l;
    full wctrans = wctrans;
    full wctrans_l = wctrans_l;
    full __wctrans_l = wctrans_l;
    full towctrans = towctrans;
    full towctrans_l = towctrans_l;
    full __towctrans_l = towctrans_l;
}
