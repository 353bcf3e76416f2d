//! `sys/inotify.h`

use core::ffi::{c_char, c_int};

use crate::abi::Errno;
use crate::kernel_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL];

kernel_exports! { "libc.so.6";
    /// inotify_init(2)
    stub("changes of files are not watched") fn inotify_init(_cx) -> c_int { Err(Errno::ENOSYS) }
    /// inotify_init1(2)
    stub("changes of files are not watched") fn inotify_init1(_cx, _flags: c_int) -> c_int { Err(Errno::ENOSYS) }
    /// inotify_add_watch(2)
    stub("changes of files are not watched")
    fn inotify_add_watch(_cx, _fd: c_int, _path: *const c_char, _mask: u32) -> c_int { Err(Errno::EBADF) }
    /// inotify_rm_watch(2)
    stub("changes of files are not watched")
    fn inotify_rm_watch(_cx, _fd: c_int, _watch: c_int) -> c_int { Err(Errno::EBADF) }
}
