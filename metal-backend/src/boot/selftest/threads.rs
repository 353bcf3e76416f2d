//! Threads.

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use abi_core::backend::{Monotonic, ThreadEntry, ThreadSpec, WaitOutcome};

use super::{Outcome, check};
use crate::arch::percpu;
use crate::sched::{self, Wait};
use crate::time;

fn spawn(entry: ThreadEntry, argument: usize) -> Result<u64, &'static str> {
    let spec = ThreadSpec::new(entry, argument, core::ptr::null_mut());
    sched::spawn(&spec).map_err(|_| "no thread")
}

/// Waits until the word is 0.
fn wait_for_zero(word: &AtomicU32) {
    loop {
        let value = word.load(Ordering::SeqCst);
        if value == 0 {
            return;
        }
        let _ = sched::wait(word, value, None, Wait::SleepingDeep);
    }
}

fn count_down(word: &AtomicU32) {
    word.fetch_sub(1, Ordering::SeqCst);
    sched::wake(core::ptr::from_ref(word) as usize, usize::MAX);
}

pub(super) fn a_deadline_ends_a_wait() -> Outcome {
    let word = AtomicU32::new(0);
    let mut is_in_time = false;
    // The host may have no time for this machine, but not at each of them.
    for _ in 0..100 {
        let start = time::monotonic();
        let outcome = sched::wait(&word, 0, Some(Monotonic(start + 10_000_000)), Wait::Sleeping);
        let took = time::monotonic() - start;
        check(outcome == WaitOutcome::TimedOut, "it ended otherwise")?;
        check(took >= 10_000_000, "it came early")?;
        is_in_time = took < 200_000_000;
        if is_in_time {
            break;
        }
    }
    check(is_in_time, "it came very late")?;
    check(sched::wait(&word, 1, None, Wait::Sleeping) == WaitOutcome::ValueChanged, "a changed word slept")
}

pub(super) fn an_interrupt_is_sticky() -> Outcome {
    static WORD: AtomicU32 = AtomicU32::new(0);
    // SAFETY: the current thread is alive.
    let id = unsafe { (*percpu::current_thread()).id };
    sched::interrupt(id);
    let soon = || Some(Monotonic(time::monotonic() + 5_000_000));
    check(
        sched::wait(&WORD, 0, soon(), Wait::SleepingDeep) == WaitOutcome::TimedOut,
        "it ended a wait that is not interruptible",
    )?;
    check(sched::wait(&WORD, 0, soon(), Wait::Sleeping) == WaitOutcome::Interrupted, "it was lost")?;
    check(sched::wait(&WORD, 0, soon(), Wait::Sleeping) == WaitOutcome::TimedOut, "it came twice")
}

static BALL: AtomicU32 = AtomicU32::new(0);
static PLAYERS: AtomicU32 = AtomicU32::new(0);
const HITS: u32 = 20_000;

extern "C" fn player(side: usize, _: usize) -> ! {
    loop {
        let ball = BALL.load(Ordering::SeqCst);
        if ball >= HITS {
            break;
        }
        if ball % 2 == side as u32 {
            BALL.fetch_add(1, Ordering::SeqCst);
            sched::wake((&raw const BALL) as usize, 1);
        } else {
            let _ = sched::wait(&BALL, ball, None, Wait::Sleeping);
        }
    }
    count_down(&PLAYERS);
    sched::exit(None)
}

pub(super) fn a_wake_is_never_lost() -> Outcome {
    PLAYERS.store(2, Ordering::SeqCst);
    spawn(player, 0)?;
    spawn(player, 1)?;
    wait_for_zero(&PLAYERS);
    check(BALL.load(Ordering::SeqCst) == HITS, "the count is off")
}

static CROWD: AtomicU32 = AtomicU32::new(0);
static GATE: AtomicU32 = AtomicU32::new(0);
static GONE: [AtomicU32; 1000] = [const { AtomicU32::new(0) }; 1000];

extern "C" fn one_of_many(number: usize, _: usize) -> ! {
    while GATE.load(Ordering::SeqCst) == 0 {
        let _ = sched::wait(&GATE, 0, None, Wait::Sleeping);
    }
    count_down(&CROWD);
    sched::exit(Some(&GONE[number]))
}

/// Starts a thousand threads, lets them go and waits until they are gone.
fn crowd_comes_and_goes() -> Outcome {
    GATE.store(0, Ordering::SeqCst);
    for word in &GONE {
        word.store(1, Ordering::SeqCst);
    }
    CROWD.store(1000, Ordering::SeqCst);
    for number in 0..1000 {
        spawn(one_of_many, number)?;
    }
    GATE.store(1, Ordering::SeqCst);
    sched::wake((&raw const GATE) as usize, usize::MAX);
    wait_for_zero(&CROWD);
    GONE.iter().for_each(wait_for_zero);
    Ok(())
}

pub(super) fn a_thousand_threads_start_and_end() -> Outcome {
    crowd_comes_and_goes()?;
    let (before, _) = crate::paging::frames::counts();
    crowd_comes_and_goes()?;
    check(crate::paging::frames::counts().0 == before, "stacks were not used again")
}

/// What has not moved for so long stands still.
const STILL_NANOS: u64 = 20_000_000_000;

static PROGRESS: [AtomicU64; 16] = [const { AtomicU64::new(0) }; 16];
static STOP: AtomicU32 = AtomicU32::new(0);
static BUSY: AtomicU32 = AtomicU32::new(0);

extern "C" fn busy(number: usize, _: usize) -> ! {
    while STOP.load(Ordering::Relaxed) == 0 {
        PROGRESS[number].fetch_add(1, Ordering::Relaxed);
    }
    count_down(&BUSY);
    sched::exit(None)
}

/// Waits until what is counted is enough; returns false if it stands still. How fast it goes is the host's business.
fn wait_for_progress(count: impl Fn() -> u64, is_enough: impl Fn(u64) -> bool) -> bool {
    let word = AtomicU32::new(0);
    let (mut seen, mut since) = (count(), time::monotonic());
    while !is_enough(seen) {
        let now = time::monotonic();
        let _ = sched::wait(&word, 0, Some(Monotonic(now + 20_000_000)), Wait::Sleeping);
        let count = count();
        if count != seen {
            (seen, since) = (count, now);
        } else if now - since > STILL_NANOS {
            return false;
        }
    }
    true
}

fn preemptions() -> u64 {
    percpu::all().map(|cpu| cpu.preemptions.load(Ordering::Relaxed)).sum()
}

pub(super) fn a_busy_thread_is_preempted() -> Outcome {
    let threads = 2 * percpu::count();
    let before = preemptions();
    STOP.store(0, Ordering::SeqCst);
    BUSY.store(threads as u32, Ordering::SeqCst);
    for (number, progress) in PROGRESS.iter().enumerate().take(threads) {
        progress.store(0, Ordering::Relaxed);
        spawn(busy, number)?;
    }
    let is_enough = wait_for_progress(preemptions, |count| count - before >= 1000);
    STOP.store(1, Ordering::SeqCst);
    wait_for_zero(&BUSY);
    check(is_enough, "there is no preemption any more")?;
    check((0..threads).all(|n| PROGRESS[n].load(Ordering::Relaxed) > 0), "a thread never ran")
}

static SEEN_ON: AtomicU32 = AtomicU32::new(0);

extern "C" fn busy_noting_processor(_: usize, _: usize) -> ! {
    while STOP.load(Ordering::Relaxed) == 0 {
        SEEN_ON.fetch_or(1 << percpu::this_cpu().index, Ordering::Relaxed);
        core::hint::spin_loop();
    }
    count_down(&BUSY);
    sched::exit(None)
}

pub(super) fn all_processors_work() -> Outcome {
    let count = percpu::count();
    STOP.store(0, Ordering::SeqCst);
    BUSY.store(count as u32, Ordering::SeqCst);
    for _ in 0..count {
        spawn(busy_noting_processor, 0)?;
    }
    let seen_on = || u64::from(SEEN_ON.load(Ordering::SeqCst));
    let is_all = wait_for_progress(seen_on, |seen| seen == (1 << count) - 1);
    STOP.store(1, Ordering::SeqCst);
    wait_for_zero(&BUSY);
    check(is_all, "some processor had nothing to do")
}

static DEPTH_LEFT: AtomicU64 = AtomicU64::new(0);

/// Uses the kernel stack down to where a thread cannot be preempted, stays there for some slices, and returns.
fn go_deep(padding: u64) -> u64 {
    let room = core::hint::black_box([padding; 16]);
    let here = (&raw const room) as usize;
    // SAFETY: the current thread is alive.
    let bottom = unsafe { (*percpu::current_thread()).stack_bottom };
    if here - bottom > 4096 {
        return go_deep(padding + 1) + room[padding as usize % 16];
    }
    let end = time::monotonic() + 20_000_000;
    while time::monotonic() < end {
        core::hint::spin_loop();
    }
    DEPTH_LEFT.store((here - bottom) as u64, Ordering::SeqCst);
    padding
}

extern "C" fn deep_then_busy(_: usize, _: usize) -> ! {
    core::hint::black_box(go_deep(0));
    while STOP.load(Ordering::Relaxed) == 0 {
        core::hint::spin_loop();
    }
    count_down(&BUSY);
    sched::exit(None)
}

pub(super) fn a_thread_without_room_is_preempted_later() -> Outcome {
    let count = percpu::count();
    STOP.store(0, Ordering::SeqCst);
    DEPTH_LEFT.store(0, Ordering::SeqCst);
    BUSY.store(count as u32, Ordering::SeqCst);
    for _ in 0..count {
        spawn(deep_then_busy, 0)?;
    }
    // Returns only if the threads let this one run again.
    let is_deep = wait_for_progress(|| DEPTH_LEFT.load(Ordering::SeqCst), |left| left != 0);
    let word = AtomicU32::new(0);
    let _ = sched::wait(&word, 0, Some(Monotonic(time::monotonic() + 5_000_000)), Wait::Sleeping);
    STOP.store(1, Ordering::SeqCst);
    wait_for_zero(&BUSY);
    check(is_deep, "no thread got there")
}

/// Uses up the kernel stack.
#[expect(unconditional_recursion, reason = "that is the test")]
pub(super) fn overflow(depth: u64) -> u64 {
    let room = core::hint::black_box([depth; 64]);
    overflow(depth + 1) + room[depth as usize % 64]
}
