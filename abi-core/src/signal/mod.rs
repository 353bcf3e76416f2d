//! Signals, by OSv's rule: an asynchronous signal's handler runs in a new thread, a fault's on the thread that faulted.
//!
//! [`Signals`] holds the dispositions and what is pending for the program, [`ThreadSignals`] a thread's part. `deliver`
//! decides what a signal does, `handler` runs one, `fault` is for faults, `outside` for those from outside
//! the machine, `verbs` are the calls.

mod deliver;
mod fault;
mod handler;
mod outside;
mod verbs;
mod wait;

pub use deliver::Target;
pub use fault::{end_fault, fault_signal};
pub use handler::HandlerRun;
pub use outside::arrived as signal_arrived;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, AtomicU64};

use crate::abi;
use crate::sync::Mutex;

/// Number of the last signal.
pub const LAST: i32 = 64;
/// Signals from this on queue.
pub const REAL_TIME_FIRST: i32 = 32;

/// The bit of a signal in a mask.
pub const fn bit(number: i32) -> u64 {
    if number < 1 || number > LAST { 0 } else { 1 << (number - 1) }
}

/// Signals that can't be blocked or handled.
pub const UNBLOCKABLE: u64 = bit(abi::SIGKILL) | bit(abi::SIGSTOP);

/// What a signal carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Info {
    /// The signal.
    pub number: i32,
    /// `si_code`
    pub code: i32,
    /// `si_value`, of `sigqueue` and timers.
    pub value: u64,
    /// `si_timerid`
    pub timer: i32,
    /// `si_overrun`: how often the timer expired again before the signal was taken.
    pub overruns: i32,
}

impl Info {
    /// Makes what kill(2) sends.
    pub const fn new(number: i32) -> Self {
        Self { number, code: abi::SI_USER, value: 0, timer: 0, overruns: 0 }
    }

    /// Makes what a timer of timer_create(2) sends.
    pub const fn of_timer(number: i32, timer: i32) -> Self {
        Self { number, code: abi::SI_TIMER, value: 0, timer, overruns: 0 }
    }

    /// Returns the `siginfo_t` (128 bytes).
    pub fn to_siginfo(self) -> [u64; 16] {
        let mut words = [0u64; 16];
        words[0] = self.number as u32 as u64;
        words[1] = self.code as u32 as u64;
        if self.code == abi::SI_USER || self.code == abi::SI_TKILL || self.code == abi::SI_QUEUE {
            words[2] = abi::PID as u64; // si_pid, and si_uid 0 above it
        }
        if self.code == abi::SI_TIMER {
            words[2] = u64::from(self.timer as u32) | u64::from(self.overruns as u32) << 32;
        }
        words[3] = self.value;
        words
    }
}

/// How a signal is handled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Action {
    /// `SIG_DFL` (0), `SIG_IGN` (1) or a function.
    pub handler: usize,
    /// `SA_…`
    pub flags: i32,
    /// Signals held back while the handler runs.
    pub mask: u64,
    /// What `sa_restorer` was.
    pub restorer: usize,
}

/// Dispositions and what is pending for the program as a whole.
pub struct Signals {
    actions: Mutex<[Action; LAST as usize + 1]>,
    /// How many running handlers hold each signal back.
    held: Mutex<[u16; LAST as usize + 1]>,
    pending: Mutex<Vec<Info>>,
}

impl Signals {
    /// Makes the state a program starts with.
    pub const fn new() -> Self {
        const DEFAULT: Action = Action { handler: 0, flags: 0, mask: 0, restorer: 0 };
        Self {
            actions: Mutex::new([DEFAULT; LAST as usize + 1]),
            held: Mutex::new([0; LAST as usize + 1]),
            pending: Mutex::new(Vec::new()),
        }
    }
}

impl Signals {
    /// Sets handlers back to the default whose code is gone.
    pub fn forget_handlers(&self, is_gone: impl Fn(usize) -> bool) {
        for action in self.actions.lock().iter_mut() {
            if !matches!(action.handler, abi::SIG_DFL | abi::SIG_IGN) && is_gone(action.handler) {
                *action = Action::default();
            }
        }
    }

    /// Sets handlers back to the default for a new program; what is ignored stays so, and signals of timers that are
    /// gone go too (execve(2)).
    pub fn program_replaced(&self) {
        self.pending.lock().retain(|info| info.code != abi::SI_TIMER);
        for action in self.actions.lock().iter_mut().filter(|action| action.handler != abi::SIG_IGN) {
            *action = Action::default();
        }
    }
}

impl Default for Signals {
    fn default() -> Self {
        Self::new()
    }
}

/// A thread's part; its mask is `Thread::sigmask`.
pub struct ThreadSignals {
    pending: Mutex<Vec<Info>>,
    /// Signals it waits for in sigwait(3) and its like.
    awaited: AtomicU64,
    /// Its alternate stack: start, flags, size.
    alternate: Mutex<(usize, i32, usize)>,
    /// The handler this thread was made for.
    run: Mutex<Option<Arc<HandlerRun>>>,
    /// Until when (in microseconds of the monotonic clock, low bits) a handler's end just before pause(2) ends that.
    recent: AtomicU64,
    /// 1 on a thread that runs a handler.
    pub is_handler: AtomicU32,
}

impl ThreadSignals {
    /// Makes the state a thread starts with.
    pub const fn new() -> Self {
        Self {
            pending: Mutex::new(Vec::new()),
            awaited: AtomicU64::new(0),
            alternate: Mutex::new((0, abi::SS_DISABLE, 0)),
            run: Mutex::new(None),
            recent: AtomicU64::new(0),
            is_handler: AtomicU32::new(0),
        }
    }
}

impl ThreadSignals {
    /// Takes over what is pending for another thread.
    pub fn adopt_pending(&self, other: &Self) {
        *self.pending.lock() = core::mem::take(&mut *other.pending.lock());
    }
}

impl Default for ThreadSignals {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_siginfo_has_the_layout_of_linux() {
        let words = Info { code: abi::SI_QUEUE, value: 0x1234_5678_9abc, ..Info::new(10) }.to_siginfo();
        assert_eq!(words[0], 10);
        assert_eq!(words[1] as u32 as i32, abi::SI_QUEUE);
        assert_eq!(words[2], abi::PID as u64);
        assert_eq!(words[3], 0x1234_5678_9abc);
    }

    #[test]
    fn bits_outside_the_range_are_empty() {
        assert_eq!(bit(1), 1);
        assert_eq!(bit(64), 1 << 63);
        assert_eq!(bit(0) | bit(65) | bit(-1), 0);
    }
}
