//! Bytes of any character set as iconv(3) decodes them; what the same set encodes again must decode to the same character.
#![no_main]

use abi_core::libc::locale::charset::Taken;
use abi_core::libc::locale::charset_names::by_name;
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 20] = [
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
];

fuzz_target!(|data: &[u8]| {
    let Some((&choice, mut bytes)) = data.split_first() else { return };
    let Some((set, _)) = by_name(NAMES[usize::from(choice) % NAMES.len()].as_bytes(), false) else { return };
    loop {
        let len = match set.decode(bytes) {
            Taken::Incomplete => return,
            Taken::Invalid(len) => len,
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
