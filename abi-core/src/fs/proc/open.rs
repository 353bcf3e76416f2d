//! Open files of `/proc` and `/sys`.

use core::sync::atomic::{AtomicBool, Ordering};

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::node::ProcNode;
use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserBuf, UserBufMut, copy_in, copy_out};
use crate::fs::attributes::Attributes;
use crate::fs::file::{File, OpenFile};
use crate::fs::inode::{FileSystemInfo, Identity, Inode, InodeRef};
use crate::fs::regular::seek_within;
use crate::kernel::Context;
use crate::mux::pipe::PipeEnd;
use crate::sync::Mutex;

/// The most bytes one write to a file takes.
const WRITE_BYTES: usize = 4096;
/// Memory is moved in pieces that end where a page does.
const PAGE: usize = 4096;

/// An open text. It is made anew for each reader who begins at the front.
pub(super) struct TextFile {
    node: Arc<ProcNode>,
    inode: InodeRef,
    text: Mutex<Vec<u8>>,
    /// Whether `text` was made for the read that comes first.
    is_fresh: AtomicBool,
}

impl TextFile {
    pub(super) fn open(node: Arc<ProcNode>) -> Result<Arc<dyn File>> {
        let text = Mutex::new(node.text()?);
        Ok(Arc::new(Self { inode: node.clone(), node, text, is_fresh: AtomicBool::new(true) }))
    }
}

impl File for TextFile {
    fn read(&self, cx: Context<'_>, open: &OpenFile, buf: &mut UserBufMut) -> Result<()> {
        let offset = *open.position.lock();
        self.read_at(cx, open, offset, buf)?;
        *open.position.lock() = offset + buf.done() as u64;
        Ok(())
    }
    fn write(&self, cx: Context<'_>, _open: &OpenFile, buf: &mut UserBuf) -> Result<()> {
        let mut written = alloc::vec![0; buf.left().min(WRITE_BYTES)];
        let len = buf.peek(&mut written)?;
        self.node.store(cx, &written[..len])?;
        buf.advance(buf.left());
        Ok(())
    }
    fn read_at(&self, _cx: Context<'_>, _open: &OpenFile, offset: u64, buf: &mut UserBufMut) -> Result<()> {
        if offset == 0 && !self.is_fresh.swap(false, Ordering::Relaxed) {
            let text = self.node.text()?;
            *self.text.lock() = text;
        }
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let part = {
            let text = self.text.lock();
            let start = start.min(text.len());
            text[start..(start + buf.left().min(text.len() - start))].to_vec()
        };
        buf.put(&part).map(drop)
    }
    fn write_at(&self, cx: Context<'_>, open: &OpenFile, _offset: u64, buf: &mut UserBuf) -> Result<()> {
        self.write(cx, open, buf)
    }
    fn seek(&self, open: &OpenFile, offset: i64, whence: i32) -> Result<u64> {
        seek_within(open, offset, whence, self.node.extent())
    }
    fn attributes(&self) -> Result<Attributes> {
        self.node.attributes()
    }
    fn inode(&self) -> Option<&InodeRef> {
        Some(&self.inode)
    }
}

/// `/proc/self/mem`: the program's own memory, by address. What the program may not touch itself can't be touched here
/// either, as on a Linux with `proc_mem.force_override=never`.
pub(super) struct MemoryFile {
    pub(super) node: InodeRef,
}

impl MemoryFile {
    /// Calls `move_bytes` for pieces that lie in one page each; what was moved before a failure counts.
    fn pieces(
        offset: u64,
        left: usize,
        mut move_bytes: impl FnMut(usize, usize) -> Result<()>,
    ) -> Result<usize> {
        let start = usize::try_from(offset).map_err(|_| Errno::EIO)?;
        let mut done = 0;
        while done < left {
            let at = start.checked_add(done).ok_or(Errno::EIO)?;
            let len = (PAGE - at % PAGE).min(left - done);
            match move_bytes(at, len) {
                Ok(()) => done += len,
                Err(_) if done > 0 => break,
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }
}

impl File for MemoryFile {
    fn read(&self, cx: Context<'_>, open: &OpenFile, buf: &mut UserBufMut) -> Result<()> {
        let offset = *open.position.lock();
        self.read_at(cx, open, offset, buf)?;
        *open.position.lock() = offset + buf.done() as u64;
        Ok(())
    }
    fn write(&self, cx: Context<'_>, open: &OpenFile, buf: &mut UserBuf) -> Result<()> {
        let (offset, before) = (*open.position.lock(), buf.left());
        self.write_at(cx, open, offset, buf)?;
        *open.position.lock() = offset + (before - buf.left()) as u64;
        Ok(())
    }
    fn read_at(&self, cx: Context<'_>, _open: &OpenFile, offset: u64, buf: &mut UserBufMut) -> Result<()> {
        cx.kernel.fs.scratch.with(PAGE, |piece| {
            Self::pieces(offset, buf.left(), |at, len| {
                copy_in(&mut piece[..len], at).map_err(|_| Errno::EIO)?;
                buf.put(&piece[..len]).map(drop)
            })
            .map(drop)
        })
    }
    fn write_at(&self, cx: Context<'_>, _open: &OpenFile, offset: u64, buf: &mut UserBuf) -> Result<()> {
        cx.kernel.fs.scratch.with(PAGE, |piece| {
            Self::pieces(offset, buf.left(), |at, len| {
                buf.peek(&mut piece[..len])?;
                copy_out(at, &piece[..len]).map_err(|_| Errno::EIO)?;
                buf.advance(len);
                Ok(())
            })
            .map(drop)
        })
    }
    fn seek(&self, open: &OpenFile, offset: i64, whence: i32) -> Result<u64> {
        let mut position = open.position.lock();
        *position = match whence {
            abi::SEEK_SET => offset as u64,
            abi::SEEK_CUR => position.wrapping_add_signed(offset),
            _ => return Err(Errno::EINVAL),
        };
        Ok(*position)
    }
    fn attributes(&self) -> Result<Attributes> {
        self.node.attributes()
    }
    fn inode(&self) -> Option<&InodeRef> {
        Some(&self.node)
    }
}

/// What a descriptor's link leads to when its file is in no file system: opening it gives the same file.
pub(super) struct OpenNode {
    pub(super) open: Arc<OpenFile>,
}

impl Inode for OpenNode {
    fn identity(&self) -> Identity {
        (u64::MAX - 1, Arc::as_ptr(&self.open).addr() as u64)
    }
    fn file_type(&self) -> u32 {
        self.open.file.attributes().map_or(0, |attributes| attributes.mode & abi::S_IFMT)
    }
    fn attributes(&self) -> Result<Attributes> {
        self.open.file.attributes()
    }
    fn file_system(&self) -> FileSystemInfo {
        FileSystemInfo { name: "pipefs", magic: 0x5049_5045, is_read_only: false }
    }
    fn open_special(&self, _cx: Context<'_>, flags: i32) -> Option<Result<Arc<dyn File>>> {
        if let Some(pipe) = self.open.file.as_pipe() {
            return Some(Ok(PipeEnd::open(pipe, flags, None)));
        }
        match self.file_type() {
            // Sockets, and files of no type at all.
            0 | abi::S_IFSOCK => Some(Err(Errno::ENXIO)),
            _ => Some(Ok(self.open.file.clone())),
        }
    }
}
