//! Entering guest code from the kernel.

use core::arch::naked_asm;
use core::mem::offset_of;

use crate::task::ThreadHead;

/// Registers a thread enters guest code with. All others are zero.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct GuestStart {
    /// Where to go.
    pub rip: usize,
    /// The guest stack; a function expects `rsp % 16 == 8` with a return address on top, `_start` expects
    /// `rsp % 16 == 0`.
    pub rsp: usize,
    /// First argument.
    pub rdi: usize,
    /// Second argument.
    pub rsi: usize,
    /// Third argument.
    pub rdx: usize,
}

/// Leaves the kernel for guest code, for good: clears the in-kernel mark of this thread and jumps.
///
/// # Safety
/// `start` holds code and stack addresses of the guest, and the thread pointer is set.
#[unsafe(naked)]
pub unsafe extern "C" fn enter_guest(start: &GuestStart) -> ! {
    naked_asm!(
        "mov rcx, gs:[{slot}]",
        "mov rax, [rdi]",
        "mov rsp, [rdi + 8]",
        "mov rsi, [rdi + 24]",
        "mov rdx, [rdi + 32]",
        "mov rdi, [rdi + 16]",
        "mov dword ptr [rcx + {mark}], 0",
        "xor ecx, ecx",
        "xor ebx, ebx",
        "xor ebp, ebp",
        "xor r8d, r8d",
        "xor r9d, r9d",
        "xor r10d, r10d",
        "xor r11d, r11d",
        "xor r12d, r12d",
        "xor r13d, r13d",
        "xor r14d, r14d",
        "xor r15d, r15d",
        "jmp rax",
        slot = const crate::backend::GS_SLOT_OFFSET,
        mark = const offset_of!(ThreadHead, in_kernel),
    )
}

/// The first code of every handler: stores the vector state, which is still the interrupted code's, at r9 (by XSAVE if r10
/// is not 0), and calls the handler in r8 as `handler(rdi, rsi, rcx)`, in the state arithmetic starts with.
///
/// # Safety
/// The frame was laid there for the calling thread.
#[unsafe(naked)]
pub unsafe extern "C" fn enter_handler() -> ! {
    naked_asm!(
        "test r10d, r10d",
        "jz 2f",
        "mov eax, {components}",
        "xor edx, edx",
        "xsave64 [r9]",
        "jmp 3f",
        "2:",
        "fxsave64 [r9]",
        "3:",
        "fninit",
        "mov dword ptr [r9 - 8], 0x1f80",
        "ldmxcsr [r9 - 8]",
        "mov rdx, rcx",
        "xor eax, eax",
        "jmp r8",
        components = const super::vectors::FRAME_COMPONENTS,
    )
}

/// Call frame information: the caller's registers are in a `ucontext_t`, whose register array lies `{registers}` bytes above
/// the frame's address.
macro_rules! registers_of_context {
    () => {
        concat!(
            ".cfi_offset r8, {registers}\n",
            ".cfi_offset r9, {registers} + 1 * 8\n",
            ".cfi_offset r10, {registers} + 2 * 8\n",
            ".cfi_offset r11, {registers} + 3 * 8\n",
            ".cfi_offset r12, {registers} + 4 * 8\n",
            ".cfi_offset r13, {registers} + 5 * 8\n",
            ".cfi_offset r14, {registers} + 6 * 8\n",
            ".cfi_offset r15, {registers} + 7 * 8\n",
            ".cfi_offset rdi, {registers} + 8 * 8\n",
            ".cfi_offset rsi, {registers} + 9 * 8\n",
            ".cfi_offset rbp, {registers} + 10 * 8\n",
            ".cfi_offset rbx, {registers} + 11 * 8\n",
            ".cfi_offset rdx, {registers} + 12 * 8\n",
            ".cfi_offset rax, {registers} + 13 * 8\n",
            ".cfi_offset rcx, {registers} + 14 * 8\n",
            ".cfi_offset rsp, {registers} + 15 * 8\n",
            ".cfi_offset 16, {registers} + 16 * 8\n",
        )
    };
}
pub(crate) use registers_of_context;

/// Where the frame of a handler on its thread has the registers, in words from the handler's return address on.
pub const REGISTERS: usize = 6;

/// Returns where a handler of a program with our libc returns to.
pub fn handlers_return() -> usize {
    // Who unwinds looks for the instruction before.
    return_from_handler as *const () as usize + 1
}

/// Makes the system call rt_sigreturn(2), entered behind its first instruction.
///
/// # Safety
/// The stack pointer is above the frame of a handler of the calling thread.
#[unsafe(naked)]
unsafe extern "C" fn return_from_handler() -> ! {
    naked_asm!(
        ".cfi_startproc",
        ".cfi_signal_frame",
        ".cfi_def_cfa rsp, 0",
        registers_of_context!(),
        "nop",
        "mov eax, {number}",
        "lea rcx, [rip + 2f]",
        "jmp {enter}",
        "2:",
        "ud2",
        ".cfi_endproc",
        registers = const REGISTERS * 8 - 8,
        number = const crate::abi::SYS_rt_sigreturn,
        enter = sym super::syscall::enter_syscall,
    )
}
