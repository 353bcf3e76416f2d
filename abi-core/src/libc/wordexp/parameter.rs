//! What `$name` stands for: a variable of the environment, an argument or all of them, the process id.

use core::ffi::c_char;

use crate::exports::process::getpid;
use crate::exports::stdlib_env::{getenv, setenv};
use crate::libc::files::text_of;
use crate::libc::guest_vec::{GuestVec, OutOfMemory};
use crate::libc::state::state;
use crate::libc::stdio::printf::integer::decimal;

type Result<T> = core::result::Result<T, OutOfMemory>;

/// Measures the name at a text's start; outside braces an argument's number has one digit.
pub(super) fn name_len(text: &[u8], is_in_braces: bool) -> usize {
    let count = |is_part: fn(&u8) -> bool| text.iter().take_while(|byte| is_part(byte)).count();
    match text.first() {
        Some(b'*' | b'@' | b'$') => 1,
        Some(b'0'..=b'9') if is_in_braces => count(u8::is_ascii_digit),
        Some(b'0'..=b'9') => 1,
        _ => count(|byte| byte.is_ascii_alphanumeric() || *byte == b'_'),
    }
}

/// Iterates over the program's arguments, without its name.
pub(super) fn arguments() -> impl Iterator<Item = &'static [u8]> {
    all_arguments().skip(1)
}

fn all_arguments() -> impl Iterator<Item = &'static [u8]> {
    let argv = state().exit.argv.get();
    // SAFETY: C strings up to a null.
    (0..).map_while(move |index| unsafe {
        let argument = if argv.is_null() { argv.cast() } else { *argv.add(index) };
        (!argument.is_null()).then(|| text_of(argument))
    })
}

/// Returns a parameter's value, `None` if it has none.
pub(super) fn value_of(name: &[u8]) -> Result<Option<GuestVec<u8>>> {
    match name {
        b"$" => number(u64::from(getpid().unsigned_abs())).map(Some),
        b"*" | b"@" => {
            let mut all = GuestVec::new();
            for (index, argument) in arguments().enumerate() {
                if index > 0 {
                    all.push(b' ')?;
                }
                all.extend(argument)?;
            }
            Ok(Some(all))
        }
        [b'0'..=b'9', ..] => {
            let index = crate::libc::database::number(name);
            index.and_then(|index: u32| all_arguments().nth(index as usize)).map(copy).transpose()
        }
        _ => {
            let name = c_string(name)?;
            // SAFETY: a C string, and one of the environment.
            let value = unsafe {
                let value: *mut c_char = getenv(name.as_ptr().cast());
                (!value.is_null()).then(|| text_of(value))
            };
            value.map(copy).transpose()
        }
    }
}

/// Sets a variable of the environment.
pub(super) fn set_value(name: &[u8], value: &[u8]) -> Result<()> {
    let (name, value) = (c_string(name)?, c_string(value)?);
    // SAFETY: two C strings.
    unsafe { setenv(name.as_ptr().cast(), value.as_ptr().cast(), 1) };
    Ok(())
}

/// Returns a number's digits.
pub(super) fn number(value: u64) -> Result<GuestVec<u8>> {
    copy(decimal(value, &mut [0; 24]))
}

/// Copies bytes to the program's heap.
pub(super) fn copy(bytes: &[u8]) -> Result<GuestVec<u8>> {
    let mut text = GuestVec::new();
    text.extend(bytes)?;
    Ok(text)
}

fn c_string(bytes: &[u8]) -> Result<GuestVec<u8>> {
    let mut text = copy(bytes)?;
    text.push(0)?;
    Ok(text)
}
