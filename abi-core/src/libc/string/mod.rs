//! Strings: blocks, searching, error texts.

pub mod errors;
mod masked;
pub mod mem;
pub mod search;
pub mod set;
pub mod strstr;
pub mod version;
pub mod wide;

/// Bytes of a thread's buffer for [`number_text`].
pub const TEXT_BYTES: usize = 48;

/// Writes a prefix and a number into `buffer`, as a C string.
pub fn number_text(buffer: &mut [u8; TEXT_BYTES], prefix: &[u8], number: i32) {
    let mut digits = [0; 12];
    let mut first = digits.len();
    let mut rest = number.unsigned_abs();
    loop {
        first -= 1;
        digits[first] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        first -= 1;
        digits[first] = b'-';
    }
    let mut bytes = prefix.iter().chain(&digits[first..]).copied();
    for place in buffer.iter_mut() {
        *place = bytes.next().unwrap_or(0);
    }
    buffer[TEXT_BYTES - 1] = 0;
}
