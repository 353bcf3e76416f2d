//! `c s m` and what else is text.

use super::engine::{Failure, Field, Output};
use super::sink::Unit;
use crate::libc::multibyte::{self, Decoded};
use crate::libc::stdio::sys;

/// Puts text of `len` units, padded to the field's width.
fn padded<U: Unit>(
    output: &mut Output<'_, U>,
    field: &Field,
    len: usize,
    body: impl FnOnce(&mut Output<'_, U>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let pad = field.width.saturating_sub(len);
    if !field.left {
        output.fill(b' ', pad)?;
    }
    body(output)?;
    if field.left { output.fill(b' ', pad) } else { Ok(()) }
}

/// Counts the units before a NUL, at most `limit`.
unsafe fn length<U: Unit>(text: *const U, limit: Option<usize>) -> usize {
    let mut len = 0;
    // SAFETY: the caller passed a string, terminated or at least `limit` long.
    unsafe {
        while limit.is_none_or(|limit| len < limit) && *text.add(len) != U::ascii(0) {
            len += 1;
        }
    }
    len
}

/// What a null string shows: nothing if the precision has no room for all of it.
fn null_text(field: &Field) -> &'static [u8] {
    if field.precision.is_none_or(|precision| precision >= 6) { b"(null)" } else { b"" }
}

/// The field of `%p` of a null pointer: text, whatever the precision.
pub fn nil_field(field: &Field) -> Field {
    Field { precision: None, ..*field }
}

/// Views units as bytes when that is what they are.
fn as_units<U: Unit, V: Unit>(units: &[V]) -> Option<&[U]> {
    // SAFETY: the same type.
    (U::IS_WIDE == V::IS_WIDE)
        .then(|| unsafe { core::slice::from_raw_parts(units.as_ptr().cast::<U>(), units.len()) })
}

/// `s`: bytes
///
/// # Safety
/// `text` is null or a string, terminated or as long as the precision.
pub unsafe fn string<U: Unit>(
    output: &mut Output<'_, U>,
    field: &Field,
    text: *const u8,
) -> Result<(), Failure> {
    if text.is_null() {
        let text = null_text(field);
        return padded(output, field, text.len(), |output| output.ascii(text));
    }
    // SAFETY: the caller's promise.
    unsafe {
        if U::IS_WIDE {
            return decoded_string(output, field, text);
        }
        let len = length(text, field.precision);
        let bytes = core::slice::from_raw_parts(text, len);
        padded(output, field, len, |output| {
            as_units::<U, u8>(bytes).map_or(Ok(()), |units| output.put(units))
        })
    }
}

/// Bytes into a wide output; the precision counts wide characters.
unsafe fn decoded_string<U: Unit>(
    output: &mut Output<'_, U>,
    field: &Field,
    text: *const u8,
) -> Result<(), Failure> {
    let limit = field.precision.unwrap_or(usize::MAX);
    // SAFETY: the caller of `string`.
    let walk = |visit: &mut dyn FnMut(i32) -> Result<(), Failure>| unsafe {
        let (mut at, mut done) = (text, 0);
        let mut state = [0; 2];
        while done < limit && *at != 0 {
            match multibyte::decode_c(at, &mut state) {
                Decoded::Character(c, used) => {
                    visit(c)?;
                    at = at.add(used);
                    done += 1;
                }
                _ => return Err(Failure::Sequence),
            }
        }
        Ok(done)
    };
    let len = walk(&mut |_| Ok(()))?;
    padded(output, field, len, |output| {
        walk(&mut |c| as_units::<U, i32>(&[c]).map_or(Ok(()), |units| output.put(units))).map(|_| ())
    })
}

/// `ls`, `S`: wide characters
///
/// # Safety
/// `text` is null or a wide string, terminated or long enough for the precision.
pub unsafe fn wide_string<U: Unit>(
    output: &mut Output<'_, U>,
    field: &Field,
    text: *const i32,
) -> Result<(), Failure> {
    if text.is_null() {
        let text = null_text(field);
        return padded(output, field, text.len(), |output| output.ascii(text));
    }
    // SAFETY: the caller's promise.
    unsafe {
        if U::IS_WIDE {
            let len = length(text, field.precision);
            let units = core::slice::from_raw_parts(text, len);
            return padded(output, field, len, |output| {
                as_units::<U, i32>(units).map_or(Ok(()), |units| output.put(units))
            });
        }
        // The precision counts bytes, and no character is cut.
        let limit = field.precision.unwrap_or(usize::MAX);
        let (mut characters, mut len) = (0, 0);
        let mut bytes = [0; multibyte::MAX_BYTES];
        while len < limit && *text.add(characters) != 0 {
            let n = multibyte::encode(*text.add(characters), &mut bytes).ok_or(Failure::Sequence)?;
            if len + n > limit {
                break;
            }
            len += n;
            characters += 1;
        }
        padded(output, field, len, |output| {
            for i in 0..characters {
                let n = multibyte::encode(*text.add(i), &mut bytes).ok_or(Failure::Sequence)?;
                as_units::<U, u8>(&bytes[..n]).map_or(Ok(()), |units| output.put(units))?;
            }
            Ok(())
        })
    }
}

/// `c`
pub fn character<U: Unit>(output: &mut Output<'_, U>, field: &Field, byte: u8) -> Result<(), Failure> {
    padded(output, field, 1, |output| {
        if let Some(units) = as_units::<U, u8>(&[byte]) {
            return output.put(units);
        }
        let wide = multibyte::widen_byte(byte).unwrap_or(-1);
        as_units::<U, i32>(&[wide]).map_or(Ok(()), |units| output.put(units))
    })
}

/// `lc`, `C`
pub fn wide_character<U: Unit>(output: &mut Output<'_, U>, field: &Field, c: i32) -> Result<(), Failure> {
    if let Some(units) = as_units::<U, i32>(&[c]) {
        return padded(output, field, 1, |output| output.put(units));
    }
    let mut bytes = [0; multibyte::MAX_BYTES];
    let n = multibyte::encode(c, &mut bytes).ok_or(Failure::Sequence)?;
    padded(output, field, n, |output| {
        as_units::<U, u8>(&bytes[..n]).map_or(Ok(()), |units| output.put(units))
    })
}

/// Tells whether the program could write to where a format lies.
pub fn is_writable(address: *const u8) -> bool {
    sys::is_writable(address as usize)
}

/// Writes a message and ends the program with `SIGABRT`.
pub fn fatal(message: &[u8]) -> ! {
    sys::write_all(2, message);
    sys::abort()
}
