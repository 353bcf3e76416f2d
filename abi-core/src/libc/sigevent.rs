//! sigevent(7): what a program is told by, a signal or a function in a thread of its own.

use core::ffi::{c_int, c_void};
use core::ptr::null_mut;

use super::malloc::{free, malloc};
use super::pthread::attr::{Attr, pthread_attr_init, pthread_attr_setdetachstate};
use super::pthread::thread::pthread_create;
use crate::abi;
use crate::exports::signal;

/// `struct sigevent`
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Event {
    value: u64,
    signal: c_int,
    kind: c_int,
    function: usize,
    attributes: *const Attr,
    pad: [u64; 4],
}

/// Starts a thread with no signal for it, which nobody joins.
pub fn start_thread(start: Start, argument: *mut c_void) -> bool {
    // SAFETY: no attributes.
    unsafe { start_thread_with(null_mut(), start, argument) }
}

/// A thread's first function.
type Start = unsafe extern "C" fn(*mut c_void) -> *mut c_void;

/// As [`start_thread`], with attributes if they are not null.
unsafe fn start_thread_with(wanted: *const Attr, start: Start, argument: *mut c_void) -> bool {
    let all = u64::MAX;
    let mut before = [0u64; 16];
    let (set, old) = ((&raw const all).addr(), before.as_mut_ptr().addr());
    let mut attr = Attr::defaults();
    let mut thread = null_mut();
    // SAFETY: the caller's attributes; the sets are ours.
    unsafe {
        if let Some(wanted) = wanted.as_ref() {
            attr = *wanted;
        } else {
            pthread_attr_init(&mut attr);
        }
        pthread_attr_setdetachstate(&mut attr, abi::PTHREAD_CREATE_DETACHED);
        signal::pthread_sigmask(abi::SIG_SETMASK, set, old);
        let error = pthread_create(&raw mut thread, &raw const attr, start, argument);
        signal::pthread_sigmask(abi::SIG_SETMASK, old, 0);
        error == 0
    }
}

/// Does what an event says.
///
/// # Safety
/// As its manual says, sigevent(7).
pub unsafe fn notify(event: &Event) {
    match event.kind {
        abi::SIGEV_SIGNAL => {
            // SAFETY: the row takes plain values. A signal that is lost cannot be told of.
            unsafe { signal::__osvrun_signal_done(event.signal, event.value) };
        }
        abi::SIGEV_THREAD => {
            // SAFETY: a block that the thread frees.
            unsafe {
                let call = malloc(size_of::<Event>()).cast::<Event>();
                if !call.is_null() {
                    call.write(*event);
                    if !start_thread_with(event.attributes, call_function, call.cast()) {
                        free(call.cast());
                    }
                }
            }
        }
        _ => {}
    }
}

unsafe extern "C" fn call_function(argument: *mut c_void) -> *mut c_void {
    // SAFETY: the block of `notify`, and the program's function.
    unsafe {
        let event = argument.cast::<Event>().read();
        free(argument);
        if event.function != 0 {
            let function: unsafe extern "C" fn(u64) = core::mem::transmute(event.function);
            function(event.value);
        }
    }
    null_mut()
}
