//! Threads and programs.
//!
//! [`Thread`] is one thread of the guest; `gs:[8]` points to it. [`Program`] is what a program owns: its libraries and
//! symbol scope, its libc data and its image. Descriptors and working directory belong to programs, too; those that
//! one runs have its own ones. Signals are the machine's.
#![expect(unsafe_code, reason = "one gs-relative load finds the current thread")]

mod app;
mod barrier;
mod carry;
mod exec;
mod executable_stacks;
mod futex;
mod ids;
mod limits;
mod own_libc;
mod pidfd;
mod program;
mod sched;
mod spawn;
mod thread;
mod usage;

pub use carry::{Carriers, Load, put_on_stack};
pub use futex::{BITSET_ANY, Expected, FutexWaiter, Futexes, Leaving, Patience, WaitKind};
pub use ids::ALL_CAPABILITIES;
pub use limits::{Limits, MAX_DESCRIPTORS, ProcessFlags};
pub use own_libc::{CloneArguments, OwnLibc};
pub use program::Program;
pub use sched::{Scheduling, told_priorities};
use spawn::THREADS_MAX;
pub use spawn::{Entry, Stack, StackCache, TID_MAX};
pub use thread::{
    LAST_ROWS, PENDING_CANCEL, PENDING_END, PENDING_SIGNAL, PENDING_SITE, Thread, ThreadHead, current,
    do_pending_work,
};

use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicU64, Ordering};

use crate::loader::tls::AreaCache;
use crate::sync::Mutex;

/// The table of threads.
pub struct Tasks {
    /// Every live thread, the first one first.
    pub threads: Mutex<Vec<Arc<Thread>>>,
    /// Who waits for which futex.
    pub futexes: Futexes,
    /// Stacks of ended threads.
    pub stacks: StackCache,
    /// Control blocks and thread-local storage of ended threads.
    pub areas: AreaCache,
    /// Detached threads that have ended since they were last looked for.
    pub detached_ends: AtomicU32,
    /// Page faults that `mm` answered.
    pub page_faults: AtomicU64,
    /// Resource limits.
    pub limits: Limits,
    /// What prctl(2) sets.
    pub flags: ProcessFlags,
    /// The next thread's number.
    pub next_tid: AtomicI32,
    /// Whether numbers of threads have begun anew.
    pub tids_are_reused: AtomicBool,
    /// What runs short threads.
    pub carriers: Carriers,
    /// The kernel's own threads, those that carry others among them.
    pub own_threads: Mutex<Vec<Weak<Thread>>>,
    /// How many programs run beside the machine's own.
    pub beside: AtomicU32,
    /// 1 while a thread replaces the program: execve(2) by others waits.
    pub replacing: AtomicU32,
}

/// Returns how many threads have been started.
pub fn threads_started(kernel: &crate::kernel::Kernel) -> i32 {
    kernel.tasks.next_tid.load(Ordering::Relaxed) - crate::abi::PID
}

impl Tasks {
    /// Makes an empty table.
    pub const fn new() -> Self {
        Self {
            threads: Mutex::new(Vec::new()),
            futexes: Futexes::new(),
            stacks: Mutex::new(Vec::new()),
            areas: AreaCache::new(),
            detached_ends: AtomicU32::new(0),
            page_faults: AtomicU64::new(0),
            limits: Limits::new(),
            flags: ProcessFlags::new(),
            next_tid: AtomicI32::new(crate::abi::PID + 1),
            tids_are_reused: AtomicBool::new(false),
            carriers: Carriers::new(),
            own_threads: Mutex::new(Vec::new()),
            beside: AtomicU32::new(0),
            replacing: AtomicU32::new(0),
        }
    }
}

impl Tasks {
    /// Tells whether a thread of this number lives.
    pub fn has_thread(&self, tid: i32) -> bool {
        self.threads.lock().iter().any(|thread| thread.tid == tid && thread.is_listed())
    }

    /// Returns the program that the machine runs: the first thread's.
    pub fn program(&self) -> Option<Arc<Program>> {
        self.threads.lock().first().map(|thread| thread.program.clone())
    }
}

impl Default for Tasks {
    fn default() -> Self {
        Self::new()
    }
}
