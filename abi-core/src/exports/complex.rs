//! `complex.h`
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::arch::naked_asm;

use crate::libc::math::complex::Complex;
use crate::libc::math::parts::Long;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// `float complex`: both parts in one register.
#[repr(C)]
#[derive(Clone, Copy)]
struct Single {
    re: f32,
    im: f32,
}

impl Single {
    fn widened(self) -> Complex {
        Complex { re: f64::from(self.re), im: f64::from(self.im) }
    }
}

impl From<Complex> for Single {
    fn from(z: Complex) -> Self {
        Self { re: z.re as f32, im: z.im as f32 }
    }
}

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
            extern "C" fn $double(z: Complex) -> Complex {
                z.$method()
            }
            extern "C" fn $single(z: Single) -> Single {
                z.widened().$method().into()
            }
            unsafe extern "C" fn $body(z: &[Long; 2], to: &mut [Long; 2]) {
                let result = Complex { re: z[0].to_f64(), im: z[1].to_f64() }.$method();
                *to = [Long::from_f64(result.re), Long::from_f64(result.im)];
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
}

extern "C" fn cabs(z: Complex) -> f64 {
    let result = libm::hypot(z.re, z.im);
    if result.is_infinite() && z.re.is_finite() && z.im.is_finite() {
        crate::libc::set_errno(crate::abi::ERANGE);
    }
    result
}
extern "C" fn cabsf(z: Single) -> f32 {
    libm::hypotf(z.re, z.im)
}
extern "C" fn carg(z: Complex) -> f64 {
    libm::atan2(z.im, z.re)
}
extern "C" fn cargf(z: Single) -> f32 {
    libm::atan2f(z.im, z.re)
}
extern "C" fn creal(z: Complex) -> f64 {
    z.re
}
extern "C" fn crealf(z: Single) -> f32 {
    z.re
}
extern "C" fn cimag(z: Complex) -> f64 {
    z.im
}
extern "C" fn cimagf(z: Single) -> f32 {
    z.im
}
extern "C" fn cpow(base: Complex, exponent: Complex) -> Complex {
    exponent.times(base.ln()).exp()
}
extern "C" fn cpowf(base: Single, exponent: Single) -> Single {
    cpow(base.widened(), exponent.widened()).into()
}

/// The modulus of two `long double`s, which lie as hypotl's arguments do.
#[unsafe(naked)]
unsafe extern "C" fn cabsl() {
    naked_asm!("jmp {}", sym super::math_long::hypotl)
}
#[unsafe(naked)]
unsafe extern "C" fn cargl() {
    naked_asm!("fld tbyte ptr [rsp + 24]", "fld tbyte ptr [rsp + 8]", "fpatan", "ret")
}
#[unsafe(naked)]
unsafe extern "C" fn creall() {
    naked_asm!("fld tbyte ptr [rsp + 8]", "ret")
}
#[unsafe(naked)]
unsafe extern "C" fn cimagl() {
    naked_asm!("fld tbyte ptr [rsp + 24]", "ret")
}

unsafe extern "C" fn cpowl_body(z: &[Long; 4], to: &mut [Long; 2]) {
    let [a, b, c, d] = z.map(Long::to_f64);
    let result = cpow(Complex { re: a, im: b }, Complex { re: c, im: d });
    *to = [Long::from_f64(result.re), Long::from_f64(result.im)];
}
returns_parts!(cpowl cpowl_body);

extern "C" fn conj(z: Complex) -> Complex {
    z.conj()
}
extern "C" fn conjf(z: Single) -> Single {
    z.widened().conj().into()
}
unsafe extern "C" fn conj_body(z: &[Long; 2], to: &mut [Long; 2]) {
    *to = [z[0], z[1].negated()];
}
returns_parts!(conjl conj_body);

extern "C" fn cproj(z: Complex) -> Complex {
    z.proj()
}
extern "C" fn cprojf(z: Single) -> Single {
    z.widened().proj().into()
}
unsafe extern "C" fn cproj_body(z: &[Long; 2], to: &mut [Long; 2]) {
    let is_infinite = z.iter().any(|part| part.is_infinite());
    *to = if is_infinite { [Long::INFINITY, Long::ZERO.with_sign(z[1].is_negative())] } else { *z };
}
returns_parts!(cprojl cproj_body);

pure_exports! { "libm.so.6";
    full cexp = cexp;
    full cexpf = cexpf;
    partial("double precision") cexpl = cexpl;
    full clog = clog;
    full clogf = clogf;
    partial("double precision") clogl = clogl;
    full clog10 = clog10;
    full clog10f = clog10f;
    partial("double precision") clog10l = clog10l;
    full csqrt = csqrt;
    full csqrtf = csqrtf;
    partial("double precision") csqrtl = csqrtl;
    full csin = csin;
    full csinf = csinf;
    partial("double precision") csinl = csinl;
    full ccos = ccos;
    full ccosf = ccosf;
    partial("double precision") ccosl = ccosl;
    full ctan = ctan;
    full ctanf = ctanf;
    partial("double precision") ctanl = ctanl;
    full csinh = csinh;
    full csinhf = csinhf;
    partial("double precision") csinhl = csinhl;
    full ccosh = ccosh;
    full ccoshf = ccoshf;
    partial("double precision") ccoshl = ccoshl;
    full ctanh = ctanh;
    full ctanhf = ctanhf;
    partial("double precision") ctanhl = ctanhl;
    full casin = casin;
    full casinf = casinf;
    partial("double precision") casinl = casinl;
    full cacos = cacos;
    full cacosf = cacosf;
    partial("double precision") cacosl = cacosl;
    full catan = catan;
    full catanf = catanf;
    partial("double precision") catanl = catanl;
    full casinh = casinh;
    full casinhf = casinhf;
    partial("double precision") casinhl = casinhl;
    full cacosh = cacosh;
    full cacoshf = cacoshf;
    partial("double precision") cacoshl = cacoshl;
    full catanh = catanh;
    full catanhf = catanhf;
    partial("double precision") catanhl = catanhl;
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
    partial("double precision") cpowl = cpowl;
}
