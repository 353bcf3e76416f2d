//! The Yarrow construction (Kelsey, Schneier, Ferguson 1999) with SHA-256 and AES-256.
//!
//! Samples of named sources go to two pools by turns, each with the entropy it is believed to hold. A pool that holds
//! enough makes the generator's next key. Nothing here knows where samples come from or when they are asked for.
//!
//! What the paper leaves open: a sample is hashed as its source's number (one byte), its length (32 bits, little-endian)
//! and its bytes; the count of the hashing's rounds is 32 bits, big-endian; the counter is the 128 bits of a block,
//! big-endian; the gate is closed after [`GATE_BLOCKS`] blocks and at the end of each request.

use aes::Aes256Enc;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use crate::boundary::vectors::with_high;

/// The most sources that are told apart; samples of further ones are not taken.
pub const MAX_SOURCES: usize = 8;
/// Bits that one source must have given to the fast pool for a fast reseed.
pub const FAST_BITS: u32 = 100;
/// Bits that each of [`SLOW_SOURCES`] must have given to the slow pool for a slow reseed.
pub const SLOW_BITS: u32 = 160;
/// How many sources a slow reseed needs.
pub const SLOW_SOURCES: usize = 2;
/// Rounds of hashing from a pool to a key: P_t of the fast pool.
pub const FAST_ROUNDS: u32 = 10;
/// P_t of the slow pool.
pub const SLOW_ROUNDS: u32 = 40;
/// Blocks of output from one key, at most; a power of two.
pub const GATE_BLOCKS: u32 = 1 << 6;

/// Bytes of a key, and of a hash.
const KEY_BYTES: usize = 32;
/// Bytes of a block of the cipher.
const BLOCK_BYTES: usize = 16;

/// Makes the cipher of a key: the AES instructions' code takes all vector registers for it.
fn cipher(key: &[u8; KEY_BYTES]) -> Aes256Enc {
    with_high(|| Aes256Enc::new(&(*key).into()))
}

/// A pool: the hash of its samples so far, and what each source has given.
#[derive(Clone, Default)]
struct Pool {
    hash: Sha256,
    bits: [u32; MAX_SOURCES],
}

impl Pool {
    fn add(&mut self, source: usize, sample: &[u8], bits: u32) {
        self.hash.update([source as u8]);
        self.hash.update((sample.len() as u32).to_le_bytes());
        self.hash.update(sample);
        self.bits[source] = self.bits[source].saturating_add(bits);
    }

    /// Returns how many sources have given at least `bits`.
    fn sources_with(&self, bits: u32) -> usize {
        self.bits.iter().filter(|&&given| given >= bits).count()
    }

    /// Empties the pool; returns its hash.
    fn take(&mut self) -> Zeroizing<[u8; KEY_BYTES]> {
        self.bits = [0; MAX_SOURCES];
        Zeroizing::new(self.hash.finalize_reset().into())
    }
}

/// Which pool made a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reseed {
    /// The fast one.
    Fast,
    /// The slow one, with the fast one in it.
    Slow,
}

/// A Yarrow generator.
#[derive(Clone, Default)]
pub struct Yarrow {
    fast: Pool,
    slow: Pool,
    /// Whether a source's next sample is for the slow pool.
    is_slow_next: [bool; MAX_SOURCES],
    key: [u8; KEY_BYTES],
    counter: u128,
    reseeds: u32,
    /// Entropy of all samples so far.
    credited_bits: u32,
}

impl Yarrow {
    /// Adds a sample, believed to hold `bits` of entropy, to the pool whose turn it is with this source.
    pub fn add(&mut self, source: usize, sample: &[u8], bits: u32) {
        if source >= MAX_SOURCES {
            return;
        }
        let pool = if self.is_slow_next[source] { &mut self.slow } else { &mut self.fast };
        pool.add(source, sample, bits);
        self.is_slow_next[source] ^= true;
        self.credited_bits = self.credited_bits.saturating_add(bits);
    }

    /// Makes a new key if a pool holds enough for it.
    pub fn reseed_if_due(&mut self) -> Option<Reseed> {
        if self.slow.sources_with(SLOW_BITS) >= SLOW_SOURCES {
            self.reseed_now();
            return Some(Reseed::Slow);
        }
        if self.fast.sources_with(FAST_BITS) >= 1 {
            let seed = self.fast.take();
            self.reseed(&seed, FAST_ROUNDS);
            return Some(Reseed::Fast);
        }
        None
    }

    /// Makes a new key from both pools, whatever they hold.
    pub fn reseed_now(&mut self) {
        let fast = self.fast.take();
        self.slow.hash.update(fast.as_slice());
        let seed = self.slow.take();
        self.reseed(&seed, SLOW_ROUNDS);
    }

    /// Makes a new key from the old one and `seed`, v₀: the latter is hashed again for each round.
    fn reseed(&mut self, seed: &[u8; KEY_BYTES], rounds: u32) {
        let mut value = Zeroizing::new(*seed);
        let mut hash = Sha256::new();
        for round in 1..=rounds {
            hash.update(value.as_slice());
            hash.update(seed);
            hash.update(round.to_be_bytes());
            *value = hash.finalize_reset().into();
        }
        hash.update(value.as_slice());
        hash.update(self.key);
        self.key = hash.finalize_reset().into();
        let mut block = [0; BLOCK_BYTES].into();
        cipher(&self.key).encrypt_block(&mut block);
        self.counter = u128::from_be_bytes(block.into());
        self.reseeds = self.reseeds.wrapping_add(1).max(1);
    }

    /// Returns how often the generator got a new key from a pool: 0 until it is seeded.
    pub fn reseeds(&self) -> u32 {
        self.reseeds
    }

    /// Returns the entropy of all samples so far, by estimate.
    pub fn credited_bits(&self) -> u32 {
        self.credited_bits
    }

    /// Encrypts the counter's next values into `out`.
    fn blocks(&mut self, cipher: &Aes256Enc, out: &mut [u8]) {
        for piece in out.chunks_mut(BLOCK_BYTES) {
            self.counter = self.counter.wrapping_add(1);
            let mut block = self.counter.to_be_bytes().into();
            cipher.encrypt_block(&mut block);
            piece.copy_from_slice(&block[..piece.len()]);
            block.zeroize();
        }
    }

    /// Fills `out` with the generator's next output; what came before can't be computed from the state afterwards.
    pub fn generate(&mut self, out: &mut [u8]) {
        for piece in out.chunks_mut(GATE_BLOCKS as usize * BLOCK_BYTES) {
            let cipher = cipher(&self.key);
            self.blocks(&cipher, piece);
            // The gate: the next output is the next key.
            let mut key = Zeroizing::new([0; KEY_BYTES]);
            self.blocks(&cipher, &mut *key);
            self.key = *key;
        }
    }

    /// Steps the counter back.
    #[cfg(test)]
    pub(super) fn step_back(&mut self) {
        self.counter = self.counter.wrapping_sub(1);
    }

    /// Fills `out`, and leaves the key as it is.
    #[cfg(test)]
    pub(super) fn generate_without_gate(&mut self, out: &mut [u8]) {
        let cipher = cipher(&self.key);
        self.blocks(&cipher, out);
    }

    /// Makes a key from all there is, for one who wants output before the generator is seeded. The pools and the key
    /// stay as they are; `nonce` makes two such keys differ.
    pub fn unseeded_key(&self, nonce: u64) -> Zeroizing<[u8; KEY_BYTES]> {
        let hash = Sha256::new()
            .chain_update(self.fast.hash.clone().finalize())
            .chain_update(self.slow.hash.clone().finalize())
            .chain_update(self.key)
            .chain_update(nonce.to_be_bytes());
        Zeroizing::new(hash.finalize().into())
    }

    /// Returns the digest of the fast pool and of the slow one.
    pub fn digests(&self) -> [[u8; KEY_BYTES]; 2] {
        [&self.fast, &self.slow].map(|pool| pool.hash.clone().finalize().into())
    }
}

impl Drop for Yarrow {
    fn drop(&mut self) {
        self.key.zeroize();
        self.counter.zeroize();
    }
}
