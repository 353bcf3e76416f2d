//! What gives the bytes out: one ChaCha20 stream per processor, with a key of the Yarrow generator's.

use zeroize::Zeroize;

/// One processor's stream.
pub(super) struct Output {
    key: [u8; 32],
    /// The generator's count of reseeds when it gave the key; 0 before.
    pub(super) reseeds: u32,
    /// Bytes given out since the sources were asked last.
    pub(super) given_bytes: u64,
    /// When the sources are asked next, in nanoseconds.
    pub(super) gather_at: u64,
}

impl Output {
    /// Makes a stream that has no key yet.
    pub(super) const fn new() -> Self {
        Self { key: [0; 32], reseeds: 0, given_bytes: 0, gather_at: 0 }
    }

    /// Takes a key that the generator makes after `reseeds` reseeds.
    pub(super) fn rekey(&mut self, reseeds: u32, make: impl FnOnce(&mut [u8])) {
        make(&mut self.key);
        self.reseeds = reseeds;
    }

    /// Fills `buf`.
    pub(super) fn fill(&mut self, buf: &mut [u8]) {
        keystream::fill(&mut self.key, buf);
        self.given_bytes += buf.len() as u64;
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}
