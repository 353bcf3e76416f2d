//! Running a second program in the machine: `osv_run_app`, and `osvrun A --and B`.
//!
//! It has memory, libraries and libc data of its own; with the program that runs it, it shares files, working directory and
//! signals, with one that is just there beside it the signals alone. Its threads end with it; then what it owned is given
//! back.
#![expect(unsafe_code, reason = "gives a kernel thread what it waits for")]

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::Ordering;

use super::exec::{read_strings, told};
use super::program::RUNNING;
use super::{Program, Thread};
use crate::abi::{Errno, Result};
use crate::boundary::guest::GuestStart;
use crate::boundary::user::{UserPtr, UserStr};
use crate::fs::files::Files;
use crate::kernel::Context;
use crate::loader::error::{LoadError, LoadResult, shown};
use crate::loader::load::open_program;
use crate::loader::program::MAX_ARGUMENT_BYTES;
use crate::loader::script;

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
        let args = read_strings(argv, Some(count), &mut room)?;
        let env = read_strings(envp, None, &mut room)?;
        let files = self.thread.program.files.clone();
        let (thread, start) =
            self.load_app(&path, &args, env, files).map_err(|error| told("osv_run_app", &error))?;
        let program = thread.program.clone();
        let streams = self.files().descriptors.lock().standard_streams();
        let started = self.start_app(thread, &start);
        let status = started.and_then(|()| self.await_app(&program));
        self.end_app(&program);
        // Many programs close their standard streams to see the last error of writing.
        self.files().descriptors.lock().reopen(streams);
        status
    }

    /// Starts a program beside the others, as the machine's command line asks for it. It has descriptors and a working
    /// directory of its own; nobody hears of its end, but the machine goes on without it.
    pub(crate) fn start_beside(self, invoked: &[u8], args: &[Vec<u8>], env: &[Vec<u8>]) -> LoadResult<()> {
        let files = Arc::new(self.files().copy());
        let (thread, start) = self.load_app(invoked, args, env.to_vec(), files)?;
        let program = thread.program.clone();
        let failed = |errno| LoadError::failed(invoked, "starting", errno);
        self.kernel.tasks.beside.fetch_add(1, Ordering::AcqRel);
        self.start_app(thread, &start).map_err(failed)?;
        let argument = Box::into_raw(Box::new(program));
        self.start_kernel_thread(await_beside, argument.expose_provenance()).map_err(failed)
    }

    fn start_app(self, thread: Arc<Thread>, start: &GuestStart) -> Result<()> {
        self.kernel.tasks.threads.lock().push(thread.clone());
        thread.entry_rsp.store(start.rsp, Ordering::Relaxed);
        self.thread_start(&thread, start.rip, start.rdi)
    }

    fn load_app(
        self,
        invoked: &[u8],
        args: &[Vec<u8>],
        env: Vec<Vec<u8>>,
        files: Arc<Files>,
    ) -> LoadResult<(Arc<Thread>, GuestStart)> {
        let (path, args) = script::resolve(self, invoked, args)?;
        let image = open_program(self, &path)?;
        let program = Program::new(image.path.clone(), invoked, args, env, files);
        let tid = self.new_tid();
        let has_signals_on_threads = self.thread.program.has_signals_on_threads;
        let program = Arc::new(Program { is_guest_of_another: true, has_signals_on_threads, ..program });
        let thread = Arc::new(Thread::new(tid, program));
        thread.inherit(self.thread);
        let start = Context { thread: &thread, ..self }.load_own(image, &path)?;
        Ok((thread, start))
    }

    fn await_app(self, program: &Program) -> Result<i32> {
        loop {
            let status = program.status.load(Ordering::Acquire);
            if status != RUNNING {
                return Ok(status as i32);
            }
            let _ = self.sleep_through_signals(&program.status, RUNNING, None);
            if self.thread.is_to_end() {
                return Err(Errno::EINTR);
            }
        }
    }

    fn end_app(self, program: &Arc<Program>) {
        program.is_ending.store(true, Ordering::SeqCst);
        let is_its = |thread: &Thread| Arc::ptr_eq(&thread.program, program);
        self.kernel.timers.delete_created(|owner| owner == program.number);
        self.end_threads(is_its);
        let gone: Vec<_> = self.kernel.tasks.threads.lock().extract_if(.., |thread| is_its(thread)).collect();
        drop(gone);
        self.kernel.ipc.mq.program_ended(program.number);
        self.kernel
            .signals
            .forget_handlers(|address| self.kernel.mm.owner_of(address) == Some(program.number));
        self.forget_program(program);
    }

    /// Tells what the program asked for that there is none of, which may be why it failed.
    fn say_what_it_missed(self, status: u8) {
        let flags = &self.kernel.tasks.flags;
        let missed = [
            (&flags.wants_processes, "for another process (fork), of which there are none here"),
            (&flags.wants_users, "to be another user or group than root, of which there are none here"),
        ];
        for (_, what) in missed.iter().filter(|(is_wanted, _)| is_wanted.load(Ordering::Relaxed)) {
            crate::log::remark(format_args!("the program asked {what}: it ended with status {status}"));
        }
    }

    /// Ends the program of the calling thread with `status`: the machine, unless another program runs it.
    pub fn exit_program(self, status: i32) -> ! {
        let program = &self.thread.program;
        if status != 0 {
            self.say_what_it_missed(status as u8);
        }
        if !program.is_guest_of_another {
            self.kernel.power_off(crate::backend::ExitStatus::Code(status as u8))
        }
        self.end_own_program();
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

/// Waits for the end of a program that runs beside the others, and gives back what it had.
extern "C" fn await_beside(argument: usize, kernel_stack_top: usize) -> ! {
    let cx = Context::current();
    cx.thread.arrive(kernel_stack_top);
    {
        // SAFETY: `start_beside` gave it to this thread.
        let program =
            unsafe { Box::from_raw(core::ptr::with_exposed_provenance_mut::<Arc<Program>>(argument)) };
        while program.status.load(Ordering::Acquire) == RUNNING {
            let _ = cx.kernel.backend.wait_uninterruptible(&program.status, RUNNING, None);
        }
        cx.end_app(&program);
        let status = program.status.load(Ordering::Acquire);
        if status != 0 {
            crate::log::remark(format_args!("{} ended with status {status}", shown(&program.name)));
        }
    }
    cx.kernel.tasks.beside.fetch_sub(1, Ordering::AcqRel);
    cx.kernel.net.inet.listeners.notify();
    cx.kernel.backend.exit_thread(None)
}
