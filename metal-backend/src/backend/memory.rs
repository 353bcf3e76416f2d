//! Pages of address space.

use core::ptr::NonNull;

use abi_core::backend::{Access, BackendError, Backing, Memory, MemoryLayout, ObjectId, PageRange, Result};

use super::MetalBackend;
use crate::paging::{
    ARENA_BYTES, ARENA_START, HIGHEST, LOWEST, PAGE_BYTES, frames, kernel_map, objects, space, vmap,
};

impl Memory for MetalBackend {
    fn layout(&self) -> MemoryLayout {
        let [(image_start, _), (_, image_end), _] = kernel_map::sections();
        let arena = PageRange { start: ARENA_START, len_bytes: ARENA_BYTES };
        MemoryLayout {
            page_bytes: PAGE_BYTES,
            arena,
            fixed: PageRange { start: LOWEST, len_bytes: ARENA_START - LOWEST },
            high: PageRange { start: arena.end(), len_bytes: HIGHEST - arena.end() },
            image: PageRange { start: image_start, len_bytes: image_end - image_start },
            frames: (kernel_map::frame_header(), image_end),
            total_bytes: frames::counts().1 * PAGE_BYTES,
        }
    }

    fn claim(&self, range: PageRange) -> Result<()> {
        // The lower half is the guest's alone.
        let is_guests = range.start >= LOWEST && range.end() <= HIGHEST;
        if is_guests { Ok(()) } else { Err(BackendError::AddressUnavailable) }
    }

    unsafe fn map(&self, range: PageRange, access: Access, backing: Backing) -> Result<()> {
        match backing {
            Backing::Zero => space::map_zero(range, access),
            Backing::ZeroOnDemand => space::discard(range),
            Backing::Object(object, offset) => space::map_object(range, access, object, offset),
        }
    }

    unsafe fn unmap(&self, range: PageRange) -> Result<()> {
        space::unmap(range)
    }

    unsafe fn protect(&self, range: PageRange, access: Access) -> Result<()> {
        space::protect(range, access)
    }

    unsafe fn discard(&self, range: PageRange) -> Result<()> {
        space::discard(range)
    }

    unsafe fn move_pages(&self, from: PageRange, to: PageRange) -> Result<()> {
        space::move_pages(from, to)
    }

    fn create_object(&self, len_bytes: usize) -> Result<ObjectId> {
        Ok(objects::create(len_bytes))
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
        let (start, len) = vmap::heap(len_bytes).ok_or(BackendError::Exhausted)?;
        let first = NonNull::new(start as *mut u8).ok_or(BackendError::Exhausted)?;
        Ok(NonNull::slice_from_raw_parts(first, len))
    }

    fn free_bytes(&self) -> usize {
        frames::counts().0 * PAGE_BYTES
    }
}
