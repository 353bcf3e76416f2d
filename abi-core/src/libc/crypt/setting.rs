//! New settings: a method, a cost, and bytes for a salt.

use super::{DIGITS, Method, SETTING_BYTES, Text, bcrypt, yescrypt};
use crate::abi::Errno;

/// What BSDi's and Sun's methods, and `$sha1`, do if no cost is named.
const BSDI_ROUNDS: u64 = 725;
const SHA1_ROUNDS: u64 = 262_144;
const SUN_ROUNDS: u64 = 32_768;

/// How many bytes to give a method if the caller has none.
pub const fn random_bytes(method: Method) -> usize {
    match method {
        Method::Md5 => 7,
        Method::Sha256 | Method::Sha512 => 13,
        Method::Sha1 => 20,
        Method::Sun => 8,
        Method::Bsdi => 3,
        Method::Traditional => 2,
        Method::Nt => 1,
        _ => 16,
    }
}

/// Returns an error that is due.
fn refuse(when: bool, error: Errno) -> Result<(), Errno> {
    if when { Err(error) } else { Ok(()) }
}

/// Makes a setting that fits into `room` with its NUL.
pub fn new_setting(method: Method, count: u64, bytes: &[u8], room: usize) -> Result<Text, Errno> {
    let text = match method {
        Method::Yescrypt | Method::GostYescrypt | Method::Scrypt => {
            yescrypt::setting(method.prefix(), count, bytes, room)
        }
        Method::Bcrypt | Method::BcryptY | Method::BcryptA => {
            bcrypt::setting(method, count, bytes).ok_or(Errno::EINVAL)
        }
        Method::BcryptX => Err(Errno::EINVAL),
        Method::Sha256 | Method::Sha512 | Method::Md5 => many_rounds(method, count, bytes),
        Method::Sha1 => sha1(count, bytes, room),
        Method::Sun => sun(count, bytes, room),
        Method::Bsdi => bsdi(count, bytes, room),
        Method::Nt => nt(count, room),
        Method::Traditional => traditional(count, bytes),
    }?;
    refuse(text.as_bytes().len() >= room.min(SETTING_BYTES), Errno::ERANGE)?;
    Ok(text)
}

fn many_rounds(method: Method, count: u64, bytes: &[u8]) -> Result<Text, Errno> {
    let longest = if method == Method::Md5 { 8 } else { 16 };
    // MD5's rounds are fixed.
    refuse(bytes.len() < 3 || (method == Method::Md5 && count != 0), Errno::EINVAL)?;
    let mut text = Text::EMPTY;
    text.put(method.prefix());
    if count != 0 {
        let rounds = count.clamp(1000, 999_999_999);
        if rounds != 5000 {
            text.put(b"rounds=");
            text.put_number(rounds);
            text.put(b"$");
        }
    }
    // As in libxcrypt, another byte has to follow the three.
    for group in bytes[..bytes.len() - 1].chunks_exact(3).take(longest / 4) {
        text.put_bytes(group);
    }
    Ok(text)
}

/// The rounds are somewhat fewer than `count`, by what the first four bytes say.
fn sha1(count: u64, bytes: &[u8], room: usize) -> Result<Text, Errno> {
    let (random, salt) =
        bytes.split_first_chunk().filter(|(_, salt)| salt.len() >= 12).ok_or(Errno::EINVAL)?;
    let room = room.min(SETTING_BYTES);
    refuse(room < salt.len() * 4 / 3 + b"$sha1$$$".len() + 1 + 10, Errno::ERANGE)?;
    let count = if count == 0 { SHA1_ROUNDS } else { count.clamp(4, u64::from(u32::MAX)) };
    let mut text = Text::EMPTY;
    text.put(b"$sha1$");
    text.put_number(count - u64::from(u32::from_le_bytes(*random)) % (count / 4));
    text.put(b"$");
    let end = (text.as_bytes().len() + 64).min(room - 2);
    // Here, too, another byte has to follow.
    for group in salt[..salt.len() - 1].chunks_exact(3) {
        if text.as_bytes().len() + 4 >= end {
            break;
        }
        text.put_digits(group[0], group[1], group[2], 4);
    }
    text.put(b"$");
    Ok(text)
}

/// The first two bytes add to the rounds.
fn sun(count: u64, bytes: &[u8], room: usize) -> Result<Text, Errno> {
    refuse(room < b"$md5,rounds=4294963199$12345678$".len() + 1, Errno::ERANGE)?;
    let (random, salt) =
        bytes.split_first_chunk().filter(|(_, salt)| salt.len() >= 6).ok_or(Errno::EINVAL)?;
    let count = count.clamp(SUN_ROUNDS, u64::from(u32::MAX - 65_536));
    let mut text = Text::EMPTY;
    text.put(b"$md5,rounds=");
    text.put_number(count + u64::from(u16::from_be_bytes(*random)));
    text.put(b"$");
    text.put_bytes(&salt[..6]);
    text.put(b"$");
    Ok(text)
}

/// The rounds are odd, so that a hash does not tell of a weak key.
fn bsdi(count: u64, bytes: &[u8], room: usize) -> Result<Text, Errno> {
    refuse(room < b"_CCCCSSSS".len() + 1, Errno::ERANGE)?;
    let salt = bytes.first_chunk::<3>().ok_or(Errno::EINVAL)?;
    let count = if count == 0 { BSDI_ROUNDS } else { count.min(0xff_ffff) } | 1;
    let mut text = Text::EMPTY;
    text.put(b"_");
    text.put_bytes(&count.to_le_bytes()[..3]);
    text.put_bytes(salt);
    Ok(text)
}

fn nt(count: u64, room: usize) -> Result<Text, Errno> {
    refuse(room < b"$3$".len() + 1, Errno::ERANGE)?;
    refuse(count != 0, Errno::EINVAL)?;
    let mut text = Text::EMPTY;
    text.put(Method::Nt.prefix());
    Ok(text)
}

fn traditional(count: u64, bytes: &[u8]) -> Result<Text, Errno> {
    let salt = bytes.first_chunk::<2>().filter(|_| count == 0).ok_or(Errno::EINVAL)?;
    let mut text = Text::EMPTY;
    text.put(&salt.map(|byte| DIGITS[usize::from(byte & 0x3f)]));
    Ok(text)
}
