//! Random numbers for placing mappings: the machine's generator's.

/// The machine's generator, and before there is one, and in tests, a xorshift64* generator with a seed.
#[derive(Debug)]
pub(super) struct Rng(u64);

impl Rng {
    /// Makes a generator with a known seed.
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed | 1 << 63)
    }

    /// Returns a number below `bound`, which is not 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        if let Some(word) = crate::random::word() {
            return word % bound;
        }
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % bound
    }
}
