//! Semaphores; [`super::named`] opens those that have names.

use core::ffi::{c_int, c_uint};
use core::sync::atomic::{AtomicU32, Ordering::*};

use super::deadline::deadline_ns;
use super::word::{self, NEVER};
use crate::abi::{self, timespec};
use crate::libc::set_errno;

/// A `sem_t`.
#[repr(C)]
pub struct Semaphore {
    value: AtomicU32,
    waiters: AtomicU32,
    rest: [u64; 3],
}

const _: () = assert!(size_of::<Semaphore>() == 32);

const VALUE_MAX: u32 = i32::MAX as u32;

fn fail(error: c_int) -> c_int {
    set_errno(error);
    -1
}

/// sem_init(3)
pub unsafe extern "C" fn sem_init(sem: *mut Semaphore, _shared: c_int, value: c_uint) -> c_int {
    if value > VALUE_MAX {
        return fail(abi::EINVAL);
    }
    // SAFETY: the program's room for a semaphore that no thread uses yet.
    unsafe {
        sem.write(Semaphore { value: AtomicU32::new(value), waiters: AtomicU32::new(0), rest: [0; 3] });
    };
    0
}

/// sem_destroy(3)
pub extern "C" fn sem_destroy(_sem: *mut Semaphore) -> c_int {
    0
}

fn take(sem: &Semaphore) -> bool {
    sem.value.fetch_update(Acquire, Relaxed, |value| value.checked_sub(1)).is_ok()
}

fn wait_until(sem: &Semaphore, deadline_ns: u64) -> c_int {
    super::cancel::test();
    loop {
        if take(sem) {
            return 0;
        }
        sem.waiters.fetch_add(1, SeqCst);
        let outcome = word::wait_interruptible(&sem.value, 0, deadline_ns);
        sem.waiters.fetch_sub(1, SeqCst);
        if outcome == -abi::EINTR {
            super::cancel::test();
            return fail(abi::EINTR);
        }
        if outcome == -abi::ETIMEDOUT {
            return fail(abi::ETIMEDOUT);
        }
    }
}

/// sem_wait(3)
pub unsafe extern "C" fn sem_wait(sem: *mut Semaphore) -> c_int {
    // SAFETY: a semaphore that was initialised and is not destroyed meanwhile.
    wait_until(unsafe { &*sem }, NEVER)
}

/// sem_trywait(3)
pub unsafe extern "C" fn sem_trywait(sem: *mut Semaphore) -> c_int {
    // SAFETY: a semaphore that was initialised and is not destroyed meanwhile.
    if take(unsafe { &*sem }) { 0 } else { fail(abi::EAGAIN) }
}

/// sem_clockwait(3)
pub unsafe extern "C" fn sem_clockwait(sem: *mut Semaphore, clock: c_int, time: *const timespec) -> c_int {
    // SAFETY: sem_clockwait(3)'s time.
    match unsafe { deadline_ns(clock, time) } {
        // SAFETY: a semaphore that was initialised and is not destroyed meanwhile.
        Ok(_) if take(unsafe { &*sem }) => 0,
        // SAFETY: the same.
        Ok(deadline_ns) => wait_until(unsafe { &*sem }, deadline_ns),
        Err(error) => fail(error),
    }
}

/// sem_timedwait(3)
pub unsafe extern "C" fn sem_timedwait(sem: *mut Semaphore, time: *const timespec) -> c_int {
    // SAFETY: sem_timedwait(3)'s time.
    match unsafe { deadline_ns(abi::CLOCK_REALTIME, time) } {
        // SAFETY: a semaphore that was initialised and is not destroyed meanwhile.
        Ok(deadline_ns) => wait_until(unsafe { &*sem }, deadline_ns),
        Err(error) => fail(error),
    }
}

/// sem_post(3)
pub unsafe extern "C" fn sem_post(sem: *mut Semaphore) -> c_int {
    // SAFETY: a semaphore that was initialised and is not destroyed meanwhile.
    let this = unsafe { &*sem };
    let raise = |value| (value < VALUE_MAX).then_some(value + 1);
    if this.value.fetch_update(SeqCst, Relaxed, raise).is_err() {
        return fail(abi::EOVERFLOW);
    }
    if this.waiters.load(SeqCst) != 0 {
        word::wake(&this.value, 1);
    }
    0
}

/// sem_getvalue(3)
pub unsafe extern "C" fn sem_getvalue(sem: *mut Semaphore, value: *mut c_int) -> c_int {
    // SAFETY: a semaphore that was initialised, and a place for its value.
    unsafe { *value = (*sem).value.load(Relaxed) as c_int };
    0
}
