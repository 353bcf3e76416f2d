//! `utime.h`, and `utimes(2)` and its like of `sys/time.h`

use core::ffi::c_int;

use super::sys_stat::{futimens, utimensat};
use crate::abi::{self, Errno, timespec, timeval, utimbuf};
use crate::boundary::user::{UserPtr, UserStr};
use crate::libc::set_errno;
use crate::pure_exports;
use crate::time::timespec_of;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// Converts two times and hands them on; a NULL stays one.
unsafe fn with_times(times: *const timeval, set: impl FnOnce(UserPtr<timespec>) -> c_int) -> c_int {
    if times.is_null() {
        return set(UserPtr::new(0));
    }
    // SAFETY: the caller gives two.
    let from = unsafe { [times.read(), times.add(1).read()] };
    let [Ok(access), Ok(modification)] = from.map(timespec_of) else {
        set_errno(Errno::EINVAL.0);
        return -1;
    };
    let to = [access, modification];
    set(UserPtr::new(to.as_ptr().addr()))
}

/// utime(2)
pub unsafe extern "C" fn utime(path: UserStr, times: *const utimbuf) -> c_int {
    if times.is_null() {
        // SAFETY: the caller's promise.
        return unsafe { utimensat(abi::AT_FDCWD, path, UserPtr::new(0), 0) };
    }
    // SAFETY: the caller's promise.
    let times = unsafe { &*times };
    let to = [times.actime, times.modtime].map(|tv_sec| timespec { tv_sec, tv_nsec: 0 });
    // SAFETY: the caller's promise.
    unsafe { utimensat(abi::AT_FDCWD, path, UserPtr::new(to.as_ptr().addr()), 0) }
}

/// utimes(2)
pub unsafe extern "C" fn utimes(path: UserStr, times: *const timeval) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { with_times(times, |times| utimensat(abi::AT_FDCWD, path, times, 0)) }
}

/// lutimes(3)
pub unsafe extern "C" fn lutimes(path: UserStr, times: *const timeval) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { with_times(times, |times| utimensat(abi::AT_FDCWD, path, times, abi::AT_SYMLINK_NOFOLLOW)) }
}

/// futimes(3)
pub unsafe extern "C" fn futimes(fd: c_int, times: *const timeval) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { with_times(times, |times| futimens(fd, times)) }
}

/// futimesat(2)
pub unsafe extern "C" fn futimesat(dirfd: c_int, path: UserStr, times: *const timeval) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { with_times(times, |times| utimensat(dirfd, path, times, 0)) }
}

pure_exports! { "libc.so.6";
    full utime = utime;
    full utimes = utimes;
    full lutimes = lutimes;
    full futimes = futimes;
    full futimesat = futimesat;
}
