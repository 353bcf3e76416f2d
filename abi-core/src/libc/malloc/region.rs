//! Regions: 64 MiB of address space cut into granules of 64 KiB, given out in runs.
//!
//! A region starts on a multiple of its size, so a block's region, and in it the entry of its granule, are found from
//! its address alone. Its first granule holds those entries.

use core::ptr::{addr_of_mut, null_mut};
use core::sync::atomic::{AtomicUsize, Ordering};

use super::classes::GRANULE_BYTES;
use super::lock::Lock;
use super::os;

/// Bytes of a region, and what it is aligned to.
pub(super) const REGION_BYTES: usize = 64 << 20;
/// Granules of a region, the first one holding the entries.
const GRANULES: usize = REGION_BYTES / GRANULE_BYTES;
/// The longest run.
pub(super) const MAX_RUN_GRANULES: usize = GRANULES - 1;

/// What the first word of a region says it is.
pub(super) const REGION_MAGIC: u64 = 0x5e61_0a11_0c8e_d001;

/// Bins for runs of 1 to 16 granules, then one for each doubling.
const EXACT_BINS: usize = 16;
const BINS: usize = EXACT_BINS + 6;
/// Runs looked at in a bin of several lengths before a longer run is taken.
const MAX_LOOKS: usize = 32;
/// Free memory that still holds old contents is given back when it exceeds this, plus an eighth of what is in use, unless
/// the program has said how much.
const DIRTY_BYTES: usize = 32 << 20;

/// What a granule is.
#[repr(u8)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Inside a run, or never used.
    Inside = 0,
    /// First of a free run.
    FreeHead = 1,
    /// Last of a free run of two or more.
    FreeTail = 2,
    /// A slab of small blocks.
    Slab = 3,
    /// First of a run in use as one block.
    Run = 4,
    /// First of a run that a thread keeps for its next block.
    Kept = 5,
}

/// The entry of a granule.
#[repr(C, align(64))]
pub(super) struct Granule {
    /// What it is.
    pub(super) state: State,
    /// A slab's class.
    pub(super) class: u8,
    /// Whether a free run may hold something other than zeroes.
    is_dirty: bool,
    /// How many granules of a free run still take memory, about.
    dirty: u16,
    /// Length of the run whose first or last granule this is.
    pub(super) granules: u32,
    /// The next one in a list of free runs, or of slabs with room.
    pub(super) next: *mut Granule,
    /// The one before.
    pub(super) prev: *mut Granule,
    /// A slab's free blocks.
    pub(super) free: *mut super::cache::FreeBlock,
    /// How many of a slab's blocks are out.
    pub(super) used: u32,
    /// How many of a slab's blocks were ever given out.
    pub(super) touched: u32,
    /// Where in a run its block starts.
    pub(super) offset: u32,
}

/// What takes the place of the entry of a region's first granule.
#[repr(C, align(64))]
struct Header {
    magic: u64,
}

/// All regions and their free runs.
#[repr(C)]
pub(super) struct Regions {
    lock: Lock,
    /// Which bins are not empty.
    occupied: u32,
    bins: [*mut Granule; BINS],
    /// Bounds of all that was ever mapped for the heap.
    low: AtomicUsize,
    high: AtomicUsize,
    used_granules: usize,
    dirty_granules: usize,
    regions: usize,
    /// The most granules that ever took memory.
    peak_granules: usize,
    /// Free memory that still holds old contents is given back when it exceeds this; 0 for the default.
    keep_bytes: AtomicUsize,
}

/// A run for one block.
pub(super) struct Run {
    /// Its first byte.
    pub(super) start: usize,
    /// Whether it may hold something other than zeroes.
    pub(super) is_dirty: bool,
}

/// What the regions hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RegionTotals {
    /// Bytes of address space.
    pub(super) reserved_bytes: usize,
    /// Bytes in slabs and runs in use.
    pub(super) used_bytes: usize,
    /// Bytes of free runs that still take memory.
    pub(super) dirty_bytes: usize,
    /// How many such runs there are.
    pub(super) dirty_runs: usize,
    /// The most bytes that were in use or took memory.
    pub(super) peak_bytes: usize,
}

/// Returns the entry of the granule that `address` lies in; the address lies in a region.
#[inline]
pub(super) fn granule_of(address: usize) -> *mut Granule {
    let region = address & !(REGION_BYTES - 1);
    let index = (address - region) / GRANULE_BYTES;
    (region + index * size_of::<Granule>()) as *mut Granule
}

/// Returns the first byte of the granule whose entry this is.
#[inline]
pub(super) fn start_of(granule: *mut Granule) -> usize {
    let region = granule as usize & !(REGION_BYTES - 1);
    region + (granule as usize - region) / size_of::<Granule>() * GRANULE_BYTES
}

fn bin_of(granules: usize) -> usize {
    if granules <= EXACT_BINS {
        granules - 1
    } else {
        EXACT_BINS + (granules - 1).ilog2() as usize - EXACT_BINS.ilog2() as usize
    }
}

/// Maps `len_bytes` at a multiple of [`REGION_BYTES`] plus `offset`, which is less.
pub(super) fn map_aligned(
    len_bytes: usize,
    align: usize,
    offset: usize,
    commit: os::Commit,
) -> Option<usize> {
    // The kernel puts a region on a multiple of its length where it can.
    if offset == 0 && len_bytes == align {
        let start = os::reserve(len_bytes)?;
        if start.is_multiple_of(align) && os::commit(start, len_bytes, commit) {
            return Some(start);
        }
        os::release(start, len_bytes);
    }
    let room = len_bytes.checked_add(align)?;
    let reserved = os::reserve(room)?;
    let start = (reserved + offset).next_multiple_of(align) - offset;
    os::release(reserved, start - reserved);
    os::release(start + len_bytes, reserved + room - (start + len_bytes));
    if os::commit(start, len_bytes, commit) {
        return Some(start);
    }
    os::release(start, len_bytes);
    None
}

impl Regions {
    /// Makes an empty heap.
    pub(super) const fn new() -> Self {
        Self {
            lock: Lock::new(),
            occupied: 0,
            bins: [null_mut(); BINS],
            low: AtomicUsize::new(usize::MAX),
            high: AtomicUsize::new(0),
            used_granules: 0,
            dirty_granules: 0,
            regions: 0,
            peak_granules: 0,
            keep_bytes: AtomicUsize::new(0),
        }
    }

    /// Tells whether `address` lies between the first and the last thing mapped for this heap.
    #[inline]
    pub(super) fn spans(&self, address: usize) -> bool {
        address >= self.low.load(Ordering::Relaxed) && address < self.high.load(Ordering::Relaxed)
    }

    /// Widens the bounds.
    pub(super) fn note_mapped(&self, start: usize, len_bytes: usize) {
        self.low.fetch_min(start, Ordering::Relaxed);
        self.high.fetch_max(start + len_bytes, Ordering::Relaxed);
    }

    /// Takes a run of `granules`, as `state`.
    ///
    /// # Safety
    /// `this` is a program's heap.
    pub(super) unsafe fn take(this: *mut Self, granules: usize, state: State) -> Option<Run> {
        let _guard = (*this).lock.lock();
        let found = match (*this).find(granules) {
            Some(found) => found,
            None => (*this).add_region()?,
        };
        (*this).unlink(found);
        let run = Run { start: start_of(found), is_dirty: (*found).is_dirty };
        let left = (*found).granules as usize - granules;
        if left > 0 {
            let dirty = ((*found).dirty as usize).saturating_sub(granules);
            (*this).make_free(found.add(granules), left, run.is_dirty, dirty);
        }
        (*found).state = state;
        (*found).granules = granules as u32;
        if granules > 1 {
            (*found.add(granules - 1)).state = State::Inside;
        }
        (*this).used_granules += granules;
        (*this).note_peak();
        Some(run)
    }

    /// Gives a run back.
    ///
    /// # Safety
    /// `head` is the entry of a slab or run of this heap that nothing uses any more.
    pub(super) unsafe fn give(this: *mut Self, head: *mut Granule) {
        let _guard = (*this).lock.lock();
        let granules = (*head).granules as usize;
        (*this).used_granules -= granules;
        (*this).free_run(head, granules);
        if (*this).dirty_granules * GRANULE_BYTES > (*this).most_dirty_bytes() {
            (*this).purge_all();
        }
    }

    /// Changes the length of a run in place, if what follows it allows.
    ///
    /// # Safety
    /// `head` is the entry of a run of this heap; what lies past the new end holds nothing.
    pub(super) unsafe fn resize(this: *mut Self, head: *mut Granule, granules: usize) -> bool {
        let _guard = (*this).lock.lock();
        let old = (*head).granules as usize;
        if granules < old {
            (*head).granules = granules as u32;
            (*this).used_granules -= old - granules;
            (*this).free_run(head.add(granules), old - granules);
            return true;
        }
        let next = head.add(old);
        let region = head as usize & !(REGION_BYTES - 1);
        if next as usize >= region + GRANULES * size_of::<Granule>() || (*next).state != State::FreeHead {
            return false;
        }
        let more = granules - old;
        let available = (*next).granules as usize;
        if available < more {
            return false;
        }
        (*this).unlink(next);
        let (is_dirty, dirty) = ((*next).is_dirty, (*next).dirty as usize);
        (*next).state = State::Inside;
        (*head.add(old + available - 1)).state = State::Inside;
        if available > more {
            (*this).make_free(head.add(granules), available - more, is_dirty, dirty.saturating_sub(more));
        }
        (*head).granules = granules as u32;
        (*this).used_granules += more;
        (*this).note_peak();
        true
    }

    /// Gives all free memory back; tells whether there was any.
    ///
    /// # Safety
    /// `this` is a program's heap.
    pub(super) unsafe fn trim(this: *mut Self) -> bool {
        let _guard = (*this).lock.lock();
        let had_dirty = (*this).dirty_granules > 0;
        (*this).purge_all();
        had_dirty
    }

    /// Says how much free memory that still holds old contents is kept.
    pub(super) fn keep(&self, bytes: usize) {
        self.keep_bytes.store(bytes.max(1), Ordering::Relaxed);
    }

    fn most_dirty_bytes(&self) -> usize {
        match self.keep_bytes.load(Ordering::Relaxed) {
            0 => DIRTY_BYTES + self.used_granules * (GRANULE_BYTES / 8),
            bytes => bytes,
        }
    }

    fn note_peak(&mut self) {
        self.peak_granules = self.peak_granules.max(self.used_granules + self.dirty_granules);
    }

    /// Returns what the regions hold.
    ///
    /// # Safety
    /// `this` is a program's heap.
    pub(super) unsafe fn totals(this: *mut Self) -> RegionTotals {
        let _guard = (*this).lock.lock();
        let mut dirty_runs = 0;
        for &bin in &(*this).bins {
            let mut run = bin;
            while let Some(entry) = run.as_ref() {
                dirty_runs += usize::from(entry.dirty > 0);
                run = entry.next;
            }
        }
        RegionTotals {
            dirty_runs,
            peak_bytes: (*this).peak_granules * GRANULE_BYTES,
            reserved_bytes: (*this).regions * REGION_BYTES,
            used_bytes: (*this).used_granules * GRANULE_BYTES,
            dirty_bytes: (*this).dirty_granules * GRANULE_BYTES,
        }
    }

    unsafe fn find(&self, granules: usize) -> Option<*mut Granule> {
        let first = bin_of(granules);
        if first >= EXACT_BINS {
            // Runs of this bin may be too short.
            let mut run = self.bins[first];
            for _ in 0..MAX_LOOKS {
                if run.is_null() {
                    break;
                }
                if (*run).granules as usize >= granules {
                    return Some(run);
                }
                run = (*run).next;
            }
        }
        let sure = if first < EXACT_BINS { first } else { first + 1 };
        let bins = self.occupied >> sure;
        (bins != 0).then(|| self.bins[sure + bins.trailing_zeros() as usize])
    }

    unsafe fn add_region(&mut self) -> Option<*mut Granule> {
        let start = map_aligned(REGION_BYTES, REGION_BYTES, 0, os::Commit::Unchecked)?;
        // The entries and the first granule are used at once.
        os::bring_in(start, 2 * GRANULE_BYTES);
        (start as *mut Header).write(Header { magic: REGION_MAGIC });
        self.note_mapped(start, REGION_BYTES);
        self.regions += 1;
        let first = granule_of(start + GRANULE_BYTES);
        self.make_free(first, MAX_RUN_GRANULES, false, 0);
        Some(first)
    }

    /// Frees a run, joining it with its free neighbours.
    unsafe fn free_run(&mut self, head: *mut Granule, granules: usize) {
        (*head).state = State::Inside;
        let (mut head, mut granules, mut dirty) = (head, granules, granules);
        let region = head as usize & !(REGION_BYTES - 1);
        let next = head.add(granules);
        if (next as usize) < region + GRANULES * size_of::<Granule>() && (*next).state == State::FreeHead {
            granules += (*next).granules as usize;
            dirty += (*next).dirty as usize;
            self.absorb(next);
        }
        let before = head.sub(1);
        if before as usize > region && matches!((*before).state, State::FreeHead | State::FreeTail) {
            let len = (*before).granules as usize;
            let first = before.sub(len - 1);
            dirty += (*first).dirty as usize;
            self.absorb(first);
            head = first;
            granules += len;
        }
        self.make_free(head, granules, true, dirty);
    }

    /// Takes a free run out of its list to become part of another.
    unsafe fn absorb(&mut self, head: *mut Granule) {
        self.unlink(head);
        (*head.add((*head).granules as usize - 1)).state = State::Inside;
        (*head).state = State::Inside;
    }

    unsafe fn make_free(&mut self, head: *mut Granule, granules: usize, is_dirty: bool, dirty: usize) {
        let dirty = dirty.min(granules);
        let tail = head.add(granules - 1);
        (*tail).state = State::FreeTail;
        (*tail).granules = granules as u32;
        let bin = bin_of(granules);
        let next = self.bins[bin];
        addr_of_mut!(*head).write(Granule {
            state: State::FreeHead,
            class: 0,
            is_dirty,
            dirty: dirty as u16,
            granules: granules as u32,
            next,
            prev: null_mut(),
            free: null_mut(),
            used: 0,
            touched: 0,
            offset: 0,
        });
        if let Some(next) = next.as_mut() {
            next.prev = head;
        }
        self.bins[bin] = head;
        self.occupied |= 1 << bin;
        self.dirty_granules += dirty;
    }

    unsafe fn unlink(&mut self, run: *mut Granule) {
        let bin = bin_of((*run).granules as usize);
        let (next, prev) = ((*run).next, (*run).prev);
        if let Some(next) = next.as_mut() {
            next.prev = prev;
        }
        if let Some(prev) = prev.as_mut() {
            prev.next = next;
        } else {
            self.bins[bin] = next;
            if next.is_null() {
                self.occupied &= !(1 << bin);
            }
        }
        self.dirty_granules -= (*run).dirty as usize;
    }

    unsafe fn purge_all(&mut self) {
        for bin in 0..BINS {
            let mut run = self.bins[bin];
            while let Some(entry) = run.as_mut() {
                if entry.dirty > 0 && os::purge(start_of(run), entry.granules as usize * GRANULE_BYTES) {
                    self.dirty_granules -= entry.dirty as usize;
                    entry.dirty = 0;
                    entry.is_dirty = false;
                }
                run = entry.next;
            }
        }
    }
}
