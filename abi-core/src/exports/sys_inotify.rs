//! `sys/inotify.h`

use core::ffi::c_int;

use crate::boundary::user::UserStr;
use crate::kernel_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL];

kernel_exports! { "libc.so.6";
    /// inotify_init(2)
    partial("what programs of the host change is not seen")
    fn inotify_init(cx) -> c_int { cx.sys_inotify_init(0) }
    /// inotify_init1(2)
    partial("what programs of the host change is not seen")
    fn inotify_init1(cx, flags: c_int) -> c_int { cx.sys_inotify_init(flags) }
    /// inotify_add_watch(2)
    partial("what programs of the host change is not seen")
    fn inotify_add_watch(cx, fd: c_int, path: UserStr, mask: u32) -> c_int {
        cx.sys_inotify_add_watch(fd, path, mask)
    }
    /// inotify_rm_watch(2)
    full fn inotify_rm_watch(cx, fd: c_int, watch: c_int) -> c_int { cx.sys_inotify_rm_watch(fd, watch) }
}
