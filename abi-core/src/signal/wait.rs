//! pause(2), sigsuspend(2), sigtimedwait(2): waiting for signals.

use core::sync::atomic::Ordering;

use super::{Info, UNBLOCKABLE};
use crate::abi::{Errno, Result};
use crate::backend::{Monotonic, WaitOutcome};
use crate::boundary::user::UserPtr;
use crate::kernel::Context;

impl Context<'_> {
    /// Sleeps until a handler has run for this thread: `EINTR`.
    pub fn sys_pause(self) -> Result<i32> {
        loop {
            let seen = self.thread.park.load(Ordering::SeqCst);
            if self.sleep(&self.thread.park, seen, None) == WaitOutcome::Interrupted {
                return Err(Errno::EINTR);
            }
        }
    }

    /// sigsuspend(2)
    pub fn sys_sigsuspend(self, mask: u64) -> Result<i32> {
        self.masked(mask, || self.sys_pause())
    }

    /// Runs `wait` with the signal mask at `mask`, if there is one: a signal it lets through, now or while waiting,
    /// ends the wait with `EINTR`.
    pub fn with_signal_mask<T>(self, mask: UserPtr<u64>, wait: impl FnOnce() -> Result<T>) -> Result<T> {
        match mask.non_null() {
            Some(mask) => self.masked(mask.read()?, wait),
            None => wait(),
        }
    }

    fn masked<T>(self, mask: u64, wait: impl FnOnce() -> Result<T>) -> Result<T> {
        let before = self.thread.sigmask.swap(mask & !UNBLOCKABLE, Ordering::SeqCst);
        let result = if self.deliver_own() { Err(Errno::EINTR) } else { wait() };
        let is_cut_short = matches!(result, Err(Errno::EINTR));
        if is_cut_short && self.thread.takes_signals_itself() && self.has_due_signal() {
            // The handler runs with this mask, and the one before comes back after it (`deliver_on`).
            *self.thread.signals.saved_mask.lock() = Some(before);
            return result;
        }
        self.thread.sigmask.store(before, Ordering::SeqCst);
        if mask & !before != 0 {
            self.deliver_own();
        }
        result
    }

    /// sigtimedwait(2): takes a pending signal of `set`, waiting for one until `deadline` (`EAGAIN`).
    pub fn sys_sigtimedwait(self, set: u64, deadline: Option<Monotonic>) -> Result<Info> {
        let set = set & !UNBLOCKABLE;
        if let Some(info) = self.take_pending(set) {
            return Ok(info);
        }
        let signals = &self.thread.signals;
        self.kernel.signals.awaiting.fetch_add(1, Ordering::SeqCst);
        signals.awaited.store(set, Ordering::SeqCst);
        let result = loop {
            let seen = self.thread.park.load(Ordering::SeqCst);
            if let Some(info) = self.take_pending(set) {
                break Ok(info);
            }
            match self.sleep(&self.thread.park, seen, deadline) {
                WaitOutcome::TimedOut => break self.take_pending(set).ok_or(Errno::EAGAIN),
                WaitOutcome::Interrupted => break self.take_pending(set).ok_or(Errno::EINTR),
                WaitOutcome::Woken | WaitOutcome::ValueChanged => {}
            }
        };
        signals.awaited.store(0, Ordering::SeqCst);
        self.kernel.signals.awaiting.fetch_sub(1, Ordering::SeqCst);
        // What came for it meanwhile and was not taken is for others, or for a handler.
        self.deliver_due();
        result
    }
}
