//! When a processor was interrupted and when it switched threads: a source of randomness.

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

/// How many moments are kept.
const KEPT: usize = 16;

/// A processor's last moments, as its time stamp counter read. The processor writes with interrupts disabled; whoever
/// reads meanwhile may get a moment that is newer or older than it should be, but none twice.
#[derive(Debug)]
pub struct Moments {
    at: [AtomicU64; KEPT],
    noted: AtomicU32,
    taken: AtomicU32,
}

impl Moments {
    /// Makes an empty list.
    pub const fn new() -> Self {
        Self { at: [const { AtomicU64::new(0) }; KEPT], noted: AtomicU32::new(0), taken: AtomicU32::new(0) }
    }

    /// Keeps a moment, in place of the oldest.
    #[inline(always)]
    pub fn note(&self, ticks: u64) {
        let noted = self.noted.load(Relaxed);
        self.at[noted as usize % KEPT].store(ticks, Relaxed);
        self.noted.store(noted.wrapping_add(1), Relaxed);
    }

    /// Takes moments that were not taken before, the newest first, as many as `buf` has room for; the others are
    /// dropped. Returns how many bytes they are.
    pub fn take(&self, buf: &mut [u8]) -> usize {
        let noted = self.noted.load(Relaxed);
        let new = noted.wrapping_sub(self.taken.swap(noted, Relaxed)) as usize;
        let mut bytes = 0;
        let newest_first = (1..=new.min(KEPT) as u32).map(|back| noted.wrapping_sub(back) as usize % KEPT);
        for (to, slot) in buf.chunks_exact_mut(8).zip(newest_first) {
            to.copy_from_slice(&self.at[slot].load(Relaxed).to_le_bytes());
            bytes += 8;
        }
        bytes
    }
}

impl Default for Moments {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::prelude::v1::*;

    use super::*;

    fn take(moments: &Moments, room: usize) -> Vec<u64> {
        let mut buf = vec![0; room * 8 + 7];
        let len = moments.take(&mut buf);
        buf[..len].as_chunks().0.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect()
    }

    #[test]
    fn each_moment_is_taken_once_at_most() {
        let moments = Moments::new();
        assert_eq!(take(&moments, 4), []);
        (1..=3).for_each(|at| moments.note(at));
        assert_eq!(take(&moments, 4), [3, 2, 1]);
        assert_eq!(take(&moments, 4), []);
        (4..=9).for_each(|at| moments.note(at));
        assert_eq!(take(&moments, 2), [9, 8]);
        assert_eq!(take(&moments, 2), []);
        (100..200).for_each(|at| moments.note(at));
        let kept: Vec<u64> = (184..200).rev().collect();
        assert_eq!(take(&moments, 50), kept);
    }
}
