//! Creating, ending and joining threads.

use core::ffi::{c_int, c_void};
use core::ptr::null_mut;
use core::sync::atomic::Ordering::*;

use super::attr::{self, Attr, STACK_MIN};
use super::cancel;
use super::deadline::deadline_ns;
use super::word::NEVER;
use super::{current, key, mutex};
use crate::abi::{self, timespec};
use crate::boundary::user::UserPtr;
use crate::exports::dlfcn::internal as kernel;
use crate::exports::thread_rows::*;
use crate::libc::malloc::{free, malloc};
use crate::libc::state::state;
use crate::libc::tcb::{Tcb, tcb};

/// May be joined.
pub const JOINABLE: u32 = 0;
/// Its memory goes when it ends.
pub const DETACHED: u32 = 1;
/// Somebody joins it.
pub const JOINING: u32 = 2;
/// Somebody has joined it: until its memory is another's, it is known to be none.
const JOINED: u32 = 3;

/// A thread-local object's destructor.
#[repr(C)]
pub struct Destructor {
    function: unsafe extern "C" fn(*mut c_void),
    object: *mut c_void,
    /// An address in the file that has the function's code.
    library: *mut c_void,
    next: *mut Destructor,
}

type Start = unsafe extern "C" fn(*mut c_void) -> *mut c_void;

/// pthread_create(3)
pub unsafe extern "C" fn pthread_create(
    thread: *mut *mut Tcb,
    attr: *const Attr,
    start: Start,
    argument: *mut c_void,
) -> c_int {
    // SAFETY: NULL, or attributes that were initialised.
    let attr = unsafe { attr.as_ref() }.copied().unwrap_or_else(Attr::defaults);
    let stack_bytes = attr.stack_size();
    if stack_bytes < STACK_MIN {
        return abi::EINVAL;
    }
    let mut prepared = [0usize; 4];
    // SAFETY: the kernel checks the stack; the array is ours and as long as the row writes.
    let answer = unsafe {
        __osvrun_thread_prepare(
            stack_bytes,
            attr.guard_bytes,
            attr.stack_end,
            UserPtr::new(prepared.as_mut_ptr() as usize),
        )
    };
    if answer != 0 {
        // As Linux: too little memory for a thread is EAGAIN.
        return if answer == -abi::ENOMEM { abi::EAGAIN } else { -answer };
    }
    let [new, stack_start, stack_bytes, guard_bytes] = prepared;
    let new = new as *mut Tcb;
    // SAFETY: the kernel has just made this control block; no thread runs on it before the row that starts it.
    unsafe {
        let fields = &raw mut (*new).pthread;
        (*fields).start = Some(start);
        (*fields).argument = argument;
        (*fields).stack_start = stack_start;
        (*fields).stack_bytes = stack_bytes;
        (*fields).guard_bytes = guard_bytes;
        (*fields).explicit_scheduling = attr.flags & attr::EXPLICIT_SCHED;
        (*fields).name = (*current()).name;
        *thread = new;
        let answer = attr.schedule(new);
        if answer != 0 {
            __osvrun_thread_release(new as usize);
            return answer;
        }
        let is_detached = attr.flags & attr::DETACHED != 0;
        (*fields).join_state.store(if is_detached { DETACHED } else { JOINABLE }, Relaxed);
        state().pthread.others.fetch_add(1, Relaxed);
        let answer = __osvrun_thread_start(new as usize, c_int::from(is_detached));
        if answer != 0 {
            state().pthread.others.fetch_sub(1, Relaxed);
            __osvrun_thread_release(new as usize);
            return abi::EAGAIN;
        }
    }
    0
}

/// A thread's first function in the program.
pub unsafe extern "C" fn thread_main(this: *mut Tcb) -> ! {
    // SAFETY: the kernel starts each thread here with its own control block, which lives as long as it.
    unsafe {
        let fields = &raw mut (*this).pthread;
        let result = (*fields).start.map_or(null_mut(), |start| start((*fields).argument));
        end_returned(result)
    }
}

/// Ends the calling thread with `result`, its first function having returned: there is nothing to unwind.
pub fn end_returned(result: *mut c_void) -> ! {
    cancel::forget_handlers();
    // SAFETY: the calling thread's own control block.
    unsafe {
        let fields = current();
        (*fields).cancel.fetch_or(cancel::EXITING, Relaxed);
        (*fields).result.store(result, Release);
    }
    finish()
}

/// Ends the calling thread with `result` after its cleanup handlers.
pub fn exit(result: *mut c_void) -> ! {
    // SAFETY: the calling thread's own control block.
    unsafe {
        let fields = current();
        (*fields).cancel.fetch_or(cancel::EXITING, Relaxed);
        (*fields).result.store(result, Release);
    }
    cancel::unwind()
}

/// pthread_exit(3)
pub unsafe extern "C" fn pthread_exit(result: *mut c_void) -> ! {
    exit(result)
}

/// Ends the calling thread, whose cleanup handlers have run.
pub(super) fn finish() -> ! {
    run_thread_destructors();
    key::run_destructors();
    crate::libc::net::resolver::release_own();
    crate::libc::malloc::thread_exit();
    mutex::abandon_robust();
    if state().pthread.others.fetch_sub(1, AcqRel) == 0 {
        end_program();
    }
    // SAFETY: destructors have run; library code does not use storage of the program's modules.
    unsafe { crate::loader::tls::free_blocks() };
    // SAFETY: the row takes no arguments; nothing of this thread is used again.
    unsafe { __osvrun_thread_exit() };
    // The row does not return.
    end_program()
}

/// The last thread has ended: the program ends with status 0.
pub fn end_program() -> ! {
    // SAFETY: exit(3) takes any number.
    unsafe { crate::libc::exit::exit(0) }
}

/// Registers the destructor of a thread-local object (`__cxa_thread_atexit_impl`).
pub unsafe extern "C" fn __cxa_thread_atexit_impl(
    function: unsafe extern "C" fn(*mut c_void),
    object: *mut c_void,
    library: *mut c_void,
) -> c_int {
    // SAFETY: the calling thread's own list; the block is new.
    unsafe {
        let node = malloc(size_of::<Destructor>()).cast::<Destructor>();
        if node.is_null() {
            return -1;
        }
        node.write(Destructor { function, object, library, next: (*current()).destructors });
        (*current()).destructors = node;
        kernel::__osvrun_dl_keep(library as usize, 1);
    }
    0
}

/// Destroys the calling thread's thread-local objects, the last made first. exit(3) calls it too.
pub fn run_thread_destructors() {
    // SAFETY: the calling thread's own list; each of its blocks is left before it is freed.
    unsafe {
        loop {
            let node = (*current()).destructors;
            if node.is_null() {
                return;
            }
            (*current()).destructors = (*node).next;
            ((*node).function)((*node).object);
            kernel::__osvrun_dl_keep((*node).library as usize, 0);
            free(node.cast());
        }
    }
}

/// Waits for the end of `thread` until `deadline_ns` (0 is now) and takes its result.
unsafe fn join_until(thread: *mut Tcb, result: *mut *mut c_void, deadline_ns: u64) -> c_int {
    if thread == tcb() {
        return abi::EDEADLK;
    }
    // SAFETY: a thread that has not been joined, whose control block lives.
    let fields = unsafe { &raw mut (*thread).pthread };
    // SAFETY: the same.
    let join_state = unsafe { &(*fields).join_state };
    match join_state.compare_exchange(JOINABLE, JOINING, AcqRel, Relaxed) {
        Ok(_) => {}
        Err(JOINED) => return abi::ESRCH,
        Err(_) => return abi::EINVAL,
    }
    loop {
        // SAFETY: the kernel looks the thread up, and does not follow its address.
        match unsafe { __osvrun_thread_wait(thread as usize, deadline_ns) } {
            0 => break,
            error if error == -abi::EINTR => {
                join_state.store(JOINABLE, Release);
                cancel::test();
                join_state.store(JOINING, Release);
            }
            error => {
                join_state.store(JOINABLE, Release);
                return -error;
            }
        }
    }
    // SAFETY: a place for the result or NULL; the thread has ended, and JOINING lets nobody else release it.
    unsafe {
        if !result.is_null() {
            *result = (*fields).result.load(Acquire);
        }
        join_state.store(JOINED, Release);
        __osvrun_thread_release(thread as usize);
    }
    0
}

/// pthread_join(3)
pub unsafe extern "C" fn pthread_join(thread: *mut Tcb, result: *mut *mut c_void) -> c_int {
    cancel::test();
    // SAFETY: pthread_join(3)'s thread and place.
    unsafe { join_until(thread, result, NEVER) }
}

/// pthread_tryjoin_np(3): whatever keeps the thread from being joined, it is busy.
pub unsafe extern "C" fn pthread_tryjoin_np(thread: *mut Tcb, result: *mut *mut c_void) -> c_int {
    // SAFETY: pthread_tryjoin_np(3)'s thread and place.
    match unsafe { join_until(thread, result, 0) } {
        0 => 0,
        _ => abi::EBUSY,
    }
}

/// pthread_timedjoin_np(3)
pub unsafe extern "C" fn pthread_timedjoin_np(
    thread: *mut Tcb,
    result: *mut *mut c_void,
    time: *const timespec,
) -> c_int {
    // SAFETY: as pthread_clockjoin_np(3).
    unsafe { pthread_clockjoin_np(thread, result, abi::CLOCK_REALTIME, time) }
}

/// pthread_clockjoin_np(3)
pub unsafe extern "C" fn pthread_clockjoin_np(
    thread: *mut Tcb,
    result: *mut *mut c_void,
    clock: c_int,
    time: *const timespec,
) -> c_int {
    cancel::test();
    // SAFETY: pthread_clockjoin_np(3)'s time.
    match unsafe { deadline_ns(clock, time) } {
        // SAFETY: its thread and place.
        Ok(deadline_ns) => unsafe { join_until(thread, result, deadline_ns) },
        Err(error) => error,
    }
}

/// pthread_detach(3): of a thread that somebody joins there is nothing to do.
pub unsafe extern "C" fn pthread_detach(thread: *mut Tcb) -> c_int {
    // SAFETY: a thread that has not been joined, whose control block lives.
    let join_state = unsafe { &(*thread).pthread.join_state };
    match join_state.compare_exchange(JOINABLE, DETACHED, AcqRel, Relaxed) {
        Ok(_) => {}
        Err(JOINED) => return abi::ESRCH,
        Err(JOINING) => return 0,
        Err(_) => return abi::EINVAL,
    }
    // SAFETY: the kernel looks the thread up, and does not follow its address.
    -unsafe { __osvrun_thread_detach(thread as usize) }
}

/// pthread_self(3)
pub extern "C" fn pthread_self() -> *mut Tcb {
    tcb()
}

/// pthread_equal(3)
pub extern "C" fn pthread_equal(one: *mut Tcb, other: *mut Tcb) -> c_int {
    c_int::from(one == other)
}

/// pthread_setname_np(3)
pub unsafe extern "C" fn pthread_setname_np(thread: *mut Tcb, name: *const u8) -> c_int {
    let mut len = 0;
    // SAFETY: pthread_setname_np(3)'s string, of which all bytes before this one were not NUL.
    while unsafe { *name.add(len) } != 0 {
        len += 1;
        if len > 15 {
            return abi::ERANGE;
        }
    }
    let mut bytes = [0; 16];
    for (i, byte) in bytes.iter_mut().enumerate().take(len) {
        // SAFETY: the string is `len` bytes long.
        *byte = unsafe { *name.add(i) };
    }
    // SAFETY: a thread that has not been joined, whose control block lives.
    unsafe { (*thread).pthread.name = bytes };
    0
}

/// pthread_getname_np(3): the program's name unless it was set.
pub unsafe extern "C" fn pthread_getname_np(thread: *mut Tcb, buffer: *mut u8, bytes: usize) -> c_int {
    if bytes < 16 {
        return abi::ERANGE;
    }
    // SAFETY: a thread that has not been joined, whose control block lives.
    let mut name = unsafe { (*thread).pthread.name };
    if name[0] == 0 {
        let program = &crate::task::current().program.name;
        for (to, from) in name.iter_mut().take(15).zip(program) {
            *to = *from;
        }
    }
    // SAFETY: the program's buffer has at least 16 bytes, as just checked.
    unsafe { core::ptr::copy_nonoverlapping(name.as_ptr(), buffer, 16) };
    0
}
