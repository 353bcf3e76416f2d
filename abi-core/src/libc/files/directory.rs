//! Directory streams, `dirent.h`. A stream lies in the program's heap.

use core::ffi::{c_char, c_int, c_long};
use core::sync::atomic::{AtomicU32, Ordering};

use super::{bytes_of, fail_null, release};
use crate::abi::{self, Errno, dirent};
use crate::boundary::user::{UserPtr, UserStr};
use crate::exports::{fcntl, sys_stat, unistd};
use crate::libc::guest_vec::{GuestVec, OutOfMemory};
use crate::libc::malloc::{malloc, realloc};
use crate::libc::{errno, set_errno};

/// How much is read at a time.
const BUFFER_BYTES: usize = 32768;
/// Bytes of an entry before its name.
const HEAD_BYTES: usize = 19;

/// `DIR`
#[repr(C)]
pub struct Stream {
    fd: c_int,
    lock: AtomicU32,
    /// Where the next entry is in the buffer.
    at: usize,
    /// How much of the buffer is filled.
    filled: usize,
    /// The position after the last entry given, for telldir.
    position: c_long,
    buffer: [u64; BUFFER_BYTES / 8],
}

impl Stream {
    /// Keeps other threads out for as long as the guard lives.
    fn lock(&self) -> impl Drop + use<> {
        struct Guard(*const AtomicU32);
        impl Drop for Guard {
            fn drop(&mut self) {
                // SAFETY: the stream outlives its use.
                unsafe { (*self.0).store(0, Ordering::Release) };
            }
        }
        while self.lock.swap(1, Ordering::Acquire) != 0 {
            core::hint::spin_loop();
        }
        Guard(&raw const self.lock)
    }

    unsafe fn next(&mut self) -> *mut dirent {
        if self.at >= self.filled {
            let before = errno();
            // SAFETY: the buffer is ours and that long.
            let n = unsafe { unistd::getdents64(self.fd, self.buffer.as_mut_ptr().cast(), BUFFER_BYTES) };
            self.at = 0;
            self.filled = usize::try_from(n).unwrap_or(0);
            if n <= 0 {
                // A folder that was removed has no entries any more.
                if n == 0 || errno() == Errno::ENOENT.0 {
                    set_errno(before);
                }
                return core::ptr::null_mut();
            }
        }
        // SAFETY: the kernel filled whole entries, each at a multiple of 8.
        unsafe {
            let entry = self.buffer.as_mut_ptr().cast::<u8>().add(self.at).cast::<dirent>();
            self.at += usize::from((*entry).d_reclen);
            self.position = (*entry).d_off;
            entry
        }
    }
}

/// opendir(3)
pub unsafe extern "C" fn opendir(path: *const c_char) -> *mut Stream {
    let flags = abi::O_RDONLY | abi::O_DIRECTORY | abi::O_CLOEXEC | abi::O_NONBLOCK;
    // SAFETY: the caller's promise.
    unsafe {
        let fd = fcntl::open(UserStr::new(path.addr()), flags, 0);
        if fd < 0 {
            return core::ptr::null_mut();
        }
        let stream = make(fd);
        if stream.is_null() {
            unistd::close(fd);
        }
        stream
    }
}

unsafe fn make(fd: c_int) -> *mut Stream {
    // SAFETY: a new block of that size; all but the buffer is written.
    unsafe {
        let stream = malloc(size_of::<Stream>()).cast::<Stream>();
        if !stream.is_null() {
            (&raw mut (*stream).fd).write(fd);
            (&raw mut (*stream).lock).write(AtomicU32::new(0));
            (&raw mut (*stream).at).write(0);
            (&raw mut (*stream).filled).write(0);
            (&raw mut (*stream).position).write(0);
        }
        stream
    }
}

/// fdopendir(3)
pub unsafe extern "C" fn fdopendir(fd: c_int) -> *mut Stream {
    // SAFETY: all-zero is a value; the struct is ours.
    unsafe {
        let mut stat: abi::stat = core::mem::zeroed();
        if sys_stat::fstat(fd, UserPtr::new((&raw mut stat).addr())) != 0 {
            return core::ptr::null_mut();
        }
        if stat.st_mode & abi::S_IFMT != abi::S_IFDIR {
            return fail_null(Errno::ENOTDIR);
        }
        make(fd)
    }
}

/// closedir(3)
pub unsafe extern "C" fn closedir(stream: *mut Stream) -> c_int {
    if stream.is_null() {
        return super::fail(Errno::EINVAL);
    }
    // SAFETY: the caller's stream, used for the last time.
    unsafe {
        let fd = (*stream).fd;
        release(stream);
        unistd::close(fd)
    }
}

/// readdir(3)
pub unsafe extern "C" fn readdir(stream: *mut Stream) -> *mut dirent {
    // SAFETY: the caller's stream.
    unsafe {
        let _guard = (*stream).lock();
        (*stream).next()
    }
}

/// Reads all names but `.` and `..`, each ended by a NUL.
pub(super) fn names(stream: *mut Stream) -> Result<GuestVec<u8>, OutOfMemory> {
    let mut names = GuestVec::new();
    loop {
        // SAFETY: a stream of this library's own, and its entry.
        let name = unsafe {
            let entry = readdir(stream);
            if entry.is_null() {
                return Ok(names);
            }
            bytes_of((&raw const (*entry).d_name).cast())
        };
        if name != b"." && name != b".." {
            names.extend(name)?;
            names.push(0)?;
        }
    }
}

/// readdir_r(3): returns the error number.
pub unsafe extern "C" fn readdir_r(
    stream: *mut Stream,
    entry: *mut dirent,
    result: *mut *mut dirent,
) -> c_int {
    // SAFETY: the caller's stream and buffers.
    unsafe {
        let _guard = (*stream).lock();
        let before = errno();
        set_errno(0);
        let found = (*stream).next();
        let error = errno();
        set_errno(before);
        if found.is_null() {
            result.write(found);
            return error;
        }
        let len = usize::from((*found).d_reclen).min(size_of::<dirent>());
        core::ptr::copy_nonoverlapping(found.cast::<u8>(), entry.cast::<u8>(), len);
        result.write(entry);
        0
    }
}

/// rewinddir(3)
pub unsafe extern "C" fn rewinddir(stream: *mut Stream) {
    // SAFETY: the caller's stream.
    unsafe { seekdir(stream, 0) };
}

/// telldir(3)
pub unsafe extern "C" fn telldir(stream: *mut Stream) -> c_long {
    // SAFETY: the caller's stream.
    unsafe { (*stream).position }
}

/// seekdir(3)
pub unsafe extern "C" fn seekdir(stream: *mut Stream, position: c_long) {
    // SAFETY: the caller's stream.
    unsafe {
        let _guard = (*stream).lock();
        unistd::lseek((*stream).fd, position, abi::SEEK_SET);
        (*stream).at = 0;
        (*stream).filled = 0;
        (*stream).position = position;
    }
}

/// dirfd(3)
pub unsafe extern "C" fn dirfd(stream: *mut Stream) -> c_int {
    // SAFETY: the caller's stream.
    unsafe { (*stream).fd }
}

/// Decides whether scandir keeps an entry.
pub type Filter = Option<unsafe extern "C" fn(*const dirent) -> c_int>;
/// Compares two entries for scandir.
pub type Compare = Option<unsafe extern "C" fn(*mut *const dirent, *mut *const dirent) -> c_int>;

/// scandir(3)
pub unsafe extern "C" fn scandir(
    path: *const c_char,
    list: *mut *mut *mut dirent,
    filter: Filter,
    compare: Compare,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { scandirat(abi::AT_FDCWD, path, list, filter, compare) }
}

/// scandirat(3)
pub unsafe extern "C" fn scandirat(
    dirfd: c_int,
    path: *const c_char,
    list: *mut *mut *mut dirent,
    filter: Filter,
    compare: Compare,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        let flags = abi::O_RDONLY | abi::O_DIRECTORY | abi::O_CLOEXEC;
        let fd = fcntl::openat(dirfd, UserStr::new(path.addr()), flags, 0);
        if fd < 0 {
            return -1;
        }
        let stream = make(fd);
        if stream.is_null() {
            unistd::close(fd);
            return -1;
        }
        let mut found = List { entries: core::ptr::null_mut(), count: 0, room: 0 };
        let before = errno();
        set_errno(0);
        loop {
            let entry = (*stream).next();
            if entry.is_null() {
                break;
            }
            if filter.is_none_or(|keeps| keeps(entry) != 0) && !found.push(entry) {
                set_errno(Errno::ENOMEM.0);
                break;
            }
        }
        let error = errno();
        closedir(stream);
        if error != 0 {
            found.free();
            set_errno(error);
            return -1;
        }
        set_errno(before);
        if let Some(compare) = compare {
            found.sort(compare);
        }
        list.write(found.entries);
        found.count as c_int
    }
}

/// The entries that scandir collects, in the program's heap.
struct List {
    entries: *mut *mut dirent,
    count: usize,
    room: usize,
}

impl List {
    unsafe fn push(&mut self, entry: *const dirent) -> bool {
        // SAFETY: blocks of the sizes asked for; `entry` is whole.
        unsafe {
            if self.count == self.room {
                let room = (self.room * 2).max(16);
                let grown = realloc(self.entries.cast(), room * size_of::<*mut dirent>());
                if grown.is_null() {
                    return false;
                }
                self.entries = grown.cast();
                self.room = room;
            }
            let len = usize::from((*entry).d_reclen);
            let copy = malloc(len).cast::<u8>();
            if copy.is_null() {
                return false;
            }
            core::ptr::copy_nonoverlapping(entry.cast::<u8>(), copy, len);
            self.entries.add(self.count).write(copy.cast());
            self.count += 1;
        }
        true
    }

    /// Sorts by a heap: no memory is needed, and no order of entries makes it slow.
    unsafe fn sort(
        &mut self,
        compare: unsafe extern "C" fn(*mut *const dirent, *mut *const dirent) -> c_int,
    ) {
        // SAFETY: indices are below `count`; the program's function gets pointers to its entries.
        unsafe {
            let entries = self.entries;
            let sift = |mut root: usize, count: usize| loop {
                let mut child = 2 * root + 1;
                if child >= count {
                    return;
                }
                let is_less = |a: usize, b: usize| compare(entries.add(a).cast(), entries.add(b).cast()) < 0;
                if child + 1 < count && is_less(child, child + 1) {
                    child += 1;
                }
                if !is_less(root, child) {
                    return;
                }
                entries.add(root).swap(entries.add(child));
                root = child;
            };
            (0..self.count / 2).rev().for_each(|root| sift(root, self.count));
            for last in (1..self.count).rev() {
                entries.swap(entries.add(last));
                sift(0, last);
            }
        }
    }

    unsafe fn free(&mut self) {
        // SAFETY: blocks of `push`.
        unsafe {
            for i in 0..self.count {
                release(self.entries.add(i).read());
            }
            release(self.entries);
        }
    }
}

unsafe fn name<'a>(entry: *mut *const dirent) -> &'a [u8] {
    // SAFETY: the caller gives a pointer to an entry, whose name follows its head.
    unsafe { bytes_of((*entry).cast::<c_char>().add(HEAD_BYTES)) }
}

/// alphasort(3), in the order of bytes, which is the C locale's.
pub unsafe extern "C" fn alphasort(a: *mut *const dirent, b: *mut *const dirent) -> c_int {
    // SAFETY: the caller's entries.
    unsafe { name(a).cmp(name(b)) as c_int }
}

/// versionsort(3)
pub unsafe extern "C" fn versionsort(a: *mut *const dirent, b: *mut *const dirent) -> c_int {
    // SAFETY: the caller's entries; names end with a NUL.
    unsafe { crate::exports::string::strverscmp(name(a).as_ptr().cast(), name(b).as_ptr().cast()) }
}
