//! `getopt.h`
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int};
use core::ptr::{null, null_mut};

use crate::libc::stdlib::getopt::{Dashes, End, LongOption, Options, next};
use crate::{data_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE, DATA];

unsafe fn next_short(argc: c_int, argv: *mut *mut c_char, short: *const c_char, end: End) -> c_int {
    next(&Options { argc, argv, short, long: null(), index: null_mut(), dashes: Dashes::Two, end })
}

unsafe extern "C" fn getopt(argc: c_int, argv: *mut *mut c_char, short: *const c_char) -> c_int {
    next_short(argc, argv, short, End::Last)
}

unsafe extern "C" fn posix_getopt(argc: c_int, argv: *mut *mut c_char, short: *const c_char) -> c_int {
    next_short(argc, argv, short, End::FirstOther)
}

unsafe extern "C" fn getopt_long(
    argc: c_int,
    argv: *mut *mut c_char,
    short: *const c_char,
    long: *const LongOption,
    index: *mut c_int,
) -> c_int {
    next(&Options { argc, argv, short, long, index, dashes: Dashes::Two, end: End::Last })
}

unsafe extern "C" fn getopt_long_only(
    argc: c_int,
    argv: *mut *mut c_char,
    short: *const c_char,
    long: *const LongOption,
    index: *mut c_int,
) -> c_int {
    next(&Options { argc, argv, short, long, index, dashes: Dashes::One, end: End::Last })
}

pure_exports! { "libc.so.6";
    full getopt = getopt;
    full __posix_getopt = posix_getopt;
    full getopt_long = getopt_long;
    full getopt_long_only = getopt_long_only;
}

data_exports! { "libc.so.6";
    full optarg = stdlib.getopt.argument: *mut c_char;
    full optind = stdlib.getopt.index: c_int;
    full opterr = stdlib.getopt.reports: c_int;
    full optopt = stdlib.getopt.option: c_int;
    full optreset = stdlib.getopt.reset: c_int;
    full __optreset = stdlib.getopt.reset: c_int;
}
