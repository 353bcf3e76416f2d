//! Free address space: finds room for a mapping in logarithmic time.

use alloc::collections::BTreeSet;

use super::range_set::{Pair, RangeSet, pairs, range};
use crate::backend::PageRange;

/// Mappings at least this long start on a boundary of it, so that large pages can back them.
pub(super) const LARGE_PAGE_BYTES: usize = 2 << 20;

/// Mappings of a power of two start on a multiple of it up to this: allocators ask for such regions, and would
/// otherwise map twice as much and give the ends back.
const LARGEST_BOUNDARY_BYTES: usize = 64 << 20;

/// Returns what the start of a long mapping is a multiple of, if there is room.
fn boundary(len_bytes: usize) -> usize {
    if len_bytes.is_power_of_two() {
        len_bytes.clamp(LARGE_PAGE_BYTES, LARGEST_BOUNDARY_BYTES)
    } else {
        LARGE_PAGE_BYTES
    }
}

/// Free address space, by address and by length.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    free: RangeSet,
    /// (length, start) of every range of `free`.
    by_len: BTreeSet<Pair>,
}

impl Gaps {
    /// Makes an empty set of gaps.
    pub(super) const fn new() -> Self {
        Self { free: RangeSet::new(), by_len: BTreeSet::new() }
    }

    /// Tells whether the whole range is free.
    pub(super) fn covers(&self, wanted: PageRange) -> bool {
        self.free.covers(wanted)
    }

    /// Returns the free parts of `window`, in order.
    pub(super) fn parts(&self, window: PageRange) -> impl Iterator<Item = PageRange> {
        self.free.parts(window)
    }

    /// Adds free space.
    pub(super) fn insert(&mut self, new: PageRange) {
        self.change(new, |free| {
            free.insert(new);
        });
    }

    /// Takes space away.
    pub(super) fn remove(&mut self, old: PageRange) {
        self.change(old, |free| free.remove(old));
    }

    /// Applies `change` to the ranges that overlap or touch `around`, keeping both orders in step.
    fn change(&mut self, around: PageRange, change: impl FnOnce(&mut RangeSet)) {
        if around.len_bytes == 0 {
            return;
        }
        let hull = range(around.start.saturating_sub(1), around.end().saturating_add(1));
        let hull = [self.free.at(hull.start), self.free.at(around.end())]
            .into_iter()
            .flatten()
            .fold(hull, |hull, part| range(hull.start.min(part.start), hull.end().max(part.end())));
        for part in self.free.parts(hull) {
            self.by_len.remove(&(part.len_bytes, part.start));
        }
        change(&mut self.free);
        for part in self.free.parts(hull) {
            self.by_len.insert((part.len_bytes, part.start));
        }
    }

    /// Finds the top of the smallest gap that has room, below `limit` if one is given.
    pub(super) fn find(&self, len_bytes: usize, limit: Option<usize>) -> Option<usize> {
        pairs(&self.by_len, len_bytes, usize::MAX).find_map(|(gap_len, start)| {
            let end = (start + gap_len).min(limit.unwrap_or(usize::MAX));
            let top = end.checked_sub(len_bytes).filter(|&top| top >= start)?;
            let aligned = top & !(boundary(len_bytes) - 1);
            Some(if len_bytes >= LARGE_PAGE_BYTES && aligned >= start { aligned } else { top })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_gap_with_room_is_used() {
        let mut gaps = Gaps::new();
        gaps.insert(range(0x10000, 0x20000));
        gaps.insert(range(0x40000, 0x43000));
        assert_eq!(gaps.find(0x2000, None), Some(0x41000));
        assert_eq!(gaps.find(0x4000, None), Some(0x1c000));
        assert_eq!(gaps.find(0x2000, Some(0x40000)), Some(0x1e000));
        assert_eq!(gaps.find(0x20000, None), None);
        gaps.remove(range(0x41000, 0x42000));
        assert_eq!(gaps.find(0x1000, None), Some(0x40000));
        gaps.insert(range(0x41000, 0x42000));
        assert_eq!(gaps.find(0x3000, None), Some(0x40000));
        gaps.insert(range(0x1000_0000, 0x2010_0000));
        assert_eq!(gaps.find(64 << 20, None), Some(0x1c00_0000));
        assert_eq!(gaps.find((64 << 20) + 0x1000, None), Some(0x1c00_0000));
        gaps.remove(range(0, usize::MAX));
        assert_eq!(gaps.find(1, None), None);
        assert!(gaps.by_len.is_empty());
    }
}
