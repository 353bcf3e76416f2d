//! Call frame information of an object that may hold anything.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| abi_core::panic::look_everywhere(data));
