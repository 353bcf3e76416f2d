//! Mixing a block: by Salsa20/8 as scrypt does, or by multiplications and tables as yescrypt does.

use core::mem::swap;

/// Four words.
pub(super) type Row = [u32; 4];
/// 64 bytes, in four rows.
pub(super) type Block = [Row; 4];

/// A block of zeros.
pub(super) const NOTHING: Block = [[0; 4]; 4];

/// The rows of a table.
const TABLE_ROWS: usize = 256;
/// How many rows a mixed block writes into the third table.
const WRITTEN_ROWS: usize = 16;
/// A row's place in a table, as the bits of its offset in bytes.
const MASK: u32 = 0xff0;

type Table = [Row; TABLE_ROWS];

/// Three tables, two to be read and one to be written.
pub(super) struct Boxes<'a> {
    first: &'a mut Table,
    second: &'a mut Table,
    third: &'a mut Table,
    /// Where the third is written.
    at: usize,
    /// How often the tables have changed places, up to three.
    turns: u8,
}

impl<'a> Boxes<'a> {
    /// The blocks of the tables.
    pub(super) const BLOCKS: usize = 3 * TABLE_ROWS / 4;

    /// Makes them of blocks as they are at first.
    pub(super) fn new(blocks: &'a mut [Block]) -> Option<Self> {
        let (third, rest) = blocks.as_flattened_mut().split_first_chunk_mut()?;
        let (second, rest) = rest.split_first_chunk_mut()?;
        let first = rest.first_chunk_mut()?;
        Some(Self { first, second, third, at: 0, turns: 0 })
    }

    /// Makes them as they were at a [`Transformation::position`].
    pub(super) fn at(blocks: &'a mut [Block], position: u8) -> Option<Self> {
        let mut this = Self::new(blocks)?;
        for _ in 0..position >> 4 {
            this.turn();
        }
        this.at = usize::from(position & 15) * WRITTEN_ROWS;
        Some(this)
    }

    fn turn(&mut self) {
        swap(&mut self.first, &mut self.third);
        swap(&mut self.second, &mut self.third);
        self.turns = (self.turns + 1) % 3;
    }

    #[inline(always)]
    fn round(&self, block: &mut Block) {
        for row in block {
            let place = |word: u32| ((word & MASK) >> 4) as usize;
            let (first, second) = (self.first[place(row[0])], self.second[place(row[1])]);
            for half in [0, 2] {
                let number = |row: Row| u64::from(row[half + 1]) << 32 | u64::from(row[half]);
                let product = u64::from(row[half]) * u64::from(row[half + 1]);
                let made = product.wrapping_add(number(first)) ^ number(second);
                (row[half], row[half + 1]) = (made as u32, (made >> 32) as u32);
            }
        }
    }

    fn transform(&mut self, block: &mut Block) {
        self.round(block);
        for written in 0..WRITTEN_ROWS / 4 {
            self.round(block);
            self.third[self.at + 4 * written..][..4].copy_from_slice(block);
        }
        self.round(block);
        self.at = (self.at + WRITTEN_ROWS) % TABLE_ROWS;
        self.turn();
    }
}

/// How to mix.
pub(super) enum Transformation<'a> {
    /// By Salsa20/8.
    Salsa,
    /// By tables, and Salsa20/2 at the end.
    Boxes(Boxes<'a>),
}

impl Transformation<'_> {
    /// Where its tables are.
    pub(super) fn position(&self) -> u8 {
        match self {
            Self::Salsa => 0,
            Self::Boxes(boxes) => boxes.turns << 4 | (boxes.at / WRITTEN_ROWS) as u8,
        }
    }

    /// Mixes a block's rows.
    pub(super) fn mix(&mut self, from: &[Block], to: &mut [Block]) {
        let Some(last) = from.len().checked_sub(1) else { return };
        let mut block = from[last];
        for (at, rows) in from.iter().enumerate() {
            for (row, other) in block.iter_mut().zip(rows) {
                *row = xor(*row, *other);
            }
            match self {
                Self::Salsa => {
                    salsa(&mut block, 4);
                    // The even ones come first.
                    to[at / 2 + at % 2 * (from.len() / 2)] = block;
                }
                Self::Boxes(boxes) => {
                    boxes.transform(&mut block);
                    if at == last {
                        salsa(&mut block, 1);
                    }
                    to[at] = block;
                }
            }
        }
    }
}

pub(super) fn xor(one: Row, other: Row) -> Row {
    core::array::from_fn(|at| one[at] ^ other[at])
}

#[inline(always)]
fn add_rotate_xor(to: Row, one: Row, other: Row, left: u32) -> Row {
    core::array::from_fn(|at| to[at] ^ one[at].wrapping_add(other[at]).rotate_left(left))
}

#[inline(always)]
fn turned<const PLACES: usize>([a, b, c, d]: Row) -> Row {
    match PLACES {
        1 => [b, c, d, a],
        2 => [c, d, a, b],
        _ => [d, a, b, c],
    }
}

/// Salsa20's core, on diagonals.
fn salsa(block: &mut Block, double_rounds: usize) {
    let [mut a, mut b, mut c, mut d] = *block;
    for _ in 0..double_rounds {
        b = add_rotate_xor(b, a, d, 7);
        c = add_rotate_xor(c, b, a, 9);
        d = add_rotate_xor(d, c, b, 13);
        a = add_rotate_xor(a, d, c, 18);
        // Columns become rows.
        (b, c, d) = (turned::<3>(b), turned::<2>(c), turned::<1>(d));
        d = add_rotate_xor(d, a, b, 7);
        c = add_rotate_xor(c, d, a, 9);
        b = add_rotate_xor(b, c, d, 13);
        a = add_rotate_xor(a, b, c, 18);
        (b, c, d) = (turned::<1>(b), turned::<2>(c), turned::<3>(d));
    }
    for (row, mixed) in block.iter_mut().zip([a, b, c, d]) {
        *row = core::array::from_fn(|at| row[at].wrapping_add(mixed[at]));
    }
}
