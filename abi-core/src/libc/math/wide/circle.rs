//! Functions of angles, and angles.

use super::Wide;
use super::arithmetic::high_product;
use super::two_by_pi::TWO_BY_PI;

/// How many terms a series has for arguments up to π/4.
const TERMS: usize = 18;

/// 1/(2n + first)!, where 1 is 2^127.
const fn inverse_factorials(first: u128) -> [u128; TERMS] {
    let mut table = [1 << 127; TERMS];
    let mut n = 1;
    while n < TERMS {
        let last = 2 * n as u128 + first;
        table[n] = table[n - 1] / (last * (last - 1));
        n += 1;
    }
    table
}
const SINE: [u128; TERMS] = inverse_factorials(1);
const COSINE: [u128; TERMS] = inverse_factorials(0);

/// How many terms the arc tangent's series has, for arguments up to 1/31.
const ARC_TERMS: usize = 14;
/// 1/(2n+1), where 1 is 2^127.
const ODD_INVERSES: [u128; ARC_TERMS] = {
    let mut table = [0; ARC_TERMS];
    let mut n = 0;
    while n < ARC_TERMS {
        table[n] = (1 << 127) / (2 * n as u128 + 1);
        n += 1;
    }
    table
};

/// The arc tangents of sixteenths, from 0 to 1.
const SIXTEENTHS: [Wide; 17] = [
    Wide::ZERO,
    Wide::of(-5, 0xffaa_ddb9_67ef_4e36_cb27_92dc_0e2e_0d51),
    Wide::of(-4, 0xfead_d4d5_617b_6e32_c897_989f_3e88_8ef7),
    Wide::of(-3, 0xbdcb_da5e_72d8_1134_7b0b_4f88_1c9c_7487),
    Wide::of(-3, 0xfadb_afc9_6406_eb15_6dc7_9ef5_f7a2_17e5),
    Wide::of(-2, 0x9b13_b9b8_3f5e_5e69_c5ab_b498_d27a_f328),
    Wide::of(-2, 0xb7b0_ca0f_26f7_8473_8aa3_2122_dcfe_4483),
    Wide::of(-2, 0xd327_761e_611f_e5b6_427c_95e9_001e_7136),
    Wide::of(-2, 0xed63_382b_0dda_7b45_6fe4_45ec_bc3a_8d03),
    Wide::of(-1, 0x832b_f4a6_d986_7e2a_4b6a_09cb_61a5_15c0),
    Wide::of(-1, 0x8f00_5d5e_f7f5_9f9b_5c83_5e16_65c4_3747),
    Wide::of(-1, 0x9a2f_80e6_71bd_da20_4226_f8e2_204f_f3bc),
    Wide::of(-1, 0xa4bc_7d19_34f7_0924_19a8_7f2a_457d_ac9e),
    Wide::of(-1, 0xaeac_4c38_b4d8_c080_1472_5e2f_3e52_070a),
    Wide::of(-1, 0xb805_3e2b_c231_9e73_cb2d_a552_10a4_443d),
    Wide::of(-1, 0xc0ce_85b8_ac52_6640_89dd_62c4_6e92_fa24),
    Wide::of(-1, 0xc90f_daa2_2168_c234_c4c6_628b_80dc_1cd1),
];

/// The sum of coefficients × (-square)^n.
pub(super) fn alternating(coefficients: &[u128], square: Wide) -> Wide {
    let distance = -1 - square.exponent;
    let fixed = if square.is_zero() || distance >= 128 { 0 } else { square.significand >> distance };
    let sum =
        coefficients.iter().rev().fold(0u128, |sum, &coefficient| coefficient - high_product(fixed, sum));
    // However small the second term is, the sum is below the first.
    Wide::normalised(false, 0, if fixed == 0 && !square.is_zero() { sum - 1 } else { sum })
}

/// Takes multiples of π/2 off; returns the rest and how many, modulo 4.
fn reduced(x: Wide) -> (Wide, u32) {
    if x.exponent < -1 {
        return (x, 0);
    }
    // The digits of 2/π whose products with x are no multiples of 4, and those up to 2^-254 below.
    let first = (x.exponent + 1) as usize;
    let (word, shift) = (first / 64, first % 64);
    if word + 7 > TWO_BY_PI.len() {
        return (Wide::ZERO, 0);
    }
    let digits = |i: usize| {
        let pair = u128::from(TWO_BY_PI[word + i]) << 64 | u128::from(TWO_BY_PI[word + i + 1]);
        (pair >> (64 - shift)) as u64
    };
    // The lower 384 bits of the product, of which two are before the point.
    let parts = [x.significand as u64, (x.significand >> 64) as u64];
    let mut result = [0u64; 6];
    for (offset, part) in parts.into_iter().enumerate() {
        let mut carry = 0u128;
        for i in 0..6 - offset {
            let sum = u128::from(part) * u128::from(digits(5 - i)) + u128::from(result[i + offset]) + carry;
            result[i + offset] = sum as u64;
            carry = sum >> 64;
        }
    }
    let top = u128::from(result[5]) << 64 | u128::from(result[4]);
    let middle = u128::from(result[3]) << 64 | u128::from(result[2]);
    let quarters = (top >> 126) as u32;
    let fraction = (top << 2 | middle >> 126, middle << 2);
    let is_past_half = fraction.0 >> 127 == 1;
    let (high, low) = if is_past_half {
        let (low, borrow) = 0u128.overflowing_sub(fraction.1);
        (0u128.wrapping_sub(fraction.0).wrapping_sub(u128::from(borrow)), low)
    } else {
        fraction
    };
    let rest = Wide::normalised(is_past_half, -1, high) + Wide::normalised(is_past_half, -129, low);
    let (rest, quarters) = (rest * Wide::HALF_PI, quarters + u32::from(is_past_half));
    if x.is_negative { (-rest, quarters.wrapping_neg() & 3) } else { (rest, quarters & 3) }
}

impl Wide {
    /// Sine and cosine.
    pub fn sin_cos(self) -> (Self, Self) {
        let (rest, quarters) = reduced(self);
        let square = rest.squared();
        let (sine, cosine) = (rest * alternating(&SINE, square), alternating(&COSINE, square));
        match quarters {
            0 => (sine, cosine),
            1 => (cosine, -sine),
            2 => (-sine, -cosine),
            _ => (-cosine, sine),
        }
    }

    /// The tangent.
    #[must_use]
    pub fn tan(self) -> Self {
        let (sine, cosine) = self.sin_cos();
        sine / cosine
    }

    /// The angle of the point `x` to the right and `self` up. Not both are zero.
    #[must_use]
    pub fn atan2(self, x: Self) -> Self {
        let (up, right) = (self.magnitude(), x.magnitude());
        let angle = if up > right { Self::HALF_PI - up_to_one(right, up) } else { up_to_one(up, right) };
        let angle = if x.is_negative { Self::PI - angle } else { angle };
        angle.with_sign(self.is_negative)
    }

    /// The arc sine, for arguments from -1 to 1.
    #[must_use]
    pub fn asin(self) -> Self {
        self.atan2(self.other_leg())
    }

    /// The arc cosine, for arguments from -1 to 1.
    #[must_use]
    pub fn acos(self) -> Self {
        self.other_leg().atan2(self)
    }

    /// The square root of 1 - x².
    fn other_leg(self) -> Self {
        ((Self::ONE - self) * (Self::ONE + self)).sqrt()
    }
}

/// The arc tangent of up/right, which is from 0 to 1: the nearest sixteenth's is known, and the rest small.
fn up_to_one(up: Wide, right: Wide) -> Wide {
    if up.is_zero() {
        return up;
    }
    let ratio = if up.exponent - right.exponent < -8 {
        0.0
    } else {
        let up = Wide { exponent: up.exponent - right.exponent, ..up };
        up.guess() / Wide { exponent: 0, ..right }.guess()
    };
    let nearest = (ratio * 16.0 + 0.5) as usize;
    let (turned_up, turned_right) = if nearest == 0 {
        (up, right)
    } else {
        let n = Wide::whole(nearest as i64);
        (up.doubled(4) - right * n, right.doubled(4) + up * n)
    };
    let tangent = turned_up / turned_right;
    tangent * alternating(&ODD_INVERSES, tangent.squared()) + SIXTEENTHS[nearest.min(16)]
}
