//! Numbers.

use super::directive::{Dialect, Directive};
use super::engine::Stop;
use super::source::Reader;
use crate::abi;
use crate::libc::set_errno;
use crate::libc::stdio::printf::spec::Length;
use crate::libc::stdio::sys;

fn lower(c: i32) -> u8 {
    u8::try_from(c).map_or(0, |byte| byte.to_ascii_lowercase())
}

/// Reads an integer as strtol(3) and strtoul(3) do.
pub fn integer(reader: &mut Reader<'_>, directive: &Directive, dialect: Dialect) -> Result<u64, Stop> {
    let mut base = match directive.conversion {
        b'i' => 0,
        b'o' => 8,
        b'x' | b'X' | b'p' => 16,
        b'b' => 2,
        _ => 10,
    };
    let mut width = directive.width.unwrap_or(usize::MAX);
    let mut c = reader.next_within(&mut width).ok_or(Stop::Input)?;
    let mut current = Some(c);
    let is_negative = c == i32::from(b'-');
    if is_negative || c == i32::from(b'+') {
        current = reader.next_within(&mut width);
    } else if directive.conversion == b'p' && c == i32::from(b'(') {
        for &want in b"nil)" {
            c = reader.next_within(&mut width).ok_or(Stop::Matching)?;
            if lower(c) != want {
                reader.back(c);
                return Err(Stop::Matching);
            }
        }
        return Ok(0);
    }
    let mut any = false;
    if current == Some(i32::from(b'0')) {
        any = true;
        current = reader.next_within(&mut width);
        match current.map_or(0, lower) {
            b'x' if base == 0 || base == 16 => {
                base = 16;
                current = reader.next_within(&mut width);
            }
            b'b' if dialect == Dialect::C23 && (base == 0 || base == 2) => {
                base = 2;
                current = reader.next_within(&mut width);
            }
            _ if base == 0 => base = 8,
            _ => {}
        }
    }
    if base == 0 {
        base = 10;
    }
    let (mut value, mut overflowed) = (0u64, false);
    while let Some(c) = current {
        let Some(digit) = char::from(lower(c)).to_digit(base) else {
            reader.back(c);
            break;
        };
        any = true;
        let next = value.checked_mul(u64::from(base)).and_then(|v| v.checked_add(u64::from(digit)));
        overflowed |= next.is_none();
        value = next.unwrap_or(u64::MAX);
        current = reader.next_within(&mut width);
    }
    if !any {
        return Err(Stop::Matching);
    }
    let is_signed = matches!(directive.conversion, b'd' | b'i');
    let limit = if is_negative { 1u64 << 63 } else { i64::MAX as u64 };
    if overflowed || is_signed && value > limit {
        set_errno(abi::ERANGE);
        return Ok(match (is_signed, is_negative) {
            (false, _) => u64::MAX,
            (true, true) => i64::MIN as u64,
            (true, false) => i64::MAX as u64,
        });
    }
    Ok(if is_negative { value.wrapping_neg() } else { value })
}

/// The most characters of a number that are looked at: enough for every digit that matters to a `double`.
const TEXT_MAX: usize = 1200;

/// The text of a floating-point number.
pub struct FloatText {
    bytes: [u8; TEXT_MAX],
    len: usize,
}

impl FloatText {
    fn push(&mut self, byte: u8) {
        if self.len < TEXT_MAX - 1 {
            self.bytes[self.len] = byte;
            self.len += 1;
        }
    }

    /// Converts and stores it.
    ///
    /// # Safety
    /// `to` points to a `float`, `double` or `long double` by `length`.
    pub unsafe fn store(&self, to: *mut u8, length: Length) {
        let text = self.bytes.as_ptr().cast();
        // SAFETY: the text is NUL-terminated, since its last byte is never used.
        unsafe {
            match length {
                Length::LongDouble => sys::string_to_extended(text, to),
                Length::Long => to.cast::<f64>().write_unaligned(sys::string_to_double(text)),
                _ => to.cast::<f32>().write_unaligned(sys::string_to_float(text)),
            }
        }
    }
}

/// Reads the text of a floating-point number.
pub fn float(reader: &mut Reader<'_>, directive: &Directive) -> Result<FloatText, Stop> {
    let mut width = directive.width.unwrap_or(usize::MAX);
    let mut text = FloatText { bytes: [0; TEXT_MAX], len: 0 };
    let mut c = reader.next_within(&mut width).ok_or(Stop::Input)?;
    if c == i32::from(b'-') || c == i32::from(b'+') {
        text.push(c as u8);
        c = reader.next_within(&mut width).ok_or(Stop::Matching)?;
    }
    match lower(c) {
        b'n' => return word(reader, &mut width, text, c, b"nan", b"nan"),
        b'i' => return word(reader, &mut width, text, c, b"inf", b"infinity"),
        _ => {}
    }
    let (mut has_digit, mut has_dot, mut has_exponent, mut is_hex) = (false, false, false, false);
    let mut exponent_letter = b'e';
    let mut previous = 0;
    let mut current = Some(c);
    if c == i32::from(b'0') {
        text.push(b'0');
        has_digit = true;
        current = reader.next_within(&mut width);
        if let Some(c) = current
            && lower(c) == b'x'
            // Not without room for a digit.
            && width > 0
        {
            text.push(b'x');
            (is_hex, has_digit) = (true, false);
            exponent_letter = b'p';
            current = reader.next_within(&mut width);
        }
    }
    while let Some(c) = current {
        let letter = lower(c);
        let is_digit = letter.is_ascii_digit() || is_hex && !has_exponent && letter.is_ascii_hexdigit();
        if is_digit {
            has_digit = true;
        } else if has_exponent && previous == exponent_letter && matches!(letter, b'+' | b'-') {
        } else if has_digit && !has_exponent && letter == exponent_letter {
            has_exponent = true;
            has_dot = true;
        } else if letter == b'.' && !has_dot {
            has_dot = true;
        } else {
            reader.back(c);
            break;
        }
        text.push(letter);
        previous = letter;
        current = reader.next_within(&mut width);
    }
    // glibc takes `0x.` for a number.
    if has_digit || is_hex && has_dot { Ok(text) } else { Err(Stop::Matching) }
}

/// Reads the rest of `nan`, `inf` or `infinity`, of which `first` was read.
fn word(
    reader: &mut Reader<'_>,
    width: &mut usize,
    mut text: FloatText,
    first: i32,
    short: &[u8],
    long: &[u8],
) -> Result<FloatText, Stop> {
    text.push(lower(first));
    for (i, &want) in long.iter().enumerate().skip(1) {
        let c = reader.next_within(width);
        match c {
            Some(c) if lower(c) == want => text.push(want),
            // After `inf`, anything but an `i` belongs to what follows. glibc gives no other letter back.
            c if i == short.len() => {
                if let Some(c) = c {
                    reader.back(c);
                }
                return Ok(text);
            }
            _ => return Err(Stop::Matching),
        }
    }
    Ok(text)
}
