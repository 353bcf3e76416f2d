//! Dynamic package initialisation.

use core::ffi::{c_int, c_void};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicU32, Ordering::*};

use super::undo;
use super::word::{self, NEVER};

const FRESH: u32 = 0;
const RUNNING: u32 = 1;
const DONE: u32 = 2;

/// pthread_once(3)
pub unsafe extern "C" fn pthread_once(control: *mut AtomicU32, routine: unsafe extern "C" fn()) -> c_int {
    // SAFETY: the caller passes a control that lives while it is used.
    let control = unsafe { &*control };
    loop {
        match control.compare_exchange(FRESH, RUNNING, Acquire, Acquire) {
            Ok(_) => {
                // SAFETY: the caller's own function, called once, which takes no notice of an argument; the control
                // lives until we return.
                unsafe {
                    let routine: unsafe extern "C" fn(*mut c_void) = core::mem::transmute(routine);
                    undo::call(routine, null_mut(), start_over, control.as_ptr().cast());
                }
                control.store(DONE, Release);
                word::wake_all(control);
                return 0;
            }
            Err(DONE) => return 0,
            Err(state) => {
                word::wait(control, state, NEVER);
            }
        }
    }
}

/// The routine was left by an exception or a cancellation: another call runs it again.
unsafe extern "C" fn start_over(control: *mut c_void) {
    // SAFETY: the control of the call that was left.
    let control = unsafe { &*control.cast::<AtomicU32>() };
    control.store(FRESH, Release);
    word::wake_all(control);
}

/// call_once(3)
pub unsafe extern "C" fn call_once(flag: *mut AtomicU32, routine: unsafe extern "C" fn()) {
    // SAFETY: the caller passes a control that lives while it is used.
    unsafe { pthread_once(flag, routine) };
}
