//! Searches and comparisons 32 bytes at a time, on processors with AVX2.
//!
//! Four blocks are looked at together where there are that many. Searches look at aligned blocks only, so that they never
//! touch a page that the found byte's search must not touch.
#![allow(unsafe_op_in_unsafe_fn, reason = "the whole body rests on the caller's promise, as in C")]

use core::arch::x86_64::{
    __m256i, _mm256_and_si256, _mm256_cmpeq_epi8, _mm256_load_si256, _mm256_loadu_si256, _mm256_min_epu8,
    _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8, _mm256_setzero_si256, _mm256_testz_si256,
    _mm256_xor_si256,
};

/// Bytes of a block.
pub(super) const BLOCK: usize = 32;
/// Bytes of four.
const FOUR: usize = 4 * BLOCK;
pub(super) const PAGE: usize = 4096;

/// What a search finds.
pub const ZERO: u8 = 0;
/// A byte.
pub const BYTE: u8 = 1;
/// A byte or zero.
pub const BYTE_OR_ZERO: u8 = 2;

/// Has zeroes where a block has what is looked for.
#[inline]
#[target_feature(enable = "avx2")]
fn zero_where<const WHAT: u8>(block: __m256i, byte: __m256i) -> __m256i {
    match WHAT {
        ZERO => block,
        BYTE => _mm256_xor_si256(block, byte),
        _ => _mm256_min_epu8(block, _mm256_xor_si256(block, byte)),
    }
}

/// The bits of the bytes that are zero.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn zeroes(block: __m256i) -> u32 {
    _mm256_movemask_epi8(_mm256_cmpeq_epi8(block, _mm256_setzero_si256())) as u32
}

/// The bits of the bytes that are zero in two blocks.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn zeroes_of_two(two: [__m256i; 2]) -> u64 {
    let [first, second] = two.map(|block| u64::from(zeroes(block)));
    first | second << 32
}

#[inline]
#[target_feature(enable = "avx2")]
fn least_of(four: [__m256i; 4]) -> __m256i {
    _mm256_min_epu8(_mm256_min_epu8(four[0], four[1]), _mm256_min_epu8(four[2], four[3]))
}

/// The place of the first zero in four blocks that have one.
#[inline]
#[target_feature(enable = "avx2,bmi1")]
fn first_zero(four: [__m256i; 4]) -> usize {
    let (low, high) = (zeroes_of_two([four[0], four[1]]), zeroes_of_two([four[2], four[3]]));
    (if low != 0 { low.trailing_zeros() } else { 64 + high.trailing_zeros() }) as usize
}

/// The length of a string.
#[target_feature(enable = "avx2,bmi1")]
pub unsafe extern "C" fn strlen(start: *const i8) -> usize {
    search::<ZERO>(start.cast(), 0) as usize - start as usize
}

/// The length of a string of which the bytes before `at` are known.
#[target_feature(enable = "avx2,bmi1")]
pub unsafe extern "C" fn strlen_from(start: *const i8, at: *const i8) -> usize {
    search::<ZERO>(at.cast(), 0) as usize - start as usize
}

/// Finds a byte in a string, or null.
#[target_feature(enable = "avx2,bmi1")]
pub unsafe extern "C" fn strchr(start: *const i8, byte: i32) -> *mut i8 {
    let found = search::<BYTE_OR_ZERO>(start.cast(), byte as u8);
    if *found == byte as u8 { found.cast_mut().cast() } else { core::ptr::null_mut() }
}

/// How the bytes at `at` compare.
#[inline]
unsafe fn difference(a: *const u8, b: *const u8, at: usize) -> i32 {
    i32::from(*a.add(at)) - i32::from(*b.add(at))
}

/// Returns the value, in code that the compiler does not join with another end of the function: the jump there is a fourth
/// of what comparing short strings costs.
#[inline]
fn apart(value: i32) -> i32 {
    let mut same = value;
    // SAFETY: no instructions.
    unsafe { core::arch::asm!("/* {0:e} */", inout(reg) same, options(nomem, nostack, preserves_flags)) };
    same
}

/// Compares strings.
#[target_feature(enable = "avx2,bmi1")]
pub unsafe extern "C" fn strcmp(a: *const i8, b: *const i8) -> i32 {
    let (a, b) = (a.cast::<u8>(), b.cast::<u8>());
    const COMPARED: usize = 2 * BLOCK + FOUR;
    if (a as usize | b as usize) % PAGE > PAGE - COMPARED {
        return compare_near_page_end(a, b);
    }
    let stop = zeroes(agreement(a, b));
    if stop != 0 {
        return apart(difference(a, b, stop.trailing_zeros() as usize));
    }
    let (a_next, b_next) = (a.add(BLOCK), b.add(BLOCK));
    let stop = zeroes(agreement(a_next, b_next));
    if stop != 0 {
        return apart(difference(a_next, b_next, stop.trailing_zeros() as usize));
    }
    for first in [2 * BLOCK, 4 * BLOCK] {
        let stop = zeroes_of_two([first, first + BLOCK].map(|at| agreement(a.add(at), b.add(at))));
        if stop != 0 {
            return difference(a, b, first + stop.trailing_zeros() as usize);
        }
    }
    compare_from(a, b, COMPARED)
}

/// Compares strings of which so many bytes are known to agree. Apart from [`strcmp`], which so needs no frame.
#[inline(never)]
#[target_feature(enable = "avx2,bmi1")]
unsafe fn compare_from(a: *const u8, b: *const u8, agree: usize) -> i32 {
    difference(a, b, common_prefix_from(a, b, agree, usize::MAX))
}

/// Compares strings of which one begins near the end of a page.
#[cold]
#[inline(never)]
#[target_feature(enable = "avx2,bmi1")]
unsafe fn compare_near_page_end(a: *const u8, b: *const u8) -> i32 {
    compare_from(a, b, 0)
}

/// Compares blocks of at least 32 bytes.
#[target_feature(enable = "avx2,bmi1")]
pub unsafe extern "C" fn memcmp(a: *const u8, b: *const u8, count: usize) -> i32 {
    let at = first_difference(a, b, count);
    if at == count { 0 } else { difference(a, b, at) }
}

/// Looks at the first bytes from `start` on: 32 if its page has as many, so that a bad pointer faults where it leads, or
/// else those up to the page's end. Returns where the block begins and the bits of what is found in it.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn first_block<const WHAT: u8>(start: *const u8, byte: __m256i) -> (*const u8, u32) {
    if start as usize % PAGE <= PAGE - BLOCK {
        return (start, zeroes(zero_where::<WHAT>(_mm256_loadu_si256(start.cast()), byte)));
    }
    let offset = start as usize % BLOCK;
    let block = start.sub(offset);
    (block, zeroes(zero_where::<WHAT>(_mm256_load_si256(block.cast()), byte)) >> offset << offset)
}

/// Finds a byte at or after `start`; it is there.
#[inline]
#[target_feature(enable = "avx2,bmi1")]
pub unsafe fn search<const WHAT: u8>(start: *const u8, byte: u8) -> *const u8 {
    let byte = _mm256_set1_epi8(byte as i8);
    let (first, found) = first_block::<WHAT>(start, byte);
    if found != 0 {
        return first.add(found.trailing_zeros() as usize);
    }
    let mut at = start.add(BLOCK);
    if start as usize % PAGE <= PAGE - BLOCK - FOUR {
        for at in [at, at.add(2 * BLOCK)] {
            let found = zeroes_of_two(
                [at, at.add(BLOCK)].map(|at| zero_where::<WHAT>(_mm256_loadu_si256(at.cast()), byte)),
            );
            if found != 0 {
                return at.add(found.trailing_zeros() as usize);
            }
        }
        // Some of the next four have been looked at.
        at = at.add(FOUR).map_addr(|address| address & !(FOUR - 1));
    } else {
        at = at.map_addr(|address| address & !(BLOCK - 1));
        while !(at as usize).is_multiple_of(FOUR) {
            let found = zeroes(zero_where::<WHAT>(_mm256_load_si256(at.cast()), byte));
            if found != 0 {
                return at.add(found.trailing_zeros() as usize);
            }
            at = at.add(BLOCK);
        }
    }
    loop {
        let four =
            [0, 1, 2, 3].map(|i| zero_where::<WHAT>(_mm256_load_si256(at.add(i * BLOCK).cast()), byte));
        if zeroes(least_of(four)) != 0 {
            return at.add(first_zero(four));
        }
        at = at.add(FOUR);
    }
}

/// Finds a byte among `count`, which are some; returns its index, or `count`. Reads no page beyond the one it is found in.
#[target_feature(enable = "avx2,bmi1")]
pub unsafe fn find_byte(start: *const u8, byte: u8, count: usize) -> usize {
    let byte = _mm256_set1_epi8(byte as i8);
    let offset = start as usize % BLOCK;
    let mut at = start.sub(offset);
    let (first, mut found) = first_block::<BYTE>(start, byte);
    if found != 0 {
        return (first.wrapping_add(found.trailing_zeros() as usize) as usize - start as usize).min(count);
    }
    // Where the range ends; it may be the whole address space.
    let mut covered = BLOCK - offset;
    while found == 0 {
        if covered >= count {
            return count;
        }
        at = at.add(BLOCK);
        if (at as usize).is_multiple_of(FOUR) {
            loop {
                let four = [0, 1, 2, 3]
                    .map(|i| zero_where::<BYTE>(_mm256_load_si256(at.add(i * BLOCK).cast()), byte));
                if zeroes(least_of(four)) != 0 {
                    return (covered + first_zero(four)).min(count);
                }
                covered += FOUR;
                if covered >= count {
                    return count;
                }
                at = at.add(FOUR);
            }
        }
        found = zeroes(zero_where::<BYTE>(_mm256_load_si256(at.cast()), byte));
        covered += BLOCK;
    }
    (covered + found.trailing_zeros() as usize - BLOCK).min(count)
}

/// All ones where bytes are equal.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn equal(a: *const u8, b: *const u8) -> __m256i {
    _mm256_cmpeq_epi8(_mm256_loadu_si256(a.cast()), _mm256_loadu_si256(b.cast()))
}

/// Returns the index of the first of `count` bytes, at least 32, that differ; `count` if none does.
#[inline]
#[target_feature(enable = "avx2,bmi1")]
unsafe fn first_difference(a: *const u8, b: *const u8, count: usize) -> usize {
    if count <= 2 * BLOCK {
        // Blocks may overlap.
        let last = count - BLOCK;
        let two = [equal(a, b), equal(a.add(last), b.add(last))];
        if _mm256_movemask_epi8(_mm256_and_si256(two[0], two[1])) == -1 {
            return count;
        }
        let [first, second] = two.map(|block| !_mm256_movemask_epi8(block) as u32);
        return if first != 0 {
            first.trailing_zeros() as usize
        } else {
            last + second.trailing_zeros() as usize
        };
    }
    if count <= FOUR {
        // Blocks may overlap what is known to be equal.
        let last = count - BLOCK;
        let places = [0, BLOCK, last - BLOCK, last];
        let four = places.map(|at| equal(a.add(at), b.add(at)));
        let all = _mm256_and_si256(_mm256_and_si256(four[0], four[1]), _mm256_and_si256(four[2], four[3]));
        if _mm256_movemask_epi8(all) == -1 {
            return count;
        }
        let at = first_zero(four);
        return places[at / BLOCK] + at % BLOCK;
    }
    let differ = !_mm256_movemask_epi8(equal(a, b)) as u32;
    if differ != 0 {
        return differ.trailing_zeros() as usize;
    }
    let mut at = if count > 2 * FOUR { BLOCK - a as usize % BLOCK } else { BLOCK };
    loop {
        at = at.min(count - FOUR);
        let four = [0, 1, 2, 3].map(|i| equal(a.add(at + i * BLOCK), b.add(at + i * BLOCK)));
        let all = _mm256_and_si256(_mm256_and_si256(four[0], four[1]), _mm256_and_si256(four[2], four[3]));
        if _mm256_movemask_epi8(all) != -1 {
            return at + first_zero(four);
        }
        at += FOUR;
        if at >= count {
            return count;
        }
    }
}

/// Finds a place before `last` where `first` is and, `distance` bytes on, `second`; looks at blocks of 32 places, at least
/// one, of which the last may overlap the one before. Returns `last` if there is none.
#[target_feature(enable = "avx2,bmi1")]
pub unsafe fn find_two(
    text: *const u8,
    [first, second]: [u8; 2],
    distance: usize,
    mut at: usize,
    last: usize,
) -> usize {
    let (first, second) = (_mm256_set1_epi8(first as i8), _mm256_set1_epi8(second as i8));
    // SAFETY: from all places asked for `distance` more bytes are text.
    let found = |at: usize| unsafe {
        let here = _mm256_cmpeq_epi8(_mm256_loadu_si256(text.wrapping_add(at).cast()), first);
        let there = _mm256_cmpeq_epi8(_mm256_loadu_si256(text.wrapping_add(at + distance).cast()), second);
        _mm256_and_si256(here, there)
    };
    while at + 2 * BLOCK <= last {
        let two = [found(at), found(at + BLOCK)];
        if _mm256_testz_si256(_mm256_or_si256(two[0], two[1]), _mm256_set1_epi8(-1)) == 0 {
            let [low, high] = two.map(|block| u64::from(_mm256_movemask_epi8(block) as u32));
            return at + (low | high << 32).trailing_zeros() as usize;
        }
        at += 2 * BLOCK;
    }
    while at < last {
        let block = at.min(last - BLOCK);
        let found = _mm256_movemask_epi8(found(block)) as u32 & u32::MAX << (at - block);
        if found != 0 {
            return block + found.trailing_zeros() as usize;
        }
        at = block + BLOCK;
    }
    last
}

/// Has zeroes where two strings differ or the first ends.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) unsafe fn agreement(a: *const u8, b: *const u8) -> __m256i {
    let block = _mm256_loadu_si256(a.cast());
    _mm256_min_epu8(block, _mm256_cmpeq_epi8(block, _mm256_loadu_si256(b.cast())))
}

/// Has zeroes if four blocks of two strings differ or the first's have one: no zero is lost in the least of bytes, and no
/// difference in what all comparisons have in common, which more of the processor's units can tell.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn agreement_of_four(a: *const u8, b: *const u8) -> __m256i {
    let blocks = [0, 1, 2, 3].map(|i| _mm256_loadu_si256(a.add(i * BLOCK).cast()));
    let [e, f, g, h] =
        [0, 1, 2, 3].map(|i| _mm256_cmpeq_epi8(blocks[i], _mm256_loadu_si256(b.add(i * BLOCK).cast())));
    let equal = _mm256_and_si256(_mm256_and_si256(e, f), _mm256_and_si256(g, h));
    _mm256_min_epu8(least_of(blocks), equal)
}

/// The number of leading bytes, at most `limit`, in which two strings agree without ending.
#[inline]
#[target_feature(enable = "avx2,bmi1")]
pub unsafe fn common_prefix(a: *const u8, b: *const u8, limit: usize) -> usize {
    let mut at = 0;
    // A block that stays within its page faults only if its first byte does.
    if (a as usize | b as usize) % PAGE <= PAGE - FOUR {
        while at < FOUR {
            let stop = zeroes(agreement(a.add(at), b.add(at)));
            if stop != 0 {
                return (at + stop.trailing_zeros() as usize).min(limit);
            }
            at += BLOCK;
        }
    }
    common_prefix_from(a, b, at, limit)
}

/// As [`common_prefix`], of which so many bytes are known.
#[inline]
#[target_feature(enable = "avx2,bmi1")]
unsafe fn common_prefix_from(a: *const u8, b: *const u8, mut at: usize, limit: usize) -> usize {
    while at < limit {
        let in_page = (a as usize + at) % PAGE;
        let in_other = (b as usize + at) % PAGE;
        let in_limit = (limit - at).min(PAGE).next_multiple_of(FOUR);
        let end = at + in_limit.min(PAGE - in_page.max(in_other));
        if end - at >= FOUR && at >= BLOCK {
            // To where blocks are aligned: these bytes are known to agree.
            at -= in_page % BLOCK;
        } else if end - at >= FOUR {
            let stop = zeroes(agreement(a.add(at), b.add(at)));
            if stop != 0 {
                return (at + stop.trailing_zeros() as usize).min(limit);
            }
            at += BLOCK - in_page % BLOCK;
        }
        while end - at >= FOUR {
            if zeroes(agreement_of_four(a.add(at), b.add(at))) != 0 {
                let four = [0, 1, 2, 3].map(|i| agreement(a.add(at + i * BLOCK), b.add(at + i * BLOCK)));
                return (at + first_zero(four)).min(limit);
            }
            at += FOUR;
        }
        while end - at >= BLOCK {
            let stop = zeroes(agreement(a.add(at), b.add(at)));
            if stop != 0 {
                return (at + stop.trailing_zeros() as usize).min(limit);
            }
            at += BLOCK;
        }
        if at < end && end >= BLOCK {
            // The last block, of which the first bytes are known to agree.
            let last = end - BLOCK;
            let stop = zeroes(agreement(a.add(last), b.add(last)));
            if stop != 0 {
                return (last + stop.trailing_zeros() as usize).min(limit);
            }
            at = end;
        }
        while at < end && at < limit {
            let byte = *a.add(at);
            if byte != *b.add(at) || byte == 0 {
                return at;
            }
            at += 1;
        }
    }
    limit
}
