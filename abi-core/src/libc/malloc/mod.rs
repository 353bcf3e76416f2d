//! The program's heap.
//!
//! Library code allocates with the functions of this module, which go to the allocator the program brings (jemalloc,
//! tcmalloc), if it brings one. The heap of our own is [`ours`]: small blocks come from slabs of one size
//! (`classes`, `slab`) through a cache in each thread's control block (`cache`), longer ones are runs of granules of a
//! region (`region`), the longest are mappings of their own (`huge`). A block has no header: what it is follows from
//! its address. Memory comes from the kernel as a program gets it, by mmap(2) (`os`).
#![allow(
    unsafe_op_in_unsafe_fn,
    reason = "the heap's lists are raw pointers throughout; each function's promise covers its body"
)]

mod cache;
mod classes;
mod huge;
mod info;
mod lock;
mod os;
pub mod ours;
mod region;
pub mod report;
mod slab;
#[cfg(test)]
mod tests;

use core::ffi::c_void;
use core::ptr::{addr_of_mut, null_mut};
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

pub use cache::MallocFields;
pub use info::{Mallinfo, Mallinfo2, mallinfo, mallinfo2};
pub use slab::Classes;

/// The allocator a program brings, as far as it defines these symbols; null is ours.
#[repr(C)]
pub struct Overrides {
    /// `malloc`
    pub malloc: AtomicPtr<()>,
    /// `calloc`
    pub calloc: AtomicPtr<()>,
    /// `realloc`
    pub realloc: AtomicPtr<()>,
    /// `free`
    pub free: AtomicPtr<()>,
    /// `memalign`
    pub memalign: AtomicPtr<()>,
}

/// A program's heap.
#[repr(C)]
pub struct MallocState {
    /// The program's own allocator; filled by the loader.
    pub overrides: Overrides,
    regions: region::Regions,
    huge: huge::HugeTotals,
    mark: AtomicUsize,
    /// Blocks up to this long are no mappings of their own.
    run_limit: AtomicUsize,
}

impl MallocState {
    /// Makes the state a program starts with.
    pub const fn new() -> Self {
        const fn ours() -> AtomicPtr<()> {
            AtomicPtr::new(null_mut())
        }
        Self {
            overrides: Overrides {
                malloc: ours(),
                calloc: ours(),
                realloc: ours(),
                free: ours(),
                memalign: ours(),
            },
            regions: region::Regions::new(),
            huge: huge::HugeTotals::new(),
            mark: AtomicUsize::new(0),
            run_limit: AtomicUsize::new(ours::MAX_RUN_BYTES),
        }
    }

    /// Returns the word that marks free blocks: an address, which no program stores there by chance.
    #[inline]
    fn free_mark(&self) -> usize {
        !(&raw const self.mark as usize)
    }
}

impl Default for MallocState {
    fn default() -> Self {
        Self::new()
    }
}

macro_rules! dispatch {
    ($name:ident($($argument:ident: $ty:ty),*) $(-> $ret:ty)?) => {{
        let theirs = crate::libc::state::state().malloc.overrides.$name.load(Ordering::Relaxed);
        if theirs.is_null() {
            ours::$name($($argument),*)
        } else {
            // SAFETY: the loader found this symbol in the program, where it has C's signature.
            let theirs: unsafe extern "C" fn($($ty),*) $(-> $ret)? = unsafe { core::mem::transmute(theirs) };
            theirs($($argument),*)
        }
    }};
}

/// malloc(3), through the program's own allocator if it brings one.
#[inline]
pub unsafe extern "C" fn malloc(size_bytes: usize) -> *mut c_void {
    dispatch!(malloc(size_bytes: usize) -> *mut c_void)
}

/// calloc(3), likewise.
#[inline]
pub unsafe extern "C" fn calloc(count: usize, size_bytes: usize) -> *mut c_void {
    dispatch!(calloc(count: usize, size_bytes: usize) -> *mut c_void)
}

/// realloc(3), likewise.
#[inline]
pub unsafe extern "C" fn realloc(block: *mut c_void, size_bytes: usize) -> *mut c_void {
    dispatch!(realloc(block: *mut c_void, size_bytes: usize) -> *mut c_void)
}

/// free(3), likewise.
#[inline]
pub unsafe extern "C" fn free(block: *mut c_void) {
    dispatch!(free(block: *mut c_void));
}

/// memalign(3), likewise.
#[inline]
pub unsafe extern "C" fn memalign(align: usize, size_bytes: usize) -> *mut c_void {
    dispatch!(memalign(align: usize, size_bytes: usize) -> *mut c_void)
}

/// Gives the calling thread's cached blocks back; called when it ends.
pub fn thread_exit() {
    let heap = (&raw const crate::libc::state::state().malloc).cast_mut();
    // SAFETY: the calling thread's own fields, and its program's heap.
    unsafe { cache::close(heap, addr_of_mut!((*crate::libc::tcb::tcb()).malloc)) };
}
