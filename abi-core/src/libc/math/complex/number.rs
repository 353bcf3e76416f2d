//! What complex functions are computed in: [`Wide`] numbers, or for ordinary arguments [`Pair`]s, which are quicker and give
//! up where they have too few digits.

use core::ops::{Add, Div, Mul, Neg, Sub};

use crate::libc::math::pair::Pair;
use crate::libc::math::wide::Wide;

/// A real number. Functions of it give none where there are not enough digits for an exact result.
pub trait Number:
    Copy
    + PartialOrd
    + Neg<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
{
    const UNIT: Self;
    const LOG10_E: Self;
    fn is_zero(self) -> bool;
    fn is_negative(self) -> bool;
    fn magnitude(self) -> Self;
    fn with_sign(self, is_negative: bool) -> Self;
    fn doubled(self, n: i32) -> Self;
    fn squared(self) -> Self;
    fn sqrt(self) -> Self;
    fn exp(self) -> Option<Self>;
    fn exp_m1(self) -> Option<Self>;
    fn ln(self) -> Option<Self>;
    fn ln_1p(self) -> Option<Self>;
    fn sin_cos(self) -> Option<(Self, Self)>;
    fn atan2(self, x: Self) -> Option<Self>;
    /// Both hyperbolic functions: the sine and the cosine.
    fn sinh_cosh(self) -> Option<(Self, Self)>;

    fn half(self) -> Self {
        self.doubled(-1)
    }
    fn hypot(self, other: Self) -> Self {
        (self.squared() + other.squared()).sqrt()
    }
}

impl Number for Wide {
    const UNIT: Self = Self::ONE;
    const LOG10_E: Self = Self::LOG10_E;
    fn is_zero(self) -> bool {
        Self::is_zero(self)
    }
    fn is_negative(self) -> bool {
        Self::is_negative(self)
    }
    fn magnitude(self) -> Self {
        Self::magnitude(self)
    }
    fn with_sign(self, is_negative: bool) -> Self {
        Self::with_sign(self, is_negative)
    }
    fn doubled(self, n: i32) -> Self {
        Self::doubled(self, n)
    }
    fn squared(self) -> Self {
        Self::squared(self)
    }
    fn sqrt(self) -> Self {
        Self::sqrt(self)
    }
    fn exp(self) -> Option<Self> {
        Some(Self::exp(self))
    }
    fn exp_m1(self) -> Option<Self> {
        Some(Self::exp_m1(self))
    }
    fn ln(self) -> Option<Self> {
        Some(Self::ln(self))
    }
    fn ln_1p(self) -> Option<Self> {
        Some(Self::ln_1p(self))
    }
    fn sin_cos(self) -> Option<(Self, Self)> {
        Some(Self::sin_cos(self))
    }
    fn atan2(self, x: Self) -> Option<Self> {
        Some(Self::atan2(self, x))
    }
    fn sinh_cosh(self) -> Option<(Self, Self)> {
        Some((self.sinh(), self.cosh()))
    }
    fn hypot(self, other: Self) -> Self {
        Self::hypot(self, other)
    }
}

/// The largest magnitude of an exponent whose power and what it is multiplied with are far from a `double`'s ends.
const MOST: f64 = 300.0;

impl Number for Pair {
    const UNIT: Self = Self::ONE;
    const LOG10_E: Self = Self::LOG10_E;
    fn is_zero(self) -> bool {
        self.hi == 0.0
    }
    fn is_negative(self) -> bool {
        self.hi.is_sign_negative()
    }
    fn magnitude(self) -> Self {
        Self::magnitude(self)
    }
    fn with_sign(self, is_negative: bool) -> Self {
        Self::with_sign(Self::magnitude(self), is_negative)
    }
    fn doubled(self, n: i32) -> Self {
        Self::doubled(self, n)
    }
    fn squared(self) -> Self {
        Self::squared(self)
    }
    fn sqrt(self) -> Self {
        Self::sqrt(self)
    }
    fn exp(self) -> Option<Self> {
        (self.hi.abs() < MOST).then(|| Self::exp(self))
    }
    fn exp_m1(self) -> Option<Self> {
        (self.hi.abs() < MOST).then(|| Self::exp_m1(self))
    }
    fn ln(self) -> Option<Self> {
        (self.hi > 0.0).then(|| Self::ln(self))
    }
    fn ln_1p(self) -> Option<Self> {
        (self.hi > -1.0).then(|| Self::ln_1p(self))
    }
    fn sin_cos(self) -> Option<(Self, Self)> {
        Self::sin_cos(self)
    }
    fn atan2(self, x: Self) -> Option<Self> {
        Self::atan2(self, x)
    }
    fn sinh_cosh(self) -> Option<(Self, Self)> {
        let e = Number::exp_m1(Self::magnitude(self))?;
        let above = e + Self::ONE;
        // e^-|x| = 1 - e/(e + 1)
        let below = e / above;
        let (sinh, cosh) = ((e + below).doubled(-1), (above + (Self::ONE - below)).doubled(-1));
        Some((Self::with_sign(sinh, self.hi < 0.0), cosh))
    }
}
