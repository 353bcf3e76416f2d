//! Signals that come from outside the machine (Ctrl-C, SIGTERM to osvrun).
//!
//! The upcall sets a bit and wakes a thread of the kernel, made with the first such signal, which sends it on as kill(2)
//! of the program would.

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::{Info, LAST, Target, bit};
use crate::abi;
use crate::backend::{ExitStatus, backend};
use crate::kernel::{Context, try_kernel};

/// What has arrived and was not sent on.
static ARRIVED: AtomicU64 = AtomicU64::new(0);
/// Changes with each arrival; the sending thread sleeps on it.
static ARRIVALS: AtomicU32 = AtomicU32::new(0);
/// 1 once the sending thread runs.
static IS_RUNNING: AtomicU32 = AtomicU32::new(0);

/// Takes a signal from outside. Called on a thread that is not the guest's.
pub fn arrived(number: i32) {
    if !(1..=LAST).contains(&number) {
        return;
    }
    ARRIVED.fetch_or(bit(number), Ordering::AcqRel);
    ARRIVALS.fetch_add(1, Ordering::Release);
    backend().wake(&ARRIVALS, 1);
    if IS_RUNNING.load(Ordering::Acquire) == 0 && start().is_none() {
        end_without_program(number);
    }
}

/// Starts the sending thread; `None` when there is no program yet, or no memory for the thread.
fn start() -> Option<()> {
    let kernel = try_kernel()?;
    let first = kernel.tasks.threads.lock().first()?.clone();
    if IS_RUNNING.swap(1, Ordering::AcqRel) == 0 {
        let started = Context { kernel, thread: &first }.start_kernel_thread(run);
        return started.inspect_err(|_| IS_RUNNING.store(0, Ordering::Release)).ok();
    }
    Some(())
}

/// Does what the signal does to a program that handles nothing.
fn end_without_program(number: i32) {
    let is_ignored = try_kernel().is_some_and(|kernel| kernel.boot.ignored_signals & bit(number) != 0);
    if !is_ignored && matches!(number, abi::SIGINT | abi::SIGTERM | abi::SIGHUP) {
        backend().power_off(ExitStatus::Code(128 + number as u8));
    }
}

/// The sending thread.
extern "C" fn run(_argument: usize, _kernel_stack_top: usize) -> ! {
    loop {
        let seen = ARRIVALS.load(Ordering::Acquire);
        let arrived = ARRIVED.swap(0, Ordering::AcqRel);
        for number in (1..=LAST).filter(|number| arrived & bit(*number) != 0) {
            // A real-time signal whose queue is full is lost, as on Linux.
            let _ = Context::current().send_signal(Info::new(number), Target::Process);
        }
        let _ = backend().wait_uninterruptible(&ARRIVALS, seen, None);
    }
}
