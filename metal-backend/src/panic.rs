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

/// How long a text may be. It lies on the stack, since the heap may be what failed.
const TEXT_BYTES: usize = 4096;
/// What is left for a line: with less room, the lines before go out.
const LINE_BYTES: usize = 1024;

/// Collects the report.
struct Text {
    bytes: [u8; TEXT_BYTES],
    len: usize,
}

impl Text {
    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Sends what was collected, to be followed by more.
    fn send(&mut self) {
        drivers::serial::write(self.bytes());
        // Where the channel can't be had, osvrun goes by what was written to the serial line.
        let _ = drivers::channel::report(self.bytes());
        self.len = 0;
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let n = text.len().min(self.bytes.len() - self.len);
        self.bytes[self.len..self.len + n].copy_from_slice(&text.as_bytes()[..n]);
        self.len += n;
        if text.ends_with('\n') && self.len > TEXT_BYTES - LINE_BYTES {
            self.send();
        }
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
    let mut text = Text { bytes: [0; TEXT_BYTES], len: 0 };
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
    // channel holds it for good.
    text.send();
    abi_core::panic::write_failure(&mut text, crate::sched::guest_thread(), frame);
    drivers::serial::write(text.bytes());
    drivers::channel::emergency_panic(text.bytes());
    crate::backend::power::off(125)
}
