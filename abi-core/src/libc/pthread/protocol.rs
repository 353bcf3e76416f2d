//! Mutexes that lend their holder the priority of who waits, and those with a priority ceiling.

use core::ffi::c_int;
use core::sync::atomic::Ordering::*;

use super::mutex::{Mutex, PRIORITY_INHERIT, PRIORITY_PROTECT, acquire, release};
use super::{tid, word};
use crate::abi;

/// Gives the word back of a mutex that is not locked by it alone. It may be gone as soon as the word is given back.
pub(super) fn release_special(mutex: &Mutex, kind: i32) {
    let address = core::ptr::from_ref(mutex).addr();
    if kind & PRIORITY_INHERIT == 0 {
        release(&mutex.lock);
    } else if mutex.lock.compare_exchange(tid() as u32, 0, Release, Relaxed).is_err() {
        word::give_back_owned(&mutex.lock);
    }
    if kind & PRIORITY_PROTECT != 0 {
        word::leave_ceiling(address);
    }
}

/// Takes the word of a mutex that lends priorities or has a ceiling as `wait` says; returns the error number.
#[cold]
pub(super) fn acquire_special(mutex: &Mutex, kind: i32, wait: Wait) -> c_int {
    if kind & PRIORITY_PROTECT == 0 {
        return match wait {
            _ if mutex.lock.compare_exchange(0, tid() as u32, Acquire, Relaxed).is_ok() => 0,
            Wait::Not => abi::EBUSY,
            Wait::Until(deadline_ns) => word::own(&mutex.lock, deadline_ns),
        };
    }
    let address = core::ptr::from_ref(mutex).addr();
    let ceiling = mutex.ceiling.load(Relaxed);
    let error = word::raise_to_ceiling(address, ceiling);
    if error != 0 {
        return error;
    }
    let mut answer = match wait {
        _ if mutex.lock.compare_exchange(0, 1, Acquire, Relaxed).is_ok() => 0,
        Wait::Not => abi::EBUSY,
        Wait::Until(deadline_ns) => acquire(&mutex.lock, kind, deadline_ns),
    };
    // Whoever changes the ceiling holds the mutex.
    let now = mutex.ceiling.load(Relaxed);
    if answer == 0 && now != ceiling {
        answer = change_ceiling(address, now);
        if answer != 0 {
            release(&mutex.lock);
        }
    } else if answer != 0 {
        word::leave_ceiling(address);
    }
    answer
}

/// Puts another ceiling in place of the one that the calling thread runs by for the mutex at an address; returns the error
/// number if its own priority is above that, so that it runs by none.
pub(super) fn change_ceiling(mutex: usize, ceiling: i16) -> c_int {
    let error = word::raise_to_ceiling(mutex, ceiling);
    // The older of the two.
    word::leave_ceiling(mutex);
    error
}

/// Whether a mutex that is held is waited for.
#[derive(Clone, Copy)]
pub(super) enum Wait {
    /// Until this time, in nanoseconds of the monotonic clock.
    Until(u64),
    /// `EBUSY`.
    Not,
}
