//! `sys/epoll.h`

use core::ffi::{c_int, c_void};

use crate::abi::{Errno, timespec};
use crate::boundary::user::UserPtr;
use crate::kernel_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL];

kernel_exports! { "libc.so.6";
    /// epoll_create(2)
    full fn epoll_create(cx, size: c_int) -> c_int {
        if size > 0 { cx.sys_epoll_create1(0) } else { Err(Errno::EINVAL) }
    }
    /// epoll_create1(2)
    full fn epoll_create1(cx, flags: c_int) -> c_int { cx.sys_epoll_create1(flags) }
    /// epoll_ctl(2)
    full fn epoll_ctl(cx, epfd: c_int, operation: c_int, fd: c_int, event: UserPtr<u8>) -> c_int {
        cx.sys_epoll_ctl(epfd, operation, fd, event)
    }
    /// epoll_wait(2)
    full fn epoll_wait(cx, epfd: c_int, events: *mut c_void, max: c_int, timeout_ms: c_int) -> c_int {
        cx.sys_epoll_wait(epfd, events as usize, max, timeout_ms)
    }
    /// epoll_pwait(2)
    full fn epoll_pwait(cx, epfd: c_int, events: *mut c_void, max: c_int, timeout_ms: c_int, mask: UserPtr<u64>) -> c_int {
        cx.with_signal_mask(mask, || cx.sys_epoll_wait(epfd, events as usize, max, timeout_ms))
    }
    /// epoll_pwait2(2)
    full fn epoll_pwait2(
        cx, epfd: c_int, events: *mut c_void, max: c_int, timeout: UserPtr<timespec>, mask: UserPtr<u64>
    ) -> c_int {
        cx.with_signal_mask(mask, || cx.sys_epoll_pwait2(epfd, events as usize, max, timeout))
    }
}
