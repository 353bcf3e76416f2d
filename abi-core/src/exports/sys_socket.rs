//! `sys/socket.h` (`socketpair`: `unistd.rs`)
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_int, c_uint, c_void};
use core::ptr::null_mut;

use crate::abi::{S_IFMT, cmsghdr, msghdr, stat, timespec};
use crate::boundary::user::{UserBuf, UserBufMut, UserPtr};
use crate::fs::MAX_TRANSFER_BYTES;
use crate::libc::{errno, set_errno};
use crate::{kernel_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL, PURE];

kernel_exports! { "libc.so.6";
    /// socket(2)
    partial("local and netlink sockets, TCP and UDP through loopback; raw ones of ICMP only") fn socket(cx, domain: c_int, kind: c_int, protocol: c_int) -> c_int {
        cx.sys_socket(domain, kind, protocol)
    }
    /// bind(2)
    full fn bind(cx, fd: c_int, address: usize, len: c_uint) -> c_int { cx.sys_bind(fd, address, len) }
    /// connect(2)
    full fn connect(cx, fd: c_int, address: usize, len: c_uint) -> c_int { cx.sys_connect(fd, address, len) }
    /// listen(2)
    full fn listen(cx, fd: c_int, backlog: c_int) -> c_int { cx.sys_listen(fd, backlog) }
    /// accept(2)
    full fn accept(cx, fd: c_int, address: usize, len: UserPtr<u32>) -> c_int {
        cx.sys_accept4(fd, address, len, 0)
    }
    /// accept4(2)
    full fn accept4(cx, fd: c_int, address: usize, len: UserPtr<u32>, flags: c_int) -> c_int {
        cx.sys_accept4(fd, address, len, flags)
    }
    /// getsockname(2)
    full fn getsockname(cx, fd: c_int, address: usize, len: UserPtr<u32>) -> c_int {
        cx.sys_getsockname(fd, address, len)
    }
    /// getpeername(2)
    full fn getpeername(cx, fd: c_int, address: usize, len: UserPtr<u32>) -> c_int {
        cx.sys_getpeername(fd, address, len)
    }
    /// getsockopt(2)
    partial("no filters or marks, time stamps of messages only and not by SO_TIMESTAMPING; TCP_INFO without figures of the traffic")
    fn getsockopt(cx, fd: c_int, level: c_int, name: c_int, value: usize, len: UserPtr<u32>) -> c_int {
        cx.sys_getsockopt(fd, level, name, value, len)
    }
    /// setsockopt(2)
    partial("no filters or marks, time stamps of messages only and not by SO_TIMESTAMPING, no groups by their senders")
    fn setsockopt(cx, fd: c_int, level: c_int, name: c_int, value: usize, len: c_uint) -> c_int {
        cx.sys_setsockopt(fd, level, name, value, len)
    }
    /// shutdown(2)
    full fn shutdown(cx, fd: c_int, how: c_int) -> c_int { cx.sys_shutdown(fd, how) }
    /// send(2)
    full fn send(cx, fd: c_int, buf: *const c_void, count: usize, flags: c_int) -> isize {
        cx.sys_sendto(fd, UserBuf::new(buf as usize, count.min(MAX_TRANSFER_BYTES)), flags, 0, 0)
    }
    /// sendto(2)
    full fn sendto(cx, fd: c_int, buf: *const c_void, count: usize, flags: c_int, to: usize, len: c_uint) -> isize {
        cx.sys_sendto(fd, UserBuf::new(buf as usize, count.min(MAX_TRANSFER_BYTES)), flags, to, len)
    }
    /// recv(2)
    full fn recv(cx, fd: c_int, buf: *mut c_void, count: usize, flags: c_int) -> isize {
        let buf = UserBufMut::new(buf as usize, count.min(MAX_TRANSFER_BYTES));
        cx.sys_recvfrom(fd, buf, flags, 0, UserPtr::new(0))
    }
    /// recvfrom(2)
    full fn recvfrom(
        cx, fd: c_int, buf: *mut c_void, count: usize, flags: c_int, from: usize, len: UserPtr<u32>,
    ) -> isize {
        let buf = UserBufMut::new(buf as usize, count.min(MAX_TRANSFER_BYTES));
        cx.sys_recvfrom(fd, buf, flags, from, len)
    }
    /// sendmsg(2)
    full fn sendmsg(cx, fd: c_int, message: usize, flags: c_int) -> isize {
        cx.sys_sendmsg(fd, message, flags)
    }
    /// recvmsg(2)
    full fn recvmsg(cx, fd: c_int, message: usize, flags: c_int) -> isize {
        cx.sys_recvmsg(fd, message, flags)
    }
    /// sendmmsg(2)
    full fn sendmmsg(cx, fd: c_int, messages: usize, count: c_uint, flags: c_int) -> c_int {
        cx.sys_sendmmsg(fd, messages, count, flags)
    }
    /// recvmmsg(2)
    full fn recvmmsg(
        cx, fd: c_int, messages: usize, count: c_uint, flags: c_int, timeout: UserPtr<timespec>,
    ) -> c_int {
        cx.sys_recvmmsg(fd, messages, count, flags, timeout)
    }
    /// sockatmark(3)
    full fn sockatmark(cx, fd: c_int) -> c_int { cx.sys_sockatmark(fd) }
}

unsafe extern "C" fn recv_chk(fd: c_int, buf: *mut c_void, count: usize, room: usize, flags: c_int) -> isize {
    crate::libc::stdlib::fortify::check(count, room);
    recv(fd, buf, count, flags)
}

unsafe extern "C" fn recvfrom_chk(
    fd: c_int,
    buf: *mut c_void,
    count: usize,
    room: usize,
    flags: c_int,
    from: usize,
    len: UserPtr<u32>,
) -> isize {
    crate::libc::stdlib::fortify::check(count, room);
    recvfrom(fd, buf, count, flags, from, len)
}

/// `CMSG_NXTHDR`
unsafe extern "C" fn next_control(message: *const msghdr, current: *const cmsghdr) -> *mut cmsghdr {
    let head = size_of::<cmsghdr>();
    if (*current).cmsg_len < head {
        return null_mut();
    }
    let end = (*message).msg_control.addr() + (*message).msg_controllen;
    let Some(len) = (*current).cmsg_len.checked_next_multiple_of(align_of::<usize>()) else {
        return null_mut();
    };
    let at = current.addr();
    let Some(next) = at.checked_add(len).filter(|next| next.checked_add(head).is_some_and(|n| n <= end))
    else {
        return null_mut();
    };
    let next = current.with_addr(next).cast_mut();
    if (*next).cmsg_len.checked_add(next.addr()).is_none_or(|next_end| next_end > end) {
        return null_mut();
    }
    next
}

/// isfdtype(3)
unsafe extern "C" fn isfdtype(fd: c_int, kind: c_int) -> c_int {
    let mut out: stat = core::mem::zeroed();
    let before = errno();
    if super::sys_stat::fstat(fd, UserPtr::new((&raw mut out).addr())) != 0 {
        set_errno(before);
        return -1;
    }
    c_int::from(out.st_mode & S_IFMT == kind as u32)
}

pure_exports! { "libc.so.6";
    full __recv_chk = recv_chk;
    full __recvfrom_chk = recvfrom_chk;
    full __cmsg_nxthdr = next_control;
    full isfdtype = isfdtype;
    full __connect = connect;
    full __send = send;
}
