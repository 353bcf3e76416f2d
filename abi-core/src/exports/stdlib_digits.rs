//! `stdlib.h`: `ecvt` and its like
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int};
use core::fmt::Write;

use crate::libc::state::state;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// The most digits a double's text gets.
const DIGITS_MAX: usize = 17;
/// The longest text of the largest double.
pub const ROOM: usize = 352;

/// A number's text.
struct Text {
    bytes: [u8; ROOM],
    len: usize,
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let room = self.bytes.get_mut(self.len..self.len + text.len()).ok_or(core::fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.len += text.len();
        Ok(())
    }
}

impl Text {
    const EMPTY: Self = Self { bytes: [0; ROOM], len: 0 };

    fn of(text: core::fmt::Arguments<'_>) -> Self {
        let mut this = Self::EMPTY;
        // The longest text fits.
        let _ = this.write_fmt(text);
        this
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Keeps the digits from `start`.
    fn keep_digits(&mut self, start: usize) {
        let mut kept = 0;
        for index in start..self.len {
            if self.bytes[index].is_ascii_digit() {
                self.bytes[kept] = self.bytes[index];
                kept += 1;
            }
        }
        self.len = kept;
    }

    /// Copies what there is room for, and a NUL.
    unsafe fn store(&self, to: *mut c_char, len: usize) -> c_int {
        let count = self.len.min(len.saturating_sub(1));
        to.cast::<u8>().copy_from_nonoverlapping(self.bytes.as_ptr(), count);
        if len > 0 {
            to.add(count).write(0);
        }
        if count < self.len { -1 } else { 0 }
    }
}

/// Text for what is no number.
fn special(value: f64) -> Option<Text> {
    if value.is_nan() {
        return Some(Text::of(format_args!("nan")));
    }
    let sign = if value < 0.0 { "-" } else { "" };
    value.is_infinite().then(|| Text::of(format_args!("{sign}inf")))
}

/// Cuts a number in scientific form, `d.ddde-x`, into the length of its digits and its exponent.
fn parts(text: &[u8]) -> (usize, i32) {
    let at = text.iter().position(|&byte| byte == b'e').unwrap_or(text.len());
    let exponent = core::str::from_utf8(text.get(at + 1..).unwrap_or_default()).unwrap_or_default();
    (at, exponent.parse().unwrap_or(0))
}

unsafe extern "C" fn fcvt_r(
    value: f64,
    count: c_int,
    point: *mut c_int,
    is_negative: *mut c_int,
    to: *mut c_char,
    len: usize,
) -> c_int {
    if let Some(text) = special(value) {
        (*point, *is_negative) = (0, 0);
        return text.store(to, len);
    }
    *is_negative = c_int::from(value.is_sign_negative());
    let mut value = value.abs();
    let mut zeros = 0;
    for _ in count..0 {
        if value * 0.1 < 1.0 {
            break;
        }
        value *= 0.1;
        zeros += 1;
    }
    let decimals = usize::try_from(count).unwrap_or(0).min(DIGITS_MAX);
    let mut text = Text::of(format_args!("{value:.decimals$}"));
    let whole = text.as_bytes().iter().position(|&byte| byte == b'.').unwrap_or(text.len);
    *point = whole as c_int + zeros;
    let mut start = 0;
    if whole == 1 && text.bytes[0] == b'0' && value != 0.0 && text.len > 1 {
        let leading = text.as_bytes()[2..].iter().take_while(|&&digit| digit == b'0').count();
        *point = -(leading as c_int);
        start = 2 + leading;
    }
    text.keep_digits(start);
    for _ in 0..zeros {
        // Zeros that do not fit are left out.
        let _ = text.write_char('0');
    }
    text.store(to, len)
}

unsafe extern "C" fn ecvt_r(
    value: f64,
    count: c_int,
    point: *mut c_int,
    is_negative: *mut c_int,
    to: *mut c_char,
    len: usize,
) -> c_int {
    if let Some(text) = special(value) {
        (*point, *is_negative) = (0, 0);
        return text.store(to, len);
    }
    *is_negative = c_int::from(value.is_sign_negative());
    let Some(decimals) = usize::try_from(count).unwrap_or(0).min(DIGITS_MAX).checked_sub(1) else {
        let text = Text::of(format_args!("{:.0e}", value.abs()));
        *point = parts(text.as_bytes()).1 + 1;
        return Text::EMPTY.store(to, len);
    };
    let mut text = Text::of(format_args!("{:.decimals$e}", value.abs()));
    let (digits, exponent) = parts(text.as_bytes());
    *point = exponent + 1;
    text.len = digits;
    text.keep_digits(0);
    // glibc gives one digit more where rounding makes the number longer.
    if value != 0.0 && parts(Text::of(format_args!("{:e}", value.abs())).as_bytes()).1 < exponent {
        // One more letter fits.
        let _ = text.write_char('0');
    }
    text.store(to, len)
}

unsafe extern "C" fn fcvt(
    value: f64,
    count: c_int,
    point: *mut c_int,
    is_negative: *mut c_int,
) -> *mut c_char {
    let own = state().misc.digits.address().cast();
    fcvt_r(value, count, point, is_negative, own, ROOM);
    own
}

unsafe extern "C" fn ecvt(
    value: f64,
    count: c_int,
    point: *mut c_int,
    is_negative: *mut c_int,
) -> *mut c_char {
    let own = state().misc.digits.address().cast();
    ecvt_r(value, count, point, is_negative, own, ROOM);
    own
}

/// gcvt(3): as `%.*g`.
unsafe extern "C" fn gcvt(value: f64, count: c_int, to: *mut c_char) -> *mut c_char {
    let text = special(value).unwrap_or_else(|| general(value, count));
    text.store(to, ROOM);
    to
}

fn general(value: f64, count: c_int) -> Text {
    let wanted = usize::try_from(count).unwrap_or(6).clamp(1, DIGITS_MAX);
    let decimals = wanted - 1;
    let text = Text::of(format_args!("{value:.decimals$e}"));
    let (digits, exponent) = parts(text.as_bytes());
    let trimmed = |text: &[u8]| -> usize {
        if !text.contains(&b'.') {
            return text.len();
        }
        let end = text.iter().rposition(|&byte| byte != b'0').map_or(0, |last| last + 1);
        if text.get(end.wrapping_sub(1)) == Some(&b'.') { end - 1 } else { end }
    };
    if exponent < -4 || exponent >= wanted as i32 {
        let mut scientific = Text::EMPTY;
        scientific.len = trimmed(&text.as_bytes()[..digits]);
        scientific.bytes[..scientific.len].copy_from_slice(&text.bytes[..scientific.len]);
        let sign = if exponent < 0 { '-' } else { '+' };
        // Five more letters fit.
        let _ = write!(scientific, "e{sign}{:02}", exponent.unsigned_abs());
        return scientific;
    }
    let decimals = usize::try_from(decimals as i32 - exponent).unwrap_or(0);
    let mut fixed = Text::of(format_args!("{value:.decimals$}"));
    fixed.len = trimmed(fixed.as_bytes());
    fixed
}

/// Rounds the long double on the stack to a double for the function of that.
macro_rules! of_long_double {
    ($($name:ident $body:path;)*) => {
        $(#[unsafe(naked)]
        unsafe extern "C" fn $name() {
            core::arch::naked_asm!(
                "fld tbyte ptr [rsp + 8]",
                "fstp qword ptr [rsp - 8]",
                "movsd xmm0, qword ptr [rsp - 8]",
                "jmp {body}",
                body = sym $body,
            )
        })*
    };
}

of_long_double! {
    qecvt ecvt;
    qfcvt fcvt;
    qgcvt gcvt;
    qecvt_r ecvt_r;
    qfcvt_r fcvt_r;
}

pure_exports! { "libc.so.6";
    partial("double precision") qecvt = qecvt;
    partial("double precision") qfcvt = qfcvt;
    partial("double precision") qgcvt = qgcvt;
    partial("double precision") qecvt_r = qecvt_r;
    partial("double precision") qfcvt_r = qfcvt_r;
    full ecvt = ecvt;
    full ecvt_r = ecvt_r;
    full fcvt = fcvt;
    full fcvt_r = fcvt_r;
    full gcvt = gcvt;
}
