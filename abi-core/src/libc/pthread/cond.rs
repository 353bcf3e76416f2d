//! Condition variables.

use core::ffi::c_int;
use core::sync::atomic::{AtomicU32, Ordering::*};

use super::deadline::deadline_ns;
use super::mutex::{Mutex, release_for_wait, retake_after_wait};
use super::word::{self, NEVER};
use crate::abi::{self, timespec};

/// A `pthread_cond_t`; zeros are its static initialiser.
#[repr(C)]
pub struct Cond {
    /// Changes with every signal while somebody waits.
    sequence: AtomicU32,
    /// How many wait, and [`DESTROYING`].
    waiters: AtomicU32,
    /// As in a `pthread_condattr_t`.
    flags: u32,
    rest: [u32; 9],
}

const _: () = assert!(size_of::<Cond>() == 48);

/// Somebody in `pthread_cond_destroy` waits for the last waiter to leave.
const DESTROYING: u32 = 1 << 31;

/// pthread_cond_init(3)
pub unsafe extern "C" fn pthread_cond_init(cond: *mut Cond, attr: *const u32) -> c_int {
    // SAFETY: not NULL: attributes that were initialised.
    let flags = if attr.is_null() { 0 } else { unsafe { *attr } };
    // SAFETY: the program's room for a condition variable that no thread uses yet.
    unsafe {
        cond.write(Cond { sequence: AtomicU32::new(0), waiters: AtomicU32::new(0), flags, rest: [0; 9] });
    };
    0
}

/// pthread_cond_destroy(3)
pub unsafe extern "C" fn pthread_cond_destroy(cond: *mut Cond) -> c_int {
    // SAFETY: a condition variable that was initialised and is not destroyed meanwhile.
    let this = unsafe { &*cond };
    let mut left = this.waiters.fetch_or(DESTROYING, AcqRel) | DESTROYING;
    while left != DESTROYING {
        word::wait(&this.waiters, left, NEVER);
        left = this.waiters.load(Acquire);
    }
    this.waiters.store(0, Relaxed);
    0
}

fn leave(cond: &Cond) {
    if cond.waiters.fetch_sub(1, AcqRel) == DESTROYING | 1 {
        word::wake_all(&cond.waiters);
    }
}

unsafe fn wait_until(cond: *mut Cond, mutex: *mut Mutex, deadline_ns: u64) -> c_int {
    super::cancel::test();
    // SAFETY: a condition variable that was initialised and is not destroyed meanwhile.
    let this = unsafe { &*cond };
    this.waiters.fetch_add(1, AcqRel);
    let sequence = this.sequence.load(Acquire);
    // SAFETY: pthread_cond_wait(3)'s mutex, which this thread holds.
    let depth = match unsafe { release_for_wait(mutex) } {
        Ok(depth) => depth,
        Err(error) => {
            leave(this);
            return error;
        }
    };
    let outcome = word::wait_cancellable(&this.sequence, sequence, deadline_ns);
    leave(this);
    // SAFETY: the same mutex, given back above.
    let answer = unsafe { retake_after_wait(mutex, depth) };
    // A cancelled wait holds the mutex again before any cleanup handler runs. One that a signal has ended goes on: nobody
    // else gets that signal.
    if outcome == -abi::EINTR {
        super::cancel::test();
    }
    if answer == 0 && outcome == -abi::ETIMEDOUT { abi::ETIMEDOUT } else { answer }
}

/// pthread_cond_wait(3)
pub unsafe extern "C" fn pthread_cond_wait(cond: *mut Cond, mutex: *mut Mutex) -> c_int {
    // SAFETY: pthread_cond_wait(3)'s condition variable and mutex.
    unsafe { wait_until(cond, mutex, NEVER) }
}

/// pthread_cond_timedwait(3)
pub unsafe extern "C" fn pthread_cond_timedwait(
    cond: *mut Cond,
    mutex: *mut Mutex,
    time: *const timespec,
) -> c_int {
    // SAFETY: a condition variable that was initialised.
    let clock = if unsafe { (*cond).flags } & 2 == 0 { abi::CLOCK_REALTIME } else { abi::CLOCK_MONOTONIC };
    // SAFETY: as pthread_cond_clockwait(3).
    unsafe { pthread_cond_clockwait(cond, mutex, clock, time) }
}

/// pthread_cond_clockwait(3)
pub unsafe extern "C" fn pthread_cond_clockwait(
    cond: *mut Cond,
    mutex: *mut Mutex,
    clock: c_int,
    time: *const timespec,
) -> c_int {
    // SAFETY: pthread_cond_clockwait(3)'s time.
    match unsafe { deadline_ns(clock, time) } {
        // SAFETY: its condition variable and mutex.
        Ok(deadline_ns) => unsafe { wait_until(cond, mutex, deadline_ns) },
        Err(error) => error,
    }
}

/// pthread_cond_signal(3)
pub unsafe extern "C" fn pthread_cond_signal(cond: *mut Cond) -> c_int {
    // SAFETY: a condition variable that was initialised and is not destroyed meanwhile.
    let this = unsafe { &*cond };
    if this.waiters.load(Acquire) != 0 {
        this.sequence.fetch_add(1, Release);
        word::wake(&this.sequence, 1);
    }
    0
}

/// pthread_cond_broadcast(3)
pub unsafe extern "C" fn pthread_cond_broadcast(cond: *mut Cond) -> c_int {
    // SAFETY: a condition variable that was initialised and is not destroyed meanwhile.
    let this = unsafe { &*cond };
    if this.waiters.load(Acquire) != 0 {
        this.sequence.fetch_add(1, Release);
        word::wake_all(&this.sequence);
    }
    0
}
