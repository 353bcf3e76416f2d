//! Sources of randomness.

/// Named sources with an estimate; an empty list is normal.
pub trait Entropy: Sync {
    /// Returns this world's sources, always in the same order.
    fn sources(&self) -> &[&'static dyn EntropySource];
}

/// One source of randomness.
pub trait EntropySource: Sync {
    /// Returns the name reports show (`virtio-rng`, `getrandom`, `rdrand`, `interrupts`).
    fn name(&self) -> &'static str;
    /// Returns how many bits of entropy to credit per byte, 0 to 8.
    fn credited_bits_per_byte(&self) -> u8;
    /// Fills the front of `buf`; returns how many bytes it had. Never blocks for long.
    fn poll(&self, buf: &mut [u8]) -> usize;
    /// Tells whether what it gives are moments at which something happened: readings of a fast counter, eight bytes
    /// each, little-endian. abi-core estimates these by their differences.
    fn gives_moments(&self) -> bool {
        false
    }
}
