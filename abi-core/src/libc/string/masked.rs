//! What programs call on processors whose masks choose bytes of blocks (AVX512VL, AVX512BW and BMI2): block functions and
//! searches.
//!
//! They use the upper sixteen vector registers, after which no `vzeroupper` is due, and leave what is long to others. Searches
//! look at one block after another, as most strings end in the first ones.
#![allow(unsafe_op_in_unsafe_fn, reason = "the whole body rests on the caller's promise, as in C")]

use core::arch::naked_asm;
use core::ffi::{c_int, c_void};

use super::{mem, wide};

/// memcmp(3)
#[unsafe(naked)]
pub(super) unsafe extern "C" fn memcmp(a: *const c_void, b: *const c_void, count: usize) -> c_int {
    naked_asm!(
        ".cfi_startproc",
        "cmp rdx, 32",
        "ja {longer}",
        // What a mask leaves out is not touched.
        "mov eax, -1",
        "bzhi eax, eax, edx",
        "kmovd k1, eax",
        "vmovdqu8 ymm16 {{k1}} {{z}}, [rdi]",
        "vpcmpneqb k0 {{k1}}, ymm16, [rsi]",
        "kmovd eax, k0",
        "test eax, eax",
        "jnz 2f",
        "ret",
        "2:",
        "tzcnt ecx, eax",
        "movzx eax, byte ptr [rdi + rcx]",
        "movzx edx, byte ptr [rsi + rcx]",
        "sub eax, edx",
        "ret",
        ".cfi_endproc",
        longer = sym wide::memcmp,
    )
}

/// strlen(3)
#[unsafe(naked)]
pub(super) unsafe extern "C" fn strlen(start: *const i8) -> usize {
    naked_asm!(
        ".cfi_startproc",
        "mov eax, edi",
        "vpxorq xmm16, xmm16, xmm16",
        "and eax, 4095",
        "cmp eax, 4096 - 160",
        "ja {anywhere}",
        "vpcmpeqb k0, ymm16, [rdi + 0]",
        "kmovd eax, k0",
        "test eax, eax",
        "jnz 20f",
        "vpcmpeqb k0, ymm16, [rdi + 32]",
        "kmovd eax, k0",
        "test eax, eax",
        "jnz 21f",
        "vpcmpeqb k0, ymm16, [rdi + 64]",
        "kmovd eax, k0",
        "test eax, eax",
        "jnz 22f",
        "vpcmpeqb k0, ymm16, [rdi + 96]",
        "kmovd eax, k0",
        "test eax, eax",
        "jnz 23f",
        "vpcmpeqb k0, ymm16, [rdi + 128]",
        "kmovd eax, k0",
        "test eax, eax",
        "jnz 24f",
        "lea rsi, [rdi + 160]",
        "jmp {go_on}",
        "20:",
        "tzcnt eax, eax",
        "ret",
        "21:",
        "tzcnt eax, eax",
        "add eax, 32",
        "ret",
        "22:",
        "tzcnt eax, eax",
        "add eax, 64",
        "ret",
        "23:",
        "tzcnt eax, eax",
        "add eax, 96",
        "ret",
        "24:",
        "tzcnt eax, eax",
        "add eax, 128",
        "ret",
        ".cfi_endproc",
        anywhere = sym wide::strlen,
        go_on = sym wide::strlen_from,
    )
}

/// strchr(3)
#[unsafe(naked)]
pub(super) unsafe extern "C" fn strchr(start: *const i8, byte: c_int) -> *mut i8 {
    naked_asm!(
        ".cfi_startproc",
        "mov eax, edi",
        "vpbroadcastb ymm17, esi",
        "and eax, 4095",
        "cmp eax, 4096 - 160",
        "ja {anywhere}",
        "vmovdqu64 ymm16, [rdi + 0]",
        "vpxorq ymm18, ymm16, ymm17",
        "vpminub ymm18, ymm18, ymm16",
        "vptestnmb k0, ymm18, ymm18",
        "kmovd eax, k0",
        "test eax, eax",
        "jnz 20f",
        "vmovdqu64 ymm16, [rdi + 32]",
        "vpxorq ymm18, ymm16, ymm17",
        "vpminub ymm18, ymm18, ymm16",
        "vptestnmb k0, ymm18, ymm18",
        "kmovd eax, k0",
        "test eax, eax",
        "jnz 21f",
        "vmovdqu64 ymm16, [rdi + 64]",
        "vpxorq ymm18, ymm16, ymm17",
        "vpminub ymm18, ymm18, ymm16",
        "vptestnmb k0, ymm18, ymm18",
        "kmovd eax, k0",
        "test eax, eax",
        "jnz 22f",
        "vmovdqu64 ymm16, [rdi + 96]",
        "vpxorq ymm18, ymm16, ymm17",
        "vpminub ymm18, ymm18, ymm16",
        "vptestnmb k0, ymm18, ymm18",
        "kmovd eax, k0",
        "test eax, eax",
        "jnz 23f",
        "vmovdqu64 ymm16, [rdi + 128]",
        "vpxorq ymm18, ymm16, ymm17",
        "vpminub ymm18, ymm18, ymm16",
        "vptestnmb k0, ymm18, ymm18",
        "kmovd eax, k0",
        "test eax, eax",
        "jnz 24f",
        "add rdi, 160",
        "jmp {anywhere}",
        "24:",
        "add rdi, 128",
        "jmp 20f",
        "23:",
        "add rdi, 96",
        "jmp 20f",
        "22:",
        "add rdi, 64",
        "jmp 20f",
        "21:",
        "add rdi, 32",
        "20:",
        "tzcnt eax, eax",
        "xor ecx, ecx",
        "add rax, rdi",
        "cmp byte ptr [rax], sil",
        "cmovne rax, rcx",
        "ret",
        ".cfi_endproc",
        anywhere = sym wide::strchr,
    )
}

/// memset(3)
#[unsafe(naked)]
pub(super) unsafe extern "C" fn memset(to: *mut c_void, byte: c_int, count: usize) -> *mut c_void {
    naked_asm!(
        ".cfi_startproc",
        "mov rax, rdi",
        "vpbroadcastb zmm16, esi",
        "cmp rdx, 32",
        "jb 2f",
        "cmp rdx, 64",
        "ja 3f",
        "vmovdqu64 [rdi], ymm16",
        "vmovdqu64 [rdi + rdx - 32], ymm16",
        "ret",
        "2:",
        "mov ecx, -1",
        "bzhi ecx, ecx, edx",
        "kmovd k1, ecx",
        "vmovdqu8 [rdi] {{k1}}, ymm16",
        "ret",
        "3:",
        "cmp rdx, 128",
        "ja {longer}",
        "vmovdqu64 [rdi], zmm16",
        "vmovdqu64 [rdi + rdx - 64], zmm16",
        "ret",
        ".cfi_endproc",
        longer = sym mem::memset,
    )
}

/// memmove(3)
#[unsafe(naked)]
pub(super) unsafe extern "C" fn memmove(to: *mut c_void, from: *const c_void, count: usize) -> *mut c_void {
    naked_asm!(
        ".cfi_startproc",
        "cmp rdx, 16",
        "jb {other}",
        "mov rax, rdi",
        "cmp rdx, 64",
        "ja 2f",
        "cmp rdx, 32",
        "ja 1f",
        "movups xmm0, [rsi]",
        "movups xmm1, [rsi + rdx - 16]",
        "movups [rdi], xmm0",
        "movups [rdi + rdx - 16], xmm1",
        "ret",
        "1:",
        "vmovdqu64 ymm16, [rsi]",
        "vmovdqu64 ymm17, [rsi + rdx - 32]",
        "vmovdqu64 [rdi], ymm16",
        "vmovdqu64 [rdi + rdx - 32], ymm17",
        "ret",
        "2:",
        "cmp rdx, 256",
        "ja 4f",
        "vmovdqu64 zmm16, [rsi]",
        "vmovdqu64 zmm17, [rsi + rdx - 64]",
        "cmp rdx, 128",
        "ja 3f",
        "vmovdqu64 [rdi], zmm16",
        "vmovdqu64 [rdi + rdx - 64], zmm17",
        "ret",
        "3:",
        "vmovdqu64 zmm18, [rsi + 64]",
        "vmovdqu64 zmm19, [rsi + rdx - 128]",
        "vmovdqu64 [rdi], zmm16",
        "vmovdqu64 [rdi + 64], zmm18",
        "vmovdqu64 [rdi + rdx - 128], zmm19",
        "vmovdqu64 [rdi + rdx - 64], zmm17",
        "ret",
        "4:",
        "mov rcx, rdi",
        "sub rcx, rsi",
        "cmp rcx, rdx",
        "jb 6f",
        "cmp rdx, 4096",
        "jae {other}",
        // Forward. The ends are loaded first and stored last, since the ranges may overlap.
        "vmovdqu64 zmm20, [rsi]",
        "vmovdqu64 zmm21, [rsi + rdx - 128]",
        "vmovdqu64 zmm22, [rsi + rdx - 64]",
        "lea r8, [rdi + rdx - 128]",
        "or rdi, 63",
        "sub rsi, rax",
        "inc rdi",
        "add rsi, rdi",
        ".p2align 4",
        "5:",
        "vmovdqu64 zmm16, [rsi]",
        "vmovdqu64 zmm17, [rsi + 64]",
        "sub rsi, -128",
        "vmovdqa64 [rdi], zmm16",
        "vmovdqa64 [rdi + 64], zmm17",
        "sub rdi, -128",
        "cmp rdi, r8",
        "jb 5b",
        "vmovdqu64 [r8], zmm21",
        "vmovdqu64 [r8 + 64], zmm22",
        "vmovdqu64 [rax], zmm20",
        "ret",
        // Backward.
        "6:",
        "vmovdqu64 zmm20, [rsi + rdx - 64]",
        "vmovdqu64 zmm21, [rsi]",
        "vmovdqu64 zmm22, [rsi + 64]",
        "lea r9, [rdi + rdx - 64]",
        "lea r8, [rdi + 128]",
        "lea rdi, [rdi + rdx - 1]",
        "and rdi, -64",
        "sub rsi, rax",
        "add rsi, rdi",
        ".p2align 4",
        "7:",
        "vmovdqu64 zmm16, [rsi - 64]",
        "vmovdqu64 zmm17, [rsi - 128]",
        "add rsi, -128",
        "vmovdqa64 [rdi - 64], zmm16",
        "vmovdqa64 [rdi - 128], zmm17",
        "add rdi, -128",
        "cmp rdi, r8",
        "ja 7b",
        "vmovdqu64 [rax], zmm21",
        "vmovdqu64 [rax + 64], zmm22",
        "vmovdqu64 [r9], zmm20",
        "ret",
        ".cfi_endproc",
        other = sym mem::memmove,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boundary::processor::{MASKS, Ways, has, learn};

    /// Tells whether there is anything to test on this processor.
    fn are_there() -> bool {
        learn(Ways::All);
        has(MASKS)
    }

    #[test]
    fn moves_of_every_size_and_overlap_keep_the_bytes() {
        for count in (0..700).chain([1000, 4095, 4096, 5000]).filter(|_| are_there()) {
            for (from, to) in
                [(0, 5000), (64, 64), (64, 65), (65, 64), (100, 3), (3, 100), (7, 200), (200, 7)]
            {
                let mut bytes: std::vec::Vec<u8> = (0..11000u32).map(|i| (i * 7 % 251) as u8).collect();
                let mut expected = bytes.clone();
                expected.copy_within(from..from + count, to);
                let base = bytes.as_mut_ptr();
                let (target, source) = (base.wrapping_add(to), base.wrapping_add(from));
                // SAFETY: both ranges lie in the vector.
                let returned = unsafe { memmove(target.cast(), source.cast(), count) };
                assert!(bytes == expected && returned == target.cast(), "{count} {from} {to}");
            }
        }
    }

    #[test]
    fn fills_comparisons_and_searches_see_exactly_their_bytes() {
        for (count, start) in (0..300).flat_map(|count| (0..70).map(move |start| (count, start))) {
            if !are_there() {
                return;
            }
            let (mut bytes, end) = ([1u8; 512], start + count);
            let first = bytes.as_mut_ptr().wrapping_add(start);
            // SAFETY: the range lies in the array.
            unsafe { memset(first.cast(), 0x1a5, count) };
            let is_filled = |i: usize| (start..end).contains(&i);
            assert!(bytes.iter().enumerate().all(|(i, &b)| b == if is_filled(i) { 0xa5 } else { 1 }));
            let mut other = bytes;
            other[end] = 0;
            let (a, b) = (bytes.as_ptr().wrapping_add(start), other.as_ptr().wrapping_add(start));
            // SAFETY: the ranges lie in the arrays, and the string ends there.
            let seen = unsafe {
                (memcmp(a.cast(), b.cast(), count), memcmp(a.cast(), b.cast(), count + 1), strlen(b.cast()))
            };
            assert_eq!((seen.0, seen.1.signum(), seen.2), (0, 1, count), "{count} {start}");
            // SAFETY: as above.
            let found = unsafe { [7, 0].map(|byte| strchr(b.cast(), byte)) };
            assert_eq!(found, [core::ptr::null_mut(), other.as_mut_ptr().wrapping_add(end).cast()]);
            other[start + count / 2] = 7;
            // SAFETY: as above.
            let place = unsafe { strchr(other.as_ptr().wrapping_add(start).cast(), 0x107) };
            assert_eq!(place, other.as_mut_ptr().wrapping_add(start + count / 2).cast());
        }
    }
}
