//! Faults of the program as signals: the handler runs on the thread that faulted.

use core::sync::atomic::Ordering;

use super::bit;
use crate::abi;
use crate::boundary::user::copy_out;
use crate::kernel::Context;
use crate::libc::signal::{FaultFrame, fault_trampoline};
use crate::upcall::{TrapFrame, TrapKind};

/// `si_code` of a fault.
fn code(cx: Context<'_>, kind: TrapKind) -> i32 {
    const SEGV_MAPERR: i32 = 1;
    const SEGV_ACCERR: i32 = 2;
    match kind {
        TrapKind::Page { address, .. } if cx.kernel.mm.region_of(address).is_some() => SEGV_ACCERR,
        TrapKind::Page { .. } => SEGV_MAPERR,
        TrapKind::Divide => 1,
        TrapKind::InvalidOpcode => 2,
        TrapKind::FloatingPoint => 3,
        TrapKind::Debug => 2,
        TrapKind::Protection | TrapKind::Breakpoint | TrapKind::Syscall => abi::SI_KERNEL,
    }
}

/// Sends the thread to the program's handler for this fault, by changing `frame`; false when there is none, or no
/// stack to run it on. Called with the fault of the program's own code only.
pub fn fault_signal(kind: TrapKind, frame: &mut TrapFrame) -> bool {
    let cx = Context::current();
    let number = crate::panic::signal_of(kind);
    let action = cx.action_of(number);
    let mask = cx.thread.sigmask.load(Ordering::Relaxed);
    if action.handler == abi::SIG_DFL || action.handler == abi::SIG_IGN || mask & bit(number) != 0 {
        return false;
    }
    let rsp = frame.rsp as usize;
    let (start, flags, len_bytes) = *cx.thread.signals.alternate.lock();
    let is_usable = action.flags & abi::SA_ONSTACK != 0 && flags & abi::SS_DISABLE == 0;
    let is_on = rsp.wrapping_sub(start) < len_bytes;
    // Below the red zone, or at the top of the alternate stack.
    let top = if is_usable && !is_on { start + len_bytes } else { rsp.wrapping_sub(192) };
    let at = top.wrapping_sub(size_of::<FaultFrame>()) & !63;

    let own = if action.flags & abi::SA_NODEFER != 0 { 0 } else { bit(number) };
    let mut out = FaultFrame::new(frame, action.handler, number, code(cx, kind), mask);
    if let TrapKind::Page { address, access } = kind {
        let write = u64::from(access.contains(crate::backend::Access::WRITE)) << 1;
        out.set_address(address as u64, write | 4);
    } else {
        out.set_address(if number == abi::SIGSEGV { 0 } else { frame.rip }, 0);
    }
    out.set_stack(start, if is_on { abi::SS_ONSTACK } else { flags }, len_bytes, at);
    // A stack that is not there means no handler.
    if copy_out(at, out.bytes()).is_err() {
        return false;
    }
    if action.flags & abi::SA_RESETHAND != 0
        && let Some(action) = cx.kernel.signals.actions.lock().get_mut(number as usize)
    {
        action.handler = abi::SIG_DFL;
    }
    cx.thread.sigmask.store(mask | action.mask | own, Ordering::Relaxed);
    frame.rip = fault_trampoline as *const () as u64;
    frame.rdi = at as u64;
    frame.rsp = at as u64;
    frame.rflags &= !0x700; // No trap, no direction.
    true
}
