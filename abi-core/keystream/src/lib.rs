//! The stream that random bytes are given out from.
//!
//! A crate of its own because the kernel is optimised for size, code that runs once being what a boot's time is made
//! of, and this is the one loop that has to be fast: generic code is compiled as the crate that uses it.
#![no_std]

use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit, StreamCipher};

/// Fills `buf` with the ChaCha20 stream of `key`, which is replaced by the stream's beginning first: what was given out
/// can't be recovered from it.
#[inline(never)]
pub fn fill(key: &mut [u8; 32], buf: &mut [u8]) {
    let mut stream = ChaCha20::new(&(*key).into(), &[0; 12].into());
    stream.write_keystream(key);
    stream.write_keystream(buf);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8439's stream of a key of zeros: section A.1, vectors 1 and 2.
    const ZERO_KEY_STREAM: [[u8; 16]; 3] = [
        0x76b8e0ada0f13d90405d6ae55386bd28_u128.to_be_bytes(),
        0xbdd219b8a08ded1aa836efcc8b770dc7_u128.to_be_bytes(),
        0xda41597c5157488d7724e03fb8d84a37_u128.to_be_bytes(),
    ];

    #[test]
    fn the_stream_is_chacha20s_and_its_beginning_the_next_key() {
        let mut key = [0; 32];
        let mut out = [0; 16];
        fill(&mut key, &mut out);
        assert_eq!(key, *ZERO_KEY_STREAM[..2].as_flattened());
        assert_eq!(out, ZERO_KEY_STREAM[2]);
        let before = key;
        fill(&mut key, &mut out);
        assert_ne!(out, ZERO_KEY_STREAM[2]);
        assert_ne!(key, before);
    }
}
