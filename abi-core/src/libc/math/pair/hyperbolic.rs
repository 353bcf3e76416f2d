//! Hyperbolic functions of ordinary numbers, and their inverses.

use super::{Pair, exp, power_of_two};
use crate::libc::math::real::Real;

/// Below this a function is x, but for what a `double` has no room for.
const TINY: f64 = power_of_two(-28);
/// From here on the square's root and the number are one.
const LARGE: f64 = power_of_two(30);

/// Below this, sinh and tanh are computed by series.
const SERIES: f64 = 0.35;

/// (sinh x - x)/x³ as a series of x², for |x| below [`SERIES`].
#[inline]
fn sinh_series(square: f64) -> f64 {
    1.0 / 6.0
        + square
            * (1.0 / 120.0
                + square
                    * (1.0 / 5_040.0
                        + square
                            * (1.0 / 362_880.0
                                + square * (1.0 / 39_916_800.0 + square * (1.0 / 6_227_020_800.0)))))
}

/// From here on e^-x is nothing beside e^x.
const ONE_SIDED: f64 = 40.0;

/// sinh(3), if x is an ordinary number.
pub fn sinh(x: f64) -> Option<f64> {
    let a = x.abs();
    let size = match () {
        () if a < TINY => return Some(x),
        () if a < SERIES => return Some(x + x * x * x * sinh_series(x * x)),
        () if a < ONE_SIDED => exp::rounded_cosh_and_sinh(a).1,
        () => exp::half_of_exp(a)?,
    };
    Some(size.copysign(x))
}

/// cosh(3), if x is an ordinary number.
pub fn cosh(x: f64) -> Option<f64> {
    let a = x.abs();
    match () {
        () if a < exp::TINY => Some(1.0 + a),
        () if a < ONE_SIDED => Some(exp::rounded_cosh_and_sinh(a).0),
        () => exp::half_of_exp(a),
    }
}

/// tanh(3), if x is an ordinary number.
pub fn tanh(x: f64) -> Option<f64> {
    let a = x.abs();
    let size = match () {
        () if a < TINY => return Some(x),
        () if a < 22.0 => {
            let e = Pair::from_f64(2.0 * a).exp_m1();
            (e / (e + Pair::from_f64(2.0))).to_f64()
        }
        () if a.is_finite() => 1.0,
        () => return None,
    };
    Some(size.copysign(x))
}

/// ln(x + √(x² + `one`)), x being above zero.
#[inline]
fn log_of_sum(x: f64, one: f64) -> Pair {
    let square = Pair::product(x, x);
    let sum = Pair::sum(square.hi, one);
    // What the root's square lacks is what its rounding lost.
    let root = sum.hi.root();
    let squared = Pair::product(root, root);
    let rest = ((sum.hi - squared.hi) - squared.lo + (sum.lo + square.lo)) / (2.0 * root);
    let sum = Pair::ordered_sum(x.max(root), x.min(root));
    Pair { hi: sum.hi, lo: sum.lo + rest }.ln()
}

/// asinh(3), if x is an ordinary number.
pub fn asinh(x: f64) -> Option<f64> {
    let a = x.abs();
    let size = match () {
        () if a < TINY => return Some(x),
        () if a < LARGE => log_of_sum(a, 1.0),
        () if a.is_finite() => Pair::from_f64(a).ln() + Pair::LN_2,
        () => return None,
    };
    Some(size.to_f64().copysign(x))
}

/// acosh(3), if x is an ordinary number.
pub fn acosh(x: f64) -> Option<f64> {
    let result = match () {
        () if !(x > 1.0 && x.is_finite()) => return None,
        () if x < LARGE => log_of_sum(x, -1.0),
        () => Pair::from_f64(x).ln() + Pair::LN_2,
    };
    Some(result.to_f64())
}

/// atanh(3), if x is an ordinary number.
pub fn atanh(x: f64) -> Option<f64> {
    let a = x.abs();
    match () {
        () if a < TINY => Some(x),
        () if a < 1.0 => {
            let quotient = Pair::ordered_sum(1.0, a) / Pair::ordered_sum(1.0, -a);
            Some((0.5 * quotient.ln().to_f64()).copysign(x))
        }
        () => None,
    }
}

/// asinhf(3) before it is rounded, if x is an ordinary number.
pub fn single_asinh(x: f64) -> Option<f64> {
    let a = x.abs();
    a.is_finite().then(|| libm::log1p(a + a * a / (1.0 + (a * a + 1.0).root())).copysign(x))
}

/// acoshf(3) before it is rounded, if x is an ordinary number.
pub fn single_acosh(x: f64) -> Option<f64> {
    let above_one = x - 1.0;
    (x > 1.0 && x.is_finite()).then(|| libm::log1p(above_one + (above_one * (x + 1.0)).root()))
}
