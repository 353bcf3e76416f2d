//! Threads, parking and time of a mock: the test program's own threads, and a clock that tests move.
#![expect(unsafe_code, reason = "implements Threads, some of whose methods are unsafe")]

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use core::time::Duration;
use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex};
use std::vec::Vec;

use super::super::{
    BackendError, Clock, Cpus, Monotonic, Parking, Result, ThreadId, ThreadSpec, Threads, WaitOutcome,
};
use super::MockBackend;

/// 2020-01-01 00:00 UTC: when every mock boots.
const BOOT_SECONDS: u64 = 1_577_836_800;

static NEXT_THREAD: AtomicU64 = AtomicU64::new(1);
std::thread_local! {
    static THREAD: u64 = NEXT_THREAD.fetch_add(1, Ordering::Relaxed);
}

struct Waiter {
    thread: u64,
    word: usize,
    is_woken: bool,
}

struct State {
    waiters: Vec<Waiter>,
    interrupted: BTreeSet<u64>,
}

/// Who sleeps on what, and the time.
pub(super) struct ParkingLot {
    state: Mutex<State>,
    changed: Condvar,
    now_ns: AtomicU64,
}

impl ParkingLot {
    pub(super) const fn new() -> Self {
        Self {
            state: Mutex::new(State { waiters: Vec::new(), interrupted: BTreeSet::new() }),
            changed: Condvar::new(),
            now_ns: AtomicU64::new(0),
        }
    }

    fn sleep(
        &self,
        word: &AtomicU32,
        expected: u32,
        deadline: Option<Monotonic>,
        is_interruptible: bool,
    ) -> WaitOutcome {
        let thread = THREAD.with(|thread| *thread);
        let mut state = self.state.lock().expect("no test panicked in here");
        if word.load(Ordering::SeqCst) != expected {
            return WaitOutcome::ValueChanged;
        }
        state.waiters.push(Waiter { thread, word: word.as_ptr() as usize, is_woken: false });
        let outcome = loop {
            let mine = state.waiters.iter().find(|waiter| waiter.thread == thread);
            if mine.is_none_or(|waiter| waiter.is_woken) {
                break WaitOutcome::Woken;
            }
            if is_interruptible && state.interrupted.remove(&thread) {
                break WaitOutcome::Interrupted;
            }
            if deadline.is_some_and(|deadline| self.now_ns.load(Ordering::SeqCst) >= deadline.0) {
                break WaitOutcome::TimedOut;
            }
            state = self.changed.wait(state).expect("no test panicked in here");
        };
        state.waiters.retain(|waiter| waiter.thread != thread);
        outcome
    }
}

impl MockBackend {
    /// Moves the clock on; waits whose deadline passes end.
    pub fn advance(&self, by: Duration) {
        self.parking.now_ns.fetch_add(by.as_nanos() as u64, Ordering::SeqCst);
        drop(self.parking.state.lock());
        self.parking.changed.notify_all();
    }

    /// Returns how many threads sleep.
    pub fn sleeper_count(&self) -> usize {
        let state = self.parking.state.lock().expect("no test panicked in here");
        state.waiters.iter().filter(|waiter| !waiter.is_woken).count()
    }
}

impl Parking for MockBackend {
    fn wait(&self, word: &AtomicU32, expected: u32, deadline: Option<Monotonic>) -> WaitOutcome {
        self.parking.sleep(word, expected, deadline, true)
    }

    fn wait_uninterruptible(
        &self,
        word: &AtomicU32,
        expected: u32,
        deadline: Option<Monotonic>,
    ) -> WaitOutcome {
        self.parking.sleep(word, expected, deadline, false)
    }

    fn wake(&self, word: &AtomicU32, count: usize) -> usize {
        let word = word.as_ptr() as usize;
        let mut state = self.parking.state.lock().expect("no test panicked in here");
        let mut woken = 0;
        let sleepers = state.waiters.iter_mut().filter(|waiter| waiter.word == word && !waiter.is_woken);
        for waiter in sleepers.take(count) {
            waiter.is_woken = true;
            woken += 1;
        }
        self.parking.changed.notify_all();
        woken
    }
}

impl Threads for MockBackend {
    unsafe fn spawn(&self, _spec: &ThreadSpec) -> Result<ThreadId> {
        Err(BackendError::Unsupported)
    }

    fn exit_thread(&self, _gone: Option<&'static AtomicU32>) -> ! {
        panic!("exit_thread: a test's threads are its own")
    }

    fn current(&self) -> ThreadId {
        ThreadId(THREAD.with(|thread| *thread))
    }

    fn yield_now(&self) {
        std::thread::yield_now();
    }

    unsafe fn set_thread_pointer(&self, _base: usize) {
        panic!("set_thread_pointer: FS is the test program's")
    }

    fn interrupt(&self, thread: ThreadId) {
        self.parking.state.lock().expect("no test panicked in here").interrupted.insert(thread.0);
        self.parking.changed.notify_all();
    }

    fn stop_others(&self) {}

    fn cpus(&self) -> Cpus {
        Cpus { count: 2, current: 0 }
    }
}

impl Clock for MockBackend {
    fn monotonic(&self) -> Monotonic {
        Monotonic(self.parking.now_ns.load(Ordering::SeqCst))
    }

    fn realtime(&self) -> Duration {
        Duration::from_secs(BOOT_SECONDS) + Duration::from_nanos(self.monotonic().0)
    }

    fn cpu_time(&self, _thread: ThreadId) -> Duration {
        Duration::from_nanos(self.monotonic().0)
    }

    fn total_cpu_time(&self) -> Duration {
        Duration::from_nanos(self.monotonic().0)
    }
}
