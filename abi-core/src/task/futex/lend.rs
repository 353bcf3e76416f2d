//! Priorities that threads lend to the owner of the lock that they wait for (sched(7), `PTHREAD_PRIO_INHERIT`).

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::Ordering;

use super::owned::owner_in;
use crate::boundary::atomic::load_u32;
use crate::boundary::user::UserPtr;
use crate::kernel::Context;
use crate::task::Thread;

/// How many owners, each of which waits for the next one's lock, are lent to.
const MOST_LINKS: usize = 32;

impl Context<'_> {
    /// Lends the owner of a lock what those have who wait for its locks, since who waits for this one has changed.
    #[cold]
    pub(super) fn lend_to_owner(self, lock: UserPtr<u32>) {
        if self.kernel.tasks.flags.are_ranked.load(Ordering::Relaxed)
            && let Ok(owner) = self.owner_of(lock)
        {
            self.lend_to(owner);
        }
    }

    /// Lends a thread what those have who wait for its locks, and has it lend that to whom it waits for.
    #[cold]
    pub(in crate::task) fn lend_to(self, thread: Arc<Thread>) {
        if !self.kernel.tasks.flags.are_ranked.load(Ordering::Relaxed) {
            return;
        }
        // Told to the backend after the lock is given back: what lowers the calling thread may end its turn.
        for thread in self.relend(thread) {
            self.rank(&thread, thread.backend_id());
        }
    }

    /// Notes what a thread is lent now, and those it waits for; returns those for whom that is new.
    fn relend(self, thread: Arc<Thread>) -> Vec<Arc<Thread>> {
        let futexes = &self.kernel.tasks.futexes;
        // One at a time: what is found out is to be true when it is said.
        let _lending = futexes.lending.lock();
        let (mut changed, mut next) = (Vec::new(), Some(thread));
        while let Some(thread) = next.filter(|_| changed.len() < MOST_LINKS) {
            let is_its =
                |lock| self.owner_of(UserPtr::new(lock)).is_ok_and(|owner| Arc::ptr_eq(&owner, &thread));
            let levels = futexes.heirs().into_iter().filter(|&(lock, _)| is_its(lock));
            if !thread.scheduling.set_lent(levels.map(|(_, level)| level).max().unwrap_or(0)) {
                break;
            }
            // So that whom it waits for is lent that, too.
            thread.futex.rank(thread.scheduling.priority().level);
            next =
                futexes.lock_wanted_by(&thread.futex).and_then(|lock| self.owner_of(UserPtr::new(lock)).ok());
            changed.push(thread);
        }
        changed
    }

    fn owner_of(self, lock: UserPtr<u32>) -> crate::abi::Result<Arc<Thread>> {
        self.thread_numbered(owner_in(load_u32(lock)?) as i32)
    }
}
