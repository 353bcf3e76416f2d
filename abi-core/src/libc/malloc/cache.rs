//! Each thread's own free blocks, so that most calls take no lock.

use core::ptr::{addr_of_mut, null_mut};

use super::MallocState;
use super::classes::{CLASSES, GRANULE_BYTES, SIZES};
use super::ours::classes;
use super::region::{Granule, Regions, State};
use super::slab::{give_blocks, take_blocks};

/// A thread keeps at most about this many bytes of each class.
const BIN_BYTES: u32 = 32 << 10;
/// And at most this many blocks, and at least that many.
const BIN_BLOCKS: core::ops::RangeInclusive<u32> = 4..=128;
/// And at most one run, of at most this many granules.
const RUN_GRANULES: u32 = 4;

/// A free block.
#[repr(C)]
pub(super) struct FreeBlock {
    /// The next one.
    pub(super) next: *mut FreeBlock,
    /// [`MallocState::free_mark`] while it is in a thread's cache.
    pub(super) mark: usize,
}

/// A thread's free blocks of one class.
#[repr(C)]
struct Bin {
    list: *mut FreeBlock,
    count: u32,
}

/// A thread's own part of the heap. All zero at the start.
#[repr(C)]
pub struct MallocFields {
    bins: [Bin; CLASSES],
    /// A free run, or null.
    run: *mut Granule,
    /// Set once the thread has given its blocks back: from then on it keeps none.
    is_closed: bool,
}

/// How many blocks of each class a thread keeps at most.
static LIMITS: [u32; CLASSES] = {
    let mut limits = [0; CLASSES];
    let mut class = 0;
    while class < CLASSES {
        let blocks = BIN_BYTES / SIZES[class];
        let (least, most) = (*BIN_BLOCKS.start(), *BIN_BLOCKS.end());
        limits[class] = if blocks < least {
            least
        } else if blocks > most {
            most
        } else {
            blocks
        };
        class += 1;
    }
    limits
};

#[inline]
fn limit(class: usize) -> u32 {
    LIMITS[class]
}

/// Takes a block of a class; null without memory.
///
/// # Safety
/// `heap` is the calling program's heap, `cache` the calling thread's fields.
#[inline]
pub(super) unsafe fn take(heap: *mut MallocState, cache: *mut MallocFields, class: usize) -> *mut FreeBlock {
    let bin = addr_of_mut!((*cache).bins[class]);
    let block = (*bin).list;
    if block.is_null() {
        return refill(heap, bin, class, (*cache).is_closed);
    }
    (*bin).list = (*block).next;
    (*bin).count -= 1;
    (*block).mark = 0;
    block
}

#[cold]
unsafe fn refill(heap: *mut MallocState, bin: *mut Bin, class: usize, is_closed: bool) -> *mut FreeBlock {
    let wanted = if is_closed { 1 } else { limit(class) / 2 };
    let (classes, regions) = (classes(), addr_of_mut!((*heap).regions));
    let (block, count) = take_blocks(classes, regions, class, wanted);
    if block.is_null() {
        return null_mut();
    }
    (*bin).list = (*block).next;
    (*bin).count = count - 1;
    (*block).mark = 0;
    block
}

/// Keeps a block for the thread's next call.
///
/// # Safety
/// As for [`take`]; `block` is a block of this class that nobody uses.
#[inline]
pub(super) unsafe fn give(
    heap: *mut MallocState,
    cache: *mut MallocFields,
    class: usize,
    block: *mut FreeBlock,
) {
    let bin = addr_of_mut!((*cache).bins[class]);
    if (*block).mark == (*heap).free_mark() {
        check_not_in(bin, block);
    }
    (*block).next = (*bin).list;
    (*block).mark = (*heap).free_mark();
    (*bin).list = block;
    (*bin).count += 1;
    if (*bin).count > limit(class) || (*cache).is_closed {
        let keep = if (*cache).is_closed { 0 } else { limit(class) / 2 };
        flush(heap, bin, class, keep);
    }
}

/// Takes the free run the thread keeps, if it is this long; its block starts where it did before.
///
/// # Safety
/// `cache` is the calling thread's fields.
#[inline]
pub(super) unsafe fn take_run(cache: *mut MallocFields, granules: usize) -> Option<*mut Granule> {
    let run = (*cache).run;
    if run.is_null() || (*run).granules as usize != granules {
        return None;
    }
    (*cache).run = null_mut();
    (*run).state = State::Run;
    Some(run)
}

/// Keeps a run for the thread's next call, in place of the one it had; tells whether it does.
///
/// # Safety
/// As for [`give`]; `run` is the entry of a run that nobody uses.
#[inline]
pub(super) unsafe fn give_run(heap: *mut MallocState, cache: *mut MallocFields, run: *mut Granule) -> bool {
    if (*run).granules > RUN_GRANULES || (*cache).is_closed {
        return false;
    }
    flush_run(heap, cache);
    (*run).state = State::Kept;
    (*cache).run = run;
    true
}

#[inline]
unsafe fn flush_run(heap: *mut MallocState, cache: *mut MallocFields) {
    if !(*cache).run.is_null() {
        let before = crate::libc::errno();
        Regions::give(addr_of_mut!((*heap).regions), (*cache).run);
        crate::libc::set_errno(before);
        (*cache).run = null_mut();
    }
}

/// Ends the program if the block is in the cache already.
#[cold]
unsafe fn check_not_in(bin: *mut Bin, block: *mut FreeBlock) {
    let mut other = (*bin).list;
    for _ in 0..(*bin).count {
        if other == block {
            super::os::die("free(): double free detected in tcache 2\n");
        }
        other = (*other).next;
    }
}

/// Gives all but the `keep` most recent blocks of a bin back.
#[cold]
unsafe fn flush(heap: *mut MallocState, bin: *mut Bin, class: usize, keep: u32) {
    let count = (*bin).count;
    if count <= keep {
        return;
    }
    let mut rest = addr_of_mut!((*bin).list);
    for _ in 0..keep {
        rest = addr_of_mut!((**rest).next);
    }
    let list = *rest;
    *rest = null_mut();
    (*bin).count = keep;
    let (classes, regions) = (classes(), addr_of_mut!((*heap).regions));
    give_blocks(classes, regions, class, list, count - keep);
}

/// Returns how many blocks of a class the thread keeps.
///
/// # Safety
/// `cache` is the calling thread's fields.
pub(super) unsafe fn kept(cache: *const MallocFields, class: usize) -> usize {
    (*cache).bins[class].count as usize
}

/// Returns the bytes of the run that the thread keeps, 0 if there is none.
///
/// # Safety
/// As for [`kept`].
pub(super) unsafe fn kept_run_bytes(cache: *const MallocFields) -> usize {
    (*cache).run.as_ref().map_or(0, |run| run.granules as usize * GRANULE_BYTES)
}

/// Gives all of a thread's blocks back.
///
/// # Safety
/// As for [`take`].
pub(super) unsafe fn flush_all(heap: *mut MallocState, cache: *mut MallocFields) {
    for class in 0..CLASSES {
        flush(heap, addr_of_mut!((*cache).bins[class]), class, 0);
    }
    flush_run(heap, cache);
}

/// Gives all of an ending thread's blocks back; it may still allocate and free.
///
/// # Safety
/// As for [`take`].
pub(super) unsafe fn close(heap: *mut MallocState, cache: *mut MallocFields) {
    (*cache).is_closed = true;
    flush_all(heap, cache);
}
