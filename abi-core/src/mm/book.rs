//! The book itself: regions by address, what of them is present, and the space that is free.

use alloc::vec::Vec;

use super::gaps::Gaps;
use super::range_set::{RangeSet, intersect, range};
use super::region::Region;
use super::regions::Regions;
use super::rng::Rng;
use crate::backend::{MemoryLayout, PageRange};

/// Regions taken out of the book, dropped by the caller after the lock: a drop may close a file.
pub(super) type Gone = Vec<Region>;

/// All that is known of the address space.
pub(super) struct Book {
    /// The addresses on offer.
    pub(super) layout: MemoryLayout,
    /// Regions by their first address; none overlap.
    pub(super) regions: Regions,
    /// Pages the backend has been told to map: they hold contents that must not be replaced.
    pub(super) present: RangeSet,
    /// The most of them that was found to have memory.
    pub(super) peak_found_bytes: usize,
    /// Free space of the arena.
    pub(super) gaps: Gaps,
    /// Free space outside the arena that was claimed.
    pub(super) outside: Gaps,
    /// What was claimed outside the arena.
    pub(super) claimed: RangeSet,
    /// Arena space that placement leaves alone: the staging pages and the room of `brk`.
    pub(super) reserved: RangeSet,
    /// Where pages are filled before anyone sees them.
    pub(super) staging: PageRange,
    /// Each program's break.
    pub(super) breaks: super::brk::Breaks,
    /// Where the machine has changed the program's code.
    pub(super) detours: Vec<super::code::Detour>,
    /// What mlock(2) was asked to keep in memory.
    pub(super) locked: RangeSet,
    /// Whether that holds for whatever is mapped from now on (`MCL_FUTURE`).
    pub(super) locks_new: bool,
    /// Bytes in regions.
    pub(super) mapped_bytes: usize,
    /// The most that ever were.
    pub(super) peak_mapped_bytes: usize,
    /// Randomness for placing.
    pub(super) rng: Rng,
}

impl Book {
    /// Makes the book of an empty address space, and sets the staging pages aside.
    pub(super) fn new(layout: MemoryLayout, mut rng: Rng) -> Self {
        let page = layout.page_bytes;
        let arena = layout.arena;
        let mut gaps = Gaps::new();
        // Mappings are placed downwards from a random page that stays free: between a quarter and half of the arena,
        // so that the part below it is the smaller one and is used first.
        let quarter_pages = (arena.len_bytes / 4 / page).max(1);
        let base = arena.start + (quarter_pages + rng.below(quarter_pages as u64) as usize) * page;
        gaps.insert(range(arena.start, base.min(arena.end())));
        if base + page < arena.end() {
            gaps.insert(range(base + page, arena.end()));
        }
        let mut book = Self {
            layout,
            regions: Regions::new(),
            present: RangeSet::new(),
            peak_found_bytes: 0,
            gaps,
            outside: Gaps::new(),
            claimed: RangeSet::new(),
            reserved: RangeSet::new(),
            staging: PageRange { start: 0, len_bytes: 0 },
            breaks: super::brk::Breaks::default(),
            detours: Vec::new(),
            locked: RangeSet::new(),
            locks_new: false,
            mapped_bytes: 0,
            peak_mapped_bytes: 0,
            rng,
        };
        let share = (arena.len_bytes / 16).max(page);
        let staging_len = super::fault::MAX_WINDOW_BYTES.min(1 << share.ilog2());
        if let Some(staging) = book.reserve(staging_len) {
            book.staging = staging;
        }
        book
    }

    /// Sets free arena space aside for the kernel's own use.
    pub(super) fn reserve(&mut self, len_bytes: usize) -> Option<PageRange> {
        let start = self.gaps.find(len_bytes, None)?;
        let found = range(start, start + len_bytes);
        self.gaps.remove(found);
        self.reserved.insert(found);
        Some(found)
    }

    /// Returns the region that `address` lies in, with its first address.
    pub(super) fn region_at(&self, address: usize) -> Option<(usize, &Region)> {
        let (start, region) = self.regions.last_to(address)?;
        (address < region.end).then_some((start, region))
    }

    /// Returns the regions that overlap `window`, in order.
    pub(super) fn overlapping(&self, window: PageRange) -> impl Iterator<Item = (PageRange, &Region)> {
        let first = self.region_at(window.start).map_or(window.start, |(start, _)| start);
        self.regions.between(first, window.end()).map(|(start, region)| (range(start, region.end), region))
    }

    /// Tells whether any region overlaps `window`.
    pub(super) fn is_used(&self, window: PageRange) -> bool {
        self.overlapping(window).next().is_some()
    }

    /// Tells whether every address of `window` is in some region.
    pub(super) fn is_all_mapped(&self, window: PageRange) -> bool {
        let mut at = window.start;
        for (part, _) in self.overlapping(window) {
            if part.start > at {
                return false;
            }
            at = part.end();
        }
        at >= window.end()
    }

    /// Returns the part of `window` whose pages are present, as one range with its holes.
    pub(super) fn present_hull(&self, window: PageRange) -> Option<PageRange> {
        let first = self.present.parts(window).next()?;
        let last = self.present.parts(window).last()?;
        Some(range(first.start, last.end()))
    }

    /// Makes `address` the start of a region if one spans it.
    pub(super) fn split_at(&mut self, address: usize) {
        let Some((start, region)) = self.region_at(address) else { return };
        if start == address {
            return;
        }
        let tail = region.tail(start, address);
        self.regions.insert(address, tail);
        if let Some(head) = self.regions.get_mut(start) {
            head.end = address;
        }
    }

    /// Joins the regions on both sides of `address` if they are one mapping.
    pub(super) fn join_at(&mut self, address: usize) {
        let Some((start, before)) = address.checked_sub(1).and_then(|below| self.regions.last_to(below))
        else {
            return;
        };
        let Some(after) = self.regions.get(address) else { return };
        if before.end != address || !before.joins(start, after) {
            return;
        }
        let end = after.end;
        self.regions.remove(address);
        if let Some(before) = self.regions.get_mut(start) {
            before.end = end;
        }
    }

    /// Adds a region where none is.
    pub(super) fn add(&mut self, start: usize, region: Region) {
        let new = range(start, region.end);
        self.gaps.remove(new);
        self.outside.remove(new);
        self.mapped_bytes += new.len_bytes;
        self.peak_mapped_bytes = self.peak_mapped_bytes.max(self.mapped_bytes);
        if self.locks_new {
            self.locked.insert(new);
        }
        self.regions.insert(start, region);
        self.join_at(start);
        self.join_at(new.end());
    }

    /// Takes every region in `window` out of the book, and frees the space.
    pub(super) fn remove(&mut self, window: PageRange, gone: &mut Gone) {
        self.forget_detours(window);
        self.split_at(window.start);
        self.split_at(window.end());
        while let Some((start, region)) = self.regions.first_in(window.start, window.end()) {
            let old = range(start, region.end);
            self.mapped_bytes -= old.len_bytes;
            gone.extend(self.regions.remove(start));
            self.present.remove(old);
            self.locked.remove(old);
            self.give_back(old);
        }
    }

    /// Makes space free again.
    fn give_back(&mut self, old: PageRange) {
        if let Some(inside) = intersect(old, self.layout.arena) {
            for hole in self.reserved.holes(inside) {
                self.gaps.insert(hole);
            }
        }
        for part in self.outside_arena(old).into_iter().flatten() {
            self.outside.insert(part);
        }
    }

    /// Returns the parts of `window` below and above the arena.
    pub(super) fn outside_arena(&self, window: PageRange) -> [Option<PageRange>; 2] {
        let arena = self.layout.arena;
        let below = intersect(window, range(0, arena.start));
        let above = intersect(window, range(arena.end(), usize::MAX));
        [below, above]
    }
}
