//! Bytes of any character set as iconv(3) decodes them; what the same set encodes again must decode to the same character.
#![no_main]

use abi_core::libc::locale::charset::by_name;
use abi_core::libc::locale::multibyte::Decoded;
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 16] = [
    "ASCII", "LATIN1", "ISO-8859-15", "CP1252", "UTF-8", "UTF-16BE", "UTF-16LE", "UTF-32BE", "UTF-32LE", "ISO-8859-7",
    "KOI8-R", "SHIFT_JIS", "EUC-JP", "BIG5", "GBK", "EUC-KR",
];

fuzz_target!(|data: &[u8]| {
    let Some((&choice, mut bytes)) = data.split_first() else { return };
    let Some(set) = by_name(NAMES[usize::from(choice) % NAMES.len()].as_bytes(), false) else { return };
    while let Decoded::Character(c, len) = set.decode(bytes) {
        assert!(len > 0 && len <= bytes.len());
        if let Some((again, len)) = set.encode(c) {
            assert!(matches!(set.decode(&again[..len]), Decoded::Character(same, n) if same == c && n == len));
        }
        bytes = &bytes[len..];
    }
});
