//! The vector state of a thread that waits in a system call: the way in has saved xmm0 to xmm7, and the rest
//! is the program's.

use core::arch::naked_asm;

use super::features;
use super::trap::osvrun_with_vectors;

/// Calls a function with the vector and x87 state beside xmm0 to xmm7 kept around it.
///
/// # Safety
/// The function keeps to the C calling convention; interrupts are disabled.
pub unsafe fn with_rest(function: extern "C" fn()) {
    if features::saves_by_parts() {
        // SAFETY: there is AVX and nothing beyond it.
        unsafe { by_parts(function) };
    } else {
        // SAFETY: the caller's promise.
        unsafe { osvrun_with_vectors(function) };
    }
}

/// The upper halves of eight registers, all of eight more.
const PARTS_BYTES: usize = 8 * 16 + 8 * 32;
const ENVIRONMENT_BYTES: usize = 32;
/// Where FNSTENV stores the tag word (SDM 1 8.1.10).
const TAGS: usize = PARTS_BYTES + 8;

/// [`with_rest`] where XSAVE, which an emulator does word by word, is slower than a store for each register. The x87
/// registers are empty but in the middle of a computation, or when MMX is in use; then XSAVE does it.
#[unsafe(naked)]
unsafe extern "C" fn by_parts(function: extern "C" fn()) {
    naked_asm!(
        "push rbp",
        "mov rbp, rsp",
        "sub rsp, {parts} + {environment}",
        // This masks the exceptions of the x87.
        "fnstenv [rsp + {parts}]",
        "cmp word ptr [rsp + {tags}], -1",
        "jne 2f",
        "vextractf128 [rsp + 0], ymm0, 1",
        "vextractf128 [rsp + 16], ymm1, 1",
        "vextractf128 [rsp + 32], ymm2, 1",
        "vextractf128 [rsp + 48], ymm3, 1",
        "vextractf128 [rsp + 64], ymm4, 1",
        "vextractf128 [rsp + 80], ymm5, 1",
        "vextractf128 [rsp + 96], ymm6, 1",
        "vextractf128 [rsp + 112], ymm7, 1",
        "vmovups [rsp + 128], ymm8",
        "vmovups [rsp + 160], ymm9",
        "vmovups [rsp + 192], ymm10",
        "vmovups [rsp + 224], ymm11",
        "vmovups [rsp + 256], ymm12",
        "vmovups [rsp + 288], ymm13",
        "vmovups [rsp + 320], ymm14",
        "vmovups [rsp + 352], ymm15",
        "call rdi",
        "vinsertf128 ymm0, ymm0, [rsp + 0], 1",
        "vinsertf128 ymm1, ymm1, [rsp + 16], 1",
        "vinsertf128 ymm2, ymm2, [rsp + 32], 1",
        "vinsertf128 ymm3, ymm3, [rsp + 48], 1",
        "vinsertf128 ymm4, ymm4, [rsp + 64], 1",
        "vinsertf128 ymm5, ymm5, [rsp + 80], 1",
        "vinsertf128 ymm6, ymm6, [rsp + 96], 1",
        "vinsertf128 ymm7, ymm7, [rsp + 112], 1",
        "vmovups ymm8, [rsp + 128]",
        "vmovups ymm9, [rsp + 160]",
        "vmovups ymm10, [rsp + 192]",
        "vmovups ymm11, [rsp + 224]",
        "vmovups ymm12, [rsp + 256]",
        "vmovups ymm13, [rsp + 288]",
        "vmovups ymm14, [rsp + 320]",
        "vmovups ymm15, [rsp + 352]",
        "fldenv [rsp + {parts}]",
        "mov rsp, rbp",
        "pop rbp",
        "ret",
        "2:",
        "fldenv [rsp + {parts}]",
        "mov rsp, rbp",
        "pop rbp",
        "jmp {whole}",
        parts = const PARTS_BYTES,
        environment = const ENVIRONMENT_BYTES,
        tags = const TAGS,
        whole = sym osvrun_with_vectors,
    )
}
