//! Integers in text, for `strtol` and its kind and their wide forms.

use crate::libc::locale::is_space;

/// What a text began with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scanned {
    /// There was a minus sign.
    pub is_negative: bool,
    /// The digits' value; `None` if 64 bits do not hold it.
    pub magnitude: Option<u64>,
    /// Units the number took; 0 if there was none.
    pub len: usize,
}

/// Reads white space, a sign, a prefix and digits of `base` (0: by prefix). `at` gives the units as characters.
pub fn scan(at: impl Fn(usize) -> u32, mut base: u32, has_binary: bool) -> Scanned {
    let mut here = 0;
    while is_space(at(here)) {
        here += 1;
    }
    let is_negative = at(here) == u32::from(b'-');
    if is_negative || at(here) == u32::from(b'+') {
        here += 1;
    }
    let digit = |c: u32, base: u32| char::from_u32(c).filter(char::is_ascii).and_then(|c| c.to_digit(base));
    let mut end = 0;
    if at(here) == u32::from(b'0') {
        let prefix = at(here + 1) | 0x20;
        if (base == 0 || base == 16) && prefix == u32::from(b'x') {
            base = 16;
            end = here + 1;
            if digit(at(here + 2), 16).is_some() {
                here += 2;
            }
        } else if has_binary && (base == 0 || base == 2) && prefix == u32::from(b'b') {
            base = 2;
            end = here + 1;
            if digit(at(here + 2), 2).is_some() {
                here += 2;
            }
        } else if base == 0 {
            base = 8;
        }
    } else if base == 0 {
        base = 10;
    }
    let mut magnitude = Some(0u64);
    while let Some(value) = digit(at(here), base) {
        magnitude = magnitude
            .and_then(|m| m.checked_mul(u64::from(base)))
            .and_then(|m| m.checked_add(u64::from(value)));
        here += 1;
        end = here;
    }
    Scanned { is_negative, magnitude, len: end }
}

/// A signed result and whether it was cut to the range.
pub fn signed(scanned: Scanned) -> (i64, bool) {
    match (scanned.magnitude, scanned.is_negative) {
        (Some(m), false) if i64::try_from(m).is_ok() => (m as i64, false),
        (Some(m), true) if m <= i64::MIN.unsigned_abs() => (0i64.wrapping_sub_unsigned(m), false),
        (_, true) => (i64::MIN, true),
        (_, false) => (i64::MAX, true),
    }
}

/// An unsigned result, negated if there was a sign, and whether it was cut to the range.
pub fn unsigned(scanned: Scanned) -> (u64, bool) {
    match scanned.magnitude {
        Some(m) if scanned.is_negative => (m.wrapping_neg(), false),
        Some(m) => (m, false),
        None => (u64::MAX, true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(text: &str, base: u32) -> Scanned {
        scan(|i| text.as_bytes().get(i).map_or(0, |&b| u32::from(b)), base, false)
    }

    #[test]
    fn numbers_end_where_c_says() {
        assert_eq!(signed(on("  -42x", 10)), (-42, false));
        assert_eq!(on("  -42x", 10).len, 5);
        assert_eq!(on("0x", 0).len, 1);
        assert_eq!(on("0xg", 16).len, 1);
        assert_eq!(signed(on("0x7f", 0)), (127, false));
        assert_eq!(signed(on("077", 0)), (63, false));
        assert_eq!(on("  +", 10).len, 0);
        assert_eq!(signed(on("9223372036854775808", 10)), (i64::MAX, true));
        assert_eq!(signed(on("-9223372036854775808", 10)), (i64::MIN, false));
        assert_eq!(unsigned(on("-1", 10)), (u64::MAX, false));
        assert_eq!(unsigned(on("18446744073709551616", 10)), (u64::MAX, true));
    }
}
