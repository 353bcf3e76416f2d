//! write(2), writev(2) and their relatives.

use super::file::{AT_END, OpenFile};
use super::read::{offset_or_position, transferred};
use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserBuf, UserPtr};
use crate::kernel::Context;

impl Context<'_> {
    /// write(2)
    pub fn sys_write(self, fd: i32, mut buf: UserBuf) -> Result<isize> {
        let open = self.open_file(fd)?;
        self.write_from(&open, None, &mut buf)
    }

    /// Writes at an offset, or at the position.
    pub(crate) fn write_from(self, open: &OpenFile, offset: Option<u64>, buf: &mut UserBuf) -> Result<isize> {
        if !open.is_writable() {
            return Err(Errno::EBADF);
        }
        let result = match offset {
            None => open.file.write(self, open, buf),
            Some(offset) => open.file.write_at(self, open, offset, buf),
        };
        // Local sockets that keep the bounds of messages break silently.
        if result == Err(Errno::EPIPE) && open.file.as_socket().is_none_or(|socket| socket.is_stream()) {
            self.raise_sigpipe();
        }
        if buf.done() > 0 {
            self.kernel.tell_open(open, abi::IN_MODIFY);
        }
        self.kernel.fs.io.count_write(transferred(buf.done(), result))
    }

    /// pwrite(2)
    pub fn sys_pwrite(self, fd: i32, mut buf: UserBuf, offset: i64) -> Result<isize> {
        let offset = u64::try_from(offset).map_err(|_| Errno::EINVAL)?;
        let open = self.open_file(fd)?;
        self.write_from(&open, Some(offset), &mut buf)
    }

    /// pwritev2(2): offset -1 is the position. Writes reach the file at once, so `RWF_SYNC` asks for nothing.
    /// `RWF_APPEND` writes to the end, and moves the position there if it was to be used.
    pub fn sys_pwritev2(
        self,
        fd: i32,
        vectors: UserPtr<abi::iovec>,
        count: i32,
        offset: i64,
        flags: i32,
    ) -> Result<isize> {
        if flags & !(abi::RWF_HIPRI | abi::RWF_DSYNC | abi::RWF_SYNC | abi::RWF_APPEND) != 0 {
            return Err(Errno::EOPNOTSUPP);
        }
        let offset = offset_or_position(offset)?;
        let has_end = self.sys_lseek(fd, 0, abi::SEEK_CUR).is_ok();
        if flags & abi::RWF_APPEND == 0 || offset.is_none() && !has_end {
            return self.write_vectors(fd, vectors, count, offset);
        }
        let written = self.write_vectors(fd, vectors, count, Some(AT_END))?;
        if offset.is_none() {
            self.sys_lseek(fd, 0, abi::SEEK_END)?;
        }
        Ok(written)
    }

    /// writev(2)
    pub fn sys_writev(self, fd: i32, vectors: UserPtr<abi::iovec>, count: i32) -> Result<isize> {
        self.write_vectors(fd, vectors, count, None)
    }

    fn write_vectors(
        self,
        fd: i32,
        vectors: UserPtr<abi::iovec>,
        count: i32,
        offset: Option<u64>,
    ) -> Result<isize> {
        let open = self.open_file(fd)?;
        let mut buf = UserBuf::of_vectors(vectors, count)?;
        if buf.left() == 0 && open.is_writable() {
            return Ok(0);
        }
        self.write_from(&open, offset, &mut buf)
    }

    /// Sends the calling thread the signal of a write that nobody can read.
    pub(super) fn raise_sigpipe(self) {
        self.send_signal_to_self(abi::SIGPIPE);
    }
}
