//! Memory: physical frames, the page tables of the one address space, objects, kernel mappings.
//!
//! Physical memory is mapped whole at [`DIRECT_BASE`]. The lower half is the guest's; the kernel's stacks and what of
//! its heap does not fit in one piece lie at [`VMAP_BASE`]. Nothing of the kernel is both writable and executable.
#![expect(unsafe_code, reason = "page tables and physical memory")]

pub mod frames;
#[cfg(feature = "kernel")]
pub mod kernel_map;
#[cfg(feature = "kernel")]
pub mod objects;
#[cfg(feature = "kernel")]
pub mod shootdown;
#[cfg(feature = "kernel")]
pub mod space;
pub mod table;
#[cfg(feature = "kernel")]
pub mod vmap;

/// Bytes of a page.
pub const PAGE_BYTES: usize = 4096;
/// Where the kernel is linked, less its load address.
pub const KERNEL_BASE: usize = 0xffff_ffff_8000_0000;
/// Where physical memory is mapped.
pub const DIRECT_BASE: usize = 0xffff_8000_0000_0000;
/// Where the kernel maps pages of its own.
pub const VMAP_BASE: usize = 0xffff_c000_0000_0000;
/// Where the reference counts of shared frames lie, four bytes for each frame.
pub const REFERENCES_BASE: usize = 0xffff_d000_0000_0000;
/// Where the guest's arena starts.
pub const ARENA_START: usize = 0x2000_0000_0000;
/// Bytes of the guest's arena.
pub const ARENA_BYTES: usize = 0x1000_0000_0000;
/// The lowest address of the guest.
pub const LOWEST: usize = 0x1_0000;
/// Where its addresses end: below the last page of the lower half, which Linux gives nobody either.
pub const HIGHEST: usize = 0x7fff_ffff_f000;

/// Returns the address at which physical memory is seen.
#[inline(always)]
pub const fn direct(physical: u64) -> usize {
    DIRECT_BASE + physical as usize
}
