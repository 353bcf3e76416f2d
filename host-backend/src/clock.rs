//! Time: the host's clocks through the vDSO.

use core::time::Duration;

use abi_core::backend::{Clock, Monotonic, ThreadId};

use crate::{HostBackend, sys, vdso};

fn duration(time: libc::timespec) -> Duration {
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

impl Clock for HostBackend {
    fn monotonic(&self) -> Monotonic {
        let time = vdso::clock_gettime(libc::CLOCK_MONOTONIC);
        Monotonic(time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64)
    }

    fn realtime(&self) -> Duration {
        duration(vdso::clock_gettime(libc::CLOCK_REALTIME))
    }

    fn cpu_time(&self, thread: ThreadId) -> Duration {
        // clock_getcpuclockid(3): the complement of the thread id above the clock's kind.
        const PER_THREAD_SCHED: i32 = 6;
        duration(sys::clock_gettime((!(thread.0 as i32) << 3) | PER_THREAD_SCHED))
    }

    fn total_cpu_time(&self) -> Duration {
        duration(sys::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID))
    }
}
