//! The gamma function, by Stirling's series.

use super::Wide;

/// From here on the series has all digits.
const SERIES_FROM: i32 = 26;

/// |B(2k)| / (2k (2k-1)), B being Bernoulli's numbers.
const STIRLING: [Wide; 28] = [
    Wide::of(-4, 0xaaaa_aaaa_aaaa_aaaa_aaaa_aaaa_aaaa_aaaa),
    Wide::of(-9, 0xb60b_60b6_0b60_b60b_60b6_0b60_b60b_60b6),
    Wide::of(-11, 0xd00d_00d0_0d00_d00d_00d0_0d00_d00d_00d0),
    Wide::of(-11, 0x9c09_c09c_09c0_9c09_c09c_09c0_9c09_c09c),
    Wide::of(-11, 0xdca8_f158_c7f9_1ab8_7539_c037_2a3c_5631),
    Wide::of(-10, 0xfb55_86cc_c9e3_e40f_b558_6ccc_9e3e_40fb),
    Wide::of(-8, 0xd20d_20d2_0d20_d20d_20d2_0d20_d20d_20d2),
    Wide::of(-6, 0xf214_3658_7a9c_bee1_0325_4769_8bad_cff2),
    Wide::of(-3, 0xb7f4_b1c0_f033_ffd0_c3b7_f4b1_c0f0_33ff),
    Wide::of(0, 0xb23b_3808_c0f9_cf6d_edce_7312_cc3e_a607),
    Wide::of(3, 0xd672_2191_6700_2d3a_7a9c_8864_59c0_0b4e),
    Wide::of(7, 0x9cd9_292e_6660_d55b_3f71_2eb9_e07c_a39d),
    Wide::of(11, 0x8911_a740_da74_0da7_40da_740d_a740_da74),
    Wide::of(15, 0x8d0c_c570_e255_bf59_ff6e_ec24_b48f_f1b3),
    Wide::of(19, 0xa8d1_044d_3708_d1c2_19ee_4fdc_4469_ccae),
    Wide::of(23, 0xe884_4d8a_169a_bbc4_0616_9abb_c406_169a),
    Wide::of(28, 0xb694_d07b_219d_bcc4_8676_f312_19db_cc48),
    Wide::of(33, 0xa228_8cec_f233_76ae_a602_4d5c_4976_1634),
    Wide::of(38, 0xa1bb_cde4_ea01_2735_0b88_1273_50b8_8127),
    Wide::of(43, 0xb400_5bde_03d4_642a_2435_8171_4af6_42a2),
    Wide::of(48, 0xde46_6b7c_78fb_aae3_c3a9_e6da_eae4_6d98),
    Wide::of(54, 0x977d_7628_7772_9bcb_4050_9f4f_d884_644b),
    Wide::of(59, 0xe2e1_337f_5af0_bed9_0b6b_0a35_2d4f_335c),
    Wide::of(65, 0xb9e0_9405_8ad8_9016_b4f9_2ff9_86cd_eea2),
    Wide::of(71, 0xa5f7_eef9_e71a_c7c8_0326_ab4c_c8bf_3f7c),
    Wide::of(77, 0xa0ef_80e5_7954_084c_da64_925c_6c86_491a),
    Wide::of(83, 0xa8eb_fe48_da17_dd99_9790_760b_0ce0_256e),
    Wide::of(89, 0xbf58_2a43_3556_fb17_24c9_5ab5_6cbe_c2ef),
];

/// ζ(k)/k from k = 2 on.
const ZETA: [Wide; 12] = [
    Wide::of(-1, 0xd28d_3312_983e_9918_73d8_9122_00ba_ce5e),
    Wide::of(-2, 0xcd26_aadf_5596_b7ac_f64b_92e6_99b5_aa12),
    Wide::of(-2, 0x8a89_9156_3ec2_41b5_f912_1119_6e52_35fb),
    Wide::of(-3, 0xd45c_e0bd_530a_492e_826a_4fda_e199_04dc),
    Wide::of(-3, 0xada0_6588_0618_30a5_3cca_078a_b4ad_8efb),
    Wide::of(-3, 0x9381_d0ee_751d_72c6_0ffa_0f29_5870_1a43),
    Wide::of(-3, 0x8085_9b57_c31c_b745_f2ce_526e_dad3_266d),
    Wide::of(-4, 0xe403_3836_abed_a2ad_5500_dfba_7db2_2231),
    Wide::of(-4, 0xcd00_f1c2_eafc_7981_3418_f376_8cd6_6b0e),
    Wide::of(-4, 0xba46_1988_a636_b07a_95d8_9020_1c7f_1587),
    Wide::of(-4, 0xaab5_6b19_21de_202b_bd0b_01f5_d03a_1ccc),
    Wide::of(-4, 0x9d8e_cb8f_e2cc_261a_79f8_1b6c_2036_aff1),
];

/// Euler's constant.
pub(super) const EULER: Wide = Wide::of(-1, 0x93c4_67e3_7db0_c7a4_d1be_3f81_0152_cb56);
/// The logarithm of √(2π).
const LN_ROOT_TAU: Wide = Wide::of(-1, 0xeb3f_8e43_25f5_a534_94bc_9001_4419_2023);

/// ln Γ(x) for x from [`SERIES_FROM`] on.
fn stirling(x: Wide) -> Wide {
    let inverse = Wide::ONE / x;
    let square = -inverse.squared();
    let sum = STIRLING.iter().rev().fold(Wide::ZERO, |sum, &coefficient| coefficient + sum * square);
    (x - Wide::ONE.half()) * x.ln() - x + LN_ROOT_TAU + sum * inverse
}

/// x moved up to where the series holds, and what Γ grows by on the way.
fn moved_up(x: Wide) -> (Wide, Wide) {
    let steps = (SERIES_FROM - x.floor().nearest()).max(0);
    (0..steps).fold((x, Wide::ONE), |(x, factor), _| (x + Wide::ONE, factor * x))
}

/// The sine of πx, for x that is not whole.
pub(super) fn sine_of_half_turns(x: Wide) -> Wide {
    let whole = (x + Wide::ONE.half()).floor();
    let sine = ((x - whole) * Wide::PI).sin_cos().0;
    if whole.parity().1 { -sine } else { sine }
}

/// ln Γ(1+e) for small e.
fn log_near_one(e: Wide) -> Wide {
    ZETA.iter().rev().fold(Wide::ZERO, |sum, &coefficient| coefficient - sum * e) * e.squared() - EULER * e
}

impl Wide {
    /// Γ(x) for x that is no pole.
    #[must_use]
    pub fn gamma(self) -> Self {
        if self < Self::ONE.half() {
            return Self::PI / (sine_of_half_turns(self) * (Self::ONE - self).gamma());
        }
        if self.exponent > 20 {
            return Self::extreme(true, false);
        }
        let (x, factor) = moved_up(self);
        stirling(x).exp() / factor
    }

    /// ln |Γ(x)| for x that is no pole, and whether Γ(x) is negative.
    pub fn ln_gamma(self) -> (Self, bool) {
        if self < Self::ONE.half() && self.exponent >= -100 {
            let sine = sine_of_half_turns(self);
            let (other, _) = (Self::ONE - self).ln_gamma();
            return ((Self::PI / sine.magnitude()).ln() - other, sine.is_negative);
        }
        if self.exponent < -100 {
            return (-self.magnitude().ln(), self.is_negative);
        }
        let (from_one, from_two) = (self - Self::ONE, self - Self::whole(2));
        let result = if from_one.is_zero() || from_two.is_zero() {
            Self::ZERO
        } else if from_one.exponent < -12 {
            log_near_one(from_one)
        } else if from_two.exponent < -12 {
            log_near_one(from_two) + from_two.ln_1p()
        } else {
            let (x, factor) = moved_up(self);
            stirling(x) - factor.ln()
        };
        (result, false)
    }
}
