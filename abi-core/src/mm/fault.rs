//! What a page fault means, and filling pages ahead of their use.

use super::AddressSpace;
use super::book::Book;
use super::range_set::{intersect, range};
use super::region::Region;
use crate::abi::{Errno, Result};
use crate::backend::{Access, Backing, PageRange};

/// Pages are brought in by aligned windows of at least this size.
pub(super) const MIN_WINDOW_BYTES: usize = 64 << 10;
/// The window grows up to this size while a region is touched densely.
pub(super) const MAX_WINDOW_BYTES: usize = 2 << 20;

/// What a page fault turned out to be.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultAnswer {
    /// The page is there now: the access can be tried again.
    Mapped,
    /// Nothing is mapped there (`SEGV_MAPERR`).
    NotMapped,
    /// The mapping does not allow the access (`SEGV_ACCERR`).
    Denied,
    /// The page lies beyond the end of its file, or could not be read (`BUS_ADRERR`).
    PastEnd,
    /// There is no memory left for the page.
    OutOfMemory,
}

/// Tells whether x86-64 lets a page with `has` do `wanted`: any access can read.
fn allows(has: Access, wanted: Access) -> bool {
    let effective = if has.is_empty() { has } else { has | Access::READ };
    effective.contains(wanted)
}

impl AddressSpace {
    /// Answers a page fault: maps what should be there and returns true, or false when the access is an error.
    pub fn fault(&self, address: usize, access: Access) -> bool {
        self.resolve_fault(address, access) == FaultAnswer::Mapped
    }

    /// Answers a page fault: maps what should be there, or says what the error is.
    pub fn resolve_fault(&self, address: usize, access: Access) -> FaultAnswer {
        let page = address & !(self.page_bytes - 1);
        let mut book = self.book.lock();
        if book.region_at(page).is_none() && !self.grow_down(&mut book, page) {
            return FaultAnswer::NotMapped;
        }
        let Some((start, region)) = book.region_at(page) else { return FaultAnswer::NotMapped };
        if !allows(region.access, access) {
            return FaultAnswer::Denied;
        }
        let (whole, region) = (range(start, region.end), region.clone());
        let answer = match self.bring_in(&mut book, page, whole, &region) {
            FaultAnswer::Mapped if access.contains(Access::WRITE) => {
                self.let_store(page, whole.start, &region)
            }
            answer => answer,
        };
        drop(book);
        drop(region);
        answer
    }

    fn bring_in(&self, book: &mut Book, page: usize, whole: PageRange, region: &Region) -> FaultAnswer {
        let end = self.content_end(whole, region);
        if page >= end {
            return FaultAnswer::PastEnd;
        }
        if book.present.at(page).is_some() {
            // Another thread was first, or the access was just changed.
            return FaultAnswer::Mapped;
        }
        let window = window(book, page, whole, range(whole.start, end));
        let filled = self.fill(book, window, whole, region).or_else(|error| {
            let one = range(page, page + self.page_bytes);
            if window == one { Err(error) } else { self.fill(book, one, whole, region) }
        });
        match filled {
            Ok(()) => FaultAnswer::Mapped,
            Err(Errno::ENOMEM) => FaultAnswer::OutOfMemory,
            Err(_) => FaultAnswer::PastEnd,
        }
    }

    /// Maps the pages of `window`, none of which is present, with the contents of their region.
    fn fill(&self, book: &mut Book, window: PageRange, whole: PageRange, region: &Region) -> Result<()> {
        if !self.has_room(book, window) {
            return Err(Errno::ENOMEM);
        }
        if let Some((cache, offset)) = region.content.cache() {
            cache.bring_in(offset + (window.start - whole.start) as u64, window.len_bytes)?;
        }
        if region.content.object().is_some() {
            return self.show_object(book, window, whole, region);
        }
        if let Some((source, offset)) = region.content.file() {
            let offset = offset + (window.start - whole.start) as u64;
            let staging = range(book.staging.start, book.staging.start + window.len_bytes);
            self.pages
                .map_filled(staging, window, region.access, |bytes| read_pages(&**source, offset, bytes))?;
        } else {
            self.pages.map(window, region.access, Backing::Zero)?;
        }
        book.present.insert(window);
        Ok(())
    }

    /// Brings in a whole mapping of a file where nothing was mapped, as its first fault would: no thread has a right to
    /// look there yet, so the pages are filled in place. What cannot be brought in is left to faults.
    pub(super) fn fill_fresh(&self, book: &mut Book, whole: PageRange, region: &Region) {
        let Some((source, offset)) = region.content.file() else { return };
        let window = range(whole.start, self.content_end(whole, region));
        let is_wanted =
            region.content.object().is_none() && !region.access.is_empty() && window.len_bytes > 0;
        if !is_wanted || !self.has_room(book, window) {
            return;
        }
        let filled =
            self.pages.map_fresh(window, region.access, |bytes| read_pages(&**source, offset, bytes));
        if filled.is_ok() {
            book.present.insert(window);
        }
    }

    /// Tells whether the memory the guest may use has room for more pages.
    pub(super) fn has_room(&self, book: &Book, more: PageRange) -> bool {
        self.is_eager || book.present.len_bytes() + more.len_bytes <= book.layout.total_bytes
    }

    /// Leaves no page of a range to a fault where there are none.
    pub(super) fn settle(&self, range: PageRange) -> Result<()> {
        if self.has_faults { Ok(()) } else { self.populate(range.start, range.len_bytes) }
    }

    /// Brings in every page of a range that can be (`MAP_POPULATE`, `mlock`); `ENOMEM` where nothing is mapped.
    pub fn populate(&self, address: usize, len_bytes: usize) -> Result<()> {
        let wanted = self.checked_range(address, len_bytes, Errno::ENOMEM)?;
        let mut at = wanted.start;
        while at < wanted.end() {
            let mut book = self.book.lock();
            let (start, region) = book.region_at(at).ok_or(Errno::ENOMEM)?;
            let (whole, region) = (range(start, region.end), region.clone());
            let stop = whole.end().min(wanted.end());
            let usable_end = if region.access.is_empty() { at } else { self.content_end(whole, &region) };
            let first = book.present.at(at).map_or(at, PageRange::end);
            if self.is_eager && first > at && region.access.contains(Access::WRITE) {
                self.pages.touch(range(at, first.min(stop)));
            }
            if first >= usable_end.min(stop) {
                at = stop;
                continue;
            }
            let last = usable_end.min(stop).min(first + window_limit(&book));
            let hole = book.present.hole_around(first, range(first, last));
            self.fill(&mut book, hole, whole, &region)?;
            at = hole.end();
        }
        Ok(())
    }
}

/// Chooses which pages around `page` to bring in: an aligned window that is as large as the run of present pages
/// beside it, so that a region touched densely costs few faults and one touched sparsely little memory.
fn window(book: &Book, page: usize, whole: PageRange, usable: PageRange) -> PageRange {
    let aligned = |size: usize| {
        let start = page & !(size - 1);
        range(start, start.saturating_add(size))
    };
    let first = aligned(MIN_WINDOW_BYTES);
    let run = [first.start.wrapping_sub(1), first.end()]
        .into_iter()
        .filter_map(|beside| intersect(book.present.at(beside)?, whole))
        .map(|run| run.len_bytes)
        .max()
        .unwrap_or(0);
    let limit = window_limit(book);
    let mut size = MIN_WINDOW_BYTES.min(limit);
    while size * 2 <= run.min(limit) {
        size *= 2;
    }
    let clipped = intersect(aligned(size), usable).unwrap_or(usable);
    book.present.hole_around(page, clipped)
}

/// Returns the largest window: what the staging pages hold.
fn window_limit(book: &Book) -> usize {
    book.staging.len_bytes.max(book.layout.page_bytes)
}

/// Reads a file's pages; what lies beyond its end stays zero.
fn read_pages(source: &dyn super::PageSource, offset: u64, bytes: &mut [u8]) -> Result<()> {
    if let Some(file) = source.in_place() {
        let from = file.get(usize::try_from(offset).unwrap_or(usize::MAX)..).unwrap_or(&[]);
        let len = from.len().min(bytes.len());
        bytes[..len].copy_from_slice(&from[..len]);
        return Ok(());
    }
    let mut done = 0;
    while done < bytes.len() {
        match source.read_at(offset + done as u64, &mut bytes[done..])? {
            0 => break,
            n => done += n,
        }
    }
    Ok(())
}
