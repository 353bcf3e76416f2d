//! Decimal numbers in text, for [`super::float`].

use super::bignum::Big;
use super::float::{DOUBLE, Direction, Format, Rounded, Scanned, Value, exponent, round};
use super::ten::Interval;

/// Significant digits kept; the rest only tells whether it is zero.
const DIGITS: usize = 800;

/// Decimal digits of a number, as long as two numbers of 64 bits hold them.
#[derive(Default)]
struct Few {
    first: u64,
    second: u64,
    count: usize,
}

/// How many digits fit into 64 bits.
const HALF: usize = 19;

/// Reads a number's digits and its exponent at `start`.
pub(super) fn decimal(get: &impl Fn(usize) -> u8, start: usize, format: Format, result: &mut Scanned) {
    let mut few = Few::default();
    let (mut here, mut power, mut after_point) = (start, 0i64, false);
    loop {
        let byte = get(here);
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            power -= i64::from(after_point);
            if few.count < HALF {
                few.first = few.first * 10 + u64::from(digit);
            } else if few.count < 2 * HALF {
                few.second = few.second * 10 + u64::from(digit);
            } else {
                return long_decimal(get, start, format, result);
            }
            few.count += usize::from(digit != 0 || few.count > 0);
        } else if byte == b'.' && !after_point {
            after_point = true;
        } else {
            break;
        }
        here += 1;
    }
    (power, result.len) = with_exponent(get, here, power);
    if few.count == 0 {
        return;
    }
    match few.convert(power, format, result.is_negative) {
        Some(found) => result.rounded = found,
        None => long_decimal(get, start, format, result),
    }
}

/// Adds what an exponent at `here` says to `power`; returns the sum and where the number ends.
fn with_exponent(get: &impl Fn(usize) -> u8, here: usize, power: i64) -> (i64, usize) {
    let found = (get(here) | 0x20 == b'e').then(|| exponent(get, here + 1)).flatten();
    found.map_or((power, here), |(value, end)| (power + value, end))
}

impl Few {
    /// The number times 10^`power`, if there is a quick way to it.
    fn convert(&self, power: i64, format: Format, is_negative: bool) -> Option<Rounded> {
        if power.unsigned_abs() > 4500 {
            return None;
        }
        let (power, direction) = (power as i32, Direction::current(is_negative));
        let second_len = self.count.saturating_sub(HALF) as u32;
        let leading = u128::from(self.first) * u128::from(10u64.pow(second_len)) + u128::from(self.second);
        converted(leading, false, power, format, direction)
    }
}

/// Of any number of digits.
#[cold]
fn long_decimal(get: &impl Fn(usize) -> u8, mut here: usize, format: Format, result: &mut Scanned) {
    let mut digits = [0u8; DIGITS + 1];
    let (mut count, mut power, mut has_more, mut after_point) = (0, 0i64, false, false);
    loop {
        let byte = get(here);
        if byte == b'.' && !after_point {
            after_point = true;
        } else if byte.is_ascii_digit() {
            if count == 0 && byte == b'0' {
                power -= i64::from(after_point);
            } else if count < DIGITS {
                digits[count] = byte - b'0';
                count += 1;
                power -= i64::from(after_point);
            } else {
                has_more |= byte != b'0';
                power += i64::from(!after_point);
            }
        } else {
            break;
        }
        here += 1;
    }
    (power, result.len) = with_exponent(get, here, power);
    if count == 0 {
        return;
    }
    if has_more {
        digits[count] = 1;
        count += 1;
        power -= 1;
    }
    while digits[count - 1] == 0 {
        count -= 1;
        power += 1;
    }
    let direction = Direction::current(result.is_negative);
    result.rounded = from_decimal(&digits[..count], power, format, direction);
}

/// Converts digits × 10^power.
fn from_decimal(digits: &[u8], power: i64, format: Format, direction: Direction) -> Rounded {
    let magnitude = power + digits.len() as i64;
    if magnitude > 5000 {
        return direction.overflow(format);
    }
    if magnitude < -5000 {
        return direction.underflow(format);
    }
    let power = power as i32;
    let number = |digits: &[u8]| digits.iter().fold(0u64, |value, &digit| value * 10 + u64::from(digit));
    let (first, rest) = digits.split_at(digits.len().min(19));
    let (second, rest) = rest.split_at(rest.len().min(19));
    let leading = u128::from(number(first)) * 10u128.pow(second.len() as u32) + u128::from(number(second));
    let rest_len = rest.len() as i32;
    // So many digits are seldom a number of the format, and then they end so.
    let may_be_exact = digits.last().is_some_and(|&last| if power < 0 { last == 5 } else { last % 2 == 0 });
    if (rest.is_empty() || !may_be_exact)
        && let Some(found) = converted(leading, !rest.is_empty(), power + rest_len, format, direction)
    {
        return found;
    }
    let mut numerator = Big::new();
    for &digit in digits {
        numerator.multiply_add(10, u32::from(digit));
    }
    let mut divisor = Big::one();
    if power >= 0 { &mut numerator } else { &mut divisor }.multiply_power_of_ten(power.unsigned_abs());
    let (quotient, exponent, has_more) = numerator.divide(&mut divisor, format.precision + 4);
    round(quotient, i64::from(exponent), has_more, format, direction)
}

/// The powers of five that 128 bits hold.
const FIVES: i32 = 55;

/// Tells in a few steps what a long division would.
fn is_multiple_of_five(number: u128) -> bool {
    // 2^64 is one more than a multiple of five.
    ((number >> 64) as u64 % 5 + number as u64 % 5).is_multiple_of(5)
}

/// The powers of ten that are `double`s.
const EXACT_TENS: [f64; 23] = {
    let mut tens = [1.0; 23];
    let mut i = 1;
    while i < tens.len() {
        tens[i] = tens[i - 1] * 10.0;
        i += 1;
    }
    tens
};

impl Value {
    /// A positive normal `double`.
    fn of_double(x: f64) -> Self {
        let bits = x.to_bits();
        let significand = u128::from(bits & ((1 << 52) - 1) | 1 << 52);
        Self::Finite { significand, exponent: (bits >> 52) as i32 - 1075 }
    }
}

/// `leading` (and a bit more) × 10^power, if 128 bits are enough to round it.
fn converted(
    leading: u128,
    has_more: bool,
    power: i32,
    format: Format,
    direction: Direction,
) -> Option<Rounded> {
    if !has_more
        && (0..=FIVES).contains(&power)
        && let Some(product) = 5u128.pow(power as u32).checked_mul(leading)
    {
        return Some(round(product, power.into(), false, format, direction));
    }
    if !has_more
        && format.precision == DOUBLE.precision
        && direction == Direction::Nearest
        && leading <= 1 << 53
        && let Some(&divisor) = EXACT_TENS.get(power.unsigned_abs() as usize)
    {
        let value = Value::of_double(leading as f64 / divisor);
        let is_inexact =
            !is_multiple_of_five(leading) || !(leading as u64).is_multiple_of(5u64.pow(power.unsigned_abs()));
        return Some(Rounded { value, is_out_of_range: false, is_inexact });
    }
    if !has_more
        && (-FIVES..0).contains(&power)
        && is_multiple_of_five(leading)
        && let divisor = 5u128.pow(power.unsigned_abs())
        && leading.is_multiple_of(divisor)
    {
        return Some(round(leading / divisor, power.into(), false, format, direction));
    }
    // Rounding keeps the order, so what both ends round to is what the number does.
    let Interval { bits, error, exponent } = Interval::of(leading, has_more).times_power_of_ten(power);
    // It is none of the format's, or the ways above would have found it.
    let rounded = |bits, has_more| Rounded {
        is_inexact: true,
        ..round(bits, exponent.into(), has_more, format, direction)
    };
    let low = rounded(bits, false);
    // Mostly what is dropped is far from a half.
    let drop = 128 - format.precision;
    let (dropped, half) = (bits & ((1 << drop) - 1), 1u128 << (drop - 1));
    let is_normal = !low.is_out_of_range && exponent + 127 >= format.min_exponent;
    if is_normal && direction == Direction::Nearest && dropped.abs_diff(half) > error && error < half {
        return Some(low);
    }
    let high = bits.checked_add(error)?;
    (low == rounded(high, true)).then_some(low)
}
