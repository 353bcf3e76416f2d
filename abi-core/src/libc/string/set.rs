//! Sets of bytes, for `strspn` and its kind.

/// A set of bytes.
#[derive(Clone, Copy)]
pub struct ByteSet([u64; 4]);

impl ByteSet {
    /// Makes the set of these bytes.
    #[inline]
    pub fn new(bytes: &[u8]) -> Self {
        let mut set = Self([0; 4]);
        for &byte in bytes {
            set = set.with(byte);
        }
        set
    }

    /// Adds a byte.
    #[inline]
    #[must_use]
    pub fn with(mut self, byte: u8) -> Self {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
        self
    }

    /// Tells whether a byte is in the set.
    #[inline]
    pub fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 != 0
    }
}
