//! POSIX threads over the kernel's futex, with glibc's object layouts and static initialisers.
//!
//! Uncontended operations never enter the kernel; contended ones sleep through `exports::futex`. `pthread_t` is the
//! address of the thread's control block.

use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicI32, AtomicPtr, AtomicU32};

pub mod attr;
pub mod barrier;
pub mod cancel;
pub mod cond;
pub mod deadline;
pub mod forced;
pub mod key;
pub mod mutex;
pub mod mutexattr;
pub mod named;
pub mod once;
mod protocol;
pub mod rwlock;
pub mod rwlock_timed;
pub mod sem;
pub mod thread;
pub mod undo;
pub mod word;

/// A program's thread-specific keys and defaults.
#[repr(C)]
pub struct PthreadState {
    /// Threads beside the first one that have not ended.
    pub others: AtomicI32,
    /// What pthread_setconcurrency(3) was told.
    pub concurrency: AtomicI32,
    /// Held while libraries are opened, closed and initialised.
    pub load_lock: mutex::Mutex,
    /// Named semaphores.
    pub named: named::NamedSemaphores,
    /// Default attributes of new threads.
    pub defaults: attr::Defaults,
    /// C's `__libc_single_threaded`: 0, since signal handlers run in threads of their own.
    pub single_threaded: super::state::DataObject<u8>,
}

impl PthreadState {
    /// Makes the state a program starts with.
    pub const fn new() -> Self {
        Self {
            others: AtomicI32::new(0),
            concurrency: AtomicI32::new(0),
            load_lock: mutex::Mutex::of_type(crate::abi::PTHREAD_MUTEX_RECURSIVE),
            named: named::NamedSemaphores::new(),
            defaults: attr::Defaults::new(),
            single_threaded: super::state::DataObject::new(0),
        }
    }
}

impl Default for PthreadState {
    fn default() -> Self {
        Self::new()
    }
}

/// A thread's own part: what [`super::tcb::Tcb`] holds for POSIX threads. All zero at the start.
#[repr(C)]
pub struct PthreadFields {
    /// Whether it is detached or being joined: [`thread::JOINABLE`] and so on.
    pub join_state: AtomicU32,
    /// Cancellation: the bits of [`cancel`].
    pub cancel: AtomicU32,
    /// What the thread runs.
    pub start: Option<unsafe extern "C" fn(*mut c_void) -> *mut c_void>,
    /// Its argument.
    pub argument: *mut c_void,
    /// Its result, once it has ended.
    pub result: AtomicPtr<c_void>,
    /// Innermost `pthread_cleanup_push` in C without exceptions.
    pub unwind: *mut cancel::UnwindBuffer,
    /// Innermost `_pthread_cleanup_push`.
    pub cleanup: *mut cancel::CleanupBuffer,
    /// What an ending thread's stack is unwound with.
    pub forced: forced::UnwindException,
    /// What the innermost callback left undone.
    pub undo: *mut undo::Undo,
    /// Destructors of thread-local C++ objects, the last registered first.
    pub destructors: *mut thread::Destructor,
    /// Robust mutexes it holds.
    pub robust: *mut mutex::Mutex,
    /// Values of thread-specific keys.
    pub specifics: key::Specifics,
    /// Lowest address of its stack, above the guard; 0 for the first thread.
    pub stack_start: usize,
    /// Size of its stack in bytes.
    pub stack_bytes: usize,
    /// Size of the guard below the stack in bytes.
    pub guard_bytes: usize,
    /// Whether it was told its scheduling instead of inheriting it: the flag of its attributes.
    pub explicit_scheduling: c_int,
    /// Its name, after `pthread_setname_np`.
    pub name: [u8; 16],
    /// Not 0 on a thread that runs a signal handler.
    pub runs_handler: usize,
}

/// Returns the calling thread's part.
#[inline]
pub fn current() -> *mut PthreadFields {
    // SAFETY: the control block lives as long as its thread.
    unsafe { &raw mut (*super::tcb::tcb()).pthread }
}

/// Returns the calling thread's number.
#[inline]
#[cfg(not(any(test, fuzzing)))]
pub fn tid() -> i32 {
    crate::task::current().tid
}

/// Returns the number of the unit tests' thread.
#[cfg(any(test, fuzzing))]
pub fn tid() -> i32 {
    7
}
