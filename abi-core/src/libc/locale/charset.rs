//! Character sets of iconv(3).

use super::legacy::{self, Legacy};
use super::multibyte::{Conversion, Decoded, decode, encode};

/// A character set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// ASCII
    Ascii,
    /// ISO-8859-1
    Latin1,
    /// ISO-8859-15
    Latin9,
    /// Windows-1252
    Windows1252,
    /// One of a table.
    Legacy(Legacy),
    /// UTF-8
    Utf8,
    /// UTF-16 in an order; with a mark that tells it if `has_mark`.
    Utf16 {
        /// The high byte comes first.
        is_big: bool,
        /// A byte-order mark is written and understood.
        has_mark: bool,
    },
    /// UTF-32 likewise.
    Utf32 {
        /// The high byte comes first.
        is_big: bool,
        /// A byte-order mark is written and understood.
        has_mark: bool,
    },
}

/// Characters of Windows-1252 from 0x80 to 0x9f; 0 where there is none.
const WINDOWS_1252: [u16; 32] = [
    0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,
    0x017d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a,
    0x0153, 0, 0x017e, 0x0178,
];

/// Where ISO-8859-15 is not ISO-8859-1.
const LATIN_9: [(u8, u16); 8] = [
    (0xa4, 0x20ac),
    (0xa6, 0x160),
    (0xa8, 0x161),
    (0xb4, 0x17d),
    (0xb8, 0x17e),
    (0xbc, 0x152),
    (0xbd, 0x153),
    (0xbe, 0x178),
];

/// Finds a character set by name; letters' case and punctuation do not matter. The empty name is the locale's.
pub fn by_name(name: &[u8], is_utf8_locale: bool) -> Option<Charset> {
    let mut key = [0u8; 24];
    let mut len = 0;
    for &byte in name.iter().filter(|byte| byte.is_ascii_alphanumeric()) {
        *key.get_mut(len)? = byte.to_ascii_uppercase();
        len += 1;
    }
    Some(match &key[..len] {
        b"" | b"CHAR" if is_utf8_locale => Charset::Utf8,
        b"" | b"CHAR" | b"ASCII" | b"USASCII" | b"ANSIX341968" | b"ANSIX341986" | b"646" | b"ISO646US"
        | b"US" | b"CP367" | b"IBM367" => Charset::Ascii,
        b"ISO88591" | b"88591" | b"LATIN1" | b"L1" | b"CP819" | b"IBM819" | b"ISOIR100" => Charset::Latin1,
        b"ISO885915" | b"885915" | b"LATIN9" => Charset::Latin9,
        b"CP1252" | b"WINDOWS1252" | b"MSANSI" => Charset::Windows1252,
        b"UTF8" | b"ISO10646UTF8" | b"WCHARTUTF8" => Charset::Utf8,
        b"UTF16" => Charset::Utf16 { is_big: false, has_mark: true },
        b"UTF16LE" | b"UCS2LE" | b"UNICODELITTLE" | b"UCS2" | b"ISO10646UCS2" => {
            Charset::Utf16 { is_big: false, has_mark: false }
        }
        b"UTF16BE" | b"UCS2BE" | b"UNICODEBIG" => Charset::Utf16 { is_big: true, has_mark: false },
        b"UTF32" => Charset::Utf32 { is_big: false, has_mark: true },
        b"UTF32LE" | b"UCS4LE" | b"WCHART" | b"INTERNAL" => Charset::Utf32 { is_big: false, has_mark: false },
        b"UTF32BE" | b"UCS4" | b"UCS4BE" | b"ISO10646UCS4" | b"ISO10646" => {
            Charset::Utf32 { is_big: true, has_mark: false }
        }
        key => Charset::Legacy(legacy::by_name(key)?),
    })
}

impl Charset {
    /// Whether a byte-order mark is written and understood.
    pub const fn has_mark(self) -> bool {
        matches!(self, Self::Utf16 { has_mark: true, .. } | Self::Utf32 { has_mark: true, .. })
    }

    /// The same, with the bytes in the other order.
    #[must_use]
    pub const fn swapped(self) -> Self {
        match self {
            Self::Utf16 { is_big, has_mark } => Self::Utf16 { is_big: !is_big, has_mark },
            Self::Utf32 { is_big, has_mark } => Self::Utf32 { is_big: !is_big, has_mark },
            other => other,
        }
    }

    /// Decodes the character at the start of `bytes`.
    pub fn decode(self, bytes: &[u8]) -> Decoded {
        let Some(&first) = bytes.first() else { return Decoded::Incomplete };
        let single = |c: u16| if c == 0 { Decoded::Invalid } else { Decoded::Character(u32::from(c), 1) };
        match self {
            _ if first < 0x80 && !matches!(self, Self::Utf16 { .. } | Self::Utf32 { .. }) => {
                Decoded::Character(u32::from(first), 1)
            }
            Self::Ascii => Decoded::Invalid,
            Self::Legacy(set) => set.decode(bytes),
            Self::Latin1 => single(u16::from(first)),
            Self::Latin9 => {
                single(LATIN_9.iter().find(|pair| pair.0 == first).map_or(u16::from(first), |pair| pair.1))
            }
            Self::Windows1252 => {
                single(WINDOWS_1252.get(usize::from(first - 0x80)).copied().unwrap_or(u16::from(first)))
            }
            Self::Utf8 => decode(|i| bytes[i], bytes.len(), &mut Conversion::default(), true),
            Self::Utf16 { is_big, .. } => {
                let unit = |at: usize| {
                    let pair: [u8; 2] = bytes.get(at..at + 2)?.try_into().ok()?;
                    Some(if is_big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) })
                };
                match (unit(0), unit(2)) {
                    (None, _) | (Some(0xd800..=0xdbff), None) => Decoded::Incomplete,
                    (Some(high @ 0xd800..=0xdbff), Some(low @ 0xdc00..=0xdfff)) => Decoded::Character(
                        0x1_0000 + ((u32::from(high) & 0x3ff) << 10 | (u32::from(low) & 0x3ff)),
                        4,
                    ),
                    (Some(0xd800..=0xdfff), _) => Decoded::Invalid,
                    (Some(unit), _) => Decoded::Character(u32::from(unit), 2),
                }
            }
            Self::Utf32 { is_big, .. } => {
                let Some(Ok(word)) = bytes.get(..4).map(<[u8; 4]>::try_from) else {
                    return Decoded::Incomplete;
                };
                let c = if is_big { u32::from_be_bytes(word) } else { u32::from_le_bytes(word) };
                if char::from_u32(c).is_some() { Decoded::Character(c, 4) } else { Decoded::Invalid }
            }
        }
    }

    /// Encodes a character; `None` if the set does not have it.
    pub fn encode(self, c: u32) -> Option<([u8; 4], usize)> {
        let single = |byte: u8| Some(([byte, 0, 0, 0], 1));
        match self {
            _ if c < 0x80 && !matches!(self, Self::Utf16 { .. } | Self::Utf32 { .. }) => single(c as u8),
            Self::Ascii => None,
            Self::Legacy(set) => set.encode(c),
            Self::Latin1 => single(u8::try_from(c).ok()?),
            Self::Latin9 => match LATIN_9.iter().find(|pair| u32::from(pair.1) == c) {
                Some(pair) => single(pair.0),
                None => {
                    single(u8::try_from(c).ok().filter(|byte| LATIN_9.iter().all(|pair| pair.0 != *byte))?)
                }
            },
            Self::Windows1252 => match WINDOWS_1252.iter().position(|&known| u32::from(known) == c) {
                Some(index) => single(0x80 + index as u8),
                None => single(u8::try_from(c).ok().filter(|&byte| byte >= 0xa0)?),
            },
            Self::Utf8 => {
                let ([a, b, c, d, ..], len) = encode(c, true)?;
                (len <= 4).then_some(([a, b, c, d], len))
            }
            Self::Utf16 { is_big, .. } => {
                let mut units = [0; 2];
                let len = char::from_u32(c)?.encode_utf16(&mut units).len();
                let mut bytes = [0; 4];
                for (pair, unit) in bytes.chunks_exact_mut(2).zip(units) {
                    let order = if is_big { unit.to_be_bytes() } else { unit.to_le_bytes() };
                    pair[0] = order[0];
                    pair[1] = order[1];
                }
                Some((bytes, len * 2))
            }
            Self::Utf32 { is_big, .. } => Some((if is_big { c.to_be_bytes() } else { c.to_le_bytes() }, 4)),
        }
    }
}

/// Plain letters for a character that a set does not have, as `//TRANSLIT` writes them.
pub fn transliterate(c: u32) -> &'static [u8] {
    match c {
        0xa0 | 0x2000..=0x200a | 0x202f => b" ",
        0xab => b"<<",
        0xbb => b">>",
        0xa9 => b"(C)",
        0xae => b"(R)",
        0xc6 => b"AE",
        0xe6 => b"ae",
        0xdf => b"ss",
        0x152 => b"OE",
        0x153 => b"oe",
        0x2010..=0x2015 => b"-",
        0x2018..=0x201b => b"'",
        0x201c..=0x201f => b"\"",
        0x2022 => b"o",
        0x2026 => b"...",
        0x20ac => b"EUR",
        0x2122 => b"(TM)",
        _ => b"?",
    }
}
