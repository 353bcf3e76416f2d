//! Character sets from before Unicode, by the tables of the `encoding_rs` crate.
//!
//! That crate's tables are the web's, where some sets are supersets of what their names say; what is not in the named set is
//! taken out here again.

use encoding_rs::{
    BIG5, DecoderResult, EUC_JP, EUC_KR, EncoderResult, Encoding, GB18030, GBK, IBM866, ISO_8859_2,
    ISO_8859_3, ISO_8859_4, ISO_8859_5, ISO_8859_6, ISO_8859_7, ISO_8859_8, ISO_8859_10, ISO_8859_13,
    ISO_8859_14, ISO_8859_16, KOI8_R, KOI8_U, MACINTOSH, SHIFT_JIS, WINDOWS_874, WINDOWS_1250, WINDOWS_1251,
    WINDOWS_1253, WINDOWS_1254, WINDOWS_1255, WINDOWS_1256, WINDOWS_1257, WINDOWS_1258,
};

use super::multibyte::Decoded;

/// What bytes from 0x80 to 0x9f are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Controls {
    /// Control characters, as in the ISO-8859 family.
    Are,
    /// Characters of the set; no byte is such a control character.
    AreNot,
}

/// A character set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Legacy {
    encoding: &'static Encoding,
    controls: Controls,
}

/// The most bytes of a character.
const MAX_BYTES: usize = 4;

/// Finds a set by its name, in capital letters and without punctuation.
pub fn by_name(key: &[u8]) -> Option<Legacy> {
    let iso = |encoding| Some(Legacy { encoding, controls: Controls::Are });
    let other = |encoding| Some(Legacy { encoding, controls: Controls::AreNot });
    match key {
        b"ISO88592" | b"88592" | b"LATIN2" | b"L2" | b"ISOIR101" => iso(ISO_8859_2),
        b"ISO88593" | b"88593" | b"LATIN3" | b"L3" | b"ISOIR109" => iso(ISO_8859_3),
        b"ISO88594" | b"88594" | b"LATIN4" | b"L4" | b"ISOIR110" => iso(ISO_8859_4),
        b"ISO88595" | b"88595" | b"CYRILLIC" | b"ISOIR144" => iso(ISO_8859_5),
        b"ISO88596" | b"88596" | b"ARABIC" | b"ISOIR127" | b"ECMA114" | b"ASMO708" => iso(ISO_8859_6),
        b"ISO88597" | b"88597" | b"GREEK" | b"GREEK8" | b"ISOIR126" | b"ECMA118" => iso(ISO_8859_7),
        b"ISO88598" | b"88598" | b"HEBREW" | b"ISOIR138" => iso(ISO_8859_8),
        b"ISO88599" | b"88599" | b"LATIN5" | b"L5" | b"ISOIR148" => iso(WINDOWS_1254),
        b"ISO885910" | b"885910" | b"LATIN6" | b"L6" | b"ISOIR157" => iso(ISO_8859_10),
        b"ISO885911" | b"885911" | b"TIS620" => iso(WINDOWS_874),
        b"ISO885913" | b"885913" | b"LATIN7" | b"L7" => iso(ISO_8859_13),
        b"ISO885914" | b"885914" | b"LATIN8" | b"L8" => iso(ISO_8859_14),
        b"ISO885916" | b"885916" | b"LATIN10" | b"L10" => iso(ISO_8859_16),
        b"KOI8R" => other(KOI8_R),
        b"KOI8U" => other(KOI8_U),
        b"CP1250" | b"WINDOWS1250" | b"MSEE" => other(WINDOWS_1250),
        b"CP1251" | b"WINDOWS1251" | b"MSCYRL" => other(WINDOWS_1251),
        b"CP1253" | b"WINDOWS1253" | b"MSGREEK" => other(WINDOWS_1253),
        b"CP1254" | b"WINDOWS1254" | b"MSTURK" => other(WINDOWS_1254),
        b"CP1255" | b"WINDOWS1255" | b"MSHEBR" => other(WINDOWS_1255),
        b"CP1256" | b"WINDOWS1256" | b"MSARAB" => other(WINDOWS_1256),
        b"CP1257" | b"WINDOWS1257" | b"WINBALTRIM" => other(WINDOWS_1257),
        b"CP1258" | b"WINDOWS1258" => other(WINDOWS_1258),
        b"CP874" | b"WINDOWS874" => other(WINDOWS_874),
        b"CP866" | b"IBM866" | b"866" => other(IBM866),
        b"MACINTOSH" | b"MAC" => other(MACINTOSH),
        b"GBK" | b"CP936" | b"MS936" | b"WINDOWS936" => other(GBK),
        b"GB18030" => other(GB18030),
        b"GB2312" | b"EUCCN" => other(GBK),
        b"BIG5" | b"BIGFIVE" | b"CNBIG5" | b"CP950" => other(BIG5),
        b"EUCJP" | b"UJIS" => other(EUC_JP),
        b"SHIFTJIS" | b"SJIS" | b"MSKANJI" | b"CP932" | b"WINDOWS31J" | b"IBM943" => other(SHIFT_JIS),
        b"EUCKR" | b"CP949" | b"UHC" => other(EUC_KR),
        _ => None,
    }
}

const fn is_control(c: u32) -> bool {
    matches!(c, 0x80..=0x9f)
}

impl Legacy {
    /// Decodes the character at the start of `bytes`, which is not ASCII.
    pub fn decode(self, bytes: &[u8]) -> Decoded {
        let Some(&first) = bytes.first() else { return Decoded::Incomplete };
        if self.controls == Controls::Are && is_control(first.into()) {
            return Decoded::Character(first.into(), 1);
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
                (Some(Ok(c)), None) if !is_control(c.into()) => return Decoded::Character(c.into(), len),
                _ => return Decoded::Invalid,
            }
        }
        if bytes.len() < MAX_BYTES { Decoded::Incomplete } else { Decoded::Invalid }
    }

    /// Encodes a character that is not ASCII; `None` if the set does not have it.
    pub fn encode(self, c: u32) -> Option<([u8; 4], usize)> {
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
        if !is_whole || self.controls == Controls::Are && is_control(bytes[0].into()) {
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
        let samples: [(&[u8], &str, &[u8]); 8] = [
            (b"KOI8R", "П", b"\xf0"),
            (b"CP1251", "П", b"\xcf"),
            (b"ISO88592", "ł", b"\xb3"),
            (b"ISO88599", "ğ", b"\xf0"),
            (b"SHIFTJIS", "日", b"\x93\xfa"),
            (b"EUCJP", "本", b"\xcb\xdc"),
            (b"GB18030", "😀", b"\x94\x39\xfc\x36"),
            (b"BIG5", "中", b"\xa4\xa4"),
        ];
        for (name, text, bytes) in samples {
            let set = by_name(name).unwrap();
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
        let latin5 = by_name(b"ISO88599").unwrap();
        assert_eq!(latin5.decode(b"\x80"), Decoded::Character(0x80, 1));
        assert_eq!(latin5.encode(0x20ac), None);
        assert_eq!(by_name(b"CP1253").unwrap().decode(b"\x81"), Decoded::Invalid);
        assert_eq!(by_name(b"KOI8R").unwrap().encode(0xe9), None);
    }
}
