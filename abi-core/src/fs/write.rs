//! write(2), writev(2) and their relatives.

use super::file::OpenFile;
use super::read::transferred;
use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserBuf, UserPtr};
use crate::kernel::Context;

impl Context<'_> {
    /// write(2)
    pub fn sys_write(self, fd: i32, mut buf: UserBuf) -> Result<isize> {
        let open = self.kernel.fs.open_file(fd)?;
        self.write_from(&open, &mut buf)
    }

    fn write_from(self, open: &OpenFile, buf: &mut UserBuf) -> Result<isize> {
        if !open.is_writable() {
            return Err(Errno::EBADF);
        }
        let before = buf.done();
        let result = open.file.write(self, open, buf);
        if result == Err(Errno::EPIPE) {
            self.raise_sigpipe();
        }
        transferred(buf.done() - before, result)
    }

    /// writev(2)
    pub fn sys_writev(self, fd: i32, vectors: UserPtr<abi::iovec>, count: i32) -> Result<isize> {
        let open = self.kernel.fs.open_file(fd)?;
        self.each_vector(vectors, count, |address, len| {
            self.write_from(&open, &mut UserBuf::new(address, len))
        })
    }

    /// Sends the calling thread the signal of a write that nobody can read.
    fn raise_sigpipe(self) {}
}
