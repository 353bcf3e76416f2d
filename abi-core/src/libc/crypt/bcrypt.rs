//! `$2b$`, `$2y$`, `$2a$` and `$2x$`: Blowfish with a key schedule that takes long.

use blowfish::Blowfish;

use super::{Method, Text};

/// The digits of salts and hashes, which begin with the letters.
const DIGITS: &[u8; 64] = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// The bytes of a salt, and its digits.
const SALT_BYTES: usize = 16;
const SALT_DIGITS: usize = 22;
/// The bytes of a key: how much of a password counts.
const KEY_BYTES: usize = 72;
/// The bytes of a hash that are shown.
const HASH_BYTES: usize = 23;
/// What is encrypted.
const TEXT: &[u8; 24] = b"OrpheanBeholderScryDoubt";
/// The binary logarithm of the rounds: the least, the most, and what is usual.
const FEWEST: u32 = 4;
const MOST: u32 = 31;
const USUAL: u32 = 5;

/// Adds bytes as digits, the highest bits first.
fn put(text: &mut Text, bytes: &[u8]) {
    for group in bytes.chunks(3) {
        let byte = |at: usize| usize::from(group.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..=group.len() {
            text.put(&[DIGITS[bits >> (18 - 6 * digit) & 0x3f]]);
        }
    }
}

/// Reads a salt; the last digit's lowest bits are left out.
fn read_salt(digits: &[u8]) -> Option<[u8; SALT_BYTES]> {
    let mut salt = [0; SALT_BYTES];
    let mut bits = 0usize;
    let mut at = 0;
    for (index, digit) in digits.get(..SALT_DIGITS)?.iter().enumerate() {
        bits = bits << 6 | DIGITS.iter().position(|known| known == digit)?;
        if (index + 1) * 6 / 8 > at {
            let left = (index + 1) * 6 - 8 * (at + 1);
            salt[at] = (bits >> left) as u8;
            at += 1;
        }
    }
    Some(salt)
}

fn start(method: Method, cost: u32, salt: &[u8; SALT_BYTES]) -> Text {
    let mut text = Text::EMPTY;
    text.put(method.prefix());
    if cost < 10 {
        text.put(b"0");
    }
    text.put_number(u64::from(cost));
    text.put(b"$");
    put(&mut text, salt);
    text
}

/// Returns the key for the first expansion, and that for the others: the password with its NUL, again and again.
///
/// Once a letter beyond ASCII had its sign carried into those before it, as `$2x$` still has it. `$2a$` keeps passwords that
/// this changed nothing in, but could have, from having the hashes of the others.
fn keys_of(method: Method, password: &[u8]) -> ([u8; KEY_BYTES], [u8; KEY_BYTES]) {
    let mut letters = password.iter().copied().chain([0]).cycle();
    let mut key = [0; KEY_BYTES];
    let (mut is_signed, mut is_changed) = (false, false);
    for place in key.chunks_exact_mut(4) {
        let (mut plain, mut carried) = (0u32, 0u32);
        for at in 0..4 {
            let letter = letters.next().unwrap_or(0);
            plain = plain << 8 | u32::from(letter);
            carried = carried << 8 | i32::from(letter as i8) as u32;
            is_signed |= at > 0 && letter >= 0x80;
        }
        is_changed |= plain != carried;
        let word = if method == Method::BcryptX { carried } else { plain };
        place.copy_from_slice(&word.to_be_bytes());
    }
    let mut first = key;
    if method == Method::BcryptA && is_signed && !is_changed {
        first[1] ^= 1;
    }
    (first, key)
}

/// Hashes a password as the rest of a setting says; `None` where that can't be read.
pub(super) fn hash(method: Method, password: &[u8], rest: &[u8]) -> Option<Text> {
    let (cost, salt) = rest.split_at_checked(3)?;
    let digit = |at: usize| cost[at].is_ascii_digit().then(|| u32::from(cost[at] - b'0'));
    let cost = digit(0)? * 10 + digit(1).filter(|_| cost[2] == b'$')?;
    if !(FEWEST..=MOST).contains(&cost) {
        return None;
    }
    let salt = read_salt(salt)?;
    let (first, key) = keys_of(method, password);

    let mut state = Blowfish::bc_init_state();
    state.salted_expand_key(&salt, &first);
    for _ in 0..1u32 << cost {
        state.bc_expand_key(&key);
        state.bc_expand_key(&salt);
    }
    let mut hash = [0; TEXT.len()];
    for (block, out) in TEXT.chunks_exact(8).zip(hash.chunks_exact_mut(8)) {
        let half = |at: usize| u32::from_be_bytes([block[at], block[at + 1], block[at + 2], block[at + 3]]);
        let mut halves = [half(0), half(4)];
        for _ in 0..64 {
            halves = state.bc_encrypt(halves);
        }
        out[..4].copy_from_slice(&halves[0].to_be_bytes());
        out[4..].copy_from_slice(&halves[1].to_be_bytes());
    }
    let mut text = start(method, cost, &salt);
    put(&mut text, &hash[..HASH_BYTES]);
    Some(text)
}

/// Makes a setting; `count` is the binary logarithm of the rounds, or 0.
pub(super) fn setting(method: Method, count: u64, bytes: &[u8]) -> Option<Text> {
    let cost = if count == 0 { USUAL } else { u32::try_from(count).ok()? };
    let salt = bytes.first_chunk()?;
    (FEWEST..=MOST).contains(&cost).then(|| start(method, cost, salt))
}
