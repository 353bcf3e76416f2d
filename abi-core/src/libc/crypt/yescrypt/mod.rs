//! `$y$` (yescrypt), `$7$` (scrypt) and `$gy$` (yescrypt within GOST's hashes): reading settings and writing hashes.
//!
//! A setting's parameters choose what [`kdf`] computes, [`smix`] is the part of it that takes memory, and [`mix`] mixes a block.

mod kdf;
mod mix;
mod smix;

use hmac::{KeyInit, Mac, SimpleHmac};
use streebog::{Digest, Streebog256};

use self::kdf::{Flavor, Parameters};
use super::{DIGITS, OUTPUT_BYTES, Text};
use crate::abi::Errno;

/// The digits of a hash of 32 bytes, with the dollar before them and the NUL behind.
const HASH_ROOM: usize = 1 + 43 + 1;
/// The most bytes of a salt.
const SALT_BYTES: usize = 64;
/// The flavor that writes to its memory and has tables, in settings: 2, and what says how its tables are used.
const READ_WRITE: u32 = 2 + (0xb4 >> 2);

/// Digits that are read one after the other.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn digit(&mut self) -> Option<u32> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(DIGITS.iter().position(|known| known == first)? as u32)
    }

    fn take(&mut self, byte: u8) -> bool {
        let rest = self.0.strip_prefix(&[byte]);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// Reads a number of 30 bits.
    fn fixed(&mut self) -> Option<u32> {
        (0..5).try_fold(0, |number, at| Some(number | self.digit()? << (6 * at)))
    }

    /// Reads a number that is at least `least`. The first digit tells how many there are: one up to 47, two for half of what
    /// is left, and so on.
    fn number(&mut self, least: u32) -> Option<u32> {
        let first = self.digit()?;
        let (mut number, mut start, mut end, mut bits) = (least, 0, 47, 0u32);
        while first > end {
            number = number.wrapping_add((end + 1 - start).checked_shl(bits)?);
            start = end + 1;
            end = start + (62 - end) / 2;
            bits += 6;
        }
        number = number.wrapping_add((first - start).checked_shl(bits)?);
        while bits > 0 {
            bits -= 6;
            number = number.wrapping_add(self.digit()? << bits);
        }
        Some(number)
    }
}

/// Reads the bytes of a text of digits, of which none may be left and no bit be lost.
fn decode<const N: usize>(digits: &[u8]) -> Option<([u8; N], usize)> {
    let (mut bytes, mut len) = ([0; N], 0);
    for group in digits.chunks(4) {
        let bits = super::traditional::number(group)?;
        let count = group.len() * 6 / 8;
        if count == 0 || bits >> (8 * count) != 0 {
            return None;
        }
        bytes.get_mut(len..len + count)?.copy_from_slice(&bits.to_le_bytes()[..count]);
        len += count;
    }
    Some((bytes, len))
}

/// Reads a setting behind `$y$`; returns what is behind the parameters, too.
fn parameters_of(rest: &[u8]) -> Option<(Parameters, &[u8])> {
    let mut reader = Reader(rest);
    let flavor = match reader.number(0)? {
        0 => Flavor::Scrypt,
        1 => Flavor::WriteOnce,
        READ_WRITE => Flavor::ReadWrite,
        _ => return None,
    };
    let blocks = 1u64.checked_shl(reader.number(1)?)?;
    let block_len = reader.number(1)?;
    let mut parameters = Parameters { flavor, blocks, block_len, lanes: 1, time: 0 };
    if !reader.take(b'$') {
        let have = reader.number(1)?;
        if have & 0b0001 != 0 {
            parameters.lanes = reader.number(2)?;
        }
        if have & 0b0010 != 0 {
            parameters.time = reader.number(1)?;
        }
        // Upgrades of hashes and shared memory: as in libxcrypt, there are none.
        if have & 0b1100 != 0 || !reader.take(b'$') {
            return None;
        }
    }
    Some((parameters, reader.0))
}

/// Cuts the hash off a salt, if there is one.
fn salt_of(text: &[u8]) -> &[u8] {
    text.iter().rposition(|&byte| byte == b'$').map_or(text, |end| &text[..end])
}

/// Hashes a password: returns the setting with a dollar, and the hash.
fn compute(
    password: &[u8],
    setting: &[u8],
    salt: &[u8],
    parameters: &Parameters,
    bytes: &[u8],
) -> Result<(Text, [u8; 32]), Errno> {
    let hash = kdf::derive(password, bytes, parameters).ok_or(Errno::EINVAL)?;
    let mut text = Text::EMPTY;
    let start = salt.as_ptr().addr() - setting.as_ptr().addr();
    text.put(&setting[..start + salt.len()]);
    text.put(b"$");
    Ok((text, hash))
}

fn has_room(setting: &[u8]) -> Result<(), Errno> {
    if setting.len() + HASH_ROOM > OUTPUT_BYTES { Err(Errno::ERANGE) } else { Ok(()) }
}

fn compute_yescrypt(password: &[u8], setting: &[u8], rest: &[u8]) -> Result<(Text, [u8; 32]), Errno> {
    has_room(setting)?;
    let (parameters, text) = parameters_of(rest).ok_or(Errno::EINVAL)?;
    let salt = salt_of(text);
    let (bytes, len) = decode::<SALT_BYTES>(salt).ok_or(Errno::EINVAL)?;
    compute(password, setting, salt, &parameters, &bytes[..len])
}

/// `$y$`
pub(super) fn hash(password: &[u8], setting: &[u8], rest: &[u8]) -> Result<Text, Errno> {
    let (mut text, hash) = compute_yescrypt(password, setting, rest)?;
    text.put_bytes(&hash);
    Ok(text)
}

/// `$gy$`: the hash is the message of an HMAC whose key is one of the setting, with the hashed password as its key.
pub(super) fn hash_gost(password: &[u8], setting: &[u8], rest: &[u8]) -> Result<Text, Errno> {
    let (mut text, hash) = compute_yescrypt(password, setting, rest)?;
    let mac = |key: &[u8], message: &[u8]| {
        SimpleHmac::<Streebog256>::new_from_slice(key)
            .map(|mac| mac.chain_update(message).finalize().into_bytes())
            .map_err(|_| Errno::EINVAL)
    };
    // The last dollar is not among what it covers.
    let covered = text.as_bytes().len() - 1;
    let inner = mac(&Streebog256::digest(password), &text.as_bytes()[..covered])?;
    text.put_bytes(&mac(&inner, &hash)?);
    Ok(text)
}

/// `$7$`
pub(super) fn hash_scrypt(password: &[u8], setting: &[u8], rest: &[u8]) -> Result<Text, Errno> {
    has_room(setting)?;
    let mut reader = Reader(rest);
    let mut parameters = || {
        let blocks = 1u64.checked_shl(reader.digit()?)?;
        let (block_len, lanes) = (reader.fixed()?, reader.fixed()?);
        Some(Parameters { flavor: Flavor::Scrypt, blocks, block_len, lanes, time: 0 })
    };
    let parameters = parameters().filter(|parameters| parameters.blocks > 1).ok_or(Errno::EINVAL)?;
    let is_salt = |byte: u8| byte == b'$' || DIGITS.contains(&byte);
    // What is no salt is one's end behind a dollar only.
    let end = reader.0.iter().position(|&byte| !is_salt(byte));
    if end.is_some_and(|end| end == 0 || reader.0[end - 1] != b'$') {
        return Err(Errno::EINVAL);
    }
    let salt = salt_of(reader.0);
    let (mut text, hash) = compute(password, setting, salt, &parameters, salt)?;
    text.put_bytes(&hash);
    Ok(text)
}

/// Makes a setting of one of the three.
pub(super) fn setting(prefix: &[u8], count: u64, bytes: &[u8], room: usize) -> Result<Text, Errno> {
    let is_scrypt = prefix == b"$7$";
    let bytes = &bytes[..bytes.len().min(SALT_BYTES)];
    let longest = if is_scrypt { prefix.len() + 11 } else { prefix.len() + 8 * 6 + 1 };
    if longest + bytes.len().div_ceil(3) * 4 + 1 > room.min(super::SETTING_BYTES) {
        return Err(Errno::ERANGE);
    }
    let count = match (is_scrypt, count) {
        (true, 0) => 7,
        (false, 0) => 5,
        (true, 6..=11) | (false, 1..=11) => count as usize,
        _ => return Err(Errno::EINVAL),
    };
    if bytes.len() < 16 {
        return Err(Errno::EINVAL);
    }
    let mut text = Text::EMPTY;
    text.put(prefix);
    let (block_len, log_blocks) = if count < 3 { (8, count + 9) } else { (32, count + 7) };
    if is_scrypt {
        text.put(&[DIGITS[log_blocks]]);
        text.put_digits(0, 0, block_len, 5);
        text.put_digits(0, 0, 1, 5);
    } else {
        text.put(&[
            DIGITS[READ_WRITE as usize],
            DIGITS[log_blocks - 1],
            DIGITS[usize::from(block_len) - 1],
            b'$',
        ]);
    }
    text.put_bytes(bytes);
    Ok(text)
}
