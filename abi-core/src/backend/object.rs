//! Copying between kernel memory and page objects.
#![expect(unsafe_code, reason = "reads and writes an object's bytes through a pointer")]

use super::{Backend, ObjectId, Result};

/// Copies an object's bytes from `offset` to `buf`; the range lies inside the object.
pub fn read_object(backend: &dyn Backend, object: ObjectId, offset: usize, buf: &mut [u8]) -> Result<()> {
    let mut done = 0;
    while done < buf.len() {
        let (at, usable) = backend.object_bytes(object, offset + done)?;
        let n = usable.min(buf.len() - done);
        // SAFETY: the backend lets `n` bytes at `at` be used; programs may change them meanwhile, which makes the
        // bytes arbitrary and nothing else.
        unsafe { core::ptr::copy_nonoverlapping(at.as_ptr(), buf[done..].as_mut_ptr(), n) };
        done += n;
    }
    Ok(())
}

/// Copies `bytes` into an object at `offset`; the range lies inside the object.
pub fn write_object(backend: &dyn Backend, object: ObjectId, offset: usize, bytes: &[u8]) -> Result<()> {
    let mut done = 0;
    while done < bytes.len() {
        let (at, usable) = backend.object_bytes(object, offset + done)?;
        let n = usable.min(bytes.len() - done);
        // SAFETY: as in `read_object`.
        unsafe { core::ptr::copy_nonoverlapping(bytes[done..].as_ptr(), at.as_ptr(), n) };
        done += n;
    }
    Ok(())
}
