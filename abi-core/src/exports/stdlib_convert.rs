//! `stdlib.h` and `inttypes.h`: numbers in text.
#![allow(
    improper_ctypes_definitions,
    reason = "a vector register's type is C's `__m128i`, which is passed as a `_Float128`"
)]
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::arch::naked_asm;
use core::ffi::{c_char, c_int, c_long, c_ulong, c_void};

use crate::abi::{EINVAL, ERANGE};
use crate::libc::math::quad::{Quad, Register};
use crate::libc::set_errno;
use crate::libc::stdio::printf::sink::Fixed;
use crate::libc::stdio::printf::{Value, format_number};
use crate::libc::stdlib::{float, integer};
use crate::pure_exports;

/// A text's units as characters.
pub trait Unit: Copy {
    /// The unit's value.
    fn value(self) -> u32;
}
impl Unit for c_char {
    fn value(self) -> u32 {
        u32::from(self as u8)
    }
}
impl Unit for i32 {
    fn value(self) -> u32 {
        self as u32
    }
}

unsafe fn scan_integer<U: Unit>(
    text: *const U,
    end: *mut *mut U,
    base: c_int,
    has_binary: bool,
) -> integer::Scanned {
    let none = integer::Scanned { is_negative: false, magnitude: Some(0), len: 0 };
    if base < 0 || base == 1 || base > 36 {
        set_errno(EINVAL);
        return none;
    }
    // SAFETY: units are read up to the one that ends the number.
    let scanned = integer::scan(|i| unsafe { *text.add(i) }.value(), base as u32, has_binary);
    if !end.is_null() {
        *end = text.add(scanned.len).cast_mut();
    }
    if scanned.len == 0 { none } else { scanned }
}

fn in_range<T>((value, is_cut): (T, bool)) -> T {
    if is_cut {
        set_errno(ERANGE);
    }
    value
}

macro_rules! integers {
    ($unit:ty, $signed:ident $signed_l:ident $signed_internal:ident $signed_23:ident $signed_23_l:ident,
     $unsigned:ident $unsigned_l:ident $unsigned_internal:ident $unsigned_23:ident $unsigned_23_l:ident) => {
        pub unsafe extern "C" fn $signed(text: *const $unit, end: *mut *mut $unit, base: c_int) -> c_long {
            in_range(integer::signed(scan_integer(text, end, base, false)))
        }
        pub unsafe extern "C" fn $unsigned(text: *const $unit, end: *mut *mut $unit, base: c_int) -> c_ulong {
            in_range(integer::unsigned(scan_integer(text, end, base, false)))
        }
        pub unsafe extern "C" fn $signed_l(
            t: *const $unit,
            end: *mut *mut $unit,
            base: c_int,
            _l: *mut c_void,
        ) -> c_long {
            $signed(t, end, base)
        }
        pub unsafe extern "C" fn $unsigned_l(
            t: *const $unit,
            end: *mut *mut $unit,
            base: c_int,
            _l: *mut c_void,
        ) -> c_ulong {
            $unsigned(t, end, base)
        }
        pub unsafe extern "C" fn $signed_internal(
            t: *const $unit,
            end: *mut *mut $unit,
            base: c_int,
            _group: c_int,
        ) -> c_long {
            $signed(t, end, base)
        }
        pub unsafe extern "C" fn $unsigned_internal(
            t: *const $unit,
            end: *mut *mut $unit,
            base: c_int,
            _group: c_int,
        ) -> c_ulong {
            $unsigned(t, end, base)
        }
        pub unsafe extern "C" fn $signed_23(text: *const $unit, end: *mut *mut $unit, base: c_int) -> c_long {
            in_range(integer::signed(scan_integer(text, end, base, true)))
        }
        pub unsafe extern "C" fn $unsigned_23(
            text: *const $unit,
            end: *mut *mut $unit,
            base: c_int,
        ) -> c_ulong {
            in_range(integer::unsigned(scan_integer(text, end, base, true)))
        }
        pub unsafe extern "C" fn $signed_23_l(
            t: *const $unit,
            end: *mut *mut $unit,
            base: c_int,
            _l: *mut c_void,
        ) -> c_long {
            $signed_23(t, end, base)
        }
        pub unsafe extern "C" fn $unsigned_23_l(
            t: *const $unit,
            end: *mut *mut $unit,
            base: c_int,
            _l: *mut c_void,
        ) -> c_ulong {
            $unsigned_23(t, end, base)
        }
    };
}

integers!(c_char, strtol strtol_l strtol_internal isoc23_strtol isoc23_strtol_l,
    strtoul strtoul_l strtoul_internal isoc23_strtoul isoc23_strtoul_l);
integers!(i32, wcstol wcstol_l wcstol_internal isoc23_wcstol isoc23_wcstol_l,
    wcstoul wcstoul_l wcstoul_internal isoc23_wcstoul isoc23_wcstoul_l);

unsafe fn scan_float<U: Unit>(text: *const U, end: *mut *mut U, format: float::Format) -> float::Scanned {
    // SAFETY: units are read up to the one that ends the number.
    let scanned = float::scan(|i| unsafe { *text.add(i) }.value(), format);
    if !end.is_null() {
        *end = text.add(scanned.len).cast_mut();
    }
    scanned.rounded.raise();
    if scanned.rounded.is_out_of_range {
        set_errno(ERANGE);
    }
    scanned
}

macro_rules! floats {
    ($unit:ty, $double:ident $double_l:ident, $single:ident $single_l:ident, $extended:ident $extended_bytes:ident) => {
        pub unsafe extern "C" fn $double(text: *const $unit, end: *mut *mut $unit) -> f64 {
            scan_float(text, end, float::DOUBLE).double()
        }
        pub unsafe extern "C" fn $double_l(text: *const $unit, end: *mut *mut $unit, _locale: *mut c_void) -> f64 {
            $double(text, end)
        }
        pub unsafe extern "C" fn $single(text: *const $unit, end: *mut *mut $unit) -> f32 {
            scan_float(text, end, float::SINGLE).single()
        }
        pub unsafe extern "C" fn $single_l(text: *const $unit, end: *mut *mut $unit, _locale: *mut c_void) -> f32 {
            $single(text, end)
        }
        unsafe extern "C" fn $extended_bytes(text: *const $unit, end: *mut *mut $unit, to: *mut [u8; 10]) {
            *to = scan_float(text, end, float::EXTENDED).extended();
        }
        /// Returns a `long double`, in st(0).
        #[unsafe(naked)]
        pub unsafe extern "C" fn $extended() {
            naked_asm!(
                ".cfi_startproc",
                "sub rsp, 24",
                ".cfi_def_cfa_offset 32",
                "mov rdx, rsp",
                "call {scan}",
                "fld tbyte ptr [rsp]",
                "add rsp, 24",
                ".cfi_def_cfa_offset 8",
                "ret",
                ".cfi_endproc",
                scan = sym $extended_bytes,
            )
        }
    };
}

/// Numbers in text as `_Float128`.
macro_rules! quads {
    ($unit:ty, $quad:ident $quad_l:ident $quad_internal:ident) => {
        unsafe extern "C" fn $quad(text: *const $unit, end: *mut *mut $unit) -> Register {
            Quad::from_bits(scan_float(text, end, float::QUAD).quad()).into()
        }
        unsafe extern "C" fn $quad_l(
            text: *const $unit,
            end: *mut *mut $unit,
            _locale: *mut c_void,
        ) -> Register {
            $quad(text, end)
        }
        unsafe extern "C" fn $quad_internal(
            text: *const $unit,
            end: *mut *mut $unit,
            _group: c_int,
        ) -> Register {
            $quad(text, end)
        }
    };
}

quads!(c_char, strtof128 strtof128_l strtof128_internal);
quads!(i32, wcstof128 wcstof128_l wcstof128_internal);

floats!(c_char, strtod strtod_l, strtof strtof_l, strtold strtold_bytes);
floats!(i32, wcstod wcstod_l, wcstof wcstof_l, wcstold wcstold_bytes);

/// strfromd(3) and its kin: a conversion without flags, width and length.
unsafe fn from_number(to: *mut c_char, size: usize, template: *const c_char, value: Value) -> c_int {
    let mut sink = Fixed::new(to.cast::<u8>(), size);
    let result = format_number(&mut sink, template.cast::<u8>(), value);
    sink.finish(size);
    result
}

unsafe extern "C" fn strfromd(to: *mut c_char, size: usize, template: *const c_char, value: f64) -> c_int {
    from_number(to, size, template, Value::Double(value))
}

unsafe extern "C" fn strfromf(to: *mut c_char, size: usize, template: *const c_char, value: f32) -> c_int {
    from_number(to, size, template, Value::Double(value.into()))
}

unsafe extern "C" fn strfromf128(
    to: *mut c_char,
    size: usize,
    template: *const c_char,
    value: Register,
) -> c_int {
    from_number(to, size, template, Value::Quad(Quad::from(value).to_bits().to_le_bytes()))
}

unsafe extern "C" fn strfroml_bytes(
    to: *mut c_char,
    size: usize,
    template: *const c_char,
    value: *const [u8; 10],
) -> c_int {
    from_number(to, size, template, Value::LongDouble(*value))
}

/// The `long double` is on the stack.
#[unsafe(naked)]
unsafe extern "C" fn strfroml() {
    naked_asm!("lea rcx, [rsp + 8]", "jmp {format}", format = sym strfroml_bytes)
}

unsafe extern "C" fn atoi(text: *const c_char) -> c_int {
    strtol(text, core::ptr::null_mut(), 10) as c_int
}

unsafe extern "C" fn atol(text: *const c_char) -> c_long {
    strtol(text, core::ptr::null_mut(), 10)
}

unsafe extern "C" fn atof(text: *const c_char) -> f64 {
    strtod(text, core::ptr::null_mut())
}

pure_exports! { "libc.so.6";
    full atoi = atoi;
    full atol = atol;
    full atoll = atol;
    full atof = atof;
    full strtol = strtol;
    full strtoll = strtol;
    full strtoq = strtol;
    full strtoimax = strtol;
    full strtoul = strtoul;
    full strtoull = strtoul;
    full strtouq = strtoul;
    full strtoumax = strtoul;
    full strtol_l = strtol_l;
    full strtoll_l = strtol_l;
    full strtoul_l = strtoul_l;
    full strtoull_l = strtoul_l;
    full __strtol_l = strtol_l;
    full __strtoll_l = strtol_l;
    full __strtoul_l = strtoul_l;
    full __strtoull_l = strtoul_l;
    full __strtol_internal = strtol_internal;
    full __strtoll_internal = strtol_internal;
    full __strtoimax_internal = strtol;
    full __strtoumax_internal = strtoul;
    full __strtoul_internal = strtoul_internal;
    full __strtoull_internal = strtoul_internal;
    full __isoc23_strtol = isoc23_strtol;
    full __isoc23_strtoll = isoc23_strtol;
    full __isoc23_strtoimax = isoc23_strtol;
    full __isoc23_strtoul = isoc23_strtoul;
    full __isoc23_strtoull = isoc23_strtoul;
    full __isoc23_strtoumax = isoc23_strtoul;
    full __isoc23_strtol_l = isoc23_strtol_l;
    full __isoc23_strtoll_l = isoc23_strtol_l;
    full __isoc23_strtoul_l = isoc23_strtoul_l;
    full __isoc23_strtoull_l = isoc23_strtoul_l;
    full strtod = strtod;
    full strtod_l = strtod_l;
    full __strtod_l = strtod_l;
    full __strtod_internal = strtod_l;
    full strtof64 = strtod;
    full strtof64_l = strtod_l;
    full strtof32x_l = strtod_l;
    full strtof32_l = strtof_l;
    full strtof64x_l = strtold;
    full wcstof64 = wcstod;
    full wcstof64_l = wcstod_l;
    full wcstof32x = wcstod;
    full wcstof32x_l = wcstod_l;
    full wcstof32 = wcstof;
    full wcstof32_l = wcstof_l;
    full wcstof64x = wcstold;
    full wcstof64x_l = wcstold;
    full strfromd = strfromd;
    full strfromf64 = strfromd;
    full strfromf32x = strfromd;
    full strfromf64x = strfroml;
    full strfromf128 = strfromf128;
    full strtof128 = strtof128;
    full strtof128_l = strtof128_l;
    full __strtof128_internal = strtof128_internal;
    full wcstof128 = wcstof128;
    full wcstof128_l = wcstof128_l;
    full __wcstof128_internal = wcstof128_internal;
    full strfromf = strfromf;
    full strfromf32 = strfromf;
    full strfroml = strfroml;
    full strtof32x = strtod;
    full strtof = strtof;
    full strtof32 = strtof;
    full strtof_l = strtof_l;
    full __strtof_l = strtof_l;
    full __strtof_internal = strtof_l;
    full strtold = strtold;
    full strtof64x = strtold;
    full strtold_l = strtold;
    full __strtold_l = strtold;
    full __strtold_internal = strtold;
    full wcstol = wcstol;
    full wcstoll = wcstol;
    full wcstoq = wcstol;
    full wcstoimax = wcstol;
    full wcstoul = wcstoul;
    full wcstoull = wcstoul;
    full wcstouq = wcstoul;
    full wcstoumax = wcstoul;
    full wcstol_l = wcstol_l;
    full wcstoll_l = wcstol_l;
    full __wcstol_l = wcstol_l;
    full __wcstoll_l = wcstol_l;
    full wcstoul_l = wcstoul_l;
    full wcstoull_l = wcstoul_l;
    full __wcstoul_l = wcstoul_l;
    full __wcstoull_l = wcstoul_l;
    full __wcstol_internal = wcstol_internal;
    full __wcstoll_internal = wcstol_internal;
    full __wcstoul_internal = wcstoul_internal;
    full __wcstoull_internal = wcstoul_internal;
    full __isoc23_wcstol = isoc23_wcstol;
    full __isoc23_wcstoll = isoc23_wcstol;
    full __isoc23_wcstoimax = isoc23_wcstol;
    full __isoc23_wcstoul = isoc23_wcstoul;
    full __isoc23_wcstoull = isoc23_wcstoul;
    full __isoc23_wcstoumax = isoc23_wcstoul;
    full __isoc23_wcstol_l = isoc23_wcstol_l;
    full __isoc23_wcstoul_l = isoc23_wcstoul_l;
    full wcstod = wcstod;
    full wcstod_l = wcstod_l;
    full __wcstod_l = wcstod_l;
    full __wcstod_internal = wcstod_l;
    full wcstof = wcstof;
    full wcstof_l = wcstof_l;
    full __wcstof_l = wcstof_l;
    full __wcstof_internal = wcstof_l;
    full wcstold = wcstold;
    full wcstold_l = wcstold;
    full __wcstold_l = wcstold;
    full __wcstold_internal = wcstold;
}
