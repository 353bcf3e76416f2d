//! Signals of the host: faults, interrupts, stray system calls.
//!
//! The entries are installed by raw `rt_sigaction` and run on the thread's fault stack. They call abi-core, which uses no
//! thread-locals, so FS stays the guest's.
#![expect(unsafe_code, reason = "signal entries read and write the interrupted registers")]

pub(crate) mod filter;
mod frame;
mod hot;
pub(crate) mod rewrite;

use core::arch::naked_asm;
use core::sync::atomic::{AtomicU32, Ordering};

use abi_core::backend::{Access, Console};
use abi_core::boundary::syscall::enter_syscall;
use abi_core::upcall::{self, TrapKind};

use crate::sys::{self, KernelSigaction};
use crate::{BACKEND, block, parking, power, terminal, vdso};

/// Makes a thread leave its wait (a real-time signal that glibc does not use).
pub const INTERRUPT: i32 = 40;
/// Stops a thread for good.
pub const STOP: i32 = 41;
/// Makes a thread print where it is.
pub const SHOW: i32 = 42;

/// The signals a processor fault raises.
const FAULTS: [i32; 5] = [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGTRAP];

const fn bit(signal: i32) -> u64 {
    1 << (signal - 1)
}

/// What a guest thread blocks: all but what this module handles. The rest is the supervisor's.
pub const GUEST_MASK: u64 = !(bit(libc::SIGSEGV)
    | bit(libc::SIGBUS)
    | bit(libc::SIGFPE)
    | bit(libc::SIGILL)
    | bit(libc::SIGTRAP)
    | bit(libc::SIGSYS)
    | bit(libc::SIGABRT)
    | bit(INTERRUPT)
    | bit(STOP)
    | bit(SHOW));

/// Where a signal entry returns to.
#[unsafe(naked)]
unsafe extern "C" fn restorer() {
    naked_asm!("mov eax, {number}", "syscall", number = const libc::SYS_rt_sigreturn)
}

type Entry = extern "C" fn(i32, &mut libc::siginfo_t, &mut libc::ucontext_t);

/// Installs the entries for the whole process.
pub fn install() {
    const SA_RESTORER: u64 = 0x0400_0000;
    let set = |signal: i32, entry: Entry, flags: i32| {
        // A thread that answers a fault is interrupted when it goes on.
        let mask = if flags & libc::SA_NODEFER != 0 { bit(INTERRUPT) } else { 0 };
        let action = KernelSigaction {
            handler: entry as *const () as usize,
            flags: SA_RESTORER | (libc::SA_SIGINFO | libc::SA_ONSTACK | flags) as u64,
            restorer: restorer as *const () as usize,
            mask,
        };
        // SAFETY: the entries are made to run on any thread at any time.
        let _ = unsafe { sys::sigaction(signal, &action) };
    };
    for signal in FAULTS {
        set(signal, on_fault, libc::SA_NODEFER);
    }
    set(libc::SIGSYS, on_syscall, libc::SA_NODEFER);
    set(libc::SIGABRT, on_abort, 0);
    set(INTERRUPT, on_interrupt, 0);
    set(STOP, on_stop, 0);
    set(SHOW, on_show, libc::SA_RESTART);
}

/// Says what a fault signal means.
fn kind_of(info: &libc::siginfo_t, context: &libc::ucontext_t) -> TrapKind {
    const WRITE: i64 = 2;
    const FETCH: i64 = 16;
    let registers = &context.uc_mcontext.gregs;
    let error = registers[libc::REG_ERR as usize];
    match registers[libc::REG_TRAPNO as usize] {
        0 => TrapKind::Divide,
        1 => TrapKind::Debug,
        3 => TrapKind::Breakpoint,
        6 => TrapKind::InvalidOpcode,
        14 => {
            let access = if error & FETCH != 0 {
                Access::EXECUTE
            } else if error & WRITE != 0 {
                Access::WRITE
            } else {
                Access::READ
            };
            // SAFETY: a page fault's siginfo holds the address.
            TrapKind::Page { address: unsafe { info.si_addr() } as usize, access }
        }
        16 | 19 => TrapKind::FloatingPoint { exceptions: frame::floating_point_exceptions(context) },
        _ => TrapKind::Protection,
    }
}

extern "C" fn on_fault(signal: i32, info: &mut libc::siginfo_t, context: &mut libc::ucontext_t) {
    if info.si_code <= 0 {
        // Sent by another process, not raised by an instruction.
        upcall::external_signal(signal);
        return;
    }
    let kind = kind_of(info, context);
    answer(kind, context);
}

/// Lets abi-core handle a trap of a guest thread and loads the registers it left.
fn answer(kind: TrapKind, context: &mut libc::ucontext_t) {
    if !block::current().is_guest() {
        BACKEND.write_emergency(b"osvrun: the supervisor thread crashed; this is a bug in osvrun\n");
        terminal::restore();
        sys::exit_group(power::PANIC_STATUS);
    }
    let mut frame = frame::load(context);
    match upcall::fault(kind, &mut frame) {
        upcall::TrapAnswer::Resume => frame::store(context, &frame),
    }
}

/// The length of a `syscall` instruction.
const SYSCALL_BYTES: usize = 2;

/// A `syscall` instruction outside osvrun's own code: the program's.
extern "C" fn on_syscall(_: i32, _: &mut libc::siginfo_t, context: &mut libc::ucontext_t) {
    let rip = context.uc_mcontext.gregs[libc::REG_RIP as usize] as usize;
    if vdso::contains(rip) {
        frame::repeat_syscall(context);
        return;
    }
    if !block::current().is_guest() || abi_core::task::current().is_in_kernel() {
        answer(TrapKind::Syscall, context);
        return;
    }
    if hot::count(rip.wrapping_sub(SYSCALL_BYTES)) {
        upcall::slow_syscall();
    }
    // As the instruction would go on, had it entered the kernel.
    let registers = &mut context.uc_mcontext.gregs;
    registers[libc::REG_RCX as usize] = rip as i64;
    registers[libc::REG_RIP as usize] = enter_syscall as *const () as i64;
}

/// Rust's own abort, after a panic that could not be reported.
extern "C" fn on_abort(_: i32, info: &mut libc::siginfo_t, context: &mut libc::ucontext_t) {
    // SAFETY: a signal that was sent has a sender.
    if info.si_code <= 0 && unsafe { info.si_pid() } as u32 != sys::getpid() {
        upcall::external_signal(libc::SIGABRT);
        return;
    }
    if block::current().is_guest() {
        abi_core::panic::aborted(&frame::load(context));
    }
    terminal::restore();
    sys::exit_group(power::PANIC_STATUS);
}

extern "C" fn on_interrupt(_: i32, _: &mut libc::siginfo_t, context: &mut libc::ucontext_t) {
    let rip = &mut context.uc_mcontext.gregs[libc::REG_RIP as usize];
    *rip = parking::restart_if_about_to_sleep(*rip as usize) as i64;
    if block::current().is_guest() {
        let mut frame = frame::load(context);
        upcall::interrupted(&mut frame);
        frame::store(context, &frame);
    }
}

extern "C" fn on_stop(_: i32, _: &mut libc::siginfo_t, context: &mut libc::ucontext_t) {
    static NEVER: AtomicU32 = AtomicU32::new(0);
    let thread = abi_core::task::current();
    if thread.is_in_kernel() {
        // It may hold locks that the report needs; it stops when it leaves.
        thread.head.pending.store(1, Ordering::Release);
        let rip = &mut context.uc_mcontext.gregs[libc::REG_RIP as usize];
        *rip = parking::restart_if_about_to_sleep(*rip as usize) as i64;
        return;
    }
    sys::set_signal_mask(sys::ALL_SIGNALS);
    loop {
        let _ = sys::futex_wait(&NEVER, 0);
    }
}

extern "C" fn on_show(_: i32, _: &mut libc::siginfo_t, context: &mut libc::ucontext_t) {
    let rip = context.uc_mcontext.gregs[libc::REG_RIP as usize] as usize;
    let mut frame = frame::load(context);
    context.uc_mcontext.gregs[libc::REG_RIP as usize] = parking::restart_if_about_to_sleep(rip) as i64;
    crate::hold::stand_still(&mut frame);
}
