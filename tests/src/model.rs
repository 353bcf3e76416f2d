//! A second implementation of the generator of random numbers, and of the two primitives it is made of, written from
//! FIPS 180-4, FIPS 197 and the Yarrow paper alone, to be short and not fast. It shares nothing with what it is
//! compared to.

/// SHA-256's first 32 bits of the fractional parts of the roots of the first primes.
fn fractions(count: usize, root: fn(f64) -> f64) -> Vec<u32> {
    let is_prime = |n: &u32| (2..*n).all(|d| !n.is_multiple_of(d));
    (2..)
        .filter(is_prime)
        .take(count)
        .map(|prime| (root(f64::from(prime)).fract() * 2f64.powi(32)) as u32)
        .collect()
}

/// SHA-256 (FIPS 180-4, 6.2).
pub fn sha256(message: &[u8]) -> [u8; 32] {
    let mut padded = message.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend((message.len() as u64 * 8).to_be_bytes());
    let constants = fractions(64, f64::cbrt);
    let mut state = fractions(8, f64::sqrt);
    for block in padded.chunks(64) {
        let mut words: Vec<u32> = block.as_chunks().0.iter().map(|word| u32::from_be_bytes(*word)).collect();
        for t in 16..64 {
            let (a, b) = (words[t - 15], words[t - 2]);
            let small0 = a.rotate_right(7) ^ a.rotate_right(18) ^ a >> 3;
            let small1 = b.rotate_right(17) ^ b.rotate_right(19) ^ b >> 10;
            words.push(small1.wrapping_add(words[t - 7]).wrapping_add(small0).wrapping_add(words[t - 16]));
        }
        let mut v = state.clone();
        for t in 0..64 {
            let big1 = v[4].rotate_right(6) ^ v[4].rotate_right(11) ^ v[4].rotate_right(25);
            let choice = v[4] & v[5] ^ !v[4] & v[6];
            let one = [big1, choice, constants[t], words[t]].iter().fold(v[7], |sum, x| sum.wrapping_add(*x));
            let big0 = v[0].rotate_right(2) ^ v[0].rotate_right(13) ^ v[0].rotate_right(22);
            let majority = v[0] & v[1] ^ v[0] & v[2] ^ v[1] & v[2];
            v.rotate_right(1);
            v[4] = v[4].wrapping_add(one);
            v[0] = one.wrapping_add(big0).wrapping_add(majority);
        }
        state.iter_mut().zip(v).for_each(|(to, add)| *to = to.wrapping_add(add));
    }
    let bytes: Vec<u8> = state.iter().flat_map(|word| word.to_be_bytes()).collect();
    bytes.try_into().expect("eight words")
}

/// Multiplies in AES's field (FIPS 197, 4.2).
fn multiply(mut a: u8, mut b: u8) -> u8 {
    let mut product = 0;
    while b != 0 {
        if b & 1 != 0 {
            product ^= a;
        }
        a = a << 1 ^ if a & 0x80 != 0 { 0x1b } else { 0 };
        b >>= 1;
    }
    product
}

/// AES's substitution (FIPS 197, 5.1.1): the inverse, and an affine map.
fn substitute(byte: u8) -> u8 {
    let inverse = (0..=255).find(|&other| multiply(byte, other) == 1).unwrap_or(0);
    (0..5).fold(0x63, |sum, turn| sum ^ inverse.rotate_left(turn))
}

/// AES with a key of 256 bits (FIPS 197, 5.1 and 5.2).
pub fn aes256(key: &[u8; 32], block: [u8; 16]) -> [u8; 16] {
    let mut words: Vec<[u8; 4]> = key.as_chunks().0.to_vec();
    let mut constant = 1;
    for i in 8..60 {
        let mut word = words[i - 1];
        if i % 8 == 0 {
            word.rotate_left(1);
            word = word.map(substitute);
            word[0] ^= constant;
            constant = multiply(constant, 2);
        } else if i % 8 == 4 {
            word = word.map(substitute);
        }
        words.push(std::array::from_fn(|at| word[at] ^ words[i - 8][at]));
    }
    let round_key = |round: usize, at: usize| words[4 * round + at / 4][at % 4];
    let mut state: [u8; 16] = std::array::from_fn(|at| block[at] ^ round_key(0, at));
    for round in 1..=14 {
        // Bytes run down the columns; row r moves r columns.
        let moved: [u8; 16] = std::array::from_fn(|at| substitute(state[(at + 4 * (at % 4)) % 16]));
        state = std::array::from_fn(|at| {
            let column = &moved[at / 4 * 4..][..4];
            let of = |row: usize| column[(at + row) % 4];
            let mixed = multiply(of(0), 2) ^ multiply(of(1), 3) ^ of(2) ^ of(3);
            (if round == 14 { moved[at] } else { mixed }) ^ round_key(round, at)
        });
    }
    state
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// The generator (Kelsey, Schneier, Ferguson: Yarrow-160, 1999), with what the paper leaves open as
/// `abi_core::random::yarrow` says. Its pools are simply all samples since the last reseed.
#[derive(Default)]
pub struct Model {
    pools: [Vec<u8>; 2],
    bits: [[u32; 8]; 2],
    turns: [usize; 8],
    key: [u8; 32],
    counter: u128,
}

impl Model {
    /// Adds a sample of a source.
    pub fn add(&mut self, source: usize, sample: &[u8], bits: u32) {
        let pool = self.turns[source] % 2;
        self.turns[source] += 1;
        self.pools[pool].push(source as u8);
        self.pools[pool].extend((sample.len() as u32).to_le_bytes());
        self.pools[pool].extend(sample);
        self.bits[pool][source] += bits;
    }

    /// Makes a new key if there is enough; says from which pool.
    pub fn reseed(&mut self) -> Option<&'static str> {
        let [fast, slow] = &self.bits;
        let (which, rounds) = if slow.iter().filter(|bits| **bits >= 160).count() >= 2 {
            let digest = sha256(&self.pools[0]);
            self.pools[1].extend(digest);
            ("slow", 40u32)
        } else if fast.iter().any(|bits| *bits >= 100) {
            ("fast", 10)
        } else {
            return None;
        };
        let used = if which == "slow" { 2 } else { 1 };
        let first = sha256(&self.pools[used - 1]);
        let mut value = first;
        for round in 1..=rounds {
            value = sha256(&[&value[..], &first, &round.to_be_bytes()].concat());
        }
        self.key = sha256(&[value, self.key].concat());
        self.counter = u128::from_be_bytes(aes256(&self.key, [0; 16]));
        for pool in 0..used {
            self.pools[pool].clear();
            self.bits[pool] = [0; 8];
        }
        Some(which)
    }

    fn block(&mut self) -> [u8; 16] {
        self.counter = self.counter.wrapping_add(1);
        aes256(&self.key, self.counter.to_be_bytes())
    }

    fn gate(&mut self) {
        let key = [self.block(), self.block()].concat();
        self.key.copy_from_slice(&key);
    }

    /// Returns the next output of one request; one for nothing is none.
    pub fn generate(&mut self, len: usize) -> Vec<u8> {
        if len == 0 {
            return Vec::new();
        }
        let mut out = Vec::new();
        let blocks = len.div_ceil(16);
        for number in 1..=blocks {
            out.extend(self.block());
            if number % 64 == 0 && number != blocks {
                self.gate();
            }
        }
        self.gate();
        out.truncate(len);
        out
    }
}
