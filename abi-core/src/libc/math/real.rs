//! What `float`, `double` and `long double` have in common.

use core::arch::asm;
use core::hint::black_box;

use super::control;
use super::parts::Long;
use super::wide::Wide;

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
        Self::from_long(Long::INFINITY.with_sign(is_negative))
    }
    /// Zero with a sign.
    fn zero(is_negative: bool) -> Self {
        Self::from_long(Long::ZERO.with_sign(is_negative))
    }
    /// One with a sign.
    fn one(is_negative: bool) -> Self {
        Self::from_long(Long::ONE.with_sign(is_negative))
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
    const LEAST_EXPONENT: i32 = -16382;
    const DIGITS: u32 = 64;
}

macro_rules! sse {
    ($($ty:ty, $bits:ty, $round:ident, $quiet:expr, $root:literal, $fmod:path, $remainder:path, $trunc:path;)*) => {
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
                $trunc(self)
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
            const LEAST_EXPONENT: i32 = Self::MIN_EXP - 1;
            const DIGITS: u32 = Self::MANTISSA_DIGITS;
        })*
    };
}
sse! {
    f64, u64, to_f64, 1 << 51, "sqrtsd {0}, {0}", libm::fmod, libm::remainder, libm::trunc;
    f32, u32, to_f32, 1 << 22, "sqrtss {0}, {0}", libm::fmodf, libm::remainderf, libm::truncf;
}
