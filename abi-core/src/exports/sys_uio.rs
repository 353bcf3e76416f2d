//! `sys/uio.h`

use core::ffi::{c_int, c_ulong};

use crate::abi::{iovec, off_t};
use crate::boundary::user::UserPtr;
use crate::{kernel_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL, PURE];

kernel_exports! { "libc.so.6";
    /// readv(2)
    full fn readv(cx, fd: c_int, vectors: UserPtr<iovec>, count: c_int) -> isize {
        cx.sys_readv(fd, vectors, count)
    }
    /// writev(2)
    full fn writev(cx, fd: c_int, vectors: UserPtr<iovec>, count: c_int) -> isize {
        cx.sys_writev(fd, vectors, count)
    }
    /// preadv(2)
    full fn preadv(cx, fd: c_int, vectors: UserPtr<iovec>, count: c_int, offset: off_t) -> isize {
        if offset < 0 { return Err(crate::abi::Errno::EINVAL); }
        cx.sys_preadv2(fd, vectors, count, offset, 0)
    }
    /// pwritev(2)
    full fn pwritev(cx, fd: c_int, vectors: UserPtr<iovec>, count: c_int, offset: off_t) -> isize {
        if offset < 0 { return Err(crate::abi::Errno::EINVAL); }
        cx.sys_pwritev2(fd, vectors, count, offset, 0)
    }
    /// preadv2(2)
    full fn preadv2(cx, fd: c_int, vectors: UserPtr<iovec>, count: c_int, offset: off_t, flags: c_int) -> isize {
        cx.sys_preadv2(fd, vectors, count, offset, flags)
    }
    /// pwritev2(2)
    full
    fn pwritev2(cx, fd: c_int, vectors: UserPtr<iovec>, count: c_int, offset: off_t, flags: c_int) -> isize {
        cx.sys_pwritev2(fd, vectors, count, offset, flags)
    }
    /// process_vm_readv(2)
    full fn process_vm_readv(
        cx, pid: c_int, local: UserPtr<iovec>, locals: c_ulong, remote: UserPtr<iovec>, remotes: c_ulong, flags: c_ulong
    ) -> isize {
        cx.sys_process_vm(pid, (remote, remotes), (local, locals), flags)
    }
    /// process_vm_writev(2)
    full fn process_vm_writev(
        cx, pid: c_int, local: UserPtr<iovec>, locals: c_ulong, remote: UserPtr<iovec>, remotes: c_ulong, flags: c_ulong
    ) -> isize {
        cx.sys_process_vm(pid, (local, locals), (remote, remotes), flags)
    }
}

pure_exports! { "libc.so.6";
    full preadv64 = preadv;
    full pwritev64 = pwritev;
    full preadv64v2 = preadv2;
    full pwritev64v2 = pwritev2;
}
