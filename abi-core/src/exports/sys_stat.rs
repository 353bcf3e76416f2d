//! `sys/stat.h`

use core::ffi::c_int;

use crate::abi::stat;
use crate::boundary::user::UserPtr;
use crate::kernel_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL];

kernel_exports! { "libc.so.6";
    /// fstat(2)
    full fn fstat(cx, fd: c_int, out: UserPtr<stat>) -> c_int { cx.sys_fstat(fd, out) }
    /// fstat(2), with the name of the days before large files
    full fn fstat64(cx, fd: c_int, out: UserPtr<stat>) -> c_int { cx.sys_fstat(fd, out) }
}
