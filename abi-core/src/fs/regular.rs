//! Open regular files, directories, and `O_PATH` descriptors.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::Fs;
use super::attributes::Attributes;
use super::file::{AT_END, File, Location, OpenFile};
use super::inode::{DirectoryEntry, Extent, InodePages, InodeRef, Name, entry_kind};
use super::mount::Mounted;
use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserBuf, UserBufMut};
use crate::kernel::Context;
use crate::mm::PageSource;
use crate::sync::Mutex;

/// An open regular file.
pub struct RegularFile {
    inode: InodeRef,
}

impl RegularFile {
    /// Opens a regular file.
    pub fn new(inode: InodeRef) -> Arc<Self> {
        Arc::new(Self { inode })
    }

    /// Returns where a write at `offset` goes.
    fn write_offset(&self, open: &OpenFile, offset: u64) -> u64 {
        if appends(open, offset) { self.inode.len_bytes() } else { offset }
    }

    /// Keeps the time of an access, unless the descriptor or the mount says not to.
    fn note_access(&self, open: &OpenFile, buf: &UserBufMut) {
        let was_asked = buf.done() + buf.left() > 0;
        let Some(node) = self.inode.as_tree_node().filter(|_| was_asked) else { return };
        let flags = open.mount.as_ref().map_or(abi::MS_RELATIME, |mount| mount.flags());
        if open.flags() & abi::O_NOATIME == 0 && flags & abi::MS_NOATIME == 0 {
            node.note_access(flags & abi::MS_RELATIME != 0);
        }
    }

    /// Stores what was read, at the position that was; what cannot be stored is still to be read.
    fn store(open: &OpenFile, bytes: &[u8], buf: &mut UserBufMut) -> Result<usize> {
        let stored = buf.put_some(bytes);
        let left = bytes.len() - stored.unwrap_or(0);
        if left > 0 {
            let mut position = open.position.lock();
            *position = position.saturating_sub(left as u64);
        }
        stored
    }
}

/// Tells whether a write goes to the end of the file. As on Linux, `O_APPEND` wins over the offset.
fn appends(open: &OpenFile, offset: u64) -> bool {
    offset == AT_END || open.flags() & abi::O_APPEND != 0
}

/// Checks a position that `lseek(2)` computed.
fn position_from(base: u64, offset: i64) -> Result<u64> {
    base.checked_add_signed(offset).filter(|p| i64::try_from(*p).is_ok()).ok_or(Errno::EINVAL)
}

/// Moves the position of what is read as a whole.
pub(super) fn seek_within(open: &OpenFile, offset: i64, whence: i32, extent: Extent) -> Result<u64> {
    let mut position = open.position.lock();
    let new = match (whence, extent) {
        (abi::SEEK_SET, _) => position_from(0, offset)?,
        (abi::SEEK_CUR, _) => position_from(*position, offset)?,
        (_, Extent::Endless) => return Err(Errno::EINVAL),
        (abi::SEEK_END, Extent::Bounded(len, _)) => position_from(len, offset)?,
        (abi::SEEK_DATA | abi::SEEK_HOLE, Extent::Bounded(len, _)) => {
            let offset = u64::try_from(offset).ok().filter(|offset| *offset < len).ok_or(Errno::ENXIO)?;
            if whence == abi::SEEK_DATA { offset } else { len }
        }
        _ => return Err(Errno::EINVAL),
    };
    if matches!(extent, Extent::Bounded(_, most) if new > most) {
        return Err(Errno::EINVAL);
    }
    *position = new;
    Ok(new)
}

impl File for RegularFile {
    fn read(&self, cx: Context<'_>, open: &OpenFile, buf: &mut UserBufMut) -> Result<()> {
        if let Some(bytes) = self.inode.in_place() {
            let part = {
                let mut position = open.position.lock();
                let start = usize::try_from(*position).unwrap_or(usize::MAX).min(bytes.len());
                let part = &bytes[start..start + buf.left().min(bytes.len() - start)];
                *position += part.len() as u64;
                part
            };
            return Self::store(open, part, buf).map(drop);
        }
        cx.kernel.fs.scratch.with(buf.left(), |piece| {
            while buf.left() > 0 {
                let want = piece.len().min(buf.left());
                let n = {
                    let mut position = open.position.lock();
                    let n = self.inode.read_at(*position, &mut piece[..want])?;
                    *position += n as u64;
                    n
                };
                if Self::store(open, &piece[..n], buf)? < want {
                    break;
                }
            }
            self.note_access(open, buf);
            Ok(())
        })
    }

    fn write(&self, cx: Context<'_>, open: &OpenFile, buf: &mut UserBuf) -> Result<()> {
        cx.kernel.fs.scratch.with(buf.left(), |piece| {
            while buf.left() > 0 {
                let at = self.write_offset(open, *open.position.lock());
                if buf.done() > 0 && cx.file_room(at) == 0 {
                    break;
                }
                let len = buf.peek_some(piece)?;
                let len = cx.limit_file_bytes(at, len)?;
                let n = {
                    let mut position = open.position.lock();
                    if open.flags() & abi::O_APPEND != 0 {
                        let (n, end) = self.inode.append(&piece[..len])?;
                        *position = end;
                        n
                    } else {
                        let n = self.inode.write_at(*position, &piece[..len])?;
                        *position += n as u64;
                        n
                    }
                };
                buf.advance(n);
                if n < len {
                    break;
                }
            }
            Ok(())
        })
    }

    fn read_at(&self, cx: Context<'_>, open: &OpenFile, offset: u64, buf: &mut UserBufMut) -> Result<()> {
        cx.kernel.fs.scratch.with(buf.left(), |piece| {
            while buf.left() > 0 {
                let want = piece.len().min(buf.left());
                let n = self.inode.read_at(offset + buf.done() as u64, &mut piece[..want])?;
                if buf.put_some(&piece[..n])? < want {
                    break;
                }
            }
            self.note_access(open, buf);
            Ok(())
        })
    }

    fn write_at(&self, cx: Context<'_>, open: &OpenFile, offset: u64, buf: &mut UserBuf) -> Result<()> {
        cx.kernel.fs.scratch.with(buf.left(), |piece| {
            while buf.left() > 0 {
                let at = self.write_offset(open, offset.saturating_add(buf.done() as u64));
                if buf.done() > 0 && cx.file_room(at) == 0 {
                    break;
                }
                let len = buf.peek_some(piece)?;
                let len = cx.limit_file_bytes(at, len)?;
                let n = if appends(open, offset) {
                    self.inode.append(&piece[..len])?.0
                } else {
                    self.inode.write_at(offset + buf.done() as u64, &piece[..len])?
                };
                buf.advance(n);
                if n < len {
                    break;
                }
            }
            Ok(())
        })
    }

    fn write_kernel(&self, cx: Context<'_>, open: &OpenFile, bytes: &[u8]) -> Result<usize> {
        let at = self.write_offset(open, *open.position.lock());
        let bytes = &bytes[..cx.limit_file_bytes(at, bytes.len())?];
        let mut position = open.position.lock();
        if open.flags() & abi::O_APPEND != 0 {
            let (n, end) = self.inode.append(bytes)?;
            *position = end;
            return Ok(n);
        }
        let n = self.inode.write_at(*position, bytes)?;
        *position += n as u64;
        Ok(n)
    }

    fn sync(&self, cx: Context<'_>) -> Result<()> {
        cx.kernel.write_back_file(&self.inode)?;
        self.inode.sync()
    }
    fn attributes(&self) -> Result<Attributes> {
        self.inode.attributes()
    }
    fn inode(&self) -> Option<&InodeRef> {
        Some(&self.inode)
    }

    fn seek(&self, open: &OpenFile, offset: i64, whence: i32) -> Result<u64> {
        let mut position = open.position.lock();
        let new = match whence {
            abi::SEEK_SET => position_from(0, offset)?,
            abi::SEEK_CUR => position_from(*position, offset)?,
            abi::SEEK_END => position_from(self.inode.len_bytes(), offset)?,
            abi::SEEK_DATA | abi::SEEK_HOLE => {
                let offset = u64::try_from(offset).map_err(|_| Errno::ENXIO)?;
                let len = self.inode.len_bytes();
                match self.inode.as_tree_node() {
                    Some(node) => node.seek_content(offset, whence == abi::SEEK_DATA)?,
                    None if offset >= len => return Err(Errno::ENXIO),
                    None if whence == abi::SEEK_DATA => offset,
                    None => len,
                }
            }
            _ => return Err(Errno::EINVAL),
        };
        *position = new;
        Ok(new)
    }

    fn pages(&self, open: &Arc<OpenFile>) -> Result<Arc<dyn PageSource>> {
        Ok(Arc::new(InodePages { inode: self.inode.clone(), name: Name::Of(open.clone()) }))
    }
}

/// An open directory. Its position is the number of the next entry.
pub struct DirectoryFile {
    inode: InodeRef,
    /// The entries as they were when reading started.
    listed: Mutex<Vec<DirectoryEntry>>,
}

impl DirectoryFile {
    /// Opens a directory.
    pub fn new(inode: InodeRef) -> Arc<Self> {
        Arc::new(Self { inode, listed: Mutex::new(Vec::new()) })
    }

    fn list(&self, cx: Context<'_>, open: &OpenFile) -> Result<Vec<DirectoryEntry>> {
        let ino_of = |inode: &InodeRef| inode.attributes().map(|attributes| attributes.ino);
        let up = match cx.mounted(open) {
            Some(directory) => cx.kernel.fs.parent_of(&directory)?.inode,
            None => self.inode.clone(),
        };
        let dot =
            |name: &[u8], ino| DirectoryEntry { name: name.into(), ino, kind: entry_kind(abi::S_IFDIR) };
        let mut listed = alloc::vec![dot(b".", ino_of(&self.inode)?), dot(b"..", ino_of(&up)?)];
        listed.extend(self.inode.entries()?);
        Ok(listed)
    }
}

impl File for DirectoryFile {
    fn read(&self, _cx: Context<'_>, _open: &OpenFile, _buf: &mut UserBufMut) -> Result<()> {
        Err(Errno::EISDIR)
    }
    fn read_at(&self, _cx: Context<'_>, _open: &OpenFile, _offset: u64, _buf: &mut UserBufMut) -> Result<()> {
        Err(Errno::EISDIR)
    }
    fn sync(&self, cx: Context<'_>) -> Result<()> {
        cx.kernel.write_back_file(&self.inode)?;
        self.inode.sync()
    }
    fn attributes(&self) -> Result<Attributes> {
        self.inode.attributes()
    }
    fn inode(&self) -> Option<&InodeRef> {
        Some(&self.inode)
    }
    fn seek(&self, open: &OpenFile, offset: i64, whence: i32) -> Result<u64> {
        seek_within(open, offset, whence, self.inode.extent())
    }
    fn read_entries(
        &self,
        cx: Context<'_>,
        open: &OpenFile,
        out: &mut Vec<u8>,
        max_bytes: usize,
    ) -> Result<()> {
        if self.inode.is_removed() {
            return Err(Errno::ENOENT);
        }
        let mut position = open.position.lock();
        let mut listed = self.listed.lock();
        if *position == 0 {
            *listed = self.list(cx, open)?;
        }
        while let Some(entry) = usize::try_from(*position).ok().and_then(|at| listed.get(at)) {
            let len = (19 + entry.name.len() + 1).next_multiple_of(8);
            if out.len() + len > max_bytes {
                return if out.is_empty() { Err(Errno::EINVAL) } else { Ok(()) };
            }
            *position += 1;
            let start = out.len();
            out.extend_from_slice(&entry.ino.to_ne_bytes());
            out.extend_from_slice(&position.to_ne_bytes());
            out.extend_from_slice(&(len as u16).to_ne_bytes());
            out.push(entry.kind);
            out.extend_from_slice(&entry.name);
            out.resize(start + len, 0);
        }
        Ok(())
    }
}

/// What `O_PATH` opens: a place, not a file.
pub struct PathFile {
    inode: InodeRef,
}

impl PathFile {
    /// Names an inode.
    pub fn new(inode: InodeRef) -> Arc<Self> {
        Arc::new(Self { inode })
    }
}

impl File for PathFile {
    fn attributes(&self) -> Result<Attributes> {
        self.inode.attributes()
    }
    fn inode(&self) -> Option<&InodeRef> {
        Some(&self.inode)
    }
}

impl Fs {
    /// Returns the path an open file has now, as `/proc/self/fd` shows it.
    pub fn path_of_open(&self, open: &OpenFile) -> Vec<u8> {
        if let (Some(inode), Some(mount)) = (open.file.inode(), &open.mount)
            && inode.is_directory()
        {
            return self.path_shown(&Mounted { mount: mount.clone(), inode: inode.clone() });
        }
        let place = open.location.lock().clone();
        let Some(Location { directory, name }) = place else { return open.file.label() };
        let mut path = self.path_known(&directory);
        if !path.ends_with(b"/") {
            path.push(b'/');
        }
        path.extend_from_slice(&name);
        if !self.has_name(open, &Location { directory, name }) {
            path.extend_from_slice(b" (deleted)");
        }
        path
    }

    /// Tells whether a place still leads to an open file.
    pub(super) fn has_name(&self, open: &OpenFile, Location { directory, name }: &Location) -> bool {
        directory.lookup(name).is_ok_and(|found| {
            open.file.inode().is_none_or(|inode| {
                found.identity() == inode.identity()
                    || self.cross(directory.with(found)).identity() == inode.identity()
            })
        })
    }
}
