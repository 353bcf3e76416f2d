//! What the library undoes when a C++ exception, an ending thread or a longjmp(3) leaves one of the program's callbacks.
//!
//! Rust code compiled with `panic = "abort"` has no landing pads: an unwinder passes its frames without stopping. Where
//! something must be put right, the callback is called through a frame with a personality routine of our own, which
//! runs the innermost [`Undo`] of the thread.

use core::arch::naked_asm;
use core::ffi::{c_int, c_void};

use super::current;

/// What to do if the callback does not return; lies in the frame that called it.
#[repr(C)]
pub struct Undo {
    action: unsafe extern "C" fn(*mut c_void),
    argument: *mut c_void,
    outer: *mut Undo,
}

/// Calls `routine(argument)`; if it is left in any other way than by returning, `action(context)` runs.
///
/// # Safety
/// `routine` may be called with `argument`, and `action` with `context` until it returns.
pub unsafe fn call(
    routine: unsafe extern "C" fn(*mut c_void),
    argument: *mut c_void,
    action: unsafe extern "C" fn(*mut c_void),
    context: *mut c_void,
) {
    let mut undo = Undo { action, argument: context, outer: core::ptr::null_mut() };
    // SAFETY: the entry leaves the list before this frame ends: here, in `run_innermost`, or in `forget_below`.
    unsafe {
        undo.outer = (*current()).undo;
        (*current()).undo = &raw mut undo;
        call_guarded(argument, routine);
        (*current()).undo = undo.outer;
    }
}

#[unsafe(naked)]
unsafe extern "C" fn call_guarded(argument: *mut c_void, routine: unsafe extern "C" fn(*mut c_void)) {
    naked_asm!(
        ".cfi_startproc",
        // Relative to where it stands, four bytes.
        ".cfi_personality 0x1b, {personality}",
        "sub rsp, 8",
        ".cfi_def_cfa_offset 16",
        "call rsi",
        "add rsp, 8",
        ".cfi_def_cfa_offset 8",
        "ret",
        ".cfi_endproc",
        personality = sym personality,
    )
}

/// What an unwinder asks of a frame (Itanium C++ ABI: Exception Handling, 1.6).
unsafe extern "C" fn personality(
    _version: c_int,
    actions: c_int,
    _class: u64,
    _exception: *mut c_void,
    _context: *mut c_void,
) -> c_int {
    const CLEANUP_PHASE: c_int = 2;
    const CONTINUE_UNWIND: c_int = 8;
    if actions & CLEANUP_PHASE != 0 {
        run_innermost();
    }
    CONTINUE_UNWIND
}

fn run_innermost() {
    // SAFETY: the innermost entry's frame is the one being left.
    unsafe {
        let undo = (*current()).undo;
        if let Some(Undo { action, argument, outer }) = undo.as_ref() {
            (*current()).undo = *outer;
            action(*argument);
        }
    }
}

/// The thread jumps to where its stack pointer was `stack_pointer`: undoes what the frames in between want undone.
pub fn leave_below(stack_pointer: usize) {
    let here = 0u8;
    // SAFETY: entries lie in frames that have not ended.
    while ((&raw const here as usize)..stack_pointer).contains(&unsafe { (*current()).undo as usize }) {
        run_innermost();
    }
}
