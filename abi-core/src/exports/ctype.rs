//! `ctype.h`
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_int, c_void};

use crate::libc::locale::ctype::{CLASSES, FIRST, TO_LOWER, TO_UPPER, class};
use crate::libc::tcb::tcb;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

fn slot(index: usize, table: *const c_void) -> *const *const c_void {
    // SAFETY: the control block lives as long as its thread.
    unsafe {
        let slot = &raw mut (*tcb()).locale.ctype[index];
        slot.write(table);
        slot
    }
}

extern "C" fn ctype_b_loc() -> *const *const c_void {
    slot(0, CLASSES[FIRST..].as_ptr().cast())
}

extern "C" fn ctype_tolower_loc() -> *const *const c_void {
    slot(1, TO_LOWER[FIRST..].as_ptr().cast())
}

extern "C" fn ctype_toupper_loc() -> *const *const c_void {
    slot(2, TO_UPPER[FIRST..].as_ptr().cast())
}

fn entry<T: Copy>(table: &[T; 384], c: c_int) -> Option<T> {
    table.get(usize::try_from(c + FIRST as c_int).ok()?).copied()
}

macro_rules! classes {
    ($($name:ident $name_l:ident $class:ident;)*) => {
        $(
            pub extern "C" fn $name(c: c_int) -> c_int {
                entry(&CLASSES, c).map_or(0, |bits| c_int::from(bits & class::$class))
            }
            pub extern "C" fn $name_l(c: c_int, _locale: *mut c_void) -> c_int {
                $name(c)
            }
        )*
    };
}

classes! {
    isalnum isalnum_l ALNUM;
    isalpha isalpha_l ALPHA;
    isblank isblank_l BLANK;
    iscntrl iscntrl_l CNTRL;
    isdigit isdigit_l DIGIT;
    isgraph isgraph_l GRAPH;
    islower islower_l LOWER;
    isprint isprint_l PRINT;
    ispunct ispunct_l PUNCT;
    isspace isspace_l SPACE;
    isupper isupper_l UPPER;
    isxdigit isxdigit_l XDIGIT;
}

extern "C" fn tolower(c: c_int) -> c_int {
    entry(&TO_LOWER, c).unwrap_or(c)
}

extern "C" fn tolower_l(c: c_int, _locale: *mut c_void) -> c_int {
    tolower(c)
}

extern "C" fn toupper(c: c_int) -> c_int {
    entry(&TO_UPPER, c).unwrap_or(c)
}

extern "C" fn toupper_l(c: c_int, _locale: *mut c_void) -> c_int {
    toupper(c)
}

extern "C" fn isascii(c: c_int) -> c_int {
    c_int::from((0..128).contains(&c))
}

extern "C" fn toascii(c: c_int) -> c_int {
    c & 0x7f
}

extern "C" fn isctype(c: c_int, mask: c_int) -> c_int {
    entry(&CLASSES, c).map_or(0, |bits| c_int::from(bits) & mask)
}

pure_exports! { "libc.so.6";
    full __ctype_b_loc = ctype_b_loc;
    full __ctype_tolower_loc = ctype_tolower_loc;
    full __ctype_toupper_loc = ctype_toupper_loc;
    full isalnum = isalnum;
    full isalnum_l = isalnum_l;
    full __isalnum_l = isalnum_l;
    full isalpha = isalpha;
    full isalpha_l = isalpha_l;
    full __isalpha_l = isalpha_l;
    full isblank = isblank;
    full isblank_l = isblank_l;
    full __isblank_l = isblank_l;
    full iscntrl = iscntrl;
    full iscntrl_l = iscntrl_l;
    full __iscntrl_l = iscntrl_l;
    full isdigit = isdigit;
    full isdigit_l = isdigit_l;
    full __isdigit_l = isdigit_l;
    full isgraph = isgraph;
    full isgraph_l = isgraph_l;
    full __isgraph_l = isgraph_l;
    full islower = islower;
    full islower_l = islower_l;
    full __islower_l = islower_l;
    full isprint = isprint;
    full isprint_l = isprint_l;
    full __isprint_l = isprint_l;
    full ispunct = ispunct;
    full ispunct_l = ispunct_l;
    full __ispunct_l = ispunct_l;
    full isspace = isspace;
    full isspace_l = isspace_l;
    full __isspace_l = isspace_l;
    full isupper = isupper;
    full isupper_l = isupper_l;
    full __isupper_l = isupper_l;
    full isxdigit = isxdigit;
    full isxdigit_l = isxdigit_l;
    full __isxdigit_l = isxdigit_l;
    full tolower = tolower;
    full _tolower = tolower;
    full tolower_l = tolower_l;
    full __tolower_l = tolower_l;
    full toupper = toupper;
    full _toupper = toupper;
    full toupper_l = toupper_l;
    full __toupper_l = toupper_l;
    full isascii = isascii;
    full __isascii_l = isascii;
    full __toascii_l = toascii;
    full toascii = toascii;
    full isctype = isctype;
    full __isctype = isctype;
}
