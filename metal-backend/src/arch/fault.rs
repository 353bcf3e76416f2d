//! What exceptions mean: most go to abi-core, the kernel's own end the machine with a report.

use core::sync::atomic::Ordering;

use abi_core::backend::Access;
use abi_core::boundary::syscall::is_leaving;
use abi_core::upcall::{TrapAnswer, TrapFrame, TrapKind};

use super::cpu;
use super::percpu::{current_thread, this_cpu};
use super::trap::{RawTrap, Trap};
use crate::panic::{Registers, report};

/// Bits of a page fault's error code (SDM 3A 4.7).
const PAGE_WRITE: u64 = 1 << 1;
const PAGE_FETCH: u64 = 1 << 4;

/// Answers an exception; runs on the thread's kernel stack with interrupts disabled.
pub extern "C" fn handle_exception(trap: &mut Trap) {
    let kind = match trap.vector {
        0 => TrapKind::Divide,
        1 => TrapKind::Debug,
        3 => TrapKind::Breakpoint,
        6 | 7 => TrapKind::InvalidOpcode,
        14 => TrapKind::Page {
            address: trap.cr2 as usize,
            access: if trap.error & PAGE_FETCH != 0 {
                Access::EXECUTE
            } else if trap.error & PAGE_WRITE != 0 {
                Access::WRITE
            } else {
                Access::READ
            },
        },
        16 => TrapKind::FloatingPoint { exceptions: cpu::x87_exceptions() },
        19 => TrapKind::FloatingPoint { exceptions: cpu::sse_exceptions() },
        _ => TrapKind::Protection,
    };
    if trap.frame.rflags & cpu::RFLAGS_IF == 0 && crate::boot::is_kernel_text(trap.frame.rip as usize) {
        report(
            &format_args!("exception {} in the kernel, error {:#x}", trap.vector, trap.error),
            &registers(trap),
        );
    }
    // SAFETY: the thread that faulted is the current one.
    let thread = unsafe { &*current_thread() };
    thread.vectors_live.fetch_add(1, Ordering::Relaxed);
    let outer = thread.interrupted.swap(&raw mut trap.frame, Ordering::Relaxed);
    cpu::sti();
    let TrapAnswer::Resume = abi_core::upcall::fault(kind, &mut trap.frame);
    thread.interrupted.store(outer, Ordering::Relaxed);
    thread.vectors_live.fetch_sub(1, Ordering::Relaxed);
    trap.frame.rflags |= cpu::RFLAGS_IF;
    if outer.is_null() {
        before_application(&mut trap.frame);
    }
}

/// Lets abi-core see a frame that a thread is about to return to, if that is in the program, or on the way there: outside
/// of the thread's kernel stack, or with its last system call done. Disables interrupts, so that none comes between this and the return.
pub fn before_application(frame: &mut TrapFrame) {
    cpu::cli();
    let here = this_cpu();
    let (bottom, top) = (here.stack_bottom.load(Ordering::Relaxed), here.stack_top.load(Ordering::Relaxed));
    let is_kernels = (bottom..=top).contains(&(frame.rsp as usize));
    let is_programs = !is_kernels || is_leaving(frame.rip);
    if is_programs && !here.slot.load(Ordering::Relaxed).is_null() {
        abi_core::upcall::interrupted(frame);
    }
}

fn registers(trap: &Trap) -> Registers {
    Registers { frame: trap.frame, cr2: trap.cr2 as usize }
}

/// Reports an exception that nothing can answer, on the processor's own stack.
pub extern "C" fn fatal_exception(raw: &RawTrap, cr2: u64) -> ! {
    let r = raw.registers;
    let frame = TrapFrame {
        rax: r[0],
        rbx: r[1],
        rcx: r[2],
        rdx: r[3],
        rsi: r[4],
        rdi: r[5],
        rbp: r[6],
        r8: r[7],
        r9: r[8],
        r10: r[9],
        r11: r[10],
        r12: r[11],
        r13: r[12],
        r14: r[13],
        r15: r[14],
        rip: raw.rip,
        rsp: raw.rsp,
        rflags: raw.rflags,
    };
    let registers = Registers { frame, cr2: cr2 as usize };
    let bottom = this_cpu().stack_bottom.load(Ordering::Relaxed) as u64;
    let is_overflow = raw.rsp < bottom + 4096 && raw.rsp + 65536 > bottom;
    let name = match raw.vector {
        2 => "non-maskable interrupt",
        8 if is_overflow => "kernel stack overflow (double fault)",
        8 => "double fault",
        14 if is_overflow => "kernel stack overflow",
        14 => "page fault in the kernel",
        18 => "machine check",
        _ => "exception in the kernel",
    };
    report(&format_args!("{name} (vector {}, error {:#x})", raw.vector, raw.error), &registers)
}
