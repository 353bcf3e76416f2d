//! Asks the sources, and feeds the Yarrow generator with what they say.

use super::estimate::Estimate;
use super::yarrow::{MAX_SOURCES, Reseed, Yarrow};
use crate::backend::{Backend, EntropySource};

/// Bytes asked of a source at once.
const SAMPLE_BYTES: usize = 64;
/// The source that is whatever programs write to the devices.
const WRITTEN: usize = 0;
/// The source that is the clock as it reads when the sources are asked: when a thread came to run.
const CLOCK: usize = 1;
/// The backend's first source.
pub const FIRST_SOURCE: usize = 2;
/// How often all sources are asked for one reseed: their samples go to the two pools by turns.
const PASSES: usize = 2;

/// A generator and what is known of its sources.
#[derive(Default)]
pub struct Collector {
    yarrow: Yarrow,
    estimates: [Estimate; MAX_SOURCES],
}

impl Collector {
    /// Takes a sample of each source.
    pub fn sample(&mut self, sources: &[&dyn EntropySource]) {
        for (number, source) in (FIRST_SOURCE..MAX_SOURCES).zip(sources) {
            let mut sample = [0; SAMPLE_BYTES];
            let len = source.poll(&mut sample).min(SAMPLE_BYTES);
            if len > 0 {
                let bits = self.estimates[number].bits(*source, &sample[..len]);
                self.yarrow.add(number, &sample[..len], bits);
            }
        }
    }

    /// Takes a sample of the clocks. The wall clock is worth nothing, but differs between machines.
    fn sample_clock(&mut self, backend: &dyn Backend) {
        let now = backend.monotonic().0.to_le_bytes();
        let mut sample = [0; 16];
        sample[..8].copy_from_slice(&now);
        sample[8..].copy_from_slice(&(backend.realtime().as_nanos() as u64).to_le_bytes());
        let bits = self.estimates[CLOCK].bits_of_moments(&now);
        self.yarrow.add(CLOCK, &sample, bits);
    }

    /// Asks all sources, and makes a new key if they say enough.
    pub fn gather(&mut self, backend: &dyn Backend) -> Option<Reseed> {
        (0..PASSES).find_map(|_| {
            self.sample(backend.sources());
            self.sample_clock(backend);
            self.yarrow.reseed_if_due()
        })
    }

    /// Mixes in what a program wrote, in both pools, for whichever makes the next key. It says how many bits of entropy
    /// there are in it, or in what it wrote before.
    pub fn write(&mut self, bytes: &[u8], claimed_bits: u32) {
        for _ in 0..PASSES {
            self.yarrow.add(WRITTEN, bytes, claimed_bits);
        }
    }

    /// Returns the generator.
    pub fn yarrow(&mut self) -> &mut Yarrow {
        &mut self.yarrow
    }
}

/// Fills `buf` from a generator that these sources alone seed; returns false if they have not enough.
pub fn draw(sources: &[&dyn EntropySource], buf: &mut [u8]) -> bool {
    let mut collector = Collector::default();
    let is_seeded = (0..PASSES).any(|_| {
        collector.sample(sources);
        collector.yarrow.reseed_if_due().is_some()
    });
    if is_seeded {
        collector.yarrow.generate(buf);
    }
    is_seeded
}
