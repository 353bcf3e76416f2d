//! Threads of execution, one per application thread.
#![expect(unsafe_code, reason = "declares methods whose callers keep a promise")]

use core::ops::Range;

use super::Result;

/// Offset in the GS block of the thread's slot: a pointer that abi-core gave to [`Threads::spawn`]
/// (its `task::Thread`). `gs:[0]` is the backend's own.
pub const GS_SLOT_OFFSET: usize = 8;

/// Names a thread of the backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ThreadId(pub u64);

/// A thread's first function. It runs on the thread's kernel stack, whose top is the second argument, with the
/// slot set, and never returns.
pub type ThreadEntry = extern "C" fn(argument: usize, kernel_stack_top: usize) -> !;

/// What a new thread starts with.
#[derive(Debug, Clone, Copy)]
pub struct ThreadSpec {
    /// First function.
    pub entry: ThreadEntry,
    /// Its first argument.
    pub argument: usize,
    /// The value of the slot; not null.
    pub slot: *mut (),
    /// How it is to run.
    pub priority: Priority,
}

impl ThreadSpec {
    /// Describes a thread of the usual priority.
    pub const fn new(entry: ThreadEntry, argument: usize, slot: *mut ()) -> Self {
        Self { entry, argument, slot, priority: Priority::USUAL }
    }
}

/// The processors a program may run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cpus {
    /// How many there are.
    pub count: usize,
    /// The one this thread runs on, from 0.
    pub current: usize,
}

/// How a thread shares the processors with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Priority {
    /// Threads of level 0 share what others leave. From 1 on a thread runs whenever it can, before all of lower levels.
    pub level: u8,
    /// Whether it makes room for others of its level from time to time. At level 0 all do.
    pub takes_turns: bool,
    /// Its share at level 0; [`Priority::USUAL`] has 1024.
    pub weight: u32,
}

impl Priority {
    /// What a thread has that was told nothing.
    pub const USUAL: Self = Self { level: 0, takes_turns: true, weight: 1024 };

    /// Returns how long such a thread runs while others of its level are ready, in nanoseconds; 0 if until it waits.
    pub fn slice_ns(self) -> u64 {
        match self.level {
            0 => (2_000_000 * u64::from(self.weight) / u64::from(Self::USUAL.weight))
                .clamp(100_000, 100_000_000),
            _ if self.takes_turns => 100_000_000,
            _ => 0,
        }
    }

    /// Returns the weight so many steps below the usual one, each a fifth less, or above it, each a fourth more.
    pub fn weight_at(steps: i32) -> u32 {
        let step = |weight, _| if steps > 0 { weight * 4 / 5 } else { weight * 5 / 4 };
        (0..steps.clamp(-20, 20).abs()).fold(Self::USUAL.weight << 10, step) >> 10
    }
}

/// Whose share is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The calling thread's.
    ThisThread,
    /// All threads' since boot, those that have ended included.
    All,
}

/// What running has taken besides processor time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Costs {
    /// How often a thread waited, and left its processor to another.
    pub waits: u64,
    /// How often a thread had to leave its processor although it could have gone on.
    pub preemptions: u64,
    /// Page faults that never reached abi-core, answered from memory.
    pub page_faults: u64,
    /// Page faults that never reached abi-core, for which a page had to be read.
    pub page_reads: u64,
}

/// A `syscall` instruction of the program's that a thread has just executed.
#[derive(Debug, Clone)]
pub struct CallSite<'a> {
    /// Its address.
    pub address: usize,
    /// What rax held: the call's number.
    pub number: u64,
    /// The code around it.
    pub code: &'a [u8],
    /// The address of the code's first byte.
    pub start: usize,
    /// The functions that are known to lie in the code around it, by their order.
    pub functions: &'a [Range<usize>],
}

/// How a jump comes to stand for a `syscall` instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shortcut {
    /// In place of the instruction before it, which can be executed elsewhere, and twice. The `syscall` stays.
    Before {
        /// How long that instruction is: from 5 bytes to 15.
        len_bytes: usize,
        /// Where in it the four bytes are that count from its end, if there are such.
        relative: Option<usize>,
    },
    /// These bytes, at least five, are never executed: they hold it, and the `syscall` becomes a short jump there.
    Through(Range<usize>),
}

/// Threads of execution.
pub trait Threads: Sync {
    /// Starts a thread on a kernel stack of its own with a guard page below (the backend owns and frees it). It may run on
    /// the processors that the calling one may run on.
    ///
    /// # Safety
    /// What `slot` points to outlives the thread.
    unsafe fn spawn(&self, spec: &ThreadSpec) -> Result<ThreadId>;

    /// Ends this thread. If `gone` is given, the backend stores 0 there and wakes its waiters once the thread no
    /// longer uses its slot or its stacks.
    fn exit_thread(&self, gone: Option<&'static core::sync::atomic::AtomicU32>) -> !;

    /// Returns this thread's name.
    fn current(&self) -> ThreadId;

    /// Lets another thread run.
    fn yield_now(&self);

    /// Sets the application's FS base for this thread, at once.
    ///
    /// # Safety
    /// `base` points to a thread control block that lives as long as the thread.
    unsafe fn set_thread_pointer(&self, base: usize);

    /// Goes on as another thread of abi-core's: the slot and the top of the kernel stack, below the caller's frames or
    /// back where it was, are what they would be on a thread that was spawned with them.
    ///
    /// # Safety
    /// What `slot` points to lives until the next call; nothing between this one and the next leaves a frame below
    /// `kernel_stack_top` that is still needed.
    unsafe fn go_on_as(&self, slot: *mut (), kernel_stack_top: usize) {
        let _ = kernel_stack_top;
        // SAFETY: the slot's place in the GS block, which is this thread's.
        unsafe {
            core::arch::asm!("mov gs:[{}], {}", const GS_SLOT_OFFSET, in(reg) slot,
                options(nostack, preserves_flags));
        }
    }

    /// Makes `thread` leave its wait, or application code, soon: its current or next [`super::Parking::wait`]
    /// returns `Interrupted` (once), and if it runs application code it calls [`crate::upcall::interrupted`].
    fn interrupt(&self, thread: ThreadId);

    /// Stops every other thread for good (the machine is about to report and power off). A thread that is inside the
    /// kernel, where it may hold locks, gets its `pending` word set instead and is stopped by abi-core as it leaves.
    fn stop_others(&self);

    /// Returns how many processors there are and which one this is.
    fn cpus(&self) -> Cpus;

    /// Lets a thread run on the processors of `set` only, from 0, bit by bit; it leaves another one at once. A set that
    /// holds none is ignored.
    fn set_affinity(&self, _thread: ThreadId, _set: &[u8]) -> Result<()> {
        Err(super::BackendError::Unsupported)
    }

    /// Has a thread run as its priority says, from now on.
    fn set_priority(&self, _thread: ThreadId, _priority: Priority) -> Result<()> {
        Err(super::BackendError::Unsupported)
    }

    /// Has every thread pass a full memory barrier and a serialising instruction, if it runs application code, before
    /// this returns.
    fn barrier_all(&self) -> Result<()> {
        Err(super::BackendError::Unsupported)
    }

    /// Says how a jump may stand for a `syscall` instruction of the program's, if that is quicker here than the
    /// instruction, for which the backend has called [`crate::upcall::slow_syscall`]. Where the processor enters the
    /// kernel by itself, it is not.
    fn shortcut(&self, _site: &CallSite<'_>) -> Option<Shortcut> {
        None
    }

    /// Returns what running has taken besides processor time.
    fn costs(&self, _whose: Whose) -> Costs {
        Costs::default()
    }
}
