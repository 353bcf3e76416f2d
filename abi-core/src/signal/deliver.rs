//! What a signal does: who takes it, and then nothing, a handler, or the end of the program.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, Ordering};

use super::{Action, Info, LAST, REAL_TIME_FIRST, UNBLOCKABLE, bit};
use crate::abi::{self, Errno, Result};
use crate::backend::ExitStatus;
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

/// Tells whether the action makes the signal disappear.
fn ignores(action: &Action, number: i32) -> bool {
    action.handler == abi::SIG_IGN
        || (action.handler == abi::SIG_DFL && default_of(number) == Default::Ignore)
}

/// Adds to a list of pending signals: a standard signal is there once.
fn add_pending(list: &mut Vec<Info>, info: Info) -> Result<()> {
    if info.number < REAL_TIME_FIRST && list.iter().any(|other| other.number == info.number) {
        return Ok(());
    }
    if list.len() >= 65536 {
        return Err(Errno::EAGAIN);
    }
    list.push(info);
    Ok(())
}

impl Thread {
    fn blocks(&self, number: i32) -> bool {
        self.sigmask.load(Ordering::Relaxed) & bit(number) != 0
    }

    fn awaits(&self, number: i32) -> bool {
        self.signals.awaited.load(Ordering::SeqCst) & bit(number) != 0
    }
}

impl Context<'_> {
    /// Returns how `number` is handled.
    pub fn action_of(self, number: i32) -> Action {
        self.kernel.signals.actions.lock().get(number as usize).copied().unwrap_or_default()
    }

    fn is_held(self, number: i32) -> bool {
        self.kernel.signals.held.lock().get(number as usize).is_some_and(|count| *count != 0)
    }

    /// Returns the thread that takes a signal for the program: one that awaits it, the caller, the first thread, any.
    fn taker(self, number: i32) -> Option<Arc<Thread>> {
        let threads = self.kernel.tasks.threads.lock();
        let live = || threads.iter().filter(|thread| thread.alive.load(Ordering::Relaxed) != 0);
        let takes = |thread: &&Arc<Thread>| {
            !thread.blocks(number) && thread.signals.is_handler.load(Ordering::Relaxed) == 0
        };
        let is_caller = |thread: &&Arc<Thread>| core::ptr::eq(Arc::as_ptr(thread), self.thread);
        let found = live()
            .find(|thread| thread.awaits(number))
            .or_else(|| live().filter(takes).find(is_caller))
            .or_else(|| live().find(takes))
            .or_else(|| live().find(|thread| !thread.blocks(number)));
        found.cloned()
    }

    /// Counts an expiration of a timer whose signal still waits to be taken; false if none does.
    pub fn overrun_pending(self, timer: i32, count: i32, target: &Target) -> bool {
        let mut list = match target {
            Target::Process => self.kernel.signals.pending.lock(),
            Target::Thread(thread) => thread.signals.pending.lock(),
        };
        let waiting = list.iter_mut().find(|info| info.code == abi::SI_TIMER && info.timer == timer);
        if let Some(info) = waiting {
            info.overruns = info.overruns.saturating_add(count);
            return true;
        }
        false
    }

    /// Sends a signal. If its handler runs for the caller's sake, returns after it has ended.
    pub fn send_signal(self, info: Info, target: Target) -> Result<()> {
        if !(1..=LAST).contains(&info.number) {
            return Err(Errno::EINVAL);
        }
        let action = self.action_of(info.number);
        let (taker, list) = match &target {
            Target::Process => (self.taker(info.number), &self.kernel.signals.pending),
            Target::Thread(thread) => (Some(thread.clone()), &thread.signals.pending),
        };
        let is_waiting = taker.as_ref().is_some_and(|thread| thread.awaits(info.number));
        let is_blocked = taker.as_ref().is_none_or(|thread| thread.blocks(info.number))
            && bit(info.number) & UNBLOCKABLE == 0;
        if ignores(&action, info.number) && !is_waiting && !is_blocked {
            return Ok(());
        }
        let runs_handler = action.handler != abi::SIG_DFL && action.handler != abi::SIG_IGN;
        if is_waiting || is_blocked || (runs_handler && self.is_held(info.number)) {
            add_pending(&mut list.lock(), info)?;
            self.kernel.fs.signals.notify();
            if let Some(thread) = taker.filter(|_| is_waiting) {
                thread.park.fetch_add(1, Ordering::SeqCst);
                self.kernel.backend.wake(&thread.park, usize::MAX);
            }
            return Ok(());
        }
        match taker {
            Some(taker) => self.deliver(info, action, &taker),
            None => Ok(()),
        }
    }

    /// Does what `action` says with a signal that `taker` takes.
    fn deliver(self, info: Info, action: Action, taker: &Arc<Thread>) -> Result<()> {
        static WARNED: AtomicU32 = AtomicU32::new(0);
        match action.handler {
            abi::SIG_IGN => Ok(()),
            abi::SIG_DFL => {
                match default_of(info.number) {
                    Default::Ignore => {}
                    Default::Stop => {
                        if WARNED.swap(1, Ordering::Relaxed) == 0 {
                            log::warn!("stop signals are ignored (signal {})", info.number);
                        }
                    }
                    // Signals belong to the machine, whichever program's thread this is.
                    Default::End => {
                        self.kernel.backend.power_off(ExitStatus::Code((128 + info.number) as u8))
                    }
                    Default::Core => crate::panic::fatal_signal(info.number),
                }
                Ok(())
            }
            _ => self.run_handler(info, action, taker),
        }
    }

    /// Takes a pending signal of `set` for the calling thread.
    pub fn take_pending(self, set: u64) -> Option<Info> {
        for list in [&self.thread.signals.pending, &self.kernel.signals.pending] {
            let mut list = list.lock();
            // The lowest number first, each in the order it came.
            let first = list.iter().enumerate().filter(|(_, info)| bit(info.number) & set != 0);
            if let Some((at, _)) = first.min_by_key(|(at, info)| (info.number, *at)) {
                return Some(list.remove(at));
            }
        }
        None
    }

    /// Delivers what is pending and no longer blocked or held: for the calling thread, and for the program.
    pub fn deliver_pending(self) {
        for _ in 0..1024 {
            let held = {
                let counts = self.kernel.signals.held.lock();
                (1..=LAST).filter(|n| counts[*n as usize] != 0).fold(0, |mask, n| mask | bit(n))
            };
            let Some(info) = self.take_pending(!self.thread.sigmask.load(Ordering::Relaxed) & !held) else {
                return;
            };
            let threads = self.kernel.tasks.threads.lock();
            let own = threads.iter().find(|thread| core::ptr::eq(Arc::as_ptr(thread), self.thread)).cloned();
            drop(threads);
            if let Some(own) = own
                && !ignores(&self.action_of(info.number), info.number)
                && self.deliver(info, self.action_of(info.number), &own).is_err()
            {
                return;
            }
        }
    }

    /// Delivers pending signals that other threads may take now that a handler has ended.
    pub fn deliver_released(self) {
        let threads = self.kernel.tasks.threads.lock().clone();
        for thread in threads {
            let mask = thread.sigmask.load(Ordering::Relaxed);
            let due: Vec<Info> = {
                let held = self.kernel.signals.held.lock();
                let is_due = |info: &Info| bit(info.number) & mask == 0 && held[info.number as usize] == 0;
                let mut list = thread.signals.pending.lock();
                let due = list.iter().copied().filter(is_due).collect();
                list.retain(|info| !is_due(info));
                due
            };
            for info in due {
                let _ = self.send_signal(info, Target::Thread(thread.clone()));
            }
        }
        let due = core::mem::take(&mut *self.kernel.signals.pending.lock());
        for info in due {
            let _ = self.send_signal(info, Target::Process);
        }
    }

    /// Sends a signal to the calling thread, as the kernel does (`SIGPIPE` of a write).
    pub fn send_signal_to_self(self, number: i32) {
        let own = self.thread_numbered(self.thread.tid);
        if let Ok(own) = own {
            let info = Info { code: abi::SI_KERNEL, ..Info::new(number) };
            let _ = self.send_signal(info, Target::Thread(own));
        }
    }
}
