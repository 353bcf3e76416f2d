//! Running a handler in a thread of its own.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU32, Ordering};

use super::{Action, Info, LAST, bit};
use crate::abi::{self, Errno, Result};
use crate::boundary::door::Row;
use crate::boundary::user::UserPtr;
use crate::kernel::Context;
use crate::libc::signal::{HandlerBlock, handler_main};
use crate::task::{Program, Thread};

/// Size of a handler thread's stack.
const STACK_BYTES: usize = 256 << 10;
const GUARD_BYTES: usize = 4096;

/// A handler that runs.
pub struct HandlerRun {
    /// Signals it holds back.
    mask: u64,
    /// The thread whose wait its end interrupts.
    interrupts: Arc<Thread>,
    /// Whether calls that can restart do so.
    restarts: bool,
    /// 1 until the handler's thread ends.
    pub is_running: AtomicU32,
}

/// Calls that end with `EINTR` after a handler whatever `SA_RESTART` says (signal(7)).
const NEVER_RESTART: &[&str] = &[
    "pause",
    "sigsuspend",
    "sigtimedwait",
    "sigwaitinfo",
    "epoll_wait",
    "epoll_pwait",
    "poll",
    "ppoll",
    "select",
    "pselect",
    "nanosleep",
    "__osvrun_clock_nanosleep",
    "msgrcv",
    "msgsnd",
    "semop",
    "semtimedop",
];

/// Calls that no signal interrupts.
const NEVER_INTERRUPT: &[&str] = &["__osvrun_thread_wait"];

impl Thread {
    /// The row of the kernel call the thread is in.
    fn row_name(&self) -> Option<&'static str> {
        self.is_in_kernel().then(|| Row::name_at(self.head.row.load(Ordering::Relaxed))).flatten()
    }
}

impl Context<'_> {
    /// Starts the handler of a signal that `taker` takes; returns after its end if that is the caller.
    pub(super) fn run_handler(self, info: Info, action: Action, taker: &Arc<Thread>) -> Result<()> {
        let own = if action.flags & abi::SA_NODEFER != 0 { 0 } else { bit(info.number) };
        let run = Arc::new(HandlerRun {
            mask: action.mask | own,
            interrupts: taker.clone(),
            restarts: action.flags & abi::SA_RESTART != 0,
            is_running: AtomicU32::new(1),
        });
        if action.flags & abi::SA_RESETHAND != 0
            && let Some(action) = self.kernel.signals.actions.lock().get_mut(info.number as usize)
        {
            action.handler = abi::SIG_DFL;
        }
        {
            let mut held = self.kernel.signals.held.lock();
            for number in (1..=LAST).filter(|number| run.mask & bit(*number) != 0) {
                held[number as usize] += 1;
            }
        }
        let block = HandlerBlock {
            function: action.handler,
            number: info.number,
            takes_info: i32::from(action.flags & abi::SA_SIGINFO != 0),
            value: info.value,
            info: info.to_siginfo(),
            ..HandlerBlock::default()
        };
        let mask = taker.sigmask.load(Ordering::Relaxed) | run.mask;
        if let Err(error) = self.start_handler_thread(&taker.program, block, mask, Some(run.clone())) {
            self.release_held(run.mask);
            return Err(error);
        }
        if core::ptr::eq(Arc::as_ptr(taker), self.thread) {
            while run.is_running.load(Ordering::Acquire) != 0 {
                let _ = self.kernel.backend.wait_uninterruptible(&run.is_running, 1, None);
            }
        }
        Ok(())
    }

    /// Calls `function(value)` of the program numbered `owner` in a new thread.
    pub fn call_in_new_thread(self, owner: u32, function: usize, value: u64) -> Result<()> {
        let program = {
            let threads = self.kernel.tasks.threads.lock();
            let of_owner = |thread: &&Arc<Thread>| thread.program.number == owner;
            threads.iter().find(of_owner).map(|thread| thread.program.clone()).ok_or(Errno::ESRCH)?
        };
        let block = HandlerBlock { function, value, ..HandlerBlock::default() };
        self.start_handler_thread(&program, block, 0, None)
    }

    fn start_handler_thread(
        self,
        program: &Arc<Program>,
        mut block: HandlerBlock,
        mask: u64,
        run: Option<Arc<HandlerRun>>,
    ) -> Result<()> {
        let (thread, stack) = self.thread_prepare(program, STACK_BYTES, GUARD_BYTES, None)?;
        let top = stack.start + stack.len_bytes;
        let at = (top - size_of::<HandlerBlock>()) & !63;
        (block.stack_start, block.stack_bytes) = (stack.start, stack.len_bytes);
        block.mask = mask;
        UserPtr::new(at).write(block).map_err(|_| Errno::ENOMEM)?;
        thread.sigmask.store(mask, Ordering::Relaxed);
        thread.signals.is_handler.store(u32::from(run.is_some()), Ordering::Relaxed);
        *thread.signals.run.lock() = run;
        thread.entry_rsp.store(at - 8, Ordering::Relaxed);
        thread.ends_detached.store(1, Ordering::Relaxed);
        let started = self.thread_start(&thread, handler_main as *const () as usize, at);
        if started.is_err() {
            *thread.signals.run.lock() = None;
            self.thread_release(&thread);
        }
        started
    }

    fn release_held(self, mask: u64) {
        let mut held = self.kernel.signals.held.lock();
        for number in (1..=LAST).filter(|number| mask & bit(*number) != 0) {
            held[number as usize] = held[number as usize].saturating_sub(1);
        }
    }

    /// The calling thread ends: if it ran a handler, the signals it held back are free again and the thread that took
    /// the signal leaves its wait.
    pub fn handler_ended(self) {
        let Some(run) = self.thread.signals.run.lock().take() else { return };
        self.thread.signals.is_handler.store(0, Ordering::Relaxed);
        self.release_held(run.mask);
        run.is_running.store(0, Ordering::Release);
        self.kernel.backend.wake(&run.is_running, usize::MAX);
        let target = &run.interrupts;
        match target.row_name() {
            Some(name) => {
                let restarts = run.restarts && !NEVER_RESTART.contains(&name);
                if !restarts && !NEVER_INTERRUPT.contains(&name) {
                    self.kernel.backend.interrupt(target.backend_id());
                }
            }
            None => target.signals.note_recent(self.kernel.backend.monotonic()),
        }
        drop(run);
        self.deliver_released();
    }
}
