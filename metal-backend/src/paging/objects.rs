//! Objects: pages that can be mapped more than once. A page comes into being when it is first asked for.
//!
//! Every frame of an object has a count: one for the object and one for each mapping. The counts lie in a table at
//! [`REFERENCES_BASE`] that is itself made page by page.

use core::ptr::NonNull;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use alloc::collections::BTreeMap;

use abi_core::backend::{BackendError, ObjectId, Result};
use abi_core::sync::Mutex;

use super::kernel_map::{DirectTables, root};
use super::table::{ACCESSED_DIRTY, HELD, Met, NO_EXECUTE, OutOfMemory, PRESENT, Tables, WRITABLE, walk};
use super::{PAGE_BYTES, REFERENCES_BASE, direct, frames, space};

/// One object.
#[derive(Debug, Default)]
struct Object {
    pages: usize,
    frames: BTreeMap<usize, u64>,
}

static OBJECTS: Mutex<BTreeMap<u64, Object>> = Mutex::new(BTreeMap::new());
static NEXT_ID: AtomicU64 = AtomicU64::new(1);

fn references(frame: u64) -> &'static AtomicU32 {
    let at = REFERENCES_BASE + (frame as usize / PAGE_BYTES) * size_of::<AtomicU32>();
    // SAFETY: the table has the counts of every frame that ever belonged to an object, and is never taken away.
    unsafe { &*(at as *const AtomicU32) }
}

fn make_reference(frame: u64) -> Result<()> {
    let at = (REFERENCES_BASE + (frame as usize / PAGE_BYTES) * size_of::<AtomicU32>()) & !(PAGE_BYTES - 1);
    let _lock = space::lock();
    walk(&DirectTables, root(), at, at + PAGE_BYTES, Tables::Make, &mut |met| {
        if let Met::Page(_, entry) = met
            && *entry == 0
        {
            let table = frames::allocate_zeroed().ok_or(OutOfMemory)?;
            *entry = table | PRESENT | WRITABLE | NO_EXECUTE | ACCESSED_DIRTY | HELD;
        }
        Ok(())
    })?;
    Ok(())
}

/// Drops one reference; tells whether it was the last.
pub fn drop_reference(frame: u64) -> bool {
    references(frame).fetch_sub(1, Ordering::AcqRel) == 1
}

/// Drops one reference and gives the frame back if it was the last.
pub fn put(frame: u64) {
    if drop_reference(frame) {
        frames::free(frame);
    }
}

impl Object {
    fn frame(&mut self, page: usize) -> Result<u64> {
        if page >= self.pages {
            return Err(BackendError::AddressUnavailable);
        }
        if let Some(&frame) = self.frames.get(&page) {
            return Ok(frame);
        }
        let frame = frames::allocate_for_program().ok_or(BackendError::Exhausted)?;
        frames::zero(frame);
        if let Err(error) = make_reference(frame) {
            frames::free(frame);
            return Err(error);
        }
        references(frame).store(1, Ordering::Relaxed);
        self.frames.insert(page, frame);
        Ok(frame)
    }
}

/// Makes an object.
pub fn create(len_bytes: usize) -> ObjectId {
    let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
    OBJECTS.lock().insert(id, Object { pages: len_bytes.div_ceil(PAGE_BYTES), frames: BTreeMap::new() });
    ObjectId(id)
}

/// Changes an object's length.
pub fn resize(object: ObjectId, len_bytes: usize) -> Result<()> {
    let mut objects = OBJECTS.lock();
    let object = objects.get_mut(&object.0).ok_or(BackendError::AddressUnavailable)?;
    object.pages = len_bytes.div_ceil(PAGE_BYTES);
    let gone = object.frames.split_off(&object.pages);
    drop(objects);
    gone.into_values().for_each(put);
    Ok(())
}

/// Gives an object up.
pub fn destroy(object: ObjectId) {
    let gone = OBJECTS.lock().remove(&object.0);
    gone.into_iter().flat_map(|object| object.frames.into_values()).for_each(put);
}

/// Returns how many bytes of an object have frames.
pub fn resident_bytes(object: ObjectId) -> usize {
    OBJECTS.lock().get(&object.0).map_or(0, |object| object.frames.len() * PAGE_BYTES)
}

/// Returns the kernel's view of an object's bytes.
pub fn bytes(object: ObjectId, offset: usize) -> Result<(NonNull<u8>, usize)> {
    let mut objects = OBJECTS.lock();
    let object = objects.get_mut(&object.0).ok_or(BackendError::AddressUnavailable)?;
    let frame = object.frame(offset / PAGE_BYTES)?;
    let within = offset % PAGE_BYTES;
    let pointer =
        NonNull::new((direct(frame) + within) as *mut u8).ok_or(BackendError::AddressUnavailable)?;
    Ok((pointer, PAGE_BYTES - within))
}

/// Returns the frames of consecutive pages, with a reference to each.
pub fn frames(object: ObjectId, offset: usize, out: &mut [u64]) -> Result<()> {
    let mut objects = OBJECTS.lock();
    let object = objects.get_mut(&object.0).ok_or(BackendError::AddressUnavailable)?;
    for (i, slot) in out.iter_mut().enumerate() {
        match object.frame(offset / PAGE_BYTES + i) {
            Ok(frame) => {
                references(frame).fetch_add(1, Ordering::Relaxed);
                *slot = frame;
            }
            Err(error) => {
                out[..i].iter().for_each(|&frame| put(frame));
                return Err(error);
            }
        }
    }
    Ok(())
}
