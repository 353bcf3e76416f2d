//! `glob.h`

use core::ffi::{c_char, c_int};

use crate::libc::files::text_of;
use crate::libc::glob::{self as paths, Glob, OnError};
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

pub unsafe extern "C" fn glob(
    pattern: *const c_char,
    flags: c_int,
    on_error: OnError,
    out: *mut Glob,
) -> c_int {
    // SAFETY: as glob(3).
    unsafe { paths::glob(pattern, flags, on_error, out) }
}

pub unsafe extern "C" fn globfree(out: *mut Glob) {
    // SAFETY: as globfree(3).
    unsafe { paths::globfree(out) };
}

pub unsafe extern "C" fn glob_pattern_p(pattern: *const c_char, is_escaping: c_int) -> c_int {
    // SAFETY: a C string.
    c_int::from(paths::has_magic(unsafe { text_of(pattern) }, is_escaping != 0))
}

pure_exports! { "libc.so.6";
    full glob = glob;
    full glob64 = glob;
    full globfree = globfree;
    full globfree64 = globfree;
    full glob_pattern_p = glob_pattern_p;
    full __glob_pattern_p = glob_pattern_p;
}
