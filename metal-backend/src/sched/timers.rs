//! Deadlines of waiting threads: a pairing heap threaded through them, so that arming a timer allocates nothing.

#![expect(clippy::multiple_unsafe_ops_per_block, reason = "a change of the heap's links is one step")]

use core::ptr::null_mut;

use super::Thread;

/// The earliest deadline first.
#[derive(Debug)]
pub struct Timers {
    root: *mut Thread,
}

// SAFETY: used under the lock of the queue it belongs to.
unsafe impl Send for Timers {}

impl Default for Timers {
    fn default() -> Self {
        Self::new()
    }
}

impl Timers {
    /// Makes an empty heap.
    pub const fn new() -> Self {
        Self { root: null_mut() }
    }

    /// Returns the earliest deadline.
    pub fn first(&self) -> Option<u64> {
        // SAFETY: threads in the heap are alive.
        unsafe { self.root.as_ref() }.map(|t| t.timer.at)
    }

    /// Adds a thread.
    ///
    /// # Safety
    /// The thread is in no heap and stays alive until it is taken out.
    pub unsafe fn insert(&mut self, thread: *mut Thread, at: u64) {
        // SAFETY: the caller's promise.
        let links = unsafe { &mut (*thread).timer };
        links.at = at;
        links.child = null_mut();
        links.next = null_mut();
        links.previous = null_mut();
        links.is_armed = true;
        // SAFETY: both are heaps of live threads.
        self.root = unsafe { meld(self.root, thread) };
    }

    /// Takes a thread out.
    ///
    /// # Safety
    /// The thread is in this heap.
    pub unsafe fn remove(&mut self, thread: *mut Thread) {
        // SAFETY: the caller's promise; links of threads in the heap point to threads in the heap.
        unsafe {
            let (previous, next) = ((*thread).timer.previous, (*thread).timer.next);
            let orphans = combine((*thread).timer.child);
            if previous.is_null() {
                self.root = orphans;
            } else {
                if (*previous).timer.child == thread {
                    (*previous).timer.child = next;
                } else {
                    (*previous).timer.next = next;
                }
                if !next.is_null() {
                    (*next).timer.previous = previous;
                }
                self.root = meld(self.root, orphans);
            }
            (*thread).timer.is_armed = false;
        }
    }

    /// Takes out the earliest thread whose deadline is not after `now`.
    pub fn pop_expired(&mut self, now: u64) -> Option<*mut Thread> {
        let first = self.root;
        if self.first()? > now {
            return None;
        }
        // SAFETY: the root is in the heap.
        unsafe { self.remove(first) };
        Some(first)
    }
}

/// Makes one heap of two.
unsafe fn meld(a: *mut Thread, b: *mut Thread) -> *mut Thread {
    if a.is_null() {
        return b;
    }
    if b.is_null() {
        return a;
    }
    // SAFETY: roots of heaps of live threads.
    unsafe {
        let (top, under) = if (*b).timer.at < (*a).timer.at { (b, a) } else { (a, b) };
        let child = (*top).timer.child;
        (*under).timer.next = child;
        (*under).timer.previous = top;
        if !child.is_null() {
            (*child).timer.previous = under;
        }
        (*top).timer.child = under;
        (*top).timer.previous = null_mut();
        (*top).timer.next = null_mut();
        top
    }
}

/// Makes one heap of a list of siblings: pairs from the left, then together from the right.
unsafe fn combine(mut first: *mut Thread) -> *mut Thread {
    let mut pairs: *mut Thread = null_mut();
    // SAFETY: siblings are roots of heaps of live threads; each is unlinked before it is melded.
    unsafe {
        while !first.is_null() {
            let second = (*first).timer.next;
            let rest = if second.is_null() { null_mut() } else { (*second).timer.next };
            (*first).timer.next = null_mut();
            if !second.is_null() {
                (*second).timer.next = null_mut();
            }
            let pair = meld(first, second);
            (*pair).timer.previous = null_mut();
            (*pair).timer.next = pairs;
            pairs = pair;
            first = rest;
        }
        let mut whole: *mut Thread = null_mut();
        while !pairs.is_null() {
            let next = (*pairs).timer.next;
            (*pairs).timer.next = null_mut();
            whole = meld(whole, pairs);
            pairs = next;
        }
        if !whole.is_null() {
            (*whole).timer.previous = null_mut();
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use std::prelude::v1::*;

    use super::*;

    fn thread(id: u64) -> *mut Thread {
        Box::into_raw(Box::new(Thread::new(id, 0, 0, null_mut())))
    }

    #[test]
    fn deadlines_come_out_in_order() {
        let mut timers = Timers::new();
        let mut seed = 1u64;
        let mut expected: Vec<u64> = Vec::new();
        let mut threads = Vec::new();
        for id in 0..500 {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let at = seed >> 40;
            let t = thread(id);
            // SAFETY: a fresh thread that is never freed.
            unsafe { timers.insert(t, at) };
            threads.push((t, at));
        }
        for (i, (t, at)) in threads.into_iter().enumerate() {
            if i % 3 == 0 {
                // SAFETY: it was inserted above.
                unsafe { timers.remove(t) };
            } else {
                expected.push(at);
            }
        }
        expected.sort_unstable();
        let mut got = Vec::new();
        while let Some(t) = timers.pop_expired(u64::MAX) {
            // SAFETY: never freed.
            got.push(unsafe { (*t).timer.at });
        }
        assert_eq!(got, expected);
    }

    #[test]
    fn later_deadlines_stay() {
        let mut timers = Timers::new();
        // SAFETY: a fresh thread that is never freed.
        unsafe { timers.insert(thread(1), 10) };
        assert!(timers.pop_expired(9).is_none());
        assert!(timers.pop_expired(10).is_some());
        assert!(timers.first().is_none());
    }
}
