//! futex(2): queues of threads that wait for a word of guest memory.
//!
//! A waiter sleeps on a kernel-owned word ([`FutexWaiter`]); the guest's word is only a name and a value to compare. It is
//! read without the queue's lock, since reading guest memory may sleep: once before queueing and once after. A change
//! made before the waiter was queued is seen by the second reading, and a wake that follows a later change finds it
//! in the queue.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use crate::abi::{Errno, Result};
use crate::backend::{Backend, Monotonic, ObjectId, WaitOutcome};
use crate::boundary::atomic::{compare_exchange_u32, load_u32};
use crate::boundary::user::UserPtr;
use crate::kernel::Context;
use crate::sync::{Mutex, MutexGuard};

/// Matches every waiter (`FUTEX_BITSET_MATCH_ANY`).
pub const BITSET_ANY: u32 = !0;

/// Number of queues; a power of two.
const BUCKETS: usize = 256;

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

/// What names a futex.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    /// A word by its address: there is one address space.
    Address(usize),
    /// A word of a shared mapping, which may be mapped elsewhere too: the object and the offset in it.
    Shared(ObjectId, u64),
}

impl Key {
    fn bucket(self) -> usize {
        let address = match self {
            Self::Address(address) => address,
            Self::Shared(object, offset) => (object.0 << 32 ^ offset) as usize,
        };
        ((address >> 2).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) % BUCKETS
    }
}

const QUEUED: u32 = 1;
const WOKEN: u32 = 0;

/// A thread's place in a queue: [`QUEUED`] while it waits, [`WOKEN`] once somebody took it out.
pub struct FutexWaiter {
    word: AtomicU32,
    /// The queue it is in. Changed with both queues locked.
    bucket: AtomicUsize,
}

impl FutexWaiter {
    /// Makes a place that is in no queue.
    pub const fn new() -> Self {
        Self { word: AtomicU32::new(WOKEN), bucket: AtomicUsize::new(0) }
    }
}

impl Default for FutexWaiter {
    fn default() -> Self {
        Self::new()
    }
}

struct Queued {
    key: Key,
    bitset: u32,
    waiter: Arc<FutexWaiter>,
}

type Queue = VecDeque<Queued>;

/// All queues. Order of locks: by index.
pub struct Futexes {
    buckets: [Mutex<Queue>; BUCKETS],
}

impl Futexes {
    /// Makes empty queues.
    pub const fn new() -> Self {
        Self { buckets: [const { Mutex::new(VecDeque::new()) }; BUCKETS] }
    }

    fn queue(&self, index: usize) -> MutexGuard<'_, Queue> {
        self.buckets[index % BUCKETS].lock()
    }

    /// Queues `waiter` under `key`.
    fn enqueue(&self, key: Key, bitset: u32, waiter: &Arc<FutexWaiter>) {
        let mut queue = self.queue(key.bucket());
        waiter.bucket.store(key.bucket(), Ordering::Relaxed);
        waiter.word.store(QUEUED, Ordering::Relaxed);
        queue.push_back(Queued { key, bitset, waiter: waiter.clone() });
    }

    /// Ends a wait as if somebody had woken it.
    pub(super) fn end_wait(&self, backend: &dyn Backend, waiter: &Arc<FutexWaiter>) {
        if self.dequeue(waiter) {
            waiter.word.store(WOKEN, Ordering::Release);
            backend.wake(&waiter.word, 1);
        }
    }

    /// Takes `waiter` out again; false if somebody woke it before.
    fn dequeue(&self, waiter: &Arc<FutexWaiter>) -> bool {
        loop {
            let index = waiter.bucket.load(Ordering::Relaxed);
            let mut queue = self.queue(index);
            if waiter.bucket.load(Ordering::Relaxed) != index {
                continue; // It was requeued meanwhile.
            }
            let at = queue.iter().position(|queued| Arc::ptr_eq(&queued.waiter, waiter));
            return at.and_then(|at| queue.remove(at)).is_some();
        }
    }

    /// Takes up to `count` waiters of `key` out of `queue` and wakes them; returns how many.
    fn wake_in(backend: &dyn Backend, queue: &mut Queue, key: Key, count: usize, bitset: u32) -> usize {
        let (mut woken, mut at) = (0, 0);
        while woken < count && at < queue.len() {
            if queue[at].key != key || queue[at].bitset & bitset == 0 {
                at += 1;
                continue;
            }
            if let Some(queued) = queue.remove(at) {
                queued.waiter.word.store(WOKEN, Ordering::Release);
                backend.wake(&queued.waiter.word, 1);
                woken += 1;
            }
        }
        woken
    }

    /// Moves up to `count` waiters from `from` to `to`; returns how many.
    fn requeue(&self, from: Key, to: Key, count: usize) -> usize {
        if from.bucket() == to.bucket() {
            let mut queue = self.queue(from.bucket());
            let moved = queue.iter_mut().filter(|queued| queued.key == from).take(count);
            return moved.map(|queued| queued.key = to).count();
        }
        let (first, second) = (from.bucket().min(to.bucket()), from.bucket().max(to.bucket()));
        let (mut low, mut high) = (self.queue(first), self.queue(second));
        let (source, target) =
            if from.bucket() == first { (&mut *low, &mut *high) } else { (&mut *high, &mut *low) };
        let (mut moved, mut at) = (0, 0);
        while moved < count && at < source.len() {
            if source[at].key != from {
                at += 1;
                continue;
            }
            if let Some(queued) = source.remove(at) {
                queued.waiter.bucket.store(to.bucket(), Ordering::Relaxed);
                target.push_back(Queued { key: to, ..queued });
                moved += 1;
            }
        }
        moved
    }
}

impl Default for Futexes {
    fn default() -> Self {
        Self::new()
    }
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
        shared.map_or(Key::Address(address), |(object, offset)| Key::Shared(object, offset))
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
        futexes.enqueue(self.futex_key(word), bitset, waiter);
        let now = load_u32(word);
        if now != Ok(expected) {
            return if futexes.dequeue(waiter) { now.and(Err(Errno::EAGAIN)) } else { Ok(()) };
        }
        while waiter.word.load(Ordering::Acquire) == QUEUED {
            let backend = self.kernel.backend;
            let outcome = match kind {
                WaitKind::Interruptible => self.sleep(&waiter.word, QUEUED, deadline),
                WaitKind::Cancellable => self.sleep_through_signals(&waiter.word, QUEUED, deadline),
                WaitKind::Uninterruptible => backend.wait_uninterruptible(&waiter.word, QUEUED, deadline),
            };
            let error = match outcome {
                WaitOutcome::Woken | WaitOutcome::ValueChanged => continue,
                WaitOutcome::TimedOut => Errno::ETIMEDOUT,
                WaitOutcome::Interrupted => Errno::EINTR,
            };
            return if futexes.dequeue(waiter) { Err(error) } else { Ok(()) };
        }
        Ok(())
    }

    /// Wakes up to `count` threads that wait for `word` with a common bit in `bitset`; returns how many.
    pub fn futex_wake(self, word: UserPtr<u32>, count: usize, bitset: u32) -> usize {
        let key = self.futex_key(word);
        let mut queue = self.kernel.tasks.futexes.queue(key.bucket());
        Futexes::wake_in(self.kernel.backend, &mut queue, key, count, bitset)
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
        let woken = self.futex_wake(word, wake, BITSET_ANY);
        let (from, to) = (self.futex_key(word), self.futex_key(target));
        Ok((woken, self.kernel.tasks.futexes.requeue(from, to, requeue)))
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
        let mut woken = self.futex_wake(word, wake, BITSET_ANY);
        if op.holds(old)? {
            woken += self.futex_wake(target, wake_target, BITSET_ANY);
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

    #[test]
    fn a_requeued_waiter_is_found_under_its_new_key() {
        let futexes = Futexes::new();
        let waiter = Arc::new(FutexWaiter::new());
        let (a, b) = (Key::Address(0x1000), Key::Address(0x2004));
        futexes.enqueue(a, BITSET_ANY, &waiter);
        assert_eq!(futexes.requeue(a, b, 8), 1);
        assert_eq!(futexes.requeue(a, b, 8), 0);
        assert!(futexes.dequeue(&waiter));
        assert!(!futexes.dequeue(&waiter));
    }
}
