//! What is behind a stream: a descriptor, or the functions of fopencookie(3).

use core::ptr::null_mut;

use super::file::{BUFSIZ, CookieIo, File, flag, flag2};
use super::sys;
use crate::abi;
use crate::libc::guest_heap::{free, malloc};
use crate::libc::{errno, set_errno};

/// Reads from what is behind the stream: bytes, 0 at the end, below 0 on an error.
///
/// # Safety
/// `fp` is a stream and `buf` has room for `len_bytes`.
pub unsafe fn raw_read(fp: *mut File, buf: *mut u8, len_bytes: usize) -> isize {
    // SAFETY: the caller's promise; a cookie's functions are the program's.
    unsafe {
        if !(*fp).is_cookie() {
            return sys::read((*fp).fileno, buf, len_bytes);
        }
        if let Some(read) = (*fp).io.read {
            read((*fp).cookie, buf.cast(), len_bytes)
        } else {
            set_errno(abi::EBADF);
            -1
        }
    }
}

/// Writes all to what is behind the stream; returns how many bytes got there.
///
/// # Safety
/// `fp` is a stream and `buf` has `len_bytes` bytes.
pub unsafe fn raw_write(fp: *mut File, buf: *const u8, len_bytes: usize) -> usize {
    let mut done = 0;
    while done < len_bytes {
        // SAFETY: the caller's promise.
        let n = unsafe {
            let at = buf.add(done);
            if !(*fp).is_cookie() {
                sys::write((*fp).fileno, at, len_bytes - done)
            } else if let Some(write) = (*fp).io.write {
                write((*fp).cookie, at.cast(), len_bytes - done)
            } else {
                0
            }
        };
        // A cookie's write says 0 when it failed, write(2) says -1.
        if n <= 0 {
            // SAFETY: the caller's promise.
            unsafe { (*fp).flags |= flag::ERR_SEEN };
            break;
        }
        done += (n as usize).min(len_bytes - done);
        // SAFETY: the caller's promise.
        if unsafe { (*fp).is_cookie() } {
            // A function is called once, and has failed if it leaves something.
            if done < len_bytes {
                // SAFETY: the caller's promise.
                unsafe { (*fp).flags |= flag::ERR_SEEN };
            }
            break;
        }
    }
    done
}

/// Moves what is behind the stream; returns the new offset or -1.
///
/// # Safety
/// `fp` is a stream.
pub unsafe fn raw_seek(fp: *mut File, offset: i64, whence: i32) -> i64 {
    // SAFETY: the caller's promise; a cookie's functions are the program's.
    unsafe {
        if !(*fp).is_cookie() {
            return sys::lseek((*fp).fileno, offset, whence);
        }
        let Some(seek) = (*fp).io.seek else {
            set_errno(abi::ESPIPE);
            return -1;
        };
        let mut at = offset;
        if seek((*fp).cookie, &raw mut at, whence) == -1 { -1 } else { at }
    }
}

/// Closes what is behind the stream.
///
/// # Safety
/// `fp` is a stream.
pub unsafe fn raw_close(fp: *mut File) -> i32 {
    // SAFETY: the caller's promise; a cookie's functions are the program's.
    unsafe {
        if !(*fp).is_cookie() {
            return sys::close((*fp).fileno);
        }
        (*fp).io.close.map_or(0, |close| close((*fp).cookie))
    }
}

/// Gives the stream a buffer if it has none: `st_blksize` bytes up to `BUFSIZ`, one for an unbuffered stream. A terminal
/// becomes line buffered.
///
/// # Safety
/// `fp` is a stream.
pub unsafe fn allocate_buffer(fp: *mut File) {
    // SAFETY: the caller's promise; the buffer belongs to the stream from here on.
    unsafe {
        if !(*fp).buf_base.is_null() {
            return;
        }
        if (*fp).has(flag::UNBUFFERED) {
            return use_short_buffer(fp);
        }
        let mut size = BUFSIZ;
        if !(*fp).is_cookie() && (*fp).fileno >= 0 {
            let saved = errno();
            if let Some(stat) = sys::fstat((*fp).fileno) {
                if stat.st_mode & abi::S_IFMT == abi::S_IFCHR && sys::is_terminal((*fp).fileno) {
                    (*fp).flags |= flag::LINE_BUF;
                }
                if stat.st_blksize > 0 && (stat.st_blksize as usize) < BUFSIZ {
                    size = stat.st_blksize as usize;
                }
            }
            set_errno(saved);
        }
        let buffer = malloc(size).cast::<u8>();
        if buffer.is_null() {
            return use_short_buffer(fp);
        }
        (*fp).buf_base = buffer;
        (*fp).buf_end = buffer.add(size);
        (*fp).flags &= !flag::USER_BUF;
    }
}

/// Makes the byte in the stream itself its buffer.
///
/// # Safety
/// `fp` is a stream.
pub unsafe fn use_short_buffer(fp: *mut File) {
    // SAFETY: the caller's promise.
    unsafe {
        (*fp).buf_base = (&raw mut (*fp).shortbuf).cast();
        (*fp).buf_end = (*fp).buf_base.add(1);
        (*fp).flags |= flag::USER_BUF;
    }
}

/// Frees the buffer if it is ours.
///
/// # Safety
/// `fp` is a stream that holds nothing in its buffer.
pub unsafe fn release_buffer(fp: *mut File) {
    // SAFETY: the caller's promise.
    unsafe {
        if !(*fp).has(flag::USER_BUF) && !(*fp).buf_base.is_null() {
            free((*fp).buf_base.cast());
        }
        (*fp).buf_base = null_mut();
        (*fp).buf_end = null_mut();
        (*fp).flags &= !flag::CURRENTLY_PUTTING;
        (*fp).forget_input();
        (*fp).empty_output();
    }
}

/// Makes a stream on the heap, not yet linked; null without memory.
pub fn new_stream(flags: u32) -> *mut File {
    // SAFETY: a fresh block.
    unsafe {
        let fp = malloc(size_of::<File>()).cast::<File>();
        if !fp.is_null() {
            fp.write(File { flags: flag::MAGIC | flags, ..File::EMPTY });
            (*fp).lock = (&raw mut (*fp).lock_word).cast();
        }
        fp
    }
}

/// Makes a stream over functions; null without memory.
pub fn open_cookie(cookie: *mut core::ffi::c_void, io: CookieIo, flags: u32, kind: i32) -> *mut File {
    let fp = new_stream(flags);
    if !fp.is_null() {
        // SAFETY: the new stream.
        unsafe {
            (*fp).cookie = cookie;
            (*fp).io = io;
            (*fp).flags2 = kind;
            // Functions of the program's get bytes.
            (*fp).mode = -1;
        }
        crate::libc::state::state().stdio.link(fp);
    }
    fp
}

/// Frees a stream that is off the list of open ones.
///
/// # Safety
/// Nobody uses `fp` any more.
pub unsafe fn free_stream(fp: *mut File) {
    // SAFETY: the caller's promise.
    unsafe {
        release_buffer(fp);
        super::get::drop_pushback(fp);
        free((*fp).backup_area().cast());
        free((*fp).line.cast());
        if (*fp).flags2 & flag2::STATIC != 0 {
            let keep = File { flags2: flag2::STATIC, ..File::EMPTY };
            fp.write(keep);
        } else {
            free(fp.cast());
        }
    }
}
