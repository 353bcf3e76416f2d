//! The report when a program or the kernel dies.

use crate::backend::{ExitStatus, backend};
use crate::upcall::TrapFrame;

/// Reports that the kernel's own code aborted with these registers, and ends the machine.
pub fn aborted(frame: &TrapFrame) -> ! {
    crate::log::note(format_args!("kernel aborted at rip {:#x} rsp {:#x}", frame.rip, frame.rsp));
    backend().power_off(ExitStatus::Panic)
}

/// Prints where the current thread is.
pub fn show_thread(frame: &TrapFrame) {
    crate::log::note(format_args!("thread at rip {:#x} rsp {:#x}", frame.rip, frame.rsp));
}
