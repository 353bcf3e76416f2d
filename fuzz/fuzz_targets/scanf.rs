//! scanf(3) templates and texts.
#![no_main]

use abi_core::exports::stdio_scanf::vsscanf;
use libfuzzer_sys::fuzz_target;
use osvrun_fuzz::{Arguments, is_modest, two_strings};

fuzz_target!(|data: &[u8]| {
    let (template, text) = two_strings(data);
    // `%ms` stores blocks that nobody frees.
    if !is_modest(&template) || template.contains(&b'm') || text.len() > 4000 {
        return;
    }
    let mut arguments = Arguments::new(&[]);
    // SAFETY: two strings, and every argument is a place with room for the whole text.
    unsafe { vsscanf(text.as_ptr().cast(), template.as_ptr().cast(), arguments.list()) };
});
