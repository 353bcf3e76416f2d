//! Mapping, unmapping and changing access.

use alloc::vec::Vec;

use super::book::{Book, Gone};
use super::range_set::range;
use super::region::{AnonymousObject, Region, RegionContent};
use super::{AddressSpace, Content, MapSpec, Placement, SharedPages, Sharing};
use crate::abi::{Errno, Result};
use crate::backend::{Access, Backing, PageRange};

impl AddressSpace {
    /// Maps memory; returns its address.
    pub fn map(&self, spec: &MapSpec) -> Result<usize> {
        self.map_limited(spec, Access::all())
    }

    /// Maps memory whose access may later be changed to `may` at most (a file opened read-only); returns its address.
    pub fn map_limited(&self, spec: &MapSpec, may: Access) -> Result<usize> {
        if spec.len_bytes == 0 {
            return Err(Errno::EINVAL);
        }
        let len_bytes = self.round_up(spec.len_bytes).ok_or(Errno::ENOMEM)?;
        let content = self.open_content(&spec.content, len_bytes, may)?;
        let mut gone = Gone::new();
        let mut book = self.book.lock();
        let target = self.place(&mut book, spec.placement, len_bytes)?;
        let is_fresh = book.present.parts(target).next().is_none();
        if matches!(spec.placement, Placement::Replace(_)) {
            self.clear(&mut book, target, &mut gone)?;
        }
        let region = Region {
            end: target.end(),
            access: spec.access,
            may,
            content,
            name: spec.name,
            owner: spec.owner,
            grows_down: false,
        };
        let mapped = self.show(&mut book, target, &region);
        if mapped.is_ok() {
            if is_fresh && target.len_bytes <= super::fault::MIN_WINDOW_BYTES {
                self.fill_fresh(&mut book, target, &region);
            }
            book.add(target.start, region);
        } else {
            gone.push(region);
        }
        drop(book);
        drop(gone);
        mapped?;
        self.settle(target)?;
        Ok(target.start)
    }

    /// Removes what is mapped in a range.
    pub fn unmap(&self, address: usize, len_bytes: usize) -> Result<()> {
        let window = self.checked_range(address, len_bytes, Errno::EINVAL)?;
        if window.len_bytes == 0 {
            return Err(Errno::EINVAL);
        }
        let mut gone = Gone::new();
        let result = self.clear(&mut self.book.lock(), window, &mut gone);
        drop(gone);
        result
    }

    /// Removes all that belongs to the program numbered `owner`, its break too.
    pub fn unmap_owner(&self, owner: u32) -> Result<()> {
        let mut gone = Gone::new();
        let mut book = self.book.lock();
        let owned: Vec<PageRange> = book
            .regions
            .iter()
            .filter(|(_, region)| region.owner == owner)
            .map(|(start, region)| range(start, region.end))
            .collect();
        let result = owned.iter().try_for_each(|part| self.clear(&mut book, *part, &mut gone));
        book.give_up_break(owner);
        drop(book);
        drop(gone);
        result
    }

    /// Changes what may be done with a range; all of it must be mapped. What lies before the first hole is changed
    /// even when the call fails with `ENOMEM`.
    pub fn protect(&self, address: usize, len_bytes: usize, access: Access) -> Result<()> {
        let window = self.checked_range(address, len_bytes, Errno::ENOMEM)?;
        if window.len_bytes == 0 {
            return Ok(());
        }
        let mut book = self.book.lock();
        self.part_at(&mut book, window.start)?;
        self.part_at(&mut book, window.end())?;
        let result = self.protect_regions(&mut book, window, access);
        let starts: Vec<usize> = book.overlapping(window).map(|(part, _)| part.start).collect();
        for start in starts {
            book.join_at(start);
        }
        book.join_at(window.end());
        drop(book);
        result.and_then(|()| self.settle(window))
    }

    fn protect_regions(&self, book: &mut Book, window: PageRange, access: Access) -> Result<()> {
        let mut at = window.start;
        while at < window.end() {
            let region = book.regions.get_mut(at).ok_or(Errno::ENOMEM)?;
            if !region.may.contains(access) {
                return Err(Errno::EACCES);
            }
            let part = range(at, region.end);
            if region.access != access {
                if access.contains(Access::WRITE) {
                    self.undo_detours(book, part)?;
                }
                let region = book.regions.get_mut(at).ok_or(Errno::ENOMEM)?;
                region.access = access;
                let shown = region.shown(access);
                for present in book.present.parts(part) {
                    self.pages.protect(present, shown)?;
                }
                if self.is_eager && !access.is_empty() && matches!(region.content, RegionContent::Anonymous) {
                    for hole in book.present.holes(part) {
                        self.pages.map(hole, access, Backing::ZeroOnDemand)?;
                        book.present.insert(hole);
                    }
                }
            }
            at = part.end();
        }
        Ok(())
    }

    /// Turns what was asked for into what a region holds.
    fn open_content(&self, content: &Content, len_bytes: usize, may: Access) -> Result<RegionContent> {
        let opened = match content {
            Content::Anonymous(Sharing::Private) => RegionContent::Anonymous,
            Content::Anonymous(Sharing::Shared) => {
                RegionContent::SharedAnonymous(AnonymousObject::create(self.pages.0, len_bytes)?, 0)
            }
            Content::File(source, offset, sharing) => {
                if !offset.is_multiple_of(self.page_bytes as u64) {
                    return Err(Errno::EINVAL);
                }
                offset.checked_add(len_bytes as u64).ok_or(Errno::EOVERFLOW)?;
                match sharing {
                    Sharing::Private => RegionContent::PrivateFile(source.clone(), *offset),
                    Sharing::Shared => match source.shared_pages(may.contains(Access::WRITE))? {
                        SharedPages::Object(object) => {
                            RegionContent::SharedFile(source.clone(), object, *offset)
                        }
                        // Only faults tell what was stored to.
                        SharedPages::Cache(_) if !self.has_faults => return Err(Errno::ENODEV),
                        SharedPages::Cache(cache) => {
                            RegionContent::CachedFile(source.clone(), cache, *offset)
                        }
                    },
                }
            }
        };
        if opened.object().is_some() {
            self.has_shared.store(true, core::sync::atomic::Ordering::Release);
        }
        Ok(opened)
    }

    /// Has the backend map what a new region shows at once; the rest comes with faults.
    pub(super) fn show(&self, book: &mut Book, target: PageRange, region: &Region) -> Result<()> {
        match &region.content {
            // Nothing can be there to see until the access changes.
            RegionContent::Anonymous if region.access.is_empty() => Ok(()),
            RegionContent::Anonymous => {
                // The first fault in so small a mapping would fill all of it.
                let is_filled = !self.is_eager
                    && target.len_bytes <= super::fault::MIN_WINDOW_BYTES
                    && self.has_room(book, target);
                let backing = if is_filled { Backing::Zero } else { Backing::ZeroOnDemand };
                self.pages.map(target, region.access, backing)?;
                if self.is_eager || is_filled {
                    book.present.insert(target);
                }
                Ok(())
            }
            RegionContent::SharedAnonymous(..) | RegionContent::SharedFile(..) => {
                self.show_object(book, target, target, region)
            }
            RegionContent::PrivateFile(..) | RegionContent::CachedFile(..) => Ok(()),
        }
    }

    /// Maps an object's pages in `window`, a part of `whole`, as far as they exist.
    pub(super) fn show_object(
        &self,
        book: &mut Book,
        window: PageRange,
        whole: PageRange,
        region: &Region,
    ) -> Result<()> {
        let Some((object, offset)) = region.content.object() else { return Ok(()) };
        let end = window.end().min(self.content_end(whole, region));
        if window.start >= end {
            return Ok(());
        }
        let part = range(window.start, end);
        let offset = offset as usize + (window.start - whole.start);
        self.pages.map(part, region.shown(region.access), Backing::Object(object, offset))?;
        book.present.insert(part);
        Ok(())
    }

    /// Returns the address at which a region's pages end for want of contents: at most the region's own end.
    pub(super) fn content_end(&self, whole: PageRange, region: &Region) -> usize {
        let Some(left) = region.content.bytes_left() else { return whole.end() };
        let left = left.min(whole.len_bytes as u64) as usize;
        whole.start + left.next_multiple_of(self.page_bytes).min(whole.len_bytes)
    }

    /// Removes pages and regions in `window`.
    pub(super) fn clear(&self, book: &mut Book, window: PageRange, gone: &mut Gone) -> Result<()> {
        if window.len_bytes == 0 {
            return Ok(());
        }
        self.part_at(book, window.start)?;
        self.part_at(book, window.end())?;
        let hulls: Vec<PageRange> =
            book.overlapping(window).filter_map(|(part, _)| book.present_hull(part)).collect();
        for hull in hulls {
            self.pages.unmap(hull)?;
        }
        book.remove(window, gone);
        Ok(())
    }

    /// Returns the size of a page.
    pub fn page_bytes(&self) -> usize {
        self.page_bytes
    }

    /// Returns the start and length of the whole pages that a range touches.
    pub fn page_hull(&self, address: usize, len_bytes: usize) -> Result<(usize, usize)> {
        let start = address & !(self.page_bytes - 1);
        let len_bytes = len_bytes.checked_add(address - start).ok_or(Errno::EINVAL)?;
        Ok((start, self.round_up(len_bytes).ok_or(Errno::EINVAL)?))
    }

    /// Rounds up to whole pages.
    pub(super) fn round_up(&self, len_bytes: usize) -> Option<usize> {
        len_bytes.checked_next_multiple_of(self.page_bytes)
    }

    /// Returns the whole pages at `address`; `EINVAL` unless it is a page's, `overflow` past the end of addresses.
    pub(super) fn checked_range(
        &self,
        address: usize,
        len_bytes: usize,
        overflow: Errno,
    ) -> Result<PageRange> {
        if !address.is_multiple_of(self.page_bytes) {
            return Err(Errno::EINVAL);
        }
        let len_bytes = self.round_up(len_bytes).ok_or(overflow)?;
        let end = address.checked_add(len_bytes).filter(|&end| end <= super::ADDRESS_END).ok_or(overflow)?;
        Ok(range(address, end))
    }
}
