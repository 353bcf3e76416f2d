//! Where a stream is.

use super::cookie::{raw_seek, use_short_buffer};
use super::file::{EOF, File, flag};
use super::get::drop_pushback;
use super::put;
use crate::abi;
use crate::libc::{errno, set_errno};

/// Writes out output, or moves the descriptor's offset back over input that was read ahead (fflush(3)).
///
/// # Safety
/// `fp` is a locked stream.
pub unsafe fn sync(fp: *mut File) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        if put::flush(fp) == EOF {
            return EOF;
        }
        let ahead = (*fp).unread();
        (*fp).wide_pushback_len = 0;
        if ahead > 0 {
            let saved = errno();
            if raw_seek(fp, -(ahead as i64), abi::SEEK_CUR) == -1 {
                // A pipe or terminal can't go back; its bytes stay in the buffer.
                if errno() == abi::ESPIPE {
                    set_errno(saved);
                    return 0;
                }
                return EOF;
            }
            drop_pushback(fp);
            (*fp).read_end = (*fp).read_ptr;
        }
        0
    }
}

/// Returns the offset of the next byte (ftello(3)), or -1.
///
/// # Safety
/// `fp` is a locked stream.
pub unsafe fn tell(fp: *mut File) -> i64 {
    // SAFETY: the caller's promise.
    unsafe {
        let pending = (*fp).pending();
        if pending > 0 && (*fp).has(flag::IS_APPENDING) {
            // What is put goes to the end, wherever the offset is.
            let end = raw_seek(fp, 0, abi::SEEK_END);
            return if end < 0 { -1 } else { end + pending as i64 };
        }
        let unit = unit_bytes(fp);
        let at = raw_seek(fp, 0, abi::SEEK_CUR);
        if at < 0 {
            return -1;
        }
        let behind = behind(fp);
        let here = at + pending as i64 - behind;
        if here < 0 {
            set_errno(abi::EINVAL);
            return -1;
        }
        here / unit
    }
}

/// How many bytes the stream is behind what was read.
unsafe fn behind(fp: *mut File) -> i64 {
    // SAFETY: a locked stream.
    unsafe { ((*fp).unread() + (*fp).pushed_back() + (*fp).wide_pushed_back_bytes()) as i64 }
}

/// Bytes of what the stream counts in its offsets.
unsafe fn unit_bytes(fp: *mut File) -> i64 {
    // SAFETY: a locked stream.
    if unsafe { (*fp).keeps_characters() } { super::wide::UNIT_BYTES as i64 } else { 1 }
}

/// Moves the stream (fseeko(3)); -1 if it can't.
///
/// # Safety
/// `fp` is a locked stream.
pub unsafe fn seek(fp: *mut File, offset: i64, whence: i32) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        if !matches!(whence, abi::SEEK_SET | abi::SEEK_CUR | abi::SEEK_END) {
            set_errno(abi::EINVAL);
            return -1;
        }
        if (*fp).pending() > 0 && put::flush(fp) == EOF {
            return -1;
        }
        if !(*fp).has(flag::CURRENTLY_PUTTING)
            && whence != abi::SEEK_END
            && seek_in_buffer(fp, offset, whence)
        {
            return 0;
        }
        let Some(mut offset) = offset.checked_mul(unit_bytes(fp)) else {
            set_errno(abi::EOVERFLOW);
            return -1;
        };
        if whence == abi::SEEK_CUR {
            offset = offset.saturating_sub(behind(fp));
        }
        if raw_seek(fp, offset, whence) == -1 {
            return -1;
        }
        drop_pushback(fp);
        (*fp).flags &= !(flag::EOF_SEEN | flag::CURRENTLY_PUTTING);
        (*fp).forget_input();
        (*fp).empty_output();
        (*fp).read_state = [0; 2];
        0
    }
}

/// Moves within the bytes the buffer holds, when the wanted one is among them: saves reading them again.
unsafe fn seek_in_buffer(fp: *mut File, offset: i64, whence: i32) -> bool {
    // SAFETY: a locked stream with input in its buffer; the new pointer is checked against its ends.
    unsafe {
        if (*fp).has(flag::IN_BACKUP) || (*fp).read_end <= (*fp).read_base {
            return false;
        }
        let saved = errno();
        let end_at = raw_seek(fp, 0, abi::SEEK_CUR);
        if end_at < 0 {
            set_errno(saved);
            return false;
        }
        let target = if whence == abi::SEEK_SET {
            offset
        } else {
            let Some(target) = (end_at - behind(fp)).checked_add(offset) else { return false };
            target
        };
        let held = (*fp).read_end as i64 - (*fp).read_base as i64;
        let back = end_at - target;
        if target < 0 || !(0..=held).contains(&back) {
            return false;
        }
        (*fp).read_ptr = (*fp).read_end.sub(back as usize);
        (*fp).wide_pushback_len = 0;
        (*fp).flags &= !flag::EOF_SEEN;
        true
    }
}

/// How `setvbuf(3)` buffers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Buffering {
    /// `_IOFBF`
    Full,
    /// `_IOLBF`
    Line,
    /// `_IONBF`
    None,
}

/// Sets buffer and buffering (setvbuf(3)).
///
/// # Safety
/// `fp` is a locked stream; `buf` is null or has `size_bytes` bytes and outlives the stream.
pub unsafe fn set_buffer(fp: *mut File, buf: *mut u8, mode: Buffering, size_bytes: usize) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        (*fp).flags &= !(flag::LINE_BUF | flag::UNBUFFERED);
        let is_replaced = match mode {
            Buffering::None => {
                (*fp).flags |= flag::UNBUFFERED;
                true
            }
            Buffering::Line => {
                (*fp).flags |= flag::LINE_BUF;
                !buf.is_null()
            }
            Buffering::Full => {
                if buf.is_null() {
                    // A terminal would turn line buffered when the buffer is made later.
                    super::cookie::allocate_buffer(fp);
                    (*fp).flags &= !flag::LINE_BUF;
                }
                !buf.is_null()
            }
        };
        if is_replaced {
            if sync(fp) == EOF {
                return EOF;
            }
            let ahead = (*fp).unread();
            if ahead > 0 {
                // Input that can't be read again stays where it is.
                return 0;
            }
            let was_putting = (*fp).flags & flag::CURRENTLY_PUTTING;
            super::cookie::release_buffer(fp);
            if mode == Buffering::None || size_bytes == 0 {
                use_short_buffer(fp);
            } else {
                (*fp).buf_base = buf;
                (*fp).buf_end = buf.add(size_bytes);
                (*fp).flags |= flag::USER_BUF;
            }
            (*fp).flags |= was_putting;
            (*fp).forget_input();
            (*fp).empty_output();
        } else if (*fp).has(flag::CURRENTLY_PUTTING) {
            (*fp).write_end = if mode == Buffering::Full { (*fp).buf_end } else { (*fp).write_base };
        }
        0
    }
}
