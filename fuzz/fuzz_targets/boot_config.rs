//! What osvrun tells the kernel.
#![no_main]

use abi_core::boot::config::{decode, encode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Some((info, machine)) = decode(data) {
        assert!(decode(&encode(&info, &machine)).is_some());
    }
});
