//! read(2), readv(2) and their relatives.

use super::file::OpenFile;
use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserBufMut, UserPtr};
use crate::kernel::Context;

/// Gives the count of a transfer that may have failed after some bytes: those count.
pub(super) fn transferred(done: usize, result: Result<()>) -> Result<isize> {
    match result {
        Err(error) if done == 0 => Err(error),
        _ => Ok(done as isize),
    }
}

/// Reads an offset that may be -1, which means the position.
pub(super) fn offset_or_position(offset: i64) -> Result<Option<u64>> {
    match offset {
        -1 => Ok(None),
        _ => u64::try_from(offset).map(Some).map_err(|_| Errno::EINVAL),
    }
}

impl Context<'_> {
    /// posix_fadvise(2): everything is in memory or read on demand.
    pub fn sys_fadvise(self, fd: i32, len_bytes: i64, advice: i32) -> Result<i32> {
        let open = self.open_for_use(fd)?;
        if open.file.as_pipe().is_some() {
            return Err(Errno::ESPIPE);
        }
        let is_known = (abi::POSIX_FADV_NORMAL..=abi::POSIX_FADV_NOREUSE).contains(&advice);
        if is_known && len_bytes >= 0 { Ok(0) } else { Err(Errno::EINVAL) }
    }

    /// read(2)
    pub fn sys_read(self, fd: i32, mut buf: UserBufMut) -> Result<isize> {
        let open = self.open_file(fd)?;
        self.read_into(&open, None, &mut buf)
    }

    /// Reads at an offset, or at the position.
    pub(crate) fn read_into(
        self,
        open: &OpenFile,
        offset: Option<u64>,
        buf: &mut UserBufMut,
    ) -> Result<isize> {
        if !open.is_readable() {
            return Err(Errno::EBADF);
        }
        let result = match offset {
            None => open.file.read(self, open, buf),
            Some(offset) => open.file.read_at(self, open, offset, buf),
        };
        if buf.done() > 0 {
            self.kernel.tell_open(open, abi::IN_ACCESS);
        }
        self.kernel.fs.io.count_read(transferred(buf.done(), result))
    }

    /// pread(2)
    pub fn sys_pread(self, fd: i32, mut buf: UserBufMut, offset: i64) -> Result<isize> {
        let offset = u64::try_from(offset).map_err(|_| Errno::EINVAL)?;
        let open = self.open_file(fd)?;
        self.read_into(&open, Some(offset), &mut buf)
    }

    /// preadv2(2): offset -1 is the position.
    pub fn sys_preadv2(
        self,
        fd: i32,
        vectors: UserPtr<abi::iovec>,
        count: i32,
        offset: i64,
        flags: i32,
    ) -> Result<isize> {
        if flags & !(abi::RWF_HIPRI | abi::RWF_NOWAIT) != 0 {
            return Err(Errno::EOPNOTSUPP);
        }
        self.read_vectors(fd, vectors, count, offset_or_position(offset)?)
    }

    /// readv(2)
    pub fn sys_readv(self, fd: i32, vectors: UserPtr<abi::iovec>, count: i32) -> Result<isize> {
        self.read_vectors(fd, vectors, count, None)
    }

    fn read_vectors(
        self,
        fd: i32,
        vectors: UserPtr<abi::iovec>,
        count: i32,
        offset: Option<u64>,
    ) -> Result<isize> {
        let open = self.open_file(fd)?;
        let mut buf = UserBufMut::of_vectors(vectors, count)?;
        // As on Linux, a vector call for nothing asks the file nothing.
        if buf.left() == 0 && open.is_readable() {
            return Ok(0);
        }
        self.read_into(&open, offset, &mut buf)
    }
}
