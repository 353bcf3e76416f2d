//! Mounts: which file systems are shown where, mount(2).
//!
//! A [`FileSystem`] is what was mounted, a [`Mount`] one place that shows it or a part of it, and [`Mounted`] a file as a
//! mount shows it, which is what walks go along. The [`Table`] says which mount covers what. [`boot`] makes the mounts
//! that a machine starts with, [`change`] those that programs ask for, [`options`] reads what they ask for.

mod boot;
mod change;
mod flags;
mod options;
mod report;
mod table;

pub use report::MountInfo;
pub use table::Table;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Deref;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::file::Location;
use super::inode::{FileSystemInfo, InodeRef, NewFile, RenameMode};
use super::{Fs, tree};
use crate::abi::{self, Errno, Result};

/// Memory file systems say they are tmpfs.
pub const TMPFS: FileSystemInfo = FileSystemInfo { name: "tmpfs", magic: 0x0102_1994, is_read_only: false };

/// A file system that is mounted somewhere, or was and is in use.
pub struct FileSystem {
    root: InodeRef,
    /// `MS_RDONLY` and its like, which hold wherever it is shown.
    flags: AtomicU64,
}

impl FileSystem {
    fn new(root: InodeRef, flags: u64) -> Arc<Self> {
        let own = if root.file_system().is_read_only && !has_no_names(&root) { abi::MS_RDONLY } else { 0 };
        Arc::new(Self { root, flags: AtomicU64::new(flags | own) })
    }

    fn flags(&self) -> u64 {
        self.flags.load(Ordering::Relaxed)
    }

    /// Returns what bounds it, where that is a memory file system.
    fn tree(&self) -> Option<Arc<tree::Tree>> {
        self.root.as_tree_node().map(|node| node.tree())
    }
}

/// Tells whether the file system of `root` refuses new names by itself, and is no read-only one for that.
fn has_no_names(root: &InodeRef) -> bool {
    matches!(root.file_system().name, "proc" | "sysfs")
}

/// One place that shows a file system.
pub struct Mount {
    /// Its number, as `/proc/self/mountinfo` has it.
    pub id: u64,
    root: InodeRef,
    /// What `root` is called in its file system.
    root_path: Vec<u8>,
    file_system: Arc<FileSystem>,
    /// The first field of `/proc/mounts`.
    source: Vec<u8>,
    flags: AtomicU64,
    /// Whether `MNT_EXPIRE` asked for it and nobody went there since.
    expires: AtomicBool,
}

/// The number of the next mount.
static NEXT_ID: AtomicU64 = AtomicU64::new(1);

impl Mount {
    fn new(file_system: &Arc<FileSystem>, source: &[u8], flags: u64) -> Arc<Self> {
        Self::of_part(file_system, file_system.root.clone(), b"/".to_vec(), source, flags)
    }

    fn of_part(
        file_system: &Arc<FileSystem>,
        root: InodeRef,
        root_path: Vec<u8>,
        source: &[u8],
        flags: u64,
    ) -> Arc<Self> {
        Arc::new(Self {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            root,
            root_path,
            file_system: file_system.clone(),
            source: source.into(),
            flags: AtomicU64::new(flags),
            expires: AtomicBool::new(false),
        })
    }

    /// Mounts a file system of the kernel's own, which has no place.
    pub(super) fn internal(root: InodeRef) -> Arc<Self> {
        Self::new(&FileSystem::new(root, 0), b"none", 0)
    }

    fn own_flags(&self) -> u64 {
        self.flags.load(Ordering::Relaxed)
    }

    /// Returns the flags that hold for what it shows: its own and the file system's (`MS_…`).
    pub fn flags(&self) -> u64 {
        self.own_flags() | self.file_system.flags()
    }

    /// Tells whether one of these flags holds.
    pub fn has(&self, flags: u64) -> bool {
        self.flags() & flags != 0
    }

    /// Fails with `EROFS` if nothing may be changed here.
    pub fn check_writable(&self) -> Result<()> {
        if self.has(abi::MS_RDONLY) { Err(Errno::EROFS) } else { Ok(()) }
    }

    /// Returns how many pages and files a memory file system may have and has.
    pub fn usage(&self) -> Option<tree::Usage> {
        Some(self.file_system.tree()?.usage())
    }

    /// Tells whether both show the same file system.
    pub(super) fn shows_same(&self, file_system: &Arc<FileSystem>) -> bool {
        Arc::ptr_eq(&self.file_system, file_system)
    }

    /// Returns what it shows.
    pub(super) fn root(&self) -> &InodeRef {
        &self.root
    }

    /// Returns the file system that it shows.
    pub(super) fn file_system(&self) -> &Arc<FileSystem> {
        &self.file_system
    }
}

/// A file as one mount shows it.
#[derive(Clone)]
pub struct Mounted {
    /// The mount.
    pub mount: Arc<Mount>,
    /// The file.
    pub inode: InodeRef,
}

impl Mounted {
    /// Tells whether it is what its mount shows at its place.
    pub fn is_root(&self) -> bool {
        core::ptr::addr_eq(Arc::as_ptr(&self.inode), Arc::as_ptr(&self.mount.root))
    }
}

impl Deref for Mounted {
    type Target = InodeRef;
    fn deref(&self) -> &InodeRef {
        &self.inode
    }
}

/// What changes a file or a directory asks the mount first.
impl Mounted {
    /// Returns another file of the same mount.
    #[must_use]
    pub fn with(&self, inode: InodeRef) -> Self {
        Self { mount: self.mount.clone(), inode }
    }

    fn root_of(mount: &Arc<Mount>) -> Self {
        Self { mount: mount.clone(), inode: mount.root.clone() }
    }

    /// Tells whether it is the same file by way of the same mount.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.mount, &other.mount) && self.inode.identity() == other.inode.identity()
    }

    /// Tells whether it is what the mount was made for.
    pub fn is_mount_root(&self) -> bool {
        self.inode.identity() == self.mount.root.identity()
    }

    /// Fails if the file may not be changed.
    pub fn check_writable(&self) -> Result<()> {
        self.mount.check_writable()?;
        self.inode.check_writable()
    }

    fn check_same_mount(&self, other: &Self) -> Result<()> {
        if Arc::ptr_eq(&self.mount, &other.mount) { Ok(()) } else { Err(Errno::EXDEV) }
    }

    /// Makes an entry.
    pub fn create(&self, name: &[u8], new: NewFile<'_>, mode: u32) -> Result<Self> {
        self.mount.check_writable()?;
        Ok(self.with(self.inode.create(name, new, mode)?))
    }

    /// Makes a file without a name.
    pub fn create_unnamed(&self, mode: u32) -> Result<Self> {
        self.mount.check_writable()?;
        Ok(self.with(self.inode.create_unnamed(mode)?))
    }

    /// Makes another name for a file.
    pub fn link(&self, name: &[u8], file: &Self) -> Result<()> {
        self.check_same_mount(file)?;
        self.mount.check_writable()?;
        self.inode.link(name, &file.inode)
    }

    /// Removes a name.
    pub fn unlink(&self, name: &[u8]) -> Result<()> {
        self.mount.check_writable()?;
        self.inode.unlink(name)
    }

    /// Removes a directory.
    pub fn rmdir(&self, name: &[u8]) -> Result<()> {
        self.mount.check_writable()?;
        self.inode.rmdir(name)
    }

    /// Moves an entry.
    pub fn rename(&self, name: &[u8], to: &Self, new_name: &[u8], mode: RenameMode) -> Result<()> {
        self.check_same_mount(to)?;
        self.mount.check_writable()?;
        self.inode.rename(name, &to.inode, new_name, mode)
    }

    /// Sets the permission bits.
    pub fn set_mode(&self, mode: u32) -> Result<()> {
        self.mount.check_writable()?;
        self.inode.set_mode(mode)
    }

    /// Sets owner and group.
    pub fn set_owner(&self, uid: Option<u32>, gid: Option<u32>) -> Result<()> {
        self.mount.check_writable()?;
        self.inode.set_owner(uid, gid)
    }

    /// Sets access and modification time.
    pub fn set_times(&self, access_ns: Option<i128>, modification_ns: Option<i128>) -> Result<()> {
        self.mount.check_writable()?;
        self.inode.set_times(access_ns, modification_ns)
    }
}

impl Fs {
    /// Returns what is mounted on a file, or the file.
    pub(super) fn cross(&self, at: Mounted) -> Mounted {
        let table = self.mounts.lock();
        let mut at = at;
        loop {
            let identity = at.inode.identity();
            let Some(mount) = table.over(&at, identity) else { return at };
            if mount.expires.load(Ordering::Relaxed) {
                mount.expires.store(false, Ordering::Relaxed);
            }
            let mount = mount.clone();
            at = Mounted::root_of(&mount);
        }
    }

    /// Returns what a mount is on, and where that was found; `None` for the machine's root and what is mounted no more.
    pub(super) fn covered_by(&self, mount: &Arc<Mount>) -> Option<(Mounted, Option<Location>)> {
        let table = self.mounts.lock();
        let entry = table.entry(mount)?;
        Some((entry.covered.clone()?, entry.location.clone()))
    }

    /// Returns the file system of a kind of which there is one, making it the first time.
    fn only_one(&self, kind: &str, make: impl FnOnce() -> Result<InodeRef>) -> Result<Arc<FileSystem>> {
        let mut kept = self.only_ones.lock();
        if let Some(found) = kept.iter().find(|it| it.root.file_system().name == kind) {
            return Ok(found.clone());
        }
        let made = FileSystem::new(make()?, 0);
        kept.push(made.clone());
        Ok(made)
    }

    /// Tells whether something is mounted on a file, by whichever way to it.
    pub(super) fn is_covered(&self, inode: &InodeRef) -> bool {
        let identity = inode.identity();
        let table = self.mounts.lock();
        table.0.iter().any(|entry| entry.covered.is_some() && entry.identity == identity)
    }
}

/// Returns what a file is called in its file system.
fn path_within(at: &Mounted, location: Option<Location>) -> Vec<u8> {
    let mut names: Vec<Vec<u8>> = Vec::new();
    let mut inode = at.inode.clone();
    if at.is_mount_root() {
        return at.mount.root_path.clone();
    }
    if let Some(location) = location.filter(|_| !at.is_directory()) {
        names.push(location.name);
        inode = location.directory.inode;
    }
    while let Some((parent, name)) = inode.parent() {
        names.push(name);
        inode = parent;
    }
    let mut path = Vec::new();
    for name in names.iter().rev() {
        path.push(b'/');
        path.extend_from_slice(name);
    }
    if path.is_empty() { b"/".to_vec() } else { path }
}
