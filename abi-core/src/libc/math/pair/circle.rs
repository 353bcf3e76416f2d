//! Functions of angles, and angles.

use super::{Pair, power_of_two};
use crate::libc::math::instructions::known;
use crate::libc::math::real::Real;
use crate::libc::math::wide::arithmetic::high_product;

/// How many steps a quarter of the circle has.
const STEPS: usize = 32;

/// sin(iπ/64)
static SINES: [Pair; STEPS + 1] = {
    /// The sine and the cosine of π/64, where 1 is 2^127.
    const STEP: (u128, u128) =
        (0x0647_d97c_4376_04f9_bb50_bcaa_595b_e28b, 0x7fd8_878d_e5b5_f78e_a10f_476d_57ac_a29e);
    let mut table = [Pair::ONE; STEPS + 1];
    let (mut sine, mut cosine, mut i) = (0u128, 1u128 << 127, 0);
    while i < STEPS {
        table[i] = Pair::from_bits(sine, -127);
        let turned = high_product(sine, STEP.1) + high_product(cosine, STEP.0);
        cosine = (high_product(cosine, STEP.1).saturating_sub(high_product(sine, STEP.0))) << 1;
        sine = turned << 1;
        i += 1;
    }
    table
};

/// Returns sin(iπ/64) and cos(iπ/64) for i up to 32.
#[inline(always)]
pub(in super::super) fn steps_sine_cosine(i: u64) -> (&'static Pair, &'static Pair) {
    let i = i as usize % (STEPS + 1);
    (&SINES[i], &SINES[STEPS - i])
}

/// π, of which 1 is 2^126.
const PI: u128 = 0xc90f_daa2_2168_c234_c4c6_628b_80dc_1cd1;
/// π/64 as 31 bits and 31 bits, of which multiples are `double`s, and the rest.
const STEP: [f64; 3] = {
    let (first, second) = (PI & !(u128::MAX >> 31), PI & !(u128::MAX >> 62));
    [
        Pair::from_bits(first, -132).hi,
        Pair::from_bits(second - first, -132).hi,
        Pair::from_bits(PI - second, -132).hi,
    ]
};

/// A quarter of the circle as 36 bits, of which multiples are `double`s, and the rest.
pub(in super::super) const QUARTER: (f64, f64) = {
    let first = PI & !(u128::MAX >> 36);
    (Pair::from_bits(first, -127).hi, Pair::from_bits(PI - first, -127).hi)
};

/// Added and taken away again, it leaves a whole number in the last bits.
const TO_WHOLE: f64 = 6_755_399_441_055_744.0;

impl Pair {
    /// π
    pub const PI: Self = Self::from_bits(PI, -126);
    /// π/2
    pub const HALF_PI: Self = Self::from_bits(PI, -127);

    /// Sine and cosine, if there are enough digits for them.
    pub fn sin_cos(self) -> Option<(Self, Self)> {
        const LARGE: f64 = 100_000.0;
        /// Near a multiple of a quarter the angle's last digits are all there is.
        const SMALL: f64 = power_of_two(-30);
        if self.hi.abs() > LARGE {
            return None;
        }
        let (sine, cosine) = self.sin_cos_of_few_turns();
        let is_exact = self.hi.abs() < 0.5 || sine.hi.abs() > SMALL && cosine.hi.abs() > SMALL;
        is_exact.then_some((sine, cosine))
    }

    /// The same, with errors of 2^-90, for |x| up to 100000.
    #[inline]
    pub(super) fn sin_cos_of_few_turns(self) -> (Self, Self) {
        let shifted = self.hi * (2.0 * STEPS as f64 / core::f64::consts::PI) + TO_WHOLE;
        let n = shifted - TO_WHOLE;
        let r = Self::sum(self.hi - n * STEP[0], -n * STEP[1]);
        let r = Self::ordered_sum(r.hi, r.lo + (self.lo - n * STEP[2]));
        let square = r.hi * r.hi;
        // sin r - r and cos r - 1
        let sine = r.lo
            + r.hi
                * square
                * (-1.0 / 6.0
                    + square * (1.0 / 120.0 + square * (-1.0 / 5_040.0 + square * (1.0 / 362_880.0))));
        let cosine = square
            * (-1.0 / 2.0 + square * (1.0 / 24.0 + square * (-1.0 / 720.0 + square * (1.0 / 40_320.0))));
        let n = shifted.to_bits() as i32;
        let i = n as usize % STEPS;
        let (s, c) = (SINES[i], SINES[STEPS - i]);
        let turned = |from: Self, other: Self| {
            let product = Self::product(other.hi, r.hi);
            let sum = Self::ordered_sum(from.hi, product.hi);
            let rest = product.lo + other.lo * r.hi + other.hi * sine + from.hi * cosine + from.lo;
            Self::ordered_sum(sum.hi, sum.lo + rest)
        };
        let (s, c) = (turned(s, c), turned(c, -s));
        match n >> 5 & 3 {
            0 => (s, c),
            1 => (c, -s),
            2 => (-s, -c),
            _ => (-c, s),
        }
    }
}

/// How many steps there are from 0 to 1 whose arc tangents are looked up.
const ARC_STEPS: usize = 64;

/// atan(i/64), each from the one before: atan a - atan b = atan (a - b)/(1 + ab).
static ARC_TANGENTS: [Pair; ARC_STEPS + 1] = {
    let mut table = [Pair::from_f64(0.0); ARC_STEPS + 1];
    let (mut angle, mut i) = (0u128, 1);
    while i <= ARC_STEPS {
        // 1 is 2^127.
        let x = ((1 << 127) / (4096 + i * (i - 1)) as u128) << 6;
        let square = high_product(x, x) << 1;
        let (mut power, mut k) = (x, 1);
        while k < 24 {
            angle = if k % 4 == 1 { angle + power / k } else { angle - power / k };
            power = high_product(power, square) << 1;
            k += 2;
        }
        table[i] = Pair::from_bits(angle, -127);
        i += 1;
    }
    table
};

impl Pair {
    /// The angle of the point `self` up and `x` to the right, both being above zero and `self` not larger.
    #[inline]
    fn arc_tangent_below_one(self, x: Self) -> Self {
        let i = (self.hi / x.hi * ARC_STEPS as f64 + 0.5) as usize;
        let near = Self::from_f64(i as f64 / ARC_STEPS as f64);
        let u = (self - x * near) / (x + self * near);
        let square = u.hi * u.hi;
        let series = u.hi
            * square
            * (-1.0 / 3.0 + square * (1.0 / 5.0 + square * (-1.0 / 7.0 + square * (1.0 / 9.0))));
        let angle = ARC_TANGENTS[i];
        let sum = Self::ordered_sum(angle.hi, u.hi);
        Self::ordered_sum(sum.hi, sum.lo + (angle.lo + u.lo + series))
    }

    /// The angle of the point `self` up and `x` to the right, neither being zero, if there are enough digits for it.
    #[inline]
    pub fn atan2(self, x: Self) -> Option<Self> {
        let (up, right) = (self.magnitude(), x.magnitude());
        let is_steep = up.hi > right.hi;
        let (large, small) = if is_steep { (up, right) } else { (right, up) };
        if !(large.hi < power_of_two(400)
            && small.hi > large.hi * power_of_two(-200)
            && small.hi > power_of_two(-400))
        {
            return None;
        }
        let angle = small.arc_tangent_below_one(large);
        let angle = if is_steep { Self::HALF_PI - angle } else { angle };
        let angle = if x.hi < 0.0 { Self::PI - angle } else { angle };
        Some(angle.with_sign(self.hi < 0.0))
    }
}

/// atan2(3), if both are ordinary numbers.
pub fn atan2(y: f64, x: f64) -> Option<f64> {
    if !(Real::is_finite(y) && Real::is_finite(x)) {
        return None;
    }
    let angle = Pair::from_f64(y).atan2(Pair::from_f64(x));
    angle.map(|angle| Pair { hi: known(angle.hi), ..angle }.to_f64())
}
