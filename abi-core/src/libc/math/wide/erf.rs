//! The error function.

use super::Wide;
use super::circle::alternating;

/// How many terms the series has for arguments below 1.
const TERMS: usize = 35;

/// 1/(n! (2n+1)), where 1 is 2^127.
const SERIES: [u128; TERMS] = {
    let mut table = [1 << 127; TERMS];
    let (mut n, mut inverse_factorial) = (1, 1 << 127);
    while n < TERMS {
        inverse_factorial /= n as u128;
        table[n] = inverse_factorial / (2 * n as u128 + 1);
        n += 1;
    }
    table
};

/// 9 e^(-n²/9)
const GAUSS: [Wide; 30] = [
    Wide::of(3, 0x80db_5b48_808c_8864_a2b1_bbc6_24af_adcf),
    Wide::of(2, 0xb8a8_f29b_0940_3025_62d6_6da6_b6af_190d),
    Wide::of(1, 0xd3e6_07e7_9468_f5fc_2475_40e5_c4bf_305f),
    Wide::of(0, 0xc2b4_0e0c_28bd_6d2c_1b36_921c_0c72_df9d),
    Wide::of(-1, 0x8f41_34c3_4918_96c3_bc55_7c22_4998_c902),
    Wide::of(-3, 0xa8cc_0379_2b24_9837_2e27_0ac8_d81f_4279),
    Wide::of(-5, 0x9f42_e514_4e3c_1d53_411f_9af1_3491_ca9b),
    Wide::of(-8, 0xf0a5_04cb_8900_655d_aee7_9329_ea1e_ce5c),
    Wide::of(-10, 0x9194_834e_58f7_261c_0db5_1c93_499e_d0aa),
    Wide::of(-13, 0x8d0a_ba96_6c2f_4a6f_c1e4_5fc3_e1b8_dff2),
    Wide::of(-17, 0xdad5_72e5_1080_0f3b_b108_8317_79b4_dc33),
    Wide::of(-20, 0x87f0_1cc9_315a_10d6_cad8_9c65_1686_a917),
    Wide::of(-24, 0x873c_001c_bcd2_1095_0d78_8b53_0616_2c72),
    Wide::of(-29, 0xd774_1b44_d8c2_c93d_9e37_6c3b_5683_6d63),
    Wide::of(-33, 0x896d_fa63_aeee_4e28_e00c_5f12_27dd_1e2f),
    Wide::of(-38, 0x8c63_15c6_7499_6657_347c_9163_eb47_be83),
    Wide::of(-44, 0xe5aa_1e93_3c4b_43aa_f508_0471_abbc_801f),
    Wide::of(-49, 0x966c_e12e_cce3_7f83_d590_727e_844b_4f8d),
    Wide::of(-55, 0x9dc9_2cb5_ffc9_ac08_b0e8_f0d4_be70_5154),
    Wide::of(-61, 0x8486_faf3_fa47_c2d3_5826_9c4b_4540_2bee),
    Wide::of(-68, 0xb243_788d_240b_ad60_af99_08c7_621e_b92d),
    Wide::of(-75, 0xc000_fe99_26ce_2ee0_32c5_d27c_17be_4e13),
    Wide::of(-82, 0xa598_5ad4_d128_6482_bd9f_0136_7fa6_3fbf),
    Wide::of(-90, 0xe4b8_780c_310b_290b_8966_83f5_4813_24e3),
    Wide::of(-98, 0xfcf5_ef9f_6cfa_43eb_e5da_7ace_9681_f12b),
    Wide::of(-106, 0xe005_aab8_945d_0a60_47b4_bb7b_ed76_de12),
    Wide::of(-114, 0x9edc_9241_b5ce_563a_5d8a_c704_26a3_830f),
    Wide::of(-123, 0xb469_a5ef_8e56_fd02_a171_05fe_8e6a_8cdf),
    Wide::of(-132, 0xa40f_9cd8_4807_2166_bce1_17c8_0fd0_38eb),
    Wide::of(-142, 0xeeed_17bb_f82a_4229_2ca1_af24_01ce_2643),
];

/// 2/√π
const TWO_BY_ROOT_PI: Wide = Wide::of(0, 0x906e_ba82_14db_688d_71d4_8a7f_6bfe_c344);
/// 2/π
const TWO_BY_PI: Wide = Wide::of(-1, 0xa2f9_836e_4e44_1529_fc27_57d1_f534_ddc0);
/// 6π
const SIX_PI: Wide = Wide::of(4, 0x96cb_e3f9_990e_91a7_9394_c9e8_a0a5_159c);

/// erfc(x) for x from 1 on, whose integral is summed in steps of 1/3: so smooth an integrand leaves only the error that the
/// last term takes off, which is that of the pole at ix while the steps are wide enough to notice it.
fn complement(x: Wide) -> Wide {
    let square = x.squared();
    if square.exponent > 20 {
        return Wide::extreme(false, false);
    }
    let nine_squares = square * Wide::whole(9);
    let first = Wide::ONE / square.doubled(1);
    let sum = GAUSS
        .iter()
        .zip(1..)
        .fold(first, |sum, (&gauss, n)| sum + gauss / (Wide::whole(n * n) + nine_squares));
    let result = sum * x * (-square).exp() * TWO_BY_PI / Wide::whole(3);
    // Past 3π the pole is out of reach.
    if x >= SIX_PI.half() { result } else { result - Wide::whole(2) / (SIX_PI * x).exp_m1() }
}

impl Wide {
    /// erf(x)
    #[must_use]
    pub fn erf(self) -> Self {
        let x = self.magnitude();
        let result = if x < Self::ONE {
            x * alternating(&SERIES, x.squared()) * TWO_BY_ROOT_PI
        } else {
            Self::ONE - complement(x)
        };
        result.with_sign(self.is_negative)
    }

    /// 1 - erf(x)
    #[must_use]
    pub fn erfc(self) -> Self {
        if self >= Self::ONE { complement(self) } else { Self::ONE - self.erf() }
    }
}
