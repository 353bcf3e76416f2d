//! The hashes by DES: the traditional one, its form for long passwords (bigcrypt), and that of BSDi (`_`).

use super::des::Des;
use super::{DIGITS, Text};

/// How often the traditional ones encrypt.
const ROUNDS: u32 = 25;
/// The digits of one hash.
const HASH_DIGITS: usize = 11;
/// A traditional hash's length: longer settings are bigcrypt's.
const TRADITIONAL: usize = 2 + HASH_DIGITS;
/// How many blocks of a password bigcrypt takes.
const BLOCKS: usize = 16;

/// Reads digits, the lowest first.
pub(super) fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().rev().try_fold(0, |number, digit| {
        Some(number << 6 | DIGITS.iter().position(|known| known == digit)? as u32)
    })
}

/// Returns the key from up to eight letters.
fn key_of(block: &[u8]) -> [u8; 8] {
    core::array::from_fn(|at| block.get(at).map_or(0, |byte| byte << 1))
}

/// Encrypts nothing; returns the digits of what comes of it, the highest first.
fn digits_of(des: &Des, salt: u32, count: u32) -> [u8; HASH_DIGITS] {
    let bits = u128::from(des.encrypt(0, salt, count)) << 2;
    core::array::from_fn(|at| DIGITS[(bits >> (60 - 6 * at)) as usize & 0x3f])
}

/// The traditional hash, and bigcrypt's for a long password and setting.
pub(super) fn hash(password: &[u8], setting: &[u8]) -> Option<Text> {
    let mut salt = number(setting.get(..2)?)?;
    let mut text = Text::EMPTY;
    text.put(&setting[..2]);
    let blocks = if setting.len() > TRADITIONAL { BLOCKS } else { 1 };
    for at in 0..blocks {
        let rest = password.get(8 * at..).unwrap_or(&[]);
        if rest.is_empty() && at > 0 {
            break;
        }
        let digits = digits_of(&Des::new(key_of(rest)), salt, ROUNDS);
        text.put(&digits);
        salt = number(&digits[..2])?;
    }
    Some(text)
}

/// BSDi's: more salt, rounds as the setting says, and all of the password.
pub(super) fn hash_bsdi(password: &[u8], setting: &[u8]) -> Option<Text> {
    let count = number(setting.get(1..5)?)?;
    let salt = number(setting.get(5..9)?)?;
    let mut chunks = password.chunks(8);
    let mut key = key_of(chunks.next().unwrap_or(&[]));
    for chunk in chunks {
        let folded = Des::new(key).encrypt(u64::from_be_bytes(key), 0, 1);
        key = (folded ^ u64::from_be_bytes(key_of(chunk))).to_be_bytes();
    }
    let mut text = Text::EMPTY;
    text.put(&setting[..9]);
    text.put(&digits_of(&Des::new(key), salt, count.max(1)));
    Some(text)
}
