//! Taking bytes from a stream.

use core::ptr::null_mut;

use super::cookie::{allocate_buffer, raw_read};
use super::file::{EOF, File, flag, orient};
use super::{lock, put};
use crate::abi;
use crate::libc::guest_heap::{free, malloc};
use crate::libc::set_errno;
use crate::libc::state::state;
use crate::libc::string::mem::find_byte;

/// The first room of a push-back area.
const BACKUP_BYTES: usize = 128;

impl File {
    /// The block the push-back area lies in, or null; only while the area is not current.
    pub(super) fn backup_area(&self) -> *mut u8 {
        if self.has(flag::IN_BACKUP) { self.read_base } else { self.save_base }
    }

    /// Makes the push-back area current, or the buffer again.
    fn swap_backup(&mut self) {
        if self.has(flag::IN_BACKUP) {
            self.flags &= !flag::IN_BACKUP;
            core::mem::swap(&mut self.read_base, &mut self.save_base);
            core::mem::swap(&mut self.read_end, &mut self.save_end);
            self.read_ptr = self.read_base;
        } else {
            self.flags |= flag::IN_BACKUP;
            // The buffer's bytes before `read_ptr` are of no use any more.
            self.read_base = self.read_ptr;
            core::mem::swap(&mut self.read_base, &mut self.save_base);
            core::mem::swap(&mut self.read_end, &mut self.save_end);
            self.read_ptr = self.read_end;
        }
    }
}

/// Throws away pushed back bytes.
///
/// # Safety
/// `fp` is a locked stream.
pub unsafe fn drop_pushback(fp: *mut File) {
    // SAFETY: the caller's promise.
    unsafe {
        if (*fp).has(flag::IN_BACKUP) {
            (*fp).swap_backup();
        }
        (*fp).wide_pushback_len = 0;
        (*fp).read_state = [0; 2];
    }
}

/// Returns the next byte without taking it, filling the buffer if it is empty; [`EOF`] at the end or on an error.
///
/// # Safety
/// `fp` is a locked stream.
pub unsafe fn underflow(fp: *mut File) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { if orient(fp, -1) > 0 { EOF } else { fill(fp) } }
}

/// Makes the buffer one of input; [`EOF`] if the stream has none.
///
/// # Safety
/// `fp` is a locked stream.
pub unsafe fn prepare(fp: *mut File) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        if (*fp).has(flag::NO_READS) {
            (*fp).flags |= flag::ERR_SEEN;
            set_errno(abi::EBADF);
            return EOF;
        }
        if (*fp).has(flag::CURRENTLY_PUTTING) { switch_to_get(fp) } else { 0 }
    }
}

/// Does what [`underflow`] does, whatever the stream's orientation.
///
/// # Safety
/// `fp` is a locked stream.
pub unsafe fn fill(fp: *mut File) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        if prepare(fp) == EOF {
            return EOF;
        }
        if (*fp).read_ptr < (*fp).read_end {
            return i32::from(*(*fp).read_ptr);
        }
        if (*fp).has(flag::IN_BACKUP) {
            (*fp).swap_backup();
            if (*fp).read_ptr < (*fp).read_end {
                return i32::from(*(*fp).read_ptr);
            }
        }
        // The end is sticky (C99 7.19.7.1), until clearerr or a seek.
        if (*fp).has(flag::EOF_SEEN) {
            return EOF;
        }
        allocate_buffer(fp);
        if (*fp).flags & (flag::LINE_BUF | flag::UNBUFFERED) != 0 {
            flush_line_buffered_stdout(fp);
        }
        (*fp).forget_input();
        (*fp).empty_output();
        let room = (*fp).buf_end as usize - (*fp).buf_base as usize;
        let n = raw_read(fp, (*fp).buf_base, room);
        if n <= 0 {
            (*fp).flags |= if n == 0 { flag::EOF_SEEN } else { flag::ERR_SEEN };
            return EOF;
        }
        (*fp).read_end = (*fp).buf_base.add((n as usize).min(room));
        i32::from(*(*fp).read_ptr)
    }
}

/// A prompt must be seen before its answer is read.
unsafe fn flush_line_buffered_stdout(fp: *mut File) {
    let stdout = state().stdio.stdout.get();
    // SAFETY: the program's stdout, checked.
    unsafe {
        if stdout.is_null() || stdout == fp {
            return;
        }
        let wanted = flag::LINKED | flag::LINE_BUF;
        if (*stdout).flags & (wanted | flag::NO_WRITES) == wanted && lock::try_lock(stdout) {
            if (*stdout).pending() > 0 {
                put::flush(stdout);
            }
            lock::unlock(stdout);
        }
    }
}

/// Writes out what was put, so that the buffer can hold input.
unsafe fn switch_to_get(fp: *mut File) -> i32 {
    // SAFETY: a locked stream.
    unsafe {
        if put::flush(fp) == EOF {
            return EOF;
        }
        (*fp).flags &= !flag::CURRENTLY_PUTTING;
        (*fp).forget_input();
        (*fp).empty_output();
        0
    }
}

/// Takes the next byte (getc_unlocked(3)).
///
/// # Safety
/// `fp` is a locked stream.
#[inline]
pub unsafe fn byte(fp: *mut File) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        if (*fp).read_ptr >= (*fp).read_end && underflow(fp) == EOF {
            return EOF;
        }
        let byte = *(*fp).read_ptr;
        (*fp).read_ptr = (*fp).read_ptr.add(1);
        i32::from(byte)
    }
}

/// Takes up to `len_bytes` bytes; returns how many came before the end or an error.
///
/// # Safety
/// `fp` is a locked stream and `to` has the room.
pub unsafe fn bytes(fp: *mut File, mut to: *mut u8, len_bytes: usize) -> usize {
    let mut left = len_bytes;
    // SAFETY: the caller's promise.
    unsafe {
        while left > 0 {
            let ready = ((*fp).read_end as usize).saturating_sub((*fp).read_ptr as usize).min(left);
            if ready > 0 {
                core::ptr::copy_nonoverlapping((*fp).read_ptr, to, ready);
                (*fp).read_ptr = (*fp).read_ptr.add(ready);
                to = to.add(ready);
                left -= ready;
                continue;
            }
            allocate_buffer(fp);
            let room = ((*fp).buf_end as usize - (*fp).buf_base as usize).max(1);
            let is_plain = (*fp).mode <= 0
                && (*fp).flags
                    & (flag::IN_BACKUP | flag::CURRENTLY_PUTTING | flag::NO_READS | flag::EOF_SEEN)
                    == 0;
            if left < room || !is_plain {
                if underflow(fp) == EOF {
                    break;
                }
                continue;
            }
            // Whole buffers go straight to where they are wanted.
            orient(fp, -1);
            (*fp).forget_input();
            let direct = if room >= 128 { left - left % room } else { left };
            let n = raw_read(fp, to, direct);
            if n <= 0 {
                (*fp).flags |= if n == 0 { flag::EOF_SEEN } else { flag::ERR_SEEN };
                break;
            }
            let n = (n as usize).min(direct);
            to = to.add(n);
            left -= n;
        }
    }
    len_bytes - left
}

/// Pushes a byte back (ungetc(3)).
///
/// # Safety
/// `fp` is a locked stream.
pub unsafe fn push_back(fp: *mut File, byte: u8) -> i32 {
    // SAFETY: the caller's promise; the area grows before it is written below its start.
    unsafe {
        if (*fp).has(flag::NO_READS) {
            set_errno(abi::EBADF);
            return EOF;
        }
        if (*fp).has(flag::CURRENTLY_PUTTING) && switch_to_get(fp) == EOF {
            return EOF;
        }
        if (*fp).read_ptr > (*fp).read_base && *(*fp).read_ptr.sub(1) == byte {
            (*fp).read_ptr = (*fp).read_ptr.sub(1);
        } else {
            if !(*fp).has(flag::IN_BACKUP) {
                if (*fp).save_base.is_null() && !new_backup(fp) {
                    return EOF;
                }
                (*fp).swap_backup();
            } else if (*fp).read_ptr <= (*fp).read_base && !grow_backup(fp) {
                return EOF;
            }
            (*fp).read_ptr = (*fp).read_ptr.sub(1);
            *(*fp).read_ptr = byte;
        }
        (*fp).flags &= !flag::EOF_SEEN;
        i32::from(byte)
    }
}

unsafe fn new_backup(fp: *mut File) -> bool {
    // SAFETY: a locked stream; the block is its own.
    unsafe {
        let area = malloc(BACKUP_BYTES).cast::<u8>();
        if area.is_null() {
            return false;
        }
        (*fp).save_base = area;
        (*fp).backup_base = area;
        (*fp).save_end = area.add(BACKUP_BYTES);
        (*fp).backup_room = BACKUP_BYTES;
        true
    }
}

/// Doubles the push-back area, which is current and full.
unsafe fn grow_backup(fp: *mut File) -> bool {
    // SAFETY: a locked stream; the old area's bytes go to the end of the new one.
    unsafe {
        let used = (*fp).read_end as usize - (*fp).read_ptr as usize;
        let room = (*fp).backup_room;
        let area = malloc(room * 2).cast::<u8>();
        if area.is_null() {
            return false;
        }
        let end = area.add(room * 2);
        core::ptr::copy_nonoverlapping((*fp).read_ptr, end.sub(used), used);
        free((*fp).read_base.cast());
        (*fp).read_base = area;
        (*fp).backup_base = area;
        (*fp).read_end = end;
        (*fp).read_ptr = end.sub(used);
        (*fp).backup_room = room * 2;
        true
    }
}

/// Takes bytes up to and with `delimiter` into a block that grows (getdelim(3)); returns how many, or -1.
///
/// # Safety
/// `fp` is a locked stream; `*line` is null or a heap block of `*room` bytes.
pub unsafe fn delimited(fp: *mut File, line: *mut *mut u8, room: *mut usize, delimiter: u8) -> isize {
    // SAFETY: the caller's promise.
    unsafe {
        if (*line).is_null() || *room == 0 {
            let block = crate::libc::guest_heap::realloc((*line).cast(), 120).cast::<u8>();
            if block.is_null() {
                return -1;
            }
            *line = block;
            *room = 120;
        }
        let mut len = 0usize;
        loop {
            if (*fp).read_ptr >= (*fp).read_end && underflow(fp) == EOF {
                break;
            }
            let ready = (*fp).read_end as usize - (*fp).read_ptr as usize;
            let at = find_byte((*fp).read_ptr, delimiter, ready);
            let take = ready.min(at + 1);
            let Some(needed) = len.checked_add(take + 1).filter(|&n| isize::try_from(n).is_ok()) else {
                set_errno(abi::EOVERFLOW);
                return -1;
            };
            if needed > *room {
                let larger = needed.max(room.read().saturating_mul(2));
                let block = crate::libc::guest_heap::realloc((*line).cast(), larger).cast::<u8>();
                if block.is_null() {
                    return -1;
                }
                *line = block;
                *room = larger;
            }
            core::ptr::copy_nonoverlapping((*fp).read_ptr, (*line).add(len), take);
            (*fp).read_ptr = (*fp).read_ptr.add(take);
            len += take;
            if at < ready {
                break;
            }
        }
        if len == 0 {
            return -1;
        }
        *(*line).add(len) = 0;
        len as isize
    }
}

/// Takes a line of at most `room - 1` bytes (fgets(3)); null when nothing came or an error did.
///
/// # Safety
/// `fp` is a locked stream and `to` has `room` bytes.
pub unsafe fn line(fp: *mut File, to: *mut u8, room: usize) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe {
        if room == 0 {
            return null_mut();
        }
        if room == 1 {
            *to = 0;
            return to;
        }
        // An error from before does not make this line bad.
        let old_error = (*fp).flags & flag::ERR_SEEN;
        (*fp).flags &= !flag::ERR_SEEN;
        let mut len = 0;
        while len < room - 1 {
            if (*fp).read_ptr >= (*fp).read_end && underflow(fp) == EOF {
                break;
            }
            let ready = ((*fp).read_end as usize - (*fp).read_ptr as usize).min(room - 1 - len);
            let at = find_byte((*fp).read_ptr, b'\n', ready);
            let take = ready.min(at + 1);
            core::ptr::copy_nonoverlapping((*fp).read_ptr, to.add(len), take);
            (*fp).read_ptr = (*fp).read_ptr.add(take);
            len += take;
            if at < ready {
                break;
            }
        }
        let failed = (*fp).has(flag::ERR_SEEN) && crate::libc::errno() != abi::EAGAIN;
        (*fp).flags |= old_error;
        if len == 0 || failed {
            return null_mut();
        }
        *to.add(len) = 0;
        to
    }
}
