//! Bytes of any character set as iconv(3) decodes them; what the same set encodes again must decode to the same character.
#![no_main]

use abi_core::libc::locale::charset::{Charset, Taken};
use abi_core::libc::locale::charset_names::by_name;
use abi_core::libc::locale::shifting::{Shifting, State};
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 23] = [
    "ASCII",
    "LATIN1",
    "ISO-8859-15",
    "CP1252",
    "UTF-8",
    "UTF-16BE",
    "UTF-16LE",
    "UTF-32BE",
    "UTF-32LE",
    "ISO-8859-7",
    "KOI8-R",
    "SHIFT_JIS",
    "EUC-JP",
    "BIG5",
    "GBK",
    "EUC-KR",
    "UCS-2",
    "UCS-4",
    "CP437",
    "GB18030",
    "ISO-2022-JP",
    "ISO-2022-KR",
    "UTF-7",
];

const ESC: u32 = 0x1b;

/// Decodes a text whose bytes mean what was shifted to.
fn shifting(set: Shifting, mut bytes: &[u8]) {
    let mut state = State::default();
    loop {
        let len = match set.decode(&mut state, bytes) {
            Taken::Incomplete => return,
            Taken::Invalid(len) | Taken::Shift(len) => len,
            Taken::Character(c, len) => {
                let mut fresh = State::default();
                // An escape character by itself may be the start of a sequence.
                if c != ESC
                    && let Some(again) = set.encode(&mut fresh, c)
                {
                    // The last bits of a character may come with the end only.
                    let whole = [again.as_slice(), set.end(&fresh).as_slice()].concat();
                    assert_eq!(first(set, &whole), Some(c));
                }
                len
            }
        };
        assert!(len > 0 || !bytes.is_empty());
        bytes = bytes.get(len..).unwrap_or_default();
    }
}

/// The first character of a text.
fn first(set: Shifting, mut bytes: &[u8]) -> Option<u32> {
    let mut state = State::default();
    loop {
        match set.decode(&mut state, bytes) {
            Taken::Character(c, _) => return Some(c),
            Taken::Shift(len) => bytes = bytes.get(len..)?,
            Taken::Incomplete | Taken::Invalid(_) => return None,
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((&choice, mut bytes)) = data.split_first() else { return };
    let Some((set, _)) = by_name(NAMES[usize::from(choice) % NAMES.len()].as_bytes(), false) else { return };
    if let Charset::Shifting(set) = set {
        return shifting(set, bytes);
    }
    loop {
        let len = match set.decode(bytes) {
            Taken::Incomplete => return,
            Taken::Invalid(len) | Taken::Shift(len) => len,
            Taken::Character(c, len) => {
                if let Some((again, len)) = set.encode(c) {
                    assert!(
                        matches!(set.decode(&again[..len]), Taken::Character(same, n) if same == c && n == len)
                    );
                }
                len
            }
        };
        assert!(len > 0);
        bytes = bytes.get(len..).unwrap_or_default();
    }
});
