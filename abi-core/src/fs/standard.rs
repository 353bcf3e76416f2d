//! Standard streams that are files: the host keeps where they are, for others may share it.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::attributes::Attributes;
use super::file::{File, OpenFile};
use super::inode::{InodePages, InodeRef, Name};
use super::opened::OpenedNode;
use super::regular::RegularFile;
use crate::abi::{self, Errno, Result};
use crate::backend::Stream;
use crate::backend::folders::{FolderFile, FolderStat, Result as FolderResult, StreamFile, Whence};
use crate::backend::{BackendError, ObjectId};
use crate::boundary::user::{UserBuf, UserBufMut};
use crate::kernel::Context;
use crate::mm::PageSource;

/// Status flags of the host's that count here too.
const KEPT_FLAGS: i32 = abi::O_ACCMODE | abi::O_APPEND | abi::O_DIRECT | abi::O_NOATIME | abi::O_NONBLOCK;

/// A standard stream that is a file.
pub(super) struct StandardFile {
    stream: Stream,
    file: &'static dyn StreamFile,
    /// Its bytes at offsets.
    inode: InodeRef,
    regular: Arc<RegularFile>,
    /// Whether the host writes at the end whatever happens.
    appends: bool,
}

/// The stream's file as others of the host's are held.
struct Held(&'static dyn StreamFile);

impl FolderFile for Held {
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> FolderResult<usize> {
        self.0.read_at(offset, buf)
    }
    fn write_at(&self, offset: u64, bytes: &[u8]) -> FolderResult<usize> {
        self.0.write_at(offset, bytes)
    }
    fn set_len(&self, len: u64) -> FolderResult<()> {
        self.0.set_len(len)
    }
    fn sync(&self) -> FolderResult<()> {
        self.0.sync()
    }
    fn set_mode(&self, mode: u32) -> FolderResult<()> {
        self.0.set_mode(mode)
    }
    fn set_times(&self, access_ns: Option<i128>, modification_ns: Option<i128>) -> FolderResult<()> {
        self.0.set_times(access_ns, modification_ns)
    }
    fn stat(&self) -> FolderResult<FolderStat> {
        self.0.stat()
    }
    fn object(&self) -> Option<ObjectId> {
        self.0.object()
    }
}

impl StandardFile {
    /// Opens the file that a stream leads to; `ENXIO` if it leads to none.
    pub(super) fn open(cx: Context<'_>, stream: Stream) -> Result<Arc<OpenFile>> {
        let file = cx.kernel.backend.file(stream).ok_or(Errno::ENXIO)?;
        let (stat, flags) = (file.stat()?, file.flags()? & KEPT_FLAGS);
        let identity = (stat.dev, stat.ino);
        let inode = OpenedNode::new(Arc::new(Held(file)), None, identity, &cx.kernel.fs.caches);
        let appends = flags & abi::O_APPEND != 0;
        let regular = RegularFile::new(inode.clone());
        Ok(OpenFile::new(Arc::new(Self { stream, file, inode, regular, appends }), flags))
    }

    /// Reads where the file is.
    fn read_piece(&self, piece: &mut [u8]) -> Result<usize> {
        if self.inode.cache().is_none() {
            return Ok(self.file.read(piece)?);
        }
        let n = self.inode.read_at(self.file.seek(0, Whence::Here)?, piece)?;
        self.file.seek(n as i64, Whence::Here)?;
        Ok(n)
    }

    /// Writes where the file is, or at its end.
    fn write_piece(&self, cx: Context<'_>, open: &OpenFile, bytes: &[u8]) -> Result<usize> {
        let to_end = open.flags() & abi::O_APPEND != 0;
        if self.inode.cache().is_some() || to_end && !self.appends {
            let whence = if to_end { Whence::End } else { Whence::Here };
            let at = self.file.seek(0, whence)?;
            let n = self.inode.write_at(at, bytes)?;
            self.file.seek((at + n as u64) as i64, Whence::Start)?;
            return Ok(n);
        }
        if self.stream == Stream::Input {
            return Ok(self.file.write(bytes)?);
        }
        cx.kernel.backend.write(self.stream, bytes).map_err(|error| match error {
            BackendError::Exhausted => Errno::ENOSPC,
            error => error.into(),
        })
    }

    /// Returns how many of `len` bytes `RLIMIT_FSIZE` lets through.
    fn limited(&self, cx: Context<'_>, open: &OpenFile, len: usize) -> Result<usize> {
        // Asking where the file is costs a call.
        if cx.file_room(0) == abi::RLIM_INFINITY {
            return Ok(len);
        }
        let to_end = open.flags() & abi::O_APPEND != 0;
        let at = if to_end { self.inode.len_bytes() } else { self.file.seek(0, Whence::Here)? };
        cx.limit_file_bytes(at, len)
    }
}

impl File for StandardFile {
    fn read(&self, cx: Context<'_>, _open: &OpenFile, buf: &mut UserBufMut) -> Result<()> {
        cx.kernel.fs.scratch.with(buf.left(), |piece| {
            while buf.left() > 0 {
                let want = piece.len().min(buf.left());
                let n = self.read_piece(&mut piece[..want])?;
                let stored = buf.put_some(&piece[..n]);
                let left = n - *stored.as_ref().unwrap_or(&0);
                if left > 0 {
                    self.file.seek(-(left as i64), Whence::Here)?;
                }
                if stored? == 0 {
                    break;
                }
            }
            Ok(())
        })
    }
    fn write(&self, cx: Context<'_>, open: &OpenFile, buf: &mut UserBuf) -> Result<()> {
        cx.kernel.fs.scratch.with(buf.left(), |piece| {
            while buf.left() > 0 {
                let len = buf.peek_some(piece)?;
                let len = self.limited(cx, open, len)?;
                let n = self.write_piece(cx, open, &piece[..len])?;
                buf.advance(n);
                if n == 0 {
                    break;
                }
            }
            Ok(())
        })
    }
    fn write_kernel(&self, cx: Context<'_>, open: &OpenFile, bytes: &[u8]) -> Result<usize> {
        let len = self.limited(cx, open, bytes.len())?;
        let mut done = 0;
        while done < len {
            match self.write_piece(cx, open, &bytes[done..len]) {
                Ok(0) => break,
                Ok(n) => done += n,
                Err(_) if done > 0 => break,
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }
    fn read_at(&self, cx: Context<'_>, open: &OpenFile, offset: u64, buf: &mut UserBufMut) -> Result<()> {
        self.regular.read_at(cx, open, offset, buf)
    }
    fn write_at(&self, cx: Context<'_>, open: &OpenFile, offset: u64, buf: &mut UserBuf) -> Result<()> {
        self.regular.write_at(cx, open, offset, buf)
    }
    fn seek(&self, _open: &OpenFile, offset: i64, whence: i32) -> Result<u64> {
        Ok(self.file.seek(offset, Whence::from_number(whence).ok_or(Errno::EINVAL)?)?)
    }
    fn sync(&self, cx: Context<'_>) -> Result<()> {
        self.regular.sync(cx)
    }
    fn pages(&self, open: &Arc<OpenFile>) -> Result<Arc<dyn PageSource>> {
        if self.inode.file_type() != abi::S_IFREG {
            return Err(Errno::ENODEV);
        }
        Ok(Arc::new(InodePages { inode: self.inode.clone(), name: Name::Of(open.clone()) }))
    }
    fn attributes(&self) -> Result<Attributes> {
        self.inode.attributes()
    }
    fn inode(&self) -> Option<&InodeRef> {
        Some(&self.inode)
    }
    fn label(&self) -> Vec<u8> {
        self.file.path().unwrap_or_default()
    }
}
