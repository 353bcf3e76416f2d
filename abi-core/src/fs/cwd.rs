//! The working and root directories: chdir(2), getcwd(2), chroot(2), umask(2).

use core::sync::atomic::Ordering;

use super::inode::InodeRef;
use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserStr, copy_out};
use crate::kernel::Context;

impl Context<'_> {
    fn directory_at(self, path: UserStr) -> Result<InodeRef> {
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
        let inode = open.file.inode().filter(|inode| inode.is_directory()).ok_or(Errno::ENOTDIR)?;
        let old = self.files().cwd.lock().replace(inode.clone());
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
        let mut path = self.kernel.fs.path_of(&self.files().cwd()?)?;
        path.push(0);
        if path.len() > len_bytes {
            return Err(Errno::ERANGE);
        }
        copy_out(out, &path)?;
        Ok(path.len())
    }

    /// umask(2)
    pub fn sys_umask(self, mask: u32) -> u32 {
        self.files().umask.swap(mask & 0o777, Ordering::Relaxed)
    }
}
