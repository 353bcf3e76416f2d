//! The report when a program or the kernel dies.

use crate::backend::{ExitStatus, backend};
use crate::upcall::TrapFrame;

/// Reports a panic of the kernel's own code, and ends the machine.
pub fn panicked(location: Option<&core::panic::Location<'_>>, message: Option<&str>) -> ! {
    crate::log::note(format_args!("kernel panic at {location:?}: {message:?}"));
    backend().power_off(ExitStatus::Panic)
}

/// Reports that the kernel's own code aborted with these registers, and ends the machine.
pub fn aborted(frame: &TrapFrame) -> ! {
    crate::log::note(format_args!("kernel aborted at rip {:#x} rsp {:#x}", frame.rip, frame.rsp));
    backend().power_off(ExitStatus::Panic)
}

/// Prints where the current thread is.
pub fn show_thread(frame: &TrapFrame) {
    crate::log::note(format_args!("thread at rip {:#x} rsp {:#x}", frame.rip, frame.rsp));
}
