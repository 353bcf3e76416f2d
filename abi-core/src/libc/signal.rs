//! The program's side of signals: what runs a handler, and what goes on after a fault's.

use core::arch::naked_asm;
use core::ffi::{c_int, c_void};
use core::mem::offset_of;

use super::pthread::{current, thread};
use super::state::state;
use crate::boundary::user::UserPtr;
use crate::exports::setjmp::{UserContext, getcontext};
use crate::upcall::TrapFrame;

/// What a handler's thread is told, at the top of its stack.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub struct HandlerBlock {
    /// The handler.
    pub function: usize,
    /// The signal, or 0 for a plain call with `value`.
    pub number: c_int,
    /// Whether the handler takes three arguments.
    pub takes_info: c_int,
    /// Argument of a plain call.
    pub value: u64,
    /// The thread's stack.
    pub stack_start: usize,
    /// Its size.
    pub stack_bytes: usize,
    /// The mask of the thread.
    pub mask: u64,
    /// `siginfo_t`
    pub info: [u64; 16],
}

/// A handler thread's first function in the program.
pub unsafe extern "C" fn handler_main(block: *mut HandlerBlock) -> ! {
    // SAFETY: the block or frame is the one the kernel made for this thread; `current` is the thread's own
    // part of its control block.
    unsafe {
        state().pthread.others.fetch_add(1, core::sync::atomic::Ordering::Relaxed);
        let fields = current();
        (*fields).stack_start = (*block).stack_start;
        (*fields).stack_bytes = (*block).stack_bytes;
        (*fields).join_state.store(thread::DETACHED, core::sync::atomic::Ordering::Relaxed);
        let function = (*block).function;
        if (*block).number == 0 {
            let function: unsafe extern "C" fn(u64) = core::mem::transmute(function);
            function((*block).value);
        } else {
            (*fields).runs_handler = 1;
            let function: unsafe extern "C" fn(c_int, *mut c_void, *mut UserContext) =
                core::mem::transmute(function);
            let mut context: UserContext = core::mem::zeroed();
            getcontext(&raw mut context);
            function((*block).number, (&raw mut (*block).info).cast(), &raw mut context);
        }
        thread::exit(core::ptr::null_mut())
    }
}

/// longjmp(3) is about to leave for `rsp`: stops the program when that is not on this handler thread's stack.
pub fn check_jump(rsp: usize) {
    // SAFETY: the block or frame is the one the kernel made for this thread; `current` is the thread's own
    // part of its control block.
    unsafe {
        let fields = current();
        if (*fields).runs_handler != 0 && rsp.wrapping_sub((*fields).stack_start) > (*fields).stack_bytes {
            crate::panic::stop_program(format_args!(
                "longjmp out of a signal handler: handlers run in threads of their own"
            ));
        }
    }
}

/// What a fault's handler finds on its stack.
#[repr(C, align(64))]
pub struct FaultFrame {
    fp_state: [u64; 64],
    context: UserContext,
    info: [u64; 16],
    handler: usize,
    number: usize,
}

impl FaultFrame {
    /// Makes the frame for a fault at `frame`.
    pub fn new(frame: &TrapFrame, handler: usize, number: c_int, code: c_int, mask: u64) -> Self {
        // SAFETY: all-zero is a value of every field.
        let mut this: Self = unsafe { core::mem::zeroed() };
        let f = frame;
        this.context.registers[..18].copy_from_slice(&[
            f.r8, f.r9, f.r10, f.r11, f.r12, f.r13, f.r14, f.r15, f.rdi, f.rsi, f.rbp, f.rbx, f.rdx, f.rax,
            f.rcx, f.rsp, f.rip, f.rflags,
        ]);
        this.context.registers[18] = 0x002b_0000_0000_0033;
        this.context.mask[0] = mask;
        this.info[0] = number as u32 as u64;
        this.info[1] = code as u32 as u64;
        (this.handler, this.number) = (handler, number as usize);
        this
    }

    /// Sets the address the fault is about, and the processor's error code.
    pub fn set_address(&mut self, address: u64, error: u64) {
        self.info[2] = address;
        self.context.registers[19] = error;
        self.context.registers[20] = if error == 0 { 0 } else { 14 };
        self.context.registers[22] = address;
    }

    /// Sets the alternate stack, and the address the frame will have.
    pub fn set_stack(&mut self, start: usize, flags: c_int, len_bytes: usize, at: usize) {
        self.context.stack_start = start;
        self.context.stack_flags = flags;
        self.context.stack_bytes = len_bytes;
        self.context.fp_state = at as *mut c_void;
    }

    /// Returns its bytes.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: the value was zeroed as a whole, padding too.
        unsafe { core::slice::from_raw_parts(core::ptr::from_ref(self).cast(), size_of::<Self>()) }
    }
}

/// The handler has returned: the mask from before the fault, or what the handler put in the context.
unsafe extern "C" fn end_of_fault(frame: *mut FaultFrame) {
    // SAFETY: the block or frame is the one the kernel made for this thread; `current` is the thread's own
    // part of its control block.
    unsafe {
        let mask = UserPtr::new(&raw mut (*frame).context.mask as usize);
        crate::exports::signal::sigprocmask(crate::abi::SIG_SETMASK, mask, UserPtr::new(0));
    }
}

const CONTEXT: usize = offset_of!(FaultFrame, context);
const REGISTERS: usize = CONTEXT + offset_of!(UserContext, registers);

/// Calls the handler of the [`FaultFrame`] that rdi and rsp point to, and goes on as its context says, all registers
/// restored. The last step leaves the red zone below the new stack pointer alone.
#[unsafe(naked)]
pub unsafe extern "C" fn fault_trampoline() -> ! {
    naked_asm!(
        "mov rbx, rdi",
        "fxsave64 [rbx]",
        "mov edi, [rbx + {number}]",
        "lea rsi, [rbx + {info}]",
        "lea rdx, [rbx + {context}]",
        "mov rax, [rbx + {handler}]",
        "call rax",
        "mov rdi, rbx",
        "call {end}",
        "fxrstor64 [rbx]",
        "mov rax, [rbx + {registers} + 15 * 8]",
        "sub rax, 144",
        "mov rcx, [rbx + {registers} + 16 * 8]",
        "mov [rax + 8], rcx",
        "mov rcx, [rbx + {registers} + 17 * 8]",
        "mov [rax], rcx",
        "mov rsp, rax",
        "mov r8, [rbx + {registers}]",
        "mov r9, [rbx + {registers} + 1 * 8]",
        "mov r10, [rbx + {registers} + 2 * 8]",
        "mov r11, [rbx + {registers} + 3 * 8]",
        "mov r12, [rbx + {registers} + 4 * 8]",
        "mov r13, [rbx + {registers} + 5 * 8]",
        "mov r14, [rbx + {registers} + 6 * 8]",
        "mov r15, [rbx + {registers} + 7 * 8]",
        "mov rdi, [rbx + {registers} + 8 * 8]",
        "mov rsi, [rbx + {registers} + 9 * 8]",
        "mov rbp, [rbx + {registers} + 10 * 8]",
        "mov rdx, [rbx + {registers} + 12 * 8]",
        "mov rax, [rbx + {registers} + 13 * 8]",
        "mov rcx, [rbx + {registers} + 14 * 8]",
        "mov rbx, [rbx + {registers} + 11 * 8]",
        "popfq",
        "ret 128",
        number = const offset_of!(FaultFrame, number),
        info = const offset_of!(FaultFrame, info),
        context = const CONTEXT,
        handler = const offset_of!(FaultFrame, handler),
        registers = const REGISTERS,
        end = sym end_of_fault,
    )
}
