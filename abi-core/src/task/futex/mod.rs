//! futex(2): queues of threads that wait for a word of guest memory. Waking and moving them is here, waiting for one of
//! several words in [`several`], words that are locks with an owner in [`owned`] and [`requeue_owned`].
//!
//! A waiter sleeps on a kernel-owned word ([`FutexWaiter`]); the guest's word is only a name and a value to compare. It is
//! read without the queue's lock, since reading guest memory may sleep: once before queueing and once after. A change
//! made before the waiter was queued is seen by the second reading, and a wake that follows a later change finds it
//! in the queue.

mod lend;
mod owned;
mod queue;
mod requeue_owned;
mod several;

use core::sync::atomic::Ordering;

use crate::abi::{Errno, Result};
use crate::backend::{Monotonic, WaitOutcome};
use crate::boundary::atomic::{compare_exchange_u32, load_u32};
use crate::boundary::user::UserPtr;
use crate::kernel::Context;

pub(in crate::task) use owned::Reason;
pub use owned::{Leaving, Patience};
pub use queue::{FutexWaiter, Futexes};
use queue::{Key, QUEUED, Role};
pub use several::Expected;

/// Matches every waiter (`FUTEX_BITSET_MATCH_ANY`).
pub const BITSET_ANY: u32 = !0;

/// Whether a signal or a cancellation ends a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitKind {
    /// `EINTR`.
    Interruptible,
    /// `EINTR` for a cancellation only.
    Cancellable,
    /// Goes on waiting.
    Uninterruptible,
}

/// What `FUTEX_WAKE_OP` does to its second word, decoded from its last argument.
struct WakeOp {
    operation: u32,
    comparison: u32,
    operand: u32,
    comparand: i32,
}

impl WakeOp {
    fn decode(encoded: u32) -> Self {
        let operand = ((encoded << 8) as i32 >> 20) as u32;
        let is_shift = encoded & (8 << 28) != 0;
        Self {
            operation: (encoded >> 28) & 7,
            comparison: (encoded >> 24) & 15,
            operand: if is_shift { 1 << (operand & 31) } else { operand },
            comparand: (encoded << 20) as i32 >> 20,
        }
    }

    fn apply(&self, old: u32) -> Result<u32> {
        Ok(match self.operation {
            0 => self.operand,
            1 => old.wrapping_add(self.operand),
            2 => old | self.operand,
            3 => old & !self.operand,
            4 => old ^ self.operand,
            _ => return Err(Errno::ENOSYS),
        })
    }

    fn holds(&self, old: u32) -> Result<bool> {
        let old = old as i32;
        Ok(match self.comparison {
            0 => old == self.comparand,
            1 => old != self.comparand,
            2 => old < self.comparand,
            3 => old <= self.comparand,
            4 => old > self.comparand,
            5 => old >= self.comparand,
            _ => return Err(Errno::ENOSYS),
        })
    }
}

impl Context<'_> {
    fn futex_key(self, word: UserPtr<u32>) -> Key {
        let address = word.address();
        let shared = self.kernel.mm.shared_at(address);
        shared.map_or(Key::Address(address), |(pages, offset)| Key::Shared(pages, offset))
    }

    /// Waits while `word` holds `expected`, until a matching [`Context::futex_wake`], `deadline` (`ETIMEDOUT`) or an
    /// interrupt (`EINTR`). `EAGAIN` when the word holds something else.
    pub fn futex_wait(
        self,
        word: UserPtr<u32>,
        expected: u32,
        deadline: Option<Monotonic>,
        bitset: u32,
        kind: WaitKind,
    ) -> Result<()> {
        if bitset == 0 {
            return Err(Errno::EINVAL);
        }
        if load_u32(word)? != expected {
            return Err(Errno::EAGAIN);
        }
        let (futexes, waiter) = (&self.kernel.tasks.futexes, &self.thread.futex);
        futexes.enqueue(self.futex_key(word), bitset, Role::Wake, waiter);
        let now = load_u32(word);
        if now != Ok(expected) {
            return if futexes.dequeue(waiter).is_some() { now.and(Err(Errno::EAGAIN)) } else { Ok(()) };
        }
        while waiter.word.load(Ordering::Acquire) == QUEUED {
            let outcome = match kind {
                WaitKind::Interruptible => self.sleep(&waiter.word, QUEUED, deadline),
                _ if self.thread.takes_signals_itself() => {
                    self.sleep_between_handlers(&waiter.word, QUEUED, deadline, kind == WaitKind::Cancellable)
                }
                WaitKind::Cancellable => self.sleep_through_signals(&waiter.word, QUEUED, deadline),
                WaitKind::Uninterruptible => self.sleep_through_all(&waiter.word, QUEUED, deadline),
            };
            let error = match outcome {
                WaitOutcome::Woken | WaitOutcome::ValueChanged => continue,
                WaitOutcome::TimedOut => Errno::ETIMEDOUT,
                WaitOutcome::Interrupted => Errno::EINTR,
            };
            return if futexes.dequeue(waiter).is_some() { Err(error) } else { Ok(()) };
        }
        Ok(())
    }

    /// Wakes up to `count` threads that wait for `word` with a common bit in `bitset`; returns how many. `EINVAL` where
    /// one wants to own the lock that the word is.
    pub fn futex_wake(self, word: UserPtr<u32>, count: usize, bitset: u32) -> Result<usize> {
        self.kernel.tasks.futexes.wake(self.kernel.backend, self.futex_key(word), count, bitset)
    }

    /// Wakes up to `wake` waiters of `word` and moves up to `requeue` of the others to `target`, if `word` holds
    /// `expected` (where given; else `EAGAIN`). Returns how many were (woken, moved).
    pub fn futex_requeue(
        self,
        word: UserPtr<u32>,
        wake: usize,
        requeue: usize,
        target: UserPtr<u32>,
        expected: Option<u32>,
    ) -> Result<(usize, usize)> {
        if expected.is_some_and(|expected| load_u32(word) != Ok(expected)) {
            return Err(load_u32(word).err().unwrap_or(Errno::EAGAIN));
        }
        let woken = self.futex_wake(word, wake, BITSET_ANY)?;
        let (from, to) = (self.futex_key(word), self.futex_key(target));
        Ok((woken, self.kernel.tasks.futexes.requeue(from, to, requeue)?))
    }

    /// Changes `target` as `encoded` says, wakes up to `wake` waiters of `word` and, if what `target` held compares
    /// as `encoded` says, up to `wake_target` of its. Returns how many in all.
    pub fn futex_wake_op(
        self,
        word: UserPtr<u32>,
        wake: usize,
        wake_target: usize,
        target: UserPtr<u32>,
        encoded: u32,
    ) -> Result<usize> {
        let op = WakeOp::decode(encoded);
        let mut old = load_u32(target)?;
        loop {
            let seen = compare_exchange_u32(target, old, op.apply(old)?)?;
            if seen == old {
                break;
            }
            old = seen;
        }
        let mut woken = self.futex_wake(word, wake, BITSET_ANY)?;
        if op.holds(old)? {
            woken += self.futex_wake(target, wake_target, BITSET_ANY)?;
        }
        Ok(woken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wake_op_adds_and_compares_signed() {
        // FUTEX_OP(FUTEX_OP_ADD, -1, FUTEX_OP_CMP_GT, 1)
        let op = WakeOp::decode((1 << 28) | (4 << 24) | (0xfff << 12) | 1);
        assert_eq!(op.apply(5), Ok(4));
        assert_eq!(op.holds(2), Ok(true));
        assert_eq!(op.holds(1), Ok(false));
        assert_eq!(op.holds(-3i32 as u32), Ok(false));
    }

    #[test]
    fn wake_op_shifts_its_operand() {
        // FUTEX_OP(FUTEX_OP_OR | FUTEX_OP_OPARG_SHIFT, 3, FUTEX_OP_CMP_EQ, 0)
        let op = WakeOp::decode((2 << 28) | (8 << 28) | (3 << 12));
        assert_eq!(op.apply(1), Ok(9));
    }
}
