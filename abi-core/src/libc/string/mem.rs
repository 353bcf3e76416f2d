//! The block functions of `string.h` that everything else, compiled code included, is built on.
#![allow(unsafe_op_in_unsafe_fn, reason = "the whole body rests on the caller's promise, as in C")]

use core::arch::x86_64::{
    __m128i, _mm_cmpeq_epi8, _mm_load_si128, _mm_loadu_si128, _mm_movemask_epi8, _mm_set1_epi8,
};
use core::ffi::{c_int, c_void};

pub use crate::boundary::block::{memcpy, memmove, memset};

/// The bits of the bytes among 16 that are equal in both.
#[inline(always)]
pub(crate) fn equal_bytes(a: __m128i, b: __m128i) -> u32 {
    // SAFETY: SSE2 is part of x86-64.
    unsafe { _mm_movemask_epi8(_mm_cmpeq_epi8(a, b)) as u32 }
}

/// Sixteen times the same byte.
#[inline(always)]
pub(crate) fn splat(byte: u8) -> __m128i {
    // SAFETY: SSE2 is part of x86-64.
    unsafe { _mm_set1_epi8(byte as i8) }
}

/// memcmp(3)
pub unsafe extern "C" fn memcmp(a: *const c_void, b: *const c_void, count: usize) -> c_int {
    let (a, b) = (a.cast::<u8>(), b.cast::<u8>());
    let mut done = 0;
    if count >= 16 {
        loop {
            let differ =
                equal_bytes(_mm_loadu_si128(a.add(done).cast()), _mm_loadu_si128(b.add(done).cast()))
                    ^ 0xffff;
            if differ != 0 {
                let at = done + differ.trailing_zeros() as usize;
                return i32::from(*a.add(at)) - i32::from(*b.add(at));
            }
            done += 16;
            if done == count {
                return 0;
            }
            // The last block may overlap what is known to be equal.
            done = done.min(count - 16);
        }
    }
    while done < count {
        let difference = i32::from(*a.add(done)) - i32::from(*b.add(done));
        if difference != 0 {
            return difference;
        }
        done += 1;
    }
    0
}

/// strlen(3)
pub unsafe extern "C" fn strlen(string: *const i8) -> usize {
    let start = string.cast::<u8>();
    rawmemchr(start, 0) as usize - start as usize
}

/// Finds a byte that is there. Aligned blocks never reach into a page the byte's search must not touch.
#[inline]
pub unsafe fn rawmemchr(start: *const u8, byte: u8) -> *const u8 {
    let wanted = splat(byte);
    let offset = start as usize & 15;
    let mut block = start.sub(offset).cast::<__m128i>();
    let mut found = equal_bytes(_mm_load_si128(block), wanted) >> offset << offset;
    while found == 0 {
        block = block.add(1);
        found = equal_bytes(_mm_load_si128(block), wanted);
    }
    block.cast::<u8>().add(found.trailing_zeros() as usize)
}

/// Finds a byte or the string's end, whichever comes first.
#[inline]
pub unsafe fn strchrnul(start: *const u8, byte: u8) -> *const u8 {
    let (wanted, zero) = (splat(byte), splat(0));
    let offset = start as usize & 15;
    let mut block = start.sub(offset).cast::<__m128i>();
    let mut data = _mm_load_si128(block);
    let mut found = (equal_bytes(data, wanted) | equal_bytes(data, zero)) >> offset << offset;
    while found == 0 {
        block = block.add(1);
        data = _mm_load_si128(block);
        found = equal_bytes(data, wanted) | equal_bytes(data, zero);
    }
    block.cast::<u8>().add(found.trailing_zeros() as usize)
}

/// Finds a byte among `count`; returns its index, or `count`. Reads no block beyond the one it is found in.
#[inline]
pub unsafe fn find_byte(start: *const u8, byte: u8, count: usize) -> usize {
    if count == 0 {
        return 0;
    }
    let wanted = splat(byte);
    let offset = start as usize & 15;
    let mut block = start.sub(offset).cast::<__m128i>();
    let mut found = equal_bytes(_mm_load_si128(block), wanted) >> offset << offset;
    let mut covered = 16 - offset;
    while found == 0 {
        if covered >= count {
            return count;
        }
        block = block.add(1);
        found = equal_bytes(_mm_load_si128(block), wanted);
        covered += 16;
    }
    (covered + found.trailing_zeros() as usize - 16).min(count)
}

/// Finds the last such byte among `count`.
#[inline]
pub unsafe fn find_last_byte(start: *const u8, byte: u8, count: usize) -> Option<usize> {
    let wanted = splat(byte);
    let mut left = count;
    while left >= 16 {
        let found = equal_bytes(_mm_loadu_si128(start.add(left - 16).cast()), wanted);
        if found != 0 {
            return Some(left - 16 + (31 - found.leading_zeros() as usize));
        }
        left -= 16;
    }
    while left > 0 {
        left -= 1;
        if *start.add(left) == byte {
            return Some(left);
        }
    }
    None
}

/// The number of leading bytes, at most `limit`, in which two strings agree without ending; the deciding bytes lie there.
#[inline]
pub unsafe fn common_prefix(a: *const u8, b: *const u8, limit: usize) -> usize {
    let zero = splat(0);
    let mut at = 0;
    while at < limit {
        // A block that stays within its page faults only if its first byte does.
        if (a as usize + at) & 4095 <= 4080 && (b as usize + at) & 4095 <= 4080 {
            let block = _mm_loadu_si128(a.add(at).cast());
            let other = _mm_loadu_si128(b.add(at).cast());
            let stop = (equal_bytes(block, other) ^ 0xffff) | equal_bytes(block, zero);
            if stop != 0 {
                return (at + stop.trailing_zeros() as usize).min(limit);
            }
            at += 16;
        } else {
            let byte = *a.add(at);
            if byte != *b.add(at) || byte == 0 {
                return at;
            }
            at += 1;
        }
    }
    limit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons_and_searches_see_exactly_their_bytes() {
        for (count, start) in (0..400).flat_map(|count| (0..17).map(move |start| (count, start))) {
            let mut bytes = [1u8; 512];
            bytes[start..start + count].fill(0xa5);
            let mut other = bytes;
            other[start + count] = 0;
            // SAFETY: the ranges lie in the arrays.
            let same = unsafe { memcmp(bytes.as_ptr().cast(), other.as_ptr().cast(), start + count) };
            assert_eq!(same, 0);
            // SAFETY: as above.
            let more = unsafe { memcmp(bytes.as_ptr().cast(), other.as_ptr().cast(), start + count + 1) };
            assert!(more > 0);
            // SAFETY: as above.
            assert_eq!(unsafe { find_byte(other.as_ptr(), 0, 512) }, start + count);
            // SAFETY: as above.
            assert_eq!(unsafe { find_last_byte(other.as_ptr(), 0, 512) }, Some(start + count));
        }
    }
}
