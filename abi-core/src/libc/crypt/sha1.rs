//! `$sha1$`: HMAC-SHA-1 of itself, as often as the setting says.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use super::{DIGITS, Text};

/// What begins these settings.
const PREFIX: &[u8] = b"$sha1$";

/// Reads a number as strtoul(3) does, with its sign.
fn rounds_of(text: &[u8]) -> Option<(u64, &[u8])> {
    let (is_negative, digits) = match text.first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let len = digits.iter().take_while(|digit| digit.is_ascii_digit()).count();
    // Without digits nothing is read, and the sign is no dollar.
    let rest = if len == 0 { text } else { &digits[len..] };
    let number = digits[..len]
        .iter()
        .try_fold(0u64, |number, digit| number.checked_mul(10)?.checked_add(u64::from(digit - b'0')));
    let number = match (number, is_negative) {
        (Some(number), true) => number.wrapping_neg(),
        (Some(number), false) => number,
        (None, _) => u64::MAX,
    };
    Some((number, rest.strip_prefix(b"$")?))
}

/// Hashes a password; `rest` is the setting behind `$sha1`.
pub(super) fn hash(password: &[u8], rest: &[u8]) -> Option<Text> {
    let (rounds, rest) = rounds_of(rest.strip_prefix(b"$")?)?;
    let len = rest.iter().take_while(|digit| DIGITS.contains(digit)).count();
    let (salt, end) = rest.split_at(len);
    if salt.is_empty() || !matches!(end.first(), None | Some(b'$')) {
        return None;
    }
    let mut first = Text::EMPTY;
    for part in [salt, PREFIX] {
        first.put(part);
    }
    first.put_number(rounds);
    let keyed = Hmac::<Sha1>::new_from_slice(password).ok()?;
    let of = |bytes: &[u8]| keyed.clone().chain_update(bytes).finalize().into_bytes();
    let mut result = of(first.as_bytes());
    for _ in 1..rounds {
        result = of(&result);
    }
    let mut text = Text::EMPTY;
    text.put(PREFIX);
    text.put_number(rounds);
    for part in [b"$", salt, b"$"] {
        text.put(part);
    }
    for group in result[..18].chunks_exact(3) {
        text.put_digits(group[0], group[1], group[2], 4);
    }
    text.put_digits(result[18], result[19], result[0], 4);
    Some(text)
}
