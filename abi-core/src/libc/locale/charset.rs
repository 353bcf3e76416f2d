//! Character sets of iconv(3).

use super::legacy::Legacy;
use super::letters;
use super::multibyte::{Conversion, Decoded, ENCODED_BYTES, decode, encode};
use super::pages::{self, Page};
use super::shifting::{Shifting, State};

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
    /// A code page of personal computers.
    Page(Page),
    /// One that shifts, which is decoded and encoded with a state.
    Shifting(Shifting),
    /// UTF-8
    Utf8,
    /// UTF-16 in an order; with a mark that tells it if `has_mark`.
    Utf16 {
        /// The high byte comes first.
        is_big: bool,
        /// A byte-order mark is written and understood.
        has_mark: bool,
    },
    /// UCS-2 likewise: the first 65 536 characters.
    Ucs2 {
        /// The high byte comes first.
        is_big: bool,
        /// A byte-order mark is written and understood.
        has_mark: bool,
    },
    /// UCS-4 in an order: numbers up to 2³¹.
    Ucs4 {
        /// The high byte comes first.
        is_big: bool,
    },
    /// `wchar_t`
    Wide,
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

/// What the start of a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// A character, and how many bytes it took.
    Character(u32, usize),
    /// No character; bytes that tell what those behind them are, or are the first of one.
    Shift(usize),
    /// Not yet all of a character.
    Incomplete,
    /// Not a character; how many bytes to pass over.
    Invalid(usize),
}

/// A character's bytes, and how many.
pub type Encoded = ([u8; ENCODED_BYTES], usize);

const fn is_surrogate(c: u32) -> bool {
    matches!(c, 0xd800..=0xdfff)
}

/// Reads a unit of two or four bytes.
fn unit(bytes: &[u8], at: usize, size: usize, is_big: bool) -> Option<u32> {
    let bytes = bytes.get(at..at + size)?;
    let join = |value: u32, byte: &u8| value << 8 | u32::from(*byte);
    Some(if is_big { bytes.iter().fold(0, join) } else { bytes.iter().rev().fold(0, join) })
}

/// Writes a unit of two or four bytes behind others.
fn put_unit(to: &mut Encoded, value: u32, size: usize, is_big: bool) {
    for i in 0..size {
        let place = if is_big { size - 1 - i } else { i };
        to.0[to.1 + place] = (value >> (8 * i)) as u8;
    }
    to.1 += size;
}

/// How many bytes at the start of a text are no UTF-8, up to where a character may start.
fn invalid_utf8(bytes: &[u8]) -> usize {
    let is_next = |byte: &&u8| **byte & 0xc0 == 0x80;
    let total = match bytes.first() {
        Some(0xc2..=0xdf) => 2,
        Some(0xe0..=0xef) => 3,
        Some(0xf0..=0xf7) => 4,
        _ => 5,
    };
    1 + bytes.iter().take(total).skip(1).take_while(is_next).count()
}

impl Charset {
    /// Whether a byte-order mark is written and understood.
    pub const fn has_mark(self) -> bool {
        matches!(
            self,
            Self::Utf16 { has_mark: true, .. }
                | Self::Utf32 { has_mark: true, .. }
                | Self::Ucs2 { has_mark: true, .. }
        )
    }

    /// The same, with the bytes in the other order.
    #[must_use]
    pub const fn swapped(self) -> Self {
        match self {
            Self::Utf16 { is_big, has_mark } => Self::Utf16 { is_big: !is_big, has_mark },
            Self::Utf32 { is_big, has_mark } => Self::Utf32 { is_big: !is_big, has_mark },
            Self::Ucs2 { is_big, has_mark } => Self::Ucs2 { is_big: !is_big, has_mark },
            other => other,
        }
    }

    /// The same in this order, without a mark.
    #[must_use]
    pub const fn without_mark(self) -> Self {
        match self {
            Self::Utf16 { is_big, .. } => Self::Utf16 { is_big, has_mark: false },
            Self::Utf32 { is_big, .. } => Self::Utf32 { is_big, has_mark: false },
            Self::Ucs2 { is_big, .. } => Self::Ucs2 { is_big, has_mark: false },
            other => other,
        }
    }

    /// The fewest bytes of a character.
    pub const fn unit_bytes(self) -> usize {
        match self {
            Self::Utf16 { .. } | Self::Ucs2 { .. } => 2,
            Self::Utf32 { .. } | Self::Ucs4 { .. } | Self::Wide => 4,
            _ => 1,
        }
    }

    /// The byte-order mark.
    pub fn mark(self) -> Encoded {
        self.encode(0xfeff).unwrap_or_default()
    }

    /// Tells whether `bytes` are the byte-order mark.
    pub fn is_mark(self, bytes: &[u8]) -> bool {
        let (mark, len) = self.mark();
        &mark[..len] == bytes
    }

    /// Decodes the character at the start of `bytes`.
    pub fn decode(self, bytes: &[u8]) -> Taken {
        let Some(&first) = bytes.first() else { return Taken::Incomplete };
        let single = |c: Option<u32>| c.map_or(Taken::Invalid(1), |c| Taken::Character(c, 1));
        match self {
            _ if first < 0x80 && self.unit_bytes() == 1 => Taken::Character(u32::from(first), 1),
            Self::Ascii => Taken::Invalid(1),
            Self::Legacy(set) => match set.decode(bytes) {
                Decoded::Character(c, len) => Taken::Character(c, len),
                Decoded::Incomplete => Taken::Incomplete,
                Decoded::Invalid => Taken::Invalid(1),
            },
            Self::Page(page) => single(pages::decode(page, first)),
            Self::Latin1 => single(Some(first.into())),
            Self::Latin9 => {
                let changed = LATIN_9.iter().find(|pair| pair.0 == first).map(|pair| u32::from(pair.1));
                single(changed.or(Some(first.into())))
            }
            Self::Windows1252 => match WINDOWS_1252.get(usize::from(first - 0x80)) {
                Some(&c) => single((c != 0).then_some(c.into())),
                None => single(Some(first.into())),
            },
            Self::Shifting(set) => set.decode(&mut State::default(), bytes),
            Self::Utf8 => match decode(|i| bytes[i], bytes.len(), &mut Conversion::default(), true) {
                Decoded::Character(c, len) => Taken::Character(c, len),
                Decoded::Incomplete => Taken::Incomplete,
                Decoded::Invalid => Taken::Invalid(invalid_utf8(bytes)),
            },
            Self::Utf16 { is_big, .. } => match (unit(bytes, 0, 2, is_big), unit(bytes, 2, 2, is_big)) {
                (None, _) | (Some(0xd800..=0xdbff), None) => Taken::Incomplete,
                (Some(high @ 0xd800..=0xdbff), Some(low @ 0xdc00..=0xdfff)) => {
                    Taken::Character(0x1_0000 + ((high & 0x3ff) << 10 | low & 0x3ff), 4)
                }
                (Some(0xd800..=0xdfff), _) => Taken::Invalid(2),
                (Some(c), _) => Taken::Character(c, 2),
            },
            Self::Ucs2 { is_big, .. } => match unit(bytes, 0, 2, is_big) {
                None => Taken::Incomplete,
                Some(c) if is_surrogate(c) => Taken::Invalid(2),
                Some(c) => Taken::Character(c, 2),
            },
            Self::Utf32 { is_big, .. } => match unit(bytes, 0, 4, is_big) {
                None => Taken::Incomplete,
                Some(c) if char::from_u32(c).is_none() => Taken::Invalid(4),
                Some(c) => Taken::Character(c, 4),
            },
            Self::Ucs4 { is_big } => match unit(bytes, 0, 4, is_big) {
                None => Taken::Incomplete,
                Some(0x8000_0000..) => Taken::Invalid(4),
                Some(c) => Taken::Character(c, 4),
            },
            Self::Wide => unit(bytes, 0, 4, false).map_or(Taken::Incomplete, |c| Taken::Character(c, 4)),
        }
    }

    /// Encodes a character; `None` if the set does not have it.
    pub fn encode(self, c: u32) -> Option<Encoded> {
        let mut encoded = ([0; ENCODED_BYTES], 0);
        let single = |byte: u8| Some(([byte, 0, 0, 0, 0, 0], 1));
        match self {
            _ if c < 0x80 && self.unit_bytes() == 1 => return single(c as u8),
            Self::Ascii | Self::Shifting(_) => return None,
            Self::Legacy(set) => {
                let (bytes, len) = set.encode(c)?;
                encoded.0[..len].copy_from_slice(&bytes[..len]);
                encoded.1 = len;
            }
            Self::Page(page) => return single(pages::encode(page, c)?),
            Self::Latin1 => return single(u8::try_from(c).ok()?),
            Self::Latin9 => {
                return match LATIN_9.iter().find(|pair| u32::from(pair.1) == c) {
                    Some(pair) => single(pair.0),
                    None => single(
                        u8::try_from(c).ok().filter(|byte| LATIN_9.iter().all(|pair| pair.0 != *byte))?,
                    ),
                };
            }
            Self::Windows1252 => {
                return match WINDOWS_1252.iter().position(|&known| u32::from(known) == c) {
                    Some(index) => single(0x80 + index as u8),
                    None => single(u8::try_from(c).ok().filter(|&byte| byte >= 0xa0)?),
                };
            }
            Self::Utf8 => return encode(c, true),
            Self::Utf16 { is_big, .. } => {
                let mut units = [0; 2];
                for &mut unit in char::from_u32(c)?.encode_utf16(&mut units) {
                    put_unit(&mut encoded, unit.into(), 2, is_big);
                }
            }
            Self::Ucs2 { is_big, .. } => {
                if c > 0xffff || is_surrogate(c) {
                    return None;
                }
                put_unit(&mut encoded, c, 2, is_big);
            }
            Self::Utf32 { is_big, .. } => put_unit(&mut encoded, char::from_u32(c)?.into(), 4, is_big),
            Self::Ucs4 { is_big } => put_unit(&mut encoded, c, 4, is_big),
            Self::Wide => put_unit(&mut encoded, c, 4, false),
        }
        Some(encoded)
    }
}

/// Plain letters for a character that a set does not have, as `//TRANSLIT` writes them in the C locale.
const OTHERWISE: &[(u32, &str)] = &[
    (0xa0, " "),
    (0xa9, "(C)"),
    (0xab, "<<"),
    (0xad, "-"),
    (0xae, "(R)"),
    (0xb5, "u"),
    (0xb8, ","),
    (0xbb, ">>"),
    (0xbc, " 1/4 "),
    (0xbd, " 1/2 "),
    (0xbe, " 3/4 "),
    (0xc6, "AE"),
    (0xd7, "x"),
    (0xdf, "ss"),
    (0xe6, "ae"),
    (0x132, "IJ"),
    (0x133, "ij"),
    (0x149, "'n"),
    (0x152, "OE"),
    (0x153, "oe"),
    (0x17f, "s"),
    (0x1c7, "LJ"),
    (0x1c8, "Lj"),
    (0x1c9, "lj"),
    (0x1ca, "NJ"),
    (0x1cb, "Nj"),
    (0x1cc, "nj"),
    (0x1f1, "DZ"),
    (0x1f2, "Dz"),
    (0x1f3, "dz"),
    (0x2bc, "'"),
    (0x2c6, "^"),
    (0x2c8, "'"),
    (0x2cb, "`"),
    (0x2cd, "_"),
    (0x2d0, ":"),
    (0x2dc, "~"),
    (0x2002, " "),
    (0x2003, " "),
    (0x2004, " "),
    (0x2005, " "),
    (0x2006, " "),
    (0x2008, " "),
    (0x2009, " "),
    (0x200a, " "),
    (0x200b, ""),
    (0x2010, "-"),
    (0x2011, "-"),
    (0x2012, "-"),
    (0x2013, "-"),
    (0x2014, "--"),
    (0x2015, "-"),
    (0x2018, "'"),
    (0x2019, "'"),
    (0x201a, ","),
    (0x201b, "'"),
    (0x201c, "\""),
    (0x201d, "\""),
    (0x201e, ",,"),
    (0x201f, "\""),
    (0x2020, "+"),
    (0x2022, "o"),
    (0x2024, "."),
    (0x2025, ".."),
    (0x2026, "..."),
    (0x202f, " "),
    (0x2035, "`"),
    (0x2036, "``"),
    (0x2037, "```"),
    (0x2039, "<"),
    (0x203a, ">"),
    (0x203c, "!!"),
    (0x2044, "/"),
    (0x2047, "??"),
    (0x2048, "?!"),
    (0x2049, "!?"),
    (0x205f, " "),
    (0x20ac, "EUR"),
    (0x2116, "No"),
    (0x2122, "(TM)"),
    (0x2190, "<-"),
    (0x2192, "->"),
    (0x2194, "<->"),
    (0x21d0, "<="),
    (0x21d2, "=>"),
    (0x21d4, "<=>"),
    (0x2212, "-"),
    (0xfb00, "ff"),
    (0xfb01, "fi"),
    (0xfb02, "fl"),
];

/// Returns what `//TRANSLIT` writes for a character, in a locale of UTF-8 or in the C locale.
pub fn transliterate(c: u32, is_utf8_locale: bool) -> &'static [u8] {
    let found = OTHERWISE.binary_search_by_key(&c, |(known, _)| *known);
    let found = found.ok().map(|index| OTHERWISE[index].1.as_bytes()).or_else(|| letters::of_ascii(c));
    let found = found.or_else(|| letters::without_marks(c).filter(|_| is_utf8_locale));
    found.unwrap_or(b"?")
}
