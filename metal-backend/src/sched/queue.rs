//! The threads ready to run on one processor.
//!
//! Two lines: threads that have just been woken or made, and threads whose slice ran out. The first goes first, but
//! after [`FRESH_IN_A_ROW`] picks the second gets its turn, so neither starves. Before both goes a third, of threads whose
//! level is not 0, the highest first.

use core::ptr::null_mut;
use core::sync::atomic::Ordering::Relaxed;

use super::{Thread, Timers};

/// How many fresh threads run before one whose slice ran out.
const FRESH_IN_A_ROW: u32 = 4;

#[derive(Debug)]
struct Line {
    head: *mut Thread,
    tail: *mut Thread,
}

impl Line {
    const fn new() -> Self {
        Self { head: null_mut(), tail: null_mut() }
    }

    fn push(&mut self, thread: *mut Thread) {
        // SAFETY: ready threads are alive and in one line at most.
        unsafe { (*thread).queue_next = null_mut() };
        if self.tail.is_null() {
            self.head = thread;
        } else {
            // SAFETY: as above.
            unsafe { (*self.tail).queue_next = thread };
        }
        self.tail = thread;
    }

    /// Adds a thread before all of lower levels and behind its own, or before its own, too.
    fn push_by_level(&mut self, thread: *mut Thread, is_before_its_own: bool) {
        // SAFETY: ready threads are alive.
        let level = |thread: *mut Thread| unsafe { (*thread).level.load(Relaxed) };
        let own = level(thread);
        let (mut before, mut at) = (null_mut::<Thread>(), self.head);
        while !at.is_null() && (level(at) > own || level(at) == own && !is_before_its_own) {
            // SAFETY: as above, and its link is this line's.
            (before, at) = (at, unsafe { (*at).queue_next });
        }
        if at.is_null() {
            self.push(thread);
            return;
        }
        // SAFETY: as above.
        unsafe { (*thread).queue_next = at };
        if before.is_null() {
            self.head = thread;
        } else {
            // SAFETY: as above.
            unsafe { (*before).queue_next = thread };
        }
    }

    /// Takes the first thread for which `wanted` holds, or null.
    fn take(&mut self, wanted: impl Fn(&Thread) -> bool) -> *mut Thread {
        let (mut before, mut at) = (null_mut::<Thread>(), self.head);
        // SAFETY: ready threads are alive, and their links are this line's.
        #[expect(clippy::multiple_unsafe_ops_per_block, reason = "a change of the line's links is one step")]
        unsafe {
            while !at.is_null() && !wanted(&*at) {
                (before, at) = (at, (*at).queue_next);
            }
            if before.is_null() {
                return self.pop();
            }
            if !at.is_null() {
                (*before).queue_next = (*at).queue_next;
                if self.tail == at {
                    self.tail = before;
                }
            }
        }
        at
    }

    fn pop(&mut self) -> *mut Thread {
        let thread = self.head;
        if !thread.is_null() {
            // SAFETY: as above.
            self.head = unsafe { (*thread).queue_next };
            if self.head.is_null() {
                self.tail = null_mut();
            }
        }
        thread
    }
}

/// Ready threads and armed deadlines of one processor.
#[derive(Debug)]
pub struct RunQueue {
    urgent: Line,
    fresh: Line,
    tired: Line,
    fresh_picks: u32,
    len: usize,
    /// Deadlines of threads that wait here.
    pub timers: Timers,
    /// A thread that has just left a processor it may not run on: the next one sends it elsewhere.
    pub moving: *mut Thread,
    /// A thread that has just ended and whose stack the next one gives back.
    pub dead: *mut Thread,
    /// When the current thread's slice ends, in TSC ticks.
    pub slice_end: u64,
    /// The current thread's level, and whether it makes room for others of it.
    pub running: (u8, bool),
}

// SAFETY: used under its lock.
unsafe impl Send for RunQueue {}

impl Default for RunQueue {
    fn default() -> Self {
        Self::new()
    }
}

impl RunQueue {
    /// Makes an empty queue.
    pub const fn new() -> Self {
        Self {
            urgent: Line::new(),
            fresh: Line::new(),
            tired: Line::new(),
            fresh_picks: 0,
            len: 0,
            timers: Timers::new(),
            moving: null_mut(),
            dead: null_mut(),
            slice_end: 0,
            running: (0, true),
        }
    }

    /// Returns how many threads are ready.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Tells whether no thread is ready.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds a thread, whose level and `is_fresh` say to which line.
    pub fn push(&mut self, thread: *mut Thread) {
        self.len += 1;
        // SAFETY: ready threads are alive.
        let t = unsafe { &*thread };
        match t.level.load(Relaxed) {
            0 if t.is_fresh => self.fresh.push(thread),
            0 => self.tired.push(thread),
            _ => self.urgent.push_by_level(thread, false),
        }
    }

    /// Adds the thread that ran, which had to leave: one that takes no turns, or whose place a higher one takes, goes on
    /// before others of its level.
    pub fn push_preempted(&mut self, thread: *mut Thread) {
        // SAFETY: ready threads are alive.
        let (level, takes_turns) = unsafe { (*thread).rank() };
        if level == 0 || takes_turns && self.first_level() <= level {
            self.push(thread);
        } else {
            self.len += 1;
            self.urgent.push_by_level(thread, true);
        }
    }

    /// Returns the highest level of the ready threads.
    fn first_level(&self) -> u8 {
        // SAFETY: ready threads are alive.
        unsafe { self.urgent.head.as_ref() }.map_or(0, |thread| thread.level.load(Relaxed))
    }

    /// Returns when the current thread has to make room for a ready one, in TSC ticks: at once for a higher one.
    pub fn due(&self) -> u64 {
        let (level, takes_turns) = self.running;
        match self.first_level() {
            _ if self.is_empty() => u64::MAX,
            first if first > level => 0,
            first if first == level && takes_turns => self.slice_end,
            _ => u64::MAX,
        }
    }

    /// Takes a thread for which `wanted` holds, or null.
    pub fn take(&mut self, wanted: impl Fn(&Thread) -> bool) -> *mut Thread {
        let lines = [&mut self.urgent, &mut self.fresh, &mut self.tired];
        let mut taken = lines.into_iter().map(|line| line.take(&wanted));
        let thread = taken.find(|thread| !thread.is_null()).unwrap_or(null_mut());
        if !thread.is_null() {
            self.len -= 1;
        }
        thread
    }

    /// Takes the thread to run next, or null.
    pub fn pop(&mut self) -> *mut Thread {
        let urgent = self.urgent.pop();
        if !urgent.is_null() {
            self.len -= 1;
            return urgent;
        }
        let prefer_tired = self.fresh_picks >= FRESH_IN_A_ROW;
        let mut thread = if prefer_tired { null_mut() } else { self.fresh.pop() };
        if thread.is_null() {
            self.fresh_picks = 0;
            thread = self.tired.pop();
        } else {
            self.fresh_picks += 1;
        }
        if thread.is_null() {
            thread = self.fresh.pop();
        }
        if !thread.is_null() {
            self.len -= 1;
        }
        thread
    }
}

#[cfg(test)]
mod tests {
    use std::prelude::v1::*;

    use abi_core::backend::Priority;

    use super::*;

    fn thread(id: u64, is_fresh: bool) -> *mut Thread {
        let mut thread = Thread::new(id, 0, 0, null_mut());
        thread.is_fresh = is_fresh;
        Box::into_raw(Box::new(thread))
    }

    fn pop_id(queue: &mut RunQueue) -> Option<u64> {
        // SAFETY: test threads are never freed.
        unsafe { queue.pop().as_ref() }.map(|t| t.id)
    }

    #[test]
    fn woken_threads_go_first() {
        let mut queue = RunQueue::new();
        queue.push(thread(1, false));
        queue.push(thread(2, true));
        assert_eq!(queue.len(), 2);
        assert_eq!(pop_id(&mut queue), Some(2));
        assert_eq!(pop_id(&mut queue), Some(1));
        assert_eq!(pop_id(&mut queue), None);
        assert!(queue.is_empty());
    }

    #[test]
    fn a_busy_thread_is_not_starved_by_woken_ones() {
        let mut queue = RunQueue::new();
        queue.push(thread(100, false));
        for id in 0..20 {
            queue.push(thread(id, true));
        }
        let position = (0..21).position(|_| pop_id(&mut queue) == Some(100));
        assert_eq!(position, Some(FRESH_IN_A_ROW as usize));
    }

    #[test]
    fn threads_are_taken_from_anywhere_in_a_line() {
        let mut queue = RunQueue::new();
        for id in 0..4 {
            queue.push(thread(id, id != 3));
        }
        for wanted in [1, 2, 3] {
            // SAFETY: test threads are never freed.
            let taken = unsafe { queue.take(|thread| thread.id == wanted).as_ref() }.map(|t| t.id);
            assert_eq!(taken, Some(wanted));
        }
        assert!(queue.take(|thread| thread.id == 7).is_null());
        queue.push(thread(5, true));
        assert_eq!([pop_id(&mut queue), pop_id(&mut queue), pop_id(&mut queue)], [Some(0), Some(5), None]);
        assert!(queue.is_empty());
    }

    #[test]
    fn higher_levels_go_first_and_keep_their_order() {
        let ranked = |id, level, takes_turns| {
            let thread = thread(id, true);
            // SAFETY: test threads are never freed.
            unsafe { &*thread }.set_priority(Priority { level, takes_turns, ..Priority::USUAL });
            thread
        };
        let mut queue = RunQueue::new();
        queue.push(thread(1, true));
        for (id, level) in [(2, 5), (3, 9), (4, 5)] {
            queue.push(ranked(id, level, true));
        }
        (queue.running, queue.slice_end) = ((7, true), 100);
        assert_eq!(queue.due(), 0);
        queue.running = (9, true);
        assert_eq!(queue.due(), 100);
        queue.running = (9, false);
        assert_eq!(queue.due(), u64::MAX);
        queue.push_preempted(ranked(5, 5, true));
        queue.push_preempted(ranked(6, 9, true));
        queue.push_preempted(ranked(7, 9, false));
        let order: Vec<_> = core::iter::from_fn(|| pop_id(&mut queue)).collect();
        assert_eq!(order, [7, 3, 6, 5, 2, 4, 1]);
        assert_eq!(queue.due(), u64::MAX);
    }

    #[test]
    fn each_line_keeps_its_order() {
        let mut queue = RunQueue::new();
        for id in 0..3 {
            queue.push(thread(id, false));
        }
        assert_eq!([pop_id(&mut queue), pop_id(&mut queue), pop_id(&mut queue)], [Some(0), Some(1), Some(2)]);
    }
}
