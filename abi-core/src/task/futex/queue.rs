//! Who waits for which futex.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU8, AtomicU32, AtomicUsize, Ordering};

use crate::abi::{Errno, Result};
use crate::backend::Backend;
use crate::mm::SharedKey;
use crate::sync::{Mutex, MutexGuard};

/// Number of queues; a power of two.
const BUCKETS: usize = 256;

/// What names a futex.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// A word by its address: there is one address space.
    Address(usize),
    /// A word of a shared mapping, which may be mapped elsewhere too: what is mapped and the offset in it.
    Shared(SharedKey, u64),
}

impl Key {
    fn bucket(self) -> usize {
        let address = match self {
            Self::Address(address) => address,
            Self::Shared(pages, offset) => (pages.number() << 32 ^ offset) as usize,
        };
        ((address >> 2).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) % BUCKETS
    }
}

/// Its waiter waits.
pub(super) const QUEUED: u32 = 1;
/// Somebody took it out of its queue.
pub(super) const WOKEN: u32 = 0;
/// Somebody took it out and made the lock its thread's.
pub(super) const OWNER: u32 = 2;

/// A thread's place in a queue.
pub struct FutexWaiter {
    /// [`QUEUED`] while it waits, then [`WOKEN`] or [`OWNER`].
    pub(super) word: AtomicU32,
    /// The queue it is in. Changed with both queues locked.
    bucket: AtomicUsize,
    /// The level of its thread's priority.
    level: AtomicU8,
    /// Whose word the thread sleeps on, where it is in several queues.
    group: Option<Arc<FutexWaiter>>,
}

impl FutexWaiter {
    /// Makes a place that is in no queue.
    pub const fn new() -> Self {
        Self::in_group(None)
    }

    const fn in_group(group: Option<Arc<Self>>) -> Self {
        Self { word: AtomicU32::new(WOKEN), bucket: AtomicUsize::new(0), level: AtomicU8::new(0), group }
    }

    /// Makes one of several, any of which wakes the thread that sleeps on `group`.
    pub(super) const fn of_group(group: Arc<Self>) -> Self {
        Self::in_group(Some(group))
    }

    /// Has it stand before those of lower levels.
    pub(in crate::task) fn rank(&self, level: u8) {
        self.level.store(level, Ordering::Relaxed);
    }

    fn level(&self) -> u8 {
        self.group.as_deref().unwrap_or(self).level.load(Ordering::Relaxed)
    }

    /// Ends the wait of one that was taken out of its queue.
    pub(super) fn end(&self, backend: &dyn Backend, state: u32) {
        self.word.store(state, Ordering::Release);
        let slept_on = match &self.group {
            Some(group) => {
                group.word.store(state, Ordering::Release);
                &group.word
            }
            None => &self.word,
        };
        backend.wake(slept_on, 1);
    }
}

impl Default for FutexWaiter {
    fn default() -> Self {
        Self::new()
    }
}

/// What a waiter waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// To be woken.
    Wake,
    /// To own the lock that the word is.
    Own(Heir),
    /// To be moved to the queue of a lock, and to own it.
    OwnLater(Heir, Key),
}

/// Who is to own a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Heir {
    /// The thread's number.
    pub(super) tid: u32,
    /// Where the lock is.
    pub(super) lock: usize,
}

pub(super) struct Queued {
    pub(super) key: Key,
    pub(super) bitset: u32,
    pub(super) role: Role,
    pub(super) waiter: Arc<FutexWaiter>,
}

impl Queued {
    fn heir(&self) -> Option<Heir> {
        if let Role::Own(heir) = self.role { Some(heir) } else { None }
    }
}

type Queue = VecDeque<Queued>;

/// All queues. Order of locks: by index.
pub struct Futexes {
    buckets: [Mutex<Queue>; BUCKETS],
    /// How many wait to own a lock, so that a thread that ends need not look for them where there are none.
    heirs: AtomicUsize,
    /// Held while priorities are lent.
    pub(super) lending: Mutex<()>,
}

impl Futexes {
    /// Makes empty queues.
    pub const fn new() -> Self {
        Self {
            buckets: [const { Mutex::new(VecDeque::new()) }; BUCKETS],
            heirs: AtomicUsize::new(0),
            lending: Mutex::new(()),
        }
    }

    fn queue(&self, index: usize) -> MutexGuard<'_, Queue> {
        self.buckets[index % BUCKETS].lock()
    }

    fn count(&self, queued: &Queued) {
        if queued.heir().is_some() {
            self.heirs.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn uncount(&self, queued: &Queued) {
        if queued.heir().is_some() {
            self.heirs.fetch_sub(1, Ordering::SeqCst);
        }
    }

    /// Queues a waiter under a key.
    pub(super) fn enqueue(&self, key: Key, bitset: u32, role: Role, waiter: &Arc<FutexWaiter>) {
        let queued = Queued { key, bitset, role, waiter: waiter.clone() };
        let mut queue = self.queue(key.bucket());
        waiter.word.store(QUEUED, Ordering::Relaxed);
        self.put(&mut queue, queued);
    }

    /// Queues who is to own the lock of a key; `EINVAL` if others wait for its word that do not want to own it.
    pub(super) fn enqueue_heir(&self, key: Key, heir: Heir, waiter: &Arc<FutexWaiter>) -> Result<()> {
        let queued = Queued { key, bitset: 0, role: Role::Own(heir), waiter: waiter.clone() };
        let mut queue = self.queue(key.bucket());
        if queue.iter().any(|other| other.key == key && other.heir().is_none()) {
            return Err(Errno::EINVAL);
        }
        waiter.word.store(QUEUED, Ordering::Relaxed);
        self.put(&mut queue, queued);
        Ok(())
    }

    fn put(&self, queue: &mut Queue, queued: Queued) {
        queued.waiter.bucket.store(queued.key.bucket(), Ordering::Relaxed);
        self.count(&queued);
        match queued.waiter.level() {
            0 => queue.push_back(queued),
            level => {
                let behind = queue.iter().position(|other| other.waiter.level() < level);
                queue.insert(behind.unwrap_or(queue.len()), queued);
            }
        }
    }

    /// Puts back in front what was taken out, and still waits.
    pub(super) fn put_back(&self, queued: Queued) {
        let mut queue = self.queue(queued.key.bucket());
        self.count(&queued);
        queue.push_front(queued);
    }

    /// Puts what was taken out, and still waits, in the queue of the lock that it is to own.
    pub(super) fn put_to_lock(&self, queued: Queued) {
        let Role::OwnLater(heir, key) = queued.role else { return };
        let mut queue = self.queue(key.bucket());
        self.put(&mut queue, Queued { key, role: Role::Own(heir), ..queued });
    }

    /// Ends a wait as if somebody had woken it.
    pub(in crate::task) fn end_wait(&self, backend: &dyn Backend, waiter: &Arc<FutexWaiter>) {
        if self.dequeue(waiter).is_some() {
            waiter.end(backend, WOKEN);
        }
    }

    /// Takes a waiter out again; `None` if somebody took it out before.
    pub(super) fn dequeue(&self, waiter: &Arc<FutexWaiter>) -> Option<Queued> {
        loop {
            let index = waiter.bucket.load(Ordering::Relaxed);
            let mut queue = self.queue(index);
            if waiter.bucket.load(Ordering::Relaxed) != index {
                continue; // It was requeued meanwhile.
            }
            let at = queue.iter().position(|queued| Arc::ptr_eq(&queued.waiter, waiter))?;
            return self.take_at(&mut queue, at);
        }
    }

    fn take_at(&self, queue: &mut Queue, at: usize) -> Option<Queued> {
        // Mostly it is the first, and for that nothing is moved.
        let taken = if at == 0 { queue.pop_front() } else { queue.remove(at) };
        taken.inspect(|queued| self.uncount(queued))
    }

    /// Takes out up to `count` waiters of `key` with a common bit in `bitset` and wakes them; returns how many. `EINVAL`
    /// where one is among them that wants to own a lock.
    pub(super) fn wake(&self, backend: &dyn Backend, key: Key, count: usize, bitset: u32) -> Result<usize> {
        let mut queue = self.queue(key.bucket());
        let (mut woken, mut at) = (0, 0);
        while woken < count && at < queue.len() {
            let queued = &queue[at];
            if queued.key != key || queued.role == Role::Wake && queued.bitset & bitset == 0 {
                at += 1;
                continue;
            }
            if queued.role != Role::Wake {
                return Err(Errno::EINVAL);
            }
            if let Some(queued) = self.take_at(&mut queue, at) {
                queued.waiter.end(backend, WOKEN);
                woken += 1;
            }
        }
        Ok(woken)
    }

    /// Moves up to `count` waiters from `from` to `to`; returns how many. Those that wait for locks have `turn` say what
    /// they wait for then.
    fn move_waiters(
        &self,
        from: Key,
        to: Key,
        count: usize,
        turn: impl Fn(Role) -> Result<Role>,
    ) -> Result<usize> {
        let (first, second) = (from.bucket().min(to.bucket()), from.bucket().max(to.bucket()));
        let mut low = self.queue(first);
        let mut high = (first != second).then(|| self.queue(second));
        let mut moved = Vec::new();
        let mut answer = Ok(());
        {
            let source = match &mut high {
                Some(high) if from.bucket() == second => &mut **high,
                _ => &mut *low,
            };
            let mut at = 0;
            while moved.len() < count && at < source.len() {
                if source[at].key != from {
                    at += 1;
                    continue;
                }
                match turn(source[at].role) {
                    Ok(role) => {
                        moved.extend(self.take_at(source, at).map(|queued| Queued {
                            key: to,
                            role,
                            ..queued
                        }));
                    }
                    Err(error) => {
                        answer = Err(error);
                        break;
                    }
                }
            }
        }
        let target = match &mut high {
            Some(high) if to.bucket() == second => &mut **high,
            _ => &mut *low,
        };
        let count = moved.len();
        for queued in moved {
            self.put(target, queued);
        }
        answer.map(|()| count)
    }

    /// Moves up to `count` waiters from `from` to `to`; returns how many.
    pub(super) fn requeue(&self, from: Key, to: Key, count: usize) -> Result<usize> {
        self.move_waiters(from, to, count, |role| match role {
            Role::Wake => Ok(role),
            Role::Own(_) | Role::OwnLater(..) => Err(Errno::EINVAL),
        })
    }

    /// Moves up to `count` waiters from `from` to the lock `to`, which they wait to be moved to; returns how many.
    pub(super) fn requeue_to_lock(&self, from: Key, to: Key, count: usize) -> Result<usize> {
        self.move_waiters(from, to, count, |role| match role {
            Role::OwnLater(heir, key) if key == to => Ok(Role::Own(heir)),
            _ => Err(Errno::EINVAL),
        })
    }

    /// Takes out the first waiter of a key, if `is_meant` holds for what it waits for, else `EINVAL`. It goes on waiting.
    pub(super) fn take_first(&self, key: Key, is_meant: impl Fn(Role) -> bool) -> Result<Option<Queued>> {
        let mut queue = self.queue(key.bucket());
        let Some(at) = queue.iter().position(|queued| queued.key == key) else { return Ok(None) };
        if is_meant(queue[at].role) { Ok(self.take_at(&mut queue, at)) } else { Err(Errno::EINVAL) }
    }

    /// Tells whether anybody waits to own the lock of a key.
    pub(super) fn has_heir(&self, key: Key) -> bool {
        self.queue(key.bucket()).iter().any(|queued| queued.key == key && queued.heir().is_some())
    }

    /// Has everybody who waits to own the lock of a key look at it again.
    pub(super) fn look_again(&self, backend: &dyn Backend, key: Key) {
        let mut queue = self.queue(key.bucket());
        let is_meant = |queued: &Queued| queued.key == key && queued.heir().is_some();
        while let Some(at) = queue.iter().position(is_meant) {
            if let Some(queued) = self.take_at(&mut queue, at) {
                queued.waiter.end(backend, WOKEN);
            }
        }
    }

    /// Returns where the locks are that somebody waits to own, each with the level of one who does.
    pub(super) fn heirs(&self) -> Vec<(usize, u8)> {
        let mut locks = Vec::new();
        if self.heirs.load(Ordering::SeqCst) != 0 {
            let level = |queued: &Queued| queued.heir().map(|heir| (heir.lock, queued.waiter.level()));
            for queue in &self.buckets {
                locks.extend(queue.lock().iter().filter_map(level));
            }
        }
        locks
    }

    /// Returns where the lock is that a waiter waits to own.
    pub(super) fn lock_wanted_by(&self, waiter: &Arc<FutexWaiter>) -> Option<usize> {
        let queue = self.queue(waiter.bucket.load(Ordering::Relaxed));
        let queued = queue.iter().find(|queued| Arc::ptr_eq(&queued.waiter, waiter))?;
        queued.heir().map(|heir| heir.lock)
    }
}

impl Default for Futexes {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Key = Key::Address(0x1000);
    const B: Key = Key::Address(0x2004);

    #[test]
    fn a_requeued_waiter_is_found_under_its_new_key() {
        let futexes = Futexes::new();
        let waiter = Arc::new(FutexWaiter::new());
        futexes.enqueue(A, !0, Role::Wake, &waiter);
        assert_eq!(futexes.requeue(A, B, 8), Ok(1));
        assert_eq!(futexes.requeue(A, B, 8), Ok(0));
        assert!(futexes.dequeue(&waiter).is_some_and(|queued| queued.key == B));
        assert!(futexes.dequeue(&waiter).is_none());
    }

    #[test]
    fn heirs_are_moved_to_their_own_lock_only() {
        let futexes = Futexes::new();
        let waiter = Arc::new(FutexWaiter::new());
        let heir = Heir { tid: 5, lock: 0x2004 };
        futexes.enqueue(A, !0, Role::OwnLater(heir, B), &waiter);
        assert!(futexes.heirs().is_empty());
        assert_eq!(futexes.requeue(A, B, 8), Err(Errno::EINVAL));
        assert_eq!(futexes.requeue_to_lock(A, Key::Address(0x3000), 8), Err(Errno::EINVAL));
        assert_eq!(futexes.requeue_to_lock(A, B, 8), Ok(1));
        assert!(futexes.has_heir(B) && !futexes.has_heir(A));
        assert_eq!(futexes.heirs(), [(0x2004, 0)]);
        assert!(futexes.dequeue(&waiter).is_some_and(|queued| queued.role == Role::Own(heir)));
        assert!(futexes.heirs().is_empty());
    }

    #[test]
    fn sleepers_and_heirs_do_not_mix() {
        let futexes = Futexes::new();
        let (sleeper, other) = (Arc::new(FutexWaiter::new()), Arc::new(FutexWaiter::new()));
        futexes.enqueue(A, !0, Role::Wake, &sleeper);
        let heir = Heir { tid: 5, lock: 0x1000 };
        assert_eq!(futexes.enqueue_heir(A, heir, &other), Err(Errno::EINVAL));
        assert_eq!(futexes.take_first(A, |role| role != Role::Wake).err(), Some(Errno::EINVAL));
        assert_eq!(futexes.enqueue_heir(B, heir, &other), Ok(()));
    }
}
