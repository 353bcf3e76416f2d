//! Finding a string within another without knowing either's length, on processors with AVX2.
#![allow(unsafe_op_in_unsafe_fn, reason = "the whole body rests on the caller's promise, as in C")]

use core::arch::x86_64::{
    __m256i, _mm256_loadu_si256, _mm256_min_epu8, _mm256_or_si256, _mm256_set1_epi8, _mm256_xor_si256,
};
use core::ptr::null;

use super::wide::{self, BLOCK, PAGE, agreement, zeroes, zeroes_of_two};
use super::{masked, search};
use crate::boundary::processor::{MASKS, has};

/// Bytes of the text looked at together.
const STEP: usize = 2 * BLOCK;
/// Bytes of the text looked at before what a longer search prepares is worth its time.
const SHORT: usize = 1024;
/// Places that may look like the needle's and are not.
const MAX_FAILURES: usize = 32;

/// Tells whether a block at `start` stays within its page, so that it faults only if its first byte does.
#[inline]
fn is_within_page(start: *const u8, len: usize) -> bool {
    start as usize % PAGE <= PAGE - len
}

/// Three bytes of a needle: its first two, and one further on.
#[derive(Clone, Copy)]
struct Marks {
    bytes: [__m256i; 3],
    /// How far the last is from the first, less than a block.
    distance: usize,
}

impl Marks {
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn new(needle: *const u8, distance: usize) -> Self {
        let bytes = [0, 1, distance].map(|at| _mm256_set1_epi8(*needle.add(at) as i8));
        Self { bytes, distance }
    }

    /// Has zeroes where a needle may begin, and where the text ends.
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn or_end(self, text: *const u8) -> __m256i {
        let texts = [0, 1, self.distance].map(|at| _mm256_loadu_si256(text.add(at).cast()));
        let [a, b, c] = [0, 1, 2].map(|i| _mm256_xor_si256(texts[i], self.bytes[i]));
        _mm256_min_epu8(texts[0], _mm256_or_si256(_mm256_or_si256(a, b), c))
    }
}

/// strstr(3)
///
/// The start of the text is searched for three of the needle's bytes, two blocks of places at a time; where that ends, or
/// finds too much, [`search::find`] goes on.
#[target_feature(enable = "avx2,bmi1")]
pub unsafe extern "C" fn strstr(text: *const i8, needle: *const i8) -> *mut i8 {
    let (start, wanted) = (text.cast::<u8>(), needle.cast::<u8>());
    if *wanted == 0 {
        return text.cast_mut();
    }
    if *wanted.add(1) == 0 {
        let find = if has(MASKS) { masked::strchr } else { wide::strchr };
        return find(text, i32::from(*needle));
    }
    let found = if is_within_page(wanted, BLOCK) && is_within_page(start, STEP + BLOCK) {
        near_start(start, wanted)
    } else {
        anywhere(start, wanted)
    };
    found.cast_mut().cast()
}

/// Finds a string of at least two bytes, whose first block stays within its page, as the text's first three do.
#[inline]
#[target_feature(enable = "avx2,bmi1")]
unsafe fn near_start(text: *const u8, needle: *const u8) -> *const u8 {
    // The needle's last byte, or the last of its block: the first step does not wait for it.
    let end = zeroes(_mm256_loadu_si256(needle.cast()));
    let further = (end.trailing_zeros() as usize).min(BLOCK) - 1;
    let mut marks = Marks::new(needle, 1);
    let (mut at, mut failures) = (text, 0);
    loop {
        let mut stops = zeroes_of_two([marks.or_end(at), marks.or_end(at.add(BLOCK))]);
        while stops != 0 {
            let place = at.add(stops.trailing_zeros() as usize);
            if *place == 0 {
                return null();
            }
            if begins(place, needle) {
                return place;
            }
            failures += 1;
            stops &= stops - 1;
        }
        at = at.add(STEP);
        if failures > MAX_FAILURES || at as usize - text as usize > SHORT || !is_within_page(at, STEP + BLOCK)
        {
            return anywhere(at, needle);
        }
        marks = Marks::new(needle, further);
    }
}

/// Tells whether a string begins with the needle, whose first block stays within its page as the string's does.
#[inline]
#[target_feature(enable = "avx2,bmi1")]
unsafe fn begins(text: *const u8, needle: *const u8) -> bool {
    let stop = zeroes(agreement(needle, text));
    let at = if stop != 0 {
        stop.trailing_zeros() as usize
    } else {
        wide::common_prefix(needle, text, usize::MAX)
    };
    *needle.add(at) == 0
}

/// Finds it by way of the lengths.
#[inline(never)]
#[target_feature(enable = "avx2,bmi1")]
unsafe fn anywhere(text: *const u8, needle: *const u8) -> *const u8 {
    let bytes = |start: *const u8| core::slice::from_raw_parts(start, wide::strlen(start.cast()));
    search::find(bytes(text), bytes(needle)).map_or(null(), |at| text.add(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boundary::processor::{WIDE, Ways, learn};

    #[test]
    fn it_finds_what_trying_every_place_does() {
        learn(Ways::All);
        if !has(WIDE) {
            return;
        }
        let mut state = 1u32;
        let mut draw = move |below: usize| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as usize % below
        };
        for _ in 0..100_000 {
            let letters = 1 + draw(3);
            let mut text: std::vec::Vec<u8> = (0..draw(2000)).map(|_| b'a' + draw(letters) as u8).collect();
            let mut needle: std::vec::Vec<u8> = if draw(2) == 0 || text.is_empty() {
                (0..draw(80)).map(|_| b'a' + draw(letters) as u8).collect()
            } else {
                let start = draw(text.len());
                text[start..].iter().copied().take(draw(80)).collect()
            };
            let wanted = if needle.is_empty() {
                Some(0)
            } else {
                text.windows(needle.len()).position(|w| w == needle)
            };
            text.extend([0, b'a', b'b', 0]);
            needle.push(0);
            // SAFETY: both end.
            let found = unsafe { strstr(text.as_ptr().cast(), needle.as_ptr().cast()) };
            let at = (!found.is_null()).then(|| found as usize - text.as_ptr() as usize);
            assert_eq!(at, wanted, "{text:?} {needle:?}");
        }
    }
}
