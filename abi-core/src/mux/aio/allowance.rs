//! How many requests the contexts of all programs may have.

use core::sync::atomic::{AtomicU64, Ordering};

use crate::abi::{Errno, Result};
use crate::kernel::try_kernel;

/// How many there may be at first.
const MAX_REQUESTS: u64 = 65536;

/// How many requests there may be: those that contexts were made for count, whether there are any or not.
pub struct Allowance {
    /// How many there may be (`/proc/sys/fs/aio-max-nr`).
    pub most: AtomicU64,
    /// For how many there are contexts (`/proc/sys/fs/aio-nr`).
    pub count: AtomicU64,
}

/// What a context has of them.
pub(super) struct Share(u64);

impl Allowance {
    /// Makes the allowance of a machine without contexts.
    pub const fn new() -> Self {
        Self { most: AtomicU64::new(MAX_REQUESTS), count: AtomicU64::new(0) }
    }

    /// Sets some aside for a context; `EAGAIN` if there are not so many.
    pub(super) fn take(&self, count: u32) -> Result<Share> {
        let (count, most) = (u64::from(count), self.most.load(Ordering::Relaxed));
        let more = |taken: u64| taken.checked_add(count).filter(|taken| *taken <= most);
        let taken = self.count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        taken.map(|_| Share(count)).map_err(|_| Errno::EAGAIN)
    }
}

impl Default for Allowance {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if let Some(kernel) = try_kernel() {
            kernel.fs.requests.count.fetch_sub(self.0, Ordering::Relaxed);
        }
    }
}
