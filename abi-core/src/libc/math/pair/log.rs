//! Logarithms, and powers.

use super::exp::{LN_2_PARTS, MOST, exp};
use super::{Pair, power_of_two};
use crate::libc::math::real::Real;
use crate::libc::math::wide::arithmetic::high_product;

/// How many parts the numbers from [`FIRST`] to twice that are looked up in.
const PARTS: usize = 128;
/// 11/16, so that 1 is where two parts meet.
const FIRST: u64 = 0x3fe6 << 48;

/// A part of the numbers: about its inverse, in 256ths, and the logarithm of what that is the inverse of. Those of numbers
/// below 1 are whole 128ths, so that a number times the inverse is 1 and no more than 53 bits.
#[derive(Clone, Copy)]
pub(in super::super) struct Part {
    pub(in super::super) inverse: f64,
    pub(in super::super) log: Pair,
}

static TABLE: [Part; PARTS] = {
    let mut table = [Part { inverse: 1.0, log: Pair::from_f64(0.0) }; PARTS];
    let mut i = 0;
    while i < PARTS {
        // The middle of the part in 1024ths: those below 1 are half as long as the others.
        let middle = if i < 80 { 706 + 4 * i } else { 1024 + 8 * (i - 80) + 4 };
        let nearest = if i < 80 {
            2 * (2 * 128 * 1024 / middle as u32).div_ceil(2)
        } else {
            (2 * 256 * 1024 / middle as u32).div_ceil(2)
        };
        // Next to 1 the inverse is 1, so that small logarithms are not differences.
        let inverse = if i == 79 || i == 80 { 256 } else { nearest };
        table[i] = Part { inverse: inverse as f64 / 256.0, log: log_of_inverse(inverse as u128) };
        i += 1;
    }
    table
};

/// -ln(n/256): twice the inverse hyperbolic tangent of (256 - n)/(256 + n).
const fn log_of_inverse(n: u128) -> Pair {
    let difference = n.abs_diff(256);
    // 1 is 2^127.
    let s = ((difference << 119) / (n + 256)) << 8;
    let square = high_product(s, s) << 1;
    let (mut power, mut sum, mut k) = (s, 0, 1);
    while k < 60 {
        sum += power / k;
        power = high_product(power, square) << 1;
        k += 2;
    }
    // Of the first part any sum with a multiple of ln 2's is exact.
    let rest = sum & ((1 << 84) - 1);
    let sign = if n < 256 { 1.0 } else { -1.0 };
    let (hi, lo) = (Pair::from_bits(sum - rest, -126), Pair::from_bits(rest, -126));
    Pair { hi: sign * hi.hi, lo: sign * lo.hi }
}

/// ln(1 + q) - q + q²/2 for |q| up to 1/127.
#[inline]
fn rest_of_series(q: f64) -> f64 {
    let square = q * q;
    let fourth = square * square;
    let low = (1.0 / 3.0 - q * (1.0 / 4.0)) + square * (1.0 / 5.0 - q * (1.0 / 6.0));
    let high = (1.0 / 7.0 - q * (1.0 / 8.0)) + square * (1.0 / 9.0 - q * (1.0 / 10.0));
    q * square * (low + fourth * high)
}

/// The part that a positive normal number's digits are in, these as a number near 1, and the power of two left out.
#[inline]
pub(in super::super) fn looked_up(x: f64) -> (&'static Part, f64, i64) {
    let bits = x.to_bits();
    let offset = bits.wrapping_sub(FIRST);
    let exponent = offset as i64 >> 52;
    let digits = f64::from_bits(bits.wrapping_sub((exponent as u64) << 52));
    (&TABLE[(offset >> 45) as usize % PARTS], digits, exponent)
}

/// The same of a `float`.
#[inline]
pub(in super::super) fn single_looked_up(x: f32) -> (&'static Part, f32, i32) {
    let bits = x.to_bits();
    let offset =
        bits.wrapping_sub(((FIRST >> 52) as u32 - (1023 - 127)) << 23 | (FIRST >> 29) as u32 & 0x7f_ffff);
    let exponent = offset as i32 >> 23;
    let digits = f32::from_bits(bits.wrapping_sub((exponent as u32) << 23));
    (&TABLE[(offset >> 16) as usize % PARTS], digits, exponent)
}

/// The natural logarithm with forty bits.
#[inline]
fn single_ln(x: f64) -> f64 {
    let (part, digits, exponent) = looked_up(x);
    let q = digits * part.inverse - 1.0;
    let square = q * q;
    let series = square * (-1.0 / 2.0 + q * (1.0 / 3.0) + square * (-1.0 / 4.0 + q * (1.0 / 5.0)));
    (exponent as f64 * core::f64::consts::LN_2 + part.log.hi) + (q + series)
}

impl Pair {
    /// log10 e
    pub const LOG10_E: Self = Self::from_bits(0xde5b_d8a9_3728_7195_355b_aaaf_ad33_dc32, -129);

    /// The natural logarithm of a number above zero that is normal.
    #[inline]
    #[must_use]
    pub fn ln(self) -> Self {
        let (part, m, exponent) = looked_up(self.hi);
        // Both products are exact, since the inverse is short.
        let upper = f64::from_bits(m.to_bits() & !u64::from(u32::MAX));
        let r = Self::sum(upper * part.inverse - 1.0, (m - upper) * part.inverse);
        let q = r.hi;
        // The largest numbers' powers have no inverse; those are rounded already.
        let scale = power_of_two(-exponent.clamp(-1000, 1000) as i32);
        let rest = r.lo + self.lo * scale * part.inverse;
        let square = Self::product(q, q);
        let series = rest_of_series(q) - 0.5 * square.lo + (rest - rest * q * (1.0 - q));
        let k = exponent as f64;
        let first = Self::ordered_sum(k * LN_2_PARTS.0 + part.log.hi, q);
        let second = Self::ordered_sum(first.hi, -0.5 * square.hi);
        let lo = (first.lo + second.lo) + (k * LN_2_PARTS.1 + part.log.lo) + series;
        Self::ordered_sum(second.hi, lo)
    }

    /// The natural logarithm of 1 + x, x being above -1.
    #[must_use]
    pub fn ln_1p(self) -> Self {
        if self.hi.abs() < power_of_two(-40) {
            return self - self.squared().doubled(-1);
        }
        (Self::ONE + self).ln()
    }
}

/// log(3), if x is an ordinary number.
pub fn log(x: f64) -> Option<f64> {
    (x.is_normal() && x > 0.0).then(|| Pair::from_f64(x).ln().to_f64())
}

/// Whether a power of a number is negative, if it is a power of whole numbers or positive ones.
fn sign_of_power(x: f64, y: f64) -> Option<bool> {
    let is_whole = |y: f64| libm::trunc(y) == y;
    if x > 0.0 { Some(false) } else { is_whole(y).then(|| !is_whole(0.5 * y)) }
}

/// pow(3), if x, y and the result are ordinary numbers.
pub fn pow(x: f64, y: f64) -> Option<f64> {
    const SMALL: f64 = power_of_two(-80);
    const LARGE: f64 = power_of_two(80);
    if !(x.is_normal() && Real::is_finite(y) && y.abs() > SMALL && y.abs() < LARGE) {
        return None;
    }
    let is_negative = sign_of_power(x, y)?;
    let log = Pair::from_f64(x.abs()).ln();
    let product = Pair::product(log.hi, y);
    if product.hi.abs() >= MOST {
        return None;
    }
    let size = Pair::ordered_sum(product.hi, product.lo + log.lo * y).rounded_exp(0);
    Some(if is_negative { -size } else { size })
}

/// powf(3) before it is rounded, if x, y and the result are ordinary numbers.
pub fn single_pow(x: f64, y: f64) -> Option<f64> {
    if !(x.is_normal() && Real::is_finite(y)) {
        return None;
    }
    let is_negative = sign_of_power(x, y)?;
    let size = exp(single_ln(x.abs()) * y)?;
    Some(if is_negative { -size } else { size })
}
