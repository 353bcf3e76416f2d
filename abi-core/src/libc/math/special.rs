//! Functions of ordinary numbers as the `libm` crate has them: their errors are the crate's, and those of glibc, which has
//! the same origin.

use core::ffi::c_int;

use super::pair::gamma;

/// Up to this order Bessel's functions are computed from one order to the next.
const ORDERS: u32 = 1000;

/// erf(3), unless a step may underflow.
pub fn erf(x: f64) -> Option<f64> {
    (x.abs() >= 2.0 * f64::MIN_POSITIVE).then(|| libm::erf(x))
}

/// erfc(3)
pub fn erfc(x: f64) -> Option<f64> {
    match () {
        () if x < -6.0 => Some(2.0),
        () if x < 26.0 => Some(libm::erfc(x)),
        () => None,
    }
}

/// ln |Γ(x)| and Γ's sign, unless the logarithm may be near a zero below zero.
pub fn lgamma_r(x: f64) -> Option<(f64, c_int)> {
    if x >= 0.5 {
        return Some(libm::lgamma_r(x));
    }
    let (result, is_negative) = gamma::ln_gamma(x)?;
    Some((result, if is_negative { -1 } else { 1 }))
}

/// The same, of which a `float` is to be made.
pub fn single_lgamma_r(x: f64) -> Option<(f64, c_int)> {
    let result = libm::lgamma_r(x);
    (x.is_finite() && (x > 0.0 || result.0.abs() > 0.01)).then_some(result)
}

/// j0(3)
pub fn j0(x: f64) -> Option<f64> {
    Some(libm::j0(x))
}

/// j1(3)
pub fn j1(x: f64) -> Option<f64> {
    Some(libm::j1(x))
}

/// y0(3)
pub fn y0(x: f64) -> Option<f64> {
    (x > 0.0).then(|| libm::y0(x))
}

/// y1(3)
pub fn y1(x: f64) -> Option<f64> {
    (x > 0.0).then(|| libm::y1(x))
}

/// jn(3)
pub fn jn(n: c_int, x: f64) -> Option<f64> {
    (n.unsigned_abs() < ORDERS && x.is_finite()).then(|| libm::jn(n, x))
}

/// yn(3)
pub fn yn(n: c_int, x: f64) -> Option<f64> {
    (n.unsigned_abs() < ORDERS && x > 0.0 && x.is_finite()).then(|| libm::yn(n, x))
}
