//! The block functions of `string.h` that everything else, compiled code included, is built on.
//!
//! Copies and fills are assembly: a loop in Rust may be compiled into a call of the very function it is in. They
//! use 16-byte loads and stores only, which is what an emulator runs fastest, too.
#![allow(unsafe_op_in_unsafe_fn, reason = "the whole body rests on the caller's promise, as in C")]

use core::arch::naked_asm;
use core::arch::x86_64::{
    __m128i, _mm_cmpeq_epi8, _mm_load_si128, _mm_loadu_si128, _mm_movemask_epi8, _mm_set1_epi8,
};
use core::ffi::{c_int, c_void};

/// memmove(3)
#[unsafe(naked)]
pub unsafe extern "C" fn memmove(to: *mut c_void, from: *const c_void, count: usize) -> *mut c_void {
    naked_asm!(
        ".cfi_startproc",
        "mov rax, rdi",
        "cmp rdx, 16",
        "jb 20f",
        "cmp rdx, 32",
        "ja 2f",
        "movups xmm0, [rsi]",
        "movups xmm1, [rsi + rdx - 16]",
        "movups [rdi], xmm0",
        "movups [rdi + rdx - 16], xmm1",
        "ret",
        "2:",
        "cmp rdx, 64",
        "ja 3f",
        "movups xmm0, [rsi]",
        "movups xmm1, [rsi + 16]",
        "movups xmm2, [rsi + rdx - 32]",
        "movups xmm3, [rsi + rdx - 16]",
        "movups [rdi], xmm0",
        "movups [rdi + 16], xmm1",
        "movups [rdi + rdx - 32], xmm2",
        "movups [rdi + rdx - 16], xmm3",
        "ret",
        "3:",
        "cmp rdx, 128",
        "ja 4f",
        "movups xmm0, [rsi]",
        "movups xmm1, [rsi + 16]",
        "movups xmm2, [rsi + 32]",
        "movups xmm3, [rsi + 48]",
        "movups xmm4, [rsi + rdx - 64]",
        "movups xmm5, [rsi + rdx - 48]",
        "movups xmm6, [rsi + rdx - 32]",
        "movups xmm7, [rsi + rdx - 16]",
        "movups [rdi], xmm0",
        "movups [rdi + 16], xmm1",
        "movups [rdi + 32], xmm2",
        "movups [rdi + 48], xmm3",
        "movups [rdi + rdx - 64], xmm4",
        "movups [rdi + rdx - 48], xmm5",
        "movups [rdi + rdx - 32], xmm6",
        "movups [rdi + rdx - 16], xmm7",
        "ret",
        "4:",
        "mov rcx, rdi",
        "sub rcx, rsi",
        "cmp rcx, rdx",
        "jb 10f",
        // Forward. The ends are loaded first and stored last, since the ranges may overlap.
        "movups xmm4, [rsi + rdx - 64]",
        "movups xmm5, [rsi + rdx - 48]",
        "movups xmm6, [rsi + rdx - 32]",
        "movups xmm7, [rsi + rdx - 16]",
        "movups xmm8, [rsi]",
        "lea r8, [rdi + rdx - 64]",
        "mov ecx, edi",
        "and ecx, 15",
        "sub ecx, 16",
        "movsxd rcx, ecx",
        "sub rsi, rcx",
        "sub rdi, rcx",
        ".p2align 4",
        "5:",
        "movups xmm0, [rsi]",
        "movups xmm1, [rsi + 16]",
        "movups xmm2, [rsi + 32]",
        "movups xmm3, [rsi + 48]",
        "add rsi, 64",
        "movaps [rdi], xmm0",
        "movaps [rdi + 16], xmm1",
        "movaps [rdi + 32], xmm2",
        "movaps [rdi + 48], xmm3",
        "add rdi, 64",
        "cmp rdi, r8",
        "jb 5b",
        "movups [r8], xmm4",
        "movups [r8 + 16], xmm5",
        "movups [r8 + 32], xmm6",
        "movups [r8 + 48], xmm7",
        "movups [rax], xmm8",
        "ret",
        // Backward.
        "10:",
        "movups xmm4, [rsi]",
        "movups xmm5, [rsi + 16]",
        "movups xmm6, [rsi + 32]",
        "movups xmm7, [rsi + 48]",
        "add rsi, rdx",
        "add rdi, rdx",
        "lea r8, [rax + 64]",
        ".p2align 4",
        "12:",
        "movups xmm0, [rsi - 16]",
        "movups xmm1, [rsi - 32]",
        "movups xmm2, [rsi - 48]",
        "movups xmm3, [rsi - 64]",
        "sub rsi, 64",
        "movups [rdi - 16], xmm0",
        "movups [rdi - 32], xmm1",
        "movups [rdi - 48], xmm2",
        "movups [rdi - 64], xmm3",
        "sub rdi, 64",
        "cmp rdi, r8",
        "ja 12b",
        "movups [rax], xmm4",
        "movups [rax + 16], xmm5",
        "movups [rax + 32], xmm6",
        "movups [rax + 48], xmm7",
        "ret",
        // Less than 16.
        "20:",
        "cmp edx, 8",
        "jb 21f",
        "mov rcx, [rsi]",
        "mov rsi, [rsi + rdx - 8]",
        "mov [rdi], rcx",
        "mov [rdi + rdx - 8], rsi",
        "ret",
        "21:",
        "cmp edx, 4",
        "jb 22f",
        "mov ecx, [rsi]",
        "mov esi, [rsi + rdx - 4]",
        "mov [rdi], ecx",
        "mov [rdi + rdx - 4], esi",
        "ret",
        "22:",
        "cmp edx, 1",
        "jb 24f",
        "movzx ecx, byte ptr [rsi]",
        "je 23f",
        "movzx r8d, word ptr [rsi + rdx - 2]",
        "mov [rdi + rdx - 2], r8w",
        "23:",
        "mov [rdi], cl",
        "24:",
        "ret",
        ".cfi_endproc",
    )
}

/// memcpy(3), which allows overlap here, as many programs hope.
#[unsafe(naked)]
pub unsafe extern "C" fn memcpy(to: *mut c_void, from: *const c_void, count: usize) -> *mut c_void {
    naked_asm!("jmp {}", sym memmove)
}

/// memset(3)
#[unsafe(naked)]
pub unsafe extern "C" fn memset(to: *mut c_void, byte: c_int, count: usize) -> *mut c_void {
    naked_asm!(
        ".cfi_startproc",
        "mov rax, rdi",
        "movzx esi, sil",
        "movabs rcx, 0x0101010101010101",
        "imul rcx, rsi",
        "cmp rdx, 16",
        "jb 20f",
        "movq xmm0, rcx",
        "punpcklqdq xmm0, xmm0",
        "movups [rdi], xmm0",
        "movups [rdi + rdx - 16], xmm0",
        "cmp rdx, 32",
        "jbe 3f",
        "movups [rdi + 16], xmm0",
        "movups [rdi + rdx - 32], xmm0",
        "cmp rdx, 64",
        "jbe 3f",
        "movups [rdi + 32], xmm0",
        "movups [rdi + 48], xmm0",
        "movups [rdi + rdx - 64], xmm0",
        "movups [rdi + rdx - 48], xmm0",
        "cmp rdx, 128",
        "jbe 3f",
        "lea r8, [rdi + rdx - 64]",
        "add rdi, 64",
        "and rdi, -16",
        ".p2align 4",
        "2:",
        "movaps [rdi], xmm0",
        "movaps [rdi + 16], xmm0",
        "movaps [rdi + 32], xmm0",
        "movaps [rdi + 48], xmm0",
        "add rdi, 64",
        "cmp rdi, r8",
        "jb 2b",
        "3:",
        "ret",
        "20:",
        "cmp edx, 8",
        "jb 21f",
        "mov [rdi], rcx",
        "mov [rdi + rdx - 8], rcx",
        "ret",
        "21:",
        "cmp edx, 4",
        "jb 22f",
        "mov [rdi], ecx",
        "mov [rdi + rdx - 4], ecx",
        "ret",
        "22:",
        "cmp edx, 1",
        "jb 24f",
        "mov [rdi], cl",
        "je 24f",
        "mov [rdi + rdx - 2], cx",
        "24:",
        "ret",
        ".cfi_endproc",
    )
}

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
    fn moves_of_every_size_and_overlap_keep_the_bytes() {
        for count in (0..300).chain([511, 1024, 4099]) {
            for (from, to) in [(0, 5000), (64, 64), (64, 65), (65, 64), (100, 3), (3, 100), (7, 200)] {
                let mut bytes: std::vec::Vec<u8> = (0..10000u32).map(|i| (i * 7 % 251) as u8).collect();
                let mut expected = bytes.clone();
                expected.copy_within(from..from + count, to);
                let base = bytes.as_mut_ptr();
                // SAFETY: both ranges lie in the vector.
                unsafe { memmove(base.add(to).cast(), base.add(from).cast(), count) };
                assert!(bytes == expected, "{count} {from} {to}");
            }
        }
    }

    #[test]
    fn fills_and_comparisons_see_exactly_their_bytes() {
        for count in 0..400 {
            for start in 0..17 {
                let mut bytes = [1u8; 512];
                // SAFETY: the range lies in the array.
                unsafe { memset(bytes.as_mut_ptr().add(start).cast(), 0x1a5, count) };
                let is_filled = |i: usize| (start..start + count).contains(&i);
                assert!(bytes.iter().enumerate().all(|(i, &b)| b == if is_filled(i) { 0xa5 } else { 1 }));
                let mut other = bytes;
                other[start + count] = 0;
                // SAFETY: as above.
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
}
