//! Putting bytes into a stream.

use super::cookie::{allocate_buffer, raw_seek, raw_write};
use super::file::{EOF, File, flag, flag2, orient};
use super::get::drop_pushback;
use super::memory;
use crate::abi;
use crate::libc::set_errno;

/// Writes out what was put; [`EOF`] if that fails, and then it is lost, as with glibc.
///
/// # Safety
/// `fp` is a locked stream.
pub unsafe fn flush(fp: *mut File) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        let pending = (*fp).pending();
        let mut result = 0;
        if pending > 0 && (*fp).has(flag::CURRENTLY_PUTTING) {
            let written = raw_write(fp, (*fp).write_base, pending);
            (*fp).forget_input();
            (*fp).empty_output();
            if written < pending {
                result = EOF;
            }
        }
        if (*fp).flags2 & (flag2::MEMSTREAM | flag2::WIDE_MEMSTREAM) != 0 {
            memory::publish(fp);
        }
        result
    }
}

/// Prepares the buffer for output; [`EOF`] if the stream takes none.
unsafe fn switch_to_put(fp: *mut File) -> i32 {
    // SAFETY: a locked stream.
    unsafe {
        if (*fp).has(flag::NO_WRITES) {
            (*fp).flags |= flag::ERR_SEEN;
            set_errno(abi::EBADF);
            return EOF;
        }
        if (*fp).has(flag::CURRENTLY_PUTTING) {
            return 0;
        }
        // What was read ahead was not taken: output goes where the program thinks it is.
        let ahead = (*fp).unread() + (*fp).pushed_back_over_input();
        drop_pushback(fp);
        // Only a descriptor appends by itself.
        if ahead > 0 && ((*fp).is_cookie() || !(*fp).has(flag::IS_APPENDING)) {
            raw_seek(fp, -(ahead as i64), abi::SEEK_CUR);
        }
        allocate_buffer(fp);
        (*fp).forget_input();
        (*fp).flags |= flag::CURRENTLY_PUTTING;
        (*fp).empty_output();
        0
    }
}

/// Puts a byte for which the header's macro found no room (`__overflow`); returns it or [`EOF`].
///
/// # Safety
/// `fp` is a locked stream.
pub unsafe fn overflow(fp: *mut File, byte: u8) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        orient(fp, -1);
        if switch_to_put(fp) == EOF {
            return EOF;
        }
        if (*fp).write_ptr >= (*fp).buf_end && flush(fp) == EOF {
            return EOF;
        }
        *(*fp).write_ptr = byte;
        (*fp).write_ptr = (*fp).write_ptr.add(1);
        let is_line_end = (*fp).has(flag::LINE_BUF) && byte == b'\n';
        if ((*fp).has(flag::UNBUFFERED) || is_line_end) && flush(fp) == EOF {
            return EOF;
        }
        i32::from(byte)
    }
}

/// Puts a byte (putc_unlocked(3)).
///
/// # Safety
/// `fp` is a locked stream.
#[inline]
pub unsafe fn byte(fp: *mut File, byte: u8) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        if (*fp).write_ptr >= (*fp).write_end {
            return overflow(fp, byte);
        }
        *(*fp).write_ptr = byte;
        (*fp).write_ptr = (*fp).write_ptr.add(1);
        i32::from(byte)
    }
}

/// Puts bytes; returns how many got into the buffer or further, as [`try_bytes`] does, all of them if they were only
/// not written out from there.
///
/// # Safety
/// `fp` is a locked stream.
pub unsafe fn bytes(fp: *mut File, bytes: &[u8]) -> usize {
    // SAFETY: the caller's promise.
    unsafe { try_bytes(fp, bytes) }.unwrap_or(bytes.len())
}

/// Puts bytes; tells whether all of them went where they should.
///
/// # Safety
/// `fp` is a locked stream.
pub unsafe fn all(fp: *mut File, bytes: &[u8]) -> bool {
    // SAFETY: the caller's promise.
    unsafe { try_bytes(fp, bytes) == Some(bytes.len()) }
}

/// Puts bytes; returns how many got into the buffer or further. `None` says that all did, but that the lines among them
/// could not be written out.
///
/// # Safety
/// `fp` is a locked stream.
unsafe fn try_bytes(fp: *mut File, bytes: &[u8]) -> Option<usize> {
    if bytes.is_empty() {
        return Some(0);
    }
    // SAFETY: the caller's promise; every copy is bounded by the buffer's end.
    unsafe {
        orient(fp, -1);
        if switch_to_put(fp) == EOF {
            return Some(0);
        }
        let mut rest = bytes;
        let is_line_buffered = (*fp).has(flag::LINE_BUF);
        let mut room = if is_line_buffered { (*fp).buf_end } else { (*fp).write_end } as usize;
        room = room.saturating_sub((*fp).write_ptr as usize);
        let mut must_flush = false;
        if is_line_buffered
            && room >= rest.len()
            && let Some(at) = rest.iter().rposition(|&b| b == b'\n')
        {
            room = at + 1;
            must_flush = true;
        }
        rest = take_into_buffer(fp, rest, room);
        if rest.is_empty() && !must_flush {
            return Some(bytes.len());
        }
        if flush(fp) == EOF {
            return (!rest.is_empty()).then(|| bytes.len() - rest.len());
        }
        // Whole blocks go straight out.
        let is_unbuffered = (*fp).has(flag::UNBUFFERED);
        let block = if is_unbuffered { 1 } else { (*fp).buf_end as usize - (*fp).buf_base as usize };
        let direct = rest.len() - if block >= 128 { rest.len() % block } else { 0 };
        if direct > 0 {
            let written = raw_write(fp, rest.as_ptr(), direct);
            rest = rest.get(written..).unwrap_or(&[]);
            if written < direct {
                return Some(bytes.len() - rest.len());
            }
        }
        if is_line_buffered {
            while let Some((&first, others)) = rest.split_first() {
                if byte(fp, first) == EOF {
                    break;
                }
                rest = others;
            }
        } else {
            let room = (*fp).buf_end as usize - (*fp).write_ptr as usize;
            rest = take_into_buffer(fp, rest, room);
        }
        Some(bytes.len() - rest.len())
    }
}

/// Copies up to `room` bytes into the buffer; returns the others.
unsafe fn take_into_buffer(fp: *mut File, bytes: &[u8], room: usize) -> &[u8] {
    let (now, later) = bytes.split_at(room.min(bytes.len()));
    // SAFETY: the caller measured the room.
    unsafe {
        core::ptr::copy_nonoverlapping(now.as_ptr(), (*fp).write_ptr, now.len());
        (*fp).write_ptr = (*fp).write_ptr.add(now.len());
    }
    later
}
