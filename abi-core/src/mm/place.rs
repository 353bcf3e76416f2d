//! Where a mapping goes.

use super::book::Book;
use super::range_set::{intersect, range};
use super::{AddressSpace, Placement};
use crate::abi::{Errno, Result};
use crate::backend::{LEAST_MAPPINGS, PageRange};

/// The first address that `MAP_32BIT` does not give.
const LOW_END: usize = 1 << 31;
/// Where Linux starts looking for `MAP_32BIT`.
const LOW_START: usize = 1 << 30;
/// Random places tried for `MAP_32BIT` before the space is searched in steps.
const LOW_TRIES: usize = 16;
/// What is claimed at least for `MAP_32BIT`, and the step of the search.
const LOW_STEP_BYTES: usize = 1 << 20;

impl AddressSpace {
    /// Chooses the addresses for a mapping of `len_bytes` (whole pages). For [`Placement::Replace`] regions may be
    /// there still.
    pub(super) fn place(&self, book: &mut Book, placement: Placement, len_bytes: usize) -> Result<PageRange> {
        self.check_room(book)?;
        let found = match placement {
            Placement::Anywhere => None,
            Placement::Hint(wanted) => self.try_hint(book, wanted, len_bytes),
            Placement::Replace(start) => Some(self.fixed(book, start, len_bytes, Errno::ENOMEM)?),
            Placement::NoReplace(start) => {
                let wanted = self.fixed(book, start, len_bytes, Errno::EEXIST)?;
                if book.is_used(wanted) {
                    return Err(Errno::EEXIST);
                }
                Some(wanted)
            }
            Placement::Low(wanted) => {
                let is_low = wanted.saturating_add(len_bytes) <= LOW_END;
                let hinted = if is_low { self.try_hint(book, wanted, len_bytes) } else { None };
                Some(hinted.map_or_else(|| self.place_low(book, len_bytes), Ok)?)
            }
        };
        if let Some(found) = found {
            return Ok(found);
        }
        let start = book.gaps.find(len_bytes, None).ok_or(Errno::ENOMEM)?;
        Ok(range(start, start + len_bytes))
    }

    /// Fails with `ENOMEM` where there may be no region more.
    fn check_room(&self, book: &Book) -> Result<()> {
        let count = book.regions.len();
        if count < LEAST_MAPPINGS || count < self.pages.0.most_mappings() {
            Ok(())
        } else {
            Err(Errno::ENOMEM)
        }
    }

    /// Makes `address` the start of a region if one spans it; `ENOMEM` where there may be no region more.
    pub(super) fn part_at(&self, book: &mut Book, address: usize) -> Result<()> {
        if book.region_at(address).is_some_and(|(start, _)| start != address) {
            self.check_room(book)?;
            book.split_at(address);
        }
        Ok(())
    }

    /// Returns the range at `start` if it may be mapped there, claiming what lies outside the arena; `taken` is the
    /// error when something that is not the guest's is there.
    fn fixed(&self, book: &mut Book, start: usize, len_bytes: usize, taken: Errno) -> Result<PageRange> {
        if !start.is_multiple_of(book.layout.page_bytes) {
            return Err(Errno::EINVAL);
        }
        if start == 0 {
            return Err(Errno::EPERM);
        }
        let end = start.checked_add(len_bytes).ok_or(Errno::ENOMEM)?;
        let wanted = range(start, end);
        if intersect(wanted, book.staging).is_some() {
            return Err(taken);
        }
        self.claim(book, wanted, taken)?;
        Ok(wanted)
    }

    /// Returns the range at `wanted` if it is free.
    fn try_hint(&self, book: &mut Book, wanted: usize, len_bytes: usize) -> Option<PageRange> {
        let start = wanted & !(book.layout.page_bytes - 1);
        let end = start.checked_add(len_bytes).filter(|_| start != 0)?;
        let wanted = range(start, end);
        let is_free = match intersect(wanted, book.layout.arena) {
            Some(inside) => book.gaps.covers(inside),
            None => true,
        };
        if !is_free || book.is_used(wanted) {
            return None;
        }
        self.claim(book, wanted, Errno::ENOMEM).ok().map(|()| wanted)
    }

    /// Makes what of `wanted` lies outside the arena the guest's.
    fn claim(&self, book: &mut Book, wanted: PageRange, taken: Errno) -> Result<()> {
        for part in book.outside_arena(wanted).into_iter().flatten() {
            let offered = [book.layout.fixed, book.layout.high];
            if !offered.iter().any(|range| part.start >= range.start && part.end() <= range.end()) {
                return Err(Errno::ENOMEM);
            }
            for hole in book.claimed.holes(part) {
                self.pages.0.claim(hole).map_err(|_| taken)?;
                book.claimed.insert(hole);
                book.outside.insert(hole);
            }
        }
        Ok(())
    }

    /// Finds room below 2 GiB for what is to be near an address there.
    pub(super) fn place_low_near(&self, book: &mut Book, near: usize, len_bytes: usize) -> Result<PageRange> {
        if near < LOW_END { self.place_low(book, len_bytes) } else { Err(Errno::ENOMEM) }
    }

    /// Finds room below 2 GiB.
    fn place_low(&self, book: &mut Book, len_bytes: usize) -> Result<PageRange> {
        if let Some(start) = book.outside.find(len_bytes, Some(LOW_END)) {
            return Ok(range(start, start + len_bytes));
        }
        let len = len_bytes.checked_next_multiple_of(LOW_STEP_BYTES).ok_or(Errno::ENOMEM)?;
        let last = LOW_END.checked_sub(len).ok_or(Errno::ENOMEM)?;
        let random_room = last.saturating_sub(LOW_START) / LOW_STEP_BYTES;
        let mut random = [0; LOW_TRIES];
        for start in &mut random {
            *start = LOW_START + book.rng.below(random_room as u64 + 1) as usize * LOW_STEP_BYTES;
        }
        let first = book.layout.fixed.start.next_multiple_of(LOW_STEP_BYTES);
        let steps = (first.max(LOW_STEP_BYTES)..=last).rev().step_by(LOW_STEP_BYTES);
        for start in random.into_iter().chain(steps) {
            let wanted = range(start, start + len);
            if start <= last && !book.is_used(wanted) && self.claim(book, wanted, Errno::ENOMEM).is_ok() {
                return Ok(range(start, start + len_bytes));
            }
        }
        Err(Errno::ENOMEM)
    }
}
