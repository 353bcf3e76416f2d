//! `sys/socket.h` (`socketpair`: `unistd.rs`)
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_int, c_uint, c_void};
use core::ptr::null_mut;

use crate::abi::{S_IFMT, cmsghdr, msghdr, stat};
use crate::boundary::user::{UserBuf, UserBufMut, UserPtr};
use crate::fs::MAX_TRANSFER_BYTES;
use crate::{kernel_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL, PURE];

kernel_exports! { "libc.so.6";
    /// socket(2)
    stub("sockets are not there yet") fn socket(cx, domain: c_int, kind: c_int, protocol: c_int) -> c_int {
        cx.sys_socket(domain, kind, protocol)
    }
    /// bind(2)
    stub("sockets are not there yet") fn bind(cx, fd: c_int, _address: usize, _len: c_uint) -> c_int {
        Err(cx.socket_refusal(fd))
    }
    /// connect(2)
    stub("sockets are not there yet") fn connect(cx, fd: c_int, _address: usize, _len: c_uint) -> c_int {
        Err(cx.socket_refusal(fd))
    }
    /// listen(2)
    stub("sockets are not there yet") fn listen(cx, fd: c_int, _backlog: c_int) -> c_int {
        Err(cx.socket_refusal(fd))
    }
    /// accept(2)
    stub("sockets are not there yet") fn accept(cx, fd: c_int, _address: usize, _len: usize) -> c_int {
        Err(cx.socket_refusal(fd))
    }
    /// accept4(2)
    stub("sockets are not there yet")
    fn accept4(cx, fd: c_int, _address: usize, _len: usize, _flags: c_int) -> c_int {
        Err(cx.socket_refusal(fd))
    }
    /// getsockname(2)
    stub("sockets are not there yet") fn getsockname(cx, fd: c_int, _address: usize, _len: usize) -> c_int {
        Err(cx.socket_refusal(fd))
    }
    /// getpeername(2)
    stub("sockets are not there yet") fn getpeername(cx, fd: c_int, _address: usize, _len: usize) -> c_int {
        Err(cx.socket_refusal(fd))
    }
    /// getsockopt(2)
    stub("sockets are not there yet")
    fn getsockopt(cx, fd: c_int, _level: c_int, _name: c_int, _value: usize, _len: usize) -> c_int {
        Err(cx.socket_refusal(fd))
    }
    /// setsockopt(2)
    stub("sockets are not there yet")
    fn setsockopt(cx, fd: c_int, _level: c_int, _name: c_int, _value: usize, _len: c_uint) -> c_int {
        Err(cx.socket_refusal(fd))
    }
    /// shutdown(2)
    stub("sockets are not there yet") fn shutdown(cx, fd: c_int, _how: c_int) -> c_int {
        Err(cx.socket_refusal(fd))
    }
    /// send(2)
    partial("pairs of local streams only, without flags")
    fn send(cx, fd: c_int, buf: *const c_void, count: usize, flags: c_int) -> isize {
        cx.sys_send(fd, UserBuf::new(buf as usize, count.min(MAX_TRANSFER_BYTES)), flags)
    }
    /// sendto(2)
    partial("pairs of local streams only, without flags or address")
    fn sendto(cx, fd: c_int, buf: *const c_void, count: usize, flags: c_int, to: usize, _len: c_uint) -> isize {
        if to != 0 {
            return Err(cx.socket_refusal(fd));
        }
        cx.sys_send(fd, UserBuf::new(buf as usize, count.min(MAX_TRANSFER_BYTES)), flags)
    }
    /// recv(2)
    partial("pairs of local streams only, without flags")
    fn recv(cx, fd: c_int, buf: *mut c_void, count: usize, flags: c_int) -> isize {
        cx.sys_recv(fd, UserBufMut::new(buf as usize, count.min(MAX_TRANSFER_BYTES)), flags)
    }
    /// recvfrom(2): a pair's other end has no address.
    partial("pairs of local streams only, without flags")
    fn recvfrom(
        cx, fd: c_int, buf: *mut c_void, count: usize, flags: c_int, from: usize, len: UserPtr<u32>,
    ) -> isize {
        let result = cx.sys_recv(fd, UserBufMut::new(buf as usize, count.min(MAX_TRANSFER_BYTES)), flags)?;
        if from != 0 {
            len.write(0)?;
        }
        Ok(result)
    }
    /// sendmsg(2)
    stub("sockets are not there yet") fn sendmsg(cx, fd: c_int, _message: usize, _flags: c_int) -> isize {
        Err(cx.socket_refusal(fd))
    }
    /// recvmsg(2)
    stub("sockets are not there yet") fn recvmsg(cx, fd: c_int, _message: usize, _flags: c_int) -> isize {
        Err(cx.socket_refusal(fd))
    }
    /// sendmmsg(2)
    stub("sockets are not there yet")
    fn sendmmsg(cx, fd: c_int, _messages: usize, _count: c_uint, _flags: c_int) -> c_int {
        Err(cx.socket_refusal(fd))
    }
    /// recvmmsg(2)
    stub("sockets are not there yet")
    fn recvmmsg(cx, fd: c_int, _messages: usize, _count: c_uint, _flags: c_int, _timeout: usize) -> c_int {
        Err(cx.socket_refusal(fd))
    }
    /// sockatmark(3)
    stub("sockets are not there yet") fn sockatmark(cx, fd: c_int) -> c_int {
        Err(cx.socket_refusal(fd))
    }
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
    if super::sys_stat::fstat(fd, UserPtr::new((&raw mut out).addr())) != 0 {
        return -1;
    }
    c_int::from(out.st_mode & S_IFMT == kind as u32)
}

pure_exports! { "libc.so.6";
    full __recv_chk = recv_chk;
    full __recvfrom_chk = recvfrom_chk;
    full __cmsg_nxthdr = next_control;
    full isfdtype = isfdtype;
    stub("sockets are not there yet") __connect = connect;
    stub("sockets are not there yet") __send = send;
}
