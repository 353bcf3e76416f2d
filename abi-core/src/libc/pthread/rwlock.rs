//! Read-write locks.

use core::ffi::c_int;
use core::sync::atomic::{AtomicI32, AtomicU32, Ordering::*};

use super::mutexattr::RwlockAttr;
use super::tid;
use super::word::{self, NEVER};
use crate::abi;

/// A `pthread_rwlock_t`; `flags` (the kind) is where glibc's static initialisers put it.
#[repr(C)]
pub struct Rwlock {
    /// Number of readers, or [`WRITER`].
    state: AtomicU32,
    /// Writers that sleep.
    writers: AtomicU32,
    /// Readers that sleep.
    readers: AtomicU32,
    /// Changes with every release while writers sleep.
    writer_turn: AtomicU32,
    /// Changes with every release while readers sleep.
    reader_turn: AtomicU32,
    pad: u32,
    /// The writer's thread number.
    writer: AtomicI32,
    shared: c_int,
    rest: [u64; 2],
    flags: u32,
    pad_end: u32,
}

const _: () = assert!(size_of::<Rwlock>() == 56 && core::mem::offset_of!(Rwlock, flags) == 48);

const WRITER: u32 = !0;
/// `PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP`
const PREFER_WRITER_NONRECURSIVE: u32 = 2;

/// pthread_rwlock_init(3)
pub unsafe extern "C" fn pthread_rwlock_init(lock: *mut Rwlock, attr: *const RwlockAttr) -> c_int {
    // SAFETY: room for a lock that no thread uses yet, of which all-zero is a value; attributes or NULL.
    unsafe {
        lock.write(core::mem::zeroed());
        if let Some([kind, shared]) = attr.as_ref() {
            (*lock).flags = *kind as u32;
            (*lock).shared = *shared;
        }
    }
    0
}

/// pthread_rwlock_destroy(3)
pub extern "C" fn pthread_rwlock_destroy(_lock: *mut Rwlock) -> c_int {
    0
}

fn try_read(lock: &Rwlock) -> c_int {
    let waits_for_writers = lock.flags == PREFER_WRITER_NONRECURSIVE && lock.writers.load(SeqCst) != 0;
    let mut state = lock.state.load(Relaxed);
    loop {
        if state == WRITER || waits_for_writers {
            return abi::EBUSY;
        }
        if state == WRITER - 1 {
            return abi::EAGAIN;
        }
        match lock.state.compare_exchange_weak(state, state + 1, Acquire, Relaxed) {
            Ok(_) => return 0,
            Err(seen) => state = seen,
        }
    }
}

fn try_write(lock: &Rwlock) -> c_int {
    match lock.state.compare_exchange(0, WRITER, Acquire, Relaxed) {
        Ok(_) => {
            lock.writer.store(tid(), Relaxed);
            0
        }
        Err(_) => abi::EBUSY,
    }
}

/// Tries, and sleeps in between until `deadline_ns`.
fn lock_until(
    lock: &Rwlock,
    attempt: fn(&Rwlock) -> c_int,
    waiters: &AtomicU32,
    turn: &AtomicU32,
    deadline_ns: u64,
) -> c_int {
    let first = attempt(lock);
    if first != abi::EBUSY {
        return first;
    }
    if lock.writer.load(Relaxed) == tid() && lock.state.load(Relaxed) == WRITER {
        return abi::EDEADLK;
    }
    loop {
        waiters.fetch_add(1, SeqCst);
        let now = turn.load(SeqCst);
        let answer = attempt(lock);
        let outcome = if answer == abi::EBUSY { word::wait(turn, now, deadline_ns) } else { 0 };
        waiters.fetch_sub(1, SeqCst);
        if answer != abi::EBUSY {
            return answer;
        }
        if outcome == -abi::ETIMEDOUT {
            // Readers may have waited for this writer only.
            wake_next(lock);
            return abi::ETIMEDOUT;
        }
    }
}

/// Lets those who sleep look again.
fn wake_next(lock: &Rwlock) {
    if lock.writers.load(SeqCst) != 0 {
        lock.writer_turn.fetch_add(1, SeqCst);
        word::wake(&lock.writer_turn, 1);
        if lock.flags == PREFER_WRITER_NONRECURSIVE {
            return;
        }
    }
    if lock.readers.load(SeqCst) != 0 {
        lock.reader_turn.fetch_add(1, SeqCst);
        word::wake_all(&lock.reader_turn);
    }
}

pub(super) unsafe fn read_until(lock: *mut Rwlock, deadline_ns: u64) -> c_int {
    // SAFETY: a lock that was initialised and is not destroyed meanwhile.
    let this = unsafe { &*lock };
    lock_until(this, try_read, &this.readers, &this.reader_turn, deadline_ns)
}

pub(super) unsafe fn write_until(lock: *mut Rwlock, deadline_ns: u64) -> c_int {
    // SAFETY: a lock that was initialised and is not destroyed meanwhile.
    let this = unsafe { &*lock };
    let answer = lock_until(this, try_write, &this.writers, &this.writer_turn, deadline_ns);
    if answer != 0 && this.flags == PREFER_WRITER_NONRECURSIVE && this.writers.load(SeqCst) == 0 {
        this.reader_turn.fetch_add(1, SeqCst);
        word::wake_all(&this.reader_turn);
    }
    answer
}

/// pthread_rwlock_rdlock(3)
pub unsafe extern "C" fn pthread_rwlock_rdlock(lock: *mut Rwlock) -> c_int {
    // SAFETY: pthread_rwlock_rdlock(3)'s lock.
    unsafe { read_until(lock, NEVER) }
}

/// pthread_rwlock_wrlock(3)
pub unsafe extern "C" fn pthread_rwlock_wrlock(lock: *mut Rwlock) -> c_int {
    // SAFETY: pthread_rwlock_wrlock(3)'s lock.
    unsafe { write_until(lock, NEVER) }
}

/// pthread_rwlock_tryrdlock(3)
pub unsafe extern "C" fn pthread_rwlock_tryrdlock(lock: *mut Rwlock) -> c_int {
    // SAFETY: a lock that was initialised and is not destroyed meanwhile.
    try_read(unsafe { &*lock })
}

/// pthread_rwlock_trywrlock(3)
pub unsafe extern "C" fn pthread_rwlock_trywrlock(lock: *mut Rwlock) -> c_int {
    // SAFETY: a lock that was initialised and is not destroyed meanwhile.
    try_write(unsafe { &*lock })
}

/// pthread_rwlock_unlock(3)
pub unsafe extern "C" fn pthread_rwlock_unlock(lock: *mut Rwlock) -> c_int {
    // SAFETY: a lock that was initialised and is not destroyed meanwhile.
    let this = unsafe { &*lock };
    let is_free = if this.state.load(Relaxed) == WRITER {
        this.writer.store(0, Relaxed);
        this.state.store(0, SeqCst);
        true
    } else {
        this.state.fetch_sub(1, SeqCst) == 1
    };
    if is_free {
        wake_next(this);
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writers_exclude_and_readers_share() {
        // SAFETY: all-zero is a value of every field.
        let mut owned: Rwlock = unsafe { core::mem::zeroed() };
        let lock = &raw mut owned;
        // SAFETY: the test's own lock.
        unsafe {
            assert_eq!(pthread_rwlock_rdlock(lock), 0);
            assert_eq!(pthread_rwlock_tryrdlock(lock), 0);
            assert_eq!(pthread_rwlock_trywrlock(lock), abi::EBUSY);
            assert_eq!(pthread_rwlock_unlock(lock), 0);
            assert_eq!(pthread_rwlock_unlock(lock), 0);
            assert_eq!(pthread_rwlock_wrlock(lock), 0);
            assert_eq!(pthread_rwlock_tryrdlock(lock), abi::EBUSY);
            assert_eq!(pthread_rwlock_wrlock(lock), abi::EDEADLK);
            assert_eq!(pthread_rwlock_unlock(lock), 0);
        }
    }
}
