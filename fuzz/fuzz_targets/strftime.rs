//! strftime(3) and strptime(3).
#![no_main]

use abi_core::libc::time::calendar::{Tm, seconds};
use abi_core::libc::time::parse::parse;
use libfuzzer_sys::fuzz_target;
use osvrun_fuzz::{is_modest, two_strings};

fuzz_target!(|data: &[u8]| {
    let (template, text) = two_strings(data);
    let mut tm = Tm::ZERO;
    let _ = parse(&text[..text.len() - 1], &template[..template.len() - 1], &mut tm);
    seconds(&tm);
    if is_modest(&template) {
        let mut out = [0; 300];
        // SAFETY: room, a string and fields.
        unsafe {
            abi_core::exports::time_h::strftime(
                out.as_mut_ptr(),
                out.len(),
                template.as_ptr().cast(),
                &raw const tm,
            )
        };
    }
});
