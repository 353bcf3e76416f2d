//! pause(2), sigsuspend(2), sigtimedwait(2): waiting for signals.

use core::sync::atomic::Ordering;

use super::{Info, ThreadSignals, UNBLOCKABLE};
use crate::abi::{Errno, Result};
use crate::backend::{Monotonic, WaitOutcome};
use crate::kernel::Context;

/// A handler that ended this long before pause(2) was called ends it: the caller looked at its flag before the handler
/// set it, where on Linux the handler would have run first.
const RECENT_NS: u64 = 1_000_000;

impl ThreadSignals {
    /// A handler has ended for the thread while it was in its own code.
    pub(super) fn note_recent(&self, now: Monotonic) {
        self.recent.store(now.0.saturating_add(RECENT_NS), Ordering::SeqCst);
    }
}

impl Context<'_> {
    /// Sleeps until a handler has run for this thread: `EINTR`.
    pub fn sys_pause(self) -> Result<i32> {
        let signals = &self.thread.signals;
        if signals.recent.swap(0, Ordering::SeqCst) > self.kernel.backend.monotonic().0 {
            return Err(Errno::EINTR);
        }
        loop {
            let seen = self.thread.park.load(Ordering::SeqCst);
            if self.kernel.backend.wait(&self.thread.park, seen, None) == WaitOutcome::Interrupted {
                return Err(Errno::EINTR);
            }
        }
    }

    /// sigsuspend(2)
    pub fn sys_sigsuspend(self, mask: u64) -> Result<i32> {
        let before = self.thread.sigmask.swap(mask & !UNBLOCKABLE, Ordering::SeqCst);
        let had_pending = self.has_deliverable();
        self.deliver_pending();
        let result = if had_pending { Err(Errno::EINTR) } else { self.sys_pause() };
        self.thread.sigmask.store(before, Ordering::SeqCst);
        result
    }

    /// Tells whether a pending signal would be delivered now.
    pub fn has_deliverable(self) -> bool {
        let open = !self.thread.sigmask.load(Ordering::Relaxed);
        let is_open = |info: &Info| super::bit(info.number) & open != 0;
        self.thread.signals.pending.lock().iter().any(is_open)
            || self.kernel.signals.pending.lock().iter().any(is_open)
    }

    /// sigtimedwait(2): takes a pending signal of `set`, waiting for one until `deadline` (`EAGAIN`).
    pub fn sys_sigtimedwait(self, set: u64, deadline: Option<Monotonic>) -> Result<Info> {
        let signals = &self.thread.signals;
        signals.awaited.store(set & !UNBLOCKABLE, Ordering::SeqCst);
        let result = loop {
            let seen = self.thread.park.load(Ordering::SeqCst);
            if let Some(info) = self.take_pending(set) {
                break Ok(info);
            }
            match self.kernel.backend.wait(&self.thread.park, seen, deadline) {
                WaitOutcome::TimedOut => break self.take_pending(set).ok_or(Errno::EAGAIN),
                WaitOutcome::Interrupted => break Err(Errno::EINTR),
                WaitOutcome::Woken | WaitOutcome::ValueChanged => {}
            }
        };
        signals.awaited.store(0, Ordering::SeqCst);
        result
    }
}
