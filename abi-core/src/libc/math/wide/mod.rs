//! Binary floating point with 128 bits of significand, in integer instructions: what functions of `long double` are computed
//! in before they are rounded once.
//!
//! A [`Wide`] is finite and its exponent's range is far larger than any argument's, so formulas need no scaling and raise no
//! exceptions. Each operation cuts off what does not fit and keeps the last bit set if that was not zero, so that rounding the
//! end of an exact computation is rounding the exact value. Infinities and NaNs are the callers' matter.

pub(super) mod arithmetic;
pub mod bessel;
pub mod circle;
mod convert;
pub mod erf;
pub mod exp;
pub mod gamma;
pub mod log;
#[cfg(test)]
mod tests;
mod two_by_pi;

/// A number: `significand` × 2^(`exponent` - 127), the significand's first bit being set unless it is zero.
#[derive(Clone, Copy, Debug)]
pub struct Wide {
    is_negative: bool,
    exponent: i32,
    significand: u128,
}

/// Exponents are kept within this, where nothing is near that a result could be.
const EXPONENT_MAX: i32 = 1 << 28;

impl Wide {
    /// Zero.
    pub const ZERO: Self = Self { is_negative: false, exponent: -EXPONENT_MAX, significand: 0 };
    /// One.
    pub const ONE: Self = Self::of(0, 1 << 127);
    /// ln 2, π, π/2 and their like are given as their first 128 bits.
    pub const LN_2: Self = Self::of(-1, 0xb172_17f7_d1cf_79ab_c9e3_b398_03f2_f6af);
    /// What [`Self::LN_2`] leaves out.
    const LN_2_REST: Self = Self::of(-130, 0x81e6_864c_e531_6c5b_141a_2eb7_1755_f457);
    /// π
    pub const PI: Self = Self::of(1, 0xc90f_daa2_2168_c234_c4c6_628b_80dc_1cd1);
    /// π/2
    pub const HALF_PI: Self = Self::of(0, 0xc90f_daa2_2168_c234_c4c6_628b_80dc_1cd1);

    /// The number with this exponent and significand, whose first bit is set.
    const fn of(exponent: i32, significand: u128) -> Self {
        Self { is_negative: false, exponent, significand }
    }

    /// Makes a number of a significand with any first bit.
    const fn normalised(is_negative: bool, exponent: i32, significand: u128) -> Self {
        if significand == 0 {
            return Self { is_negative, ..Self::ZERO };
        }
        let shift = significand.leading_zeros();
        let exponent = exponent.wrapping_sub(shift as i32);
        let kept = if exponent < -EXPONENT_MAX {
            -EXPONENT_MAX
        } else if exponent > EXPONENT_MAX {
            EXPONENT_MAX
        } else {
            exponent
        };
        Self { is_negative, exponent: kept, significand: significand << shift }
    }

    /// A whole number.
    pub const fn whole(n: i64) -> Self {
        Self::normalised(n < 0, 127, n.unsigned_abs() as u128)
    }

    /// A whole number of any size.
    pub const fn from_bits(n: u128) -> Self {
        Self::normalised(false, 127, n)
    }
    /// The whole number that this is, which is below 2^128.
    pub const fn to_bits(self) -> u128 {
        if self.exponent < 0 { 0 } else { self.significand >> (127 - self.exponent) }
    }

    /// Tells whether this is zero.
    pub const fn is_zero(self) -> bool {
        self.significand == 0
    }
    /// Tells whether the sign is minus.
    pub const fn is_negative(self) -> bool {
        self.is_negative
    }
    /// The exponent of two: 0 for what is from 1 to 2.
    pub const fn exponent(self) -> i32 {
        self.exponent
    }
    /// The value with another sign.
    #[must_use]
    pub const fn with_sign(self, is_negative: bool) -> Self {
        Self { is_negative, ..self }
    }
    /// The value without its sign.
    #[must_use]
    pub const fn magnitude(self) -> Self {
        self.with_sign(false)
    }
    /// The value times 2^`n`.
    #[must_use]
    pub const fn doubled(self, n: i32) -> Self {
        Self::normalised(self.is_negative, self.exponent.saturating_add(n), self.significand)
    }
    /// The half.
    #[must_use]
    pub const fn half(self) -> Self {
        self.doubled(-1)
    }
    /// The square.
    #[must_use]
    pub fn squared(self) -> Self {
        self * self
    }
    /// Tells whether this is a whole number, and whether it is odd.
    pub const fn parity(self) -> (bool, bool) {
        match self.exponent {
            _ if self.is_zero() => (true, false),
            i32::MIN..=-1 => (false, false),
            127 => (true, self.significand & 1 == 1),
            128.. => (true, false),
            e => (self.significand << (e + 1) == 0, self.significand >> (127 - e) & 1 == 1),
        }
    }
    /// The nearest whole number, which is below 2^31, halves away from zero.
    pub const fn nearest(self) -> i32 {
        let magnitude = match self.exponent {
            i32::MIN..=-2 => 0,
            -1 => 1,
            0..=29 => (((self.significand >> (126 - self.exponent)) as i64 + 1) >> 1) as i32,
            30.. => i32::MAX,
        };
        if self.is_negative { -magnitude } else { magnitude }
    }
    /// The whole number next below or equal, for what is below 2^127.
    #[must_use]
    pub fn floor(self) -> Self {
        if self.parity().0 {
            return self;
        }
        let cut = match self.exponent {
            i32::MIN..=-1 => Self::ZERO.with_sign(self.is_negative),
            e => Self { significand: self.significand & !(u128::MAX >> 1 >> e), ..self },
        };
        if self.is_negative { cut - Self::ONE } else { cut }
    }
}
