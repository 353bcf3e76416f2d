//! Barriers and spin locks.

use core::ffi::{c_int, c_uint};
use core::sync::atomic::{AtomicU32, Ordering::*};

use super::word::{self, NEVER};
use crate::abi;

/// A `pthread_barrier_t`.
#[repr(C)]
pub struct Barrier {
    /// Counts the rounds.
    round: AtomicU32,
    /// Who came in this round.
    arrived: AtomicU32,
    /// How many a round takes.
    count: u32,
    /// Who has not left the last round yet.
    leaving: AtomicU32,
    rest: [u32; 4],
}

const _: () = assert!(size_of::<Barrier>() == 32);

/// pthread_barrier_init(3)
pub unsafe extern "C" fn pthread_barrier_init(
    barrier: *mut Barrier,
    _attr: *const u32,
    count: c_uint,
) -> c_int {
    if count == 0 {
        return abi::EINVAL;
    }
    // SAFETY: the caller passes an object of glibc's size that lives while it is used.
    unsafe {
        barrier.write(core::mem::zeroed());
        (*barrier).count = count;
    }
    0
}

/// pthread_barrier_destroy(3): waits until the last round has been left.
pub unsafe extern "C" fn pthread_barrier_destroy(barrier: *mut Barrier) -> c_int {
    // SAFETY: the caller passes an object of glibc's size that lives while it is used.
    let this = unsafe { &*barrier };
    loop {
        let leaving = this.leaving.load(Acquire);
        if leaving == 0 {
            return 0;
        }
        word::wait(&this.leaving, leaving, NEVER);
    }
}

fn leave(barrier: &Barrier) {
    if barrier.leaving.fetch_sub(1, AcqRel) == 1 {
        word::wake_all(&barrier.leaving);
    }
}

/// pthread_barrier_wait(3)
pub unsafe extern "C" fn pthread_barrier_wait(barrier: *mut Barrier) -> c_int {
    // SAFETY: the caller passes an object of glibc's size that lives while it is used.
    let this = unsafe { &*barrier };
    this.leaving.fetch_add(1, AcqRel);
    let round = this.round.load(Acquire);
    if this.arrived.fetch_add(1, AcqRel) + 1 == this.count {
        this.arrived.store(0, Relaxed);
        this.round.fetch_add(1, Release);
        word::wake_all(&this.round);
        leave(this);
        return abi::PTHREAD_BARRIER_SERIAL_THREAD;
    }
    while this.round.load(Acquire) == round {
        word::wait(&this.round, round, NEVER);
    }
    leave(this);
    0
}

/// pthread_spin_init(3)
pub unsafe extern "C" fn pthread_spin_init(lock: *mut AtomicU32, _shared: c_int) -> c_int {
    // SAFETY: the caller passes an object of glibc's size that lives while it is used.
    unsafe { lock.write(AtomicU32::new(0)) };
    0
}
/// pthread_spin_destroy(3)
pub extern "C" fn pthread_spin_destroy(_lock: *mut AtomicU32) -> c_int {
    0
}
/// pthread_spin_lock(3)
pub unsafe extern "C" fn pthread_spin_lock(lock: *mut AtomicU32) -> c_int {
    // SAFETY: the caller passes an object of glibc's size that lives while it is used.
    let lock = unsafe { &*lock };
    let mut spins = 0u32;
    while lock.compare_exchange_weak(0, 1, Acquire, Relaxed).is_err() {
        spins += 1;
        if spins.is_multiple_of(1000) {
            // The holder may need this processor.
            // SAFETY: a call without arguments.
            unsafe { crate::exports::sched::sched_yield() };
        }
        core::hint::spin_loop();
    }
    0
}
/// pthread_spin_trylock(3)
pub unsafe extern "C" fn pthread_spin_trylock(lock: *mut AtomicU32) -> c_int {
    // SAFETY: the caller passes an object of glibc's size that lives while it is used.
    match unsafe { &*lock }.compare_exchange(0, 1, Acquire, Relaxed) {
        Ok(_) => 0,
        Err(_) => abi::EBUSY,
    }
}
/// pthread_spin_unlock(3)
pub unsafe extern "C" fn pthread_spin_unlock(lock: *mut AtomicU32) -> c_int {
    // SAFETY: the caller passes an object of glibc's size that lives while it is used.
    unsafe { &*lock }.store(0, Release);
    0
}
