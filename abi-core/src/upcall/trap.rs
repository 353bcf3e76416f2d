//! Processor faults.

use core::sync::atomic::Ordering::{Relaxed, SeqCst};

use crate::boundary::syscall::{self, Place};
use crate::boundary::user::UserPtr;
use crate::libc::pthread::cancel::end_anywhere;
use crate::mm::{AddressSpace, FaultAnswer};
use crate::panic;
use crate::task::{PENDING_CANCEL, PENDING_END, PENDING_SIGNAL};

/// The registers of a thread that faulted, in the order of `ucontext`'s names.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub struct TrapFrame {
    /// General registers: rax, rbx, rcx, rdx, rsi, rdi, rbp, r8 … r15.
    pub rax: u64,
    /// rbx
    pub rbx: u64,
    /// rcx
    pub rcx: u64,
    /// rdx
    pub rdx: u64,
    /// rsi
    pub rsi: u64,
    /// rdi
    pub rdi: u64,
    /// rbp
    pub rbp: u64,
    /// r8
    pub r8: u64,
    /// r9
    pub r9: u64,
    /// r10
    pub r10: u64,
    /// r11
    pub r11: u64,
    /// r12
    pub r12: u64,
    /// r13
    pub r13: u64,
    /// r14
    pub r14: u64,
    /// r15
    pub r15: u64,
    /// Instruction pointer.
    pub rip: u64,
    /// Stack pointer.
    pub rsp: u64,
    /// Flags.
    pub rflags: u64,
}

/// The flags that a handler may change: CF PF AF ZF SF TF DF OF AC.
const CHANGEABLE_FLAGS: u64 = 0x4_0dd5;

impl TrapFrame {
    /// Returns the registers in the order of `ucontext_t`'s `gregs` (sys/ucontext.h).
    pub const fn to_context(&self) -> [u64; 18] {
        [
            self.r8,
            self.r9,
            self.r10,
            self.r11,
            self.r12,
            self.r13,
            self.r14,
            self.r15,
            self.rdi,
            self.rsi,
            self.rbp,
            self.rbx,
            self.rdx,
            self.rax,
            self.rcx,
            self.rsp,
            self.rip,
            self.rflags,
        ]
    }

    /// Returns the registers that a handler left in its context; flags that are not its to change stay as they are.
    #[must_use]
    pub const fn with_context(&self, context: [u64; 18]) -> Self {
        let [r8, r9, r10, r11, r12, r13, r14, r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, flags] =
            context;
        let rflags = self.rflags & !CHANGEABLE_FLAGS | flags & CHANGEABLE_FLAGS;
        Self { rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15, rip, rsp, rflags }
    }

    /// Returns one of zeros.
    pub const fn zero() -> Self {
        Self {
            rax: 0,
            rbx: 0,
            rcx: 0,
            rdx: 0,
            rsi: 0,
            rdi: 0,
            rbp: 0,
            r8: 0,
            r9: 0,
            r10: 0,
            r11: 0,
            r12: 0,
            r13: 0,
            r14: 0,
            r15: 0,
            rip: 0,
            rsp: 0,
            rflags: 0,
        }
    }
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrapKind {
    /// A page was not there or did not allow the access (SDM #PF); the address and what was tried.
    Page {
        /// The address touched.
        address: usize,
        /// What was tried: one of READ, WRITE, EXECUTE.
        access: crate::backend::Access,
    },
    /// A page beyond the end of the file that is mapped there. [`fault`] finds this out; backends say `Page`.
    PastEnd {
        /// The address touched.
        address: usize,
        /// What was tried.
        access: crate::backend::Access,
    },
    /// A general protection, stack or alignment fault (SDM #GP #SS #AC): a non-canonical address, mostly.
    Protection,
    /// #DE
    Divide,
    /// #UD
    InvalidOpcode,
    /// #MF or #XM
    FloatingPoint {
        /// The exceptions that were raised and not masked: IE, DE, ZE, OE, UE, PE from bit 0 on.
        exceptions: u8,
    },
    /// #BP
    Breakpoint,
    /// #DB
    Debug,
    /// A `syscall` instruction in the kernel.
    Syscall,
}

/// What the backend does next.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrapAnswer {
    /// Load the (perhaps changed) frame and go on.
    Resume,
}

/// Gives back the memory around `address`, which the program will not see again, so that the report has pages to read
/// unwind tables into. The stack stays: the backtrace is there.
fn make_room(mm: &AddressSpace, address: usize, stack_pointer: usize) {
    if let Some((region, _)) = mm.region_of(address)
        && !region.contains(stack_pointer)
    {
        // Without room the report is shorter.
        let _ = mm.discard(region.start, region.len_bytes);
    }
}

/// Looks at a thread that [`crate::backend::Threads::interrupt`] stopped in application code, or that is about to return
/// there from [`fault`]: the backend goes on with the (perhaps changed) frame. Does not sleep.
pub fn interrupted(frame: &mut TrapFrame) {
    let thread = crate::task::current();
    let head = &thread.head;
    let pending = head.pending.load(SeqCst);
    if head.in_kernel.load(Relaxed) != 0 || pending & (PENDING_END | PENDING_SIGNAL | PENDING_CANCEL) == 0 {
        return;
    }
    if syscall::settle(frame) == Place::Door {
        return;
    }
    if pending & PENDING_END == 0 {
        if pending & PENDING_SIGNAL != 0 {
            syscall::bring_in(thread, frame);
        } else if thread.ends_anywhere() {
            // As if it had called that.
            let at = frame.rsp - 8;
            if UserPtr::<u64>::new(at as usize).write(frame.rip).is_ok() {
                (frame.rsp, frame.rip) = (at, end_anywhere as *const () as u64);
            }
        }
        return;
    }
    // The program will not see its stack again, which may be anything.
    head.in_kernel.store(1, Relaxed);
    frame.rip = end_thread as *const () as u64;
    frame.rsp = head.kernel_stack_top.load(Relaxed) as u64 - 8;
    frame.rflags &= !syscall::DIRECTION_FLAG;
}

/// Where a thread that was stopped in application code ends, on its kernel stack.
extern "C" fn end_thread() -> ! {
    crate::kernel::Context::current().thread_exit()
}

/// Handles a fault of the current thread. Runs on the thread's kernel stack or a stack of its own, never on the
/// guest's; may sleep. Does not return when the fault ends the program.
pub fn fault(mut kind: TrapKind, frame: &mut TrapFrame) -> TrapAnswer {
    if let TrapKind::Page { address, access } = kind
        && let Some(kernel) = crate::kernel::try_kernel()
    {
        match kernel.mm.resolve_fault(address, access) {
            FaultAnswer::Mapped => {
                crate::task::current().page_faults.fetch_add(1, Relaxed);
                kernel.tasks.page_faults.fetch_add(1, Relaxed);
                return TrapAnswer::Resume;
            }
            FaultAnswer::OutOfMemory => {
                let holders = kernel.mm.holders();
                make_room(&kernel.mm, address, frame.rsp as usize);
                panic::out_of_memory(address, holders, frame)
            }
            FaultAnswer::PastEnd => kind = TrapKind::PastEnd { address, access },
            FaultAnswer::NotMapped | FaultAnswer::Denied => {}
        }
    }
    if let Some(landing) = crate::boundary::user::fixup(frame.rip as usize) {
        frame.rip = landing as u64;
        return TrapAnswer::Resume;
    }
    if crate::task::current().is_in_kernel() {
        panic::kernel_fault(kind, frame);
    }
    if crate::libc::fault::is_end(frame.rip) && crate::signal::end_fault(frame) {
        return TrapAnswer::Resume;
    }
    if let TrapKind::Page { address, .. } = kind {
        crate::loader::missing::report_if_touched(address, frame.rip as usize);
    }
    if crate::signal::fault_signal(kind, frame) {
        return TrapAnswer::Resume;
    }
    panic::fatal_fault(panic::signal_of(kind), kind, frame)
}
