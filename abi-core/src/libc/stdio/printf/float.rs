//! `e f g` of doubles and long doubles.

use super::decimal::{self, Digits, Request};
use super::engine::{Failure, Field, Output};
use super::sink::Unit;

/// A floating-point number taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parts {
    /// `mantissa × 2^exponent`
    Finite(u128, i32),
    /// Infinity
    Infinite,
    /// Not a number
    NotANumber,
}

/// Takes a double apart: sign and parts.
pub fn double_parts(value: f64) -> (bool, Parts) {
    let bits = value.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i32;
    let fraction = bits & ((1 << 52) - 1);
    let parts = match exponent {
        0x7ff if fraction == 0 => Parts::Infinite,
        0x7ff => Parts::NotANumber,
        0 => Parts::Finite(fraction.into(), -1074),
        _ => Parts::Finite((fraction | 1 << 52).into(), exponent - 1075),
    };
    (bits >> 63 == 1, parts)
}

/// Takes a long double apart: sign and parts.
pub fn extended_parts(bytes: [u8; 10]) -> (bool, Parts) {
    let [a, b, c, d, e, f, g, h, low, high] = bytes;
    let mantissa = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
    let top = u16::from_le_bytes([low, high]);
    let exponent = i32::from(top & 0x7fff);
    let parts = match exponent {
        0x7fff if mantissa << 1 == 0 => Parts::Infinite,
        0x7fff => Parts::NotANumber,
        _ => Parts::Finite(mantissa.into(), exponent.max(1) - 16383 - 63),
    };
    (top >> 15 == 1, parts)
}

/// Takes a `_Float128` apart: sign and parts.
pub fn quad_parts(bytes: [u8; 16]) -> (bool, Parts) {
    let bits = u128::from_le_bytes(bytes);
    let exponent = (bits >> 112) as i32 & 0x7fff;
    let fraction = bits & ((1 << 112) - 1);
    let parts = match exponent {
        0x7fff if fraction == 0 => Parts::Infinite,
        0x7fff => Parts::NotANumber,
        0 => Parts::Finite(fraction, 1 - 16383 - 112),
        _ => Parts::Finite(fraction | 1 << 112, exponent - 16383 - 112),
    };
    (bits >> 127 == 1, parts)
}

/// A double under `e`, `f` or `g`.
pub fn double<U: Unit>(output: &mut Output<'_, U>, field: &Field, value: f64) -> Result<(), Failure> {
    let (is_negative, parts) = double_parts(value);
    put(output, field, is_negative, parts, decimal::digits::<36, 18>)
}

/// A long double under `e`, `f` or `g`.
pub fn extended<U: Unit>(output: &mut Output<'_, U>, field: &Field, value: [u8; 10]) -> Result<(), Failure> {
    let (is_negative, parts) = extended_parts(value);
    put(output, field, is_negative, parts, decimal::digits::<560, 260>)
}

/// A `_Float128` under `e`, `f` or `g`.
pub fn quad<U: Unit>(output: &mut Output<'_, U>, field: &Field, value: [u8; 16]) -> Result<(), Failure> {
    let (is_negative, parts) = quad_parts(value);
    put(output, field, is_negative, parts, decimal::digits::<560, 260>)
}

/// Puts infinity or not-a-number, which zeros never pad.
pub fn special<U: Unit>(
    output: &mut Output<'_, U>,
    field: &Field,
    is_negative: bool,
    is_infinite: bool,
) -> Result<(), Failure> {
    let text: &[u8] = match (is_infinite, field.spec.conversion.is_ascii_uppercase()) {
        (true, false) => b"inf",
        (true, true) => b"INF",
        (false, false) => b"nan",
        (false, true) => b"NAN",
    };
    output.number(field, false, field.sign(is_negative), 3, |output| output.ascii(text))
}

/// How the digits are laid out.
enum Layout {
    /// With this many after the point.
    Fixed(usize),
    /// One digit, this many after the point, and an exponent.
    Scientific(usize),
}

type DigitsOf = fn(u128, i32, bool, Request) -> Option<Digits>;

fn put<U: Unit>(
    output: &mut Output<'_, U>,
    field: &Field,
    is_negative: bool,
    parts: Parts,
    digits_of: DigitsOf,
) -> Result<(), Failure> {
    let Parts::Finite(mantissa, exponent) = parts else {
        return special(output, field, is_negative, parts == Parts::Infinite);
    };
    let precision = field.precision.unwrap_or(6);
    let request = match field.spec.conversion | 32 {
        b'f' => Request::Fraction(precision),
        b'e' => Request::Significant(precision.saturating_add(1)),
        _ => Request::Significant(precision.max(1)),
    };
    let digits = digits_of(mantissa, exponent, is_negative, request).ok_or(Failure::Memory)?;
    let mut text = digits.as_bytes();
    let point = digits.point;
    let layout = match field.spec.conversion | 32 {
        b'f' => Layout::Fixed(precision),
        b'e' => Layout::Scientific(precision),
        _ => {
            let significant = precision.max(1);
            let exponent = point - 1;
            let mut kept = significant;
            if !field.spec.flags.alternate {
                while let [rest @ .., b'0'] = text {
                    text = rest;
                }
                kept = text.len();
            }
            if (-4..significant as i64).contains(&exponent) {
                Layout::Fixed((kept as i64 - point).max(0) as usize)
            } else {
                Layout::Scientific(kept.saturating_sub(1))
            }
        }
    };
    let sign = field.sign(is_negative);
    match layout {
        Layout::Fixed(decimals) => put_fixed(output, field, sign, text, point, decimals),
        Layout::Scientific(decimals) => put_scientific(output, field, sign, text, point, decimals),
    }
}

fn put_fixed<U: Unit>(
    output: &mut Output<'_, U>,
    field: &Field,
    sign: &[u8],
    digits: &[u8],
    point: i64,
    decimals: usize,
) -> Result<(), Failure> {
    let has_point = decimals > 0 || field.spec.flags.alternate;
    let before = point.max(1) as usize;
    let len = before.saturating_add(usize::from(has_point)).saturating_add(decimals);
    output.number(field, field.zero, sign, len, |output| {
        let (whole, fraction) = digits.split_at((point.max(0) as usize).min(digits.len()));
        output.ascii(whole)?;
        output.fill(b'0', before - whole.len())?;
        if has_point {
            output.ascii(b".")?;
        }
        let leading = ((-point).max(0) as usize).min(decimals);
        output.fill(b'0', leading)?;
        let shown = fraction.get(..decimals - leading).unwrap_or(fraction);
        output.ascii(shown)?;
        output.fill(b'0', decimals - leading - shown.len())
    })
}

fn put_scientific<U: Unit>(
    output: &mut Output<'_, U>,
    field: &Field,
    sign: &[u8],
    digits: &[u8],
    point: i64,
    decimals: usize,
) -> Result<(), Failure> {
    let has_point = decimals > 0 || field.spec.flags.alternate;
    let exponent = point - 1;
    let mut buf = [0; 24];
    let mut number = super::integer::decimal(exponent.unsigned_abs(), &mut buf);
    let two = [b'0', number.first().copied().unwrap_or(b'0')];
    if number.len() < 2 {
        number = &two;
    }
    let letter = if field.spec.conversion.is_ascii_uppercase() { b'E' } else { b'e' };
    let len = 1usize
        .saturating_add(usize::from(has_point))
        .saturating_add(decimals)
        .saturating_add(2 + number.len());
    output.number(field, field.zero, sign, len, |output| {
        let (first, others) = digits.split_first().unwrap_or((&b'0', &[]));
        output.ascii(&[*first])?;
        if has_point {
            output.ascii(b".")?;
        }
        let shown = others.get(..decimals).unwrap_or(others);
        output.ascii(shown)?;
        output.fill(b'0', decimals - shown.len())?;
        output.ascii(&[letter, if exponent < 0 { b'-' } else { b'+' }])?;
        output.ascii(number)
    })
}
