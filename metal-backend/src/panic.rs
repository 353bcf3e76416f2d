//! The report of the kernel's own failures: registers and backtrace, to the serial port and osvrun.

use core::fmt::{self, Write};
use core::sync::atomic::{AtomicBool, Ordering};

use abi_core::upcall::TrapFrame;

use crate::drivers;

/// The registers a report shows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Registers {
    /// General registers.
    pub frame: TrapFrame,
    /// The address of the last page fault.
    pub cr2: usize,
}

/// Collects the report in memory of its own, since the heap may be what failed.
struct Text {
    bytes: [u8; 4096],
    len: usize,
}

impl Text {
    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let n = text.len().min(self.bytes.len() - self.len);
        self.bytes[self.len..self.len + n].copy_from_slice(&text.as_bytes()[..n]);
        self.len += n;
        Ok(())
    }
}

static IS_REPORTING: AtomicBool = AtomicBool::new(false);

/// Reports a failure with registers, and ends the machine.
pub fn report(what: &dyn fmt::Display, registers: &Registers) -> ! {
    end(what, Some(registers), &registers.frame)
}

/// Reports a failure, and ends the machine.
pub fn report_text(what: &dyn fmt::Display) -> ! {
    end(what, None, &abi_core::panic::capture())
}

fn end(what: &dyn fmt::Display, registers: Option<&Registers>, frame: &TrapFrame) -> ! {
    crate::arch::cpu::cli();
    if IS_REPORTING.swap(true, Ordering::SeqCst) {
        crate::backend::power::off(125);
    }
    crate::sched::stop_others();
    let mut text = Text { bytes: [0; 4096], len: 0 };
    // Writing to `Text` cannot fail.
    let _ = writeln!(text, "osvrun: kernel panic: {what}");
    if let Some(Registers { frame: f, cr2 }) = registers {
        let _ = writeln!(
            text,
            "  rip {:016x} rsp {:016x} rflags {:08x} cr2 {cr2:016x}\n\
             \x20 rax {:016x} rbx {:016x} rcx {:016x} rdx {:016x}\n\
             \x20 rsi {:016x} rdi {:016x} rbp {:016x} r8  {:016x}\n\
             \x20 r9  {:016x} r10 {:016x} r11 {:016x} r12 {:016x}\n\
             \x20 r13 {:016x} r14 {:016x} r15 {:016x}",
            f.rip,
            f.rsp,
            f.rflags,
            f.rax,
            f.rbx,
            f.rcx,
            f.rdx,
            f.rsi,
            f.rdi,
            f.rbp,
            f.r8,
            f.r9,
            f.r10,
            f.r11,
            f.r12,
            f.r13,
            f.r14,
            f.r15
        );
    }
    // What is known goes out before the stack is walked, which may fail. A thread that was stopped while it held the
    // channel holds it for good: osvrun then goes by what was written to the serial line.
    drivers::serial::write(text.bytes());
    let _ = drivers::channel::report(text.bytes());
    text.len = 0;
    let [(start, end), ..] = crate::paging::kernel_map::sections();
    for (number, address) in abi_core::panic::kernel_frames(frame).enumerate() {
        let _ = match address.checked_sub(start) {
            Some(offset) if address < end => writeln!(text, "    #{number} {address:#x} osvrun+{offset:#x}"),
            _ => writeln!(text, "    #{number} {address:#x} of the program"),
        };
    }
    drivers::serial::write(text.bytes());
    drivers::channel::emergency_panic(text.bytes());
    crate::backend::power::off(125)
}
