//! futex_waitv(2): waiting for one of several words.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::Ordering;

use super::BITSET_ANY;
use super::queue::{FutexWaiter, QUEUED, Role};
use crate::abi::{Errno, Result};
use crate::backend::{Monotonic, WaitOutcome};
use crate::boundary::atomic::load_u32;
use crate::boundary::user::UserPtr;
use crate::kernel::Context;

/// A word, and what it must hold for a thread to wait.
#[derive(Clone, Copy)]
pub struct Expected {
    /// The word.
    pub word: UserPtr<u32>,
    /// What it holds.
    pub value: u32,
}

impl Context<'_> {
    /// Waits while each word holds what is expected, until one is woken, whose index is returned; fails as
    /// [`Context::futex_wait`] does.
    pub fn futex_wait_several(self, words: &[Expected], deadline: Option<Monotonic>) -> Result<usize> {
        let (futexes, group) = (&self.kernel.tasks.futexes, &self.thread.futex);
        group.word.store(QUEUED, Ordering::Relaxed);
        let mut waiters = Vec::with_capacity(words.len());
        let mut error = None;
        for Expected { word, value } in words {
            let waiter = Arc::new(FutexWaiter::of_group(group.clone()));
            futexes.enqueue(self.futex_key(*word), BITSET_ANY, Role::Wake, &waiter);
            waiters.push(waiter);
            // Read while it is queued: whoever changes it later finds the waiter.
            match load_u32(*word) {
                Ok(seen) if seen == *value => {}
                Ok(_) => error = Some(Errno::EAGAIN),
                Err(fault) => error = Some(fault),
            }
            if error.is_some() {
                break;
            }
        }
        while error.is_none() && group.word.load(Ordering::Acquire) == QUEUED {
            error = match self.sleep(&group.word, QUEUED, deadline) {
                WaitOutcome::Woken | WaitOutcome::ValueChanged => None,
                WaitOutcome::TimedOut => Some(Errno::ETIMEDOUT),
                WaitOutcome::Interrupted => Some(Errno::EINTR),
            };
        }
        let mut woken = None;
        for (index, waiter) in waiters.iter().enumerate() {
            if futexes.dequeue(waiter).is_none() {
                woken = Some(index);
            }
        }
        // Who was woken says so whatever else came about; else there is an error, since nobody changed the group's word.
        woken.ok_or(error.unwrap_or(Errno::EAGAIN))
    }
}
