//! The program's side of signals: what runs a handler in a thread of its own. [`super::fault`] is for faults.

use core::ffi::{c_int, c_void};

use super::pthread::{current, thread};
use super::state::state;
use crate::exports::setjmp::{UserContext, save_registers};

/// What a handler's thread is told, at the top of its stack.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub struct HandlerBlock {
    /// The handler.
    pub function: usize,
    /// The signal, or 0 for a plain call with `value`.
    pub number: c_int,
    /// Whether the handler takes three arguments.
    pub takes_info: c_int,
    /// Argument of a plain call.
    pub value: u64,
    /// The thread's stack.
    pub stack_start: usize,
    /// Its size.
    pub stack_bytes: usize,
    /// Size of the guard below.
    pub guard_bytes: usize,
    /// The mask of the thread.
    pub mask: u64,
    /// `siginfo_t`
    pub info: [u64; 16],
}

/// A handler thread's first function in the program.
pub unsafe extern "C" fn handler_main(block: *mut HandlerBlock) -> ! {
    // SAFETY: the block or frame is the one the kernel made for this thread; `current` is the thread's own
    // part of its control block.
    unsafe {
        state().pthread.others.fetch_add(1, core::sync::atomic::Ordering::Relaxed);
        let fields = current();
        (*fields).stack_start = (*block).stack_start;
        (*fields).stack_bytes = (*block).stack_bytes;
        (*fields).guard_bytes = (*block).guard_bytes;
        (*fields).join_state.store(thread::DETACHED, core::sync::atomic::Ordering::Relaxed);
        let function = (*block).function;
        if (*block).number == 0 {
            let function: unsafe extern "C" fn(u64) = core::mem::transmute(function);
            function((*block).value);
        } else {
            (*fields).runs_handler = 1;
            let function: unsafe extern "C" fn(c_int, *mut c_void, *mut UserContext) =
                core::mem::transmute(function);
            let mut context: UserContext = core::mem::zeroed();
            save_registers(&raw mut context);
            context.mask[0] = (*block).mask;
            // As on a thread that was never told of an alternate stack.
            context.stack_flags = crate::abi::SS_DISABLE;
            function((*block).number, (&raw mut (*block).info).cast(), &raw mut context);
        }
        thread::end_returned(core::ptr::null_mut())
    }
}

/// longjmp(3) is about to leave for `rsp`: stops the program when that is not on this handler thread's stack.
pub fn check_jump(rsp: usize) {
    // SAFETY: the block or frame is the one the kernel made for this thread; `current` is the thread's own
    // part of its control block.
    unsafe {
        let fields = current();
        if (*fields).runs_handler != 0 && rsp.wrapping_sub((*fields).stack_start) > (*fields).stack_bytes {
            crate::panic::stop_program(format_args!(
                "longjmp out of a signal handler: handlers run in threads of their own"
            ));
        }
    }
}
