//! Messages and names of the DNS.
#![no_main]

use abi_core::libc::net::resolver::message::{self, HEADER_BYTES};
use abi_core::libc::net::resolver::name;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut wire = [0; name::LONGEST];
    let mut text = [0; 1025];
    let mut at = HEADER_BYTES;
    for section in 0..message::SECTIONS {
        for _ in 0..message::get16(data, 4 + 2 * section).unwrap_or(0) {
            if let Some((_, len)) = name::unpack(data, at, &mut wire) {
                let text_len = name::to_text(&wire[..len], &mut text).expect("the longest name fits");
                let mut again = [0; name::LONGEST + 1];
                let read =
                    name::from_text(&text[..text_len - 1], &mut again).expect("what was written reads back");
                assert_eq!(&again[..read.0], &wire[..len]);
                let mut packed = [0; 512];
                name::pack(&wire[..len], &mut packed, 0, [].into_iter(), |_| {}).expect("there is room");
            }
            let Some(record) = message::record(data, at, section == 0) else { return };
            assert!(record.next > at);
            at = record.next;
        }
    }
    let _ = message::answers(data, data);
    let _ = name::from_text(data, &mut wire);
});
