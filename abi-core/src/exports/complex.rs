//! `complex.h`
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::arch::naked_asm;

use super::extended::returns_long;
use crate::libc::math::complex::Complex;
use crate::libc::math::inexact;
use crate::libc::math::parts::Long;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

type Double = Complex<f64>;
/// Both parts come in one register.
type Single = Complex<f32>;

/// Makes a function of two or four `long double`s on the stack that returns the parts in st(0) and st(1).
macro_rules! returns_parts {
    ($long:ident $body:ident) => {
        #[unsafe(naked)]
        unsafe extern "C" fn $long() {
            naked_asm!(
                ".cfi_startproc",
                "lea rdi, [rsp + 8]",
                "sub rsp, 40",
                ".cfi_def_cfa_offset 48",
                "mov rsi, rsp",
                "call {body}",
                "fld tbyte ptr [rsp + 16]",
                "fld tbyte ptr [rsp]",
                "add rsp, 40",
                ".cfi_def_cfa_offset 8",
                "ret",
                ".cfi_endproc",
                body = sym $body,
            )
        }
    };
}

/// Rows of `function double single long long-body`.
macro_rules! unary {
    ($($method:ident $double:ident $single:ident $long:ident $body:ident;)*) => {
        $(
            extern "C" fn $double(z: Double) -> Double {
                z.$method()
            }
            extern "C" fn $single(z: Single) -> Single {
                z.$method()
            }
            unsafe extern "C" fn $body(z: &[Long; 2], to: &mut [Long; 2]) {
                let result = Complex::new(z[0], z[1]).$method();
                *to = [result.re, result.im];
            }
            returns_parts!($long $body);
        )*
    };
}

unary! {
    exp cexp cexpf cexpl cexp_body;
    ln clog clogf clogl clog_body;
    log10 clog10 clog10f clog10l clog10_body;
    sqrt csqrt csqrtf csqrtl csqrt_body;
    sin csin csinf csinl csin_body;
    cos ccos ccosf ccosl ccos_body;
    tan ctan ctanf ctanl ctan_body;
    sinh csinh csinhf csinhl csinh_body;
    cosh ccosh ccoshf ccoshl ccosh_body;
    tanh ctanh ctanhf ctanhl ctanh_body;
    asin casin casinf casinl casin_body;
    acos cacos cacosf cacosl cacos_body;
    atan catan catanf catanl catan_body;
    asinh casinh casinhf casinhl casinh_body;
    acosh cacosh cacoshf cacoshl cacosh_body;
    atanh catanh catanhf catanhl catanh_body;
    conj conj conjf conjl conj_body;
    proj cproj cprojf cprojl cproj_body;
}

extern "C" fn cabs(z: Double) -> f64 {
    super::math_inexact::hypot(z.re, z.im)
}
extern "C" fn cabsf(z: Single) -> f32 {
    super::math_inexact::hypotf(z.re, z.im)
}
extern "C" fn carg(z: Double) -> f64 {
    super::math_inexact::atan2(z.im, z.re)
}
extern "C" fn cargf(z: Single) -> f32 {
    super::math_inexact::atan2f(z.im, z.re)
}
extern "C" fn creal(z: Double) -> f64 {
    z.re
}
extern "C" fn crealf(z: Single) -> f32 {
    z.re
}
extern "C" fn cimag(z: Double) -> f64 {
    z.im
}
extern "C" fn cimagf(z: Single) -> f32 {
    z.im
}
extern "C" fn cpow(base: Double, exponent: Double) -> Double {
    base.pow(exponent)
}
extern "C" fn cpowf(base: Single, exponent: Single) -> Single {
    base.pow(exponent)
}

/// The modulus of two `long double`s, which lie as hypotl's arguments do.
#[unsafe(naked)]
unsafe extern "C" fn cabsl() {
    naked_asm!("jmp {}", sym super::math_long::hypotl)
}
unsafe extern "C" fn angle(z: &[Long; 2], to: &mut Long) {
    *to = inexact::atan2(z[1], z[0]);
}
returns_long!(cargl, ["lea rdi, [rsp + 8]"], "rsi", angle);
#[unsafe(naked)]
unsafe extern "C" fn creall() {
    naked_asm!("fld tbyte ptr [rsp + 8]", "ret")
}
#[unsafe(naked)]
unsafe extern "C" fn cimagl() {
    naked_asm!("fld tbyte ptr [rsp + 24]", "ret")
}

unsafe extern "C" fn cpowl_body(z: &[Long; 4], to: &mut [Long; 2]) {
    let [a, b, c, d] = *z;
    let result = Complex::new(a, b).pow(Complex::new(c, d));
    *to = [result.re, result.im];
}
returns_parts!(cpowl cpowl_body);

pure_exports! { "libm.so.6";
    full cexp = cexp;
    full cexpf = cexpf;
    full cexpl = cexpl;
    full clog = clog;
    full clogf = clogf;
    full clogl = clogl;
    full clog10 = clog10;
    full clog10f = clog10f;
    full clog10l = clog10l;
    full __clog10 = clog10;
    full __clog10f = clog10f;
    full __clog10l = clog10l;
    full csqrt = csqrt;
    full csqrtf = csqrtf;
    full csqrtl = csqrtl;
    full csin = csin;
    full csinf = csinf;
    full csinl = csinl;
    full ccos = ccos;
    full ccosf = ccosf;
    full ccosl = ccosl;
    full ctan = ctan;
    full ctanf = ctanf;
    full ctanl = ctanl;
    full csinh = csinh;
    full csinhf = csinhf;
    full csinhl = csinhl;
    full ccosh = ccosh;
    full ccoshf = ccoshf;
    full ccoshl = ccoshl;
    full ctanh = ctanh;
    full ctanhf = ctanhf;
    full ctanhl = ctanhl;
    full casin = casin;
    full casinf = casinf;
    full casinl = casinl;
    full cacos = cacos;
    full cacosf = cacosf;
    full cacosl = cacosl;
    full catan = catan;
    full catanf = catanf;
    full catanl = catanl;
    full casinh = casinh;
    full casinhf = casinhf;
    full casinhl = casinhl;
    full cacosh = cacosh;
    full cacoshf = cacoshf;
    full cacoshl = cacoshl;
    full catanh = catanh;
    full catanhf = catanhf;
    full catanhl = catanhl;
    full conj = conj;
    full conjf = conjf;
    full conjl = conjl;
    full cproj = cproj;
    full cprojf = cprojf;
    full cprojl = cprojl;
    full cabs = cabs;
    full cabsf = cabsf;
    full cabsl = cabsl;
    full carg = carg;
    full cargf = cargf;
    full cargl = cargl;
    full creal = creal;
    full crealf = crealf;
    full creall = creall;
    full cimag = cimag;
    full cimagf = cimagf;
    full cimagl = cimagl;
    full cpow = cpow;
    full cpowf = cpowf;
    full cpowl = cpowl;
}
