//! Blocks that are mappings of their own: long ones, and those aligned to more than a granule.

use core::ffi::c_void;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicUsize, Ordering};

use super::os::{self, Commit, PAGE_BYTES};
use super::ours::{CACHE_LINE_BYTES, PLACE_BYTES, PLACES};
use super::region::{REGION_BYTES, Regions, map_aligned};

/// What the first word of a block's mapping says it is.
pub(super) const HUGE_MAGIC: u64 = 0x5e61_0a11_0c8e_d002;

/// The start of the mapping, a multiple of [`REGION_BYTES`].
#[repr(C)]
struct Header {
    magic: u64,
    /// Bytes of the mapping.
    map_bytes: usize,
    /// Where the block starts in it.
    offset: usize,
}

/// Counts of blocks that are mappings.
#[repr(C)]
pub(super) struct HugeTotals {
    pub(super) blocks: AtomicUsize,
    pub(super) bytes: AtomicUsize,
}

impl HugeTotals {
    /// Makes counts of nothing.
    pub(super) const fn new() -> Self {
        Self { blocks: AtomicUsize::new(0), bytes: AtomicUsize::new(0) }
    }
}

/// Returns the header that goes with a block's address, whatever the alignment of the block.
#[inline]
pub(super) fn base_of(block: usize) -> usize {
    (block - 1) & !(REGION_BYTES - 1)
}

/// Maps a block.
///
/// # Safety
/// `regions` is the program's heap.
pub(super) unsafe fn allocate(
    totals: &HugeTotals,
    regions: *mut Regions,
    size_bytes: usize,
    align: usize,
) -> *mut c_void {
    // The header lies up to a region before the block, and the mapping starts there.
    let offset = if align > CACHE_LINE_BYTES {
        align.clamp(PAGE_BYTES, REGION_BYTES)
    } else {
        // As for runs: not all the same distance from a power of two.
        PAGE_BYTES + totals.blocks.load(Ordering::Relaxed) % PLACES * PLACE_BYTES
    };
    let Some(map_bytes) = size_bytes.checked_add(offset).and_then(|n| n.checked_next_multiple_of(PAGE_BYTES))
    else {
        return null_mut();
    };
    let wanted = align.max(REGION_BYTES);
    let shift = if align > REGION_BYTES { REGION_BYTES } else { 0 };
    let Some(start) = map_aligned(map_bytes, wanted, shift, Commit::Checked) else { return null_mut() };
    (start as *mut Header).write(Header { magic: HUGE_MAGIC, map_bytes, offset });
    (*regions).note_mapped(start, map_bytes);
    totals.blocks.fetch_add(1, Ordering::Relaxed);
    totals.bytes.fetch_add(map_bytes, Ordering::Relaxed);
    (start + offset) as *mut c_void
}

/// Returns how many bytes the block at `block` has, or `None` if no huge block starts there.
///
/// # Safety
/// The header of `block` is mapped.
pub(super) unsafe fn usable_bytes(block: usize) -> Option<usize> {
    let header = base_of(block) as *const Header;
    ((*header).magic == HUGE_MAGIC && header as usize + (*header).offset == block)
        .then(|| (*header).map_bytes - (*header).offset)
}

/// Unmaps a block.
///
/// # Safety
/// `block` is a huge block that nobody uses.
pub(super) unsafe fn free(totals: &HugeTotals, block: usize) {
    let header = base_of(block) as *mut Header;
    let map_bytes = (*header).map_bytes;
    (*header).magic = 0;
    totals.blocks.fetch_sub(1, Ordering::Relaxed);
    totals.bytes.fetch_sub(map_bytes, Ordering::Relaxed);
    os::release(header as usize, map_bytes);
}

/// Changes a block's length, moving its pages if need be; null if it can't be had.
///
/// # Safety
/// `block` is a huge block; `regions` is the program's heap.
pub(super) unsafe fn resize(
    totals: &HugeTotals,
    regions: *mut Regions,
    block: usize,
    size_bytes: usize,
) -> *mut c_void {
    let header = base_of(block) as *mut Header;
    let (old_bytes, offset) = ((*header).map_bytes, (*header).offset);
    let Some(new_bytes) = size_bytes.checked_add(offset).and_then(|n| n.checked_next_multiple_of(PAGE_BYTES))
    else {
        return null_mut();
    };
    let mut start = header as usize;
    if new_bytes != old_bytes && !os::resize(start, old_bytes, new_bytes) {
        let Some(target) = reserve_aligned(new_bytes) else { return null_mut() };
        if !os::move_to(start, old_bytes, target, new_bytes) {
            os::release(target, new_bytes);
            return null_mut();
        }
        start = target;
    }
    (*(start as *mut Header)).map_bytes = new_bytes;
    (*regions).note_mapped(start, new_bytes);
    totals.bytes.fetch_add(new_bytes.wrapping_sub(old_bytes), Ordering::Relaxed);
    (start + offset) as *mut c_void
}

fn reserve_aligned(len_bytes: usize) -> Option<usize> {
    let room = len_bytes.checked_add(REGION_BYTES)?;
    let reserved = os::reserve(room)?;
    let start = reserved.next_multiple_of(REGION_BYTES);
    os::release(reserved, start - reserved);
    os::release(start + len_bytes, reserved + room - (start + len_bytes));
    Some(start)
}
