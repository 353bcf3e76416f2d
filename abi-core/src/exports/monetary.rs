//! `monetary.h`: amounts of money. The one locale's rules are those of C: no currency, two decimals, `-` before.
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int, c_void};
use core::fmt::Write;

use crate::abi::{E2BIG, EINVAL};
use crate::boundary::variadic::VaList;
use crate::libc::math::parts::Long;
use crate::libc::set_errno;
use crate::libc::stdio::printf::sink::Fixed;
use crate::libc::stdio::printf::{Value, format_number};
use crate::{pure_exports, variadic};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// Decimals where the locale does not say how many.
const DECIMALS: usize = 2;

/// A conversion of the template, `%[flags][width][#left][.right]n`.
struct Conversion {
    fill: u8,
    parentheses: bool,
    is_left: bool,
    width: usize,
    left: Option<usize>,
    right: usize,
}

/// The output: a buffer with its end.
struct Output<'a> {
    room: &'a mut [u8],
    len: usize,
}

impl Output<'_> {
    fn put(&mut self, byte: u8) -> Result<(), c_int> {
        *self.room.get_mut(self.len).ok_or(E2BIG)? = byte;
        self.len += 1;
        Ok(())
    }
}

/// The most digits of an amount.
const DIGITS: usize = 400;

struct Digits {
    bytes: [u8; DIGITS],
    len: usize,
}

impl Digits {
    /// Adds a number with so many decimals.
    fn put_fixed(&mut self, number: f64, decimals: usize) -> Result<(), c_int> {
        let mut template = Digits { bytes: [0; DIGITS], len: 0 };
        write!(template, "%.{decimals}f\0").map_err(|_| E2BIG)?;
        let room = &mut self.bytes[self.len..];
        let mut sink = Fixed::new(room.as_mut_ptr(), room.len());
        // SAFETY: the format ends with a NUL.
        let len = unsafe { format_number(&mut sink, template.bytes.as_ptr(), Value::Double(number)) };
        let len = usize::try_from(len).ok().filter(|len| *len < room.len()).ok_or(E2BIG)?;
        self.len += len;
        Ok(())
    }
}

impl Write for Digits {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let room = self.bytes.get_mut(self.len..self.len + text.len()).ok_or(core::fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.len += text.len();
        Ok(())
    }
}

fn number(text: &[u8], at: &mut usize) -> Option<usize> {
    let start = *at;
    let mut value = 0usize;
    while let Some(digit) = text.get(*at).filter(|byte| byte.is_ascii_digit()) {
        value = value.checked_mul(10)?.checked_add(usize::from(digit - b'0'))?;
        *at += 1;
    }
    (*at > start).then_some(value)
}

/// Reads a conversion after its `%`; returns it with its letter, and whether a long double follows.
fn parse(text: &[u8], at: &mut usize) -> Result<(Conversion, u8, bool), c_int> {
    let mut conversion =
        Conversion { fill: b' ', parentheses: false, is_left: false, width: 0, left: None, right: DECIMALS };
    let mut has_sign_flag = false;
    loop {
        match text.get(*at) {
            Some(b'=') => {
                conversion.fill = *text.get(*at + 1).filter(|&&byte| byte != 0).ok_or(EINVAL)?;
                *at += 1;
            }
            Some(b'^' | b'!') => {}
            Some(&flag @ (b'+' | b'(')) => {
                if core::mem::replace(&mut has_sign_flag, true) {
                    return Err(EINVAL);
                }
                conversion.parentheses = flag == b'(';
            }
            Some(b'-') => conversion.is_left = true,
            _ => break,
        }
        *at += 1;
    }
    if text.get(*at).is_some_and(u8::is_ascii_digit) {
        conversion.width = number(text, at).ok_or(E2BIG)?;
    }
    if text.get(*at) == Some(&b'#') {
        *at += 1;
        conversion.left = Some(number(text, at).ok_or(EINVAL)?);
    }
    if text.get(*at) == Some(&b'.') {
        *at += 1;
        conversion.right = number(text, at).ok_or(EINVAL)?;
        if conversion.right > DIGITS {
            return Err(E2BIG);
        }
    }
    let is_long = text.get(*at) == Some(&b'L');
    *at += usize::from(is_long);
    let letter = *text.get(*at).ok_or(EINVAL)?;
    *at += 1;
    Ok((conversion, letter, is_long))
}

fn put_amount(out: &mut Output<'_>, conversion: &Conversion, value: f64) -> Result<(), c_int> {
    let mut digits = Digits { bytes: [0; DIGITS], len: 0 };
    let decimals = conversion.right;
    // To glibc, -0 is no negative amount, and its sign one of the digits.
    let is_negative = value < 0.0;
    let shown = if is_negative { -value } else { value };
    if value.is_nan() {
        digits.write_str("nan").map_err(|_| E2BIG)?;
    } else {
        digits.put_fixed(shown, decimals)?;
    }
    let fill = if value.is_finite() { conversion.fill } else { b' ' };
    let start = out.len;
    let (before, after): (&[u8], &[u8]) = match (is_negative, conversion.parentheses) {
        (true, true) => (b"(", b")"),
        (true, false) => (b"-", b""),
        // With a left precision amounts of both signs are of one length.
        (false, _) if conversion.left.is_some() => (b" ", b""),
        _ => (b"", b""),
    };
    before.iter().try_for_each(|&byte| out.put(byte))?;
    let mut text = &digits.bytes[..digits.len];
    let wanted = conversion.left.unwrap_or(0) + if decimals == 0 { 0 } else { 1 + decimals };
    let missing = wanted.saturating_sub(text.len());
    if fill == b'0' && missing > 0 && text.first() == Some(&b'-') {
        out.put(b'-')?;
        text = &text[1..];
    }
    for _ in 0..missing {
        out.put(fill)?;
    }
    text.iter().chain(after).try_for_each(|&byte| out.put(byte))?;
    let len = out.len - start;
    for _ in len..conversion.width {
        out.put(b' ')?;
    }
    if !conversion.is_left && len < conversion.width {
        out.room[start..out.len].rotate_right(conversion.width - len);
    }
    Ok(())
}

/// Rounds a long double.
fn double_of(bytes: [u8; 10]) -> f64 {
    let mut significand = [0; 8];
    significand.copy_from_slice(&bytes[..8]);
    let exponent = u16::from_le_bytes([bytes[8], bytes[9]]);
    let is_negative = exponent & 0x8000 != 0;
    Long::new(is_negative, exponent & 0x7fff, u64::from_le_bytes(significand)).to_f64()
}

unsafe fn format(out: &mut Output<'_>, template: &[u8], list: *mut VaList) -> Result<(), c_int> {
    let mut at = 0;
    while let Some(&byte) = template.get(at) {
        at += 1;
        if byte != b'%' {
            out.put(byte)?;
            continue;
        }
        if template.get(at) == Some(&b'%') {
            out.put(b'%')?;
            at += 1;
            continue;
        }
        let (conversion, letter, is_long) = parse(template, &mut at)?;
        if !matches!(letter, b'n' | b'i') {
            return Err(EINVAL);
        }
        let value = if is_long { double_of((*list).next_f80()) } else { (*list).next_f64() };
        put_amount(out, &conversion, value)?;
    }
    out.put(0)
}

unsafe extern "C" fn vstrfmon(
    to: *mut c_char,
    size: usize,
    template: *const c_char,
    list: *mut VaList,
) -> isize {
    let room = if size == 0 { &mut [] } else { core::slice::from_raw_parts_mut(to.cast::<u8>(), size) };
    let mut out = Output { room, len: 0 };
    match format(&mut out, crate::libc::c_str(template).to_bytes(), list) {
        Ok(()) => out.len as isize - 1,
        Err(error) => {
            set_errno(error);
            -1
        }
    }
}

unsafe extern "C" fn vstrfmon_l(
    to: *mut c_char,
    size: usize,
    _locale: *const c_void,
    template: *const c_char,
    list: *mut VaList,
) -> isize {
    vstrfmon(to, size, template, list)
}

variadic!(pub fn strfmon, fixed 3, vstrfmon);
variadic!(pub fn strfmon_l, fixed 4, vstrfmon_l);

pure_exports! { "libc.so.6";
    full strfmon = strfmon;
    full strfmon_l = strfmon_l;
    full __strfmon_l = strfmon_l;
}
