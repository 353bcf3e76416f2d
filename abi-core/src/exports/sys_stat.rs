//! `sys/stat.h`

use core::ffi::{c_int, c_uint};

use crate::abi::{self, Errno, Result, dev_t, mode_t, stat as Stat, statx as Statx, timespec};
use crate::boundary::user::{UserPtr, UserStr};
use crate::{kernel_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL, PURE];

const CWD: c_int = abi::AT_FDCWD;

/// Fails for a version of `struct stat` other than this machine's.
fn check_version(version: c_int) -> Result<()> {
    if matches!(version, 0 | 1) { Ok(()) } else { Err(Errno::EINVAL) }
}

/// Fails for a version of mknod's arguments other than the one there is.
fn check_device_version(version: c_int) -> Result<()> {
    if version == 0 { Ok(()) } else { Err(Errno::EINVAL) }
}

kernel_exports! { "libc.so.6";
    /// stat(2)
    full fn stat(cx, path: UserStr, out: UserPtr<Stat>) -> c_int { cx.sys_fstatat(CWD, path, out, 0) }
    /// lstat(2)
    full fn lstat(cx, path: UserStr, out: UserPtr<Stat>) -> c_int {
        cx.sys_fstatat(CWD, path, out, abi::AT_SYMLINK_NOFOLLOW)
    }
    /// fstat(2)
    full fn fstat(cx, fd: c_int, out: UserPtr<Stat>) -> c_int { cx.sys_fstat(fd, out) }
    /// fstatat(2)
    full fn fstatat(cx, dirfd: c_int, path: UserStr, out: UserPtr<Stat>, flags: c_int) -> c_int {
        cx.sys_fstatat(dirfd, path, out, flags)
    }
    /// statx(2)
    full fn statx(cx, dirfd: c_int, path: UserStr, flags: c_int, mask: c_uint, out: UserPtr<Statx>) -> c_int {
        cx.sys_statx(dirfd, path, flags, mask, out)
    }
    /// chmod(2)
    full fn chmod(cx, path: UserStr, mode: mode_t) -> c_int { cx.sys_fchmodat(CWD, path, mode, 0) }
    /// lchmod(3)
    full fn lchmod(cx, path: UserStr, mode: mode_t) -> c_int {
        cx.sys_fchmodat(CWD, path, mode, abi::AT_SYMLINK_NOFOLLOW)
    }
    /// fchmod(2)
    full fn fchmod(cx, fd: c_int, mode: mode_t) -> c_int { cx.sys_fchmod(fd, mode) }
    /// fchmodat(2)
    full fn fchmodat(cx, dirfd: c_int, path: UserStr, mode: mode_t, flags: c_int) -> c_int {
        if flags & !abi::AT_SYMLINK_NOFOLLOW != 0 {
            return Err(Errno::EINVAL);
        }
        cx.sys_fchmodat(dirfd, path, mode, flags)
    }
    /// mkdir(2)
    full fn mkdir(cx, path: UserStr, mode: mode_t) -> c_int { cx.sys_mkdirat(CWD, path, mode) }
    /// mkdirat(2)
    full fn mkdirat(cx, dirfd: c_int, path: UserStr, mode: mode_t) -> c_int { cx.sys_mkdirat(dirfd, path, mode) }
    /// mkfifo(3)
    full fn mkfifo(cx, path: UserStr, mode: mode_t) -> c_int {
        cx.sys_mknodat(CWD, path, mode & 0o7777 | abi::S_IFIFO, 0)
    }
    /// mkfifoat(3)
    full fn mkfifoat(cx, dirfd: c_int, path: UserStr, mode: mode_t) -> c_int {
        cx.sys_mknodat(dirfd, path, mode & 0o7777 | abi::S_IFIFO, 0)
    }
    /// mknod(2)
    full fn mknod(cx, path: UserStr, mode: mode_t, rdev: dev_t) -> c_int { cx.sys_mknodat(CWD, path, mode, rdev) }
    /// mknodat(2)
    full fn mknodat(cx, dirfd: c_int, path: UserStr, mode: mode_t, rdev: dev_t) -> c_int {
        cx.sys_mknodat(dirfd, path, mode, rdev)
    }
    /// umask(2)
    full fn umask(cx, mask: mode_t) -> mode_t { Ok(cx.sys_umask(mask)) }
    /// utimensat(2)
    full fn utimensat(cx, dirfd: c_int, path: UserStr, times: UserPtr<timespec>, flags: c_int) -> c_int {
        cx.sys_utimensat(dirfd, path, times, flags)
    }
    /// futimens(3)
    full fn futimens(cx, fd: c_int, times: UserPtr<timespec>) -> c_int {
        cx.sys_utimensat(fd, UserStr::new(0), times, 0)
    }
    /// stat(2) with the version of `struct stat` first, as programs from before glibc 2.33 call it
    full fn __xstat(cx, version: c_int, path: UserStr, out: UserPtr<Stat>) -> c_int {
        check_version(version)?;
        cx.sys_fstatat(CWD, path, out, 0)
    }
    /// lstat(2), likewise
    full fn __lxstat(cx, version: c_int, path: UserStr, out: UserPtr<Stat>) -> c_int {
        check_version(version)?;
        cx.sys_fstatat(CWD, path, out, abi::AT_SYMLINK_NOFOLLOW)
    }
    /// fstat(2), likewise
    full fn __fxstat(cx, version: c_int, fd: c_int, out: UserPtr<Stat>) -> c_int {
        check_version(version)?;
        cx.sys_fstat(fd, out)
    }
    /// fstatat(2), likewise
    full fn __fxstatat(cx, version: c_int, dirfd: c_int, path: UserStr, out: UserPtr<Stat>, flags: c_int) -> c_int {
        check_version(version)?;
        cx.sys_fstatat(dirfd, path, out, flags)
    }
    /// mknod(2), likewise
    full fn __xmknod(cx, version: c_int, path: UserStr, mode: mode_t, rdev: UserPtr<u64>) -> c_int {
        check_device_version(version)?;
        cx.sys_mknodat(CWD, path, mode, rdev.read()?)
    }
    /// mknodat(2), likewise
    full fn __xmknodat(cx, version: c_int, dirfd: c_int, path: UserStr, mode: mode_t, rdev: UserPtr<u64>) -> c_int {
        check_device_version(version)?;
        cx.sys_mknodat(dirfd, path, mode, rdev.read()?)
    }
}

pure_exports! { "libc.so.6";
    full stat64 = stat;
    full lstat64 = lstat;
    full fstat64 = fstat;
    full fstatat64 = fstatat;
    full __xstat64 = __xstat;
    full __lxstat64 = __lxstat;
    full __fxstat64 = __fxstat;
    full __fxstatat64 = __fxstatat;
}
