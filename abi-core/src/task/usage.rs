//! What the program has used: getrusage(2), times(2).

use core::sync::atomic::Ordering;

use crate::abi::{self, Errno, Result, rusage};
use crate::backend::Whose;
use crate::boundary::user::{UserPtr, zeroed};
use crate::kernel::Context;
use crate::time::to_timeval;

impl Context<'_> {
    /// getrusage(2): all processor time counts as the program's own.
    pub fn sys_getrusage(self, who: i32, out: UserPtr<rusage>) -> Result<i32> {
        let (backend, tasks) = (self.kernel.backend, &self.kernel.tasks);
        let (whose, time, faults) = match who {
            abi::RUSAGE_SELF => (Whose::All, backend.total_cpu_time(), &tasks.page_faults),
            abi::RUSAGE_THREAD => {
                let thread = self.thread;
                (Whose::ThisThread, thread.cpu_time(), &thread.page_faults)
            }
            abi::RUSAGE_CHILDREN => {
                out.write(zeroed())?;
                return Ok(0);
            }
            _ => return Err(Errno::EINVAL),
        };
        let costs = backend.costs(whose);
        let mut usage: rusage = zeroed();
        usage.ru_utime = to_timeval(time);
        usage.ru_maxrss = (self.kernel.mm.totals().peak_bytes / 1024) as i64;
        usage.ru_minflt = (costs.page_faults + faults.load(Ordering::Relaxed)) as i64;
        usage.ru_majflt = costs.page_reads as i64;
        usage.ru_nvcsw = costs.waits as i64;
        usage.ru_nivcsw = costs.preemptions as i64;
        out.write(usage)?;
        Ok(0)
    }

    /// times(2): returns the clock ticks since boot.
    pub fn sys_times(self, out: UserPtr<abi::tms>) -> Result<i64> {
        const TICK_NS: u64 = 10_000_000;
        if let Some(out) = out.non_null() {
            let mut times: abi::tms = zeroed();
            times.tms_utime = (self.kernel.backend.total_cpu_time().as_nanos() as u64 / TICK_NS) as i64;
            out.write(times)?;
        }
        Ok((self.kernel.backend.monotonic().0 / TICK_NS) as i64)
    }
}
