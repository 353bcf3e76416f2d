//! Streams over memory: fmemopen(3) and open_memstream(3).

use core::ffi::{c_char, c_int, c_void};
use core::ptr::null_mut;

use super::cookie::open_cookie;
use super::file::{CookieIo, File, flag, flag2};
use super::open::Mode;
use crate::abi;
use crate::libc::guest_heap::{calloc, free, malloc, realloc};
use crate::libc::set_errno;

/// What is behind an `fmemopen` stream.
struct Fixed {
    buffer: *mut u8,
    size: usize,
    /// End of the contents.
    len: usize,
    at: usize,
    is_appending: bool,
    is_ours: bool,
}

/// fmemopen(3)
///
/// # Safety
/// `buf` is null or has `size` bytes and outlives the stream; `mode` is a C string.
pub unsafe fn open_fixed(buf: *mut u8, size: usize, mode: *const c_char) -> *mut File {
    // SAFETY: the caller's promise.
    unsafe {
        let Some(parsed) = Mode::from_c(mode) else { return null_mut() };
        let fixed = malloc(size_of::<Fixed>()).cast::<Fixed>();
        if fixed.is_null() {
            return null_mut();
        }
        let is_ours = buf.is_null();
        let buffer = if is_ours { calloc(1, size.max(1)).cast::<u8>() } else { buf };
        if buffer.is_null() {
            free(fixed.cast());
            return null_mut();
        }
        let kind = *mode.cast::<u8>();
        let is_writing = kind == b'w';
        // glibc leaves a text alone until something is written, unless the mode begins with these two.
        if is_writing && *mode.cast::<u8>().add(1) == b'+' {
            *buffer = 0;
        }
        let text_len = core::slice::from_raw_parts(buffer, size).iter().position(|&b| b == 0).unwrap_or(size);
        let is_appending = kind == b'a';
        let len = if is_writing {
            0
        } else if is_appending {
            text_len
        } else {
            size
        };
        let at = if is_appending { text_len } else { 0 };
        fixed.write(Fixed { buffer, size, len, at, is_appending, is_ours });
        let io = CookieIo {
            read: Some(fixed_read),
            write: Some(fixed_write),
            seek: Some(fixed_seek),
            close: Some(fixed_close),
        };
        let fp = open_cookie(fixed.cast(), io, parsed.stream, 0);
        if fp.is_null() {
            fixed_close(fixed.cast());
        }
        fp
    }
}

unsafe extern "C" fn fixed_read(cookie: *mut c_void, to: *mut c_char, len_bytes: usize) -> isize {
    // SAFETY: the cookie is a `Fixed`; the copy stays inside its contents.
    unsafe {
        let fixed = cookie.cast::<Fixed>();
        let n = (*fixed).len.saturating_sub((*fixed).at).min(len_bytes);
        if n > 0 {
            core::ptr::copy_nonoverlapping((*fixed).buffer.add((*fixed).at), to.cast(), n);
        }
        (*fixed).at += n;
        n as isize
    }
}

unsafe extern "C" fn fixed_write(cookie: *mut c_void, from: *const c_char, len_bytes: usize) -> isize {
    // SAFETY: the cookie is a `Fixed`; the copy stays inside its buffer.
    unsafe {
        let fixed = cookie.cast::<Fixed>();
        let at = if (*fixed).is_appending { (*fixed).len } else { (*fixed).at };
        let ends_with_nul = len_bytes > 0 && *from.add(len_bytes - 1) == 0;
        let n = (*fixed).size.saturating_sub(at).min(len_bytes);
        // What does not fit is cut off, if a NUL fits behind the place that was sought.
        if n < len_bytes && (*fixed).at + usize::from(!ends_with_nul) >= (*fixed).size {
            set_errno(abi::ENOSPC);
            return 0;
        }
        core::ptr::copy_nonoverlapping(from.cast(), (*fixed).buffer.add(at), n);
        (*fixed).at = at + n;
        if (*fixed).at > (*fixed).len {
            (*fixed).len = (*fixed).at;
            if !ends_with_nul && (*fixed).len < (*fixed).size {
                *(*fixed).buffer.add((*fixed).len) = 0;
            } else if !ends_with_nul && !(*fixed).is_appending {
                // A full buffer still ends with a NUL.
                *(*fixed).buffer.add((*fixed).size - 1) = 0;
            }
        }
        n as isize
    }
}

/// Resolves a seek against a current position and an end.
fn target(offset: i64, whence: c_int, at: usize, end: usize) -> Option<usize> {
    let base = match whence {
        abi::SEEK_SET => 0,
        abi::SEEK_CUR => at as i64,
        abi::SEEK_END => end as i64,
        _ => return None,
    };
    usize::try_from(base.checked_add(offset)?).ok()
}

unsafe extern "C" fn fixed_seek(cookie: *mut c_void, offset: *mut i64, whence: c_int) -> c_int {
    // SAFETY: the cookie is a `Fixed`, `offset` the stream code's variable.
    unsafe {
        let fixed = cookie.cast::<Fixed>();
        match target(*offset, whence, (*fixed).at, (*fixed).len) {
            Some(at) if at <= (*fixed).size => {
                (*fixed).at = at;
                *offset = at as i64;
                0
            }
            _ => {
                set_errno(abi::EINVAL);
                -1
            }
        }
    }
}

unsafe extern "C" fn fixed_close(cookie: *mut c_void) -> c_int {
    // SAFETY: the cookie is a `Fixed` nobody uses any more.
    unsafe {
        let fixed = cookie.cast::<Fixed>();
        if (*fixed).is_ours {
            free((*fixed).buffer.cast());
        }
        free(fixed.cast());
    }
    0
}

/// What is behind an `open_memstream` or `open_wmemstream` stream. A wide one holds units of four bytes.
struct Growing {
    buffer: *mut u8,
    /// Room in bytes, the terminator's included.
    room: usize,
    /// Bytes of contents.
    len: usize,
    at: usize,
    /// Where the program finds them.
    buffer_out: *mut *mut u8,
    size_out: *mut usize,
    /// Bytes of a unit.
    unit: usize,
}

/// open_memstream(3), or open_wmemstream(3) with units of four bytes
///
/// # Safety
/// The pointers stay valid as long as the stream.
pub unsafe fn open_growing(buffer_out: *mut *mut u8, size_out: *mut usize, unit: usize) -> *mut File {
    // SAFETY: the caller's promise.
    unsafe {
        let growing = malloc(size_of::<Growing>()).cast::<Growing>();
        if growing.is_null() {
            return null_mut();
        }
        let room = 64;
        let buffer = calloc(1, room).cast::<u8>();
        if buffer.is_null() {
            free(growing.cast());
            return null_mut();
        }
        growing.write(Growing { buffer, room, len: 0, at: 0, buffer_out, size_out, unit });
        let io = CookieIo {
            read: None,
            write: Some(growing_write),
            seek: Some(growing_seek),
            close: Some(growing_close),
        };
        let kind = if unit == 1 { flag2::MEMSTREAM } else { flag2::WIDE_MEMSTREAM };
        let fp = open_cookie(growing.cast(), io, flag::NO_READS, kind);
        if fp.is_null() {
            free(buffer.cast());
            free(growing.cast());
            return fp;
        }
        if unit != 1 {
            (*fp).mode = 1;
        }
        publish(fp);
        fp
    }
}

/// Tells the program where its buffer is and how much it holds.
///
/// # Safety
/// `fp` is a stream of [`open_growing`].
pub unsafe fn publish(fp: *mut File) {
    // SAFETY: the caller's promise.
    unsafe {
        let growing = (*fp).cookie.cast::<Growing>();
        *(*growing).buffer_out = (*growing).buffer;
        *(*growing).size_out = (*growing).len.min((*growing).at) / (*growing).unit;
    }
}

unsafe extern "C" fn growing_write(cookie: *mut c_void, from: *const c_char, len_bytes: usize) -> isize {
    // SAFETY: the cookie is a `Growing`; the buffer is made large enough first.
    unsafe {
        let growing = cookie.cast::<Growing>();
        let Some(end) = (*growing).at.checked_add(len_bytes) else { return 0 };
        let needed = end.saturating_add((*growing).unit);
        if needed > (*growing).room {
            let room = needed.max((*growing).room.saturating_mul(2));
            let buffer = realloc((*growing).buffer.cast(), room).cast::<u8>();
            if buffer.is_null() {
                return 0;
            }
            core::ptr::write_bytes(buffer.add((*growing).room), 0, room - (*growing).room);
            (*growing).buffer = buffer;
            (*growing).room = room;
        }
        core::ptr::copy_nonoverlapping(from.cast(), (*growing).buffer.add((*growing).at), len_bytes);
        (*growing).at = end;
        if end > (*growing).len {
            (*growing).len = end;
            core::ptr::write_bytes((*growing).buffer.add(end), 0, (*growing).unit);
        }
        len_bytes as isize
    }
}

unsafe extern "C" fn growing_seek(cookie: *mut c_void, offset: *mut i64, whence: c_int) -> c_int {
    // SAFETY: the cookie is a `Growing`, `offset` the stream code's variable.
    unsafe {
        let growing = cookie.cast::<Growing>();
        if let Some(at) = target(*offset, whence, (*growing).at, (*growing).len) {
            (*growing).at = at;
            *offset = at as i64;
            0
        } else {
            set_errno(abi::EINVAL);
            -1
        }
    }
}

unsafe extern "C" fn growing_close(cookie: *mut c_void) -> c_int {
    // SAFETY: the cookie is a `Growing` nobody uses any more; its buffer is the program's from here on, as long as it was told,
    // and has room for a terminator behind every length up to that of the contents.
    unsafe {
        let growing = cookie.cast::<Growing>();
        let end = (*growing).len.min((*growing).at);
        core::ptr::write_bytes((*growing).buffer.add(end), 0, (*growing).unit);
        free(cookie);
    }
    0
}
