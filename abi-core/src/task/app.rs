//! Running a second program in the machine: `osv_run_app`.
//!
//! It shares files, working directory and signals with the program that runs it, and has memory, libraries and libc data
//! of its own. Its threads end with it; then what it owned is given back.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::Ordering;

use super::exec::{read_strings, told};
use super::program::RUNNING;
use super::{Program, Thread};
use crate::abi::{Errno, Result};
use crate::boundary::guest::GuestStart;
use crate::boundary::user::{UserPtr, UserStr};
use crate::kernel::Context;
use crate::loader::error::LoadResult;
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
        let (thread, start) =
            self.load_app(&path, &args, env).map_err(|error| told("osv_run_app", &error))?;
        let program = thread.program.clone();
        let streams = self.kernel.fs.descriptors.lock().standard_streams();
        self.kernel.tasks.threads.lock().push(thread.clone());
        thread.entry_rsp.store(start.rsp, Ordering::Relaxed);
        let started = self.thread_start(&thread, start.rip, start.rdi);
        drop(thread);
        let status = started.and_then(|()| self.await_app(&program));
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
        let tid = self.new_tid();
        let program = Arc::new(Program { is_guest_of_another: true, ..program });
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

    /// Ends the program of the calling thread with `status`: the machine, unless another program runs it.
    pub fn exit_program(self, status: i32) -> ! {
        let program = &self.thread.program;
        if status != 0 && self.kernel.tasks.flags.wants_processes.load(Ordering::Relaxed) {
            crate::log::remark(format_args!(
                "the program asked for another process (fork), of which there are none here: it ended with status {}",
                status as u8
            ));
        }
        if !program.is_guest_of_another {
            self.kernel.backend.power_off(crate::backend::ExitStatus::Code(status as u8))
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
