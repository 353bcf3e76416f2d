//! What backends call: faults, console and frames ready, timers. An upcall sets a bit, wakes, and returns.

mod trap;

pub use trap::{TrapAnswer, TrapFrame, TrapKind, fault, interrupted};

/// The system call that the calling thread is about to enter the kernel for came by a way that is slower than a jump, and
/// not for the first time: on its way out it asks for [`crate::backend::Threads::shortcut`].
pub fn slow_syscall() {
    use core::sync::atomic::Ordering;
    crate::task::current().head.pending.fetch_or(crate::task::PENDING_SITE, Ordering::SeqCst);
}

/// Input, or its end, has arrived on the console.
pub fn console_ready() {
    if let Some(kernel) = crate::kernel::try_kernel() {
        kernel.fs.console_ready();
    }
}

/// The terminal has another size; [`crate::backend::Console::window`] gives it.
pub fn window_changed() {
    crate::signal::signal_arrived(crate::abi::SIGWINCH);
}

/// A signal for the machine arrived from outside (Ctrl-C, SIGTERM to osvrun): Linux's number. Called on a thread that
/// is not the guest's.
pub fn external_signal(number: i32) {
    crate::signal::signal_arrived(number);
}
