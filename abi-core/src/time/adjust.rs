//! Setting clocks: what is asked for is checked, but the machine's clocks are the host's, so nothing is ever set. Without
//! a change asked for, adjtimex(2) says how the clock runs.

use core::time::Duration;

use super::{duration, usual_clock};
use crate::abi::{self, Errno, Result, timespec, timeval};
use crate::boundary::user::UserPtr;
use crate::kernel::Context;

/// `struct timex` in words of 64 bits.
const TIMEX_WORDS: usize = 26;
/// What a clock that nobody watches may be wrong by, at most, in microseconds (`NTP_PHASE_LIMIT`).
const ERROR_MICROSECONDS: i64 = 16_000_000;
/// How much the frequency may be off, in 2^-16 millionths.
const TOLERANCE: i64 = 500 << 16;
/// Microseconds between ticks of 100 Hz.
const TICK_MICROSECONDS: i64 = 10_000;
/// The longest way that adjtime(3) goes.
const FARTHEST_SECONDS: i64 = i32::MAX as i64 / 1_000_000 - 2;
/// `ADJ_OFFSET_SS_READ`: asks what is left to go.
const READS_OFFSET: u32 = 0xa001;

impl Context<'_> {
    /// clock_settime(2)
    pub fn sys_clock_settime(self, clock: i32, time: UserPtr<timespec>) -> Result<i32> {
        match clock {
            abi::CLOCK_REALTIME => {
                duration(time.read()?)?;
                Err(Errno::EPERM)
            }
            _ => Err(Errno::EINVAL),
        }
    }

    /// settimeofday(2)
    pub fn sys_settimeofday(self, time: UserPtr<timeval>, zone: UserPtr<i32>) -> Result<i32> {
        if let Some(time) = time.non_null() {
            let time = time.read()?;
            if time.tv_sec < 0 || !(0..1_000_000).contains(&time.tv_usec) || !zone.is_null() {
                return Err(Errno::EINVAL);
            }
        }
        Err(Errno::EPERM)
    }

    /// adjtime(3): no way is being gone.
    pub fn sys_adjtime(self, delta: UserPtr<timeval>, left: UserPtr<timeval>) -> Result<i32> {
        if let Some(delta) = delta.non_null() {
            let seconds = delta.read()?.tv_sec;
            let is_too_far = !(-FARTHEST_SECONDS..=FARTHEST_SECONDS).contains(&seconds);
            return Err(if is_too_far { Errno::EINVAL } else { Errno::EPERM });
        }
        if let Some(left) = left.non_null() {
            left.write(timeval { tv_sec: 0, tv_usec: 0 })?;
        }
        Ok(0)
    }

    /// clock_adjtime(2); a clock that nobody watches is an error (`TIME_ERROR`) which is no failure.
    pub fn sys_clock_adjtime(self, clock: i32, change: UserPtr<i64>) -> Result<i32> {
        if clock != abi::CLOCK_REALTIME {
            let is_known = usual_clock(self.kernel.backend, clock).is_some();
            return Err(if is_known { Errno::EOPNOTSUPP } else { Errno::EINVAL });
        }
        let modes = change.read()? as u32;
        if modes != 0 && modes != READS_OFFSET {
            return Err(Errno::EPERM);
        }
        let now: Duration = self.kernel.backend.realtime();
        let mut words = [0; TIMEX_WORDS];
        words[0] = i64::from(modes);
        (words[3], words[4]) = (ERROR_MICROSECONDS, ERROR_MICROSECONDS);
        words[5] = i64::from(abi::STA_UNSYNC);
        words[6] = 2;
        words[7] = 1;
        words[8] = TOLERANCE;
        (words[9], words[10]) = (now.as_secs() as i64, i64::from(now.subsec_micros()));
        words[11] = TICK_MICROSECONDS;
        change.write_many(&words)?;
        Ok(abi::TIME_ERROR)
    }
}
