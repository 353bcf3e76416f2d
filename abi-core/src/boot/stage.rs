//! When each stage of the boot was reached: what `--bootchart` shows.

use core::sync::atomic::{AtomicU64, Ordering};

use crate::backend::{Clock, Monotonic};

/// A stage of the boot, named after what is ready at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Memory, processor and the first kernel thread.
    Machine,
    /// Devices, and further processors were started.
    Devices,
    /// The file systems are mounted.
    Root,
    /// The program and its libraries are in memory, bound, with their stack.
    Program,
    /// The program has ended, and with it the machine.
    Exit,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Self; 5] = [Self::Machine, Self::Devices, Self::Root, Self::Program, Self::Exit];

    /// Returns what happens until the stage is reached, in a few words.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Machine => "kernel: memory, processor",
            Self::Devices => "kernel: devices",
            Self::Root => "kernel: file systems",
            Self::Program => "loader",
            Self::Exit => "program",
        }
    }
}

/// Nanoseconds since the kernel's first instruction, by stage; 0 for a stage that was not reached.
static REACHED: [AtomicU64; Stage::ALL.len()] = [const { AtomicU64::new(0) }; Stage::ALL.len()];

/// Notes that a stage was reached at `when`.
pub fn reached_at(stage: Stage, when: Monotonic) {
    REACHED[stage as usize].store(when.0, Ordering::Relaxed);
}

/// Notes that a stage is reached now.
pub fn reached(stage: Stage, clock: &(impl Clock + ?Sized)) {
    reached_at(stage, clock.monotonic());
}

/// Bytes of a chart.
pub const CHART_BYTES: usize = Stage::ALL.len() * 8;

/// Returns what was noted, as bytes for [`times`].
pub fn chart() -> [u8; CHART_BYTES] {
    let mut bytes = [0; CHART_BYTES];
    for (place, time) in bytes.chunks_exact_mut(8).zip(&REACHED) {
        place.copy_from_slice(&time.load(Ordering::Relaxed).to_le_bytes());
    }
    bytes
}

/// Reads a chart: each stage that was reached, with nanoseconds since the kernel's first instruction.
pub fn times(chart: &[u8]) -> impl Iterator<Item = (Stage, u64)> {
    let words = chart.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word));
    Stage::ALL.into_iter().zip(words).filter(|&(_, time)| time != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_holds_the_stages_that_were_reached() {
        reached_at(Stage::Root, Monotonic(5));
        reached_at(Stage::Exit, Monotonic(u64::MAX));
        let chart = chart();
        assert!(times(&chart).eq([(Stage::Root, 5), (Stage::Exit, u64::MAX)]));
        assert_eq!(times(&chart[..11]).count(), 0);
    }
}
