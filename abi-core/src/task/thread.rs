//! One thread of the guest.

use core::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};

use alloc::sync::Arc;

use super::{Entry, FutexWaiter, Leaving, OwnLibc, Program, Scheduling, Stack};
use crate::abi;
use crate::backend::{GS_SLOT_OFFSET, ThreadId};
use crate::loader::tls::LayoutVersion;
use crate::signal::ThreadSignals;
use crate::sync::Mutex;

/// The head of [`Thread`], which assembly reads and writes by offset.
#[repr(C)]
#[derive(Debug)]
pub struct ThreadHead {
    /// 1 while the thread is inside a kernel row: tells a program's fault from a kernel's.
    pub in_kernel: AtomicU32,
    /// Not 0 while calls by symbol take the way on which their arguments are known: for a trace, to make one again, or not to begin
    /// one.
    pub tracing: AtomicU32,
    /// Not 0 when the thread has work to do on its way out of the kernel.
    pub pending: AtomicU32,
    /// Counts entries into the kernel; the next one's row goes in `last_rows` where this says.
    pub entries: AtomicU32,
    /// The guest's stack pointer at the last entry.
    pub guest_rsp: AtomicUsize,
    /// Where the kernel stack starts.
    pub kernel_stack_top: AtomicUsize,
    /// The [`crate::boundary::door::Row`] of the last entry.
    pub row: AtomicUsize,
    /// The rows of the last entries, for reports.
    pub last_rows: [AtomicUsize; LAST_ROWS],
}

/// How many calls a thread remembers: a power of two.
pub const LAST_ROWS: usize = 8;

/// One thread of the guest.
#[repr(C)]
pub struct Thread {
    /// What assembly uses; first.
    pub head: ThreadHead,
    /// The thread's number, as `gettid(2)` gives it.
    pub tid: i32,
    /// The backend's name for it; 0 until it runs.
    pub backend_id: AtomicU64,
    /// Woken by whoever ends a wait of this thread (futexes, poll, sleep).
    pub park: AtomicU32,
    /// Its place in a futex's queue.
    pub futex: Arc<FutexWaiter>,
    /// Whether it may own locks.
    pub leaving: Leaving,
    /// The thread control block (guest memory, `libc::tcb::Tcb`), 0 until it has one.
    pub tcb: AtomicUsize,
    /// The program it runs.
    pub program: Arc<Program>,
    /// 1 from the start until the backend no longer uses anything of the thread.
    pub alive: AtomicU32,
    /// 1 once nobody will join it.
    pub ends_detached: AtomicU32,
    /// Its stack, where the kernel made one.
    pub stack: Mutex<Option<Stack>>,
    /// Where it starts in the program.
    pub entry: Entry,
    /// Stack pointer it starts with.
    pub entry_rsp: AtomicUsize,
    /// Blocked signals: bit n-1 is signal n.
    pub sigmask: AtomicU64,
    /// What else it knows about signals.
    pub signals: ThreadSignals,
    /// What it was told about its scheduling.
    pub scheduling: Scheduling,
    /// Page faults of its that `mm` answered.
    pub page_faults: AtomicU64,
    /// While another thread carries it.
    pub carried: Carried,
    /// Nanoseconds of processor time of the backend's thread that are not this thread's.
    pub cpu_before: AtomicU64,
    /// What its thread-local storage was made for.
    pub tls_layout: Mutex<LayoutVersion>,
    /// What it has where its program brings its own libc.
    pub own: OwnLibc,
}

/// A thread's part of [`super::carry`].
#[derive(Debug, Default)]
pub struct Carried {
    /// Where who carries it goes on; 0 on a thread that nobody carries.
    pub stack_pointer: AtomicUsize,
    /// The top of the kernel stack of the backend's thread.
    pub base: AtomicUsize,
}

impl Thread {
    /// Tells whether the thread is among those of `/proc/self/task`: it has not ended, or is the first one, which stays.
    pub fn is_listed(&self) -> bool {
        let has_ended = self.alive.load(Ordering::Acquire) == 0 || self.own.has_exited();
        self.tid == abi::PID || !has_ended
    }

    /// Makes a thread that is in the kernel and runs nothing yet.
    pub fn new(tid: i32, program: Arc<Program>) -> Self {
        Self {
            head: ThreadHead {
                in_kernel: AtomicU32::new(1),
                tracing: AtomicU32::new(0),
                pending: AtomicU32::new(0),
                entries: AtomicU32::new(0),
                guest_rsp: AtomicUsize::new(0),
                kernel_stack_top: AtomicUsize::new(0),
                row: AtomicUsize::new(0),
                last_rows: [const { AtomicUsize::new(0) }; LAST_ROWS],
            },
            tid,
            backend_id: AtomicU64::new(0),
            park: AtomicU32::new(0),
            futex: Arc::new(FutexWaiter::new()),
            leaving: Leaving::new(),
            tcb: AtomicUsize::new(0),
            program,
            alive: AtomicU32::new(1),
            ends_detached: AtomicU32::new(0),
            stack: Mutex::new(None),
            entry: Entry::default(),
            entry_rsp: AtomicUsize::new(0),
            sigmask: AtomicU64::new(0),
            signals: ThreadSignals::new(),
            scheduling: Scheduling::new(),
            page_faults: AtomicU64::new(0),
            carried: Carried::default(),
            cpu_before: AtomicU64::new(0),
            tls_layout: Mutex::new(LayoutVersion::default()),
            own: OwnLibc::new(),
        }
    }

    /// Takes over what a new thread gets from the one that makes it.
    pub fn inherit(&self, from: &Self) {
        self.head.tracing.store(from.head.tracing.load(Ordering::Relaxed), Ordering::Relaxed);
        self.sigmask.store(from.sigmask.load(Ordering::Relaxed), Ordering::Relaxed);
        self.scheduling.inherit(&from.scheduling);
    }

    /// The thread runs, on this kernel stack: notes what the backend made for it.
    pub(super) fn arrive(&self, kernel_stack_top: usize) {
        self.head.kernel_stack_top.store(kernel_stack_top, Ordering::Relaxed);
        self.backend_id.store(crate::backend::backend().current().0, Ordering::Release);
    }

    /// Tells whether the thread is to end because its program does.
    pub fn is_to_end(&self) -> bool {
        self.head.pending.load(Ordering::SeqCst) & PENDING_END != 0
    }

    /// Returns the backend's name for this thread.
    pub fn backend_id(&self) -> ThreadId {
        ThreadId(self.backend_id.load(Ordering::Relaxed))
    }

    /// Returns the processor time the thread has used.
    pub fn cpu_time(&self) -> core::time::Duration {
        let before = core::time::Duration::from_nanos(self.cpu_before.load(Ordering::Relaxed));
        crate::backend::backend().cpu_time(self.backend_id()).saturating_sub(before)
    }

    /// Returns the names of the thread's last kernel calls, newest first.
    pub fn last_calls(&self) -> impl Iterator<Item = &'static str> {
        let next = self.head.entries.load(Ordering::Relaxed) as usize;
        (1..=LAST_ROWS).filter_map(move |back| {
            let row = self.head.last_rows[(next + LAST_ROWS - back) % LAST_ROWS].load(Ordering::Relaxed);
            let row: *const crate::boundary::door::Row = core::ptr::with_exposed_provenance(row);
            // SAFETY: null, or a row that the door stored; rows are statics.
            unsafe { row.as_ref() }.map(|row| row.name)
        })
    }

    /// Asks the thread to look at `work` on its way out of the kernel, and wakes it if it waits there.
    pub fn interrupt(&self, work: u32) {
        self.head.pending.fetch_or(work, Ordering::SeqCst);
        crate::backend::backend().interrupt(self.backend_id());
    }

    /// Takes over the control block and the stack made for it.
    pub(super) fn adopt_memory(&self, tcb: usize, stack: Stack) {
        self.tcb.store(tcb, Ordering::Relaxed);
        *self.stack.lock() = Some(stack);
        // As after a call: a return address slot (0) on a 16-byte boundary less 8.
        let top = stack.start.wrapping_add(stack.len_bytes) & !15;
        self.entry_rsp.store(top.wrapping_sub(8), Ordering::Relaxed);
    }

    /// Returns another reference to the thread.
    pub fn reference(&self) -> Arc<Self> {
        let this: *const Self = self;
        // SAFETY: every thread lives in an `Arc`.
        unsafe { Arc::increment_strong_count(this) };
        // SAFETY: the reference counted just now.
        unsafe { Arc::from_raw(this) }
    }

    /// Tells whether the thread is inside a kernel row.
    pub fn is_in_kernel(&self) -> bool {
        self.head.in_kernel.load(Ordering::Relaxed) != 0
    }
}

/// Returns the thread this code runs on: one load, whatever FS holds.
#[inline(always)]
pub fn current() -> &'static Thread {
    let thread: *const Thread;
    // SAFETY: the backend keeps the slot at this offset of GS and gave it a live `Thread` at spawn.
    unsafe {
        core::arch::asm!("mov {}, gs:[{}]", out(reg) thread, const GS_SLOT_OFFSET,
            options(nostack, preserves_flags, pure, readonly));
    }
    // SAFETY: the slot's target outlives the thread, and code on the thread can't outlive it either.
    unsafe { &*thread }
}

/// Work for the way out of the kernel: see whether the thread has been cancelled.
pub const PENDING_CANCEL: u32 = 2;

/// Work for the way out of the kernel: a signal may have to be delivered on this thread.
pub const PENDING_SIGNAL: u32 = 8;

/// Work for the way out of the kernel: end, another program takes over.
pub const PENDING_END: u32 = 4;

/// Work for the way out of the kernel: shorten the way in of the system call just made.
pub const PENDING_SITE: u32 = 16;

/// Does what is pending for the current thread on its way out of the kernel; the result, in rdx and rax, is another one if
/// the call was made again. Runs as the program's own code.
pub extern "C" fn do_pending_work(result: &mut [u64; 2]) {
    while do_pending_work_once(result) {}
}

/// Tells whether to look again.
fn do_pending_work_once(result: &mut [u64; 2]) -> bool {
    crate::panic::wait_if_reported();
    let head = &current().head;
    let pending = head.pending.fetch_and(PENDING_CANCEL | PENDING_SIGNAL, Ordering::SeqCst);
    if pending & PENDING_END != 0 {
        // SAFETY: a kernel row of our own without arguments.
        unsafe { crate::exports::thread_rows::__osvrun_thread_exit() };
    }
    if pending & PENDING_CANCEL != 0
        && let Some(name) = crate::boundary::door::Row::name_at(head.row.load(Ordering::Relaxed))
    {
        crate::libc::pthread::cancel::on_leave(name, current().is_at_point());
    }
    if pending & PENDING_SIGNAL == 0 {
        return false;
    }
    if let Some(value) = crate::boundary::ended_call::take_signals_of_call() {
        result[1] = value;
    }
    true
}
