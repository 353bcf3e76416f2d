//! One thread: lies at the top of its own kernel stack.

use core::ptr::null_mut;
use core::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed,
};

use abi_core::backend::{Priority, ThreadSpec};
use abi_core::upcall::TrapFrame;

/// Where a thread is. Changed under the lock of its processor's queue.
#[repr(u8)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It runs.
    Running = 0,
    /// It stands in a queue.
    Ready = 1,
    /// It waits for a wake.
    Parked = 2,
    /// It has ended; its stack is still in use.
    Dead = 3,
}

/// How far a wait is. [`Wait::Sleeping`] turns into an outcome under the lock of the processor's queue, once.
#[repr(u8)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Waiting, interrupts end it.
    Sleeping = 0,
    /// Waiting, interrupts stay pending.
    SleepingDeep = 1,
    /// Ended by a wake.
    Woken = 2,
    /// Ended by its deadline.
    TimedOut = 3,
    /// Ended by an interrupt.
    Interrupted = 4,
}

/// Whether any thread ever had a level but 0.
pub(super) static ARE_LEVELS_USED: AtomicBool = AtomicBool::new(false);

/// How often threads left a processor.
#[derive(Debug, Default)]
pub struct Switches {
    /// To wait.
    pub waits: AtomicU64,
    /// Although they could have gone on.
    pub preemptions: AtomicU64,
}

impl Switches {
    /// Begins to count.
    pub const fn new() -> Self {
        Self { waits: AtomicU64::new(0), preemptions: AtomicU64::new(0) }
    }
}

/// Links of the timer heap.
#[derive(Debug)]
pub struct TimerLinks {
    /// The time in TSC ticks.
    pub at: u64,
    /// First child, next sibling, and the previous sibling or parent.
    pub child: *mut Thread,
    /// Next sibling.
    pub next: *mut Thread,
    /// Previous sibling, or parent for a first child.
    pub previous: *mut Thread,
    /// Whether the thread is in a heap.
    pub is_armed: bool,
}

/// One thread.
#[derive(Debug)]
#[repr(C)]
pub struct Thread {
    /// Saved stack pointer while it does not run.
    pub saved_rsp: usize,
    /// Top of the kernel stack.
    pub stack_top: usize,
    /// Bottom of the kernel stack; the guard page lies below.
    pub stack_bottom: usize,
    /// abi-core's pointer.
    pub slot: *mut (),
    /// FS base while it does not run.
    pub fs_base: AtomicU64,
    /// Its name.
    pub id: u64,
    /// Where it is, a [`State`].
    pub state: AtomicU8,
    /// How far its wait is, a [`Wait`].
    pub wait: AtomicU8,
    /// An interrupt came outside a wait.
    pub is_interrupt_pending: AtomicBool,
    /// Whether it is to stand still where it can be preempted.
    pub is_held: AtomicBool,
    /// The registers of the program or kernel code that an exception or a preemption stopped; null while neither did.
    pub interrupted: AtomicPtr<TrapFrame>,
    /// The processor whose queue or run it belongs to.
    pub cpu: AtomicU32,
    /// The processors it may run on, bit by bit.
    pub allowed: AtomicU32,
    /// Not 0 while a fault's handler runs: the program's vector registers are live.
    pub vectors_live: AtomicU32,
    /// The word it waits on.
    pub word: AtomicUsize,
    /// Links of a run queue, or of the list of stacks to reuse.
    pub queue_next: *mut Thread,
    /// Links of a wait bucket.
    pub bucket_next: *mut Thread,
    /// Previous in the bucket.
    pub bucket_previous: *mut Thread,
    /// Links of the table of threads by id.
    pub table_next: *mut Thread,
    /// Links of the timer heap.
    pub timer: TimerLinks,
    /// Word to clear and wake once it is gone.
    pub gone: AtomicPtr<AtomicU32>,
    /// Processor time used, in TSC ticks, up to `started_at`.
    pub ran_ticks: AtomicU64,
    /// When it began to run, in TSC ticks; 0 while it does not.
    pub started_at: AtomicU64,
    /// How often it left a processor.
    pub switches: Switches,
    /// Whether it is queued ahead of threads that used up their slice.
    pub is_fresh: bool,
    /// Before whom it runs. Changed, as the next two, under the lock of its processor's queue.
    pub level: AtomicU8,
    /// Whether it makes room for others of its level when its slice is over.
    pub takes_turns: AtomicBool,
    /// How long its slices are.
    pub slice_ns: AtomicU32,
    /// What it starts with.
    pub spec: Option<ThreadSpec>,
}

// SAFETY: the raw links are guarded by the locks named beside them.
unsafe impl Sync for Thread {}
// SAFETY: as above.
unsafe impl Send for Thread {}

impl Thread {
    /// Makes a thread that does not run yet, on the stack given.
    pub fn new(id: u64, stack_bottom: usize, stack_top: usize, slot: *mut ()) -> Self {
        Self {
            saved_rsp: 0,
            stack_top,
            stack_bottom,
            slot,
            fs_base: AtomicU64::new(0),
            id,
            state: AtomicU8::new(State::Ready as u8),
            wait: AtomicU8::new(Wait::Woken as u8),
            is_interrupt_pending: AtomicBool::new(false),
            is_held: AtomicBool::new(false),
            interrupted: AtomicPtr::new(null_mut()),
            cpu: AtomicU32::new(0),
            allowed: AtomicU32::new(u32::MAX),
            vectors_live: AtomicU32::new(0),
            word: AtomicUsize::new(0),
            queue_next: null_mut(),
            bucket_next: null_mut(),
            bucket_previous: null_mut(),
            table_next: null_mut(),
            timer: TimerLinks {
                at: 0,
                child: null_mut(),
                next: null_mut(),
                previous: null_mut(),
                is_armed: false,
            },
            gone: AtomicPtr::new(null_mut()),
            ran_ticks: AtomicU64::new(0),
            started_at: AtomicU64::new(0),
            switches: Switches::new(),
            is_fresh: true,
            level: AtomicU8::new(0),
            takes_turns: AtomicBool::new(true),
            slice_ns: AtomicU32::new(Priority::USUAL.slice_ns() as u32),
            spec: None,
        }
    }
}

impl Thread {
    /// Tells whether it may run on a processor.
    pub fn may_run_on(&self, processor: u32) -> bool {
        self.allowed.load(Relaxed) >> processor & 1 != 0
    }

    /// Takes a priority. The lock of its processor's queue is held, and it is in no queue.
    pub fn set_priority(&self, priority: Priority) {
        if priority.level > 0 {
            ARE_LEVELS_USED.store(true, Relaxed);
        }
        self.level.store(priority.level, Relaxed);
        self.takes_turns.store(priority.takes_turns, Relaxed);
        self.slice_ns.store(priority.slice_ns() as u32, Relaxed);
    }

    /// Returns its level, and whether it makes room for others of it.
    pub fn rank(&self) -> (u8, bool) {
        (self.level.load(Relaxed), self.takes_turns.load(Relaxed))
    }

    /// Returns the processor time it has used, in ticks.
    pub fn used_ticks(&self, now: u64) -> u64 {
        let started = self.started_at.load(Relaxed);
        let running = if started == 0 { 0 } else { now.saturating_sub(started) };
        self.ran_ticks.load(Relaxed) + running
    }
}
