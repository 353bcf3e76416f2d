//! The gamma function, by Stirling's series.

use super::exp::MOST;
use super::{Pair, power_of_two};

/// From here on the series has enough digits.
const SERIES_FROM: f64 = 10.0;

/// B(2k) / (2k (2k-1)) from k = 2 on, B being Bernoulli's numbers.
const STIRLING: [f64; 10] = [
    -1.0 / 360.0,
    1.0 / 1_260.0,
    -1.0 / 1_680.0,
    1.0 / 1_188.0,
    -691.0 / 360_360.0,
    1.0 / 156.0,
    -3_617.0 / 122_400.0,
    43_867.0 / 244_188.0,
    -174_611.0 / 125_400.0,
    77_683.0 / 5_796.0,
];

/// The first of them, 1/12.
const TWELFTH: Pair = Pair::from_bits(0xaaaa_aaaa_aaaa_aaaa_aaaa_aaaa_aaaa_aaaa, -131);
/// The logarithm of √(2π).
const LN_ROOT_TAU: Pair = Pair::from_bits(0xeb3f_8e43_25f5_a534_94bc_9001_4419_2023, -128);

/// Γ(x) as ln(numerator) and what to divide it by, for x from 0.5 to 2^100.
fn parts(mut x: Pair) -> (Pair, Pair) {
    let mut factor = Pair::ONE;
    while x.hi < SERIES_FROM {
        factor = factor * x;
        x = x + Pair::ONE;
    }
    let inverse = Pair::ONE / x;
    let square = inverse.hi * inverse.hi;
    let series = STIRLING.iter().rev().fold(0.0, |sum, &coefficient| coefficient + sum * square);
    let first = inverse * TWELFTH + Pair::from_f64(inverse.hi * square * series);
    ((x - Pair::from_f64(0.5)) * x.ln() - x + LN_ROOT_TAU + first, factor)
}

/// The sine of πx, for x that is not whole and not tiny.
fn sine_of_half_turns(x: f64) -> Pair {
    let whole = libm::rint(x);
    let (sine, _) = (Pair::PI * Pair::from_f64(x - whole)).sin_cos_of_few_turns();
    if libm::trunc(0.5 * whole) == 0.5 * whole { sine } else { -sine }
}

/// Tells whether Γ is computed by that of 1 - x here.
fn is_reflected(x: f64) -> bool {
    x < 0.5 && x.abs() > power_of_two(-60) && libm::trunc(x) != x
}

/// tgamma(3), if x and the result are ordinary numbers.
pub fn tgamma(x: f64) -> Option<f64> {
    if (0.5..172.0).contains(&x) {
        let (log, divisor) = parts(Pair::from_f64(x));
        return (log.hi < MOST).then(|| {
            let (value, exponent) = log.exp_parts();
            (value / divisor).to_f64() * power_of_two(exponent)
        });
    }
    if x < -160.0 || !is_reflected(x) {
        return None;
    }
    let (log, divisor) = parts(Pair::sum(1.0, -x));
    Some((Pair::PI * divisor / (sine_of_half_turns(x) * log.exp())).to_f64())
}

/// ln |Γ(x)| for x below 0.5, and whether Γ(x) is negative, unless the logarithm is near zero.
pub fn ln_gamma(x: f64) -> Option<(f64, bool)> {
    if x < -power_of_two(60) || !is_reflected(x) {
        return None;
    }
    let sine = sine_of_half_turns(x);
    let (log, divisor) = parts(Pair::sum(1.0, -x));
    let result = ((Pair::PI * divisor / sine.magnitude()).ln() - log).to_f64();
    (result.abs() > 0.125).then_some((result, sine.hi < 0.0))
}
