//! `sys/uio.h`

use core::ffi::c_int;

use crate::abi::iovec;
use crate::boundary::user::UserPtr;
use crate::kernel_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL];

kernel_exports! { "libc.so.6";
    /// readv(2)
    full fn readv(cx, fd: c_int, vectors: UserPtr<iovec>, count: c_int) -> isize {
        cx.sys_readv(fd, vectors, count)
    }
    /// writev(2)
    full fn writev(cx, fd: c_int, vectors: UserPtr<iovec>, count: c_int) -> isize {
        cx.sys_writev(fd, vectors, count)
    }
}
