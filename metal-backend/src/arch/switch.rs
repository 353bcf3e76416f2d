//! Switching between threads.

use core::arch::naked_asm;

use abi_core::upcall::TrapFrame;

/// Saves this thread's callee-saved state on its stack, its stack pointer at `save`, and goes on where the stack
/// pointer `next` was saved.
///
/// # Safety
/// `next` was saved by this function or made by [`prepare`]; interrupts are disabled.
#[unsafe(naked)]
pub unsafe extern "C" fn switch(save: *mut usize, next: usize) {
    naked_asm!(
        "push rbp",
        "push rbx",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "sub rsp, 8",
        "stmxcsr [rsp]",
        "fnstcw [rsp + 4]",
        "mov [rdi], rsp",
        "mov rsp, rsi",
        "ldmxcsr [rsp]",
        "fldcw [rsp + 4]",
        "add rsp, 8",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "ret",
    )
}

/// Returns the registers of a thread as its call of [`switch`] left them: those that a call preserves.
///
/// # Safety
/// `saved` was saved by [`switch`], and the thread does not run meanwhile.
pub unsafe fn saved_registers(saved: usize) -> TrapFrame {
    // SAFETY: the caller's promise: these are the words that `switch` pushed.
    let [_, r15, r14, r13, r12, rbx, rbp, rip] = unsafe { *(saved as *const [u64; 8]) };
    let rsp = saved as u64 + 64;
    TrapFrame { r15, r14, r13, r12, rbx, rbp, rip, rsp, ..TrapFrame::default() }
}

/// Puts on a new stack what [`switch`] expects, so that `start` runs with `rdi` = `argument`; returns the stack
/// pointer.
///
/// # Safety
/// The memory below `top` is a stack of at least a page that nothing uses.
pub unsafe fn prepare(top: usize, start: usize, argument: usize) -> usize {
    let words: [usize; 10] = [
        0x037f_0000_1f80, // x87 control word and mxcsr as the ABI starts them
        0,
        0,
        argument, // r13
        start,    // r12
        0,
        0,
        first_step as *const () as usize,
        0,
        0,
    ];
    let at = top - size_of_val(&words);
    // SAFETY: the caller gives the memory.
    unsafe { core::ptr::write(at as *mut [usize; 10], words) };
    at
}

#[unsafe(naked)]
unsafe extern "C" fn first_step() {
    naked_asm!("mov rdi, r13", "xor ebp, ebp", "call r12", "ud2")
}
