//! Operations and functions against values computed elsewhere with many more digits.

use super::*;
use crate::libc::math::parts::Long;

#[test]
fn functions_have_their_first_64_digits() {
    type Row = (fn(Wide) -> Wide, f64, bool, i32, u64);
    let rows: &[Row] = &[
        (Wide::exp, 0.3, false, 0, 0xacc8_2c64_60d4_ac98),
        (Wide::exp, -11.5, false, -17, 0xa9f4_6bb3_c058_20da),
        (Wide::exp, 700.25, false, 1010, 0x97ec_7265_fd20_9a59),
        (Wide::exp, 1e-09, false, 0, 0x8000_0002_25c1_7d09),
        (Wide::exp_m1, 1e-10, false, -34, 0xdbe6_fece_ed27_1a19),
        (Wide::exp_m1, 0.3, false, -2, 0xb320_b191_8352_b262),
        (Wide::exp_m1, -40.0, true, -1, 0xffff_ffff_ffff_ffb1),
        (Wide::exp2, 0.1, false, 0, 0x892f_df71_2833_2157),
        (Wide::exp2, -1000.7, false, -1001, 0x9d96_23df_fc13_d0e6),
        (Wide::exp10, 0.1, false, 0, 0xa124_77c7_e130_1e03),
        (Wide::exp10, 300.3, false, 997, 0xbead_fc01_4360_952c),
        (Wide::ln, 0.1, true, 1, 0x935d_8ddd_aaa8_ab16),
        (Wide::ln, 1.0000001, false, -24, 0xd6bf_9423_db24_90eb),
        (Wide::ln, 1e+300, false, 9, 0xacb1_a23f_c3fd_a9ab),
        (Wide::log2, 0.1, true, 1, 0xd49a_784b_cd1b_898c),
        (Wide::log2, 3.0, false, 0, 0xcae0_0d1c_fdeb_43cf),
        (Wide::log10, 7.0, false, -1, 0xd858_585b_c661_f94b),
        (Wide::ln_1p, 1e-12, false, -40, 0x8cbc_cc09_6f03_28f5),
        (Wide::ln_1p, -0.4, true, -1, 0x82c5_77d4_08a2_8fe3),
        (Wide::ln_1p, 5.0, false, 0, 0xe558_5fd1_5100_1191),
        (Wide::cbrt, 2.0, false, 0, 0xa145_17cc_6b94_5711),
        (Wide::cbrt, -1e-200, true, -222, 0xb9dd_f525_8d40_bee1),
        (Wide::sinh, 0.01, false, -7, 0xa3d7_bd32_a74f_7565),
        (Wide::sinh, -20.0, true, 27, 0xe758_445b_4740_1fc9),
        (Wide::cosh, 0.5, false, 0, 0x9056_0c31_5746_8322),
        (Wide::tanh, 0.2, false, -3, 0xca1c_c185_9d2c_81d3),
        (Wide::tanh, -3.0, true, -1, 0xfebb_e888_d057_ff10),
        (Wide::asinh, 0.3, false, -2, 0x9762_752b_2fe6_060d),
        (Wide::asinh, -10000000000.0, true, 4, 0xbdc0_8214_d3e1_52ea),
        (Wide::acosh, 1.5, false, -1, 0xf661_6576_28b0_4ca5),
        (Wide::atanh, -0.7, true, -1, 0xde07_684a_3fdf_41ee),
        (Wide::tan, 1.5, false, 3, 0xe19f_6a85_c43b_bad2),
        (Wide::tan, 1e+22, true, 0, 0xd07b_ce0d_b592_bba4),
        (Wide::tan, -0.3, true, -2, 0x9e61_5227_14cc_bc0a),
        (Wide::asin, 0.99, false, 0, 0xb6f1_e379_9ea8_ea7d),
        (Wide::asin, -0.1, true, -4, 0xcd24_93b0_1bc4_2139),
        (Wide::acos, -0.99, false, 1, 0xc000_df0d_e008_d659),
        (Wide::sqrt, 2.0, false, 0, 0xb504_f333_f9de_6484),
        (Wide::sqrt, 1e-300, false, -499, 0xd17f_3b51_fca3_a85e),
        (Wide::gamma, 0.1, false, 3, 0x9837_53d9_406c_3b29),
        (Wide::gamma, 5.5, false, 5, 0xd15f_0123_b9cf_9169),
        (Wide::gamma, -3.7, false, -2, 0x80d7_7b59_4575_ad1c),
        (Wide::gamma, 30.25, false, 104, 0x822e_6ad0_ac77_eb60),
        (Wide::erf, 0.4, false, -2, 0xdb56_3e25_9050_2be8),
        (Wide::erf, 2.5, false, -1, 0xffe5_547a_64df_5361),
        (Wide::erfc, 0.4, false, -1, 0x9254_e0ed_37d7_ea0b),
        (Wide::erfc, 2.5, false, -12, 0xd55c_2cd9_0564_f311),
        (Wide::erfc, 20.0, false, -583, 0xdaa7_9226_fc9e_f526),
        (Wide::j0, 0.5, false, -1, 0xf03f_8eaa_61f9_a345),
        (Wide::j0, 25.0, false, -4, 0xc527_84ee_e410_a254),
        (Wide::j0, 100.0, false, -6, 0xa3b9_5dae_0f7b_895a),
        (Wide::j1, 2.0, false, -1, 0x93a4_3cac_1b8f_7ed7),
        (Wide::j1, 40.0, false, -3, 0x8110_3058_0e9d_f77e),
        (Wide::y0, 0.5, true, -2, 0xe397_f59d_bdc5_0ee5),
        (Wide::y0, 35.0, false, -5, 0xbb96_ab93_9cf5_b13e),
        (Wide::y1, 3.0, false, -2, 0xa63b_b9e8_a823_105c),
        (Wide::y1, 300.0, false, -5, 0x882c_7bde_b2ac_9516),
    ];
    for (row, &(function, x, is_negative, exponent, significand)) in rows.iter().enumerate() {
        let result = function(Wide::from_f64(x));
        assert_eq!((result.is_negative, result.exponent), (is_negative, exponent), "row {row}: {x}");
        assert!(((result.significand >> 64) as u64).abs_diff(significand) <= 1, "row {row}: {x} {result:x?}");
    }
}

#[test]
fn sums_round_as_exact_ones_would() {
    let (one, tiny) = (Wide::ONE, Wide::ONE.doubled(-500));
    // What is lost shows in the last bit, on the right side.
    assert!(one + tiny > one);
    assert!(one - tiny < one);
    assert_eq!((one + tiny).significand, 1 << 127 | 1);
    assert_eq!((one - tiny).significand, u128::MAX);
    assert!((one - one).is_zero());
    assert_eq!((one - one.doubled(-127)).significand << 1, u128::MAX << 1 << 1);
    assert_eq!(Wide::whole(-7) + Wide::whole(7).doubled(-1), -Wide::whole(7).half());
}

#[test]
fn short_quotients_and_roots_are_exact() {
    for n in [1i64, 3, 7, 10, 12_345, 999_999_937] {
        for d in [1i64, 3, 9, 1000, 65_537] {
            let (n, d) = (Wide::whole(n), Wide::whole(d));
            assert_eq!(n * d / d, n);
            assert_eq!((n * d).squared().sqrt(), n * d);
        }
    }
    assert_eq!(Wide::whole(-27).cbrt().to_f64(), -3.0);
    assert_eq!(Wide::whole(10).pow(Wide::whole(22)).to_f64(), 1e22);
}

#[test]
fn formats_are_left_and_reached_exactly() {
    for x in [1.5, -0.1, f64::MIN_POSITIVE, 5e-324, f64::MAX, 0.0] {
        assert_eq!(Wide::from_f64(x).to_f64().to_bits(), x.to_bits());
    }
    let least = Long::new(false, 0, 1);
    assert_eq!(Wide::from_long(least).to_long().significand(), 1);
    assert_eq!(Wide::from_long(least).half().to_long().significand(), 0);
    assert!(Wide::extreme(true, false).to_long().is_infinite());
    assert!(Wide::extreme(true, true).to_f64() == f64::NEG_INFINITY);
    // Halves go to the even one.
    assert_eq!((Wide::ONE + Wide::ONE.doubled(-53)).to_f64(), 1.0);
    assert_eq!((Wide::ONE + Wide::whole(3).doubled(-53)).to_f64(), 1.0 + 2.0 * f64::EPSILON);
}

#[test]
fn whole_numbers_are_known_as_such() {
    assert_eq!(Wide::whole(5).parity(), (true, true));
    assert_eq!(Wide::whole(6).parity(), (true, false));
    assert!(!Wide::whole(5).half().parity().0);
    assert_eq!(Wide::whole(5).half().nearest(), 3);
    assert_eq!(Wide::whole(-5).half().nearest(), -3);
    assert_eq!(Wide::whole(-5).half().floor(), Wide::whole(-3));
}
