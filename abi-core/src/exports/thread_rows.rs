//! The kernel's threads as our own library code calls them. Programs reach them through `pthread_create` and so on.
//!
//! These rows give a negative error number and leave errno alone, since POSIX threads functions do.

use core::ffi::c_int;
use core::sync::atomic::Ordering;

use super::futex::NEVER;
use crate::abi::{Errno, Result};
use crate::backend::Monotonic;
use crate::boundary::user::UserPtr;
use crate::kernel_exports;
use crate::task::PENDING_CANCEL;

/// This file's rows: none that a program could name.
pub const TABLES: &[&[super::Export]] = &[];

fn status(result: Result<()>) -> c_int {
    result.map_or_else(|error| -error.0, |()| 0)
}

kernel_exports! { "libc.so.6";
    /// Makes a thread and writes its (control block, stack start, stack size, guard size). `programs_end` is the end of a
    /// stack the program brings, or 0.
    full fn __osvrun_thread_prepare(cx, stack_bytes: usize, guard_bytes: usize, programs_end: usize, out: UserPtr<usize>) -> c_int {
        let programs_end = (programs_end != 0).then_some(programs_end);
        Ok(status(cx.thread_prepare(&cx.thread.program, stack_bytes, guard_bytes, programs_end).and_then(|(thread, stack)| {
            let tcb = thread.tcb.load(Ordering::Relaxed);
            out.write_many(&[tcb, stack.start, stack.len_bytes, stack.guard_bytes])
        })))
    }

    /// Starts a prepared thread.
    full fn __osvrun_thread_start(cx, tcb: usize, is_detached: c_int) -> c_int {
        Ok(status(cx.thread_of(tcb).and_then(|thread| {
            thread.ends_detached.store(u32::from(is_detached != 0), Ordering::Relaxed);
            cx.thread_start(&thread, crate::libc::pthread::thread::thread_main as *const () as usize, tcb)
        })))
    }

    /// Forgets a thread that is gone, or never ran.
    full fn __osvrun_thread_release(cx, tcb: usize) -> c_int {
        Ok(status(cx.thread_of(tcb).map(|thread| {
            if thread.backend_id.load(Ordering::Relaxed) == 0 {
                thread.alive.store(0, Ordering::Release);
            }
            cx.thread_release(&thread);
        })))
    }

    /// Waits until a thread is gone.
    full fn __osvrun_thread_wait(cx, tcb: usize, deadline_ns: u64) -> c_int {
        let deadline = (deadline_ns != NEVER).then_some(Monotonic(deadline_ns));
        Ok(status(cx.thread_of(tcb).and_then(|thread| cx.thread_wait(&thread, deadline))))
    }

    /// Lets a thread's memory go when it ends.
    full fn __osvrun_thread_detach(cx, tcb: usize) -> c_int {
        Ok(status(cx.thread_of(tcb).map(|thread| cx.thread_detach(&thread))))
    }

    /// Ends the calling thread.
    full fn __osvrun_thread_exit(cx) -> c_int {
        cx.thread_exit()
    }

    /// Makes a thread that has been cancelled look at that.
    full fn __osvrun_thread_interrupt(cx, tcb: usize) -> c_int {
        Ok(status(cx.thread_of(tcb).map(|thread| {
            // So that what it calls next is not even begun.
            thread.head.tracing.store(1, Ordering::SeqCst);
            thread.interrupt(PENDING_CANCEL);
        })))
    }

    /// Returns a thread's number.
    full fn __osvrun_thread_number(cx, tcb: usize) -> c_int {
        Ok(cx.thread_of(tcb).map_or_else(|error| -error.0, |thread| thread.tid))
    }

    /// Returns the real-time priority that a thread was told, or a negative error number.
    full fn __osvrun_told_priority(cx, tid: c_int) -> c_int {
        Ok(cx.told_priority(tid).unwrap_or_else(|error| -error.0))
    }

    /// Writes the (start, end) of the mapping the caller's stack pointer lies in.
    full fn __osvrun_stack_bounds(cx, out: UserPtr<usize>) -> c_int {
        let region = cx.kernel.mm.region_of(cx.thread.head.guest_rsp.load(Ordering::Relaxed));
        Ok(status(region.ok_or(Errno::ENOENT).and_then(|(range, _)| out.write_many(&[range.start, range.end()]))))
    }
}
