//! The ways into the kernel that a program does not choose: exceptions and interrupts.
//!
//! Compiled code keeps data below its stack pointer (the red zone) and everything runs in ring 0, so every gate
//! switches to a stack of the processor. An exception's frame is copied from there to the thread's kernel stack: at its
//! top when the program was running, below the red zone when the kernel was. An interrupt is served on its own stack
//! and moves to the thread's only when another thread is to run; that is the one place where the whole vector state
//! is saved.

use core::arch::{asm, global_asm};
use core::cell::UnsafeCell;

use super::cpu;
use super::percpu::{
    CODE_SELECTOR, DATA_SELECTOR, DescriptorPointer, IRQ_DEPTH, IST_FATAL, IST_FAULT, IST_IRQ, SLOT,
    STACK_BOTTOM, STACK_TOP, XSAVE_BYTES,
};
use abi_core::boundary::syscall::enter_syscall;
use abi_core::upcall::TrapFrame;

/// First vector of interrupts.
pub const FIRST_IRQ_VECTOR: u8 = 32;
/// First vector of device interrupts: line 0.
pub const DEVICE_VECTOR: u8 = 0x30;
/// The local APIC timer.
pub const TIMER_VECTOR: u8 = 0x50;
/// Another processor has put work into this one's queue.
pub const RESCHEDULE_VECTOR: u8 = 0x51;
/// Another processor has changed translations.
pub const SHOOTDOWN_VECTOR: u8 = 0x52;
/// The machine is about to end: stop.
pub const STOP_VECTOR: u8 = 0x53;
/// A thread is to stand still.
pub const HOLD_VECTOR: u8 = 0x54;
/// Spurious interrupts of the local APIC.
pub const SPURIOUS_VECTOR: u8 = 0x5f;
/// Flags (SDM 1 3.4.3): trap, direction, nested task, alignment check.
const TF: u64 = 1 << 8;
const DF: u64 = 1 << 10;
const NT: u64 = 1 << 14;
const AC: u64 = 1 << 18;

/// How many vectors have gates.
const GATES: usize = 0x60;

/// An exception's frame on the thread's kernel stack.
#[repr(C)]
#[derive(Debug)]
pub struct Trap {
    /// The registers.
    pub frame: TrapFrame,
    /// The exception's number.
    pub vector: u64,
    /// Its error code, or 0.
    pub error: u64,
    /// CR2 as it was.
    pub cr2: u64,
    padding: u64,
}

/// An exception's or interrupt's frame as the gate pushed it, on the processor's stack.
#[repr(C)]
#[derive(Debug)]
pub struct RawTrap {
    /// rax, rbx, rcx, rdx, rsi, rdi, rbp, r8 … r15.
    pub registers: [u64; 15],
    /// The vector.
    pub vector: u64,
    /// The error code, or 0.
    pub error: u64,
    /// What the processor pushed: rip, cs, rflags, rsp, ss.
    pub rip: u64,
    /// Code selector.
    pub cs: u64,
    /// Flags.
    pub rflags: u64,
    /// Stack pointer.
    pub rsp: u64,
    /// Stack selector.
    pub ss: u64,
}

global_asm!(
    r#"
    .text
    .macro osvrun_save_registers
    push r15
    push r14
    push r13
    push r12
    push r11
    push r10
    push r9
    push r8
    push rbp
    push rdi
    push rsi
    push rdx
    push rcx
    push rbx
    push rax
    cld
    .endm

    .macro osvrun_save_xmm
    sub rsp, 256
    .irp i, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
    movups [rsp + \i * 16], xmm\i
    .endr
    .endm

    .macro osvrun_load_xmm
    .irp i, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
    movups xmm\i, [rsp + \i * 16]
    .endr
    add rsp, 256
    .endm

    # Copies the gate's frame at rsp to the frame at rbx.
    .macro osvrun_copy_frame
    mov rsi, rsp
    mov rdi, rbx
    mov ecx, 15
    rep movsq
    mov rax, [rsp + 136]
    mov [rbx + 120], rax
    mov rax, [rsp + 160]
    mov [rbx + 128], rax
    mov rax, [rsp + 152]
    mov [rbx + 136], rax
    mov rax, [rsp + 120]
    mov [rbx + 144], rax
    mov rax, [rsp + 128]
    mov [rbx + 152], rax
    mov rax, cr2
    mov [rbx + 160], rax
    .endm

    # The gates: 16 bytes each.
    .p2align 4
    .globl osvrun_gates
osvrun_gates:
    .set osvrun_vector, 0
    .rept {gates}
    .p2align 4
    .if osvrun_vector >= {first_irq}
    push 0
    push osvrun_vector
    jmp osvrun_interrupt
    .elseif osvrun_vector == 8 || (osvrun_vector >= 10 && osvrun_vector <= 14) || osvrun_vector == 17 || osvrun_vector == 21 || osvrun_vector == 29 || osvrun_vector == 30
    push osvrun_vector
    jmp osvrun_exception_swap
    .else
    push 0
    push osvrun_vector
    jmp osvrun_exception
    .endif
    .set osvrun_vector, osvrun_vector + 1
    .endr

    .p2align 4
osvrun_exception_swap:
osvrun_exception:
    osvrun_save_registers
    mov rax, [rsp + 120]
    cmp eax, 2
    je osvrun_fatal
    cmp eax, 8
    je osvrun_fatal
    cmp eax, 18
    je osvrun_fatal
    cmp dword ptr gs:[{irq_depth}], 0
    jne osvrun_fatal
    mov rax, [rsp + 160]
    mov rbx, gs:[{stack_top}]
    mov rcx, gs:[{stack_bottom}]
    cmp rax, rcx
    jb 2f
    cmp rax, rbx
    ja 2f
    add rcx, 4096
    cmp rax, rcx
    jb osvrun_fatal
    lea rbx, [rax - 128]
    jmp 3f
2:  test rax, rax
    jns 3f
    mov rdx, gs:[{slot}]
    cmp dword ptr [rdx], 0
    jne osvrun_fatal
3:  and rbx, -16
    sub rbx, 176
    osvrun_copy_frame
    mov rsp, rbx
    osvrun_save_xmm
    mov rdi, rbx
    call {handle_exception}
    osvrun_load_xmm

    # Returns to the frame at rsp, which lies on a kernel stack.
    .globl osvrun_resume
osvrun_resume:
    mov rax, [rsp + 128]
    mov [rsp + 144], rax
    mov qword ptr [rsp + 128], {code}
    mov qword ptr [rsp + 152], {data}
    pop rax
    pop rbx
    pop rcx
    pop rdx
    pop rsi
    pop rdi
    pop rbp
    pop r8
    pop r9
    pop r10
    pop r11
    pop r12
    pop r13
    pop r14
    pop r15
    iretq

osvrun_fatal:
    mov rdi, rsp
    mov rsi, cr2
    call {fatal_exception}
    ud2

    .p2align 4
osvrun_interrupt:
    osvrun_save_registers
    inc dword ptr gs:[{irq_depth}]
    osvrun_save_xmm
    mov edi, [rsp + 256 + 120]
    mov rsi, [rsp + 256 + 160]
    call {handle_interrupt}
    dec dword ptr gs:[{irq_depth}]
    test eax, eax
    jne 4f
    osvrun_load_xmm
    pop rax
    pop rbx
    pop rcx
    pop rdx
    pop rsi
    pop rdi
    pop rbp
    pop r8
    pop r9
    pop r10
    pop r11
    pop r12
    pop r13
    pop r14
    pop r15
    add rsp, 16
    iretq

    # Another thread is to run: move to the thread's stack, which has room (`has_room`).
4:  osvrun_load_xmm
    mov rax, [rsp + 160]
    mov rbx, gs:[{stack_top}]
    mov rcx, gs:[{stack_bottom}]
    cmp rax, rcx
    jb 5f
    cmp rax, rbx
    ja 5f
    lea rbx, [rax - 128]
5:  and rbx, -16
    sub rbx, 176
    osvrun_copy_frame
    mov rsp, rbx
    call osvrun_save_vectors_and_preempt
    jmp osvrun_resume

    # Calls preempt with the frame at rbx and the whole vector state saved. Clobbers the general registers.
osvrun_save_vectors_and_preempt:
    mov rsi, rbx
    lea rdi, [rip + {preempt}]
    .globl osvrun_with_vectors
    # osvrun_with_vectors(function, argument): calls function(function, argument) with the whole vector state saved around it.
osvrun_with_vectors:
    push rbp
    mov rbp, rsp
    mov rdx, gs:[{xsave_bytes}]
    mov rcx, rdx
    test rdx, rdx
    jne 6f
    mov ecx, 512
6:  sub rsp, rcx
    and rsp, -64
    push rdx
    sub rsp, 56
    test rdx, rdx
    je 7f
    xor eax, eax
    .irp i, 0,1,2,3,4,5,6,7
    mov [rsp + 64 + 512 + \i * 8], rax
    .endr
    mov eax, -1
    mov edx, -1
    xsave64 [rsp + 64]
    call rdi
    mov eax, -1
    mov edx, -1
    xrstor64 [rsp + 64]
    mov rsp, rbp
    pop rbp
    ret
7:  fxsave64 [rsp + 64]
    call rdi
    fxrstor64 [rsp + 64]
    mov rsp, rbp
    pop rbp
    ret
"#,
    gates = const GATES,
    first_irq = const FIRST_IRQ_VECTOR,
    irq_depth = const IRQ_DEPTH,
    stack_top = const STACK_TOP,
    stack_bottom = const STACK_BOTTOM,
    slot = const SLOT,
    xsave_bytes = const XSAVE_BYTES,
    code = const CODE_SELECTOR,
    data = const DATA_SELECTOR,
    handle_exception = sym super::fault::handle_exception,
    fatal_exception = sym super::fault::fatal_exception,
    handle_interrupt = sym super::irq::handle_interrupt,
    preempt = sym crate::sched::preempt,
);

unsafe extern "C" {
    safe static osvrun_gates: u8;
    /// Calls a function with the whole vector state saved around it.
    pub fn osvrun_with_vectors(function: extern "C" fn());
}

#[repr(C, align(16))]
struct Idt(UnsafeCell<[[u64; 2]; GATES]>);

// SAFETY: written once, by the first processor, before any other starts.
unsafe impl Sync for Idt {}

static IDT: Idt = Idt(UnsafeCell::new([[0; 2]; GATES]));

/// Fills the interrupt descriptor table. Called once.
pub fn init() {
    let gates = &raw const osvrun_gates as u64;
    for vector in 0..GATES {
        let address = gates + 16 * vector as u64;
        let ist = match vector {
            2 | 8 | 18 => IST_FATAL,
            _ if vector < usize::from(FIRST_IRQ_VECTOR) => IST_FAULT,
            _ => IST_IRQ,
        };
        let low = (address & 0xffff)
            | u64::from(CODE_SELECTOR) << 16
            | u64::from(ist) << 32
            | 0x8e00 << 32
            | (address >> 16 & 0xffff) << 48;
        // SAFETY: no processor uses the table yet.
        unsafe { (*IDT.0.get())[vector] = [low, address >> 32] };
    }
}

/// Makes this processor use the table, and sets up SYSCALL.
///
/// # Safety
/// [`init`] was called and the processor's block is loaded.
pub unsafe fn load() {
    let pointer = DescriptorPointer { limit: (GATES * 16 - 1) as u16, base: IDT.0.get() as u64 };
    // SAFETY: the table lives for ever and is filled.
    unsafe { asm!("lidt [{}]", in(reg) &raw const pointer, options(nostack, preserves_flags)) };
    // SAFETY: the selectors are those of the table loaded.
    unsafe { cpu::wrmsr(cpu::MSR_STAR, u64::from(CODE_SELECTOR) << 32) };
    // SAFETY: the entry expects what FMASK clears.
    unsafe { cpu::wrmsr(cpu::MSR_LSTAR, enter_syscall as *const () as u64) };
    // SAFETY: no single step, direction up, no nested task, no alignment checks. Interrupts stay: the entry is of use from
    // any state, since every gate has a stack of its own.
    unsafe { cpu::wrmsr(cpu::MSR_FMASK, TF | DF | NT | AC) };
}
