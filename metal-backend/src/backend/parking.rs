//! Sleeping and waking on a word.

use core::sync::atomic::AtomicU32;

use abi_core::backend::{Monotonic, Parking, WaitOutcome};

use super::MetalBackend;
use crate::sched::{self, Wait};

impl Parking for MetalBackend {
    fn wait(&self, word: &AtomicU32, expected: u32, deadline: Option<Monotonic>) -> WaitOutcome {
        sched::wait(word, expected, deadline, Wait::Sleeping)
    }

    fn wait_uninterruptible(
        &self,
        word: &AtomicU32,
        expected: u32,
        deadline: Option<Monotonic>,
    ) -> WaitOutcome {
        sched::wait(word, expected, deadline, Wait::SleepingDeep)
    }

    fn wake(&self, word: &AtomicU32, count: usize) -> usize {
        let woken = sched::wake(core::ptr::from_ref(word) as usize, count);
        if woken > 0 {
            sched::give_way();
        }
        woken
    }
}
