//! What backends call: faults, console and frames ready, timers. An upcall sets a bit, wakes, and returns.

mod trap;

pub use trap::{TrapAnswer, TrapFrame, TrapKind, fault};

/// Input, or its end, has arrived on the console.
pub fn console_ready() {
    if let Some(kernel) = crate::kernel::try_kernel() {
        kernel.fs.console_ready();
    }
}
