//! `stdio_ext.h`

use core::ffi::c_int;
use core::ptr::{null, null_mut};

use crate::libc::state::state;
use crate::libc::stdio::file::{File, flag};
use crate::libc::stdio::lock::Guard;
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
/// Returns 0, as elsewhere than in glibc.
pub unsafe extern "C" fn fpurge(fp: *mut File) -> c_int {
    // SAFETY: an open stream; its pointers stay within its buffer.
    unsafe {
        get::drop_pushback(fp);
        (*fp).read_end = (*fp).read_ptr;
        (*fp).write_ptr = (*fp).write_base;
    }
    0
}

pub unsafe extern "C" fn fseterr(fp: *mut File) {
    // SAFETY: an open stream.
    unsafe { (*fp).flags |= flag::ERR_SEEN };
}

pub unsafe extern "C" fn freadahead(fp: *mut File) -> usize {
    // SAFETY: an open stream.
    unsafe { (*fp).unread() + (*fp).pushed_back() }
}

/// What can be read without a call, and through `count` how much it is; NULL if nothing is.
pub unsafe extern "C" fn freadptr(fp: *mut File, count: *mut usize) -> *const u8 {
    // SAFETY: an open stream and a place for a number.
    unsafe {
        if (*fp).unread() == 0 {
            return null();
        }
        count.write((*fp).unread());
        (*fp).read_ptr
    }
}

/// Passes over some of that.
pub unsafe extern "C" fn freadptrinc(fp: *mut File, count: usize) {
    // SAFETY: an open stream, of which so much is unread.
    unsafe { (*fp).read_ptr = (*fp).read_ptr.add(count) };
}

/// fgetln(3): a line that is the stream's, without a 0 at its end.
pub unsafe extern "C" fn fgetln(fp: *mut File, len: *mut usize) -> *mut u8 {
    // SAFETY: an open stream, whose line is malloc's block of that size, and a place for a number.
    unsafe {
        let _guard = Guard::new(fp);
        let count = get::delimited(fp, &raw mut (*fp).line, &raw mut (*fp).line_room, b'\n');
        match usize::try_from(count) {
            Ok(count) => {
                len.write(count);
                (*fp).line
            }
            Err(_) => null_mut(),
        }
    }
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
    full fpurge = fpurge;
    full fgetln = fgetln;
    full __freadptr = freadptr;
    full __freadptrinc = freadptrinc;
    full __fseterr = fseterr;
    full __freadahead = freadahead;
    full __fsetlocking = fsetlocking;
    full _flushlbf = flushlbf;
}
