//! `sys/pidfd.h`

use core::ffi::{c_int, c_uint};

use crate::boundary::user::UserPtr;
use crate::kernel_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL];

kernel_exports! { "libc.so.6";
    /// pidfd_open(2)
    full fn pidfd_open(cx, pid: c_int, flags: c_uint) -> c_int { cx.sys_pidfd_open(pid, flags) }
    /// pidfd_getfd(2)
    full fn pidfd_getfd(cx, pidfd: c_int, fd: c_int, flags: c_uint) -> c_int { cx.sys_pidfd_getfd(pidfd, fd, flags) }
    /// pidfd_send_signal(2)
    full fn pidfd_send_signal(cx, pidfd: c_int, number: c_int, info: UserPtr<u64>, flags: c_uint) -> c_int {
        cx.sys_pidfd_send_signal(pidfd, number, info, flags)
    }
}
