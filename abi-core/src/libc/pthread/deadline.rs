//! Absolute times of the program as deadlines of rows: nanoseconds of the monotonic clock, or what stands for a time of
//! the real-time clock.

use core::ffi::c_int;
use core::time::Duration;

use super::word::NEVER;
use crate::abi::{self, timespec};
use crate::time::wall;

/// Converts `time` on `clock` to a deadline; `Err` holds the error number.
///
/// # Safety
/// `time` is NULL (for never) or points to a time.
pub unsafe fn deadline_ns(clock: c_int, time: *const timespec) -> Result<u64, c_int> {
    // SAFETY: the caller's promise.
    let Some(time) = (unsafe { time.as_ref() }) else { return Ok(NEVER) };
    if !(0..1_000_000_000).contains(&time.tv_nsec) {
        return Err(abi::EINVAL);
    }
    // What lies before a clock's beginning has passed.
    let wanted = match u64::try_from(time.tv_sec) {
        Ok(seconds) => Duration::new(seconds, time.tv_nsec as u32),
        Err(_) => Duration::ZERO,
    };
    match clock {
        abi::CLOCK_MONOTONIC => {
            Ok(u64::try_from(wanted.as_nanos()).map_or(LATEST, |nanos| nanos.min(LATEST)))
        }
        abi::CLOCK_REALTIME => Ok(wall::deadline(wanted).0),
        _ => Err(abi::EINVAL),
    }
}

/// The last time of the monotonic clock that a row takes for one.
const LATEST: u64 = i64::MAX as u64;
