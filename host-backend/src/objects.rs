//! Objects of pages: one memfd each, and the kernel's own windows on them.
#![expect(unsafe_code, reason = "maps and unmaps the windows")]

use std::collections::BTreeMap;
use std::ptr::NonNull;

use abi_core::backend::{BackendError, ObjectId, Result};
use abi_core::sync::Mutex;

use crate::sys;

const PAGE_BYTES: usize = 4096;
/// A window shows this much of an object; windows stay where they are until the object goes.
const WINDOW_BYTES: usize = 2 << 20;

struct Object {
    len_bytes: usize,
    /// Window number → address.
    windows: BTreeMap<usize, usize>,
}

static OBJECTS: Mutex<BTreeMap<u64, Object>> = Mutex::new(BTreeMap::new());

/// Creates an object.
pub fn create(len_bytes: usize) -> Result<ObjectId> {
    let fd = sys::memfd_create(c"osvrun").map_err(|_| BackendError::Exhausted)?;
    if sys::ftruncate(fd, len_bytes as u64).is_err() {
        sys::close(fd);
        return Err(BackendError::Exhausted);
    }
    OBJECTS.lock().insert(fd as u64, Object { len_bytes, windows: BTreeMap::new() });
    Ok(ObjectId(fd as u64))
}

/// Changes an object's length.
pub fn resize(object: ObjectId, len_bytes: usize) -> Result<()> {
    let mut objects = OBJECTS.lock();
    let entry = objects.get_mut(&object.0).ok_or(BackendError::Unsupported)?;
    sys::ftruncate(object.0 as i32, len_bytes as u64).map_err(|_| BackendError::Exhausted)?;
    entry.len_bytes = len_bytes;
    Ok(())
}

/// Gives an object back.
pub fn destroy(object: ObjectId) {
    let Some(entry) = OBJECTS.lock().remove(&object.0) else { return };
    for start in entry.windows.into_values() {
        // SAFETY: a window of an object that nothing uses any more.
        let _ = unsafe { sys::munmap(start, WINDOW_BYTES) };
    }
    sys::close(object.0 as i32);
}

/// Returns how many bytes of an object have memory.
pub fn resident_bytes(object: ObjectId) -> usize {
    // A memfd's blocks are of 512 bytes, as all of stat(2) are.
    sys::file_blocks(object.0 as i32) * 512
}

/// Returns the kernel's view of an object at `offset`.
pub fn bytes(object: ObjectId, offset: usize) -> Result<(NonNull<u8>, usize)> {
    let mut objects = OBJECTS.lock();
    let entry = objects.get_mut(&object.0).ok_or(BackendError::Unsupported)?;
    let end = entry.len_bytes.next_multiple_of(PAGE_BYTES);
    if offset >= end {
        return Err(BackendError::AddressUnavailable);
    }
    let (window, within) = (offset / WINDOW_BYTES, offset % WINDOW_BYTES);
    let start = if let Some(&start) = entry.windows.get(&window) {
        start
    } else {
        let prot = libc::PROT_READ | libc::PROT_WRITE;
        let at = window * WINDOW_BYTES;
        // SAFETY: no fixed address.
        let start = unsafe { sys::mmap(0, WINDOW_BYTES, prot, libc::MAP_SHARED, object.0 as i32, at) }
            .map_err(|_| BackendError::Exhausted)?;
        entry.windows.insert(window, start);
        start
    };
    let len = (WINDOW_BYTES - within).min(end - offset);
    Ok((NonNull::new((start + within) as *mut u8).ok_or(BackendError::Exhausted)?, len))
}
