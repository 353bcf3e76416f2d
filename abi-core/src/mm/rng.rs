//! Random numbers for placing mappings. The map is locked where they are drawn, so the machine's generator, which may
//! wait for its sources, gives the seed only.

/// A xorshift64* generator. Places mappings; nothing secret is made from it.
#[derive(Debug)]
pub(super) struct Rng(u64);

impl Rng {
    /// Makes a generator with a known seed.
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed | 1 << 63)
    }

    /// Returns a number below `bound`, which is not 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % bound
    }
}
