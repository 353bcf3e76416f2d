//! Named semaphores: files of `/dev/shm` that hold a [`Semaphore`], mapped shared.

use core::ffi::{c_char, c_int, c_uint};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, Ordering::Relaxed};

use super::cancel::held_off;
use super::mutex::{Mutex, pthread_mutex_lock, pthread_mutex_unlock};
use super::sem::{Semaphore, sem_init};
use crate::abi;
use crate::boundary::user::{UserPtr, UserStr};
use crate::exports::{fcntl, sys_mman, sys_stat, unistd};
use crate::libc::files::names::{ShmPath, shm_path, try_names};
use crate::libc::malloc::{free, malloc};
use crate::libc::set_errno;
use crate::libc::state::state;

/// What names start with in `/dev/shm`.
const PREFIX: &[u8] = b"sem.";
const BYTES: usize = size_of::<Semaphore>();

/// The semaphores a program has open.
pub struct NamedSemaphores {
    lock: Mutex,
    first: AtomicPtr<Open>,
}

impl NamedSemaphores {
    /// Makes an empty list.
    pub const fn new() -> Self {
        Self { lock: Mutex::of_type(0), first: AtomicPtr::new(null_mut()) }
    }
}

impl Default for NamedSemaphores {
    fn default() -> Self {
        Self::new()
    }
}

/// One that is open: the same file gives the same address.
struct Open {
    device: u64,
    inode: u64,
    times: usize,
    semaphore: *mut Semaphore,
    next: *mut Open,
}

/// Calls `body` with the list locked.
fn with_list<T>(body: impl FnOnce(&AtomicPtr<Open>) -> T) -> T {
    let named = &state().pthread.named;
    let lock = (&raw const named.lock).cast_mut();
    // SAFETY: the program's own mutex, which lives as long as it; `body` calls nothing of the program's.
    unsafe { pthread_mutex_lock(lock) };
    let result = body(&named.first);
    // SAFETY: taken above.
    unsafe { pthread_mutex_unlock(lock) };
    result
}

fn fail<T>(error: c_int, value: T) -> T {
    set_errno(error);
    value
}

fn text(path: &ShmPath) -> UserStr {
    UserStr::new(path.as_ptr() as usize)
}

/// Returns the semaphore in the file `fd`, mapping it unless it is already.
fn semaphore_of(fd: c_int) -> Result<*mut Semaphore, ()> {
    // SAFETY: all-zero is a value of every field.
    let mut stat: abi::stat = unsafe { core::mem::zeroed() };
    // SAFETY: the row stores what it is given room for.
    if unsafe { sys_stat::fstat(fd, UserPtr::new(&raw mut stat as usize)) } != 0 {
        return Err(());
    }
    if (stat.st_size as usize) < BYTES {
        return fail(abi::EINVAL, Err(()));
    }
    with_list(|first| {
        let mut at = first.load(Relaxed);
        // SAFETY: entries live while they are in the list, which is locked; the mapping is fresh.
        unsafe {
            while let Some(open) = at.as_mut() {
                if (open.device, open.inode) == (stat.st_dev, stat.st_ino) {
                    open.times += 1;
                    return Ok(open.semaphore);
                }
                at = open.next;
            }
            let entry = malloc(size_of::<Open>()).cast::<Open>();
            if entry.is_null() {
                return fail(abi::ENOMEM, Err(()));
            }
            let address = sys_mman::mmap(0, BYTES, abi::PROT_READ | abi::PROT_WRITE, abi::MAP_SHARED, fd, 0);
            if address == usize::MAX {
                free(entry.cast());
                return Err(());
            }
            let semaphore = address as *mut Semaphore;
            let (device, inode) = (stat.st_dev, stat.st_ino);
            entry.write(Open { device, inode, times: 1, semaphore, next: first.load(Relaxed) });
            first.store(entry, Relaxed);
            Ok(semaphore)
        }
    })
}

fn open_existing(path: &ShmPath) -> Option<c_int> {
    let flags = abi::O_RDWR | abi::O_NOFOLLOW | abi::O_CLOEXEC;
    // SAFETY: the path is ours.
    let fd = unsafe { fcntl::open(text(path), flags, 0) };
    (fd >= 0).then_some(fd)
}

/// Makes a semaphore under a name of its own, and gives it the name wanted unless that is taken (`EEXIST`).
fn create(path: &ShmPath, mode: abi::mode_t, value: c_uint) -> Option<c_int> {
    let mut fresh = core::mem::MaybeUninit::<Semaphore>::uninit();
    // SAFETY: room for a semaphore.
    if unsafe { sem_init(fresh.as_mut_ptr(), 1, value) } != 0 {
        return None;
    }
    let mut temporary = *b"/dev/shm/sem.XXXXXX\0";
    let name = UserStr::new(temporary.as_ptr() as usize);
    let flags = abi::O_RDWR | abi::O_CREAT | abi::O_EXCL | abi::O_NOFOLLOW | abi::O_CLOEXEC;
    // SAFETY: the names are ours, and so is the semaphore, which is initialised.
    unsafe {
        let fd = try_names(temporary.as_mut_ptr().cast(), 0, || fcntl::open(name, flags, mode));
        if fd < 0 {
            return None;
        }
        let is_named = unistd::write(fd, fresh.as_ptr().cast(), BYTES) == BYTES as isize
            && unistd::link(name, text(path)) == 0;
        let error = crate::libc::errno();
        unistd::unlink(name);
        if is_named {
            return Some(fd);
        }
        unistd::close(fd);
        fail(error, None)
    }
}

/// sem_open(3)
pub unsafe extern "C" fn sem_open(
    name: *const c_char,
    flags: c_int,
    mode: abi::mode_t,
    value: c_uint,
) -> *mut Semaphore {
    // SAFETY: the caller gives a string.
    let Ok(path) = (unsafe { shm_path(name, PREFIX) }) else { return fail(abi::EINVAL, null_mut()) };
    held_off(|| open_or_create(&path, flags, mode, value))
}

fn open_or_create(path: &ShmPath, flags: c_int, mode: abi::mode_t, value: c_uint) -> *mut Semaphore {
    let fd = loop {
        let creates = flags & abi::O_CREAT != 0;
        if !creates || flags & abi::O_EXCL == 0 {
            match open_existing(path) {
                Some(fd) => break fd,
                None if creates && crate::libc::errno() == abi::ENOENT => {}
                None => return null_mut(),
            }
        }
        match create(path, mode, value) {
            Some(fd) => break fd,
            // Somebody else was first: open theirs.
            None if crate::libc::errno() == abi::EEXIST && flags & abi::O_EXCL == 0 => {}
            None => return null_mut(),
        }
    };
    let semaphore = semaphore_of(fd);
    let error = crate::libc::errno();
    // SAFETY: opened above.
    unsafe { unistd::close(fd) };
    set_errno(error);
    semaphore.unwrap_or(null_mut())
}

/// sem_close(3)
pub unsafe extern "C" fn sem_close(semaphore: *mut Semaphore) -> c_int {
    let gone = with_list(|first| {
        let mut link = first.as_ptr();
        // SAFETY: entries live while they are in the list, which is locked.
        unsafe {
            while let Some(open) = (*link).as_mut() {
                if open.semaphore != semaphore {
                    link = &raw mut open.next;
                    continue;
                }
                open.times -= 1;
                if open.times != 0 {
                    return Some(false);
                }
                let entry = *link;
                *link = open.next;
                free(entry.cast());
                return Some(true);
            }
        }
        None
    });
    match gone {
        None => fail(abi::EINVAL, -1),
        Some(false) => 0,
        // SAFETY: mapped by `semaphore_of`, and nobody has it open any more.
        Some(true) => unsafe { sys_mman::munmap(semaphore as usize, BYTES) },
    }
}

/// sem_unlink(3)
pub unsafe extern "C" fn sem_unlink(name: *const c_char) -> c_int {
    // SAFETY: the caller gives a string; the path is ours.
    match unsafe { shm_path(name, PREFIX) } {
        // SAFETY: a C string that lives until the call returns.
        Ok(path) => unsafe { unistd::unlink(text(&path)) },
        Err(_) => fail(abi::ENOENT, -1),
    }
}
