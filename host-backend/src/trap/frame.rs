//! The interrupted registers: `ucontext` to [`TrapFrame`] and back.

use abi_core::upcall::TrapFrame;
use libc::ucontext_t;

use crate::sys;

macro_rules! registers {
    ($($field:ident = $index:ident),* $(,)?) => {
        /// Copies the registers out.
        pub(super) fn load(context: &ucontext_t) -> TrapFrame {
            let from = &context.uc_mcontext.gregs;
            TrapFrame { $($field: from[libc::$index as usize] as u64),* }
        }

        /// Copies the registers back.
        pub(super) fn store(context: &mut ucontext_t, frame: &TrapFrame) {
            let to = &mut context.uc_mcontext.gregs;
            $(to[libc::$index as usize] = frame.$field as i64;)*
        }
    };
}
registers!(
    rax = REG_RAX,
    rbx = REG_RBX,
    rcx = REG_RCX,
    rdx = REG_RDX,
    rsi = REG_RSI,
    rdi = REG_RDI,
    rbp = REG_RBP,
    r8 = REG_R8,
    r9 = REG_R9,
    r10 = REG_R10,
    r11 = REG_R11,
    r12 = REG_R12,
    r13 = REG_R13,
    r14 = REG_R14,
    r15 = REG_R15,
    rip = REG_RIP,
    rsp = REG_RSP,
    rflags = REG_EFL,
);

/// Makes the system call that was caught, from where it is allowed.
pub(super) fn repeat_syscall(context: &mut ucontext_t) {
    let frame = load(context);
    let args = [frame.rdi, frame.rsi, frame.rdx, frame.r10, frame.r8, frame.r9].map(|arg| arg as usize);
    // SAFETY: the vDSO asked for it, on behalf of `clock_gettime`.
    let result = unsafe { sys::raw(frame.rax as i64, args) };
    context.uc_mcontext.gregs[libc::REG_RAX as usize] = result as i64;
}

/// Returns the floating-point exceptions that are raised and not masked, IE first.
pub(super) fn floating_point_exceptions(context: &ucontext_t) -> u8 {
    // SAFETY: the kernel's own frame, in the handler it was made for.
    let Some(state) = (unsafe { context.uc_mcontext.fpregs.as_ref() }) else { return 0 };
    let of_x87 = state.swd & !state.cwd;
    let of_sse = state.mxcsr & !(state.mxcsr >> 7);
    let is_sse = context.uc_mcontext.gregs[libc::REG_TRAPNO as usize] == 19;
    (if is_sse { of_sse } else { u32::from(of_x87) } & 0x3f) as u8
}
