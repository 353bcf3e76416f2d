//! One program: its libraries, symbol scope and libc data.

use core::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{PENDING_END, Thread};
use crate::backend::Monotonic;
use crate::fs::files::Files;
use crate::kernel::Context;
use crate::loader::Namespace;
use crate::loader::stack::StartStack;
use crate::mux::aio::Contexts;
use crate::sync::Mutex;

/// The next program's number.
static NEXT_NUMBER: AtomicU32 = AtomicU32::new(1);

/// A program as it was loaded.
pub struct Program {
    /// Names it in the books of what it owns.
    pub number: u32,
    /// Path of the executable; that of the machine's first program counts from the first working directory.
    pub path: Vec<u8>,
    /// The file name it was started by, which `/proc/self/comm` shows.
    pub name: Vec<u8>,
    /// What it was started with: `argv`.
    pub args: Vec<Vec<u8>>,
    /// What it was started with: `environ`.
    pub env: Vec<Vec<u8>>,
    /// Which file it was loaded from, once it was.
    pub executable: Mutex<Option<(u64, u64)>>,
    /// Its descriptors and working directory.
    pub files: Arc<Files>,
    /// Its contexts of io_submit(2).
    pub requests: Contexts,
    /// Its objects, symbol scope and TLS layout.
    pub namespace: Mutex<Namespace>,
    /// Its `libc::LibcState` (guest memory), 0 until made.
    pub libc: AtomicUsize,
    /// What it found on its stack when it started, once that was made.
    pub start_stack: Mutex<Option<StartStack>>,
    /// Whether it ends: none of its threads may start.
    pub is_ending: AtomicBool,
    /// What it ended with, [`RUNNING`] until then; who runs it beside the machine's program waits here.
    pub status: AtomicU32,
    /// Whether the machine goes on when it ends.
    pub is_guest_of_another: bool,
    /// Whether it was loaded with a libc of its own: nothing of ours is in it.
    pub own_libc: AtomicBool,
    /// Whether handlers run on the thread that they interrupt though it has our libc.
    pub has_signals_on_threads: bool,
    /// Whether code may run on its stacks.
    pub has_executable_stacks: AtomicBool,
}

/// [`Program::status`] of a program that has not ended.
pub(super) const RUNNING: u32 = 256;
/// How long to wait for a thread that is to end before it is asked again, in nanoseconds.
const PATIENCE_NANOS: u64 = 5_000_000;

impl Program {
    /// Makes a program with nothing loaded, the file `path` started by the name of `invoked`.
    pub fn new(
        path: Vec<u8>,
        invoked: &[u8],
        args: Vec<Vec<u8>>,
        env: Vec<Vec<u8>>,
        files: Arc<Files>,
    ) -> Self {
        Self {
            number: NEXT_NUMBER.fetch_add(1, Ordering::Relaxed),
            path,
            name: invoked.rsplit(|&byte| byte == b'/').next().unwrap_or_default().to_vec(),
            args,
            env,
            executable: Mutex::new(None),
            files,
            requests: Contexts::default(),
            namespace: Mutex::new(Namespace::default()),
            libc: AtomicUsize::new(0),
            start_stack: Mutex::new(None),
            is_ending: AtomicBool::new(false),
            status: AtomicU32::new(RUNNING),
            is_guest_of_another: false,
            own_libc: AtomicBool::new(false),
            has_signals_on_threads: false,
            has_executable_stacks: AtomicBool::new(false),
        }
    }

    /// Tells whether it brings its own libc, and reaches the kernel by system calls only.
    #[inline]
    pub fn has_own_libc(&self) -> bool {
        self.own_libc.load(Ordering::Relaxed)
    }

    /// It is loaded with its own libc, or with ours.
    pub(crate) fn set_own_libc(&self, is_own: bool) {
        self.own_libc.store(is_own, Ordering::Relaxed);
    }
}

impl Context<'_> {
    /// The calling thread's program ends: none of its threads goes on in it once it has left the kernel, nor does the
    /// one whose signal's handler the caller may run.
    pub(super) fn end_own_program(self) {
        let program = &self.thread.program;
        program.is_ending.store(true, Ordering::SeqCst);
        let threads = self.kernel.tasks.threads.lock();
        for thread in threads.iter().filter(|thread| Arc::ptr_eq(&thread.program, program)) {
            thread.head.pending.fetch_or(PENDING_END, Ordering::SeqCst);
        }
    }

    /// Ends the threads for which `is_meant` holds, but for the caller; returns when they are gone. Their programs must
    /// be marked as ending.
    pub(super) fn end_threads(self, is_meant: impl Fn(&Thread) -> bool) {
        let tasks = &self.kernel.tasks;
        loop {
            let runs = |thread: &&Arc<Thread>| {
                thread.alive.load(Ordering::Acquire) != 0
                    && thread.backend_id.load(Ordering::Acquire) != 0
                    && !core::ptr::eq(Arc::as_ptr(thread), self.thread)
                    && is_meant(thread)
            };
            let left: Vec<Arc<Thread>> = tasks.threads.lock().iter().filter(runs).cloned().collect();
            let Some(first) = left.first() else { return };
            for thread in &left {
                thread.interrupt(PENDING_END);
                // No interrupt ends the wait for a mutex.
                tasks.futexes.end_wait(self.kernel.backend, &thread.futex);
            }
            let deadline = Monotonic(self.kernel.backend.monotonic().0 + PATIENCE_NANOS);
            let _ = self.kernel.backend.wait_uninterruptible(&first.alive, 1, Some(deadline));
        }
    }

    /// Gives back all that a program of which no thread runs owns.
    pub(crate) fn forget_program(self, program: &Program) {
        self.kernel.tasks.stacks.lock().retain(|stack| stack.owner != program.number);
        self.kernel.tasks.areas.forget(program.number);
        program.requests.clear();
        *program.namespace.lock() = Namespace::default();
        // Only a lack of memory can make this fail, and then the addresses stay in use.
        let _ = self.kernel.mm.unmap_owner(program.number);
    }
}
