//! Faults of the program as signals: the handler runs on the thread that faulted.

use core::sync::atomic::Ordering;

use super::bit;
use crate::abi;
use crate::backend::Access;
use crate::boundary::user::{copy_in, copy_out};
use crate::boundary::vectors::VectorArea;
use crate::kernel::Context;
use crate::libc::fault::{FaultFrame, fault_trampoline};
use crate::upcall::{TrapFrame, TrapKind};

/// `si_code` of a fault.
fn code(cx: Context<'_>, kind: TrapKind) -> i32 {
    const SEGV_MAPERR: i32 = 1;
    const SEGV_ACCERR: i32 = 2;
    const BUS_ADRERR: i32 = 2;
    match kind {
        TrapKind::Page { address, .. } => {
            let is_ours = cx.kernel.backend.layout().image.contains(address);
            if is_ours || cx.kernel.mm.region_of(address).is_some() { SEGV_ACCERR } else { SEGV_MAPERR }
        }
        TrapKind::PastEnd { .. } => BUS_ADRERR,
        TrapKind::Divide => 1,
        TrapKind::InvalidOpcode => 2,
        TrapKind::FloatingPoint { exceptions } => floating_point_code(exceptions),
        TrapKind::Debug => 2,
        TrapKind::Protection | TrapKind::Breakpoint | TrapKind::Syscall => abi::SI_KERNEL,
    }
}

/// The first of the exceptions (IE, DE, ZE, OE, UE, PE from bit 0 on) that Linux names.
fn floating_point_code(exceptions: u8) -> i32 {
    const FPE_FLTDIV: i32 = 3;
    const FPE_FLTOVF: i32 = 4;
    const FPE_FLTUND: i32 = 5;
    const FPE_FLTRES: i32 = 6;
    const FPE_FLTINV: i32 = 7;
    let codes = [(1, FPE_FLTINV), (4, FPE_FLTDIV), (8, FPE_FLTOVF), (0x12, FPE_FLTUND), (0x20, FPE_FLTRES)];
    codes.into_iter().find(|(bits, _)| exceptions & bits != 0).map_or(0, |(_, code)| code)
}

/// Sends the thread to the program's handler for this fault, by changing `frame`; false when there is none, or no
/// stack to run it on. Called with the fault of the program's own code only.
pub fn fault_signal(kind: TrapKind, frame: &mut TrapFrame) -> bool {
    let cx = Context::current();
    let number = crate::panic::signal_of(kind);
    let action = cx.action_of(number);
    let mask = cx.thread.sigmask.load(Ordering::Relaxed);
    if !action.has_handler() || mask & bit(number) != 0 {
        return false;
    }
    if cx.thread.program.has_own_libc() {
        return on_own_libc(cx, kind, frame, number, action);
    }
    let rsp = frame.rsp as usize;
    let (start, flags, len_bytes) = *cx.thread.signals.alternate.lock();
    let is_usable = action.flags & abi::SA_ONSTACK != 0 && flags & abi::SS_DISABLE == 0;
    let is_on = rsp.wrapping_sub(start) < len_bytes;
    // Below the red zone, or at the top of the alternate stack.
    let top = if is_usable && !is_on { start + len_bytes } else { rsp.wrapping_sub(192) };
    let at = top.wrapping_sub(size_of::<FaultFrame>()) & !63;
    let vectors = VectorArea::new();
    let bottom = at.wrapping_sub(vectors.len_bytes());

    let own = if action.flags & abi::SA_NODEFER != 0 { 0 } else { bit(number) };
    let mut out = FaultFrame::new(frame, action.handler, number, code(cx, kind), mask);
    out.set_fault(about(kind, number, frame));
    out.set_stack(start, if is_on { abi::SS_ONSTACK } else { flags }, len_bytes);
    out.set_vectors(&vectors, bottom);
    // A stack that is not there means no handler.
    let stored = vectors.prepare(|offset, bytes| copy_out(bottom + offset, bytes));
    if stored.and_then(|()| copy_out(bottom, &[0; 8])).and_then(|()| copy_out(at, out.bytes())).is_err() {
        return false;
    }
    if action.flags & abi::SA_RESETHAND != 0
        && let Some(action) = cx.kernel.signals.state.lock().actions.get_mut(number as usize)
    {
        action.handler = abi::SIG_DFL;
    }
    cx.thread.sigmask.store(mask | action.mask | own, Ordering::Relaxed);
    frame.rip = fault_trampoline as *const () as u64;
    frame.rdi = at as u64;
    frame.rsp = bottom as u64;
    frame.rflags &= !0x700; // No trap, no direction.
    true
}

/// Returns the processor's error code, the exception, and the address the fault is about, as a context has them.
fn about(kind: TrapKind, number: i32, frame: &TrapFrame) -> [u64; 3] {
    const FROM_USER: u64 = 4;
    let exception = match kind {
        TrapKind::Page { address, access } | TrapKind::PastEnd { address, access } => {
            let write = u64::from(access.contains(Access::WRITE)) << 1;
            let fetch = u64::from(access.contains(Access::EXECUTE)) << 4;
            return [write | fetch | FROM_USER, 14, address as u64];
        }
        TrapKind::Divide => 0,
        TrapKind::Debug => 1,
        TrapKind::Breakpoint => 3,
        TrapKind::InvalidOpcode => 6,
        TrapKind::Protection | TrapKind::Syscall => 13,
        TrapKind::FloatingPoint { .. } => 19,
    };
    let has_address = number != abi::SIGSEGV && !matches!(kind, TrapKind::Breakpoint);
    [0, exception, if has_address { frame.rip } else { 0 }]
}

/// The same for a program with its own libc.
fn on_own_libc(
    cx: Context<'_>,
    kind: TrapKind,
    frame: &mut TrapFrame,
    number: i32,
    action: super::Action,
) -> bool {
    let fault = about(kind, number, frame);
    let mut info = [0u64; 16];
    (info[0], info[1], info[2]) = (number as u64, code(cx, kind) as u32 as u64, fault[2]);
    cx.deliver_fault(frame, info, action, fault)
}

/// A fault's handler has returned: goes on with the registers its context has now. False if the frame is
/// gone, or names an address that is none.
pub fn end_fault(frame: &mut TrapFrame) -> bool {
    let mut stored = FaultFrame::empty();
    if copy_in(stored.bytes_mut(), frame.rdi as usize).is_err() {
        return false;
    }
    let registers = stored.registers(frame);
    // Loading these would fault in the kernel.
    if (registers.rip as i64) << 16 >> 16 != registers.rip as i64 {
        return false;
    }
    *frame = registers;
    true
}
