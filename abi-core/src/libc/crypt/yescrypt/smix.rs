//! The two loops that fill memory with blocks and then read it in an order that the blocks decide.

use super::mix::{Block, Transformation, xor};

/// Memory for blocks of so many rows (64 bytes each), and room for two more of them.
pub(super) struct Area<'a> {
    pub(super) memory: &'a mut [Block],
    pub(super) scratch: &'a mut [Block],
    pub(super) rows: usize,
}

/// Which word comes to a place: diagonals lie together, so that four words are mixed at once.
const fn place(word: usize) -> usize {
    word * 5 % 16
}

fn read(bytes: &[u8], to: &mut [Block]) {
    for (bytes, block) in bytes.chunks_exact(64).zip(to) {
        let word = |at: usize| {
            let at = 4 * place(at);
            u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
        };
        *block = core::array::from_fn(|row| core::array::from_fn(|at| word(4 * row + at)));
    }
}

fn write(from: &[Block], bytes: &mut [u8]) {
    for (block, bytes) in from.iter().zip(bytes.chunks_exact_mut(64)) {
        for (at, word) in block.as_flattened().iter().enumerate() {
            bytes[4 * place(at)..][..4].copy_from_slice(&word.to_le_bytes());
        }
    }
}

/// The number that a block decides by.
fn number(block: &[Block]) -> usize {
    block.last().map_or(0, |row| row[0][0] as usize)
}

fn put_xor(left: &[Block], right: &[Block], to: &mut [Block]) {
    for ((left, right), to) in left.iter().zip(right).zip(to) {
        *to = core::array::from_fn(|row| xor(left[row], right[row]));
    }
}

/// Fills the memory.
pub(super) fn first_loop(bytes: &mut [u8], area: &mut Area, how: &mut Transformation) {
    let rows = area.rows;
    let count = area.memory.len() / rows;
    let (sum, last) = area.scratch.split_at_mut(rows);
    let last = &mut last[..rows];
    read(bytes, &mut area.memory[..rows]);
    for at in 0..count {
        let (made, rest) = area.memory.split_at_mut((at + 1) * rows);
        let current = &made[at * rows..];
        let next = if at + 1 < count { &mut rest[..rows] } else { &mut *last };
        if matches!(how, Transformation::Boxes(_)) && at > 1 {
            let power = 1 << at.ilog2();
            let other = (number(current) & (power - 1)) + (at - power);
            put_xor(current, &made[other * rows..][..rows], sum);
            how.mix(sum, next);
        } else {
            how.mix(current, next);
        }
    }
    write(last, bytes);
}

/// Reads the memory, whose blocks are a power of two, and writes what was read if it `is_writing`.
pub(super) fn second_loop(
    bytes: &mut [u8],
    area: &mut Area,
    loops: u64,
    how: &mut Transformation,
    is_writing: bool,
) {
    let rows = area.rows;
    let mask = area.memory.len() / rows - 1;
    let (current, sum) = area.scratch.split_at_mut(rows);
    let sum = &mut sum[..rows];
    read(bytes, current);
    for _ in 0..loops {
        let other = &mut area.memory[(number(current) & mask) * rows..][..rows];
        put_xor(current, other, sum);
        if is_writing {
            other.copy_from_slice(sum);
        }
        how.mix(sum, current);
    }
    write(current, bytes);
}
