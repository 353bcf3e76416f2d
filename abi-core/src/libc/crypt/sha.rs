//! `$5$` and `$6$`: many rounds of SHA-256 or SHA-512.

use sha2::{Digest, Sha256, Sha512};

use super::{Method, Text, salt_of};

/// Rounds of a setting that names none.
const USUAL: u32 = 5000;
const FEWEST: u32 = 1000;
const MOST: u32 = 999_999_999;

/// How often to hash, if the setting says so.
type Rounds = Option<u32>;

/// Reads `rounds=N$`; `None` where it can't be read.
fn rounds_of(rest: &[u8]) -> Option<(Rounds, &[u8])> {
    let Some(number) = rest.strip_prefix(b"rounds=") else { return Some((None, rest)) };
    let end = number.iter().position(|&byte| byte == b'$')?;
    let digits = &number[..end];
    if digits.first() == Some(&b'0') {
        return None;
    }
    let rounds = crate::libc::database::number(digits).filter(|rounds| (FEWEST..=MOST).contains(rounds))?;
    Some((Some(rounds), &number[end + 1..]))
}

/// Adds bytes again and again until there are `len`.
fn add_repeated(hash: &mut impl Digest, bytes: &[u8], len: usize) {
    let mut left = len;
    while left > 0 {
        let part = left.min(bytes.len());
        hash.update(&bytes[..part]);
        left -= part;
    }
}

/// Hashes a password with one of the functions.
fn digest<D: Digest>(password: &[u8], salt: &[u8], rounds: Rounds) -> sha2::digest::Output<D> {
    let mut inner = D::new();
    for part in [password, salt, password] {
        inner.update(part);
    }
    let inner = inner.finalize();
    let mut outer = D::new();
    outer.update(password);
    outer.update(salt);
    add_repeated(&mut outer, &inner, password.len());
    let mut bits = password.len();
    while bits > 0 {
        if bits & 1 != 0 {
            outer.update(&inner);
        } else {
            outer.update(password);
        }
        bits >>= 1;
    }
    let mut result = outer.finalize();
    let mut passwords = D::new();
    for _ in 0..password.len() {
        passwords.update(password);
    }
    let passwords = passwords.finalize();
    let mut salts = D::new();
    for _ in 0..16 + usize::from(result[0]) {
        salts.update(salt);
    }
    let salts = salts.finalize();
    for round in 0..rounds.unwrap_or(USUAL) {
        let mut next = D::new();
        if round & 1 != 0 {
            add_repeated(&mut next, &passwords, password.len());
        } else {
            next.update(&result);
        }
        if round % 3 != 0 {
            add_repeated(&mut next, &salts, salt.len());
        }
        if round % 7 != 0 {
            add_repeated(&mut next, &passwords, password.len());
        }
        if round & 1 != 0 {
            next.update(&result);
        } else {
            add_repeated(&mut next, &passwords, password.len());
        }
        result = next.finalize();
    }
    result
}

/// Hashes a password; `None` where the rest of the setting can't be read.
pub(super) fn hash(method: Method, password: &[u8], rest: &[u8]) -> Option<Text> {
    let (rounds, rest) = rounds_of(rest)?;
    let salt = salt_of(rest, 16);
    Some(match method {
        Method::Sha256 => hash_256(password, salt, rounds),
        _ => hash_512(password, salt, rounds),
    })
}

fn start(prefix: &[u8], salt: &[u8], rounds: Rounds) -> Text {
    let mut text = Text::EMPTY;
    text.put(prefix);
    if let Some(rounds) = rounds {
        text.put(b"rounds=");
        text.put_number(u64::from(rounds));
        text.put(b"$");
    }
    text.put(salt);
    text.put(b"$");
    text
}

/// `$5$`
fn hash_256(password: &[u8], salt: &[u8], rounds: Rounds) -> Text {
    let result = digest::<Sha256>(password, salt, rounds);
    let mut text = start(b"$5$", salt, rounds);
    let (mut a, mut b, mut c) = (0, 10, 20);
    for _ in 0..10 {
        text.put_digits(result[a], result[b], result[c], 4);
        (a, b, c) = (c + 1, a + 1, b + 1);
    }
    text.put_digits(0, result[31], result[30], 3);
    text
}

/// `$6$`
fn hash_512(password: &[u8], salt: &[u8], rounds: Rounds) -> Text {
    let result = digest::<Sha512>(password, salt, rounds);
    let mut text = start(b"$6$", salt, rounds);
    let (mut a, mut b, mut c) = (0, 21, 42);
    for _ in 0..21 {
        text.put_digits(result[a], result[b], result[c], 4);
        (a, b, c) = (b + 1, c + 1, a + 1);
    }
    text.put_digits(0, 0, result[63], 2);
    text
}
