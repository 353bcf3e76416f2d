//! `sys/file.h`

use core::ffi::c_int;

use crate::kernel_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL];

kernel_exports! { "libc.so.6";
    /// flock(2)
    partial("on metal the host's programs do not see the locks")
    fn flock(cx, fd: c_int, operation: c_int) -> c_int { cx.sys_flock(fd, operation) }
}
