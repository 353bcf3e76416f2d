//! The wait queue of one object.

use core::sync::atomic::{AtomicU32, Ordering};

use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;

use crate::abi::{Errno, Result};
use crate::backend::{Monotonic, WaitOutcome};
use crate::kernel::Context;
use crate::sync::Mutex;

/// Someone who watches several objects at once (a poll, an epoll instance).
pub trait Listener: Send + Sync {
    /// The object that was registered under `token` may have become ready.
    fn notify(&self, token: u64);
}

/// Who waits for one object.
pub struct WaitQueue {
    /// Counts the changes of the object; sleepers wait for it to move on.
    changes: AtomicU32,
    /// How many threads are about to sleep or asleep on `changes`.
    sleepers: AtomicU32,
    /// How many listeners there are, to leave the lock alone when there are none.
    listening: AtomicU32,
    listeners: Mutex<Vec<(Weak<dyn Listener>, u64)>>,
}

impl WaitQueue {
    /// Makes a queue without waiters.
    pub const fn new() -> Self {
        Self {
            changes: AtomicU32::new(0),
            sleepers: AtomicU32::new(0),
            listening: AtomicU32::new(0),
            listeners: Mutex::new(Vec::new()),
        }
    }

    /// Wakes everyone: the object changed.
    pub fn notify(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        if self.sleepers.load(Ordering::SeqCst) > 0 {
            crate::backend::backend().wake(&self.changes, usize::MAX);
        }
        if self.listening.load(Ordering::SeqCst) > 0 {
            self.notify_listeners();
        }
    }

    #[cold]
    fn notify_listeners(&self) {
        // From the end, since whom this wakes may leave at once: that only brings those before nearer. A listener may so be
        // told twice, and none is passed over; who comes meanwhile checks the object.
        let mut index = usize::MAX;
        loop {
            let next = {
                let listeners = self.listeners.lock();
                let Some(last) = index.min(listeners.len()).checked_sub(1) else { return };
                index = last;
                listeners.get(index).map(|(listener, token)| (listener.upgrade(), *token))
            };
            // The lock is not held while a listener runs: it may take its own.
            if let Some((Some(listener), token)) = next {
                listener.notify(token);
            }
        }
    }

    /// Adds a listener. It must check the object after this, for changes that came before.
    pub fn listen(&self, listener: &Arc<dyn Listener>, token: u64) {
        let mut listeners = self.listeners.lock();
        listeners.retain(|(other, _)| other.strong_count() > 0);
        listeners.push((Arc::downgrade(listener), token));
        self.listening.store(listeners.len() as u32, Ordering::SeqCst);
    }

    /// Removes what [`WaitQueue::listen`] added.
    pub fn unlisten(&self, listener: &Arc<dyn Listener>, token: u64) {
        let mut listeners = self.listeners.lock();
        let this = Arc::downgrade(listener);
        listeners.retain(|(other, t)| !(*t == token && other.ptr_eq(&this)) && other.strong_count() > 0);
        self.listening.store(listeners.len() as u32, Ordering::SeqCst);
    }

    /// Runs `attempt` until it gives something other than `EAGAIN`, sleeping in between while the object does not
    /// change. Fails with `EINTR` when interrupted and `EAGAIN` at the deadline.
    pub fn wait_until<T>(
        &self,
        cx: Context<'_>,
        deadline: Option<Monotonic>,
        mut attempt: impl FnMut() -> Result<T>,
    ) -> Result<T> {
        self.sleepers.fetch_add(1, Ordering::SeqCst);
        let result = loop {
            let seen = self.changes.load(Ordering::SeqCst);
            match attempt() {
                Err(Errno::EAGAIN) => {}
                other => break other,
            }
            match cx.sleep(&self.changes, seen, deadline) {
                WaitOutcome::Woken | WaitOutcome::ValueChanged => {}
                WaitOutcome::TimedOut => break attempt(),
                WaitOutcome::Interrupted => break Err(Errno::EINTR),
            }
        };
        self.sleepers.fetch_sub(1, Ordering::SeqCst);
        result
    }
}

impl Default for WaitQueue {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Leaves the queue as soon as it hears of a change, as a poll does whose thread is quick.
    struct Leaving {
        queue: Arc<WaitQueue>,
        this: Weak<Leaving>,
        heard: AtomicU32,
    }

    impl Listener for Leaving {
        fn notify(&self, token: u64) {
            self.heard.fetch_add(1, Ordering::Relaxed);
            let this: Arc<dyn Listener> = self.this.upgrade().expect("it is listening");
            self.queue.unlisten(&this, token);
        }
    }

    #[test]
    fn listeners_that_leave_hide_nobody() {
        let queue = Arc::new(WaitQueue::new());
        let leaving: Vec<Arc<Leaving>> = (0..5)
            .map(|_| {
                Arc::new_cyclic(|this| Leaving {
                    queue: queue.clone(),
                    this: this.clone(),
                    heard: AtomicU32::new(0),
                })
            })
            .collect();
        for one in &leaving {
            let listener: Arc<dyn Listener> = one.clone();
            queue.listen(&listener, 0);
        }
        queue.notify();
        let heard: Vec<u32> = leaving.iter().map(|one| one.heard.load(Ordering::Relaxed)).collect();
        assert_eq!(heard, [1; 5]);
    }
}
