//! Temporary names, terminal names and host names.

use core::ffi::{c_char, c_int};

use super::{PATH_MAX, bytes_of, duplicate, fail, fail_null, store, text_of};
use crate::abi::{self, Errno};
use crate::boundary::user::{UserPtr, UserStr};
use crate::exports::{fcntl, stdlib_env, sys_ioctl, sys_random, sys_stat, sys_utsname, unistd};
use crate::fs::inode::NAME_MAX_BYTES;
use crate::libc::pthread::cancel::held_off;
use crate::libc::stdlib::fortify;
use crate::libc::{errno, set_errno};

/// The letters of temporary names.
const LETTERS: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
/// How many names are tried.
const TRIES: usize = 1000;
/// What a template ends with.
const MARK: &[u8] = b"XXXXXX";

/// Fills in the template's six letters until `take` gives something other than `EEXIST`.
pub(in crate::libc) unsafe fn try_names(
    template: *mut c_char,
    suffix: usize,
    mut take: impl FnMut() -> c_int,
) -> c_int {
    // SAFETY: the caller gives a string.
    let len = unsafe { bytes_of(template) }.len();
    let Some(at) = len.checked_sub(suffix).and_then(|end| end.checked_sub(MARK.len())) else {
        return fail(Errno::EINVAL);
    };
    // SAFETY: inside the caller's string, which may be written.
    let mark = unsafe { core::slice::from_raw_parts_mut(template.cast::<u8>().add(at), MARK.len()) };
    if mark != MARK {
        return fail(Errno::EINVAL);
    }
    let before = errno();
    for _ in 0..TRIES {
        let mut random = [0u8; 8];
        // SAFETY: eight bytes of ours.
        unsafe { sys_random::getrandom(random.as_mut_ptr().cast(), 8, 0) };
        let mut value = u64::from_ne_bytes(random);
        for letter in mark.iter_mut() {
            *letter = LETTERS[(value % LETTERS.len() as u64) as usize];
            value /= LETTERS.len() as u64;
        }
        let result = take();
        if result >= 0 {
            set_errno(before);
            return result;
        }
        if errno() != Errno::EEXIST.0 {
            return -1;
        }
    }
    fail(Errno::EEXIST)
}

/// mkostemps(3)
pub unsafe extern "C" fn mkostemps(template: *mut c_char, suffix: c_int, flags: c_int) -> c_int {
    let Ok(suffix) = usize::try_from(suffix) else { return fail(Errno::EINVAL) };
    let flags = flags & !abi::O_ACCMODE | abi::O_RDWR | abi::O_CREAT | abi::O_EXCL;
    let path = UserStr::new(template.addr());
    // SAFETY: the caller's promise.
    unsafe { try_names(template, suffix, || fcntl::open(path, flags, 0o600)) }
}

/// mkstemp(3)
pub unsafe extern "C" fn mkstemp(template: *mut c_char) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { mkostemps(template, 0, 0) }
}

/// mkostemp(3)
pub unsafe extern "C" fn mkostemp(template: *mut c_char, flags: c_int) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { mkostemps(template, 0, flags) }
}

/// mkstemps(3)
pub unsafe extern "C" fn mkstemps(template: *mut c_char, suffix: c_int) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { mkostemps(template, suffix, 0) }
}

/// mkdtemp(3)
pub unsafe extern "C" fn mkdtemp(template: *mut c_char) -> *mut c_char {
    let path = UserStr::new(template.addr());
    // SAFETY: the caller's promise.
    let result = unsafe { try_names(template, 0, || sys_stat::mkdir(path, 0o700)) };
    if result < 0 { core::ptr::null_mut() } else { template }
}

/// Succeeds when nothing has this name.
unsafe fn is_free(path: UserStr) -> c_int {
    // SAFETY: the caller's promise.
    if unsafe { unistd::access(path, abi::F_OK) } == 0 {
        return fail(Errno::EEXIST);
    }
    if errno() == Errno::ENOENT.0 { 0 } else { -1 }
}

/// mktemp(3)
pub unsafe extern "C" fn mktemp(template: *mut c_char) -> *mut c_char {
    let path = UserStr::new(template.addr());
    // SAFETY: the caller's promise.
    unsafe {
        if try_names(template, 0, || is_free(path)) < 0 {
            template.write(0);
        }
    }
    template
}

unsafe fn is_folder(path: *const c_char) -> bool {
    // SAFETY: all-zero is a value; the caller gives a string or NULL, of which the kernel knows.
    unsafe {
        let mut stat: abi::stat = core::mem::zeroed();
        sys_stat::stat(UserStr::new(path.addr()), UserPtr::new((&raw mut stat).addr())) == 0
            && stat.st_mode & abi::S_IFMT == abi::S_IFDIR
    }
}

/// tempnam(3): in the folder that `TMPDIR` names, or the one given, or `/tmp`: the first that is there.
pub unsafe extern "C" fn tempnam(folder: *const c_char, prefix: *const c_char) -> *mut c_char {
    let before = errno();
    // SAFETY: the caller gives strings or NULL, the environment does, too.
    let (folder, prefix) = unsafe {
        let asked = stdlib_env::secure_getenv(c"TMPDIR".as_ptr()).cast_const();
        let there = [asked, folder, c"/tmp".as_ptr()].into_iter().find(|path| is_folder(*path));
        let Some(folder) = there else { return fail_null(Errno::ENOENT) };
        (bytes_of(folder), text_of(prefix))
    };
    set_errno(before);
    let end = folder.iter().rposition(|&byte| byte != b'/').map_or(0, |last| last + 1);
    let folder = &folder[..end];
    let prefix = if prefix.is_empty() { b"file" } else { &prefix[..prefix.len().min(5)] };
    let mut path = [0u8; PATH_MAX];
    let mut len = 0;
    for part in [folder, b"/", prefix, MARK] {
        if len + part.len() >= PATH_MAX {
            return fail_null(Errno::ENAMETOOLONG);
        }
        path[len..len + part.len()].copy_from_slice(part);
        len += part.len();
    }
    let name = UserStr::new(path.as_ptr().addr());
    // SAFETY: the buffer is ours and ends with a NUL.
    unsafe {
        if try_names(path.as_mut_ptr().cast(), 0, || is_free(name)) < 0 {
            return core::ptr::null_mut();
        }
        duplicate(&path[..len])
    }
}

/// euidaccess(3): what cannot be asked for is not.
pub unsafe extern "C" fn euidaccess(path: *const c_char, mode: c_int) -> c_int {
    let mode = mode & (abi::R_OK | abi::W_OK | abi::X_OK);
    // SAFETY: the kernel checks the path.
    unsafe { unistd::access(UserStr::new(path.addr()), mode) }
}

/// The path of an object in `/dev/shm`, with its NUL.
pub(in crate::libc) type ShmPath = [u8; 272];

/// Makes the path of a shared object: a name without slashes but for leading ones, after `prefix` below `/dev/shm`. Fails
/// with `EINVAL` where it is none, and with `ENAMETOOLONG`.
pub(in crate::libc) unsafe fn shm_path(name: *const c_char, prefix: &[u8]) -> Result<ShmPath, Errno> {
    const FOLDER: &[u8] = b"/dev/shm/";
    // SAFETY: the caller gives a string.
    let name = unsafe { bytes_of(name) };
    let start = name.iter().position(|&b| b != b'/').ok_or(Errno::EINVAL)?;
    let name = &name[start..];
    if name.contains(&b'/') {
        return Err(Errno::EINVAL);
    }
    if name.len() > NAME_MAX_BYTES {
        return Err(Errno::ENAMETOOLONG);
    }
    let mut path = [0; 272];
    let mut len = 0;
    for part in [FOLDER, prefix, name] {
        path[len..len + part.len()].copy_from_slice(part);
        len += part.len();
    }
    Ok(path)
}

/// shm_open(3)
pub unsafe extern "C" fn shm_open(name: *const c_char, flags: c_int, mode: abi::mode_t) -> c_int {
    // SAFETY: the caller's promise.
    let path = match unsafe { shm_path(name, b"") } {
        Ok(path) => path,
        Err(error) => return fail(error),
    };
    let flags = flags | abi::O_CLOEXEC | abi::O_NOFOLLOW;
    // SAFETY: the path is ours.
    let fd = held_off(|| unsafe { fcntl::open(UserStr::new(path.as_ptr().addr()), flags, mode) });
    if fd < 0 && errno() == abi::EISDIR { fail(Errno::EINVAL) } else { fd }
}

/// shm_unlink(3)
pub unsafe extern "C" fn shm_unlink(name: *const c_char) -> c_int {
    // SAFETY: the caller's promise; the path is ours.
    unsafe {
        match shm_path(name, b"") {
            Ok(path) => unistd::unlink(UserStr::new(path.as_ptr().addr())),
            Err(Errno::EINVAL) => fail(Errno::ENOENT),
            Err(error) => fail(error),
        }
    }
}

/// ttyname_r(3): returns the error number.
pub unsafe extern "C" fn ttyname_r(fd: c_int, buf: *mut c_char, size: usize) -> c_int {
    let mut name = [0u8; 64];
    let mut link = ShortName::default();
    // The longest number of a descriptor fits.
    let _ = core::fmt::Write::write_fmt(&mut link, format_args!("/proc/self/fd/{fd}"));
    // SAFETY: the caller's promise; the texts are ours.
    unsafe {
        if unistd::isatty(fd) == 0 {
            return errno();
        }
        let len = unistd::readlink(UserStr::new(link.address()), name.as_mut_ptr().cast(), name.len());
        let Some(name) = usize::try_from(len).ok().and_then(|len| name.get(..len)) else { return errno() };
        if size <= name.len() {
            set_errno(Errno::ERANGE.0);
            return Errno::ERANGE.0;
        }
        store(buf, name);
    }
    0
}

/// A short name with its NUL.
#[derive(Default)]
pub struct ShortName {
    bytes: [u8; 32],
    len: usize,
}

impl ShortName {
    /// Returns the name without its NUL.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
    /// Returns where the name starts.
    pub fn address(&self) -> usize {
        self.bytes.as_ptr().addr()
    }
}

impl core::fmt::Write for ShortName {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let end = self.len + text.len();
        let to = self.bytes.get_mut(self.len..end).filter(|_| end < 32).ok_or(core::fmt::Error)?;
        to.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

/// ttyname_r(3), fortified
pub unsafe extern "C" fn __ttyname_r_chk(fd: c_int, buf: *mut c_char, size: usize, room: usize) -> c_int {
    fortify::check(size, room);
    // SAFETY: the caller's promise.
    unsafe { ttyname_r(fd, buf, size) }
}

/// ttyname(3)
pub unsafe extern "C" fn ttyname(fd: c_int) -> *mut c_char {
    // SAFETY: the thread's control block lives as long as the thread.
    let buf: *mut c_char = unsafe { (&raw mut (*crate::libc::tcb::tcb()).files.ttyname).cast() };
    // SAFETY: the buffer has 32 bytes.
    if unsafe { ttyname_r(fd, buf, 32) } == 0 { buf } else { core::ptr::null_mut() }
}

/// ctermid(3)
pub unsafe extern "C" fn ctermid(buf: *mut c_char) -> *mut c_char {
    // SAFETY: the thread's control block lives as long as the thread.
    let own: *mut c_char = unsafe { (&raw mut (*crate::libc::tcb::tcb()).files.ttyname).cast() };
    let buf = if buf.is_null() { own } else { buf };
    // SAFETY: the caller's buffer has `L_ctermid` (9) bytes.
    unsafe { store(buf, b"/dev/tty") };
    buf
}

/// tcgetpgrp(3)
pub unsafe extern "C" fn tcgetpgrp(fd: c_int) -> c_int {
    let mut group = 0;
    // SAFETY: the integer is ours.
    match unsafe { sys_ioctl::ioctl(fd, abi::TIOCGPGRP, (&raw mut group).addr()) } {
        0 => group,
        failed => failed,
    }
}

/// tcsetpgrp(3)
pub unsafe extern "C" fn tcsetpgrp(fd: c_int, group: c_int) -> c_int {
    // SAFETY: the integer is ours.
    unsafe { sys_ioctl::ioctl(fd, abi::TIOCSPGRP, (&raw const group).addr()) }
}

/// Copies one field of `uname(2)`.
unsafe fn copy_name(
    buf: *mut c_char,
    size: usize,
    pick: impl FnOnce(&abi::utsname) -> &[c_char; 65],
) -> c_int {
    // SAFETY: all-zero is a value.
    let mut name: abi::utsname = unsafe { core::mem::zeroed() };
    // SAFETY: the struct is ours; the caller's buffer has `size` bytes.
    unsafe {
        if sys_utsname::uname(UserPtr::new((&raw mut name).addr())) != 0 {
            return -1;
        }
        let bytes = bytes_of(pick(&name).as_ptr());
        if bytes.len() >= size {
            core::ptr::copy_nonoverlapping(bytes.as_ptr(), buf.cast(), size);
            return fail(Errno::ENAMETOOLONG);
        }
        store(buf, bytes);
    }
    0
}

/// gethostname(2)
pub unsafe extern "C" fn gethostname(buf: *mut c_char, size: usize) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { copy_name(buf, size, |name| &name.nodename) }
}

/// gethostname(2), fortified
pub unsafe extern "C" fn __gethostname_chk(buf: *mut c_char, size: usize, room: usize) -> c_int {
    fortify::check(size, room);
    // SAFETY: the caller's promise.
    unsafe { gethostname(buf, size) }
}

/// getdomainname(2)
pub unsafe extern "C" fn getdomainname(buf: *mut c_char, size: usize) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { copy_name(buf, size, |name| &name.domainname) }
}

/// getdomainname(2), fortified
pub unsafe extern "C" fn __getdomainname_chk(buf: *mut c_char, size: usize, room: usize) -> c_int {
    fortify::check(size, room);
    // SAFETY: the caller's promise.
    unsafe { getdomainname(buf, size) }
}

/// A thread's own buffers.
#[repr(C)]
pub struct FileFields {
    /// ttyname's and ctermid's.
    pub ttyname: [u8; 32],
}
