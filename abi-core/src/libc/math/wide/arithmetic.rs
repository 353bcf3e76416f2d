//! Sums, products, quotients, roots and comparisons.

use core::cmp::Ordering;
use core::ops::{Add, Div, Mul, Neg, Sub};

use super::{EXPONENT_MAX, Wide};

/// The upper and the lower half of a product.
pub(super) const fn product(a: u128, b: u128) -> (u128, u128) {
    let mask = u64::MAX as u128;
    let (a1, a0, b1, b0) = (a >> 64, a & mask, b >> 64, b & mask);
    let low = a0 * b0;
    let (first, second) = (a1 * b0, a0 * b1);
    let middle = (low >> 64) + (first & mask) + (second & mask);
    let high = a1 * b1 + (first >> 64) + (second >> 64) + (middle >> 64);
    (high, middle << 64 | low & mask)
}

/// The upper half of a product, at most one less than it should be: for series in fixed point.
pub(in crate::libc::math) const fn high_product(a: u128, b: u128) -> u128 {
    let mask = u64::MAX as u128;
    let (a1, a0, b1, b0) = (a >> 64, a & mask, b >> 64, b & mask);
    let (first, second) = (a1 * b0, a0 * b1);
    a1 * b1 + (first >> 64) + (second >> 64) + (((first & mask) + (second & mask)) >> 64)
}

/// Shifts right and keeps whether something was lost in the last bit.
pub(super) const fn shifted(significand: u128, by: u32) -> u128 {
    match by {
        0 => significand,
        1..=127 => significand >> by | (significand << (128 - by) != 0) as u128,
        _ => (significand != 0) as u128,
    }
}

/// Shifts right; tells whether something was lost.
const fn cut(significand: u128, by: u32) -> (u128, bool) {
    match by {
        0 => (significand, false),
        1..=127 => (significand >> by, significand << (128 - by) != 0),
        _ => (0, significand != 0),
    }
}

impl Neg for Wide {
    type Output = Self;
    fn neg(self) -> Self {
        self.with_sign(!self.is_negative)
    }
}

impl Add for Wide {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        match (self.is_zero(), other.is_zero()) {
            (true, true) => return Self::ZERO.with_sign(self.is_negative && other.is_negative),
            (true, false) => return other,
            (false, true) => return self,
            (false, false) => {}
        }
        let is_swapped = (self.exponent, self.significand) < (other.exponent, other.significand);
        let (large, small) = if is_swapped { (other, self) } else { (self, other) };
        let distance = (large.exponent - small.exponent) as u32;
        let (whole, is_lost) = cut(small.significand, distance);
        if large.is_negative == small.is_negative {
            let (sum, carry) = large.significand.overflowing_add(whole);
            let sum = sum | u128::from(is_lost);
            if carry {
                return Self {
                    significand: shifted(sum, 1) | 1 << 127,
                    exponent: large.exponent + 1,
                    ..large
                };
            }
            return Self { significand: sum, ..large };
        }
        let difference = large.significand - whole;
        if !is_lost {
            return if difference == 0 {
                Self::ZERO
            } else {
                Self::normalised(large.is_negative, large.exponent, difference)
            };
        }
        let difference = difference - 1;
        if difference >> 127 == 1 {
            return Self { significand: difference | 1, ..large };
        }
        // The first bit is gone, so there is room for another one. Two go only if the small one lost no more than that.
        let (whole, is_lost) = cut(small.significand, distance - 1);
        let difference = (large.significand << 1).wrapping_sub(whole).wrapping_sub(u128::from(is_lost));
        Self::normalised(large.is_negative, large.exponent - 1, difference | u128::from(is_lost))
    }
}

impl Sub for Wide {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Wide {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let is_negative = self.is_negative != other.is_negative;
        if self.is_zero() || other.is_zero() {
            return Self::ZERO.with_sign(is_negative);
        }
        let (high, low) = product(self.significand, other.significand);
        let exponent = (self.exponent + other.exponent).clamp(-EXPONENT_MAX, EXPONENT_MAX - 1);
        if high >> 127 == 1 {
            Self { is_negative, exponent: exponent + 1, significand: high | (low != 0) as u128 }
        } else {
            Self { is_negative, exponent, significand: high << 1 | low >> 127 | (low << 1 != 0) as u128 }
        }
    }
}

impl Div for Wide {
    type Output = Self;
    /// The divisor is not zero.
    fn div(self, other: Self) -> Self {
        if self.is_zero() {
            return self.with_sign(self.is_negative != other.is_negative);
        }
        let inverse = other.reciprocal();
        let quotient = self * inverse;
        // Once more Newton's step, from the quotient's own error.
        let quotient = quotient + (self - quotient * other) * inverse;
        // A quotient of 64 bits is exact, if the operands are.
        let short = quotient.shortened();
        let is_exact = (self.significand | other.significand) as u64 == 0 && short * other == self;
        if is_exact { short } else { quotient }
    }
}

impl Wide {
    /// 1/x, but for the last bits.
    fn reciprocal(self) -> Self {
        // From 2^52 to 2^53, so that the sum below does not depend on the direction of rounding.
        let first = 1.0 / ((self.significand >> 75) as f64);
        let guess =
            Self { exponent: Self::from_f64(first).exponent + 52 - self.exponent, ..Self::from_f64(first) };
        let guess = guess.with_sign(self.is_negative);
        guess + guess * (Self::ONE - self * guess)
    }

    /// The nearest number of 64 bits.
    fn shortened(self) -> Self {
        let (sum, carry) = self.significand.overflowing_add(1 << 63);
        let significand = sum & !u128::from(u64::MAX);
        if carry {
            Self { significand: 1 << 127, exponent: self.exponent + 1, ..self }
        } else {
            Self { significand, ..self }
        }
    }

    /// The square root of what is not negative.
    #[must_use]
    pub fn sqrt(self) -> Self {
        if self.is_zero() {
            return self;
        }
        let is_odd = self.exponent & 1;
        let m = Self { exponent: is_odd, ..self };
        // 1/√m to the digits of a double, then of twice as many, then the root with its own error taken off.
        let guess = Self::from_f64(
            1.0 / libm::sqrt(
                (self.significand >> 75) as f64 / 4_503_599_627_370_496.0 * f64::from(1 + is_odd),
            ),
        );
        let guess = guess + guess.half() * (Self::ONE - m * guess * guess);
        let root = m * guess;
        let root = root + (m - root * root) * guess.half();
        // A root of 64 bits is exact.
        let short = root.shortened();
        let root = if short * short == m { short } else { root };
        root.doubled((self.exponent - is_odd) / 2)
    }
}

impl PartialEq for Wide {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl PartialOrd for Wide {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        if self.is_zero() && other.is_zero() {
            return Some(Ordering::Equal);
        }
        let size = |x: &Self| (if x.is_zero() { i32::MIN } else { x.exponent }, x.significand);
        let by_size = size(self).cmp(&size(other));
        Some(match (self.is_negative, other.is_negative) {
            (false, false) => by_size,
            (true, true) => by_size.reverse(),
            (false, true) if self.is_zero() => Ordering::Greater,
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
        })
    }
}
