//! `stdlib.h`: arithmetic and small things; its other parts are in the `stdlib_*` files beside.
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int, c_long};
use core::ptr::null_mut;

use super::{stdlib_convert, stdlib_env, stdlib_random, stdlib_sort, string};
use crate::libc::tcb::tcb;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] =
    &[PURE, stdlib_convert::PURE, stdlib_env::PURE, stdlib_random::PURE, stdlib_sort::PURE];

extern "C" fn abs(value: c_int) -> c_int {
    value.wrapping_abs()
}

extern "C" fn labs(value: c_long) -> c_long {
    value.wrapping_abs()
}

/// `div_t`
#[repr(C)]
struct Div(c_int, c_int);

/// `ldiv_t`
#[repr(C)]
struct LongDiv(c_long, c_long);

/// Divides by the instruction, so that a division by zero is the program's SIGFPE.
extern "C" fn div(numerator: c_int, denominator: c_int) -> Div {
    let (quotient, remainder): (c_int, c_int);
    // SAFETY: only registers are touched.
    unsafe {
        core::arch::asm!("cdq", "idiv {d:e}", d = in(reg) denominator, inout("eax") numerator => quotient,
            out("edx") remainder, options(nostack));
    }
    Div(quotient, remainder)
}

extern "C" fn ldiv(numerator: c_long, denominator: c_long) -> LongDiv {
    let (quotient, remainder): (c_long, c_long);
    // SAFETY: only registers are touched.
    unsafe {
        core::arch::asm!("cqo", "idiv {d}", d = in(reg) denominator, inout("rax") numerator => quotient,
            out("rdx") remainder, options(nostack));
    }
    LongDiv(quotient, remainder)
}

/// The digits of radix 64, least first.
const DIGITS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

unsafe extern "C" fn a64l(text: *const c_char) -> c_long {
    let mut value = 0u32;
    for i in 0..6 {
        let byte = *text.add(i) as u8;
        let Some(digit) = DIGITS.iter().position(|&d| d == byte) else { break };
        value |= (digit as u32) << (6 * i);
    }
    c_long::from(value)
}

unsafe extern "C" fn l64a(value: c_long) -> *mut c_char {
    let text = (&raw mut (*tcb()).locale.text).cast::<c_char>();
    let (mut rest, mut at) = (value as u32, 0);
    while rest != 0 {
        *text.add(at) = DIGITS[(rest & 63) as usize] as c_char;
        rest >>= 6;
        at += 1;
    }
    *text.add(at) = 0;
    text
}

/// Takes the next of a comma-separated list of suboptions.
unsafe extern "C" fn getsubopt(
    option: *mut *mut c_char,
    tokens: *const *mut c_char,
    value: *mut *mut c_char,
) -> c_int {
    let start = *option;
    if *start == 0 {
        return -1;
    }
    let end = string::strchrnul(start, c_int::from(b','));
    let len = end.offset_from_unsigned(start);
    let equals = string::memchr(start.cast(), c_int::from(b'='), len).cast::<c_char>();
    let name_len = if equals.is_null() { len } else { equals.offset_from_unsigned(start) };
    if *end != 0 {
        *end = 0;
        *option = end.add(1);
    } else {
        *option = end;
    }
    let mut index = 0;
    while !(*tokens.add(index)).is_null() {
        let token = *tokens.add(index);
        if string::strncmp(token, start, name_len) == 0 && *token.add(name_len) == 0 {
            *value = if equals.is_null() { null_mut() } else { equals.add(1) };
            return index as c_int;
        }
        index += 1;
    }
    *value = start;
    -1
}

/// Does a text answer yes (1), no (0) or neither (-1)? By its first letter, as in the C locale.
unsafe extern "C" fn rpmatch(text: *const c_char) -> c_int {
    match *text as u8 {
        b'y' | b'Y' => 1,
        b'n' | b'N' => 0,
        _ => -1,
    }
}

pure_exports! { "libc.so.6";
    full abs = abs;
    full labs = labs;
    full llabs = labs;
    full imaxabs = labs;
    full div = div;
    full ldiv = ldiv;
    full lldiv = ldiv;
    full imaxdiv = ldiv;
    full a64l = a64l;
    full l64a = l64a;
    full getsubopt = getsubopt;
    full rpmatch = rpmatch;
}
