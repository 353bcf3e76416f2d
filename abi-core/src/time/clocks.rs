//! clock_gettime(2) of processor time, clock_nanosleep(2).

use core::time::Duration;

use super::{counted::Counted, wall};
use crate::abi::{self, Errno, Result, timespec, timeval};
use crate::backend::{Backend, Monotonic, WaitOutcome};
use crate::boundary::user::UserPtr;
use crate::kernel::Context;

/// Converts a `timespec` that must not be negative.
pub fn duration(time: timespec) -> Result<Duration> {
    if time.tv_sec < 0 || !(0..1_000_000_000).contains(&time.tv_nsec) {
        return Err(Errno::EINVAL);
    }
    Ok(Duration::new(time.tv_sec as u64, time.tv_nsec as u32))
}

/// Converts a `timeval`.
pub fn timespec_of(time: timeval) -> Result<timespec> {
    match time.tv_usec {
        micros @ 0..1_000_000 => Ok(timespec { tv_sec: time.tv_sec, tv_nsec: micros * 1000 }),
        _ => Err(Errno::EINVAL),
    }
}

/// Returns what alarm(2) says of the time left: whole seconds, but not 0 of less than half a one.
pub fn alarm_seconds(left: timeval) -> u32 {
    match (left.tv_sec, left.tv_usec) {
        (0, 1..) => 1,
        (seconds, micros) => seconds as u32 + u32::from(micros >= 500_000),
    }
}

/// Converts to a `timeval`.
pub fn to_timeval(time: Duration) -> timeval {
    timeval { tv_sec: time.as_secs() as i64, tv_usec: i64::from(time.subsec_micros()) }
}

/// Converts to a `timespec`.
pub fn to_timespec(time: Duration) -> timespec {
    timespec { tv_sec: time.as_secs() as i64, tv_nsec: i64::from(time.subsec_nanos()) }
}

/// Reads a clock that goes by itself; `None` if `clock` is none of them.
#[inline(always)]
pub fn usual_clock(backend: &dyn Backend, clock: i32) -> Option<Duration> {
    match clock {
        abi::CLOCK_MONOTONIC
        | abi::CLOCK_MONOTONIC_RAW
        | abi::CLOCK_MONOTONIC_COARSE
        | abi::CLOCK_BOOTTIME => Some(Duration::from_nanos(backend.monotonic().0)),
        _ => set_clock(backend, clock),
    }
}

/// Reads one that can be set. It is no part of its caller, which most ask for the other kind.
#[inline(never)]
fn set_clock(backend: &dyn Backend, clock: i32) -> Option<Duration> {
    match clock {
        abi::CLOCK_REALTIME | abi::CLOCK_REALTIME_COARSE => Some(wall::realtime(backend)),
        abi::CLOCK_TAI => Some(wall::atomic_time(backend)),
        _ => None,
    }
}

/// Returns a clock's resolution in nanoseconds.
pub const fn resolution_nanos(clock: i32) -> i64 {
    match clock {
        abi::CLOCK_REALTIME_COARSE | abi::CLOCK_MONOTONIC_COARSE => 4_000_000,
        _ => 1,
    }
}

impl Context<'_> {
    /// Reads any clock.
    pub fn clock_now(self, clock: i32) -> Result<timespec> {
        usual_clock(self.kernel.backend, clock)
            .map_or_else(|| self.cpu_clock(clock), |now| Ok(to_timespec(now)))
    }

    /// Reads a clock of processor time: the process's, the caller's, or a thread's by its dynamic number.
    pub fn cpu_clock(self, clock: i32) -> Result<timespec> {
        let used = Counted::of_cpu_clock(self, clock)?.now(self).ok_or(Errno::EINVAL)?;
        Ok(to_timespec(Duration::from_nanos(used.0)))
    }

    /// Sleeps until `deadline`; `EINTR` if a signal comes first.
    pub fn sleep_until(self, deadline: Monotonic) -> Result<()> {
        let backend = self.kernel.backend;
        let word = &self.thread.park;
        loop {
            let seen = word.load(core::sync::atomic::Ordering::Relaxed);
            match self.sleep(word, seen, Some(deadline)) {
                WaitOutcome::TimedOut => return Ok(()),
                WaitOutcome::Interrupted => return Err(Errno::EINTR),
                WaitOutcome::Woken | WaitOutcome::ValueChanged if backend.monotonic() >= deadline => {
                    return Ok(());
                }
                WaitOutcome::Woken | WaitOutcome::ValueChanged => {}
            }
        }
    }

    /// clock_nanosleep(2)
    pub fn sys_clock_nanosleep(
        self,
        clock: i32,
        flags: i32,
        time: UserPtr<timespec>,
        left: UserPtr<timespec>,
    ) -> Result<i32> {
        let time = duration(time.read()?)?;
        let is_absolute = flags & abi::TIMER_ABSTIME != 0;
        if clock == abi::CLOCK_THREAD_CPUTIME_ID {
            return Err(Errno::EOPNOTSUPP);
        }
        let counted = Counted::of_clock(self, clock)?;
        if counted == Counted::ThreadTime(self.thread.tid) {
            return Err(Errno::EINVAL);
        }
        let now = counted.now(self).ok_or(Errno::EINVAL)?;
        let deadline = match clock {
            abi::CLOCK_REALTIME if is_absolute => wall::deadline(time),
            abi::CLOCK_TAI if is_absolute => wall::deadline(wall::of_atomic_time(time)),
            _ if is_absolute => Monotonic(0).saturating_add(time),
            _ => now.saturating_add(time),
        };
        let slept = self.sleep_until_counted(counted, deadline);
        if slept.is_err()
            && !is_absolute
            && let Some(left) = left.non_null()
        {
            let rest = deadline.0.saturating_sub(counted.now(self).map_or(deadline.0, |now| now.0));
            left.write(to_timespec(Duration::from_nanos(rest)))?;
        }
        slept.map(|()| 0)
    }

    /// Sleeps until so much has been counted; `EINTR` if a signal comes first, `ESRCH` if the thread ends.
    fn sleep_until_counted(self, counted: Counted, deadline: Monotonic) -> Result<()> {
        loop {
            let now = counted.now(self).ok_or(Errno::ESRCH)?;
            if counted == Counted::Time {
                return self.sleep_until(deadline);
            }
            if now >= deadline {
                return Ok(());
            }
            self.sleep_until(counted.earliest(self, now, deadline))?;
        }
    }
}
