//! `poll.h`

use core::ffi::c_int;

use crate::abi::{nfds_t, pollfd, timespec};
use crate::boundary::user::UserPtr;
use crate::libc::stdlib::fortify::check;
use crate::{kernel_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL, PURE];

kernel_exports! { "libc.so.6";
    /// poll(2)
    full fn poll(cx, fds: UserPtr<pollfd>, count: nfds_t, timeout_ms: c_int) -> c_int {
        cx.sys_poll(fds, count as usize, timeout_ms)
    }
    /// ppoll(2)
    full fn ppoll(
        cx, fds: UserPtr<pollfd>, count: nfds_t, timeout: UserPtr<timespec>, mask: UserPtr<u64>
    ) -> c_int {
        cx.with_signal_mask(mask, || cx.sys_ppoll(fds, count as usize, timeout))
    }
}

unsafe extern "C" fn poll_chk(
    fds: UserPtr<pollfd>,
    count: nfds_t,
    timeout_ms: c_int,
    room_bytes: usize,
) -> c_int {
    check(count as usize, room_bytes / size_of::<pollfd>());
    // SAFETY: the kernel checks what it is given.
    unsafe { poll(fds, count, timeout_ms) }
}

unsafe extern "C" fn ppoll_chk(
    fds: UserPtr<pollfd>,
    count: nfds_t,
    timeout: UserPtr<timespec>,
    mask: UserPtr<u64>,
    room_bytes: usize,
) -> c_int {
    check(count as usize, room_bytes / size_of::<pollfd>());
    // SAFETY: the kernel checks what it is given.
    unsafe { ppoll(fds, count, timeout, mask) }
}

pure_exports! { "libc.so.6";
    full __poll = poll;
    full __poll_chk = poll_chk;
    full __ppoll_chk = ppoll_chk;
}
