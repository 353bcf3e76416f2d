//! `threads.h`

use core::ffi::{c_int, c_uint, c_void};

use crate::abi::{self, timespec};
use crate::libc::pthread::{cond, key, mutex, once, thread};
use crate::libc::tcb::Tcb;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

const SUCCESS: c_int = 0;
const BUSY: c_int = 1;
const ERROR: c_int = 2;
const NOMEM: c_int = 3;
const TIMEDOUT: c_int = 4;

/// `mtx_recursive`
const RECURSIVE: c_int = 1;

/// Calls the POSIX function that a C11 function is made of, and gives C11's status.
macro_rules! c11 {
    ($call:expr) => {
        // SAFETY: the POSIX function asks of its arguments what the C11 one asks, and they are the same objects.
        status(unsafe { $call })
    };
}

fn status(error: c_int) -> c_int {
    match error {
        0 => SUCCESS,
        abi::EBUSY => BUSY,
        abi::ETIMEDOUT => TIMEDOUT,
        abi::ENOMEM | abi::EAGAIN => NOMEM,
        _ => ERROR,
    }
}

/// thrd_create(3): an `int` result is what the thread function leaves in eax.
pub unsafe extern "C" fn thrd_create(
    thread: *mut *mut Tcb,
    start: unsafe extern "C" fn(*mut c_void) -> *mut c_void,
    argument: *mut c_void,
) -> c_int {
    c11!(thread::pthread_create(thread, core::ptr::null(), start, argument))
}

/// thrd_join(3)
pub unsafe extern "C" fn thrd_join(thread: *mut Tcb, result: *mut c_int) -> c_int {
    let mut value = core::ptr::null_mut();
    let answer = c11!(thread::pthread_join(thread, &raw mut value));
    if answer == SUCCESS
        // SAFETY: NULL, or a place for the result.
        && let Some(result) = unsafe { result.as_mut() }
    {
        *result = value as usize as c_int;
    }
    answer
}

/// thrd_detach(3)
pub unsafe extern "C" fn thrd_detach(thread: *mut Tcb) -> c_int {
    c11!(thread::pthread_detach(thread))
}

/// thrd_exit(3)
pub extern "C" fn thrd_exit(result: c_int) -> ! {
    thread::exit(result as usize as *mut c_void)
}

/// thrd_yield(3)
pub extern "C" fn thrd_yield() {
    // SAFETY: the row takes no arguments.
    unsafe { super::sched::sched_yield() };
}

/// thrd_sleep(3)
pub unsafe extern "C" fn thrd_sleep(duration: *const timespec, left: *mut timespec) -> c_int {
    // SAFETY: the kernel checks both addresses.
    match unsafe { super::sys_time::clock_nanosleep(abi::CLOCK_REALTIME, 0, duration, left) } {
        0 => 0,
        abi::EINTR => -1,
        _ => -2,
    }
}

/// mtx_init(3)
pub unsafe extern "C" fn mtx_init(mutex: *mut mutex::Mutex, kind: c_int) -> c_int {
    let attr = (kind & RECURSIVE) as u32;
    c11!(mutex::pthread_mutex_init(mutex, &raw const attr))
}
/// mtx_destroy(3)
pub unsafe extern "C" fn mtx_destroy(mutex: *mut mutex::Mutex) {
    c11!(mutex::pthread_mutex_destroy(mutex));
}
/// mtx_lock(3)
pub unsafe extern "C" fn mtx_lock(mutex: *mut mutex::Mutex) -> c_int {
    c11!(mutex::pthread_mutex_lock(mutex))
}
/// mtx_trylock(3)
pub unsafe extern "C" fn mtx_trylock(mutex: *mut mutex::Mutex) -> c_int {
    c11!(mutex::pthread_mutex_trylock(mutex))
}
/// mtx_timedlock(3)
pub unsafe extern "C" fn mtx_timedlock(mutex: *mut mutex::Mutex, time: *const timespec) -> c_int {
    c11!(mutex::pthread_mutex_timedlock(mutex, time))
}
/// mtx_unlock(3)
pub unsafe extern "C" fn mtx_unlock(mutex: *mut mutex::Mutex) -> c_int {
    c11!(mutex::pthread_mutex_unlock(mutex))
}

/// cnd_init(3)
pub unsafe extern "C" fn cnd_init(cond: *mut cond::Cond) -> c_int {
    c11!(cond::pthread_cond_init(cond, core::ptr::null()))
}
/// cnd_destroy(3)
pub unsafe extern "C" fn cnd_destroy(cond: *mut cond::Cond) {
    c11!(cond::pthread_cond_destroy(cond));
}
/// cnd_wait(3)
pub unsafe extern "C" fn cnd_wait(cond: *mut cond::Cond, mutex: *mut mutex::Mutex) -> c_int {
    c11!(cond::pthread_cond_wait(cond, mutex))
}
/// cnd_timedwait(3)
pub unsafe extern "C" fn cnd_timedwait(
    cond: *mut cond::Cond,
    mutex: *mut mutex::Mutex,
    time: *const timespec,
) -> c_int {
    c11!(cond::pthread_cond_timedwait(cond, mutex, time))
}
/// cnd_signal(3)
pub unsafe extern "C" fn cnd_signal(cond: *mut cond::Cond) -> c_int {
    c11!(cond::pthread_cond_signal(cond))
}
/// cnd_broadcast(3)
pub unsafe extern "C" fn cnd_broadcast(cond: *mut cond::Cond) -> c_int {
    c11!(cond::pthread_cond_broadcast(cond))
}

/// tss_create(3)
pub unsafe extern "C" fn tss_create(
    tss: *mut c_uint,
    destructor: Option<unsafe extern "C" fn(*mut c_void)>,
) -> c_int {
    c11!(key::pthread_key_create(tss, destructor))
}
/// tss_delete(3)
pub extern "C" fn tss_delete(tss: c_uint) {
    key::pthread_key_delete(tss);
}
/// tss_set(3)
pub unsafe extern "C" fn tss_set(tss: c_uint, value: *mut c_void) -> c_int {
    c11!(key::pthread_setspecific(tss, value))
}

pure_exports! { "libc.so.6";
    full thrd_create = thrd_create;
    full thrd_join = thrd_join;
    full thrd_detach = thrd_detach;
    full thrd_exit = thrd_exit;
    full thrd_yield = thrd_yield;
    full thrd_sleep = thrd_sleep;
    full mtx_init = mtx_init;
    full mtx_destroy = mtx_destroy;
    full mtx_lock = mtx_lock;
    full mtx_trylock = mtx_trylock;
    full mtx_timedlock = mtx_timedlock;
    full mtx_unlock = mtx_unlock;
    full cnd_init = cnd_init;
    full cnd_destroy = cnd_destroy;
    full cnd_wait = cnd_wait;
    full cnd_timedwait = cnd_timedwait;
    full cnd_signal = cnd_signal;
    full cnd_broadcast = cnd_broadcast;
    full tss_create = tss_create;
    full tss_delete = tss_delete;
    full tss_get = key::pthread_getspecific;
    full tss_set = tss_set;
    full call_once = once::call_once;
}
