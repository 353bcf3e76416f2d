//! Making a thread stand still, so that another one can walk its stack.
//!
//! A thread that runs is interrupted and sleeps where it was, until it is let go or a moment has passed: it may hold
//! what the other one needs. A thread that waits is looked at as it is; whether it stayed so is known afterwards.

use core::sync::atomic::{AtomicU32, Ordering};

use abi_core::backend::Monotonic;
use abi_core::sync::Mutex;
use abi_core::upcall::TrapFrame;

use super::spawn::find;
use super::wait::{lock_home, wait, wake};
use super::{State, Thread, Wait, yield_now};
use crate::arch::percpu::{self, current_thread};
use crate::arch::trap::HOLD_VECTOR;
use crate::arch::{lapic, switch};
use crate::time;

/// How long a thread stands still at most.
const HELD_NANOS: u64 = 500_000_000;
/// How long the other one waits for it to do so.
const PATIENCE_NANOS: u64 = 200_000_000;

/// One thread is held at a time.
static TURN: Mutex<()> = Mutex::new(());
/// Counts threads let go; held ones sleep on it.
static RELEASES: AtomicU32 = AtomicU32::new(0);

/// Serves the interrupt that stops a thread; returns whether it is the one that is wanted.
pub fn hold_interrupt() -> bool {
    // SAFETY: the current thread is alive.
    let thread = unsafe { &*current_thread() };
    thread.is_held.load(Ordering::Acquire) || thread.is_interrupt_pending.load(Ordering::Acquire)
}

/// Sleeps while the current thread is held. Called where it can be preempted anyway.
pub(super) fn stand_still(thread: &Thread) {
    let limit = time::monotonic() + HELD_NANOS;
    while thread.is_held.load(Ordering::Acquire) && time::monotonic() < limit {
        let seen = RELEASES.load(Ordering::Acquire);
        if thread.is_held.load(Ordering::Acquire) {
            // Any outcome means: look again.
            let _ = wait(&RELEASES, seen, Some(Monotonic(limit)), Wait::SleepingDeep);
        }
    }
}

/// What a thread looked like.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Moment {
    interrupted: *mut TrapFrame,
    /// Processor time used when it last left the processor; not compared for one that was interrupted.
    ran_ticks: u64,
}

/// Returns the registers of a thread that does not run now.
fn registers(id: u64) -> Option<(Moment, TrapFrame)> {
    let mut found = None;
    find(id, |pointer| {
        // SAFETY: the table's lock is held, so the thread has not ended.
        let thread = unsafe { &*pointer };
        let home = lock_home(thread);
        let state = thread.state.load(Ordering::Relaxed);
        if state == State::Parked as u8 || state == State::Ready as u8 {
            let interrupted = thread.interrupted.load(Ordering::Relaxed);
            let frame = if interrupted.is_null() {
                // SAFETY: the thread has left its stack, and its queue's lock keeps it off it.
                unsafe { switch::saved_registers(thread.saved_rsp) }
            } else {
                // SAFETY: as above; the frame lies on that stack.
                unsafe { *interrupted }
            };
            let ran_ticks = if interrupted.is_null() { thread.ran_ticks.load(Ordering::Relaxed) } else { 0 };
            found = Some((Moment { interrupted, ran_ticks }, frame));
        }
        home.queue.release();
    });
    found
}

/// Calls `look` with the registers of a thread while it stands still; returns whether it did all the while.
pub fn hold(id: u64, look: &mut dyn FnMut(&TrapFrame)) -> bool {
    let _turn = TURN.lock();
    let mut processor = None;
    find(id, |pointer| {
        // SAFETY: the table's lock is held, so the thread has not ended.
        let thread = unsafe { &*pointer };
        thread.is_held.store(true, Ordering::SeqCst);
        processor = Some(thread.cpu.load(Ordering::Relaxed));
    });
    let Some(processor) = processor else { return false };
    if let Some(block) = percpu::block(processor as usize) {
        lapic::send(block.apic_id.load(Ordering::Relaxed), HOLD_VECTOR);
    }
    let limit = time::monotonic() + PATIENCE_NANOS;
    let mut seen = registers(id);
    while seen.is_none() && time::monotonic() < limit {
        yield_now();
        seen = registers(id);
    }
    let stood = seen.is_some_and(|(before, frame)| {
        look(&frame);
        registers(id).is_some_and(|(after, _)| after == before)
    });
    find(id, |pointer| {
        // SAFETY: as above.
        unsafe { &*pointer }.is_held.store(false, Ordering::SeqCst);
    });
    RELEASES.fetch_add(1, Ordering::SeqCst);
    wake((&raw const RELEASES) as usize, usize::MAX);
    stood
}
