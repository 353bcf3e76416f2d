//! Addresses as text: inet_pton(3), inet_aton(3) and their like.

use core::fmt::Write;
use core::net::{Ipv4Addr, Ipv6Addr};

use crate::abi::{AF_INET, AF_INET6};

/// An address of either family, in network byte order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address {
    /// `AF_INET`
    V4([u8; 4]),
    /// `AF_INET6`
    V6([u8; 16]),
}

impl Address {
    /// Returns the bytes.
    pub const fn bytes(&self) -> &[u8] {
        match self {
            Self::V4(bytes) => bytes,
            Self::V6(bytes) => bytes,
        }
    }

    /// Returns `AF_INET` or `AF_INET6`.
    pub const fn family(&self) -> i32 {
        match self {
            Self::V4(_) => AF_INET,
            Self::V6(_) => AF_INET6,
        }
    }

    /// Tells whether it holds on one link only, so that an interface's number belongs to it.
    pub const fn is_of_link(&self) -> bool {
        matches!(self, Self::V6([0xfe, 0x80..=0xbf, ..] | [0xff, 0x02 | 0x12 | 0x22 | 0x32, ..]))
    }

    /// Returns it as an address of a family. The loopback address is one of either family, as in glibc, and an IPv4
    /// address within an IPv6 one is one of its own.
    pub const fn of_family(self, family: i32) -> Option<Self> {
        match (self, family) {
            (Self::V4(_), AF_INET) | (Self::V6(_), AF_INET6) => Some(self),
            (Self::V6(bytes), AF_INET) => match bytes {
                [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] => Some(Self::V4([127, 0, 0, 1])),
                [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d] => Some(Self::V4([a, b, c, d])),
                _ => None,
            },
            _ => None,
        }
    }

    /// Reads an address in its usual form.
    pub fn parse(text: &[u8]) -> Option<Self> {
        parse_v4(text).map(Self::V4).or_else(|| parse_v6(text).map(Self::V6))
    }

    /// Writes it as text.
    pub fn text(&self) -> Text {
        let mut text = Text::EMPTY;
        // The longest address fits.
        let _ = match *self {
            Self::V4(bytes) => write!(text, "{}", Ipv4Addr::from(bytes)),
            // Of the addresses that hold an IPv4 one, the old form is not written so by Rust.
            Self::V6([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d]) if (a, b) != (0, 0) => {
                write!(text, "::{}", Ipv4Addr::new(a, b, c, d))
            }
            Self::V6(bytes) => write!(text, "{}", Ipv6Addr::from(bytes)),
        };
        text
    }
}

/// A short text.
#[derive(Debug, Clone, Copy)]
pub struct Text {
    bytes: [u8; 64],
    len: usize,
}

impl Text {
    /// No text.
    pub const EMPTY: Self = Self { bytes: [0; 64], len: 0 };

    /// Returns the text without a NUL.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let room = self.bytes.get_mut(self.len..self.len + text.len()).ok_or(core::fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.len += text.len();
        Ok(())
    }
}

/// Reads four decimal numbers with dots between, as inet_pton(3) does.
pub fn parse_v4(text: &[u8]) -> Option<[u8; 4]> {
    Some(core::str::from_utf8(text).ok()?.parse::<Ipv4Addr>().ok()?.octets())
}

/// Reads an IPv6 address, as inet_pton(3) does.
pub fn parse_v6(text: &[u8]) -> Option<[u8; 16]> {
    Some(core::str::from_utf8(text).ok()?.parse::<Ipv6Addr>().ok()?.octets())
}

/// Cuts a number in C's decimal, octal or hexadecimal into its digits and their base.
fn c_digits(text: &[u8]) -> Option<(&[u8], u32)> {
    let (digits, base) = match text {
        [b'0', b'x' | b'X', digits @ ..] => (digits, 16),
        [b'0', digits @ ..] if !digits.is_empty() => (digits, 8),
        digits => (digits, 10),
    };
    let is_number = !digits.is_empty() && digits.iter().all(|&digit| char::from(digit).is_digit(base));
    is_number.then_some((digits, base))
}

fn c_number(text: &[u8]) -> Option<u32> {
    let (digits, base) = c_digits(text)?;
    digits.iter().try_fold(0u32, |value, &digit| {
        value.checked_mul(base)?.checked_add(char::from(digit).to_digit(base)?)
    })
}

/// As [`parse_exact`]; white space may follow, and anything behind that.
pub fn parse_loose(text: &[u8]) -> Option<[u8; 4]> {
    let end = text.iter().position(u8::is_ascii_whitespace).unwrap_or(text.len());
    parse_exact(&text[..end])
}

/// Reads one to four numbers, the last of which fills the rest of the address.
pub fn parse_exact(text: &[u8]) -> Option<[u8; 4]> {
    let (mut value, mut count) = (0u32, 0);
    let mut parts = text.split(|&byte| byte == b'.').peekable();
    while let Some(part) = parts.next() {
        let part = c_number(part)?;
        let room_bits = 32 - 8 * count;
        let is_last = parts.peek().is_none();
        if count > 3 || if is_last { u64::from(part) >> room_bits != 0 } else { part > 255 } {
            return None;
        }
        value |= if is_last { part } else { part << (room_bits - 8) };
        count += 1;
    }
    Some(value.to_be_bytes())
}

/// Reads one to four numbers as the bytes of a network number, in host byte order: inet_network(3).
pub fn parse_network(text: &[u8]) -> Option<u32> {
    let text = text.trim_ascii_end();
    let (mut value, mut count) = (0u32, 0);
    for part in text.split(|&byte| byte == b'.') {
        let (digits, base) = match part.split_first() {
            // glibc does without the zero here.
            Some((b'x' | b'X', digits)) if !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit) => {
                (digits, 16)
            }
            _ => c_digits(part)?,
        };
        // Overflow is not noticed, as it is not by glibc.
        let part = digits.iter().fold(0u32, |value, &digit| {
            value.wrapping_mul(base).wrapping_add(char::from(digit).to_digit(base).unwrap_or(0))
        });
        if part > 255 {
            return None;
        }
        count += 1;
        if count > 4 {
            return None;
        }
        value = value << 8 | part;
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_number_fills_the_rest() {
        for (text, bytes) in [
            (b"127.1".as_slice(), Some([127, 0, 0, 1])),
            (b"1.2.65535", Some([1, 2, 255, 255])),
            (b"0x7f000001", Some([127, 0, 0, 1])),
            (b"010.1 x", Some([8, 0, 0, 1])),
            (b"4294967295", Some([255; 4])),
            (b"1.2.65536", None),
            (b"256.1", None),
            (b"1.2.3.4.5", None),
            (b"1..2", None),
            (b"08", None),
            (b"", None),
        ] {
            assert_eq!(parse_loose(text), bytes, "{text:?}");
        }
    }

    #[test]
    fn text_is_as_glibc_writes_it() {
        for text in
            ["::", "::1", "1::", "fe80::1:0:0:2", "::ffff:1.2.3.4", "::1.2.3.4", "1:0:2:3:4:5:6:7", "0.0.0.0"]
        {
            let address = Address::parse(text.as_bytes()).expect("an address");
            assert_eq!(address.text().as_bytes(), text.as_bytes());
        }
    }
}
