//! Frames of the control channel, in pieces.
#![no_main]

use abi_core::boot::control::Parser;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut parser = Parser::new();
    for piece in data.chunks(7) {
        parser.push(piece);
        while let Ok(Some(_)) = parser.next_frame() {}
    }
});
