//! printf(3) and wprintf(3) templates.
#![no_main]

use abi_core::exports::stdio_printf::vsnprintf;
use libfuzzer_sys::fuzz_target;
use osvrun_fuzz::{Arguments, is_modest, two_strings};

fuzz_target!(|data: &[u8]| {
    let (template, seed) = two_strings(data);
    if !is_modest(&template) {
        return;
    }
    let mut arguments = Arguments::new(&seed);
    let mut text = [0; 256];
    // SAFETY: the template is a string, and every argument is a number and a place at once.
    unsafe { vsnprintf(text.as_mut_ptr(), text.len(), template.as_ptr().cast(), arguments.list()) };
    assert!(text.contains(&0));
});
