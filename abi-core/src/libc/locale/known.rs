//! What was found out about characters, so that it is looked for once.
//!
//! The tables of classes and widths are short, and looking something up in them takes a search. What it finds is kept on the
//! program's heap, in blocks of 256 characters that are made when one of them is asked for.

use core::sync::atomic::{AtomicPtr, AtomicU16, Ordering};

use super::ctype::class;
use super::wide::masks;
use super::width::columns;
use crate::libc::guest_heap::{calloc, free};
use crate::libc::state::state;

/// Bits of a character's traits that are no class: how many columns it takes, from this bit on, and that it is known.
const COLUMN: u16 = 1 << 4;
const KNOWN: u16 = 1 << 6;

/// Characters of a block.
const BLOCK: usize = 256;
/// Blocks there may be: of the first two planes of Unicode.
const BLOCKS: usize = 0x200;

type Block = [AtomicU16; BLOCK];
type Blocks = [AtomicPtr<Block>; BLOCKS];

/// A program's known characters; null before the first one.
#[derive(Debug)]
pub struct Known(AtomicPtr<Blocks>);

impl Known {
    /// None.
    pub const fn new() -> Self {
        Self(AtomicPtr::new(core::ptr::null_mut()))
    }
}

impl Default for Known {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns the masks of the classes that a character is of which is not ASCII, with bits that only this module knows.
#[inline]
pub fn traits(c: u32) -> u16 {
    // SAFETY: null, or zeroed memory of the type, which is never freed.
    let place = unsafe {
        (state().locale.known.0.load(Ordering::Acquire).as_ref())
            .and_then(|blocks| blocks.get(c as usize / BLOCK))
            .and_then(|block| block.load(Ordering::Acquire).as_ref())
    };
    match place.map_or(0, |block| block[c as usize % BLOCK].load(Ordering::Relaxed)) {
        0 => find(c),
        traits => traits,
    }
}

/// Returns the columns that a character takes which is not ASCII, -1 if it does not show.
#[inline]
pub fn columns_of(c: u32) -> i32 {
    let traits = traits(c);
    if traits & class::PRINT == 0 { -1 } else { i32::from(traits / COLUMN % 4) }
}

#[cold]
fn find(c: u32) -> u16 {
    let traits = KNOWN | masks(c) | (columns(c) as u16 * COLUMN);
    // SAFETY: as above.
    unsafe {
        let blocks = &state().locale.known.0;
        if c as usize / BLOCK < BLOCKS
            && let Some(blocks) = made(blocks).as_ref()
            && let Some(block) = made(&blocks[c as usize / BLOCK]).as_ref()
        {
            block[c as usize % BLOCK].store(traits, Ordering::Relaxed);
        }
    }
    traits
}

/// Returns what a pointer points to, made of zeroes by the first who asks; null without memory.
///
/// # Safety
/// Zeroes are a `T`.
unsafe fn made<T>(pointer: &AtomicPtr<T>) -> *mut T {
    let known = pointer.load(Ordering::Acquire);
    if !known.is_null() {
        return known;
    }
    let errno = crate::libc::errno();
    // SAFETY: a new block; who loses the race frees its own.
    let made = unsafe {
        let new = calloc(1, size_of::<T>()).cast::<T>();
        match pointer.compare_exchange(known, new, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => new,
            Err(other) => {
                free(new.cast());
                other
            }
        }
    };
    crate::libc::set_errno(errno);
    made
}
