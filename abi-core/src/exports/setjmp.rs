//! `setjmp.h` and `ucontext.h`: saving and restoring where a thread is.
//!
//! A `jmp_buf` holds rbx, rbp, r12 to r15, rsp, rip, as in glibc with rbp, rsp and rip mangled by the pointer guard.

use core::arch::naked_asm;
use core::ffi::{c_int, c_void};
use core::mem::MaybeUninit;

use super::signal::{sigaltstack, sigprocmask};
use crate::abi;
use crate::boundary::user::UserPtr;
use crate::boundary::variadic::VaList;
use crate::libc::stdlib::fortify::fail;
use crate::{pure_exports, variadic};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// A `jmp_buf`.
#[repr(C)]
pub struct JumpBuffer {
    registers: [usize; 8],
    mask_was_saved: c_int,
    mask: [u64; 16],
}

const _: () = assert!(size_of::<JumpBuffer>() == 200);

/// setjmp(3) as a function: saves the signal mask too.
#[unsafe(naked)]
pub unsafe extern "C" fn setjmp(buffer: *mut JumpBuffer) -> c_int {
    naked_asm!("mov esi, 1", "jmp {save}", save = sym __sigsetjmp)
}

/// _setjmp(3): without the signal mask.
#[unsafe(naked)]
pub unsafe extern "C" fn _setjmp(buffer: *mut JumpBuffer) -> c_int {
    naked_asm!("xor esi, esi", "jmp {save}", save = sym __sigsetjmp)
}

/// sigsetjmp(3)
#[unsafe(naked)]
pub unsafe extern "C" fn __sigsetjmp(buffer: *mut JumpBuffer, saves_mask: c_int) -> c_int {
    naked_asm!(
        "mov [rdi], rbx",
        "mov rax, rbp",
        "xor rax, fs:[0x30]",
        "rol rax, 17",
        "mov [rdi + 8], rax",
        "mov [rdi + 16], r12",
        "mov [rdi + 24], r13",
        "mov [rdi + 32], r14",
        "mov [rdi + 40], r15",
        "lea rax, [rsp + 8]",
        "xor rax, fs:[0x30]",
        "rol rax, 17",
        "mov [rdi + 48], rax",
        "mov rax, [rsp]",
        "xor rax, fs:[0x30]",
        "rol rax, 17",
        "mov [rdi + 56], rax",
        "jmp {mask}",
        mask = sym save_mask,
    )
}

unsafe extern "C" fn save_mask(buffer: *mut JumpBuffer, saves_mask: c_int) -> c_int {
    // SAFETY: setjmp(3)'s buffer; the kernel writes the mask into it.
    unsafe {
        (*buffer).mask_was_saved = c_int::from(saves_mask != 0);
        if saves_mask != 0 {
            sigprocmask(abi::SIG_BLOCK, UserPtr::new(0), UserPtr::new(&raw mut (*buffer).mask as usize));
        }
    }
    0
}

/// longjmp(3), siglongjmp(3)
pub unsafe extern "C" fn longjmp(buffer: *mut JumpBuffer, value: c_int) -> ! {
    // SAFETY: a buffer that setjmp(3) filled in a frame that is still there, which `check_jump` looks at too.
    unsafe {
        let guard = (*crate::libc::tcb::tcb()).pointer_guard;
        let stack_pointer = (*buffer).registers[6].rotate_right(17) ^ guard;
        crate::libc::signal::check_jump(stack_pointer);
        crate::libc::pthread::undo::leave_below(stack_pointer);
        if (*buffer).mask_was_saved != 0 {
            sigprocmask(abi::SIG_SETMASK, UserPtr::new(&raw mut (*buffer).mask as usize), UserPtr::new(0));
        }
        jump(buffer, if value == 0 { 1 } else { value })
    }
}

/// longjmp(3), which must lead up the stack, or off the alternate one.
unsafe extern "C" fn longjmp_chk(buffer: *mut JumpBuffer, value: c_int) -> ! {
    let here = 0_u8;
    // SAFETY: longjmp(3)'s promise, but for the frame, of which the place is looked at first.
    unsafe {
        let guard = (*crate::libc::tcb::tcb()).pointer_guard;
        let stack_pointer = (*buffer).registers[6].rotate_right(17) ^ guard;
        if stack_pointer < (&raw const here).addr() && !leaves_alternate_stack(stack_pointer) {
            fail(b"*** longjmp causes uninitialized stack frame ***: terminated\n");
        }
        longjmp(buffer, value)
    }
}

/// Tells whether the thread is on its alternate signal stack, of which `address` is no part.
fn leaves_alternate_stack(address: usize) -> bool {
    let mut stack = MaybeUninit::<abi::stack_t>::zeroed();
    // SAFETY: the kernel writes a stack_t; all zeros are one.
    let stack = unsafe {
        sigaltstack(UserPtr::new(0), UserPtr::new(stack.as_mut_ptr().addr()));
        stack.assume_init()
    };
    stack.ss_flags & abi::SS_ONSTACK != 0
        && !(0..stack.ss_size).contains(&address.wrapping_sub(stack.ss_sp.addr()))
}

#[unsafe(naked)]
unsafe extern "C" fn jump(buffer: *mut JumpBuffer, value: c_int) -> ! {
    naked_asm!(
        "mov eax, esi",
        "mov rbx, [rdi]",
        "mov rbp, [rdi + 8]",
        "ror rbp, 17",
        "xor rbp, fs:[0x30]",
        "mov r12, [rdi + 16]",
        "mov r13, [rdi + 24]",
        "mov r14, [rdi + 32]",
        "mov r15, [rdi + 40]",
        "mov rsi, [rdi + 48]",
        "ror rsi, 17",
        "xor rsi, fs:[0x30]",
        "mov rdx, [rdi + 56]",
        "ror rdx, 17",
        "xor rdx, fs:[0x30]",
        "mov rsp, rsi",
        "jmp rdx",
    )
}

/// A `ucontext_t`.
#[repr(C)]
pub struct UserContext {
    pub flags: u64,
    pub link: *mut UserContext,
    pub stack_start: usize,
    pub stack_flags: c_int,
    pub stack_bytes: usize,
    /// r8 to r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, flags, segments, error, trap, old mask, cr2.
    pub registers: [u64; 23],
    pub fp_state: *mut c_void,
    pub reserved: [u64; 8],
    pub mask: [u64; 16],
    pub fp_memory: [u64; 64],
    pub shadow_stack: [u64; 4],
}

const _: () = assert!(size_of::<UserContext>() == 968 && core::mem::offset_of!(UserContext, mask) == 296);

/// Saves where the caller of this frame's caller is: everything of a context but the mask.
macro_rules! save_context {
    () => {
        "mov [rdi + 40], r8
         mov [rdi + 48], r9
         mov [rdi + 72], r12
         mov [rdi + 80], r13
         mov [rdi + 88], r14
         mov [rdi + 96], r15
         mov [rdi + 104], rdi
         mov [rdi + 112], rsi
         mov [rdi + 120], rbp
         mov [rdi + 128], rbx
         mov [rdi + 136], rdx
         mov qword ptr [rdi + 144], 0
         mov [rdi + 152], rcx
         lea rax, [rsp + 8]
         mov [rdi + 160], rax
         mov rax, [rsp]
         mov [rdi + 168], rax
         lea rax, [rdi + 424]
         mov [rdi + 224], rax
         fnstenv [rax]
         fldenv [rax]
         stmxcsr [rax + 24]"
    };
}

/// The part of getcontext(3) that takes no kernel: all but the mask.
#[unsafe(naked)]
pub unsafe extern "C" fn save_registers(context: *mut UserContext) {
    naked_asm!(save_context!(), "ret")
}

/// getcontext(3)
#[unsafe(naked)]
pub unsafe extern "C" fn getcontext(context: *mut UserContext) -> c_int {
    naked_asm!(save_context!(), "jmp {mask}", mask = sym save_context_mask)
}

unsafe extern "C" fn save_context_mask(context: *mut UserContext) -> c_int {
    // SAFETY: getcontext(3)'s context, into which the kernel writes the mask.
    unsafe { sigprocmask(abi::SIG_BLOCK, UserPtr::new(0), UserPtr::new(&raw mut (*context).mask as usize)) }
}

/// setcontext(3)
pub unsafe extern "C" fn setcontext(context: *mut UserContext) -> c_int {
    // SAFETY: a context that getcontext(3) or makecontext(3) filled.
    unsafe {
        let mask = UserPtr::new(&raw mut (*context).mask as usize);
        if sigprocmask(abi::SIG_SETMASK, mask, UserPtr::new(0)) != 0 {
            return -1;
        }
        resume(context)
    }
}

#[unsafe(naked)]
unsafe extern "C" fn resume(context: *mut UserContext) -> ! {
    naked_asm!(
        "mov rax, [rdi + 224]",
        "fldenv [rax]",
        "ldmxcsr [rax + 24]",
        "mov rsp, [rdi + 160]",
        "push qword ptr [rdi + 168]",
        "mov r8, [rdi + 40]",
        "mov r9, [rdi + 48]",
        "mov r12, [rdi + 72]",
        "mov r13, [rdi + 80]",
        "mov r14, [rdi + 88]",
        "mov r15, [rdi + 96]",
        "mov rsi, [rdi + 112]",
        "mov rbp, [rdi + 120]",
        "mov rbx, [rdi + 128]",
        "mov rdx, [rdi + 136]",
        "mov rcx, [rdi + 152]",
        "mov rdi, [rdi + 104]",
        "xor eax, eax",
        "ret",
    )
}

/// swapcontext(3)
#[unsafe(naked)]
pub unsafe extern "C" fn swapcontext(old: *mut UserContext, new: *mut UserContext) -> c_int {
    naked_asm!(save_context!(), "jmp {switch}", switch = sym switch_context)
}

unsafe extern "C" fn switch_context(old: *mut UserContext, new: *mut UserContext) -> c_int {
    // SAFETY: a place for this context, and one that getcontext(3) or makecontext(3) filled.
    unsafe {
        if save_context_mask(old) != 0 {
            return -1;
        }
        setcontext(new)
    }
}

variadic!(pub fn makecontext, fixed 3, make_context);

/// makecontext(3)
unsafe extern "C" fn make_context(
    context: *mut UserContext,
    function: usize,
    count: c_int,
    arguments: *mut VaList,
) {
    // SAFETY: a context with a stack of its own, and `count` arguments in the list.
    unsafe {
        let on_stack = usize::try_from(count - 6).unwrap_or(0);
        let top = (*context).stack_start + (*context).stack_bytes;
        // The return address lies at 16n + 8, the arguments that don't fit registers above it.
        let rsp = ((top - 8 * on_stack) & !15) - 8;
        *(rsp as *mut usize) = end_of_context as *const () as usize;
        let registers = &raw mut (*context).registers;
        for i in 0..usize::try_from(count).unwrap_or(0) {
            let value = (*arguments).next_u64();
            match i {
                // rdi, rsi, rdx, rcx, r8, r9
                0..6 => (*registers)[[8, 9, 12, 14, 0, 1][i]] = value,
                _ => *((rsp + 8 * (i - 5)) as *mut u64) = value,
            }
        }
        (*registers)[11] = (*context).link as u64;
        (*registers)[15] = rsp as u64;
        (*registers)[16] = function as u64;
        (*registers)[10] = 0;
    }
}

/// Where a context's function returns to; rbx holds the link.
#[unsafe(naked)]
unsafe extern "C" fn end_of_context() -> ! {
    naked_asm!("mov rdi, rbx", "and rsp, -16", "call {follow}", "ud2", follow = sym follow_link)
}

unsafe extern "C" fn follow_link(link: *mut UserContext) -> ! {
    // SAFETY: NULL, or the context that `uc_link` named, filled when this one ends.
    unsafe {
        if !link.is_null() {
            setcontext(link);
        }
    }
    crate::libc::pthread::thread::end_program()
}

pure_exports! { "libc.so.6";
    full setjmp = setjmp;
    full _setjmp = _setjmp;
    full __setjmp = _setjmp;
    full sigsetjmp = __sigsetjmp;
    full __sigsetjmp = __sigsetjmp;
    full longjmp = longjmp;
    full _longjmp = longjmp;
    full siglongjmp = longjmp;
    full __longjmp_chk = longjmp_chk;
    full getcontext = getcontext;
    full setcontext = setcontext;
    full swapcontext = swapcontext;
    full makecontext = makecontext;
}
