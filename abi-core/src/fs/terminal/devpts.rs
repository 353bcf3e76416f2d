//! `/dev/pts`: the slaves of the pseudo-terminals there are, pts(4).

use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::pty::{self, Pty};
use crate::abi::{self, Errno, Result};
use crate::backend::Backend;
use crate::fs::attributes::Attributes;
use crate::fs::device::MULTIPLEXER;
use crate::fs::file::File;
use crate::fs::inode::{DirectoryEntry, FileSystemInfo, Identity, Inode, InodeRef, NewFile, entry_kind};
use crate::kernel::{Context, try_kernel};

/// Describes `/dev/pts`.
const DEVPTS: FileSystemInfo = FileSystemInfo { name: "devpts", magic: 0x1cd1, is_read_only: false };
/// Its device number.
const DEVICE: u64 = 0x1cd1;
/// Inode numbers of the root and of `ptmx`; the slaves follow.
const ROOT_INO: u64 = 1;
const MULTIPLEXER_INO: u64 = 2;

/// The root.
pub struct Root {
    backend: &'static dyn Backend,
    made_ns: i128,
}

impl Root {
    /// Makes the root.
    pub fn new(backend: &'static dyn Backend) -> Arc<Self> {
        Arc::new(Self { backend, made_ns: crate::time::realtime(backend).as_nanos() as i128 })
    }
}

/// Returns what a slave's attributes are at first.
pub(super) fn slave_attributes(index: usize, rdev: u64, now_ns: i128) -> Attributes {
    Attributes {
        mode: abi::S_IFCHR | 0o620,
        dev: DEVICE,
        ino: MULTIPLEXER_INO + 1 + index as u64,
        nlink: 1,
        rdev,
        block_size: 1024,
        times_ns: [now_ns; 3],
        ..Attributes::default()
    }
}

impl Inode for Root {
    fn identity(&self) -> Identity {
        (DEVICE, ROOT_INO)
    }
    fn file_type(&self) -> u32 {
        abi::S_IFDIR
    }
    fn attributes(&self) -> Result<Attributes> {
        Ok(Attributes {
            mode: abi::S_IFDIR | 0o755,
            dev: DEVICE,
            ino: ROOT_INO,
            nlink: 2,
            block_size: 1024,
            times_ns: [self.made_ns; 3],
            ..Attributes::default()
        })
    }
    fn file_system(&self) -> FileSystemInfo {
        DEVPTS
    }
    fn lookup(&self, name: &[u8]) -> Result<InodeRef> {
        if name == b"ptmx" {
            return Ok(Arc::new(Multiplexer { backend: self.backend, made_ns: self.made_ns }));
        }
        let number = core::str::from_utf8(name).ok().and_then(|name| name.parse::<usize>().ok());
        let number = number.filter(|number| format!("{number}").as_bytes() == name).ok_or(Errno::ENOENT)?;
        let pty = try_kernel().and_then(|kernel| kernel.fs.ptys.find(number)).ok_or(Errno::ENOENT)?;
        Ok(Arc::new(Slave { pty }))
    }
    fn entries(&self) -> Result<Vec<DirectoryEntry>> {
        let kind = entry_kind(abi::S_IFCHR);
        let mut entries = alloc::vec![DirectoryEntry { name: b"ptmx".to_vec(), ino: MULTIPLEXER_INO, kind }];
        for number in try_kernel().map(|kernel| kernel.fs.ptys.numbers()).unwrap_or_default() {
            let (name, ino) = (format!("{number}").into_bytes(), MULTIPLEXER_INO + 1 + number as u64);
            entries.push(DirectoryEntry { name, ino, kind });
        }
        Ok(entries)
    }
    fn create(&self, _name: &[u8], new: NewFile<'_>, _mode: u32) -> Result<InodeRef> {
        Err(if matches!(new, NewFile::Regular) { Errno::EACCES } else { Errno::EPERM })
    }
    fn unlink(&self, _name: &[u8]) -> Result<()> {
        Err(Errno::EPERM)
    }
}

/// `/dev/pts/ptmx`.
struct Multiplexer {
    backend: &'static dyn Backend,
    made_ns: i128,
}

impl Inode for Multiplexer {
    fn identity(&self) -> Identity {
        (DEVICE, MULTIPLEXER_INO)
    }
    fn file_type(&self) -> u32 {
        abi::S_IFCHR
    }
    fn attributes(&self) -> Result<Attributes> {
        Ok(Attributes {
            mode: abi::S_IFCHR,
            dev: DEVICE,
            ino: MULTIPLEXER_INO,
            nlink: 1,
            rdev: MULTIPLEXER,
            block_size: 1024,
            times_ns: [self.made_ns; 3],
            ..Attributes::default()
        })
    }
    fn file_system(&self) -> FileSystemInfo {
        DEVPTS
    }
    fn open_special(&self, cx: Context<'_>, _flags: i32) -> Option<Result<Arc<dyn File>>> {
        let node = Arc::new(Self { backend: self.backend, made_ns: self.made_ns });
        Some(pty::open_master(cx, node))
    }
}

/// A slave's name.
pub(super) struct Slave {
    pub(super) pty: Arc<Pty>,
}

impl Slave {
    fn change(&self, change: impl FnOnce(&mut Attributes)) -> Result<()> {
        let now_ns = crate::time::realtime(crate::backend::backend()).as_nanos() as i128;
        let mut attributes = self.pty.attributes.lock();
        change(&mut attributes);
        attributes.times_ns[2] = now_ns;
        Ok(())
    }
}

impl Inode for Slave {
    fn identity(&self) -> Identity {
        (DEVICE, self.pty.attributes.lock().ino)
    }
    fn file_type(&self) -> u32 {
        abi::S_IFCHR
    }
    fn attributes(&self) -> Result<Attributes> {
        Ok(*self.pty.attributes.lock())
    }
    fn file_system(&self) -> FileSystemInfo {
        DEVPTS
    }
    fn open_special(&self, cx: Context<'_>, flags: i32) -> Option<Result<Arc<dyn File>>> {
        Some(pty::open_slave(cx, &self.pty, flags))
    }
    fn set_mode(&self, mode: u32) -> Result<()> {
        self.change(|attributes| attributes.mode = abi::S_IFCHR | mode & 0o7777)
    }
    fn set_owner(&self, uid: Option<u32>, gid: Option<u32>) -> Result<()> {
        self.change(|attributes| {
            attributes.uid = uid.unwrap_or(attributes.uid);
            attributes.gid = gid.unwrap_or(attributes.gid);
        })
    }
    fn set_times(&self, access_ns: Option<i128>, modification_ns: Option<i128>) -> Result<()> {
        self.change(|attributes| {
            let [access, modification, _] = &mut attributes.times_ns;
            *access = access_ns.unwrap_or(*access);
            *modification = modification_ns.unwrap_or(*modification);
        })
    }
}
