//! Signals, by OSv's rule: an asynchronous signal's handler runs in a new thread, a fault's on the thread that faulted.
//!
//! [`Signals`] holds the dispositions and what is pending for the program, [`ThreadSignals`] a thread's part. `deliver`
//! decides what a signal does, `pending` keeps those that wait, `handler` runs one, `interrupt` ends waits, `fault` is for
//! faults, `outside` for those from outside the machine, `verbs` are the calls.

mod call;
mod deliver;
mod fault;
mod handler;
mod interrupt;
mod on_thread;
mod outside;
mod pending;
mod verbs;
mod wait;

pub use call::ThreadCall;
pub use deliver::Target;
pub use fault::{end_fault, fault_signal};
pub use handler::HandlerRun;
pub use on_thread::frame_max_bytes;
pub use outside::{arrived as signal_arrived, look_at, start_looking};
pub use verbs::{LIBRARY_SIGNALS, code_and_value};

use alloc::sync::Arc;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use crate::abi::{self, Result};
use crate::boundary::ended_call::EndedCall;
use crate::sync::Mutex;
use crate::task::Thread;
use interrupt::EndedHandlers;
use pending::{Done, Pending, Queued};

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
    /// `si_overrun`: how often the timer expired again before the signal was taken; a file's `si_band`.
    pub overruns: i32,
    /// The thread whose alarm it is, which takes the program's signal if it can; 0 if it is nobody's.
    pub alarm_of: i32,
}

impl Info {
    /// Makes what kill(2) sends.
    pub const fn new(number: i32) -> Self {
        Self { number, code: abi::SI_USER, value: 0, timer: 0, overruns: 0, alarm_of: 0 }
    }

    /// Makes what a timer of timer_create(2) sends.
    pub const fn of_timer(number: i32, timer: i32) -> Self {
        Self { code: abi::SI_TIMER, timer, ..Self::new(number) }
    }

    /// Makes what tells of a file: `si_code`, events of poll(2), descriptor.
    pub const fn of_file(number: i32, code: i32, events: i16, fd: i32) -> Self {
        Self { code, value: fd as u32 as u64, overruns: events as u16 as i32, ..Self::new(number) }
    }

    /// Returns the `siginfo_t` (128 bytes).
    pub fn to_siginfo(self) -> [u64; 16] {
        let mut words = [0u64; 16];
        words[0] = self.number as u32 as u64;
        words[1] = self.code as u32 as u64;
        if matches!(self.code, abi::SI_USER | abi::SI_TKILL | abi::SI_QUEUE | abi::SI_MESGQ | abi::SI_ASYNCIO)
        {
            words[2] = abi::PID as u64; // si_pid, and si_uid 0 above it
        }
        if self.code == abi::SI_TIMER {
            words[2] = u64::from(self.timer as u32) | u64::from(self.overruns as u32) << 32;
        }
        if self.code > 0 && self.code < abi::SI_KERNEL {
            words[2] = self.overruns as u64; // si_band
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
    /// The number of the program whose handler it is.
    pub owner: u32,
}

/// Dispositions and what is pending for the program as a whole.
pub struct Signals {
    state: Mutex<State>,
    /// What [`State::pending`] holds; a look that takes no lock.
    set: AtomicU64,
    /// How many threads await signals.
    awaiting: AtomicU32,
}

/// What is decided by, under one lock. Inside it the lists of threads may be locked, and the table of threads.
struct State {
    actions: [Action; LAST as usize + 1],
    /// How many running handlers hold each signal back.
    held: [u16; LAST as usize + 1],
    /// Those that are held.
    held_set: u64,
    pending: Pending,
    /// Whether a thread's list may hold something.
    threads_have_pending: bool,
}

impl Signals {
    /// Makes the state a program starts with.
    pub const fn new() -> Self {
        const DEFAULT: Action = Action { handler: 0, flags: 0, mask: 0, restorer: 0, owner: 0 };
        Self {
            state: Mutex::new(State {
                actions: [DEFAULT; LAST as usize + 1],
                held: [0; LAST as usize + 1],
                held_set: 0,
                pending: Pending::new(),
                threads_have_pending: false,
            }),
            set: AtomicU64::new(0),
            awaiting: AtomicU32::new(0),
        }
    }

    /// Ignores signals from the start: whoever starts a program may have it ignore some (execve(2)).
    pub fn ignore(&self, set: u64) {
        let mut state = self.state.lock();
        for number in (1..=LAST).filter(|number| set & !UNBLOCKABLE & bit(*number) != 0) {
            state.actions[number as usize].handler = abi::SIG_IGN;
        }
    }

    /// Sets handlers back to the default whose code is gone.
    pub fn forget_handlers(&self, is_gone: impl Fn(usize) -> bool) {
        for action in &mut self.state.lock().actions {
            if action.has_handler() && is_gone(action.handler) {
                *action = Action::default();
            }
        }
    }

    /// Sets handlers back to the default for a new program; what is ignored stays so, and signals of timers that are
    /// gone go too (execve(2)).
    pub fn program_replaced(&self) {
        let mut state = self.state.lock();
        state.pending.retain(|info| info.code != abi::SI_TIMER);
        self.set.store(state.pending.set(), Ordering::SeqCst);
        for action in state.actions.iter_mut().filter(|action| action.handler != abi::SIG_IGN) {
            *action = Action::default();
        }
    }
}

impl State {
    fn publish(&self) {
        crate::kernel::kernel().signals.set.store(self.pending.set(), Ordering::SeqCst);
    }

    /// Adds a signal to the list it waits in.
    fn add(&mut self, info: Info, target: &Target, waiter: Option<i32>) -> Result<Option<Done>> {
        let most = crate::kernel::kernel().tasks.limits.soft(abi::RLIMIT_SIGPENDING);
        match target {
            Target::Process => {
                let done = self.pending.push(info, waiter, most)?;
                self.publish();
                Ok(done)
            }
            Target::Thread(thread) => {
                let mut list = thread.signals.pending.lock();
                let done = list.push(info, waiter, most)?;
                thread.signals.set.store(list.set(), Ordering::SeqCst);
                self.threads_have_pending = true;
                Ok(done)
            }
        }
    }

    fn put_back(&mut self, queued: Queued, target: &Target) {
        match target {
            Target::Process => {
                self.pending.put_back(queued);
                self.publish();
            }
            Target::Thread(thread) => {
                let mut list = thread.signals.pending.lock();
                list.put_back(queued);
                thread.signals.set.store(list.set(), Ordering::SeqCst);
                self.threads_have_pending = true;
            }
        }
    }

    /// Moves what is pending for a thread that ends to another; to the program if that has ended. Tells whether
    /// there was something.
    fn hand_on(&mut self, from: &ThreadSignals, to: &Thread) -> bool {
        if from.set.swap(0, Ordering::SeqCst) == 0 {
            return false;
        }
        let left = core::mem::take(&mut *from.pending.lock());
        if to.alive.load(Ordering::Relaxed) == 0 {
            self.pending.adopt(left);
            self.publish();
            return true;
        }
        let mut list = to.signals.pending.lock();
        list.adopt(left);
        to.signals.set.store(list.set(), Ordering::SeqCst);
        self.threads_have_pending = true;
        true
    }

    fn take_from_process(&mut self, set: u64) -> Option<Queued> {
        let taken = self.pending.take(set);
        if taken.is_some() {
            self.publish();
        }
        taken
    }

    /// Tells whether a signal of the number waits where one for `target` would.
    fn has(&self, number: i32, target: &Target) -> bool {
        let set = match target {
            Target::Process => self.pending.set(),
            Target::Thread(thread) => thread.signals.set.load(Ordering::SeqCst),
        };
        set & bit(number) != 0
    }

    /// Takes a signal out of all lists.
    fn discard(&mut self, number: i32, threads: &[Arc<Thread>]) {
        self.pending.remove(number);
        self.publish();
        for thread in threads {
            let mut list = thread.signals.pending.lock();
            list.remove(number);
            thread.signals.set.store(list.set(), Ordering::SeqCst);
        }
    }
}

/// Sets of signals, as `/proc/self/status` shows them.
pub struct Masks {
    /// Pending for the thread.
    pub pending: u64,
    /// Pending for the program.
    pub pending_process: u64,
    /// Blocked by the thread.
    pub blocked: u64,
    /// Ignored.
    pub ignored: u64,
    /// With a handler.
    pub caught: u64,
    /// How many wait in all.
    pub queued: usize,
}

impl Signals {
    /// Returns what a thread blocks and what is to be done with which signal.
    pub fn masks(&self, thread: &Thread) -> Masks {
        let state = self.state.lock();
        let own = thread.signals.pending.lock();
        let set = |is_meant: fn(&Action) -> bool| {
            let is_meant = |number: &i32| is_meant(&state.actions[*number as usize]);
            (1..=LAST).filter(is_meant).fold(0, |mask, number| mask | bit(number))
        };
        Masks {
            pending: own.set(),
            pending_process: state.pending.set(),
            blocked: thread.sigmask.load(Ordering::Relaxed),
            ignored: set(|action| action.handler == abi::SIG_IGN),
            caught: set(Action::has_handler),
            queued: own.count() + state.pending.count(),
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
    /// Changed under the lock of [`Signals`] only.
    pending: Mutex<Pending>,
    /// What `pending` holds.
    set: AtomicU64,
    /// Signals it waits for in sigwait(3) and its like.
    awaited: AtomicU64,
    /// Its alternate stack: start, flags, size.
    alternate: Mutex<(usize, i32, usize)>,
    /// Handlers that have ended for it.
    ended: EndedHandlers,
    /// The last call that was a cancellation point by what it was asked for, by its number.
    point: AtomicU32,
    /// What it holds back itself, as a thread that runs a handler, or that such a thread carries.
    holds: AtomicU64,
    /// Whether it takes its signals itself now. Changed under the lock of [`Signals`], to true.
    is_delivering: AtomicBool,
    /// 1 on a thread that runs a handler.
    pub is_handler: AtomicU32,
    /// Not 0 if a signal has ended a wait of the call it is in, and what becomes of the call: where signals are
    /// delivered on the thread.
    pub interrupted: AtomicU32,
    /// The mask to go back to after a call that has changed it while it waited, and after the handler.
    saved_mask: Mutex<Option<u64>>,
    /// The call by symbol that a signal has ended.
    pub ended_call: EndedCall,
}

impl ThreadSignals {
    /// Takes a signal; the lock of [`Signals`] is held.
    fn take(&self, set: u64) -> Option<Queued> {
        if self.set.load(Ordering::SeqCst) & set == 0 {
            return None;
        }
        let mut list = self.pending.lock();
        let taken = list.take(set);
        self.set.store(list.set(), Ordering::SeqCst);
        taken
    }

    /// Makes the state a thread starts with.
    pub const fn new() -> Self {
        Self {
            pending: Mutex::new(Pending::new()),
            set: AtomicU64::new(0),
            awaited: AtomicU64::new(0),
            alternate: Mutex::new((0, abi::SS_DISABLE, 0)),
            ended: EndedHandlers::new(),
            point: AtomicU32::new(u32::MAX),
            holds: AtomicU64::new(0),
            is_delivering: AtomicBool::new(false),
            is_handler: AtomicU32::new(0),
            interrupted: AtomicU32::new(0),
            saved_mask: Mutex::new(None),
            ended_call: EndedCall::new(),
        }
    }

    /// Takes over what is pending for another thread.
    pub fn adopt_pending(&self, other: &Self) {
        let mut state = crate::kernel::kernel().signals.state.lock();
        state.threads_have_pending = true;
        let list = core::mem::take(&mut *other.pending.lock());
        self.set.store(list.set(), Ordering::SeqCst);
        other.set.store(0, Ordering::SeqCst);
        *self.pending.lock() = list;
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
