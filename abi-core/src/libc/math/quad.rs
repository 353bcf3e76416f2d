//! `_Float128` values: IEEE 754's binary128, computed in [`Wide`] numbers.

use core::arch::x86_64::__m128i;
use core::cmp::Ordering;
use core::num::FpCategory;

use super::control;
use super::exact;
use super::parts::Long;
use super::real::Real;
use super::wide::Wide;

/// A `_Float128` as it lies in memory.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quad(u128);

/// A `_Float128` as functions are given one, and give one back: in a vector register.
pub type Register = __m128i;

const SIGN: u128 = 1 << 127;
const FRACTION_BITS: u32 = 112;
const INFINITY: u128 = 0x7fff << FRACTION_BITS;
const QUIET: u128 = 1 << (FRACTION_BITS - 1);
/// What a number's exponent is more by than the power of two.
const BIAS: i32 = 16383;

impl From<Register> for Quad {
    fn from(register: Register) -> Self {
        // SAFETY: any 128 bits are a value of either type.
        Self(unsafe { core::mem::transmute::<Register, u128>(register) })
    }
}

impl From<Quad> for Register {
    fn from(value: Quad) -> Self {
        // SAFETY: any 128 bits are a value of either type.
        unsafe { core::mem::transmute::<u128, Self>(value.0) }
    }
}

impl Quad {
    /// The value of these bits.
    pub const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// The value's bits.
    pub const fn to_bits(self) -> u128 {
        self.0
    }

    /// The kind of number.
    pub fn classify(self) -> FpCategory {
        match () {
            () if self.is_nan() => FpCategory::Nan,
            () if self.is_infinite() => FpCategory::Infinite,
            () if self.is_zero() => FpCategory::Zero,
            () if self.is_normal() => FpCategory::Normal,
            () => FpCategory::Subnormal,
        }
    }

    /// The NaN that operations without a better one give, FE_INVALID being raised.
    fn invalid() -> Self {
        let _ = Long::ZERO.over(Long::ZERO);
        Self(SIGN | INFINITY | QUIET)
    }

    /// The NaN that an operation on these passes on, the first one first.
    fn passed_on(self, other: Self) -> Self {
        if self.is_signaling() || other.is_signaling() {
            let _ = Self::invalid();
        }
        Self(if self.is_nan() { self.0 } else { other.0 } | QUIET)
    }

    /// The zero that a sum of numbers is that cancel.
    fn cancelled() -> Self {
        Self::zero(control::control_word() >> 10 & 3 == 1)
    }

    /// The number's own remainder by another one and the last bits of the quotient, cut to an integer.
    fn remainder(self, other: Self) -> (Wide, u32) {
        let (x, y) = (self.to_wide().magnitude(), other.to_wide().magnitude());
        let (mut rest, mut quotient) = (x, 0u32);
        let mut part = y.doubled((x.exponent() - y.exponent()).max(0));
        for _ in 0..=(x.exponent() - y.exponent()).max(0) {
            quotient <<= 1;
            if rest >= part {
                rest = rest - part;
                quotient |= 1;
            }
            part = part.half();
        }
        (rest, quotient)
    }
}

impl Real for Quad {
    fn to_long(self) -> Long {
        match () {
            () if self.is_nan() => {
                let significand = (self.0 >> (FRACTION_BITS - 63)) as u64 | 3 << 62;
                Long::new(self.is_negative(), 0x7fff, significand)
            }
            () if self.is_infinite() => Long::INFINITY.with_sign(self.is_negative()),
            () => self.to_wide().to_long(),
        }
    }
    fn from_long(x: Long) -> Self {
        let sign = if x.is_negative() { SIGN } else { 0 };
        match () {
            () if x.is_nan() => {
                Self(sign | INFINITY | QUIET | u128::from(x.significand() << 2) << (FRACTION_BITS - 65))
            }
            () if x.is_infinite() => Self(sign | INFINITY),
            () => Self::from_wide(Wide::from_long(x)),
        }
    }
    fn to_wide(self) -> Wide {
        Wide::from_parts(self.is_negative(), (self.0 >> FRACTION_BITS) as i32 & 0x7fff, self.0)
    }
    fn from_wide(x: Wide) -> Self {
        x.to_quad()
    }
    fn plus(self, other: Self) -> Self {
        match () {
            () if self.is_nan() || other.is_nan() => self.passed_on(other),
            () if self.is_infinite() && other.is_infinite() && self != other => Self::invalid(),
            () if self.is_infinite() => self,
            () if other.is_infinite() => other,
            () if self.is_zero() && other.is_zero() && self == other => self,
            () => {
                let sum = self.to_wide() + other.to_wide();
                if sum.is_zero() { Self::cancelled() } else { Self::from_wide(sum) }
            }
        }
    }
    fn is_nan(self) -> bool {
        self.0 & !SIGN > INFINITY
    }
    fn is_signaling(self) -> bool {
        self.is_nan() && self.0 & QUIET == 0
    }
    fn is_infinite(self) -> bool {
        self.0 & !SIGN == INFINITY
    }
    fn is_zero(self) -> bool {
        self.0 & !SIGN == 0
    }
    fn is_normal(self) -> bool {
        !matches!((self.0 >> FRACTION_BITS) & 0x7fff, 0 | 0x7fff)
    }
    fn is_negative(self) -> bool {
        self.0 & SIGN != 0
    }
    fn with_sign(self, is_negative: bool) -> Self {
        Self(self.0 & !SIGN | if is_negative { SIGN } else { 0 })
    }
    fn minus(self, other: Self) -> Self {
        if other.is_nan() { self.passed_on(other) } else { self.plus(other.negated()) }
    }
    fn times(self, other: Self) -> Self {
        let is_negative = self.is_negative() != other.is_negative();
        match () {
            () if self.is_nan() || other.is_nan() => self.passed_on(other),
            () if self.is_infinite() && other.is_zero() || self.is_zero() && other.is_infinite() => {
                Self::invalid()
            }
            () if self.is_infinite() || other.is_infinite() => Self::infinity(is_negative),
            () => Self::from_wide(self.to_wide() * other.to_wide()),
        }
    }
    fn root(self) -> Self {
        match () {
            () if self.is_nan() => self.passed_on(self),
            () if self.is_zero() => self,
            () if self.is_negative() => Self::invalid(),
            () if self.is_infinite() => self,
            () => Self::from_wide(self.to_wide().sqrt()),
        }
    }
    fn truncating_remainder(self, other: Self) -> Self {
        Self::from_wide(self.remainder(other).0).with_sign(self.is_negative())
    }
    fn rounding_remainder(self, other: Self) -> Self {
        self.remainder_and_quotient(other).0
    }
    fn remainder_and_quotient(self, other: Self) -> (Self, i32) {
        let (rest, quotient) = self.remainder(other);
        let size = other.to_wide().magnitude();
        let is_up = match rest.doubled(1).partial_cmp(&size) {
            Some(Ordering::Equal) => quotient & 1 == 1,
            order => order == Some(Ordering::Greater),
        };
        let rest = if is_up { rest - size } else { rest };
        let rest = if self.is_negative() { -rest } else { rest };
        let result = if rest.is_zero() { Self::zero(self.is_negative()) } else { Self::from_wide(rest) };
        let low = (quotient & 7) as i32 + i32::from(is_up);
        (result, if self.is_negative() == other.is_negative() { low } else { -low })
    }
    fn truncated(self) -> Self {
        let exponent = (self.0 >> FRACTION_BITS) as i32 & 0x7fff;
        match exponent - BIAS {
            i32::MIN..=-1 => Self::zero(self.is_negative()),
            whole @ 0..=111 => Self(self.0 & !((1 << (FRACTION_BITS - whole as u32)) - 1)),
            112.. => self,
        }
    }
    fn rint(self) -> Self {
        let result = exact::nearbyint(self);
        if self.is_finite() && result != self {
            let _ = Long::ONE.plus(Long::new(false, 1, 1 << 63));
        }
        result
    }
    fn rank(self) -> u128 {
        self.0 & !SIGN
    }
    fn from_rank(rank: u128, is_negative: bool) -> Self {
        Self(rank).with_sign(is_negative)
    }
    fn order(self, other: Self) -> Ordering {
        let key = |x: Self| if x.is_negative() { -(x.rank() as i128) } else { x.rank() as i128 };
        key(self).cmp(&key(other))
    }
    fn to_integer(self) -> i64 {
        if !self.is_finite() {
            return Long::INFINITY.to_integer();
        }
        // What has more digits than a `long double` is rounded here.
        self.rint().to_wide().to_long().to_integer()
    }
    fn whole(n: i32) -> Self {
        Wide::whole(n.into()).to_quad()
    }
    const INFINITE: Self = Self(INFINITY);
    const NOTHING: Self = Self(0);
    const UNIT: Self = Self((BIAS as u128) << FRACTION_BITS);
    const HALF: Self = Self((BIAS as u128 - 1) << FRACTION_BITS);
    const LEAST_EXPONENT: i32 = -16382;
    const DIGITS: u32 = 113;
}
