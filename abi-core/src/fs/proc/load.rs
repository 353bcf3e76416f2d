//! `/proc/loadavg`, getloadavg(3) and sysinfo(2): how many threads ran on average.
//!
//! Nothing samples the load. Each read takes the processor time used since the last one and lets it decay as if it had
//! been used evenly, so a program that looks now and then sees what sampling would give; threads that are ready but
//! wait for a processor don't count.

use alloc::format;
use alloc::vec::Vec;
use core::fmt;

use crate::backend::{Backend, Monotonic};
use crate::kernel::Kernel;
use crate::sync::Mutex;

/// The averages over 1, 5 and 15 minutes, and when they were true.
pub struct LoadAverage(Mutex<State>);

struct State {
    at_ns: u64,
    used_ns: u64,
    averages: [f64; 3],
}

impl LoadAverage {
    /// Makes the averages of a machine that was idle until then.
    pub const fn new() -> Self {
        Self(Mutex::new(State { at_ns: 0, used_ns: 0, averages: [0.0; 3] }))
    }

    /// Starts at `now`: what was before is not this machine's.
    pub fn start(&self, now: Monotonic) {
        self.0.lock().at_ns = now.0;
    }

    /// Returns the averages over 1, 5 and 15 minutes.
    pub fn now(&self, backend: &dyn Backend) -> [f64; 3] {
        let mut state = self.0.lock();
        state.advance(backend.monotonic().0, backend.total_cpu_time().as_nanos() as u64);
        state.averages
    }
}

impl Default for LoadAverage {
    fn default() -> Self {
        Self::new()
    }
}

impl State {
    fn advance(&mut self, now_ns: u64, used_ns: u64) {
        let elapsed = now_ns.saturating_sub(self.at_ns) as f64;
        if elapsed <= 0.0 {
            return;
        }
        let load = used_ns.saturating_sub(self.used_ns) as f64 / elapsed;
        for (average, minutes) in self.averages.iter_mut().zip([1.0, 5.0, 15.0]) {
            let kept = libm::exp(-elapsed / (minutes * 60e9));
            *average = *average * kept + load * (1.0 - kept);
        }
        (self.at_ns, self.used_ns) = (now_ns, used_ns);
    }
}

/// Makes `/proc/loadavg`.
pub(super) fn loadavg(kernel: &Kernel) -> Vec<u8> {
    let [one, five, fifteen] = kernel.fs.load.now(kernel.backend);
    let running = running(kernel);
    let threads = super::texts::threads(kernel);
    let last = crate::task::threads_started(kernel) + crate::abi::PID - 1;
    let [one, five, fifteen] = [one, five, fifteen].map(Hundredths::of);
    format!("{one} {five} {fifteen} {running}/{threads} {last}\n").into_bytes()
}

/// An average as it is shown, in hundredths.
struct Hundredths(u64);

impl Hundredths {
    fn of(average: f64) -> Self {
        Self((average * 100.0 + 0.5) as u64)
    }
}

impl fmt::Display for Hundredths {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// Returns how many threads run: those outside the kernel, and the one that asks.
pub(super) fn running(kernel: &Kernel) -> usize {
    let own = crate::task::current().tid;
    kernel.tasks.threads.lock().iter().filter(|thread| thread.tid == own || !thread.is_in_kernel()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_follow_the_load_at_their_own_pace() {
        let mut state = State { at_ns: 0, used_ns: 0, averages: [0.0; 3] };
        state.advance(60_000_000_000, 120_000_000_000);
        assert!((state.averages[0] - 2.0 * 0.632).abs() < 0.01);
        assert!(state.averages[2] < state.averages[1] && state.averages[1] < state.averages[0]);
        state.advance(3_600_000_000_000, 120_000_000_000);
        assert!(state.averages[0] < 0.01);
    }
}
