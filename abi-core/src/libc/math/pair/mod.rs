//! Sums of two `double`s, of which the second is what the first has no room for: some hundred bits, in a few instructions.
//!
//! The functions here have sixty good bits or more, so that rounding their results once is an error of little more than half
//! a unit in the last place. They are for numbers far from the ends of a `double`'s range; whoever calls them leaves the
//! rest to [`super::wide::Wide`], which is slower and has no ends.
//!
//! Sums and products are T. J. Dekker's and D. E. Knuth's (Dekker, "A floating-point technique for extending the available
//! precision", 1971; "The Art of Computer Programming" 4.2.2). Functions are looked up at a near argument and corrected with
//! a short series, after P. T. P. Tang ("Table-driven implementation of the exponential function", 1989).

pub mod circle;
pub mod exp;
pub mod gamma;
pub mod hyperbolic;
pub mod log;
#[cfg(test)]
mod tests;

use core::cmp::Ordering;
use core::ops::{Add, Div, Mul, Neg, Sub};

use super::instructions::multiply_add_f64;
use super::real::Real;

/// A number, `hi` + `lo`.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// The number rounded to a `double`, or nearly.
    pub hi: f64,
    /// The rest.
    pub lo: f64,
}

/// The first 26 bits of a number: products of two of them are exact.
fn upper_half(x: f64) -> f64 {
    f64::from_bits(x.to_bits() & !((1 << 27) - 1))
}

impl Pair {
    /// One.
    pub const ONE: Self = Self::from_f64(1.0);

    /// A `double`.
    pub const fn from_f64(x: f64) -> Self {
        Self { hi: x, lo: 0.0 }
    }

    /// The number `bits` × 2^`exponent`.
    pub(super) const fn from_bits(bits: u128, exponent: i32) -> Self {
        let unit = power_of_two(exponent);
        let hi = bits as f64;
        let rest = bits.wrapping_sub(hi as u128) as i128;
        Self { hi: hi * unit, lo: rest as f64 * unit }
    }

    /// The exact sum.
    #[inline]
    pub fn sum(a: f64, b: f64) -> Self {
        let hi = a + b;
        let second = hi - a;
        Self { hi, lo: (a - (hi - second)) + (b - second) }
    }

    /// The exact sum of a number and one that is not larger.
    #[inline]
    pub fn ordered_sum(large: f64, small: f64) -> Self {
        let hi = large + small;
        Self { hi, lo: small - (hi - large) }
    }

    /// The product, but for the last one or two of its bits.
    #[inline]
    pub fn product(a: f64, b: f64) -> Self {
        let hi = a * b;
        if let Some(lo) = multiply_add_f64(a, b, -hi) {
            return Self { hi, lo };
        }
        let (a1, b1) = (upper_half(a), upper_half(b));
        let (a0, b0) = (a - a1, b - b1);
        Self { hi, lo: ((a1 * b1 - hi) + a1 * b0 + a0 * b1) + a0 * b0 }
    }

    /// The number without its sign.
    #[inline]
    #[must_use]
    pub fn magnitude(self) -> Self {
        if self.hi < 0.0 { -self } else { self }
    }

    /// The number, which is not negative, with a sign.
    #[inline]
    #[must_use]
    pub fn with_sign(self, is_negative: bool) -> Self {
        if is_negative { -self } else { self }
    }

    /// Rounds to a `double`.
    #[inline]
    pub fn to_f64(self) -> f64 {
        self.hi + self.lo
    }

    /// The number times 2^`n`, which neither overflows nor underflows.
    #[inline]
    #[must_use]
    pub const fn doubled(self, n: i32) -> Self {
        let scale = power_of_two(n);
        Self { hi: self.hi * scale, lo: self.lo * scale }
    }

    /// The square.
    #[inline]
    #[must_use]
    pub fn squared(self) -> Self {
        let square = Self::product(self.hi, self.hi);
        Self::ordered_sum(square.hi, square.lo + 2.0 * self.hi * self.lo)
    }

    /// The square root of what is not negative.
    #[inline]
    #[must_use]
    pub fn sqrt(self) -> Self {
        let root = self.hi.root();
        if root == 0.0 {
            return Self::from_f64(root);
        }
        let square = Self::product(root, root);
        Self::ordered_sum(root, ((self.hi - square.hi) - square.lo + self.lo) / (2.0 * root))
    }
}

/// 2^`n`, a normal number.
#[inline]
pub(super) const fn power_of_two(n: i32) -> f64 {
    f64::from_bits(((n + 1023) as u64) << 52)
}

impl PartialEq for Pair {
    fn eq(&self, other: &Self) -> bool {
        self.hi == other.hi && self.lo == other.lo
    }
}

impl PartialOrd for Pair {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let by_hi = self.hi.partial_cmp(&other.hi)?;
        Some(by_hi.then(self.lo.partial_cmp(&other.lo)?))
    }
}

impl Neg for Pair {
    type Output = Self;
    #[inline]
    fn neg(self) -> Self {
        Self { hi: -self.hi, lo: -self.lo }
    }
}

impl Add for Pair {
    type Output = Self;
    #[inline]
    fn add(self, other: Self) -> Self {
        let sum = Self::sum(self.hi, other.hi);
        Self::ordered_sum(sum.hi, sum.lo + (self.lo + other.lo))
    }
}

impl Sub for Pair {
    type Output = Self;
    #[inline]
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Pair {
    type Output = Self;
    #[inline]
    fn mul(self, other: Self) -> Self {
        let product = Self::product(self.hi, other.hi);
        Self::ordered_sum(product.hi, product.lo + (self.hi * other.lo + self.lo * other.hi))
    }
}

impl Div for Pair {
    type Output = Self;
    #[inline]
    fn div(self, other: Self) -> Self {
        let quotient = self.hi / other.hi;
        let product = Self::product(quotient, other.hi);
        let rest = (self.hi - product.hi) - product.lo + (self.lo - quotient * other.lo);
        Self::ordered_sum(quotient, rest / other.hi)
    }
}

/// hypot(3), if x and y are ordinary numbers.
pub fn hypot(x: f64, y: f64) -> Option<f64> {
    const LEAST: f64 = power_of_two(-400);
    const MOST: f64 = power_of_two(500);
    if !(Real::is_finite(x) && Real::is_finite(y)) {
        return None;
    }
    let (x, y) = (x.abs(), y.abs());
    let (large, small) = if x < y { (y, x) } else { (x, y) };
    if !(large > LEAST && large < MOST) {
        return None;
    }
    if small < large * power_of_two(-54) {
        return Some(large + small);
    }
    let (first, second) = (Pair::product(large, large), Pair::product(small, small));
    let sum = Pair::ordered_sum(first.hi, second.hi);
    Some((sum.hi + (sum.lo + first.lo + second.lo)).root())
}
