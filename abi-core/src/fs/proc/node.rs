//! The inodes of `/proc`.

use alloc::format;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;

use super::{Entry, Kind, THREAD};
use crate::abi::{self, Errno, Result};
use crate::backend::Backend;
use crate::boundary::user::{UserBuf, UserBufMut};
use crate::fs::attributes::Attributes;
use crate::fs::file::{File, OpenFile};
use crate::fs::inode::{DirectoryEntry, FileSystemInfo, Identity, Inode, InodeRef, entry_kind};
use crate::kernel::{Context, Kernel, try_kernel};

/// Describes `/proc`.
pub(in crate::fs) const fn file_system_proc() -> FileSystemInfo {
    FileSystemInfo { name: "proc", magic: 0x9fa0, is_read_only: true }
}
/// Describes `/sys`.
pub(in crate::fs) const fn file_system_sys() -> FileSystemInfo {
    FileSystemInfo { name: "sysfs", magic: 0x6265_6572, is_read_only: true }
}

/// What a node shows.
#[derive(Clone, Copy)]
enum What {
    /// An entry of the table.
    Entry(&'static Kind),
    /// A descriptor's link.
    Descriptor(i32),
    /// A file about a descriptor.
    DescriptorInfo(i32),
    /// A thread's directory.
    Thread,
}

/// A name in `/proc` or `/sys`.
pub(in crate::fs) struct ProcNode {
    this: Weak<ProcNode>,
    what: What,
    place: Option<(Arc<ProcNode>, Vec<u8>)>,
    info: FileSystemInfo,
    /// A number made from the path.
    ino: u64,
    made_ns: i128,
}

impl ProcNode {
    /// Makes a root.
    pub(super) fn root(
        backend: &'static dyn Backend,
        entries: &'static [Entry],
        info: FileSystemInfo,
    ) -> InodeRef {
        let kind: &'static Kind = alloc::boxed::Box::leak(alloc::boxed::Box::new(Kind::Directory(entries)));
        Self::make(What::Entry(kind), None, info, backend.realtime().as_nanos() as i128)
    }

    fn make(
        what: What,
        place: Option<(Arc<ProcNode>, Vec<u8>)>,
        info: FileSystemInfo,
        made_ns: i128,
    ) -> Arc<Self> {
        let ino = match &place {
            None => 1,
            Some((parent, name)) => {
                name.iter().fold(parent.ino, |hash, byte| {
                    (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
                }) | 2
            }
        };
        Arc::new_cyclic(|this| Self { this: this.clone(), what, place, info, ino, made_ns })
    }

    fn this(&self) -> Arc<Self> {
        self.this.upgrade().expect("whoever calls holds a reference")
    }

    fn kernel() -> Result<&'static Kernel> {
        try_kernel().ok_or(Errno::ENOENT)
    }

    /// Finds what a name of this directory shows.
    fn child(&self, name: &[u8]) -> Result<What> {
        let number =
            || core::str::from_utf8(name).ok().and_then(|name| name.parse::<i32>().ok()).ok_or(Errno::ENOENT);
        let in_table = |entries: &'static [Entry]| {
            entries
                .iter()
                .find(|entry| entry.name == name)
                .map(|entry| What::Entry(&entry.kind))
                .ok_or(Errno::ENOENT)
        };
        match self.what {
            What::Entry(Kind::Directory(entries)) => in_table(entries),
            What::Entry(Kind::Descriptors) => {
                Self::kernel()?.fs.open_file(number()?).map_err(|_| Errno::ENOENT)?;
                Ok(What::Descriptor(number()?))
            }
            What::Entry(Kind::DescriptorInfo) => {
                Self::kernel()?.fs.open_file(number()?).map_err(|_| Errno::ENOENT)?;
                Ok(What::DescriptorInfo(number()?))
            }
            What::Entry(Kind::Threads) => {
                let tid = number()?;
                let threads = Self::kernel()?.tasks.threads.lock();
                if threads.iter().any(|thread| thread.tid == tid) {
                    Ok(What::Thread)
                } else {
                    Err(Errno::ENOENT)
                }
            }
            What::Thread => in_table(THREAD),
            _ => Err(Errno::ENOTDIR),
        }
    }

    /// Makes the contents of a file, or a link's target.
    fn text(&self) -> Result<Vec<u8>> {
        let kernel = Self::kernel()?;
        match self.what {
            What::Entry(Kind::File(text) | Kind::Link(text)) => Ok(text(kernel)),
            What::DescriptorInfo(fd) => {
                let open = kernel.fs.open_file(fd).map_err(|_| Errno::ENOENT)?;
                let position = *open.position.lock();
                Ok(format!("pos:\t{position}\nflags:\t0{:o}\nmnt_id:\t0\n", open.flags()).into_bytes())
            }
            _ => Err(Errno::EINVAL),
        }
    }
}

impl Inode for ProcNode {
    fn identity(&self) -> Identity {
        (self.info.magic as u64, self.ino)
    }
    fn file_type(&self) -> u32 {
        match self.what {
            What::Entry(Kind::File(_)) | What::DescriptorInfo(_) => abi::S_IFREG,
            What::Entry(Kind::Link(_)) | What::Descriptor(_) => abi::S_IFLNK,
            _ => abi::S_IFDIR,
        }
    }
    fn attributes(&self) -> Result<Attributes> {
        let permissions = match self.file_type() {
            abi::S_IFREG => 0o444,
            abi::S_IFLNK => 0o777,
            _ => 0o555,
        };
        Ok(Attributes {
            mode: self.file_type() | permissions,
            dev: self.info.magic as u64,
            ino: self.ino,
            nlink: if self.is_directory() { 2 } else { 1 },
            block_size: 1024,
            times_ns: [self.made_ns; 3],
            ..Attributes::default()
        })
    }
    fn file_system(&self) -> FileSystemInfo {
        self.info
    }
    fn lookup(&self, name: &[u8]) -> Result<InodeRef> {
        let what = self.child(name)?;
        Ok(Self::make(what, Some((self.this(), name.into())), self.info, self.made_ns))
    }
    fn entries(&self) -> Result<Vec<DirectoryEntry>> {
        let names: Vec<Vec<u8>> = match self.what {
            What::Entry(Kind::Directory(entries)) => {
                entries.iter().map(|entry| entry.name.to_vec()).collect()
            }
            What::Thread => THREAD.iter().map(|entry| entry.name.to_vec()).collect(),
            What::Entry(Kind::Descriptors | Kind::DescriptorInfo) => {
                let table = Self::kernel()?.fs.descriptors.lock();
                table.open_descriptors().map(|fd| format!("{fd}").into_bytes()).collect()
            }
            What::Entry(Kind::Threads) => {
                let threads = Self::kernel()?.tasks.threads.lock();
                threads.iter().map(|thread| format!("{}", thread.tid).into_bytes()).collect()
            }
            _ => return Err(Errno::ENOTDIR),
        };
        let describe = |name: Vec<u8>| {
            let inode = self.lookup(&name).ok()?;
            Some(DirectoryEntry {
                ino: inode.attributes().ok()?.ino,
                kind: entry_kind(inode.file_type()),
                name,
            })
        };
        Ok(names.into_iter().filter_map(describe).collect())
    }
    fn parent(&self) -> Option<(InodeRef, Vec<u8>)> {
        let (parent, name) = self.place.clone()?;
        Some((parent, name))
    }
    fn read_link(&self) -> Result<Vec<u8>> {
        match self.what {
            What::Descriptor(fd) => {
                let kernel = Self::kernel()?;
                let open = kernel.fs.open_file(fd).map_err(|_| Errno::ENOENT)?;
                Ok(Context { kernel, thread: crate::task::current() }.path_of_open(&open))
            }
            What::Entry(Kind::Link(_)) => self.text(),
            _ => Err(Errno::EINVAL),
        }
    }
    fn magic_target(&self, cx: Context<'_>) -> Option<Result<InodeRef>> {
        let What::Descriptor(fd) = self.what else { return None };
        Some(cx.kernel.fs.open_file(fd).map_err(|_| Errno::ENOENT).map(|open| match open.file.inode() {
            Some(inode) => inode.clone(),
            None => Arc::new(OpenNode { open }) as InodeRef,
        }))
    }
    fn open_special(&self, _cx: Context<'_>, _flags: i32) -> Option<Result<Arc<dyn File>>> {
        if self.file_type() != abi::S_IFREG {
            return None;
        }
        Some(self.text().map(|text| Arc::new(TextFile { node: self.this(), text }) as Arc<dyn File>))
    }
}

/// An open file of `/proc`: its contents as they were when it was opened.
struct TextFile {
    node: InodeRef,
    text: Vec<u8>,
}

impl TextFile {
    fn from(&self, offset: u64) -> &[u8] {
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(self.text.len());
        &self.text[start..]
    }
}

impl File for TextFile {
    fn read(&self, cx: Context<'_>, open: &OpenFile, buf: &mut UserBufMut) -> Result<()> {
        let offset = *open.position.lock();
        self.read_at(cx, offset, buf)?;
        *open.position.lock() = offset + buf.done() as u64;
        Ok(())
    }
    fn write(&self, _cx: Context<'_>, _open: &OpenFile, _buf: &mut UserBuf) -> Result<()> {
        Err(Errno::EACCES)
    }
    fn read_at(&self, _cx: Context<'_>, offset: u64, buf: &mut UserBufMut) -> Result<()> {
        buf.put(self.from(offset)).map(drop)
    }
    fn seek(&self, open: &OpenFile, offset: i64, whence: i32) -> Result<u64> {
        let mut position = open.position.lock();
        let base = match whence {
            abi::SEEK_SET => 0,
            abi::SEEK_CUR => *position,
            _ => return Err(Errno::EINVAL),
        };
        *position = base.checked_add_signed(offset).ok_or(Errno::EINVAL)?;
        Ok(*position)
    }
    fn attributes(&self) -> Result<Attributes> {
        self.node.attributes()
    }
    fn inode(&self) -> Option<&InodeRef> {
        Some(&self.node)
    }
}

/// What a descriptor's link leads to when its file is in no file system: opening it gives the same file.
struct OpenNode {
    open: Arc<OpenFile>,
}

impl Inode for OpenNode {
    fn identity(&self) -> Identity {
        (u64::MAX - 1, Arc::as_ptr(&self.open).addr() as u64)
    }
    fn file_type(&self) -> u32 {
        self.open.file.attributes().map_or(0, |attributes| attributes.mode & abi::S_IFMT)
    }
    fn attributes(&self) -> Result<Attributes> {
        self.open.file.attributes()
    }
    fn file_system(&self) -> FileSystemInfo {
        FileSystemInfo { name: "pipefs", magic: 0x5049_5045, is_read_only: false }
    }
    fn open_special(&self, _cx: Context<'_>, _flags: i32) -> Option<Result<Arc<dyn File>>> {
        Some(Ok(self.open.file.clone()))
    }
}
