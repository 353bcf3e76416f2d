//! Frames of the control channel, in pieces, and what they say of files.
#![no_main]

use abi_core::boot::control::Parser;
use abi_core::boot::stream_file::{FileOrder, decode_answer, decode_stat};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut parser = Parser::new();
    for piece in data.chunks(7) {
        parser.push(piece);
        while let Ok(Some(_)) = parser.next_frame() {}
        let _ = (FileOrder::decode(piece), decode_answer(piece).map(|answer| answer.map(decode_stat)));
    }
});
