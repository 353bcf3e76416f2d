//! `math.h`: `double` and `float`. Errors are reported as glibc does: EDOM with a NaN, ERANGE with an infinity or zero.
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_double, c_float, c_int, c_long};

use crate::abi::{EDOM, ERANGE};
use crate::libc::math::{control, parts};
use crate::libc::set_errno;
use crate::libc::state::state;
use crate::{data_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE, DATA, super::math_long::PURE];

/// Sets errno for a result that is no number or infinite though the arguments were not.
macro_rules! checked {
    ($result:expr; $($argument:expr),+) => {{
        let mut result = $result;
        if result.is_nan() {
            if $(!$argument.is_nan())&&+ {
                set_errno(EDOM);
                // The NaN the processor makes has its sign set.
                result = -result.abs();
            }
        } else if result.is_infinite() && $($argument.is_finite())&&+ {
            set_errno(ERANGE);
        }
        result
    }};
}

/// As `checked`, for functions that make their NaN themselves, without a sign.
macro_rules! checked_plain {
    ($result:expr; $($argument:expr),+) => {{
        let result = checked!($result; $($argument),+);
        if result.is_nan() && $(!$argument.is_nan())&&+ { result.abs() } else { result }
    }};
}

/// As `checked`, and for a result too small.
macro_rules! checked_small {
    ($result:expr; $($argument:expr),+) => {{
        let result = checked!($result; $($argument),+);
        if result == 0.0 && $($argument.is_finite())&&+ {
            set_errno(ERANGE);
        }
        result
    }};
}

macro_rules! unary {
    ($check:ident; $($name:ident $single:ident)*) => {
        $(
            extern "C" fn $name(x: c_double) -> c_double {
                $check!(libm::$name(x); x)
            }
            extern "C" fn $single(x: c_float) -> c_float {
                $check!(libm::$single(x); x)
            }
        )*
    };
}

macro_rules! binary {
    ($($name:ident $single:ident)*) => {
        $(
            extern "C" fn $name(x: c_double, y: c_double) -> c_double {
                checked!(libm::$name(x, y); x, y)
            }
            extern "C" fn $single(x: c_float, y: c_float) -> c_float {
                checked!(libm::$single(x, y); x, y)
            }
        )*
    };
}

unary! { checked; acosh acoshf asinh asinhf atan atanf atanh atanhf cbrt cbrtf cos cosf cosh coshf erf erff erfc erfcf expm1 expm1f log logf log1p log1pf log2 log2f sin sinf sinh sinhf sqrt sqrtf tan tanf tanh tanhf j0 j0f j1 j1f y0 y0f y1 y1f tgamma tgammaf }
unary! { checked_plain; acos acosf asin asinf log10 log10f }
unary! { checked; ceil ceilf floor floorf fabs fabsf round roundf roundeven roundevenf trunc truncf }
unary! { checked_small; exp expf exp2 exp2f exp10 exp10f }
binary! { atan2 atan2f fmod fmodf hypot hypotf remainder remainderf fdim fdimf nextafter nextafterf }
binary! { copysign copysignf fmax fmaxf fmin fminf }

macro_rules! both {
    ($(($name:ident $scaled:ident $fraction:ident $whole:ident $remquo:ident $fused:ident $power:ident $jn:ident $yn:ident
        $lgamma:ident $lgamma_r:ident $sincos:ident $rint:ident $lrint:ident $lround:ident $scaled_long:ident $scalb:ident
        $logb:ident $ilogb:ident $significand:ident $nexttoward:ident $nan:ident: $ty:ty, $frexp:path, $modf:path,
        $rem:path, $fma:path, $pow:path, $j:path, $y:path, $lg:path, $sc:path, $round:path, $scale:path, $next:path);)*) => {
        $(
            pub extern "C" fn $scaled(x: $ty, exponent: c_int) -> $ty {
                let result = $scale(x, exponent);
                if x.is_finite() && x != 0.0 && (result.is_infinite() || result == 0.0) {
                    set_errno(ERANGE);
                }
                result
            }
            extern "C" fn $scaled_long(x: $ty, exponent: c_long) -> $ty {
                $scaled(x, exponent.clamp(-100_000, 100_000) as c_int)
            }
            extern "C" fn $scalb(x: $ty, exponent: $ty) -> $ty {
                if exponent.is_nan() || exponent != $rint(exponent) {
                    return checked!(<$ty>::NAN; x, exponent);
                }
                $scaled(x, exponent.clamp(-100_000.0, 100_000.0) as c_int)
            }
            unsafe extern "C" fn $fraction(x: $ty, exponent: *mut c_int) -> $ty {
                let (fraction, power) = $frexp(x);
                *exponent = if x.is_finite() { power } else { 0 };
                fraction
            }
            unsafe extern "C" fn $whole(x: $ty, integer: *mut $ty) -> $ty {
                if x.is_infinite() {
                    *integer = x;
                    return <$ty>::copysign(0.0, x);
                }
                let (fraction, whole) = $modf(x);
                *integer = whole;
                fraction.copysign(x)
            }
            unsafe extern "C" fn $remquo(x: $ty, y: $ty, quotient: *mut c_int) -> $ty {
                let (remainder, low) = $rem(x, y);
                *quotient = low;
                checked!(remainder; x, y)
            }
            extern "C" fn $fused(x: $ty, y: $ty, z: $ty) -> $ty {
                $fma(x, y, z)
            }
            pub extern "C" fn $power(x: $ty, y: $ty) -> $ty {
                let result = checked!($pow(x, y); x, y);
                if result == 0.0 && x != 0.0 && x.is_finite() && y.is_finite() {
                    set_errno(ERANGE);
                }
                result
            }
            extern "C" fn $jn(n: c_int, x: $ty) -> $ty {
                $j(n, x)
            }
            extern "C" fn $yn(n: c_int, x: $ty) -> $ty {
                checked!($y(n, x); x)
            }
            extern "C" fn $lgamma(x: $ty) -> $ty {
                let (result, sign) = $lg(x);
                state().math.signgam.set(sign);
                checked!(result; x)
            }
            unsafe extern "C" fn $lgamma_r(x: $ty, sign: *mut c_int) -> $ty {
                let (result, sign_of) = $lg(x);
                *sign = sign_of;
                checked!(result; x)
            }
            unsafe extern "C" fn $sincos(x: $ty, sine: *mut $ty, cosine: *mut $ty) {
                let (s, c) = $sc(x);
                *sine = checked!(s; x);
                *cosine = c;
            }
            /// Rounds in the current direction.
            extern "C" fn $rint(x: $ty) -> $ty {
                control::round_to_integer(f64::from(x)) as $ty
            }
            extern "C" fn $lrint(x: $ty) -> c_long {
                control::to_integer(f64::from(x))
            }
            extern "C" fn $lround(x: $ty) -> c_long {
                control::truncate(f64::from($round(x)))
            }
            extern "C" fn $ilogb(x: $ty) -> c_int {
                if x == 0.0 || x.is_nan() {
                    set_errno(EDOM);
                    return c_int::MIN;
                }
                if x.is_infinite() {
                    set_errno(EDOM);
                    return c_int::MAX;
                }
                $frexp(x).1 - 1
            }
            extern "C" fn $logb(x: $ty) -> $ty {
                if x == 0.0 {
                    set_errno(ERANGE);
                    return -<$ty>::INFINITY;
                }
                if !x.is_finite() {
                    return x * x;
                }
                ($frexp(x).1 - 1) as $ty
            }
            extern "C" fn $significand(x: $ty) -> $ty {
                if x == 0.0 || !x.is_finite() { x } else { $frexp(x).0 * 2.0 }
            }
            /// The second argument, a `long double`, is on the stack.
            #[unsafe(naked)]
            unsafe extern "C" fn $nexttoward() {
                core::arch::naked_asm!("lea rdi, [rsp + 8]", "jmp {}", sym $next)
            }
            unsafe extern "C" fn $nan(_tag: *const c_char) -> $ty {
                <$ty>::NAN
            }
        )*
    };
}

unsafe extern "C" fn next_double(x: c_double, toward: *const parts::Long) -> c_double {
    match parts::compare(&parts::Long::from_f64(x), &*toward) {
        None => c_double::NAN,
        Some(core::cmp::Ordering::Equal) => (*toward).to_f64(),
        Some(order) => nextafter(x, if order.is_lt() { c_double::INFINITY } else { -c_double::INFINITY }),
    }
}

unsafe extern "C" fn next_single(x: c_float, toward: *const parts::Long) -> c_float {
    match parts::compare(&parts::Long::from_f64(f64::from(x)), &*toward) {
        None => c_float::NAN,
        Some(core::cmp::Ordering::Equal) => (*toward).to_f64() as c_float,
        Some(order) => nextafterf(x, if order.is_lt() { c_float::INFINITY } else { -c_float::INFINITY }),
    }
}

both! {
    (double ldexp frexp modf remquo fma pow jn yn lgamma lgamma_r sincos rint lrint lround scalbln scalb logb ilogb
        significand nexttoward nan: c_double, libm::frexp, libm::modf, libm::remquo, libm::fma, libm::pow, libm::jn,
        libm::yn, libm::lgamma_r, libm::sincos, libm::round, libm::scalbn, next_double);
    (single ldexpf frexpf modff remquof fmaf powf jnf ynf lgammaf lgammaf_r sincosf rintf lrintf lroundf scalblnf scalbf
        logbf ilogbf significandf nexttowardf nanf: c_float, libm::frexpf, libm::modff, libm::remquof, libm::fmaf,
        libm::powf, libm::jnf, libm::ynf, libm::lgammaf_r, libm::sincosf, libm::roundf, libm::scalbnf, next_single);
}

macro_rules! classify {
    ($($ty:ty: $finite:ident $isnan:ident $isinf:ident $class:ident $sign:ident $signaling:ident $quiet:expr;)*) => {
        $(
            extern "C" fn $finite(x: $ty) -> c_int {
                c_int::from(x.is_finite())
            }
            extern "C" fn $isnan(x: $ty) -> c_int {
                c_int::from(x.is_nan())
            }
            extern "C" fn $isinf(x: $ty) -> c_int {
                if x.is_infinite() { if x > 0.0 { 1 } else { -1 } } else { 0 }
            }
            extern "C" fn $class(x: $ty) -> c_int {
                parts::class_number(x.classify())
            }
            extern "C" fn $sign(x: $ty) -> c_int {
                c_int::from(x.is_sign_negative())
            }
            extern "C" fn $signaling(x: $ty) -> c_int {
                c_int::from(x.is_nan() && x.to_bits() & $quiet == 0)
            }
        )*
    };
}
classify! {
    c_double: finite isnan isinf fpclassify signbit issignaling 1 << 51;
    c_float: finitef isnanf isinff fpclassifyf signbitf issignalingf 1 << 22;
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
    full nearbyint = rint;
    full nearbyintf = rintf;
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
