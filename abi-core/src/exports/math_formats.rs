//! `math.h` and `complex.h`: the functions of `_Float32`, `_Float64`, `_Float32x` and `_Float64x`, which are `float`, `double`
//! and `long double` by other names.

use core::ffi::c_double;

use super::Export;
use crate::libc::math::modern;

/// This file's rows.
pub const TABLES: &[&[Export]] = &[FORMATS, NARROWING];

/// The same function by another name.
const fn alias(name: &'static str, of: &str) -> Export {
    let tables: [&[Export]; 4] =
        [super::math::PURE, super::math_long::PURE, super::math_modern::PURE, super::complex::PURE];
    let mut table = 0;
    while table < tables.len() {
        let mut row = 0;
        while row < tables[table].len() {
            if is_same(tables[table][row].name, of) {
                return Export { name, ..tables[table][row] };
            }
            row += 1;
        }
        table += 1;
    }
    panic!("a name without a function")
}

const fn is_same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// Names without the format, and what comes behind it.
macro_rules! formats {
    ($($name:ident $($rest:literal)?)*) => {
        #[allow(long_running_const_eval, reason = "names are compared at compile time")]
        const FORMATS: &[Export] = &[$(
            alias(concat!(stringify!($name), "f32" $(, $rest)?), concat!(stringify!($name), "f" $(, $rest)?)),
            alias(concat!(stringify!($name), "f64" $(, $rest)?), concat!(stringify!($name) $(, $rest)?)),
            alias(concat!(stringify!($name), "f32x" $(, $rest)?), concat!(stringify!($name) $(, $rest)?)),
            alias(concat!(stringify!($name), "f64x" $(, $rest)?), concat!(stringify!($name), "l" $(, $rest)?)),
        )*];
    };
}

formats! {
    acos acosh asin asinh atan atan2 atanh cabs cacos cacosh canonicalize carg casin casinh catan catanh cbrt ccos ccosh ceil
    cexp cimag clog clog10 conj copysign cos cosh cpow cproj creal csin csinh csqrt ctan ctanh erf erfc exp exp10 exp2 expm1
    fabs fdim floor fma fmax fmaximum fmaximum_mag fmaximum_mag_num fmaximum_num fmaxmag fmin fminimum fminimum_mag
    fminimum_mag_num fminimum_num fminmag fmod frexp fromfp fromfpx getpayload hypot ilogb j0 j1 jn ldexp lgamma lgamma "_r"
    llogb llrint llround log log10 log1p log2 logb lrint lround modf nan nearbyint nextafter nextdown nextup pow remainder
    remquo rint round roundeven scalbln scalbn setpayload setpayloadsig sin sincos sinh sqrt tan tanh tgamma totalorder
    totalordermag trunc ufromfp ufromfpx y0 y1 yn
}

/// Functions that round to a narrower format, or to the same: those of `double`, and what those of others are called.
macro_rules! narrowing {
    ($($name:literal $same:ident $of:ident ($($x:ident),*);)*) => {
        $(extern "C" fn $same($($x: c_double),*) -> c_double {
            modern::$of($($x),*)
        })*
        const NARROWING: &[Export] = &[$(
            alias(concat!("f32", $name, "f32x"), concat!("f", $name)),
            alias(concat!("f32", $name, "f64"), concat!("f", $name)),
            alias(concat!("f32", $name, "f64x"), concat!("f", $name, "l")),
            alias(concat!("f32x", $name, "f64x"), concat!("d", $name, "l")),
            alias(concat!("f64", $name, "f64x"), concat!("d", $name, "l")),
            Export { name: stringify!($same), address: $same as *const (), ..alias("", "fadd") },
        )*];
    };
}
narrowing! {
    "add" f32xaddf64 narrow_add (x, y);
    "sub" f32xsubf64 narrow_subtract (x, y);
    "mul" f32xmulf64 narrow_multiply (x, y);
    "div" f32xdivf64 narrow_divide (x, y);
    "sqrt" f32xsqrtf64 narrow_root (x);
    "fma" f32xfmaf64 narrow_fma (x, y, z);
}
