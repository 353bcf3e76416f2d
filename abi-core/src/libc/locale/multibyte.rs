//! Characters as bytes: UTF-8, and the C locale's ASCII.

/// `mbstate_t`: what a character's first bytes have told.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub struct Conversion {
    /// Bytes still to come.
    pub missing: u8,
    /// Bytes of the whole character.
    pub total: u8,
    /// The second half of a pair of UTF-16, still to be handed out or awaited; 0 for none.
    pub half: u16,
    /// The bits so far.
    pub value: u32,
}

/// What bytes turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decoded {
    /// A character, and how many bytes it took.
    Character(u32, usize),
    /// Not yet all of a character; the state has what there was.
    Incomplete,
    /// Not a character.
    Invalid,
}

/// Decodes the next character; `at` gives up to `limit` bytes.
pub fn decode(at: impl Fn(usize) -> u8, limit: usize, state: &mut Conversion, is_utf8: bool) -> Decoded {
    let mut used = 0;
    if state.missing == 0 {
        if limit == 0 {
            return Decoded::Incomplete;
        }
        let byte = at(0);
        used = 1;
        if byte < 0x80 {
            return Decoded::Character(u32::from(byte), 1);
        }
        let (total, bits) = match byte {
            _ if !is_utf8 => return Decoded::Invalid,
            0xc2..=0xdf => (2, byte & 0x1f),
            0xe0..=0xef => (3, byte & 0x0f),
            0xf0..=0xf7 => (4, byte & 0x07),
            0xf8..=0xfb => (5, byte & 0x03),
            0xfc..=0xfd => (6, byte & 0x01),
            _ => return Decoded::Invalid,
        };
        *state = Conversion { missing: total - 1, total, half: 0, value: u32::from(bits) };
    }
    while state.missing > 0 {
        if used == limit {
            return Decoded::Incomplete;
        }
        let byte = at(used);
        if byte & 0xc0 != 0x80 {
            *state = Conversion::default();
            return Decoded::Invalid;
        }
        state.value = state.value << 6 | u32::from(byte & 0x3f);
        state.missing -= 1;
        used += 1;
    }
    let least = match state.total {
        2 => 0x80,
        3 => 0x800,
        4 => 0x1_0000,
        5 => 0x20_0000,
        _ => 0x400_0000,
    };
    if state.value < least || (0xd800..0xe000).contains(&state.value) {
        *state = Conversion::default();
        return Decoded::Invalid;
    }
    let value = state.value;
    *state = Conversion::default();
    Decoded::Character(value, used)
}

/// The most bytes of an encoded character: there are numbers beyond Unicode's last, and `wchar_t` has room for them.
pub const ENCODED_BYTES: usize = 6;

/// Encodes a character; returns its bytes and how many.
pub fn encode(c: u32, is_utf8: bool) -> Option<([u8; ENCODED_BYTES], usize)> {
    let len = match c {
        0..0x80 => return Some(([c as u8, 0, 0, 0, 0, 0], 1)),
        // Tags show nothing, and go without.
        0xe_0000..0xe_0080 if !is_utf8 => return Some(([0; ENCODED_BYTES], 0)),
        _ if !is_utf8 => return None,
        0x80..0x800 => 2,
        0xd800..0xe000 => return None,
        0x800..0x1_0000 => 3,
        0x1_0000..0x20_0000 => 4,
        0x20_0000..0x400_0000 => 5,
        0x400_0000..0x8000_0000 => 6,
        _ => return None,
    };
    let mut bytes = [0; ENCODED_BYTES];
    let mut rest = c;
    for byte in bytes[1..len].iter_mut().rev() {
        *byte = 0x80 | (rest & 0x3f) as u8;
        rest >>= 6;
    }
    // As many bits as there are bytes, and a zero.
    bytes[0] = !(0xff >> len) | rest as u8;
    Some((bytes, len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_survives_byte_by_byte() {
        for c in (0..=0x10_ffffu32).filter(|&c| char::from_u32(c).is_some()) {
            let (bytes, len) = encode(c, true).unwrap();
            let mut state = Conversion::default();
            for &byte in &bytes[..len - 1] {
                assert_eq!(decode(|_| byte, 1, &mut state, true), Decoded::Incomplete);
            }
            assert_eq!(decode(|_| bytes[len - 1], 1, &mut state, true), Decoded::Character(c, 1));
            assert_eq!(decode(|i| bytes[i], len, &mut state, true), Decoded::Character(c, len));
        }
    }

    #[test]
    fn overlong_forms_surrogates_and_strays_are_invalid() {
        let bad: [&[u8]; 6] = [b"\x80", b"\xc0\x80", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xfe\x88", b"\xe2("];
        for bytes in bad {
            let mut state = Conversion::default();
            assert_eq!(decode(|i| bytes[i], bytes.len(), &mut state, true), Decoded::Invalid, "{bytes:?}");
        }
        assert_eq!(decode(|_| 0xe9, 1, &mut Conversion::default(), false), Decoded::Invalid);
    }
}
