//! The mount table, and what is mounted at the start.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::host::HostNode;
use super::inode::{FileSystemInfo, InodeRef, NewFile};
use super::terminal::devpts;
use super::tree::{Node, Tree};
use super::{Fs, archive, carried, device, proc};
use crate::abi::{self, Errno, Result};
use crate::boot::{Root, Writes};
use crate::kernel::{Context, Kernel};

/// A file system shown at a place of another.
pub struct MountPoint {
    /// What it covers.
    pub covered: InodeRef,
    /// Its root.
    pub root: InodeRef,
    /// Where it was mounted.
    pub path: Vec<u8>,
    /// The first field of `/proc/mounts`.
    pub source: Vec<u8>,
}

/// What the tables of mounts say of one.
pub struct MountInfo {
    /// The first field of `/proc/mounts`.
    pub source: Vec<u8>,
    /// Where it was mounted.
    pub path: Vec<u8>,
    /// What it is.
    pub info: FileSystemInfo,
    /// `st_dev` of its files.
    pub dev: u64,
}

/// Memory file systems say they are tmpfs.
pub const TMPFS: FileSystemInfo = FileSystemInfo { name: "tmpfs", magic: 0x0102_1994, is_read_only: false };
const OVERLAY: FileSystemInfo = FileSystemInfo { name: "overlay", magic: 0x794c_7630, is_read_only: false };

impl Fs {
    /// Returns what is mounted on `inode`, or `inode`.
    pub(super) fn cross(&self, inode: InodeRef) -> InodeRef {
        let mounts = self.mounts.lock();
        let identity = inode.identity();
        match mounts.iter().rev().find(|mount| mount.covered.identity() == identity) {
            Some(mount) => mount.root.clone(),
            None => inode,
        }
    }

    /// Returns what the file system whose root `inode` is was mounted on, if it is one.
    pub(super) fn covered_by(&self, inode: &InodeRef) -> Option<InodeRef> {
        let identity = inode.identity();
        let mounts = self.mounts.lock();
        mounts.iter().find(|mount| mount.root.identity() == identity).map(|mount| mount.covered.clone())
    }

    /// Returns every mount, the root first.
    pub fn mount_list(&self) -> Vec<MountInfo> {
        let describe = |root: &InodeRef, source: &[u8], path: &[u8]| MountInfo {
            source: source.into(),
            path: path.into(),
            info: root.file_system(),
            dev: root.attributes().map_or(0, |attributes| attributes.dev),
        };
        let mut list = Vec::new();
        if let Some(root) = self.machine_root.lock().clone() {
            list.push(describe(&root, root.file_system().name.as_bytes(), b"/"));
        }
        let mounts = self.mounts.lock();
        list.extend(mounts.iter().map(|mount| describe(&mount.root, &mount.source, &mount.path)));
        list
    }

    /// Returns the number of the mount of a device, as `/proc/self/mountinfo` has it; 0 where there is none.
    pub fn mount_of(&self, dev: u64) -> usize {
        self.mount_list().iter().position(|mount| mount.dev == dev).map_or(0, |at| at + 1)
    }
}

fn root_node(kernel: &Kernel) -> Result<Arc<Node>> {
    let backend = kernel.backend;
    match &kernel.boot.root {
        Root::None => Ok(Tree::new_root(backend, TMPFS)),
        Root::Folder(path) => Tree::new_overlay(backend, OVERLAY, carried::lower(kernel, path, b"/")?),
        Root::Archive => Tree::new_overlay(backend, OVERLAY, archive::root(kernel)?),
    }
}

impl Context<'_> {
    /// Mounts what the boot information asks for and opens descriptors 0 to 2.
    pub fn mount_root(self) -> Result<()> {
        let kernel = self.kernel;
        let root: InodeRef = root_node(kernel)?;
        *kernel.fs.machine_root.lock() = Some(root.clone());
        *kernel.fs.root.lock() = Some(root.clone());
        *self.files().cwd.lock() = Some(root);
        // Without a root, an archive's /tmp holds just the program; over it the program's own writes stay in memory.
        let is_tmp_carried =
            kernel.boot.root == Root::Archive && self.resolve(abi::AT_FDCWD, b"/tmp").is_ok();
        if !is_tmp_carried {
            self.mount(b"/tmp", b"tmpfs", Tree::new_root(kernel.backend, TMPFS))?;
        }
        self.mount(b"/dev", b"devtmpfs", device::new_tree(kernel.backend)?)?;
        self.mount(b"/dev/pts", b"devpts", devpts::Root::new(kernel.backend))?;
        self.mount(b"/proc", b"proc", proc::root(kernel.backend))?;
        self.mount(b"/sys", b"sysfs", proc::sys_root(kernel.backend))?;
        for mount in &kernel.boot.mounts {
            let root: InodeRef = match mount.writes {
                Writes::Kept => {
                    let lower = carried::lower(kernel, &mount.host, &mount.guest)?;
                    Tree::new_overlay(kernel.backend, OVERLAY, lower)?
                }
                Writes::Through | Writes::Refused => {
                    HostNode::root(kernel, &mount.host, mount.writes == Writes::Refused)?
                }
            };
            self.mount(&mount.guest, &mount.host, root)?;
        }
        self.open_standard_streams()
    }

    /// Goes to the working directory that the program starts in.
    pub fn enter_first_cwd(self) -> Result<()> {
        let cwd = self.resolve(abi::AT_FDCWD, &self.kernel.boot.cwd)?;
        if !cwd.is_directory() {
            return Err(Errno::ENOTDIR);
        }
        *self.files().cwd.lock() = Some(cwd);
        Ok(())
    }

    /// Mounts a file system, making what it covers if nothing is there.
    fn mount(self, path: &[u8], source: &[u8], root: InodeRef) -> Result<()> {
        let mut at = 0;
        while let Some(next) = path[at + 1..].iter().position(|&b| b == b'/').map(|n| n + at + 1) {
            self.make_mount_point(&path[..next], true)?;
            at = next;
        }
        let covered = self.make_mount_point(path, root.is_directory())?;
        let root = if covered.file_type() == root.file_type() { root } else { return Err(Errno::ENOTDIR) };
        let mount = MountPoint { covered, root, path: path.into(), source: source.into() };
        self.kernel.fs.mounts.lock().push(mount);
        Ok(())
    }

    fn make_mount_point(self, path: &[u8], is_directory: bool) -> Result<InodeRef> {
        let place = self.walk(abi::AT_FDCWD, path, super::walk::Follow::Last)?;
        match place.inode {
            Some(inode) => Ok(inode),
            None if is_directory => place.directory.create(&place.name, NewFile::Directory, 0o755),
            None => place.directory.create(&place.name, NewFile::Regular, 0o644),
        }
    }
}
