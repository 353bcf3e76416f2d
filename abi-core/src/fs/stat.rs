//! stat(2), statx(2), access(2), readlink(2), statfs(2).

use alloc::sync::Arc;

use super::attributes::{Attributes, split_time, to_stat};
use super::file::OpenFile;
use super::inode::{FileSystemInfo, NAME_MAX_BYTES};
use super::mount::{Mount, Mounted};
use super::walk::{Follow, check_flags};
use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserPtr, UserStr, copy_out, zeroed};
use crate::kernel::Context;

/// What `statx(2)` fills in always.
const STATX_BASIC: u32 = abi::STATX_BASIC_STATS;

/// The attributes that are known, set or not.
const ATTRIBUTES: u64 = (abi::STATX_ATTR_MOUNT_ROOT | abi::STATX_ATTR_AUTOMOUNT | abi::STATX_ATTR_DAX) as u64;

/// `struct statfs`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct StatFs {
    /// The file system's magic number.
    pub f_type: i64,
    /// Best size of a transfer.
    pub f_bsize: i64,
    /// Blocks in all.
    pub f_blocks: u64,
    /// Free blocks.
    pub f_bfree: u64,
    /// Free blocks for ordinary users.
    pub f_bavail: u64,
    /// Files in all.
    pub f_files: u64,
    /// Free files.
    pub f_ffree: u64,
    /// An identity.
    pub f_fsid: [i32; 2],
    /// Longest name.
    pub f_namelen: i64,
    /// Size of a block.
    pub f_frsize: i64,
    /// Mount flags (`ST_…`).
    pub f_flags: i64,
    /// Nothing.
    pub f_spare: [i64; 4],
}

/// What a call is about.
enum Found {
    Open(Arc<OpenFile>),
    Place(Mounted),
}

impl Found {
    fn attributes(&self) -> Result<Attributes> {
        match self {
            Self::Open(open) => open.file.attributes(),
            Self::Place(place) => place.attributes(),
        }
    }
}

impl Context<'_> {
    fn find_at(self, dirfd: i32, path: UserStr, flags: i32) -> Result<Found> {
        let path = if path.is_null() && flags & abi::AT_EMPTY_PATH != 0 {
            alloc::vec::Vec::new()
        } else {
            path.read_path()?
        };
        if path.is_empty() && flags & abi::AT_EMPTY_PATH != 0 && dirfd != abi::AT_FDCWD {
            return self.open_file(dirfd).map(Found::Open);
        }
        self.resolve_at(dirfd, &path, flags).map(Found::Place)
    }

    /// newfstatat(2)
    pub fn sys_fstatat(self, dirfd: i32, path: UserStr, out: UserPtr<abi::stat>, flags: i32) -> Result<i32> {
        check_flags(flags, abi::AT_SYMLINK_NOFOLLOW | abi::AT_EMPTY_PATH | abi::AT_NO_AUTOMOUNT)?;
        out.write(to_stat(&self.find_at(dirfd, path, flags)?.attributes()?))?;
        Ok(0)
    }

    /// fstat(2)
    pub fn sys_fstat(self, fd: i32, out: UserPtr<abi::stat>) -> Result<i32> {
        let attributes = self.open_file(fd)?.file.attributes()?;
        out.write(to_stat(&attributes))?;
        Ok(0)
    }

    /// statx(2)
    pub fn sys_statx(
        self,
        dirfd: i32,
        path: UserStr,
        flags: i32,
        mask: u32,
        out: UserPtr<abi::statx>,
    ) -> Result<i32> {
        let links = abi::AT_SYMLINK_NOFOLLOW | abi::AT_EMPTY_PATH | abi::AT_NO_AUTOMOUNT;
        check_flags(flags, links | abi::AT_STATX_SYNC_TYPE)?;
        if mask & 0x8000_0000 != 0 || flags & abi::AT_STATX_SYNC_TYPE == abi::AT_STATX_SYNC_TYPE {
            return Err(Errno::EINVAL);
        }
        let found = self.find_at(dirfd, path, flags)?;
        let of = found.attributes()?;
        let place = match found {
            Found::Open(open) => self.mounted(&open),
            Found::Place(place) => Some(place),
        };
        let time = |ns: i128| {
            let (seconds, nanos) = split_time(ns);
            let mut time: abi::statx_timestamp = zeroed();
            (time.tv_sec, time.tv_nsec) = (seconds, nanos as u32);
            time
        };
        let mut statx: abi::statx = zeroed();
        statx.stx_mask = STATX_BASIC;
        statx.stx_blksize = of.block_size;
        statx.stx_nlink = of.nlink as u32;
        statx.stx_uid = of.uid;
        statx.stx_gid = of.gid;
        statx.stx_mode = of.mode as u16;
        statx.stx_ino = of.ino;
        statx.stx_size = of.size;
        statx.stx_blocks = of.blocks;
        [statx.stx_atime, statx.stx_mtime, statx.stx_ctime] = of.times_ns.map(time);
        if let Some(birth_ns) = of.birth_ns.filter(|_| mask & abi::STATX_BTIME != 0) {
            statx.stx_mask |= abi::STATX_BTIME;
            statx.stx_btime = time(birth_ns);
        }
        // No file is mounted by being looked at, or lies in memory that stays.
        statx.stx_attributes_mask = ATTRIBUTES;
        if let Some(place) = place {
            statx.stx_mask |= abi::STATX_MNT_ID;
            statx.stx_mnt_id = place.mount.id;
            if place.is_root() {
                statx.stx_attributes |= abi::STATX_ATTR_MOUNT_ROOT as u64;
            }
        }
        (statx.stx_rdev_major, statx.stx_rdev_minor) = (abi::major(of.rdev), abi::minor(of.rdev));
        (statx.stx_dev_major, statx.stx_dev_minor) = (abi::major(of.dev), abi::minor(of.dev));
        out.write(statx)?;
        Ok(0)
    }

    /// faccessat2(2): files are readable and writable, and executable with any execute bit.
    pub fn sys_faccessat(self, dirfd: i32, path: UserStr, mode: i32, flags: i32) -> Result<i32> {
        if mode & !(abi::R_OK | abi::W_OK | abi::X_OK) != 0 {
            return Err(Errno::EINVAL);
        }
        check_flags(flags, abi::AT_EACCESS | abi::AT_SYMLINK_NOFOLLOW | abi::AT_EMPTY_PATH)?;
        let inode = self.resolve_at(dirfd, &path.read_path()?, flags & !abi::AT_EACCESS)?;
        if mode & abi::W_OK != 0 {
            // What is written to a device or a pipe does not change the file system.
            if matches!(inode.file_type(), abi::S_IFREG | abi::S_IFDIR | abi::S_IFLNK) {
                inode.mount.check_writable()?;
            }
            inode.inode.check_writable()?;
        }
        if mode & abi::X_OK != 0 && !inode.is_directory() {
            let is_kept_from = inode.file_type() == abi::S_IFREG && inode.mount.has(abi::MS_NOEXEC);
            if is_kept_from || inode.attributes()?.mode & 0o111 == 0 {
                return Err(Errno::EACCES);
            }
        }
        Ok(0)
    }

    /// readlinkat(2)
    pub fn sys_readlinkat(self, dirfd: i32, path: UserStr, out: usize, len_bytes: usize) -> Result<isize> {
        if len_bytes == 0 || len_bytes > isize::MAX as usize {
            return Err(Errno::EINVAL);
        }
        let path = path.read_path()?;
        let inode = if path.is_empty() && dirfd != abi::AT_FDCWD {
            self.resolve_at(dirfd, &path, abi::AT_EMPTY_PATH)?
        } else {
            self.walk(dirfd, &path, Follow::NotLast)?.existing()?.clone()
        };
        let target = inode.read_link()?;
        let n = target.len().min(len_bytes);
        copy_out(out, &target[..n])?;
        Ok(n as isize)
    }

    fn statfs_of(self, info: FileSystemInfo, mount: Option<&Mount>) -> StatFs {
        const PAGE_BYTES: u64 = 4096;
        let mut out: StatFs = zeroed();
        out.f_type = info.magic;
        out.f_bsize = PAGE_BYTES as i64;
        out.f_frsize = PAGE_BYTES as i64;
        out.f_namelen = NAME_MAX_BYTES as i64;
        out.f_flags = ST_VALID | mount.map_or(0, Mount::statfs_flags);
        if !matches!(info.name, "proc" | "sysfs") {
            out.f_blocks = self.kernel.backend.layout().total_bytes as u64 / PAGE_BYTES;
            out.f_bfree = self.kernel.free_bytes() as u64 / PAGE_BYTES;
            out.f_bavail = out.f_bfree;
            out.f_files = out.f_blocks;
            out.f_ffree = out.f_bfree;
        }
        if let Some(usage) = mount.and_then(Mount::usage) {
            let (limits, free_pages) = (usage.limits, out.f_bfree);
            if limits.pages != u64::MAX {
                out.f_blocks = limits.pages;
                out.f_bfree = limits.pages.saturating_sub(usage.pages).min(free_pages);
                out.f_bavail = out.f_bfree;
            }
            if limits.files != u64::MAX {
                out.f_files = limits.files;
                out.f_ffree = limits.files.saturating_sub(usage.files);
            }
        }
        out
    }

    /// statfs(2)
    pub fn sys_statfs(self, path: UserStr, out: UserPtr<StatFs>) -> Result<i32> {
        let inode = self.resolve(abi::AT_FDCWD, &path.read_path()?)?;
        out.write(self.statfs_of(inode.file_system(), Some(&inode.mount)))?;
        Ok(0)
    }

    /// fstatfs(2)
    pub fn sys_fstatfs(self, fd: i32, out: UserPtr<StatFs>) -> Result<i32> {
        let open = self.open_file(fd)?;
        let info = match open.file.inode() {
            Some(inode) => inode.file_system(),
            None => match open.file.attributes()?.mode & abi::S_IFMT {
                abi::S_IFIFO => FileSystemInfo { name: "pipefs", magic: 0x5049_5045, is_read_only: false },
                abi::S_IFSOCK => FileSystemInfo { name: "sockfs", magic: 0x534f_434b, is_read_only: false },
                _ => FileSystemInfo { name: "anon_inodefs", magic: 0x0904_1934, is_read_only: false },
            },
        };
        out.write(self.statfs_of(info, open.mount.as_deref()))?;
        Ok(0)
    }
}

/// `f_flags` is meaningful.
const ST_VALID: i64 = 0x20;
