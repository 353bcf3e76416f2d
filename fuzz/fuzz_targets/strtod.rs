//! Numbers in text, compared with the standard library's where both take the same text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use osvrun_fuzz::two_strings;

fuzz_target!(|data: &[u8]| {
    let (text, _) = two_strings(data);
    let mut end = std::ptr::null_mut();
    // SAFETY: a string and a place for its end.
    let got = unsafe { abi_core::exports::stdlib_convert::strtod(text.as_ptr().cast(), &raw mut end) };
    let used = end as usize - text.as_ptr() as usize;
    assert!(used < text.len());
    // SAFETY: as above.
    unsafe {
        abi_core::exports::stdlib_convert::strtof(text.as_ptr().cast(), &raw mut end);
        abi_core::exports::stdlib_convert::strtol(text.as_ptr().cast(), &raw mut end, 0);
    }
    let digits = &text[..text.len() - 1];
    if used == digits.len() && digits.iter().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(byte)) {
        let text = std::str::from_utf8(digits).expect("ASCII");
        if let Ok(wanted) = text.parse::<f64>() {
            assert_eq!(got.to_bits(), wanted.to_bits(), "{text}");
        }
    }
});
