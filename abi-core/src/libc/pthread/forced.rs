//! Ending a thread by forced unwinding, so that C++ destructors on its stack run.
//!
//! The unwinder is the one the program has loaded (`libgcc_s.so.1`, or LLVM's); a program without one has no frames that
//! want to know.

use core::ffi::{c_int, c_void};

use super::cancel;
use super::current;
use crate::boundary::user::UserPtr;
use crate::exports::dlfcn::internal::__osvrun_dl_unwinder;

/// `_Unwind_Exception` (Itanium C++ ABI: Exception Handling, 1.2.1).
#[repr(C, align(16))]
pub struct UnwindException {
    class: u64,
    cleanup: Option<unsafe extern "C" fn(c_int, *mut UnwindException)>,
    private: [usize; 2],
}

type Stop = unsafe extern "C" fn(c_int, c_int, u64, *mut UnwindException, *mut c_void, *mut c_void) -> c_int;
type ForcedUnwind = unsafe extern "C" fn(*mut UnwindException, Stop, *mut c_void) -> c_int;
type GetCfa = unsafe extern "C" fn(*mut c_void) -> usize;

/// Unwinds the calling thread's stack up to the next C handler, or to its end; returns only if there is no unwinder.
pub(super) fn unwind() {
    let mut found = [0usize; 2];
    // SAFETY: the row stores two words.
    if unsafe { __osvrun_dl_unwinder(UserPtr::new(&raw mut found as usize)) } != 0 {
        return;
    }
    // SAFETY: the unwinder's functions of these names; the object lives as long as the thread.
    unsafe {
        let forced_unwind: ForcedUnwind = core::mem::transmute(found[0]);
        let exception = &raw mut (*current()).forced;
        (*exception).class = 0;
        (*exception).cleanup = Some(not_rethrown);
        forced_unwind(exception, stop, found[1] as *mut c_void);
    }
}

/// What the unwinder calls in front of each frame, whose stack pointer is the context's CFA.
unsafe extern "C" fn stop(
    _version: c_int,
    actions: c_int,
    _class: u64,
    _exception: *mut UnwindException,
    context: *mut c_void,
    get_cfa: *mut c_void,
) -> c_int {
    const END_OF_STACK: c_int = 16;
    // SAFETY: `unwind` passed the unwinder's function, and the unwinder the context.
    let stack_pointer = unsafe {
        let get_cfa: GetCfa = core::mem::transmute(get_cfa);
        get_cfa(context)
    };
    if actions & END_OF_STACK != 0 {
        cancel::unwind_without_frames();
    }
    cancel::leave_below(stack_pointer);
    0
}

/// A `catch (...)` that swallows what ends the thread.
unsafe extern "C" fn not_rethrown(_reason: c_int, _exception: *mut UnwindException) {
    let text = b"FATAL: exception not rethrown\n";
    // SAFETY: constant text; abort(3) takes nothing.
    unsafe {
        crate::exports::unistd::write(2, text.as_ptr().cast(), text.len());
        crate::exports::signal::abort();
    }
}
