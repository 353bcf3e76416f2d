//! x^y of `long double`s, to the last bits also where the exponent is large.
//!
//! With x = m × 2^k and y = n + f, n whole: x^y = m^n × 2^(kn) × 2^(kf) × m^f. The first factor comes from repeated
//! multiplication in twice the precision, the second is exact, the others have a small exponent.

use super::parts::Long;

/// A value and what its rounding lost.
#[derive(Debug, Clone, Copy)]
struct Pair {
    high: Long,
    low: Long,
}

/// Splits into parts of 32 bits, whose products are exact.
fn halves(x: Long) -> (Long, Long) {
    let high = Long::new(x.is_negative(), x.exponent(), x.significand() & 0xffff_ffff_0000_0000);
    (high, x.minus(high))
}

/// a × b, and what its rounding loses.
fn product(a: Long, b: Long) -> Pair {
    let high = a.times(b);
    let ((a_high, a_low), (b_high, b_low)) = (halves(a), halves(b));
    let low = a_high.times(b_high).minus(high).plus(a_high.times(b_low)).plus(a_low.times(b_high));
    Pair { high, low: low.plus(a_low.times(b_low)) }
}

impl Pair {
    fn times(self, other: Self) -> Self {
        let exact = product(self.high, other.high);
        let low = exact.low.plus(self.high.times(other.low)).plus(self.low.times(other.high));
        let high = exact.high.plus(low);
        Self { high, low: low.minus(high.minus(exact.high)) }
    }

    fn reciprocal(self) -> Self {
        let high = Long::ONE.over(self.high);
        let back = product(high, self.high);
        let rest = Long::ONE.minus(back.high).minus(back.low).minus(high.times(self.low));
        Self { high, low: high.times(rest) }
    }
}

/// m^n, where no intermediate leaves the range.
fn whole_power(m: Long, n: i64) -> Pair {
    let mut result = Pair { high: Long::ONE, low: Long::ZERO };
    let mut base = Pair { high: m, low: Long::ZERO };
    let mut left = n.unsigned_abs();
    while left != 0 {
        if left & 1 == 1 {
            result = result.times(base);
        }
        left >>= 1;
        if left != 0 {
            base = base.times(base);
        }
    }
    if n < 0 { result.reciprocal() } else { result }
}

/// x^y for finite x above zero and y below 2^62, whose result and intermediates are normal numbers.
pub fn power(x: Long, whole: i64, fraction: Long) -> Long {
    let whole_number = |n: i64| Long::from_f64(n as f64);
    // m lies between the roots of 1/2 and 2.
    let is_upper = x.significand() > 0xb504_f333_f9de_6484;
    let k = i64::from(x.exponent()) - 0x3fff + i64::from(is_upper);
    let m = Long::new(false, 0x3fff - u16::from(is_upper), x.significand());
    let Pair { high, low } = whole_power(m, whole);
    let (fraction_high, fraction_low) = halves(fraction);
    let doublings = whole_number(k).times(fraction_high);
    let steps = doublings.rounded(doublings);
    let rest = doublings.minus(steps).plus(whole_number(k).times(fraction_low)).plus(m.log2_times(fraction));
    let more = rest.rounded(rest);
    let left = rest.minus(more);
    let factor = left.exp2_minus_one(left).plus(Long::ONE);
    let scale = whole_number(k * whole).plus(steps).plus(more);
    high.times(factor).plus(low.times(factor)).scaled(scale)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::libc::stdlib::float::{EXTENDED, scan};

    fn parsed(text: &str) -> Long {
        let bytes = scan(|i| text.as_bytes().get(i).map_or(0, |&b| b.into()), EXTENDED).extended();
        let top = u16::from_le_bytes([bytes[8], bytes[9]]);
        let mut low = [0; 8];
        low.copy_from_slice(&bytes[..8]);
        Long::new(top >> 15 != 0, top & 0x7fff, u64::from_le_bytes(low))
    }

    fn assert_near(result: Long, expected: &str) {
        let expected = parsed(expected);
        assert_eq!(result.exponent(), expected.exponent());
        assert!(result.significand().abs_diff(expected.significand()) <= 2, "{result:?} {expected:?}");
    }

    #[test]
    fn large_exponents_keep_the_last_bits() {
        let ten = Long::from_f64(10.0);
        assert_near(power(ten, 4000, Long::ZERO), "1e4000");
        assert_near(power(ten, -4000, Long::ZERO), "1e-4000");
        assert_near(power(ten, 4000, Long::from_f64(0.5)), "3.16227766016837933199889354443271853e4000");
        assert_near(
            power(Long::from_f64(0.25), 1000, Long::from_f64(0.25)),
            "6.1587655838923511394636998933761839021471e-603",
        );
        assert_near(
            power(Long::from_f64(3.0), 0, Long::from_f64(0.5)),
            "1.73205080756887729352744634150587237",
        );
    }
}
