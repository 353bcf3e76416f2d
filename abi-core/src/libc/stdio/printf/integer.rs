//! `d i o u x X b B p`.

use super::engine::{Failure, Field, Output};
use super::sink::Unit;
use super::spec::Length;

/// The digits of 0 to 99.
static PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut i = 0;
    while i < 100 {
        pairs[i] = [b'0' + (i / 10) as u8, b'0' + (i % 10) as u8];
        i += 1;
    }
    pairs
};

/// Writes `value` in decimal at the end of `buf`; returns the digits.
pub fn decimal(mut value: u64, buf: &mut [u8; 24]) -> &[u8] {
    let mut at = buf.len();
    while value >= 1 << 32 {
        at -= 2;
        buf[at..at + 2].copy_from_slice(&PAIRS[(value % 100) as usize]);
        value /= 100;
    }
    // Division of 32 bits is quicker.
    let mut value = value as u32;
    while value >= 100 {
        at -= 2;
        buf[at..at + 2].copy_from_slice(&PAIRS[(value % 100) as usize]);
        value /= 100;
    }
    if value >= 10 {
        at -= 2;
        buf[at..at + 2].copy_from_slice(&PAIRS[value as usize]);
    } else {
        at -= 1;
        buf[at] = b'0' + value as u8;
    }
    &buf[at..]
}

/// Writes `value` in base 2^`bits` at the end of `buf`; returns the digits.
fn binary(mut value: u64, bits: u32, is_upper: bool, buf: &mut [u8; 64]) -> &[u8] {
    let letters = if is_upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
    let mask = (1u64 << bits) - 1;
    let mut at = buf.len();
    loop {
        at -= 1;
        buf[at] = letters[(value & mask) as usize & 15];
        value >>= bits;
        if value == 0 || at == 0 {
            return &buf[at..];
        }
    }
}

/// Puts a number of this prefix and base. An empty one for 0 with precision 0.
fn put<U: Unit>(
    output: &mut Output<'_, U>,
    field: &Field,
    prefix: &[u8],
    value: u64,
    base: u64,
) -> Result<(), Failure> {
    if value == 0 && field.precision == Some(0) {
        return put_digits(output, field, prefix, &[], base);
    }
    if base == 10 {
        return put_digits(output, field, prefix, decimal(value, &mut [0; 24]), base);
    }
    let is_upper = field.spec.conversion == b'X';
    put_digits(output, field, prefix, binary(value, base.trailing_zeros(), is_upper, &mut [0; 64]), base)
}

fn put_digits<U: Unit>(
    output: &mut Output<'_, U>,
    field: &Field,
    prefix: &[u8],
    text: &[u8],
    base: u64,
) -> Result<(), Failure> {
    let mut least = field.precision.unwrap_or(0);
    if base == 8 && field.spec.flags.alternate && text.first() != Some(&b'0') {
        least = least.max(text.len() + 1);
    }
    let zeros = least.saturating_sub(text.len());
    let zero = field.zero && field.precision.is_none();
    output.number(field, zero, prefix, zeros.saturating_add(text.len()), |output| {
        output.fill(b'0', zeros)?;
        output.ascii(text)
    })
}

/// `d`, `i`
pub fn signed<U: Unit>(output: &mut Output<'_, U>, field: &Field, word: u64) -> Result<(), Failure> {
    let value = match field.spec.length {
        Length::Char => i64::from(word as i8),
        Length::Short => i64::from(word as i16),
        Length::Plain => i64::from(word as i32),
        Length::Long | Length::LongDouble => word as i64,
    };
    put(output, field, field.sign(value < 0), value.unsigned_abs(), 10)
}

/// `o u x X b B`
pub fn unsigned<U: Unit>(output: &mut Output<'_, U>, field: &Field, word: u64) -> Result<(), Failure> {
    let value = match field.spec.length {
        Length::Char => u64::from(word as u8),
        Length::Short => u64::from(word as u16),
        Length::Plain => u64::from(word as u32),
        Length::Long | Length::LongDouble => word,
    };
    let (base, prefix): (u64, &[u8]) = match field.spec.conversion {
        b'o' => (8, b""),
        b'x' => (16, b"0x"),
        b'X' => (16, b"0X"),
        b'b' => (2, b"0b"),
        b'B' => (2, b"0B"),
        _ => (10, b""),
    };
    let prefix = if field.spec.flags.alternate && value != 0 { prefix } else { b"" };
    put(output, field, prefix, value, base)
}

/// `p` of a pointer that is not null
pub fn pointer<U: Unit>(output: &mut Output<'_, U>, field: &Field, word: u64) -> Result<(), Failure> {
    let mut prefix = [0; 3];
    let sign = field.sign(false);
    prefix[..sign.len()].copy_from_slice(sign);
    prefix[sign.len()..sign.len() + 2].copy_from_slice(b"0x");
    put(output, field, &prefix[..sign.len() + 2], word, 16)
}
