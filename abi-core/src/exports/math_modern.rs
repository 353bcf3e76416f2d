//! `math.h`: what C23 and its forerunners added.
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::arch::naked_asm;
use core::ffi::{c_char, c_double, c_float, c_int, c_long, c_uint};

use super::extended::returns_long;
use crate::libc::math::modern::{self, Extreme, Inexact};
use crate::libc::math::parts::Long;
use crate::libc::math::real::Real;
use crate::libc::math::{exact, inexact};
use crate::pure_exports;

/// A function of `long double`s on the stack: their addresses and the result's go to the body.
macro_rules! to_long {
    ($($long:ident $body:ident ($($argument:ident),*) $value:expr;)*) => {
        $(
            unsafe extern "C" fn $body(arguments: *const Long, to: *mut Long) {
                let mut next = arguments;
                $(let $argument = *next; next = next.add(1);)*
                let _ = next;
                *to = $value;
            }
            returns_long!($long, ["lea rdi, [rsp + 8]"], "rsi", $body);
        )*
    };
}

/// A function of `long double`s on the stack whose result and other arguments are in registers.
macro_rules! from_long {
    ($($long:ident $body:ident ($($argument:ident),*) $(($($other:ident: $kind:ty),*))? -> $result:ty, $value:expr;)*) => {
        $(
            unsafe extern "C" fn $body($($($other: $kind,)*)? arguments: *const Long) -> $result {
                let mut next = arguments;
                $(let $argument = *next; next = next.add(1);)*
                let _ = next;
                $value
            }
            from_long!(@face $long $body $($($other)*)?);
        )*
    };
    (@face $long:ident $body:ident) => {
        #[unsafe(naked)]
        unsafe extern "C" fn $long() {
            naked_asm!("lea rdi, [rsp + 8]", "jmp {}", sym $body)
        }
    };
    (@face $long:ident $body:ident $one:ident) => {
        #[unsafe(naked)]
        unsafe extern "C" fn $long() {
            naked_asm!("lea rsi, [rsp + 8]", "jmp {}", sym $body)
        }
    };
    (@face $long:ident $body:ident $one:ident $two:ident) => {
        #[unsafe(naked)]
        unsafe extern "C" fn $long() {
            naked_asm!("lea rdx, [rsp + 8]", "jmp {}", sym $body)
        }
    };
}

macro_rules! extremes {
    ($($name:ident $single:ident $long:ident $body:ident $of:ident $extreme:ident;)*) => {
        $(
            extern "C" fn $name(x: c_double, y: c_double) -> c_double {
                modern::$of(x, y, Extreme::$extreme)
            }
            extern "C" fn $single(x: c_float, y: c_float) -> c_float {
                modern::$of(x, y, Extreme::$extreme)
            }
            to_long! { $long $body (x, y) modern::$of(x, y, Extreme::$extreme); }
        )*
    };
}

extremes! {
    fmaximum fmaximumf fmaximuml fmaximum_body extreme Maximum;
    fminimum fminimumf fminimuml fminimum_body extreme Minimum;
    fmaximum_num fmaximum_numf fmaximum_numl fmaximum_num_body extreme_number Maximum;
    fminimum_num fminimum_numf fminimum_numl fminimum_num_body extreme_number Minimum;
    fmaximum_mag fmaximum_magf fmaximum_magl fmaximum_mag_body extreme_magnitude Maximum;
    fminimum_mag fminimum_magf fminimum_magl fminimum_mag_body extreme_magnitude Minimum;
    fmaximum_mag_num fmaximum_mag_numf fmaximum_mag_numl fmaximum_mag_num_body extreme_magnitude_number Maximum;
    fminimum_mag_num fminimum_mag_numf fminimum_mag_numl fminimum_mag_num_body extreme_magnitude_number Minimum;
    fmaxmag fmaxmagf fmaxmagl fmaxmag_body fmaxmag Maximum;
    fminmag fminmagf fminmagl fminmag_body fmaxmag Minimum;
}

macro_rules! both {
    ($($ty:ty: $nextup:ident $nextdown:ident $llogb:ident $iseqsig:ident $fromfp:ident $fromfpx:ident $ufromfp:ident
        $ufromfpx:ident;)*) => {
        $(
            extern "C" fn $nextup(x: $ty) -> $ty {
                exact::next_quietly(x, false)
            }
            extern "C" fn $nextdown(x: $ty) -> $ty {
                exact::next_quietly(x, true)
            }
            extern "C" fn $llogb(x: $ty) -> c_long {
                modern::llogb(x)
            }
            extern "C" fn $iseqsig(x: $ty, y: $ty) -> c_int {
                modern::iseqsig(x, y)
            }
            extern "C" fn $fromfp(x: $ty, direction: c_int, width: c_uint) -> i64 {
                modern::fromfp(x, direction, width, Inexact::Silent)
            }
            extern "C" fn $fromfpx(x: $ty, direction: c_int, width: c_uint) -> i64 {
                modern::fromfp(x, direction, width, Inexact::Raised)
            }
            extern "C" fn $ufromfp(x: $ty, direction: c_int, width: c_uint) -> u64 {
                modern::ufromfp(x, direction, width, Inexact::Silent)
            }
            extern "C" fn $ufromfpx(x: $ty, direction: c_int, width: c_uint) -> u64 {
                modern::ufromfp(x, direction, width, Inexact::Raised)
            }
        )*
    };
}
both! {
    c_double: nextup nextdown llogb iseqsig fromfp fromfpx ufromfp ufromfpx;
    c_float: nextupf nextdownf llogbf iseqsigf fromfpf fromfpxf ufromfpf ufromfpxf;
}
to_long! {
    nextupl nextup_body (x) exact::next_quietly(x, false);
    nextdownl nextdown_body (x) exact::next_quietly(x, true);
}
from_long! {
    llogbl llogb_body (x) -> c_long, modern::llogb(x);
    iseqsigl iseqsig_body (x, y) -> c_int, modern::iseqsig(x, y);
    iscanonicall iscanonical_body (x) -> c_int, c_int::from((x.exponent() == 0) != (x.significand() >> 63 == 1));
    fromfpl fromfp_body (x) (direction: c_int, width: c_uint) -> i64, modern::fromfp(x, direction, width, Inexact::Silent);
    fromfpxl fromfpx_body (x) (direction: c_int, width: c_uint) -> i64, modern::fromfp(x, direction, width, Inexact::Raised);
    ufromfpl ufromfp_body (x) (direction: c_int, width: c_uint) -> u64, modern::ufromfp(x, direction, width, Inexact::Silent);
    ufromfpxl ufromfpx_body (x) (direction: c_int, width: c_uint) -> u64, modern::ufromfp(x, direction, width, Inexact::Raised);
    setpayloadl setpayload_body (payload) (to: *mut Long) -> c_int, store_payload(to, payload, false);
    setpayloadsigl setpayloadsig_body (payload) (to: *mut Long) -> c_int, store_payload(to, payload, true);
    faddl faddl_body (x, y) -> c_float, modern::narrow_add(x, y);
    fsubl fsubl_body (x, y) -> c_float, modern::narrow_subtract(x, y);
    fmull fmull_body (x, y) -> c_float, modern::narrow_multiply(x, y);
    fdivl fdivl_body (x, y) -> c_float, modern::narrow_divide(x, y);
    fsqrtl fsqrtl_body (x) -> c_float, modern::narrow_root(x);
    ffmal ffmal_body (x, y, z) -> c_float, modern::narrow_fma(x, y, z);
    daddl daddl_body (x, y) -> c_double, modern::narrow_add(x, y);
    dsubl dsubl_body (x, y) -> c_double, modern::narrow_subtract(x, y);
    dmull dmull_body (x, y) -> c_double, modern::narrow_multiply(x, y);
    ddivl ddivl_body (x, y) -> c_double, modern::narrow_divide(x, y);
    dsqrtl dsqrtl_body (x) -> c_double, modern::narrow_root(x);
    dfmal dfmal_body (x, y, z) -> c_double, modern::narrow_fma(x, y, z);
}
extern "C" fn fadd(x: c_double, y: c_double) -> c_float {
    modern::narrow_add(x, y)
}
extern "C" fn fsub(x: c_double, y: c_double) -> c_float {
    modern::narrow_subtract(x, y)
}
extern "C" fn fmul(x: c_double, y: c_double) -> c_float {
    modern::narrow_multiply(x, y)
}
extern "C" fn fdiv(x: c_double, y: c_double) -> c_float {
    modern::narrow_divide(x, y)
}
extern "C" fn fsqrt(x: c_double) -> c_float {
    modern::narrow_root(x)
}
extern "C" fn ffma(x: c_double, y: c_double, z: c_double) -> c_float {
    modern::narrow_fma(x, y, z)
}

/// The payload of a NaN that `nan` is asked for: a number as strtoull(3) reads it, all of it; otherwise 0.
pub(super) unsafe fn tag_number(tag: *const c_char) -> u64 {
    let text = core::ffi::CStr::from_ptr(tag).to_bytes();
    let (digits, radix) = match text {
        [b'0', b'x' | b'X', rest @ ..] if !rest.is_empty() => (rest, 16),
        [b'0', rest @ ..] if !rest.is_empty() => (rest, 8),
        _ => (text, 10),
    };
    digits
        .iter()
        .try_fold(0u64, |number, &digit| {
            let digit = char::from(digit).to_digit(radix)?;
            Some(number.saturating_mul(radix.into()).saturating_add(digit.into()))
        })
        .unwrap_or(0)
}

pub(super) unsafe fn store_payload<T: Real>(to: *mut T, payload: T, is_signaling: bool) -> c_int {
    let value = modern::with_payload(payload, is_signaling);
    *to = value.unwrap_or_else(|| T::zero(false));
    c_int::from(value.is_none())
}

macro_rules! through_pointers {
    ($($ty:ty: $totalorder:ident $totalordermag:ident $canonicalize:ident;)*) => {
        $(
            unsafe extern "C" fn $totalorder(x: *const $ty, y: *const $ty) -> c_int {
                modern::totalorder(*x, *y)
            }
            unsafe extern "C" fn $totalordermag(x: *const $ty, y: *const $ty) -> c_int {
                modern::totalordermag(*x, *y)
            }
            unsafe extern "C" fn $canonicalize(to: *mut $ty, x: *const $ty) -> c_int {
                let x = *x;
                *to = if x.is_nan() { x.plus(x) } else { x };
                0
            }
        )*
    };
}
through_pointers! {
    c_double: totalorder totalordermag canonicalize;
    c_float: totalorderf totalordermagf canonicalizef;
    Long: totalorderl totalordermagl plain_canonicalizel;
}

/// What is no number of the format, since its first bit is wrong, is left alone.
unsafe extern "C" fn canonicalizel(to: *mut Long, x: *const Long) -> c_int {
    if ((*x).exponent() == 0) == ((*x).significand() >> 63 == 1) {
        return 1;
    }
    plain_canonicalizel(to, x)
}

unsafe extern "C" fn getpayload(x: *const c_double) -> c_double {
    modern::getpayload(*x)
}
unsafe extern "C" fn getpayloadf(x: *const c_float) -> c_float {
    modern::getpayload(*x)
}
unsafe extern "C" fn getpayload_body(x: *const Long, to: &mut Long) {
    *to = modern::getpayload(*x);
}
#[unsafe(naked)]
unsafe extern "C" fn getpayloadl() {
    naked_asm!(
        ".cfi_startproc",
        "sub rsp, 24",
        ".cfi_def_cfa_offset 32",
        "mov rsi, rsp",
        "call {}",
        "fld tbyte ptr [rsp]",
        "add rsp, 24",
        ".cfi_def_cfa_offset 8",
        "ret",
        ".cfi_endproc",
        sym getpayload_body,
    )
}
unsafe extern "C" fn gamma_r(x: c_double, sign: *mut c_int) -> c_double {
    let (value, sign_of) = inexact::gamma_r(x);
    *sign = sign_of;
    value
}
unsafe extern "C" fn gammaf_r(x: c_float, sign: *mut c_int) -> c_float {
    let (value, sign_of) = inexact::gamma_r(x);
    *sign = sign_of;
    value
}
unsafe extern "C" fn setpayload(to: *mut c_double, payload: c_double) -> c_int {
    store_payload(to, payload, false)
}
unsafe extern "C" fn setpayloadf(to: *mut c_float, payload: c_float) -> c_int {
    store_payload(to, payload, false)
}
unsafe extern "C" fn setpayloadsig(to: *mut c_double, payload: c_double) -> c_int {
    store_payload(to, payload, true)
}
unsafe extern "C" fn setpayloadsigf(to: *mut c_float, payload: c_float) -> c_int {
    store_payload(to, payload, true)
}

pure_exports! { "libm.so.6";
    full fmaximum = fmaximum;
    full fmaximumf = fmaximumf;
    full fmaximuml = fmaximuml;
    full fminimum = fminimum;
    full fminimumf = fminimumf;
    full fminimuml = fminimuml;
    full fmaximum_num = fmaximum_num;
    full fmaximum_numf = fmaximum_numf;
    full fmaximum_numl = fmaximum_numl;
    full fminimum_num = fminimum_num;
    full fminimum_numf = fminimum_numf;
    full fminimum_numl = fminimum_numl;
    full fmaximum_mag = fmaximum_mag;
    full fmaximum_magf = fmaximum_magf;
    full fmaximum_magl = fmaximum_magl;
    full fminimum_mag = fminimum_mag;
    full fminimum_magf = fminimum_magf;
    full fminimum_magl = fminimum_magl;
    full fmaximum_mag_num = fmaximum_mag_num;
    full fmaximum_mag_numf = fmaximum_mag_numf;
    full fmaximum_mag_numl = fmaximum_mag_numl;
    full fminimum_mag_num = fminimum_mag_num;
    full fminimum_mag_numf = fminimum_mag_numf;
    full fminimum_mag_numl = fminimum_mag_numl;
    full fmaxmag = fmaxmag;
    full fmaxmagf = fmaxmagf;
    full fmaxmagl = fmaxmagl;
    full fminmag = fminmag;
    full fminmagf = fminmagf;
    full fminmagl = fminmagl;
    full nextup = nextup;
    full nextupf = nextupf;
    full nextupl = nextupl;
    full nextdown = nextdown;
    full nextdownf = nextdownf;
    full nextdownl = nextdownl;
    full llogb = llogb;
    full llogbf = llogbf;
    full llogbl = llogbl;
    full fromfp = fromfp;
    full fromfpf = fromfpf;
    full fromfpl = fromfpl;
    full fromfpx = fromfpx;
    full fromfpxf = fromfpxf;
    full fromfpxl = fromfpxl;
    full ufromfp = ufromfp;
    full ufromfpf = ufromfpf;
    full ufromfpl = ufromfpl;
    full ufromfpx = ufromfpx;
    full ufromfpxf = ufromfpxf;
    full ufromfpxl = ufromfpxl;
    full totalorder = totalorder;
    full totalorderf = totalorderf;
    full totalorderl = totalorderl;
    full totalordermag = totalordermag;
    full totalordermagf = totalordermagf;
    full totalordermagl = totalordermagl;
    full canonicalize = canonicalize;
    full canonicalizef = canonicalizef;
    full canonicalizel = canonicalizel;
    full getpayload = getpayload;
    full getpayloadf = getpayloadf;
    full getpayloadl = getpayloadl;
    full setpayload = setpayload;
    full setpayloadf = setpayloadf;
    full setpayloadl = setpayloadl;
    full setpayloadsig = setpayloadsig;
    full setpayloadsigf = setpayloadsigf;
    full setpayloadsigl = setpayloadsigl;
    full fadd = fadd;
    full fsub = fsub;
    full fmul = fmul;
    full fdiv = fdiv;
    full fsqrt = fsqrt;
    full ffma = ffma;
    full faddl = faddl;
    full fsubl = fsubl;
    full fmull = fmull;
    full fdivl = fdivl;
    full fsqrtl = fsqrtl;
    full ffmal = ffmal;
    full daddl = daddl;
    full dsubl = dsubl;
    full dmull = dmull;
    full ddivl = ddivl;
    full dsqrtl = dsqrtl;
    full dfmal = dfmal;
    full __gamma_r_finite = gamma_r;
    full __gammaf_r_finite = gammaf_r;
    full __iscanonicall = iscanonicall;
    full __iseqsig = iseqsig;
    full __iseqsigf = iseqsigf;
    full __iseqsigl = iseqsigl;
}
