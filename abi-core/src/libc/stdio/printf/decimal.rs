//! Exact decimal digits of binary floating-point numbers.
//!
//! A number is `mantissa × 2^exponent`. Its integer part is kept in base 10^9; its fraction as a binary fixed-point
//! number, which multiplied by 10^9 yields the next nine digits. Only the digits asked for are made, and what is left
//! decides the rounding, in the direction the processor is set to.

use core::mem::MaybeUninit;
use core::ptr::null_mut;

use super::integer::decimal;
use crate::libc::guest_heap::{free, malloc};

/// Which digits are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// Those before the point and this many after it.
    Fraction(usize),
    /// This many from the first that is not 0.
    Significant(usize),
}

/// How many digits need no heap.
const INLINE: usize = 128;

/// Digits, in ASCII: the number is `0.DIGITS × 10^point`. What lies behind them is 0.
pub struct Digits {
    inline: [MaybeUninit<u8>; INLINE],
    heap: *mut u8,
    start: usize,
    len: usize,
    /// Where the point is.
    pub point: i64,
}

impl Digits {
    const fn new(point: i64) -> Self {
        let inline = [const { MaybeUninit::uninit() }; INLINE];
        Self { inline, heap: null_mut(), start: 1, len: 0, point }
    }

    /// Returns the digits.
    pub fn as_bytes(&self) -> &[u8] {
        let all = if self.heap.is_null() { self.inline.as_ptr().cast() } else { self.heap.cast_const() };
        // SAFETY: `start + len` bytes were written there.
        unsafe { core::slice::from_raw_parts(all.add(self.start), self.len) }
    }

    fn room(&mut self) -> *mut u8 {
        if self.heap.is_null() { self.inline.as_mut_ptr().cast() } else { self.heap }
    }

    /// Appends a number in `count` digits, with zeros before it; there is room.
    fn push(&mut self, number: u64, count: usize) {
        let mut buf = [0; 24];
        let digits = decimal(number, &mut buf);
        for i in 0..count {
            let digit = (i + digits.len()).checked_sub(count).map_or(b'0', |at| digits[at]);
            self.inline[self.start + self.len + i].write(digit);
        }
        self.len += count;
    }

    /// Adds one to the last digit.
    fn increment(&mut self, request: Request) {
        let (start, len) = (self.start, self.len);
        // SAFETY: the written digits; slot 0 was kept free for the carry.
        unsafe {
            let digits = core::slice::from_raw_parts_mut(self.room().add(start), len);
            for digit in digits.iter_mut().rev() {
                if *digit != b'9' {
                    *digit += 1;
                    return;
                }
                *digit = b'0';
            }
            self.room().add(start - 1).write(b'1');
        }
        self.start -= 1;
        self.point += 1;
        if matches!(request, Request::Fraction(_)) || len == 0 {
            self.len += 1;
        }
    }
}

impl Drop for Digits {
    fn drop(&mut self) {
        if !self.heap.is_null() {
            // SAFETY: its own block.
            unsafe { free(self.heap.cast()) };
        }
    }
}

/// The processor's rounding direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest, ties to even.
    Nearest,
    /// Towards minus infinity.
    Down,
    /// Towards plus infinity.
    Up,
    /// Towards zero.
    Zero,
}

impl Rounding {
    /// Reads it from MXCSR.
    pub fn current() -> Self {
        let mut mxcsr = 0u32;
        // SAFETY: stores the register's 32 bits.
        unsafe {
            core::arch::asm!("stmxcsr [{}]", in(reg) &raw mut mxcsr, options(nostack, preserves_flags));
        };
        match (mxcsr >> 13) & 3 {
            0 => Self::Nearest,
            1 => Self::Down,
            2 => Self::Up,
            _ => Self::Zero,
        }
    }

    /// Tells whether a magnitude is rounded away from zero: `last` is its last digit, `next` the first one cut, `rest`
    /// whether anything follows that; `half` is half the base.
    pub fn is_away(self, is_negative: bool, last: u8, next: u8, rest: bool, half: u8) -> bool {
        match self {
            Self::Nearest => next > half || next == half && (rest || last & 1 == 1),
            Self::Down => is_negative && (next != 0 || rest),
            Self::Up => !is_negative && (next != 0 || rest),
            Self::Zero => false,
        }
    }
}

const BILLION: u32 = 1_000_000_000;

/// The integer part of `mantissa << shift` in base 10^9, the lowest word first.
struct Integer<const N: usize> {
    words: [u32; N],
    len: usize,
}

impl<const N: usize> Integer<N> {
    fn new(mut value: u128, mut shift: u32) -> Self {
        let mut this = Self { words: [0; N], len: 0 };
        while value > 0 {
            this.push((value % u128::from(BILLION)) as u32);
            value /= u128::from(BILLION);
        }
        while shift > 0 {
            let step = shift.min(29);
            shift -= step;
            let mut carry = 0u64;
            for word in &mut this.words[..this.len] {
                let product = (u64::from(*word) << step) + carry;
                *word = (product % u64::from(BILLION)) as u32;
                carry = product / u64::from(BILLION);
            }
            if carry > 0 {
                this.push(carry as u32);
            }
        }
        this
    }

    fn push(&mut self, word: u32) {
        if let Some(slot) = self.words.get_mut(self.len) {
            *slot = word;
            self.len += 1;
        }
    }

    /// How many decimal digits it has.
    fn digit_count(&self) -> usize {
        match self.len.checked_sub(1) {
            None => 0,
            Some(top) => top * 9 + self.words[top].checked_ilog10().map_or(0, |log| log as usize + 1),
        }
    }
}

/// A binary fraction, the highest word first; words outside `first..end` are 0.
struct Fraction<const N: usize> {
    words: [u64; N],
    first: usize,
    end: usize,
}

impl<const N: usize> Fraction<N> {
    /// Makes `numerator / 2^bits`, less than 1.
    fn new(numerator: u128, bits: usize) -> Self {
        let mut this = Self { words: [0; N], first: 0, end: 0 };
        if numerator == 0 {
            return this;
        }
        let count = bits.div_ceil(64).min(N);
        let shift = count * 64 - bits;
        let low = numerator << shift;
        // What the shift pushed out, in two steps since none may be left.
        let parts = [low as u64, (low >> 64) as u64, (numerator >> 1 >> (127 - shift)) as u64];
        for (i, part) in parts.into_iter().take(count).enumerate() {
            this.words[count - 1 - i] = part;
            this.first = count - 1 - i;
        }
        this.end = count;
        this.trim();
        this
    }

    fn trim(&mut self) {
        while self.end > self.first && self.words[self.end - 1] == 0 {
            self.end -= 1;
        }
    }

    fn is_zero(&self) -> bool {
        self.end <= self.first
    }

    /// Takes the next nine digits.
    fn next_nine(&mut self) -> u32 {
        let mut carry = 0u64;
        for word in self.words[self.first..self.end].iter_mut().rev() {
            let product = u128::from(*word) * u128::from(BILLION) + u128::from(carry);
            *word = product as u64;
            carry = (product >> 64) as u64;
        }
        if self.first > 0 {
            if carry > 0 {
                self.first -= 1;
                self.words[self.first] = carry;
            }
            carry = 0;
        }
        self.trim();
        carry as u32
    }
}

/// Powers of ten that fit 64 bits.
static TENS: [u64; 20] = {
    let mut tens = [1; 20];
    let mut i = 1;
    while i < 20 {
        tens[i] = tens[i - 1] * 10;
        i += 1;
    }
    tens
};

fn digit_count(number: u64) -> usize {
    number.checked_ilog10().map_or(0, |log| log as usize + 1)
}

/// Makes the digits of numbers whose integer part and wanted digits fit 64 bits each, which are nearly all that programs
/// print; `None` for others.
fn few_digits(mantissa: u128, exponent: i32, is_negative: bool, request: Request) -> Option<Digits> {
    if mantissa == 0 {
        return Some(Digits::new(1));
    }
    // The fraction times a power of ten fits 128 bits.
    if mantissa >> 53 != 0 || !(-120..=0).contains(&exponent) {
        return None;
    }
    let (mantissa, bits) = (mantissa as u64, exponent.unsigned_abs());
    let (mut whole, fraction) = match bits {
        0 => (mantissa, 0),
        1..64 => (mantissa >> bits, mantissa & ((1 << bits) - 1)),
        _ => (0, mantissa),
    };
    let before = digit_count(whole);
    let after = match request {
        Request::Fraction(after) => after,
        // Of a number below 1 the digits start at the first that is not 0.
        Request::Significant(count) if whole == 0 => count.checked_add(leading_zeros(fraction, bits)?)?,
        Request::Significant(count) => count.checked_sub(before)?,
    };
    if after > 18 {
        return None;
    }
    let scaled = u128::from(fraction) * u128::from(TENS[after]);
    let mut decimals = (scaled >> bits) as u64;
    let rest = scaled & ((1 << bits) - 1);
    let half = (1u128 << bits) >> 1;
    let next = if rest == 0 {
        0
    } else if rest < half {
        1
    } else {
        5
    };
    let last = if after == 0 { whole } else { decimals };
    if Rounding::current().is_away(is_negative, last as u8, next, rest > half, 5) {
        decimals += 1;
        if decimals == TENS[after] {
            decimals = 0;
            whole += 1;
        }
    }
    let before = digit_count(whole);
    let mut out = Digits::new(before as i64);
    if before > 0 {
        out.push(whole, before);
    }
    match request {
        Request::Significant(_) if before == 0 => {
            let count = digit_count(decimals);
            out.point = count as i64 - after as i64;
            out.push(decimals, count);
        }
        _ => out.push(decimals, after),
    }
    Some(out)
}

/// Counts the zeros between the point and the first other digit of `fraction / 2^bits`, which is not 0; `None` for many.
fn leading_zeros(fraction: u64, bits: u32) -> Option<usize> {
    let scaled = |zeros: usize| (u128::from(fraction) * u128::from(TENS[zeros + 1])) >> bits;
    (0..18).find(|&zeros| scaled(zeros) != 0)
}

/// Makes the digits of `mantissa × 2^exponent`; `None` without memory. `INT` words hold its integer part, `FRAC` its
/// fraction: 36 and 18 for a `double`, 560 and 260 for a `long double`.
pub fn digits<const INT: usize, const FRAC: usize>(
    mantissa: u128,
    exponent: i32,
    is_negative: bool,
    request: Request,
) -> Option<Digits> {
    if let Some(digits) = few_digits(mantissa, exponent, is_negative, request) {
        return Some(digits);
    }
    let bits = (-exponent).max(0) as usize;
    let below = (bits < 128).then_some(bits);
    let integer = Integer::<INT>::new(below.map_or(0, |bits| mantissa >> bits), exponent.max(0) as u32);
    let mask = below.map_or(u128::MAX, |bits| (1u128 << bits) - 1);
    let mut fraction = Fraction::<FRAC>::new(mantissa & mask, bits);

    let before_point = integer.digit_count();
    let (wanted, mut is_leading) = match request {
        Request::Fraction(after) => (before_point.saturating_add(after), before_point > 0),
        Request::Significant(count) => (count, true),
    };
    let wanted = wanted.min(before_point + bits);
    let mut out = Digits::new(before_point as i64);
    if wanted + 1 > out.inline.len() {
        // SAFETY: a fresh block.
        out.heap = unsafe { malloc(wanted + 1) }.cast();
        if out.heap.is_null() {
            return None;
        }
    }
    let room = out.room();
    let (mut next, mut rest) = (None, false);
    let (mut len, mut zeros) = (0, 0i64);
    let mut take = |group: u32, counts_zeros: bool| {
        let mut divisor = BILLION / 10;
        while divisor > 0 {
            let digit = (group / divisor % 10) as u8;
            divisor /= 10;
            if is_leading && digit == 0 {
                zeros += i64::from(counts_zeros);
                continue;
            }
            is_leading = false;
            if len < wanted {
                // SAFETY: slot 0 is free, then there is room for `wanted`.
                unsafe { room.add(1 + len).write(b'0' + digit) };
                len += 1;
            } else if next.is_none() {
                next = Some(digit);
            } else {
                rest |= digit != 0;
            }
        }
        next.is_some()
    };
    let mut is_complete = false;
    for &word in integer.words[..integer.len].iter().rev() {
        is_complete = take(word, false);
    }
    while !is_complete && !fraction.is_zero() {
        is_complete = take(fraction.next_nine(), true);
    }
    out.len = len;
    out.point -= zeros;
    if mantissa == 0 {
        out.point = 1;
    }
    let rest = rest || !fraction.is_zero();
    let last = out.as_bytes().last().copied().unwrap_or(b'0');
    if Rounding::current().is_away(is_negative, last, next.unwrap_or(0), rest, 5) {
        out.increment(request);
    }
    Some(out)
}
