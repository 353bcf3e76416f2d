//! `$3$`: Windows NT's hash, MD4 of the password's letters in 16 bits, without a salt.

use md4::{Digest, Md4};

use super::Text;

/// Hashes a password.
pub(super) fn hash(password: &[u8]) -> Text {
    let mut digest = Md4::new();
    for &byte in password {
        digest.update([byte, 0]);
    }
    let mut text = Text::EMPTY;
    text.put(b"$3$$");
    for byte in digest.finalize() {
        for digit in [byte >> 4, byte & 15] {
            text.put(&[b"0123456789abcdef"[usize::from(digit)]]);
        }
    }
    text
}
