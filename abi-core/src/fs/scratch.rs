//! Kernel buffers that bytes pass through on their way between guest memory and a file.
//!
//! Small transfers use the kernel stack; large ones borrow one of a few buffers that are kept, so that reading and
//! writing do not allocate.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Deref;

use crate::kernel::try_kernel;
use crate::sync::Mutex;

/// Size of a large buffer.
pub const PIECE_BYTES: usize = 64 * 1024;
/// How many large buffers are kept.
const KEPT: usize = 24;

/// The large buffers that nobody uses now.
pub struct ScratchPool(Mutex<Vec<Box<[u8]>>>);

impl ScratchPool {
    /// Makes an empty pool.
    pub const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Runs `f` with a buffer of `len_bytes`, or of [`PIECE_BYTES`] if that is less. Its contents are arbitrary.
    pub fn with<R>(&self, len_bytes: usize, f: impl FnOnce(&mut [u8]) -> R) -> R {
        match len_bytes {
            0..=256 => f(&mut [0; 256][..len_bytes]),
            257..=4096 => f(&mut [0; 4096][..len_bytes]),
            _ => {
                let mut buffer = self.take();
                let result = f(&mut buffer[..len_bytes.min(PIECE_BYTES)]);
                self.give(buffer);
                result
            }
        }
    }

    fn take(&self) -> Box<[u8]> {
        let kept = self.0.lock().pop();
        kept.unwrap_or_else(|| vec![0; PIECE_BYTES].into_boxed_slice())
    }

    fn give(&self, buffer: Box<[u8]>) {
        let mut pool = self.0.lock();
        if pool.len() < KEPT {
            pool.push(buffer);
        }
    }
}

/// A large buffer that outlives a call, of [`PIECE_BYTES`]. The pool has it again when it is dropped.
pub struct Buffer(Box<[u8]>);

impl Buffer {
    /// Takes a buffer, whose contents are arbitrary.
    pub fn new() -> Self {
        Self(try_kernel().map_or_else(|| vec![0; PIECE_BYTES].into(), |kernel| kernel.fs.scratch.take()))
    }

    /// Gives access to fill it.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl Default for Buffer {
    fn default() -> Self {
        Self::new()
    }
}

impl Deref for Buffer {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Some(kernel) = try_kernel() {
            kernel.fs.scratch.give(core::mem::take(&mut self.0));
        }
    }
}

impl Default for ScratchPool {
    fn default() -> Self {
        Self::new()
    }
}
