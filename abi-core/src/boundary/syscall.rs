//! Door 2: how a `syscall` instruction enters the kernel.
//!
//! [`enter_syscall`] is where the processor goes on metal, and where the host's SIGSYS handler and rewritten call sites
//! go hosted, always in the state the instruction leaves: rcx holds the address after it, the number is in rax, and the
//! stack is the program's, of which nothing is touched, for there is a red zone below and the pointer may be anything.
//! The registers are kept in a [`SyscallFrame`] at the top of the thread's kernel stack, the vector registers below it:
//! xmm0 to xmm7 always, what else kernel code may change where the program uses it ([`super::vectors`]).
//!
//! All of it lies together (`.text.door`), in one page on metal: jumps within a page are what emulators are quickest at.
//!
//! Leaving is restartable: from the look at the thread's pending work up to the jump, everything is read from the frame.
//! Who interrupts a thread there sends it back to look again ([`settle`]).

use core::arch::naked_asm;
use core::mem::offset_of;
use core::sync::atomic::Ordering;

use crate::backend::GS_SLOT_OFFSET;
use crate::task::{PENDING_CANCEL, Thread, ThreadHead};
use crate::upcall::TrapFrame;

/// The registers of a thread that made a system call.
#[repr(C)]
#[derive(Debug)]
pub struct SyscallFrame {
    /// As the program goes on with them; rip is the address after the instruction.
    pub registers: TrapFrame,
    /// The call's number, whatever rax is by now.
    pub number: u64,
    /// The components of XSAVE that are saved beside xmm. The way out asks whether this and what follows are both 0.
    pub vectors: u32,
    /// What else is to be loaded: [`EXACT`], [`HIGH`].
    pub loads: u32,
}

const _: () = assert!(offset_of!(SyscallFrame, loads) == offset_of!(SyscallFrame, vectors) + 4);

/// In [`SyscallFrame::loads`]: rcx, r11 and the flags, which a system call changes.
pub const EXACT: u32 = 1;
/// In [`SyscallFrame::loads`]: xmm8 to xmm15.
pub const HIGH: u32 = 2;

const FRAME_BYTES: usize = size_of::<SyscallFrame>();
const _: () = assert!(FRAME_BYTES.is_multiple_of(16));
/// Where xmm0 to xmm15 are, below the frame.
pub(super) const XMM_BYTES: usize = 256;
/// Room for XSAVE's area: the legacy region, the header, and the components up to AVX-512's (SDM 1 13.4).
pub(super) const XSAVE_BYTES: usize = 2816;
/// All that is saved, with what aligning it takes.
const SAVED_BYTES: usize = FRAME_BYTES + XMM_BYTES + XSAVE_BYTES + 64;
/// The header of XSAVE's area.
pub(super) const XSAVE_HEADER: usize = 512;

impl SyscallFrame {
    /// Returns the frame of the system call that the calling thread is in.
    #[expect(
        clippy::mut_from_ref,
        reason = "the frame is on the thread's stack, and the thread has one call at a time"
    )]
    pub fn of(thread: &Thread) -> &mut Self {
        let at = thread.head.kernel_stack_top.load(Ordering::Relaxed) - FRAME_BYTES;
        // SAFETY: `enter_syscall` left it there, and nobody else has a reference on this thread.
        unsafe { &mut *(at as *mut Self) }
    }
}

/// Goes on in the program with these registers, the vector registers being 0.
///
/// # Safety
/// They are of a thread in the program; the thread pointer is set.
pub unsafe fn go_on(registers: &TrapFrame) -> ! {
    let top = crate::task::current().head.kernel_stack_top.load(Ordering::Relaxed);
    let at = (top - FRAME_BYTES) as *mut SyscallFrame;
    let frame = SyscallFrame { registers: *registers, number: NO_CALL, vectors: 0, loads: EXACT | HIGH };
    // SAFETY: enters at the frame's place, with everything below it free.
    unsafe { begin_leaving(&frame, at) }
}

/// The flags after a system call: bit 1, which is always set, and IF (SDM 1 3.4.3).
const USUAL_FLAGS: u64 = 0x202;

/// [`SyscallFrame::number`] where there was no system call.
pub const NO_CALL: u64 = u64::MAX;
/// [`SyscallFrame::number`] on the way out of a call by symbol.
pub const BY_SYMBOL: u64 = u64::MAX - 1;

/// Copies a frame, clears where xmm is loaded from, and leaves. The stack in use may overlap the frame's new place, so
/// nothing is on it any more once the copy starts.
#[unsafe(naked)]
unsafe extern "C" fn begin_leaving(frame: &SyscallFrame, to: *mut SyscallFrame) -> ! {
    naked_asm!(
        // What is copied may lie where it goes: first to below both.
        "mov rdx, rsi",
        "lea rsp, [rsp - {saved}]",
        "and rsp, -64",
        "mov rsi, rdi",
        "mov rdi, rsp",
        "mov ecx, {words}",
        "rep movsq",
        "lea rdi, [rdx - {xmm_bytes}]",
        "xor eax, eax",
        "mov ecx, {xmm_words}",
        "rep stosq",
        "mov rsi, rsp",
        "mov rdi, rdx",
        "mov ecx, {words}",
        "rep movsq",
        "jmp {leave}",
        saved = const SAVED_BYTES,
        words = const FRAME_BYTES / 8,
        xmm_bytes = const XMM_BYTES,
        xmm_words = const XMM_BYTES / 8,
        leave = sym leave_syscall,
    )
}

/// A way in: what comes first leaves rbx and rsp at a frame; then the vector registers are saved below it, `$serve` is called
/// with the frame, and the thread leaves.
macro_rules! entry_asm {
    ([$($first:expr),* $(,)?], $serve:path, $($operands:tt)*) => {
        naked_asm!(
            ".cfi_startproc",
            ".cfi_undefined rip",
            $($first,)*
            "sub rsp, {xmm_bytes}",
            "movups [rsp + 0x00], xmm0",
            "movups [rsp + 0x10], xmm1",
            "movups [rsp + 0x20], xmm2",
            "movups [rsp + 0x30], xmm3",
            "movups [rsp + 0x40], xmm4",
            "movups [rsp + 0x50], xmm5",
            "movups [rsp + 0x60], xmm6",
            "movups [rsp + 0x70], xmm7",
            // What is loaded on the way out may be put there in between.
            "sub rsp, {xsave_bytes}",
            "and rsp, -64",
            "cmp qword ptr [rip + {changes}], 0",
            "jne 3f",
            "2:",
            // A backtrace ends here.
            "xor ebp, ebp",
            "mov rdi, rbx",
            "call {serve}",
            "jmp {leave}",
            // More than xmm0 to xmm7.
            "3:",
            "cmp dword ptr [rip + {changes} + {changes_high}], 0",
            "je 4f",
            "or dword ptr [rbx + {loads}], {high}",
            "movups [rbx - 0x80], xmm8",
            "movups [rbx - 0x70], xmm9",
            "movups [rbx - 0x60], xmm10",
            "movups [rbx - 0x50], xmm11",
            "movups [rbx - 0x40], xmm12",
            "movups [rbx - 0x30], xmm13",
            "movups [rbx - 0x20], xmm14",
            "movups [rbx - 0x10], xmm15",
            "4:",
            "mov esi, [rip + {changes} + {changes_components}]",
            "test esi, esi",
            "jz 2b",
            "cmp dword ptr [rip + {tells_use}], 0",
            "je 1f",
            "mov ecx, 1",
            "xgetbv",
            "and esi, eax",
            "jz 2b",
            "1:",
            "xor edx, edx",
            "mov [rsp + {header}], rdx",
            "mov [rsp + {header} + 8], rdx",
            "mov [rsp + {header} + 16], rdx",
            "mov [rsp + {header} + 24], rdx",
            "mov [rsp + {header} + 32], rdx",
            "mov [rsp + {header} + 40], rdx",
            "mov [rsp + {header} + 48], rdx",
            "mov [rsp + {header} + 56], rdx",
            "mov eax, esi",
            "xsave64 [rsp]",
            "mov [rbx + {vectors}], esi",
            "jmp 2b",
            ".cfi_endproc",
            xmm_bytes = const XMM_BYTES,
            xsave_bytes = const XSAVE_BYTES,
            header = const XSAVE_HEADER,
            changes = sym super::vectors::CHANGES,
            changes_high = const offset_of!(super::vectors::Changes, high),
            changes_components = const offset_of!(super::vectors::Changes, components),
            loads = const offset_of!(SyscallFrame, loads),
            high = const HIGH,
            tells_use = sym super::vectors::TELLS_USE,
            vectors = const offset_of!(SyscallFrame, vectors),
            leave = sym leave_syscall,
            serve = sym $serve,
            $($operands)*
        )
    };
}

/// Has `$asm` name places in the frame, and of the thread, by the names that follow.
macro_rules! frame_asm {
    ($asm:ident!($($head:tt)*), $($operands:tt)*) => {
        $asm!(
            $($head)*,
            slot = const GS_SLOT_OFFSET,
            mark = const offset_of!(ThreadHead, in_kernel),
            kernel_stack = const offset_of!(ThreadHead, kernel_stack_top),
            frame_bytes = const FRAME_BYTES,
            rax = const offset_of!(TrapFrame, rax),
            rbx = const offset_of!(TrapFrame, rbx),
            rcx = const offset_of!(TrapFrame, rcx),
            rdx = const offset_of!(TrapFrame, rdx),
            rsi = const offset_of!(TrapFrame, rsi),
            rdi = const offset_of!(TrapFrame, rdi),
            rbp = const offset_of!(TrapFrame, rbp),
            r8 = const offset_of!(TrapFrame, r8),
            r9 = const offset_of!(TrapFrame, r9),
            r10 = const offset_of!(TrapFrame, r10),
            r12 = const offset_of!(TrapFrame, r12),
            r13 = const offset_of!(TrapFrame, r13),
            r14 = const offset_of!(TrapFrame, r14),
            r15 = const offset_of!(TrapFrame, r15),
            rip = const offset_of!(TrapFrame, rip),
            rsp = const offset_of!(TrapFrame, rsp),
            rflags = const offset_of!(TrapFrame, rflags),
            $($operands)*
        )
    };
}

/// The way in: saves the registers in a frame and has `$serve` serve it. `$first` comes before everything else, which begins in
/// the state that a `syscall` instruction leaves.
macro_rules! enter {
    ([$($first:literal,)*], $serve:path) => {
        frame_asm!(
            entry_asm!([
                $($first,)*
                "mov r11, gs:[{slot}]",
                "mov dword ptr [r11 + {mark}], 1",
                "mov [r11 + {guest_rsp}], rsp",
                "mov rsp, [r11 + {kernel_stack}]",
                "sub rsp, {frame_bytes}",
                "mov [rsp + {rax}], rax",
                "mov [rsp + {rbx}], rbx",
                "mov [rsp + {rcx}], rcx",
                "mov [rsp + {rdx}], rdx",
                "mov [rsp + {rsi}], rsi",
                "mov [rsp + {rdi}], rdi",
                "mov [rsp + {rbp}], rbp",
                "mov [rsp + {r8}], r8",
                "mov [rsp + {r9}], r9",
                "mov [rsp + {r10}], r10",
                "mov [rsp + {r12}], r12",
                "mov [rsp + {r13}], r13",
                "mov [rsp + {r14}], r14",
                "mov [rsp + {r15}], r15",
                "mov [rsp + {rip}], rcx",
                "mov rcx, [r11 + {guest_rsp}]",
                "mov [rsp + {rsp}], rcx",
                "mov [rsp + {number}], rax",
                "mov qword ptr [rsp + {rflags}], {usual_flags}",
                "mov rbx, rsp",
                "mov qword ptr [rbx + {vectors}], 0",
                "cld",
            ], $serve),
            guest_rsp = const offset_of!(ThreadHead, guest_rsp),
            usual_flags = const USUAL_FLAGS,
            number = const offset_of!(SyscallFrame, number),
        )
    };
}

/// Where a `syscall` instruction goes.
///
/// # Safety
/// `gs:` names the calling thread, which is in the program; rcx is where it goes on.
#[unsafe(naked)]
#[unsafe(link_section = ".text.door")]
pub unsafe extern "C" fn enter_syscall() {
    enter!([], crate::syscalls::dispatch)
}

/// Where a thread comes on its way out of a call by symbol, as a function: its signals are delivered as on the way out of a system
/// call. Returns 1 if the call that they have ended is to be made again.
///
/// # Safety
/// `gs:` names the calling thread, which is in the program.
#[unsafe(naked)]
#[unsafe(link_section = ".text.door")]
pub unsafe extern "C" fn enter_for_signals() -> u32 {
    enter!(["pop rcx", "mov rax, -2",], serve_signals)
}

/// There is nothing to do but what the way out does.
extern "C" fn serve_signals(frame: &mut SyscallFrame) {
    frame.registers.rax = 0;
}

/// Brings a thread that was interrupted in the program into the kernel, where it looks at its pending work and goes back:
/// changes the registers that it goes on with.
pub fn bring_in(thread: &Thread, frame: &mut TrapFrame) {
    // SAFETY: the thread's own cell, which it reads when it goes on.
    unsafe { thread.own.interrupted.get().write(*frame) };
    thread.head.in_kernel.store(1, Ordering::Relaxed);
    thread.head.guest_rsp.store(frame.rsp as usize, Ordering::Relaxed);
    frame.rip = enter_interrupted as *const () as u64;
    frame.rsp = thread.head.kernel_stack_top.load(Ordering::Relaxed) as u64;
    frame.rflags &= !DIRECTION_FLAG;
}

/// The direction flag (SDM 1 3.4.3.2), which functions expect to be clear.
pub const DIRECTION_FLAG: u64 = 1 << 10;

/// Where [`bring_in`] sends a thread: its vector registers are the program's.
#[unsafe(naked)]
#[unsafe(link_section = ".text.door")]
unsafe extern "C" fn enter_interrupted() {
    entry_asm!(
        [
            "sub rsp, {frame_bytes}",
            "mov rbx, rsp",
            "mov dword ptr [rbx + {vectors}], 0",
            "mov dword ptr [rbx + {loads}], {exact}",
        ],
        take_interrupted,
        frame_bytes = const FRAME_BYTES,
        exact = const EXACT,
    )
}

/// Fills the frame of a thread that was brought in.
extern "C" fn take_interrupted(frame: &mut SyscallFrame) {
    let cx = crate::kernel::Context::current();
    // SAFETY: `bring_in` wrote it, on this thread.
    frame.registers = unsafe { cx.thread.own.interrupted.get().read() };
    cx.leave_detour(&mut frame.registers);
    frame.number = NO_CALL;
}

/// Looks at the thread's pending work and goes on in the program with what the frame holds.
#[unsafe(naked)]
#[unsafe(link_section = ".text.door")]
unsafe extern "C" fn leave_syscall() {
    frame_asm!(
        naked_asm!(
            ".cfi_startproc",
            ".cfi_undefined rip",
            "2:",
            "mov r11, gs:[{slot}]",
            "mov rbx, [r11 + {kernel_stack}]",
            "sub rbx, {frame_bytes}",
            "lea rsp, [rbx - {xmm_bytes} - {xsave_bytes}]",
            "and rsp, -64",
            "mov dword ptr [r11 + {mark}], 0",
            "test dword ptr [r11 + {pending}], {at_this_door}",
            "jz 5f",
            "mov dword ptr [r11 + {mark}], 1",
            "xor ebp, ebp",
            "mov rdi, rbx",
            "call {work}",
            "jmp 2b",
            "5:",
            "cmp qword ptr [rbx + {vectors}], 0",
            "jne 3f",
            "6:",
            "movups xmm0, [rbx - 0x100]",
            "movups xmm1, [rbx - 0xf0]",
            "movups xmm2, [rbx - 0xe0]",
            "movups xmm3, [rbx - 0xd0]",
            "movups xmm4, [rbx - 0xc0]",
            "movups xmm5, [rbx - 0xb0]",
            "movups xmm6, [rbx - 0xa0]",
            "movups xmm7, [rbx - 0x90]",
            // The stack pointer stays below all that is read, since this may begin again after an interruption, which uses the
            // stack there.
            "mov r11, rbx",
            "mov rax, [r11 + {rax}]",
            "mov rbx, [r11 + {rbx}]",
            "mov rdx, [r11 + {rdx}]",
            "mov rsi, [r11 + {rsi}]",
            "mov rdi, [r11 + {rdi}]",
            "mov rbp, [r11 + {rbp}]",
            "mov r8, [r11 + {r8}]",
            "mov r9, [r11 + {r9}]",
            "mov r10, [r11 + {r10}]",
            "mov r12, [r11 + {r12}]",
            "mov r13, [r11 + {r13}]",
            "mov r14, [r11 + {r14}]",
            "mov r15, [r11 + {r15}]",
            "test dword ptr [r11 + {loads}], {exact}",
            "jnz 4f",
            "mov rcx, [r11 + {rip}]",
            "mov rsp, [r11 + {rsp}]",
            ".globl osvrun_syscall_left",
            "osvrun_syscall_left:",
            "jmp rcx",
            // More than the usual registers.
            "3:",
            "mov eax, [rbx + {vectors}]",
            "test eax, eax",
            "jz 7f",
            "xor edx, edx",
            "xrstor64 [rsp]",
            "7:",
            "test dword ptr [rbx + {loads}], {high}",
            "jz 6b",
            "movups xmm8, [rbx - 0x80]",
            "movups xmm9, [rbx - 0x70]",
            "movups xmm10, [rbx - 0x60]",
            "movups xmm11, [rbx - 0x50]",
            "movups xmm12, [rbx - 0x40]",
            "movups xmm13, [rbx - 0x30]",
            "movups xmm14, [rbx - 0x20]",
            "movups xmm15, [rbx - 0x10]",
            "jmp 6b",
            // All registers: as an interrupt returns.
            "4:",
            "mov ecx, ss",
            "push rcx",
            "push qword ptr [r11 + {rsp}]",
            "push qword ptr [r11 + {rflags}]",
            "mov ecx, cs",
            "push rcx",
            "push qword ptr [r11 + {rip}]",
            "mov rcx, [r11 + {rcx}]",
            "mov r11, [r11 + {r11}]",
            "iretq",
            ".globl osvrun_syscall_end",
            "osvrun_syscall_end:",
            ".cfi_endproc"
        ),
        vectors = const offset_of!(SyscallFrame, vectors),
        pending = const offset_of!(ThreadHead, pending),
        at_this_door = const !PENDING_CANCEL as i32,
        xmm_bytes = const XMM_BYTES,
        xsave_bytes = const XSAVE_BYTES,
        r11 = const offset_of!(TrapFrame, r11),
        loads = const offset_of!(SyscallFrame, loads),
        exact = const EXACT,
        high = const HIGH,
        work = sym crate::syscalls::pending_work,
    )
}

unsafe extern "C" {
    safe static osvrun_syscall_left: u8;
    safe static osvrun_syscall_end: u8;
}

/// Where an interrupted thread is with respect to this door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the program, or on its way there with nothing left to load.
    Program,
    /// At the door: what is pending is looked at before the program goes on.
    Door,
}

/// Tells whether a thread that runs at `rip`, with its mark clear, is leaving the kernel through this door.
pub fn is_leaving(rip: u64) -> bool {
    (leave_syscall as *const () as u64..&raw const osvrun_syscall_end as u64).contains(&rip)
}

/// Brings a thread that was interrupted on its way in or out, with its mark clear, to a place where it can go on.
pub fn settle(frame: &mut TrapFrame) -> Place {
    if frame.rip == &raw const osvrun_syscall_left as u64 {
        frame.rip = frame.rcx;
        return Place::Program;
    }
    if is_leaving(frame.rip) {
        frame.rip = leave_syscall as *const () as u64;
        return Place::Door;
    }
    if super::door::settle(frame) {
        return Place::Door;
    }
    // The first instruction reads the thread, the second one sets the mark.
    let into = frame.rip.wrapping_sub(enter_syscall as *const () as u64);
    if into < FIRST_INSTRUCTIONS_BYTES { Place::Door } else { Place::Program }
}

/// No less than the length of [`enter_syscall`]'s first two instructions, and less than that of the first four.
const FIRST_INSTRUCTIONS_BYTES: u64 = 17;
