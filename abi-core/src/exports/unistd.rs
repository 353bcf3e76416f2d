//! `unistd.h`, the part about files (processes: `process.rs`)

use core::ffi::{c_char, c_int, c_uint, c_void};

use crate::abi::{self, Errno, Result, gid_t, off_t, uid_t};
use crate::boundary::user::{UserBuf, UserBufMut, UserPtr, UserStr};
use crate::fs::MAX_TRANSFER_BYTES;
use crate::libc::files::{names, paths};
use crate::{kernel_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL, PURE];

/// The working directory, for calls without a directory's descriptor.
const CWD: c_int = abi::AT_FDCWD;

fn limited(count: usize) -> usize {
    count.min(MAX_TRANSFER_BYTES)
}

kernel_exports! { "libc.so.6";
    /// read(2)
    full fn read(cx, fd: c_int, buf: *mut c_void, count: usize) -> isize {
        cx.sys_read(fd, UserBufMut::new(buf as usize, limited(count)))
    }
    /// write(2)
    full fn write(cx, fd: c_int, buf: *const c_void, count: usize) -> isize {
        cx.sys_write(fd, UserBuf::new(buf as usize, limited(count)))
    }
    /// pread(2)
    full fn pread(cx, fd: c_int, buf: *mut c_void, count: usize, offset: off_t) -> isize {
        cx.sys_pread(fd, UserBufMut::new(buf as usize, limited(count)), offset)
    }
    /// pwrite(2)
    full fn pwrite(cx, fd: c_int, buf: *const c_void, count: usize, offset: off_t) -> isize {
        cx.sys_pwrite(fd, UserBuf::new(buf as usize, limited(count)), offset)
    }
    /// close(2)
    full fn close(cx, fd: c_int) -> c_int { cx.sys_close(fd) }
    /// close_range(2)
    full fn close_range(cx, first: c_uint, last: c_uint, flags: c_uint) -> c_int {
        cx.sys_close_range(first, last, flags)
    }
    /// closefrom(3)
    full fn closefrom(cx, first: c_int) -> c_int {
        cx.sys_close_range(first.max(0) as u32, u32::MAX, 0)
    }
    /// lseek(2)
    full fn lseek(cx, fd: c_int, offset: off_t, whence: c_int) -> off_t { cx.sys_lseek(fd, offset, whence) }
    /// isatty(3)
    full fn isatty(cx, fd: c_int) -> c_int { zero_on_failure(cx.sys_isatty(fd)) }
    /// dup(2)
    full fn dup(cx, fd: c_int) -> c_int { cx.sys_dup(fd) }
    /// dup2(2)
    full fn dup2(cx, from: c_int, to: c_int) -> c_int { cx.sys_dup2(from, to) }
    /// dup3(2)
    full fn dup3(cx, from: c_int, to: c_int, flags: c_int) -> c_int { cx.sys_dup3(from, to, flags) }
    /// pipe(2)
    full fn pipe(cx, fds: UserPtr<[i32; 2]>) -> c_int { cx.sys_pipe2(fds, 0) }
    /// pipe2(2)
    full fn pipe2(cx, fds: UserPtr<[i32; 2]>, flags: c_int) -> c_int { cx.sys_pipe2(fds, flags) }
    /// link(2)
    full fn link(cx, from: UserStr, to: UserStr) -> c_int { cx.sys_linkat(CWD, from, CWD, to, 0) }
    /// linkat(2)
    full fn linkat(cx, from_fd: c_int, from: UserStr, to_fd: c_int, to: UserStr, flags: c_int) -> c_int {
        cx.sys_linkat(from_fd, from, to_fd, to, flags)
    }
    /// symlink(2)
    full fn symlink(cx, target: UserStr, path: UserStr) -> c_int { cx.sys_symlinkat(target, CWD, path) }
    /// symlinkat(2)
    full fn symlinkat(cx, target: UserStr, dirfd: c_int, path: UserStr) -> c_int {
        cx.sys_symlinkat(target, dirfd, path)
    }
    /// unlink(2)
    full fn unlink(cx, path: UserStr) -> c_int { cx.sys_unlinkat(CWD, path, 0) }
    /// unlinkat(2)
    full fn unlinkat(cx, dirfd: c_int, path: UserStr, flags: c_int) -> c_int {
        cx.sys_unlinkat(dirfd, path, flags)
    }
    /// rmdir(2)
    full fn rmdir(cx, path: UserStr) -> c_int { cx.sys_unlinkat(CWD, path, abi::AT_REMOVEDIR) }
    /// remove(3)
    full fn remove(cx, path: UserStr) -> c_int {
        match cx.sys_unlinkat(CWD, path, 0) {
            Err(Errno::EISDIR) => cx.sys_unlinkat(CWD, path, abi::AT_REMOVEDIR),
            other => other,
        }
    }
    /// rename(2)
    full fn rename(cx, from: UserStr, to: UserStr) -> c_int { cx.sys_renameat2(CWD, from, CWD, to, 0) }
    /// renameat(2)
    full fn renameat(cx, from_fd: c_int, from: UserStr, to_fd: c_int, to: UserStr) -> c_int {
        cx.sys_renameat2(from_fd, from, to_fd, to, 0)
    }
    /// renameat2(2)
    partial("no RENAME_WHITEOUT; no RENAME_EXCHANGE in host folders")
    fn renameat2(cx, from_fd: c_int, from: UserStr, to_fd: c_int, to: UserStr, flags: c_uint) -> c_int {
        cx.sys_renameat2(from_fd, from, to_fd, to, flags)
    }
    /// readlink(2)
    full fn readlink(cx, path: UserStr, buf: *mut c_char, size: usize) -> isize {
        cx.sys_readlinkat(CWD, path, buf as usize, size)
    }
    /// readlinkat(2)
    full fn readlinkat(cx, dirfd: c_int, path: UserStr, buf: *mut c_char, size: usize) -> isize {
        cx.sys_readlinkat(dirfd, path, buf as usize, size)
    }
    /// access(2)
    full fn access(cx, path: UserStr, mode: c_int) -> c_int { cx.sys_faccessat(CWD, path, mode, 0) }
    /// faccessat(2)
    full fn faccessat(cx, dirfd: c_int, path: UserStr, mode: c_int, flags: c_int) -> c_int {
        cx.sys_faccessat(dirfd, path, mode, flags)
    }
    /// chown(2)
    full fn chown(cx, path: UserStr, uid: uid_t, gid: gid_t) -> c_int { cx.sys_fchownat(CWD, path, uid, gid, 0) }
    /// lchown(2)
    full fn lchown(cx, path: UserStr, uid: uid_t, gid: gid_t) -> c_int {
        cx.sys_fchownat(CWD, path, uid, gid, abi::AT_SYMLINK_NOFOLLOW)
    }
    /// fchown(2)
    full fn fchown(cx, fd: c_int, uid: uid_t, gid: gid_t) -> c_int { cx.sys_fchown(fd, uid, gid) }
    /// fchownat(2)
    full fn fchownat(cx, dirfd: c_int, path: UserStr, uid: uid_t, gid: gid_t, flags: c_int) -> c_int {
        cx.sys_fchownat(dirfd, path, uid, gid, flags)
    }
    /// truncate(2)
    full fn truncate(cx, path: UserStr, len: off_t) -> c_int { cx.sys_truncate(path, len) }
    /// ftruncate(2)
    full fn ftruncate(cx, fd: c_int, len: off_t) -> c_int { cx.sys_ftruncate(fd, len) }
    /// fsync(2)
    full fn fsync(cx, fd: c_int) -> c_int { cx.sys_fsync(fd) }
    /// syncfs(2)
    full fn syncfs(cx, fd: c_int) -> c_int { cx.sys_syncfs(fd) }
    /// sync(2): memory has nothing to write back, and host folders are written through, except by mappings.
    full fn sync(cx) -> c_int { { cx.sys_sync(); Ok(0) } }
    /// chdir(2)
    full fn chdir(cx, path: UserStr) -> c_int { cx.sys_chdir(path) }
    /// fchdir(2)
    full fn fchdir(cx, fd: c_int) -> c_int { cx.sys_fchdir(fd) }
    /// chroot(2)
    full fn chroot(cx, path: UserStr) -> c_int { cx.sys_chroot(path) }
    /// getcwd(2) as a system call: the length with its NUL
    full fn osvrun_getcwd(cx, buf: *mut c_char, size: usize) -> isize {
        cx.sys_getcwd_reachable(buf as usize, size).map(|len| len as isize)
    }
    /// getdents64(2)
    full fn getdents64(cx, fd: c_int, buf: *mut c_void, size: usize) -> isize {
        cx.sys_getdents64(fd, buf as usize, size)
    }
    /// copy_file_range(2)
    full fn copy_file_range(
        cx, from: c_int, from_at: UserPtr<i64>, to: c_int, to_at: UserPtr<i64>, len: usize, flags: c_uint
    ) -> isize {
        cx.sys_copy_file_range(from, from_at, to, to_at, len, flags)
    }
    /// sendfile(2)
    full fn sendfile(cx, to: c_int, from: c_int, offset: UserPtr<i64>, count: usize) -> isize {
        cx.sys_sendfile(to, from, offset, limited(count))
    }
    /// sethostname(2)
    full fn sethostname(cx, name: *const c_char, len: usize) -> c_int { cx.sys_sethostname(name as usize, len) }
    /// socketpair(2)
    full fn socketpair(
        cx, domain: c_int, kind: c_int, protocol: c_int, fds: UserPtr<[i32; 2]>
    ) -> c_int {
        cx.sys_socketpair(domain, kind, protocol, fds)
    }
    /// memfd_create(2)
    partial("no huge pages") fn memfd_create(cx, name: UserStr, flags: c_uint) -> c_int {
        cx.sys_memfd_create(name, flags)
    }
    /// lockf(3)
    full fn lockf(cx, fd: c_int, command: c_int, len: off_t) -> c_int { cx.sys_lockf(fd, command, len) }
}

/// Makes isatty's answer: 0 with errno where other calls give -1.
fn zero_on_failure(result: Result<c_int>) -> Result<c_int> {
    result.or_else(|error| {
        crate::libc::set_errno(error.0);
        Ok(0)
    })
}

pure_exports! { "libc.so.6";
    full __read = read;
    full __write = write;
    full __close = close;
    full __lseek = lseek;
    full lseek64 = lseek;
    full pread64 = pread;
    full __pread64 = pread;
    full pwrite64 = pwrite;
    full __pwrite64 = pwrite;
    full sendfile64 = sendfile;
    full truncate64 = truncate;
    full ftruncate64 = ftruncate;
    full lockf64 = lockf;
    full fdatasync = fsync;
    full euidaccess = names::euidaccess;
    full eaccess = names::euidaccess;
    full __dup2 = dup2;
    full __pipe = pipe;
    full __read_chk = paths::__read_chk;
    full __pread_chk = paths::__pread_chk;
    full __pread64_chk = paths::__pread_chk;
    full __readlink_chk = paths::__readlink_chk;
    full __readlinkat_chk = paths::__readlinkat_chk;
    full getcwd = paths::getcwd;
    full __getcwd_chk = paths::__getcwd_chk;
    full getwd = paths::getwd;
    full __getwd_chk = paths::__getwd_chk;
    full get_current_dir_name = paths::get_current_dir_name;
    full realpath = paths::realpath;
    full __realpath_chk = paths::__realpath_chk;
    full canonicalize_file_name = paths::canonicalize_file_name;
    full pathconf = paths::pathconf;
    full fpathconf = paths::fpathconf;
    full ttyname = names::ttyname;
    full ttyname_r = names::ttyname_r;
    full __ttyname_r_chk = names::__ttyname_r_chk;
    full tcgetpgrp = names::tcgetpgrp;
    full tcsetpgrp = names::tcsetpgrp;
    full gethostname = names::gethostname;
    full __gethostname_chk = names::__gethostname_chk;
    full getdomainname = names::getdomainname;
    full __getdomainname_chk = names::__getdomainname_chk;
    full mkstemp = names::mkstemp;
    full mkstemp64 = names::mkstemp;
    full mkostemp = names::mkostemp;
    full mkostemp64 = names::mkostemp;
    full mkstemps = names::mkstemps;
    full mkstemps64 = names::mkstemps;
    full mkostemps = names::mkostemps;
    full mkostemps64 = names::mkostemps;
    full mkdtemp = names::mkdtemp;
    full mktemp = names::mktemp;
    full shm_open = names::shm_open;
    full shm_unlink = names::shm_unlink;
}
