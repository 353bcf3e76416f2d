//! A set of addresses kept as disjoint, coalesced ranges: what is present, free or claimed.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::backend::PageRange;

/// Makes a range of its two ends.
pub(super) const fn range(start: usize, end: usize) -> PageRange {
    PageRange { start, len_bytes: end - start }
}

/// Returns what two ranges have in common, if anything.
pub(super) fn intersect(a: PageRange, b: PageRange) -> Option<PageRange> {
    let (start, end) = (a.start.max(b.start), a.end().min(b.end()));
    (start < end).then(|| range(start, end))
}

/// What both orders of the free space are sets of: of one type, they share one copy of the tree's code.
pub(super) type Pair = (usize, usize);

/// Returns the pairs whose first number lies in `from..to`, in order.
pub(super) fn pairs(set: &BTreeSet<Pair>, from: usize, to: usize) -> impl DoubleEndedIterator<Item = Pair> {
    set.range((from, 0)..(to.max(from), 0)).copied()
}

/// A set of addresses. Work is logarithmic in the number of its ranges, plus the ranges touched.
#[derive(Debug, Default, Clone)]
pub(super) struct RangeSet {
    /// (start, end); no two ranges overlap or touch.
    ranges: BTreeSet<Pair>,
    len_bytes: usize,
    /// The most there ever was.
    peak_bytes: usize,
}

impl RangeSet {
    /// Makes an empty set.
    pub(super) const fn new() -> Self {
        Self { ranges: BTreeSet::new(), len_bytes: 0, peak_bytes: 0 }
    }

    /// Returns how many addresses are in the set.
    pub(super) fn len_bytes(&self) -> usize {
        self.len_bytes
    }

    /// Returns how many addresses were in the set at most.
    pub(super) fn peak_bytes(&self) -> usize {
        self.peak_bytes
    }

    /// Returns the range that `address` lies in.
    pub(super) fn at(&self, address: usize) -> Option<PageRange> {
        let (start, end) = self.last_to(address)?;
        (address < end).then(|| range(start, end))
    }

    /// Returns the last range that starts at or below `address`.
    fn last_to(&self, address: usize) -> Option<Pair> {
        pairs(&self.ranges, 0, address.saturating_add(1)).next_back()
    }

    /// Returns the first range that starts in `from..to`.
    fn first_in(&self, from: usize, to: usize) -> Option<Pair> {
        pairs(&self.ranges, from, to).next()
    }

    /// Tells whether every address of `wanted` is in the set.
    pub(super) fn covers(&self, wanted: PageRange) -> bool {
        self.at(wanted.start).is_some_and(|found| found.end() >= wanted.end())
    }

    /// Adds a range; returns the coalesced range it became part of.
    pub(super) fn insert(&mut self, new: PageRange) -> PageRange {
        self.remove(new);
        let (mut start, mut end) = (new.start, new.end());
        if start == end {
            return new;
        }
        // Nothing of `new` is left in the set, so what starts at or below it ends at or below it.
        if let Some(before) = self.last_to(start)
            && before.1 == start
        {
            self.ranges.remove(&before);
            start = before.0;
        }
        if let Some(after) = self.first_in(end, end.saturating_add(1)) {
            self.ranges.remove(&after);
            end = after.1;
        }
        self.ranges.insert((start, end));
        self.len_bytes += new.len_bytes;
        self.peak_bytes = self.peak_bytes.max(self.len_bytes);
        range(start, end)
    }

    /// Removes every address of `old`.
    pub(super) fn remove(&mut self, old: PageRange) {
        let (start, end) = (old.start, old.end());
        if start == end {
            return;
        }
        if let Some(found) = self.at(start)
            && found.start < start
        {
            self.ranges.remove(&(found.start, found.end()));
            self.ranges.insert((found.start, start));
            self.ranges.insert((start, found.end()));
        }
        while let Some((at, at_end)) = self.first_in(start, end) {
            self.ranges.remove(&(at, at_end));
            self.len_bytes -= at_end.min(end) - at;
            if at_end > end {
                self.ranges.insert((end, at_end));
            }
        }
    }

    /// Returns the parts of the set within `window`, in order.
    pub(super) fn parts(&self, window: PageRange) -> impl Iterator<Item = PageRange> {
        let first = self.at(window.start).map_or(window.start, |found| found.start);
        pairs(&self.ranges, first, window.end())
            .filter_map(move |(start, end)| intersect(range(start, end), window))
    }

    /// Returns the parts of `window` that are not in the set, in order.
    pub(super) fn holes(&self, window: PageRange) -> Vec<PageRange> {
        let mut holes = Vec::new();
        let mut at = window.start;
        for part in self.parts(window) {
            if part.start > at {
                holes.push(range(at, part.start));
            }
            at = part.end();
        }
        if at < window.end() {
            holes.push(range(at, window.end()));
        }
        holes
    }

    /// Returns the largest part of `window` around `address` that is not in the set; `address` is not either.
    pub(super) fn hole_around(&self, address: usize, window: PageRange) -> PageRange {
        let below = self.last_to(address).map_or(0, |(_, end)| end);
        let above = self.first_in(address, usize::MAX).map_or(usize::MAX, |(start, _)| start);
        range(window.start.max(below), window.end().min(above))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_coalesce_and_removal_splits() {
        let mut set = RangeSet::new();
        set.insert(range(10, 20));
        set.insert(range(30, 40));
        assert_eq!(set.insert(range(20, 30)), range(10, 40));
        assert_eq!(set.len_bytes(), 30);
        set.remove(range(15, 18));
        assert_eq!(set.parts(range(0, 100)).collect::<Vec<_>>(), [range(10, 15), range(18, 40)]);
        assert_eq!(set.holes(range(12, 50)), [range(15, 18), range(40, 50)]);
        assert_eq!(set.hole_around(16, range(0, 100)), range(15, 18));
        assert!(set.covers(range(18, 40)) && !set.covers(range(17, 40)));
    }

    #[test]
    fn behaves_like_a_set_of_numbers() {
        let mut set = RangeSet::new();
        let mut model = [false; 64];
        let mut random = crate::mm::rng::Rng::new(7);
        for _ in 0..5000 {
            let start = random.below(64) as usize;
            let end = start + random.below(65 - start as u64) as usize;
            let add = random.below(2) == 0;
            if add {
                set.insert(range(start, end));
            } else {
                set.remove(range(start, end));
            }
            model[start..end].fill(add);
            assert_eq!(set.len_bytes(), model.iter().filter(|&&is_in| is_in).count());
            for (address, &is_in) in model.iter().enumerate() {
                assert_eq!(set.at(address).is_some(), is_in);
            }
            let parts: Vec<_> = set.parts(range(0, 64)).collect();
            assert!(parts.windows(2).all(|pair| pair[0].end() < pair[1].start), "{parts:?}");
        }
    }
}
