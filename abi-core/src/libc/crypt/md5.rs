//! `$1$`: a thousand rounds of MD5.

use md5::{Digest, Md5};

use super::Text;

/// Hashes a password.
pub(super) fn hash(password: &[u8], salt: &[u8]) -> Text {
    let mut inner = Md5::new();
    for part in [password, salt, password] {
        inner.update(part);
    }
    let inner = inner.finalize();
    let mut outer = Md5::new();
    for part in [password, b"$1$", salt] {
        outer.update(part);
    }
    for start in (0..password.len()).step_by(16) {
        outer.update(&inner[..(password.len() - start).min(16)]);
    }
    let mut bits = password.len();
    while bits > 0 {
        // The algorithm's well-known slip: a byte of zero, or the password's first.
        outer.update(if bits & 1 != 0 { &[0] } else { &password[..1] });
        bits >>= 1;
    }
    let mut result = outer.finalize();
    for round in 0..1000 {
        let mut next = Md5::new();
        if round & 1 != 0 {
            next.update(password);
        } else {
            next.update(result);
        }
        if round % 3 != 0 {
            next.update(salt);
        }
        if round % 7 != 0 {
            next.update(password);
        }
        if round & 1 != 0 {
            next.update(result);
        } else {
            next.update(password);
        }
        result = next.finalize();
    }
    let mut text = Text::EMPTY;
    for part in [b"$1$", salt, b"$"] {
        text.put(part);
    }
    put_hash(&mut text, &result.into());
    text
}

/// Adds a hash's digits.
pub(super) fn put_hash(text: &mut Text, result: &[u8; 16]) {
    for (high, middle, low) in [(0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5)] {
        text.put_digits(result[high], result[middle], result[low], 4);
    }
    text.put_digits(0, 0, result[11], 2);
}
