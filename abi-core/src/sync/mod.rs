//! Locks of the kernel over [`crate::backend::Parking`].
//!
//! [`Mutex`] sleeps when contended and is never held across a copy from or to guest memory. Who comes first takes it, which
//! is quickest, but nobody waits for it for ever: to one who has waited for long it is handed over.
#![expect(unsafe_code, reason = "lock_api's raw lock traits are unsafe to implement")]

use core::sync::atomic::{AtomicU32, Ordering};

use crate::backend::{Monotonic, backend};

/// Nobody holds the lock.
const FREE: u32 = 0;
/// Somebody does.
const HELD: u32 = 1;
/// Somebody does, and others may sleep until it is given back.
const AWAITED: u32 = 2;
/// It was given back, to one of those that have slept.
const HANDED: u32 = 3;

/// Who has waited for longer is not passed by any more.
const PATIENCE_NANOS: u64 = 1_000_000;

/// A sleeping lock.
pub struct RawMutex {
    state: AtomicU32,
    /// Those that have waited for long.
    starving: AtomicU32,
}

// SAFETY: `lock` and `try_lock` return with the state taken from free, or from handed over, by this caller alone; `unlock`
// gives it back.
unsafe impl lock_api::RawMutex for RawMutex {
    const INIT: Self = Self { state: AtomicU32::new(FREE), starving: AtomicU32::new(0) };
    type GuardMarker = lock_api::GuardSend;

    #[inline]
    fn lock(&self) {
        if !self.change(FREE, HELD) {
            self.lock_contended();
        }
    }

    #[inline]
    fn try_lock(&self) -> bool {
        self.change(FREE, HELD)
    }

    #[inline]
    unsafe fn unlock(&self) {
        if self.state.compare_exchange(HELD, FREE, Ordering::Release, Ordering::Relaxed).is_err() {
            self.unlock_awaited();
        }
    }
}

impl RawMutex {
    #[inline]
    fn change(&self, from: u32, to: u32) -> bool {
        self.state.compare_exchange(from, to, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    #[cold]
    #[inline(never)]
    fn unlock_awaited(&self) {
        let next = if self.starving.load(Ordering::Relaxed) == 0 { FREE } else { HANDED };
        self.state.store(next, Ordering::Release);
        backend().wake(&self.state, 1);
    }

    #[cold]
    #[inline(never)]
    fn lock_contended(&self) {
        for _ in 0..100 {
            if self.state.load(Ordering::Relaxed) == FREE && self.change(FREE, HELD) {
                return;
            }
            core::hint::spin_loop();
        }
        let (mut since, mut is_starving) = (None::<Monotonic>, false);
        loop {
            let state = self.state.load(Ordering::Relaxed);
            let may_take = state == FREE || state == HANDED && since.is_some();
            if may_take || state == HELD {
                let is_changed = self.change(state, AWAITED);
                if is_changed && may_take {
                    break;
                }
                if !is_changed {
                    continue;
                }
            }
            let sleeping_at = if state == HANDED { HANDED } else { AWAITED };
            // Any outcome means: look again.
            let _ = backend().wait_uninterruptible(&self.state, sleeping_at, None);
            let now = backend().monotonic();
            let start = *since.get_or_insert(now);
            if !is_starving && now.0 - start.0 > PATIENCE_NANOS {
                is_starving = true;
                self.starving.fetch_add(1, Ordering::Relaxed);
            }
        }
        if is_starving {
            self.starving.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// A mutual exclusion lock that sleeps when contended.
pub type Mutex<T> = lock_api::Mutex<RawMutex, T>;
/// Holds a [`Mutex`].
pub type MutexGuard<'a, T> = lock_api::MutexGuard<'a, RawMutex, T>;

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use lock_api::RawMutex as _;

    use super::*;

    #[test]
    fn one_thread_at_a_time_holds_it() {
        let sum = Arc::new(Mutex::new(0));
        let threads = [0; 4].map(|_| {
            let sum = sum.clone();
            thread::spawn(move || (0..20_000).for_each(|_| *sum.lock() += 1))
        });
        for thread in threads {
            thread.join().expect("no thread panics");
        }
        assert_eq!(*sum.lock(), 80_000);
    }

    #[test]
    fn it_is_handed_to_who_has_waited_for_long() {
        static LOCK: RawMutex = RawMutex::INIT;
        for _ in 0..100 {
            LOCK.lock();
            let waiter = thread::spawn(|| LOCK.lock());
            while LOCK.state.load(Ordering::Relaxed) != AWAITED {
                thread::yield_now();
            }
            LOCK.starving.store(1, Ordering::Relaxed);
            // SAFETY: it is held here.
            unsafe { LOCK.unlock() };
            assert!(!LOCK.try_lock(), "the one who waits was passed by");
            waiter.join().expect("the thread does not panic");
            LOCK.starving.store(0, Ordering::Relaxed);
            assert_eq!(LOCK.state.load(Ordering::Relaxed), AWAITED);
            // SAFETY: the thread left it held.
            unsafe { LOCK.unlock() };
        }
    }
}
