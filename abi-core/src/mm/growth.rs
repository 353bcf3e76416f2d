//! Mappings that grow downwards, mmap(2): `MAP_GROWSDOWN`.

use super::book::Book;
use super::range_set::{intersect, range};
use super::region::{Region, RegionContent};
use super::{ADDRESS_END, AddressSpace};
use crate::abi;
use crate::kernel::try_kernel;

/// How many pages stay free between a mapping that grows and another that can be used.
const GUARD_PAGES: usize = 256;

impl AddressSpace {
    /// Has the private memory in a range, which was mapped just now, grow when what is below it is touched.
    pub fn let_grow(&self, start: usize, len_bytes: usize) {
        let end = start.saturating_add(len_bytes).next_multiple_of(self.page_bytes);
        let mut book = self.book.lock();
        book.split_at(start);
        book.split_at(end);
        if let Some(region) = book.regions.get_mut(start) {
            region.grows_down = matches!(region.content, RegionContent::Anonymous);
        }
    }

    /// Extends the mapping above `page`, where nothing is, down to it; returns false if there is none that grows so far.
    pub(super) fn grow_down(&self, book: &mut Book, page: usize) -> bool {
        let Some((start, region)) = book.regions.first_in(page, ADDRESS_END) else { return false };
        if !region.grows_down {
            return false;
        }
        let added = Region { end: start, ..region.clone() };
        let limit = try_kernel().and_then(|kernel| kernel.tasks.limits.get(abi::RLIMIT_STACK));
        let is_long = limit.is_some_and(|(soft, _)| (region.end - page) as u64 > soft);
        let guard = page.saturating_sub(GUARD_PAGES * self.page_bytes);
        let is_close = book.regions.last_to(page).is_some_and(|(_, b)| b.end > guard && !b.access.is_empty());
        let target = range(page, start);
        let is_free = match intersect(target, book.layout.arena) {
            Some(inside) => inside == target && book.gaps.covers(target),
            None => book.claimed.covers(target),
        };
        if is_long || is_close || !is_free || self.show(book, target, &added).is_err() {
            return false;
        }
        book.add(page, added);
        true
    }
}
