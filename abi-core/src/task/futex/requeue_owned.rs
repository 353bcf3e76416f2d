//! `FUTEX_CMP_REQUEUE_PI`: moving waiters to a lock that they are to own.

use super::owned::Attempt;
use super::queue::{Key, OWNER, Role};
use crate::abi::{self, Errno, Result};
use crate::boundary::atomic::{compare_exchange_u32, load_u32};
use crate::boundary::user::UserPtr;
use crate::kernel::Context;

impl Context<'_> {
    /// If `word` holds `expected`, makes `lock` the first waiter's if nobody owns it, and has up to `requeue` others (and
    /// the first, if somebody does) wait to own it. Returns how many in all; `EINVAL` where one waits for something else.
    pub fn futex_requeue_owned(
        self,
        word: UserPtr<u32>,
        requeue: usize,
        lock: UserPtr<u32>,
        expected: u32,
    ) -> Result<usize> {
        if word.address() == lock.address() {
            return Err(Errno::EINVAL);
        }
        load_u32(lock)?;
        if load_u32(word)? != expected {
            return Err(Errno::EAGAIN);
        }
        let futexes = &self.kernel.tasks.futexes;
        let (from, to) = (self.futex_key(word), self.futex_key(lock));
        let is_meant = |role| matches!(role, Role::OwnLater(_, key) if key == to);
        let Some(first) = futexes.take_first(from, is_meant)? else { return Ok(0) };
        let Role::OwnLater(heir, _) = first.role else { return Err(Errno::EINVAL) };
        match self.own_or_mark(lock, to, heir.tid) {
            Ok(Attempt::Owned) => first.waiter.end(self.kernel.backend, OWNER),
            Ok(Attempt::Marked { .. }) => futexes.put_to_lock(first),
            Err(error) => {
                futexes.put_back(first);
                return Err(error);
            }
        }
        let moved = futexes.requeue_to_lock(from, to, requeue);
        self.mark_for_heirs(lock, to);
        self.lend_to_owner(lock);
        moved.map(|moved| moved + 1)
    }

    /// Others have come to wait for a lock: marks it, or has them look at it again where it is nobody's.
    fn mark_for_heirs(self, lock: UserPtr<u32>, key: Key) {
        let (futexes, backend) = (&self.kernel.tasks.futexes, self.kernel.backend);
        while futexes.has_heir(key) {
            let Ok(seen) = load_u32(lock) else { break };
            let owner = seen & abi::FUTEX_TID_MASK;
            if owner == 0 {
                break;
            }
            let marked = seen | abi::FUTEX_WAITERS;
            if compare_exchange_u32(lock, seen, marked) != Ok(seen) {
                continue;
            }
            if self.may_own(owner) {
                return;
            }
            break;
        }
        futexes.look_again(backend, key);
    }
}
