//! `math.h`: `long double`, on the x87. Arguments lie on the stack, 16 bytes each; results are in st(0).
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::arch::naked_asm;
use core::ffi::{c_char, c_int, c_long};

use super::extended::returns_long;
use crate::libc::math::parts::{self, Long};
use crate::libc::math::{exact, long, long_exact};
use crate::pure_exports;

macro_rules! x87 {
    ($($name:ident $($instruction:literal)*;)*) => {
        $(#[unsafe(naked)]
        unsafe extern "C" fn $name() {
            naked_asm!($($instruction,)* "ret")
        })*
    };
}

x87! {
    fabsl "fld tbyte ptr [rsp + 8]" "fabs";
    lrintl "fld tbyte ptr [rsp + 8]" "fistp qword ptr [rsp - 8]" "mov rax, [rsp - 8]";
}

/// The function's arguments' addresses and the result's come in registers.
macro_rules! through_memory {
    ($($name:ident $setup:literal $move:literal $out:literal $body:path;)*) => {
        $(returns_long!(pub $name, [$move, $setup], $out, $body);)*
    };
}

macro_rules! to_integer {
    ($($name:ident $body:path;)*) => {
        $(#[unsafe(naked)]
        unsafe extern "C" fn $name() {
            naked_asm!("lea rdi, [rsp + 8]", "jmp {body}", body = sym $body)
        })*
    };
}

through_memory! {
    ceill "lea rdi, [rsp + 8]" "" "rsi" long_exact::ceil;
    floorl "lea rdi, [rsp + 8]" "" "rsi" long_exact::floor;
    truncl "lea rdi, [rsp + 8]" "" "rsi" long_exact::trunc;
    roundl "lea rdi, [rsp + 8]" "" "rsi" long_exact::round;
    expl "lea rdi, [rsp + 8]" "" "rsi" long::exp;
    exp2l "lea rdi, [rsp + 8]" "" "rsi" long::exp2;
    exp10l "lea rdi, [rsp + 8]" "" "rsi" long::exp10;
    expm1l "lea rdi, [rsp + 8]" "" "rsi" long::expm1;
    log1pl "lea rdi, [rsp + 8]" "" "rsi" long::log1p;
    sinhl "lea rdi, [rsp + 8]" "" "rsi" long::sinh;
    coshl "lea rdi, [rsp + 8]" "" "rsi" long::cosh;
    tanhl "lea rdi, [rsp + 8]" "" "rsi" long::tanh;
    asinhl "lea rdi, [rsp + 8]" "" "rsi" long::asinh;
    acoshl "lea rdi, [rsp + 8]" "" "rsi" long::acosh;
    atanhl "lea rdi, [rsp + 8]" "" "rsi" long::atanh;
    cbrtl "lea rdi, [rsp + 8]" "" "rsi" long::cbrt;
    logbl "lea rdi, [rsp + 8]" "" "rsi" long_exact::logb;
    sqrtl "lea rdi, [rsp + 8]" "" "rsi" long_exact::sqrt;
    logl "lea rdi, [rsp + 8]" "" "rsi" long::log;
    log2l "lea rdi, [rsp + 8]" "" "rsi" long::log2;
    log10l "lea rdi, [rsp + 8]" "" "rsi" long::log10;
    sinl "lea rdi, [rsp + 8]" "" "rsi" long::sin;
    cosl "lea rdi, [rsp + 8]" "" "rsi" long::cos;
    tanl "lea rdi, [rsp + 8]" "" "rsi" long::tan;
    asinl "lea rdi, [rsp + 8]" "" "rsi" long::asin;
    acosl "lea rdi, [rsp + 8]" "" "rsi" long::acos;
    atanl "lea rdi, [rsp + 8]" "" "rsi" long::atan;
    atan2l "lea rdi, [rsp + 8]" "lea rsi, [rsp + 24]" "rdx" long::atan2;
    rintl "lea rdi, [rsp + 8]" "" "rsi" long_exact::rint;
    nearbyintl "lea rdi, [rsp + 8]" "" "rsi" long_exact::nearbyint;
    roundevenl "lea rdi, [rsp + 8]" "" "rsi" long_exact::roundeven;
    significandl "lea rdi, [rsp + 8]" "" "rsi" long_exact::significand;
    scalbl "lea rdi, [rsp + 8]" "lea rsi, [rsp + 24]" "rdx" long_exact::scalb;
    fmodl "lea rdi, [rsp + 8]" "lea rsi, [rsp + 24]" "rdx" long_exact::fmod;
    remainderl "lea rdi, [rsp + 8]" "lea rsi, [rsp + 24]" "rdx" long_exact::remainder;
    erfl "lea rdi, [rsp + 8]" "" "rsi" long::erf;
    erfcl "lea rdi, [rsp + 8]" "" "rsi" long::erfc;
    tgammal "lea rdi, [rsp + 8]" "" "rsi" long::tgamma;
    lgammal "lea rdi, [rsp + 8]" "" "rsi" long::lgamma;
    j0l "lea rdi, [rsp + 8]" "" "rsi" long::j0;
    j1l "lea rdi, [rsp + 8]" "" "rsi" long::j1;
    y0l "lea rdi, [rsp + 8]" "" "rsi" long::y0;
    y1l "lea rdi, [rsp + 8]" "" "rsi" long::y1;
    powl "lea rdi, [rsp + 8]" "lea rsi, [rsp + 24]" "rdx" long::pow;
    hypotl "lea rdi, [rsp + 8]" "lea rsi, [rsp + 24]" "rdx" long::hypot;
    copysignl "lea rdi, [rsp + 8]" "lea rsi, [rsp + 24]" "rdx" long_exact::copysign;
    fmaxl "lea rdi, [rsp + 8]" "lea rsi, [rsp + 24]" "rdx" long_exact::fmax;
    fminl "lea rdi, [rsp + 8]" "lea rsi, [rsp + 24]" "rdx" long_exact::fmin;
    fdiml "lea rdi, [rsp + 8]" "lea rsi, [rsp + 24]" "rdx" long_exact::fdim;
    nextafterl "lea rdi, [rsp + 8]" "lea rsi, [rsp + 24]" "rdx" long_exact::nextafter;
    fmal "lea rdi, [rsp + 8]" "" "rsi" long_exact::fma;
    ldexpl "lea rdi, [rsp + 8]" "movsxd rsi, edi" "rdx" long_exact::scale;
    scalblnl "lea rdi, [rsp + 8]" "mov rsi, rdi" "rdx" long_exact::scale;
    frexpl "lea rdi, [rsp + 8]" "mov rsi, rdi" "rdx" long_exact::frexp;
    modfl "lea rdi, [rsp + 8]" "mov rsi, rdi" "rdx" long_exact::modf;
    remquol "lea rdi, [rsp + 8]" "mov rsi, rdi" "rdx" long_exact::remquo;
    lgammal_r "lea rdi, [rsp + 8]" "mov rsi, rdi" "rdx" long::lgamma_r;
    gammal_r "lea rdi, [rsp + 8]" "mov rsi, rdi" "rdx" long::gamma_r;
    jnl "lea rdi, [rsp + 8]" "mov rsi, rdi" "rdx" long::jn;
    nanl "" "" "rsi" tagged_nan;
    ynl "lea rdi, [rsp + 8]" "mov rsi, rdi" "rdx" long::yn;
}

unsafe extern "C" fn is_nan(x: &Long) -> c_int {
    c_int::from(x.is_nan())
}
unsafe extern "C" fn is_infinite(x: &Long) -> c_int {
    if x.is_infinite() { if x.is_negative() { -1 } else { 1 } } else { 0 }
}
unsafe extern "C" fn is_finite(x: &Long) -> c_int {
    c_int::from(x.is_finite())
}
unsafe extern "C" fn sign_bit(x: &Long) -> c_int {
    c_int::from(x.is_negative())
}
unsafe extern "C" fn classify(x: &Long) -> c_int {
    parts::class_number(x.classify())
}
unsafe extern "C" fn is_signaling(x: &Long) -> c_int {
    c_int::from(x.is_nan() && x.significand() >> 62 & 1 == 0)
}
unsafe extern "C" fn round_to_long(x: &Long) -> c_long {
    long_exact::lround(x)
}
unsafe extern "C" fn exponent_of(x: &Long) -> c_int {
    long_exact::ilogb(x)
}

to_integer! {
    isnanl is_nan;
    isinfl is_infinite;
    finitel is_finite;
    signbitl sign_bit;
    fpclassifyl classify;
    issignalingl is_signaling;
    lroundl round_to_long;
    ilogbl exponent_of;
}

/// Stores both results where the pointers say.
#[unsafe(naked)]
unsafe extern "C" fn sincosl() {
    naked_asm!("mov rdx, rsi", "mov rsi, rdi", "lea rdi, [rsp + 8]", "jmp {body}", body = sym long::sincos)
}

unsafe extern "C" fn tagged_nan(tag: *const c_char, to: &mut Long) {
    *to = exact::nan(super::math_modern::tag_number(tag));
}

pure_exports! { "libm.so.6";
    full fabsl = fabsl;
    full sqrtl = sqrtl;
    full rintl = rintl;
    full atanl = atanl;
    full atan2l = atan2l;
    full log10l = log10l;
    full log2l = log2l;
    full logl = logl;
    full fmodl = fmodl;
    full remainderl = remainderl;
    full lrintl = lrintl;
    full sinl = sinl;
    full cosl = cosl;
    full tanl = tanl;
    full asinl = asinl;
    full acosl = acosl;
    full sincosl = sincosl;
    full nanl = nanl;
    full ceill = ceill;
    full floorl = floorl;
    full truncl = truncl;
    full roundl = roundl;
    full expl = expl;
    full exp2l = exp2l;
    full exp10l = exp10l;
    full expm1l = expm1l;
    full log1pl = log1pl;
    full sinhl = sinhl;
    full coshl = coshl;
    full tanhl = tanhl;
    full asinhl = asinhl;
    full acoshl = acoshl;
    full atanhl = atanhl;
    full cbrtl = cbrtl;
    full logbl = logbl;
    full erfl = erfl;
    full erfcl = erfcl;
    full tgammal = tgammal;
    full lgammal = lgammal;
    full j0l = j0l;
    full j1l = j1l;
    full y0l = y0l;
    full y1l = y1l;
    full powl = powl;
    full hypotl = hypotl;
    full copysignl = copysignl;
    full fmaxl = fmaxl;
    full fminl = fminl;
    full fdiml = fdiml;
    full nextafterl = nextafterl;
    full fmal = fmal;
    full ldexpl = ldexpl;
    full scalblnl = scalblnl;
    full frexpl = frexpl;
    full modfl = modfl;
    full remquol = remquol;
    full isnanl = isnanl;
    full isinfl = isinfl;
    full finitel = finitel;
    full lroundl = lroundl;
    full ilogbl = ilogbl;
    full __lgammal_r = lgammal_r;
    full lgammal_r = lgammal_r;
    full jnl = jnl;
    full ynl = ynl;
    full scalbnl = ldexpl;
    full nearbyintl = nearbyintl;
    full llrintl = lrintl;
    full llroundl = lroundl;
    full dreml = remainderl;
    full gammal = lgammal;
    full pow10l = exp10l;
    full roundevenl = roundevenl;
    full significandl = significandl;
    full scalbl = scalbl;
    full __scalbl_finite = scalbl;
    full __gammal_r_finite = gammal_r;
    full __lgammal_r_finite = lgammal_r;
    full __j0l_finite = j0l;
    full __j1l_finite = j1l;
    full __jnl_finite = jnl;
    full __y0l_finite = y0l;
    full __y1l_finite = y1l;
    full __ynl_finite = ynl;
    full nexttowardl = nextafterl;
    full __isnanl = isnanl;
    full __isinfl = isinfl;
    full __finitel = finitel;
    full __signbitl = signbitl;
    full __fpclassifyl = fpclassifyl;
    full __issignalingl = issignalingl;
    full __acosl_finite = acosl;
    full __acoshl_finite = acoshl;
    full __asinl_finite = asinl;
    full __atan2l_finite = atan2l;
    full __atanhl_finite = atanhl;
    full __coshl_finite = coshl;
    full __expl_finite = expl;
    full __exp2l_finite = exp2l;
    full __exp10l_finite = exp10l;
    full __fmodl_finite = fmodl;
    full __hypotl_finite = hypotl;
    full __logl_finite = logl;
    full __log10l_finite = log10l;
    full __log2l_finite = log2l;
    full __powl_finite = powl;
    full __remainderl_finite = remainderl;
    full __sinhl_finite = sinhl;
    full __sqrtl_finite = sqrtl;
}
