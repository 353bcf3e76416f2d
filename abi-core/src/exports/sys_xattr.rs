//! `sys/xattr.h`: no file system here keeps extended attributes.

use core::ffi::{c_char, c_int, c_void};

use crate::abi::{self, Errno, Result};
use crate::boundary::user::UserStr;
use crate::kernel::Context;
use crate::kernel_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL];

/// The file has to exist for `EOPNOTSUPP`.
fn refuse<T>(cx: Context<'_>, path: UserStr, flags: c_int) -> Result<T> {
    cx.resolve_at(abi::AT_FDCWD, &path.read_path()?, flags)?;
    Err(Errno::EOPNOTSUPP)
}

fn refuse_fd<T>(cx: Context<'_>, fd: c_int) -> Result<T> {
    cx.kernel.fs.open_file(fd)?;
    Err(Errno::EOPNOTSUPP)
}

const LINK: c_int = abi::AT_SYMLINK_NOFOLLOW;

kernel_exports! { "libc.so.6";
    /// getxattr(2)
    stub("files have no extended attributes")
    fn getxattr(cx, path: UserStr, _name: *const c_char, _value: *mut c_void, _size: usize) -> isize {
        refuse(cx, path, 0)
    }
    /// lgetxattr(2)
    stub("files have no extended attributes")
    fn lgetxattr(cx, path: UserStr, _name: *const c_char, _value: *mut c_void, _size: usize) -> isize {
        refuse(cx, path, LINK)
    }
    /// fgetxattr(2)
    stub("files have no extended attributes")
    fn fgetxattr(cx, fd: c_int, _name: *const c_char, _value: *mut c_void, _size: usize) -> isize {
        refuse_fd(cx, fd)
    }
    /// listxattr(2)
    stub("files have no extended attributes")
    fn listxattr(cx, path: UserStr, _list: *mut c_char, _size: usize) -> isize { refuse(cx, path, 0) }
    /// llistxattr(2)
    stub("files have no extended attributes")
    fn llistxattr(cx, path: UserStr, _list: *mut c_char, _size: usize) -> isize { refuse(cx, path, LINK) }
    /// flistxattr(2)
    stub("files have no extended attributes")
    fn flistxattr(cx, fd: c_int, _list: *mut c_char, _size: usize) -> isize { refuse_fd(cx, fd) }
    /// setxattr(2)
    stub("files have no extended attributes")
    fn setxattr(cx, path: UserStr, _name: *const c_char, _value: *const c_void, _size: usize, _flags: c_int) -> c_int {
        refuse(cx, path, 0)
    }
    /// lsetxattr(2)
    stub("files have no extended attributes")
    fn lsetxattr(cx, path: UserStr, _name: *const c_char, _value: *const c_void, _size: usize, _flags: c_int) -> c_int {
        refuse(cx, path, LINK)
    }
    /// fsetxattr(2)
    stub("files have no extended attributes")
    fn fsetxattr(cx, fd: c_int, _name: *const c_char, _value: *const c_void, _size: usize, _flags: c_int) -> c_int {
        refuse_fd(cx, fd)
    }
    /// removexattr(2)
    stub("files have no extended attributes")
    fn removexattr(cx, path: UserStr, _name: *const c_char) -> c_int { refuse(cx, path, 0) }
    /// lremovexattr(2)
    stub("files have no extended attributes")
    fn lremovexattr(cx, path: UserStr, _name: *const c_char) -> c_int { refuse(cx, path, LINK) }
    /// fremovexattr(2)
    stub("files have no extended attributes")
    fn fremovexattr(cx, fd: c_int, _name: *const c_char) -> c_int { refuse_fd(cx, fd) }
}
