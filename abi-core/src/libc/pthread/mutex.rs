//! Mutexes of every type.

use core::ffi::c_int;
use core::sync::atomic::{AtomicI16, AtomicI32, AtomicU32, Ordering::*};

use super::deadline::deadline_ns;
use super::protocol::{Wait, acquire_special, change_ceiling, release_special};
use super::word::{self, NEVER};
use super::{current, tid};
use crate::abi::{self, timespec};

/// A `pthread_mutex_t` with glibc's field offsets.
#[repr(C)]
pub struct Mutex {
    /// 0 free, 1 held, 2 held with sleepers; where priorities are inherited, a futex(2) with an owner.
    pub lock: AtomicU32,
    /// Depth of a recursive mutex, less one.
    pub count: AtomicU32,
    /// The holder's thread number, or [`OWNER_DIED`] or [`NOT_RECOVERABLE`].
    pub owner: AtomicI32,
    /// 1 while a robust mutex is held in an inconsistent state.
    pub inconsistent: AtomicU32,
    /// Type and flags; static initialisers set it.
    pub kind: AtomicI32,
    /// Waits for a condition variable that take it again.
    waits: AtomicI16,
    /// Priority ceiling.
    pub(super) ceiling: AtomicI16,
    previous: *mut Mutex,
    next: *mut Mutex,
}

const _: () = assert!(size_of::<Mutex>() == 40 && core::mem::offset_of!(Mutex, kind) == 16);

/// Type bits of `kind`.
pub const TYPE_MASK: i32 = 3;
const RECURSIVE: i32 = abi::PTHREAD_MUTEX_RECURSIVE;
const ERRORCHECK: i32 = abi::PTHREAD_MUTEX_ERRORCHECK;
/// Robust flag of `kind`.
pub const ROBUST: i32 = 16;
/// Priority inheritance flag of `kind`.
pub(super) const PRIORITY_INHERIT: i32 = 32;
/// Priority protection flag of `kind`.
pub(super) const PRIORITY_PROTECT: i32 = 64;
/// What a mutex has that is not locked by its word alone.
const SPECIAL: i32 = TYPE_MASK | ROBUST | PRIORITY_INHERIT | PRIORITY_PROTECT;

/// Owner of a robust mutex whose holder ended.
const OWNER_DIED: i32 = 0x7fff_ffff;
/// Owner of a robust mutex that nobody made consistent.
const NOT_RECOVERABLE: i32 = 0x7fff_fffe;

impl Mutex {
    /// Makes a free mutex of a type (`PTHREAD_MUTEX_RECURSIVE`).
    pub const fn of_type(kind: i32) -> Self {
        Self {
            lock: AtomicU32::new(0),
            count: AtomicU32::new(0),
            owner: AtomicI32::new(0),
            inconsistent: AtomicU32::new(0),
            kind: AtomicI32::new(kind),
            waits: AtomicI16::new(0),
            ceiling: AtomicI16::new(0),
            previous: core::ptr::null_mut(),
            next: core::ptr::null_mut(),
        }
    }
}

/// pthread_mutex_init(3)
pub unsafe extern "C" fn pthread_mutex_init(mutex: *mut Mutex, attr: *const u32) -> c_int {
    // SAFETY: not NULL: attributes that were initialised.
    let flags = if attr.is_null() { 0 } else { unsafe { *attr } };
    let mut kind = (flags & 3) as i32;
    if flags & super::mutexattr::ROBUST != 0 {
        kind |= ROBUST;
    }
    kind |= ((flags >> 28) & 3) as i32 * 32;
    if kind & ROBUST != 0 && kind & PRIORITY_PROTECT != 0 {
        return abi::ENOTSUP;
    }
    if flags & super::mutexattr::SHARED != 0 {
        kind |= 128;
    }
    // SAFETY: all-zero is a value of every field.
    let mut fresh: Mutex = unsafe { core::mem::zeroed() };
    fresh.kind = AtomicI32::new(kind);
    if kind & PRIORITY_PROTECT != 0 {
        fresh.ceiling = AtomicI16::new(((flags >> 12) & 0xfff) as i16);
    }
    // SAFETY: the program's room for a mutex that no thread uses yet.
    unsafe { mutex.write(fresh) };
    0
}

/// pthread_mutex_destroy(3)
pub unsafe extern "C" fn pthread_mutex_destroy(mutex: *mut Mutex) -> c_int {
    // SAFETY: a mutex that was initialised and is not destroyed meanwhile.
    let this = unsafe { &*mutex };
    let is_used = this.lock.load(Relaxed) != 0 || this.waits.load(Relaxed) != 0;
    if is_used { abi::EBUSY } else { 0 }
}

/// Looks at the word of an adaptive mutex for a while; tells whether it took it.
#[cold]
fn acquire_spinning(word: &AtomicU32) -> bool {
    (0..100).any(|_| {
        core::hint::spin_loop();
        word.load(Relaxed) == 0 && word.compare_exchange(0, 1, Acquire, Relaxed).is_ok()
    })
}

/// Takes the lock word of a mutex of this kind, sleeping until `deadline_ns`; 0 or `ETIMEDOUT`. Only for an adaptive one
/// is the word looked at again before: two threads that do so all the time get in each other's way more than a sleeper.
pub(super) fn acquire(word: &AtomicU32, kind: i32, deadline_ns: u64) -> c_int {
    if word.compare_exchange(0, 1, Acquire, Relaxed).is_ok() {
        return 0;
    }
    if kind & TYPE_MASK == abi::PTHREAD_MUTEX_ADAPTIVE_NP && acquire_spinning(word) {
        return 0;
    }
    while word.swap(2, Acquire) != 0 {
        if word::wait(word, 2, deadline_ns) == -abi::ETIMEDOUT {
            return abi::ETIMEDOUT;
        }
    }
    0
}

/// Gives the lock word back.
pub(super) fn release(word: &AtomicU32) {
    if word.swap(0, Release) == 2 {
        word::wake(word, 1);
    }
}

/// What locking does before it takes the word: answers for a mutex this thread holds already.
fn relock(mutex: &Mutex, kind: i32, me: i32) -> Option<c_int> {
    if mutex.owner.load(Relaxed) != me {
        return None;
    }
    match kind & TYPE_MASK {
        RECURSIVE => {
            let count = mutex.count.load(Relaxed);
            if count == u32::MAX - 1 {
                return Some(abi::EAGAIN);
            }
            mutex.count.store(count + 1, Relaxed);
            Some(0)
        }
        ERRORCHECK => Some(abi::EDEADLK),
        _ => None,
    }
}

/// What locking does once it has the word.
unsafe fn taken(mutex: *mut Mutex, kind: i32, me: i32) -> c_int {
    // SAFETY: a mutex that was initialised and is not destroyed meanwhile.
    let this = unsafe { &*mutex };
    if kind & ROBUST == 0 {
        this.owner.store(me, Relaxed);
        return 0;
    }
    match this.owner.load(Relaxed) {
        NOT_RECOVERABLE => {
            release_special(this, kind);
            return abi::ENOTRECOVERABLE;
        }
        OWNER_DIED => this.inconsistent.store(1, Relaxed),
        _ => {}
    }
    this.count.store(0, Relaxed);
    this.owner.store(me, Relaxed);
    // SAFETY: this thread has just taken the mutex, so it is in no list.
    unsafe { link(mutex) };
    if this.inconsistent.load(Relaxed) == 0 { 0 } else { abi::EOWNERDEAD }
}

unsafe fn link(mutex: *mut Mutex) {
    // SAFETY: the list is the calling thread's own, of mutexes it holds; this one is held now.
    unsafe {
        let head = &raw mut (*current()).robust;
        (*mutex).previous = core::ptr::null_mut();
        (*mutex).next = *head;
        if !(*head).is_null() {
            (**head).previous = mutex;
        }
        *head = mutex;
    }
}

unsafe fn unlink(mutex: *mut Mutex) {
    // SAFETY: this thread holds the mutex, so it is in the thread's list.
    unsafe {
        let (previous, next) = ((*mutex).previous, (*mutex).next);
        if previous.is_null() {
            (*current()).robust = next;
        } else {
            (*previous).next = next;
        }
        if !next.is_null() {
            (*next).previous = previous;
        }
    }
}

/// Gives back the robust mutexes of a thread that ends: the next holder gets `EOWNERDEAD`.
pub fn abandon_robust() {
    // SAFETY: the list is the calling thread's own, of mutexes it holds, which live while they are held.
    unsafe {
        let mut at = (*current()).robust;
        (*current()).robust = core::ptr::null_mut();
        while !at.is_null() {
            let next = (*at).next;
            (*at).owner.store(OWNER_DIED, Relaxed);
            release_special(&*at, (*at).kind.load(Relaxed));
            at = next;
        }
    }
}

unsafe fn lock_until(mutex: *mut Mutex, deadline_ns: u64) -> c_int {
    // SAFETY: a mutex that was initialised and is not destroyed meanwhile.
    let this = unsafe { &*mutex };
    let kind = this.kind.load(Relaxed);
    let me = tid();
    if kind & (TYPE_MASK | ROBUST) != 0
        && let Some(answer) = relock(this, kind, me)
    {
        return answer;
    }
    let answer = if kind & (PRIORITY_INHERIT | PRIORITY_PROTECT) == 0 {
        acquire(&this.lock, kind, deadline_ns)
    } else {
        acquire_special(this, kind, Wait::Until(deadline_ns))
    };
    match answer {
        // SAFETY: this thread has just taken the word.
        0 => unsafe { taken(mutex, kind, me) },
        error => error,
    }
}

/// pthread_mutex_lock(3)
pub unsafe extern "C" fn pthread_mutex_lock(mutex: *mut Mutex) -> c_int {
    // SAFETY: pthread_mutex_lock(3)'s mutex.
    unsafe { lock_until(mutex, NEVER) }
}

/// pthread_mutex_trylock(3)
pub unsafe extern "C" fn pthread_mutex_trylock(mutex: *mut Mutex) -> c_int {
    // SAFETY: a mutex that was initialised and is not destroyed meanwhile.
    let this = unsafe { &*mutex };
    let kind = this.kind.load(Relaxed);
    let me = tid();
    if kind & TYPE_MASK == RECURSIVE
        && let Some(answer) = relock(this, kind, me)
    {
        return answer;
    }
    if kind & (PRIORITY_INHERIT | PRIORITY_PROTECT) != 0 {
        let error = acquire_special(this, kind, Wait::Not);
        if error != 0 {
            return error;
        }
    } else if this.lock.compare_exchange(0, 1, Acquire, Relaxed).is_err() {
        return abi::EBUSY;
    }
    // SAFETY: this thread has just taken the word.
    unsafe { taken(mutex, kind, me) }
}

/// pthread_mutex_timedlock(3)
pub unsafe extern "C" fn pthread_mutex_timedlock(mutex: *mut Mutex, time: *const timespec) -> c_int {
    // SAFETY: as pthread_mutex_clocklock(3).
    unsafe { pthread_mutex_clocklock(mutex, abi::CLOCK_REALTIME, time) }
}

/// pthread_mutex_clocklock(3)
pub unsafe extern "C" fn pthread_mutex_clocklock(
    mutex: *mut Mutex,
    clock: c_int,
    time: *const timespec,
) -> c_int {
    if !matches!(clock, abi::CLOCK_REALTIME | abi::CLOCK_MONOTONIC) {
        return abi::EINVAL;
    }
    // The time is looked at only if the mutex can't be had at once.
    // SAFETY: pthread_mutex_clocklock(3)'s mutex.
    match unsafe { pthread_mutex_trylock(mutex) } {
        abi::EBUSY => {}
        answer => return answer,
    }
    // SAFETY: its time.
    match unsafe { deadline_ns(clock, time) } {
        // SAFETY: its mutex.
        Ok(deadline_ns) => unsafe { lock_until(mutex, deadline_ns) },
        Err(error) => error,
    }
}

/// pthread_mutex_unlock(3)
pub unsafe extern "C" fn pthread_mutex_unlock(mutex: *mut Mutex) -> c_int {
    // SAFETY: a mutex that was initialised and is not destroyed meanwhile.
    let this = unsafe { &*mutex };
    let kind = this.kind.load(Relaxed);
    if kind & SPECIAL == 0 || kind & SPECIAL == abi::PTHREAD_MUTEX_ADAPTIVE_NP {
        this.owner.store(0, Relaxed);
        release(&this.lock);
        return 0;
    }
    let is_checked =
        matches!(kind & TYPE_MASK, RECURSIVE | ERRORCHECK) || kind & (ROBUST | PRIORITY_INHERIT) != 0;
    if is_checked && this.owner.load(Relaxed) != tid() {
        return abi::EPERM;
    }
    if kind & TYPE_MASK == RECURSIVE {
        let count = this.count.load(Relaxed);
        if count != 0 {
            this.count.store(count - 1, Relaxed);
            return 0;
        }
    }
    let mut owner = 0;
    if kind & ROBUST != 0 {
        // SAFETY: this thread is the owner, so the mutex is in its list.
        unsafe { unlink(mutex) };
        if this.inconsistent.swap(0, Relaxed) != 0 {
            owner = NOT_RECOVERABLE;
        }
    }
    this.owner.store(owner, Relaxed);
    release_special(this, kind);
    0
}

/// pthread_mutex_consistent(3)
pub unsafe extern "C" fn pthread_mutex_consistent(mutex: *mut Mutex) -> c_int {
    // SAFETY: a mutex that was initialised and is not destroyed meanwhile.
    let this = unsafe { &*mutex };
    let is_ours = this.kind.load(Relaxed) & ROBUST != 0 && this.owner.load(Relaxed) == tid();
    if is_ours && this.inconsistent.swap(0, Relaxed) != 0 { 0 } else { abi::EINVAL }
}

/// pthread_mutex_getprioceiling(3)
pub unsafe extern "C" fn pthread_mutex_getprioceiling(mutex: *const Mutex, ceiling: *mut c_int) -> c_int {
    // SAFETY: a mutex that was initialised.
    let this = unsafe { &*mutex };
    if this.kind.load(Relaxed) & PRIORITY_PROTECT == 0 {
        return abi::EINVAL;
    }
    // SAFETY: a place for the ceiling.
    unsafe { *ceiling = this.ceiling.load(Relaxed).into() };
    0
}

/// pthread_mutex_setprioceiling(3): takes the mutex meanwhile, whatever the caller's priority.
pub unsafe extern "C" fn pthread_mutex_setprioceiling(
    mutex: *mut Mutex,
    ceiling: c_int,
    old: *mut c_int,
) -> c_int {
    // SAFETY: a mutex that was initialised and is not destroyed meanwhile.
    let this = unsafe { &*mutex };
    let kind = this.kind.load(Relaxed);
    if kind & PRIORITY_PROTECT == 0 || !(1..=99).contains(&ceiling) {
        return abi::EINVAL;
    }
    let is_held = match kind & TYPE_MASK {
        _ if this.owner.load(Relaxed) != tid() => false,
        ERRORCHECK => return abi::EDEADLK,
        kind => kind == RECURSIVE,
    };
    if is_held {
        // Where the thread's own priority is above the new one, it counts from the next locking on.
        let _ = change_ceiling(mutex.addr(), ceiling as i16);
    } else {
        acquire(&this.lock, kind, NEVER);
    }
    let before = this.ceiling.swap(ceiling as i16, Relaxed);
    if !old.is_null() {
        // SAFETY: a place for the ceiling before.
        unsafe { *old = before.into() };
    }
    if !is_held {
        release(&this.lock);
    }
    0
}

/// Unlocks for a condition variable's wait; returns the depth to lock again with.
pub(super) unsafe fn release_for_wait(mutex: *mut Mutex) -> Result<u32, c_int> {
    // SAFETY: the caller's mutex, which this thread holds.
    let this = unsafe { &*mutex };
    let depth = this.count.swap(0, Relaxed);
    this.waits.fetch_add(1, Relaxed);
    // SAFETY: the same.
    match unsafe { pthread_mutex_unlock(mutex) } {
        0 => Ok(depth),
        error => {
            this.waits.fetch_sub(1, Relaxed);
            this.count.store(depth, Relaxed);
            Err(error)
        }
    }
}

/// Locks again after a condition variable's wait.
pub(super) unsafe fn retake_after_wait(mutex: *mut Mutex, depth: u32) -> c_int {
    // SAFETY: the caller's mutex.
    let answer = unsafe { pthread_mutex_lock(mutex) };
    // SAFETY: it has just been taken, or is held by nobody who counts.
    let this = unsafe { &*mutex };
    this.waits.fetch_sub(1, Relaxed);
    this.count.store(depth, Relaxed);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make(kind: i32) -> Mutex {
        // SAFETY: all-zero is a value of every field.
        let mut mutex: Mutex = unsafe { core::mem::zeroed() };
        mutex.kind = AtomicI32::new(kind);
        mutex
    }

    #[test]
    fn a_recursive_mutex_counts() {
        let mut owned = make(RECURSIVE);
        let m = &raw mut owned;
        // SAFETY: the test's own mutex.
        unsafe {
            assert_eq!(pthread_mutex_lock(m), 0);
            assert_eq!(pthread_mutex_trylock(m), 0);
            assert_eq!(pthread_mutex_unlock(m), 0);
            assert_eq!((*m).lock.load(Relaxed), 1);
            assert_eq!(pthread_mutex_unlock(m), 0);
            assert_eq!((*m).lock.load(Relaxed), 0);
            assert_eq!(pthread_mutex_unlock(m), abi::EPERM);
        }
    }

    #[test]
    fn an_errorcheck_mutex_finds_misuse() {
        let mut owned = make(ERRORCHECK);
        let m = &raw mut owned;
        // SAFETY: the test's own mutex.
        unsafe {
            assert_eq!(pthread_mutex_unlock(m), abi::EPERM);
            assert_eq!(pthread_mutex_lock(m), 0);
            assert_eq!(pthread_mutex_lock(m), abi::EDEADLK);
            assert_eq!(pthread_mutex_trylock(m), abi::EBUSY);
            assert_eq!(pthread_mutex_destroy(m), abi::EBUSY);
            assert_eq!(pthread_mutex_unlock(m), 0);
        }
    }

    #[test]
    fn a_robust_mutex_survives_its_holder() {
        let mut owned = make(ROBUST);
        let m = &raw mut owned;
        // SAFETY: the test's own mutex.
        unsafe {
            assert_eq!(pthread_mutex_lock(m), 0);
            abandon_robust();
            assert_eq!(pthread_mutex_lock(m), abi::EOWNERDEAD);
            assert_eq!(pthread_mutex_consistent(m), 0);
            assert_eq!(pthread_mutex_unlock(m), 0);
            assert_eq!(pthread_mutex_lock(m), 0);
            abandon_robust();
            assert_eq!(pthread_mutex_lock(m), abi::EOWNERDEAD);
            assert_eq!(pthread_mutex_unlock(m), 0);
            assert_eq!(pthread_mutex_lock(m), abi::ENOTRECOVERABLE);
        }
    }
}
