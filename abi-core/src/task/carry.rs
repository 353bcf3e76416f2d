//! Running one thread of the program after another on one thread of the backend.
//!
//! [`Context::carry`] goes on as another thread until that one ends. The caller's frames stay where they are, above the
//! top of the other's kernel stack. A thread that waits for the handler of its own signal carries it; other short
//! threads are carried by *carriers*, threads of the kernel of which some are kept for the next time.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::arch::naked_asm;
use core::sync::atomic::{AtomicU32, Ordering};

use super::{Program, Stack, Thread};
use crate::abi::{Errno, Result};
use crate::backend::{ThreadEntry, ThreadSpec};
use crate::boundary::guest::{GuestStart, enter_guest};
use crate::boundary::user::UserPtr;
use crate::kernel::Context;
use crate::loader::tls;
use crate::signal::HandlerRun;
use crate::sync::Mutex;

/// What the frames between a caller's and the other thread's may take of a kernel stack.
const GAP_BYTES: usize = 4096;
/// How much of a kernel stack may be in use when it begins to carry.
const DEEPEST_BYTES: usize = 16 << 10;
/// Carriers that are kept.
const IDLE_MAX: usize = 8;

/// A thread to be carried, ready to run.
pub struct Load {
    /// The thread.
    pub thread: Arc<Thread>,
    /// The signal's handler it runs, if it does.
    pub run: Option<Arc<HandlerRun>>,
}

/// A thread of the kernel that carries others.
struct Carrier {
    /// What it is to carry.
    load: Mutex<Option<Load>>,
    /// Not 0 once there is something.
    is_loaded: AtomicU32,
}

/// Carriers.
pub struct Carriers {
    idle: Mutex<Vec<Arc<Carrier>>>,
    /// Threads of carriers that are ending.
    ending: Mutex<Vec<Arc<Thread>>>,
}

impl Carriers {
    /// Makes the state a machine starts with.
    pub const fn new() -> Self {
        Self { idle: Mutex::new(Vec::new()), ending: Mutex::new(Vec::new()) }
    }
}

impl Default for Carriers {
    fn default() -> Self {
        Self::new()
    }
}

/// Keeps what a C function keeps, stores the stack pointer in `*place`, and enters the program with the floating-point
/// control words a program starts with. Returns when [`switch_back`] is called with what was stored.
///
/// # Safety
/// As for [`enter_guest`].
#[unsafe(naked)]
unsafe extern "C" fn switch_to(start: &GuestStart, place: *mut usize) {
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
        "mov [rsi], rsp",
        "push 0x1f80",
        "ldmxcsr [rsp]",
        "fninit",
        "jmp {enter}",
        enter = sym enter_guest,
    )
}

/// Returns from [`switch_to`].
///
/// # Safety
/// `stack_pointer` is what `switch_to` stored, and it has not returned yet.
#[unsafe(naked)]
unsafe extern "C" fn switch_back(stack_pointer: usize) -> ! {
    naked_asm!(
        "mov rsp, rdi",
        "fninit",
        "ldmxcsr [rsp]",
        "fldcw [rsp + 4]",
        "cld",
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

/// Returns about where the caller's frame lies.
#[inline(always)]
fn stack_pointer() -> usize {
    let at: usize;
    // SAFETY: reads a register.
    unsafe { core::arch::asm!("mov {}, rsp", out(reg) at, options(nomem, nostack, preserves_flags)) };
    at
}

impl Thread {
    /// Tells whether the calling thread, which is this one, has room on its kernel stack to carry another.
    pub fn can_carry(&self) -> bool {
        self.stack_base().wrapping_sub(stack_pointer()) < DEEPEST_BYTES
    }

    fn stack_base(&self) -> usize {
        match self.carried.base.load(Ordering::Relaxed) {
            0 => self.head.kernel_stack_top.load(Ordering::Relaxed),
            base => base,
        }
    }
}

impl Context<'_> {
    /// Runs a prepared thread to its end in place of the calling one.
    pub fn carry(self, thread: &Arc<Thread>) {
        let backend = self.kernel.backend;
        let own_top = self.thread.head.kernel_stack_top.load(Ordering::Relaxed);
        let top = stack_pointer().wrapping_sub(GAP_BYTES) & !63;
        let id = backend.current();
        thread.head.kernel_stack_top.store(top, Ordering::Relaxed);
        thread.carried.base.store(self.thread.stack_base(), Ordering::Relaxed);
        let before = backend.cpu_time(id).as_nanos() as u64;
        thread.cpu_before.store(before, Ordering::Relaxed);
        thread.backend_id.store(id.0, Ordering::Release);
        let start = GuestStart {
            rip: thread.entry.function.load(Ordering::Relaxed),
            rsp: thread.entry_rsp.load(Ordering::Relaxed),
            rdi: thread.entry.argument.load(Ordering::Relaxed),
            rsi: 0,
            rdx: 0,
        };
        if thread.scheduling.differs(&self.thread.scheduling) {
            self.place(thread);
        }
        // SAFETY: the caller's reference keeps the thread until it has ended; no frame below is needed by then.
        unsafe { backend.go_on_as(Arc::as_ptr(thread).cast_mut().cast(), top) };
        // SAFETY: `short_thread` made the control block, which is given back after this.
        unsafe { backend.set_thread_pointer(thread.tcb.load(Ordering::Relaxed)) };
        // SAFETY: a function of the program's library and the top of a stack made for it.
        unsafe { switch_to(&start, thread.carried.stack_pointer.as_ptr()) };
        // SAFETY: as it was before.
        unsafe { backend.go_on_as(core::ptr::from_ref(self.thread).cast_mut().cast(), own_top) };
        let own_tcb = self.thread.tcb.load(Ordering::Relaxed);
        if own_tcb != 0 {
            // SAFETY: the calling thread's own control block.
            unsafe { backend.set_thread_pointer(own_tcb) };
        }
        let used = (backend.cpu_time(id).as_nanos() as u64).saturating_sub(before);
        self.thread.cpu_before.fetch_add(used, Ordering::Relaxed);
        if thread.scheduling.differs(&self.thread.scheduling) {
            self.place_anew();
        }
    }

    /// If the calling thread is carried, goes back to who carries it.
    pub(super) fn end_carried(self) {
        let stack_pointer = self.thread.carried.stack_pointer.swap(0, Ordering::Relaxed);
        if stack_pointer != 0 {
            // SAFETY: `carry` waits there.
            unsafe { switch_back(stack_pointer) }
        }
    }

    /// Makes a thread of `program` to be carried. It is in no table yet.
    pub fn short_thread(
        self,
        program: &Arc<Program>,
        stack_bytes: usize,
        guard_bytes: usize,
    ) -> Result<(Arc<Thread>, Stack)> {
        self.make_thread(program, stack_bytes, guard_bytes, None)
    }

    /// Puts a short thread into the table of threads, to run `function(argument)`.
    pub fn admit(self, thread: &Arc<Thread>, function: usize, argument: usize) -> Result<()> {
        thread.entry.function.store(function, Ordering::Relaxed);
        thread.entry.argument.store(argument, Ordering::Relaxed);
        thread.ends_detached.store(1, Ordering::Relaxed);
        {
            let mut threads = self.kernel.tasks.threads.lock();
            if thread.program.is_ending.load(Ordering::SeqCst) || threads.len() >= super::spawn::THREADS_MAX {
                return Err(Errno::EAGAIN);
            }
            thread.backend_id.store(super::spawn::STARTING, Ordering::Release);
            threads.push(thread.clone());
        }
        tls::catch_up(thread)
    }

    /// A short thread is at its end, or never ran: keeps its memory for the next one.
    pub fn dismiss(self, thread: &Arc<Thread>) {
        super::spawn::give_back(self, thread);
        {
            // Not before its memory is kept: whoever ends the program waits for what the table holds.
            let mut threads = self.kernel.tasks.threads.lock();
            if let Some(at) = threads.iter().rposition(|other| Arc::ptr_eq(other, thread)) {
                threads.remove(at);
            }
        }
        thread.alive.store(0, Ordering::Release);
        self.kernel.backend.wake(&thread.alive, usize::MAX);
    }

    /// Has a carrier run a thread that [`Context::admit`] took.
    pub fn send_off(self, load: Load) -> Result<()> {
        let carriers = &self.kernel.tasks.carriers;
        if let Some(carrier) = carriers.idle.lock().pop() {
            *carrier.load.lock() = Some(load);
            carrier.is_loaded.store(1, Ordering::Release);
            self.kernel.backend.wake(&carrier.is_loaded, 1);
            return Ok(());
        }
        let carrier = Carrier { load: Mutex::new(Some(load)), is_loaded: AtomicU32::new(1) };
        self.start_carrier(Arc::new(carrier))
    }

    fn start_carrier(self, carrier: Arc<Carrier>) -> Result<()> {
        let carriers = &self.kernel.tasks.carriers;
        carriers.ending.lock().retain(|thread| thread.alive.load(Ordering::Acquire) != 0);
        let program = self.kernel.tasks.program().unwrap_or_else(|| self.thread.program.clone());
        let noted = Arc::new(Thread::new(0, program));
        let thread = Arc::into_raw(noted.clone());
        let argument = Box::into_raw(Box::new(carrier));
        let entry: ThreadEntry = run_carrier;
        let spec = ThreadSpec::new(entry, argument.expose_provenance(), thread.cast_mut().cast());
        // SAFETY: the carrier hands its reference on when it ends.
        match unsafe { self.kernel.backend.spawn(&spec) } {
            Ok(id) => self.note_own(&noted, id),
            Err(error) => {
                // SAFETY: nobody took it.
                drop(unsafe { Box::from_raw(argument) });
                // SAFETY: as above.
                drop(unsafe { Arc::from_raw(thread) });
                return Err(error.into());
            }
        }
        Ok(())
    }
}

/// A carrier's first function.
extern "C" fn run_carrier(argument: usize, kernel_stack_top: usize) -> ! {
    // SAFETY: `start_carrier` gave it to this thread.
    let carrier: Arc<Carrier> =
        *unsafe { Box::from_raw(core::ptr::with_exposed_provenance_mut::<Arc<Carrier>>(argument)) };
    let cx = Context::current();
    cx.thread.arrive(kernel_stack_top);
    let carriers = &cx.kernel.tasks.carriers;
    loop {
        carrier.is_loaded.store(0, Ordering::Relaxed);
        let load = carrier.load.lock().take();
        if let Some(Load { thread, run }) = load {
            if let Some(run) = &run {
                run.begins();
            }
            cx.carry(&thread);
            if let Some(run) = &run {
                // Who finds the thread gone finds what its end does done.
                cx.handler_ended(run, &thread);
            }
            cx.dismiss(&thread);
            drop(thread);
            // Free before others are looked for to be carried: the next one may be this one's.
            let is_kept = {
                let mut idle = carriers.idle.lock();
                let has_room = idle.len() < IDLE_MAX;
                if has_room {
                    idle.push(carrier.clone());
                }
                has_room
            };
            drop(run);
            cx.deliver_to_others();
            if !is_kept {
                break;
            }
        }
        while carrier.is_loaded.load(Ordering::Acquire) == 0 {
            let _ = cx.kernel.backend.wait_uninterruptible(&carrier.is_loaded, 0, None);
        }
    }
    drop(carrier);
    let thread: *const Thread = cx.thread;
    // SAFETY: the reference that `start_carrier` left with the thread.
    let own = unsafe { Arc::from_raw(thread) };
    carriers.ending.lock().push(own);
    // SAFETY: the list keeps the thread until `alive` is 0, which is the last the backend does with it.
    let alive: &'static AtomicU32 = unsafe { &(*thread).alive };
    cx.kernel.backend.exit_thread(Some(alive))
}

/// Stores `value` at the top of a thread's stack and has the thread start below it; returns where it is.
pub fn put_on_stack<T: crate::boundary::user::Plain>(
    thread: &Thread,
    stack: &Stack,
    value: T,
) -> Result<usize> {
    let at = (stack.start + stack.len_bytes - size_of::<T>()) & !63;
    UserPtr::new(at).write(value).map_err(|_| Errno::ENOMEM)?;
    thread.entry_rsp.store(at - 8, Ordering::Relaxed);
    Ok(at)
}
