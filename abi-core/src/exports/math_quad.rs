//! `math.h` and `complex.h`: `_Float128`, which comes in vector registers; complex ones lie in memory.
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]
#![allow(
    improper_ctypes_definitions,
    reason = "a vector register's type is C's `__m128i`, which is passed as a `_Float128`"
)]

use core::ffi::{c_char, c_double, c_float, c_int, c_long, c_uint};

use super::Export;
use super::extended::returns_long;
use super::math_modern::{store_payload, tag_number};
use crate::libc::math::complex::Complex;
use crate::libc::math::modern::{self, Extreme, Inexact};
use crate::libc::math::parts::{self, Long};
use crate::libc::math::quad::{Quad, Register};
use crate::libc::math::real::Real;
use crate::libc::math::{exact, inexact};

/// This file's rows.
pub const TABLES: &[&[Export]] = &[UNARY, BINARY, MIXED, COMPLEX, NARROWING];

/// A row.
const fn row(name: &'static str, address: *const ()) -> Export {
    Export { name, address, ..super::math::PURE[0] }
}

/// Rows of a function and what it does with numbers of its own name's arguments.
macro_rules! numbers {
    ($table:ident: $($name:ident ($($x:ident),+) $value:expr;)*) => {
        $(extern "C" fn $name($($x: Register),+) -> Register {
            $(let $x = Quad::from($x);)+
            $value.into()
        })*
        const $table: &[Export] = &[$(row(concat!(stringify!($name), "f128"), $name as *const ()),)*];
    };
}

macro_rules! unary {
    ($($module:ident: $($name:ident)*;)*) => {
        numbers! { UNARY: $($($name (x) $module::$name(x);)*)* }
    };
}
unary! {
    exact: ceil floor nearbyint rint round roundeven sqrt trunc logb;
    inexact: acos acosh asin asinh atan atanh cbrt cos cosh erf erfc exp exp10 exp2 expm1 j0 j1 lgamma log log10 log1p log2 sin
        sinh tan tanh tgamma y0 y1;
}
numbers! { BINARY:
    atan2 (y, x) inexact::atan2(y, x);
    copysign (x, y) x.with_sign(y.is_negative());
    fabs (x) x.with_sign(false);
    fdim (x, y) exact::fdim(x, y);
    fma (x, y, z) exact::fma(x, y, z);
    fmax (x, y) exact::fmax(x, y);
    fmaximum (x, y) modern::extreme(x, y, Extreme::Maximum);
    fmaximum_mag (x, y) modern::extreme_magnitude(x, y, Extreme::Maximum);
    fmaximum_mag_num (x, y) modern::extreme_magnitude_number(x, y, Extreme::Maximum);
    fmaximum_num (x, y) modern::extreme_number(x, y, Extreme::Maximum);
    fmaxmag (x, y) modern::fmaxmag(x, y, Extreme::Maximum);
    fmin (x, y) exact::fmin(x, y);
    fminimum (x, y) modern::extreme(x, y, Extreme::Minimum);
    fminimum_mag (x, y) modern::extreme_magnitude(x, y, Extreme::Minimum);
    fminimum_mag_num (x, y) modern::extreme_magnitude_number(x, y, Extreme::Minimum);
    fminimum_num (x, y) modern::extreme_number(x, y, Extreme::Minimum);
    fminmag (x, y) modern::fmaxmag(x, y, Extreme::Minimum);
    fmod (x, y) exact::fmod(x, y);
    hypot (x, y) inexact::hypot(x, y);
    nextafter (x, y) exact::nextafter(x, y);
    nextdown (x) exact::next_quietly(x, true);
    nextup (x) exact::next_quietly(x, false);
    pow (x, y) inexact::pow(x, y);
    remainder (x, y) exact::remainder(x, y);
}

/// Functions of a number and what is no number.
macro_rules! mixed {
    ($($name:ident $export:literal ($($arg:ident: $ty:ty),*) -> $result:ty, $value:expr;)*) => {
        $(unsafe extern "C" fn $name($($arg: $ty),*) -> $result {
            $value
        })*
        const MIXED: &[Export] = &[$(row($export, $name as *const ()),)*];
    };
}
mixed! {
    finite "__finitef128" (x: Register) -> c_int, c_int::from(Quad::from(x).is_finite());
    fpclassify "__fpclassifyf128" (x: Register) -> c_int, parts::class_number(Quad::from(x).classify());
    isinf "__isinff128" (x: Register) -> c_int, {
        let x = Quad::from(x);
        if x.is_infinite() { if x.is_negative() { -1 } else { 1 } } else { 0 }
    };
    isnan "__isnanf128" (x: Register) -> c_int, c_int::from(Quad::from(x).is_nan());
    signbit "__signbitf128" (x: Register) -> c_int, c_int::from(Quad::from(x).is_negative());
    issignaling "__issignalingf128" (x: Register) -> c_int, c_int::from(Quad::from(x).is_signaling());
    iseqsig "__iseqsigf128" (x: Register, y: Register) -> c_int, modern::iseqsig(Quad::from(x), y.into());
    ilogb "ilogbf128" (x: Register) -> c_int, exact::ilogb(Quad::from(x));
    llogb "llogbf128" (x: Register) -> c_long, modern::llogb(Quad::from(x));
    lrint "lrintf128" (x: Register) -> c_long, exact::lrint(Quad::from(x));
    llrint "llrintf128" (x: Register) -> c_long, exact::lrint(Quad::from(x));
    lround "lroundf128" (x: Register) -> c_long, exact::lround(Quad::from(x));
    llround "llroundf128" (x: Register) -> c_long, exact::lround(Quad::from(x));
    jn "jnf128" (n: c_int, x: Register) -> Register, inexact::jn(n, Quad::from(x)).into();
    yn "ynf128" (n: c_int, x: Register) -> Register, inexact::yn(n, Quad::from(x)).into();
    ldexp "ldexpf128" (x: Register, n: c_int) -> Register, exact::ldexp(Quad::from(x), n.into()).into();
    scalbn "scalbnf128" (x: Register, n: c_int) -> Register, exact::ldexp(Quad::from(x), n.into()).into();
    scalbln "scalblnf128" (x: Register, n: c_long) -> Register, exact::ldexp(Quad::from(x), n).into();
    frexp "frexpf128" (x: Register, to: *mut c_int) -> Register, {
        let (fraction, exponent) = exact::frexp(Quad::from(x));
        *to = exponent;
        fraction.into()
    };
    modf "modff128" (x: Register, to: *mut Quad) -> Register, {
        let (fraction, whole) = exact::modf(Quad::from(x));
        *to = whole;
        fraction.into()
    };
    remquo "remquof128" (x: Register, y: Register, to: *mut c_int) -> Register, {
        let (remainder, low) = exact::remquo(Quad::from(x), y.into());
        if let Some(low) = low {
            *to = low;
        }
        remainder.into()
    };
    sincos "sincosf128" (x: Register, sine: *mut Quad, cosine: *mut Quad) -> (), {
        (*sine, *cosine) = inexact::sincos(Quad::from(x));
    };
    lgamma_r "lgammaf128_r" (x: Register, to: *mut c_int) -> Register, {
        let (result, sign) = inexact::lgamma_r(Quad::from(x));
        *to = sign;
        result.into()
    };
    nan "nanf128" (tag: *const c_char) -> Register, exact::nan::<Quad>(tag_number(tag)).into();
    fromfp "fromfpf128" (x: Register, direction: c_int, width: c_uint) -> i64,
        modern::fromfp(Quad::from(x), direction, width, Inexact::Silent);
    fromfpx "fromfpxf128" (x: Register, direction: c_int, width: c_uint) -> i64,
        modern::fromfp(Quad::from(x), direction, width, Inexact::Raised);
    ufromfp "ufromfpf128" (x: Register, direction: c_int, width: c_uint) -> u64,
        modern::ufromfp(Quad::from(x), direction, width, Inexact::Silent);
    ufromfpx "ufromfpxf128" (x: Register, direction: c_int, width: c_uint) -> u64,
        modern::ufromfp(Quad::from(x), direction, width, Inexact::Raised);
    getpayload "getpayloadf128" (x: *const Quad) -> Register, modern::getpayload(*x).into();
    setpayload "setpayloadf128" (to: *mut Quad, payload: Register) -> c_int, store_payload(to, payload.into(), false);
    setpayloadsig "setpayloadsigf128" (to: *mut Quad, payload: Register) -> c_int, store_payload(to, payload.into(), true);
    totalorder "totalorderf128" (x: *const Quad, y: *const Quad) -> c_int, modern::totalorder(*x, *y);
    totalordermag "totalordermagf128" (x: *const Quad, y: *const Quad) -> c_int, modern::totalordermag(*x, *y);
    canonicalize "canonicalizef128" (to: *mut Quad, x: *const Quad) -> c_int, {
        *to = if (*x).is_nan() { (*x).plus(*x) } else { *x };
        0
    };
}

/// Rows of a function of complex numbers and the method that it is.
macro_rules! complex {
    ($($name:ident $method:ident ($($other:ident)?);)*) => {
        $(extern "C" fn $name(z: Complex<Quad> $(, $other: Complex<Quad>)?) -> Complex<Quad> {
            z.$method($($other)?)
        })*
        const COMPLEX: &[Export] = &[
            $(row(concat!(stringify!($name), "f128"), $name as *const ()),)*
            row("cabsf128", cabs as *const ()),
            row("cargf128", carg as *const ()),
            row("cimagf128", cimag as *const ()),
            row("crealf128", creal as *const ()),
        ];
    };
}
complex! {
    cacos acos ();
    cacosh acosh ();
    casin asin ();
    casinh asinh ();
    catan atan ();
    catanh atanh ();
    ccos cos ();
    ccosh cosh ();
    cexp exp ();
    clog ln ();
    clog10 log10 ();
    conj conj ();
    cpow pow (exponent);
    cproj proj ();
    csin sin ();
    csinh sinh ();
    csqrt sqrt ();
    ctan tan ();
    ctanh tanh ();
}
extern "C" fn cabs(z: Complex<Quad>) -> Register {
    inexact::hypot(z.re, z.im).into()
}
extern "C" fn carg(z: Complex<Quad>) -> Register {
    inexact::atan2(z.im, z.re).into()
}
extern "C" fn cimag(z: Complex<Quad>) -> Register {
    z.im.into()
}
extern "C" fn creal(z: Complex<Quad>) -> Register {
    z.re.into()
}

/// Rows of a function that rounds to a narrower format: its name, what it does, its arguments, and what it is called where the
/// result is a `float`, a `double` and a `long double`.
macro_rules! narrowing {
    ($($name:ident $of:ident ($($x:ident),*) $single:ident $twice:ident $extended:ident;)*) => {
        $(
            extern "C" fn $single($($x: Register),*) -> c_float {
                modern::$of($(Quad::from($x)),*)
            }
            extern "C" fn $twice($($x: Register),*) -> c_double {
                modern::$of($(Quad::from($x)),*)
            }
            narrowing!(@extended $of $extended ($($x),*));
        )*
        const NARROWING: &[Export] = &[$(
            row(concat!("f32", stringify!($name), "f128"), $single as *const ()),
            row(concat!("f32x", stringify!($name), "f128"), $twice as *const ()),
            row(concat!("f64", stringify!($name), "f128"), $twice as *const ()),
            row(concat!("f64x", stringify!($name), "f128"), $extended as *const ()),
        )*];
    };
    // The result goes to st(0), by way of memory.
    (@extended $of:ident $extended:ident ($($x:ident),*)) => {
        returns_long!($extended, [], "rdi", body, {
            extern "C" fn body(to: &mut Long, $($x: Register),*) {
                *to = modern::$of($(Quad::from($x)),*);
            }
        });
    };
}
narrowing! {
    add narrow_add (x, y) f32add f64add f64xadd;
    sub narrow_subtract (x, y) f32sub f64sub f64xsub;
    mul narrow_multiply (x, y) f32mul f64mul f64xmul;
    div narrow_divide (x, y) f32div f64div f64xdiv;
    sqrt narrow_root (x) f32sqrt f64sqrt f64xsqrt;
    fma narrow_fma (x, y, z) f32fma f64fma f64xfma;
}
