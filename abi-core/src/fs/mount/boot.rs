//! The mounts that a machine starts with.

use alloc::sync::Arc;

use super::{FileSystem, Mount, Mounted, TMPFS};
use crate::abi::{self, Errno, Result};
use crate::boot::{Root, Writes};
use crate::fs::file::Location;
use crate::fs::host::HostNode;
use crate::fs::inode::{FileSystemInfo, Inode, InodeRef, NewFile};
use crate::fs::terminal::devpts;
use crate::fs::tree::{Node, Tree};
use crate::fs::walk::{Follow, Place};
use crate::fs::{archive, carried, device, proc};
use crate::kernel::{Context, Kernel};

const OVERLAY: FileSystemInfo = FileSystemInfo { name: "overlay", magic: 0x794c_7630, is_read_only: false };

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
        self.begin_with(root_node(kernel)?);
        // Without a root, an archive's /tmp holds just the program; over it the program's own writes stay in memory.
        let is_tmp_carried =
            kernel.boot.root == Root::Archive && self.resolve(abi::AT_FDCWD, b"/tmp").is_ok();
        if !is_tmp_carried {
            let tmp = Tree::new_root(kernel.backend, TMPFS);
            tmp.set_mode(0o1777)?;
            self.mount_at_start(b"/tmp", b"tmpfs", tmp)?;
        }
        self.mount_at_start(b"/dev", b"devtmpfs", device::new_tree(kernel.backend)?)?;
        self.mount_at_start(b"/dev/pts", b"devpts", devpts::Root::new(kernel.backend))?;
        self.mount_at_start(b"/proc", b"proc", proc::root(kernel.backend))?;
        self.mount_at_start(b"/sys", b"sysfs", proc::sys_root(kernel.backend))?;
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
            self.mount_at_start(&mount.guest, &mount.host, root)?;
        }
        self.open_standard_streams()
    }

    /// Mounts the machine's root, and goes there.
    pub(in crate::fs) fn begin_with(self, root: InodeRef) {
        let source = root.file_system().name.as_bytes();
        let mount = Mount::new(&FileSystem::new(root, 0), source, abi::MS_RELATIME);
        let root = Mounted::root_of(&mount);
        self.kernel.fs.mounts.lock().add(mount, None, None);
        *self.kernel.fs.root.lock() = Some(root.clone());
        *self.files().cwd.lock() = Some(root);
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
    pub(in crate::fs) fn mount_at_start(self, path: &[u8], source: &[u8], root: InodeRef) -> Result<()> {
        let mut at = 0;
        while let Some(next) = path[at + 1..].iter().position(|&b| b == b'/').map(|n| n + at + 1) {
            self.make_mount_point(&path[..next], true)?;
            at = next;
        }
        let (covered, location) = self.make_mount_point(path, root.is_directory())?;
        if covered.file_type() != root.file_type() {
            return Err(Errno::ENOTDIR);
        }
        let file_system = match root.file_system().name {
            kind @ ("devtmpfs" | "sysfs") => self.kernel.fs.only_one(kind, || Ok(root))?,
            _ => FileSystem::new(root, 0),
        };
        let mount = Mount::new(&file_system, source, abi::MS_RELATIME);
        self.kernel.fs.mounts.lock().add(mount, Some(covered), location);
        Ok(())
    }

    fn make_mount_point(self, path: &[u8], is_directory: bool) -> Result<(Mounted, Option<Location>)> {
        let place = self.walk(abi::AT_FDCWD, path, Follow::Last)?;
        let covered = match &place.inode {
            Some(inode) => inode.clone(),
            None if is_directory => place.directory.create(&place.name, NewFile::Directory, 0o755)?,
            None => place.directory.create(&place.name, NewFile::Regular, 0o644)?,
        };
        Ok((covered, Place::location(place)))
    }
}
