//! What a signal does: who takes it, and then nothing, a handler, or the end of the program.
//!
//! All is decided under the lock of [`State`]. A signal that cannot be taken now waits in a list; whoever changes what it
//! waits for looks at the lists afterwards ([`Context::deliver_due`]). What the calling thread takes itself it takes one
//! after another, and waits for each handler; nobody else takes anything for it meanwhile. Masks are stored without the
//! lock, before a look at what waits.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU32, Ordering};

use super::pending::{Done, Queued};
use super::{Action, HandlerRun, Info, LAST, State, UNBLOCKABLE, bit};
use crate::abi::{self, Errno, PID, Result};
use crate::backend::{ExitStatus, WaitOutcome};
use crate::kernel::Context;
use crate::task::Thread;

/// Whom a signal is aimed at.
#[derive(Clone)]
pub enum Target {
    /// The program.
    Process,
    /// One thread.
    Thread(Arc<Thread>),
}

/// What happens to a signal nobody handles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Default {
    Ignore,
    Stop,
    End,
    /// Ends the program with a report.
    Core,
}

fn default_of(number: i32) -> Default {
    match number {
        abi::SIGCHLD | abi::SIGURG | abi::SIGWINCH | abi::SIGCONT => Default::Ignore,
        abi::SIGSTOP | abi::SIGTSTP | abi::SIGTTIN | abi::SIGTTOU => Default::Stop,
        abi::SIGQUIT
        | abi::SIGILL
        | abi::SIGTRAP
        | abi::SIGABRT
        | abi::SIGBUS
        | abi::SIGFPE
        | abi::SIGSEGV
        | abi::SIGXCPU
        | abi::SIGXFSZ
        | abi::SIGSYS => Default::Core,
        _ => Default::End,
    }
}

impl Action {
    /// Tells whether the action makes the signal disappear.
    pub(super) fn ignores(&self, number: i32) -> bool {
        self.handler == abi::SIG_IGN
            || (self.handler == abi::SIG_DFL && default_of(number) == Default::Ignore)
    }

    /// Tells whether a thread's program can run it: a handler is one program's.
    pub(super) fn is_for(&self, thread: &Thread) -> bool {
        !self.has_handler() || self.owner == thread.program.number
    }

    /// Tells whether there is a function for it.
    pub(super) fn has_handler(&self) -> bool {
        self.handler != abi::SIG_DFL && self.handler != abi::SIG_IGN
    }
}

impl Thread {
    fn blocks(&self, number: i32) -> bool {
        self.sigmask.load(Ordering::SeqCst) & bit(number) & !UNBLOCKABLE != 0
    }

    fn awaits(&self, number: i32) -> bool {
        self.signals.awaited.load(Ordering::SeqCst) & bit(number) != 0
    }

    fn is_self(&self, cx: Context<'_>) -> bool {
        core::ptr::eq(self, cx.thread)
    }
}

/// A signal that is taken now.
struct Due {
    queued: Queued,
    /// Where it was.
    target: Target,
    taker: Arc<Thread>,
    act: Act,
}

/// What to do with it, once the lock is free.
enum Act {
    Nothing,
    Default,
    Handler(Action, Arc<HandlerRun>),
}

impl State {
    /// Says what `taker` does with a signal, and books that it is done.
    fn act_on(&mut self, queued: &Queued, taker: &Arc<Thread>) -> Act {
        let number = queued.info.number;
        let action = self.actions[number as usize];
        if action.has_handler() {
            return Act::Handler(action, self.begin(number, action, taker, queued.done.clone()));
        }
        if action.handler == abi::SIG_IGN { Act::Nothing } else { Act::Default }
    }

    /// Returns the pending signals that a thread's program can take.
    pub(super) fn those_for(&self, thread: &Thread) -> u64 {
        let mut set = self.pending.set();
        let mut ours = 0;
        while set != 0 {
            let number = set.trailing_zeros() as i32 + 1;
            set &= set - 1;
            if self.actions[number as usize].is_for(thread) {
                ours |= bit(number);
            }
        }
        ours
    }

    /// Returns the signals that running handlers hold back from what `thread` sends and takes. A handler that has set its
    /// own signal back to the default and unblocks it means to be ended by it.
    fn held_from(&self, thread: &Thread) -> u64 {
        if thread.signals.is_handler.load(Ordering::Relaxed) == 0 {
            return self.held_set;
        }
        let own = thread.signals.holds.load(Ordering::Relaxed) & !thread.sigmask.load(Ordering::SeqCst);
        let is_default = |number: &i32| self.actions[*number as usize].handler == abi::SIG_DFL;
        let defaults = (1..=LAST).filter(is_default).fold(0, |set, number| set | bit(number));
        self.held_set & !(own & defaults)
    }
}

impl Context<'_> {
    /// Returns how `number` is handled.
    pub fn action_of(self, number: i32) -> Action {
        self.kernel.signals.state.lock().actions.get(number as usize).copied().unwrap_or_default()
    }

    /// Returns the thread that takes a signal for the program: one that awaits it, that whose alarm it is where Linux's way
    /// is not asked for, the first thread, the caller, any.
    fn taker(self, number: i32, action: &Action, alarm_of: i32) -> Option<Arc<Thread>> {
        let signals = &self.kernel.signals;
        let takes = |thread: &Thread| {
            !thread.blocks(number)
                && action.is_for(thread)
                && thread.signals.is_handler.load(Ordering::Relaxed) == 0
        };
        let is_awaited = signals.awaiting.load(Ordering::SeqCst) != 0;
        if !is_awaited && alarm_of == 0 && self.thread.tid == PID && takes(self.thread) {
            return Some(self.thread.reference());
        }
        let has_asked = |thread: &Thread| thread.tid == alarm_of && !thread.takes_signals_itself();
        let threads = self.kernel.tasks.threads.lock();
        let is_live = |thread: &Thread| thread.alive.load(Ordering::Relaxed) != 0;
        let live = || threads.iter().filter(|thread| is_live(thread));
        let first = threads.iter().find(|thread| action.is_for(thread));
        let found = live()
            .find(|thread| is_awaited && thread.awaits(number))
            .or_else(|| live().find(|thread| has_asked(thread) && takes(thread)))
            .or_else(|| first.filter(|thread| is_live(thread) && takes(thread)))
            .or_else(|| live().find(|thread| thread.is_self(self) && takes(thread)))
            .or_else(|| live().find(|thread| takes(thread)))
            .or_else(|| live().find(|thread| !thread.blocks(number) && action.is_for(thread)));
        found.cloned()
    }

    /// Counts an expiration of a timer whose signal still waits to be taken; false if none does.
    pub fn overrun_pending(self, timer: i32, count: i32, target: &Target) -> bool {
        let mut state = self.kernel.signals.state.lock();
        let add = |info: &mut Info| info.overruns = info.overruns.saturating_add(count);
        match target {
            Target::Process => state.pending.of_timer(timer).map(add).is_some(),
            Target::Thread(thread) => thread.signals.pending.lock().of_timer(timer).map(add).is_some(),
        }
    }

    /// Sends a signal. If its handler runs for the caller's sake, returns after it has ended.
    pub fn send_signal(self, info: Info, target: Target) -> Result<()> {
        let number = info.number;
        if !(1..=LAST).contains(&number) {
            return Err(Errno::EINVAL);
        }
        let mut state = self.kernel.signals.state.lock();
        let action = state.actions[number as usize];
        let taker = match &target {
            Target::Process => self.taker(number, &action, info.alarm_of),
            Target::Thread(thread) => Some(thread.clone()),
        };
        let is_blocked = taker.as_ref().is_none_or(|thread| thread.blocks(number));
        let is_awaited = taker.as_ref().is_some_and(|thread| thread.awaits(number));
        if action.ignores(number) && !is_awaited && !is_blocked {
            return Ok(());
        }
        if taker.as_ref().is_some_and(|taker| taker.takes_signals_itself()) {
            drop(state);
            self.leave_for(info, &target)?;
            match taker.filter(|_| is_awaited) {
                Some(thread) => self.wake_awaiting(&thread),
                None => self.wake_takers(),
            }
            return Ok(());
        }
        let waits_elsewhere = is_blocked || is_awaited;
        let is_own = taker.as_ref().is_some_and(|taker| taker.is_self(self));
        let is_held = state.held_from(self.thread) & bit(number) != 0;
        let is_now = !waits_elsewhere && !is_held && !state.has(number, &target);
        let waiter = (is_own || self.waits_for_program(&target, number)).then_some(self.thread.tid);
        if let Some(taker) = taker.clone().filter(|_| is_now) {
            let done = waiter.filter(|_| !is_own).map(Done::new);
            let queued = Queued { info, done: done.clone() };
            let act = state.act_on(&queued, &taker);
            let due = Due { queued, target, taker, act };
            if !is_own {
                drop(state);
                self.perform(due)?;
                self.await_done(done);
                return Ok(());
            }
            self.thread.signals.is_delivering.store(true, Ordering::Relaxed);
            drop(state);
            let result = self.perform(due);
            self.deliver_rest();
            return result;
        }
        let waiter = waiter.filter(|_| !waits_elsewhere && !self.holds_itself(number));
        let done = state.add(info, &target, waiter)?;
        drop(state);
        self.kernel.fs.signals.notify();
        if let Some(thread) = taker.filter(|_| is_awaited) {
            self.wake_awaiting(&thread);
        }
        // What it waits for may have changed before it was in the list.
        self.deliver_due();
        self.await_done(done);
        Ok(())
    }

    /// Tells whether the caller could take a signal of the program's itself, which it then does not run ahead of.
    fn waits_for_program(self, target: &Target, number: i32) -> bool {
        let is_handler = self.thread.signals.is_handler.load(Ordering::Relaxed) != 0;
        matches!(target, Target::Process)
            && self.thread.tid != 0
            && !is_handler
            && !self.thread.blocks(number)
    }

    /// Waits until a handler has ended, if there is one to wait for.
    fn await_done(self, done: Option<Done>) {
        if let Some(done) = done {
            self.await_zero(&done.word);
        }
    }

    /// Wakes a thread that awaits signals.
    fn wake_awaiting(self, thread: &Thread) {
        thread.park.fetch_add(1, Ordering::SeqCst);
        self.kernel.backend.wake(&thread.park, usize::MAX);
    }

    /// Waits until 0 is stored, or this thread is to end.
    pub(super) fn await_zero(self, word: &AtomicU32) {
        while word.load(Ordering::Acquire) != 0 {
            if self.sleep_through_signals(word, 1, None) == WaitOutcome::Interrupted {
                return;
            }
        }
    }

    /// Does what was decided. What cannot be done for lack of memory waits again.
    fn perform(self, due: Due) -> Result<()> {
        match due.act {
            Act::Nothing => {}
            Act::Default => self.default_action(due.queued.info.number),
            Act::Handler(action, run) => {
                self.say_where_handlers_run(&due.target, &due.queued.info);
                if let Err(error) = self.run_handler(due.queued.info, action, &due.taker, &run) {
                    let mut state = self.kernel.signals.state.lock();
                    state.release(&run);
                    state.put_back(due.queued, &due.target);
                    return Err(error);
                }
                return Ok(());
            }
        }
        due.queued.complete();
        Ok(())
    }

    /// Says once that a thread which somebody else sent a signal to will not be interrupted by its handler: a collector of
    /// garbage, say, wants that.
    fn say_where_handlers_run(self, target: &Target, info: &Info) {
        static IS_SAID: AtomicU32 = AtomicU32::new(0);
        let is_other = matches!(target, Target::Thread(thread) if thread.tid != self.thread.tid);
        let is_meant = is_other && info.code == abi::SI_TKILL;
        if is_meant && IS_SAID.swap(1, Ordering::Relaxed) == 0 {
            crate::log::remark(format_args!(
                "signal {} was sent to one thread; its handler runs in a thread of its own (--signals=linux has it run \
                 on that one)",
                info.number
            ));
        }
    }

    /// Does what is done with a signal nobody handles; does not return if that ends the program.
    pub(super) fn default_action(self, number: i32) {
        static WARNED: AtomicU32 = AtomicU32::new(0);
        match default_of(number) {
            Default::Ignore => {}
            Default::Stop => {
                if WARNED.swap(1, Ordering::Relaxed) == 0 {
                    log::warn!("stop signals are ignored (signal {number})");
                }
            }
            // Signals belong to the machine, whichever program's thread this is.
            Default::End => self.kernel.power_off(ExitStatus::Code((128 + number) as u8)),
            Default::Core => crate::panic::fatal_signal(number),
        }
    }

    /// Takes a pending signal of `set` for the calling thread.
    pub fn take_pending(self, set: u64) -> Option<Info> {
        let mut state = self.kernel.signals.state.lock();
        let own = self.thread.signals.take(set);
        let queued = own.or_else(|| state.take_from_process(set))?;
        drop(state);
        queued.complete();
        Some(queued.info)
    }

    /// Delivers what is pending for the calling thread and not blocked any more; returns after the handlers. Tells
    /// whether there were handlers.
    pub fn deliver_own(self) -> bool {
        let open = !self.thread.sigmask.load(Ordering::SeqCst) | UNBLOCKABLE;
        let own = self.thread.signals.set.load(Ordering::SeqCst);
        if (own | self.kernel.signals.set.load(Ordering::SeqCst)) & open == 0 {
            return false;
        }
        if self.thread.takes_signals_itself() { self.has_due_signal() } else { self.deliver_rest() }
    }

    fn deliver_rest(self) -> bool {
        let mut had_handlers = false;
        let is_delivering = &self.thread.signals.is_delivering;
        loop {
            let mut state = self.kernel.signals.state.lock();
            let open = !self.thread.sigmask.load(Ordering::SeqCst) | UNBLOCKABLE;
            let set = open & !state.held_from(self.thread);
            let own = self.thread.signals.take(set).map(|queued| (queued, true));
            let found = own.or_else(|| state.take_from_process(set).map(|queued| (queued, false)));
            is_delivering.store(found.is_some(), Ordering::Relaxed);
            let Some((queued, is_threads)) = found else { return had_handlers };
            let taker = self.thread.reference();
            let target = if is_threads { Target::Thread(taker.clone()) } else { Target::Process };
            let act = state.act_on(&queued, &taker);
            drop(state);
            had_handlers |= matches!(act, Act::Handler(..));
            if self.perform(Due { queued, target, taker, act }).is_err() {
                is_delivering.store(false, Ordering::Relaxed);
                return had_handlers;
            }
        }
    }

    /// Delivers what any thread may take now.
    pub fn deliver_due(self) {
        if self.thread.tid != 0 {
            self.deliver_own();
        }
        self.deliver_to_others();
    }

    /// Delivers what other threads may take now.
    pub fn deliver_to_others(self) {
        if self.kernel.signals.set.load(Ordering::SeqCst) != 0 {
            self.wake_takers();
        }
        while let Some(due) = self.next_due() {
            if self.perform(due).is_err() {
                return;
            }
        }
    }

    /// The calling thread ends and takes no signals any more: those of the program are others'.
    pub fn leave_signals(self) {
        self.thread.sigmask.store(u64::MAX, Ordering::SeqCst);
        if self.kernel.signals.set.load(Ordering::SeqCst) != 0 {
            self.deliver_to_others();
        }
    }

    fn next_due(self) -> Option<Due> {
        let mut state = self.kernel.signals.state.lock();
        if !state.threads_have_pending && state.pending.set() == 0 {
            return None;
        }
        let held = state.held_set;
        let takes_itself = |thread: &Thread| {
            thread.is_self(self)
                || thread.takes_signals_itself()
                || thread.signals.is_delivering.load(Ordering::Relaxed)
        };
        if state.threads_have_pending {
            let threads = self.kernel.tasks.threads.lock().clone();
            let mut has_pending = false;
            for taker in threads {
                let set = taker.signals.set.load(Ordering::SeqCst);
                has_pending |= set != 0;
                if set == 0 || takes_itself(&taker) {
                    continue;
                }
                let open = !taker.sigmask.load(Ordering::SeqCst) | UNBLOCKABLE;
                let awaited = taker.signals.awaited.load(Ordering::SeqCst);
                let Some(queued) = taker.signals.take(set & open & !held & !awaited) else { continue };
                let act = state.act_on(&queued, &taker);
                return Some(Due { queued, target: Target::Thread(taker.clone()), taker, act });
            }
            state.threads_have_pending = has_pending;
        }
        let mut set = state.pending.set() & !held;
        while set != 0 {
            let number = set.trailing_zeros() as i32 + 1;
            set &= set - 1;
            let takes =
                |taker: &Arc<Thread>| !taker.awaits(number) && !taker.blocks(number) && !takes_itself(taker);
            let action = state.actions[number as usize];
            let alarm_of = state.pending.first(number).map_or(0, |info| info.alarm_of);
            if let Some(taker) = self.taker(number, &action, alarm_of).filter(takes) {
                let queued = state.take_from_process(bit(number))?;
                let act = state.act_on(&queued, &taker);
                return Some(Due { queued, target: Target::Process, taker, act });
            }
        }
        None
    }

    /// Sends a signal to the calling thread, as the kernel does (`SIGPIPE` of a write).
    pub fn send_signal_to_self(self, number: i32) {
        let info = Info { code: abi::SI_KERNEL, ..Info::new(number) };
        let _ = self.send_signal(info, Target::Thread(self.thread.reference()));
    }
}
