//! Locks of the kernel over [`crate::backend::Parking`].
//!
//! [`Mutex`] sleeps when contended and is never held across a copy from or to guest memory.
#![expect(unsafe_code, reason = "lock_api's raw lock traits are unsafe to implement")]

use core::sync::atomic::{AtomicU32, Ordering};

use crate::backend::backend;

/// A sleeping lock: 0 free, 1 held, 2 held with sleepers.
pub struct RawMutex(AtomicU32);

// SAFETY: `lock` and `try_lock` return with the word taken from 0 by this caller alone; `unlock` gives it back.
unsafe impl lock_api::RawMutex for RawMutex {
    const INIT: Self = Self(AtomicU32::new(0));
    type GuardMarker = lock_api::GuardSend;

    #[inline]
    fn lock(&self) {
        if self.0.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_err() {
            self.lock_contended();
        }
    }

    #[inline]
    fn try_lock(&self) -> bool {
        self.0.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    #[inline]
    unsafe fn unlock(&self) {
        if self.0.swap(0, Ordering::Release) == 2 {
            backend().wake(&self.0, 1);
        }
    }
}

impl RawMutex {
    #[cold]
    fn lock_contended(&self) {
        for _ in 0..100 {
            if self.0.load(Ordering::Relaxed) == 0
                && self.0.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_ok()
            {
                return;
            }
            core::hint::spin_loop();
        }
        while self.0.swap(2, Ordering::Acquire) != 0 {
            // Any outcome means: look again.
            let _ = backend().wait_uninterruptible(&self.0, 2, None);
        }
    }
}

/// A mutual exclusion lock that sleeps when contended.
pub type Mutex<T> = lock_api::Mutex<RawMutex, T>;
/// Holds a [`Mutex`].
pub type MutexGuard<'a, T> = lock_api::MutexGuard<'a, RawMutex, T>;
