//! Calls that change a file's attributes or length: chmod(2), chown(2), utimensat(2), truncate(2), fallocate(2).

use super::file::OpenFile;
use super::inode::InodeRef;
use super::mount::Mounted;
use super::walk::check_flags;
use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserPtr, UserStr};
use crate::kernel::Context;

/// How `utimensat(2)` sets one time.
fn time_to_set(time: abi::timespec, now_ns: i128) -> Result<Option<i128>> {
    match time.tv_nsec {
        abi::UTIME_NOW => Ok(Some(now_ns)),
        abi::UTIME_OMIT => Ok(None),
        nanos @ 0..=999_999_999 => Ok(Some(i128::from(time.tv_sec) * 1_000_000_000 + i128::from(nanos))),
        _ => Err(Errno::EINVAL),
    }
}

fn id_to_set(id: u32) -> Option<u32> {
    (id != u32::MAX).then_some(id)
}

impl Context<'_> {
    fn inode_of(self, fd: i32) -> Result<Mounted> {
        let open = self.open_for_use(fd)?;
        self.mounted(&open).ok_or(Errno::EINVAL)
    }

    fn writable(self, fd: i32) -> Result<(alloc::sync::Arc<OpenFile>, InodeRef)> {
        let open = self.open_file(fd)?;
        if !open.is_writable() {
            return Err(if open.flags() & abi::O_PATH != 0 { Errno::EBADF } else { Errno::EINVAL });
        }
        let inode = open.file.inode().cloned().ok_or(Errno::EINVAL)?;
        Ok((open, inode))
    }

    /// Tells what happened to a descriptor's file.
    fn tell_descriptor(self, fd: i32, mask: u32) {
        if let Ok(open) = self.open_file(fd) {
            self.kernel.tell_of_change(&open, mask);
        }
    }

    /// fchmodat2(2)
    pub fn sys_fchmodat(self, dirfd: i32, path: UserStr, mode: u32, flags: i32) -> Result<i32> {
        check_flags(flags, abi::AT_SYMLINK_NOFOLLOW | abi::AT_EMPTY_PATH)?;
        let path = path.read_path()?;
        let inode = self.resolve_at(dirfd, &path, flags)?;
        if inode.file_type() == abi::S_IFLNK {
            return Err(Errno::EOPNOTSUPP);
        }
        inode.check_writable()?;
        inode.set_mode(mode)?;
        self.tell_path(dirfd, &path, flags, abi::IN_ATTRIB);
        Ok(0)
    }

    /// fchmod(2)
    pub fn sys_fchmod(self, fd: i32, mode: u32) -> Result<i32> {
        self.inode_of(fd)?.set_mode(mode)?;
        self.tell_descriptor(fd, abi::IN_ATTRIB);
        Ok(0)
    }

    /// fchownat(2)
    pub fn sys_fchownat(self, dirfd: i32, path: UserStr, uid: u32, gid: u32, flags: i32) -> Result<i32> {
        check_flags(flags, abi::AT_SYMLINK_NOFOLLOW | abi::AT_EMPTY_PATH)?;
        let path = path.read_path()?;
        let inode = self.resolve_at(dirfd, &path, flags)?;
        inode.check_writable()?;
        inode.set_owner(id_to_set(uid), id_to_set(gid))?;
        self.tell_path(dirfd, &path, flags, abi::IN_ATTRIB);
        Ok(0)
    }

    /// fchown(2)
    pub fn sys_fchown(self, fd: i32, uid: u32, gid: u32) -> Result<i32> {
        self.inode_of(fd)?.set_owner(id_to_set(uid), id_to_set(gid))?;
        self.tell_descriptor(fd, abi::IN_ATTRIB);
        Ok(0)
    }

    /// utimensat(2); a NULL path means `dirfd` itself, as for futimens(3).
    pub fn sys_utimensat(
        self,
        dirfd: i32,
        path: UserStr,
        times: UserPtr<abi::timespec>,
        flags: i32,
    ) -> Result<i32> {
        let times = times.non_null().map(|times| times.read_many(2)).transpose()?;
        self.set_times(dirfd, path, times.map(|times| [times[0], times[1]]), flags)
    }

    /// Sets a file's times of access and modification, without them to now; a path as for [`Context::sys_utimensat`].
    pub fn set_times(
        self,
        dirfd: i32,
        path: UserStr,
        times: Option<[abi::timespec; 2]>,
        flags: i32,
    ) -> Result<i32> {
        check_flags(flags, abi::AT_SYMLINK_NOFOLLOW | abi::AT_EMPTY_PATH)?;
        let now = crate::time::realtime(self.kernel.backend).as_nanos() as i128;
        let (access, modification) = match times {
            Some([access, modification]) => (time_to_set(access, now)?, time_to_set(modification, now)?),
            None => (Some(now), Some(now)),
        };
        if path.is_null() && dirfd != abi::AT_FDCWD {
            let inode = self.inode_of(dirfd)?;
            inode.check_writable()?;
            inode.set_times(access, modification)?;
            self.tell_descriptor(dirfd, abi::IN_ATTRIB);
            return Ok(0);
        }
        let path = path.read_path()?;
        let inode = self.resolve_at(dirfd, &path, flags)?;
        inode.check_writable()?;
        inode.set_times(access, modification)?;
        self.tell_path(dirfd, &path, flags, abi::IN_ATTRIB);
        Ok(0)
    }

    /// truncate(2)
    pub fn sys_truncate(self, path: UserStr, len_bytes: i64) -> Result<i32> {
        let len = u64::try_from(len_bytes).map_err(|_| Errno::EINVAL)?;
        let path = path.read_path()?;
        let inode = self.resolve(abi::AT_FDCWD, &path)?;
        match inode.file_type() {
            abi::S_IFREG => {}
            abi::S_IFDIR => return Err(Errno::EISDIR),
            _ => return Err(Errno::EINVAL),
        }
        inode.check_writable()?;
        self.check_not_running(&inode)?;
        self.check_grown_len(&inode, len)?;
        self.break_leases(&inode, 0, true)?;
        self.set_len(&inode, len)?;
        self.tell_path(abi::AT_FDCWD, &path, 0, abi::IN_MODIFY);
        Ok(0)
    }

    /// Changes a file's length; mappings lose the pages that are beyond its end then.
    pub(super) fn set_len(self, inode: &InodeRef, len_bytes: u64) -> Result<()> {
        let is_cut = len_bytes < inode.len_bytes();
        inode.set_len(len_bytes)?;
        if is_cut && self.kernel.backend.reports_faults() {
            self.kernel.mm.forget_past_ends()?;
        }
        Ok(())
    }

    /// Makes sure `RLIMIT_FSIZE` lets a file grow to `len` bytes, if that is growing.
    fn check_grown_len(self, inode: &InodeRef, len: u64) -> Result<()> {
        if len > inode.len_bytes() { self.check_file_len(len) } else { Ok(()) }
    }

    /// ftruncate(2)
    pub fn sys_ftruncate(self, fd: i32, len_bytes: i64) -> Result<i32> {
        let len = u64::try_from(len_bytes).map_err(|_| Errno::EINVAL)?;
        let (_open, inode) = self.writable(fd)?;
        if inode.file_type() != abi::S_IFREG {
            return Err(Errno::EINVAL);
        }
        self.check_grown_len(&inode, len)?;
        self.set_len(&inode, len)?;
        self.tell_descriptor(fd, abi::IN_MODIFY);
        Ok(0)
    }

    /// fallocate(2): allocation, `KEEP_SIZE`, `PUNCH_HOLE` and `ZERO_RANGE`.
    pub fn sys_fallocate(self, fd: i32, mode: i32, offset: i64, len_bytes: i64) -> Result<i32> {
        let (offset, len) = match (u64::try_from(offset), u64::try_from(len_bytes)) {
            (Ok(offset), Ok(len)) if len > 0 => (offset, len),
            _ => return Err(Errno::EINVAL),
        };
        let open = self.open_file(fd)?;
        if !open.is_writable() {
            return Err(Errno::EBADF);
        }
        let inode = open.file.inode().ok_or(Errno::ESPIPE)?;
        if inode.file_type() != abi::S_IFREG {
            return Err(match inode.file_type() {
                abi::S_IFIFO => Errno::ESPIPE,
                abi::S_IFBLK => Errno::EOPNOTSUPP,
                _ => Errno::ENODEV,
            });
        }
        let end = offset.checked_add(len).filter(|end| i64::try_from(*end).is_ok()).ok_or(Errno::EFBIG)?;
        let keeps_size = mode & abi::FALLOC_FL_KEEP_SIZE != 0;
        match mode & !abi::FALLOC_FL_KEEP_SIZE {
            0 => {}
            abi::FALLOC_FL_PUNCH_HOLE if !keeps_size => return Err(Errno::EOPNOTSUPP),
            abi::FALLOC_FL_ZERO_RANGE if !inode.has_zero_ranges() => return Err(Errno::EOPNOTSUPP),
            abi::FALLOC_FL_PUNCH_HOLE | abi::FALLOC_FL_ZERO_RANGE => {
                if offset < inode.len_bytes() {
                    inode.clear(offset, end)?;
                }
            }
            _ => return Err(Errno::EOPNOTSUPP),
        }
        if !keeps_size && end > inode.len_bytes() {
            self.check_file_len(end)?;
            inode.set_len(end)?;
        }
        self.kernel.tell_open(&open, abi::IN_MODIFY);
        Ok(0)
    }

    /// fsync(2) and fdatasync(2)
    pub fn sys_fsync(self, fd: i32) -> Result<i32> {
        self.open_for_use(fd)?.file.sync(self).map(|()| 0)
    }

    /// sync(2)
    pub fn sys_sync(self) {
        // Nobody is told of what went wrong.
        let _ = self.kernel.write_back();
        let _ = super::disk::flush_all(self.kernel);
    }

    /// syncfs(2)
    pub fn sys_syncfs(self, fd: i32) -> Result<i32> {
        self.open_for_use(fd)?;
        self.kernel.write_back().map(|()| 0)
    }
}
