//! From and to the formats programs use. Rounding is in the current direction and raises the exceptions.

use super::arithmetic::shifted;
use super::{EXPONENT_MAX, Wide};
use crate::libc::math::control;
use crate::libc::math::parts::Long;
use crate::libc::math::quad::Quad;
use crate::libc::math::real::Real;

/// The exponent of the least normal number of each side, biased.
const LONG_LEAST: i32 = -16382;
const LONG_MOST: i32 = 16383;
const BIAS: i32 = 0x3fff;

impl Wide {
    /// Takes a finite `long double`.
    pub fn from_long(x: Long) -> Self {
        let exponent = i32::from(x.exponent()).max(1) - BIAS;
        Self::normalised(x.is_negative(), exponent, u128::from(x.significand()) << 64)
    }

    /// Takes a finite `double`.
    pub const fn from_f64(x: f64) -> Self {
        let bits = x.to_bits();
        let (exponent, fraction) = ((bits >> 52 & 0x7ff) as i32, bits & ((1 << 52) - 1));
        let (exponent, significand) =
            if exponent == 0 { (-1022, fraction) } else { (exponent - 1023, fraction | 1 << 52) };
        Self::normalised(bits >> 63 == 1, exponent, (significand as u128) << 75)
    }

    /// Takes the parts of a finite `_Float128`: its exponent as it lies there, and bits of which the last 112 are the
    /// fraction.
    pub const fn from_parts(is_negative: bool, exponent: i32, bits: u128) -> Self {
        let fraction = bits << 16 >> 1;
        if exponent == 0 {
            return Self::normalised(is_negative, LONG_LEAST, fraction);
        }
        Self { is_negative, exponent: exponent - BIAS, significand: fraction | 1 << 127 }
    }

    /// The first 53 bits, for guesses; what does not fit becomes the largest or zero.
    pub const fn guess(self) -> f64 {
        if self.is_zero() || self.exponent < -1000 {
            return 0.0;
        }
        let (exponent, bits) =
            if self.exponent > 1000 { (1000, 0) } else { (self.exponent, (self.significand >> 75) as u64) };
        f64::from_bits(
            (self.is_negative as u64) << 63 | ((exponent + 1023) as u64) << 52 | bits & ((1 << 52) - 1),
        )
    }

    /// Rounds to `digits` bits in the current direction, with a `long double`'s exponents: the exponent as it lies there, and
    /// the significand. What is too large has none.
    fn rounded(self, digits: i32) -> Option<(u16, u128)> {
        if self.exponent > LONG_MOST {
            return None;
        }
        let shift = 128 - digits + (LONG_LEAST - self.exponent).max(0);
        let kept = shifted(self.significand, shift.min(200) as u32 - 2);
        // The last two bits are what is rounded: the first one lost, and whether there are more.
        let (mut significand, lost) = (kept >> 2, kept & 3);
        let is_up = match control::control_word() >> 10 & 3 {
            0 => lost == 3 || lost == 2 && significand & 1 == 1,
            1 => lost != 0 && self.is_negative,
            2 => lost != 0 && !self.is_negative,
            _ => false,
        };
        let mut exponent = self.exponent.max(LONG_LEAST);
        if is_up {
            significand += 1;
            if significand >> digits != 0 {
                significand >>= 1;
                exponent += 1;
            }
        }
        if exponent > LONG_MOST {
            return None;
        }
        let is_normal = significand >> (digits - 1) == 1;
        if lost != 0 {
            raise_inexact(!is_normal);
        }
        Some((if is_normal { (exponent + BIAS) as u16 } else { 0 }, significand))
    }

    /// Rounds to a `long double`.
    pub fn to_long(self) -> Long {
        if self.is_zero() {
            return Long::ZERO.with_sign(self.is_negative);
        }
        match self.rounded(64) {
            Some((exponent, significand)) => Long::new(self.is_negative, exponent, significand as u64),
            None => overflow(self.is_negative),
        }
    }

    /// Rounds to a `_Float128`.
    pub fn to_quad(self) -> Quad {
        if self.is_zero() {
            return Quad::zero(self.is_negative);
        }
        match self.rounded(113) {
            Some((exponent, significand)) => {
                let fraction = significand & ((1 << 112) - 1);
                Quad::from_rank(u128::from(exponent) << 112 | fraction, self.is_negative)
            }
            // Infinity, or the largest number.
            None if overflow(self.is_negative).is_infinite() => Quad::infinity(self.is_negative),
            None => Quad::from_rank(Quad::INFINITE.rank() - 1, self.is_negative),
        }
    }

    /// The first 64 bits, with the last one set if there are more.
    fn to_odd(self) -> Long {
        if self.is_zero() {
            return Long::ZERO.with_sign(self.is_negative);
        }
        let exponent = self.exponent.clamp(-16000, 16000) + BIAS;
        let significand = shifted(self.significand, 64) as u64;
        Long::new(self.is_negative, exponent as u16, significand)
    }

    /// Rounds to a `double`.
    pub fn to_f64(self) -> f64 {
        self.to_odd().to_f64()
    }

    /// Rounds to a `float`.
    pub fn to_f32(self) -> f32 {
        self.to_odd().to_f32()
    }

    /// A number that every format rounds to zero or the least above it, or to infinity or the largest below it.
    pub const fn extreme(is_large: bool, is_negative: bool) -> Self {
        let exponent = if is_large { EXPONENT_MAX / 8 } else { -EXPONENT_MAX / 8 };
        Self { is_negative, exponent, significand: 1 << 127 }
    }
}

/// Raises FE_OVERFLOW and gives what is the result then.
fn overflow(is_negative: bool) -> Long {
    let large = Long::new(false, 0x7ffe, 1 << 63);
    large.times(large.with_sign(is_negative))
}

/// Raises FE_INEXACT, and FE_UNDERFLOW.
fn raise_inexact(is_tiny: bool) {
    let (one, small) = (Long::ONE, Long::new(false, 1, 3 << 62));
    let _ = if is_tiny { small.times(small) } else { one.plus(small) };
}
