//! mount(2) and umount2(2).

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::Ordering;

use super::flags::{self, Request};
use super::options::Options;
use super::{FileSystem, Mount, Mounted};
use crate::abi::{self, Errno, Result};
use crate::boundary::user::UserStr;
use crate::fs::file::Location;
use crate::fs::inode::{FileSystemInfo, Inode, InodeRef};
use crate::fs::tree::Tree;
use crate::fs::walk::{Follow, Place};
use crate::fs::{device, proc};
use crate::kernel::Context;

const RAMFS: FileSystemInfo = FileSystemInfo { name: "ramfs", magic: 0x8584_58f6, is_read_only: false };
/// The longest string of mount(2), without its NUL.
const STRING_MAX_BYTES: usize = 4095;
/// Flags of umount2(2).
const UMOUNT_FLAGS: i32 = abi::MNT_FORCE | abi::MNT_DETACH | abi::MNT_EXPIRE | abi::UMOUNT_NOFOLLOW;

/// Reads a string that need not be there.
fn read_optional(text: UserStr) -> Result<Option<Vec<u8>>> {
    if text.is_null() {
        return Ok(None);
    }
    let too_long = |e| if e == Errno::ENAMETOOLONG { Errno::EINVAL } else { e };
    text.read(STRING_MAX_BYTES).map(Some).map_err(too_long)
}

/// Where something is to be mounted.
struct Target {
    at: Mounted,
    location: Option<Location>,
}

impl Target {
    /// Fails unless it is what a mount was made for.
    fn mount(&self) -> Result<&Arc<Mount>> {
        if self.at.is_mount_root() { Ok(&self.at.mount) } else { Err(Errno::EINVAL) }
    }
}

impl Context<'_> {
    /// mount(2)
    pub fn sys_mount(
        self,
        source: UserStr,
        target: UserStr,
        kind: UserStr,
        flags: u64,
        data: UserStr,
    ) -> Result<i32> {
        let kind = read_optional(kind)?;
        let source = read_optional(source)?;
        let data = read_optional(data)?.unwrap_or_default();
        let place = self.walk(abi::AT_FDCWD, &target.read_path()?, Follow::Last)?;
        let target = Target { at: place.existing()?.clone(), location: Place::location(place) };
        let flags = flags::checked(flags)?;
        match flags::request(flags) {
            Request::RemountBind => {
                let mount = target.mount()?;
                self.set_mount_flags(mount, flags::of_mount(flags, Some(mount.own_flags())))?;
            }
            Request::Remount => self.remount(target.mount()?, flags, &data)?,
            Request::Bind(with_all_below) => self.bind_mount(source, target, with_all_below)?,
            Request::Propagation => self.set_propagation(target.mount()?, flags)?,
            Request::Move => self.move_mount(source, target)?,
            Request::New => self.new_mount(source, target, kind, flags, &data)?,
        }
        Ok(0)
    }

    /// Makes sure nothing is open for writing by way of the mounts that `is_meant` picks.
    fn check_nothing_written(self, is_meant: impl Fn(&Mount) -> bool) -> Result<()> {
        let mut is_written = false;
        self.kernel.for_each_open(|open| {
            let is_kept = |inode: &InodeRef| matches!(inode.file_type(), abi::S_IFREG | abi::S_IFDIR);
            is_written |= open.is_writable()
                && open.mount.as_ref().is_some_and(|mount| is_meant(mount))
                && open.file.inode().is_some_and(is_kept);
        });
        if is_written { Err(Errno::EBUSY) } else { Ok(()) }
    }

    fn set_mount_flags(self, mount: &Arc<Mount>, flags: u64) -> Result<()> {
        if flags & !mount.own_flags() & abi::MS_RDONLY != 0 {
            self.check_nothing_written(|it| core::ptr::eq(it, &raw const **mount))?;
        }
        let kept = mount.own_flags() & abi::MS_UNBINDABLE;
        mount.flags.store(flags | kept, Ordering::Relaxed);
        Ok(())
    }

    /// `MS_REMOUNT`: changes the file system, and the mount's flags.
    fn remount(self, mount: &Arc<Mount>, flags: u64, data: &[u8]) -> Result<()> {
        let file_system = &mount.file_system;
        let mut wanted = flags::of_file_system(flags);
        let total_bytes = self.kernel.backend.layout().total_bytes as u64;
        let root = &file_system.root;
        let options = match root.file_system().name {
            "tmpfs" | "ramfs" | "devtmpfs" => Options::read(data, total_bytes)?,
            _ if data.is_empty() => Options::default(),
            _ => return Err(Errno::EINVAL),
        };
        match options.is_read_only {
            Some(true) => wanted |= abi::MS_RDONLY,
            Some(false) => wanted &= !abi::MS_RDONLY,
            None => {}
        }
        let is_fixed = root.file_system().is_read_only && !super::has_no_names(root);
        if is_fixed && wanted & abi::MS_RDONLY == 0 {
            return Err(Errno::EROFS);
        }
        if wanted & !file_system.flags() & abi::MS_RDONLY != 0 {
            self.check_nothing_written(|it| it.shows_same(file_system))?;
        }
        if root.file_system().name == "tmpfs"
            && let Some(tree) = file_system.tree()
        {
            tree.set_limits(options.changed_limits(&tree.usage())?);
        }
        let kept = file_system.flags() & !flags::REMOUNTED;
        file_system.flags.store(wanted & flags::REMOUNTED | kept, Ordering::Relaxed);
        self.set_mount_flags(mount, flags::of_mount(flags, Some(mount.own_flags())))
    }

    /// `MS_PRIVATE` and its like: nothing propagates between mounts here, so what is left is whether one may be bound.
    fn set_propagation(self, mount: &Arc<Mount>, flags: u64) -> Result<()> {
        let kind = flags::propagation(flags)?;
        let set = |mount: &Mount| {
            mount.flags.fetch_and(!abi::MS_UNBINDABLE, Ordering::Relaxed);
            mount.flags.fetch_or(kind & abi::MS_UNBINDABLE, Ordering::Relaxed);
        };
        if flags & abi::MS_REC == 0 {
            set(mount);
        } else {
            self.kernel.fs.mounts.lock().at_and_below(mount).iter().for_each(|mount| set(mount));
        }
        Ok(())
    }

    /// Finds the file that a source names.
    fn source_place(self, source: Option<Vec<u8>>) -> Result<Place> {
        let source = source.filter(|source| !source.is_empty()).ok_or(Errno::EINVAL)?;
        let place = self.walk(abi::AT_FDCWD, &source, Follow::Last)?;
        place.existing()?;
        Ok(place)
    }

    /// `MS_BIND`: shows a file or directory at a second place.
    fn bind_mount(self, source: Option<Vec<u8>>, target: Target, with_all_below: bool) -> Result<()> {
        let place = self.source_place(source)?;
        let from = place.existing()?.clone();
        let root_path = super::path_within(&from, Place::location(place));
        if from.mount.own_flags() & abi::MS_UNBINDABLE != 0 {
            return Err(Errno::EINVAL);
        }
        if from.is_directory() != target.at.is_directory() {
            return Err(Errno::ENOTDIR);
        }
        let mut table = self.kernel.fs.mounts.lock();
        if table.entry(&from.mount).is_none() {
            return Err(Errno::EINVAL);
        }
        let copy = |of: &Arc<Mount>, root: InodeRef, root_path: Vec<u8>| {
            Mount::of_part(&of.file_system, root, root_path, &of.source, of.own_flags())
        };
        let bound = copy(&from.mount, from.inode.clone(), root_path);
        let Target { at: covered, location } = target;
        table.add(bound.clone(), Some(covered), location);
        // The copies of what is mounted below the source go to the same places of the copy.
        let mut copies = alloc::vec![(from.mount.clone(), bound.clone())];
        let mut at = 0;
        while with_all_below && at < copies.len() {
            let (old, new) = copies[at].clone();
            at += 1;
            let mut made = Vec::new();
            for entry in table.children(&old) {
                let Some(covered) = &entry.covered else { continue };
                // Not the new one itself, where that is inside of what it shows.
                let is_shown = entry.is_below(&new.root) && !Arc::ptr_eq(&entry.mount, &bound);
                if is_shown && entry.mount.own_flags() & abi::MS_UNBINDABLE == 0 {
                    let mount = copy(&entry.mount, entry.mount.root.clone(), entry.mount.root_path.clone());
                    let to_new = |at: &Mounted| Mounted { mount: new.clone(), inode: at.inode.clone() };
                    let location = entry.location.as_ref().map(|location| Location {
                        directory: to_new(&location.directory),
                        name: location.name.clone(),
                    });
                    made.push((entry.mount.clone(), mount, to_new(covered), location));
                }
            }
            for (old, mount, covered, location) in made {
                table.add(mount.clone(), Some(covered), location);
                copies.push((old, mount));
            }
        }
        Ok(())
    }

    /// `MS_MOVE`: shows a mount elsewhere, with what is mounted on it.
    fn move_mount(self, source: Option<Vec<u8>>, target: Target) -> Result<()> {
        let place = self.source_place(source)?;
        let from = place.existing()?.clone();
        if !from.is_mount_root() || from.is_directory() != target.at.is_directory() {
            return Err(Errno::EINVAL);
        }
        let mut table = self.kernel.fs.mounts.lock();
        if table.entry(&from.mount).is_none_or(|entry| entry.covered.is_none()) {
            return Err(Errno::EINVAL);
        }
        if table.at_and_below(&from.mount).iter().any(|mount| Arc::ptr_eq(mount, &target.at.mount)) {
            return Err(Errno::ELOOP);
        }
        let before = table.put(&from.mount, target.at, target.location);
        drop(table);
        drop(before);
        Ok(())
    }

    /// Mounts a file system that is not there yet, or the one of its kind.
    fn new_mount(
        self,
        source: Option<Vec<u8>>,
        target: Target,
        kind: Option<Vec<u8>>,
        flags: u64,
        data: &[u8],
    ) -> Result<()> {
        let kind = kind.ok_or(Errno::EINVAL)?;
        let file_system = self.file_system_of_kind(&kind, flags, data)?;
        if target.at.is_mount_root() && target.at.mount.shows_same(&file_system) {
            return Err(Errno::EBUSY);
        }
        if !target.at.is_directory() {
            return Err(Errno::ENOTDIR);
        }
        let source = source.unwrap_or_else(|| b"none".to_vec());
        let mount = Mount::new(&file_system, &source, flags::of_mount(flags, None));
        let Target { at, location } = target;
        self.kernel.fs.mounts.lock().add(mount, Some(at), location);
        Ok(())
    }

    fn file_system_of_kind(self, kind: &[u8], flags: u64, data: &[u8]) -> Result<Arc<FileSystem>> {
        let backend = self.kernel.backend;
        let wanted = flags::of_file_system(flags);
        let without_options = || if data.is_empty() { Ok(()) } else { Err(Errno::EINVAL) };
        match kind {
            b"tmpfs" | b"ramfs" => {
                let info = if kind == b"tmpfs" { super::TMPFS } else { RAMFS };
                let total_bytes = backend.layout().total_bytes as u64;
                let options = Options::read(data, total_bytes)?;
                let root = Tree::new_root(backend, info);
                let usual = if kind == b"tmpfs" { 0o1777 } else { 0o755 };
                root.set_mode(options.mode.unwrap_or(usual))?;
                root.set_owner(options.uid, options.gid)?;
                if kind == b"tmpfs" {
                    root.tree().set_limits(options.limits(total_bytes));
                }
                let read_only = match options.is_read_only {
                    Some(true) => abi::MS_RDONLY,
                    _ => 0,
                };
                Ok(FileSystem::new(root, wanted | read_only))
            }
            b"proc" => {
                without_options()?;
                Ok(FileSystem::new(proc::root(backend), wanted))
            }
            b"sysfs" => {
                without_options()?;
                self.kernel.fs.only_one("sysfs", || Ok(proc::sys_root(backend)))
            }
            b"devtmpfs" => self.kernel.fs.only_one("devtmpfs", || {
                let root: InodeRef = device::new_tree(backend)?;
                Ok(root)
            }),
            _ => Err(Errno::ENODEV),
        }
    }

    /// umount2(2)
    pub fn sys_umount2(self, target: UserStr, how: i32) -> Result<i32> {
        if how & !UMOUNT_FLAGS != 0 {
            return Err(Errno::EINVAL);
        }
        let follow = if how & abi::UMOUNT_NOFOLLOW != 0 { Follow::NotLast } else { Follow::Last };
        let path = target.read_path()?;
        let was_marked = self.kernel.fs.mounts.lock().expiring();
        let found = self.walk(abi::AT_FDCWD, &path, follow)?.existing()?.clone();
        // A directory that something was mounted on after somebody went there stands for what is on it.
        let Mounted { mount, inode } = self.kernel.fs.cross(found);
        if inode.identity() != mount.root.identity() {
            return Err(Errno::EINVAL);
        }
        drop(inode);
        let detaches = how & abi::MNT_DETACH != 0;
        let is_first = Arc::ptr_eq(&self.kernel.fs.root()?.mount, &mount);
        let mut table = self.kernel.fs.mounts.lock();
        let is_in_place = table.entry(&mount).is_some_and(|entry| entry.covered.is_some());
        // The table's reference, and the one held here.
        let is_busy = Arc::strong_count(&mount) > 2;
        if how & abi::MNT_EXPIRE != 0 {
            if is_first || how & (abi::MNT_FORCE | abi::MNT_DETACH) != 0 {
                return Err(Errno::EINVAL);
            }
            if is_busy {
                return Err(Errno::EBUSY);
            }
            if !was_marked.contains(&mount.id) {
                mount.expires.store(true, Ordering::Relaxed);
                return Err(Errno::EAGAIN);
            }
        }
        if is_first && !detaches {
            drop(table);
            // The root directory's is not taken away but made read-only.
            let flags = mount.file_system.flags() | abi::MS_RDONLY;
            self.check_nothing_written(|it| it.shows_same(&mount.file_system))?;
            mount.file_system.flags.store(flags, Ordering::Relaxed);
            return Ok(0);
        }
        if !is_in_place {
            return Err(Errno::EINVAL);
        }
        if is_busy && !detaches {
            return Err(Errno::EBUSY);
        }
        let gone: Vec<_> =
            table.at_and_below(&mount).iter().filter_map(|mount| table.take_out(mount)).collect();
        drop(table);
        for entry in &gone {
            self.tell_unmounted(entry.mount.file_system());
        }
        Ok(0)
    }

    /// Tells who watches files of a file system that it is not shown anywhere any more.
    fn tell_unmounted(self, file_system: &Arc<FileSystem>) {
        let is_shown = {
            let table = self.kernel.fs.mounts.lock();
            table.0.iter().any(|entry| entry.mount.shows_same(file_system))
        };
        if !is_shown {
            self.kernel.fs.watches.end_watches_of(file_system);
        }
    }
}
