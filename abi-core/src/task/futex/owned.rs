//! Locks with an owner: `FUTEX_LOCK_PI` and its like, with futex(2)'s protocol.
//!
//! The word holds its owner's thread number, with `FUTEX_WAITERS` where somebody waits in the kernel, so that the owner
//! gives it back there, and `FUTEX_OWNER_DIED` where its owner ended. Giving it back makes it the first waiter's. Who waits
//! lends the owner its priority ([`super::lend`]).
//!
//! The word is read and written without the queue's lock. Whoever has queued reads it again: if it is not what it was
//! marked to be, or its owner ends, it starts anew. Who gives a lock back that nobody waits for looks at the queue again
//! afterwards and has those who came meanwhile start anew, too.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU32, Ordering};

use super::queue::{FutexWaiter, Heir, Key, OWNER, QUEUED, Role};
use crate::abi::{self, Errno, Result};
use crate::backend::{Backend, Monotonic, WaitOutcome};
use crate::boundary::atomic::{compare_exchange_u32, load_u32};
use crate::boundary::user::UserPtr;
use crate::kernel::Context;
use crate::task::Thread;

/// How far a thread is with giving back the locks it owns when it ends.
pub struct Leaving(AtomicU32);

const STAYS: u32 = 0;
const LEAVES: u32 = 1;
const HAS_LEFT: u32 = 2;

impl Leaving {
    /// A thread that runs.
    pub const fn new() -> Self {
        Self(AtomicU32::new(STAYS))
    }

    /// Tells whether its thread may own locks.
    fn stays(&self) -> bool {
        self.0.load(Ordering::SeqCst) == STAYS
    }

    fn wait(&self, backend: &dyn Backend) {
        while self.0.load(Ordering::SeqCst) == LEAVES {
            let _ = backend.wait_uninterruptible(&self.0, LEAVES, None);
        }
    }
}

impl Default for Leaving {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether a lock that is somebody else's is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// Until then.
    Until(Option<Monotonic>),
    /// `EAGAIN`.
    None,
}

/// What became of an attempt to own a lock.
pub(super) enum Attempt {
    /// It is owned.
    Owned,
    /// It is somebody else's, and says now that somebody waits.
    Marked {
        /// What the word holds.
        word: u32,
        /// Whose it is.
        owner: Arc<Thread>,
    },
}

/// How a wait to own a lock ended.
enum End {
    /// It is owned.
    Owner,
    /// The lock is to be looked at again.
    LookAgain,
}

/// Why a lock changes hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::task) enum Reason {
    /// Its owner gave it back.
    Unlocked,
    /// Its owner ended.
    OwnerDied,
}

pub(super) fn owner_in(word: u32) -> u32 {
    word & abi::FUTEX_TID_MASK
}

impl Context<'_> {
    fn tid(self) -> u32 {
        self.thread.tid as u32
    }

    /// Tells whether there is a thread with this number that has not begun to end.
    pub(super) fn may_own(self, tid: u32) -> bool {
        self.thread_numbered(tid as i32).is_ok_and(|thread| thread.leaving.stays())
    }

    /// Makes a lock that nobody owns `tid`'s, or marks that somebody waits for it. `EDEADLK` if it is `tid`'s, `ESRCH` if
    /// its owner is gone.
    pub(super) fn own_or_mark(self, lock: UserPtr<u32>, key: Key, tid: u32) -> Result<Attempt> {
        loop {
            let seen = load_u32(lock)?;
            let owner = owner_in(seen);
            if owner == tid {
                return Err(Errno::EDEADLK);
            }
            if owner == 0 {
                let waiters = if self.kernel.tasks.futexes.has_heir(key) { abi::FUTEX_WAITERS } else { 0 };
                let owned = seen & abi::FUTEX_OWNER_DIED | waiters | tid;
                if compare_exchange_u32(lock, seen, owned)? == seen {
                    return Ok(Attempt::Owned);
                }
                continue;
            }
            let marked = seen | abi::FUTEX_WAITERS;
            if compare_exchange_u32(lock, seen, marked)? != seen {
                continue;
            }
            let found = self.thread_numbered(owner as i32).ok();
            if let Some(owner) = &found {
                owner.leaving.wait(self.kernel.backend);
            }
            match found.filter(|owner| owner.leaving.stays()) {
                Some(owner) => return Ok(Attempt::Marked { word: marked, owner }),
                // Its end may have changed the word since.
                None if load_u32(lock)? == marked => return Err(Errno::ESRCH),
                None => {}
            }
        }
    }

    /// `FUTEX_LOCK_PI`, `FUTEX_TRYLOCK_PI`: owns a lock.
    pub fn futex_lock_owned(self, lock: UserPtr<u32>, patience: Patience) -> Result<()> {
        let (futexes, waiter) = (&self.kernel.tasks.futexes, &self.thread.futex);
        let key = self.futex_key(lock);
        loop {
            let Attempt::Marked { word, owner } = self.own_or_mark(lock, key, self.tid())? else {
                return Ok(());
            };
            let Patience::Until(deadline) = patience else { return Err(Errno::EAGAIN) };
            futexes.enqueue_heir(key, Heir { tid: self.tid(), lock: lock.address() }, waiter)?;
            let now = load_u32(lock);
            if (now != Ok(word) || !owner.leaving.stays()) && futexes.dequeue(waiter).is_some() {
                now?;
                continue;
            }
            self.lend_to(owner);
            match self.wait_to_own(waiter, deadline) {
                Ok(End::Owner) => return Ok(()),
                Ok(End::LookAgain) => {}
                Err((error, _)) => {
                    self.lend_to_owner(lock);
                    return Err(self.made_again(error));
                }
            }
        }
    }

    /// A call that ends with this error for a signal is made again after any handler.
    pub(super) fn made_again(self, error: Errno) -> Errno {
        if error == Errno::EINTR {
            self.thread.signals.make_again_after_handler();
        }
        error
    }

    /// Sleeps until a lock is owned or is to be looked at again; or an error, with what was waited for then.
    fn wait_to_own(
        self,
        waiter: &Arc<FutexWaiter>,
        deadline: Option<Monotonic>,
    ) -> core::result::Result<End, (Errno, Role)> {
        let mut error = None;
        loop {
            match waiter.word.load(Ordering::Acquire) {
                QUEUED => {}
                OWNER => return Ok(End::Owner),
                _ => return Ok(End::LookAgain),
            }
            if let Some(error) = error {
                if let Some(queued) = self.kernel.tasks.futexes.dequeue(waiter) {
                    return Err((error, queued.role));
                }
                // Somebody has taken it out, and will soon say what for or put it back.
                self.kernel.backend.yield_now();
                continue;
            }
            // A library's thread has its handlers run elsewhere, and nothing to come back for.
            let outcome = if self.thread.takes_signals_itself() {
                self.sleep(&waiter.word, QUEUED, deadline)
            } else {
                self.sleep_through_signals(&waiter.word, QUEUED, deadline)
            };
            error = match outcome {
                WaitOutcome::Woken | WaitOutcome::ValueChanged => None,
                WaitOutcome::TimedOut => Some(Errno::ETIMEDOUT),
                WaitOutcome::Interrupted => Some(Errno::EINTR),
            };
        }
    }

    /// `FUTEX_WAIT_REQUEUE_PI`: waits while `word` holds `expected` until it owns `lock`, to which
    /// [`Context::futex_requeue_owned`] moves it.
    pub fn futex_wait_to_own(
        self,
        word: UserPtr<u32>,
        expected: u32,
        deadline: Option<Monotonic>,
        lock: UserPtr<u32>,
    ) -> Result<()> {
        if word.address() == lock.address() {
            return Err(Errno::EINVAL);
        }
        load_u32(lock)?;
        if load_u32(word)? != expected {
            return Err(Errno::EAGAIN);
        }
        let (futexes, waiter) = (&self.kernel.tasks.futexes, &self.thread.futex);
        let heir = Heir { tid: self.tid(), lock: lock.address() };
        let role = Role::OwnLater(heir, self.futex_key(lock));
        futexes.enqueue(self.futex_key(word), super::BITSET_ANY, role, waiter);
        let now = load_u32(word);
        if now != Ok(expected) && futexes.dequeue(waiter).is_some() {
            return now.and(Err(Errno::EAGAIN));
        }
        match self.wait_to_own(waiter, deadline) {
            Ok(End::Owner) => Ok(()),
            // It has been woken, so that it can't start anew when a signal interrupts it.
            Ok(End::LookAgain) => match self.futex_lock_owned(lock, Patience::Until(deadline)) {
                Err(Errno::EINTR) => Err(Errno::EAGAIN),
                answer => answer,
            },
            Err((error, role)) => {
                self.lend_to_owner(lock);
                if error == Errno::EINTR && matches!(role, Role::Own(_)) {
                    return Err(Errno::EAGAIN);
                }
                Err(self.made_again(error))
            }
        }
    }

    /// `FUTEX_UNLOCK_PI`: gives a lock back; `EPERM` if it is not the calling thread's.
    pub fn futex_unlock_owned(self, lock: UserPtr<u32>) -> Result<()> {
        self.pass_on(lock, Reason::Unlocked)
    }

    /// Makes a lock of the calling thread the first waiter's, or nobody's.
    pub(in crate::task) fn pass_on(self, lock: UserPtr<u32>, reason: Reason) -> Result<()> {
        let (futexes, backend) = (&self.kernel.tasks.futexes, self.kernel.backend);
        let key = self.futex_key(lock);
        loop {
            let seen = load_u32(lock)?;
            if owner_in(seen) != self.tid() {
                return Err(Errno::EPERM);
            }
            let (died, left) = match reason {
                Reason::Unlocked => (0, 0),
                Reason::OwnerDied => (abi::FUTEX_OWNER_DIED, seen & abi::FUTEX_WAITERS),
            };
            let next = futexes.take_first(key, |role| matches!(role, Role::Own(_)))?;
            let Some(next) = next else {
                if compare_exchange_u32(lock, seen, died | left)? == seen {
                    futexes.look_again(backend, key);
                    self.take_back_lent();
                    return Ok(());
                }
                continue;
            };
            let Role::Own(heir) = next.role else { return Err(Errno::EINVAL) };
            let stored = compare_exchange_u32(lock, seen, heir.tid | abi::FUTEX_WAITERS | died);
            if stored == Ok(seen) {
                next.waiter.end(backend, OWNER);
                self.lend_to_owner(lock);
                self.take_back_lent();
                return Ok(());
            }
            futexes.put_back(next);
            stored?;
        }
    }

    /// The calling thread has given a lock back: it keeps what it is lent for its other ones.
    #[cold]
    fn take_back_lent(self) {
        if self.thread.scheduling.is_lent()
            && let Ok(thread) = self.thread_numbered(self.thread.tid)
        {
            self.lend_to(thread);
        }
    }

    /// Gives back the locks that somebody waits for; before it, `first` gives back what the thread itself has listed.
    pub(in crate::task) fn leave_locks(self, first: impl FnOnce()) {
        let leaving = &self.thread.leaving.0;
        if leaving.compare_exchange(STAYS, LEAVES, Ordering::SeqCst, Ordering::SeqCst).is_err() {
            return;
        }
        first();
        for (lock, _) in self.kernel.tasks.futexes.heirs() {
            let lock = UserPtr::new(lock);
            if load_u32(lock).is_ok_and(|word| owner_in(word) == self.tid()) {
                // A damaged word is nobody's.
                let _ = self.pass_on(lock, Reason::OwnerDied);
            }
        }
        leaving.store(HAS_LEFT, Ordering::SeqCst);
        self.kernel.backend.wake(leaving, usize::MAX);
    }
}
