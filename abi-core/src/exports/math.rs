//! `math.h`: `double` and `float`. Errors are reported as glibc does: EDOM with a NaN, ERANGE with an infinity or zero.
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_double, c_float, c_int, c_long};

use super::math_inexact::*;
use crate::libc::math::real::Real;
use crate::libc::math::{exact, inexact, parts, special};
use crate::libc::state::state;
use crate::{data_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE, DATA, super::math_long::PURE, super::math_modern::PURE];

macro_rules! plain {
    ($($name:ident: $ty:ty, ($($argument:ident),*) $body:expr;)*) => {
        $(pub extern "C" fn $name($($argument: $ty),*) -> $ty {
            $body
        })*
    };
}

plain! {
    fabs: c_double, (x) x.abs();
    fabsf: c_float, (x) x.abs();
    copysign: c_double, (x, y) x.copysign(y);
    copysignf: c_float, (x, y) x.copysign(y);
    sqrt: c_double, (x) exact::sqrt(x);
    sqrtf: c_float, (x) exact::sqrt(x);
}

macro_rules! exact_functions {
    ($($name:ident $single:ident ($($argument:ident),*);)*) => {
        $(
            extern "C" fn $name($($argument: c_double),*) -> c_double {
                exact::$name($($argument),*)
            }
            extern "C" fn $single($($argument: c_float),*) -> c_float {
                exact::$name($($argument),*)
            }
        )*
    };
}
exact_functions! {
    ceil ceilf (x);
    floor floorf (x);
    round roundf (x);
    roundeven roundevenf (x);
    trunc truncf (x);
    fmod fmodf (x, y);
    remainder remainderf (x, y);
    fdim fdimf (x, y);
    nextafter nextafterf (x, y);
    fmax fmaxf (x, y);
    fmin fminf (x, y);
    fma fmaf (x, y, z);
}

macro_rules! both {
    ($($ty:ty: $scaled:ident $scaled_long:ident $scalb:ident $fraction:ident $whole:ident $remquo:ident $jn:ident $yn:ident
        $lgamma:ident $lgamma_r:ident ($fast_lgamma_r:ident) $sincos:ident ($fast_sincos:path) $rint:ident $nearbyint:ident $lrint:ident $lround:ident $logb:ident
        $ilogb:ident $significand:ident $nexttoward:ident $next:ident $nan:ident;)*) => {
        $(
            extern "C" fn $scaled(x: $ty, exponent: c_int) -> $ty {
                exact::ldexp(x, exponent.into())
            }
            extern "C" fn $scaled_long(x: $ty, exponent: c_long) -> $ty {
                exact::ldexp(x, exponent)
            }
            extern "C" fn $scalb(x: $ty, exponent: $ty) -> $ty {
                exact::scalb(x, exponent)
            }
            unsafe extern "C" fn $fraction(x: $ty, exponent: *mut c_int) -> $ty {
                let (fraction, power) = exact::frexp(x);
                *exponent = power;
                fraction
            }
            unsafe extern "C" fn $whole(x: $ty, integer: *mut $ty) -> $ty {
                let (fraction, whole) = exact::modf(x);
                *integer = whole;
                fraction
            }
            unsafe extern "C" fn $remquo(x: $ty, y: $ty, quotient: *mut c_int) -> $ty {
                let (remainder, low) = exact::remquo(x, y);
                if let Some(low) = low {
                    *quotient = low;
                }
                remainder
            }
            extern "C" fn $jn(n: c_int, x: $ty) -> $ty {
                let fast = special::jn(n, x.into());
                normal_or(fast.map(|result| result as $ty), || inexact::jn(n, x))
            }
            extern "C" fn $yn(n: c_int, x: $ty) -> $ty {
                let fast = special::yn(n, x.into());
                normal_or(fast.map(|result| result as $ty), || inexact::yn(n, x))
            }
            unsafe extern "C" fn $lgamma_r(x: $ty, sign: *mut c_int) -> $ty {
                match special::$fast_lgamma_r(x.into()) {
                    Some((result, sign_of)) if (result as $ty).is_normal() => {
                        *sign = sign_of;
                        result as $ty
                    }
                    _ => {
                        let (result, sign_of) = inexact::lgamma_r(x);
                        *sign = sign_of;
                        result
                    }
                }
            }
            extern "C" fn $lgamma(x: $ty) -> $ty {
                let mut sign = 0;
                // SAFETY: the sign is written to.
                let result = unsafe { $lgamma_r(x, &raw mut sign) };
                if !Real::is_nan(x) {
                    state().math.signgam.set(sign);
                }
                result
            }
            unsafe extern "C" fn $sincos(x: $ty, sine: *mut $ty, cosine: *mut $ty) {
                let fast = $fast_sincos(x);
                (*sine, *cosine) = if fast.0.is_normal() { fast } else { inexact::sincos(x) };
            }
            extern "C" fn $rint(x: $ty) -> $ty {
                exact::rint(x)
            }
            extern "C" fn $nearbyint(x: $ty) -> $ty {
                exact::nearbyint(x)
            }
            extern "C" fn $lrint(x: $ty) -> c_long {
                exact::lrint(x)
            }
            extern "C" fn $lround(x: $ty) -> c_long {
                exact::lround(x)
            }
            extern "C" fn $ilogb(x: $ty) -> c_int {
                exact::ilogb(x)
            }
            extern "C" fn $logb(x: $ty) -> $ty {
                exact::logb(x)
            }
            extern "C" fn $significand(x: $ty) -> $ty {
                exact::significand(x)
            }
            /// The second argument, a `long double`, is on the stack.
            #[unsafe(naked)]
            unsafe extern "C" fn $nexttoward() {
                core::arch::naked_asm!("lea rdi, [rsp + 8]", "jmp {}", sym $next)
            }
            unsafe extern "C" fn $next(x: $ty, toward: *const parts::Long) -> $ty {
                exact::nexttoward(x, *toward)
            }
            unsafe extern "C" fn $nan(tag: *const c_char) -> $ty {
                exact::nan(super::math_modern::tag_number(tag))
            }
        )*
    };
}

both! {
    c_double: ldexp scalbln scalb frexp modf remquo jn yn lgamma lgamma_r (lgamma_r) sincos (libm::sincos) rint nearbyint lrint lround logb
        ilogb significand nexttoward next_double nan;
    c_float: ldexpf scalblnf scalbf frexpf modff remquof jnf ynf lgammaf lgammaf_r (single_lgamma_r) sincosf (libm::sincosf) rintf nearbyintf lrintf
        lroundf logbf ilogbf significandf nexttowardf next_single nanf;
}

macro_rules! classify {
    ($($ty:ty: $finite:ident $isnan:ident $isinf:ident $class:ident $sign:ident $signaling:ident;)*) => {
        $(
            extern "C" fn $finite(x: $ty) -> c_int {
                c_int::from(Real::is_finite(x))
            }
            extern "C" fn $isnan(x: $ty) -> c_int {
                c_int::from(Real::is_nan(x))
            }
            extern "C" fn $isinf(x: $ty) -> c_int {
                if Real::is_infinite(x) { if x.is_sign_positive() { 1 } else { -1 } } else { 0 }
            }
            extern "C" fn $class(x: $ty) -> c_int {
                parts::class_number(x.classify())
            }
            extern "C" fn $sign(x: $ty) -> c_int {
                c_int::from(x.is_sign_negative())
            }
            extern "C" fn $signaling(x: $ty) -> c_int {
                c_int::from(x.is_signaling())
            }
        )*
    };
}
classify! {
    c_double: finite isnan isinf fpclassify signbit issignaling;
    c_float: finitef isnanf isinff fpclassifyf signbitf issignalingf;
}

pure_exports! { "libm.so.6";
    full acos = acos;
    full acosf = acosf;
    full acosh = acosh;
    full acoshf = acoshf;
    full asin = asin;
    full asinf = asinf;
    full asinh = asinh;
    full asinhf = asinhf;
    full atan = atan;
    full atanf = atanf;
    full atanh = atanh;
    full atanhf = atanhf;
    full cbrt = cbrt;
    full cbrtf = cbrtf;
    full cos = cos;
    full cosf = cosf;
    full cosh = cosh;
    full coshf = coshf;
    full erf = erf;
    full erff = erff;
    full erfc = erfc;
    full erfcf = erfcf;
    full exp = exp;
    full expf = expf;
    full exp2 = exp2;
    full exp2f = exp2f;
    full exp10 = exp10;
    full exp10f = exp10f;
    full expm1 = expm1;
    full expm1f = expm1f;
    full log = log;
    full logf = logf;
    full log10 = log10;
    full log10f = log10f;
    full log1p = log1p;
    full log1pf = log1pf;
    full log2 = log2;
    full log2f = log2f;
    full sin = sin;
    full sinf = sinf;
    full sinh = sinh;
    full sinhf = sinhf;
    full sqrt = sqrt;
    full sqrtf = sqrtf;
    full tan = tan;
    full tanf = tanf;
    full tanh = tanh;
    full tanhf = tanhf;
    full j0 = j0;
    full j0f = j0f;
    full j1 = j1;
    full j1f = j1f;
    full y0 = y0;
    full y0f = y0f;
    full y1 = y1;
    full y1f = y1f;
    full tgamma = tgamma;
    full tgammaf = tgammaf;
    full ceil = ceil;
    full ceilf = ceilf;
    full floor = floor;
    full floorf = floorf;
    full fabs = fabs;
    full fabsf = fabsf;
    full round = round;
    full roundf = roundf;
    full roundeven = roundeven;
    full roundevenf = roundevenf;
    full trunc = trunc;
    full truncf = truncf;
    full atan2 = atan2;
    full atan2f = atan2f;
    full fmod = fmod;
    full fmodf = fmodf;
    full hypot = hypot;
    full hypotf = hypotf;
    full pow = pow;
    full powf = powf;
    full remainder = remainder;
    full remainderf = remainderf;
    full fdim = fdim;
    full fdimf = fdimf;
    full nextafter = nextafter;
    full nextafterf = nextafterf;
    full copysign = copysign;
    full copysignf = copysignf;
    full fmax = fmax;
    full fmaxf = fmaxf;
    full fmin = fmin;
    full fminf = fminf;
    full ldexp = ldexp;
    full ldexpf = ldexpf;
    full frexp = frexp;
    full frexpf = frexpf;
    full modf = modf;
    full modff = modff;
    full remquo = remquo;
    full remquof = remquof;
    full fma = fma;
    full fmaf = fmaf;
    full jn = jn;
    full jnf = jnf;
    full yn = yn;
    full ynf = ynf;
    full lgamma = lgamma;
    full lgammaf = lgammaf;
    full lgamma_r = lgamma_r;
    full lgammaf_r = lgammaf_r;
    full sincos = sincos;
    full sincosf = sincosf;
    full rint = rint;
    full rintf = rintf;
    full lrint = lrint;
    full lrintf = lrintf;
    full lround = lround;
    full lroundf = lroundf;
    full scalbln = scalbln;
    full scalblnf = scalblnf;
    full scalb = scalb;
    full scalbf = scalbf;
    full logb = logb;
    full logbf = logbf;
    full ilogb = ilogb;
    full ilogbf = ilogbf;
    full significand = significand;
    full significandf = significandf;
    full nexttoward = nexttoward;
    full nexttowardf = nexttowardf;
    full nan = nan;
    full nanf = nanf;
    full finite = finite;
    full finitef = finitef;
    full isnan = isnan;
    full isnanf = isnanf;
    full isinf = isinf;
    full isinff = isinff;
    full scalbn = ldexp;
    full scalbnf = ldexpf;
    full nearbyint = nearbyint;
    full nearbyintf = nearbyintf;
    full llrint = lrint;
    full llrintf = lrintf;
    full llround = lround;
    full llroundf = lroundf;
    full gamma = lgamma;
    full gammaf = lgammaf;
    full drem = remainder;
    full dremf = remainderf;
    full pow10 = exp10;
    full pow10f = exp10f;
    full __acos_finite = acos;
    full __acosf_finite = acosf;
    full __acosh_finite = acosh;
    full __acoshf_finite = acoshf;
    full __asin_finite = asin;
    full __asinf_finite = asinf;
    full __atan2_finite = atan2;
    full __atan2f_finite = atan2f;
    full __atanh_finite = atanh;
    full __atanhf_finite = atanhf;
    full __cosh_finite = cosh;
    full __coshf_finite = coshf;
    full __exp_finite = exp;
    full __expf_finite = expf;
    full __exp2_finite = exp2;
    full __exp2f_finite = exp2f;
    full __exp10_finite = exp10;
    full __exp10f_finite = exp10f;
    full __fmod_finite = fmod;
    full __fmodf_finite = fmodf;
    full __hypot_finite = hypot;
    full __hypotf_finite = hypotf;
    full __j0_finite = j0;
    full __j0f_finite = j0f;
    full __j1_finite = j1;
    full __j1f_finite = j1f;
    full __jn_finite = jn;
    full __jnf_finite = jnf;
    full __log_finite = log;
    full __logf_finite = logf;
    full __log10_finite = log10;
    full __log10f_finite = log10f;
    full __log2_finite = log2;
    full __log2f_finite = log2f;
    full __pow_finite = pow;
    full __powf_finite = powf;
    full __remainder_finite = remainder;
    full __remainderf_finite = remainderf;
    full __scalb_finite = scalb;
    full __scalbf_finite = scalbf;
    full __sinh_finite = sinh;
    full __sinhf_finite = sinhf;
    full __sqrt_finite = sqrt;
    full __sqrtf_finite = sqrtf;
    full __y0_finite = y0;
    full __y0f_finite = y0f;
    full __y1_finite = y1;
    full __y1f_finite = y1f;
    full __yn_finite = yn;
    full __ynf_finite = ynf;
    full __lgamma_r_finite = lgamma_r;
    full __lgammaf_r_finite = lgammaf_r;
    full __finite = finite;
    full __finitef = finitef;
    full __isnan = isnan;
    full __isnanf = isnanf;
    full __isinf = isinf;
    full __isinff = isinff;
    full __fpclassify = fpclassify;
    full __fpclassifyf = fpclassifyf;
    full __signbit = signbit;
    full __signbitf = signbitf;
    full __issignaling = issignaling;
    full __issignalingf = issignalingf;
}

data_exports! { "libm.so.6";
    full signgam = math.signgam: c_int;
    full __signgam = math.signgam: c_int;
}
