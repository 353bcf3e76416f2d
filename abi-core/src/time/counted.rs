//! What a timer or a sleep counts: time, or processor time used.

use core::time::Duration;

use crate::abi::{self, Errno, PID, Result};
use crate::backend::Monotonic;
use crate::kernel::Context;

/// How soon processor time is looked at again at the earliest: a tick of Linux's at 1000 Hz.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counted {
    /// Time, on the monotonic clock.
    Time,
    /// Processor time of all threads.
    ProcessTime,
    /// Processor time of the thread of this number.
    ThreadTime(i32),
}

impl Counted {
    /// Says what a clock counts; `EOPNOTSUPP` for clocks that can be read only.
    pub(super) fn of_clock(cx: Context<'_>, clock: i32) -> Result<Self> {
        match clock {
            abi::CLOCK_REALTIME | abi::CLOCK_MONOTONIC | abi::CLOCK_BOOTTIME | abi::CLOCK_TAI => {
                Ok(Self::Time)
            }
            abi::CLOCK_REALTIME_COARSE | abi::CLOCK_MONOTONIC_COARSE | abi::CLOCK_MONOTONIC_RAW => {
                Err(Errno::EOPNOTSUPP)
            }
            _ => Self::of_cpu_clock(cx, clock),
        }
    }

    /// Says what a clock of processor time counts: the process's, the caller's, or a thread's by its dynamic number.
    pub(super) fn of_cpu_clock(cx: Context<'_>, clock: i32) -> Result<Self> {
        match clock {
            abi::CLOCK_PROCESS_CPUTIME_ID => Ok(Self::ProcessTime),
            abi::CLOCK_THREAD_CPUTIME_ID => Ok(Self::ThreadTime(cx.thread.tid)),
            0.. => Err(Errno::EINVAL),
            // A clock of a device, by its descriptor (`CLOCKFD`): there are none.
            dynamic if dynamic & 3 == 3 => Err(Errno::EINVAL),
            dynamic => match (!(dynamic >> 3), dynamic & 4) {
                (0 | PID, 0) => Ok(Self::ProcessTime),
                (0, _) => Ok(Self::ThreadTime(cx.thread.tid)),
                (tid, _) => cx.thread_numbered(tid).map(|_| Self::ThreadTime(tid)).map_err(|_| Errno::EINVAL),
            },
        }
    }

    /// Returns what has been counted up to now, in nanoseconds; `None` once the thread has ended.
    pub(super) fn now(self, cx: Context<'_>) -> Option<Monotonic> {
        let backend = cx.kernel.backend;
        let used = match self {
            Self::Time => return Some(backend.monotonic()),
            Self::ProcessTime => backend.total_cpu_time(),
            Self::ThreadTime(tid) if tid == cx.thread.tid => cx.thread.cpu_time(),
            Self::ThreadTime(tid) => cx.thread_numbered(tid).ok()?.cpu_time(),
        };
        Some(Monotonic(0).saturating_add(used))
    }

    /// Returns the earliest time at which the count can have gone from `now` to `deadline`.
    pub(super) fn earliest(self, cx: Context<'_>, now: Monotonic, deadline: Monotonic) -> Monotonic {
        let left = Duration::from_nanos(deadline.0.saturating_sub(now.0));
        let backend = cx.kernel.backend;
        let wait = match self {
            Self::Time => return deadline,
            Self::ProcessTime => left / u32::try_from(backend.cpus().count).unwrap_or(u32::MAX),
            Self::ThreadTime(_) => left,
        };
        backend.monotonic().saturating_add(wait.max(LOOK_AGAIN))
    }
}
