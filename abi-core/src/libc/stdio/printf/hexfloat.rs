//! `a`: hexadecimal floating point.

use super::decimal::Rounding;
use super::engine::{Failure, Field, Output};
use super::float::{Parts, double_parts, extended_parts, quad_parts, special};
use super::sink::Unit;

/// A double.
pub fn double<U: Unit>(output: &mut Output<'_, U>, field: &Field, value: f64) -> Result<(), Failure> {
    match double_parts(value) {
        (is_negative, Parts::Finite(mantissa, exponent)) => {
            let exponent = if mantissa == 0 { 0 } else { exponent + 52 };
            put(output, field, is_negative, mantissa >> 52, mantissa << 76, exponent)
        }
        (is_negative, parts) => special(output, field, is_negative, parts == Parts::Infinite),
    }
}

/// A long double; four bits stand before the point.
pub fn extended<U: Unit>(output: &mut Output<'_, U>, field: &Field, value: [u8; 10]) -> Result<(), Failure> {
    match extended_parts(value) {
        (is_negative, Parts::Finite(mantissa, exponent)) => {
            let exponent = if mantissa == 0 { 0 } else { exponent + 60 };
            put(output, field, is_negative, mantissa >> 60, mantissa << 68, exponent)
        }
        (is_negative, parts) => special(output, field, is_negative, parts == Parts::Infinite),
    }
}

/// A `_Float128`.
pub fn quad<U: Unit>(output: &mut Output<'_, U>, field: &Field, value: [u8; 16]) -> Result<(), Failure> {
    match quad_parts(value) {
        (is_negative, Parts::Finite(mantissa, exponent)) => {
            let exponent = if mantissa == 0 { 0 } else { exponent + 112 };
            put(output, field, is_negative, mantissa >> 112, mantissa << 16, exponent)
        }
        (is_negative, parts) => special(output, field, is_negative, parts == Parts::Infinite),
    }
}

/// Puts `lead.fraction × 2^exponent`; the fraction is left-aligned.
fn put<U: Unit>(
    output: &mut Output<'_, U>,
    field: &Field,
    is_negative: bool,
    lead: u128,
    fraction: u128,
    exponent: i32,
) -> Result<(), Failure> {
    let is_upper = field.spec.conversion == b'A';
    let (mut lead, mut fraction, mut exponent) = (lead, fraction, exponent);
    let decimals = field.precision.unwrap_or(32 - (fraction.trailing_zeros() / 4).min(32) as usize);
    if decimals < 32 {
        // Of the nibbles, `decimals` stay; the next one and what follows it round them.
        let cut = 128 - 4 * decimals as u32;
        let gone = fraction & u128::MAX.checked_shr(128 - cut).unwrap_or(0);
        let kept = fraction.checked_shr(cut).unwrap_or(0);
        let last = if decimals == 0 { lead } else { kept };
        let next = (gone >> (cut - 4)) as u8 & 15;
        let rest = gone & ((1u128 << (cut - 4)) - 1) != 0;
        fraction = kept.checked_shl(cut).unwrap_or(0);
        if Rounding::current().is_away(is_negative, last as u8, next, rest, 8) {
            let (sum, carried) = fraction.overflowing_add(1u128.checked_shl(cut).unwrap_or(0));
            fraction = sum;
            if carried || decimals == 0 {
                lead += 1;
            }
            if lead == 16 {
                lead = 1;
                exponent += 4;
            }
        }
    }
    let letters = if is_upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
    let mut nibbles = [0; 32];
    for (i, nibble) in nibbles.iter_mut().enumerate() {
        *nibble = letters[(fraction >> (124 - 4 * i)) as usize & 15];
    }
    let shown = decimals.min(32);
    let has_point = decimals > 0 || field.spec.flags.alternate;
    let mut prefix = [0; 3];
    let sign = field.sign(is_negative);
    prefix[..sign.len()].copy_from_slice(sign);
    prefix[sign.len()..sign.len() + 2].copy_from_slice(if is_upper { b"0X" } else { b"0x" });
    let mut buf = [0; 24];
    let number = super::integer::decimal(u64::from(exponent.unsigned_abs()), &mut buf);
    let len = (1 + usize::from(has_point) + 2 + number.len()).saturating_add(decimals);
    output.number(field, field.zero, &prefix[..sign.len() + 2], len, |output| {
        output.ascii(&[letters[lead as usize & 15]])?;
        if has_point {
            output.ascii(b".")?;
        }
        output.ascii(&nibbles[..shown])?;
        output.fill(b'0', decimals - shown)?;
        output.ascii(&[if is_upper { b'P' } else { b'p' }, if exponent < 0 { b'-' } else { b'+' }])?;
        output.ascii(number)
    })
}
