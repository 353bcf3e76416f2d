//! Time.

use core::sync::atomic::Ordering;
use core::time::Duration;

use abi_core::backend::{Clock, Monotonic, ThreadId};

use super::MetalBackend;
use crate::arch::percpu;
use crate::{sched, time};

impl Clock for MetalBackend {
    fn monotonic(&self) -> Monotonic {
        Monotonic(time::monotonic())
    }

    fn realtime(&self) -> Duration {
        Duration::from_nanos(time::realtime())
    }

    fn cpu_time(&self, thread: ThreadId) -> Duration {
        let mut ticks = 0;
        sched::find(thread.0, |pointer| {
            // SAFETY: alive while the table's lock is held.
            ticks = unsafe { &*pointer }.used_ticks(time::ticks());
        });
        Duration::from_nanos(time::nanos_of(ticks))
    }

    fn total_cpu_time(&self) -> Duration {
        let idle: u64 = percpu::all()
            .map(|cpu| {
                // SAFETY: idle threads live for ever.
                unsafe { &*cpu.idle.load(Ordering::Relaxed) }.used_ticks(time::ticks())
            })
            .sum();
        let all = time::ticks() * percpu::count() as u64;
        Duration::from_nanos(time::nanos_of(all.saturating_sub(idle)))
    }

    fn processor_time(&self, processor: usize) -> Option<Duration> {
        let now = time::ticks();
        percpu::all().nth(processor).map(|cpu| {
            // SAFETY: idle threads live for ever.
            let idle = unsafe { &*cpu.idle.load(Ordering::Relaxed) }.used_ticks(now);
            Duration::from_nanos(time::nanos_of(now.saturating_sub(idle)))
        })
    }
}
