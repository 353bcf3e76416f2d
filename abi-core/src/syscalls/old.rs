//! Calls that later ones replaced, with their older structures.

use core::ffi::c_int;

use crate::abi::{self, Result, timespec, timeval};
use crate::boundary::user::{UserPtr, UserStr};
use crate::kernel_exports;
use crate::time::timespec_of;

kernel_exports! { "";
    /// getdents(2): the kind of a file is the last byte of its entry
    full fn getdents(cx, fd: c_int, buf: usize, size: u32) -> c_int { cx.sys_getdents(fd, buf, size as usize) }
    /// utime(2): two times in seconds
    full fn utime(cx, path: UserStr, times: UserPtr<i64>) -> c_int {
        let seconds = times.non_null().map(|times| times.read_many(2)).transpose()?;
        let at = |tv_sec| timespec { tv_sec, tv_nsec: 0 };
        let times = seconds.map(|seconds| [at(seconds[0]), at(seconds[1])]);
        cx.set_times(abi::AT_FDCWD, path, times, 0)
    }
    /// utimes(2): two times in seconds and microseconds
    full fn utimes(cx, path: UserStr, times: UserPtr<timeval>) -> c_int {
        cx.set_times(abi::AT_FDCWD, path, read_timevals(times)?, 0)
    }
    /// futimesat(2): the same below a directory; without a path it is the directory's descriptor that counts
    full fn futimesat(cx, dirfd: c_int, path: UserStr, times: UserPtr<timeval>) -> c_int {
        cx.set_times(dirfd, path, read_timevals(times)?, 0)
    }
}

fn read_timevals(times: UserPtr<timeval>) -> Result<Option<[timespec; 2]>> {
    let Some(times) = times.non_null() else { return Ok(None) };
    let [access, modification] = [times.read()?, times.add(1).read()?].map(timespec_of);
    Ok(Some([access?, modification?]))
}
