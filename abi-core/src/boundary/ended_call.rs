//! Calls by symbol that a signal has ended, where handlers run on the thread that they interrupt.
//!
//! What such a call was made with is kept until the handlers have run, on the way out of the kernel; then it is made again
//! where Linux would do so.

use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use super::door::{Row, call_row};
use super::syscall::enter_for_signals;
use crate::abi::Errno;
use crate::task::{Thread, current};

/// The call by symbol of a thread that a signal has ended.
#[derive(Debug)]
pub struct EndedCall {
    /// Its [`Row`], 0 if there is none.
    row: AtomicUsize,
    arguments: [AtomicU64; 6],
    /// Whether the thread makes it again now.
    is_made_again: AtomicBool,
}

impl EndedCall {
    /// Makes a place without one.
    pub const fn new() -> Self {
        Self {
            row: AtomicUsize::new(0),
            arguments: [const { AtomicU64::new(0) }; 6],
            is_made_again: AtomicBool::new(false),
        }
    }

    /// Tells whether the thread makes it again now.
    pub fn is_made_again(&self) -> bool {
        self.is_made_again.load(Ordering::Relaxed)
    }
}

impl Default for EndedCall {
    fn default() -> Self {
        Self::new()
    }
}

/// A call has returned `value` to the thread: keeps what it was made with if a signal has ended it.
pub fn keep_ended(thread: &Thread, row: &Row, arguments: &[u64; 6], value: u64) {
    let signals = &thread.signals;
    if signals.interrupted.load(Ordering::Relaxed) == 0 {
        return;
    }
    let answer = value.cast_signed() as i32;
    let has_failed = answer == -1 && crate::libc::errno() == Errno::EINTR.0;
    if !has_failed && answer != -Errno::EINTR.0 {
        signals.interrupted.store(0, Ordering::Relaxed);
        return;
    }
    for (place, &argument) in signals.ended_call.arguments.iter().zip(arguments) {
        place.store(argument, Ordering::Relaxed);
    }
    signals.ended_call.row.store(core::ptr::from_ref(row).expose_provenance(), Ordering::Relaxed);
}

/// Takes the calling thread's signals on its way out of a call by symbol: runs their handlers. Returns what the call
/// returns if it was made again. Runs as the program's own code, on its stack.
pub fn take_signals_of_call() -> Option<u64> {
    let thread = current();
    let call = &thread.signals.ended_call;
    // A handler that came here by itself could end a call, too.
    thread.head.in_kernel.store(1, Ordering::Relaxed);
    let row = call.row.swap(0, Ordering::Relaxed);
    let arguments = core::array::from_fn(|i| call.arguments[i].load(Ordering::Relaxed));
    thread.head.in_kernel.store(0, Ordering::Relaxed);
    let errno = crate::libc::errno();
    // SAFETY: the thread is in the program.
    let is_made_again = unsafe { enter_for_signals() } != 0;
    crate::libc::set_errno(errno);
    if row == 0 || !is_made_again {
        return None;
    }
    call.is_made_again.store(true, Ordering::Relaxed);
    // SAFETY: the row of a call that this thread has made, with its arguments.
    let value = unsafe { call_row(&arguments, row as *const Row) };
    call.is_made_again.store(false, Ordering::Relaxed);
    Some(value)
}
