//! Leaving the machine: the process ends.

use abi_core::backend::{ExitStatus, Power};

use crate::{HostBackend, block, sys, terminal};

/// The exit status when osvrun itself fails.
pub const PANIC_STATUS: i32 = 125;

impl Power for HostBackend {
    fn power_off(&self, status: ExitStatus) -> ! {
        if block::current().is_guest() {
            abi_core::panic::wait_if_reported();
        }
        terminal::restore();
        sys::exit_group(match status {
            ExitStatus::Code(code) => i32::from(code),
            ExitStatus::Panic => PANIC_STATUS,
        })
    }
}
