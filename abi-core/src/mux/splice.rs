//! Moving bytes through pipes: splice(2), tee(2), vmsplice(2).

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::pipe::Pipe;
use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserBuf, UserBufMut, UserPtr};
use crate::fs::copy::Side;
use crate::fs::file::OpenFile;
use crate::fs::scratch::PIECE_BYTES;
use crate::kernel::Context;

/// Flags of these calls. Only `SPLICE_F_NONBLOCK` asks for something: pages are copied, never moved or given.
const FLAGS: u32 = abi::SPLICE_F_MOVE | abi::SPLICE_F_NONBLOCK | abi::SPLICE_F_MORE | abi::SPLICE_F_GIFT;
/// Opens one side for a splice.
fn side(cx: Context<'_>, fd: i32, reads: bool) -> Result<Arc<OpenFile>> {
    let open = cx.open_file(fd)?;
    let is_allowed = if reads { open.is_readable() } else { open.is_writable() };
    if is_allowed { Ok(open) } else { Err(Errno::EBADF) }
}

impl Context<'_> {
    /// splice(2)
    pub fn sys_splice(
        self,
        (from, from_offset): (i32, UserPtr<i64>),
        (to, to_offset): (i32, UserPtr<i64>),
        len: usize,
        flags: u32,
    ) -> Result<isize> {
        if flags & !FLAGS != 0 {
            return Err(Errno::EINVAL);
        }
        let (source, target) = (side(self, from, true)?, side(self, to, false)?);
        let (from_pipe, to_pipe) = (source.file.as_pipe(), target.file.as_pipe());
        let is_offset_given = |offset: UserPtr<i64>| offset.non_null().is_some();
        if (from_pipe.is_some() && is_offset_given(from_offset))
            || (to_pipe.is_some() && is_offset_given(to_offset))
        {
            return Err(Errno::ESPIPE);
        }
        if len == 0 {
            return Ok(0);
        }
        let waits = flags & abi::SPLICE_F_NONBLOCK == 0;
        let result = match (from_pipe, to_pipe) {
            (Some(from), Some(to)) if Arc::ptr_eq(from, to) => Err(Errno::EINVAL),
            (Some(from), Some(to)) => {
                let waits = waits && !source.is_nonblocking() && !target.is_nonblocking();
                self.pipe_to_pipe(from, to, len, waits)
            }
            (Some(from), None) => {
                self.pipe_to_file(from, &target, to_offset, len, waits && !source.is_nonblocking())
            }
            (None, Some(to)) => {
                self.file_to_pipe(&source, from_offset, to, len, waits && !target.is_nonblocking())
            }
            (None, None) => Err(Errno::EINVAL),
        };
        if result == Err(Errno::EPIPE) {
            self.send_signal_to_self(abi::SIGPIPE);
        }
        result.map(|n| n as isize)
    }

    fn pipe_to_pipe(self, from: &Pipe, to: &Pipe, len: usize, waits: bool) -> Result<usize> {
        self.kernel.fs.scratch.with(len.min(PIECE_BYTES), |piece| {
            let n = from.take_waiting(self, piece, waits)?;
            if n == 0 {
                return Ok(0);
            }
            match to.put_waiting(self, &piece[..n], waits) {
                Ok(put) => {
                    if put < n {
                        from.give_back(&piece[put..n]);
                    }
                    Ok(put)
                }
                Err(error) => {
                    from.give_back(&piece[..n]);
                    Err(error)
                }
            }
        })
    }

    fn pipe_to_file(
        self,
        from: &Pipe,
        target: &OpenFile,
        offset: UserPtr<i64>,
        len: usize,
        waits: bool,
    ) -> Result<usize> {
        if target.flags() & abi::O_APPEND != 0 {
            return Err(Errno::EINVAL);
        }
        let mut place = Side::new(offset)?;
        if place.offset().is_some() && !target.has_places() {
            return Err(Errno::EINVAL);
        }
        let inode = target.file.inode().filter(|inode| inode.file_type() == abi::S_IFREG);
        self.kernel.fs.scratch.with(len.min(PIECE_BYTES), |piece| {
            let n = from.take_waiting(self, piece, waits)?;
            let bytes = &piece[..n];
            let written = match (place.offset(), inode) {
                (Some(_), Some(inode)) => self
                    .limit_file_bytes(place.at(target), n)
                    .and_then(|room| inode.write_at(place.at(target), &bytes[..room])),
                // Moves the position itself.
                _ => target.file.write_kernel(self, target, bytes),
            };
            let done = *written.as_ref().unwrap_or(&0);
            if done < n {
                from.give_back(&bytes[done..]);
            }
            if place.offset().is_some() && inode.is_some() && done > 0 {
                place.advance(target, done as u64);
                place.store()?;
            }
            written
        })
    }

    fn file_to_pipe(
        self,
        source: &OpenFile,
        offset: UserPtr<i64>,
        to: &Pipe,
        len: usize,
        waits: bool,
    ) -> Result<usize> {
        let mut place = Side::new(offset)?;
        if place.offset().is_some() && !source.has_places() {
            return Err(Errno::EINVAL);
        }
        let Some(inode) = source.file.inode().filter(|inode| inode.file_type() == abi::S_IFREG) else {
            // What is read is gone from there, so the room comes first.
            let room = to.wait_for_room(self, waits)?;
            let bytes = self.read_spliceable(source, len.min(room).min(PIECE_BYTES), !waits)?;
            to.put_all(&bytes);
            return Ok(bytes.len());
        };
        self.kernel.fs.scratch.with(len.min(PIECE_BYTES), |piece| {
            let n = inode.read_at(place.at(source), piece)?;
            if n == 0 {
                return Ok(0);
            }
            let put = to.put_waiting(self, &piece[..n], waits)?;
            place.advance(source, put as u64);
            place.store()?;
            Ok(put)
        })
    }

    /// Reads what splice(2) and sendfile(2) move from files that are not regular.
    pub(crate) fn read_spliceable(self, source: &OpenFile, len: usize, is_hasty: bool) -> Result<Vec<u8>> {
        if !source.file.is_spliceable() {
            return Err(Errno::EINVAL);
        }
        let mut buf = UserBufMut::kept(len)?;
        source.file.splice_read(self, source, &mut buf, is_hasty)?;
        Ok(buf.into_kept())
    }

    /// tee(2)
    pub fn sys_tee(self, from: i32, to: i32, len: usize, flags: u32) -> Result<isize> {
        if flags & !FLAGS != 0 {
            return Err(Errno::EINVAL);
        }
        let (source, target) = (side(self, from, true)?, side(self, to, false)?);
        let (Some(from), Some(to)) = (source.file.as_pipe(), target.file.as_pipe()) else {
            return Err(Errno::EINVAL);
        };
        if Arc::ptr_eq(from, to) {
            return Err(Errno::EINVAL);
        }
        if len == 0 {
            return Ok(0);
        }
        let waits =
            flags & abi::SPLICE_F_NONBLOCK == 0 && !source.is_nonblocking() && !target.is_nonblocking();
        let result = self.kernel.fs.scratch.with(len.min(PIECE_BYTES), |piece| {
            let n = from.peek_waiting(self, piece, waits)?;
            if n == 0 { Ok(0) } else { to.put_waiting(self, &piece[..n], waits) }
        });
        if result == Err(Errno::EPIPE) {
            self.send_signal_to_self(abi::SIGPIPE);
        }
        result.map(|n| n as isize)
    }

    /// vmsplice(2)
    pub fn sys_vmsplice(
        self,
        fd: i32,
        vectors: UserPtr<abi::iovec>,
        count: i32,
        flags: u32,
    ) -> Result<isize> {
        if flags & !FLAGS != 0 {
            return Err(Errno::EINVAL);
        }
        let open = self.open_file(fd)?;
        let pipe = open.file.as_pipe().ok_or(Errno::EBADF)?;
        let waits = flags & abi::SPLICE_F_NONBLOCK == 0 && !open.is_nonblocking();
        let result = self.kernel.fs.scratch.with(PIECE_BYTES, |piece| {
            if open.is_writable() {
                let mut buf = UserBuf::of_vectors(vectors, count)?;
                while buf.left() > 0 {
                    let moved = buf.peek(piece).and_then(|n| pipe.put_waiting(self, &piece[..n], waits));
                    match moved {
                        Ok(n) => buf.advance(n),
                        Err(_) if buf.done() > 0 => break,
                        Err(error) => return Err(error),
                    }
                }
                Ok(buf.done() as isize)
            } else {
                let mut buf = UserBufMut::of_vectors(vectors, count)?;
                let want = piece.len().min(buf.left());
                let n = pipe.take_waiting(self, &mut piece[..want], waits)?;
                buf.put(&piece[..n]).inspect_err(|_| pipe.give_back(&piece[..n]))?;
                Ok(n as isize)
            }
        });
        if result == Err(Errno::EPIPE) {
            self.send_signal_to_self(abi::SIGPIPE);
        }
        result
    }
}
