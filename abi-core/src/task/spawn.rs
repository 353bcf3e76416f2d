//! Making, ending and waiting for threads.
//!
//! A thread's memory (stack, thread control block) is given back by whoever learns that it is gone: the thread that
//! joins it, or for a detached one the next thread that is made.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicUsize, Ordering};

use super::{Program, Thread, current};
use crate::abi::{Errno, PID, Result};
use crate::backend::{Access, Monotonic, ThreadEntry, ThreadSpec, WaitOutcome, backend};
use crate::boundary::guest::{GuestStart, enter_guest};
use crate::kernel::Context;
use crate::loader::tls;
use crate::mm::{Content, MapSpec, Placement, Sharing};
use crate::sync::Mutex;

/// Bytes of unused stacks that are kept for the next threads.
const CACHE_BYTES: usize = 64 << 20;
/// A thread's name while the backend starts it.
pub(super) const STARTING: u64 = u64::MAX;
/// One more than the last number of a thread (`pid_max` of proc(5)).
pub const TID_MAX: i32 = 4 << 20;
/// The most threads at a time.
pub(super) const THREADS_MAX: usize = 32768;

/// A guest stack: the guard, and the usable part above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stack {
    /// Lowest address of the usable part.
    pub start: usize,
    /// Size of the usable part.
    pub len_bytes: usize,
    /// Size of the guard below it.
    pub guard_bytes: usize,
    /// Whether the program brought it.
    pub is_programs: bool,
    /// The number of the program whose memory it is.
    pub owner: u32,
}

/// Stacks of ended threads, ready for new ones.
pub type StackCache = Mutex<Vec<Stack>>;

/// Where a thread starts in the program, and what it finds in rdi.
#[derive(Debug, Default)]
pub struct Entry {
    /// Address of the function.
    pub function: AtomicUsize,
    /// Its argument.
    pub argument: AtomicUsize,
}

/// A thread's first function, on its kernel stack.
extern "C" fn start(_argument: usize, kernel_stack_top: usize) -> ! {
    let thread = current();
    thread.arrive(kernel_stack_top);
    let tcb = thread.tcb.load(Ordering::Relaxed);
    // SAFETY: `thread_prepare` made the control block, which is given back after the thread is gone.
    unsafe { backend().set_thread_pointer(tcb) };
    Context::current().place(thread);
    let start = GuestStart {
        rip: thread.entry.function.load(Ordering::Relaxed),
        rsp: thread.entry_rsp.load(Ordering::Relaxed),
        rdi: thread.entry.argument.load(Ordering::Relaxed),
        rsi: 0,
        rdx: 0,
    };
    // SAFETY: a function of the program's library and the top of a stack made for it.
    unsafe { enter_guest(&start) }
}

/// Gives back the memory of a thread that is gone.
pub(super) fn give_back(cx: Context<'_>, thread: &Thread) {
    if thread.program.is_ending.load(Ordering::Acquire) {
        return; // It goes with the program's.
    }
    let tcb = thread.tcb.swap(0, Ordering::AcqRel);
    if tcb != 0 {
        tls::release(cx, &thread.program, tcb as *mut crate::libc::tcb::Tcb);
    }
    let stack = thread.stack.lock().take().filter(|stack| !stack.is_programs);
    if let Some(stack) = stack {
        cx.give_stack_back(stack);
    }
}

impl Context<'_> {
    /// Gives back the memory of detached threads that are gone.
    pub fn reap_detached(self) {
        let tasks = &self.kernel.tasks;
        if tasks.detached_ends.swap(0, Ordering::AcqRel) == 0 {
            return;
        }
        let mut gone = Vec::new();
        let mut waiting = 0;
        tasks.threads.lock().retain(|thread| {
            let ends = thread.ends_detached.load(Ordering::Acquire) != 0;
            let is_gone = ends && thread.alive.load(Ordering::Acquire) == 0;
            if is_gone {
                gone.push(thread.clone());
            }
            waiting += u32::from(ends && !is_gone);
            !is_gone
        });
        tasks.detached_ends.fetch_add(waiting, Ordering::AcqRel);
        for thread in gone {
            give_back(self, &thread);
        }
    }

    /// Keeps a stack for the next thread, or unmaps it.
    pub(super) fn give_stack_back(self, stack: Stack) {
        let mut cache = self.kernel.tasks.stacks.lock();
        if cache.iter().map(|stack| stack.len_bytes).sum::<usize>() + stack.len_bytes <= CACHE_BYTES {
            cache.push(stack);
            return;
        }
        drop(cache);
        // Failing leaves it mapped, which harms nobody.
        let _ = self.kernel.mm.unmap(stack.start - stack.guard_bytes, stack.guard_bytes + stack.len_bytes);
    }

    /// Returns the number of a new thread. Numbers are used again after the last one.
    pub(super) fn new_tid(self) -> i32 {
        let tasks = &self.kernel.tasks;
        loop {
            let tid = tasks.next_tid.fetch_add(1, Ordering::Relaxed);
            if !(PID..TID_MAX).contains(&tid) {
                tasks.next_tid.store(PID + 1, Ordering::Relaxed);
                tasks.tids_are_reused.store(true, Ordering::Relaxed);
                continue;
            }
            let is_reused = tasks.tids_are_reused.load(Ordering::Relaxed);
            if !is_reused || tasks.threads.lock().iter().all(|thread| thread.tid != tid) {
                return tid;
            }
        }
    }

    fn make_stack(self, len_bytes: usize, guard_bytes: usize) -> Result<Stack> {
        let page = self.kernel.mm.page_bytes();
        let round = |bytes: usize| bytes.checked_next_multiple_of(page).ok_or(Errno::EINVAL);
        let (len_bytes, guard_bytes) = (round(len_bytes)?, round(guard_bytes)?);
        let mut cache = self.kernel.tasks.stacks.lock();
        let owner = self.thread.program.number;
        let fits = |stack: &Stack| {
            stack.len_bytes == len_bytes && stack.guard_bytes == guard_bytes && stack.owner == owner
        };
        if let Some(at) = cache.iter().rposition(fits) {
            return Ok(cache.swap_remove(at));
        }
        drop(cache);
        let total = len_bytes.checked_add(guard_bytes).ok_or(Errno::EINVAL)?;
        let base = self.kernel.mm.map(&MapSpec {
            placement: Placement::Anywhere,
            len_bytes: total,
            access: self.stack_access(),
            content: Content::Anonymous(Sharing::Private),
            name: "",
            owner,
        })?;
        if guard_bytes > 0
            && let Err(error) = self.kernel.mm.protect(base, guard_bytes, Access::empty())
        {
            // Failing leaves it mapped, which harms nobody.
            let _ = self.kernel.mm.unmap(base, total);
            return Err(error);
        }
        Ok(Stack { start: base + guard_bytes, len_bytes, guard_bytes, is_programs: false, owner })
    }

    /// Makes a thread of `program` with a control block and a stack: its own of `len_bytes` above `guard_bytes`, or the
    /// program's that ends at `programs_end`. It runs after [`Context::thread_start`].
    pub fn thread_prepare(
        self,
        program: &Arc<Program>,
        len_bytes: usize,
        guard_bytes: usize,
        programs_end: Option<usize>,
    ) -> Result<(Arc<Thread>, Stack)> {
        self.reap_detached();
        if self.kernel.tasks.threads.lock().len() >= THREADS_MAX {
            return Err(Errno::EAGAIN);
        }
        let made = self.make_thread(program, len_bytes, guard_bytes, programs_end)?;
        made.0.inherit(self.thread);
        self.kernel.tasks.threads.lock().push(made.0.clone());
        tls::catch_up(&made.0).inspect_err(|_| {
            made.0.alive.store(0, Ordering::Release);
            self.thread_release(&made.0);
        })?;
        Ok(made)
    }

    /// As [`Context::thread_prepare`], but in no table and with nothing inherited.
    pub(super) fn make_thread(
        self,
        program: &Arc<Program>,
        len_bytes: usize,
        guard_bytes: usize,
        programs_end: Option<usize>,
    ) -> Result<(Arc<Thread>, Stack)> {
        let thread = Arc::new(Thread::new(self.new_tid(), program.clone()));
        // Its memory is its program's, whoever the caller is.
        let own = Context { thread: &thread, ..self };
        let tcb = tls::allocate(own, program)?;
        let stack = match programs_end {
            Some(end) => Ok(Stack {
                start: end.wrapping_sub(len_bytes),
                len_bytes,
                guard_bytes: 0,
                is_programs: true,
                owner: program.number,
            }),
            None => own.make_stack(len_bytes, guard_bytes),
        };
        let stack = stack.inspect_err(|_| tls::release(self, program, tcb))?;
        thread.adopt_memory(tcb as usize, stack);
        Ok((thread, stack))
    }

    /// Marks a thread in the table as starting; fails if its program ends.
    pub(super) fn admit_start(self, thread: &Thread) -> Result<()> {
        // Whoever ends the program's threads holds the table too: it sees this one, or this one sees that.
        let _table = self.kernel.tasks.threads.lock();
        if thread.program.is_ending.load(Ordering::SeqCst) {
            thread.alive.store(0, Ordering::Release);
            return Err(Errno::EAGAIN);
        }
        thread.backend_id.store(STARTING, Ordering::Release);
        Ok(())
    }

    /// Starts a prepared thread at `function(argument)` in the program.
    pub fn thread_start(self, thread: &Thread, function: usize, argument: usize) -> Result<()> {
        thread.entry.function.store(function, Ordering::Relaxed);
        thread.entry.argument.store(argument, Ordering::Relaxed);
        self.admit_start(thread)?;
        thread.alive.store(1, Ordering::Release);
        let slot = core::ptr::from_ref(thread).cast_mut().cast();
        let spec = ThreadSpec { priority: thread.scheduling.priority(), ..ThreadSpec::new(start, 0, slot) };
        // SAFETY: the table of threads keeps the thread until it is gone.
        let spawned = unsafe { self.kernel.backend.spawn(&spec) };
        let id = spawned.inspect_err(|_| thread.alive.store(0, Ordering::Release))?;
        thread.backend_id.store(id.0, Ordering::Release);
        Ok(())
    }

    /// Starts a thread that stays in the kernel for good and is no thread of the program.
    pub fn start_kernel_thread(self, entry: ThreadEntry, argument: usize) -> Result<()> {
        // It outlives a program that another one runs.
        let program = self.kernel.tasks.program().unwrap_or_else(|| self.thread.program.clone());
        let thread = Arc::new(Thread::new(0, program));
        let spec = ThreadSpec::new(entry, argument, Arc::into_raw(thread.clone()).cast_mut().cast());
        // SAFETY: the thread's value is never freed.
        let id = unsafe { self.kernel.backend.spawn(&spec) }?;
        self.note_own(&thread, id);
        Ok(())
    }

    /// Finds a thread by its control block.
    pub fn thread_of(self, tcb: usize) -> Result<Arc<Thread>> {
        let threads = self.kernel.tasks.threads.lock();
        threads.iter().find(|thread| thread.tcb.load(Ordering::Relaxed) == tcb).cloned().ok_or(Errno::ESRCH)
    }

    /// Finds a thread by its number.
    pub fn thread_numbered(self, tid: i32) -> Result<Arc<Thread>> {
        let threads = self.kernel.tasks.threads.lock();
        let is_it = |thread: &&Arc<Thread>| thread.tid == tid && thread.alive.load(Ordering::Relaxed) != 0;
        threads.iter().find(is_it).cloned().ok_or(Errno::ESRCH)
    }

    /// Waits until `thread` is gone.
    pub fn thread_wait(self, thread: &Thread, deadline: Option<Monotonic>) -> Result<()> {
        while thread.alive.load(Ordering::Acquire) != 0 {
            let outcome = if self.thread.takes_signals_itself() {
                self.sleep_between_handlers(&thread.alive, 1, deadline, true)
            } else {
                self.sleep_through_signals(&thread.alive, 1, deadline)
            };
            match outcome {
                WaitOutcome::TimedOut => return Err(Errno::ETIMEDOUT),
                WaitOutcome::Interrupted => return Err(Errno::EINTR),
                WaitOutcome::Woken | WaitOutcome::ValueChanged => {}
            }
        }
        Ok(())
    }

    /// Forgets a thread that is gone, or never ran, and gives its memory back.
    pub fn thread_release(self, thread: &Arc<Thread>) {
        if thread.alive.load(Ordering::Acquire) == 0 {
            self.kernel.tasks.threads.lock().retain(|other| !Arc::ptr_eq(other, thread));
            give_back(self, thread);
        }
    }

    /// Lets a thread's memory go when it ends.
    pub fn thread_detach(self, thread: &Thread) {
        thread.ends_detached.store(1, Ordering::Release);
        if thread.alive.load(Ordering::Acquire) == 0 {
            self.kernel.tasks.detached_ends.fetch_add(1, Ordering::AcqRel);
            self.reap_detached();
        }
    }

    /// Ends the calling thread.
    pub fn thread_exit(self) -> ! {
        self.leave_locks(|| {});
        self.leave_signals();
        self.end_carried();
        if self.thread.ends_detached.load(Ordering::Acquire) != 0 {
            self.kernel.tasks.detached_ends.fetch_add(1, Ordering::AcqRel);
        }
        let thread: *const Thread = self.thread;
        // SAFETY: the table of threads keeps the thread until `alive` is 0, which is the last the backend does with it.
        let thread: &'static Thread = unsafe { &*thread };
        self.kernel.backend.exit_thread(Some(&thread.alive))
    }
}
