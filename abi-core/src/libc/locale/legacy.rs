//! Character sets from before Unicode, by the tables of the `encoding_rs` crate.
//!
//! That crate's tables are the web's, where some sets are supersets of what their names say; what is not in the named set is
//! taken out here again.

use encoding_rs::{
    DecoderResult, EncoderResult, Encoding, IBM866, ISO_8859_2, ISO_8859_3, ISO_8859_4, ISO_8859_5,
    ISO_8859_6, ISO_8859_7, ISO_8859_8, ISO_8859_10, ISO_8859_13, ISO_8859_14, ISO_8859_16, KOI8_R, KOI8_U,
    WINDOWS_874, WINDOWS_1250, WINDOWS_1251, WINDOWS_1253, WINDOWS_1254, WINDOWS_1255, WINDOWS_1256,
    WINDOWS_1257, WINDOWS_1258,
};

use super::composed::{self, Composition};
use super::multibyte::Decoded;

/// What bytes from 0x80 to 0x9f are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Controls {
    /// Control characters, as in the ISO-8859 family.
    Are,
    /// Characters of the set; no byte is such a control character.
    AreNot,
    /// Nothing.
    AreNothing,
}

/// A character set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Legacy {
    encoding: &'static Encoding,
    controls: Controls,
    /// Bytes that are another character here, or none (0).
    changed: &'static [(u8, u16)],
    /// Both bytes of a pair are above 0xa0.
    is_euc: bool,
    /// How marks are put together with what they follow.
    pub composition: Option<&'static Composition>,
}

/// The most bytes of a character.
const MAX_BYTES: usize = 4;

const fn set(encoding: &'static Encoding, controls: Controls) -> Legacy {
    Legacy { encoding, controls, changed: &[], is_euc: false, composition: None }
}

/// ISO-8859-2
pub const LATIN2: Legacy = set(ISO_8859_2, Controls::Are);
/// ISO-8859-3
pub const LATIN3: Legacy = set(ISO_8859_3, Controls::Are);
/// ISO-8859-4
pub const LATIN4: Legacy = set(ISO_8859_4, Controls::Are);
/// ISO-8859-5
pub const CYRILLIC: Legacy = set(ISO_8859_5, Controls::Are);
/// ISO-8859-6
pub const ARABIC: Legacy = set(ISO_8859_6, Controls::Are);
/// ISO-8859-7
pub const GREEK: Legacy = set(ISO_8859_7, Controls::Are);
/// ISO-8859-8
pub const HEBREW: Legacy = set(ISO_8859_8, Controls::Are);
/// ISO-8859-9
pub const LATIN5: Legacy = set(WINDOWS_1254, Controls::Are);
/// ISO-8859-10
pub const LATIN6: Legacy = set(ISO_8859_10, Controls::Are);
/// ISO-8859-11
pub const THAI: Legacy = set(WINDOWS_874, Controls::Are);
/// ISO-8859-13
pub const LATIN7: Legacy = set(ISO_8859_13, Controls::Are);
/// ISO-8859-14
pub const LATIN8: Legacy = set(ISO_8859_14, Controls::Are);
/// ISO-8859-16
pub const LATIN10: Legacy = set(ISO_8859_16, Controls::Are);
/// KOI8-R
pub const RUSSIAN: Legacy = set(KOI8_R, Controls::AreNot);
/// CP1250
pub const CP1250: Legacy = set(WINDOWS_1250, Controls::AreNot);
/// CP1251
pub const CP1251: Legacy = set(WINDOWS_1251, Controls::AreNot);
/// CP1253
pub const CP1253: Legacy = set(WINDOWS_1253, Controls::AreNot);
/// CP1254
pub const CP1254: Legacy = set(WINDOWS_1254, Controls::AreNot);
/// CP1255
pub const CP1255: Legacy = Legacy {
    changed: &[(0xca, 0)],
    composition: Some(&composed::HEBREW),
    ..set(WINDOWS_1255, Controls::AreNot)
};
/// CP1256
pub const CP1256: Legacy = set(WINDOWS_1256, Controls::AreNot);
/// CP1257
pub const CP1257: Legacy = set(WINDOWS_1257, Controls::AreNot);
/// CP1258
pub const CP1258: Legacy = Legacy {
    changed: &[(0xcc, 0x300), (0xcc, 0x340), (0xec, 0x301), (0xec, 0x341)],
    composition: Some(&composed::VIETNAMESE),
    ..set(WINDOWS_1258, Controls::AreNot)
};
/// CP874
pub const CP874: Legacy = set(WINDOWS_874, Controls::AreNot);
/// CP866
pub const CP866: Legacy = set(IBM866, Controls::AreNot);
/// GBK
pub const GBK: Legacy = set(encoding_rs::GBK, Controls::AreNot);
/// GB18030
pub const GB18030: Legacy = set(encoding_rs::GB18030, Controls::AreNot);
/// BIG5
pub const BIG5: Legacy = set(encoding_rs::BIG5, Controls::AreNot);
/// EUC-JP
pub const EUC_JP: Legacy = set(encoding_rs::EUC_JP, Controls::AreNot);
/// SHIFT-JIS
pub const SHIFT_JIS: Legacy = set(encoding_rs::SHIFT_JIS, Controls::AreNot);
/// EUC-KR
pub const EUC_KR: Legacy = Legacy { is_euc: true, ..set(encoding_rs::EUC_KR, Controls::Are) };
/// UHC
pub const UHC: Legacy = set(encoding_rs::EUC_KR, Controls::AreNot);
/// EUC-CN
pub const EUC_CN: Legacy = Legacy { is_euc: true, ..set(encoding_rs::GBK, Controls::AreNothing) };
/// KOI8-U, which has no letters of Belarusian.
pub const UKRAINIAN: Legacy =
    Legacy { changed: &[(0xae, 0x255d), (0xbe, 0x256c)], ..set(KOI8_U, Controls::AreNot) };
/// The Macintosh's set, as it was at first.
pub const MACINTOSH: Legacy =
    Legacy { changed: &[(0xc6, 0x394), (0xf0, 0xe01e)], ..set(encoding_rs::MACINTOSH, Controls::AreNot) };
/// TIS-620: ISO-8859-11 without control characters and the no-break space.
pub const TIS_620: Legacy = Legacy { changed: &[(0xa0, 0)], ..set(WINDOWS_874, Controls::AreNothing) };

/// What the web's Korean set lacks.
const POSTAL_CODE: ([u8; 2], u32) = ([0xa2, 0xe8], 0x327e);

const fn is_control(c: u32) -> bool {
    matches!(c, 0x80..=0x9f)
}

impl Legacy {
    /// Decodes the character at the start of `bytes`, which is not ASCII.
    pub fn decode(self, bytes: &[u8]) -> Decoded {
        let Some(&first) = bytes.first() else { return Decoded::Incomplete };
        if let Some(&(_, c)) = self.changed.iter().find(|(byte, _)| *byte == first) {
            return if c == 0 { Decoded::Invalid } else { Decoded::Character(c.into(), 1) };
        }
        if self.controls == Controls::Are && is_control(first.into()) {
            return Decoded::Character(first.into(), 1);
        }
        if self.controls == Controls::AreNothing && is_control(first.into()) {
            return Decoded::Invalid;
        }
        if self.is_korean() && bytes.starts_with(&POSTAL_CODE.0) {
            return Decoded::Character(POSTAL_CODE.1, 2);
        }
        for len in 1..=bytes.len().min(MAX_BYTES) {
            let mut units = [0; 4];
            let mut decoder = self.encoding.new_decoder_without_bom_handling();
            let (result, _, count) =
                decoder.decode_to_utf16_without_replacement(&bytes[..len], &mut units, false);
            if matches!(result, DecoderResult::Malformed(..)) {
                return Decoded::Invalid;
            }
            let mut characters = char::decode_utf16(units[..count].iter().copied());
            match (characters.next(), characters.next()) {
                (None, _) => {}
                (Some(Ok(c)), None) if !is_control(c.into()) && self.has_bytes(&bytes[..len]) => {
                    return Decoded::Character(c.into(), len);
                }
                _ => return Decoded::Invalid,
            }
        }
        if bytes.len() < MAX_BYTES { Decoded::Incomplete } else { Decoded::Invalid }
    }

    fn is_korean(self) -> bool {
        self.is_euc && self.encoding == encoding_rs::EUC_KR
    }

    fn has_bytes(self, bytes: &[u8]) -> bool {
        !self.is_euc || bytes.len() > 1 && bytes.iter().all(|&byte| byte > 0xa0)
    }

    /// Encodes a character that is not ASCII; `None` if the set does not have it.
    pub fn encode(self, c: u32) -> Option<([u8; 4], usize)> {
        self.encode_whole(c).or_else(|| {
            let (base, mark) = self.composition?.parts(c)?;
            let (mut bytes, len) = if base < 0x80 { ([base as u8, 0, 0, 0], 1) } else { self.encode(base)? };
            *bytes.get_mut(len)? = self.encode_whole(mark)?.0[0];
            Some((bytes, len + 1))
        })
    }

    fn encode_whole(self, c: u32) -> Option<([u8; 4], usize)> {
        if let Some(&(byte, _)) = self.changed.iter().find(|(_, known)| u32::from(*known) == c) {
            return Some(([byte, 0, 0, 0], 1));
        }
        if self.is_korean() && c == POSTAL_CODE.1 {
            return Some(([POSTAL_CODE.0[0], POSTAL_CODE.0[1], 0, 0], 2));
        }
        if is_control(c) {
            return (self.controls == Controls::Are).then_some(([c as u8, 0, 0, 0], 1));
        }
        let mut text = [0; 4];
        let text = char::from_u32(c)?.encode_utf8(&mut text);
        // The encoder asks for room for the longest character, though it writes less.
        let mut bytes = [0; 16];
        let (result, _, len) =
            self.encoding.new_encoder().encode_from_utf8_without_replacement(text, &mut bytes, true);
        let is_whole = matches!(result, EncoderResult::InputEmpty) && (1..=MAX_BYTES).contains(&len);
        // What only decodes as a control character's place is a letter of the superset.
        if !is_whole
            || !self.has_bytes(&bytes[..len])
            || self.controls != Controls::AreNot && is_control(bytes[0].into())
        {
            return None;
        }
        if len == 1 && self.changed.iter().any(|(byte, _)| *byte == bytes[0]) {
            return None;
        }
        Some(([bytes[0], bytes[1], bytes[2], bytes[3]], len))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_survive_in_every_kind_of_set() {
        let samples: [(Legacy, &str, &[u8]); 8] = [
            (RUSSIAN, "П", b"\xf0"),
            (CP1251, "П", b"\xcf"),
            (LATIN2, "ł", b"\xb3"),
            (LATIN5, "ğ", b"\xf0"),
            (SHIFT_JIS, "日", b"\x93\xfa"),
            (EUC_JP, "本", b"\xcb\xdc"),
            (GB18030, "😀", b"\x94\x39\xfc\x36"),
            (BIG5, "中", b"\xa4\xa4"),
        ];
        for (set, text, bytes) in samples {
            let c = text.chars().next().unwrap() as u32;
            let (encoded, len) = set.encode(c).unwrap();
            assert_eq!(&encoded[..len], bytes, "{text}");
            assert_eq!(set.decode(bytes), Decoded::Character(c, bytes.len()), "{text}");
            for cut in 1..bytes.len() {
                assert_eq!(set.decode(&bytes[..cut]), Decoded::Incomplete, "{text}");
            }
        }
    }

    #[test]
    fn supersets_are_cut_down() {
        let latin5 = LATIN5;
        assert_eq!(latin5.decode(b"\x80"), Decoded::Character(0x80, 1));
        assert_eq!(latin5.encode(0x20ac), None);
        assert_eq!(CP1253.decode(b"\x81"), Decoded::Invalid);
        assert_eq!(RUSSIAN.encode(0xe9), None);
    }
}
