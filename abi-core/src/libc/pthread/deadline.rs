//! Absolute times of the program as nanoseconds of the monotonic clock.

use core::ffi::c_int;

use super::word::NEVER;
use crate::abi::{self, timespec};
use crate::backend::backend;

/// Converts `time` on `clock` to nanoseconds of the monotonic clock; `Err` holds the error number.
///
/// # Safety
/// `time` is NULL (for never) or points to a time.
pub unsafe fn deadline_ns(clock: c_int, time: *const timespec) -> Result<u64, c_int> {
    // SAFETY: the caller's promise.
    let Some(time) = (unsafe { time.as_ref() }) else { return Ok(NEVER) };
    if !(0..1_000_000_000).contains(&time.tv_nsec) {
        return Err(abi::EINVAL);
    }
    let now = backend().monotonic().0;
    let wanted = i128::from(time.tv_sec) * 1_000_000_000 + i128::from(time.tv_nsec);
    let relative = match clock {
        abi::CLOCK_MONOTONIC => wanted - i128::from(now),
        abi::CLOCK_REALTIME => wanted - backend().realtime().as_nanos() as i128,
        _ => return Err(abi::EINVAL),
    };
    let absolute = i128::from(now) + relative;
    Ok(absolute.clamp(0, i128::from(NEVER - 1)) as u64)
}
