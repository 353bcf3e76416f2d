//! Exact functions of `long double`: arguments and results are in memory.
#![allow(unsafe_op_in_unsafe_fn, reason = "the whole body rests on the caller's promise, as in C")]

use core::ffi::c_int;

use super::exact;
use super::parts::Long;

unary! { exact: ceil floor trunc round roundeven rint nearbyint sqrt logb significand }
binary! { exact: fmod remainder fmax fmin fdim nextafter scalb }

/// copysignl(3)
pub unsafe extern "C" fn copysign(x: &Long, y: &Long, to: &mut Long) {
    *to = x.with_sign(y.is_negative());
}

/// fmal(3), of three values one after another.
pub unsafe extern "C" fn fma(values: &[Long; 3], to: &mut Long) {
    let [x, y, z] = *values;
    *to = exact::fma(x, y, z);
}

/// ldexpl(3)
pub unsafe extern "C" fn scale(x: &Long, exponent: i64, to: &mut Long) {
    *to = exact::ldexp(*x, exponent);
}

/// frexpl(3)
pub unsafe extern "C" fn frexp(x: &Long, exponent: *mut c_int, to: &mut Long) {
    (*to, *exponent) = exact::frexp(*x);
}

/// modfl(3)
pub unsafe extern "C" fn modf(x: &Long, integer: *mut Long, to: &mut Long) {
    (*to, *integer) = exact::modf(*x);
}

/// remquol(3): the two values come one after the other.
pub unsafe extern "C" fn remquo(values: &[Long; 2], quotient: *mut c_int, to: &mut Long) {
    let [x, y] = *values;
    let (rest, low) = exact::remquo(x, y);
    *to = rest;
    if let Some(low) = low {
        *quotient = low;
    }
}

/// lroundl(3)
pub unsafe extern "C" fn lround(x: &Long) -> i64 {
    exact::lround(*x)
}

/// ilogbl(3)
pub unsafe extern "C" fn ilogb(x: &Long) -> c_int {
    exact::ilogb(*x)
}
