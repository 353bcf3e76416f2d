//! The bytes of a regular file in memory.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::collections::btree_map::Entry;
use alloc::vec;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicUsize, Ordering};

use crate::abi::{Errno, Result};
use crate::backend::{Backend, ObjectId, read_object, write_object};
use crate::fs::inode::InodeRef;

/// Size of a page.
pub(super) const PAGE_BYTES: usize = 4096;
/// The longest file, which keeps page counts and offsets in range.
const MAX_BYTES: u64 = 1 << 46;

/// How many pages of files there are in the kernel's heap.
static PAGES: AtomicUsize = AtomicUsize::new(0);

/// Returns how much memory the contents of files take in the kernel's heap.
pub fn cached_bytes() -> usize {
    PAGES.load(Ordering::Relaxed) * PAGE_BYTES
}

/// Where a regular file's bytes are.
pub(super) enum Content {
    /// In the lower file system, unchanged.
    Lower(InodeRef),
    /// In pages of the kernel's heap; missing ones are holes.
    Pages(Pages),
    /// In an object that can be mapped.
    Object(ObjectId),
}

/// Pages in the kernel's heap, by number.
pub(super) struct Pages(BTreeMap<usize, Box<[u8]>>);

impl Drop for Pages {
    fn drop(&mut self) {
        PAGES.fetch_sub(self.0.len(), Ordering::Relaxed);
    }
}

impl Pages {
    fn get(&self, number: usize) -> Option<&[u8]> {
        self.0.get(&number).map(|page| &**page)
    }

    /// Makes holes of pages.
    fn remove(&mut self, numbers: core::ops::Range<usize>) {
        if numbers.is_empty() {
            return;
        }
        let mut gone = self.0.split_off(&numbers.start);
        self.0.append(&mut gone.split_off(&numbers.end));
        drop(Self(gone));
    }

    /// Returns a page, making it if need be; `ENOSPC` when there is no memory for it.
    fn get_or_make(&mut self, number: usize) -> Result<&mut [u8]> {
        match self.0.entry(number) {
            Entry::Occupied(page) => Ok(page.into_mut()),
            Entry::Vacant(place) => {
                let mut page = Vec::new();
                page.try_reserve_exact(PAGE_BYTES).map_err(|_| Errno::ENOSPC)?;
                page.resize(PAGE_BYTES, 0);
                PAGES.fetch_add(1, Ordering::Relaxed);
                Ok(place.insert(page.into_boxed_slice()))
            }
        }
    }
}

impl Content {
    /// Makes an empty file.
    pub(super) const fn empty() -> Self {
        Self::Pages(Pages(BTreeMap::new()))
    }

    /// Returns how many bytes of memory it takes.
    pub(super) fn allocated_bytes(&self, len_bytes: u64) -> u64 {
        match self {
            Self::Lower(_) | Self::Object(_) => len_bytes.next_multiple_of(PAGE_BYTES as u64),
            Self::Pages(pages) => pages.0.len() as u64 * PAGE_BYTES as u64,
        }
    }

    /// Returns how many pages it has of its own.
    pub(super) fn own_pages(&self, len_bytes: u64) -> u64 {
        match self {
            Self::Lower(_) => 0,
            Self::Pages(pages) => pages.0.len() as u64,
            Self::Object(_) => len_bytes.div_ceil(PAGE_BYTES as u64),
        }
    }

    /// Returns how many of `count` bytes at `offset` can be written with so many more pages.
    pub(super) fn fitting(&self, len_bytes: u64, offset: u64, count: usize, free: u64) -> usize {
        let mut left = free;
        for (number, _, part) in parts(offset, count) {
            let is_there = match self {
                Self::Lower(_) => false,
                Self::Pages(pages) => pages.0.contains_key(&number),
                Self::Object(_) => (number as u64) < len_bytes.div_ceil(PAGE_BYTES as u64),
            };
            if !is_there {
                if left == 0 {
                    return part.start;
                }
                left -= 1;
            }
        }
        count
    }

    /// Reads at `offset`, all of `buf`, which lies inside the file. Not for lower files.
    pub(super) fn read(&self, backend: &dyn Backend, offset: u64, buf: &mut [u8]) -> Result<()> {
        match self {
            Self::Lower(_) => return Err(Errno::EIO),
            Self::Object(object) => read_object(backend, *object, offset as usize, buf)?,
            Self::Pages(pages) => {
                for (number, within, part) in parts(offset, buf.len()) {
                    let to = &mut buf[part.clone()];
                    match pages.get(number) {
                        Some(page) => to.copy_from_slice(&page[within..within + part.len()]),
                        None => to.fill(0),
                    }
                }
            }
        }
        Ok(())
    }

    /// Writes at `offset`; the file was made long enough. Not for lower files.
    pub(super) fn write(&mut self, backend: &dyn Backend, offset: u64, bytes: &[u8]) -> Result<()> {
        match self {
            Self::Lower(_) => return Err(Errno::EIO),
            Self::Object(object) => write_object(backend, *object, offset as usize, bytes)?,
            Self::Pages(pages) => {
                for (number, within, part) in parts(offset, bytes.len()) {
                    let page = pages.get_or_make(number)?;
                    page[within..within + part.len()].copy_from_slice(&bytes[part]);
                }
            }
        }
        Ok(())
    }

    /// Makes a part inside the file's pages read zero; whole pages of it become holes. Not for lower files.
    pub(super) fn clear(&mut self, backend: &dyn Backend, start: u64, end: u64) -> Result<()> {
        if let Self::Pages(pages) = self {
            pages.remove((start as usize).div_ceil(PAGE_BYTES)..end as usize / PAGE_BYTES);
        }
        let zeros = [0; PAGE_BYTES];
        let mut at = start;
        while at < end {
            let next = (at + 1).next_multiple_of(PAGE_BYTES as u64);
            match self {
                Self::Pages(pages) if pages.get(at as usize / PAGE_BYTES).is_none() => {
                    let later = pages.0.range(at as usize / PAGE_BYTES..).next();
                    at = later.map_or(end, |(number, _)| (number * PAGE_BYTES) as u64);
                }
                _ => {
                    self.write(backend, at, &zeros[..(next.min(end) - at) as usize])?;
                    at = next;
                }
            }
        }
        Ok(())
    }

    /// Changes the length from `old` to `new`; new bytes read zero. Not for lower files.
    pub(super) fn resize(&mut self, backend: &dyn Backend, old: u64, new: u64) -> Result<()> {
        if new > MAX_BYTES {
            return Err(Errno::EFBIG);
        }
        if new < old && !new.is_multiple_of(PAGE_BYTES as u64) {
            let zeros = [0; PAGE_BYTES];
            let tail = (new.next_multiple_of(PAGE_BYTES as u64).min(old) - new) as usize;
            let is_hole = matches!(self, Self::Pages(pages)
                if pages.get(new as usize / PAGE_BYTES).is_none());
            if !is_hole {
                self.write(backend, new, &zeros[..tail])?;
            }
        }
        if let Self::Object(object) = self
            && new > old
        {
            // What a mapping stored beyond the end does not become the file's.
            let tail = old.next_multiple_of(PAGE_BYTES as u64) - old;
            write_object(backend, *object, old as usize, &[0; PAGE_BYTES][..tail as usize])?;
        }
        match self {
            Self::Lower(_) => return Err(Errno::EIO),
            Self::Object(object) => {
                let to_pages = |len: u64| (len as usize).next_multiple_of(PAGE_BYTES);
                if to_pages(old) != to_pages(new) {
                    backend.resize_object(*object, to_pages(new))?;
                }
            }
            Self::Pages(pages) => drop(Pages(pages.0.split_off(&(new as usize).div_ceil(PAGE_BYTES)))),
        }
        Ok(())
    }

    /// Moves the bytes to an object, unless they are in one.
    pub(super) fn make_object(&mut self, backend: &dyn Backend, len_bytes: u64) -> Result<ObjectId> {
        let pages = match self {
            Self::Object(object) => return Ok(*object),
            Self::Lower(_) => return Err(Errno::EIO),
            Self::Pages(pages) => pages,
        };
        let object = backend.create_object((len_bytes as usize).next_multiple_of(PAGE_BYTES))?;
        for (number, page) in &pages.0 {
            if let Err(error) = write_object(backend, object, number * PAGE_BYTES, page) {
                backend.destroy_object(object);
                return Err(error.into());
            }
        }
        *self = Self::Object(object);
        Ok(object)
    }

    /// Finds the next byte at or after `offset` that is data (`SEEK_DATA`) or a hole (`SEEK_HOLE`).
    pub(super) fn seek(&self, offset: u64, len_bytes: u64, is_data_wanted: bool) -> u64 {
        let Self::Pages(pages) = self else { return if is_data_wanted { offset } else { len_bytes } };
        let page = PAGE_BYTES as u64;
        let first = (offset / page) as usize;
        let found = if is_data_wanted {
            pages.0.range(first..).next().map_or(len_bytes, |(number, _)| *number as u64 * page)
        } else {
            let mut number = first;
            while pages.0.contains_key(&number) {
                number += 1;
            }
            number as u64 * page
        };
        found.clamp(offset, len_bytes)
    }
}

/// Splits `len` bytes at `offset` into parts of one page: its number, the offset within, the range of the buffer.
fn parts(offset: u64, len: usize) -> impl Iterator<Item = (usize, usize, core::ops::Range<usize>)> {
    let mut done = 0;
    core::iter::from_fn(move || {
        let at = offset as usize + done;
        let within = at % PAGE_BYTES;
        let n = (PAGE_BYTES - within).min(len - done);
        let part = done..done + n;
        done += n;
        (n > 0).then_some((at / PAGE_BYTES, within, part))
    })
}

/// Copies a lower file's first `len_bytes` bytes up.
pub(super) fn copy_up(backend: &dyn Backend, lower: &InodeRef, len_bytes: u64) -> Result<Content> {
    let mut content = Content::empty();
    let mut piece = vec![0; 16 * PAGE_BYTES];
    let mut at = 0;
    while at < len_bytes {
        let want = piece.len().min((len_bytes - at) as usize);
        let n = lower.read_at(at, &mut piece[..want])?;
        if n == 0 {
            break;
        }
        content.write(backend, at, &piece[..n])?;
        at += n as u64;
    }
    Ok(content)
}
