//! Random numbers for placing mappings: seeded once from the backend's sources of entropy.

use crate::backend::Backend;

/// A xorshift64* generator. Places mappings; nothing secret is made from it.
#[derive(Debug)]
pub(super) struct Rng(u64);

impl Rng {
    /// Makes a generator with a known seed.
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed | 1 << 63)
    }

    /// Makes a generator seeded from what entropy the backend has.
    pub(super) fn from_backend(backend: &dyn Backend) -> Self {
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        for source in backend.sources() {
            let mut bytes = [0; 8];
            if source.poll(&mut bytes) > 0 {
                seed = seed.rotate_left(17) ^ u64::from_le_bytes(bytes);
            }
        }
        if !backend.sources().is_empty() {
            seed ^= backend.monotonic().0.rotate_left(40);
        }
        Self::new(seed)
    }

    /// Returns a number below `bound`, which is not 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % bound
    }
}
