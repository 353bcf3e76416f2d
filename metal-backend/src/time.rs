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
    const NANOS: u32 = 200_000;
    lapic::set_timer(u32::MAX);
    let (start, first) = (cpu::rdtsc(), lapic::timer_left());
    let last = loop {
        let left = lapic::timer_left();
        if first - left >= NANOS {
            break left;
        }
    };
    let ticks = cpu::rdtsc() - start;
    lapic::set_timer(0);
    let nanos = u64::from(first - last);
    set_frequency(ticks * lapic::TICKS_PER_SECOND / nanos.max(1));
}

#[cfg(test)]
mod tests {
    use super::*;

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
