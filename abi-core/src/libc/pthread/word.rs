//! Sleeping on a word of the program's memory.

use core::sync::atomic::AtomicU32;

use super::cancel;
use crate::abi;
use crate::boundary::user::UserPtr;
use crate::exports::futex::{
    __osvrun_ceiling, __osvrun_futex_lock, __osvrun_futex_unlock, __osvrun_futex_wait, __osvrun_futex_wake,
    ENDS_BY_CANCELLATION, ENDS_BY_SIGNALS,
};

/// The deadline that never comes.
pub use crate::exports::futex::NEVER;

fn user(word: &AtomicU32) -> UserPtr<u32> {
    UserPtr::new(word.as_ptr() as usize)
}

/// Sleeps while `word` holds `expected`, until woken or `deadline_ns`. Returns 0 or `-ETIMEDOUT`; it may also return
/// early, so look again. A thread that a cancellation may end anywhere ends here, too.
pub fn wait(word: &AtomicU32, expected: u32, deadline_ns: u64) -> i32 {
    if cancel::is_anywhere() {
        let outcome = wait_cancellable(word, expected, deadline_ns);
        if outcome == -abi::EINTR {
            cancel::test();
        }
        return outcome;
    }
    // SAFETY: the row takes plain values.
    unsafe { __osvrun_futex_wait(user(word), expected, deadline_ns, 0) }
}

/// As [`wait`], and `-EINTR` for a signal or a cancellation.
pub fn wait_interruptible(word: &AtomicU32, expected: u32, deadline_ns: u64) -> i32 {
    // SAFETY: the row takes plain values.
    unsafe { __osvrun_futex_wait(user(word), expected, deadline_ns, ENDS_BY_SIGNALS) }
}

/// As [`wait`], and `-EINTR` for a cancellation.
pub fn wait_cancellable(word: &AtomicU32, expected: u32, deadline_ns: u64) -> i32 {
    // SAFETY: the row takes plain values.
    unsafe { __osvrun_futex_wait(user(word), expected, deadline_ns, ENDS_BY_CANCELLATION) }
}

/// Wakes up to `count` sleepers.
pub fn wake(word: &AtomicU32, count: u32) {
    // SAFETY: the row takes plain values.
    unsafe { __osvrun_futex_wake(user(word), count) };
}

/// Wakes all sleepers.
pub fn wake_all(word: &AtomicU32) {
    wake(word, u32::MAX);
}

/// Owns a lock that lends its owner priorities, or waits for it until `deadline_ns`; returns the error number. Who owns it
/// already waits for ever, unless that is an error of the mutex's type.
pub fn own(word: &AtomicU32, deadline_ns: u64) -> i32 {
    // SAFETY: the row takes plain values.
    match unsafe { __osvrun_futex_lock(user(word), deadline_ns) } {
        answer if answer == -abi::EDEADLK => {
            let never = AtomicU32::new(0);
            while wait(&never, 0, deadline_ns) != -abi::ETIMEDOUT {}
            abi::ETIMEDOUT
        }
        answer => -answer,
    }
}

/// Gives such a lock back.
pub fn give_back_owned(word: &AtomicU32) {
    // SAFETY: the row takes plain values.
    unsafe { __osvrun_futex_unlock(user(word)) };
}

/// Takes the priority ceiling of the mutex at an address; returns the error number.
pub fn raise_to_ceiling(mutex: usize, ceiling: i16) -> i32 {
    // SAFETY: the row takes plain values.
    -unsafe { __osvrun_ceiling(mutex, ceiling.into()) }
}

/// Leaves the priority ceiling of that mutex.
pub fn leave_ceiling(mutex: usize) {
    // SAFETY: the row takes plain values.
    unsafe { __osvrun_ceiling(mutex, 0) };
}
