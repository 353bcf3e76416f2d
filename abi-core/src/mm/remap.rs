//! Growing, shrinking and moving mappings: mremap(2).

use super::book::{Book, Gone};
use super::range_set::{intersect, range};
use super::region::{Region, RegionContent};
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
    /// Anywhere, the old range staying mapped and empty (`MREMAP_DONTUNMAP`).
    KeepOld,
}

impl AddressSpace {
    /// Changes the length of a mapping, perhaps moving it; returns its address.
    pub fn remap(&self, address: usize, old_len: usize, new_len: usize, remap: Remap) -> Result<usize> {
        let old = self.checked_range(address, old_len, Errno::EINVAL)?;
        let new_len = self.round_up(new_len).filter(|&len| len > 0).ok_or(Errno::EINVAL)?;
        if old.len_bytes == 0 || remap == Remap::KeepOld && new_len != old.len_bytes {
            return Err(Errno::EINVAL);
        }
        let mut gone = Gone::new();
        let mut book = self.book.lock();
        let result = match remap {
            Remap::InPlace | Remap::MayMove => {
                self.resize(&mut book, old, new_len, remap == Remap::MayMove, &mut gone)
            }
            Remap::KeepOld => self
                .place(&mut book, Placement::Anywhere, new_len)
                .and_then(|new| self.relocate(&mut book, old, new, remap, &mut gone)),
            Remap::MoveTo(to) => self.move_to(&mut book, old, to, new_len, &mut gone),
        };
        drop(book);
        drop(gone);
        result
    }

    fn move_to(
        &self,
        book: &mut Book,
        old: PageRange,
        to: usize,
        new_len: usize,
        gone: &mut Gone,
    ) -> Result<usize> {
        let new = self.checked_range(to, new_len, Errno::EINVAL)?;
        if intersect(old, new).is_some() {
            return Err(Errno::EINVAL);
        }
        self.place(book, Placement::Replace(to), new_len)?;
        self.clear(book, new, gone)?;
        self.relocate(book, old, new, Remap::MayMove, gone)
    }

    fn resize(
        &self,
        book: &mut Book,
        old: PageRange,
        new_len: usize,
        may_move: bool,
        gone: &mut Gone,
    ) -> Result<usize> {
        if new_len <= old.len_bytes {
            if !book.is_used(old) {
                return Err(Errno::EFAULT);
            }
            self.clear(book, range(old.start + new_len, old.end()), gone)?;
            return Ok(old.start);
        }
        let (start, region) = single_region(book, old)?;
        let growth = range(old.end(), old.start.checked_add(new_len).ok_or(Errno::ENOMEM)?);
        let is_free = region.end == old.end()
            && growth.end() <= super::ADDRESS_END
            && !book.is_used(growth)
            && match intersect(growth, book.layout.arena) {
                Some(inside) => inside == growth && book.gaps.covers(growth),
                None => book.claimed.covers(growth),
            };
        if is_free && !matches!(region.content, RegionContent::SharedAnonymous(..)) {
            let added = Region { end: growth.end(), ..region.tail(start, growth.start) };
            self.show(book, growth, &added)?;
            book.add(growth.start, added);
            return Ok(old.start);
        }
        if !may_move {
            return Err(Errno::ENOMEM);
        }
        let new = self.place(book, Placement::Anywhere, new_len)?;
        self.relocate(book, old, new, Remap::MayMove, gone)
    }

    /// Moves the mapping at `old` to `new`, where nothing is.
    fn relocate(
        &self,
        book: &mut Book,
        old: PageRange,
        new: PageRange,
        remap: Remap,
        gone: &mut Gone,
    ) -> Result<usize> {
        let (start, region) = single_region(book, old)?;
        let moved = Region { end: new.end(), ..region.tail(start, old.start) };
        if remap == Remap::KeepOld && !matches!(moved.content, RegionContent::Anonymous) {
            return Err(Errno::EINVAL);
        }
        let kept = range(old.start, old.start + old.len_bytes.min(new.len_bytes));
        if moved.content.object().is_some() {
            self.show(book, new, &moved)?;
        } else {
            let parts: alloc::vec::Vec<PageRange> = book.present.parts(kept).collect();
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
        if remap == Remap::KeepOld {
            let emptied = Region { end: old.end(), ..moved.clone() };
            self.show(book, old, &emptied)?;
        } else {
            self.clear(book, old, gone)?;
        }
        book.add(new.start, moved);
        Ok(new.start)
    }
}

/// Returns the region that holds all of `old`, or `EFAULT`.
fn single_region(book: &Book, old: PageRange) -> Result<(usize, Region)> {
    let (start, region) = book.region_at(old.start).ok_or(Errno::EFAULT)?;
    if region.end < old.end() {
        return Err(Errno::EFAULT);
    }
    Ok((start, region.clone()))
}
