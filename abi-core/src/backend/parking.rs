//! Sleeping and waking on a word.

use core::sync::atomic::AtomicU32;

use super::Monotonic;

/// How a wait ended.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitOutcome {
    /// A wake reached this thread (or, rarely, none did: check the condition again).
    Woken,
    /// The word did not hold the expected value.
    ValueChanged,
    /// The deadline passed.
    TimedOut,
    /// [`super::Threads::interrupt`] was called for this thread.
    Interrupted,
}

/// Sleeping and waking on a 32-bit word: the one blocking primitive. Mutexes, futexes, poll and sleeps sit on it.
pub trait Parking: Sync {
    /// Sleeps while `word` holds `expected`, until woken, interrupted or `deadline`. Kernel-owned words only.
    /// The check of the word and going to sleep are one step as seen by `wake`.
    fn wait(&self, word: &AtomicU32, expected: u32, deadline: Option<Monotonic>) -> WaitOutcome;

    /// As [`Parking::wait`], but interrupts stay pending for the next interruptible wait.
    fn wait_uninterruptible(
        &self,
        word: &AtomicU32,
        expected: u32,
        deadline: Option<Monotonic>,
    ) -> WaitOutcome;

    /// Wakes up to `count` threads that sleep on `word`; returns how many.
    fn wake(&self, word: &AtomicU32, count: usize) -> usize;
}
