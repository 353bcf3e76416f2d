//! Threads and programs.
//!
//! [`Thread`] is one thread of the guest; `gs:[8]` points to it. [`Program`] is what a program owns: its libraries and
//! symbol scope, its libc data and its image. Descriptors, working directory and signals belong to the machine.
#![expect(unsafe_code, reason = "one gs-relative load finds the current thread")]

mod futex;
mod program;
mod thread;

pub use futex::{BITSET_ANY, FutexWaiter, Futexes, WaitKind};
pub use program::Program;
pub use thread::{LAST_ROWS, Thread, ThreadHead, current, do_pending_work};

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::sync::Mutex;

/// The table of threads.
pub struct Tasks {
    /// Every live thread, the first one first.
    pub threads: Mutex<Vec<Arc<Thread>>>,
    /// Who waits for which futex.
    pub futexes: Futexes,
}

impl Tasks {
    /// Makes an empty table.
    pub const fn new() -> Self {
        Self { threads: Mutex::new(Vec::new()), futexes: Futexes::new() }
    }
}

impl Default for Tasks {
    fn default() -> Self {
        Self::new()
    }
}
