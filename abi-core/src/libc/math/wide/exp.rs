//! Exponential functions.

use super::Wide;
use super::arithmetic::high_product;

/// How many terms of the series there are, for arguments up to 2^-7.
const TERMS: usize = 15;

/// 1/(n+1)!, where 1 is 2^127.
const INVERSE_FACTORIALS: [u128; TERMS] = {
    let mut table = [1 << 127; TERMS];
    let mut n = 1;
    while n < TERMS {
        table[n] = table[n - 1] / (n as u128 + 1);
        n += 1;
    }
    table
};

/// 10^0.
const LN_10: Wide = Wide::of(1, 0x935d_8ddd_aaa8_ac16_ea56_d62b_82d3_0a28);

/// e^x - 1 for |x| < 2^-7: x times a series of which 1 is the first term.
fn series(x: Wide) -> Wide {
    if x.is_zero() {
        return x;
    }
    let distance = -1 - x.exponent;
    let fixed = if distance < 128 { x.significand >> distance } else { 0 };
    let sum = INVERSE_FACTORIALS.iter().rev().fold(0u128, |sum, &coefficient| {
        let term = high_product(fixed, sum);
        if x.is_negative { coefficient - term } else { coefficient + term }
    });
    // However small the second term is, it counts.
    let sum = match fixed {
        0 if x.is_negative => sum - 1,
        0 => sum + 1,
        _ => sum,
    };
    x * Wide::normalised(false, 0, sum)
}

/// e^x - 1 for |x| at most about 0.35.
fn near_zero(x: Wide) -> Wide {
    let steps = (x.exponent + 8).clamp(0, 8);
    (0..steps).fold(series(x.doubled(-steps)), |e, _| e.doubled(1) + e.squared())
}

/// The multiples of ln 2 nearest to x ln(base), and e^(the rest) - 1.
fn split(x: Wide, factor: Wide, doublings_per_unit: Wide) -> (i32, Wide) {
    let k = (x * doublings_per_unit).nearest();
    let whole = Wide::whole(k.into());
    (k, near_zero(x * factor - whole * Wide::LN_2 - whole * Wide::LN_2_REST))
}

/// log2 e
const LOG2_E: Wide = Wide::of(0, 0xb8aa_3b29_5c17_f0bb_be87_fed0_691d_3e88);
/// log2 10
const LOG2_10: Wide = Wide::of(1, 0xd49a_784b_cd1b_8afe_492b_f6ff_4daf_db4c);

/// What is larger or smaller than any format's numbers.
fn beyond(x: Wide) -> Option<Wide> {
    (x.exponent >= 17).then(|| Wide::extreme(!x.is_negative, false))
}

impl Wide {
    /// e^x
    #[must_use]
    pub fn exp(self) -> Self {
        beyond(self).unwrap_or_else(|| {
            let (k, rest) = split(self, Self::ONE, LOG2_E);
            (Self::ONE + rest).doubled(k)
        })
    }

    /// e^x - 1
    #[must_use]
    pub fn exp_m1(self) -> Self {
        if self.is_zero() {
            return self;
        }
        if let Some(result) = beyond(self) {
            return if self.is_negative { result - Self::ONE } else { result };
        }
        let (k, rest) = split(self, Self::ONE, LOG2_E);
        if k == 0 { rest } else { (Self::ONE + rest).doubled(k) - Self::ONE }
    }

    /// 2^x
    #[must_use]
    pub fn exp2(self) -> Self {
        beyond(self).unwrap_or_else(|| {
            let k = self.nearest();
            let rest = (self - Self::whole(k.into())) * Self::LN_2;
            (Self::ONE + near_zero(rest)).doubled(k)
        })
    }

    /// 10^x
    #[must_use]
    pub fn exp10(self) -> Self {
        beyond(self).unwrap_or_else(|| {
            let (k, rest) = split(self, LN_10, LOG2_10);
            (Self::ONE + rest).doubled(k)
        })
    }

    /// The hyperbolic sine.
    #[must_use]
    pub fn sinh(self) -> Self {
        if self.exponent < -70 {
            return self + self * self.squared();
        }
        let e = self.magnitude().exp_m1();
        if self.is_zero() || e.exponent > 200 {
            return e.half().with_sign(self.is_negative);
        }
        (e + e / (e + Self::ONE)).half().with_sign(self.is_negative)
    }

    /// The hyperbolic cosine.
    #[must_use]
    pub fn cosh(self) -> Self {
        let e = self.magnitude().exp();
        if e.exponent > 200 { e.half() } else { (e + Self::ONE / e).half() }
    }

    /// The hyperbolic tangent.
    #[must_use]
    pub fn tanh(self) -> Self {
        if self.is_zero() {
            return self;
        }
        if self.exponent < -70 {
            return self - self * self.squared();
        }
        let e = self.magnitude().doubled(1).exp_m1();
        if e.exponent > 200 {
            return (Self::ONE - Self::extreme(false, false)).with_sign(self.is_negative);
        }
        (e / (e + Self::whole(2))).with_sign(self.is_negative)
    }
}
