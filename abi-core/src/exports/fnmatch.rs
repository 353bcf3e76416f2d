//! `fnmatch.h`

use core::ffi::{c_char, c_int};

use crate::libc::{fnmatch, multibyte};
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// `FNM_NOMATCH` is 1.
pub unsafe extern "C" fn fnmatch_c(pattern: *const c_char, text: *const c_char, flags: c_int) -> c_int {
    // SAFETY: the caller passes two C strings.
    let (pattern, text) =
        unsafe { (crate::libc::c_str(pattern).to_bytes(), crate::libc::c_str(text).to_bytes()) };
    c_int::from(!fnmatch::matches(pattern, text, flags, multibyte::is_multibyte()))
}

pure_exports! { "libc.so.6";
    full fnmatch = fnmatch_c;
}
