//! Inodes: files as the file systems keep them.
//!
//! Every file system implements [`Inode`] for its own nodes. Defaults answer as Linux does for files that are not of
//! the kind an operation is about, so a node says only what it can do.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::attributes::Attributes;
use super::file::{File, Location, OpenFile};
use super::mount::Mounted;
use crate::abi::{self, Errno, Result};
use crate::backend::folders::SetXattr;
use crate::kernel::{Context, try_kernel};
use crate::mm::{PageCache, PageSource, SharedPages};

/// A shared reference to an inode.
pub type InodeRef = Arc<dyn Inode>;

/// What tells inodes apart: device and number, or a node's address.
pub type Identity = (u64, u64);

/// The longest file name.
pub const NAME_MAX_BYTES: usize = 255;

/// What a new directory entry is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewFile<'a> {
    /// A regular file.
    Regular,
    /// A directory.
    Directory,
    /// A symbolic link to this path.
    Symlink(&'a [u8]),
    /// A fifo, socket or device: `S_IFIFO`, `S_IFSOCK`, `S_IFCHR` or `S_IFBLK`, and the device number.
    Special(u32, u64),
}

/// One entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// The name.
    pub name: Vec<u8>,
    /// `d_ino`.
    pub ino: u64,
    /// `d_type`.
    pub kind: u8,
}

/// How [`Inode::rename`] treats what has the new name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RenameMode {
    /// It is replaced.
    Replace,
    /// The rename fails with `EEXIST` (`RENAME_NOREPLACE`).
    NoReplace,
    /// Both change places (`RENAME_EXCHANGE`).
    Exchange,
}

/// What `statfs(2)` says of a file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileSystemInfo {
    /// The name in `/proc/mounts`.
    pub name: &'static str,
    /// `f_type`.
    pub magic: i64,
    /// Whether it can't be written.
    pub is_read_only: bool,
}

/// Where lseek(2) may go in what is read as a whole: a directory, or a file of `/proc` or `/sys`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// There is no end to count from.
    Endless,
    /// It has a length, and positions go so far.
    Bounded(u64, u64),
}

/// One file, directory, link or device of a file system.
pub trait Inode: Send + Sync {
    /// Returns what tells it apart from others.
    fn identity(&self) -> Identity;
    /// Returns its type, one of the `S_IF…` bits of `st_mode`.
    fn file_type(&self) -> u32;
    /// Says what `stat(2)` says.
    fn attributes(&self) -> Result<Attributes>;
    /// Describes its file system.
    fn file_system(&self) -> FileSystemInfo;
    /// Says where lseek(2) may go in it, if it is no regular file of a file system.
    fn extent(&self) -> Extent {
        Extent::Endless
    }
    /// Tells whether it can be made zero in part where that must not leave a hole (`FALLOC_FL_ZERO_RANGE`).
    fn has_zero_ranges(&self) -> bool {
        true
    }
    /// Tells whether it is a process's directory.
    fn is_process(&self) -> bool {
        false
    }

    /// Finds an entry of a directory (never `.` or `..`).
    fn lookup(&self, _name: &[u8]) -> Result<InodeRef> {
        Err(Errno::ENOTDIR)
    }
    /// Finds an entry of a directory together with what it says of itself.
    fn lookup_with_attributes(&self, name: &[u8]) -> Result<(InodeRef, Attributes)> {
        let inode = self.lookup(name)?;
        let attributes = inode.attributes()?;
        Ok((inode, attributes))
    }
    /// Tells whether an entry of a directory, or that there is none, is found without asking anybody outside.
    fn knows(&self, _name: &[u8]) -> bool {
        true
    }
    /// Lists a directory, without `.` and `..`.
    fn entries(&self) -> Result<Vec<DirectoryEntry>> {
        Err(Errno::ENOTDIR)
    }
    /// Returns a directory's parent and its name there; `None` for a file system's root and other files.
    fn parent(&self) -> Option<(InodeRef, Vec<u8>)> {
        None
    }
    /// Tells whether a directory was removed.
    fn is_removed(&self) -> bool {
        false
    }
    /// Makes an entry; `EEXIST` if there is one.
    fn create(&self, _name: &[u8], _new: NewFile<'_>, _mode: u32) -> Result<InodeRef> {
        Err(self.not_a_directory_or(Errno::EROFS))
    }
    /// Makes a file without a name in a directory (`O_TMPFILE`).
    fn create_unnamed(&self, _mode: u32) -> Result<InodeRef> {
        Err(self.not_a_directory_or(Errno::EOPNOTSUPP))
    }
    /// Makes another name for a file of the same file system.
    fn link(&self, _name: &[u8], _file: &InodeRef) -> Result<()> {
        Err(self.not_a_directory_or(Errno::EROFS))
    }
    /// Removes a name of something that is not a directory.
    fn unlink(&self, _name: &[u8]) -> Result<()> {
        Err(self.not_a_directory_or(Errno::EROFS))
    }
    /// Removes an empty directory.
    fn rmdir(&self, _name: &[u8]) -> Result<()> {
        Err(self.not_a_directory_or(Errno::EROFS))
    }
    /// Moves an entry to another directory of the same file system.
    fn rename(&self, _name: &[u8], _to: &InodeRef, _new_name: &[u8], _mode: RenameMode) -> Result<()> {
        Err(self.not_a_directory_or(Errno::EROFS))
    }

    /// Reads a symbolic link.
    fn read_link(&self) -> Result<Vec<u8>> {
        Err(Errno::EINVAL)
    }
    /// Returns what a link of `/proc/self/fd` leads to, which need not have a path, and where that was opened.
    fn magic_target(&self, _cx: Context<'_>) -> Option<Result<(Mounted, Option<Location>)>> {
        None
    }

    /// Tells whether it is a link whose target need not be where its text says (symlink(7): magic links).
    fn is_magic_link(&self) -> bool {
        false
    }

    /// Opens a special file; `None` where the type alone says how (regular files, directories).
    fn open_special(&self, _cx: Context<'_>, _flags: i32) -> Option<Result<Arc<dyn File>>> {
        None
    }
    /// A regular file is being opened with these flags.
    fn open_regular(&self, _flags: i32) -> Result<()> {
        Ok(())
    }
    /// Reads a regular file; 0 is the end.
    fn read_at(&self, _offset: u64, _buf: &mut [u8]) -> Result<usize> {
        Err(Errno::EINVAL)
    }
    /// Writes a regular file.
    fn write_at(&self, _offset: u64, _bytes: &[u8]) -> Result<usize> {
        Err(Errno::EINVAL)
    }
    /// Makes a part of a regular file, which starts inside it, read zero; its length stays.
    fn clear(&self, start: u64, end: u64) -> Result<()> {
        let (zeros, mut at) = ([0; 4096], start);
        let end = end.min(self.len_bytes());
        while at < end {
            at += self.write_at(at, &zeros[..zeros.len().min((end - at) as usize)])? as u64;
        }
        Ok(())
    }
    /// Writes at a regular file's end; returns how many bytes went and the new end.
    fn append(&self, bytes: &[u8]) -> Result<(usize, u64)> {
        let end = self.len_bytes();
        let n = self.write_at(end, bytes)?;
        Ok((n, end + n as u64))
    }
    /// Returns a regular file's length.
    fn len_bytes(&self) -> u64 {
        self.attributes().map_or(0, |attributes| attributes.size)
    }
    /// Sets a regular file's length.
    fn set_len(&self, _len_bytes: u64) -> Result<()> {
        Err(Errno::EINVAL)
    }
    /// Returns a regular file's pages for shared mappings, which may be stored to or never are.
    fn shared_pages(&self, _may_write: bool) -> Result<SharedPages> {
        Err(Errno::ENODEV)
    }
    /// Returns the cache that shared mappings of a regular file show now.
    fn cache(&self) -> Option<Arc<dyn PageCache>> {
        None
    }
    /// Returns a regular file's bytes where they lie in kernel memory for good.
    fn in_place(&self) -> Option<&'static [u8]> {
        None
    }
    /// Makes a regular file durable.
    fn sync(&self) -> Result<()> {
        Ok(())
    }
    /// Makes sure the file may be written: its file system isn't read-only.
    fn check_writable(&self) -> Result<()> {
        if self.file_system().is_read_only { Err(Errno::EROFS) } else { Ok(()) }
    }
    /// Sets the permission bits.
    fn set_mode(&self, _mode: u32) -> Result<()> {
        Err(Errno::EROFS)
    }
    /// Sets owner and group; `None` leaves one as it is.
    fn set_owner(&self, _uid: Option<u32>, _gid: Option<u32>) -> Result<()> {
        Err(Errno::EROFS)
    }
    /// Sets access and modification time, in nanoseconds since 1970; `None` leaves one as it is.
    fn set_times(&self, _access_ns: Option<i128>, _modification_ns: Option<i128>) -> Result<()> {
        Err(Errno::EROFS)
    }
    /// Returns the seals of a memory file (`F_GET_SEALS`), where it can have some.
    fn seals(&self) -> Option<&core::sync::atomic::AtomicU32> {
        None
    }
    /// Reads an extended attribute; `EOPNOTSUPP` where there can be none.
    fn xattr(&self, _name: &[u8]) -> Result<Vec<u8>> {
        Err(Errno::EOPNOTSUPP)
    }
    /// Lists the names of the extended attributes, each with a NUL after it.
    fn xattr_names(&self) -> Result<Vec<u8>> {
        Ok(Vec::new())
    }
    /// Sets an extended attribute.
    fn set_xattr(&self, _name: &[u8], _value: &[u8], _how: SetXattr) -> Result<()> {
        Err(Errno::EOPNOTSUPP)
    }
    /// Removes an extended attribute.
    fn remove_xattr(&self, _name: &[u8]) -> Result<()> {
        Err(Errno::EOPNOTSUPP)
    }
    /// Returns the node of a [`super::tree::Tree`] this is.
    fn as_tree_node(&self) -> Option<Arc<super::tree::Node>> {
        None
    }
    /// Returns the node of a host folder this is.
    fn as_host_node(&self) -> Option<Arc<super::host::HostNode>> {
        None
    }

    /// Tells whether it is a directory.
    fn is_directory(&self) -> bool {
        self.file_type() == abi::S_IFDIR
    }
    /// Returns `ENOTDIR` for what is not a directory, else `error`.
    fn not_a_directory_or(&self, error: Errno) -> Errno {
        if self.is_directory() { error } else { Errno::ENOTDIR }
    }
}

/// Returns `d_type` of a file type's bits of `st_mode`.
pub const fn entry_kind(file_type: u32) -> u8 {
    ((file_type & abi::S_IFMT) >> 12) as u8
}

/// A regular file as a source of pages.
pub struct InodePages {
    /// The file.
    pub inode: InodeRef,
    /// What maps show.
    pub name: Name,
}

/// What maps show of a file.
pub enum Name {
    /// The path that the loader found, and the file there.
    Path(Vec<u8>, Arc<OpenFile>),
    /// The path that an open file has, which stays open while it is mapped.
    Of(Arc<OpenFile>),
}

impl PageSource for InodePages {
    fn identity(&self) -> (u64, u64) {
        self.inode.attributes().map_or((0, 0), |attributes| (attributes.dev, attributes.ino))
    }
    fn len_bytes(&self) -> u64 {
        self.inode.len_bytes()
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<usize> {
        self.inode.read_at(offset, buf)
    }
    fn shared_pages(&self, may_write: bool) -> Result<SharedPages> {
        self.inode.shared_pages(may_write)
    }
    fn cache(&self) -> Option<Arc<dyn PageCache>> {
        self.inode.cache()
    }
    fn open_file(&self) -> Option<&Arc<OpenFile>> {
        let (Name::Path(_, open) | Name::Of(open)) = &self.name;
        Some(open)
    }
    fn key(&self) -> Option<(u64, u64)> {
        Some(self.inode.identity())
    }
    fn sync(&self) -> Result<()> {
        self.inode.sync()
    }
    fn in_place(&self) -> Option<&'static [u8]> {
        self.inode.in_place()
    }
    fn path(&self) -> Vec<u8> {
        match &self.name {
            Name::Path(path, _) => path.clone(),
            Name::Of(_) => self.path_now(),
        }
    }
    fn path_now(&self) -> Vec<u8> {
        let (Name::Path(_, open) | Name::Of(open)) = &self.name;
        try_kernel().map(|kernel| kernel.fs.path_of_open(open)).unwrap_or_default()
    }
}
