//! Exponential functions.

use super::{Pair, power_of_two};
use crate::libc::math::wide::arithmetic::high_product;

/// How many steps there are from one power of two to the next.
const STEPS: usize = 64;

/// 2^(i/64)
static POWERS: [Pair; STEPS] = {
    /// 2^(1/64), where 1 is 2^127.
    const STEP: u128 = 0x8164_d1f3_bc03_0773_7be5_6527_bd14_def4;
    let mut table = [Pair::ONE; STEPS];
    let (mut power, mut i) = (1u128 << 127, 0);
    while i < STEPS {
        table[i] = Pair::from_bits(power, -127);
        // The upper half of a product of halves is a quarter.
        power = (high_product(power, STEP)) << 1;
        i += 1;
    }
    table
};

/// ln 2, of which 1 is 2^128.
const LN_2: u128 = 0xb172_17f7_d1cf_79ab_c9e3_b398_03f2_f6af;
/// ln 2 / 64 as 36 bits, of which any multiple is a `double`, and the rest.
const STEP: (f64, f64) = split_ln_2(36, -134);
/// ln 2 as 42 bits, and the rest.
pub(in super::super) const LN_2_PARTS: (f64, f64) = split_ln_2(42, -128);

pub(in super::super) const fn split_ln_2(bits: u32, exponent: i32) -> (f64, f64) {
    let rest = LN_2 & (u128::MAX >> bits);
    (Pair::from_bits(LN_2 - rest, exponent).hi, Pair::from_bits(rest, exponent).hi)
}

impl Pair {
    /// ln 2
    pub(super) const LN_2: Self = Self::from_bits(LN_2, -128);
}

/// ln 10
const LN_10: Pair = Pair::from_bits(0x935d_8ddd_aaa8_ac16_ea56_d62b_82d3_0a28, -126);

/// Added and taken away again, it leaves a whole number in the last bits.
pub(in super::super) const TO_WHOLE: f64 = 6_755_399_441_055_744.0;

/// A multiple of a step's length and what is left of an argument.
#[inline]
fn split(x: Pair) -> (i32, Pair) {
    let shifted = x.hi * (STEPS as f64 * core::f64::consts::LOG2_E) + TO_WHOLE;
    let n = shifted - TO_WHOLE;
    (shifted.to_bits() as i32, Pair::ordered_sum(x.hi - n * STEP.0, x.lo - n * STEP.1))
}

/// cosh r - 1 and sinh r - r for what [`split`] leaves, |r| being below 0.0055.
#[inline]
fn even_and_odd(r: f64) -> (f64, f64) {
    let square = r * r;
    let even = square * (1.0 / 2.0 + square * (1.0 / 24.0 + square * (1.0 / 720.0)));
    let odd = r * square * (1.0 / 6.0 + square * (1.0 / 120.0 + square * (1.0 / 5040.0)));
    (even, odd)
}

/// e^x - 1 - the upper part of x.
#[inline]
fn rest_of_series(x: Pair) -> f64 {
    let (even, odd) = even_and_odd(x.hi);
    even + (odd + (x.lo + x.hi * x.lo))
}

/// The hyperbolic cosine and sine, rounded, of |x| up to 40; the sine has its digits where |x| is not small.
#[inline]
pub(super) fn rounded_cosh_and_sinh(x: f64) -> (f64, f64) {
    let (n, r) = split(Pair::from_f64(x));
    let ((up, upward), (down, downward)) = (power(n), power(-n));
    let (up, down) = (up.doubled(upward - 1), down.doubled(downward - 1));
    // Those of the multiple of a step.
    let (cosh, sinh) = (up + down, up - down);
    let (even, odd) = even_and_odd(r.hi);
    let odd = r.hi + (r.lo + odd);
    (
        cosh.hi + (cosh.lo + (sinh.hi * odd + cosh.hi * even)),
        sinh.hi + (sinh.lo + (cosh.hi * odd + sinh.hi * even)),
    )
}

/// 2^(n/64) as a number from 1 to 2 and an exponent.
#[inline]
fn power(n: i32) -> (Pair, i32) {
    (POWERS[n as usize % STEPS], n >> 6)
}

impl Pair {
    /// e^x for |x| up to [`MOST`], as a number near 1 and the power of two to multiply it with.
    #[inline]
    pub(super) fn exp_parts(self) -> (Self, i32) {
        let (n, r) = split(self);
        let (power, exponent) = power(n);
        let product = Self::product(power.hi, r.hi);
        let sum = Self::ordered_sum(power.hi, product.hi);
        let rest = power.hi * rest_of_series(r) + power.lo * (1.0 + r.hi) + product.lo;
        (Self::ordered_sum(sum.hi, sum.lo + rest), exponent)
    }

    /// e^x × 2^`doublings`, rounded, for |x| up to [`MOST`].
    #[inline]
    pub(super) fn rounded_exp(self, doublings: i32) -> f64 {
        let (value, exponent) = self.exp_parts();
        value.to_f64() * power_of_two(exponent + doublings)
    }

    /// e^x for |x| up to 650.
    #[inline]
    #[must_use]
    pub fn exp(self) -> Self {
        let (value, exponent) = self.exp_parts();
        value.doubled(exponent)
    }

    /// e^x - 1 for |x| up to 650.
    #[must_use]
    pub fn exp_m1(self) -> Self {
        let (n, r) = split(self);
        if n == 0 { Self::ordered_sum(r.hi, rest_of_series(r)) } else { self.exp() - Self::ONE }
    }
}

/// The largest magnitude of arguments whose exponentials are normal numbers.
pub(super) const MOST: f64 = 708.0;

/// What a power is of x, if |x| is less than the most there may be.
#[inline]
fn ordinary(x: f64, most: f64, power: impl FnOnce() -> f64) -> Option<f64> {
    match x.abs() {
        a if a < TINY => Some(1.0 + x),
        a if a < most => Some(power()),
        _ => None,
    }
}

/// e^x / 2, if it and x are ordinary numbers.
pub(super) fn half_of_exp(x: f64) -> Option<f64> {
    (x.abs() < MOST).then(|| Pair::from_f64(x).rounded_exp(-1))
}

/// 2^(n/64) e^r, rounded.
#[inline]
fn rounded(n: i32, r: Pair) -> f64 {
    let (power, exponent) = power(n);
    let value = power.hi + (power.lo + power.hi * (r.hi + rest_of_series(r)));
    value * power_of_two(exponent)
}

/// Arguments smaller than this make no other change to 1 than that of rounding.
pub(super) const TINY: f64 = power_of_two(-60);

/// exp(3), if x and the result are ordinary numbers.
pub fn exp(x: f64) -> Option<f64> {
    ordinary(x, MOST, || {
        let (n, r) = split(Pair::from_f64(x));
        rounded(n, r)
    })
}

/// exp2(3), if x and the result are ordinary numbers.
pub fn exp2(x: f64) -> Option<f64> {
    ordinary(x, 1000.0, || {
        let shifted = x * STEPS as f64 + TO_WHOLE;
        let rest = x - (shifted - TO_WHOLE) / STEPS as f64;
        rounded(shifted.to_bits() as i32, Pair { hi: rest * core::f64::consts::LN_2, lo: 0.0 })
    })
}

/// exp10(3), if x and the result are ordinary numbers.
pub fn exp10(x: f64) -> Option<f64> {
    ordinary(x, 300.0, || {
        let (n, r) = split(Pair::from_f64(x) * LN_10);
        rounded(n, r)
    })
}

/// exp10f(3) before it is rounded, if x and the result are ordinary numbers.
pub fn single_exp10(x: f64) -> Option<f64> {
    exp(x * LN_10.hi)
}
