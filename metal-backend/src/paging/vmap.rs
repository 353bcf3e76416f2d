//! Kernel memory made of single frames: stacks with guard pages, and the heap once no frames lie together.

use core::sync::atomic::{AtomicUsize, Ordering};

use super::kernel_map::{DirectTables, root};
use super::table::{ACCESSED_DIRTY, HELD, Met, NO_EXECUTE, OutOfMemory, PRESENT, Tables, WRITABLE, walk};
use super::{PAGE_BYTES, VMAP_BASE, frames, space};

static NEXT: AtomicUsize = AtomicUsize::new(VMAP_BASE);

/// Maps a stack of `len_bytes`, with `guard_bytes` below that are never mapped; returns its address. Contents are undefined.
pub fn stack(len_bytes: usize, guard_bytes: usize) -> Option<usize> {
    allocate(len_bytes, guard_bytes, frames::allocate_for_program)
}

fn allocate(len_bytes: usize, guard_bytes: usize, take: fn() -> Option<u64>) -> Option<usize> {
    let start = NEXT.fetch_add(len_bytes + guard_bytes, Ordering::Relaxed) + guard_bytes;
    let _lock = space::lock();
    walk(&DirectTables, root(), start, start + len_bytes, Tables::Make, &mut |met| {
        if let Met::Page(_, entry) = met {
            let frame = take().ok_or(OutOfMemory)?;
            *entry = frame | PRESENT | WRITABLE | NO_EXECUTE | ACCESSED_DIRTY | HELD;
        }
        Ok(())
    })
    .ok()?;
    Some(start)
}

/// Returns zeroed memory for the kernel's heap: frames that lie together where there are any.
pub fn heap(len_bytes: usize) -> Option<(usize, usize)> {
    let pages = len_bytes.div_ceil(PAGE_BYTES);
    let start = match frames::allocate_together(pages) {
        Some(first) => super::direct(first),
        None => allocate(pages * PAGE_BYTES, PAGE_BYTES, frames::allocate)?,
    };
    // SAFETY: fresh memory, mapped and nobody else's.
    unsafe { core::ptr::write_bytes(start as *mut u8, 0, pages * PAGE_BYTES) };
    Some((start, pages * PAGE_BYTES))
}
