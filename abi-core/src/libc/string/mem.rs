//! The block functions of `string.h` that everything else, compiled code included, is built on.
#![allow(unsafe_op_in_unsafe_fn, reason = "the whole body rests on the caller's promise, as in C")]

use core::arch::x86_64::{
    __m128i, _mm_and_si128, _mm_cmpeq_epi8, _mm_cmpeq_epi32, _mm_cmpgt_epi8, _mm_load_si128, _mm_loadu_si128,
    _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8, _mm_set1_epi32, _mm_storeu_si128, _mm_unpackhi_epi8,
    _mm_unpackhi_epi16, _mm_unpacklo_epi8, _mm_unpacklo_epi16,
};
use core::ffi::{c_int, c_void};

use super::{masked, search, strstr, wide};
pub use crate::boundary::block::{memcpy, memmove, memset};
use crate::boundary::processor::{MASKS, WIDE, has};

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
    if count < 16 {
        compare_few(a, b, count)
    } else if count >= 32 && has(WIDE) {
        wide::memcmp(a, b, count)
    } else {
        narrow_memcmp(a, b, count)
    }
}

/// Compares less than 16 bytes: the first and the last half, which may overlap.
#[inline]
unsafe fn compare_few(a: *const u8, b: *const u8, count: usize) -> c_int {
    /// As bytes compare, the numbers do.
    macro_rules! halves {
        ($ty:ty) => {{
            let at = |from: *const u8| <$ty>::from_be(from.cast::<$ty>().read_unaligned());
            let (mut x, mut y) = (at(a), at(b));
            if x == y {
                let last = count - size_of::<$ty>();
                (x, y) = (at(a.add(last)), at(b.add(last)));
            }
            c_int::from(x > y) - c_int::from(x < y)
        }};
    }
    match count {
        8.. => halves!(u64),
        4.. => halves!(u32),
        2.. => halves!(u16),
        1 => i32::from(*a) - i32::from(*b),
        0 => 0,
    }
}

/// Compares at least 16 bytes.
#[inline(never)]
unsafe fn narrow_memcmp(a: *const u8, b: *const u8, count: usize) -> c_int {
    let mut done = 0;
    loop {
        let differ =
            equal_bytes(_mm_loadu_si128(a.add(done).cast()), _mm_loadu_si128(b.add(done).cast())) ^ 0xffff;
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

/// Makes functions that go on in one of two: in the first where blocks of 32 bytes are quick.
macro_rules! by_width {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $ty:ty),*) -> $result:ty = $wide:path, $narrow:path;)*) => {
        $(
            $(#[$doc])*
            #[unsafe(naked)]
            pub unsafe extern "C" fn $name($($argument: $ty),*) -> $result {
                core::arch::naked_asm!(
                    ".cfi_startproc",
                    "test byte ptr [rip + {abilities}], {ability}",
                    "jz {narrow}",
                    "jmp {wide}",
                    ".cfi_endproc",
                    abilities = sym $crate::boundary::processor::ABILITIES,
                    ability = const $crate::boundary::processor::WIDE,
                    wide = sym $wide,
                    narrow = sym $narrow,
                )
            }
        )*
    };
}

by_width! {
    /// strlen(3)
    strlen(string: *const i8) -> usize = wide::strlen, narrow_strlen;
    /// strchr(3)
    strchr(string: *const i8, byte: c_int) -> *mut i8 = wide::strchr, narrow_strchr;
    /// strcmp(3)
    strcmp(a: *const i8, b: *const i8) -> c_int = wide::strcmp, narrow_strcmp;
    /// strstr(3)
    strstr(text: *const i8, needle: *const i8) -> *mut i8 = strstr::strstr, narrow_strstr;
}

/// An exported function, and code that does the same on processors with an ability, or on all where that is none.
struct Version {
    exported: *const (),
    ability: u8,
    code: *const (),
}

// SAFETY: functions are there for all threads.
unsafe impl Sync for Version {}

/// Makes the table of [`Version`]s.
macro_rules! versions {
    ($($exported:ident: $ability:expr => $code:path,)*) => {
        &[$(Version { exported: $exported as *const (), ability: $ability, code: $code as *const () }),*]
    };
}

/// The versions of each function, the best first.
static VERSIONS: &[Version] = versions! {
    memcmp: MASKS => masked::memcmp,
    memset: MASKS => masked::memset,
    memmove: MASKS => masked::memmove,
    memcpy: MASKS => masked::memmove,
    strlen: MASKS => masked::strlen,
    strchr: MASKS => masked::strchr,
    strlen: WIDE => wide::strlen,
    strchr: WIDE => wide::strchr,
    strcmp: WIDE => wide::strcmp,
    strstr: WIDE => strstr::strstr,
    strlen: 0 => narrow_strlen,
    strchr: 0 => narrow_strchr,
    strcmp: 0 => narrow_strcmp,
    strstr: 0 => narrow_strstr,
};

/// Returns the code of an exported function that is best on this processor, so that a program calls that.
pub fn chosen(function: *const ()) -> *const () {
    let is_best = |it: &&Version| it.exported == function && (it.ability == 0 || has(it.ability));
    VERSIONS.iter().find(is_best).map_or(function, |it| it.code)
}

/// Returns the exported function whose code this is.
pub fn exported(code: *const ()) -> *const () {
    VERSIONS.iter().find(|it| it.code == code).map_or(code, |it| it.exported)
}

unsafe extern "C" fn narrow_strlen(string: *const i8) -> usize {
    let (start, zero) = (string.cast::<u8>(), splat(0));
    scan(start, |block| equal_bytes(block, zero)) as usize - start as usize
}

unsafe extern "C" fn narrow_strchr(string: *const i8, byte: c_int) -> *mut i8 {
    let found = strchrnul(string.cast(), byte as u8);
    if *found == byte as u8 { found.cast_mut().cast() } else { core::ptr::null_mut() }
}

unsafe extern "C" fn narrow_strcmp(a: *const i8, b: *const i8) -> c_int {
    let (a, b) = (a.cast::<u8>(), b.cast::<u8>());
    let at = common_prefix(a, b, usize::MAX);
    i32::from(*a.add(at)) - i32::from(*b.add(at))
}

unsafe extern "C" fn narrow_strstr(text: *const i8, needle: *const i8) -> *mut i8 {
    let start = if *needle == 0 { text.cast_mut() } else { narrow_strchr(text, c_int::from(*needle)) };
    if start.is_null() || *needle == 0 || *needle.add(1) == 0 {
        return start;
    }
    let bytes = |string: *const i8| core::slice::from_raw_parts(string.cast(), narrow_strlen(string));
    search::find(bytes(start), bytes(needle)).map_or(core::ptr::null_mut(), |at| start.add(at))
}

/// Finds the first byte whose bit `matches` sets in its block's mask; there is one. Aligned blocks never reach into a page the
/// byte's search must not touch.
#[inline(always)]
unsafe fn scan(start: *const u8, matches: impl Fn(__m128i) -> u32) -> *const u8 {
    let offset = start as usize & 15;
    let mut block = start.sub(offset).cast::<__m128i>();
    let mut found = matches(_mm_load_si128(block)) >> offset << offset;
    while found == 0 {
        block = block.add(1);
        found = matches(_mm_load_si128(block));
    }
    block.cast::<u8>().add(found.trailing_zeros() as usize)
}

/// Finds a byte that is there.
#[inline]
pub unsafe fn rawmemchr(start: *const u8, byte: u8) -> *const u8 {
    if has(WIDE) {
        return wide::search::<{ wide::BYTE }>(start, byte);
    }
    let wanted = splat(byte);
    scan(start, |block| equal_bytes(block, wanted))
}

/// Finds a byte or the string's end, whichever comes first.
#[inline]
pub unsafe fn strchrnul(start: *const u8, byte: u8) -> *const u8 {
    if has(WIDE) {
        return wide::search::<{ wide::BYTE_OR_ZERO }>(start, byte);
    }
    let (wanted, zero) = (splat(byte), splat(0));
    scan(start, |block| equal_bytes(block, wanted) | equal_bytes(block, zero))
}

/// Finds one of four bytes or the string's end, whichever comes first.
#[inline]
pub unsafe fn find_any_or_end(start: *const u8, bytes: [u8; 4]) -> *const u8 {
    let (wanted, zero) = (bytes.map(splat), splat(0));
    scan(start, |block| {
        wanted.iter().fold(equal_bytes(block, zero), |mask, &byte| mask | equal_bytes(block, byte))
    })
}

/// Finds a wide character or the string's end, whichever comes first.
#[inline]
pub unsafe fn wcschrnul(start: *const i32, c: i32) -> *const i32 {
    if !start.is_aligned() {
        let mut here = start;
        while !matches!(here.read_unaligned(), found if found == 0 || found == c) {
            here = here.add(1);
        }
        return here;
    }
    let (wanted, zero) = (_mm_set1_epi32(c), _mm_set1_epi32(0));
    scan(start.cast(), |block| {
        _mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi32(block, wanted), _mm_cmpeq_epi32(block, zero))) as u32
    })
    .cast()
}

/// How many of the first 16 bytes are ASCII and not zero.
#[inline]
pub unsafe fn ascii_bytes(from: *const u8) -> usize {
    let block = _mm_loadu_si128(from.cast());
    (!_mm_movemask_epi8(_mm_cmpgt_epi8(block, splat(0)))).trailing_zeros() as usize
}

/// Widens 16 bytes to as many words.
#[inline]
pub unsafe fn widen_block(to: *mut i32, from: *const u8) {
    let (block, zero) = (_mm_loadu_si128(from.cast()), splat(0));
    let halves = [_mm_unpacklo_epi8(block, zero), _mm_unpackhi_epi8(block, zero)];
    for (i, half) in halves.into_iter().enumerate() {
        _mm_storeu_si128(to.add(8 * i).cast(), _mm_unpacklo_epi16(half, zero));
        _mm_storeu_si128(to.add(8 * i + 4).cast(), _mm_unpackhi_epi16(half, zero));
    }
}

/// Finds a byte among `count`; returns its index, or `count`. Reads no page beyond the one it is found in.
#[inline]
pub unsafe fn find_byte(start: *const u8, byte: u8, count: usize) -> usize {
    if count == 0 {
        return 0;
    }
    if has(WIDE) {
        return wide::find_byte(start, byte, count);
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
    if has(WIDE) {
        return wide::common_prefix(a, b, limit);
    }
    common_prefix_by(a, b, limit, |block| block, |byte| byte)
}

/// As [`common_prefix`], with ASCII letters alike in both cases.
#[inline]
pub unsafe fn common_prefix_of_any_case(a: *const u8, b: *const u8, limit: usize) -> usize {
    let (before_first, behind_last, bit) = (splat(b'A' - 1), splat(b'Z' + 1), splat(0x20));
    let lower = |block| {
        // Signed comparison: bytes above ASCII are no capitals.
        let is_capital =
            _mm_and_si128(_mm_cmpgt_epi8(block, before_first), _mm_cmpgt_epi8(behind_last, block));
        _mm_or_si128(block, _mm_and_si128(is_capital, bit))
    };
    common_prefix_by(a, b, limit, lower, |byte| byte.to_ascii_lowercase())
}

/// Compares what a map, given for blocks and for bytes, makes of two strings; it leaves zero alone.
#[inline(always)]
unsafe fn common_prefix_by(
    a: *const u8,
    b: *const u8,
    limit: usize,
    map_block: impl Fn(__m128i) -> __m128i,
    map: impl Fn(u8) -> u8,
) -> usize {
    let zero = splat(0);
    let mut at = 0;
    while at < limit {
        // A block that stays within its page faults only if its first byte does.
        if (a as usize + at) & 4095 <= 4080 && (b as usize + at) & 4095 <= 4080 {
            let block = map_block(_mm_loadu_si128(a.add(at).cast()));
            let other = map_block(_mm_loadu_si128(b.add(at).cast()));
            let stop = (equal_bytes(block, other) ^ 0xffff) | equal_bytes(block, zero);
            if stop != 0 {
                return (at + stop.trailing_zeros() as usize).min(limit);
            }
            at += 16;
        } else {
            let byte = map(*a.add(at));
            if byte != map(*b.add(at)) || byte == 0 {
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
    use crate::boundary::processor::{Ways, learn};

    #[test]
    fn comparisons_and_searches_see_exactly_their_bytes() {
        for ways in [Ways::Narrow, Ways::All] {
            learn(ways);
            see_exactly_their_bytes();
        }
    }

    fn see_exactly_their_bytes() {
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
            let found =
                unsafe { find_any_or_end(other.as_ptr().add(start), *b"bcde").offset_from(other.as_ptr()) };
            assert_eq!(found as usize, start + count);
            // SAFETY: as above.
            assert_eq!(unsafe { find_last_byte(other.as_ptr(), 0, 512) }, Some(start + count));
            let (from, end) = (other.as_ptr().wrapping_add(start), start + count);
            // SAFETY: the strings end in the arrays.
            assert_eq!(unsafe { strlen(from.cast()) }, count);
            // SAFETY: as above.
            assert_eq!(unsafe { strchrnul(from, b'x').offset_from(other.as_ptr()) }, end as isize);
            // SAFETY: as above.
            assert_eq!(unsafe { common_prefix(from, bytes.as_ptr().add(start), usize::MAX) }, count);
            // SAFETY: as above.
            assert_eq!(unsafe { common_prefix(bytes.as_ptr(), other.as_ptr(), 512) }, end);
            // SAFETY: as above.
            assert_eq!(unsafe { common_prefix(bytes.as_ptr(), bytes.as_ptr(), end) }, end);
        }
    }

    #[test]
    fn strings_of_any_case_agree_up_to_a_different_letter_or_the_end() {
        for byte in 0..=255u8 {
            for other in 0..=255u8 {
                let (mut a, mut b) = ([b'q'; 40], [b'Q'; 40]);
                (a[20], b[20], a[39], b[39]) = (byte, other, 0, 0);
                let same = byte != 0 && byte.eq_ignore_ascii_case(&other);
                // SAFETY: both end at 39.
                let len = unsafe { common_prefix_of_any_case(a.as_ptr(), b.as_ptr(), usize::MAX) };
                assert_eq!(len, if same { 39 } else { 20 }, "{byte} {other}");
            }
        }
    }

    #[test]
    fn wide_strings_are_searched_from_any_place() {
        for offset in 0..16 {
            let mut bytes = [1u8; 200];
            bytes[offset + 100..offset + 104].fill(0);
            bytes[offset + 80..offset + 84].fill(7);
            // SAFETY: the end lies in the array.
            let distance = |c| unsafe {
                let start = bytes.as_ptr().add(offset);
                wcschrnul(start.cast(), c) as usize - start as usize
            };
            assert_eq!((distance(0), distance(0x0707_0707)), (100, 80));
        }
    }
}
