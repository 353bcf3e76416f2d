//! Sources of randomness.

/// Named sources with an estimate; an empty list is normal.
pub trait Entropy: Sync {
    /// Returns this world's sources.
    fn sources(&self) -> &[&'static dyn EntropySource];
}

/// One source of randomness.
pub trait EntropySource: Sync {
    /// Returns the name reports show (`virtio-rng`, `getrandom`, `rdrand`).
    fn name(&self) -> &'static str;
    /// Returns how many bits of entropy to credit per byte, 0 to 8.
    fn credited_bits_per_byte(&self) -> u8;
    /// Fills the front of `buf`; returns how many bytes it had. Never blocks for long.
    fn poll(&self, buf: &mut [u8]) -> usize;
}
