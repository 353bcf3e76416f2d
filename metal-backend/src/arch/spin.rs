//! A spin lock that is held with interrupts disabled: for the scheduler and what lies below it.

use core::cell::UnsafeCell;
use core::ops::{Deref, DerefMut};
use core::sync::atomic::{AtomicBool, Ordering};

use super::cpu;

/// A lock held with interrupts disabled. Nothing that holds one may block or fault.
pub struct SpinLock<T> {
    locked: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: only the holder of the lock reaches the value.
unsafe impl<T: Send> Sync for SpinLock<T> {}
// SAFETY: the lock owns its value.
unsafe impl<T: Send> Send for SpinLock<T> {}

/// Holds a [`SpinLock`].
pub struct SpinGuard<'a, T> {
    lock: &'a SpinLock<T>,
    irqs_were_on: bool,
}

impl<T> SpinLock<T> {
    /// Makes a free lock.
    pub const fn new(value: T) -> Self {
        Self { locked: AtomicBool::new(false), value: UnsafeCell::new(value) }
    }

    /// Takes the lock.
    #[inline]
    pub fn lock(&self) -> SpinGuard<'_, T> {
        let irqs_were_on = cpu::irq_save();
        self.acquire();
        SpinGuard { lock: self, irqs_were_on }
    }

    /// Takes the lock without touching the interrupt flag, to be undone by [`SpinLock::release`].
    #[inline]
    pub fn acquire(&self) {
        while self.locked.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
            while self.locked.load(Ordering::Relaxed) {
                core::hint::spin_loop();
            }
        }
    }

    /// Takes the lock if it is free, as [`SpinLock::acquire`].
    #[inline]
    pub fn try_acquire(&self) -> bool {
        self.locked.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// Gives back what [`SpinLock::acquire`] took.
    #[inline]
    pub fn release(&self) {
        self.locked.store(false, Ordering::Release);
    }

    /// Returns the value.
    ///
    /// # Safety
    /// The caller holds the lock by [`SpinLock::acquire`].
    #[inline]
    #[expect(clippy::mut_from_ref, reason = "the lock makes the reference exclusive")]
    pub unsafe fn get(&self) -> &mut T {
        // SAFETY: the caller holds the lock.
        unsafe { &mut *self.value.get() }
    }
}

impl<T> Deref for SpinGuard<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: the guard holds the lock.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> DerefMut for SpinGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the guard holds the lock.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T> Drop for SpinGuard<'_, T> {
    fn drop(&mut self) {
        self.lock.release();
        cpu::irq_restore(self.irqs_were_on);
    }
}
