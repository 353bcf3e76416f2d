//! The engine against the host's C library.

use core::ffi::{CStr, c_char, c_int};
use std::vec::Vec;

type Snprintf = unsafe extern "C" fn(*mut c_char, usize, *const c_char, ...) -> c_int;

fn ours() -> Snprintf {
    // SAFETY: the variadic wrapper has this signature.
    unsafe { core::mem::transmute(crate::exports::stdio_printf::snprintf as *const ()) }
}

/// Formats with both and compares text and result.
macro_rules! same {
    ($template:expr $(, $arg:expr)*) => {{
        let template: &CStr = $template;
        let (mut left, mut right) = (Vec::from([1u8; 9000]), Vec::from([1u8; 9000]));
        // SAFETY: the test's own buffers.
        let a = unsafe { ours()(left.as_mut_ptr().cast(), left.len(), template.as_ptr() $(, $arg)*) };
        // SAFETY: as above.
        let b = unsafe { ::libc::snprintf(right.as_mut_ptr().cast(), right.len(), template.as_ptr() $(, $arg)*) };
        let text = |bytes: &[u8]| std::string::String::from_utf8_lossy(CStr::from_bytes_until_nul(bytes).unwrap().to_bytes()).into_owned();
        assert_eq!((a, text(&left)), (b, text(&right)), "{template:?}");
    }};
}

#[test]
fn integers_match_glibc() {
    let flags = [c"", c"-", c"+", c" ", c"#", c"0", c"-0", c"+0", c"# ", c"#0", c"'", c"-#+"];
    let sizes = [c"", c"1", c"5", c"20", c".0", c".1", c".7", c"12.5", c"5.12", c"30.20"];
    for flag in flags {
        for size in sizes {
            for length in ["", "hh", "h", "l", "ll", "z", "j", "t", "q", "L"] {
                for letter in "diouxXbB".chars() {
                    let template = std::format!(
                        "[%{}{}{length}{letter}]\0",
                        flag.to_str().unwrap(),
                        size.to_str().unwrap()
                    );
                    let template = CStr::from_bytes_with_nul(template.as_bytes()).unwrap();
                    for value in [0i64, 1, -1, 42, 255, 256, -129, i64::MIN, i64::MAX, 0x1234_5678_9abc] {
                        same!(template, value);
                    }
                }
            }
        }
    }
}

#[test]
fn doubles_match_glibc() {
    let values = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.5,
        1.5,
        2.5,
        0.1,
        0.05,
        9.995,
        99.95,
        999999.5,
        1e5,
        1e6,
        1e-4,
        1e-5,
        123456789.0,
        1e15,
        1e16,
        1e17,
        1e22,
        1e23,
        1e100,
        f64::MAX,
        f64::MIN_POSITIVE,
        5e-324,
        2.2e-310,
        3.25159265358979,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        -f64::NAN,
        0.000123456,
        9.5,
        10.5,
        0.9999999,
        4503599627370497.5,
        1.0 / 3.0,
        2.0f64.powi(70),
        8.125,
        15.96875,
        0.96875,
        1.96875,
    ];
    for letter in "eEfFgGaA".chars() {
        for flag in ["", "-", "+", " ", "#", "0", "+0", "-#", "#0", "'"] {
            for size in
                ["", "1", "25", ".0", ".1", ".2", ".3", ".10", "30.15", ".17", ".60", ".400", "400.330"]
            {
                let template = std::format!("[%{flag}{size}{letter}]\0");
                let template = CStr::from_bytes_with_nul(template.as_bytes()).unwrap();
                for value in values {
                    // glibc 2.36 loses the zeros of `%#g` when rounding carries into a new digit; C keeps them.
                    let may_carry = std::format!("{value:e}").trim_start_matches('-').starts_with(['9', '1']);
                    if !(letter.eq_ignore_ascii_case(&'g') && flag.contains('#') && may_carry) {
                        same!(template, value);
                    }
                }
            }
        }
    }
}

#[test]
fn random_doubles_match_glibc() {
    let mut state = 88172645463325252u64;
    for _ in 0..20000 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let value = f64::from_bits(state);
        same!(c"%.17g %e %.3f %g %a %.2a %.30e", value, value, value, value, value, value, value);
        let near = (state % 2_000_000) as f64 / 1000.0;
        same!(c"%.2f %.1f %.0f %g %.3g", near, near, near, near, near);
    }
}

#[test]
fn text_and_the_rest_match_glibc() {
    let text = c"hello";
    same!(
        c"[%s] [%10s] [%-10s] [%.3s] [%10.2s]",
        text.as_ptr(),
        text.as_ptr(),
        text.as_ptr(),
        text.as_ptr(),
        text.as_ptr()
    );
    same!(c"[%s] [%.3s] [%10s]", 0usize, 0usize, 0usize);
    same!(c"[%c] [%5c] [%-5c]", 65i32, 66i32, 67i32);
    same!(
        c"[%p] [%20p] [%-20p] [%p] [%12p] [%.3p]",
        0x1234usize,
        0x1234usize,
        0x1234usize,
        0usize,
        0usize,
        0usize
    );
    same!(c"100%% [%5%] [%-5%]");
    same!(c"%2$s %1$d %2$s %3$.2f", 7i32, text.as_ptr(), 2.5f64);
    same!(c"%1$*2$d|%1$-*2$d|%3$.*4$f", 5i32, 8i32, 1.25f64, 1i32);
    same!(c"%*d|%-*d|%.*f|%*.*e", 5i32, 42i32, 5i32, 42i32, 3i32, 1.5f64, 14i32, 2i32, 1234.5f64);
    same!(c"%*d|%.*d", -5i32, 42i32, -3i32, 42i32);
    same!(c"%y %5k %-08.3r", 1i32);
    same!(c"%d %f %d %f %s %d %d %d %f", 1i32, 1.5f64, 2i32, 2.5f64, text.as_ptr(), 3i32, 4i32, 5i32, 3.5f64);
    same!(c"abc%");
    same!(c"%.*s", 2i32, text.as_ptr());
    same!(c"%2147483648d", 1i32);
    same!(c"%hhd %hd %ld %lld %zu", 300i32, 70000i32, -1i64, -2i64, 7usize);
}

#[test]
fn output_is_cut_and_counted() {
    let mut buf = [7u8; 8];
    // SAFETY: the test's own buffer.
    let n = unsafe { ours()(buf.as_mut_ptr().cast(), 4, c"%d-%s".as_ptr(), 12i32, c"abcdef".as_ptr()) };
    assert_eq!((n, &buf), (9, b"12-\0\x07\x07\x07\x07"));
}

/// `long double` can't be passed from Rust: its bytes go through the engine directly.
#[test]
fn long_doubles_keep_their_digits() {
    use super::decimal::{Request, digits};
    // 2^16383 × (2 - 2^-63), the largest: 1.18973149535723176502e+4932
    let largest = digits::<560, 260>(u64::MAX.into(), 16383 - 63, false, Request::Significant(21)).unwrap();
    assert_eq!((largest.as_bytes(), largest.point), (&b"118973149535723176502"[..], 4933));
    // The smallest denormal: 3.64519953188247460253e-4951
    let least = digits::<560, 260>(1, 1 - 16383 - 63, false, Request::Significant(21)).unwrap();
    assert_eq!((least.as_bytes(), least.point), (&b"364519953188247460253"[..], -4950));
}
