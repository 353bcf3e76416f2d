//! Signals as Linux delivers them, to programs with their own libc and to those that want it so: on the thread that takes
//! them, on top of what it was doing, when it leaves the kernel or is brought there.
//!
//! A signal waits in its list, and the thread that shall take it has [`PENDING_SIGNAL`] set. On its way out the thread
//! takes what it can and lays a frame on its stack for every handler. The frame's vector state is stored by the
//! trampoline, the first code of every handler, since the registers are the interrupted code's again by then.

use alloc::sync::Arc;
use core::sync::atomic::Ordering;

use super::pending::Queued;
use super::verbs::AUTODISARM;
use super::{Action, Info, Target, UNBLOCKABLE, bit};
use crate::abi::{self, Errno, Result};
use crate::backend::Access;
use crate::boundary::guest::{REGISTERS, enter_handler, handlers_return};
use crate::boundary::syscall::{BY_SYMBOL, NO_CALL, SyscallFrame};
use crate::boundary::syscall::{DIRECTION_FLAG, EXACT};
use crate::boundary::user::{copy_in, copy_out};
use crate::boundary::vectors::VectorArea;
use crate::kernel::Context;
use crate::task::{PENDING_SIGNAL, Thread};
use crate::upcall::{TrapFrame, TrapKind};

/// `SA_RESTORER`
const SA_RESTORER: u64 = 0x0400_0000;
/// Bytes below the stack pointer that are the program's (psABI, "The Stack Frame").
const RED_ZONE_BYTES: u64 = 128;
/// `UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS`, and `UC_FP_XSTATE`.
const CONTEXT_FLAGS: u64 = 6;
const CONTEXT_HAS_XSTATE: u64 = 1;
/// The trap flag (SDM 1 3.4.3.3), which a handler starts without.
const TRAP_FLAG: u64 = 1 << 8;

impl Action {
    /// Makes it of the kernel's `struct sigaction` (rt_sigaction(2)): handler, flags, restorer, mask.
    pub fn from_kernel([handler, flags, restorer, mask]: [u64; 4]) -> Self {
        let restorer = if flags & SA_RESTORER == 0 { 0 } else { restorer as usize };
        Self { handler: handler as usize, flags: flags as i32, mask, restorer, owner: 0 }
    }

    /// Returns it as the kernel's `struct sigaction`.
    pub fn to_kernel(self) -> [u64; 4] {
        [self.handler as u64, u64::from(self.flags as u32), self.restorer as u64, self.mask]
    }
}

/// Words of a frame: where the handler returns to, `struct ucontext`, `siginfo_t`.
const WORDS: usize = 55;
const CONTEXT: usize = 1;
const FP_STATE: usize = 29;
const MASK: usize = 38;
const INFO: usize = 39;
const FRAME_BYTES: usize = WORDS * 8;

/// Returns the most that a signal takes of a stack (`AT_MINSIGSTKSZ`).
pub fn frame_max_bytes() -> usize {
    VectorArea::new().len_bytes() + FRAME_BYTES + RED_ZONE_BYTES as usize + 64 + 16
}

/// Where in the program a signal finds the thread, and why.
struct Occasion<'a> {
    registers: &'a mut TrapFrame,
    /// The signal mask to go back to.
    mask: u64,
    /// What the processor said of a fault: its error code, the exception, the address.
    fault: [u64; 3],
}

impl Thread {
    /// Tells whether its signals are delivered on it, as Linux does.
    pub fn takes_signals_itself(&self) -> bool {
        self.program.has_own_libc() || self.program.has_signals_on_threads
    }

    /// Makes it look at its signals soon.
    pub(super) fn kick(&self) {
        self.interrupt(PENDING_SIGNAL);
    }
}

impl Context<'_> {
    /// Tells whether something waits that the calling thread, which takes its signals itself, may take and that is not
    /// ignored; it will be looked at on the way out of the kernel. What is ignored and not blocked any more is gone.
    pub(super) fn has_due_signal(self) -> bool {
        let (due, ignored) = self.due_signals();
        while ignored != 0 && self.take_pending(ignored).is_some() {}
        if due != 0 {
            self.thread.head.pending.fetch_or(PENDING_SIGNAL, Ordering::SeqCst);
        }
        due != 0
    }

    /// Returns which waiting signals the calling thread may take, and which of those that wait unblocked are ignored. One of the
    /// program's may be on its way to a thread that awaits it.
    fn due_signals(self) -> (u64, u64) {
        let open = !self.thread.sigmask.load(Ordering::SeqCst) | UNBLOCKABLE;
        let state = self.kernel.signals.state.lock();
        let own = self.thread.signals.set.load(Ordering::SeqCst);
        let mut set = (own | state.pending.set()) & open & !state.held_set;
        let is_awaited = self.kernel.signals.awaiting.load(Ordering::SeqCst) != 0;
        let (mut due, mut ignored) = (0, 0);
        while set != 0 {
            let number = set.trailing_zeros() as i32 + 1;
            set &= set - 1;
            let action = state.actions[number as usize];
            if action.ignores(number) {
                let is_nobodys = own & bit(number) != 0 || !is_awaited;
                ignored |= if is_nobodys { bit(number) } else { 0 };
            } else if own & bit(number) != 0 || action.is_for(self.thread) {
                due |= bit(number);
            }
        }
        (due, ignored)
    }

    /// A signal was put in a list: makes who shall take it look.
    pub(super) fn wake_takers(self) {
        let set = self.kernel.signals.set.load(Ordering::SeqCst);
        let actions = self.kernel.signals.state.lock().actions;
        let threads = self.kernel.tasks.threads.lock();
        for thread in threads.iter().filter(|thread| thread.takes_signals_itself()) {
            let open = !thread.sigmask.load(Ordering::SeqCst) | UNBLOCKABLE;
            if thread.signals.set.load(Ordering::SeqCst) & open != 0 {
                thread.kick();
            }
        }
        let mut set = set;
        while set != 0 {
            let number = set.trailing_zeros() as i32 + 1;
            set &= set - 1;
            let is_meant = |thread: &&Arc<Thread>| actions[number as usize].is_for(thread);
            let takes = |thread: &&Arc<Thread>| {
                thread.takes_signals_itself()
                    && thread.alive.load(Ordering::Relaxed) != 0
                    && !thread.own.has_exited()
                    && is_meant(thread)
                    && (!thread.sigmask.load(Ordering::SeqCst) | UNBLOCKABLE) & bit(number) != 0
            };
            let is_self = |thread: &&Arc<Thread>| core::ptr::eq(Arc::as_ptr(thread), self.thread);
            let first = threads.iter().find(is_meant).filter(takes);
            let found = first
                .or_else(|| threads.iter().filter(takes).find(is_self))
                .or_else(|| threads.iter().find(takes));
            if let Some(thread) = found {
                thread.kick();
            }
        }
    }

    /// Takes what the calling thread may take, before it goes on in the program with what `frame` holds.
    pub fn deliver_on(self, frame: &mut SyscallFrame) {
        let restart = if frame.was_interrupted() {
            self.thread.signals.interrupted.swap(0, Ordering::Relaxed)
        } else {
            0
        };
        let mut has_handler = false;
        while let Some((queued, action)) = self.take_due() {
            let number = queued.info.number;
            queued.complete();
            if !action.has_handler() {
                if action.handler == abi::SIG_DFL {
                    self.default_action(number);
                }
                continue;
            }
            let may_restart = restart == RESTARTS && action.flags & abi::SA_RESTART != 0;
            if !has_handler && (may_restart || restart == ALWAYS_RESTARTS) {
                make_again(frame);
            }
            has_handler = true;
            let mask = self.thread.signals.saved_mask.lock().take();
            let mask = mask.unwrap_or_else(|| self.thread.sigmask.load(Ordering::SeqCst));
            let mut occasion = Occasion { registers: &mut frame.registers, mask, fault: [0; 3] };
            if let Err(address) = self.lay_frame(&mut occasion, queued.info.to_siginfo(), action, number) {
                no_frame(&frame.registers, address, Access::WRITE);
            }
            // The handler is to find no traces of the system call.
            frame.loads |= EXACT;
        }
        if let Some(mask) = self.thread.signals.saved_mask.lock().take() {
            self.thread.sigmask.store(mask, Ordering::SeqCst);
            self.has_due_signal();
        }
        if restart != 0 && !has_handler {
            // Nothing came of it: another thread took the signal, or it was ignored.
            make_again(frame);
        }
    }

    /// Takes a signal out of its list, and what is to be done with it.
    fn take_due(self) -> Option<(Queued, Action)> {
        let mut state = self.kernel.signals.state.lock();
        let open = !self.thread.sigmask.load(Ordering::SeqCst) | UNBLOCKABLE;
        let set = open & !state.held_set;
        let queued = self.thread.signals.take(set).or_else(|| {
            let ours = state.pending.set() & set & state.those_for(self.thread);
            state.take_from_process(ours)
        })?;
        let slot = &mut state.actions[queued.info.number as usize];
        let action = *slot;
        if action.has_handler() && action.flags & abi::SA_RESETHAND != 0 {
            slot.handler = abi::SIG_DFL;
        }
        Some((queued, action))
    }

    /// Lays a handler's frame on the thread's stack and makes the registers enter it, or returns the address that can't be
    /// written.
    fn lay_frame(
        self,
        occasion: &mut Occasion<'_>,
        info: [u64; 16],
        action: Action,
        number: i32,
    ) -> core::result::Result<(), usize> {
        // Of ours, as glibc has one.
        let has_own_libc = self.thread.program.has_own_libc();
        let restorer = if has_own_libc { action.restorer } else { handlers_return() };
        if restorer == 0 {
            return Err(0);
        }
        let registers = &mut *occasion.registers;
        let rsp = registers.rsp;
        let (start, flags, len_bytes) = *self.thread.signals.alternate.lock();
        let is_on =
            flags & (abi::SS_DISABLE | AUTODISARM) == 0 && (rsp as usize).wrapping_sub(start) < len_bytes;
        let is_usable = action.flags & abi::SA_ONSTACK != 0 && flags & abi::SS_DISABLE == 0;
        let top =
            if is_usable && !is_on { (start + len_bytes) as u64 } else { rsp.wrapping_sub(RED_ZONE_BYTES) };
        let vectors = VectorArea::new();
        let fp_state = top.wrapping_sub(vectors.len_bytes() as u64) & !63;
        // As after a call.
        let at = (fp_state.wrapping_sub(FRAME_BYTES as u64) & !15).wrapping_sub(8);
        let mut words = [0u64; WORDS];
        words[0] = restorer as u64;
        words[CONTEXT] = CONTEXT_FLAGS | if vectors.has_xsave() { CONTEXT_HAS_XSTATE } else { 0 };
        words[3] = start as u64;
        words[4] = if is_on { abi::SS_ONSTACK as u64 } else { flags as u32 as u64 };
        words[5] = len_bytes as u64;
        words[REGISTERS..REGISTERS + 18].copy_from_slice(&registers.to_context());
        // The program's selectors: ss, fs, gs, cs.
        words[24] = 0x002b_0000_0000_0033;
        let [error, exception, address] = occasion.fault;
        (words[25], words[26], words[27], words[28]) = (error, exception, occasion.mask, address);
        words[FP_STATE] = fp_state;
        words[MASK] = occasion.mask;
        words[INFO..].copy_from_slice(&info);
        let lay = |at: usize, bytes: &[u8]| copy_out(at, bytes).map_err(|_| at);
        vectors.prepare(|offset, bytes| lay(fp_state as usize + offset, bytes))?;
        // The trampoline writes from here on: it must be there.
        lay(fp_state as usize, &[0; 8])?;
        let bytes: [u8; FRAME_BYTES] = core::array::from_fn(|i| words[i / 8].to_le_bytes()[i % 8]);
        lay(at as usize, &bytes)?;
        if flags & AUTODISARM != 0 {
            *self.thread.signals.alternate.lock() = (0, abi::SS_DISABLE, 0);
        }
        let own = if action.flags & abi::SA_NODEFER != 0 { 0 } else { bit(number) };
        let blocked = self.thread.sigmask.load(Ordering::SeqCst) | action.mask | own;
        self.thread.sigmask.store(blocked & !UNBLOCKABLE, Ordering::SeqCst);
        registers.rip = enter_handler as *const () as u64;
        registers.rsp = at;
        registers.rdi = number as u64;
        registers.rsi = at + INFO as u64 * 8;
        registers.rcx = at + CONTEXT as u64 * 8;
        registers.r8 = action.handler as u64;
        registers.r9 = fp_state;
        registers.r10 = u64::from(vectors.has_xsave());
        registers.rflags &= !(TRAP_FLAG | DIRECTION_FLAG);
        Ok(())
    }

    /// Sends the faulting thread to its program's handler; false if there is none, or no stack for it.
    pub(super) fn deliver_fault(
        self,
        registers: &mut TrapFrame,
        info: [u64; 16],
        action: Action,
        fault: [u64; 3],
    ) -> bool {
        let number = info[0] as i32;
        let mask = self.thread.sigmask.load(Ordering::SeqCst);
        let mut occasion = Occasion { registers, mask, fault };
        if self.lay_frame(&mut occasion, info, action, number).is_err() {
            return false;
        }
        if action.flags & abi::SA_RESETHAND != 0 {
            self.kernel.signals.state.lock().actions[number as usize].handler = abi::SIG_DFL;
        }
        true
    }

    /// rt_sigreturn(2): loads what the frame holds that the stack pointer is above.
    pub fn sys_rt_sigreturn(self) -> i64 {
        let frame = SyscallFrame::of(self.thread);
        if self.load_frame(frame).is_err() {
            no_frame(&frame.registers, frame.registers.rsp as usize, Access::READ);
        }
        frame.number = NO_CALL;
        frame.loads |= EXACT;
        // What came meanwhile and was blocked by the handler.
        self.has_due_signal();
        frame.registers.rax as i64
    }

    fn load_frame(self, frame: &mut SyscallFrame) -> Result<()> {
        let at = (frame.registers.rsp as usize).wrapping_sub(8);
        let mut bytes = [0; INFO * 8];
        copy_in(&mut bytes, at)?;
        let word = |index: usize| crate::loader::elf::u64_at(&bytes, index * 8);
        let r = &mut frame.registers;
        *r = r.with_context(core::array::from_fn(|index| word(REGISTERS + index)));
        // Loading such an address would fault in the kernel.
        if (r.rip as i64) << 16 >> 16 != r.rip as i64 {
            return Err(Errno::EFAULT);
        }
        frame.load_vectors(word(FP_STATE) as usize)?;
        self.thread.sigmask.store(word(MASK) & !UNBLOCKABLE, Ordering::SeqCst);
        let flags = word(4) as i32 & !abi::SS_ONSTACK;
        *self.thread.signals.alternate.lock() = (word(3) as usize, flags, word(5) as usize);
        Ok(())
    }

    /// Puts a signal in the list of a target that takes its signals itself.
    pub(super) fn leave_for(self, info: Info, target: &Target) -> Result<()> {
        self.kernel.signals.state.lock().add(info, target, None)?;
        self.kernel.fs.signals.notify();
        Ok(())
    }
}

/// [`super::ThreadSignals::interrupted`]: the call may be made again after a handler with `SA_RESTART`.
pub(super) const RESTARTS: u32 = 1;
/// The call ends with `EINTR` after any handler.
pub(super) const ENDS: u32 = 2;
/// The call is made again after any handler.
const ALWAYS_RESTARTS: u32 = 3;

impl super::ThreadSignals {
    /// Has the call that a signal ends now made again after any handler.
    pub fn make_again_after_handler(&self) {
        self.interrupted.store(ALWAYS_RESTARTS, Ordering::Relaxed);
    }
}

/// Ends the program as Linux does where a signal's frame can't be written or read.
fn no_frame(registers: &TrapFrame, address: usize, access: Access) -> ! {
    let kind = TrapKind::Page { address, access };
    crate::panic::fatal_fault(abi::SIGSEGV, kind, registers)
}

impl SyscallFrame {
    /// Tells whether it is of a call that a signal may have ended.
    fn was_interrupted(&self) -> bool {
        match self.number {
            NO_CALL => false,
            BY_SYMBOL => true,
            _ => self.registers.rax == -i64::from(Errno::EINTR.0) as u64,
        }
    }
}

/// Makes the program make its call again.
fn make_again(frame: &mut SyscallFrame) {
    const INSTRUCTION_BYTES: u64 = 2;
    if frame.number == BY_SYMBOL {
        frame.registers.rax = 1;
        return;
    }
    frame.registers.rax = frame.number;
    frame.registers.rip -= INSTRUCTION_BYTES;
}
