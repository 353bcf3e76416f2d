//! Signals that come from outside the machine (Ctrl-C, SIGTERM to osvrun), and those that tell of files.
//!
//! The upcall sets a bit and wakes a thread of the kernel, made with the first such signal, which sends it on as kill(2)
//! of the program would. The same thread looks at files whose owners are to be told ([`crate::fs::owner`]).

use alloc::sync::Weak;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::{Info, LAST, Target, bit};
use crate::abi;
use crate::backend::{ExitStatus, backend};
use crate::fs::file::OpenFile;
use crate::kernel::{Context, try_kernel};
use crate::sync::Mutex;

/// What has arrived and was not sent on.
static ARRIVED: AtomicU64 = AtomicU64::new(0);
/// Changes with each arrival; the sending thread sleeps on it.
static ARRIVALS: AtomicU32 = AtomicU32::new(0);
/// Files that changed and whose owners are to be told, with the descriptor that these know.
static CHANGED: Mutex<Vec<(Weak<OpenFile>, i32)>> = Mutex::new(Vec::new());
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

/// Has the sending thread look at a file that changed. Called on any thread.
pub fn look_at(open: &Weak<OpenFile>, fd: i32) {
    {
        let mut changed = CHANGED.lock();
        if changed.iter().any(|(other, _)| other.ptr_eq(open)) {
            return;
        }
        changed.push((open.clone(), fd));
    }
    ARRIVALS.fetch_add(1, Ordering::Release);
    backend().wake(&ARRIVALS, 1);
}

/// Makes sure that there is a sending thread. Without memory for it nobody is told.
pub fn start_looking() {
    if IS_RUNNING.load(Ordering::Acquire) == 0 {
        let _ = start();
    }
}

/// Starts the sending thread; `None` when there is no program yet, or no memory for the thread.
fn start() -> Option<()> {
    let kernel = try_kernel()?;
    let first = kernel.tasks.threads.lock().first()?.clone();
    if IS_RUNNING.swap(1, Ordering::AcqRel) == 0 {
        let started = Context { kernel, thread: &first }.start_kernel_thread(run, 0);
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
        let changed = core::mem::take(&mut *CHANGED.lock());
        for (open, fd) in changed {
            if let Some(open) = open.upgrade() {
                open.tell_ready(Context::current(), fd);
            }
        }
        let _ = backend().wait_uninterruptible(&ARRIVALS, seen, None);
    }
}
