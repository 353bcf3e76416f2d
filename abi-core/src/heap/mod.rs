//! The kernel's own heap: a TLSF allocator (constant time) over memory the backend gives.
//!
//! It is the `#[global_allocator]` of every binary that contains abi-core, since the host's allocator keeps
//! thread-locals and FS is the guest's.
#![expect(unsafe_code, reason = "implements GlobalAlloc")]

use core::alloc::{GlobalAlloc, Layout};
use core::ptr::{NonNull, null_mut};
use core::sync::atomic::{AtomicUsize, Ordering};

use rlsf::Tlsf;

use crate::backend::backend;
use crate::sync::Mutex;

/// How much the heap grows by, at least.
const GROW_BYTES: usize = 256 * 1024;

type Pool = Tlsf<'static, u32, u32, 28, 16>;

/// The kernel's heap. Make one static of it with `#[global_allocator]`.
pub struct KernelHeap {
    pool: Mutex<Pool>,
}

static USED_BYTES: AtomicUsize = AtomicUsize::new(0);

/// Returns how many bytes the kernel's heap has handed out.
pub fn used_bytes() -> usize {
    USED_BYTES.load(Ordering::Relaxed)
}

impl KernelHeap {
    /// Makes an empty heap.
    pub const fn new() -> Self {
        Self { pool: Mutex::new(Pool::new()) }
    }
}

impl Default for KernelHeap {
    fn default() -> Self {
        Self::new()
    }
}

// SAFETY: TLSF hands out distinct blocks of the layout asked for, under a lock.
unsafe impl GlobalAlloc for KernelHeap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let mut pool = self.pool.lock();
        let block = pool.allocate(layout).or_else(|| {
            // The allocator looks in the size class above, at most a sixteenth larger.
            let needed = layout.size() + layout.size() / 8 + layout.align() + 4096;
            let len = needed.max(GROW_BYTES);
            let fresh = backend().grow_heap(len).ok()?;
            // SAFETY: the backend gives fresh memory for good.
            unsafe { pool.insert_free_block_ptr(fresh) };
            pool.allocate(layout)
        });
        match block {
            Some(block) => {
                USED_BYTES.fetch_add(layout.size(), Ordering::Relaxed);
                block.as_ptr()
            }
            None => null_mut(),
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        USED_BYTES.fetch_sub(layout.size(), Ordering::Relaxed);
        let Some(block) = NonNull::new(block) else { return };
        // SAFETY: the caller gives back a block of `alloc` with its layout.
        unsafe { self.pool.lock().deallocate(block, layout.align()) };
    }
}
