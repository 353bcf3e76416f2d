//! `pthread.h`

use core::ffi::{c_int, c_void};
use core::sync::atomic::Ordering;

use crate::abi;
use crate::boundary::user::UserPtr;
use crate::libc::pthread::{
    attr, barrier, cancel, cond, key, mutex, mutexattr, once, rwlock, rwlock_timed, thread,
};
use crate::libc::state::state;
use crate::libc::tcb::Tcb;
use crate::{data_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE, DATA];

/// pthread_setconcurrency(3): a hint, kept.
pub extern "C" fn pthread_setconcurrency(level: c_int) -> c_int {
    if level < 0 {
        return abi::EINVAL;
    }
    state().pthread.concurrency.store(level, Ordering::Relaxed);
    0
}

/// pthread_getconcurrency(3)
pub extern "C" fn pthread_getconcurrency() -> c_int {
    state().pthread.concurrency.load(Ordering::Relaxed)
}

/// pthread_atfork(3): there is no fork whose handlers could run.
pub extern "C" fn pthread_atfork(_prepare: *const (), _parent: *const (), _child: *const ()) -> c_int {
    0
}

/// `__register_atfork`
pub extern "C" fn __register_atfork(
    _prepare: *const (),
    _parent: *const (),
    _child: *const (),
    _library: *mut c_void,
) -> c_int {
    0
}

/// Calls `act` with the number of a thread that has not ended; returns the error number.
fn with_number(thread: *mut Tcb, act: impl FnOnce(c_int) -> c_int) -> c_int {
    let before = crate::libc::errno();
    // SAFETY: the kernel looks the thread up, and does not follow its address.
    let tid = unsafe { super::thread_rows::__osvrun_thread_number(thread as usize) };
    if tid < 0 {
        return -tid;
    }
    if act(tid) >= 0 {
        return 0;
    }
    let error = crate::libc::errno();
    crate::libc::set_errno(before);
    error
}

/// pthread_getschedparam(3)
pub unsafe extern "C" fn pthread_getschedparam(
    thread: *mut Tcb,
    policy: *mut c_int,
    priority: *mut c_int,
) -> c_int {
    // SAFETY: the rows check the number; pthread_getschedparam(3)'s two places.
    with_number(thread, |tid| unsafe {
        *policy = super::sched::sched_getscheduler(tid);
        *priority = super::thread_rows::__osvrun_told_priority(tid);
        (*priority).min(*policy)
    })
}

/// pthread_setschedparam(3)
pub unsafe extern "C" fn pthread_setschedparam(
    thread: *mut Tcb,
    policy: c_int,
    priority: *const c_int,
) -> c_int {
    let priority = UserPtr::new(priority as usize);
    // SAFETY: the row checks what it is given.
    with_number(thread, |tid| unsafe { super::sched::sched_setscheduler(tid, policy, priority) })
}

/// pthread_setschedprio(3)
pub unsafe extern "C" fn pthread_setschedprio(thread: *mut Tcb, priority: c_int) -> c_int {
    let priority = UserPtr::new(&raw const priority as usize);
    // SAFETY: the row checks what it is given.
    with_number(thread, |tid| unsafe { super::sched::sched_setparam(tid, priority) })
}

/// pthread_setaffinity_np(3)
pub unsafe extern "C" fn pthread_setaffinity_np(thread: *mut Tcb, bytes: usize, set: usize) -> c_int {
    // SAFETY: the kernel checks the set's address.
    with_number(thread, |tid| unsafe { super::sched::sched_setaffinity(tid, bytes, UserPtr::new(set)) })
}

/// pthread_getaffinity_np(3)
pub unsafe extern "C" fn pthread_getaffinity_np(thread: *mut Tcb, bytes: usize, set: usize) -> c_int {
    // SAFETY: the kernel checks the set's address.
    with_number(thread, |tid| unsafe { super::sched::sched_getaffinity(tid, bytes, UserPtr::new(set)) })
}

/// pthread_getcpuclockid(3): as Linux encodes a thread's processor time clock.
pub unsafe extern "C" fn pthread_getcpuclockid(thread: *mut Tcb, clock: *mut c_int) -> c_int {
    // SAFETY: the kernel looks the thread up, and does not follow its address.
    let tid = unsafe { super::thread_rows::__osvrun_thread_number(thread as usize) };
    if tid < 0 {
        return -tid;
    }
    // SAFETY: pthread_getcpuclockid(3)'s place for the clock.
    unsafe { *clock = (!tid << 3) | 6 };
    0
}

/// pthread_yield(3)
pub extern "C" fn pthread_yield() -> c_int {
    // SAFETY: the row takes no arguments.
    unsafe { super::sched::sched_yield() }
}

pure_exports! { "libc.so.6";
    full pthread_exit = thread::pthread_exit;
    full pthread_create = thread::pthread_create;
    full pthread_join = thread::pthread_join;
    full pthread_tryjoin_np = thread::pthread_tryjoin_np;
    full pthread_timedjoin_np = thread::pthread_timedjoin_np;
    full pthread_clockjoin_np = thread::pthread_clockjoin_np;
    full pthread_detach = thread::pthread_detach;
    full pthread_self = thread::pthread_self;
    full pthread_equal = thread::pthread_equal;
    full thrd_current = thread::pthread_self;
    full thrd_equal = thread::pthread_equal;
    full pthread_setname_np = thread::pthread_setname_np;
    full pthread_getname_np = thread::pthread_getname_np;
    full __cxa_thread_atexit_impl = thread::__cxa_thread_atexit_impl;
    full pthread_setconcurrency = pthread_setconcurrency;
    full pthread_getconcurrency = pthread_getconcurrency;
    full pthread_atfork = pthread_atfork;
    full __register_atfork = __register_atfork;
    full pthread_getschedparam = pthread_getschedparam;
    partial("hosted, as far as osvrun may itself") pthread_setschedparam = pthread_setschedparam;
    partial("hosted, as far as osvrun may itself") pthread_setschedprio = pthread_setschedprio;
    full pthread_setaffinity_np = pthread_setaffinity_np;
    full pthread_getaffinity_np = pthread_getaffinity_np;
    full pthread_getcpuclockid = pthread_getcpuclockid;
    full pthread_yield = pthread_yield;

    full pthread_attr_init = attr::pthread_attr_init;
    full pthread_attr_destroy = attr::pthread_attr_destroy;
    full pthread_attr_setdetachstate = attr::pthread_attr_setdetachstate;
    full pthread_attr_getdetachstate = attr::pthread_attr_getdetachstate;
    full pthread_attr_setinheritsched = attr::pthread_attr_setinheritsched;
    full pthread_attr_getinheritsched = attr::pthread_attr_getinheritsched;
    full pthread_attr_setscope = attr::pthread_attr_setscope;
    full pthread_attr_getscope = attr::pthread_attr_getscope;
    full pthread_attr_setstacksize = attr::pthread_attr_setstacksize;
    full pthread_attr_getstacksize = attr::pthread_attr_getstacksize;
    full pthread_attr_setguardsize = attr::pthread_attr_setguardsize;
    full pthread_attr_getguardsize = attr::pthread_attr_getguardsize;
    full pthread_attr_setstack = attr::pthread_attr_setstack;
    full pthread_attr_getstack = attr::pthread_attr_getstack;
    full pthread_attr_setstackaddr = attr::pthread_attr_setstackaddr;
    full pthread_attr_getstackaddr = attr::pthread_attr_getstackaddr;
    full pthread_attr_setschedpolicy = attr::pthread_attr_setschedpolicy;
    full pthread_attr_getschedpolicy = attr::pthread_attr_getschedpolicy;
    full pthread_attr_setschedparam = attr::pthread_attr_setschedparam;
    full pthread_attr_getschedparam = attr::pthread_attr_getschedparam;
    partial("the first 64 processors") pthread_attr_setaffinity_np = attr::pthread_attr_setaffinity_np;
    full pthread_attr_getaffinity_np = attr::pthread_attr_getaffinity_np;
    full pthread_getattr_np = attr::pthread_getattr_np;
    full pthread_getattr_default_np = attr::pthread_getattr_default_np;
    full pthread_setattr_default_np = attr::pthread_setattr_default_np;

    full pthread_mutex_init = mutex::pthread_mutex_init;
    full pthread_mutex_destroy = mutex::pthread_mutex_destroy;
    full pthread_mutex_lock = mutex::pthread_mutex_lock;
    full __pthread_mutex_lock = mutex::pthread_mutex_lock;
    full pthread_mutex_trylock = mutex::pthread_mutex_trylock;
    full __pthread_mutex_trylock = mutex::pthread_mutex_trylock;
    full pthread_mutex_timedlock = mutex::pthread_mutex_timedlock;
    full pthread_mutex_clocklock = mutex::pthread_mutex_clocklock;
    full pthread_mutex_unlock = mutex::pthread_mutex_unlock;
    full __pthread_mutex_unlock = mutex::pthread_mutex_unlock;
    full __pthread_mutex_init = mutex::pthread_mutex_init;
    full __pthread_mutex_destroy = mutex::pthread_mutex_destroy;
    full pthread_mutex_consistent = mutex::pthread_mutex_consistent;
    full pthread_mutex_consistent_np = mutex::pthread_mutex_consistent;
    full pthread_mutex_getprioceiling = mutex::pthread_mutex_getprioceiling;
    full pthread_mutex_setprioceiling = mutex::pthread_mutex_setprioceiling;

    full pthread_mutexattr_init = mutexattr::init;
    full __pthread_mutexattr_init = mutexattr::init;
    full pthread_mutexattr_destroy = mutexattr::destroy;
    full __pthread_mutexattr_destroy = mutexattr::destroy;
    full pthread_mutexattr_settype = mutexattr::set_type;
    full __pthread_mutexattr_settype = mutexattr::set_type;
    full pthread_mutexattr_setkind_np = mutexattr::set_type;
    full pthread_mutexattr_gettype = mutexattr::get_type;
    full pthread_mutexattr_getkind_np = mutexattr::get_type;
    full pthread_mutexattr_setrobust = mutexattr::set_robust;
    full pthread_mutexattr_setrobust_np = mutexattr::set_robust;
    full pthread_mutexattr_getrobust = mutexattr::get_robust;
    full pthread_mutexattr_getrobust_np = mutexattr::get_robust;
    full pthread_mutexattr_setpshared = mutexattr::set_shared;
    full pthread_mutexattr_getpshared = mutexattr::get_shared;
    full pthread_mutexattr_setprotocol = mutexattr::set_protocol;
    full pthread_mutexattr_getprotocol = mutexattr::get_protocol;
    full pthread_mutexattr_setprioceiling = mutexattr::set_ceiling;
    full pthread_mutexattr_getprioceiling = mutexattr::get_ceiling;

    full pthread_condattr_init = mutexattr::init;
    full pthread_condattr_destroy = mutexattr::destroy;
    full pthread_condattr_setclock = mutexattr::cond_set_clock;
    full pthread_condattr_getclock = mutexattr::cond_get_clock;
    full pthread_condattr_setpshared = mutexattr::word_set_shared;
    full pthread_condattr_getpshared = mutexattr::word_get_shared;
    full pthread_cond_init = cond::pthread_cond_init;
    full pthread_cond_destroy = cond::pthread_cond_destroy;
    full pthread_cond_wait = cond::pthread_cond_wait;
    full pthread_cond_timedwait = cond::pthread_cond_timedwait;
    full pthread_cond_clockwait = cond::pthread_cond_clockwait;
    full pthread_cond_signal = cond::pthread_cond_signal;
    full pthread_cond_broadcast = cond::pthread_cond_broadcast;

    full pthread_rwlockattr_init = mutexattr::rwlock_init;
    full pthread_rwlockattr_destroy = mutexattr::rwlock_destroy;
    full pthread_rwlockattr_setkind_np = mutexattr::rwlock_set_kind;
    full pthread_rwlockattr_getkind_np = mutexattr::rwlock_get_kind;
    full pthread_rwlockattr_setpshared = mutexattr::rwlock_set_shared;
    full pthread_rwlockattr_getpshared = mutexattr::rwlock_get_shared;
    full pthread_rwlock_init = rwlock::pthread_rwlock_init;
    full __pthread_rwlock_init = rwlock::pthread_rwlock_init;
    full pthread_rwlock_destroy = rwlock::pthread_rwlock_destroy;
    full __pthread_rwlock_destroy = rwlock::pthread_rwlock_destroy;
    full pthread_rwlock_rdlock = rwlock::pthread_rwlock_rdlock;
    full __pthread_rwlock_rdlock = rwlock::pthread_rwlock_rdlock;
    full pthread_rwlock_wrlock = rwlock::pthread_rwlock_wrlock;
    full __pthread_rwlock_wrlock = rwlock::pthread_rwlock_wrlock;
    full pthread_rwlock_tryrdlock = rwlock::pthread_rwlock_tryrdlock;
    full __pthread_rwlock_tryrdlock = rwlock::pthread_rwlock_tryrdlock;
    full pthread_rwlock_trywrlock = rwlock::pthread_rwlock_trywrlock;
    full __pthread_rwlock_trywrlock = rwlock::pthread_rwlock_trywrlock;
    full pthread_rwlock_unlock = rwlock::pthread_rwlock_unlock;
    full __pthread_rwlock_unlock = rwlock::pthread_rwlock_unlock;
    full pthread_rwlock_timedrdlock = rwlock_timed::pthread_rwlock_timedrdlock;
    full pthread_rwlock_timedwrlock = rwlock_timed::pthread_rwlock_timedwrlock;
    full pthread_rwlock_clockrdlock = rwlock_timed::pthread_rwlock_clockrdlock;
    full pthread_rwlock_clockwrlock = rwlock_timed::pthread_rwlock_clockwrlock;

    full pthread_once = once::pthread_once;
    full __pthread_once = once::pthread_once;
    full pthread_key_create = key::pthread_key_create;
    full __pthread_key_create = key::pthread_key_create;
    full pthread_key_delete = key::pthread_key_delete;
    full pthread_getspecific = key::pthread_getspecific;
    full __pthread_getspecific = key::pthread_getspecific;
    full pthread_setspecific = key::pthread_setspecific;
    full __pthread_setspecific = key::pthread_setspecific;

    full pthread_barrierattr_init = mutexattr::init;
    full pthread_barrierattr_destroy = mutexattr::destroy;
    full pthread_barrierattr_setpshared = mutexattr::word_set_shared;
    full pthread_barrierattr_getpshared = mutexattr::word_get_shared;
    full pthread_barrier_init = barrier::pthread_barrier_init;
    full pthread_barrier_destroy = barrier::pthread_barrier_destroy;
    full pthread_barrier_wait = barrier::pthread_barrier_wait;
    full pthread_spin_init = barrier::pthread_spin_init;
    full pthread_spin_destroy = barrier::pthread_spin_destroy;
    full pthread_spin_lock = barrier::pthread_spin_lock;
    full pthread_spin_trylock = barrier::pthread_spin_trylock;
    full pthread_spin_unlock = barrier::pthread_spin_unlock;

    full pthread_cancel = cancel::pthread_cancel;
    full pthread_testcancel = cancel::pthread_testcancel;
    full pthread_setcancelstate = cancel::pthread_setcancelstate;
    full pthread_setcanceltype = cancel::pthread_setcanceltype;
    full __pthread_register_cancel = cancel::__pthread_register_cancel;
    full __pthread_unregister_cancel = cancel::__pthread_unregister_cancel;
    full __pthread_register_cancel_defer = cancel::__pthread_register_cancel_defer;
    full __pthread_unregister_cancel_restore = cancel::__pthread_unregister_cancel_restore;
    full __pthread_unwind_next = cancel::__pthread_unwind_next;
    full _pthread_cleanup_push = cancel::_pthread_cleanup_push;
    full _pthread_cleanup_pop = cancel::_pthread_cleanup_pop;
    full _pthread_cleanup_push_defer = cancel::_pthread_cleanup_push_defer;
    full _pthread_cleanup_pop_restore = cancel::_pthread_cleanup_pop_restore;
}

data_exports! { "libc.so.6";
    full __libc_single_threaded = pthread.single_threaded: u8;
}
