//! Signals that wait to be taken.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use core::sync::atomic::{AtomicU32, Ordering};

use super::{Info, REAL_TIME_FIRST, bit};
use crate::abi::{self, Errno, Result};
use crate::backend::backend;
use crate::few::FewMap;

/// What whoever sent a signal waits for.
#[derive(Clone)]
pub(super) struct Done {
    /// 0 once the handler has ended.
    pub(super) word: Arc<AtomicU32>,
    /// The number of the thread that waits.
    pub(super) waiter: i32,
}

impl Done {
    /// Makes what the thread numbered `waiter` waits for.
    pub(super) fn new(waiter: i32) -> Self {
        Self { word: Arc::new(AtomicU32::new(1)), waiter }
    }

    /// There is nothing left to wait for.
    pub(super) fn complete(&self) {
        self.word.store(0, Ordering::Release);
        backend().wake(&self.word, usize::MAX);
    }
}

/// One signal that waits.
pub(super) struct Queued {
    /// The signal.
    pub(super) info: Info,
    /// Who waits for its handler, if somebody does.
    pub(super) done: Option<Done>,
}

impl Queued {
    /// There is nothing left to wait for.
    pub(super) fn complete(&self) {
        if let Some(done) = &self.done {
            done.complete();
        }
    }
}

/// The signals that wait for a thread or the program.
pub(super) struct Pending {
    set: u64,
    count: usize,
    queues: FewMap<i32, VecDeque<Queued>>,
}

impl Pending {
    /// Makes an empty list.
    pub(super) const fn new() -> Self {
        Self { set: 0, count: 0, queues: FewMap::new() }
    }

    /// Returns which signals there are.
    pub(super) fn set(&self) -> u64 {
        self.set
    }

    /// Returns how many there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Adds a signal; a standard one is there once. Where `most` wait (`RLIMIT_SIGPENDING`), it is there without what
    /// belongs to it, and of the real-time ones that only from kill(2), once; timers have their place from the start.
    /// Returns what is waited for if there is a `waiter`.
    pub(super) fn push(&mut self, mut info: Info, waiter: Option<i32>, most: u64) -> Result<Option<Done>> {
        let new_done = || waiter.map(Done::new);
        let is_real_time = info.number >= REAL_TIME_FIRST;
        let is_over = self.count as u64 >= most && info.code != abi::SI_TIMER;
        if is_over && is_real_time && info.code != abi::SI_USER {
            return Err(Errno::EAGAIN);
        }
        if is_over {
            info = Info::new(info.number);
        }
        let queue = self.queues.or_default(info.number);
        if (is_over || !is_real_time)
            && let Some(first) = queue.front_mut()
        {
            if waiter.is_none() {
                return Ok(None);
            }
            first.done = first.done.take().or_else(new_done);
            return Ok(first.done.clone());
        }
        let done = new_done();
        queue.push_back(Queued { info, done: done.clone() });
        self.count += 1;
        self.set |= bit(info.number);
        Ok(done)
    }

    /// Returns the signal of this number that would be taken first.
    pub(super) fn first(&mut self, number: i32) -> Option<&Info> {
        self.queues.get_mut(&number)?.front().map(|queued| &queued.info)
    }

    /// Puts a signal back that was taken just now.
    pub(super) fn put_back(&mut self, queued: Queued) {
        let number = queued.info.number;
        self.queues.or_default(number).push_front(queued);
        self.count += 1;
        self.set |= bit(number);
    }

    /// Takes the first signal of the lowest number in `set`.
    pub(super) fn take(&mut self, set: u64) -> Option<Queued> {
        let due = self.set & set;
        if due == 0 {
            return None;
        }
        let number = due.trailing_zeros() as i32 + 1;
        let queue = self.queues.get_mut(&number)?;
        let taken = queue.pop_front();
        if queue.is_empty() {
            self.set &= !bit(number);
        }
        self.count -= usize::from(taken.is_some());
        taken
    }

    /// Takes over what another list holds.
    pub(super) fn adopt(&mut self, mut other: Self) {
        while let Some(queued) = other.take(u64::MAX) {
            let number = queued.info.number;
            if number < REAL_TIME_FIRST && self.set & bit(number) != 0 {
                queued.complete();
                continue;
            }
            self.queues.or_default(number).push_back(queued);
            self.count += 1;
            self.set |= bit(number);
        }
    }

    /// Takes all signals of a number away.
    pub(super) fn remove(&mut self, number: i32) {
        self.retain(|info| info.number != number);
    }

    /// Keeps those for which `is_kept` holds; nobody waits for the others any more.
    pub(super) fn retain(&mut self, is_kept: impl Fn(&Info) -> bool) {
        (self.set, self.count) = (0, 0);
        for (number, queue) in self.queues.iter_mut() {
            queue.retain(|queued| {
                let is_kept = is_kept(&queued.info);
                if !is_kept {
                    queued.complete();
                }
                is_kept
            });
            self.count += queue.len();
            if !queue.is_empty() {
                self.set |= bit(*number);
            }
        }
    }

    /// Finds the signal of a timer.
    pub(super) fn of_timer(&mut self, timer: i32) -> Option<&mut Info> {
        let mut all = self.queues.iter_mut().flat_map(|(_, queue)| queue);
        all.find(|queued| queued.info.code == abi::SI_TIMER && queued.info.timer == timer)
            .map(|queued| &mut queued.info)
    }
}

impl Default for Pending {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn valued(number: i32, value: u64) -> Info {
        Info { value, ..Info::new(number) }
    }

    #[test]
    fn standard_signals_wait_once_and_real_time_ones_queue() {
        let mut pending = Pending::new();
        for value in 1..=3 {
            assert!(pending.push(valued(10, value), None, 8).is_ok());
            assert!(pending.push(valued(40, value), None, 8).is_ok());
        }
        assert_eq!(pending.set(), bit(10) | bit(40));
        let mut values = Vec::new();
        while let Some(queued) = pending.take(!0) {
            values.push((queued.info.number, queued.info.value));
        }
        assert_eq!(values, [(10, 1), (40, 1), (40, 2), (40, 3)]);
        assert_eq!(pending.set(), 0);
    }

    #[test]
    fn only_what_is_asked_for_is_taken_and_what_is_put_back_comes_first() {
        let mut pending = Pending::new();
        for number in [12, 11, 40, 40] {
            assert!(pending.push(Info::new(number), None, 8).is_ok());
        }
        assert!(pending.take(bit(10)).is_none());
        let taken = pending.take(bit(12) | bit(40)).map(|queued| queued.info.number);
        assert_eq!(taken, Some(12));
        let first = pending.take(bit(40));
        pending.put_back(Queued { info: valued(40, 7), done: None });
        assert!(first.is_some());
        assert_eq!(pending.take(bit(40)).map(|queued| queued.info.value), Some(7));
        pending.remove(40);
        assert_eq!(pending.set(), bit(11));
    }

    #[test]
    fn what_is_taken_over_comes_last_and_standard_signals_once() {
        let (mut pending, mut other) = (Pending::new(), Pending::new());
        for (list, number, value) in [(0, 10, 1), (0, 40, 2), (1, 10, 3), (1, 11, 4), (1, 40, 5), (1, 40, 6)]
        {
            let list = if list == 0 { &mut pending } else { &mut other };
            assert!(list.push(valued(number, value), None, 8).is_ok());
        }
        pending.adopt(other);
        assert_eq!(pending.count(), 5);
        let mut values = Vec::new();
        while let Some(queued) = pending.take(!0) {
            values.push((queued.info.number, queued.info.value));
        }
        assert_eq!(values, [(10, 1), (11, 4), (40, 2), (40, 5), (40, 6)]);
    }

    #[test]
    fn who_sends_a_signal_that_waits_already_waits_for_that_one() {
        let mut pending = Pending::new();
        assert!(pending.push(Info::new(10), None, 8).is_ok_and(|done| done.is_none()));
        let done = pending.push(Info::new(10), Some(2), 8);
        assert!(done.is_ok_and(|done| done.is_some()));
        assert!(pending.take(!0).is_some_and(|queued| queued.done.is_some()));
    }

    #[test]
    fn who_must_not_wait_does_not_wait_for_one_that_another_waits_for() {
        let mut pending = Pending::new();
        let waited_for = pending.push(Info::new(10), Some(2), 8);
        assert!(waited_for.is_ok_and(|done| done.is_some()));
        assert!(pending.push(Info::new(10), None, 8).is_ok_and(|done| done.is_none()));
        assert!(pending.take(!0).is_some_and(|queued| queued.done.is_some()));
    }

    #[test]
    fn nobody_waits_for_what_is_taken_away() {
        let mut pending = Pending::new();
        let mut push =
            |number| pending.push(Info::new(number), Some(2), 8).ok().flatten().expect("what is waited for");
        let (gone, kept) = (push(10), push(11));
        pending.remove(10);
        assert_eq!((gone.word.load(Ordering::Relaxed), kept.word.load(Ordering::Relaxed)), (0, 1));
    }
}
