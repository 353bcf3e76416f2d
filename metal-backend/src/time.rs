//! The clock: the time stamp counter, in nanoseconds by fixed-point multiplication.

use core::sync::atomic::{AtomicU64, Ordering};

use crate::arch::cpu;

/// Nanoseconds per tick and ticks per nanosecond, times 2³².
static NANOS_PER_TICK: AtomicU64 = AtomicU64::new(1 << 31);
static TICKS_PER_NANO: AtomicU64 = AtomicU64::new(1 << 33);
/// The counter at boot.
static START: AtomicU64 = AtomicU64::new(0);
/// Nanoseconds from 1970 to boot.
static REALTIME_AT_START: AtomicU64 = AtomicU64::new(0);

fn scale(value: u64, factor: u64) -> u64 {
    ((u128::from(value) * u128::from(factor)) >> 32) as u64
}

/// Returns the time since boot in ticks.
#[inline]
pub fn ticks() -> u64 {
    cpu::rdtsc().wrapping_sub(START.load(Ordering::Relaxed))
}

/// Converts ticks to nanoseconds.
pub fn nanos_of(ticks: u64) -> u64 {
    scale(ticks, NANOS_PER_TICK.load(Ordering::Relaxed))
}

/// Converts nanoseconds to ticks.
pub fn ticks_of(nanos: u64) -> u64 {
    scale(nanos, TICKS_PER_NANO.load(Ordering::Relaxed))
}

/// Converts a deadline to ticks, not before it: the clock must read at least `nanos` then.
pub fn deadline_ticks(nanos: u64) -> u64 {
    let nanos = nanos.min(u64::MAX >> 8);
    let mut ticks = ticks_of(nanos);
    // Both factors are rounded down, so what is missing grows with the deadline; a step or two makes up for it.
    while let Some(missing @ 1..) = nanos.checked_sub(nanos_of(ticks)) {
        ticks += ticks_of(missing).max(1);
    }
    ticks
}

/// Returns the time since boot in nanoseconds.
#[inline]
pub fn monotonic() -> u64 {
    nanos_of(ticks())
}

/// Returns nanoseconds since 1970.
pub fn realtime() -> u64 {
    REALTIME_AT_START.load(Ordering::Relaxed).saturating_add(monotonic())
}

/// Starts the clock at the counter's value `start`.
pub fn init(start: u64) {
    START.store(start, Ordering::Relaxed);
}

/// Sets what a tick is worth.
pub fn set_frequency(hertz: u64) {
    if let Some(factor) = (1_000_000_000u64 << 32).checked_div(hertz) {
        NANOS_PER_TICK.store(factor.max(1), Ordering::Relaxed);
        TICKS_PER_NANO.store(((u128::from(hertz) << 32) / 1_000_000_000) as u64, Ordering::Relaxed);
    }
}

/// Sets the wall clock: nanoseconds since 1970 at boot.
pub fn set_realtime(nanos: u64) {
    REALTIME_AT_START.store(nanos, Ordering::Relaxed);
}

/// Measures the counter against the local APIC's timer, which counts nanoseconds.
#[cfg(feature = "kernel")]
pub fn calibrate() {
    use crate::arch::lapic;
    lapic::set_timer(u32::MAX);
    let hertz = frequency(cpu::rdtsc, lapic::timer_left);
    lapic::set_timer(0);
    set_frequency(hertz);
}

/// The counter and what is left on the timer, read together.
#[cfg(any(feature = "kernel", test))]
#[derive(Clone, Copy)]
struct Reading {
    ticks: u64,
    left: u32,
    /// What the counter advanced in between.
    slack: u64,
}

#[cfg(any(feature = "kernel", test))]
impl Reading {
    /// Reads both a few times and keeps the reading that took least: what the host does with this processor between
    /// the two must not count.
    fn take(counter: &impl Fn() -> u64, left: &impl Fn() -> u32) -> Self {
        let once = || {
            let before = counter();
            let left = left();
            let slack = counter() - before;
            Self { ticks: before + slack / 2, left, slack }
        };
        let first = once();
        (1..8).map(|_| once()).fold(first, |best, new| if new.slack < best.slack { new } else { best })
    }
}

/// Returns how many ticks `counter` makes while a timer that runs down counts a second of nanoseconds.
#[cfg(any(feature = "kernel", test))]
fn frequency(counter: impl Fn() -> u64, left: impl Fn() -> u32) -> u64 {
    const NANOS: u32 = 2_000_000;
    let first = Reading::take(&counter, &left);
    while first.left - left() < NANOS {
        core::hint::spin_loop();
    }
    let last = Reading::take(&counter, &left);
    (last.ticks - first.ticks) * 1_000_000_000 / u64::from(first.left - last.left)
}

#[cfg(test)]
mod tests {
    use core::cell::Cell;

    use super::*;

    /// A counter of 2.5 GHz and a timer, on a processor that the host stops for 10 ms at one of the readings.
    fn measure(stopped_at: u32) -> u64 {
        let (nanos, readings) = (Cell::new(0u64), Cell::new(0u32));
        let pass = |cost| {
            let stop = if readings.get() == stopped_at { 10_000_000 } else { 0 };
            readings.set(readings.get() + 1);
            nanos.set(nanos.get() + cost + stop);
        };
        let counter = || {
            pass(20);
            nanos.get() * 5 / 2
        };
        let left = || {
            pass(600);
            u32::MAX - nanos.get() as u32
        };
        frequency(counter, left)
    }

    #[test]
    fn the_frequency_is_right_even_if_the_host_stops_the_processor() {
        for stopped_at in 0..5000 {
            let hertz = measure(stopped_at);
            assert!(hertz.abs_diff(2_500_000_000) < 5_000_000, "{hertz} when stopped at {stopped_at}");
        }
    }

    #[test]
    fn a_deadline_is_never_early() {
        for hertz in [1_000_000_000, 1_996_249_000, 2_000_000_000, 3_700_000_123] {
            set_frequency(hertz);
            for nanos in [0, 1, 999, 1_000_000, 123_456_789_012] {
                assert!(nanos_of(deadline_ticks(nanos)) >= nanos, "{hertz} {nanos}");
            }
        }
    }
}
