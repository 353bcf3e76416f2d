//! Paths: getcwd(3), realpath(3), pathconf(3), and the fortified forms of reads.

use core::ffi::{c_char, c_int, c_long, c_void};

use super::{PATH_MAX, bytes_of, duplicate, fail, fail_null, store};
use crate::abi::{self, Errno};
use crate::boundary::user::{UserPtr, UserStr};
use crate::exports::{sys_stat, unistd};
use crate::libc::malloc::malloc;
use crate::libc::stdlib::fortify;

/// read(2), fortified
pub unsafe extern "C" fn __read_chk(fd: c_int, buf: *mut c_void, count: usize, room: usize) -> isize {
    fortify::check(count, room);
    // SAFETY: the caller's promise.
    unsafe { unistd::read(fd, buf, count) }
}

/// pread(2), fortified
pub unsafe extern "C" fn __pread_chk(
    fd: c_int,
    buf: *mut c_void,
    count: usize,
    at: i64,
    room: usize,
) -> isize {
    fortify::check(count, room);
    // SAFETY: the caller's promise.
    unsafe { unistd::pread(fd, buf, count, at) }
}

/// readlink(2), fortified
pub unsafe extern "C" fn __readlink_chk(path: UserStr, buf: *mut c_char, size: usize, room: usize) -> isize {
    fortify::check(size, room);
    // SAFETY: the caller's promise.
    unsafe { unistd::readlink(path, buf, size) }
}

/// readlinkat(2), fortified
pub unsafe extern "C" fn __readlinkat_chk(
    dirfd: c_int,
    path: UserStr,
    buf: *mut c_char,
    size: usize,
    room: usize,
) -> isize {
    fortify::check(size, room);
    // SAFETY: the caller's promise.
    unsafe { unistd::readlinkat(dirfd, path, buf, size) }
}

/// getcwd(3): a NULL buffer is allocated, as glibc does, with just enough room if `size` is 0.
pub unsafe extern "C" fn getcwd(buf: *mut c_char, size: usize) -> *mut c_char {
    if !buf.is_null() {
        if size == 0 {
            return fail_null(Errno::EINVAL);
        }
        // SAFETY: the caller's promise.
        let result = unsafe { unistd::osvrun_getcwd(buf, size) };
        return if result < 0 { core::ptr::null_mut() } else { buf };
    }
    let mut path = [0 as c_char; PATH_MAX];
    let limit = if size == 0 { PATH_MAX } else { size.min(PATH_MAX) };
    // SAFETY: the buffer is ours and that long.
    let result = unsafe { unistd::osvrun_getcwd(path.as_mut_ptr(), limit) };
    if result < 0 {
        return core::ptr::null_mut();
    }
    // SAFETY: the kernel stored a string.
    unsafe {
        let bytes = bytes_of(path.as_ptr());
        if size == 0 {
            return duplicate(bytes);
        }
        let block = malloc(size).cast::<c_char>();
        if !block.is_null() {
            store(block, bytes);
        }
        block
    }
}

/// getcwd(3), fortified
pub unsafe extern "C" fn __getcwd_chk(buf: *mut c_char, size: usize, room: usize) -> *mut c_char {
    fortify::check(size, room);
    // SAFETY: the caller's promise.
    unsafe { getcwd(buf, size) }
}

/// getwd(3): the buffer holds `PATH_MAX` bytes.
pub unsafe extern "C" fn getwd(buf: *mut c_char) -> *mut c_char {
    // SAFETY: the caller's promise.
    unsafe { getcwd(buf, PATH_MAX) }
}

/// getwd(3), fortified
pub unsafe extern "C" fn __getwd_chk(buf: *mut c_char, room: usize) -> *mut c_char {
    // SAFETY: the caller's promise.
    let path = unsafe { getcwd(buf, room) };
    if path.is_null() && crate::libc::errno() == Errno::ERANGE.0 {
        fortify::chk_fail();
    }
    path
}

/// get_current_dir_name(3)
pub unsafe extern "C" fn get_current_dir_name() -> *mut c_char {
    // SAFETY: asks for a new buffer.
    unsafe { getcwd(core::ptr::null_mut(), 0) }
}

/// A path as it is resolved, in a buffer of the stack.
struct Resolved {
    bytes: [u8; PATH_MAX],
    len: usize,
}

impl Resolved {
    fn push(&mut self, name: &[u8]) -> bool {
        let end = self.len + 1 + name.len();
        if end >= PATH_MAX {
            return false;
        }
        self.bytes[self.len] = b'/';
        self.bytes[self.len + 1..end].copy_from_slice(name);
        self.len = end;
        self.bytes[end] = 0;
        true
    }

    fn pop(&mut self) {
        let cut = self.bytes[..self.len].iter().rposition(|&b| b == b'/').unwrap_or(0);
        self.len = cut;
        self.bytes[cut] = 0;
    }
}

/// realpath(3)
pub unsafe extern "C" fn realpath(path: *const c_char, resolved: *mut c_char) -> *mut c_char {
    if path.is_null() {
        return fail_null(Errno::EINVAL);
    }
    // SAFETY: the caller gives a string.
    match resolve(unsafe { bytes_of(path) }) {
        Err(error) => fail_null(error),
        Ok(found) => {
            let bytes = if found.len == 0 { b"/" } else { &found.bytes[..found.len] };
            // SAFETY: the caller's buffer has `PATH_MAX` bytes.
            unsafe {
                if resolved.is_null() {
                    return duplicate(bytes);
                }
                store(resolved, bytes);
            }
            resolved
        }
    }
}

/// What is left to resolve: links put their targets in front.
struct Rest {
    bytes: [u8; PATH_MAX],
    len: usize,
}

impl Rest {
    /// Takes the next component into `name`; returns its length, 0 at the end.
    fn next(&mut self, name: &mut [u8; 256]) -> Result<usize, Errno> {
        let start = self.bytes[..self.len].iter().position(|&b| b != b'/').unwrap_or(self.len);
        let end = self.bytes[start..self.len].iter().position(|&b| b == b'/').map_or(self.len, |n| start + n);
        let len = end - start;
        if len > 255 {
            return Err(Errno::ENAMETOOLONG);
        }
        name[..len].copy_from_slice(&self.bytes[start..end]);
        self.bytes.copy_within(end..self.len, 0);
        self.len -= end;
        Ok(len)
    }

    fn put_front(&mut self, target: &[u8]) -> Result<(), Errno> {
        if target.len() + self.len > PATH_MAX {
            return Err(Errno::ENAMETOOLONG);
        }
        self.bytes.copy_within(..self.len, target.len());
        self.bytes[..target.len()].copy_from_slice(target);
        self.len += target.len();
        Ok(())
    }
}

fn resolve(path: &[u8]) -> Result<Resolved, Errno> {
    const MAX_LINKS: usize = 40;
    if path.is_empty() {
        return Err(Errno::ENOENT);
    }
    let mut found = Resolved { bytes: [0; PATH_MAX], len: 0 };
    let mut rest = Rest { bytes: [0; PATH_MAX], len: 0 };
    rest.put_front(path)?;
    if path[0] != b'/' {
        // SAFETY: the buffer is ours and that long.
        let n = unsafe { unistd::osvrun_getcwd(found.bytes.as_mut_ptr().cast(), PATH_MAX) };
        if n < 0 {
            let error = Errno(crate::libc::errno());
            return Err(if error == Errno::ERANGE { Errno::ENAMETOOLONG } else { error });
        }
        found.len = if n == 2 { 0 } else { n as usize - 1 };
        found.bytes[found.len] = 0;
    }
    let mut name = [0; 256];
    let mut links = 0;
    loop {
        let len = rest.next(&mut name)?;
        let has_more = rest.len > 0;
        match &name[..len] {
            b"" => return Ok(found),
            b"." => continue,
            b".." => {
                found.pop();
                continue;
            }
            name if !found.push(name) => return Err(Errno::ENAMETOOLONG),
            _ => {}
        }
        let at = UserStr::new(found.bytes.as_ptr().addr());
        // SAFETY: all-zero is a value.
        let mut stat: abi::stat = unsafe { core::mem::zeroed() };
        // SAFETY: path and struct are ours.
        if unsafe { sys_stat::lstat(at, UserPtr::new((&raw mut stat).addr())) } != 0 {
            return Err(Errno(crate::libc::errno()));
        }
        match stat.st_mode & abi::S_IFMT {
            abi::S_IFLNK => {
                links += 1;
                if links > MAX_LINKS {
                    return Err(Errno::ELOOP);
                }
                let mut target = [0u8; PATH_MAX];
                // SAFETY: path and buffer are ours.
                let n = unsafe { unistd::readlink(at, target.as_mut_ptr().cast(), PATH_MAX) };
                let Ok(n) = usize::try_from(n) else { return Err(Errno(crate::libc::errno())) };
                found.pop();
                if target[0] == b'/' {
                    found.len = 0;
                }
                rest.put_front(&target[..n])?;
            }
            abi::S_IFDIR => {}
            _ if has_more => return Err(Errno::ENOTDIR),
            _ => {}
        }
    }
}

/// realpath(3), fortified
pub unsafe extern "C" fn __realpath_chk(
    path: *const c_char,
    resolved: *mut c_char,
    room: usize,
) -> *mut c_char {
    if !resolved.is_null() {
        fortify::check(PATH_MAX, room);
    }
    // SAFETY: the caller's promise.
    unsafe { realpath(path, resolved) }
}

/// canonicalize_file_name(3)
pub unsafe extern "C" fn canonicalize_file_name(path: *const c_char) -> *mut c_char {
    // SAFETY: the caller's promise.
    unsafe { realpath(path, core::ptr::null_mut()) }
}

fn configured(name: c_int) -> c_long {
    match name {
        abi::_PC_LINK_MAX => 127,
        abi::_PC_MAX_CANON | abi::_PC_MAX_INPUT | abi::_PC_NAME_MAX => 255,
        abi::_PC_PATH_MAX | abi::_PC_PIPE_BUF => 4096,
        abi::_PC_CHOWN_RESTRICTED | abi::_PC_NO_TRUNC => 1,
        abi::_PC_VDISABLE => 0,
        abi::_PC_FILESIZEBITS => 64,
        abi::_PC_SYMLINK_MAX => -1,
        abi::_PC_REC_XFER_ALIGN | abi::_PC_ALLOC_SIZE_MIN | abi::_PC_REC_MIN_XFER_SIZE => 4096,
        abi::_PC_2_SYMLINKS => 1,
        abi::_PC_SYNC_IO
        | abi::_PC_ASYNC_IO
        | abi::_PC_PRIO_IO
        | abi::_PC_SOCK_MAXBUF
        | abi::_PC_REC_INCR_XFER_SIZE
        | abi::_PC_REC_MAX_XFER_SIZE => -1,
        _ => c_long::from(fail(Errno::EINVAL)),
    }
}

/// pathconf(3)
pub unsafe extern "C" fn pathconf(path: UserStr, name: c_int) -> c_long {
    // SAFETY: the caller's promise.
    if unsafe { unistd::access(path, abi::F_OK) } != 0 { -1 } else { configured(name) }
}

/// fpathconf(3)
pub unsafe extern "C" fn fpathconf(fd: c_int, name: c_int) -> c_long {
    // SAFETY: all-zero is a value.
    let mut stat: abi::stat = unsafe { core::mem::zeroed() };
    // SAFETY: the struct is ours.
    if unsafe { sys_stat::fstat(fd, UserPtr::new((&raw mut stat).addr())) } != 0 {
        -1
    } else {
        configured(name)
    }
}
