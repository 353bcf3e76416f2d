//! Decimal numbers in 128 bits with a bound of the error: enough to round nearly every one.

/// A number from `bits` to `bits + error`, times 2^`exponent`; the highest bit is set.
#[derive(Debug, Clone, Copy)]
pub struct Interval {
    /// The lower end.
    pub bits: u128,
    /// The width.
    pub error: u128,
    /// The weight of the lowest bit.
    pub exponent: i32,
}

/// 10^2^i for i = 0, 1, …: `bits` × 2^`exponent` or up to a unit more.
const POWERS: [(u128, i32); 13] = [
    (0xa0000000000000000000000000000000, -124),
    (0xc8000000000000000000000000000000, -121),
    (0x9c400000000000000000000000000000, -114),
    (0xbebc2000000000000000000000000000, -101),
    (0x8e1bc9bf040000000000000000000000, -74),
    (0x9dc5ada82b70b59df020000000000000, -21),
    (0xc2781f49ffcfa6d53cbf6b71c76b25fb, 85),
    (0x93ba47c980e98cdfc66f336c36b10137, 298),
    (0xaa7eebfb9df9de8dddbb901b98feeab7, 723),
    (0xe319a0aea60e91c6cc655c54bc5058f8, 1573),
    (0xc976758681750c17650d3d28f18b50ce, 3274),
    (0x9e8b3b5dc53d5de4a74d28ce329ace52, 6676),
    (0xc46052028a20979ac94c153f804a4a92, 13479),
];
/// The powers below this index are exact.
const EXACT_POWERS: usize = 6;

/// 10^-2^i likewise.
const INVERSES: [(u128, i32); 13] = [
    (0xcccccccccccccccccccccccccccccccc, -131),
    (0xa3d70a3d70a3d70a3d70a3d70a3d70a3, -134),
    (0xd1b71758e219652bd3c36113404ea4a8, -141),
    (0xabcc77118461cefcfdc20d2b36ba7c3d, -154),
    (0xe69594bec44de15b4c2ebe687989a9b3, -181),
    (0xcfb11ead453994ba67de18eda5814af2, -234),
    (0xa87fea27a539e9a53f2398d747b36224, -340),
    (0xddd0467c64bce4a0ac7cb3f6d05ddbde, -553),
    (0xc0314325637a1939fa911155fefb5308, -978),
    (0x9049ee32db23d21c7132d332e3f204d4, -1828),
    (0xa2a682a5da57c0bd87a601586bd3f698, -3529),
    (0xceae534f34362de4492512d4f2ead2cb, -6931),
    (0xa6dd04c8d2ce9fde2de38123a1c3cffc, -13734),
];

impl Interval {
    /// `value` and at most one more if `has_more`.
    pub fn of(value: u128, has_more: bool) -> Self {
        let shift = value.leading_zeros();
        Self { bits: value << shift, error: u128::from(has_more) << shift, exponent: -(shift as i32) }
    }

    /// The product; its error is small while those of the factors are.
    fn times(self, other: Self) -> Self {
        let bits = high_product(self.bits, other.bits);
        // Of (a + e)(b + f) - ab = af + be + ef, with a and b below 2^128, and what the product dropped.
        let error = self.error + other.error + 2;
        let shift = bits.leading_zeros();
        Self {
            bits: bits << shift,
            error: error << shift,
            exponent: self.exponent + other.exponent + 128 - shift as i32,
        }
    }

    /// Times 10^`power`, which is at most 8191 either way.
    #[must_use]
    pub fn times_power_of_ten(self, power: i32) -> Self {
        let powers = if power < 0 { &INVERSES } else { &POWERS };
        let mut result = self;
        for (i, &(bits, exponent)) in powers.iter().enumerate() {
            if power.unsigned_abs() >> i & 1 != 0 {
                let error = u128::from(power < 0 || i >= EXACT_POWERS);
                result = result.times(Self { bits, error, exponent });
            }
        }
        result
    }
}

/// The upper half of a product of 256 bits.
fn high_product(a: u128, b: u128) -> u128 {
    let (a_high, a_low) = (a >> 64, a & u128::from(u64::MAX));
    let (b_high, b_low) = (b >> 64, b & u128::from(u64::MAX));
    let middle = ((a_low * b_low) >> 64) + ((a_high * b_low) & u128::from(u64::MAX)) + a_low * b_high;
    a_high * b_high + ((a_high * b_low) >> 64) + (middle >> 64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::libc::stdlib::bignum::Big;

    #[test]
    fn powers_of_ten_are_within_their_bounds() {
        for power in -5000..=5000i32 {
            let interval = Interval::of(1, false).times_power_of_ten(power);
            assert!(interval.error < 1 << 10, "{power}: {}", interval.error);
            let mut exact = Big::one();
            let mut divisor = Big::one();
            if power >= 0 { &mut exact } else { &mut divisor }.multiply_power_of_ten(power.unsigned_abs());
            let (quotient, exponent, _) = exact.divide(&mut divisor, 68);
            let shift = quotient.leading_zeros();
            assert_eq!(exponent - shift as i32, interval.exponent, "{power}");
            // The quotient has 67 or 68 bits.
            let given = 128 - shift;
            let (low, high) =
                (interval.bits >> (128 - given), (interval.bits + interval.error) >> (128 - given));
            assert!((low..=high).contains(&quotient), "{power}");
        }
    }
}
