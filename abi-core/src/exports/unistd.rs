//! `unistd.h`, the part about files (processes: `process.rs`)

use core::ffi::{c_int, c_void};

use crate::abi::off_t;
use crate::boundary::user::{UserBuf, UserBufMut};
use crate::fs::MAX_TRANSFER_BYTES;
use crate::kernel_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL];

kernel_exports! { "libc.so.6";
    /// read(2)
    full fn read(cx, fd: c_int, buf: *mut c_void, count: usize) -> isize {
        cx.sys_read(fd, UserBufMut::new(buf as usize, count.min(MAX_TRANSFER_BYTES)))
    }
    /// write(2)
    full fn write(cx, fd: c_int, buf: *const c_void, count: usize) -> isize {
        cx.sys_write(fd, UserBuf::new(buf as usize, count.min(MAX_TRANSFER_BYTES)))
    }
    /// close(2)
    full fn close(cx, fd: c_int) -> c_int { cx.sys_close(fd) }
    /// lseek(2)
    full fn lseek(cx, fd: c_int, offset: off_t, whence: c_int) -> off_t { cx.sys_lseek(fd, offset, whence) }
    /// lseek(2), with the name of the days before large files
    full fn lseek64(cx, fd: c_int, offset: off_t, whence: c_int) -> off_t { cx.sys_lseek(fd, offset, whence) }
    /// isatty(3)
    full fn isatty(cx, fd: c_int) -> c_int { zero_on_failure(cx.sys_isatty(fd)) }
}

/// Makes isatty's answer: 0 with errno where other calls give -1.
fn zero_on_failure(result: crate::abi::Result<c_int>) -> crate::abi::Result<c_int> {
    result.or_else(|error| {
        crate::libc::set_errno(error.0);
        Ok(0)
    })
}
