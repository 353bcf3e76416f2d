//! Read-write locks with a deadline.

use core::ffi::c_int;

use super::deadline::deadline_ns;
use super::rwlock::{Rwlock, read_until, write_until};
use crate::abi::{self, timespec};

/// pthread_rwlock_clockrdlock(3)
pub unsafe extern "C" fn pthread_rwlock_clockrdlock(
    lock: *mut Rwlock,
    clock: c_int,
    time: *const timespec,
) -> c_int {
    // SAFETY: the caller passes a time.
    match unsafe { deadline_ns(clock, time) } {
        // SAFETY: the caller passes a lock that was initialised.
        Ok(deadline_ns) => unsafe { read_until(lock, deadline_ns) },
        Err(error) => error,
    }
}

/// pthread_rwlock_clockwrlock(3)
pub unsafe extern "C" fn pthread_rwlock_clockwrlock(
    lock: *mut Rwlock,
    clock: c_int,
    time: *const timespec,
) -> c_int {
    // SAFETY: the caller passes a time.
    match unsafe { deadline_ns(clock, time) } {
        // SAFETY: the caller passes a lock that was initialised.
        Ok(deadline_ns) => unsafe { write_until(lock, deadline_ns) },
        Err(error) => error,
    }
}

/// pthread_rwlock_timedrdlock(3)
pub unsafe extern "C" fn pthread_rwlock_timedrdlock(lock: *mut Rwlock, time: *const timespec) -> c_int {
    // SAFETY: the caller passes a lock that was initialised, and a time.
    unsafe { pthread_rwlock_clockrdlock(lock, abi::CLOCK_REALTIME, time) }
}

/// pthread_rwlock_timedwrlock(3)
pub unsafe extern "C" fn pthread_rwlock_timedwrlock(lock: *mut Rwlock, time: *const timespec) -> c_int {
    // SAFETY: the caller passes a lock that was initialised, and a time.
    unsafe { pthread_rwlock_clockwrlock(lock, abi::CLOCK_REALTIME, time) }
}
