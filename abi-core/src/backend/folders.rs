//! The host's folders, for `--root host`, `--root DIR` and `--mount`: an exception to the floor's charter.
//!
//! Paths are absolute host paths as bytes. Nothing follows a symbolic link in the last component: `fs` resolves
//! links itself, so that the guest's own root and overlay hold. Errors are Linux error numbers, since that is what
//! a host gives and what the guest gets.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::ObjectId;

/// A Linux error number from the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FolderError(pub i32);

/// The result of a folder call.
pub type Result<T> = core::result::Result<T, FolderError>;

/// What the host says of a file, in the units of `stat(2)`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FolderStat {
    /// `st_mode`: type and permission bits.
    pub mode: u32,
    /// Bytes.
    pub size: u64,
    /// `st_dev`.
    pub dev: u64,
    /// `st_ino`.
    pub ino: u64,
    /// `st_nlink`.
    pub nlink: u64,
    /// `st_uid`.
    pub uid: u32,
    /// `st_gid`.
    pub gid: u32,
    /// `st_rdev`.
    pub rdev: u64,
    /// `st_blocks`, of 512 bytes.
    pub blocks: u64,
    /// `st_blksize`.
    pub block_size: u32,
    /// Nanoseconds since 1970: access, modification, change.
    pub times_ns: [i128; 3],
    /// Nanoseconds since 1970 when it was made, if that is known.
    pub birth_ns: Option<i128>,
}

/// One entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderEntry {
    /// The name, without a slash.
    pub name: Vec<u8>,
    /// `d_ino`.
    pub ino: u64,
    /// `d_type` (`DT_REG` …).
    pub kind: u8,
}

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenFor {
    /// Reading only.
    Reading,
    /// Reading and writing.
    Writing,
    /// The same, with every write going to the end, wherever others have put it.
    Appending,
}

/// What is to be there before an extended attribute is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetXattr {
    /// One of this name, or none.
    Anyway,
    /// None (`EEXIST`).
    New,
    /// One (`ENODATA`).
    Replacing,
}

/// A lock as other programs of the host see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FolderLock {
    /// None.
    None,
    /// Others may have such a lock too.
    Shared,
    /// Nobody else may have one.
    Exclusive,
}

/// A lock that stands in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoundLock {
    /// Which.
    pub lock: FolderLock,
    /// Its first byte.
    pub start: u64,
    /// Its length; 0 is to the end, wherever that will be.
    pub len: u64,
    /// The process it belongs to; -1 if it is an open file's.
    pub pid: i32,
}

/// An open host file.
pub trait FolderFile: Send + Sync {
    /// Reads at `offset`; 0 is the end.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<usize>;
    /// Writes at `offset`.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<usize>;
    /// Sets the length.
    fn set_len(&self, len: u64) -> Result<()>;
    /// Makes it durable.
    fn sync(&self) -> Result<()>;
    /// Sets the permission bits, as [`Folders::set_mode`]; not everything has some that can be.
    fn set_mode(&self, _mode: u32) -> Result<()> {
        Err(NOT_ALLOWED)
    }
    /// Sets the times, as [`Folders::set_times`].
    fn set_times(&self, _access_ns: Option<i128>, _modification_ns: Option<i128>) -> Result<()> {
        Err(NOT_ALLOWED)
    }
    /// Returns what the host says of it now.
    fn stat(&self) -> Result<FolderStat>;
    /// Changes this open file's lock of flock(2), and waits for nothing.
    fn lock_whole(&self, _lock: FolderLock) -> Result<()> {
        Err(NO_LOCKS)
    }
    /// Changes this open file's lock of some bytes, as `F_OFD_SETLK` of fcntl(2); a length of 0 is to the end.
    fn lock_bytes(&self, _lock: FolderLock, _start: u64, _len: u64) -> Result<()> {
        Err(NO_LOCKS)
    }
    /// Returns the object whose pages are the file's own, wherever they are changed; it lives as long as this does. Not
    /// every host's files have one.
    fn object(&self) -> Option<ObjectId> {
        None
    }
    /// Returns what would keep it from having a lock of some bytes.
    fn find_lock(&self, _lock: FolderLock, _start: u64, _len: u64) -> Result<Option<FoundLock>> {
        Err(NO_LOCKS)
    }
}

/// Where a move in a file begins, or what it looks for (lseek(2)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Whence {
    /// The file's start.
    Start = 0,
    /// Where it is.
    Here = 1,
    /// The file's end.
    End = 2,
    /// The next byte that is not in a hole.
    Data = 3,
    /// The next hole.
    Hole = 4,
}

impl Whence {
    /// Returns the one with a number, which is lseek(2)'s too.
    pub const fn from_number(number: i32) -> Option<Self> {
        match number {
            0 => Some(Self::Start),
            1 => Some(Self::Here),
            2 => Some(Self::End),
            3 => Some(Self::Data),
            4 => Some(Self::Hole),
            _ => None,
        }
    }
}

/// A file of the host that a standard stream leads to. The host keeps where it is, which other programs share.
pub trait StreamFile: FolderFile {
    /// Reads where it is; 0 is the end.
    fn read(&self, buf: &mut [u8]) -> Result<usize>;
    /// Writes where it is.
    fn write(&self, bytes: &[u8]) -> Result<usize>;
    /// Moves.
    fn seek(&self, offset: i64, whence: Whence) -> Result<u64>;
    /// Returns the access mode and the status flags that it was opened with (`O_…`).
    fn flags(&self) -> Result<i32>;
    /// Returns its path on the host.
    fn path(&self) -> Result<Vec<u8>>;
}

/// The host's folders.
pub trait Folders: Sync {
    /// Says what `path` is, not following a link.
    fn stat(&self, path: &[u8]) -> Result<FolderStat>;
    /// Lists a folder, without `.` and `..`.
    fn list(&self, path: &[u8]) -> Result<Vec<FolderEntry>>;
    /// Reads a symbolic link.
    fn read_link(&self, path: &[u8]) -> Result<Vec<u8>>;
    /// Opens a regular file.
    fn open(&self, path: &[u8], purpose: OpenFor) -> Result<Box<dyn FolderFile>>;
    /// Makes a new regular file with these permission bits; fails if anything is there.
    fn create(&self, path: &[u8], mode: u32) -> Result<Box<dyn FolderFile>>;
    /// Makes a folder.
    fn make_folder(&self, path: &[u8], mode: u32) -> Result<()>;
    /// Makes a symbolic link.
    fn make_link(&self, path: &[u8], target: &[u8]) -> Result<()>;
    /// Makes another name for a file.
    fn hard_link(&self, from: &[u8], to: &[u8]) -> Result<()>;
    /// Removes a file or link.
    fn remove(&self, path: &[u8]) -> Result<()>;
    /// Removes an empty folder.
    fn remove_folder(&self, path: &[u8]) -> Result<()>;
    /// Renames, replacing what may be replaced.
    fn rename(&self, from: &[u8], to: &[u8]) -> Result<()>;
    /// Sets the permission bits.
    fn set_mode(&self, path: &[u8], mode: u32) -> Result<()>;
    /// Sets access and modification time, nanoseconds since 1970; `None` leaves one as it is.
    fn set_times(&self, path: &[u8], access_ns: Option<i128>, modification_ns: Option<i128>) -> Result<()>;
    /// Reads an extended attribute; not every host has them.
    fn xattr(&self, _path: &[u8], _name: &[u8]) -> Result<Vec<u8>> {
        Err(NO_XATTRS)
    }
    /// Lists the names of extended attributes, each with a NUL after it.
    fn xattr_names(&self, _path: &[u8]) -> Result<Vec<u8>> {
        Err(NO_XATTRS)
    }
    /// Sets an extended attribute.
    fn set_xattr(&self, _path: &[u8], _name: &[u8], _value: &[u8], _how: SetXattr) -> Result<()> {
        Err(NO_XATTRS)
    }
    /// Removes an extended attribute.
    fn remove_xattr(&self, _path: &[u8], _name: &[u8]) -> Result<()> {
        Err(NO_XATTRS)
    }
}

/// What a host says that has no extended attributes (`EOPNOTSUPP`).
const NO_XATTRS: FolderError = FolderError(95);
/// What a file says whose attributes can't be set (`EPERM`).
const NOT_ALLOWED: FolderError = FolderError(1);
/// What a file says that can't be locked (`ENOLCK`).
const NO_LOCKS: FolderError = FolderError(37);
