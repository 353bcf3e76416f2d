//! Folders of the host as a file system: the root's lower layer and `--mount`.

mod cache;

pub use cache::Caches;

use alloc::boxed::Box;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, Ordering};

use super::attributes::{Attributes, without_set_ids};
use super::inode::{DirectoryEntry, FileSystemInfo, Identity, Inode, InodeRef, NewFile, RenameMode};
use super::xattr::is_shown;
use crate::abi::{self, Errno, Result};
use crate::backend::folders::{FolderError, FolderFile, Folders, OpenFor, SetXattr};
use crate::kernel::Kernel;
use crate::mm::{PageCache, SharedPages};
use crate::sync::Mutex;

/// `f_type` of a host folder, as 9P gives it.
const MAGIC: i64 = 0x0102_1997;

/// Describes a host folder.
pub(super) const fn file_system(is_read_only: bool) -> FileSystemInfo {
    FileSystemInfo { name: "9p", magic: MAGIC, is_read_only }
}

/// What the nodes of one host folder share.
pub(super) struct HostTree {
    folders: &'static dyn Folders,
    caches: Arc<Caches>,
    is_read_only: bool,
}

impl HostTree {
    /// Gives access to the host's folders, if there are any.
    pub(super) fn new(kernel: &Kernel, is_read_only: bool) -> Option<Arc<Self>> {
        let (folders, caches) = (kernel.backend.folders()?, kernel.fs.caches.clone());
        Some(Arc::new(Self { folders, caches, is_read_only }))
    }

    /// Finds what is at a path of the host.
    pub(super) fn find(self: &Arc<Self>, path: Vec<u8>) -> Result<(Arc<HostNode>, Attributes)> {
        HostNode::make(self, path, None)
    }

    /// Lists a folder of the host.
    pub(super) fn list(&self, path: &[u8]) -> Result<Vec<DirectoryEntry>> {
        let listed = self.folders.list(if path.is_empty() { b"/" } else { path })?;
        Ok(listed.into_iter().map(|e| DirectoryEntry { name: e.name, ino: e.ino, kind: e.kind }).collect())
    }
}

/// One file of the host.
pub struct HostNode {
    tree: Arc<HostTree>,
    this: Weak<HostNode>,
    path: Vec<u8>,
    /// The folder above and the name there; `None` for the mount's root.
    place: Option<(Arc<HostNode>, Vec<u8>)>,
    file_type: u32,
    identity: Identity,
    /// What the host said when it was found.
    found: Attributes,
    /// Its length as last heard of.
    size: AtomicU64,
    /// Open for reading, for writing and for appending.
    files: Mutex<[Option<Arc<dyn FolderFile>>; 3]>,
}

impl HostNode {
    /// Opens a host folder or file as a file system; returns its root.
    pub fn root(kernel: &Kernel, path: &[u8], is_read_only: bool) -> Result<Arc<Self>> {
        let tree = HostTree::new(kernel, is_read_only).ok_or(Errno::ENODEV)?;
        let end = path.iter().rposition(|&b| b != b'/').map_or(0, |at| at + 1);
        let mut path = path[..end].to_vec();
        let mut found = tree.find(path.clone())?.0;
        // The folder the user named may be a link; links further down are resolved by the walk.
        if found.file_type == abi::S_IFLNK {
            path.push(b'/');
            found = tree.find(path)?.0;
        }
        Ok(found)
    }

    fn make(
        tree: &Arc<HostTree>,
        path: Vec<u8>,
        place: Option<(Arc<Self>, Vec<u8>)>,
    ) -> Result<(Arc<Self>, Attributes)> {
        let named: &[u8] = if path.is_empty() { b"/" } else { &path };
        let stat = tree.folders.stat(named)?;
        let node = Arc::new_cyclic(|this| Self {
            tree: tree.clone(),
            this: this.clone(),
            path,
            place,
            file_type: stat.mode & abi::S_IFMT,
            identity: (stat.dev, stat.ino),
            found: stat,
            size: AtomicU64::new(stat.size),
            files: Mutex::new([None, None, None]),
        });
        Ok((node, stat))
    }

    fn this(&self) -> Arc<Self> {
        self.this.upgrade().expect("whoever calls holds a reference")
    }

    fn named(&self) -> &[u8] {
        if self.path.is_empty() { b"/" } else { &self.path }
    }

    fn path_to(&self, name: &[u8]) -> Vec<u8> {
        let mut path = self.path.clone();
        path.push(b'/');
        path.extend_from_slice(name);
        path
    }

    fn writable_folder(&self) -> Result<&'static dyn Folders> {
        if self.file_type != abi::S_IFDIR {
            return Err(Errno::ENOTDIR);
        }
        self.check_writable()?;
        Ok(self.tree.folders)
    }

    fn child(&self, name: &[u8]) -> Result<Arc<Self>> {
        Ok(self.child_with_attributes(name)?.0)
    }

    fn child_with_attributes(&self, name: &[u8]) -> Result<(Arc<Self>, Attributes)> {
        Self::make(&self.tree, self.path_to(name), Some((self.this(), name.into())))
    }

    /// Returns the host's open file.
    fn file(&self, purpose: OpenFor) -> Result<Arc<dyn FolderFile>> {
        let mut files = self.files.lock();
        let at = match purpose {
            OpenFor::Reading if files[1].is_none() => 0,
            OpenFor::Reading | OpenFor::Writing => 1,
            OpenFor::Appending => 2,
        };
        if let Some(file) = &files[at] {
            return Ok(file.clone());
        }
        match self.file_type {
            abi::S_IFREG => {}
            abi::S_IFDIR => return Err(Errno::EISDIR),
            _ => return Err(Errno::EINVAL),
        }
        let file: Arc<dyn FolderFile> = Arc::from(self.tree.folders.open(&self.path, purpose)?);
        files[at] = Some(file.clone());
        Ok(file)
    }

    /// Opens the file once more, for locks: those of one open file do not see each other. `None` where its name leads to
    /// another one by now.
    pub fn open_for_locks(&self) -> Option<Box<dyn FolderFile>> {
        if self.file_type != abi::S_IFREG {
            return None;
        }
        let folders = self.tree.folders;
        let open = |purpose| folders.open(&self.path, purpose);
        let file = open(OpenFor::Writing).or_else(|_| open(OpenFor::Reading)).ok()?;
        let stat = file.stat().ok()?;
        ((stat.dev, stat.ino) == self.identity).then_some(file)
    }

    /// Returns the host's file if it is open: that is the same whatever its name.
    fn open_file(&self) -> Option<Arc<dyn FolderFile>> {
        self.files.lock().iter().flatten().next().cloned()
    }

    fn same_tree(&self, other: &InodeRef) -> Result<Arc<Self>> {
        other.as_host_node().filter(|node| Arc::ptr_eq(&node.tree, &self.tree)).ok_or(Errno::EXDEV)
    }

    /// Returns the cache that stands for it, if it is mapped.
    fn cached(&self) -> Option<Arc<cache::Mapped>> {
        self.tree.caches.find(self.identity)
    }

    fn keep(&self, file: Box<dyn FolderFile>) {
        self.files.lock()[1] = Some(Arc::from(file));
    }
}

impl Inode for HostNode {
    fn identity(&self) -> Identity {
        self.identity
    }
    fn file_type(&self) -> u32 {
        self.file_type
    }
    fn file_system(&self) -> FileSystemInfo {
        file_system(self.tree.is_read_only)
    }
    fn attributes(&self) -> Result<Attributes> {
        let Some(file) = self.open_file() else { return Ok(self.tree.folders.stat(self.named())?) };
        match file.stat() {
            Ok(stat) => {
                self.size.store(stat.size, Ordering::Relaxed);
                Ok(stat)
            }
            // A host that knows open files by their names forgets those that have none any more.
            Err(FolderError(error)) if error == Errno::ENOENT.0 => {
                Ok(Attributes { nlink: 0, size: self.size.load(Ordering::Relaxed), ..self.found })
            }
            Err(error) => Err(error.into()),
        }
    }
    fn as_host_node(&self) -> Option<Arc<Self>> {
        Some(self.this())
    }

    fn lookup(&self, name: &[u8]) -> Result<InodeRef> {
        if self.file_type != abi::S_IFDIR {
            return Err(Errno::ENOTDIR);
        }
        Ok(self.child(name)?)
    }
    fn knows(&self, _name: &[u8]) -> bool {
        self.file_type != abi::S_IFDIR
    }
    fn lookup_with_attributes(&self, name: &[u8]) -> Result<(InodeRef, Attributes)> {
        if self.file_type != abi::S_IFDIR {
            return Err(Errno::ENOTDIR);
        }
        let (node, attributes) = self.child_with_attributes(name)?;
        Ok((node, attributes))
    }
    fn entries(&self) -> Result<Vec<DirectoryEntry>> {
        self.tree.list(&self.path)
    }
    fn parent(&self) -> Option<(InodeRef, Vec<u8>)> {
        let (parent, name) = self.place.clone()?;
        Some((parent, name))
    }
    fn create(&self, name: &[u8], new: NewFile<'_>, mode: u32) -> Result<InodeRef> {
        let folders = self.writable_folder()?;
        let path = self.path_to(name);
        match new {
            NewFile::Regular => {
                let file = folders.create(&path, mode)?;
                let node = self.child(name)?;
                node.keep(file);
                return Ok(node);
            }
            NewFile::Directory => folders.make_folder(&path, mode)?,
            NewFile::Symlink(target) => folders.make_link(&path, target)?,
            NewFile::Special(..) => return Err(Errno::EPERM),
        }
        Ok(self.child(name)?)
    }
    fn link(&self, name: &[u8], file: &InodeRef) -> Result<()> {
        let folders = self.writable_folder()?;
        Ok(folders.hard_link(&self.same_tree(file)?.path, &self.path_to(name))?)
    }
    fn unlink(&self, name: &[u8]) -> Result<()> {
        Ok(self.writable_folder()?.remove(&self.path_to(name))?)
    }
    fn rmdir(&self, name: &[u8]) -> Result<()> {
        Ok(self.writable_folder()?.remove_folder(&self.path_to(name))?)
    }
    fn rename(&self, name: &[u8], to: &InodeRef, new_name: &[u8], mode: RenameMode) -> Result<()> {
        let folders = self.writable_folder()?;
        let to = self.same_tree(to)?;
        match mode {
            RenameMode::Replace => {}
            RenameMode::NoReplace if to.child(new_name).is_ok() => return Err(Errno::EEXIST),
            RenameMode::NoReplace => {}
            RenameMode::Exchange => return Err(Errno::EINVAL),
        }
        Ok(folders.rename(&self.path_to(name), &to.path_to(new_name))?)
    }
    fn read_link(&self) -> Result<Vec<u8>> {
        if self.file_type == abi::S_IFLNK {
            Ok(self.tree.folders.read_link(&self.path)?)
        } else {
            Err(Errno::EINVAL)
        }
    }

    fn open_regular(&self, flags: i32) -> Result<()> {
        let purpose =
            if flags & abi::O_ACCMODE == abi::O_RDONLY { OpenFor::Reading } else { OpenFor::Writing };
        self.file(purpose)?;
        // Later its name may lead to another one.
        if purpose == OpenFor::Writing && flags & abi::O_APPEND != 0 {
            self.file(OpenFor::Appending)?;
        }
        Ok(())
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<usize> {
        let file = self.file(OpenFor::Reading)?;
        self.tree.caches.read_at(self.identity, &*file, offset, buf)
    }
    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<usize> {
        self.check_writable()?;
        let file = self.file(OpenFor::Writing)?;
        let n = self.tree.caches.write_at(self.identity, &*file, offset, bytes)?;
        self.size.fetch_max(offset + n as u64, Ordering::Relaxed);
        Ok(n)
    }
    fn append(&self, bytes: &[u8]) -> Result<(usize, u64)> {
        self.check_writable()?;
        if self.cached().is_some() {
            let end = self.len_bytes();
            let n = self.write_at(end, bytes)?;
            return Ok((n, end + n as u64));
        }
        let file = self.file(OpenFor::Appending)?;
        let n = file.write_at(self.size.load(Ordering::Relaxed), bytes)?;
        let end = self.len_bytes();
        self.size.fetch_max(end, Ordering::Relaxed);
        Ok((n, end))
    }
    fn set_len(&self, len_bytes: u64) -> Result<()> {
        self.check_writable()?;
        let file = self.file(OpenFor::Writing)?;
        self.tree.caches.set_len(self.identity, &*file, len_bytes)?;
        self.size.store(len_bytes, Ordering::Relaxed);
        Ok(())
    }
    fn shared_pages(&self, may_write: bool) -> Result<SharedPages> {
        let purpose = if may_write { OpenFor::Writing } else { OpenFor::Reading };
        let file = self.file(purpose)?;
        self.tree.caches.pages(self.identity, &file, may_write)
    }
    fn cache(&self) -> Option<Arc<dyn PageCache>> {
        self.cached().map(|cached| cached as Arc<dyn PageCache>)
    }
    fn sync(&self) -> Result<()> {
        let open = self.files.lock()[1].clone();
        open.map_or(Ok(()), |file| Ok(file.sync()?))
    }
    fn set_mode(&self, mode: u32) -> Result<()> {
        self.check_writable()?;
        match self.open_file() {
            Some(file) => Ok(file.set_mode(mode)?),
            None => Ok(self.tree.folders.set_mode(self.named(), mode)?),
        }
    }
    fn set_owner(&self, _uid: Option<u32>, _gid: Option<u32>) -> Result<()> {
        // The host's owner stays: a guest has no users to map.
        self.check_writable()?;
        let mode = self.attributes()?.mode;
        let left = without_set_ids(mode);
        if left == mode { Ok(()) } else { self.set_mode(left & 0o7777) }
    }
    fn xattr(&self, name: &[u8]) -> Result<Vec<u8>> {
        Ok(self.tree.folders.xattr(self.named(), name)?)
    }
    fn xattr_names(&self) -> Result<Vec<u8>> {
        let names = match self.tree.folders.xattr_names(self.named()) {
            Err(FolderError(abi::EOPNOTSUPP)) => return Ok(Vec::new()),
            names => names?,
        };
        Ok(names
            .split_inclusive(|&byte| byte == 0)
            .filter(|name| is_shown(name))
            .flatten()
            .copied()
            .collect())
    }
    fn set_xattr(&self, name: &[u8], value: &[u8], how: SetXattr) -> Result<()> {
        self.check_writable()?;
        Ok(self.tree.folders.set_xattr(self.named(), name, value, how)?)
    }
    fn remove_xattr(&self, name: &[u8]) -> Result<()> {
        self.check_writable()?;
        Ok(self.tree.folders.remove_xattr(self.named(), name)?)
    }
    fn set_times(&self, access_ns: Option<i128>, modification_ns: Option<i128>) -> Result<()> {
        self.check_writable()?;
        match self.open_file() {
            Some(file) => Ok(file.set_times(access_ns, modification_ns)?),
            None => Ok(self.tree.folders.set_times(self.named(), access_ns, modification_ns)?),
        }
    }
}
