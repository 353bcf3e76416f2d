//! Moving and filling blocks of memory: what memmove(3) and memset(3) are, and what copies across the boundary.
//!
//! These are assembly: a loop in Rust may be compiled into a call of the very function it is in. They use 16-byte loads
//! and stores, and general registers where an emulator runs them ([`choose_for_emulator`]).

use core::arch::naked_asm;
use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicBool, Ordering};

/// Whether an emulator runs this code. It translates a word's move through general registers into a few instructions, one
/// through vector registers or by a string instruction into several times as many.
pub(crate) static IS_EMULATED: AtomicBool = AtomicBool::new(false);

/// Says that an emulator runs this code, so that blocks are moved in the way that is fastest there.
pub fn choose_for_emulator() {
    IS_EMULATED.store(true, Ordering::Relaxed);
}

/// The instructions of [`memmove`], which use no stack and return in several places. `{emulated}` is [`IS_EMULATED`].
macro_rules! move_block {
    () => {
        concat!(
            "mov rax, rdi\n",
            "cmp rdx, 16\n",
            "jb 20f\n",
            "cmp byte ptr [rip + {emulated}], 0\n",
            "jne 30f\n",
            "cmp rdx, 32\n",
            "ja 2f\n",
            "movups xmm0, [rsi]\n",
            "movups xmm1, [rsi + rdx - 16]\n",
            "movups [rdi], xmm0\n",
            "movups [rdi + rdx - 16], xmm1\n",
            "ret\n",
            "2:\n",
            "cmp rdx, 64\n",
            "ja 3f\n",
            "movups xmm0, [rsi]\n",
            "movups xmm1, [rsi + 16]\n",
            "movups xmm2, [rsi + rdx - 32]\n",
            "movups xmm3, [rsi + rdx - 16]\n",
            "movups [rdi], xmm0\n",
            "movups [rdi + 16], xmm1\n",
            "movups [rdi + rdx - 32], xmm2\n",
            "movups [rdi + rdx - 16], xmm3\n",
            "ret\n",
            "3:\n",
            "cmp rdx, 128\n",
            "ja 4f\n",
            "movups xmm0, [rsi]\n",
            "movups xmm1, [rsi + 16]\n",
            "movups xmm2, [rsi + 32]\n",
            "movups xmm3, [rsi + 48]\n",
            "movups xmm4, [rsi + rdx - 64]\n",
            "movups xmm5, [rsi + rdx - 48]\n",
            "movups xmm6, [rsi + rdx - 32]\n",
            "movups xmm7, [rsi + rdx - 16]\n",
            "movups [rdi], xmm0\n",
            "movups [rdi + 16], xmm1\n",
            "movups [rdi + 32], xmm2\n",
            "movups [rdi + 48], xmm3\n",
            "movups [rdi + rdx - 64], xmm4\n",
            "movups [rdi + rdx - 48], xmm5\n",
            "movups [rdi + rdx - 32], xmm6\n",
            "movups [rdi + rdx - 16], xmm7\n",
            "ret\n",
            "4:\n",
            "mov rcx, rdi\n",
            "sub rcx, rsi\n",
            "cmp rcx, rdx\n",
            "jb 10f\n",
            "cmp rdx, 4096\n",
            "jae 6f\n",
            "7:\n",
            // Forward. The ends are loaded first and stored last, since the ranges may overlap.
            "movups xmm4, [rsi + rdx - 64]\n",
            "movups xmm5, [rsi + rdx - 48]\n",
            "movups xmm6, [rsi + rdx - 32]\n",
            "movups xmm7, [rsi + rdx - 16]\n",
            "mov r9, [rsi]\n",
            "mov r10, [rsi + 8]\n",
            "lea r8, [rdi + rdx - 64]\n",
            "mov ecx, edi\n",
            "and ecx, 15\n",
            "sub ecx, 16\n",
            "movsxd rcx, ecx\n",
            "sub rsi, rcx\n",
            "sub rdi, rcx\n",
            ".p2align 4\n",
            "5:\n",
            "movups xmm0, [rsi]\n",
            "movups xmm1, [rsi + 16]\n",
            "movups xmm2, [rsi + 32]\n",
            "movups xmm3, [rsi + 48]\n",
            "add rsi, 64\n",
            "movaps [rdi], xmm0\n",
            "movaps [rdi + 16], xmm1\n",
            "movaps [rdi + 32], xmm2\n",
            "movaps [rdi + 48], xmm3\n",
            "add rdi, 64\n",
            "cmp rdi, r8\n",
            "jb 5b\n",
            "movups [r8], xmm4\n",
            "movups [r8 + 16], xmm5\n",
            "movups [r8 + 32], xmm6\n",
            "movups [r8 + 48], xmm7\n",
            "mov [rax], r9\n",
            "mov [rax + 8], r10\n",
            "ret\n",
            // Long, forward: the processor knows how, unless the ranges are less than a cache line apart.
            "6:\n",
            "neg rcx\n",
            "cmp rcx, 64\n",
            "jb 7b\n",
            "movups xmm0, [rsi]\n",
            "movups xmm1, [rsi + 16]\n",
            "movups xmm2, [rsi + 32]\n",
            "movups xmm3, [rsi + 48]\n",
            "movups xmm4, [rsi + rdx - 16]\n",
            "lea r8, [rdi + rdx - 16]\n",
            "mov ecx, edi\n",
            "and ecx, 63\n",
            "sub ecx, 64\n",
            "movsxd rcx, ecx\n",
            "add rdx, rcx\n",
            "sub rsi, rcx\n",
            "sub rdi, rcx\n",
            "mov rcx, rdx\n",
            "shr rcx, 3\n",
            "rep movsq\n",
            "movups [rax], xmm0\n",
            "movups [rax + 16], xmm1\n",
            "movups [rax + 32], xmm2\n",
            "movups [rax + 48], xmm3\n",
            "movups [r8], xmm4\n",
            "ret\n",
            // Backward.
            "10:\n",
            "movups xmm4, [rsi]\n",
            "movups xmm5, [rsi + 16]\n",
            "movups xmm6, [rsi + 32]\n",
            "movups xmm7, [rsi + 48]\n",
            "add rsi, rdx\n",
            "add rdi, rdx\n",
            "lea r8, [rax + 64]\n",
            ".p2align 4\n",
            "12:\n",
            "movups xmm0, [rsi - 16]\n",
            "movups xmm1, [rsi - 32]\n",
            "movups xmm2, [rsi - 48]\n",
            "movups xmm3, [rsi - 64]\n",
            "sub rsi, 64\n",
            "movups [rdi - 16], xmm0\n",
            "movups [rdi - 32], xmm1\n",
            "movups [rdi - 48], xmm2\n",
            "movups [rdi - 64], xmm3\n",
            "sub rdi, 64\n",
            "cmp rdi, r8\n",
            "ja 12b\n",
            "movups [rax], xmm4\n",
            "movups [rax + 16], xmm5\n",
            "movups [rax + 32], xmm6\n",
            "movups [rax + 48], xmm7\n",
            "ret\n",
            // The emulator's: general registers, a word at a time, with an end loaded first and stored last.
            "30:\n",
            "cmp rdx, 32\n",
            "ja 31f\n",
            "mov rcx, [rsi]\n",
            "mov r8, [rsi + 8]\n",
            "mov r9, [rsi + rdx - 16]\n",
            "mov rsi, [rsi + rdx - 8]\n",
            "mov [rdi], rcx\n",
            "mov [rdi + 8], r8\n",
            "mov [rdi + rdx - 16], r9\n",
            "mov [rdi + rdx - 8], rsi\n",
            "ret\n",
            "31:\n",
            "mov rcx, rdi\n",
            "sub rcx, rsi\n",
            "cmp rcx, rdx\n",
            "jb 40f\n",
            "mov r9, [rsi + rdx - 8]\n",
            "lea r10, [rdi + rdx - 8]\n",
            "sub rdx, 64\n",
            "jb 33f\n",
            "32:\n",
            "mov rcx, [rsi]\n",
            "mov [rdi], rcx\n",
            "mov rcx, [rsi + 8]\n",
            "mov [rdi + 8], rcx\n",
            "mov rcx, [rsi + 16]\n",
            "mov [rdi + 16], rcx\n",
            "mov rcx, [rsi + 24]\n",
            "mov [rdi + 24], rcx\n",
            "mov rcx, [rsi + 32]\n",
            "mov [rdi + 32], rcx\n",
            "mov rcx, [rsi + 40]\n",
            "mov [rdi + 40], rcx\n",
            "mov rcx, [rsi + 48]\n",
            "mov [rdi + 48], rcx\n",
            "mov rcx, [rsi + 56]\n",
            "mov [rdi + 56], rcx\n",
            "add rsi, 64\n",
            "add rdi, 64\n",
            "sub rdx, 64\n",
            "jae 32b\n",
            "33:\n",
            "test dl, 32\n",
            "jz 34f\n",
            "mov rcx, [rsi]\n",
            "mov [rdi], rcx\n",
            "mov rcx, [rsi + 8]\n",
            "mov [rdi + 8], rcx\n",
            "mov rcx, [rsi + 16]\n",
            "mov [rdi + 16], rcx\n",
            "mov rcx, [rsi + 24]\n",
            "mov [rdi + 24], rcx\n",
            "add rsi, 32\n",
            "add rdi, 32\n",
            "34:\n",
            "test dl, 16\n",
            "jz 35f\n",
            "mov rcx, [rsi]\n",
            "mov [rdi], rcx\n",
            "mov rcx, [rsi + 8]\n",
            "mov [rdi + 8], rcx\n",
            "add rsi, 16\n",
            "add rdi, 16\n",
            "35:\n",
            "test dl, 8\n",
            "jz 36f\n",
            "mov rcx, [rsi]\n",
            "mov [rdi], rcx\n",
            "36:\n",
            "mov [r10], r9\n",
            "ret\n",
            "40:\n",
            "mov r9, [rsi]\n",
            "add rsi, rdx\n",
            "add rdi, rdx\n",
            "sub rdx, 64\n",
            "jb 43f\n",
            "42:\n",
            "mov rcx, [rsi - 8]\n",
            "mov [rdi - 8], rcx\n",
            "mov rcx, [rsi - 16]\n",
            "mov [rdi - 16], rcx\n",
            "mov rcx, [rsi - 24]\n",
            "mov [rdi - 24], rcx\n",
            "mov rcx, [rsi - 32]\n",
            "mov [rdi - 32], rcx\n",
            "mov rcx, [rsi - 40]\n",
            "mov [rdi - 40], rcx\n",
            "mov rcx, [rsi - 48]\n",
            "mov [rdi - 48], rcx\n",
            "mov rcx, [rsi - 56]\n",
            "mov [rdi - 56], rcx\n",
            "mov rcx, [rsi - 64]\n",
            "mov [rdi - 64], rcx\n",
            "sub rsi, 64\n",
            "sub rdi, 64\n",
            "sub rdx, 64\n",
            "jae 42b\n",
            "43:\n",
            "test dl, 32\n",
            "jz 44f\n",
            "mov rcx, [rsi - 8]\n",
            "mov [rdi - 8], rcx\n",
            "mov rcx, [rsi - 16]\n",
            "mov [rdi - 16], rcx\n",
            "mov rcx, [rsi - 24]\n",
            "mov [rdi - 24], rcx\n",
            "mov rcx, [rsi - 32]\n",
            "mov [rdi - 32], rcx\n",
            "sub rsi, 32\n",
            "sub rdi, 32\n",
            "44:\n",
            "test dl, 16\n",
            "jz 45f\n",
            "mov rcx, [rsi - 8]\n",
            "mov [rdi - 8], rcx\n",
            "mov rcx, [rsi - 16]\n",
            "mov [rdi - 16], rcx\n",
            "sub rsi, 16\n",
            "sub rdi, 16\n",
            "45:\n",
            "test dl, 8\n",
            "jz 46f\n",
            "mov rcx, [rsi - 8]\n",
            "mov [rdi - 8], rcx\n",
            "46:\n",
            "mov [rax], r9\n",
            "ret\n",
            // Less than 16.
            "20:\n",
            "cmp edx, 8\n",
            "jb 21f\n",
            "mov rcx, [rsi]\n",
            "mov rsi, [rsi + rdx - 8]\n",
            "mov [rdi], rcx\n",
            "mov [rdi + rdx - 8], rsi\n",
            "ret\n",
            "21:\n",
            "cmp edx, 4\n",
            "jb 22f\n",
            "mov ecx, [rsi]\n",
            "mov esi, [rsi + rdx - 4]\n",
            "mov [rdi], ecx\n",
            "mov [rdi + rdx - 4], esi\n",
            "ret\n",
            "22:\n",
            "cmp edx, 1\n",
            "jb 24f\n",
            "movzx ecx, byte ptr [rsi]\n",
            "je 23f\n",
            "movzx r8d, word ptr [rsi + rdx - 2]\n",
            "mov [rdi + rdx - 2], r8w\n",
            "23:\n",
            "mov [rdi], cl\n",
            "24:\n",
            "ret\n",
        )
    };
}
pub(crate) use move_block;

/// memmove(3)
///
/// # Safety
/// Both ranges are memory of the caller's; they may overlap.
#[unsafe(naked)]
pub unsafe extern "C" fn memmove(to: *mut c_void, from: *const c_void, count: usize) -> *mut c_void {
    naked_asm!(".cfi_startproc", move_block!(), ".cfi_endproc", emulated = sym IS_EMULATED)
}

/// memcpy(3), which allows overlap here, as many programs hope.
///
/// # Safety
/// Both ranges are memory of the caller's; they may overlap.
#[unsafe(naked)]
pub unsafe extern "C" fn memcpy(to: *mut c_void, from: *const c_void, count: usize) -> *mut c_void {
    naked_asm!("jmp {}", sym memmove)
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
        "cmp byte ptr [rip + {emulated}], 0",
        "jne 30f",
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
        emulated = sym IS_EMULATED,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_of_every_size_and_overlap_keep_the_bytes() {
        for is_emulated in [false, true] {
            IS_EMULATED.store(is_emulated, Ordering::Relaxed);
            check_moves();
        }
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
        for is_emulated in [false, true] {
            IS_EMULATED.store(is_emulated, Ordering::Relaxed);
            for (count, start) in (0..400).flat_map(|count| (0..17).map(move |start| (count, start))) {
                let mut bytes = [1u8; 512];
                // SAFETY: the range lies in the array.
                unsafe { memset(bytes.as_mut_ptr().wrapping_add(start).cast(), 0x1a5, count) };
                let is_filled = |i: usize| (start..start + count).contains(&i);
                assert!(bytes.iter().enumerate().all(|(i, &b)| b == if is_filled(i) { 0xa5 } else { 1 }));
            }
        }
    }
}
