//! What the heap says of itself: mallinfo(3).

use core::ptr::addr_of_mut;
use core::sync::atomic::Ordering;

use super::cache;
use super::classes::{CLASSES, SIZES};
use super::ours::{classes, fields, heap};
use super::region::Regions;
use super::slab;

/// `struct mallinfo2`
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mallinfo2 {
    /// Bytes of regions that hold blocks or are free and still take memory.
    pub arena: usize,
    /// Free blocks: those of slabs, and runs that still take memory.
    pub ordblks: usize,
    /// Free blocks that the calling thread keeps.
    pub smblks: usize,
    /// Blocks that are mappings of their own.
    pub hblks: usize,
    /// Their bytes.
    pub hblkhd: usize,
    /// Always 0.
    pub usmblks: usize,
    /// Bytes of the free blocks that the calling thread keeps.
    pub fsmblks: usize,
    /// Bytes that are in use, or free and kept by other threads.
    pub uordblks: usize,
    /// Bytes that are free.
    pub fordblks: usize,
    /// Bytes that malloc_trim(3) would give back.
    pub keepcost: usize,
}

/// `struct mallinfo`
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mallinfo(pub [i32; 10]);

/// What there is beside [`Mallinfo2`].
pub(super) struct Report {
    pub(super) info: Mallinfo2,
    /// Free blocks of each class that are in slabs.
    pub(super) free: [usize; CLASSES],
    /// Free runs that still take memory.
    pub(super) dirty_runs: usize,
    /// The most bytes that blocks ever took.
    pub(super) peak_bytes: usize,
    /// Bytes of address space.
    pub(super) reserved_bytes: usize,
}

pub(super) fn report() -> Report {
    let (heap, fields) = (heap(), fields());
    let mut info = Mallinfo2::default();
    let mut free = [0; CLASSES];
    // SAFETY: the program's heap, whose parts lock themselves; the calling thread's fields.
    unsafe {
        let regions = Regions::totals(addr_of_mut!((*heap).regions));
        info.arena = regions.used_bytes + regions.dirty_bytes;
        info.keepcost = regions.dirty_bytes;
        info.ordblks = regions.dirty_runs;
        info.fordblks = regions.dirty_bytes;
        for (class, free) in free.iter_mut().enumerate() {
            let counts = slab::counts(classes(), class);
            *free = counts.free;
            info.ordblks += *free;
            info.fordblks += *free * SIZES[class] as usize + counts.rest_bytes;
            let kept = cache::kept(fields, class);
            info.smblks += kept;
            info.fsmblks += kept * SIZES[class] as usize;
        }
        let run_bytes = cache::kept_run_bytes(fields);
        info.smblks += usize::from(run_bytes > 0);
        info.fsmblks += run_bytes;
        info.fordblks += info.fsmblks;
        // Other threads may have changed something between the counts.
        info.uordblks = info.arena.saturating_sub(info.fordblks);
        info.hblks = (*heap).huge.blocks.load(Ordering::Relaxed);
        info.hblkhd = (*heap).huge.bytes.load(Ordering::Relaxed);
        let (peak_bytes, reserved_bytes) = (regions.peak_bytes, regions.reserved_bytes);
        Report { info, free, dirty_runs: regions.dirty_runs, peak_bytes, reserved_bytes }
    }
}

/// mallinfo2(3)
pub extern "C" fn mallinfo2() -> Mallinfo2 {
    report().info
}

/// mallinfo(3): as [`mallinfo2`], cut to 32 bits as the man page warns.
pub extern "C" fn mallinfo() -> Mallinfo {
    let info = mallinfo2();
    let fields = [
        info.arena,
        info.ordblks,
        info.smblks,
        info.hblks,
        info.hblkhd,
        info.usmblks,
        info.fsmblks,
        info.uordblks,
        info.fordblks,
        info.keepcost,
    ];
    Mallinfo(fields.map(|bytes| bytes as i32))
}
