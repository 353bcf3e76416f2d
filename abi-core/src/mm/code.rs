//! Changing the program's code: jumps that stand for `syscall` instructions ([`crate::backend::Threads::shortcut`]).
//!
//! They lead to *crossings*, a few instructions each, in mappings of the machine's own within a jump's reach. Code is never
//! written where it is: a changed copy of its pages takes their place at once, so that other threads execute the old or
//! the new, and no page is writable and executable. Where a jump stands is noted. Code that is moved or becomes writable is
//! put back first; what is unmapped is forgotten. The jumps in padding stay, as nothing leads there any more.

use alloc::vec::Vec;

use super::AddressSpace;
use super::book::Book;
use super::pages::Pages;
use super::range_set::{intersect, range};
use super::region::{Region, RegionContent};
use crate::abi::{Errno, Result};
use crate::backend::{Access, PageRange};

/// Bytes of a crossing, and of the word before the first one in each page.
pub const CROSSING_BYTES: usize = 32;
/// What their mappings are called in `/proc/self/maps`.
const NAME: &str = "[syscalls]";
const ACCESS: Access = Access::READ.union(Access::EXECUTE);
/// `int3`: what a page is filled with.
const FREE: u8 = 0xcc;
/// How far a crossing may be from the code that it is for: less than a jump's reach.
const REACH: usize = (1 << 31) - (1 << 20);
/// The most pages of crossings that a program gets: what code that is made again and again elsewhere could take.
const PAGES_MAX: usize = 32;
/// The longest instruction that is changed, which is the longest there is (SDM 2A 2.3.11).
pub const CHANGE_BYTES: usize = 15;

/// A jump that stands for a `syscall` instruction.
pub(super) struct Detour {
    /// Where the changed instruction begins.
    at: usize,
    /// What was there.
    old: [u8; CHANGE_BYTES],
    len_bytes: usize,
    /// The jump in padding that it leads to, or 0.
    via: usize,
    crossing: usize,
}

impl Detour {
    fn range(&self) -> PageRange {
        range(self.at, self.at + self.len_bytes)
    }
}

/// Bytes of code that become others of the same length.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// The address of the first.
    pub at: usize,
    /// What is there.
    pub old: &'a [u8],
    /// What shall be.
    pub new: &'a [u8],
}

impl Change<'_> {
    fn range(&self) -> PageRange {
        range(self.at, self.at + self.new.len())
    }

    /// Makes it in a copy of the code that starts at `start`.
    fn apply(&self, start: usize, code: &mut [u8]) -> Result<()> {
        let from = self.at.checked_sub(start).ok_or(Errno::EFAULT)?;
        let place = code.get_mut(from..from + self.old.len()).ok_or(Errno::EFAULT)?;
        if place != self.old {
            return Err(Errno::EAGAIN);
        }
        place.copy_from_slice(self.new);
        Ok(())
    }
}

/// Makes a crossing's bytes for its address; the second address is that of the word with `entry`.
pub type Crossing<'a> = &'a dyn Fn(usize, usize) -> [u8; CROSSING_BYTES];

impl Book {
    /// The code in `window` is gone, with what was changed.
    pub(super) fn forget_detours(&mut self, window: PageRange) {
        self.detours.retain(|detour| intersect(detour.range(), window).is_none());
    }

    /// Returns so many bytes of the staging pages.
    fn staging_for(&self, len_bytes: usize) -> Result<PageRange> {
        let staging = self.staging;
        if staging.len_bytes < len_bytes {
            return Err(Errno::ENOMEM);
        }
        Ok(range(staging.start, staging.start + len_bytes))
    }

    /// Returns the free page that is nearest to `near` and within reach.
    fn gap_near(&self, near: usize) -> Option<PageRange> {
        let page = self.layout.page_bytes;
        let reach = range(near.saturating_sub(REACH), near.saturating_add(REACH - page));
        let window = intersect(reach, self.layout.arena)?;
        let starts = self.gaps.parts(window).filter_map(|part| {
            let start = if part.start < near { part.end().checked_sub(page)? } else { part.start };
            let start = start.next_multiple_of(page);
            (start >= part.start && start + page <= part.end()).then_some(start)
        });
        starts.min_by_key(|start| start.abs_diff(near)).map(|start| range(start, start + page))
    }
}

impl AddressSpace {
    /// Returns the code that `address` lies in, up to `reach` bytes on both sides; `None` if it is not the program's own,
    /// or may be written to.
    pub fn code_around(&self, address: usize, reach: usize) -> Option<PageRange> {
        let book = self.book.lock();
        let (start, region) = book.region_at(address)?;
        let is_code = region.access.contains(Access::EXECUTE) && !region.access.contains(Access::WRITE);
        if !is_code || region.content.is_shared() || region.name == NAME {
            return None;
        }
        let wanted = range(address.saturating_sub(reach), address.saturating_add(reach));
        intersect(wanted, range(start, region.end))
    }

    /// Adds a crossing near an address for the program numbered `owner`, if it is not there yet; returns its address.
    pub fn add_crossing(&self, near: usize, owner: u32, entry: usize, make: Crossing<'_>) -> Result<usize> {
        let mut book = self.book.lock();
        let book = &mut *book;
        let mut bytes = alloc::vec![0; self.page_bytes];
        let pages = self.crossing_pages(book, owner);
        for &page in pages.iter().filter(|page| page.start.abs_diff(near) < REACH) {
            Pages::load(page.start, &mut bytes);
            for at in (CROSSING_BYTES..self.page_bytes).step_by(CROSSING_BYTES) {
                let crossing = make(page.start + at, page.start);
                if bytes[at..at + CROSSING_BYTES] == crossing {
                    return Ok(page.start + at);
                }
                if bytes[at] == FREE {
                    let staging = book.staging_for(page.len_bytes)?;
                    self.pages.replace(staging, page, ACCESS, |bytes| {
                        bytes[at..at + CROSSING_BYTES].copy_from_slice(&crossing);
                        Ok(())
                    })?;
                    return Ok(page.start + at);
                }
            }
        }
        if pages.len() >= PAGES_MAX {
            return Err(Errno::ENOMEM);
        }
        let page = match book.gap_near(near) {
            Some(page) => page,
            None => self.place_low_near(book, near, self.page_bytes)?,
        };
        let staging = book.staging_for(page.len_bytes)?;
        self.pages.map_filled(staging, page, ACCESS, |bytes| {
            bytes.fill(FREE);
            bytes[..size_of::<usize>()].copy_from_slice(&entry.to_le_bytes());
            let crossing = make(page.start + CROSSING_BYTES, page.start);
            bytes[CROSSING_BYTES..2 * CROSSING_BYTES].copy_from_slice(&crossing);
            Ok(())
        })?;
        book.present.insert(page);
        let content = RegionContent::Anonymous;
        let region = Region {
            end: page.end(),
            access: ACCESS,
            may: ACCESS,
            content,
            name: NAME,
            owner,
            grows_down: false,
        };
        book.add(page.start, region);
        Ok(page.start + CROSSING_BYTES)
    }

    /// Returns the program's pages of crossings.
    fn crossing_pages(&self, book: &Book, owner: u32) -> Vec<PageRange> {
        let page_bytes = self.page_bytes;
        book.regions
            .iter()
            .filter(|(_, region)| region.name == NAME && region.owner == owner && region.access == ACCESS)
            .flat_map(|(start, region)| (start..region.end).step_by(page_bytes))
            .map(|start| range(start, start + page_bytes))
            .filter(|page| book.present.covers(*page))
            .collect()
    }

    /// Makes an instruction a jump to a crossing, by way of a second jump in padding if there is one. `EAGAIN` if the
    /// code is no longer what it was.
    pub fn divert(&self, instruction: Change<'_>, via: Option<Change<'_>>, crossing: usize) -> Result<()> {
        let mut book = self.book.lock();
        let book = &mut *book;
        let all = via.iter().fold(instruction.range(), |all, change| {
            range(all.start.min(change.at), all.end().max(change.range().end()))
        });
        let hull = self.pages_around(all);
        let (start, region) = book.region_at(instruction.at).ok_or(Errno::EFAULT)?;
        let is_code = region.access.contains(Access::EXECUTE) && !region.access.contains(Access::WRITE);
        let is_whole = hull.start >= start && hull.end() <= region.end && book.present.covers(hull);
        if !is_code || !is_whole || region.content.is_shared() || instruction.old.len() > CHANGE_BYTES {
            return Err(Errno::EFAULT);
        }
        let access = region.access;
        let staging = book.staging_for(hull.len_bytes)?;
        self.pages.replace(staging, hull, access, |code| {
            via.iter().chain([&instruction]).try_for_each(|change| change.apply(hull.start, code))
        })?;
        let mut old = [0; CHANGE_BYTES];
        old[..instruction.old.len()].copy_from_slice(instruction.old);
        let via = via.map_or(0, |change| change.at);
        let len_bytes = instruction.old.len();
        book.detours.push(Detour { at: instruction.at, old, len_bytes, via, crossing });
        Ok(())
    }

    fn pages_around(&self, part: PageRange) -> PageRange {
        let page = |address: usize| address & !(self.page_bytes - 1);
        range(page(part.start), page(part.end() - 1) + self.page_bytes)
    }

    /// Puts the code in `window` back as it was.
    pub(super) fn undo_detours(&self, book: &mut Book, window: PageRange) -> Result<()> {
        while let Some(index) =
            book.detours.iter().position(|detour| intersect(detour.range(), window).is_some())
        {
            let detour = book.detours.swap_remove(index);
            let hull = self.pages_around(detour.range());
            for start in (hull.start..hull.end()).step_by(self.page_bytes) {
                let page = range(start, start + self.page_bytes);
                let Some(part) = intersect(page, detour.range()) else { continue };
                let Some((_, region)) = book.region_at(start) else { continue };
                let (access, old) =
                    (region.access, &detour.old[part.start - detour.at..part.end() - detour.at]);
                let staging = book.staging_for(page.len_bytes)?;
                // Without access the copy could not be made.
                if access.is_empty() {
                    self.pages.protect(page, Access::READ)?;
                }
                self.pages.replace(staging, page, access, |code| {
                    code[part.start - start..part.end() - start].copy_from_slice(old);
                    Ok(())
                })?;
            }
        }
        Ok(())
    }

    /// Returns where a thread really is that was found at `address`, on its way through a jump or a crossing: at the
    /// instruction that they stand for, which it can execute again.
    pub fn before_detour(&self, address: usize) -> Option<usize> {
        let book = self.book.lock();
        let is_on = |detour: &&Detour| {
            address == detour.via || address.wrapping_sub(detour.crossing) < CROSSING_BYTES
        };
        book.detours.iter().find(is_on).map(|detour| detour.at)
    }
}
