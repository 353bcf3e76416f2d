//! Opening and closing streams.

use core::ffi::{c_char, c_int};
use core::ptr::null_mut;

use super::cookie::{free_stream, new_stream, raw_close};
use super::file::{EOF, File, flag, flag2};
use super::{lock, position, put, sys};
use crate::abi;
use crate::libc::state::state;
use crate::libc::{errno, set_errno};

/// What a mode string asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mode {
    /// Flags for `open(2)`.
    pub open: i32,
    /// Flags for the stream.
    pub stream: u32,
}

impl Mode {
    /// Reads a mode string (fopen(3)): `r`, `w` or `a`, then `+ b e x c m` in any order.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let (&kind, rest) = text.split_first()?;
        let (access, mut open, mut stream) = match kind {
            b'r' => (abi::O_RDONLY, 0, flag::NO_WRITES),
            b'w' => (abi::O_WRONLY, abi::O_CREAT | abi::O_TRUNC, flag::NO_READS),
            b'a' => (abi::O_WRONLY, abi::O_CREAT | abi::O_APPEND, flag::NO_READS | flag::IS_APPENDING),
            _ => return None,
        };
        let mut access = access;
        for &letter in rest.iter().take(6) {
            match letter {
                b'+' => {
                    access = abi::O_RDWR;
                    stream &= flag::IS_APPENDING;
                }
                b'x' => open |= abi::O_EXCL,
                b'e' => open |= abi::O_CLOEXEC,
                b',' => break,
                _ => {}
            }
        }
        Some(Self { open: access | open, stream })
    }

    /// As [`Self::parse`] for a C string; sets errno.
    ///
    /// # Safety
    /// `text` is a C string.
    pub unsafe fn from_c(text: *const c_char) -> Option<Self> {
        // SAFETY: the caller's promise.
        let mode = Self::parse(unsafe { crate::libc::c_str(text) }.to_bytes());
        if mode.is_none() {
            set_errno(abi::EINVAL);
        }
        mode
    }
}

/// Makes a stream over `fd`; null without memory.
fn stream_over(fd: i32, mode: Mode) -> *mut File {
    let fp = new_stream(mode.stream | flag::IS_FILEBUF);
    if !fp.is_null() {
        // SAFETY: the new stream.
        unsafe { (*fp).fileno = fd };
        state().stdio.link(fp);
    }
    fp
}

/// fopen(3)
///
/// # Safety
/// C strings.
pub unsafe fn open(path: *const c_char, mode: *const c_char) -> *mut File {
    // SAFETY: the caller's promise.
    let Some(mode) = (unsafe { Mode::from_c(mode) }) else { return null_mut() };
    let fd = sys::open(path, mode.open, 0o666);
    if fd < 0 {
        return null_mut();
    }
    let fp = stream_over(fd, mode);
    if fp.is_null() {
        sys::close(fd);
    } else if mode.stream & (flag::IS_APPENDING | flag::NO_READS) == flag::IS_APPENDING | flag::NO_READS {
        // Reading begins at the start of the file (`a+`), but where nothing is read ftell(3) tells the end.
        sys::lseek(fd, 0, abi::SEEK_END);
    }
    fp
}

/// fdopen(3)
///
/// # Safety
/// `mode` is a C string.
pub unsafe fn open_descriptor(fd: c_int, mode: *const c_char) -> *mut File {
    // SAFETY: the caller's promise.
    let Some(mode) = (unsafe { Mode::from_c(mode) }) else { return null_mut() };
    let flags = sys::fcntl(fd, abi::F_GETFL, 0);
    if flags == -1 {
        return null_mut();
    }
    let (have, want) = (flags & abi::O_ACCMODE, mode.open & abi::O_ACCMODE);
    if have != abi::O_RDWR && have != want {
        set_errno(abi::EINVAL);
        return null_mut();
    }
    if mode.stream & flag::IS_APPENDING != 0
        && flags & abi::O_APPEND == 0
        && sys::fcntl(fd, abi::F_SETFL, (flags | abi::O_APPEND) as usize) == -1
    {
        return null_mut();
    }
    stream_over(fd, mode)
}

/// Opens a file the caller has a descriptor of, unlinked (tmpfile(3)).
pub fn open_temporary() -> *mut File {
    let fd = super::temporary::open_unlinked();
    if fd < 0 {
        return null_mut();
    }
    let fp = stream_over(fd, Mode { open: abi::O_RDWR, stream: 0 });
    if fp.is_null() {
        sys::close(fd);
    }
    fp
}

/// Flushes and closes what is behind the stream; the stream stays.
///
/// # Safety
/// `fp` is a locked stream off the list of open ones.
unsafe fn shut(fp: *mut File) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        let is_putting = (*fp).has(flag::CURRENTLY_PUTTING);
        let flushed = if is_putting { put::flush(fp) } else { position::sync(fp) };
        let saved = errno();
        let closed = raw_close(fp);
        if closed == 0 && flushed == EOF {
            set_errno(saved);
        }
        if (*fp).flags2 & (flag2::MEMSTREAM | flag2::WIDE_MEMSTREAM) != 0 {
            return if (*fp).has(flag::ERR_SEEN) { EOF } else { closed };
        }
        // Input that could not be put back is no reason to fail.
        if closed == 0 && is_putting && flushed == EOF { EOF } else { closed }
    }
}

/// fclose(3)
///
/// # Safety
/// `fp` is a stream that is not used afterwards.
pub unsafe fn close(fp: *mut File) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        state().stdio.unlink(fp);
        lock::acquire(fp);
        let result = shut(fp);
        lock::release(fp);
        free_stream(fp);
        result
    }
}

/// freopen(3): the stream keeps its address, and its descriptor's number where it can.
///
/// # Safety
/// `path` is null or a C string, `mode` a C string, `fp` a stream.
pub unsafe fn reopen(path: *const c_char, mode: *const c_char, fp: *mut File) -> *mut File {
    // SAFETY: the caller's promise.
    unsafe {
        let _guard = lock::Guard::new(fp);
        let old_fd = if (*fp).is_cookie() { -1 } else { (*fp).fileno };
        let mode = Mode::from_c(mode);
        if (*fp).has(flag::CURRENTLY_PUTTING) {
            put::flush(fp);
        } else {
            position::sync(fp);
        }
        let mut own_path = [0u8; 32];
        let mut path = path;
        if path.is_null() && old_fd >= 0 {
            descriptor_path(&mut own_path, old_fd);
            path = own_path.as_ptr().cast();
        }
        let new_fd = match mode {
            Some(mode) if !path.is_null() => sys::open(path, mode.open, 0o666),
            Some(_) => {
                set_errno(abi::EBADF);
                -1
            }
            None => -1,
        };
        let saved = errno();
        super::cookie::release_buffer(fp);
        super::get::drop_pushback(fp);
        let (Some(mode), true) = (mode, new_fd >= 0) else {
            raw_close(fp);
            state().stdio.unlink(fp);
            (*fp).fileno = -1;
            (*fp).flags |= flag::NO_READS | flag::NO_WRITES | flag::IS_FILEBUF;
            set_errno(saved);
            return null_mut();
        };
        let mut fd = new_fd;
        // The descriptor may have been closed behind the stream's back, and be free again.
        if old_fd >= 0 && old_fd != new_fd {
            if sys::dup3(new_fd, old_fd, mode.open & abi::O_CLOEXEC) == old_fd {
                sys::close(new_fd);
                fd = old_fd;
            } else {
                sys::close(old_fd);
            }
        } else if (*fp).is_cookie() {
            raw_close(fp);
        }
        (*fp).fileno = fd;
        (*fp).mode = 0;
        (*fp).flags2 &= flag2::STATIC;
        (*fp).flags =
            flag::MAGIC | flag::IS_FILEBUF | mode.stream | (*fp).flags & (flag::LINKED | flag::USER_LOCK);
        if !(*fp).has(flag::LINKED) {
            state().stdio.link(fp);
        }
        fp
    }
}

/// Writes `/proc/self/fd/N` and a NUL.
fn descriptor_path(buf: &mut [u8; 32], fd: i32) {
    use core::fmt::Write;
    struct Bytes<'a>(&'a mut [u8], usize);
    impl Write for Bytes<'_> {
        fn write_str(&mut self, s: &str) -> core::fmt::Result {
            let room = self.0.get_mut(self.1..self.1 + s.len()).ok_or(core::fmt::Error)?;
            room.copy_from_slice(s.as_bytes());
            self.1 += s.len();
            Ok(())
        }
    }
    // The longest number fits.
    let _ = write!(Bytes(buf, 0), "/proc/self/fd/{fd}\0");
}

/// Closes every stream that is still open (fcloseall(3)).
pub fn close_all() -> i32 {
    let result = super::flush_output();
    super::flush_all();
    result
}
