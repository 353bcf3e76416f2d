//! Growing, shrinking and moving mappings: mremap(2).

use super::book::{Book, Gone};
use super::range_set::{intersect, range};
use super::region::Region;
use super::{AddressSpace, Placement};
use crate::abi::{Errno, Result};
use crate::backend::PageRange;

/// Where mremap(2) may put the mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remap {
    /// Only where it is.
    InPlace,
    /// Anywhere, if it cannot grow where it is (`MREMAP_MAYMOVE`).
    MayMove,
    /// At this address, replacing what is there (`MREMAP_FIXED`).
    MoveTo(usize),
    /// Anywhere, or at this address as `MoveTo`, the old range staying mapped as if new (`MREMAP_DONTUNMAP`).
    KeepOld(Option<usize>),
}

impl AddressSpace {
    /// Changes the length of a mapping, perhaps moving it; returns its address. A shared mapping whose old length is 0
    /// stays, and is shown a second time.
    pub fn remap(&self, address: usize, old_len: usize, new_len: usize, remap: Remap) -> Result<usize> {
        let old = self.checked_range(address, old_len, Errno::EINVAL)?;
        let new_len = self.round_up(new_len).filter(|&len| len > 0).ok_or(Errno::EINVAL)?;
        if matches!(remap, Remap::KeepOld(_)) && new_len != old.len_bytes {
            return Err(Errno::EINVAL);
        }
        let mut gone = Gone::new();
        let mut book = self.book.lock();
        if book.region_at(old.start).is_none() {
            return Err(Errno::EFAULT);
        }
        let result = match remap {
            Remap::InPlace | Remap::MayMove => self.resize(&mut book, old, new_len, remap, &mut gone),
            Remap::KeepOld(None) => self
                .place(&mut book, Placement::Anywhere, new_len)
                .and_then(|new| self.relocate(&mut book, old, new, remap, &mut gone)),
            Remap::MoveTo(to) | Remap::KeepOld(Some(to)) => {
                self.move_to(&mut book, old, range(to, to.saturating_add(new_len)), remap, &mut gone)
            }
        };
        drop(book);
        drop(gone);
        let start = result?;
        self.settle(range(start, start + new_len))?;
        if matches!(remap, Remap::KeepOld(_)) {
            self.settle(old)?;
        }
        Ok(start)
    }

    fn move_to(
        &self,
        book: &mut Book,
        old: PageRange,
        new: PageRange,
        remap: Remap,
        gone: &mut Gone,
    ) -> Result<usize> {
        let new = self.checked_range(new.start, new.len_bytes, Errno::EINVAL)?;
        if intersect(old, new).is_some() {
            return Err(Errno::EINVAL);
        }
        self.place(book, Placement::Replace(new.start), new.len_bytes)?;
        self.clear(book, new, gone)?;
        let kept = range(old.start, old.start + old.len_bytes.min(new.len_bytes));
        self.clear(book, range(kept.end(), old.end()), gone)?;
        self.relocate(book, kept, new, remap, gone)
    }

    fn resize(
        &self,
        book: &mut Book,
        old: PageRange,
        new_len: usize,
        remap: Remap,
        gone: &mut Gone,
    ) -> Result<usize> {
        if new_len <= old.len_bytes {
            self.clear(book, range(old.start + new_len, old.end()), gone)?;
            return Ok(old.start);
        }
        let (start, region) = single_region(book, old)?;
        let growth = range(old.end(), old.start.checked_add(new_len).ok_or(Errno::ENOMEM)?);
        let is_free = old.len_bytes > 0
            && region.end == old.end()
            && growth.end() <= super::ADDRESS_END
            && !book.is_used(growth)
            && match intersect(growth, book.layout.arena) {
                Some(inside) => inside == growth && book.gaps.covers(growth),
                None => book.claimed.covers(growth),
            };
        if is_free {
            let added = Region { end: growth.end(), ..region.tail(start, growth.start) };
            self.show(book, growth, &added)?;
            book.add(growth.start, added);
            return Ok(old.start);
        }
        if remap == Remap::InPlace {
            return Err(Errno::ENOMEM);
        }
        let new = self.place(book, Placement::Anywhere, new_len)?;
        self.relocate(book, old, new, remap, gone)
    }

    /// Moves the mapping at `old` to `new`, which is not shorter and where nothing is.
    fn relocate(
        &self,
        book: &mut Book,
        old: PageRange,
        new: PageRange,
        remap: Remap,
        gone: &mut Gone,
    ) -> Result<usize> {
        let (start, region) = single_region(book, old)?;
        self.undo_detours(book, old)?;
        let moved = Region { end: new.end(), ..region.tail(start, old.start) };
        let keeps_old = matches!(remap, Remap::KeepOld(_));
        if moved.content.object().is_some() {
            self.show(book, new, &moved)?;
        } else {
            let parts: alloc::vec::Vec<PageRange> = book.present.parts(old).collect();
            for from in parts {
                let to = range(from.start - old.start + new.start, from.end() - old.start + new.start);
                self.pages.move_pages(from, to)?;
                book.present.remove(from);
                book.present.insert(to);
            }
            if new.len_bytes > old.len_bytes {
                self.show(book, range(new.start + old.len_bytes, new.end()), &moved)?;
            }
        }
        if keeps_old && moved.content.object().is_none() {
            let emptied = Region { end: old.end(), ..moved.clone() };
            self.show(book, old, &emptied)?;
        } else if !keeps_old {
            self.clear(book, old, gone)?;
        }
        book.add(new.start, moved);
        Ok(new.start)
    }
}

/// Returns the region that holds all of `old`, or `EFAULT`; only shared ones may have no length.
fn single_region(book: &Book, old: PageRange) -> Result<(usize, Region)> {
    let (start, region) = book.region_at(old.start).ok_or(Errno::EFAULT)?;
    if old.len_bytes == 0 && !region.content.is_shared() {
        return Err(Errno::EINVAL);
    }
    if region.end < old.end() {
        return Err(Errno::EFAULT);
    }
    Ok((start, region.clone()))
}
