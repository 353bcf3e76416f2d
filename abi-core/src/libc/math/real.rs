//! What `float`, `double` and `long double` have in common.

use core::arch::asm;
use core::cmp::Ordering;
use core::hint::black_box;
use core::num::FpCategory;

use super::exact::Direction;
use super::pair::power_of_two;
use super::parts::Long;
use super::wide::Wide;
use super::{control, exact, instructions};

/// A format of C's real numbers.
pub trait Real: Copy {
    /// The value as a `long double`, exactly.
    fn to_long(self) -> Long;
    /// A `long double` rounded in the current direction.
    fn from_long(x: Long) -> Self;
    /// The value of a finite number, exactly.
    fn to_wide(self) -> Wide;
    /// A number rounded in the current direction, with the exceptions that raises.
    fn from_wide(x: Wide) -> Self;
    /// The sum, which makes a NaN quiet and raises FE_INVALID if it was not.
    #[must_use]
    fn plus(self, other: Self) -> Self;
    /// Tells whether this is not a number.
    fn is_nan(self) -> bool;
    /// Tells whether this is a NaN that raises FE_INVALID.
    fn is_signaling(self) -> bool;
    /// Tells whether this is an infinity.
    fn is_infinite(self) -> bool;
    /// Tells whether this is a zero.
    fn is_zero(self) -> bool;
    /// Tells whether this is a number with all of its digits.
    fn is_normal(self) -> bool;
    /// Tells whether the sign bit is set.
    fn is_negative(self) -> bool;
    /// The value with another sign.
    #[must_use]
    fn with_sign(self, is_negative: bool) -> Self;

    /// The difference.
    #[must_use]
    fn minus(self, other: Self) -> Self;
    /// The product.
    #[must_use]
    fn times(self, other: Self) -> Self;
    /// The square root.
    #[must_use]
    fn root(self) -> Self;
    /// a - b × (a / b cut to an integer), of finite numbers of which the second is not zero.
    #[must_use]
    fn truncating_remainder(self, other: Self) -> Self;
    /// a - b × (a / b rounded to an integer), of finite numbers of which the second is not zero.
    #[must_use]
    fn rounding_remainder(self, other: Self) -> Self;
    /// The whole number next in the direction of zero.
    #[must_use]
    fn truncated(self) -> Self;
    /// The value rounded to a whole number in the current direction.
    #[must_use]
    fn rint(self) -> Self;
    /// The magnitude as a number that counts the format's values up from zero.
    fn rank(self) -> u128;
    /// The value of a rank.
    #[must_use]
    fn from_rank(rank: u128, is_negative: bool) -> Self;
    /// Compares numbers, of which a NaN is none.
    fn order(self, other: Self) -> Ordering;
    /// Converts a whole number; what does not fit raises FE_INVALID and gives the least number.
    fn to_integer(self) -> i64;
    /// A whole number of few digits.
    fn whole(n: i32) -> Self;
    /// x × y + z, finite and not zero, rounded once.
    #[must_use]
    fn multiply_add(self, y: Self, z: Self) -> Self {
        exact::wide_multiply_add(self, y, z)
    }
    /// What the processor's instruction rounds this to, in the current direction if none is given.
    fn rounded_at_once(self, _direction: Option<Direction>) -> Option<Self> {
        None
    }
    /// As remquo(3), of finite numbers that are not zero: the remainder and the quotient's last three bits.
    fn remainder_and_quotient(self, other: Self) -> (Self, i32) {
        exact::wide_remquo(self, other)
    }
    /// The value as a `double`, if it is neither large nor small, and the format has no more digits.
    fn to_ordinary(self) -> Option<f64> {
        None
    }
    /// A `double` rounded, if the format has no more digits.
    fn from_ordinary(_x: f64) -> Option<Self> {
        None
    }
    /// Infinity.
    const INFINITE: Self;
    /// Zero.
    const NOTHING: Self;
    /// One.
    const UNIT: Self;
    /// A half.
    const HALF: Self;
    /// The exponent of the least normal number.
    const LEAST_EXPONENT: i32;
    /// How many bits the significand has.
    const DIGITS: u32;

    /// Tells whether this is neither infinite nor a NaN.
    fn is_finite(self) -> bool {
        !self.is_nan() && !self.is_infinite()
    }
    /// The negative.
    #[must_use]
    fn negated(self) -> Self {
        self.with_sign(!self.is_negative())
    }
    /// Infinity with a sign.
    fn infinity(is_negative: bool) -> Self {
        Self::INFINITE.with_sign(is_negative)
    }
    /// Zero with a sign.
    fn zero(is_negative: bool) -> Self {
        Self::NOTHING.with_sign(is_negative)
    }
    /// One with a sign.
    fn one(is_negative: bool) -> Self {
        Self::UNIT.with_sign(is_negative)
    }
}

impl Real for Long {
    fn to_long(self) -> Long {
        self
    }
    fn from_long(x: Long) -> Self {
        x
    }
    fn to_wide(self) -> Wide {
        Wide::from_long(self)
    }
    fn from_wide(x: Wide) -> Self {
        x.to_long()
    }
    fn plus(self, other: Self) -> Self {
        Self::plus(self, other)
    }
    fn is_nan(self) -> bool {
        Self::is_nan(self)
    }
    fn is_signaling(self) -> bool {
        Self::is_signaling(self)
    }
    fn is_infinite(self) -> bool {
        Self::is_infinite(self)
    }
    fn is_zero(self) -> bool {
        Self::is_zero(self)
    }
    fn is_normal(self) -> bool {
        self.classify() == FpCategory::Normal
    }
    fn is_negative(self) -> bool {
        Self::is_negative(self)
    }
    fn with_sign(self, is_negative: bool) -> Self {
        Self::with_sign(self, is_negative)
    }
    fn minus(self, other: Self) -> Self {
        Self::minus(self, other)
    }
    fn times(self, other: Self) -> Self {
        Self::times(self, other)
    }
    fn root(self) -> Self {
        Self::root(self, self)
    }
    fn truncating_remainder(self, other: Self) -> Self {
        Self::truncating_remainder(self, other)
    }
    fn rounding_remainder(self, other: Self) -> Self {
        Self::rounding_remainder(self, other)
    }
    fn truncated(self) -> Self {
        Self::truncated(self)
    }
    fn rint(self) -> Self {
        self.rounded(self)
    }
    fn rank(self) -> u128 {
        u128::from(self.exponent()) << 63 | u128::from(self.significand() & u64::MAX >> 1)
    }
    fn from_rank(rank: u128, is_negative: bool) -> Self {
        let exponent = (rank >> 63) as u16;
        Self::new(is_negative, exponent, u64::from(exponent != 0) << 63 | rank as u64 & u64::MAX >> 1)
    }
    fn order(self, other: Self) -> Ordering {
        let key = |x: Self| if x.is_negative() { -(x.rank() as i128) } else { x.rank() as i128 };
        key(self).cmp(&key(other))
    }
    fn to_integer(self) -> i64 {
        Self::to_integer(self)
    }
    fn whole(n: i32) -> Self {
        Wide::whole(n.into()).to_long()
    }
    const INFINITE: Self = Self::INFINITY;
    const NOTHING: Self = Self::ZERO;
    const UNIT: Self = Self::ONE;
    const HALF: Self = Self::new(false, 0x3ffe, 1 << 63);
    const LEAST_EXPONENT: i32 = -16382;
    const DIGITS: u32 = 64;
}

macro_rules! sse {
    ($($ty:ty, $bits:ty, $round:ident, $quiet:expr, $root:literal, $fmod:path, $remainder:path, $trunc:path, $remquo:path, $fused:ident $rounded:ident;)*) => {
        $(impl Real for $ty {
            fn to_long(self) -> Long {
                Long::from_f64(f64::from(self))
            }
            fn from_long(x: Long) -> Self {
                x.$round()
            }
            fn to_wide(self) -> Wide {
                Wide::from_f64(f64::from(self))
            }
            fn from_wide(x: Wide) -> Self {
                x.$round()
            }
            fn plus(self, other: Self) -> Self {
                black_box(black_box(self) + black_box(other))
            }
            // Of the bits, since comparisons raise FE_INVALID.
            fn is_nan(self) -> bool {
                self.rank() > Self::INFINITY.rank()
            }
            fn is_signaling(self) -> bool {
                Real::is_nan(self) && self.to_bits() & $quiet == 0
            }
            fn is_infinite(self) -> bool {
                self.rank() == Self::INFINITY.rank()
            }
            fn is_zero(self) -> bool {
                self.rank() == 0
            }
            fn is_normal(self) -> bool {
                Self::is_normal(self)
            }
            fn is_negative(self) -> bool {
                self.is_sign_negative()
            }
            fn with_sign(self, is_negative: bool) -> Self {
                self.abs().copysign(if is_negative { -1.0 } else { 1.0 })
            }
            fn minus(self, other: Self) -> Self {
                black_box(black_box(self) - black_box(other))
            }
            fn times(self, other: Self) -> Self {
                black_box(black_box(self) * black_box(other))
            }
            fn root(self) -> Self {
                let mut result = self;
                // SAFETY: only a register is touched.
                unsafe { asm!($root, inout(xmm_reg) result, options(nomem, nostack, preserves_flags)) };
                result
            }
            fn truncating_remainder(self, other: Self) -> Self {
                $fmod(self, other)
            }
            fn rounding_remainder(self, other: Self) -> Self {
                $remainder(self, other)
            }
            fn truncated(self) -> Self {
                self.rounded_at_once(Some(Direction::TowardZero)).unwrap_or_else(|| $trunc(self))
            }
            fn rint(self) -> Self {
                if Real::is_nan(self) {
                    return self.plus(self);
                }
                control::round_to_integer(f64::from(self)) as Self
            }
            fn rank(self) -> u128 {
                self.abs().to_bits().into()
            }
            fn from_rank(rank: u128, is_negative: bool) -> Self {
                let value = Self::from_bits(rank as $bits);
                if is_negative { -value } else { value }
            }
            fn order(self, other: Self) -> Ordering {
                self.partial_cmp(&other).unwrap_or(Ordering::Equal)
            }
            fn to_integer(self) -> i64 {
                control::to_integer(f64::from(self))
            }
            fn whole(n: i32) -> Self {
                n as Self
            }
            fn multiply_add(self, y: Self, z: Self) -> Self {
                instructions::$fused(self, y, z).unwrap_or_else(|| exact::wide_multiply_add(self, y, z))
            }
            fn rounded_at_once(self, direction: Option<Direction>) -> Option<Self> {
                instructions::$rounded(self, direction)
            }
            fn remainder_and_quotient(self, other: Self) -> (Self, i32) {
                let (remainder, quotient) = $remquo(self, other);
                // An eighth multiple that the quotient was rounded up to is said.
                let is_up = !remainder.is_zero() && remainder.is_sign_negative() != self.is_sign_negative();
                let eighth = if self.is_sign_negative() == other.is_sign_negative() { 8 } else { -8 };
                (remainder, if quotient % 8 == 0 && is_up { eighth } else { quotient % 8 })
            }
            fn to_ordinary(self) -> Option<f64> {
                // In integers, since comparisons of NaNs raise FE_INVALID.
                let (least, most) = (power_of_two(-100) as Self, power_of_two(100) as Self);
                (least.rank()..=most.rank()).contains(&self.rank()).then_some(self.into())
            }
            fn from_ordinary(x: f64) -> Option<Self> {
                Some(x as Self)
            }
            const INFINITE: Self = Self::INFINITY;
            const NOTHING: Self = 0.0;
            const UNIT: Self = 1.0;
            const HALF: Self = 0.5;
            const LEAST_EXPONENT: i32 = Self::MIN_EXP - 1;
            const DIGITS: u32 = Self::MANTISSA_DIGITS;
        })*
    };
}
sse! {
    f64, u64, to_f64, 1 << 51, "sqrtsd {0}, {0}", libm::fmod, libm::remainder, libm::trunc, libm::remquo, multiply_add_f64 rounded_f64;
    f32, u32, to_f32, 1 << 22, "sqrtss {0}, {0}", libm::fmodf, libm::remainderf, libm::truncf, libm::remquof, multiply_add_f32 rounded_f32;
}
