//! `math.h`: inexact functions of `double` and `float`, for ordinary arguments by quick ways.

use core::ffi::{c_double, c_float};

use crate::abi::ERANGE;
use crate::libc::math::instructions::known;
use crate::libc::math::pair::{self, circle, gamma, hyperbolic, log};
use crate::libc::math::real::Real;
use crate::libc::math::{inexact, quick, special};
use crate::libc::set_errno;

/// The result, if it is a normal number; otherwise the exact function's, which knows the exceptions and errno.
#[inline]
pub(super) fn normal_or<T: Real>(result: Option<T>, exact: impl FnOnce() -> T) -> T {
    match result {
        Some(result) if result.is_normal() => result,
        _ => exact(),
    }
}

/// The same of a function that may also be zero, of zero or of one.
#[inline]
fn fast<T: Real>(x: T, result: Option<T>, exact: fn(T) -> T) -> T {
    match result {
        Some(zero) if zero.is_zero() && (x.is_zero() || x.order(T::UNIT).is_eq()) => zero,
        _ => normal_or(result, || exact(x)),
    }
}

/// Functions whose exact cases and errors are [`inexact`]'s and whose other results come from a faster computation: rows of
/// the names, and what to compute a `double` and a `float` by, if that can be done.
macro_rules! fast {
    ($($name:ident $single:ident $exact:ident: $of:expr, $of_single:expr;)*) => {
        $(
            pub extern "C" fn $name(x: c_double) -> c_double {
                let of: fn(c_double) -> Option<c_double> = $of;
                fast(x, of(x), inexact::$exact)
            }
            pub extern "C" fn $single(x: c_float) -> c_float {
                let of: fn(c_float) -> Option<c_float> = $of_single;
                fast(x, of(x), inexact::$exact)
            }
        )*
    };
}

/// Those that are computed with fewer digits for a `float`.
macro_rules! from_doubles {
    ($($name:ident $single:ident $exact:ident $of:expr, $of_single:expr;)*) => {
        fast! { $($name $single $exact: $of, |x| $of_single(x.into()).map(|result| known(result) as c_float);)* }
    };
}

/// Those that the `libm` crate has for both.
macro_rules! from_crate {
    ($($name:ident $single:ident)*) => {
        fast! { $($name $single $name: |x| Some(libm::$name(x)), |x| Some(libm::$single(x));)* }
    };
}

/// Those that are computed for a `float` as for a `double`.
macro_rules! from_double {
    ($($name:ident $single:ident $exact:ident $of:expr;)*) => {
        from_doubles! { $($name $single $exact $of, $of;)* }
    };
}

from_crate! { asin asinf atan atanf cbrt cbrtf expm1 expm1f log10 log10f log1p log1pf log2 log2f tan tanf }
fast! { plain_sin plain_sinf sin: |x| Some(libm::sin(x)), |x| Some(libm::sinf(x)); }
fast! { plain_cos plain_cosf cos: |x| Some(libm::cos(x)), |x| Some(libm::cosf(x)); }
fast! { acos acosf acos: |x| Some(libm::acos(x)), |x| Some(libm::acos(x.into()) as c_float); }
from_double! {
    sinh sinhf sinh hyperbolic::sinh;
    cosh coshf cosh hyperbolic::cosh;
    tanh tanhf tanh hyperbolic::tanh;
    atanh atanhf atanh hyperbolic::atanh;
    plain_exp plain_expf exp pair::exp::exp;
    plain_log plain_logf log log::log;
    exp2 plain_exp2f exp2 pair::exp::exp2;
    erf erff erf special::erf;
    erfc erfcf erfc special::erfc;

    j0 j0f j0 special::j0;
    j1 j1f j1 special::j1;
    y0 y0f y0 special::y0;
    y1 y1f y1 special::y1;
}

from_doubles! {
    tgamma tgammaf tgamma gamma::tgamma, |x: c_double| (x.abs() < 40.0).then(|| libm::tgamma(x));
    asinh asinhf asinh hyperbolic::asinh, hyperbolic::single_asinh;
    acosh acoshf acosh hyperbolic::acosh, hyperbolic::single_acosh;
    exp10 plain_exp10f exp10 pair::exp::exp10, pair::exp::single_exp10;
}

/// Functions with a quicker way than the plain one, for most arguments.
macro_rules! quick {
    ($($name:ident: $ty:ty, ($($argument:ident),*) $of:ident $plain:ident;)*) => {
        $(pub extern "C" fn $name($($argument: $ty),*) -> $ty {
            #[cold]
            extern "C" fn otherwise($($argument: $ty),*) -> $ty {
                $plain($($argument),*)
            }
            quick::$of($($argument),*).unwrap_or_else(|| otherwise($($argument),*))
        })*
    };
}
quick! {
    exp: c_double, (x) exp plain_exp;
    log: c_double, (x) log plain_log;
    pow: c_double, (x, y) pow plain_pow;
    sin: c_double, (x) sin plain_sin;
    cos: c_double, (x) cos plain_cos;
    expf: c_float, (x) single_exp least_expf;
    logf: c_float, (x) single_log plain_logf;
    sinf: c_float, (x) single_sin plain_sinf;
    cosf: c_float, (x) single_cos plain_cosf;
    powf: c_float, (x, y) single_pow plain_powf;
}

/// Results below the least number are errors to `expf` and `exp2f`, though they may be rounded up to it.
macro_rules! with_least {
    ($($name:ident $of:ident $from:expr;)*) => {
        $(pub extern "C" fn $name(x: c_float) -> c_float {
            if x < $from && x.is_finite() {
                set_errno(ERANGE);
            }
            $of(x)
        })*
    };
}
with_least! {
    least_expf plain_expf -103.278_93;
    exp2f plain_exp2f -149.0;
    exp10f plain_exp10f -44.853_47;
}

/// Functions of two numbers.
macro_rules! binary {
    ($($name:ident: $ty:ty, ($($argument:ident),*) $body:expr;)*) => {
        $(pub extern "C" fn $name($($argument: $ty),*) -> $ty {
            $body
        })*
    };
}

binary! {
    atan2: c_double, (y, x) normal_or(circle::atan2(y, x), || inexact::atan2(y, x));
    atan2f: c_float, (y, x) {
        let angle = circle::atan2(y.into(), x.into());
        normal_or(angle.map(|angle| known(angle) as c_float), || inexact::atan2(y, x))
    };
    plain_pow: c_double, (x, y) normal_or(log::pow(x, y), || inexact::pow(x, y));
    plain_powf: c_float, (x, y) {
        let exact = log::single_pow(x.into(), y.into());
        if exact.is_some_and(|exact| known(exact).abs() < c_float::from_bits(1).into()) {
            set_errno(ERANGE);
        }
        normal_or(exact.map(|exact| known(exact) as c_float), || inexact::pow(x, y))
    };
    hypot: c_double, (x, y) normal_or(pair::hypot(x, y), || inexact::hypot(x, y));
    hypotf: c_float, (x, y) {
        let (a, b) = (c_double::from(x), c_double::from(y));
        normal_or(Some((a * a + b * b).root() as c_float), || inexact::hypot(x, y))
    };
}
