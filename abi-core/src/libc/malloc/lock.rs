//! A lock of library code: uncontended it never enters the kernel.

use core::sync::atomic::{AtomicU32, Ordering};

const FREE: u32 = 0;
const HELD: u32 = 1;
const CONTENDED: u32 = 2;
/// Looks at the word this often before sleeping.
const SPINS: u32 = 100;

/// A lock for data in guest memory. All zero is unlocked.
#[repr(transparent)]
pub(super) struct Lock(AtomicU32);

/// Holds a [`Lock`].
pub(super) struct LockGuard<'a>(&'a Lock);

impl Lock {
    /// Makes an unlocked lock.
    pub(super) const fn new() -> Self {
        Self(AtomicU32::new(FREE))
    }

    /// Takes the lock.
    #[inline]
    pub(super) fn lock(&self) -> LockGuard<'_> {
        if self.0.compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed).is_err() {
            self.lock_contended();
        }
        LockGuard(self)
    }

    #[cold]
    fn lock_contended(&self) {
        for _ in 0..SPINS {
            core::hint::spin_loop();
            if self.0.load(Ordering::Relaxed) == FREE
                && self.0.compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed).is_ok()
            {
                return;
            }
        }
        while self.0.swap(CONTENDED, Ordering::Acquire) != FREE {
            super::os::wait(&self.0, CONTENDED);
        }
    }
}

impl Drop for LockGuard<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.0.0.swap(FREE, Ordering::Release) == CONTENDED {
            super::os::wake_one(&self.0.0);
        }
    }
}
