//! `sys/xattr.h`

use core::ffi::c_int;

use crate::abi;
use crate::boundary::user::{UserPtr, UserStr};
use crate::kernel_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL];

const LINK: c_int = abi::AT_SYMLINK_NOFOLLOW;

kernel_exports! { "libc.so.6";
    /// getxattr(2)
    partial("on metal not of the program and its libraries; no empty values in mounts there") fn getxattr(cx, path: UserStr, name: UserStr, value: usize, size: usize) -> isize {
        cx.get_xattr(&cx.xattr_file(path, 0)?, name, value, size)
    }
    /// listxattr(2)
    partial("on metal not of the program and its libraries; no empty values in mounts there") fn listxattr(cx, path: UserStr, list: usize, size: usize) -> isize {
        cx.list_xattrs(&cx.xattr_file(path, 0)?, list, size)
    }
    /// setxattr(2)
    partial("on metal not of the program and its libraries; no empty values in mounts there")
    fn setxattr(cx, path: UserStr, name: UserStr, value: UserPtr<u8>, size: usize, flags: c_int) -> c_int {
        cx.set_xattr(&cx.xattr_file(path, 0)?, name, value, size, flags)
    }
    /// removexattr(2)
    partial("on metal not of the program and its libraries; no empty values in mounts there") fn removexattr(cx, path: UserStr, name: UserStr) -> c_int {
        cx.remove_xattr(&cx.xattr_file(path, 0)?, name)
    }
    /// lgetxattr(2)
    partial("on metal not of the program and its libraries; no empty values in mounts there") fn lgetxattr(cx, path: UserStr, name: UserStr, value: usize, size: usize) -> isize {
        cx.get_xattr(&cx.xattr_file(path, LINK)?, name, value, size)
    }
    /// llistxattr(2)
    partial("on metal not of the program and its libraries; no empty values in mounts there") fn llistxattr(cx, path: UserStr, list: usize, size: usize) -> isize {
        cx.list_xattrs(&cx.xattr_file(path, LINK)?, list, size)
    }
    /// lsetxattr(2)
    partial("on metal not of the program and its libraries; no empty values in mounts there")
    fn lsetxattr(cx, path: UserStr, name: UserStr, value: UserPtr<u8>, size: usize, flags: c_int) -> c_int {
        cx.set_xattr(&cx.xattr_file(path, LINK)?, name, value, size, flags)
    }
    /// lremovexattr(2)
    partial("on metal not of the program and its libraries; no empty values in mounts there") fn lremovexattr(cx, path: UserStr, name: UserStr) -> c_int {
        cx.remove_xattr(&cx.xattr_file(path, LINK)?, name)
    }
    /// fgetxattr(2)
    partial("on metal not of the program and its libraries; no empty values in mounts there") fn fgetxattr(cx, fd: c_int, name: UserStr, value: usize, size: usize) -> isize {
        cx.get_xattr(&cx.xattr_open_file(fd)?, name, value, size)
    }
    /// flistxattr(2)
    partial("on metal not of the program and its libraries; no empty values in mounts there") fn flistxattr(cx, fd: c_int, list: usize, size: usize) -> isize {
        cx.list_xattrs(&cx.xattr_open_file(fd)?, list, size)
    }
    /// fsetxattr(2)
    partial("on metal not of the program and its libraries; no empty values in mounts there")
    fn fsetxattr(cx, fd: c_int, name: UserStr, value: UserPtr<u8>, size: usize, flags: c_int) -> c_int {
        cx.set_xattr(&cx.xattr_open_file(fd)?, name, value, size, flags)
    }
    /// fremovexattr(2)
    partial("on metal not of the program and its libraries; no empty values in mounts there") fn fremovexattr(cx, fd: c_int, name: UserStr) -> c_int {
        cx.remove_xattr(&cx.xattr_open_file(fd)?, name)
    }
}
