//! `fcntl.h`

use core::ffi::{c_char, c_int};

use crate::abi::{self, Errno, mode_t, off_t};
use crate::boundary::user::{UserPtr, UserStr};
use crate::{kernel_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL, PURE];

kernel_exports! { "libc.so.6";
    /// open(2); variadic in C, its mode travels in the third register all the same
    full fn open(cx, path: UserStr, flags: c_int, mode: mode_t) -> c_int {
        cx.sys_openat(abi::AT_FDCWD, path, flags, mode)
    }
    /// openat(2)
    full fn openat(cx, dirfd: c_int, path: UserStr, flags: c_int, mode: mode_t) -> c_int {
        cx.sys_openat(dirfd, path, flags, mode)
    }
    /// creat(2)
    full fn creat(cx, path: UserStr, mode: mode_t) -> c_int {
        cx.sys_openat(abi::AT_FDCWD, path, abi::O_CREAT | abi::O_WRONLY | abi::O_TRUNC, mode)
    }
    /// fcntl(2)
    partial("no hints about how long data lives")
    fn fcntl(cx, fd: c_int, command: c_int, argument: usize) -> c_int { cx.sys_fcntl(fd, command, argument) }
    /// fallocate(2)
    partial("no collapsing or inserting of ranges")
    fn fallocate(cx, fd: c_int, mode: c_int, offset: off_t, len: off_t) -> c_int {
        cx.sys_fallocate(fd, mode, offset, len)
    }
    /// posix_fallocate(3): returns the error number
    full fn posix_fallocate(cx, fd: c_int, offset: off_t, len: off_t) -> c_int {
        Ok(cx.sys_fallocate(fd, 0, offset, len).map_or_else(|error| error.0, |_| 0))
    }
    /// posix_fadvise(2): returns the error number
    full fn posix_fadvise(cx, fd: c_int, _offset: off_t, len: off_t, advice: c_int) -> c_int {
        Ok(cx.sys_fadvise(fd, len, advice).map_or_else(|error| error.0, |_| 0))
    }
    /// readahead(2): everything is in memory or read on demand
    full fn readahead(cx, fd: c_int, _offset: off_t, _count: usize) -> isize {
        let open = cx.open_file(fd)?;
        if !open.is_readable() {
            return Err(Errno::EBADF);
        }
        let kind = open.file.inode().map(|inode| inode.file_type());
        if matches!(kind, Some(abi::S_IFREG | abi::S_IFBLK)) { Ok(0) } else { Err(Errno::EINVAL) }
    }
    /// splice(2)
    full fn splice(cx, from: c_int, from_at: UserPtr<i64>, to: c_int, to_at: UserPtr<i64>, len: usize, flags: u32) -> isize {
        cx.sys_splice((from, from_at), (to, to_at), len, flags)
    }
    /// tee(2)
    full fn tee(cx, from: c_int, to: c_int, len: usize, flags: u32) -> isize { cx.sys_tee(from, to, len, flags) }
    /// vmsplice(2): bytes are copied
    full fn vmsplice(cx, fd: c_int, vectors: UserPtr<abi::iovec>, count: usize, flags: u32) -> isize {
        cx.sys_vmsplice(fd, vectors, c_int::try_from(count).unwrap_or(-1), flags)
    }
}

/// open(2) without `O_CREAT`, as fortified programs call it.
pub unsafe extern "C" fn __open_2(path: *const c_char, flags: c_int) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { open(UserStr::new(path as usize), flags, 0) }
}

/// openat(2) without `O_CREAT`, as fortified programs call it.
pub unsafe extern "C" fn __openat_2(dirfd: c_int, path: *const c_char, flags: c_int) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { openat(dirfd, UserStr::new(path as usize), flags, 0) }
}

pure_exports! { "libc.so.6";
    full open64 = open;
    full openat64 = openat;
    full creat64 = creat;
    full fcntl64 = fcntl;
    full fallocate64 = fallocate;
    full posix_fallocate64 = posix_fallocate;
    full posix_fadvise64 = posix_fadvise;
    full __open_2 = __open_2;
    full __open64_2 = __open_2;
    full __openat_2 = __openat_2;
    full __openat64_2 = __openat_2;
    full __open = open;
    full __open64 = open;
}
