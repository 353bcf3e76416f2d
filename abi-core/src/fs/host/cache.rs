//! The pages of host files that are mapped shared, where a host's own pages cannot be.
//!
//! A file has a cache while it is mapped so, and then all of this machine that reads it sees the cache's pages and what
//! writes it changes them too. What was stored to is carried to the host by msync(2), fsync(2) and sync(2), when the last
//! mapping goes, and at the machine's end. What others on the host change is seen in pages that are not yet held.
//!
//! Locks: the table's before a file's. A file's is held while the host is asked.

use alloc::collections::BTreeSet;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicUsize, Ordering};

use crate::abi::{Errno, Result};
use crate::backend::folders::FolderFile;
use crate::backend::{Backend, ObjectId, read_object, write_object};
use crate::few::FewMap;
use crate::fs::inode::Identity;
use crate::mm::{PageCache, Run, SharedPages};
use crate::sync::Mutex;

/// Size of a page.
const PAGE_BYTES: usize = 4096;
/// How much is moved to or from the host at once.
const PIECE_BYTES: usize = 64 << 10;

/// The files that are mapped.
pub struct Caches {
    backend: &'static dyn Backend,
    files: Mutex<FewMap<Identity, Arc<CachedFile>>>,
    /// How many files there are, to be looked at without the lock.
    count: AtomicUsize,
}

/// What is known of a file while it has a cache.
struct CachedFile {
    backend: &'static dyn Backend,
    object: ObjectId,
    pages: Mutex<Pages>,
    /// What its mappings hold on to.
    mapped: Mutex<Weak<Mapped>>,
}

struct Pages {
    /// By which it is read, and written once somebody may.
    file: Arc<dyn FolderFile>,
    is_writable: bool,
    /// The file's length as last heard of.
    len_bytes: u64,
    /// The object's length in pages.
    object_pages: usize,
    /// The pages that the object holds.
    held: BTreeSet<usize>,
    /// Those that were stored to.
    changed: BTreeSet<usize>,
}

/// A cache in use: the last one to let go of it has what was stored carried to the host.
pub(in crate::fs) struct Mapped {
    caches: Arc<Caches>,
    identity: Identity,
    file: Arc<CachedFile>,
}

impl Caches {
    /// Makes an empty table.
    pub fn new(backend: &'static dyn Backend) -> Arc<Self> {
        Arc::new(Self { backend, files: Mutex::new(FewMap::new()), count: AtomicUsize::new(0) })
    }

    /// Returns a file's cache for one more mapping, making it if there is none.
    fn map(
        self: &Arc<Self>,
        identity: Identity,
        file: &Arc<dyn FolderFile>,
        may_write: bool,
    ) -> Result<Arc<Mapped>> {
        let mut files = self.files.lock();
        let cached = if let Some(cached) = files.get(&identity) {
            cached.clone()
        } else {
            let cached = Arc::new(CachedFile::new(self.backend, file.clone())?);
            files.insert(identity, cached.clone());
            self.count.store(files.len(), Ordering::Release);
            cached
        };
        let mut pages = cached.pages.lock();
        if may_write && !pages.is_writable {
            (pages.file, pages.is_writable) = (file.clone(), true);
        }
        drop(pages);
        Ok(self.hold(identity, &cached))
    }

    /// Returns a file's cache, if it has one.
    pub(in crate::fs) fn find(self: &Arc<Self>, identity: Identity) -> Option<Arc<Mapped>> {
        if self.count.load(Ordering::Acquire) == 0 {
            return None;
        }
        let files = self.files.lock();
        files.get(&identity).map(|cached| self.hold(identity, cached))
    }

    /// Reads from a file at an offset, with what its cache holds.
    pub(in crate::fs) fn read_at(
        self: &Arc<Self>,
        identity: Identity,
        file: &dyn FolderFile,
        offset: u64,
        buf: &mut [u8],
    ) -> Result<usize> {
        match self.find(identity) {
            Some(cached) => cached.read_at(file, offset, buf),
            None => Ok(file.read_at(offset, buf)?),
        }
    }

    /// Writes to a file at an offset, and to what its cache holds.
    pub(in crate::fs) fn write_at(
        self: &Arc<Self>,
        identity: Identity,
        file: &dyn FolderFile,
        offset: u64,
        bytes: &[u8],
    ) -> Result<usize> {
        if let Some(cached) = self.find(identity) {
            return cached.write_at(file, offset, bytes);
        }
        let n = file.write_at(offset, bytes)?;
        // Whoever has mapped it meanwhile may have read what was there before.
        if let Some(cached) = self.find(identity) {
            cached.show(offset, &bytes[..n])?;
        }
        Ok(n)
    }

    /// Sets a file's length.
    pub(in crate::fs) fn set_len(
        self: &Arc<Self>,
        identity: Identity,
        file: &dyn FolderFile,
        len_bytes: u64,
    ) -> Result<()> {
        match self.find(identity) {
            Some(cached) => cached.set_len(file, len_bytes),
            None => Ok(file.set_len(len_bytes)?),
        }
    }

    /// Returns what a shared mapping of a file shows: the host's object if there is one, else a cache.
    pub(in crate::fs) fn pages(
        self: &Arc<Self>,
        identity: Identity,
        file: &Arc<dyn FolderFile>,
        may_write: bool,
    ) -> Result<SharedPages> {
        match file.object() {
            Some(object) => Ok(SharedPages::Object(object)),
            None => Ok(SharedPages::Cache(self.map(identity, file, may_write)?)),
        }
    }

    /// Returns every cache.
    pub fn all(self: &Arc<Self>) -> Vec<Arc<dyn PageCache>> {
        let files = self.files.lock();
        let hold = |(identity, cached): (&Identity, &Arc<CachedFile>)| {
            self.hold(*identity, cached) as Arc<dyn PageCache>
        };
        files.keys().zip(files.values()).map(hold).collect()
    }

    /// The caller has the table locked, in which the file is.
    fn hold(self: &Arc<Self>, identity: Identity, file: &Arc<CachedFile>) -> Arc<Mapped> {
        let mut mapped = file.mapped.lock();
        mapped.upgrade().unwrap_or_else(|| {
            let made = Arc::new(Mapped { caches: self.clone(), identity, file: file.clone() });
            *mapped = Arc::downgrade(&made);
            made
        })
    }
}

impl Drop for Mapped {
    fn drop(&mut self) {
        let mut pages = self.file.pages.lock();
        let changed = pages.take_changed();
        if let Err(error) = self.file.carry(&mut pages, &changed) {
            log::warn!("what was stored to a mapped file did not reach the host: {error}");
        }
        drop(pages);
        let mut files = self.caches.files.lock();
        let is_unused = files.get(&self.identity).is_some_and(|file| Arc::ptr_eq(file, &self.file))
            && self.file.mapped.lock().strong_count() == 0
            && self.file.pages.lock().changed.is_empty();
        if is_unused {
            files.remove(&self.identity);
            self.caches.count.store(files.len(), Ordering::Release);
        }
    }
}

impl PageCache for Mapped {
    fn object(&self) -> ObjectId {
        self.file.object
    }
    fn bring_in(&self, offset: u64, len_bytes: usize) -> Result<()> {
        self.file.bring_in(offset, len_bytes)
    }
    fn note_store(&self, offset: u64) {
        self.file.pages.lock().changed.insert(number_of(offset));
    }
    fn take_changed(&self) -> Vec<Run> {
        self.file.pages.lock().take_changed()
    }
    fn carry(&self, runs: &[Run]) -> Result<()> {
        self.file.carry(&mut self.file.pages.lock(), runs)
    }
}

impl Mapped {
    /// Reads as `file` would, which is the same file, with what the cache holds of it.
    fn read_at(&self, file: &dyn FolderFile, offset: u64, buf: &mut [u8]) -> Result<usize> {
        let pages = self.file.pages.lock();
        let n = file.read_at(offset, buf)?;
        for (at, part) in pages.held_parts(offset, n) {
            read_object(self.file.backend, self.file.object, at, &mut buf[part])?;
        }
        Ok(n)
    }

    /// Writes to `file`, which is the same file, and to what the cache holds of it.
    fn write_at(&self, file: &dyn FolderFile, offset: u64, bytes: &[u8]) -> Result<usize> {
        let mut pages = self.file.pages.lock();
        let n = file.write_at(offset, bytes)?;
        self.file.show(&mut pages, offset, &bytes[..n])?;
        Ok(n)
    }

    /// Takes over bytes that were just written to the file.
    fn show(&self, offset: u64, bytes: &[u8]) -> Result<()> {
        self.file.show(&mut self.file.pages.lock(), offset, bytes)
    }

    /// Sets the length of `file`, which is the same file.
    fn set_len(&self, file: &dyn FolderFile, len_bytes: u64) -> Result<()> {
        let mut pages = self.file.pages.lock();
        file.set_len(len_bytes)?;
        // What was stored beyond the end is not the file's, before and after.
        self.file.clear_tail(&pages)?;
        pages.len_bytes = len_bytes;
        self.file.clear_tail(&pages)?;
        let kept = len_bytes.div_ceil(PAGE_BYTES as u64) as usize;
        pages.held.split_off(&kept);
        pages.changed.split_off(&kept);
        if kept < pages.object_pages {
            self.file.resize(&mut pages, kept)?;
        }
        Ok(())
    }
}

fn number_of(offset: u64) -> usize {
    (offset / PAGE_BYTES as u64) as usize
}

impl Pages {
    /// Returns the runs of pages that were stored to, and forgets which they were.
    fn take_changed(&mut self) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for page in core::mem::take(&mut self.changed) {
            let offset = page as u64 * PAGE_BYTES as u64;
            match runs.last_mut() {
                Some((start, len)) if *start + *len as u64 == offset => *len += PAGE_BYTES,
                _ => runs.push((offset, PAGE_BYTES)),
            }
        }
        runs
    }

    /// Returns the parts of a range that the object holds: the offset there and the range of a buffer.
    fn held_parts(
        &self,
        offset: u64,
        len: usize,
    ) -> impl Iterator<Item = (usize, core::ops::Range<usize>)> + '_ {
        let start = offset as usize;
        let end = start + len;
        self.held.range(start / PAGE_BYTES..end.div_ceil(PAGE_BYTES)).map(move |page| {
            let (from, to) = ((page * PAGE_BYTES).max(start), ((page + 1) * PAGE_BYTES).min(end));
            (from, from - start..to - start)
        })
    }

    /// Returns the pages of a range that the object does not hold and the file has, as ranges of numbers.
    fn missing(&self, offset: u64, len_bytes: usize) -> Vec<core::ops::Range<usize>> {
        let first = number_of(offset);
        let end =
            (first + len_bytes.div_ceil(PAGE_BYTES)).min(self.len_bytes.div_ceil(PAGE_BYTES as u64) as usize);
        let mut found: Vec<core::ops::Range<usize>> = Vec::new();
        for page in (first..end).filter(|page| !self.held.contains(page)) {
            match found.last_mut() {
                Some(last) if last.end == page && last.len() < PIECE_BYTES / PAGE_BYTES => last.end += 1,
                _ => found.push(page..page + 1),
            }
        }
        found
    }
}

impl CachedFile {
    fn new(backend: &'static dyn Backend, file: Arc<dyn FolderFile>) -> Result<Self> {
        let pages = Pages {
            len_bytes: file.stat()?.size,
            file,
            is_writable: false,
            object_pages: 0,
            held: BTreeSet::new(),
            changed: BTreeSet::new(),
        };
        let (object, mapped) = (backend.create_object(0)?, Mutex::new(Weak::new()));
        Ok(Self { backend, object, pages: Mutex::new(pages), mapped })
    }

    fn resize(&self, pages: &mut Pages, count: usize) -> Result<()> {
        self.backend.resize_object(self.object, count * PAGE_BYTES)?;
        pages.object_pages = count;
        Ok(())
    }

    fn bring_in(&self, offset: u64, len_bytes: usize) -> Result<()> {
        let mut pages = self.pages.lock();
        let known = pages.file.stat().map_or(pages.len_bytes, |stat| stat.size);
        if known > pages.len_bytes {
            self.clear_tail(&pages)?;
        }
        pages.len_bytes = known;
        let missing = pages.missing(offset, len_bytes);
        let Some(end) = missing.last().map(|last| last.end) else { return Ok(()) };
        if end > pages.object_pages {
            self.resize(&mut pages, end)?;
        }
        let most = missing.iter().map(ExactSizeIterator::len).max().unwrap_or(0);
        let mut piece = alloc::vec![0; most * PAGE_BYTES];
        for part in missing {
            let bytes = &mut piece[..part.len() * PAGE_BYTES];
            let start = part.start * PAGE_BYTES;
            let mut done = 0;
            while done < bytes.len() {
                match pages.file.read_at((start + done) as u64, &mut bytes[done..])? {
                    0 => break,
                    n => done += n,
                }
            }
            bytes[done..].fill(0);
            write_object(self.backend, self.object, start, bytes)?;
            pages.held.extend(part);
        }
        Ok(())
    }

    /// Carries pages to the host. Those that cannot be are noted as stored to.
    fn carry(&self, pages: &mut Pages, runs: &[Run]) -> Result<()> {
        if runs.is_empty() {
            return Ok(());
        }
        let carried = self.carry_runs(pages, runs);
        if carried.is_err() {
            for (offset, len) in runs {
                let first = number_of(*offset);
                pages.changed.extend(first..first + len / PAGE_BYTES);
            }
        }
        carried
    }

    fn carry_runs(&self, pages: &mut Pages, runs: &[Run]) -> Result<()> {
        if !pages.is_writable {
            return Err(Errno::EBADF);
        }
        if let Ok(stat) = pages.file.stat() {
            pages.len_bytes = stat.size;
        }
        let mut piece = Vec::new();
        // The machine may be ending for want of memory.
        piece.try_reserve_exact(PIECE_BYTES).map_err(|_| Errno::ENOMEM)?;
        piece.resize(PIECE_BYTES, 0);
        for (offset, len) in runs {
            let end = (offset + *len as u64).min(pages.len_bytes);
            let mut at = *offset;
            while at < end {
                let bytes = &mut piece[..PIECE_BYTES.min((end - at) as usize)];
                read_object(self.backend, self.object, at as usize, bytes)?;
                match pages.file.write_at(at, bytes)? {
                    0 => return Err(Errno::EIO),
                    n => at += n as u64,
                }
            }
        }
        Ok(())
    }

    fn show(&self, pages: &mut Pages, offset: u64, bytes: &[u8]) -> Result<()> {
        let end = offset + bytes.len() as u64;
        if end > pages.len_bytes {
            self.clear_tail(pages)?;
            pages.len_bytes = end;
        }
        for (at, part) in pages.held_parts(offset, bytes.len()) {
            write_object(self.backend, self.object, at, &bytes[part])?;
        }
        Ok(())
    }

    /// Makes what lies beyond the file's end in its last page read zero.
    fn clear_tail(&self, pages: &Pages) -> Result<()> {
        let end = pages.len_bytes as usize;
        let tail = end.next_multiple_of(PAGE_BYTES) - end;
        if tail > 0 && pages.held.contains(&(end / PAGE_BYTES)) {
            write_object(self.backend, self.object, end, &[0; PAGE_BYTES][..tail])?;
        }
        Ok(())
    }
}

impl Drop for CachedFile {
    fn drop(&mut self) {
        self.backend.destroy_object(self.object);
    }
}
