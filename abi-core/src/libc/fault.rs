//! What runs the handler of a fault on the thread that faulted, and goes on afterwards.
//!
//! The frame lies on the program's stack. Below it is the vector state, as XSAVE stores it and as Linux lays it out for
//! handlers that look into it.

use core::arch::naked_asm;
use core::ffi::{c_int, c_void};
use core::mem::offset_of;

use crate::boundary::guest::registers_of_context;
use crate::boundary::user::UserPtr;
use crate::boundary::vectors::{DESCRIPTION, FRAME_COMPONENTS, MAGIC1, VectorArea};
use crate::exports::setjmp::UserContext;
use crate::upcall::TrapFrame;

/// What a fault's handler finds on its stack.
#[repr(C, align(64))]
pub struct FaultFrame {
    context: UserContext,
    info: [u64; 16],
    handler: usize,
    number: usize,
    has_xsave: usize,
}

/// `UC_FP_XSTATE | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS`
const CONTEXT_FLAGS: u64 = 7;

impl FaultFrame {
    /// Makes the frame for a fault at `frame`.
    pub fn new(frame: &TrapFrame, handler: usize, number: c_int, code: c_int, mask: u64) -> Self {
        // SAFETY: all-zero is a value of every field.
        let mut this: Self = unsafe { core::mem::zeroed() };
        this.context.registers[..18].copy_from_slice(&frame.to_context());
        this.context.registers[18] = 0x002b_0000_0000_0033;
        this.context.mask[0] = mask;
        this.info[0] = number as u32 as u64;
        this.info[1] = code as u32 as u64;
        (this.handler, this.number) = (handler, number as usize);
        this
    }

    /// Returns a frame to be read into.
    pub fn empty() -> Self {
        // SAFETY: all-zero is a value of every field.
        unsafe { core::mem::zeroed() }
    }

    /// Sets the processor's error code, the exception, and the address the fault is about.
    pub fn set_fault(&mut self, [error, exception, address]: [u64; 3]) {
        self.info[2] = address;
        self.context.registers[19] = error;
        self.context.registers[20] = exception;
        self.context.registers[22] = address;
    }

    /// Sets the alternate stack.
    pub fn set_stack(&mut self, start: usize, flags: c_int, len_bytes: usize) {
        self.context.stack_start = start;
        self.context.stack_flags = flags;
        self.context.stack_bytes = len_bytes;
    }

    /// Sets where the vector state goes.
    pub fn set_vectors(&mut self, area: &VectorArea, at: usize) {
        self.context.fp_state = at as *mut c_void;
        self.has_xsave = usize::from(area.has_xsave());
        self.context.flags = if area.has_xsave() { CONTEXT_FLAGS } else { CONTEXT_FLAGS & !1 };
    }

    /// Returns the registers the context has now; flags that are not the program's stay as in `old`.
    pub fn registers(&self, old: &TrapFrame) -> TrapFrame {
        old.with_context(core::array::from_fn(|index| self.context.registers[index]))
    }

    /// Returns its bytes.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: the value was zeroed as a whole, padding too.
        unsafe { core::slice::from_raw_parts(core::ptr::from_ref(self).cast(), size_of::<Self>()) }
    }

    /// Returns its bytes, to be read into.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as for `bytes`; every bit pattern is a value.
        unsafe { core::slice::from_raw_parts_mut(core::ptr::from_mut(self).cast(), size_of::<Self>()) }
    }
}

const CONTEXT: usize = offset_of!(FaultFrame, context);
const REGISTERS: usize = CONTEXT + offset_of!(UserContext, registers);

/// Calls the handler of the [`FaultFrame`] that rdi points to, with the vector state, which is still that of the fault,
/// saved. Going on takes the kernel: the last instruction traps, so that all registers can be loaded and nothing is
/// written to the stack that the program goes on with.
#[unsafe(naked)]
pub unsafe extern "C" fn fault_trampoline() -> ! {
    naked_asm!(
        ".cfi_startproc",
        ".cfi_signal_frame",
        ".cfi_def_cfa rbx, 0",
        registers_of_context!(),
        "mov rbx, rdi",
        "mov rcx, [rbx + {vectors}]",
        "cmp qword ptr [rbx + {has_xsave}], 0",
        "je 2f",
        "mov eax, {components}",
        "xor edx, edx",
        "xsave64 [rcx]",
        "jmp 3f",
        "2: fxsave64 [rcx]",
        // A handler starts with the state a program starts with.
        "3: fninit",
        "push 0x1f80",
        "ldmxcsr [rsp]",
        "add rsp, 8",
        "cld",
        "mov edi, [rbx + {number}]",
        "lea rsi, [rbx + {info}]",
        "lea rdx, [rbx + {context}]",
        "mov rax, [rbx + {handler}]",
        "call rax",
        "mov rdi, rbx",
        "call {end}",
        "mov rcx, [rbx + {vectors}]",
        "test rcx, rcx",
        "je 5f",
        "cmp qword ptr [rbx + {has_xsave}], 0",
        "je 4f",
        "cmp dword ptr [rcx + {description}], {magic1}",
        "jne 4f",
        "mov eax, [rcx + {description} + 8]",
        "mov edx, [rcx + {description} + 12]",
        "xrstor64 [rcx]",
        "jmp 5f",
        "4: fxrstor64 [rcx]",
        "5: mov rdi, rbx",
        ".globl osvrun_end_of_fault",
        "osvrun_end_of_fault:",
        "ud2",
        ".cfi_endproc",
        number = const offset_of!(FaultFrame, number),
        info = const offset_of!(FaultFrame, info),
        context = const CONTEXT,
        handler = const offset_of!(FaultFrame, handler),
        has_xsave = const offset_of!(FaultFrame, has_xsave),
        vectors = const CONTEXT + offset_of!(UserContext, fp_state),
        description = const DESCRIPTION,
        magic1 = const MAGIC1,
        components = const FRAME_COMPONENTS,
        registers = const REGISTERS,
        end = sym restore_mask,
    )
}

/// The handler has returned: the mask from before the fault, or what the handler put in the context.
unsafe extern "C" fn restore_mask(frame: *mut FaultFrame) {
    // SAFETY: the frame is the one the kernel made for this thread.
    unsafe {
        let mask = UserPtr::new(&raw mut (*frame).context.mask as usize);
        crate::exports::signal::sigprocmask(crate::abi::SIG_SETMASK, mask, UserPtr::new(0));
    }
}

unsafe extern "C" {
    safe static osvrun_end_of_fault: u8;
}

/// Tells whether the instruction at `rip` is the trampoline's last; rdi holds the [`FaultFrame`] then.
pub fn is_end(rip: u64) -> bool {
    rip == &raw const osvrun_end_of_fault as u64
}
