//! Cancellation, and the cleanup handlers of C programs.
//!
//! A cancelled thread ends at the next cancellation point: the tests below, or on its way out of a kernel call that is
//! one ([`on_leave`]). Its stack is unwound ([`super::forced`]): C++ destructors and `pthread_cleanup_push` handlers run.

#![expect(clippy::used_underscore_items, reason = "the names are the symbols' own")]

use core::ffi::{c_int, c_void};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicU32, Ordering::*};

use super::{current, thread};
use crate::abi;
use crate::libc::tcb::{Tcb, tcb};

/// Cancellation is disabled.
pub const DISABLED: u32 = 1;
/// It may happen anywhere.
pub const ASYNCHRONOUS: u32 = 2;
/// The thread has been cancelled.
pub const PENDING: u32 = 4;
/// The thread is ending already.
pub const EXITING: u32 = 8;

/// `PTHREAD_CANCELED`
const CANCELED: *mut c_void = usize::MAX as *mut c_void;

/// glibc's `__pthread_unwind_buf_t`: where to jump, the next buffer outwards, and the innermost
/// `_pthread_cleanup_push` around it.
#[repr(C)]
pub struct UnwindBuffer {
    jump: [usize; 8],
    mask_was_saved: c_int,
    outer: *mut UnwindBuffer,
    cleanup: *mut CleanupBuffer,
    cancel_type: usize,
    pad: usize,
}

const _: () = assert!(size_of::<UnwindBuffer>() == 104);

/// glibc's `struct _pthread_cleanup_buffer`.
#[repr(C)]
pub struct CleanupBuffer {
    routine: unsafe extern "C" fn(*mut c_void),
    argument: *mut c_void,
    cancel_type: c_int,
    outer: *mut CleanupBuffer,
}

fn word() -> &'static AtomicU32 {
    // SAFETY: a thread's control block lives as long as the thread, which is all the caller keeps the word for.
    unsafe { &(*current()).cancel }
}

/// Ends the thread if it has been cancelled.
pub fn test() {
    if word().load(Relaxed) & (DISABLED | PENDING | EXITING) == PENDING {
        thread::exit(CANCELED);
    }
}

/// Tells whether a cancellation may end the calling thread anywhere.
pub fn is_anywhere() -> bool {
    word().load(Relaxed) & (DISABLED | ASYNCHRONOUS | EXITING) == ASYNCHRONOUS
}

/// Calls `body`, in which nothing is a cancellation point.
pub fn held_off<T>(body: impl FnOnce() -> T) -> T {
    let before = word().fetch_or(DISABLED, Relaxed);
    let result = body();
    if before & DISABLED == 0 {
        word().fetch_and(!DISABLED, Relaxed);
        if before & ASYNCHRONOUS != 0 {
            test();
        }
    }
    result
}

/// pthread_testcancel(3)
pub extern "C" fn pthread_testcancel() {
    test();
}

/// pthread_setcancelstate(3)
pub unsafe extern "C" fn pthread_setcancelstate(state: c_int, old: *mut c_int) -> c_int {
    let before = match state {
        0 => word().fetch_and(!DISABLED, Relaxed),
        1 => word().fetch_or(DISABLED, Relaxed),
        _ => return abi::EINVAL,
    };
    // SAFETY: NULL, or a place for the state before.
    if let Some(old) = unsafe { old.as_mut() } {
        *old = c_int::from(before & DISABLED != 0);
    }
    if word().load(Relaxed) & ASYNCHRONOUS != 0 {
        test();
    }
    0
}

/// pthread_setcanceltype(3)
pub unsafe extern "C" fn pthread_setcanceltype(kind: c_int, old: *mut c_int) -> c_int {
    let before = match kind {
        0 => word().fetch_and(!ASYNCHRONOUS, Relaxed),
        1 => word().fetch_or(ASYNCHRONOUS, Relaxed),
        _ => return abi::EINVAL,
    };
    // SAFETY: NULL, or a place for the state before.
    if let Some(old) = unsafe { old.as_mut() } {
        *old = c_int::from(before & ASYNCHRONOUS != 0);
    }
    if kind == 1 {
        test();
    }
    0
}

/// pthread_cancel(3)
pub unsafe extern "C" fn pthread_cancel(thread: *mut Tcb) -> c_int {
    // SAFETY: a thread that has not been joined, whose control block lives.
    unsafe { (*thread).pthread.cancel.fetch_or(PENDING, SeqCst) };
    if thread == tcb() && word().load(Relaxed) & ASYNCHRONOUS != 0 {
        test();
    }
    // The row finds no thread that has ended, which is no error here.
    // SAFETY: the kernel looks the thread up, and does not follow its address.
    unsafe { crate::exports::thread_rows::__osvrun_thread_interrupt(thread as usize) };
    0
}

/// Kernel calls that are cancellation points (POSIX 2.9.5.2), and those that glibc adds.
const POINTS: &[&str] = &[
    "__osvrun_clock_nanosleep",
    "accept",
    "accept4",
    "close",
    "connect",
    "copy_file_range",
    "creat",
    "fallocate",
    "fdatasync",
    "fsync",
    "getrandom",
    "mq_receive",
    "mq_send",
    "mq_timedreceive",
    "mq_timedsend",
    "msgrcv",
    "msgsnd",
    "msync",
    "nanosleep",
    "open",
    "openat",
    "pause",
    "poll",
    "ppoll",
    "pread",
    "pread64",
    "preadv",
    "pselect",
    "pwrite",
    "pwrite64",
    "pwritev",
    "read",
    "readv",
    "recv",
    "recvfrom",
    "recvmmsg",
    "recvmsg",
    "select",
    "send",
    "sendmmsg",
    "sendmsg",
    "sendto",
    "sigsuspend",
    "sigtimedwait",
    "sigwaitinfo",
    "sigwait",
    "splice",
    "sync_file_range",
    "tee",
    "vmsplice",
    "wait4",
    "waitid",
    "write",
    "writev",
    "epoll_wait",
    "epoll_pwait",
    "usleep",
    "sleep",
];

/// Tells whether the kernel row `name` is a cancellation point.
pub fn is_point(name: &str) -> bool {
    POINTS.contains(&name)
}

/// Cancellation that may happen anywhere has found the thread in the program, at the address on top of the stack.
#[unsafe(naked)]
pub extern "C" fn end_anywhere() {
    core::arch::naked_asm!(
        ".cfi_startproc",
        "push rbp",
        ".cfi_def_cfa_offset 16",
        ".cfi_offset rbp, -16",
        "mov rbp, rsp",
        ".cfi_def_cfa_register rbp",
        "and rsp, -16",
        "cld",
        "call {test}",
        // It was disabled meanwhile, which only the thread itself can do: not reached.
        "ud2",
        ".cfi_endproc",
        test = sym end_now,
    )
}

extern "C" fn end_now() {
    test();
}

/// The thread leaves the kernel row `name`, which is one by what it was asked for if `is_point_now`: ends it if it has been cancelled and this
/// is a place for it.
pub fn on_leave(name: &str, is_point_now: bool) {
    if word().load(Relaxed) & ASYNCHRONOUS != 0 || is_point_now || is_point(name) {
        test();
    }
}

/// Registers where cancellation goes (`pthread_cleanup_push` in C).
pub unsafe extern "C" fn __pthread_register_cancel(buffer: *mut UnwindBuffer) {
    // SAFETY: the buffer lives in the frame that registers it, until it is taken back.
    unsafe {
        (*buffer).outer = (*current()).unwind;
        (*buffer).cleanup = (*current()).cleanup;
        (*current()).unwind = buffer;
    }
}

/// Undoes [`__pthread_register_cancel`].
pub unsafe extern "C" fn __pthread_unregister_cancel(buffer: *mut UnwindBuffer) {
    // SAFETY: the buffer that the same frame registered last.
    unsafe { (*current()).unwind = (*buffer).outer };
}

/// Registers, and defers cancellation (`pthread_cleanup_push_defer_np`).
pub unsafe extern "C" fn __pthread_register_cancel_defer(buffer: *mut UnwindBuffer) {
    // SAFETY: the buffer lives in the frame that registers it, until it is taken back.
    unsafe {
        __pthread_register_cancel(buffer);
        (*buffer).cancel_type = (word().fetch_and(!ASYNCHRONOUS, Relaxed) & ASYNCHRONOUS) as usize;
    }
}

/// Undoes [`__pthread_register_cancel_defer`].
pub unsafe extern "C" fn __pthread_unregister_cancel_restore(buffer: *mut UnwindBuffer) {
    // SAFETY: the buffer that the same frame registered last.
    unsafe {
        __pthread_unregister_cancel(buffer);
        word().fetch_or((*buffer).cancel_type as u32 & ASYNCHRONOUS, Relaxed);
    }
}

/// A handler has run: go on with the next.
pub unsafe extern "C" fn __pthread_unwind_next(_buffer: *mut UnwindBuffer) -> ! {
    unwind()
}

/// Ends the thread after all that its stack holds: C++ destructors and cleanup handlers, the innermost first.
pub(super) fn unwind() -> ! {
    super::forced::unwind();
    unwind_without_frames()
}

/// Runs the handlers still registered, the innermost first, and ends the thread.
pub(super) fn unwind_without_frames() -> ! {
    leave_below(usize::MAX);
    super::undo::leave_below(usize::MAX);
    if word().load(Relaxed) & PENDING != 0 {
        crate::libc::stdio::lock::give_back_all();
    }
    thread::finish()
}

/// Frames whose stack pointer is below `stack_pointer` are left: runs their handlers, the innermost first. Does not
/// return when that means going on in one of them.
pub(super) fn leave_below(stack_pointer: usize) {
    // SAFETY: the lists hold the program's buffers in frames that have not ended.
    unsafe {
        let fields = current();
        let buffer = (*fields).unwind;
        let goes_on_in_buffer = !buffer.is_null() && jump_target(buffer) <= stack_pointer;
        // `_pthread_cleanup_push` handlers registered since that buffer come before it.
        let last = if goes_on_in_buffer { (*buffer).cleanup } else { null_mut() };
        loop {
            let cleanup = (*fields).cleanup;
            if cleanup == last || cleanup as usize >= stack_pointer {
                break;
            }
            (*fields).cleanup = (*cleanup).outer;
            ((*cleanup).routine)((*cleanup).argument);
        }
        if goes_on_in_buffer {
            (*fields).unwind = (*buffer).outer;
            crate::exports::setjmp::longjmp((&raw mut (*buffer).jump).cast(), 1)
        }
    }
}

/// Returns the stack pointer that a jump to `buffer` sets.
unsafe fn jump_target(buffer: *const UnwindBuffer) -> usize {
    // SAFETY: a buffer that `__sigsetjmp` filled.
    unsafe { (*buffer).jump[6].rotate_right(17) ^ (*tcb()).pointer_guard }
}

/// `_pthread_cleanup_push`: the old form, which keeps its own list.
pub unsafe extern "C" fn _pthread_cleanup_push(
    buffer: *mut CleanupBuffer,
    routine: unsafe extern "C" fn(*mut c_void),
    argument: *mut c_void,
) {
    // SAFETY: the buffer lives in the frame that pushes it, until it is popped.
    unsafe {
        (*buffer).routine = routine;
        (*buffer).argument = argument;
        (*buffer).outer = (*current()).cleanup;
        (*current()).cleanup = buffer;
    }
}

/// `_pthread_cleanup_pop`
pub unsafe extern "C" fn _pthread_cleanup_pop(buffer: *mut CleanupBuffer, execute: c_int) {
    // SAFETY: the buffer that the same frame pushed last.
    unsafe {
        (*current()).cleanup = (*buffer).outer;
        if execute != 0 {
            ((*buffer).routine)((*buffer).argument);
        }
    }
}

/// `_pthread_cleanup_push_defer`
pub unsafe extern "C" fn _pthread_cleanup_push_defer(
    buffer: *mut CleanupBuffer,
    routine: unsafe extern "C" fn(*mut c_void),
    argument: *mut c_void,
) {
    // SAFETY: the buffer lives in the frame that pushes it, until it is popped.
    unsafe {
        _pthread_cleanup_push(buffer, routine, argument);
        (*buffer).cancel_type = (word().fetch_and(!ASYNCHRONOUS, Relaxed) & ASYNCHRONOUS) as c_int;
    }
}

/// `_pthread_cleanup_pop_restore`
pub unsafe extern "C" fn _pthread_cleanup_pop_restore(buffer: *mut CleanupBuffer, execute: c_int) {
    // SAFETY: the buffer that the same frame pushed last.
    unsafe {
        let kind = (*buffer).cancel_type as u32;
        _pthread_cleanup_pop(buffer, execute);
        word().fetch_or(kind & ASYNCHRONOUS, Relaxed);
    }
}

/// Forgets handlers in frames that no longer exist (a thread that ends by returning).
pub(super) fn forget_handlers() {
    // SAFETY: the calling thread's own control block.
    unsafe {
        (*current()).unwind = null_mut();
        (*current()).cleanup = null_mut();
    }
}
