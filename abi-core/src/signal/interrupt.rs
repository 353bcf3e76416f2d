//! What a handler's end means for the thread that its signal was aimed at: a call in which it waits ends.
//!
//! The handler leaves a note on the thread, and wakes it if it is in a call. The thread reads its notes before every sleep
//! that a signal may end. A note is for the call the thread was in when the handler began. On Linux the handler would have
//! run before whatever the thread looked at next; here the thread may have looked too early and gone to sleep, so a note
//! is also for a call that it entered a moment later, by its own processor time.

use core::mem::offset_of;
use core::sync::atomic::{AtomicU32, Ordering, fence};

use super::on_thread::{ENDS, RESTARTS};
use crate::abi::{Errno, Result};
use crate::backend::{Monotonic, WaitOutcome};
use crate::boundary::door::Row;
use crate::boundary::user::UserPtr;
use crate::kernel::Context;
use crate::libc::pthread::{PthreadFields, cancel};
use crate::libc::tcb::Tcb;
use crate::sync::Mutex;
use crate::task::{PENDING_CANCEL, PENDING_END, PENDING_SIGNAL, Thread};
use crate::time::wall::{is_of_wall, is_to_come, sleep_limit};

/// How much processor time a thread may use between a handler's beginning and a call that ends for it.
const MOMENT_NANOS: u64 = 500_000;
/// The same for a call with a time limit, which ends in any case, and where the thread was in no call before.
const SHORT_MOMENT_NANOS: u64 = 50_000;
/// How much time may pass meanwhile, in which other threads run.
const LONGEST_NANOS: u64 = 50_000_000;

/// Calls that end with `EINTR` after a handler whatever `SA_RESTART` says (signal(7)). So do all that have a time limit.
const NEVER_RESTART: &[&str] = &[
    "pause",
    "sigsuspend",
    "sigtimedwait",
    "rt_sigsuspend",
    "rt_sigtimedwait",
    "pselect6",
    "sigwaitinfo",
    "msgrcv",
    "msgsnd",
    "semop",
    "semtimedop",
    "epoll_wait",
    "epoll_pwait",
    "epoll_pwait2",
    "poll",
    "ppoll",
    "select",
    "pselect",
    "nanosleep",
    "__osvrun_clock_nanosleep",
];

/// Calls that go on after a handler though their time is limited: by a moment, which stays.
const RESTART_WITH_LIMIT: &[&str] = &["mq_timedreceive", "mq_timedsend"];

/// What a thread was doing when a handler began whose signal it had taken.
#[derive(Clone, Copy)]
pub(super) struct Beginning {
    /// [`crate::task::ThreadHead::entries`]
    call: u32,
    was_in_call: bool,
    /// Nanoseconds of processor time the thread had used.
    used_nanos: u64,
    at: Monotonic,
}

/// A thread's notes of handlers that have ended for it.
pub(super) struct EndedHandlers {
    /// The last one's that ends every call, and the last one's with `SA_RESTART`.
    last: Mutex<[Option<Beginning>; 2]>,
    /// Not 0 if there are any: bit 0 and 1.
    which: AtomicU32,
}

impl EndedHandlers {
    /// Makes an empty book.
    pub(super) const fn new() -> Self {
        Self { last: Mutex::new([None; 2]), which: AtomicU32::new(0) }
    }
}

impl Thread {
    /// Looks at what the thread is doing.
    pub(super) fn beginning(&self) -> Beginning {
        Beginning {
            call: self.head.entries.load(Ordering::SeqCst),
            was_in_call: self.is_in_kernel(),
            used_nanos: self.cpu_time().as_nanos() as u64,
            at: crate::backend::backend().monotonic(),
        }
    }

    /// Notes that a handler has ended whose signal the thread took, and wakes it if it is in a call.
    pub(super) fn note_handler_ended(&self, beginning: Beginning, restarts: bool) {
        let index = usize::from(restarts);
        {
            let mut last = self.signals.ended.last.lock();
            last[index] = Some(beginning);
            self.signals.ended.which.fetch_or(1 << index, Ordering::SeqCst);
        }
        // The thread marks that it is in the kernel before it reads the notes: one of the two sees the other.
        fence(Ordering::SeqCst);
        if self.is_in_kernel() {
            crate::backend::backend().interrupt(self.backend_id());
        }
    }

    /// Tells whether a handler has ended for the call that this, the calling thread, is in.
    fn has_ended_handler(&self, has_limit: bool) -> bool {
        let ended = &self.signals.ended;
        fence(Ordering::SeqCst);
        if ended.which.load(Ordering::SeqCst) == 0 {
            return false;
        }
        let notes = {
            let mut last = ended.last.lock();
            ended.which.store(0, Ordering::SeqCst);
            core::mem::take(&mut *last)
        };
        let name = Row::name_at(self.head.row.load(Ordering::Relaxed)).unwrap_or_default();
        // A call that restarts has done so now, and the note is of no use to the next one.
        let restarts = restarts(name, has_limit);
        let now = self.beginning();
        let is_meant = |note: &Beginning| {
            let (used, passed) =
                (now.used_nanos.saturating_sub(note.used_nanos), now.at.0.saturating_sub(note.at.0));
            let moment = match (has_limit, note.was_in_call) {
                (true, true) => 0,
                (true, false) => SHORT_MOMENT_NANOS,
                (false, _) => MOMENT_NANOS,
            };
            note.was_in_call && note.call == now.call || used < moment && passed < LONGEST_NANOS
        };
        let [plain, with_restart] = notes;
        plain.is_some_and(|note| is_meant(&note))
            || !restarts && with_restart.is_some_and(|note| is_meant(&note))
    }

    /// Tells whether the thread is to leave its call because it ends, or has been cancelled and this is a place for it.
    fn has_to_leave(&self) -> bool {
        let pending = self.head.pending.load(Ordering::SeqCst);
        if pending & PENDING_END != 0 {
            return true;
        }
        let Some(state) = self.cancelled() else { return false };
        let name = Row::name_at(self.head.row.load(Ordering::Relaxed)).unwrap_or_default();
        // The library's own calls return to code that looks; futex(2) of the program does not.
        let is_place = cancel::is_point(name)
            || self.is_at_point()
            || (name.starts_with("__osvrun_") && name != "futex");
        is_place || state & cancel::ASYNCHRONOUS != 0
    }

    /// Tells whether the call that the thread is in is a cancellation point by what it was asked for.
    pub fn is_at_point(&self) -> bool {
        self.signals.point.load(Ordering::Relaxed) == self.head.entries.load(Ordering::Relaxed)
    }

    /// Returns the state of the thread's cancellation if it has been cancelled and is to end at the next place for it.
    fn cancelled(&self) -> Option<u32> {
        if self.head.pending.load(Ordering::SeqCst) & PENDING_CANCEL == 0 {
            return None;
        }
        let at =
            self.tcb.load(Ordering::Relaxed) + offset_of!(Tcb, pthread) + offset_of!(PthreadFields, cancel);
        let state = UserPtr::<u32>::new(at).read().unwrap_or_default();
        let is_due = state & (cancel::DISABLED | cancel::PENDING | cancel::EXITING) == cancel::PENDING;
        is_due.then_some(state)
    }

    /// Tells whether the thread has been cancelled and ends at this call, without making it.
    pub fn ends_at(&self, name: &str) -> bool {
        self.cancelled().is_some() && cancel::is_point(name)
    }

    /// Tells whether the thread has been cancelled and may end anywhere.
    pub fn ends_anywhere(&self) -> bool {
        self.cancelled().is_some_and(|state| state & cancel::ASYNCHRONOUS != 0)
    }
}

/// Tells whether a call goes on after a handler with `SA_RESTART`.
fn restarts(name: &str, has_limit: bool) -> bool {
    (!has_limit || RESTART_WITH_LIMIT.contains(&name)) && !NEVER_RESTART.contains(&name)
}

impl Context<'_> {
    /// Makes the call that the thread is in a cancellation point, which its name does not say: `EINTR` if it ends here.
    pub fn begin_point(self) -> Result<()> {
        let call = self.thread.head.entries.load(Ordering::Relaxed);
        self.thread.signals.point.store(call, Ordering::Relaxed);
        if self.thread.cancelled().is_some() { Err(Errno::EINTR) } else { Ok(()) }
    }

    /// Sleeps as [`crate::backend::Parking::wait`]; `Interrupted` after a handler whose signal this thread took, unless
    /// the call is one that goes on then, when the thread has been cancelled and when it is to end.
    pub fn sleep(self, word: &AtomicU32, expected: u32, deadline: Option<Monotonic>) -> WaitOutcome {
        self.sleep_in_call(word, expected, deadline, deadline.is_some())
    }

    /// As [`Context::sleep`] for a call without a time limit that looks again from time to time.
    pub fn sleep_until_look(self, word: &AtomicU32, expected: u32, look: Monotonic) -> WaitOutcome {
        self.sleep_in_call(word, expected, Some(look), false)
    }

    fn sleep_in_call(
        self,
        word: &AtomicU32,
        expected: u32,
        deadline: Option<Monotonic>,
        has_limit: bool,
    ) -> WaitOutcome {
        let thread = self.thread;
        loop {
            if thread.has_to_leave()
                || thread.has_ended_handler(has_limit)
                || self.has_signal_on_thread(has_limit)
            {
                return WaitOutcome::Interrupted;
            }
            match self.wait_once(word, expected, deadline) {
                WaitOutcome::Interrupted => {}
                outcome => return outcome,
            }
        }
    }

    /// Sleeps until woken or interrupted, or until a deadline of either clock.
    fn wait_once(self, word: &AtomicU32, expected: u32, deadline: Option<Monotonic>) -> WaitOutcome {
        let backend = self.kernel.backend;
        match deadline {
            Some(deadline) => match backend.wait(word, expected, Some(sleep_limit(backend, deadline))) {
                // It is to be slept for again.
                WaitOutcome::TimedOut if is_to_come(backend, deadline) => WaitOutcome::Interrupted,
                outcome => outcome,
            },
            None => backend.wait(word, expected, None),
        }
    }

    /// As [`Context::sleep`], for what nothing ends but a wake or the deadline.
    pub fn sleep_through_all(
        self,
        word: &AtomicU32,
        expected: u32,
        deadline: Option<Monotonic>,
    ) -> WaitOutcome {
        let backend = self.kernel.backend;
        match deadline {
            // Who sets the clock interrupts those that sleep for it. Notes stay until somebody reads them.
            Some(deadline) if is_of_wall(deadline) => loop {
                match self.wait_once(word, expected, Some(deadline)) {
                    WaitOutcome::Interrupted => {}
                    outcome => return outcome,
                }
            },
            _ => backend.wait_uninterruptible(word, expected, deadline),
        }
    }

    /// Tells whether the call ends for a signal that is to be delivered on this thread.
    fn has_signal_on_thread(self, has_limit: bool) -> bool {
        let thread = self.thread;
        if thread.head.pending.load(Ordering::SeqCst) & PENDING_SIGNAL == 0 {
            return false;
        }
        thread.head.pending.fetch_and(!PENDING_SIGNAL, Ordering::SeqCst);
        if !self.has_due_signal() {
            return false;
        }
        let name = Row::name_at(thread.head.row.load(Ordering::Relaxed)).unwrap_or_default();
        let answer = if restarts(name, has_limit) { RESTARTS } else { ENDS };
        thread.signals.interrupted.store(answer, Ordering::Relaxed);
        true
    }

    /// As [`Context::sleep`], for a call that no signal ends on a thread where handlers run: it is made again after them.
    pub fn sleep_between_handlers(
        self,
        word: &AtomicU32,
        expected: u32,
        deadline: Option<Monotonic>,
        is_cancellable: bool,
    ) -> WaitOutcome {
        loop {
            let leaves = if is_cancellable { self.thread.has_to_leave() } else { self.thread.is_to_end() };
            if leaves {
                return WaitOutcome::Interrupted;
            }
            if self.has_signal_on_thread(false) {
                self.thread.signals.make_again_after_handler();
                return WaitOutcome::Interrupted;
            }
            match self.wait_once(word, expected, deadline) {
                WaitOutcome::Interrupted => {}
                outcome => return outcome,
            }
        }
    }

    /// As [`Context::sleep`], for calls that signals do not interrupt.
    pub fn sleep_through_signals(
        self,
        word: &AtomicU32,
        expected: u32,
        deadline: Option<Monotonic>,
    ) -> WaitOutcome {
        loop {
            if self.thread.has_to_leave() {
                return WaitOutcome::Interrupted;
            }
            match self.wait_once(word, expected, deadline) {
                WaitOutcome::Interrupted => {}
                outcome => return outcome,
            }
        }
    }
}
