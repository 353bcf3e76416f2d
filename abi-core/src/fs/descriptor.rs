//! close(2), isatty(3), lseek(2), fstat(2).

use super::attributes::to_stat;
use crate::abi::{self, Errno, Result};
use crate::boundary::user::UserPtr;
use crate::kernel::Context;

impl Context<'_> {
    /// close(2)
    pub fn sys_close(self, fd: i32) -> Result<i32> {
        let closed = self.kernel.fs.descriptors.lock().remove(fd)?;
        drop(closed);
        Ok(0)
    }

    /// isatty(3): 1, or `ENOTTY`.
    pub fn sys_isatty(self, fd: i32) -> Result<i32> {
        if self.kernel.fs.open_file(fd)?.file.is_terminal() { Ok(1) } else { Err(Errno::ENOTTY) }
    }

    /// lseek(2)
    pub fn sys_lseek(self, fd: i32, offset: i64, whence: i32) -> Result<i64> {
        let open = self.kernel.fs.open_file(fd)?;
        if open.flags() & abi::O_PATH != 0 {
            return Err(Errno::EBADF);
        }
        open.file.seek(&open, offset, whence).map(|position| position as i64)
    }

    /// fstat(2)
    pub fn sys_fstat(self, fd: i32, out: UserPtr<abi::stat>) -> Result<i32> {
        let attributes = self.kernel.fs.open_file(fd)?.file.attributes()?;
        out.write(to_stat(&attributes))?;
        Ok(0)
    }
}
