//! DES with a salt, FIPS 46-3 and crypt(5): what the traditional hashes encrypt with.

/// The boxes, each with four rows of sixteen.
const BOXES: [[u8; 64]; 8] = [
    [
        14, 4, 13, 1, 2, 15, 11, 8, 3, 10, 6, 12, 5, 9, 0, 7, 0, 15, 7, 4, 14, 2, 13, 1, 10, 6, 12, 11, 9, 5,
        3, 8, 4, 1, 14, 8, 13, 6, 2, 11, 15, 12, 9, 7, 3, 10, 5, 0, 15, 12, 8, 2, 4, 9, 1, 7, 5, 11, 3, 14,
        10, 0, 6, 13,
    ],
    [
        15, 1, 8, 14, 6, 11, 3, 4, 9, 7, 2, 13, 12, 0, 5, 10, 3, 13, 4, 7, 15, 2, 8, 14, 12, 0, 1, 10, 6, 9,
        11, 5, 0, 14, 7, 11, 10, 4, 13, 1, 5, 8, 12, 6, 9, 3, 2, 15, 13, 8, 10, 1, 3, 15, 4, 2, 11, 6, 7, 12,
        0, 5, 14, 9,
    ],
    [
        10, 0, 9, 14, 6, 3, 15, 5, 1, 13, 12, 7, 11, 4, 2, 8, 13, 7, 0, 9, 3, 4, 6, 10, 2, 8, 5, 14, 12, 11,
        15, 1, 13, 6, 4, 9, 8, 15, 3, 0, 11, 1, 2, 12, 5, 10, 14, 7, 1, 10, 13, 0, 6, 9, 8, 7, 4, 15, 14, 3,
        11, 5, 2, 12,
    ],
    [
        7, 13, 14, 3, 0, 6, 9, 10, 1, 2, 8, 5, 11, 12, 4, 15, 13, 8, 11, 5, 6, 15, 0, 3, 4, 7, 2, 12, 1, 10,
        14, 9, 10, 6, 9, 0, 12, 11, 7, 13, 15, 1, 3, 14, 5, 2, 8, 4, 3, 15, 0, 6, 10, 1, 13, 8, 9, 4, 5, 11,
        12, 7, 2, 14,
    ],
    [
        2, 12, 4, 1, 7, 10, 11, 6, 8, 5, 3, 15, 13, 0, 14, 9, 14, 11, 2, 12, 4, 7, 13, 1, 5, 0, 15, 10, 3, 9,
        8, 6, 4, 2, 1, 11, 10, 13, 7, 8, 15, 9, 12, 5, 6, 3, 0, 14, 11, 8, 12, 7, 1, 14, 2, 13, 6, 15, 0, 9,
        10, 4, 5, 3,
    ],
    [
        12, 1, 10, 15, 9, 2, 6, 8, 0, 13, 3, 4, 14, 7, 5, 11, 10, 15, 4, 2, 7, 12, 9, 5, 6, 1, 13, 14, 0, 11,
        3, 8, 9, 14, 15, 5, 2, 8, 12, 3, 7, 0, 4, 10, 1, 13, 11, 6, 4, 3, 2, 12, 9, 5, 15, 10, 11, 14, 1, 7,
        6, 0, 8, 13,
    ],
    [
        4, 11, 2, 14, 15, 0, 8, 13, 3, 12, 9, 7, 5, 10, 6, 1, 13, 0, 11, 7, 4, 9, 1, 10, 14, 3, 5, 12, 2, 15,
        8, 6, 1, 4, 11, 13, 12, 3, 7, 14, 10, 15, 6, 8, 0, 5, 9, 2, 6, 11, 13, 8, 1, 4, 10, 7, 9, 5, 0, 15,
        14, 2, 3, 12,
    ],
    [
        13, 2, 8, 4, 6, 15, 11, 1, 10, 9, 3, 14, 5, 0, 12, 7, 1, 15, 13, 8, 10, 3, 7, 4, 12, 5, 6, 11, 0, 14,
        9, 2, 7, 11, 4, 1, 9, 12, 14, 2, 0, 6, 10, 13, 15, 3, 5, 8, 2, 1, 14, 7, 4, 10, 8, 13, 15, 12, 9, 0,
        3, 5, 6, 11,
    ],
];
/// The permutation behind the boxes; bits are counted from 1, the highest.
const P: [u8; 32] = [
    16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6,
    22, 11, 4, 25,
];
/// Permuted choice 1: the key's 56 bits.
const PC1: [u8; 56] = [
    57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44,
    36, 63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20,
    12, 4,
];
/// Permuted choice 2: a round's 48 of them.
const PC2: [u8; 48] = [
    14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2, 41, 52, 31, 37,
    47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
];
/// Rounds before which the key's halves turn by one place only, not two.
const SHORT_TURNS: u16 = 0b1000_0001_0000_0011;

/// What each box makes of its six bits, permuted.
static TABLES: [[u32; 64]; 8] = tables();

const fn tables() -> [[u32; 64]; 8] {
    let mut tables = [[0; 64]; 8];
    let mut number = 0;
    while number < 8 {
        let mut bits = 0;
        while bits < 64 {
            let row = (bits >> 4 & 2) | (bits & 1);
            let word = (BOXES[number][row << 4 | (bits >> 1 & 15)] as u32) << (28 - 4 * number);
            let mut at = 0;
            while at < 32 {
                tables[number][bits] |= (word >> (32 - P[at]) & 1) << (31 - at);
                at += 1;
            }
            bits += 1;
        }
        number += 1;
    }
    tables
}

/// Takes the bits that a table names, the first one highest.
fn permuted(bits: u64, width: u32, table: impl Iterator<Item = u32>) -> u64 {
    table.fold(0, |made, place| made << 1 | (bits >> (width - place) & 1))
}

/// Which bit of a block comes to a place of the initial permutation.
fn initial(place: u32) -> u32 {
    let (row, column) = (place / 8, place % 8);
    58 + 2 * (row % 4) - row / 4 - 8 * column
}

/// A key of 64 bits, ready for use.
pub struct Des {
    /// A round's key in two halves of 24 bits.
    rounds: [[u32; 2]; 16],
}

impl Des {
    /// Makes a key ready; every byte's lowest bit is parity.
    pub fn new(key: [u8; 8]) -> Self {
        let chosen = permuted(u64::from_be_bytes(key), 64, PC1.iter().map(|&place| u32::from(place)));
        let (mut high, mut low) = (chosen >> 28, chosen & 0x0fff_ffff);
        let rounds = core::array::from_fn(|round| {
            let turn = if SHORT_TURNS >> round & 1 != 0 { 1 } else { 2 };
            for half in [&mut high, &mut low] {
                *half = (*half << turn | *half >> (28 - turn)) & 0x0fff_ffff;
            }
            let bits = permuted(high << 28 | low, 56, PC2.iter().map(|&place| u32::from(place)));
            [(bits >> 24) as u32, bits as u32 & 0xff_ffff]
        });
        Self { rounds }
    }

    /// The same, so that encrypting is decrypting.
    #[must_use]
    pub fn reversed(mut self) -> Self {
        self.rounds.reverse();
        self
    }

    /// Encrypts a block `count` times; each bit of the salt exchanges two of the expanded half's.
    pub fn encrypt(&self, block: u64, salt: u32, count: u32) -> u64 {
        let salt = salt.reverse_bits() >> 8;
        let start = permuted(block, 64, (0..64).map(initial));
        let (mut left, mut right) = ((start >> 32) as u32, start as u32);
        for _ in 0..count {
            for key in &self.rounds {
                let half = |first: u32| {
                    (0..4).fold(0, |made, group| {
                        made << 6 | (right.rotate_left(4 * (first + group) + 5) & 0x3f)
                    })
                };
                let (high, low) = (half(0), half(4));
                let exchanged = (high ^ low) & salt;
                let (high, low) = (high ^ exchanged ^ key[0], low ^ exchanged ^ key[1]);
                let mut made = left;
                for group in 0..4 {
                    let shift = 18 - 6 * group;
                    made ^= TABLES[group][(high >> shift & 0x3f) as usize];
                    made ^= TABLES[group + 4][(low >> shift & 0x3f) as usize];
                }
                (left, right) = (right, made);
            }
            (left, right) = (right, left);
        }
        let bits = u64::from(left) << 32 | u64::from(right);
        (0..64).fold(0, |made, place| made | (bits >> (63 - place) & 1) << (64 - initial(place)))
    }
}
