//! `sys/statfs.h` and `sys/statvfs.h`

use core::ffi::c_int;

use crate::abi::statvfs as StatVfs;
use crate::boundary::user::{UserPtr, UserStr};
use crate::fs::StatFs;
use crate::{kernel_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL, PURE];

kernel_exports! { "libc.so.6";
    /// statfs(2)
    full fn statfs(cx, path: UserStr, out: UserPtr<StatFs>) -> c_int { cx.sys_statfs(path, out) }
    /// fstatfs(2)
    full fn fstatfs(cx, fd: c_int, out: UserPtr<StatFs>) -> c_int { cx.sys_fstatfs(fd, out) }
}

/// Makes `struct statvfs` from what `call` filled in.
unsafe fn convert(out: *mut StatVfs, call: impl FnOnce(UserPtr<StatFs>) -> c_int) -> c_int {
    // SAFETY: all-zero is a value of both.
    let (mut from, mut to): (StatFs, StatVfs) = unsafe { core::mem::zeroed() };
    let result = call(UserPtr::new((&raw mut from).addr()));
    if result != 0 {
        return result;
    }
    to.f_bsize = from.f_bsize as u64;
    to.f_frsize = from.f_frsize as u64;
    (to.f_blocks, to.f_bfree, to.f_bavail) = (from.f_blocks, from.f_bfree, from.f_bavail);
    (to.f_files, to.f_ffree, to.f_favail) = (from.f_files, from.f_ffree, from.f_ffree);
    to.f_fsid = from.f_fsid[0] as u32 as u64;
    // Bit 0x20 says that statfs filled the flags in.
    to.f_flag = from.f_flags as u64 & !0x20;
    to.f_namemax = from.f_namelen as u64;
    // SAFETY: the caller's promise.
    unsafe { out.write(to) };
    0
}

/// statvfs(3)
pub unsafe extern "C" fn statvfs(path: UserStr, out: *mut StatVfs) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { convert(out, |from| statfs(path, from)) }
}

/// fstatvfs(3)
pub unsafe extern "C" fn fstatvfs(fd: c_int, out: *mut StatVfs) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { convert(out, |from| fstatfs(fd, from)) }
}

pure_exports! { "libc.so.6";
    full __statfs = statfs;
    full statfs64 = statfs;
    full fstatfs64 = fstatfs;
    full statvfs = statvfs;
    full statvfs64 = statvfs;
    full fstatvfs = fstatvfs;
    full fstatvfs64 = fstatvfs;
}
