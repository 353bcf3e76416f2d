//! `sys/ioctl.h`

use core::ffi::{c_int, c_ulong};

use crate::kernel_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL];

kernel_exports! { "libc.so.6";
    /// ioctl(2); variadic in C, its argument travels in the third register all the same
    partial("of files only FIONREAD, FIOQSIZE, FIGETBSZ and FS_IOC_GETFLAGS")
    fn ioctl(cx, fd: c_int, request: c_ulong, argument: usize) -> c_int {
        // A program may pass the request as an int, sign-extended.
        cx.sys_ioctl(fd, request & 0xffff_ffff, argument)
    }
}
