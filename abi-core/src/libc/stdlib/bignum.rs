//! Natural numbers of fixed room, for exact conversion of decimals.

/// Words: room for 10^5000 with 800 digits more, and the shifts of a division.
const WORDS: usize = 720;

/// A natural number, least word first.
pub struct Big {
    words: [u32; WORDS],
    len: usize,
}

impl Big {
    /// Zero.
    pub fn new() -> Self {
        Self { words: [0; WORDS], len: 0 }
    }

    /// One.
    pub fn one() -> Self {
        let mut one = Self::new();
        one.multiply_add(1, 1);
        one
    }

    /// Multiplies and adds.
    pub fn multiply_add(&mut self, factor: u32, addend: u32) {
        let mut carry = u64::from(addend);
        for word in &mut self.words[..self.len] {
            carry += u64::from(*word) * u64::from(factor);
            *word = carry as u32;
            carry >>= 32;
        }
        if carry != 0 && self.len < WORDS {
            self.words[self.len] = carry as u32;
            self.len += 1;
        }
    }

    /// Multiplies by a power of ten.
    pub fn multiply_power_of_ten(&mut self, mut power: u32) {
        while power >= 9 {
            self.multiply_add(1_000_000_000, 0);
            power -= 9;
        }
        self.multiply_add(10u32.pow(power), 0);
    }

    fn bits(&self) -> i32 {
        match self.len.checked_sub(1) {
            None => 0,
            Some(last) => last as i32 * 32 + 32 - self.words[last].leading_zeros() as i32,
        }
    }

    fn shift_left(&mut self, count: u32) {
        let (words, bits) = ((count / 32) as usize, count % 32);
        let len = (self.len + words + 1).min(WORDS);
        for i in (0..len).rev() {
            let low = i.checked_sub(words).map_or(0, |i| self.words[i]);
            let lower = i.checked_sub(words + 1).map_or(0, |i| self.words[i]);
            self.words[i] = ((u64::from(low) << 32 | u64::from(lower)) << bits >> 32) as u32;
        }
        self.len = len;
        self.trim();
    }

    fn trim(&mut self) {
        while self.len > 0 && self.words[self.len - 1] == 0 {
            self.len -= 1;
        }
    }

    fn is_less_than(&self, other: &Self) -> bool {
        if self.len != other.len {
            return self.len < other.len;
        }
        for i in (0..self.len).rev() {
            if self.words[i] != other.words[i] {
                return self.words[i] < other.words[i];
            }
        }
        false
    }

    fn subtract(&mut self, other: &Self) {
        let mut borrow = 0i64;
        for i in 0..self.len {
            let value = i64::from(self.words[i]) - i64::from(other.words[i]) - borrow;
            self.words[i] = value as u32;
            borrow = i64::from(value < 0);
        }
        self.trim();
    }

    /// Divides, leaving the remainder: `(q, e, r)` with a quotient of `steps` bits or one or two less times 2^e, and whether a
    /// rest remains.
    pub fn divide(&mut self, divisor: &mut Self, steps: u32) -> (u128, i32, bool) {
        let difference = self.bits() - divisor.bits();
        if difference >= 0 {
            divisor.shift_left(difference as u32);
        } else {
            self.shift_left(-difference as u32);
        }
        let mut quotient = 0u128;
        for _ in 0..steps {
            quotient <<= 1;
            if !self.is_less_than(divisor) {
                self.subtract(divisor);
                quotient |= 1;
            }
            self.shift_left(1);
        }
        (quotient, difference - steps as i32 + 1, self.len != 0)
    }
}

impl Default for Big {
    fn default() -> Self {
        Self::new()
    }
}
