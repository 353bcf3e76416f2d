//! Moving and filling blocks of memory: what memmove(3) and memset(3) are, and what copies across the boundary.
//!
//! These are assembly: a loop in Rust may be compiled into a call of the very function it is in. They use 16-byte loads
//! and stores, 32-byte ones for longer blocks where the processor has them, and general registers where an emulator runs
//! them ([`super::processor`]).

use core::arch::naked_asm;
use core::ffi::{c_int, c_void};

use super::moves::move_block;
use super::processor::{ABILITIES, EMULATED, MOVES_BYTES, WIDE};

/// memcpy(3), which allows overlap here, as many programs hope.
///
/// # Safety
/// Both ranges are memory of the caller's; they may overlap.
#[unsafe(naked)]
pub unsafe extern "C" fn memcpy(to: *mut c_void, from: *const c_void, count: usize) -> *mut c_void {
    naked_asm!(
        ".cfi_startproc",
        move_block!(),
        ".cfi_endproc",
        abilities = sym ABILITIES,
        emulated = const EMULATED,
        wide = const WIDE,
        moves_bytes = const MOVES_BYTES,
    )
}

/// memmove(3)
///
/// # Safety
/// Both ranges are memory of the caller's; they may overlap.
#[unsafe(naked)]
pub unsafe extern "C" fn memmove(to: *mut c_void, from: *const c_void, count: usize) -> *mut c_void {
    naked_asm!("jmp {}", sym memcpy)
}

/// memset(3)
///
/// # Safety
/// The range is memory of the caller's.
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
        "test byte ptr [rip + {abilities}], {wide}",
        "jnz 50f",
        "test byte ptr [rip + {abilities}], {emulated}",
        "jnz 30f",
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
        "test dl, 8",
        "jnz 21f",
        "test dl, 4",
        "jnz 22f",
        "test dl, 2",
        "jnz 23f",
        "test dl, 1",
        "jz 24f",
        "mov [rdi], cl",
        "24:",
        "ret",
        "21:",
        "mov [rdi], rcx",
        "mov [rdi + rdx - 8], rcx",
        "ret",
        "22:",
        "mov [rdi], ecx",
        "mov [rdi + rdx - 4], ecx",
        "ret",
        "23:",
        "mov [rdi], cx",
        "mov [rdi + rdx - 2], cx",
        "ret",
        // Wide.
        "50:",
        "movq xmm0, rcx",
        "punpcklqdq xmm0, xmm0",
        "cmp rdx, 32",
        "ja 54f",
        "movups [rdi], xmm0",
        "movups [rdi + rdx - 16], xmm0",
        "ret",
        "54:",
        "vinserti128 ymm0, ymm0, xmm0, 1",
        "vmovdqu [rdi], ymm0",
        "vmovdqu [rdi + rdx - 32], ymm0",
        "cmp rdx, 64",
        "jbe 53f",
        "vmovdqu [rdi + 32], ymm0",
        "vmovdqu [rdi + rdx - 64], ymm0",
        "cmp rdx, 128",
        "jbe 53f",
        "lea r8, [rdi + rdx - 128]",
        "add rdi, 64",
        "and rdi, -32",
        "cmp rdi, r8",
        "jae 52f",
        ".p2align 4",
        "51:",
        "vmovdqa [rdi], ymm0",
        "vmovdqa [rdi + 32], ymm0",
        "vmovdqa [rdi + 64], ymm0",
        "vmovdqa [rdi + 96], ymm0",
        "sub rdi, -128",
        "cmp rdi, r8",
        "jb 51b",
        "52:",
        "vmovdqu [r8], ymm0",
        "vmovdqu [r8 + 32], ymm0",
        "53:",
        "vzeroupper",
        "ret",
        // The emulator's.
        "30:",
        "lea r8, [rdi + rdx - 8]",
        "sub rdx, 64",
        "jb 33f",
        "32:",
        "mov [rdi], rcx",
        "mov [rdi + 8], rcx",
        "mov [rdi + 16], rcx",
        "mov [rdi + 24], rcx",
        "mov [rdi + 32], rcx",
        "mov [rdi + 40], rcx",
        "mov [rdi + 48], rcx",
        "mov [rdi + 56], rcx",
        "add rdi, 64",
        "sub rdx, 64",
        "jae 32b",
        "33:",
        "test dl, 32",
        "jz 34f",
        "mov [rdi], rcx",
        "mov [rdi + 8], rcx",
        "mov [rdi + 16], rcx",
        "mov [rdi + 24], rcx",
        "add rdi, 32",
        "34:",
        "test dl, 16",
        "jz 35f",
        "mov [rdi], rcx",
        "mov [rdi + 8], rcx",
        "add rdi, 16",
        "35:",
        "test dl, 8",
        "jz 36f",
        "mov [rdi], rcx",
        "36:",
        "mov [r8], rcx",
        "ret",
        ".cfi_endproc",
        abilities = sym ABILITIES,
        emulated = const EMULATED,
        wide = const WIDE,
    )
}

#[cfg(test)]
mod tests {
    use super::super::processor::{Ways, learn};
    use super::*;

    /// Runs a check with each way that there is here.
    fn in_every_way(check: fn()) {
        for ways in [Ways::Emulated, Ways::Narrow, Ways::All] {
            learn(ways);
            check();
        }
    }

    #[test]
    fn moves_of_every_size_and_overlap_keep_the_bytes() {
        in_every_way(check_moves);
    }

    fn check_moves() {
        for count in (0..300).chain([511, 1024, 4095, 4096, 4099, 4160]) {
            for (from, to) in [(0, 5000), (64, 64), (64, 65), (65, 64), (100, 3), (3, 100), (7, 200)] {
                let mut bytes: std::vec::Vec<u8> = (0..10000u32).map(|i| (i * 7 % 251) as u8).collect();
                let mut expected = bytes.clone();
                expected.copy_within(from..from + count, to);
                let base = bytes.as_mut_ptr();
                // SAFETY: both ranges lie in the vector.
                unsafe { memmove(base.wrapping_add(to).cast(), base.wrapping_add(from).cast(), count) };
                assert!(bytes == expected, "{count} {from} {to}");
            }
        }
    }

    #[test]
    fn fills_touch_exactly_their_bytes() {
        in_every_way(|| {
            for (count, start) in (0..400).flat_map(|count| (0..17).map(move |start| (count, start))) {
                let mut bytes = [1u8; 512];
                // SAFETY: the range lies in the array.
                unsafe { memset(bytes.as_mut_ptr().wrapping_add(start).cast(), 0x1a5, count) };
                let is_filled = |i: usize| (start..start + count).contains(&i);
                assert!(bytes.iter().enumerate().all(|(i, &b)| b == if is_filled(i) { 0xa5 } else { 1 }));
            }
        });
    }
}
