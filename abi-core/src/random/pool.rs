//! The generator's state.

use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit, StreamCipher};

use crate::backend::Backend;
use crate::sync::Mutex;

/// Entropy in bits that makes the first key.
const SEED_BITS: u32 = 256;
/// Bytes of output after which the sources are asked again.
const RESEED_BYTES: u64 = 1 << 20;
/// How much time's low bits are worth, in bits per look at the clock: little, but not nothing.
const TIMING_BITS: u32 = 1;

/// A generator with its key.
struct State {
    key: [u8; 32],
    /// Bits of entropy credited so far, up to [`SEED_BITS`].
    credited_bits: u32,
    since_reseed_bytes: u64,
    /// Output of the starter's own generator, given out first; what was given out is erased.
    given: [u8; GIVEN_BYTES],
    given_left: usize,
}

/// How many random bytes a machine may be started with: for the places of mappings, a program's guards and `AT_RANDOM`.
pub const GIVEN_BYTES: usize = 40;

/// The machine's generator of random numbers.
pub struct RandomPool(Mutex<State>);

impl State {
    /// Makes a new key from the old one and `bytes`: the old key's stream over them, taken as the next key, for
    /// each 32 bytes. Without the old key the new one can't be computed, and each byte changes all of it.
    fn mix(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(32) {
            for (key, byte) in self.key.iter_mut().zip(chunk) {
                *key ^= byte;
            }
            let mut nonce = [0; 12];
            nonce[..8].copy_from_slice(&(chunk.len() as u64).to_le_bytes());
            let mut next = [0; 32];
            ChaCha20::new(&self.key.into(), &nonce.into()).apply_keystream(&mut next);
            self.key = next;
        }
    }

    /// Fills `buf` with given bytes; returns false where not enough are left.
    fn take_given(&mut self, buf: &mut [u8]) -> bool {
        let Some(left) = self.given_left.checked_sub(buf.len()) else { return false };
        let given = &mut self.given[left..][..buf.len()];
        buf.copy_from_slice(given);
        given.fill(0);
        self.given_left = left;
        true
    }

    /// Mixes in what the sources have now.
    fn gather(&mut self, backend: &dyn Backend) {
        for source in backend.sources() {
            let mut bytes = [0; 32];
            let n = source.poll(&mut bytes).min(bytes.len());
            self.mix(&bytes[..n]);
            let bits = n as u32 * u32::from(source.credited_bits_per_byte());
            self.credited_bits = (self.credited_bits + bits).min(SEED_BITS);
        }
        self.mix(&backend.monotonic().0.to_le_bytes());
        self.mix(&(backend.realtime().as_nanos() as u64).to_le_bytes());
        self.credited_bits = (self.credited_bits + TIMING_BITS).min(SEED_BITS);
        self.since_reseed_bytes = 0;
    }
}

impl RandomPool {
    /// Makes a generator that isn't seeded yet.
    pub const fn new() -> Self {
        Self(Mutex::new(State {
            key: [0; 32],
            credited_bits: 0,
            since_reseed_bytes: 0,
            given: [0; GIVEN_BYTES],
            given_left: 0,
        }))
    }

    /// Makes a generator whose first output is `given`, which another generator made for this machine alone: one that
    /// starts quickly need not be seeded for its first few bytes.
    pub fn with_start(given: [u8; GIVEN_BYTES]) -> Self {
        let pool = Self::new();
        let mut state = pool.0.lock();
        (state.given, state.given_left) = (given, GIVEN_BYTES);
        drop(state);
        pool
    }

    /// Mixes bytes in, without credit.
    pub fn mix(&self, bytes: &[u8]) {
        self.0.lock().mix(bytes);
    }

    /// Fills `buf` with bytes the machine was started with; returns false where not enough are left.
    pub fn take_given(&self, buf: &mut [u8]) -> bool {
        self.0.lock().take_given(buf)
    }

    /// Fills `buf`; returns false while the generator isn't seeded.
    pub fn try_fill(&self, backend: &dyn Backend, buf: &mut [u8]) -> bool {
        let mut state = self.0.lock();
        if state.take_given(buf) {
            return true;
        }
        if state.credited_bits < SEED_BITS || state.since_reseed_bytes >= RESEED_BYTES {
            state.gather(backend);
            if state.credited_bits < SEED_BITS {
                return false;
            }
        }
        let mut stream = ChaCha20::new(&state.key.into(), &[0xff; 12].into());
        let mut next = [0; 32];
        stream.apply_keystream(&mut next);
        buf.fill(0);
        stream.apply_keystream(buf);
        state.key = next;
        state.since_reseed_bytes += buf.len() as u64;
        true
    }
}

impl Default for RandomPool {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::mock::MockBackend;

    #[test]
    fn without_sources_the_clock_seeds_it_in_the_end() {
        let (pool, backend) = (RandomPool::new(), MockBackend::new());
        let mut buf = [0; 32];
        let mut tries = 1;
        while !pool.try_fill(backend, &mut buf) {
            assert_eq!(buf, [0; 32], "nothing is given before it is seeded");
            tries += 1;
        }
        assert_eq!(tries, SEED_BITS);
        assert_ne!(buf, [0; 32]);
    }

    #[test]
    fn given_bytes_come_first_and_once() {
        let (pool, backend) = (RandomPool::with_start([7; GIVEN_BYTES]), MockBackend::new());
        let mut buf = [0; 20];
        assert!(pool.try_fill(backend, &mut buf));
        assert_eq!(buf, [7; 20]);
        let mut buf = [0; 21];
        assert!(!pool.try_fill(backend, &mut buf), "what is left is too short, and the pool isn't seeded");
        let mut rest = [0; GIVEN_BYTES - 20];
        assert!(pool.take_given(&mut rest));
        assert_eq!(rest, [7; GIVEN_BYTES - 20]);
        assert!(!pool.take_given(&mut rest[..1]));
    }

    #[test]
    fn output_never_repeats_and_depends_on_what_was_mixed_in() {
        let backend = MockBackend::new();
        let pools = [RandomPool::new(), RandomPool::new()];
        pools[1].mix(b"a");
        let mut seen = std::vec::Vec::new();
        for pool in &pools {
            let mut buf = [0; 32];
            while !pool.try_fill(backend, &mut buf) {}
            seen.push(buf);
            assert!(pool.try_fill(backend, &mut buf));
            seen.push(buf);
        }
        for (i, one) in seen.iter().enumerate() {
            assert!(seen[i + 1..].iter().all(|other| other != one));
        }
    }
}
