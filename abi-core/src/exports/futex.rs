//! The kernel's futex as our own library code calls it. Programs reach it through `syscall(SYS_futex, …)`.
//!
//! These rows give a negative error number and leave errno alone, since POSIX threads functions do.

use core::ffi::c_int;

use crate::backend::Monotonic;
use crate::boundary::user::UserPtr;
use crate::kernel_exports;
use crate::task::{BITSET_ANY, Patience, WaitKind};

/// This file's rows: none that a program could name.
pub const TABLES: &[&[super::Export]] = &[];

/// The deadline that never comes.
pub const NEVER: u64 = u64::MAX;

/// `ends_by` of [`__osvrun_futex_wait`]: signals and cancellation.
pub const ENDS_BY_SIGNALS: c_int = 1;
/// Only cancellation.
pub const ENDS_BY_CANCELLATION: c_int = 2;

kernel_exports! { "libc.so.6";
    /// Waits while `word` holds `expected`: 0, or `-EAGAIN`, `-ETIMEDOUT`, `-EINTR` (for what `ends_by` names). The
    /// deadline is in nanoseconds of the monotonic clock, or [`NEVER`].
    full fn __osvrun_futex_wait(cx, word: UserPtr<u32>, expected: u32, deadline_ns: u64, ends_by: c_int) -> c_int {
        let deadline = (deadline_ns != NEVER).then_some(Monotonic(deadline_ns));
        let kind = match ends_by {
            ENDS_BY_SIGNALS => WaitKind::Interruptible,
            ENDS_BY_CANCELLATION => WaitKind::Cancellable,
            _ => WaitKind::Uninterruptible,
        };
        Ok(cx.futex_wait(word, expected, deadline, BITSET_ANY, kind).map_or_else(|error| -error.0, |()| 0))
    }

    /// Wakes up to `count` waiters of `word`; returns how many.
    full fn __osvrun_futex_wake(cx, word: UserPtr<u32>, count: u32) -> c_int {
        Ok(cx.futex_wake(word, count as usize, BITSET_ANY).map_or_else(|error| -error.0, |n| n as c_int))
    }

    /// futex(2)'s `FUTEX_LOCK_PI`: 0, or a negative error number.
    full fn __osvrun_futex_lock(cx, word: UserPtr<u32>, deadline_ns: u64) -> c_int {
        let deadline = (deadline_ns != NEVER).then_some(Monotonic(deadline_ns));
        Ok(cx.futex_lock_owned(word, Patience::Until(deadline)).map_or_else(|error| -error.0, |()| 0))
    }

    /// futex(2)'s `FUTEX_UNLOCK_PI`: 0, or a negative error number.
    full fn __osvrun_futex_unlock(cx, word: UserPtr<u32>) -> c_int {
        Ok(cx.futex_unlock_owned(word).map_or_else(|error| -error.0, |()| 0))
    }

    /// Takes the priority ceiling of the mutex at an address, or with 0 leaves it: 0, or `-EINVAL` where the thread's priority
    /// is above it.
    full fn __osvrun_ceiling(cx, mutex: usize, ceiling: c_int) -> c_int {
        if ceiling == 0 {
            cx.leave_ceiling(mutex);
            return Ok(0);
        }
        Ok(cx.raise_to_ceiling(mutex, ceiling as u8).map_or_else(|error| -error.0, |()| 0))
    }
}
