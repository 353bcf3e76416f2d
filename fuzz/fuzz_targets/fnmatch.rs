//! fnmatch(3), whose patterns are glob(3)'s too.
#![no_main]

use abi_core::libc::fnmatch::matches;
use libfuzzer_sys::fuzz_target;
use osvrun_fuzz::two_strings;

fuzz_target!(|data: &[u8]| {
    let Some((&flags, rest)) = data.split_first() else { return };
    let (pattern, text) = two_strings(rest);
    if pattern.len() < 40 && text.len() < 60 {
        matches(
            &pattern[..pattern.len() - 1],
            &text[..text.len() - 1],
            i32::from(flags & 0x3f),
            flags & 0x40 != 0,
        );
    }
});
