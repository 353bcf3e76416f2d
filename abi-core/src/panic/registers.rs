//! The registers: written in four columns, and captured where a report is asked for.
#![expect(unsafe_code, reason = "an assembly routine stores the registers")]

use core::arch::naked_asm;
use core::fmt::Write;
use core::mem::offset_of;

use crate::upcall::TrapFrame;

/// Which registers of a frame are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// All, as an exception found them.
    All,
    /// Those that a call keeps, as [`capture`] and an unwinder find them.
    Kept,
}

/// Writes the registers that are known.
pub(super) fn write(out: &mut dyn Write, frame: &TrapFrame, known: Known) {
    let all = [
        [("rax", frame.rax), ("rbx", frame.rbx), ("rcx", frame.rcx), ("rdx", frame.rdx)],
        [("rsi", frame.rsi), ("rdi", frame.rdi), ("rbp", frame.rbp), ("rsp", frame.rsp)],
        [("r8 ", frame.r8), ("r9 ", frame.r9), ("r10", frame.r10), ("r11", frame.r11)],
        [("r12", frame.r12), ("r13", frame.r13), ("r14", frame.r14), ("r15", frame.r15)],
    ];
    let kept = [[("rbx", frame.rbx), ("rbp", frame.rbp), ("rsp", frame.rsp), ("rip", frame.rip)], all[3]];
    for row in if known == Known::All { &all[..] } else { &kept[..] } {
        let _ = out.write_str(" ");
        for (name, value) in row {
            let _ = write!(out, " {name} {value:016x}");
        }
        let _ = out.write_str("\n");
    }
    if known == Known::All {
        let _ = writeln!(out, "  rip {:016x} rflags {:x}", frame.rip, frame.rflags);
    }
}

/// Returns the registers as they are in the caller, as far as an unwinder needs them.
#[inline(never)]
pub fn capture() -> TrapFrame {
    let mut frame = TrapFrame::default();
    // SAFETY: the routine writes one frame.
    unsafe { store(&raw mut frame) };
    frame
}

#[unsafe(naked)]
unsafe extern "C" fn store(frame: *mut TrapFrame) {
    naked_asm!(
        "mov [rdi + {rbx}], rbx",
        "mov [rdi + {rbp}], rbp",
        "mov [rdi + {r12}], r12",
        "mov [rdi + {r13}], r13",
        "mov [rdi + {r14}], r14",
        "mov [rdi + {r15}], r15",
        "mov rax, [rsp]",
        "mov [rdi + {rip}], rax",
        "lea rax, [rsp + 8]",
        "mov [rdi + {rsp}], rax",
        "ret",
        rbx = const offset_of!(TrapFrame, rbx),
        rbp = const offset_of!(TrapFrame, rbp),
        r12 = const offset_of!(TrapFrame, r12),
        r13 = const offset_of!(TrapFrame, r13),
        r14 = const offset_of!(TrapFrame, r14),
        r15 = const offset_of!(TrapFrame, r15),
        rip = const offset_of!(TrapFrame, rip),
        rsp = const offset_of!(TrapFrame, rsp),
    )
}
