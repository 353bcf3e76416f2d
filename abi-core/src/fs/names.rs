//! Calls that change directories: mkdir(2), unlink(2), link(2), symlink(2), rename(2), mknod(2).

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::file::{Location, OpenFile};
use super::inode::{InodeRef, NewFile, RenameMode};
use super::mount::Mounted;
use super::walk::{Follow, Last, Place, check_flags};
use crate::abi::{self, Errno, Result};
use crate::boundary::user::UserStr;
use crate::kernel::Context;

/// rename(2) as `renameat2` takes it.
const RENAME_FLAGS: u32 = abi::RENAME_NOREPLACE | abi::RENAME_EXCHANGE;

impl Context<'_> {
    /// Finds where a new name is to be made; `EEXIST` if something is there.
    fn vacant(self, dirfd: i32, path: UserStr) -> Result<Place> {
        let place = self.walk(dirfd, &path.read_path()?, Follow::Never)?;
        if place.inode.is_some() { Err(Errno::EEXIST) } else { Ok(place) }
    }

    /// As [`Self::vacant`], for what is no directory; `ENOENT` if a slash follows.
    fn vacant_for_file(self, dirfd: i32, path: UserStr) -> Result<Place> {
        let place = self.vacant(dirfd, path)?;
        if place.must_be_directory { Err(Errno::ENOENT) } else { Ok(place) }
    }

    /// mkdirat(2)
    pub fn sys_mkdirat(self, dirfd: i32, path: UserStr, mode: u32) -> Result<i32> {
        let place = self.vacant(dirfd, path)?;
        place.directory.create(&place.name, NewFile::Directory, mode & 0o1777 & !self.files().umask())?;
        self.kernel.tell_one(&place.directory, abi::IN_CREATE, true, 0, &place.name);
        Ok(0)
    }

    /// mknodat(2)
    pub fn sys_mknodat(self, dirfd: i32, path: UserStr, mode: u32, rdev: u64) -> Result<i32> {
        let new = match mode & abi::S_IFMT {
            0 | abi::S_IFREG => NewFile::Regular,
            abi::S_IFDIR => return Err(Errno::EPERM),
            file_type @ (abi::S_IFCHR | abi::S_IFBLK | abi::S_IFIFO | abi::S_IFSOCK) => {
                NewFile::Special(file_type, rdev)
            }
            _ => return Err(Errno::EINVAL),
        };
        let place = self.vacant_for_file(dirfd, path)?;
        place.directory.create(&place.name, new, mode & 0o7777 & !self.files().umask())?;
        self.kernel.tell_one(&place.directory, abi::IN_CREATE, false, 0, &place.name);
        Ok(0)
    }

    /// symlinkat(2)
    pub fn sys_symlinkat(self, target: UserStr, dirfd: i32, path: UserStr) -> Result<i32> {
        let target = target.read_path()?;
        if target.is_empty() {
            return Err(Errno::ENOENT);
        }
        let place = self.vacant_for_file(dirfd, path)?;
        place.directory.create(&place.name, NewFile::Symlink(&target), 0o777)?;
        self.kernel.tell_one(&place.directory, abi::IN_CREATE, false, 0, &place.name);
        Ok(0)
    }

    /// linkat(2)
    pub fn sys_linkat(self, from_fd: i32, from: UserStr, to_fd: i32, to: UserStr, flags: i32) -> Result<i32> {
        check_flags(flags, abi::AT_SYMLINK_FOLLOW | abi::AT_EMPTY_PATH)?;
        let from = from.read_path()?;
        let inode = if from.is_empty() && flags & abi::AT_EMPTY_PATH != 0 {
            self.resolve_at(from_fd, &from, flags)?
        } else {
            let follow = if flags & abi::AT_SYMLINK_FOLLOW != 0 { Follow::Last } else { Follow::NotLast };
            self.walk(from_fd, &from, follow)?.existing()?.clone()
        };
        let place = self.vacant_for_file(to_fd, to)?;
        if inode.is_directory() {
            return Err(Errno::EPERM);
        }
        place.directory.link(&place.name, &inode)?;
        self.kernel.tell_one(&inode, abi::IN_ATTRIB, false, 0, b"");
        self.kernel.tell_one(&place.directory, abi::IN_CREATE, false, 0, &place.name);
        Ok(0)
    }

    /// unlinkat(2)
    pub fn sys_unlinkat(self, dirfd: i32, path: UserStr, flags: i32) -> Result<i32> {
        check_flags(flags, abi::AT_REMOVEDIR)?;
        let place = self.walk(dirfd, &path.read_path()?, Follow::Never)?;
        let is_rmdir = flags & abi::AT_REMOVEDIR != 0;
        match (place.last, is_rmdir) {
            (Last::Name, _) => {}
            (Last::Dot, true) => return Err(Errno::EINVAL),
            (Last::DotDot, true) => return Err(Errno::ENOTEMPTY),
            (_, false) => return Err(Errno::EISDIR),
        }
        place.directory.mount.check_writable()?;
        let inode = place.existing()?;
        if is_rmdir {
            if !inode.is_directory() {
                return Err(Errno::ENOTDIR);
            }
            if place.is_mount_point(&self.kernel.fs) {
                return Err(Errno::EBUSY);
            }
            place.directory.rmdir(&place.name)?;
        } else {
            if inode.is_directory() {
                return Err(Errno::EISDIR);
            }
            if place.is_mount_point(&self.kernel.fs) {
                return Err(Errno::EBUSY);
            }
            place.directory.unlink(&place.name)?;
        }
        self.kernel.tell_unlinked(&place.directory, &place.name, inode);
        Ok(0)
    }

    /// renameat2(2)
    pub fn sys_renameat2(
        self,
        from_fd: i32,
        from: UserStr,
        to_fd: i32,
        to: UserStr,
        flags: u32,
    ) -> Result<i32> {
        let mode = match flags {
            0 => RenameMode::Replace,
            abi::RENAME_NOREPLACE => RenameMode::NoReplace,
            abi::RENAME_EXCHANGE => RenameMode::Exchange,
            _ if flags & !RENAME_FLAGS == 0 => return Err(Errno::EINVAL),
            _ => return Err(Errno::EINVAL),
        };
        let from = self.walk(from_fd, &from.read_path()?, Follow::Never)?;
        let to = self.walk(to_fd, &to.read_path()?, Follow::Never)?;
        if from.last != Last::Name || to.last != Last::Name {
            return Err(Errno::EBUSY);
        }
        if !Arc::ptr_eq(&from.directory.mount, &to.directory.mount) {
            return Err(Errno::EXDEV);
        }
        from.directory.mount.check_writable()?;
        let inode = from.existing()?;
        if (from.must_be_directory || to.must_be_directory) && !inode.is_directory() {
            return Err(Errno::ENOTDIR);
        }
        if mode == RenameMode::Exchange {
            to.existing()?;
        }
        let fs = &self.kernel.fs;
        if from.is_mount_point(fs) || to.is_mount_point(fs) {
            return Err(Errno::EBUSY);
        }
        from.directory.rename(&from.name, &to.directory, &to.name, mode)?;
        self.move_open_files(&from, &to);
        if mode == RenameMode::Exchange {
            self.move_open_files(&to, &from);
        }
        self.tell_renamed(&from, &to, mode);
        Ok(0)
    }

    /// Has those who opened what was at `from` know that it is at `to`.
    fn move_open_files(self, from: &Place, to: &Place) {
        let Some(moved) = &from.inode else { return };
        let (moved, directory) = (moved.identity(), from.directory.identity());
        self.kernel.for_each_open(|open| {
            if open.file.inode().is_none_or(|inode| inode.identity() != moved) {
                return;
            }
            let mut location = open.location.lock();
            let was_here =
                |place: &Location| place.name == from.name && place.directory.identity() == directory;
            if location.as_ref().is_some_and(was_here) {
                *location = Some(Location { directory: to.directory.clone(), name: to.name.clone() });
            }
        });
    }

    fn tell_renamed(self, from: &Place, to: &Place, mode: RenameMode) {
        let (kernel, Some(inode)) = (self.kernel, &from.inode) else { return };
        let cookie = kernel.fs.watches.next_cookie();
        let is_directory = inode.is_directory();
        kernel.tell_one(&from.directory, abi::IN_MOVED_FROM, is_directory, cookie, &from.name);
        kernel.tell_one(&to.directory, abi::IN_MOVED_TO, is_directory, cookie, &to.name);
        kernel.tell_one(inode, abi::IN_MOVE_SELF, is_directory, 0, b"");
        match (&to.inode, mode) {
            (Some(other), RenameMode::Exchange) => {
                let (cookie, is_directory) = (kernel.fs.watches.next_cookie(), other.is_directory());
                kernel.tell_one(&to.directory, abi::IN_MOVED_FROM, is_directory, cookie, &to.name);
                kernel.tell_one(&from.directory, abi::IN_MOVED_TO, is_directory, cookie, &from.name);
                kernel.tell_one(other, abi::IN_MOVE_SELF, is_directory, 0, b"");
            }
            (Some(replaced), _) => {
                kernel.tell_one(replaced, abi::IN_ATTRIB, replaced.is_directory(), 0, b"");
                kernel.tell_if_gone(replaced);
            }
            (None, _) => {}
        }
    }

    /// Makes a file in memory that has no name, and is shown by this one; opens it.
    pub(crate) fn unnamed_file(
        self,
        shown: Vec<u8>,
        mode: u32,
        seals: u32,
    ) -> Result<(InodeRef, Arc<OpenFile>)> {
        let mount = self.internal_mount();
        let root = mount.root().clone();
        let tree = root.as_tree_node().ok_or(Errno::ENOSYS)?;
        let inode: InodeRef = tree.unnamed(mode, seals)?;
        let directory = Mounted { mount: mount.clone(), inode: root };
        let location = Location { directory, name: shown };
        let file = super::regular::RegularFile::new(inode.clone());
        Ok((inode, OpenFile::at(file, abi::O_RDWR, Some(location), Some(mount))))
    }

    /// memfd_create(2)
    pub fn sys_memfd_create(self, name: UserStr, flags: u32) -> Result<i32> {
        let name = name.read(250).map_err(|e| if e == Errno::ENAMETOOLONG { Errno::EINVAL } else { e })?;
        if flags & !(abi::MFD_CLOEXEC | abi::MFD_ALLOW_SEALING | abi::MFD_EXEC | abi::MFD_NOEXEC_SEAL) != 0 {
            return Err(Errno::EINVAL);
        }
        let (seals, mode) = match flags & (abi::MFD_EXEC | abi::MFD_NOEXEC_SEAL) {
            abi::MFD_NOEXEC_SEAL => (abi::F_SEAL_EXEC as u32, 0o666),
            _ if flags & abi::MFD_ALLOW_SEALING != 0 => (0, 0o777),
            abi::MFD_EXEC | 0 => (abi::F_SEAL_SEAL as u32, 0o777),
            _ => return Err(Errno::EINVAL),
        };
        let mut shown = b"memfd:".to_vec();
        shown.extend_from_slice(&name);
        let (_, open) = self.unnamed_file(shown, mode, seals)?;
        let close_on_exec = if flags & abi::MFD_CLOEXEC != 0 { abi::O_CLOEXEC } else { 0 };
        let on_exec = super::table::OnExec::from_flags(close_on_exec);
        self.files().descriptors.lock().insert(open, on_exec, 0)
    }
}
