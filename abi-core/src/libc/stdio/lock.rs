//! Locks of streams: recursive, owned by a thread.

use core::sync::atomic::{AtomicU32, Ordering};

use super::file::{File, flag};
use super::sys;

/// How often other threads are let run before a lock is given up.
const TRIES: usize = 100;

/// Views a word of libc data as an atomic.
fn atomic(word: *mut u32) -> &'static AtomicU32 {
    // SAFETY: an aligned word that lives as long as its stream, which the caller keeps open, and is only used so.
    unsafe { AtomicU32::from_ptr(word) }
}

/// Takes a plain lock: 0 free, 1 held, 2 held with sleepers.
pub fn acquire_word(word: *mut u32) {
    let lock = atomic(word);
    if lock.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_ok() {
        return;
    }
    while lock.swap(2, Ordering::Acquire) != 0 {
        sys::wait_while(word, 2);
    }
}

/// Gives a plain lock back.
pub fn release_word(word: *mut u32) {
    if atomic(word).swap(0, Ordering::Release) == 2 {
        sys::wake_one(word);
    }
}

fn me() -> usize {
    crate::libc::tcb::tcb() as usize
}

/// Locks a stream (flockfile(3)), whatever its locking mode.
///
/// # Safety
/// `fp` is a stream.
pub unsafe fn lock(fp: *mut File) {
    // SAFETY: the caller's promise; `lock_owner` is this thread's value only while this thread holds the lock.
    unsafe {
        if (*fp).lock_owner != me() {
            acquire_word(&raw mut (*fp).lock_word);
            (*fp).lock_owner = me();
        }
        (*fp).lock_count += 1;
    }
}

/// Locks a stream if nobody else has (ftrylockfile(3)).
///
/// # Safety
/// `fp` is a stream.
pub unsafe fn try_lock(fp: *mut File) -> bool {
    // SAFETY: as in `lock`.
    unsafe {
        if (*fp).lock_owner != me() {
            let word = atomic(&raw mut (*fp).lock_word);
            if word.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_err() {
                return false;
            }
            (*fp).lock_owner = me();
        }
        (*fp).lock_count += 1;
        true
    }
}

/// Unlocks a stream (funlockfile(3)).
///
/// # Safety
/// The calling thread has it locked.
pub unsafe fn unlock(fp: *mut File) {
    // SAFETY: the caller's promise.
    unsafe {
        (*fp).lock_count = (*fp).lock_count.saturating_sub(1);
        if (*fp).lock_count == 0 {
            (*fp).lock_owner = 0;
            release_word(&raw mut (*fp).lock_word);
        }
    }
}

/// Gives back what a thread that ends in the middle of a call holds.
pub fn give_back_all() {
    crate::libc::state::state().stdio.for_each_open(|fp| {
        // SAFETY: an open stream; this thread's value only while this thread holds the lock.
        unsafe {
            if (*fp).lock_owner == me() {
                (*fp).lock_count = 1;
                unlock(fp);
            }
        }
    });
}

/// Locks a stream for one call, unless the program said it does that itself.
///
/// # Safety
/// `fp` is a stream.
pub unsafe fn acquire(fp: *mut File) {
    // SAFETY: the caller's promise.
    unsafe {
        if (*fp).flags & flag::USER_LOCK == 0 {
            lock(fp);
        }
    }
}

/// As [`acquire`], but gives up after a while; tells whether it has it.
///
/// # Safety
/// `fp` is a stream.
pub unsafe fn acquire_soon(fp: *mut File) -> bool {
    // SAFETY: the caller's promise; the row takes no arguments.
    unsafe {
        (*fp).flags & flag::USER_LOCK != 0
            || (0..TRIES).any(|_| {
                try_lock(fp) || {
                    crate::exports::sched::sched_yield();
                    false
                }
            })
    }
}

/// Undoes [`acquire`].
///
/// # Safety
/// As for [`unlock`].
pub unsafe fn release(fp: *mut File) {
    // SAFETY: the caller's promise.
    unsafe {
        if (*fp).flags & flag::USER_LOCK == 0 {
            unlock(fp);
        }
    }
}

/// Holds a stream's lock while a call works on it.
#[derive(Debug)]
pub struct Guard(*mut File);

impl Guard {
    /// Locks `fp`.
    ///
    /// # Safety
    /// `fp` is a stream that stays open while this lives.
    pub unsafe fn new(fp: *mut File) -> Self {
        // SAFETY: the caller's promise.
        unsafe { acquire(fp) };
        Self(fp)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // SAFETY: `new` locked it, on this thread.
        unsafe { release(self.0) };
    }
}
