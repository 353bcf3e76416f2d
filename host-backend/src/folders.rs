//! The host's folders, by raw system calls on absolute paths.
#![expect(unsafe_code, reason = "system calls take path pointers")]

use core::mem::MaybeUninit;

use abi_core::backend::ObjectId;
use abi_core::backend::folders::{
    FolderEntry, FolderError, FolderFile, FolderLock, FolderStat, Folders, FoundLock, OpenFor, Result,
    SetXattr,
};

use crate::sys::{self, call};

/// The host's folders.
#[derive(Debug)]
pub struct HostFolders;

const AT_FDCWD: i32 = libc::AT_FDCWD;

pub(crate) fn error(errno: abi_core::abi::Errno) -> FolderError {
    FolderError(errno.0)
}

/// The longest value of an extended attribute, and the longest list of names.
const XATTR_BYTES: usize = 65536;

/// A path with its NUL.
struct CPath(Vec<u8>);

impl CPath {
    fn new(path: &[u8]) -> Result<Self> {
        if path.contains(&0) {
            return Err(FolderError(libc::ENOENT));
        }
        let mut bytes = Vec::with_capacity(path.len() + 1);
        bytes.extend_from_slice(path);
        bytes.push(0);
        Ok(Self(bytes))
    }

    fn as_ptr(&self) -> *const u8 {
        self.0.as_ptr()
    }
}

/// What statx(2) is asked for.
const WANTED: u32 = libc::STATX_BASIC_STATS | libc::STATX_BTIME;

fn nanoseconds(time: libc::statx_timestamp) -> i128 {
    i128::from(time.tv_sec) * 1_000_000_000 + i128::from(time.tv_nsec)
}

fn convert(statx: &libc::statx) -> FolderStat {
    FolderStat {
        mode: u32::from(statx.stx_mode),
        size: statx.stx_size,
        dev: libc::makedev(statx.stx_dev_major, statx.stx_dev_minor),
        ino: statx.stx_ino,
        nlink: u64::from(statx.stx_nlink),
        uid: statx.stx_uid,
        gid: statx.stx_gid,
        rdev: libc::makedev(statx.stx_rdev_major, statx.stx_rdev_minor),
        blocks: statx.stx_blocks,
        block_size: statx.stx_blksize,
        times_ns: [statx.stx_atime, statx.stx_mtime, statx.stx_ctime].map(nanoseconds),
        birth_ns: (statx.stx_mask & libc::STATX_BTIME != 0).then(|| nanoseconds(statx.stx_btime)),
    }
}

/// Calls statx(2) with a path that ends with a NUL.
fn statx(at: i32, path: *const u8, flags: i32) -> Result<FolderStat> {
    let mut of = MaybeUninit::<libc::statx>::zeroed();
    // SAFETY: the path ends with a NUL; fills one statx.
    unsafe { call!(SYS_statx, at, path, flags, WANTED, of.as_mut_ptr()) }.map_err(error)?;
    // SAFETY: zeroed and filled.
    Ok(convert(&unsafe { of.assume_init() }))
}

/// An open host file; closed when dropped.
#[derive(Debug)]
pub(crate) struct HostFile(i32);

impl HostFile {
    /// Makes the file of a descriptor that stays open; the value must be static.
    pub(crate) const fn borrowed(fd: i32) -> Self {
        Self(fd)
    }

    pub(crate) fn descriptor(&self) -> i32 {
        self.0
    }
}

impl Drop for HostFile {
    fn drop(&mut self) {
        sys::close(self.0);
    }
}

impl FolderFile for HostFile {
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<usize> {
        // SAFETY: the buffer is ours and that long.
        unsafe { call!(SYS_pread64, self.0, buf.as_mut_ptr(), buf.len(), offset) }.map_err(error)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<usize> {
        // SAFETY: the bytes are that long.
        unsafe { call!(SYS_pwrite64, self.0, bytes.as_ptr(), bytes.len(), offset) }.map_err(error)
    }

    fn set_len(&self, len: u64) -> Result<()> {
        sys::ftruncate(self.0, len).map_err(error)
    }

    fn sync(&self) -> Result<()> {
        // SAFETY: takes no pointer.
        unsafe { call!(SYS_fsync, self.0) }.map(drop).map_err(error)
    }

    fn set_mode(&self, mode: u32) -> Result<()> {
        // SAFETY: takes no pointer.
        unsafe { call!(SYS_fchmod, self.0, mode) }.map(drop).map_err(error)
    }

    fn set_times(&self, access_ns: Option<i128>, modification_ns: Option<i128>) -> Result<()> {
        let times = [access_ns, modification_ns].map(timespec);
        // SAFETY: reads two timespecs; without a path it is about the descriptor.
        unsafe { call!(SYS_utimensat, self.0, core::ptr::null::<u8>(), times.as_ptr(), 0) }
            .map(drop)
            .map_err(error)
    }

    fn stat(&self) -> Result<FolderStat> {
        statx(self.0, c"".as_ptr().cast(), libc::AT_EMPTY_PATH)
    }

    fn object(&self) -> Option<ObjectId> {
        // Objects go by their descriptors.
        Some(ObjectId(self.0 as u64))
    }

    fn lock_whole(&self, lock: FolderLock) -> Result<()> {
        let operation = match lock {
            FolderLock::None => libc::LOCK_UN,
            FolderLock::Shared => libc::LOCK_SH,
            FolderLock::Exclusive => libc::LOCK_EX,
        };
        // SAFETY: takes no pointer.
        unsafe { call!(SYS_flock, self.0, operation | libc::LOCK_NB) }.map(drop).map_err(error)
    }

    fn lock_bytes(&self, lock: FolderLock, start: u64, len: u64) -> Result<()> {
        self.record_lock(libc::F_OFD_SETLK, lock, start, len).map(drop)
    }

    fn find_lock(&self, lock: FolderLock, start: u64, len: u64) -> Result<Option<FoundLock>> {
        let found = self.record_lock(libc::F_OFD_GETLK, lock, start, len)?;
        let lock = match i32::from(found.l_type) {
            libc::F_RDLCK => FolderLock::Shared,
            libc::F_WRLCK => FolderLock::Exclusive,
            _ => return Ok(None),
        };
        let (start, len) = (found.l_start as u64, found.l_len as u64);
        Ok(Some(FoundLock { lock, start, len, pid: found.l_pid }))
    }
}

impl HostFile {
    fn record_lock(&self, command: i32, lock: FolderLock, start: u64, len: u64) -> Result<libc::flock> {
        let kind = match lock {
            FolderLock::None => libc::F_UNLCK,
            FolderLock::Shared => libc::F_RDLCK,
            FolderLock::Exclusive => libc::F_WRLCK,
        };
        let mut request = libc::flock {
            l_type: kind as i16,
            l_whence: libc::SEEK_SET as i16,
            l_start: start as i64,
            l_len: len as i64,
            l_pid: 0,
        };
        // SAFETY: reads and fills one flock.
        unsafe { call!(SYS_fcntl, self.0, command, &raw mut request) }.map_err(error)?;
        Ok(request)
    }
}

fn open(path: &[u8], flags: i32, mode: u32) -> Result<HostFile> {
    let path = CPath::new(path)?;
    let flags = flags | libc::O_CLOEXEC | libc::O_NOFOLLOW | libc::O_NOCTTY | libc::O_NONBLOCK;
    // SAFETY: the path ends with a NUL.
    let fd = unsafe { call!(SYS_openat, AT_FDCWD, path.as_ptr(), flags, mode) }.map_err(error)?;
    Ok(HostFile(fd as i32))
}

/// Calls `*at(AT_FDCWD, path, …)`.
macro_rules! at {
    ($number:ident, $path:expr $(, $arg:expr)*) => {{
        let path = CPath::new($path)?;
        // SAFETY: the path ends with a NUL; the other arguments are numbers or keep their own promise.
        unsafe { call!($number, AT_FDCWD, path.as_ptr() $(, $arg)*) }.map(drop).map_err(error)
    }};
}

impl Folders for HostFolders {
    fn stat(&self, path: &[u8]) -> Result<FolderStat> {
        statx(AT_FDCWD, CPath::new(path)?.as_ptr(), libc::AT_SYMLINK_NOFOLLOW)
    }

    fn list(&self, path: &[u8]) -> Result<Vec<FolderEntry>> {
        let folder = open(path, libc::O_RDONLY | libc::O_DIRECTORY, 0)?;
        let mut entries = Vec::new();
        let mut buf = vec![0u8; 32 * 1024];
        loop {
            // SAFETY: the buffer is ours and that long.
            let n = unsafe { call!(SYS_getdents64, folder.0, buf.as_mut_ptr(), buf.len()) }.map_err(error)?;
            if n == 0 {
                return Ok(entries);
            }
            collect_entries(&buf[..n.min(buf.len())], &mut entries);
        }
    }

    fn read_link(&self, path: &[u8]) -> Result<Vec<u8>> {
        let path = CPath::new(path)?;
        let mut buf = vec![0u8; libc::PATH_MAX as usize];
        // SAFETY: the path ends with a NUL, the buffer is ours and that long.
        let n = unsafe { call!(SYS_readlinkat, AT_FDCWD, path.as_ptr(), buf.as_mut_ptr(), buf.len()) }
            .map_err(error)?;
        buf.truncate(n);
        Ok(buf)
    }

    fn open(&self, path: &[u8], purpose: OpenFor) -> Result<Box<dyn FolderFile>> {
        let flags = match purpose {
            OpenFor::Reading => libc::O_RDONLY,
            OpenFor::Writing => libc::O_RDWR,
            OpenFor::Appending => libc::O_RDWR | libc::O_APPEND,
        };
        Ok(Box::new(open(path, flags, 0)?))
    }

    fn create(&self, path: &[u8], mode: u32) -> Result<Box<dyn FolderFile>> {
        Ok(Box::new(open(path, libc::O_RDWR | libc::O_CREAT | libc::O_EXCL, mode)?))
    }

    fn make_folder(&self, path: &[u8], mode: u32) -> Result<()> {
        at!(SYS_mkdirat, path, mode)
    }

    fn make_link(&self, path: &[u8], target: &[u8]) -> Result<()> {
        let (path, target) = (CPath::new(path)?, CPath::new(target)?);
        // SAFETY: both paths end with a NUL.
        unsafe { call!(SYS_symlinkat, target.as_ptr(), AT_FDCWD, path.as_ptr()) }.map(drop).map_err(error)
    }

    fn hard_link(&self, from: &[u8], to: &[u8]) -> Result<()> {
        let to = CPath::new(to)?;
        at!(SYS_linkat, from, AT_FDCWD, to.as_ptr(), 0)
    }

    fn remove(&self, path: &[u8]) -> Result<()> {
        at!(SYS_unlinkat, path, 0)
    }

    fn remove_folder(&self, path: &[u8]) -> Result<()> {
        at!(SYS_unlinkat, path, libc::AT_REMOVEDIR)
    }

    fn rename(&self, from: &[u8], to: &[u8]) -> Result<()> {
        let to = CPath::new(to)?;
        at!(SYS_renameat, from, AT_FDCWD, to.as_ptr())
    }

    fn set_mode(&self, path: &[u8], mode: u32) -> Result<()> {
        at!(SYS_fchmodat, path, mode)
    }

    fn xattr(&self, path: &[u8], name: &[u8]) -> Result<Vec<u8>> {
        let (path, name, mut buf) = (CPath::new(path)?, CPath::new(name)?, vec![0u8; XATTR_BYTES]);
        // SAFETY: path and name end with a NUL, the buffer is ours and that long.
        let n = unsafe { call!(SYS_lgetxattr, path.as_ptr(), name.as_ptr(), buf.as_mut_ptr(), buf.len()) }
            .map_err(error)?;
        buf.truncate(n);
        Ok(buf)
    }

    fn xattr_names(&self, path: &[u8]) -> Result<Vec<u8>> {
        let (path, mut buf) = (CPath::new(path)?, vec![0u8; XATTR_BYTES]);
        // SAFETY: the path ends with a NUL, the buffer is ours and that long.
        let n =
            unsafe { call!(SYS_llistxattr, path.as_ptr(), buf.as_mut_ptr(), buf.len()) }.map_err(error)?;
        buf.truncate(n);
        Ok(buf)
    }

    fn set_xattr(&self, path: &[u8], name: &[u8], value: &[u8], how: SetXattr) -> Result<()> {
        let (path, name) = (CPath::new(path)?, CPath::new(name)?);
        let flags = match how {
            SetXattr::Anyway => 0,
            SetXattr::New => libc::XATTR_CREATE,
            SetXattr::Replacing => libc::XATTR_REPLACE,
        };
        let (value, len) = (value.as_ptr(), value.len());
        // SAFETY: path and name end with a NUL, the value is that long.
        unsafe { call!(SYS_lsetxattr, path.as_ptr(), name.as_ptr(), value, len, flags) }
            .map(drop)
            .map_err(error)
    }

    fn remove_xattr(&self, path: &[u8], name: &[u8]) -> Result<()> {
        let (path, name) = (CPath::new(path)?, CPath::new(name)?);
        // SAFETY: path and name end with a NUL.
        unsafe { call!(SYS_lremovexattr, path.as_ptr(), name.as_ptr()) }.map(drop).map_err(error)
    }

    fn set_times(&self, path: &[u8], access_ns: Option<i128>, modification_ns: Option<i128>) -> Result<()> {
        let times = [access_ns, modification_ns].map(timespec);
        at!(SYS_utimensat, path, times.as_ptr(), libc::AT_SYMLINK_NOFOLLOW)
    }
}

fn timespec(nanos: Option<i128>) -> libc::timespec {
    match nanos {
        None => libc::timespec { tv_sec: 0, tv_nsec: libc::UTIME_OMIT },
        Some(nanos) => libc::timespec {
            tv_sec: nanos.div_euclid(1_000_000_000) as i64,
            tv_nsec: nanos.rem_euclid(1_000_000_000) as i64,
        },
    }
}

/// Reads `struct linux_dirent64`s (getdents(2)): inode, offset, record length, type, name.
fn collect_entries(mut bytes: &[u8], entries: &mut Vec<FolderEntry>) {
    const NAME: usize = 19;
    while let Some((head, _)) = bytes.split_at_checked(NAME) {
        let record = usize::from(u16::from_ne_bytes([head[16], head[17]]));
        let Some(name) = bytes.get(NAME..record) else { return };
        let end = name.iter().position(|&byte| byte == 0).unwrap_or(name.len());
        let name = &name[..end];
        if name != b"." && name != b".." {
            let ino = head[..8].iter().rev().fold(0, |ino, &byte| ino << 8 | u64::from(byte));
            entries.push(FolderEntry { name: name.to_vec(), ino, kind: head[18] });
        }
        bytes = &bytes[record..];
    }
}
