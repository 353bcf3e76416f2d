//! clock_gettime(2) of processor time, clock_nanosleep(2).

use core::time::Duration;

use crate::abi::{self, Errno, Result, timespec};
use crate::backend::{Monotonic, WaitOutcome};
use crate::boundary::user::UserPtr;
use crate::kernel::Context;

/// Converts a `timespec` that must not be negative.
pub fn duration(time: timespec) -> Result<Duration> {
    if time.tv_sec < 0 || !(0..1_000_000_000).contains(&time.tv_nsec) {
        return Err(Errno::EINVAL);
    }
    Ok(Duration::new(time.tv_sec as u64, time.tv_nsec as u32))
}

/// Converts to a `timespec`.
pub fn to_timespec(time: Duration) -> timespec {
    timespec { tv_sec: time.as_secs() as i64, tv_nsec: i64::from(time.subsec_nanos()) }
}

impl Context<'_> {
    /// Reads a clock of processor time: the process's, the caller's, or a thread's by its dynamic number.
    pub fn cpu_clock(self, clock: i32) -> Result<timespec> {
        let backend = self.kernel.backend;
        let used = match clock {
            abi::CLOCK_PROCESS_CPUTIME_ID => backend.total_cpu_time(),
            abi::CLOCK_THREAD_CPUTIME_ID => backend.cpu_time(self.thread.backend_id()),
            dynamic if dynamic < 0 => match (!(dynamic >> 3), dynamic & 4) {
                (0 | abi::PID, 0) => backend.total_cpu_time(),
                (0, _) => backend.cpu_time(self.thread.backend_id()),
                (tid, _) => {
                    backend.cpu_time(self.thread_numbered(tid).map_err(|_| Errno::EINVAL)?.backend_id())
                }
            },
            _ => return Err(Errno::EINVAL),
        };
        Ok(to_timespec(used))
    }

    /// Sleeps until `deadline`; `EINTR` if a signal comes first.
    pub fn sleep_until(self, deadline: Monotonic) -> Result<()> {
        let backend = self.kernel.backend;
        let word = &self.thread.park;
        loop {
            let seen = word.load(core::sync::atomic::Ordering::Relaxed);
            match backend.wait(word, seen, Some(deadline)) {
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
        let backend = self.kernel.backend;
        let is_absolute = flags & abi::TIMER_ABSTIME != 0;
        let now = backend.monotonic();
        let deadline = match clock {
            abi::CLOCK_REALTIME | abi::CLOCK_TAI if is_absolute => {
                now.saturating_add(time.saturating_sub(backend.realtime()))
            }
            abi::CLOCK_MONOTONIC | abi::CLOCK_BOOTTIME if is_absolute => Monotonic(0).saturating_add(time),
            abi::CLOCK_REALTIME | abi::CLOCK_TAI | abi::CLOCK_MONOTONIC | abi::CLOCK_BOOTTIME => {
                now.saturating_add(time)
            }
            abi::CLOCK_PROCESS_CPUTIME_ID => return Err(Errno::EOPNOTSUPP),
            _ => return Err(Errno::EINVAL),
        };
        let slept = self.sleep_until(deadline);
        if slept.is_err()
            && !is_absolute
            && let Some(left) = left.non_null()
        {
            let rest = deadline.0.saturating_sub(backend.monotonic().0);
            left.write(to_timespec(Duration::from_nanos(rest)))?;
        }
        slept.map(|()| 0)
    }
}
