//! `stdio_ext.h`

use core::ffi::c_int;

use crate::libc::state::state;
use crate::libc::stdio::file::{File, flag};
use crate::libc::stdio::{flush_output, get};
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

pub unsafe extern "C" fn fbufsize(fp: *mut File) -> usize {
    // SAFETY: an open stream; both pointers are of its one buffer, or NULL.
    unsafe { (*fp).buf_end as usize - (*fp).buf_base as usize }
}

pub unsafe extern "C" fn fpending(fp: *mut File) -> usize {
    // SAFETY: an open stream.
    unsafe { (*fp).pending() }
}

pub unsafe extern "C" fn freading(fp: *mut File) -> c_int {
    // SAFETY: an open stream.
    unsafe {
        let is_putting = (*fp).has(flag::CURRENTLY_PUTTING);
        c_int::from((*fp).has(flag::NO_WRITES) || !is_putting && !(*fp).read_base.is_null())
    }
}

pub unsafe extern "C" fn fwriting(fp: *mut File) -> c_int {
    // SAFETY: an open stream; its flags are read.
    c_int::from(unsafe { (*fp).flags & (flag::NO_READS | flag::CURRENTLY_PUTTING) != 0 })
}

pub unsafe extern "C" fn freadable(fp: *mut File) -> c_int {
    // SAFETY: an open stream; its flags are read.
    c_int::from(unsafe { !(*fp).has(flag::NO_READS) })
}

pub unsafe extern "C" fn fwritable(fp: *mut File) -> c_int {
    // SAFETY: an open stream; its flags are read.
    c_int::from(unsafe { !(*fp).has(flag::NO_WRITES) })
}

pub unsafe extern "C" fn flbf(fp: *mut File) -> c_int {
    // SAFETY: an open stream; its flags are read.
    unsafe { ((*fp).flags & flag::LINE_BUF) as c_int }
}

/// Drops what the stream holds, in either direction.
pub unsafe extern "C" fn fpurge(fp: *mut File) {
    // SAFETY: an open stream; its pointers stay within its buffer.
    unsafe {
        get::drop_pushback(fp);
        (*fp).read_end = (*fp).read_ptr;
        (*fp).write_ptr = (*fp).write_base;
    }
}

pub unsafe extern "C" fn fseterr(fp: *mut File) {
    // SAFETY: an open stream.
    unsafe { (*fp).flags |= flag::ERR_SEEN };
}

pub unsafe extern "C" fn freadahead(fp: *mut File) -> usize {
    // SAFETY: an open stream.
    unsafe { (*fp).unread() + (*fp).pushed_back() }
}

/// `FSETLOCKING_INTERNAL` 1, `FSETLOCKING_BYCALLER` 2; 0 only asks.
pub unsafe extern "C" fn fsetlocking(fp: *mut File, kind: c_int) -> c_int {
    // SAFETY: an open stream; its flags only are changed.
    unsafe {
        let before = if (*fp).has(flag::USER_LOCK) { 2 } else { 1 };
        match kind {
            1 => (*fp).flags &= !flag::USER_LOCK,
            2 => (*fp).flags |= flag::USER_LOCK,
            _ => {}
        }
        before
    }
}

/// Writes out the line buffered streams.
pub extern "C" fn flushlbf() {
    let mut is_any = false;
    // SAFETY: the list holds live streams only.
    state().stdio.for_each_open(|fp| is_any |= unsafe { (*fp).has(flag::LINE_BUF) });
    if is_any {
        flush_output();
    }
}

pure_exports! { "libc.so.6";
    full __fbufsize = fbufsize;
    full __fpending = fpending;
    full __freading = freading;
    full __fwriting = fwriting;
    full __freadable = freadable;
    full __fwritable = fwritable;
    full __flbf = flbf;
    full __fpurge = fpurge;
    full __fseterr = fseterr;
    full __freadahead = freadahead;
    full __fsetlocking = fsetlocking;
    full _flushlbf = flushlbf;
}
