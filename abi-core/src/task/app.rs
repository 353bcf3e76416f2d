//! Running a second program in the machine: `osv_run_app`.
//!
//! It shares files, working directory and signals with the program that runs it, and has memory, libraries and libc data
//! of its own. Its threads end with it; then what it owned is given back.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::Ordering;

use super::exec::{read_strings, told};
use super::program::RUNNING;
use super::{Program, Thread, current};
use crate::abi::{Errno, Result};
use crate::backend::{ThreadSpec, WaitOutcome, backend};
use crate::boundary::guest::GuestStart;
use crate::boundary::user::{UserPtr, UserStr};
use crate::kernel::Context;
use crate::loader::error::LoadResult;
use crate::loader::load::open_program;
use crate::loader::program::{Invocation, MAX_ARGUMENT_BYTES, load};
use crate::loader::script;
use crate::sync::Mutex;

/// Where the first thread of such a program enters it.
type Entrance = Mutex<Option<GuestStart>>;

impl Context<'_> {
    /// Runs a program to its end in threads of its own; returns its exit status.
    pub fn run_app(
        self,
        path: UserStr,
        argv: UserPtr<usize>,
        count: usize,
        envp: UserPtr<usize>,
    ) -> Result<i32> {
        let path = path.read_path()?;
        let mut room = MAX_ARGUMENT_BYTES;
        let mut args = Vec::new();
        for index in 0..count {
            let string = UserStr::new(argv.add(index).read()?).read(room).map_err(|_| Errno::E2BIG)?;
            room = room.checked_sub(string.len() + 1 + size_of::<usize>()).ok_or(Errno::E2BIG)?;
            args.push(string);
        }
        let env = read_strings(envp, &mut room)?;
        let loaded = self.load_app(&path, &args, env);
        let (thread, start) = loaded.map_err(|error| told("osv_run_app", &error))?;
        let program = thread.program.clone();
        let streams = self.kernel.fs.descriptors.lock().standard_streams();
        let status = self.start_app(thread, start).and_then(|()| self.await_app(&program));
        self.end_app(&program);
        // Many programs close their standard streams to see the last error of writing.
        self.kernel.fs.descriptors.lock().reopen(streams);
        status
    }

    fn load_app(
        self,
        invoked: &[u8],
        args: &[Vec<u8>],
        env: Vec<Vec<u8>>,
    ) -> LoadResult<(Arc<Thread>, GuestStart)> {
        let (path, args) = script::resolve(self, invoked, args)?;
        let image = open_program(self, &path)?;
        let program = Program::new(image.path.clone(), invoked, args, env);
        let program = Arc::new(Program { is_guest_of_another: true, ..program });
        let tid = self.kernel.tasks.next_tid.fetch_add(1, Ordering::Relaxed);
        let thread = Arc::new(Thread::new(tid, program.clone()));
        thread.head.tracing.store(self.thread.head.tracing.load(Ordering::Relaxed), Ordering::Relaxed);
        thread.sigmask.store(self.thread.sigmask.load(Ordering::Relaxed), Ordering::Relaxed);
        thread.scheduling.inherit(&self.thread.scheduling);
        let own = Context { thread: &thread, ..self };
        let invocation = Invocation { path: &path, args: &program.args, env: &program.env };
        match load(own, image, &invocation) {
            Ok(start) => Ok((thread, start)),
            Err(error) => {
                self.forget_program(&program);
                Err(error)
            }
        }
    }

    fn start_app(self, thread: Arc<Thread>, start: GuestStart) -> Result<()> {
        let slot = Arc::as_ptr(&thread).cast_mut();
        let entrance: Arc<Entrance> = Arc::new(Mutex::new(Some(start)));
        let argument = Arc::into_raw(entrance);
        self.kernel.tasks.threads.lock().push(thread);
        let spec = ThreadSpec { entry: begin, argument: argument.expose_provenance(), slot: slot.cast() };
        // SAFETY: the table of threads keeps it until it is gone.
        let spawned = unsafe { self.kernel.backend.spawn(&spec) };
        let id = spawned.inspect_err(|_| {
            // SAFETY: nobody took it.
            drop(unsafe { Arc::from_raw(argument) });
        })?;
        // SAFETY: the table keeps the thread until `end_app`, which this thread calls later.
        unsafe { &*slot }.backend_id.store(id.0, Ordering::Release);
        Ok(())
    }

    fn await_app(self, program: &Program) -> Result<i32> {
        loop {
            let status = program.status.load(Ordering::Acquire);
            if status != RUNNING {
                return Ok(status as i32);
            }
            if self.kernel.backend.wait(&program.status, RUNNING, None) == WaitOutcome::Interrupted
                && self.thread.head.pending.load(Ordering::SeqCst) & super::PENDING_END != 0
            {
                return Err(Errno::EINTR);
            }
        }
    }

    fn end_app(self, program: &Arc<Program>) {
        program.is_ending.store(true, Ordering::SeqCst);
        let is_its = |thread: &Thread| Arc::ptr_eq(&thread.program, program);
        self.end_threads(is_its);
        let mut gone = Vec::new();
        self.kernel.tasks.threads.lock().retain(|thread| {
            let goes = is_its(thread);
            if goes {
                gone.push(thread.clone());
            }
            !goes
        });
        drop(gone);
        self.kernel
            .signals
            .forget_handlers(|address| self.kernel.mm.owner_of(address) == Some(program.number));
        self.forget_program(program);
    }

    /// Ends the program of the calling thread with `status`: the machine, unless another program runs it.
    pub fn exit_program(self, status: i32) -> ! {
        let program = &self.thread.program;
        if !program.is_guest_of_another {
            self.kernel.backend.power_off(crate::backend::ExitStatus::Code(status as u8))
        }
        program.is_ending.store(true, Ordering::SeqCst);
        // The first to end it says with what.
        let _ = program.status.compare_exchange(
            RUNNING,
            u32::from(status as u8),
            Ordering::AcqRel,
            Ordering::Relaxed,
        );
        self.kernel.backend.wake(&program.status, usize::MAX);
        self.thread_exit()
    }
}

/// The first thread of a program that another one runs.
extern "C" fn begin(argument: usize, kernel_stack_top: usize) -> ! {
    let thread = current();
    thread.head.kernel_stack_top.store(kernel_stack_top, Ordering::Relaxed);
    thread.backend_id.store(backend().current().0, Ordering::Release);
    // SAFETY: `start_app` gave it to this thread.
    let entrance = unsafe { Arc::from_raw(core::ptr::with_exposed_provenance::<Entrance>(argument)) };
    let start = entrance.lock().take();
    drop(entrance);
    let cx = Context::current();
    match start {
        Some(start) => cx.enter(&start),
        None => cx.thread_exit(),
    }
}
