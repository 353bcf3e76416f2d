//! The working and root directories: chdir(2), getcwd(2), chroot(2), umask(2).

use core::sync::atomic::Ordering;

use super::mount::Mounted;
use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserStr, copy_out};
use crate::kernel::Context;

impl Context<'_> {
    fn directory_at(self, path: UserStr) -> Result<Mounted> {
        let inode = self.resolve(abi::AT_FDCWD, &path.read_path()?)?;
        if inode.is_directory() { Ok(inode) } else { Err(Errno::ENOTDIR) }
    }

    /// chdir(2)
    pub fn sys_chdir(self, path: UserStr) -> Result<i32> {
        let directory = self.directory_at(path)?;
        let old = self.files().cwd.lock().replace(directory);
        drop(old);
        Ok(0)
    }

    /// fchdir(2)
    pub fn sys_fchdir(self, fd: i32) -> Result<i32> {
        let open = self.open_file(fd)?;
        let inode = self.mounted(&open).filter(|inode| inode.is_directory()).ok_or(Errno::ENOTDIR)?;
        let old = self.files().cwd.lock().replace(inode);
        drop(old);
        Ok(0)
    }

    /// chroot(2)
    pub fn sys_chroot(self, path: UserStr) -> Result<i32> {
        let directory = self.directory_at(path)?;
        let old = self.kernel.fs.root.lock().replace(directory);
        drop(old);
        Ok(0)
    }

    /// getcwd(2): stores the path with its NUL; returns its length with it.
    pub fn sys_getcwd(self, out: usize, len_bytes: usize) -> Result<usize> {
        let (mut path, is_reachable) = self.kernel.fs.climb(&self.files().cwd()?)?;
        if !is_reachable {
            path.splice(..0, *b"(unreachable)");
        }
        path.push(0);
        if path.len() > len_bytes {
            return Err(Errno::ERANGE);
        }
        copy_out(out, &path)?;
        Ok(path.len())
    }

    /// getcwd(3), which knows no directory that no path leads to.
    pub fn sys_getcwd_reachable(self, out: usize, len_bytes: usize) -> Result<usize> {
        if self.kernel.fs.climb(&self.files().cwd()?)?.1 {
            self.sys_getcwd(out, len_bytes)
        } else {
            Err(Errno::ENOENT)
        }
    }

    /// umask(2)
    pub fn sys_umask(self, mask: u32) -> u32 {
        self.files().umask.swap(mask & 0o777, Ordering::Relaxed)
    }
}
