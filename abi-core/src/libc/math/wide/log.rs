//! Logarithms, and what is made of them.

use super::Wide;
use super::arithmetic::high_product;

/// How many terms of the series there are, for arguments up to √2.
const TERMS: usize = 25;

/// 1/(2n+1), where 1 is 2^127.
const ODD_INVERSES: [u128; TERMS] = {
    let mut table = [0; TERMS];
    let mut n = 0;
    while n < TERMS {
        table[n] = (1 << 127) / (2 * n as u128 + 1);
        n += 1;
    }
    table
};

/// log2 e
const LOG2_E: Wide = Wide::of(0, 0xb8aa_3b29_5c17_f0bb_be87_fed0_691d_3e88);

/// ln(1 + f), 1 + f lying between √½ and √2: twice the inverse hyperbolic tangent of f/(2 + f).
fn near_one(f: Wide) -> Wide {
    if f.is_zero() {
        return f;
    }
    let s = f / (f + Wide::whole(2));
    let square = s.squared();
    let distance = -1 - square.exponent;
    let fixed = if distance < 128 { square.significand >> distance } else { 0 };
    let sum = ODD_INVERSES.iter().rev().fold(0u128, |sum, &inverse| inverse + high_product(fixed, sum));
    (s * Wide::normalised(false, 0, sum | 1)).doubled(1)
}

impl Wide {
    /// log10 e
    pub const LOG10_E: Self = Self::of(-2, 0xde5b_d8a9_3728_7195_355b_aaaf_ad33_dc32);

    /// The logarithm of what is above zero, as ln m and k: the value is m × 2^k.
    fn log_parts(self) -> (Self, i32) {
        let is_upper = self.significand >> 64 > 0xb504_f333_f9de_6484;
        let k = self.exponent + i32::from(is_upper);
        let m = Self { exponent: -i32::from(is_upper), ..self };
        (near_one(m - Self::ONE), k)
    }

    /// The natural logarithm of what is above zero.
    #[must_use]
    pub fn ln(self) -> Self {
        let (log, k) = self.log_parts();
        log + Self::whole(k.into()) * Self::LN_2
    }

    /// The logarithm to base 2.
    #[must_use]
    pub fn log2(self) -> Self {
        let (log, k) = self.log_parts();
        log * LOG2_E + Self::whole(k.into())
    }

    /// The logarithm to base 10.
    #[must_use]
    pub fn log10(self) -> Self {
        self.ln() * Self::LOG10_E
    }

    /// The natural logarithm of 1 + x, x being above -1.
    #[must_use]
    pub fn ln_1p(self) -> Self {
        if self.exponent < -2 { near_one(self) } else { (Self::ONE + self).ln() }
    }

    /// x^y for x above zero.
    #[must_use]
    pub fn pow(self, y: Self) -> Self {
        let (is_whole, n) = (y.parity().0, y.nearest());
        if is_whole && (1..=64).contains(&n) {
            return self.whole_power(n);
        }
        let doublings = y * Self::whole(self.exponent.into());
        if self.significand == 1 << 127 && doublings.parity().0 {
            return Self::ONE.doubled(doublings.nearest());
        }
        (self.ln() * y).exp()
    }

    /// x^n by repeated multiplication, which is exact if the result is short.
    fn whole_power(self, n: i32) -> Self {
        let bits = (0..32 - n.leading_zeros()).rev().map(|bit| n >> bit & 1 == 1);
        bits.fold(Self::ONE, |result, is_set| if is_set { result.squared() * self } else { result.squared() })
    }

    /// The cube root.
    #[must_use]
    pub fn cbrt(self) -> Self {
        if self.is_zero() {
            return self;
        }
        // With an exponent from 0 to 2 the logarithm is small.
        let third = self.exponent.div_euclid(3);
        let m = Self { exponent: self.exponent - 3 * third, is_negative: false, ..self };
        (m.ln() / Self::whole(3)).exp().doubled(third).with_sign(self.is_negative)
    }

    /// The square root of the sum of squares.
    #[must_use]
    pub fn hypot(self, other: Self) -> Self {
        if self.is_zero() || other.is_zero() {
            return (self + other).magnitude();
        }
        (self.squared() + other.squared()).sqrt()
    }

    /// The inverse hyperbolic sine.
    #[must_use]
    pub fn asinh(self) -> Self {
        let a = self.magnitude();
        let square = a.squared();
        let result = (a + square / (Self::ONE + (square + Self::ONE).sqrt())).ln_1p();
        result.with_sign(self.is_negative)
    }

    /// The inverse hyperbolic cosine of what is at least 1.
    #[must_use]
    pub fn acosh(self) -> Self {
        let below = self - Self::ONE;
        (below + (below * (self + Self::ONE)).sqrt()).ln_1p()
    }

    /// The inverse hyperbolic tangent of what is between -1 and 1.
    #[must_use]
    pub fn atanh(self) -> Self {
        let a = self.magnitude();
        (a.doubled(1) / (Self::ONE - a)).ln_1p().half().with_sign(self.is_negative)
    }
}
