//! Floating-point numbers in text, for `strtod` and its kind: exactly rounded to any binary format up to 113 bits of
//! significand.

use core::cmp::Ordering;
use core::hint::black_box;

use super::decimal::decimal;
use crate::libc::locale::is_space;
use crate::libc::stdio::printf::decimal::Rounding;

/// A binary format.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// Bits of the significand, the leading one included.
    pub precision: u32,
    /// Exponent of the least normal number's leading bit.
    pub min_exponent: i32,
    /// Exponent of the greatest number's leading bit.
    pub max_exponent: i32,
}

/// `float`
pub const SINGLE: Format = Format { precision: 24, min_exponent: -126, max_exponent: 127 };
/// `double`
pub const DOUBLE: Format = Format { precision: 53, min_exponent: -1022, max_exponent: 1023 };
/// x87 `long double`
pub const EXTENDED: Format = Format { precision: 64, min_exponent: -16382, max_exponent: 16383 };

/// `_Float128`
pub const QUAD: Format = Format { precision: 113, min_exponent: -16382, max_exponent: 16383 };

/// A number's kind and value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// Zero.
    Zero,
    /// `significand` × 2^`exponent`; below the format's precision in bits only if it is subnormal.
    Finite {
        /// At most the format's precision in bits.
        significand: u128,
        /// The weight of its lowest bit.
        exponent: i32,
    },
    /// Infinity.
    Infinite,
    /// Not a number, with the payload of `nan(…)`.
    Nan(u64),
}

/// A value that a format has, in place of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rounded {
    /// The value.
    pub value: Value,
    /// The number left the format's range: ERANGE.
    pub is_out_of_range: bool,
    /// The number was another one.
    pub is_inexact: bool,
}

impl Rounded {
    /// Zero, which it was.
    const ZERO: Self = Self { value: Value::Zero, is_out_of_range: false, is_inexact: false };

    /// Of a number that left the range.
    const fn outside(value: Value) -> Self {
        Self { value, is_out_of_range: true, is_inexact: true }
    }

    /// Raises the exceptions of the conversion (fenv(3)).
    pub fn raise(&self) {
        let raise = |factor: f64, other: f64| {
            black_box(black_box(factor) * other);
        };
        match (self.is_out_of_range, self.value) {
            (true, Value::Zero) => raise(f64::MIN_POSITIVE, f64::MIN_POSITIVE),
            (true, Value::Finite { exponent, .. }) if exponent < 0 => {
                raise(f64::MIN_POSITIVE, f64::MIN_POSITIVE);
            }
            (true, Value::Finite { .. } | Value::Infinite) => raise(f64::MAX, f64::MAX),
            (false, Value::Finite { .. }) if self.is_inexact => raise(1.0 + f64::EPSILON, 1.0 + f64::EPSILON),
            _ => {}
        }
    }
}

/// What a text began with.
#[derive(Debug, Clone, Copy)]
pub struct Scanned {
    /// There was a minus sign.
    pub is_negative: bool,
    /// The magnitude.
    pub rounded: Rounded,
    /// Units the number took; 0 if there was none.
    pub len: usize,
}

/// Reads a number. `at` gives the units as characters.
pub fn scan(at: impl Fn(usize) -> u32, format: Format) -> Scanned {
    let get = |i: usize| u8::try_from(at(i)).unwrap_or(0xff);
    let mut here = 0;
    while is_space(at(here)) {
        here += 1;
    }
    let is_negative = get(here) == b'-';
    if matches!(get(here), b'-' | b'+') {
        here += 1;
    }
    let mut result = Scanned { is_negative, rounded: Rounded::ZERO, len: 0 };
    if get(here).is_ascii_digit() && get(here + 1) | 0x20 != b'x' {
        decimal(&get, here, format, &mut result);
        return result;
    }
    let word = |from: usize, text: &[u8]| {
        text.iter().enumerate().all(|(i, &byte)| get(from + i).to_ascii_lowercase() == byte)
    };
    if word(here, b"inf") {
        result.rounded.value = Value::Infinite;
        result.len = here + if word(here, b"infinity") { 8 } else { 3 };
    } else if word(here, b"nan") {
        result.len = here + 3;
        result.rounded.value = Value::Nan(0);
        if get(here + 3) == b'(' {
            let mut end = here + 4;
            while get(end).is_ascii_alphanumeric() || get(end) == b'_' {
                end += 1;
            }
            if get(end) == b')' {
                result.len = end + 1;
                let payload =
                    super::integer::scan(|i| if here + 4 + i < end { at(here + 4 + i) } else { 0 }, 0, false);
                if payload.len == end - here - 4 {
                    result.rounded.value = Value::Nan(payload.magnitude.unwrap_or(u64::MAX));
                    result.rounded.is_out_of_range = payload.magnitude.is_none();
                }
            }
        }
    } else if word(here, b"0x")
        && (get(here + 2).is_ascii_hexdigit() || (get(here + 2) == b'.' && get(here + 3).is_ascii_hexdigit()))
    {
        hexadecimal(&get, here + 2, format, &mut result);
    } else if get(here).is_ascii_digit() || (get(here) == b'.' && get(here + 1).is_ascii_digit()) {
        decimal(&get, here, format, &mut result);
    } else {
        result.is_negative = false;
    }
    result
}

/// Reads an exponent's sign and digits at `here`; returns its value and end, or `None`.
pub(super) fn exponent(get: &impl Fn(usize) -> u8, here: usize) -> Option<(i64, usize)> {
    let is_negative = get(here) == b'-';
    let mut end = here + usize::from(matches!(get(here), b'-' | b'+'));
    if !get(end).is_ascii_digit() {
        return None;
    }
    let mut value = 0i64;
    while get(end).is_ascii_digit() {
        value = (value * 10 + i64::from(get(end) - b'0')).min(1 << 40);
        end += 1;
    }
    Some((if is_negative { -value } else { value }, end))
}

fn hexadecimal(get: &impl Fn(usize) -> u8, mut here: usize, format: Format, result: &mut Scanned) {
    let (mut bits, mut power, mut has_more, mut after_point) = (0u128, 0i64, false, false);
    loop {
        let byte = get(here);
        if byte == b'.' && !after_point {
            after_point = true;
        } else if let Some(digit) = char::from(byte).to_digit(16) {
            if bits >> 120 == 0 {
                bits = bits << 4 | u128::from(digit);
                power -= if after_point { 4 } else { 0 };
            } else {
                has_more |= digit != 0;
                power += if after_point { 0 } else { 4 };
            }
        } else {
            break;
        }
        here += 1;
    }
    result.len = here;
    if get(here) | 0x20 == b'p'
        && let Some((value, end)) = exponent(get, here + 1)
    {
        power += value;
        result.len = end;
    }
    if bits != 0 {
        let direction = Direction::current(result.is_negative);
        result.rounded = round(bits, power, has_more, format, direction);
    }
}

/// How magnitudes are rounded: the processor's direction, for a number of this sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Nearest,
    Away,
    Truncate,
}

impl Direction {
    pub(super) fn current(is_negative: bool) -> Self {
        match (Rounding::current(), is_negative) {
            (Rounding::Nearest, _) => Self::Nearest,
            (Rounding::Up, false) | (Rounding::Down, true) => Self::Away,
            _ => Self::Truncate,
        }
    }

    /// What is beyond a format's range.
    pub(super) fn overflow(self, format: Format) -> Rounded {
        let precision = format.precision;
        let greatest = Value::Finite {
            significand: u128::MAX >> (128 - precision),
            exponent: format.max_exponent - precision as i32 + 1,
        };
        Rounded::outside(if self == Self::Truncate { greatest } else { Value::Infinite })
    }

    /// What is not zero, but less than half of a format's least number.
    pub(super) fn underflow(self, format: Format) -> Rounded {
        let least =
            Value::Finite { significand: 1, exponent: format.min_exponent - format.precision as i32 + 1 };
        Rounded::outside(if self == Self::Away { least } else { Value::Zero })
    }
}

/// Rounds bits × 2^power (and a bit more) to a format.
pub(super) fn round(bits: u128, power: i64, has_more: bool, format: Format, direction: Direction) -> Rounded {
    let top = power + 127 - i64::from(bits.leading_zeros());
    if top > i64::from(format.max_exponent) {
        return direction.overflow(format);
    }
    let min = i64::from(format.min_exponent);
    let lowest = top.max(min) - i64::from(format.precision) + 1;
    let drop = lowest - power;
    if drop > 128 {
        return direction.underflow(format);
    }
    let (significand, is_inexact) = cut(bits, drop, has_more, direction);
    if significand >> format.precision != 0 {
        if top + 1 > i64::from(format.max_exponent) {
            return direction.overflow(format);
        }
        let value = Value::Finite { significand: significand >> 1, exponent: (lowest + 1) as i32 };
        return Rounded { value, is_out_of_range: false, is_inexact };
    }
    if significand == 0 {
        return Rounded::outside(Value::Zero);
    }
    // Whether it is less than the least normal number is seen after rounding, as if there were lesser ones.
    let reaches_normal = || cut(bits, drop - 1, has_more, direction).0 >> format.precision != 0;
    let is_tiny = top < min && (significand >> (format.precision - 1) == 0 || !reaches_normal());
    let value = Value::Finite { significand, exponent: lowest as i32 };
    Rounded { value, is_out_of_range: is_tiny && is_inexact, is_inexact }
}

/// Drops the lowest `drop` bits, 128 at most, and rounds what is left; tells whether they were more than zeros.
fn cut(bits: u128, drop: i64, has_more: bool, direction: Direction) -> (u128, bool) {
    if drop <= 0 {
        return (bits << -drop, has_more);
    }
    let (kept, rest) = if drop == 128 { (0, bits) } else { (bits >> drop, bits & ((1u128 << drop) - 1)) };
    let is_inexact = rest != 0 || has_more;
    let up = match direction {
        Direction::Away => is_inexact,
        Direction::Truncate => false,
        Direction::Nearest => match rest.cmp(&(1 << (drop - 1))) {
            Ordering::Less => false,
            Ordering::Equal => has_more || kept & 1 == 1,
            Ordering::Greater => true,
        },
    };
    (kept + u128::from(up), is_inexact)
}

impl Scanned {
    /// The value as IEEE bits of a format with an implicit leading bit.
    fn ieee(&self, format: Format, exponent_bits: u32) -> u128 {
        let fraction_bits = format.precision - 1;
        let special = ((1u128 << exponent_bits) - 1) << fraction_bits;
        let fraction_mask = (1u128 << fraction_bits) - 1;
        let magnitude = match self.rounded.value {
            Value::Zero => 0,
            Value::Infinite => special,
            Value::Nan(payload) => {
                special | 1 << (fraction_bits - 1) | (u128::from(payload) & (fraction_mask >> 1))
            }
            Value::Finite { significand, .. } if significand >> fraction_bits == 0 => significand,
            Value::Finite { significand, exponent } => {
                let biased = (exponent + fraction_bits as i32 + format.max_exponent) as u128;
                biased << fraction_bits | (significand & fraction_mask)
            }
        };
        magnitude | u128::from(self.is_negative) << (fraction_bits + exponent_bits)
    }

    /// The value as a `double`.
    pub fn double(&self) -> f64 {
        f64::from_bits(self.ieee(DOUBLE, 11) as u64)
    }

    /// The value as a `float`.
    pub fn single(&self) -> f32 {
        f32::from_bits(self.ieee(SINGLE, 8) as u32)
    }

    /// The value as the bits of a `_Float128`.
    pub fn quad(&self) -> u128 {
        self.ieee(QUAD, 15)
    }

    /// The value as the ten bytes of a `long double`.
    pub fn extended(&self) -> [u8; 10] {
        let (significand, exponent) = match self.rounded.value {
            Value::Zero => (0, 0),
            Value::Infinite => (1 << 63, 0x7fff),
            Value::Nan(payload) => (3 << 62 | (payload & (u64::MAX >> 2)), 0x7fff),
            Value::Finite { significand, .. } if significand >> 63 == 0 => (significand as u64, 0),
            Value::Finite { significand, exponent } => (significand as u64, (exponent + 63 + 16383) as u16),
        };
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&significand.to_le_bytes());
        bytes[8..].copy_from_slice(&(exponent | u16::from(self.is_negative) << 15).to_le_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(text: &str, format: Format) -> Scanned {
        scan(|i| text.as_bytes().get(i).map_or(0, |&b| u32::from(b)), format)
    }

    #[test]
    fn doubles_round_as_the_standard_library_does() {
        let mut seed = 88172645463325252u64;
        for _ in 0..20000 {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            let value = f64::from_bits(seed);
            if !value.is_finite() {
                continue;
            }
            for text in
                [std::format!("{value:e}"), std::format!("{value:.12e}"), std::format!("{:.3}", value % 1e9)]
            {
                assert_eq!(
                    on(&text, DOUBLE).double().to_bits(),
                    text.parse::<f64>().unwrap().to_bits(),
                    "{text}"
                );
                assert_eq!(
                    on(&text, SINGLE).single().to_bits(),
                    text.parse::<f32>().unwrap().to_bits(),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn syntax_and_ranges_are_cs() {
        assert_eq!(on(" -0x1.8p3z", DOUBLE).double(), -12.0);
        assert_eq!(on(" -0x1.8p3z", DOUBLE).len, 9);
        assert_eq!(on("0x", DOUBLE).len, 1);
        assert_eq!(on("1e", DOUBLE).len, 1);
        assert_eq!(on("1e+", DOUBLE).len, 1);
        assert_eq!(on("INFINITYx", DOUBLE).len, 8);
        assert_eq!(on("nan(12)", DOUBLE).len, 7);
        assert_eq!(on(".", DOUBLE).len, 0);
        assert!(on("1e400", DOUBLE).rounded.is_out_of_range);
        assert!(on("1e-310", DOUBLE).rounded.is_out_of_range);
        assert!(!on("0e-999999999999", DOUBLE).rounded.is_out_of_range);
        for exact in ["0.5", "0.50", "1e22", "3.51843720888320078125e13", "0x1.8p3", "inf"] {
            assert!(!on(exact, DOUBLE).rounded.is_inexact, "{exact}");
        }
        assert!(!on("1e48", QUAD).rounded.is_inexact && on("1e49", QUAD).rounded.is_inexact);
        for inexact in [
            "0.1",
            "1e23",
            "9007199254740993",
            "3.518437208883201171875e13",
            "0x1.00000000000001",
            "1e400",
            "1e-400",
        ] {
            assert!(on(inexact, DOUBLE).rounded.is_inexact, "{inexact}");
        }
        assert_eq!(on("1", EXTENDED).extended(), [0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0x3f]);
        assert_eq!(
            on("0.1", EXTENDED).extended(),
            [0xcd, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xfb, 0x3f]
        );
        assert_eq!(on("3.6e-4951", EXTENDED).extended()[..2], [1, 0]);
    }
}
