//! Regions by address. Their order is kept in a set of the same type as those of the free space: three uses, one copy of
//! the tree's code.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::range_set::{Pair, pairs};
use super::region::Region;

/// Regions by their first address.
#[derive(Default)]
pub(super) struct Regions {
    /// (first address, slot).
    order: BTreeSet<Pair>,
    slots: Vec<Option<Region>>,
    /// Slots that hold nothing.
    free: Vec<usize>,
}

impl Regions {
    /// Makes an empty map.
    pub(super) const fn new() -> Self {
        Self { order: BTreeSet::new(), slots: Vec::new(), free: Vec::new() }
    }

    /// Returns how many there are.
    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    fn at_pair(&self, (start, slot): Pair) -> Option<(usize, &Region)> {
        Some((start, self.slots.get(slot)?.as_ref()?))
    }

    fn slot_of(&self, start: usize) -> Option<usize> {
        pairs(&self.order, start, start + 1).next().map(|(_, slot)| slot)
    }

    /// Returns the last region that starts at or below `address`.
    pub(super) fn last_to(&self, address: usize) -> Option<(usize, &Region)> {
        self.at_pair(pairs(&self.order, 0, address.saturating_add(1)).next_back()?)
    }

    /// Returns the first region that starts in `from..to`.
    pub(super) fn first_in(&self, from: usize, to: usize) -> Option<(usize, &Region)> {
        self.between(from, to).next()
    }

    /// Returns the regions that start in `from..to`, in order.
    pub(super) fn between(&self, from: usize, to: usize) -> impl Iterator<Item = (usize, &Region)> {
        pairs(&self.order, from, to).filter_map(|pair| self.at_pair(pair))
    }

    /// Returns every region, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Region)> {
        self.between(0, usize::MAX)
    }

    /// Returns the region that starts at `start`.
    pub(super) fn get(&self, start: usize) -> Option<&Region> {
        self.slots.get(self.slot_of(start)?)?.as_ref()
    }

    /// Returns the region that starts at `start`, to be changed.
    pub(super) fn get_mut(&mut self, start: usize) -> Option<&mut Region> {
        let slot = self.slot_of(start)?;
        self.slots.get_mut(slot)?.as_mut()
    }

    /// Adds a region; none starts at `start`.
    pub(super) fn insert(&mut self, start: usize, region: Region) {
        let slot = self.free.pop().unwrap_or(self.slots.len());
        if slot == self.slots.len() {
            self.slots.push(Some(region));
        } else {
            self.slots[slot] = Some(region);
        }
        self.order.insert((start, slot));
    }

    /// Takes out the region that starts at `start`.
    pub(super) fn remove(&mut self, start: usize) -> Option<Region> {
        let slot = self.slot_of(start)?;
        self.order.remove(&(start, slot));
        self.free.push(slot);
        self.slots.get_mut(slot)?.take()
    }
}
