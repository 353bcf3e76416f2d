//! `fcntl.h`

use core::ffi::{c_char, c_int};

use crate::boundary::user::UserStr;
use crate::kernel_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL];

kernel_exports! { "libc.so.6";
    /// open(2); variadic in C, its mode travels in the third register all the same
    partial("reading files below the root folder only") fn open(cx, path: *const c_char, flags: c_int, mode: u32) -> c_int {
        cx.sys_open(UserStr::new(path as usize), flags, mode)
    }
}
