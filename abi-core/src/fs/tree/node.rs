//! One node of a memory file system.

use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;

use super::Tree;
use super::content::{Content, PAGE_BYTES, copy_up};
use super::directory::Directory;
use crate::abi::{self, Errno, Result};
use crate::backend::folders::SetXattr;
use crate::fs::attributes::{Attributes, without_set_ids};
use crate::fs::file::File;
use crate::fs::inode::{DirectoryEntry, FileSystemInfo, Identity, Inode, InodeRef, NewFile, RenameMode};
use crate::fs::xattr::Xattrs;
use crate::kernel::Context;
use crate::mm::SharedPages;
use crate::mux::pipe::Pipe;
use crate::sync::Mutex;

/// A node: a file, directory, link or special file.
pub struct Node {
    pub(super) tree: Arc<Tree>,
    this: Weak<Node>,
    file_type: u32,
    pub(super) meta: Mutex<Attributes>,
    pub(super) body: Body,
    seals: AtomicU32,
    xattrs: Xattrs,
    /// Whether somebody has a handle of it.
    pub(super) has_handle: AtomicBool,
}

/// What a node holds beside its attributes.
pub(super) enum Body {
    /// A regular file's bytes.
    Regular(Mutex<Content>),
    /// A directory's entries.
    Directory(Mutex<Directory>),
    /// A link's target.
    Symlink(Vec<u8>),
    /// A fifo, whose pipe exists while it is open.
    Fifo(Mutex<Weak<Pipe>>),
    /// A device or socket.
    Special,
}

impl Node {
    /// Makes a node that is in no directory yet.
    pub(super) fn new(tree: &Arc<Tree>, new: NewFile<'_>, mode: u32) -> Arc<Self> {
        let (file_type, mode, rdev, body) = match new {
            NewFile::Regular => (abi::S_IFREG, mode, 0, Body::Regular(Mutex::new(Content::empty()))),
            NewFile::Directory => (abi::S_IFDIR, mode, 0, Body::Directory(Mutex::new(Directory::new(None)))),
            NewFile::Symlink(target) => (abi::S_IFLNK, 0o777, 0, Body::Symlink(target.into())),
            NewFile::Special(abi::S_IFIFO, _) => (abi::S_IFIFO, mode, 0, Body::Fifo(Mutex::new(Weak::new()))),
            NewFile::Special(file_type, rdev) => (file_type, mode, rdev, Body::Special),
        };
        let mut attributes = tree.new_attributes(file_type, mode, rdev);
        if let Body::Symlink(target) = &body {
            attributes.size = target.len() as u64;
        }
        Self::with(tree, attributes, body, Xattrs::new())
    }

    /// Makes the node of a file of the lower file system.
    pub(super) fn over(tree: &Arc<Tree>, lower: InodeRef, attributes: Attributes) -> Result<Arc<Self>> {
        let body = match attributes.mode & abi::S_IFMT {
            abi::S_IFREG => Body::Regular(Mutex::new(Content::Lower(lower))),
            abi::S_IFDIR => Body::Directory(Mutex::new(Directory::new(Some(lower)))),
            abi::S_IFLNK => Body::Symlink(lower.read_link()?),
            abi::S_IFIFO => Body::Fifo(Mutex::new(Weak::new())),
            _ => Body::Special,
        };
        Ok(Self::with(tree, attributes, body, Xattrs::of_lower()))
    }

    fn with(tree: &Arc<Tree>, attributes: Attributes, body: Body, xattrs: Xattrs) -> Arc<Self> {
        tree.bounds.add_file();
        Arc::new_cyclic(|this| Self {
            tree: tree.clone(),
            this: this.clone(),
            file_type: attributes.mode & abi::S_IFMT,
            meta: Mutex::new(attributes),
            body,
            seals: AtomicU32::new(abi::F_SEAL_SEAL as u32),
            xattrs,
            has_handle: AtomicBool::new(false),
        })
    }

    /// Makes a regular file in no directory (`memfd_create`), with these seals.
    pub fn unnamed(&self, mode: u32, seals: u32) -> Result<Arc<Self>> {
        self.tree.bounds.check_file()?;
        let node = Self::new(&self.tree, NewFile::Regular, mode);
        node.meta.lock().nlink = 0;
        node.seals.store(seals, Ordering::Relaxed);
        Ok(node)
    }

    /// Returns the file system it is in.
    pub fn tree(&self) -> Arc<Tree> {
        self.tree.clone()
    }

    pub(super) fn this(&self) -> Arc<Self> {
        self.this.upgrade().expect("whoever calls holds a reference")
    }

    pub(super) fn directory(&self) -> Result<&Mutex<Directory>> {
        match &self.body {
            Body::Directory(directory) => Ok(directory),
            _ => Err(Errno::ENOTDIR),
        }
    }

    fn regular(&self) -> Result<&Mutex<Content>> {
        match &self.body {
            Body::Regular(content) => Ok(content),
            Body::Directory(_) => Err(Errno::EISDIR),
            _ => Err(Errno::EINVAL),
        }
    }

    /// Returns the file below that shows through.
    fn lower(&self) -> Option<InodeRef> {
        match &self.body {
            Body::Regular(content) => match &*content.lock() {
                Content::Lower(lower) => Some(lower.clone()),
                _ => None,
            },
            Body::Directory(directory) => directory.lock().lower(),
            _ => None,
        }
    }

    /// Notes that the contents changed now.
    pub(super) fn touch(&self) {
        let now = self.tree.now_ns();
        let mut meta = self.meta.lock();
        meta.times_ns[1] = now;
        meta.times_ns[2] = now;
    }

    /// Notes that the contents were read now; if `is_relative` only where that tells something new (mount(2),
    /// `MS_RELATIME`, without its rule of one day, for which each read would ask the clock). What shows through from below
    /// keeps its times.
    pub fn note_access(&self, is_relative: bool) {
        let is_known = |[accessed, modified, changed]: [i128; 3]| accessed > modified && accessed > changed;
        if is_relative && is_known(self.meta.lock().times_ns) || self.lower().is_some() {
            return;
        }
        let now = self.tree.now_ns();
        self.meta.lock().times_ns[0] = now;
    }

    /// Changes the attributes, and the time of their change.
    pub(super) fn change(&self, f: impl FnOnce(&mut Attributes)) {
        let now = self.tree.now_ns();
        let mut meta = self.meta.lock();
        f(&mut meta);
        meta.times_ns[2] = now;
    }

    /// Copies a lower file up; at most `keep` bytes of it are wanted.
    fn bring_up(&self, content: &mut Content, keep: u64) -> Result<()> {
        if let Content::Lower(lower) = content {
            let len = self.meta.lock().size;
            self.xattrs.copy_up(lower)?;
            *content = copy_up(self.tree.backend, lower, len.min(keep))?;
            self.tree.bounds.count(0, content.own_pages(len));
        }
        Ok(())
    }

    /// Changes contents of so many bytes, and counts the pages they have then.
    fn counted<T>(
        &self,
        content: &mut Content,
        len_bytes: u64,
        change: impl FnOnce(&mut Content) -> Result<T>,
    ) -> Result<T> {
        let before = content.own_pages(len_bytes);
        let result = change(content);
        self.tree.bounds.count(before, content.own_pages(self.meta.lock().size));
        result
    }

    fn has_seal(&self, seal: i32) -> bool {
        self.seals.load(Ordering::Relaxed) & seal as u32 != 0
    }

    /// Writes at an offset chosen once the contents are locked; returns how many bytes and where they end.
    fn write_where(&self, bytes: &[u8], offset: impl FnOnce(u64) -> u64) -> Result<(usize, u64)> {
        if self.has_seal(abi::F_SEAL_WRITE | abi::F_SEAL_FUTURE_WRITE) {
            return Err(Errno::EPERM);
        }
        let mut content = self.regular()?.lock();
        self.bring_up(&mut content, u64::MAX)?;
        let len = self.meta.lock().size;
        let offset = offset(len);
        let bytes = &bytes[..self.tree.bounds.room(&content, len, offset, bytes.len())?];
        let end = offset.checked_add(bytes.len() as u64).ok_or(Errno::EFBIG)?;
        if end > len && self.has_seal(abi::F_SEAL_GROW) {
            return Err(Errno::EPERM);
        }
        self.counted(&mut content, len, |content| {
            if end > len {
                content.resize(self.tree.backend, len, end)?;
            }
            content.write(self.tree.backend, offset, bytes)?;
            if end > len {
                self.meta.lock().size = end;
            }
            Ok(())
        })?;
        drop(content);
        self.touch();
        Ok((bytes.len(), end))
    }

    /// Finds data or a hole from `offset`, for `SEEK_DATA` and `SEEK_HOLE`.
    pub fn seek_content(&self, offset: u64, is_data_wanted: bool) -> Result<u64> {
        let content = self.regular()?.lock();
        let len = self.meta.lock().size;
        if offset >= len {
            return Err(Errno::ENXIO);
        }
        let found = content.seek(offset, len, is_data_wanted);
        if is_data_wanted && found >= len { Err(Errno::ENXIO) } else { Ok(found) }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let mut pages = 0;
        if let Body::Regular(content) = &self.body {
            let (content, len) = (content.lock(), self.meta.lock().size);
            pages = content.own_pages(len);
            if let Content::Object(object) = *content {
                self.tree.backend.destroy_object(object);
            }
        }
        self.tree.bounds.remove_file(pages);
        if *self.has_handle.get_mut() {
            self.tree.numbers.forget(self.meta.lock().ino);
        }
    }
}

impl Inode for Node {
    fn identity(&self) -> Identity {
        (u64::MAX, core::ptr::from_ref(self).addr() as u64)
    }
    fn file_type(&self) -> u32 {
        self.file_type
    }
    fn file_system(&self) -> FileSystemInfo {
        self.tree.info
    }
    fn has_zero_ranges(&self) -> bool {
        // As on Linux, whose file systems in memory have holes for that, and others have them all the same.
        self.tree.has_lower
    }
    fn attributes(&self) -> Result<Attributes> {
        let allocated = match &self.body {
            Body::Regular(content) => {
                let content = content.lock();
                let len = self.meta.lock().size;
                Some(content.allocated_bytes(len))
            }
            _ => None,
        };
        let mut attributes = *self.meta.lock();
        if let Some(bytes) = allocated {
            attributes.blocks = bytes / 512;
        }
        if self.file_type == abi::S_IFDIR {
            attributes.size = attributes.size.max(4096);
        }
        Ok(attributes)
    }

    fn lookup(&self, name: &[u8]) -> Result<InodeRef> {
        Ok(self.find(name)?)
    }
    fn knows(&self, name: &[u8]) -> bool {
        self.knows_name(name)
    }
    fn entries(&self) -> Result<Vec<DirectoryEntry>> {
        self.list()
    }
    fn parent(&self) -> Option<(InodeRef, Vec<u8>)> {
        let Body::Directory(directory) = &self.body else { return None };
        let (parent, name) = directory.lock().place.clone()?;
        Some((parent, name))
    }
    fn is_removed(&self) -> bool {
        self.directory().is_ok_and(|directory| directory.lock().is_removed)
    }
    fn create(&self, name: &[u8], new: NewFile<'_>, mode: u32) -> Result<InodeRef> {
        Ok(self.make_entry(name, new, mode)?)
    }
    fn create_unnamed(&self, mode: u32) -> Result<InodeRef> {
        self.directory()?;
        Ok(self.unnamed(mode, 0)?)
    }
    fn link(&self, name: &[u8], file: &InodeRef) -> Result<()> {
        self.add_link(name, &self.same_tree(file)?)
    }
    fn unlink(&self, name: &[u8]) -> Result<()> {
        self.remove_name(name)
    }
    fn rmdir(&self, name: &[u8]) -> Result<()> {
        self.remove_directory(name)
    }
    fn rename(&self, name: &[u8], to: &InodeRef, new_name: &[u8], mode: RenameMode) -> Result<()> {
        self.move_entry(name, &self.same_tree(to)?, new_name, mode)
    }
    fn read_link(&self) -> Result<Vec<u8>> {
        match &self.body {
            Body::Symlink(target) => Ok(target.clone()),
            _ => Err(Errno::EINVAL),
        }
    }
    fn open_special(&self, cx: Context<'_>, flags: i32) -> Option<Result<Arc<dyn File>>> {
        match &self.body {
            Body::Fifo(pipe) => Some(crate::mux::pipe::open_fifo(cx, pipe, self.this(), flags)),
            Body::Special if self.file_type == abi::S_IFCHR => {
                let rdev = self.meta.lock().rdev;
                Some(crate::fs::device::open(cx, rdev, self.this(), flags))
            }
            Body::Special if self.file_type == abi::S_IFBLK => {
                let rdev = self.meta.lock().rdev;
                Some(crate::fs::disk::open(cx, rdev, self.this()))
            }
            Body::Special => Some(Err(Errno::ENXIO)),
            _ => None,
        }
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<usize> {
        let content = self.regular()?.lock();
        if let Content::Lower(lower) = &*content {
            let lower = lower.clone();
            drop(content);
            return lower.read_at(offset, buf);
        }
        let len = self.meta.lock().size;
        let n = usize::try_from(len.saturating_sub(offset)).unwrap_or(usize::MAX).min(buf.len());
        content.read(self.tree.backend, offset, &mut buf[..n])?;
        Ok(n)
    }
    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<usize> {
        self.write_where(bytes, |_| offset).map(|(n, _)| n)
    }
    fn clear(&self, start: u64, end: u64) -> Result<()> {
        if self.has_seal(abi::F_SEAL_WRITE | abi::F_SEAL_FUTURE_WRITE) {
            return Err(Errno::EPERM);
        }
        let mut content = self.regular()?.lock();
        self.bring_up(&mut content, u64::MAX)?;
        let len = self.meta.lock().size;
        let end = end.min(len.next_multiple_of(PAGE_BYTES as u64));
        self.counted(&mut content, len, |content| content.clear(self.tree.backend, start, end))?;
        drop(content);
        self.touch();
        Ok(())
    }
    fn append(&self, bytes: &[u8]) -> Result<(usize, u64)> {
        self.write_where(bytes, |end| end)
    }
    fn len_bytes(&self) -> u64 {
        self.meta.lock().size
    }
    fn set_len(&self, len_bytes: u64) -> Result<()> {
        let mut content = self.regular()?.lock();
        let old = self.meta.lock().size;
        if (len_bytes < old && self.has_seal(abi::F_SEAL_SHRINK))
            || (len_bytes > old && self.has_seal(abi::F_SEAL_GROW))
        {
            return Err(Errno::EPERM);
        }
        if let Content::Lower(_) = &*content
            && len_bytes != old
        {
            self.bring_up(&mut content, len_bytes)?;
        }
        self.counted(&mut content, old, |content| {
            if !matches!(content, Content::Lower(_)) {
                content.resize(self.tree.backend, old, len_bytes)?;
            }
            self.meta.lock().size = len_bytes;
            Ok(())
        })?;
        drop(content);
        self.touch();
        Ok(())
    }
    fn shared_pages(&self, _may_write: bool) -> Result<SharedPages> {
        let mut content = self.regular()?.lock();
        self.bring_up(&mut content, u64::MAX)?;
        let len = self.meta.lock().size;
        let object = self.counted(&mut content, len, |content| content.make_object(self.tree.backend, len));
        Ok(SharedPages::Object(object?))
    }
    fn in_place(&self) -> Option<&'static [u8]> {
        let content = self.regular().ok()?.lock();
        match &*content {
            Content::Lower(lower) => lower.in_place(),
            _ => None,
        }
    }
    fn set_mode(&self, mode: u32) -> Result<()> {
        let is_sealed = self.has_seal(abi::F_SEAL_EXEC) && (mode ^ self.meta.lock().mode) & 0o111 != 0;
        if is_sealed {
            return Err(Errno::EPERM);
        }
        self.change(|meta| meta.mode = self.file_type | (mode & 0o7777));
        Ok(())
    }
    fn set_owner(&self, uid: Option<u32>, gid: Option<u32>) -> Result<()> {
        self.change(|meta| {
            meta.mode = without_set_ids(meta.mode);
            meta.uid = uid.unwrap_or(meta.uid);
            meta.gid = gid.unwrap_or(meta.gid);
        });
        Ok(())
    }
    fn set_times(&self, access_ns: Option<i128>, modification_ns: Option<i128>) -> Result<()> {
        self.change(|meta| {
            meta.times_ns[0] = access_ns.unwrap_or(meta.times_ns[0]);
            meta.times_ns[1] = modification_ns.unwrap_or(meta.times_ns[1]);
        });
        Ok(())
    }
    fn seals(&self) -> Option<&AtomicU32> {
        matches!(self.body, Body::Regular(_)).then_some(&self.seals)
    }
    fn xattr(&self, name: &[u8]) -> Result<Vec<u8>> {
        self.xattrs.get(self.lower().as_ref(), name)
    }
    fn xattr_names(&self) -> Result<Vec<u8>> {
        self.xattrs.names(self.lower().as_ref())
    }
    fn set_xattr(&self, name: &[u8], value: &[u8], how: SetXattr) -> Result<()> {
        self.xattrs.set(self.lower().as_ref(), name, value, how)
    }
    fn remove_xattr(&self, name: &[u8]) -> Result<()> {
        self.xattrs.remove(self.lower().as_ref(), name)
    }
    fn as_tree_node(&self) -> Option<Arc<Node>> {
        Some(self.this())
    }
}
