//! `sys/eventfd.h`, `sys/timerfd.h` and `sys/signalfd.h`

use core::ffi::{c_int, c_uint};

use crate::abi::itimerspec;
use crate::boundary::user::UserPtr;
use crate::{kernel_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL, PURE];

kernel_exports! { "libc.so.6";
    /// eventfd(2)
    full fn eventfd(cx, initial: c_uint, flags: c_int) -> c_int { cx.sys_eventfd(initial, flags) }
    /// signalfd(2)
    full fn signalfd(cx, fd: c_int, set: UserPtr<u64>, flags: c_int) -> c_int { cx.sys_signalfd(fd, set, flags) }
    /// timerfd_create(2): an alarm clock is the one that it would wake a machine at rest by
    full fn timerfd_create(cx, clock: c_int, flags: c_int) -> c_int { cx.sys_timerfd_create(clock, flags) }
    /// timerfd_settime(2)
    full fn timerfd_settime(
        cx, fd: c_int, flags: c_int, new: UserPtr<itimerspec>, old: UserPtr<itimerspec>
    ) -> c_int {
        cx.sys_timerfd_settime(fd, flags, new, old)
    }
    /// timerfd_gettime(2)
    full fn timerfd_gettime(cx, fd: c_int, out: UserPtr<itimerspec>) -> c_int { cx.sys_timerfd_gettime(fd, out) }
}

/// eventfd_read(3)
pub unsafe extern "C" fn eventfd_read(fd: c_int, value: *mut u64) -> c_int {
    // SAFETY: the caller's promise.
    if unsafe { super::unistd::read(fd, value.cast(), 8) } == 8 { 0 } else { -1 }
}

/// eventfd_write(3)
pub unsafe extern "C" fn eventfd_write(fd: c_int, value: u64) -> c_int {
    // SAFETY: eight bytes of ours.
    if unsafe { super::unistd::write(fd, (&raw const value).cast(), 8) } == 8 { 0 } else { -1 }
}

pure_exports! { "libc.so.6";
    full eventfd_read = eventfd_read;
    full eventfd_write = eventfd_write;
}
