//! The heap behind the exported names: malloc(3), posix_memalign(3), malloc_usable_size(3).

use core::ffi::{c_int, c_void};
use core::ptr::{addr_of_mut, null_mut};
use core::sync::atomic::Ordering;

use super::classes::{GRANULE_BYTES, MAX_SMALL_BYTES, SIZES, class_aligned, class_of, is_block_start};
use super::region::{self, REGION_BYTES, Regions, Run, State, granule_of};
use super::{Classes, MallocState, cache, huge, os};
use crate::abi;
use crate::libc::set_errno;

/// Runs up to this long come from regions, unless the program has set less.
pub(super) const MAX_RUN_BYTES: usize = 32 << 20;
/// How many places in its first granule a run's block may start at.
pub(super) const PLACES: usize = 16;
/// How far apart they are: a page and a cache line.
pub(super) const PLACE_BYTES: usize = os::PAGE_BYTES + CACHE_LINE_BYTES;
pub(super) const CACHE_LINE_BYTES: usize = 64;
const _: () = assert!((PLACES - 1) * PLACE_BYTES < GRANULE_BYTES);
/// No object is longer (`PTRDIFF_MAX`).
const MAX_BYTES: usize = isize::MAX as usize;
/// What every block is aligned to.
const MIN_ALIGN: usize = 16;

/// Where a block lies.
pub(super) enum Home {
    Small(usize),
    Run,
    Huge(usize),
}

pub(super) fn heap() -> *mut MallocState {
    (&raw const crate::libc::state::state().malloc).cast_mut()
}

pub(super) fn classes() -> *mut Classes {
    crate::libc::state::state().room.small_blocks.get()
}

pub(super) fn fields() -> *mut cache::MallocFields {
    // SAFETY: the control block lives as long as its thread.
    unsafe { addr_of_mut!((*crate::libc::tcb::tcb()).malloc) }
}

#[cold]
fn no_memory() -> *mut c_void {
    set_errno(abi::ENOMEM);
    null_mut()
}

/// Finds where the block at `block` lies; ends the program with `message` unless a block in use starts there.
#[inline]
pub(super) unsafe fn home_of(heap: *mut MallocState, block: usize, message: &'static str) -> Home {
    if !(*heap).regions.spans(block) || !block.is_multiple_of(MIN_ALIGN) {
        os::die(message);
    }
    let magic = huge::base_of(block) as *const u64;
    if magic.read() != region::REGION_MAGIC {
        match huge::usable_bytes(block) {
            Some(bytes) => return Home::Huge(bytes),
            None => os::die(message),
        }
    }
    let granule = granule_of(block);
    let offset = block % GRANULE_BYTES;
    match (*granule).state {
        State::Slab if is_block_start((*granule).class as usize, offset) => {
            Home::Small((*granule).class as usize)
        }
        State::Run if offset == (*granule).offset as usize => Home::Run,
        _ => os::die(message),
    }
}

unsafe fn usable_in(home: &Home, block: usize) -> usize {
    match *home {
        Home::Small(class) => SIZES[class] as usize,
        Home::Run => (*granule_of(block)).granules as usize * GRANULE_BYTES - block % GRANULE_BYTES,
        Home::Huge(bytes) => bytes,
    }
}

/// Takes a run for a block on a multiple of `align`, up to that of a granule.
///
/// Blocks that start the same distance from a granule's start compete for the same lines of caches and entries of
/// translation buffers, so each starts at a place of its own among 16. A length that leaves no places free takes another
/// granule, mostly never touched.
unsafe fn take_run(heap: *mut MallocState, size_bytes: usize, align: usize) -> Option<Run> {
    let place_bytes = if align <= CACHE_LINE_BYTES {
        PLACE_BYTES
    } else if align <= os::PAGE_BYTES {
        os::PAGE_BYTES
    } else {
        GRANULE_BYTES
    };
    let most = if place_bytes < GRANULE_BYTES { PLACES } else { 1 };
    let granules = (size_bytes + (most / 2) * place_bytes).div_ceil(GRANULE_BYTES);
    let run_bytes = granules * GRANULE_BYTES;
    if place_bytes == PLACE_BYTES
        && let Some(granule) = cache::take_run(fields(), granules)
    {
        let start = region::start_of(granule);
        if (*granule).offset as usize + size_bytes > run_bytes {
            (*granule).offset = 0;
        }
        return Some(Run { start: start + (*granule).offset as usize, is_dirty: true });
    }
    let mut run = Regions::take(addr_of_mut!((*heap).regions), granules, State::Run)?;
    let places = most.min((run_bytes - size_bytes) / place_bytes + 1);
    let index = run.start / GRANULE_BYTES;
    let offset = (index + index / PLACES + index / (PLACES * PLACES)) % places * place_bytes;
    (*granule_of(run.start)).offset = offset as u32;
    run.start += offset;
    Some(run)
}

unsafe fn take_huge(heap: *mut MallocState, size_bytes: usize, align: usize) -> *mut c_void {
    if size_bytes > MAX_BYTES - 2 * REGION_BYTES {
        return no_memory();
    }
    let block = huge::allocate(&(*heap).huge, addr_of_mut!((*heap).regions), size_bytes, align);
    if block.is_null() { no_memory() } else { block }
}

/// malloc(3)
pub unsafe extern "C" fn malloc(size_bytes: usize) -> *mut c_void {
    let heap = heap();
    if size_bytes <= MAX_SMALL_BYTES {
        let block = cache::take(heap, fields(), class_of(size_bytes));
        return if block.is_null() { no_memory() } else { block.cast() };
    }
    if size_bytes <= run_limit(heap) {
        return take_run(heap, size_bytes, MIN_ALIGN).map_or_else(no_memory, |run| run.start as *mut c_void);
    }
    take_huge(heap, size_bytes, MIN_ALIGN)
}

/// calloc(3)
pub unsafe extern "C" fn calloc(count: usize, size_bytes: usize) -> *mut c_void {
    let Some(total) = count.checked_mul(size_bytes) else { return no_memory() };
    if total <= MAX_SMALL_BYTES {
        let block = malloc(total);
        if !block.is_null() {
            block.cast::<u8>().write_bytes(0, total);
        }
        return block;
    }
    let heap = heap();
    if total <= run_limit(heap) {
        let Some(run) = take_run(heap, total, MIN_ALIGN) else { return no_memory() };
        if run.is_dirty {
            (run.start as *mut u8).write_bytes(0, total);
        }
        return run.start as *mut c_void;
    }
    take_huge(heap, total, MIN_ALIGN)
}

/// free(3): errno stays as it is.
pub unsafe extern "C" fn free(block: *mut c_void) {
    if block.is_null() {
        return;
    }
    let heap = heap();
    match home_of(heap, block as usize, "free(): invalid pointer\n") {
        Home::Small(class) => cache::give(heap, fields(), class, block.cast()),
        Home::Run if cache::give_run(heap, fields(), granule_of(block as usize)) => {}
        home => free_long(heap, block as usize, &home),
    }
}

#[cold]
unsafe fn free_long(heap: *mut MallocState, block: usize, home: &Home) {
    let before = crate::libc::errno();
    match home {
        Home::Huge(_) => huge::free(&(*heap).huge, block),
        _ => Regions::give(addr_of_mut!((*heap).regions), granule_of(block)),
    }
    set_errno(before);
}

/// realloc(3)
pub unsafe extern "C" fn realloc(block: *mut c_void, size_bytes: usize) -> *mut c_void {
    if block.is_null() {
        return malloc(size_bytes);
    }
    if size_bytes == 0 {
        free(block);
        return null_mut();
    }
    let heap = heap();
    let home = home_of(heap, block as usize, "realloc(): invalid pointer\n");
    let usable = usable_in(&home, block as usize);
    let stays = match home {
        Home::Small(class) => size_bytes <= MAX_SMALL_BYTES && class_of(size_bytes) == class,
        Home::Run => {
            size_bytes > MAX_SMALL_BYTES && size_bytes <= MAX_RUN_BYTES && {
                let granule = granule_of(block as usize);
                let granules = (size_bytes + (*granule).offset as usize).div_ceil(GRANULE_BYTES);
                granules == (*granule).granules as usize
                    || Regions::resize(addr_of_mut!((*heap).regions), granule, granules)
            }
        }
        Home::Huge(_) if size_bytes > run_limit(heap) => {
            if size_bytes > MAX_BYTES - 2 * REGION_BYTES {
                return no_memory();
            }
            let moved =
                huge::resize(&(*heap).huge, addr_of_mut!((*heap).regions), block as usize, size_bytes);
            return if moved.is_null() { no_memory() } else { moved };
        }
        Home::Huge(_) => false,
    };
    if stays {
        return block;
    }
    let fresh = malloc(size_bytes);
    if !fresh.is_null() {
        fresh.cast::<u8>().copy_from_nonoverlapping(block.cast(), usable.min(size_bytes));
        free(block);
    }
    fresh
}

/// reallocarray(3)
pub unsafe extern "C" fn reallocarray(block: *mut c_void, count: usize, size_bytes: usize) -> *mut c_void {
    match count.checked_mul(size_bytes) {
        Some(total) => realloc(block, total),
        None => no_memory(),
    }
}

/// memalign(3): an alignment that is no power of two is rounded up to one.
pub unsafe extern "C" fn memalign(align: usize, size_bytes: usize) -> *mut c_void {
    let Some(align) = align.max(1).checked_next_power_of_two().filter(|&align| align <= MAX_BYTES / 2) else {
        set_errno(abi::EINVAL);
        return null_mut();
    };
    if align <= MIN_ALIGN {
        return malloc(size_bytes);
    }
    let heap = heap();
    if align > GRANULE_BYTES {
        return take_huge(heap, size_bytes, align);
    }
    match class_aligned(size_bytes, align).filter(|_| size_bytes.max(align) <= MAX_SMALL_BYTES) {
        Some(class) => {
            let block = cache::take(heap, fields(), class);
            if block.is_null() { no_memory() } else { block.cast() }
        }
        // Runs start on granules, huge blocks where asked.
        None if size_bytes <= run_limit(heap) => {
            take_run(heap, size_bytes.max(1), align).map_or_else(no_memory, |run| run.start as *mut c_void)
        }
        None => take_huge(heap, size_bytes, align),
    }
}

/// aligned_alloc(3)
pub unsafe extern "C" fn aligned_alloc(align: usize, size_bytes: usize) -> *mut c_void {
    if !align.is_power_of_two() {
        set_errno(abi::EINVAL);
        return null_mut();
    }
    memalign(align, size_bytes)
}

/// posix_memalign(3)
pub unsafe extern "C" fn posix_memalign(out: *mut *mut c_void, align: usize, size_bytes: usize) -> c_int {
    if !align.is_power_of_two() || !align.is_multiple_of(size_of::<usize>()) {
        return abi::EINVAL;
    }
    let before = crate::libc::errno();
    let block = memalign(align, size_bytes);
    set_errno(before);
    if block.is_null() {
        return abi::ENOMEM;
    }
    *out = block;
    0
}

/// valloc(3)
pub unsafe extern "C" fn valloc(size_bytes: usize) -> *mut c_void {
    memalign(os::PAGE_BYTES, size_bytes)
}

/// pvalloc(3)
pub unsafe extern "C" fn pvalloc(size_bytes: usize) -> *mut c_void {
    match size_bytes.max(1).checked_next_multiple_of(os::PAGE_BYTES) {
        Some(size_bytes) => memalign(os::PAGE_BYTES, size_bytes),
        None => no_memory(),
    }
}

/// malloc_usable_size(3)
pub unsafe extern "C" fn malloc_usable_size(block: *mut c_void) -> usize {
    if block.is_null() {
        return 0;
    }
    let home = home_of(heap(), block as usize, "malloc_usable_size(): invalid pointer\n");
    usable_in(&home, block as usize)
}

/// malloc_trim(3): tells whether memory was given back.
pub unsafe extern "C" fn malloc_trim(_pad_bytes: usize) -> c_int {
    let heap = heap();
    cache::flush_all(heap, fields());
    c_int::from(Regions::trim(addr_of_mut!((*heap).regions)))
}

/// mallopt(3): of its parameters two have a meaning here; others are those of another allocator, taken without effect.
pub extern "C" fn mallopt(parameter: c_int, value: c_int) -> c_int {
    const M_MXFAST: c_int = 1;
    const M_TRIM_THRESHOLD: c_int = -1;
    const M_MMAP_THRESHOLD: c_int = -3;
    /// The most that glibc takes for `M_MXFAST`.
    const MXFAST_MAX: c_int = 160;
    // SAFETY: the program's heap; these words are atomic.
    let heap = unsafe { &*heap() };
    match parameter {
        M_MXFAST => c_int::from((0..=MXFAST_MAX).contains(&value)),
        // A negative number is one as large as can be.
        M_TRIM_THRESHOLD => {
            heap.regions.keep(value as isize as usize);
            1
        }
        M_MMAP_THRESHOLD => {
            // Small blocks are no mappings of their own, and very long ones always are.
            let most = (value as isize as usize).clamp(MAX_SMALL_BYTES, MAX_RUN_BYTES);
            heap.run_limit.store(most, Ordering::Relaxed);
            1
        }
        _ => 1,
    }
}

/// Returns the length up to which blocks come from regions; longer ones are mappings of their own.
unsafe fn run_limit(heap: *const MallocState) -> usize {
    (*heap).run_limit.load(Ordering::Relaxed)
}
