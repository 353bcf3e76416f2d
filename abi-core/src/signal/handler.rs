//! Running a handler in a thread of its own.

use alloc::sync::Arc;
use core::sync::atomic::Ordering;

use super::interrupt::Beginning;
use super::pending::Done;
use super::{Action, Info, LAST, State, ThreadCall, bit};
use crate::abi::{self, Errno, Result};
use crate::kernel::Context;
use crate::libc::signal::{HandlerBlock, handler_main};
use crate::sync::Mutex;
use crate::task::{Load, Program, Thread, put_on_stack};

/// Sizes of a handler's stack and of the guard below.
const HANDLER_STACK: (usize, usize) = (256 << 10, 4096);

/// A handler that runs.
pub struct HandlerRun {
    /// Signals it holds back.
    mask: u64,
    /// The thread that took the signal.
    taker: Arc<Thread>,
    /// Whether that thread waits for the end and goes on by itself.
    is_waited_for: bool,
    /// Whether calls that can restart do so.
    restarts: bool,
    /// Who waits for it.
    done: Option<Done>,
    /// What the taker was doing when it began, unless it waits.
    beginning: Mutex<Option<Beginning>>,
}

impl HandlerRun {
    /// The handler is about to begin.
    pub fn begins(&self) {
        if !self.is_waited_for {
            *self.beginning.lock() = Some(self.taker.beginning());
        }
    }
}

fn numbers(mask: u64) -> impl Iterator<Item = usize> {
    (1..=LAST).filter(move |number| mask & bit(*number) != 0).map(|number| number as usize)
}

impl State {
    /// Books the start of a handler that `taker` took the signal for.
    pub(super) fn begin(
        &mut self,
        number: i32,
        action: Action,
        taker: &Arc<Thread>,
        done: Option<Done>,
    ) -> Arc<HandlerRun> {
        let own = if action.flags & abi::SA_NODEFER != 0 { 0 } else { bit(number) };
        if action.flags & abi::SA_RESETHAND != 0 {
            self.actions[number as usize].handler = abi::SIG_DFL;
        }
        let mask = action.mask | own;
        for number in numbers(mask) {
            self.held[number] += 1;
        }
        self.held_set |= mask;
        let is_waited_for = done.as_ref().is_some_and(|done| done.waiter == taker.tid)
            || core::ptr::eq(Arc::as_ptr(taker), crate::task::current());
        let restarts = action.flags & abi::SA_RESTART != 0;
        let beginning = Mutex::new(None);
        Arc::new(HandlerRun { mask, taker: taker.clone(), is_waited_for, restarts, done, beginning })
    }

    /// Books its end.
    pub(super) fn release(&mut self, run: &HandlerRun) {
        for number in numbers(run.mask) {
            self.held[number] -= 1;
            if self.held[number] == 0 {
                self.held_set &= !bit(number as i32);
            }
        }
    }
}

impl Context<'_> {
    /// Tells whether a handler that would have to end first holds `number` back: that of the calling thread, or of one
    /// that waits for it.
    pub(super) fn holds_itself(self, number: i32) -> bool {
        self.thread.signals.holds.load(Ordering::Relaxed) & bit(number) != 0
    }

    /// Runs the handler of a signal that `taker` takes; returns after its end if that is the caller.
    pub(super) fn run_handler(
        self,
        info: Info,
        action: Action,
        taker: &Arc<Thread>,
        run: &Arc<HandlerRun>,
    ) -> Result<()> {
        let block = HandlerBlock {
            function: action.handler,
            number: info.number,
            takes_info: i32::from(action.flags & abi::SA_SIGINFO != 0),
            value: info.value,
            mask: taker.sigmask.load(Ordering::Relaxed) | run.mask,
            info: info.to_siginfo(),
            ..HandlerBlock::default()
        };
        let program = self.program_of(action.handler, taker);
        let thread = self.thread_for(&program, taker, block, HANDLER_STACK)?;
        let is_own = core::ptr::eq(Arc::as_ptr(taker), self.thread);
        let outer = if is_own { self.thread.signals.holds.load(Ordering::Relaxed) } else { 0 };
        thread.signals.holds.store(outer | run.mask, Ordering::Relaxed);
        thread.signals.is_handler.store(1, Ordering::Relaxed);
        // One of another program may go on when the caller has to end.
        if is_own && Arc::ptr_eq(&program, &self.thread.program) && self.thread.can_carry() {
            self.carry(&thread);
            self.handler_ended(run, &thread);
            self.dismiss(&thread);
            self.deliver_to_others();
            return Ok(());
        }
        let load = Load { thread: thread.clone(), run: Some(run.clone()) };
        self.send_off(load).inspect_err(|_| self.dismiss(&thread))?;
        if is_own {
            self.await_zero(&thread.alive);
        }
        Ok(())
    }

    /// Returns the program whose code `function` is; that of `taker` if it is none's.
    fn program_of(self, function: usize, taker: &Thread) -> Arc<Program> {
        let owner = self.kernel.mm.owner_of(function).filter(|owner| *owner != taker.program.number);
        owner
            .and_then(|owner| self.thread_of_program(owner))
            .map_or_else(|| taker.program.clone(), |thread| thread.program.clone())
    }

    fn thread_of_program(self, number: u32) -> Option<Arc<Thread>> {
        self.kernel.tasks.threads.lock().iter().find(|thread| thread.program.number == number).cloned()
    }

    /// Makes a call of the program numbered `owner` in a new thread.
    pub fn call_in_new_thread(self, owner: u32, call: ThreadCall) -> Result<()> {
        let ThreadCall { function, value, stack_bytes, guard_bytes } = call;
        let like = self.thread_of_program(owner).ok_or(Errno::ESRCH)?;
        let block = HandlerBlock { function, value, ..HandlerBlock::default() };
        let thread = self.thread_for(&like.program, &like, block, (stack_bytes, guard_bytes))?;
        self.send_off(Load { thread: thread.clone(), run: None }).inspect_err(|_| self.dismiss(&thread))
    }

    /// Makes a thread of `program`, like another, that will do what `block` says.
    fn thread_for(
        self,
        program: &Arc<Program>,
        like: &Thread,
        mut block: HandlerBlock,
        (stack_bytes, guard_bytes): (usize, usize),
    ) -> Result<Arc<Thread>> {
        let (thread, stack) = self.short_thread(program, stack_bytes, guard_bytes)?;
        thread.inherit(like);
        thread.sigmask.store(block.mask, Ordering::Relaxed);
        (block.stack_start, block.stack_bytes) = (stack.start, stack.len_bytes);
        block.guard_bytes = stack.guard_bytes;
        let main = handler_main as *const () as usize;
        let admitted = put_on_stack(&thread, &stack, block).and_then(|at| self.admit(&thread, main, at));
        admitted.inspect_err(|_| self.dismiss(&thread))?;
        Ok(thread)
    }

    /// A handler has ended, its thread is about to: the signals it held back are free again, what it sent to its own
    /// thread and has not taken is for the thread that took the signal, and that leaves its wait.
    pub fn handler_ended(self, run: &HandlerRun, thread: &Thread) {
        let has_left = {
            let mut state = self.kernel.signals.state.lock();
            state.release(run);
            state.hand_on(&thread.signals, &run.taker)
        };
        if has_left {
            // It may end the program, which goes on after this.
            self.deliver_to_others();
        }
        if let Some(done) = &run.done {
            done.complete();
        }
        if let Some(beginning) = run.beginning.lock().take() {
            run.taker.note_handler_ended(beginning, run.restarts);
        }
    }
}
