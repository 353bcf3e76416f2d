//! Pages of address space: one reservation, filled by `mmap` and emptied by `munmap`.
#![expect(unsafe_code, reason = "maps and unmaps memory")]

use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use abi_core::backend::{
    Access, BackendError, Backing, Memory, MemoryLayout, ObjectId, PageRange, Result, most_mappings,
};

use crate::{HostBackend, image, objects, sys};

const PAGE_BYTES: usize = 4096;
/// Below where the host's kernel puts anything by itself, above what non-PIE programs are linked at, an address sanitizer's
/// shadow and other places that programs choose.
const ARENA_START: usize = 0x2000_0000_0000;
/// 16 TiB, for programs that reserve terabytes.
const ARENA_BYTES: usize = 0x1000_0000_0000;
/// Less than this is no machine.
const LEAST_ARENA_BYTES: usize = 64 << 20;
/// A range of at most this is brought in whole when it is mapped: cheaper than a fault for each page.
const PROMPT_BYTES: usize = 16 << 10;
/// Linux's default `vm.mmap_min_addr`.
const FIXED_START: usize = 0x1_0000;
/// Between where the host's kernel puts programs with their breaks and where it puts all else.
const HIGH: PageRange = PageRange { start: 0x5700_0000_0000, len_bytes: 0x1800_0000_0000 };

/// Linux's default `vm.max_map_count`.
const DEFAULT_MAPPINGS: usize = 65_530;

const RESERVED: i32 = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;

static ARENA: [AtomicUsize; 2] = [const { AtomicUsize::new(0) }; 2];
static TOTAL_BYTES: AtomicUsize = AtomicUsize::new(0);
/// How many mappings the host's kernel lets a process have.
static HOSTS_MAPPINGS: AtomicUsize = AtomicUsize::new(0);
/// Whether the guest may have less than the host has.
static IS_LIMITED: AtomicBool = AtomicBool::new(false);

/// Reserves the arena: as much as the process may have, halving until it fits.
pub fn reserve(memory_bytes: Option<usize>) -> Result<()> {
    let total = sys::sysinfo().map_or(0, |info| info.totalram as usize * info.mem_unit as usize);
    TOTAL_BYTES.store(memory_bytes.unwrap_or(total), Ordering::Relaxed);
    IS_LIMITED.store(memory_bytes.is_some(), Ordering::Relaxed);
    let hosts = std::fs::read_to_string("/proc/sys/vm/max_map_count");
    let hosts = hosts.ok().and_then(|text| text.trim().parse().ok()).unwrap_or(DEFAULT_MAPPINGS);
    HOSTS_MAPPINGS.store(hosts, Ordering::Relaxed);
    let mut len = ARENA_BYTES;
    while len >= LEAST_ARENA_BYTES {
        let flags = RESERVED | libc::MAP_FIXED_NOREPLACE;
        // SAFETY: replaces nothing.
        let fixed = unsafe { sys::mmap(ARENA_START, len, libc::PROT_NONE, flags, -1, 0) };
        if fixed == Ok(ARENA_START) {
            ARENA[0].store(ARENA_START, Ordering::Relaxed);
            ARENA[1].store(len, Ordering::Relaxed);
            return Ok(());
        }
        len /= 2;
    }
    Err(BackendError::Exhausted)
}

/// Any access can read, as on x86-64 without protection keys, with which Linux would make code unreadable.
fn protection(access: Access) -> i32 {
    let mut prot = if access.is_empty() { libc::PROT_NONE } else { libc::PROT_READ };
    for (flag, bit) in [(Access::WRITE, libc::PROT_WRITE), (Access::EXECUTE, libc::PROT_EXEC)] {
        if access.contains(flag) {
            prot |= bit;
        }
    }
    prot
}

/// Moves pages, in halves where the host kernel sees more than one mapping.
///
/// # Safety
/// As for [`Memory::move_pages`].
unsafe fn remap(from: usize, len: usize, to: usize) -> Result<()> {
    // SAFETY: the caller's promise.
    if unsafe { sys::mremap(from, len, to) }.is_ok() {
        return Ok(());
    }
    if len <= PAGE_BYTES {
        return Err(BackendError::Exhausted);
    }
    let half = (len / 2).next_multiple_of(PAGE_BYTES);
    // SAFETY: the first part of the caller's ranges.
    unsafe { remap(from, half, to) }?;
    // SAFETY: the rest of them.
    unsafe { remap(from + half, len - half, to + half) }
}

impl Memory for HostBackend {
    fn layout(&self) -> MemoryLayout {
        let start = ARENA[0].load(Ordering::Relaxed);
        MemoryLayout {
            page_bytes: PAGE_BYTES,
            arena: PageRange { start, len_bytes: ARENA[1].load(Ordering::Relaxed) },
            fixed: PageRange { start: FIXED_START, len_bytes: start.saturating_sub(FIXED_START) },
            high: HIGH,
            image: image::read_only(),
            frames: image::frames(),
            total_bytes: TOTAL_BYTES.load(Ordering::Relaxed),
        }
    }

    fn most_mappings(&self) -> usize {
        most_mappings(TOTAL_BYTES.load(Ordering::Relaxed)).min(HOSTS_MAPPINGS.load(Ordering::Relaxed))
    }

    fn maps_on_demand_now(&self) -> bool {
        // The host's kernel brings the pages in, unless `mm` has to count them.
        !IS_LIMITED.load(Ordering::Relaxed)
    }

    fn touched(&self, start: usize, pages: &mut [u8]) {
        if !self.maps_on_demand_now() || sys::mincore(start, pages).is_err() {
            pages.fill(1);
        }
        for page in pages {
            *page &= 1;
        }
    }

    fn touch(&self, range: PageRange) {
        sys::bring_in(range.start, range.len_bytes);
    }

    fn claim(&self, range: PageRange) -> Result<()> {
        let flags = RESERVED | libc::MAP_FIXED_NOREPLACE;
        // SAFETY: replaces nothing.
        match unsafe { sys::mmap(range.start, range.len_bytes, libc::PROT_NONE, flags, -1, 0) } {
            Ok(start) if start == range.start => Ok(()),
            // A kernel without MAP_FIXED_NOREPLACE took it for a hint.
            Ok(elsewhere) => {
                // SAFETY: just mapped, not referenced.
                let _ = unsafe { sys::munmap(elsewhere, range.len_bytes) };
                Err(BackendError::AddressUnavailable)
            }
            Err(_) => Err(BackendError::AddressUnavailable),
        }
    }

    unsafe fn map(&self, range: PageRange, access: Access, backing: Backing) -> Result<()> {
        if backing == Backing::ZeroOnDemand && !self.maps_on_demand_now() {
            // SAFETY: the caller's promise.
            return unsafe { self.unmap(range) };
        }
        let (flags, fd, offset) = match backing {
            // What may be promised is for `mm` to say.
            Backing::Zero | Backing::ZeroOnDemand => (RESERVED, -1, 0),
            Backing::Object(object, offset) => (libc::MAP_SHARED, object.0 as i32, offset),
        };
        let is_prompt = fd < 0 && access.contains(Access::WRITE) && range.len_bytes <= PROMPT_BYTES;
        let flags = if is_prompt { flags | libc::MAP_POPULATE } else { flags };
        // SAFETY: the caller's promise.
        let mapped = unsafe {
            sys::mmap(range.start, range.len_bytes, protection(access), flags | libc::MAP_FIXED, fd, offset)
        };
        mapped.map(drop).map_err(|_| BackendError::Exhausted)
    }

    unsafe fn unmap(&self, range: PageRange) -> Result<()> {
        // Nothing else comes to lie there: it is far below where the host's kernel puts what has no address. Leaving it
        // empty is quicker than reserving it again, and so is filling it.
        // SAFETY: the caller's promise.
        unsafe { sys::munmap(range.start, range.len_bytes) }.map_err(|_| BackendError::Exhausted)
    }

    unsafe fn protect(&self, range: PageRange, access: Access) -> Result<()> {
        // SAFETY: the caller's promise.
        unsafe { sys::mprotect(range.start, range.len_bytes, protection(access)) }
            .map_err(|_| BackendError::Exhausted)
    }

    unsafe fn discard(&self, range: PageRange) -> Result<()> {
        // SAFETY: the caller's promise.
        unsafe { sys::madvise(range.start, range.len_bytes, libc::MADV_DONTNEED) }
            .map_err(|_| BackendError::AddressUnavailable)
    }

    unsafe fn move_pages(&self, from: PageRange, to: PageRange) -> Result<()> {
        // SAFETY: the caller's promise. What moved away leaves nothing behind.
        unsafe { remap(from.start, from.len_bytes, to.start) }
    }

    fn create_object(&self, len_bytes: usize) -> Result<ObjectId> {
        objects::create(len_bytes)
    }

    fn resize_object(&self, object: ObjectId, len_bytes: usize) -> Result<()> {
        objects::resize(object, len_bytes)
    }

    fn destroy_object(&self, object: ObjectId) {
        objects::destroy(object);
    }

    fn object_resident_bytes(&self, object: ObjectId) -> usize {
        objects::resident_bytes(object)
    }

    fn object_bytes(&self, object: ObjectId, offset: usize) -> Result<(NonNull<u8>, usize)> {
        objects::bytes(object, offset)
    }

    fn grow_heap(&self, len_bytes: usize) -> Result<NonNull<[u8]>> {
        let len = len_bytes.next_multiple_of(PAGE_BYTES);
        let start = sys::map_anywhere(len, 0).map_err(|_| BackendError::Exhausted)?;
        // The heap is filled from its start.
        sys::bring_in(start.as_ptr() as usize, len.min(PROMPT_BYTES));
        Ok(NonNull::slice_from_raw_parts(start, len))
    }

    fn free_bytes(&self) -> usize {
        sys::sysinfo()
            .map_or(0, |info| (info.freeram as usize + info.bufferram as usize) * info.mem_unit as usize)
    }
}
