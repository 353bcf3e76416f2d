//! Sleeping and waking on a word: queues hashed by the word's address.

#![expect(clippy::multiple_unsafe_ops_per_block, reason = "a change of a list's links is one step")]

use core::sync::atomic::{AtomicU32, Ordering};

use abi_core::backend::{Monotonic, WaitOutcome};

use super::run::{Leave, arm, leave, ready_and_release};
use super::{State, Thread, Wait};
use crate::arch::percpu::{self, PerCpu, current_thread, this_cpu};
use crate::arch::trap::HOLD_VECTOR;
use crate::arch::{cpu, lapic, spin::SpinLock};
use crate::time;

const BUCKETS: usize = 256;

/// The threads that wait on words of one hash, oldest first.
struct Bucket {
    head: *mut Thread,
    tail: *mut Thread,
}

// SAFETY: used under its lock.
unsafe impl Send for Bucket {}

static TABLE: [SpinLock<Bucket>; BUCKETS] =
    [const { SpinLock::new(Bucket { head: core::ptr::null_mut(), tail: core::ptr::null_mut() }) }; BUCKETS];

fn bucket(address: usize) -> &'static SpinLock<Bucket> {
    &TABLE[((address >> 2) ^ (address >> 10) ^ (address >> 18)) % BUCKETS]
}

impl Bucket {
    fn push(&mut self, thread: *mut Thread) {
        // SAFETY: threads in the bucket are alive: they take themselves out before they leave their wait.
        unsafe {
            (*thread).bucket_next = core::ptr::null_mut();
            (*thread).bucket_previous = self.tail;
            if self.tail.is_null() { self.head = thread } else { (*self.tail).bucket_next = thread }
        }
        self.tail = thread;
    }

    fn remove(&mut self, thread: *mut Thread) {
        // SAFETY: as above.
        unsafe {
            let (previous, next) = ((*thread).bucket_previous, (*thread).bucket_next);
            if previous.is_null() {
                self.head = next;
            } else {
                (*previous).bucket_next = next;
            }
            if next.is_null() { self.tail = previous } else { (*next).bucket_previous = previous }
        }
    }
}

/// Takes the lock of the queue a waiting thread belongs to.
pub(super) fn lock_home(thread: &Thread) -> &'static PerCpu {
    loop {
        let index = thread.cpu.load(Ordering::Relaxed);
        let home = percpu::block(index as usize).expect("threads run on processors that are online");
        home.queue.acquire();
        if thread.cpu.load(Ordering::Relaxed) == index {
            return home;
        }
        home.queue.release();
    }
}

/// Sleeps while `word` holds `expected`, as [`abi_core::backend::Parking::wait`] says.
pub fn wait(word: &AtomicU32, expected: u32, deadline: Option<Monotonic>, depth: Wait) -> WaitOutcome {
    let deadline = deadline.map(|d| time::deadline_ticks(d.0));
    let address = core::ptr::from_ref(word) as usize;
    let were_on = cpu::irq_save();
    let outcome = wait_masked(word, address, expected, deadline, depth);
    cpu::irq_restore(were_on);
    outcome
}

fn wait_masked(
    word: &AtomicU32,
    address: usize,
    expected: u32,
    deadline: Option<u64>,
    depth: Wait,
) -> WaitOutcome {
    let queue = bucket(address);
    let pointer = current_thread();
    // SAFETY: the current thread is alive.
    let thread = unsafe { &*pointer };
    {
        let mut bucket = queue.lock();
        if word.load(Ordering::SeqCst) != expected {
            return WaitOutcome::ValueChanged;
        }
        if deadline.is_some_and(|d| d <= time::ticks()) {
            return WaitOutcome::TimedOut;
        }
        thread.word.store(address, Ordering::Relaxed);
        thread.wait.store(depth as u8, Ordering::SeqCst);
        bucket.push(pointer);
    }
    // An interrupt sets its mark before it looks at `wait`: one of the two sees the other.
    if depth == Wait::Sleeping && thread.is_interrupt_pending.swap(false, Ordering::SeqCst) {
        let home = lock_home(thread);
        if thread.wait.load(Ordering::Relaxed) == Wait::Sleeping as u8 {
            thread.wait.store(Wait::Interrupted as u8, Ordering::Relaxed);
        } else {
            thread.is_interrupt_pending.store(true, Ordering::SeqCst);
        }
        home.queue.release();
    }
    let here = this_cpu();
    if let Some(at) = deadline {
        here.queue.acquire();
        // SAFETY: the lock was taken just now.
        let queue = unsafe { here.queue.get() };
        // SAFETY: the thread is in no heap, and takes itself out below.
        unsafe { queue.timers.insert(pointer, at) };
        arm(here, time::ticks());
        here.queue.release();
    }
    leave(Leave::Park);
    if deadline.is_some() {
        here.queue.acquire();
        if thread.timer.is_armed {
            // SAFETY: the lock was taken just now.
            let queue = unsafe { here.queue.get() };
            // SAFETY: it was put into this heap above.
            unsafe { queue.timers.remove(pointer) };
        }
        here.queue.release();
    }
    let ended = thread.wait.load(Ordering::Acquire);
    if ended == Wait::Woken as u8 {
        return WaitOutcome::Woken;
    }
    let mut bucket = queue.lock();
    // A wake may have come since; then it has taken the thread out.
    if thread.wait.load(Ordering::Relaxed) != Wait::Woken as u8 {
        bucket.remove(pointer);
        thread.wait.store(Wait::Woken as u8, Ordering::Relaxed);
    }
    match ended {
        _ if ended == Wait::TimedOut as u8 => WaitOutcome::TimedOut,
        _ if ended == Wait::Interrupted as u8 => WaitOutcome::Interrupted,
        _ => WaitOutcome::Woken,
    }
}

/// Wakes up to `count` threads that sleep on the word at `address`; returns how many.
pub fn wake(address: usize, count: usize) -> usize {
    let queue = bucket(address);
    let mut bucket = queue.lock();
    let mut woken = 0;
    let mut at = bucket.head;
    while !at.is_null() && woken < count {
        // SAFETY: threads in the bucket are alive while its lock is held.
        let thread = unsafe { &*at };
        let next = thread.bucket_next;
        if thread.word.load(Ordering::Relaxed) == address {
            let home = lock_home(thread);
            if thread.wait.load(Ordering::Relaxed) <= Wait::SleepingDeep as u8 {
                bucket.remove(at);
                thread.wait.store(Wait::Woken as u8, Ordering::Release);
                woken += 1;
                ready_and_release(home, at);
            } else {
                home.queue.release();
            }
        }
        at = next;
    }
    woken
}

/// Makes a thread's current or next interruptible wait end.
pub fn interrupt(id: u64) {
    super::spawn::find(id, |pointer| {
        // SAFETY: the table's lock is held, so the thread has not ended.
        let thread = unsafe { &*pointer };
        thread.is_interrupt_pending.store(true, Ordering::SeqCst);
        let home = lock_home(thread);
        if thread.wait.load(Ordering::SeqCst) == Wait::Sleeping as u8 {
            thread.wait.store(Wait::Interrupted as u8, Ordering::Relaxed);
            thread.is_interrupt_pending.store(false, Ordering::SeqCst);
            ready_and_release(home, pointer);
        } else {
            let runs = thread.state.load(Ordering::Relaxed) == State::Running as u8;
            home.queue.release();
            if runs && pointer != current_thread() {
                // It may be in the program, where it would not see the flag.
                lapic::send(home.apic_id.load(Ordering::Relaxed), HOLD_VECTOR);
            }
        }
    });
}
