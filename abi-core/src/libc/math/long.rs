//! Inexact functions of `long double`: arguments and results are in memory.
#![allow(unsafe_op_in_unsafe_fn, reason = "the whole body rests on the caller's promise, as in C")]

use core::ffi::c_int;

use super::inexact;
use super::parts::Long;

unary! { inexact:
    exp exp2 exp10 expm1 log log2 log10 log1p cbrt sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh erf erfc tgamma lgamma j0 j1 y0 y1
}
binary! { inexact: atan2 hypot pow }

/// sincosl(3)
pub unsafe extern "C" fn sincos(x: &Long, sine: &mut Long, cosine: &mut Long) {
    (*sine, *cosine) = inexact::sincos(*x);
}

/// lgammal_r(3)
pub unsafe extern "C" fn lgamma_r(x: &Long, sign: *mut c_int, to: &mut Long) {
    (*to, *sign) = inexact::lgamma_r(*x);
}

/// As [`inexact::gamma_r`].
pub unsafe extern "C" fn gamma_r(x: &Long, sign: *mut c_int, to: &mut Long) {
    (*to, *sign) = inexact::gamma_r(*x);
}

/// jnl(3)
pub unsafe extern "C" fn jn(x: &Long, n: c_int, to: &mut Long) {
    *to = inexact::jn(n, *x);
}

/// ynl(3)
pub unsafe extern "C" fn yn(x: &Long, n: c_int, to: &mut Long) {
    *to = inexact::yn(n, *x);
}
