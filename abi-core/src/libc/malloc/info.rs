//! What the heap says of itself: mallinfo(3).

use core::ptr::addr_of_mut;
use core::sync::atomic::Ordering;

use super::region::Regions;
use super::slab;

/// `struct mallinfo2`
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mallinfo2 {
    /// Bytes of regions that hold blocks or are free and still take memory.
    pub arena: usize,
    /// Always 0 here.
    pub ordblks: usize,
    /// Always 0 here.
    pub smblks: usize,
    /// Blocks that are mappings of their own.
    pub hblks: usize,
    /// Their bytes.
    pub hblkhd: usize,
    /// Always 0.
    pub usmblks: usize,
    /// Always 0 here.
    pub fsmblks: usize,
    /// Bytes of blocks in use or kept by threads.
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

/// mallinfo2(3)
pub extern "C" fn mallinfo2() -> Mallinfo2 {
    let heap = (&raw const crate::libc::state::state().malloc).cast_mut();
    // SAFETY: the program's heap, whose parts lock themselves.
    unsafe {
        let regions = Regions::totals(addr_of_mut!((*heap).regions));
        let (small, slabs) = slab::totals(addr_of_mut!((*heap).classes));
        let used = regions.used_bytes.saturating_sub(slabs) + small;
        let arena = regions.used_bytes + regions.dirty_bytes;
        Mallinfo2 {
            arena,
            hblks: (*heap).huge.blocks.load(Ordering::Relaxed),
            hblkhd: (*heap).huge.bytes.load(Ordering::Relaxed),
            uordblks: used,
            fordblks: arena.saturating_sub(used),
            keepcost: regions.dirty_bytes,
            ..Mallinfo2::default()
        }
    }
}

/// mallinfo(3): as [`mallinfo2`], cut to 32 bits as the man page warns.
pub extern "C" fn mallinfo() -> Mallinfo {
    let info = mallinfo2();
    Mallinfo([
        info.arena as i32,
        0,
        0,
        info.hblks as i32,
        info.hblkhd as i32,
        0,
        0,
        info.uordblks as i32,
        info.fordblks as i32,
        info.keepcost as i32,
    ])
}
