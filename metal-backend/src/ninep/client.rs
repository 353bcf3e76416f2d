//! Calls of one server: walking to a file and doing something with it.
//!
//! QEMU's server knows a file by its path and looks it up anew for each call, so a fid that is kept means what the path
//! means on the host. The files that were walked to last are kept, so that finding a name in a folder is one call, and
//! opening what was found needs no second walk.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, Ordering};

use abi_core::abi::Errno;
use abi_core::backend::folders::{FolderEntry, FolderError, FolderStat, Result};

use super::encode::Changes;
use super::wire::{Bulk, Wire};
use super::{DATA_HEAD_BYTES, MAX_NAMES, QID_FOLDER, Qid, VERSION};

/// The fid of a server's root.
pub const ROOT: u32 = 0;
/// How many files are kept.
const KEPT: usize = 40;
/// The longest path, its final NUL counted, as for Linux's own calls.
const MAX_PATH_BYTES: usize = 4096;

fn error(errno: Errno) -> FolderError {
    FolderError(errno.0)
}

/// A file as the server knows it; given back when dropped.
pub struct Fid<W: Wire> {
    wire: &'static W,
    number: u32,
    is_open: AtomicBool,
}

impl<W: Wire> Fid<W> {
    /// Returns the server's number for it.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Has the server forget it, and returns what it says to that.
    pub(super) fn end(self) -> Result<()> {
        let (wire, number) = (self.wire, self.number);
        core::mem::forget(self);
        let ended = wire.exchange(Bulk::None, |request, _| request.clunk(number), |_| Ok(()));
        wire.unused_fid(number);
        ended
    }
}

impl<W: Wire> Drop for Fid<W> {
    fn drop(&mut self) {
        if self.number != ROOT {
            self.wire.clunk(self.number, self.is_open.load(Ordering::Relaxed));
        }
    }
}

/// Files by path, the last used first; none is open.
pub struct Kept<W: Wire>(Vec<(Vec<u8>, Arc<Fid<W>>)>);

impl<W: Wire> Kept<W> {
    /// Keeps nothing yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    fn find(&mut self, path: &[u8]) -> Option<Arc<Fid<W>>> {
        let at = self.0.iter().position(|(kept, _)| kept == path)?;
        self.0[..=at].rotate_right(1);
        self.0.first().map(|(_, fid)| fid.clone())
    }

    /// Keeps a file; returns what is no longer kept, to be dropped without the lock.
    fn keep(&mut self, path: &[u8], fid: Arc<Fid<W>>) -> Option<Arc<Fid<W>>> {
        self.0.insert(0, (path.into(), fid));
        if self.0.len() > KEPT { self.0.pop().map(|(_, fid)| fid) } else { None }
    }

    /// Takes out a file for the caller alone, if nobody else uses it.
    fn take(&mut self, path: &[u8]) -> Option<Fid<W>> {
        let at = self.0.iter().position(|(kept, fid)| kept == path && Arc::strong_count(fid) == 1)?;
        Arc::into_inner(self.0.remove(at).1)
    }

    /// Takes out a file and what is below it.
    fn forget(&mut self, path: &[u8]) -> Vec<Arc<Fid<W>>> {
        let is_below =
            |kept: &[u8]| kept.strip_prefix(path).is_some_and(|rest| matches!(rest, [] | [b'/', ..]));
        self.0.extract_if(.., |(kept, _)| is_below(kept)).map(|(_, fid)| fid).collect()
    }
}

impl<W: Wire> Default for Kept<W> {
    fn default() -> Self {
        Self::new()
    }
}

/// One server. Paths are relative to its root, with or without slashes at either end.
pub struct Client<W: Wire> {
    wire: &'static W,
    /// `st_dev` of its files.
    dev: u64,
}

impl<W: Wire> Clone for Client<W> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<W: Wire> Copy for Client<W> {}

fn names(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|&byte| byte == b'/').filter(|name| !name.is_empty())
}

fn trimmed(path: &[u8]) -> &[u8] {
    let start = path.iter().position(|&byte| byte != b'/').unwrap_or(path.len());
    let end = path.iter().rposition(|&byte| byte != b'/').map_or(start, |at| at + 1);
    &path[start..end]
}

/// Splits a path into the folder and the name there; the root has none.
fn split(path: &[u8]) -> Option<(&[u8], &[u8])> {
    let path = trimmed(path);
    match path.iter().rposition(|&byte| byte == b'/') {
        Some(at) => Some((trimmed(&path[..at]), &path[at + 1..])),
        None => (!path.is_empty()).then_some((&[], path)),
    }
}

/// Agrees on the protocol and takes the root; returns the most bytes of a message.
pub fn attach<W: Wire>(wire: &W, max_bytes: u32) -> Result<u32> {
    let agreed = wire.exchange(
        Bulk::None,
        |request, _| request.version(max_bytes),
        |mut reply| {
            let (max, version) = reply.version()?;
            let is_usable = version == VERSION && max as usize > 2 * DATA_HEAD_BYTES;
            if is_usable { Ok(max.min(max_bytes)) } else { Err(error(Errno::EIO)) }
        },
    )?;
    wire.exchange(Bulk::None, |request, _| request.attach(ROOT), |mut reply| reply.qid())?;
    Ok(agreed)
}

impl<W: Wire> Client<W> {
    /// Makes calls over a wire that [`attach`] has prepared.
    pub fn new(wire: &'static W, dev: u64) -> Self {
        Self { wire, dev }
    }

    /// Tells whether both are of the same server.
    pub fn is_same(&self, other: &Self) -> bool {
        core::ptr::eq(self.wire, other.wire)
    }

    /// Returns how the server is reached.
    pub(super) fn wire(&self) -> &'static W {
        self.wire
    }

    /// Makes a call that gives a new fid a meaning; returns the fid and the answer.
    pub(super) fn with_new_fid<T>(&self, call: impl FnOnce(u32) -> Result<T>) -> Result<(Fid<W>, T)> {
        let number = self.wire.new_fid();
        let answer = call(number).inspect_err(|_| self.wire.unused_fid(number))?;
        Ok((Fid { wire: self.wire, number, is_open: AtomicBool::new(true) }, answer))
    }

    /// Walks from a fid to another file, or to the same one when there are no names.
    pub(super) fn walk(&self, from: u32, names: &[&[u8]]) -> Result<Fid<W>> {
        let (now, later) = names.split_at(names.len().min(MAX_NAMES));
        let number = self.wire.new_fid();
        let walked = self.wire.exchange(
            Bulk::None,
            |request, _| request.walk(from, number, now.iter().copied()),
            |mut reply| reply.walked(),
        );
        let count = match walked {
            Ok((count, _)) if count == now.len() => count,
            Ok((count, _)) => {
                self.wire.unused_fid(number);
                if count == 0 || count > now.len() {
                    return Err(error(Errno::EIO));
                }
                // What is wrong with the next name, the server says when it is the first one.
                let reached = self.walk(from, &now[..count])?;
                return self.walk(reached.number, &names[count..]);
            }
            Err(failed) => {
                self.wire.unused_fid(number);
                return Err(failed);
            }
        };
        debug_assert_eq!(count, now.len());
        let fid = Fid { wire: self.wire, number, is_open: AtomicBool::new(false) };
        if later.is_empty() { Ok(fid) } else { self.walk(fid.number, later) }
    }

    fn root(&self) -> Arc<Fid<W>> {
        Arc::new(Fid { wire: self.wire, number: ROOT, is_open: AtomicBool::new(false) })
    }

    /// Returns a fid of the file at a path without slashes at its ends, which is kept.
    fn kept(&self, path: &[u8]) -> Result<Arc<Fid<W>>> {
        if let Some(kept) = self.wire.with_kept(|kept| kept.find(path)) {
            return Ok(kept);
        }
        let fid = Arc::new(self.walk_to(path)?);
        drop(self.wire.with_kept(|kept| kept.keep(path, fid.clone())));
        Ok(fid)
    }

    /// Walks to a file by way of its folder, which is kept.
    fn walk_to(&self, path: &[u8]) -> Result<Fid<W>> {
        let Some((folder, name)) = split(path) else { return self.walk(ROOT, &[]) };
        let folder = if folder.is_empty() { self.root() } else { self.folder(folder)? };
        self.walk(folder.number, &[name])
    }

    /// Returns a fid of a folder. What is above it is not kept for this alone: one walk leads there.
    fn folder(&self, path: &[u8]) -> Result<Arc<Fid<W>>> {
        if let Some(kept) = self.wire.with_kept(|kept| kept.find(path)) {
            return Ok(kept);
        }
        let above =
            split(path).and_then(|(above, name)| Some((self.wire.with_kept(|kept| kept.find(above))?, name)));
        let fid = Arc::new(match above {
            Some((above, name)) => self.walk(above.number, &[name])?,
            None => self.walk(ROOT, &names(path).collect::<Vec<_>>())?,
        });
        drop(self.wire.with_kept(|kept| kept.keep(path, fid.clone())));
        Ok(fid)
    }

    /// Returns a fid of the file at a path.
    pub(super) fn find(&self, path: &[u8]) -> Result<Arc<Fid<W>>> {
        check_path(path)?;
        let path = trimmed(path);
        if path.is_empty() { Ok(self.root()) } else { self.kept(path) }
    }

    /// Returns a fid of the file at a path that nobody else uses, to open it.
    fn find_alone(&self, path: &[u8]) -> Result<Fid<W>> {
        check_path(path)?;
        let path = trimmed(path);
        match self.wire.with_kept(|kept| kept.take(path)) {
            Some(fid) => Ok(fid),
            None => self.walk_to(path),
        }
    }

    /// Splits a path into a fid of the folder and the name there; the root has no name to change.
    fn place<'p>(&self, path: &'p [u8]) -> Result<(Arc<Fid<W>>, &'p [u8])> {
        check_path(path)?;
        let (folder, name) = split(path).ok_or(error(Errno::EBUSY))?;
        let folder = if folder.is_empty() { self.root() } else { self.folder(folder)? };
        Ok((folder, name))
    }

    /// Returns what the server says of a fid.
    pub fn attributes(&self, fid: &Fid<W>) -> Result<FolderStat> {
        let dev = self.dev;
        self.wire.exchange(
            Bulk::None,
            |request, _| request.get_attributes(fid.number),
            |mut reply| reply.attributes(dev),
        )
    }

    /// Says what is at a path.
    pub fn stat(&self, path: &[u8]) -> Result<FolderStat> {
        let fid = self.find(path)?;
        self.attributes(&fid)
    }

    fn open_fid(&self, fid: &Fid<W>, flags: i32) -> Result<Qid> {
        let qid = self.wire.exchange(
            Bulk::None,
            |request, _| request.open(fid.number, flags as u32),
            |mut reply| reply.qid(),
        )?;
        fid.is_open.store(true, Ordering::Relaxed);
        Ok(qid)
    }

    /// Opens what is at a path with these flags of open(2).
    pub fn open(&self, path: &[u8], flags: i32) -> Result<(Fid<W>, Qid)> {
        let fid = self.find_alone(path)?;
        let qid = self.open_fid(&fid, flags)?;
        Ok((fid, qid))
    }

    /// Lists a folder, without `.` and `..`.
    pub fn list(&self, path: &[u8]) -> Result<Vec<FolderEntry>> {
        let (fid, qid) = self.open(path, abi_core::abi::O_RDONLY | abi_core::abi::O_DIRECTORY)?;
        if qid.kind & QID_FOLDER == 0 {
            return Err(error(Errno::ENOTDIR));
        }
        let mut entries = Vec::new();
        let mut offset = 0;
        loop {
            let next = self.wire.exchange(
                Bulk::Reply,
                |request, room| request.read_folder(fid.number, offset, room as u32),
                |mut reply| reply.entries(&mut entries),
            )?;
            match next {
                None => return Ok(entries),
                // A folder that does not go on would be read for ever.
                Some(next) if next == offset => return Err(error(Errno::EIO)),
                Some(next) => offset = next,
            }
        }
    }

    /// Reads a link.
    pub fn read_link(&self, path: &[u8]) -> Result<Vec<u8>> {
        let fid = self.find(path)?;
        self.wire.exchange(
            Bulk::None,
            |request, _| request.read_link(fid.number),
            |mut reply| reply.string().map(<[u8]>::to_vec),
        )
    }

    /// Reads an open file until `buf` is full or the file ends.
    pub fn read(&self, fid: &Fid<W>, offset: u64, buf: &mut [u8]) -> Result<usize> {
        let mut done = 0;
        while done < buf.len() {
            match self.read_once(fid, offset.saturating_add(done as u64), &mut buf[done..]) {
                Ok((n, wanted)) => {
                    done += n;
                    // A regular file gives less than was asked for at its end alone.
                    if n < wanted {
                        break;
                    }
                }
                Err(_) if done > 0 => break,
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    /// Reads what one message holds; returns how much came and how much was asked for.
    fn read_once(&self, fid: &Fid<W>, offset: u64, buf: &mut [u8]) -> Result<(usize, usize)> {
        let mut wanted = buf.len();
        let read = self.wire.exchange(
            Bulk::for_data(wanted, Bulk::Reply),
            |request, room| {
                wanted = wanted.min(room);
                request.read(fid.number, offset, wanted as u32);
            },
            |mut reply| {
                let data = reply.data()?;
                let place = buf.get_mut(..data.len()).ok_or(error(Errno::EIO))?;
                place.copy_from_slice(data);
                Ok(data.len())
            },
        )?;
        Ok((read, wanted))
    }

    /// Writes to an open file; returns how much went.
    pub fn write(&self, fid: &Fid<W>, offset: u64, bytes: &[u8]) -> Result<usize> {
        let mut done = 0;
        while done < bytes.len() {
            match self.write_once(fid, offset.saturating_add(done as u64), &bytes[done..]) {
                Ok(0) => break,
                Ok(n) => done += n,
                Err(_) if done > 0 => break,
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    fn write_once(&self, fid: &Fid<W>, offset: u64, bytes: &[u8]) -> Result<usize> {
        let written = self.wire.exchange(
            Bulk::for_data(bytes.len(), Bulk::Request),
            |request, room| request.write(fid.number, offset, &bytes[..bytes.len().min(room)]),
            |mut reply| reply.word(),
        )?;
        Ok((written as usize).min(bytes.len()))
    }

    /// Makes an open file durable.
    pub fn sync(&self, fid: &Fid<W>) -> Result<()> {
        self.wire.exchange(Bulk::None, |request, _| request.sync(fid.number), |_| Ok(()))
    }

    /// Changes a file's attributes.
    pub fn change(&self, fid: &Fid<W>, changes: &Changes) -> Result<()> {
        self.wire.exchange(Bulk::None, |request, _| request.set_attributes(fid.number, changes), |_| Ok(()))
    }

    /// Changes the attributes of what is at a path.
    pub fn change_at(&self, path: &[u8], changes: &Changes) -> Result<()> {
        let fid = self.find(path)?;
        self.change(&fid, changes)
    }

    /// Makes a regular file with these flags of open(2) and opens it.
    pub fn create(&self, path: &[u8], flags: i32, mode: u32) -> Result<(Fid<W>, Qid)> {
        let (folder, name) = self.place(path)?;
        // The call makes the folder's fid that of the new file.
        let fid = self.walk(folder.number, &[])?;
        let qid = self.wire.exchange(
            Bulk::None,
            |request, _| request.create(fid.number, name, flags as u32, mode),
            |mut reply| reply.qid(),
        )?;
        fid.is_open.store(true, Ordering::Relaxed);
        Ok((fid, qid))
    }

    /// Makes a folder.
    pub fn make_folder(&self, path: &[u8], mode: u32) -> Result<()> {
        let (folder, name) = self.place(path)?;
        self.wire.exchange(
            Bulk::None,
            |request, _| request.make_folder(folder.number, name, mode),
            |mut reply| reply.qid().map(drop),
        )
    }

    /// Makes a symbolic link.
    pub fn make_link(&self, path: &[u8], target: &[u8]) -> Result<()> {
        let (folder, name) = self.place(path)?;
        check_path(target)?;
        self.wire.exchange(
            Bulk::None,
            |request, _| request.make_link(folder.number, name, target),
            |mut reply| reply.qid().map(drop),
        )
    }

    /// Makes another name for a file.
    pub fn hard_link(&self, from: &[u8], to: &[u8]) -> Result<()> {
        let (folder, name) = self.place(to)?;
        let fid = self.find(from)?;
        self.wire.exchange(
            Bulk::None,
            |request, _| request.hard_link(folder.number, fid.number, name),
            |_| Ok(()),
        )
    }

    /// Removes a name.
    pub fn remove(&self, path: &[u8], is_folder: bool) -> Result<()> {
        let (folder, name) = self.place(path)?;
        let removed = self.wire.exchange(
            Bulk::None,
            |request, _| request.remove(folder.number, name, is_folder),
            |_| Ok(()),
        );
        self.forget(path);
        removed
    }

    /// Renames. The server changes the paths of fids below a folder that moves, so none is kept.
    pub fn rename(&self, from: &[u8], to: &[u8]) -> Result<()> {
        let ((folder, name), (to_folder, new_name)) = (self.place(from)?, self.place(to)?);
        let renamed = self.wire.exchange(
            Bulk::None,
            |request, _| request.rename(folder.number, name, to_folder.number, new_name),
            |_| Ok(()),
        );
        self.forget(from);
        self.forget(to);
        renamed
    }

    fn forget(&self, path: &[u8]) {
        drop(self.wire.with_kept(|kept| kept.forget(trimmed(path))));
    }
}

/// Refuses a path that Linux's own calls would not take.
fn check_path(path: &[u8]) -> Result<()> {
    if path.len() >= MAX_PATH_BYTES {
        Err(error(Errno::ENAMETOOLONG))
    } else if path.contains(&0) {
        Err(error(Errno::ENOENT))
    } else {
        Ok(())
    }
}
