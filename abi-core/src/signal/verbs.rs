//! sigaction(2), sigprocmask(2), kill(2) and their like.

use alloc::sync::Arc;
use core::sync::atomic::Ordering;

use super::{Action, Info, LAST, Target, UNBLOCKABLE, bit};
use crate::abi::{self, Errno, PID, Result};
use crate::boundary::user::{self, UserPtr};
use crate::kernel::Context;
use crate::task::Thread;

/// The alternate stack is let go while a handler runs on it (`SS_AUTODISARM`).
pub(super) const AUTODISARM: i32 = 1 << 31;
/// What glibc keeps for itself, which programs that use a library's functions do not get to.
pub const LIBRARY_SIGNALS: core::ops::RangeInclusive<i32> = 32..=33;
/// Smallest alternate stack.
const MINSIGSTKSZ: usize = 2048;

/// Reads the first word of a `sigset_t`.
fn read_set(set: UserPtr<abi::sigset_t>) -> Result<u64> {
    UserPtr::<u64>::new(set.address()).read()
}

/// Writes a `sigset_t`, which has room for more signals than there are.
fn write_set(set: UserPtr<abi::sigset_t>, mask: u64) -> Result<()> {
    UserPtr::<u64>::new(set.address()).write_many(&[mask, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
}

/// Reads `si_code` and `si_value` of what a program sends.
pub fn code_and_value(info: UserPtr<u64>) -> Result<(i32, u64)> {
    Ok((info.add(1).read()? as i32, info.add(3).read()?))
}

impl Context<'_> {
    /// sigaction(2) with glibc's `struct sigaction`.
    pub fn sys_sigaction(
        self,
        number: i32,
        new: UserPtr<abi::sigaction>,
        old: UserPtr<abi::sigaction>,
    ) -> Result<i32> {
        if LIBRARY_SIGNALS.contains(&number) {
            return Err(Errno::EINVAL);
        }
        let new = new.non_null().map(|new| read_action(new.address())).transpose()?;
        let before = self.set_action(number, new)?;
        if let Some(old) = old.non_null() {
            write_action(old.address(), before)?;
        }
        Ok(0)
    }

    /// Says how a signal is handled from now on, if `new` does; returns how it was.
    pub fn set_action(self, number: i32, new: Option<Action>) -> Result<Action> {
        if !(1..=LAST).contains(&number) {
            return Err(Errno::EINVAL);
        }
        if new.is_some() && bit(number) & UNBLOCKABLE != 0 {
            return Err(Errno::EINVAL);
        }
        let mut state = self.kernel.signals.state.lock();
        let before = state.actions[number as usize];
        if let Some(mut new) = new {
            new.mask &= !UNBLOCKABLE;
            new.owner = self.thread.program.number;
            state.actions[number as usize] = new;
            if new.ignores(number) {
                // What waits is gone, blocked or not (POSIX, 2.4.3 Signal Actions).
                let threads = self.kernel.tasks.threads.lock().clone();
                state.discard(number, &threads);
            }
        }
        Ok(before)
    }

    /// rt_sigprocmask(2)
    pub fn sys_sigprocmask(
        self,
        how: i32,
        set: UserPtr<abi::sigset_t>,
        old: UserPtr<abi::sigset_t>,
    ) -> Result<i32> {
        let before = self.change_mask(how, set.non_null().map(read_set).transpose()?)?;
        if let Some(old) = old.non_null() {
            write_set(old, before)?;
        }
        Ok(0)
    }

    /// Changes the calling thread's mask, if there is a set; returns what it was.
    pub fn change_mask(self, how: i32, set: Option<u64>) -> Result<u64> {
        let before = self.thread.sigmask.load(Ordering::Relaxed);
        if let Some(set) = set {
            let set = set & !UNBLOCKABLE;
            let mask = match how {
                abi::SIG_BLOCK => before | set,
                abi::SIG_UNBLOCK => before & !set,
                abi::SIG_SETMASK => set,
                _ => return Err(Errno::EINVAL),
            };
            self.thread.sigmask.store(mask, Ordering::SeqCst);
            if before & !mask != 0 {
                self.deliver_own();
            }
            if mask & !before & self.kernel.signals.set.load(Ordering::SeqCst) != 0 {
                // It may have been the one that was to take them.
                self.deliver_to_others();
            }
        }
        Ok(before)
    }

    /// Returns the signals pending for the calling thread.
    pub fn pending_set(self) -> u64 {
        let own = self.thread.signals.set.load(Ordering::SeqCst);
        (own | self.kernel.signals.set.load(Ordering::SeqCst)) & self.thread.sigmask.load(Ordering::Relaxed)
    }

    /// sigaltstack(2)
    pub fn sys_sigaltstack(self, new: UserPtr<abi::stack_t>, old: UserPtr<abi::stack_t>) -> Result<i32> {
        let before = *self.thread.signals.alternate.lock();
        let rsp = self.thread.head.guest_rsp.load(Ordering::Relaxed);
        let is_on = before.1 & (abi::SS_DISABLE | AUTODISARM) == 0 && rsp.wrapping_sub(before.0) < before.2;
        if let Some(new) = new.non_null() {
            let new = new.read()?;
            if is_on {
                return Err(Errno::EPERM);
            }
            let is_let_go = new.ss_flags & AUTODISARM;
            let place = match new.ss_flags & !AUTODISARM {
                abi::SS_DISABLE => (0, abi::SS_DISABLE | is_let_go, 0),
                0 | abi::SS_ONSTACK if new.ss_size < MINSIGSTKSZ => return Err(Errno::ENOMEM),
                0 | abi::SS_ONSTACK => (new.ss_sp as usize, is_let_go, new.ss_size),
                _ => return Err(Errno::EINVAL),
            };
            *self.thread.signals.alternate.lock() = place;
        }
        if let Some(old) = old.non_null() {
            let mut out: abi::stack_t = user::zeroed();
            (out.ss_sp, out.ss_size) = (before.0 as *mut _, before.2);
            out.ss_flags = if is_on { abi::SS_ONSTACK } else { before.1 };
            old.write(out)?;
        }
        Ok(0)
    }

    /// kill(2): the program is the only process.
    pub fn sys_kill(self, pid: i32, number: i32) -> Result<i32> {
        if !(0..=LAST).contains(&number) {
            return Err(Errno::EINVAL);
        }
        if !matches!(pid, PID | 0 | -1) && pid != -PID {
            return Err(Errno::ESRCH);
        }
        if number != 0 {
            self.send_signal(Info::new(number), Target::Process)?;
        }
        Ok(0)
    }

    /// tgkill(2)
    pub fn sys_tgkill(self, pid: i32, tid: i32, number: i32) -> Result<i32> {
        if !(0..=LAST).contains(&number) || pid <= 0 || tid <= 0 {
            return Err(Errno::EINVAL);
        }
        let thread = self.thread_numbered(tid)?;
        if pid != PID {
            return Err(Errno::ESRCH);
        }
        if number != 0 {
            let info = Info { code: abi::SI_TKILL, ..Info::new(number) };
            self.send_signal(info, Target::Thread(thread))?;
        }
        Ok(0)
    }

    /// raise(3)
    pub fn sys_raise(self, number: i32) -> Result<i32> {
        if number != 0 {
            let info = Info { code: abi::SI_TKILL, ..Info::new(number) };
            self.send_signal(info, Target::Thread(self.thread.reference()))?;
        }
        Ok(0)
    }

    /// rt_sigqueueinfo(2), rt_tgsigqueueinfo(2) with a thread: a signal with a value. A program may say anything of where it
    /// comes from to itself.
    pub fn sys_sigqueue(
        self,
        pid: i32,
        thread: Option<Arc<Thread>>,
        number: i32,
        code: i32,
        value: u64,
    ) -> Result<i32> {
        if !(0..=LAST).contains(&number) {
            return Err(Errno::EINVAL);
        }
        if pid != PID {
            return Err(Errno::ESRCH);
        }
        if number != 0 {
            let info = Info { code, value, ..Info::new(number) };
            self.send_signal(info, thread.map_or(Target::Process, Target::Thread))?;
        }
        Ok(0)
    }

    /// abort(3): raises SIGABRT; if that returns, ends the program all the same. Returns where the handler runs on the way out
    /// of the call, which is then made again.
    pub fn abort_program(self) -> Result<i32> {
        self.thread.sigmask.fetch_and(!bit(abi::SIGABRT), Ordering::SeqCst);
        let action = self.action_of(abi::SIGABRT);
        let is_first = !self.thread.signals.ended_call.is_made_again();
        if action.has_handler() && is_first {
            let _ = self.sys_raise(abi::SIGABRT);
            if self.thread.takes_signals_itself() {
                self.thread.signals.make_again_after_handler();
                return Err(Errno::EINTR);
            }
            // The handler may have replaced the program.
            if self.thread.is_to_end() {
                self.thread_exit()
            }
        }
        crate::panic::fatal_signal(abi::SIGABRT)
    }
}

/// Field offsets of glibc's `struct sigaction`.
const MASK: usize = 8;
const FLAGS: usize = 136;
const RESTORER: usize = 144;

fn read_action(address: usize) -> Result<Action> {
    Ok(Action {
        handler: UserPtr::new(address).read()?,
        mask: UserPtr::<u64>::new(address + MASK).read()?,
        flags: UserPtr::new(address + FLAGS).read()?,
        restorer: UserPtr::new(address + RESTORER).read()?,
        owner: 0,
    })
}

fn write_action(address: usize, action: Action) -> Result<()> {
    UserPtr::new(address).write(action.handler)?;
    write_set(UserPtr::new(address + MASK), action.mask)?;
    UserPtr::new(address + FLAGS).write(action.flags)?;
    UserPtr::new(address + RESTORER).write(action.restorer)
}
