//! Character sets in which bytes mean what was shifted to before them: ISO-2022-JP, ISO-2022-KR and UTF-7.

use super::charset::Taken;
use super::legacy::{EUC_JP, EUC_KR, Legacy};
use super::multibyte::Decoded;

/// Such a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shifting {
    /// ISO-2022-JP
    Jp,
    /// ISO-2022-KR
    Kr,
    /// UTF-7
    Utf7,
}

/// What bytes mean now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Plane {
    /// ASCII; of UTF-7, plain letters.
    #[default]
    Ascii,
    /// The Japanese ISO-646.
    Roman,
    /// JIS X 0208, as of 1978 if `is_first`.
    Kanji { is_first: bool },
    /// KS X 1001
    Korean,
    /// UTF-16 in base 64.
    Base64,
}

/// Where a text is.
#[derive(Debug, Clone, Copy, Default)]
pub struct State {
    plane: Plane,
    /// Bits of UTF-7 that are no unit yet, and how many.
    bits: u32,
    bits_len: u32,
    /// The first half of a pair of UTF-16; 0 for none.
    high: u16,
    /// The sequence at the start of a text of ISO-2022-KR is written.
    has_start: bool,
}

/// A character's bytes, with what shifts before it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bytes {
    bytes: [u8; 12],
    len: usize,
}

impl Bytes {
    /// Returns them.
    pub fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    fn put(&mut self, bytes: &[u8]) {
        self.bytes[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }
}

const ESC: u8 = 0x1b;
const SHIFT_OUT: u8 = 0x0e;
const SHIFT_IN: u8 = 0x0f;
const KR_START: &[u8] = b"\x1b$)C";

/// What shifts to the planes of ISO-2022-JP.
const JP: [(&[u8], Plane); 4] = [
    (b"\x1b(B", Plane::Ascii),
    (b"\x1b(J", Plane::Roman),
    (b"\x1b$@", Plane::Kanji { is_first: true }),
    (b"\x1b$B", Plane::Kanji { is_first: false }),
];

/// Where the web's JIS X 0208 has other characters: those, and its own.
const KANJI_CHANGED: [(u32, u32); 6] =
    [(0xff5e, 0x301c), (0x2225, 0x2016), (0xff0d, 0x2212), (0xffe0, 0xa2), (0xffe1, 0xa3), (0xffe2, 0xac)];

fn kanji(first: u8, second: u8) -> Option<u32> {
    // What makers have put into other rows is not in the standard.
    if !matches!(first, 0x21..=0x28 | 0x30..=0x74) {
        return None;
    }
    let c = pair(EUC_JP, first, second)?;
    Some(KANJI_CHANGED.iter().find(|(web, _)| *web == c).map_or(c, |(_, c)| *c))
}

fn kanji_of(c: u32) -> Option<[u8; 2]> {
    if KANJI_CHANGED.iter().any(|(web, _)| *web == c) {
        return None;
    }
    let web = KANJI_CHANGED.iter().find(|(_, own)| *own == c).map_or(c, |(web, _)| *web);
    pair_of(EUC_JP, web).filter(|[first, second]| kanji(*first, *second) == Some(c))
}

/// The character of two bytes of a set whose own are above 0xa0.
fn pair(set: Legacy, first: u8, second: u8) -> Option<u32> {
    match set.decode(&[first | 0x80, second | 0x80]) {
        Decoded::Character(c, 2) => Some(c),
        _ => None,
    }
}

fn pair_of(set: Legacy, c: u32) -> Option<[u8; 2]> {
    if c < 0x80 {
        return None;
    }
    match set.encode(c)? {
        (bytes, 2) if bytes[0] > 0xa0 && bytes[1] > 0xa0 => Some([bytes[0] & 0x7f, bytes[1] & 0x7f]),
        _ => None,
    }
}

const fn base64_value(byte: u8) -> Option<u32> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    } as u32)
}

const fn base64_letter(value: u32) -> u8 {
    match (value & 63) as u8 {
        value @ 0..26 => b'A' + value,
        value @ 26..52 => b'a' + value - 26,
        value @ 52..62 => b'0' + value - 52,
        62 => b'+',
        _ => b'/',
    }
}

/// Tells whether a character of UTF-7 stands for itself wherever it is.
const fn is_direct(c: u32) -> bool {
    c < 0x80
        && ((c as u8).is_ascii_alphanumeric()
            || matches!(
                c as u8,
                b'\t' | b'\n' | b'\r' | b' ' | b'\'' | b'(' | b')' | b',' | b'-' | b'.' | b'/' | b':' | b'?'
            ))
}

/// Tells whether a byte of UTF-7 may stand for itself.
const fn may_be_direct(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'}') && !matches!(byte, b'+' | b'\\')
}

impl Shifting {
    /// Decodes what is at the start of `bytes`, which are some.
    pub fn decode(self, state: &mut State, bytes: &[u8]) -> Taken {
        let Some(&first) = bytes.first() else { return Taken::Incomplete };
        if first >= 0x80 {
            return Taken::Invalid(1);
        }
        match self {
            Self::Utf7 => decode_utf7(state, first, bytes.get(1).copied()),
            Self::Jp => {
                if first == ESC {
                    if let Some((escape, plane)) = JP.iter().find(|(escape, _)| bytes.starts_with(escape)) {
                        state.plane = *plane;
                        return Taken::Shift(escape.len());
                    }
                    if JP.iter().any(|(escape, _)| escape.starts_with(bytes)) {
                        return Taken::Incomplete;
                    }
                }
                match state.plane {
                    Plane::Roman if first == b'\\' => Taken::Character(0xa5, 1),
                    Plane::Roman if first == b'~' => Taken::Character(0x203e, 1),
                    Plane::Kanji { .. } => two(bytes, kanji),
                    _ => Taken::Character(first.into(), 1),
                }
            }
            Self::Kr => {
                if bytes.starts_with(KR_START) {
                    return Taken::Shift(KR_START.len());
                }
                match first {
                    ESC if KR_START.starts_with(bytes) => Taken::Incomplete,
                    SHIFT_OUT | SHIFT_IN => {
                        state.plane = if first == SHIFT_OUT { Plane::Korean } else { Plane::Ascii };
                        Taken::Shift(1)
                    }
                    _ if state.plane == Plane::Korean => {
                        two(bytes, |first, second| pair(EUC_KR, first, second))
                    }
                    _ => Taken::Character(first.into(), 1),
                }
            }
        }
    }

    /// What comes before the first character.
    pub fn start(self, state: &mut State) -> &'static [u8] {
        if self == Self::Kr && !core::mem::replace(&mut state.has_start, true) { KR_START } else { b"" }
    }

    /// Encodes a character; `None` if the set does not have it.
    pub fn encode(self, state: &mut State, c: u32) -> Option<Bytes> {
        let mut out = Bytes::default();
        match self {
            Self::Utf7 => encode_utf7(state, c, &mut out)?,
            Self::Jp => {
                let (plane, bytes, len) = jp_plane(state.plane, c)?;
                if plane != state.plane {
                    let (escape, _) = JP.iter().find(|(_, of)| *of == plane)?;
                    out.put(escape);
                    state.plane = plane;
                }
                out.put(&bytes[..len]);
            }
            Self::Kr => {
                let wanted = if c < 0x80 { Plane::Ascii } else { Plane::Korean };
                let pair = if c < 0x80 { [c as u8, 0] } else { pair_of(EUC_KR, c)? };
                if wanted != state.plane {
                    out.put(if c < 0x80 { &[SHIFT_IN] } else { &[SHIFT_OUT] });
                    state.plane = wanted;
                }
                out.put(if c < 0x80 { &pair[..1] } else { &pair });
            }
        }
        Some(out)
    }

    /// What ends a text here.
    pub fn end(self, state: &State) -> Bytes {
        let mut out = Bytes::default();
        match (self, state.plane) {
            (_, Plane::Ascii) => {}
            (Self::Jp, _) => out.put(JP[0].0),
            (Self::Kr, _) => out.put(&[SHIFT_IN]),
            (Self::Utf7, _) => {
                put_last_bits(&mut { *state }, &mut out);
                out.put(b"-");
            }
        }
        out
    }
}

/// Two bytes, or a control character by itself.
fn two(bytes: &[u8], of: impl Fn(u8, u8) -> Option<u32>) -> Taken {
    match *bytes {
        [first, ..] if first < 0x21 || first == 0x7f => Taken::Character(first.into(), 1),
        [_] => Taken::Incomplete,
        [first, second @ 0x21..=0x7e, ..] => {
            of(first, second).map_or(Taken::Invalid(1), |c| Taken::Character(c, 2))
        }
        _ => Taken::Invalid(1),
    }
}

/// The plane that a character of ISO-2022-JP is written in, the present one if that has it, and its bytes.
fn jp_plane(now: Plane, c: u32) -> Option<(Plane, [u8; 2], usize)> {
    let roman = match c {
        0xa5 => Some(b'\\'),
        0x203e => Some(b'~'),
        0x5c | 0x7e => None,
        _ => u8::try_from(c).ok().filter(u8::is_ascii),
    };
    let kanji = || kanji_of(c);
    match (now, roman) {
        (Plane::Roman, Some(byte)) if byte > b' ' => return Some((now, [byte, 0], 1)),
        (Plane::Kanji { is_first: true }, _) => {
            if let Some(pair) = kanji() {
                return Some((now, pair, 2));
            }
        }
        _ => {}
    }
    match (c, roman) {
        (0..0x80, _) => Some((Plane::Ascii, [c as u8, 0], 1)),
        (_, Some(byte)) => Some((Plane::Roman, [byte, 0], 1)),
        _ => Some((Plane::Kanji { is_first: false }, kanji()?, 2)),
    }
}

fn decode_utf7(state: &mut State, byte: u8, next: Option<u8>) -> Taken {
    if state.plane != Plane::Base64 {
        return match byte {
            b'+' => match next {
                None => Taken::Incomplete,
                Some(b'-') => Taken::Character(byte.into(), 2),
                Some(_) => {
                    *state = State { plane: Plane::Base64, ..State::default() };
                    Taken::Shift(1)
                }
            },
            _ if may_be_direct(byte) => Taken::Character(byte.into(), 1),
            _ => Taken::Invalid(1),
        };
    }
    let Some(value) = base64_value(byte) else {
        // The last bits are no unit, and zero.
        let is_clean = state.high == 0 && state.bits_len < 6 && state.bits == 0;
        if !is_clean || byte != b'-' && !may_be_direct(byte) {
            return Taken::Invalid(1);
        }
        *state = State::default();
        return match byte {
            b'-' => Taken::Shift(1),
            _ => Taken::Character(byte.into(), 1),
        };
    };
    state.bits = state.bits << 6 | value;
    state.bits_len += 6;
    if state.bits_len < 16 {
        return Taken::Shift(1);
    }
    state.bits_len -= 16;
    let unit = (state.bits >> state.bits_len) as u16;
    state.bits &= (1 << state.bits_len) - 1;
    match (core::mem::take(&mut state.high), unit) {
        (0, 0xd800..=0xdbff) => {
            state.high = unit;
            Taken::Shift(1)
        }
        (0, 0xdc00..=0xdfff) => Taken::Invalid(1),
        (0, _) => Taken::Character(unit.into(), 1),
        (high, 0xdc00..=0xdfff) => {
            Taken::Character(0x1_0000 + (u32::from(high & 0x3ff) << 10 | u32::from(unit & 0x3ff)), 1)
        }
        _ => Taken::Invalid(1),
    }
}

fn put_last_bits(state: &mut State, out: &mut Bytes) {
    if state.bits_len > 0 {
        out.put(&[base64_letter(state.bits << (6 - state.bits_len))]);
    }
    (state.bits, state.bits_len) = (0, 0);
}

fn encode_utf7(state: &mut State, c: u32, out: &mut Bytes) -> Option<()> {
    if is_direct(c) {
        if state.plane == Plane::Base64 {
            put_last_bits(state, out);
            if base64_value(c as u8).is_some() || c == u32::from(b'-') {
                out.put(b"-");
            }
            state.plane = Plane::Ascii;
        }
        out.put(&[c as u8]);
        return Some(());
    }
    let mut units = [0; 2];
    let units = char::from_u32(c)?.encode_utf16(&mut units);
    if state.plane != Plane::Base64 {
        out.put(b"+");
        if c == u32::from(b'+') {
            out.put(b"-");
            return Some(());
        }
        state.plane = Plane::Base64;
    }
    for &mut unit in units {
        state.bits = state.bits << 16 | u32::from(unit);
        state.bits_len += 16;
        while state.bits_len >= 6 {
            state.bits_len -= 6;
            out.put(&[base64_letter(state.bits >> state.bits_len)]);
        }
        state.bits &= (1 << state.bits_len) - 1;
    }
    Some(())
}
