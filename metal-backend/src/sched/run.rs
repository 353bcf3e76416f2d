//! Choosing and switching threads.

use core::sync::atomic::{AtomicBool, Ordering};

use abi_core::upcall::TrapFrame;

use super::{RunQueue, State, Thread, Wait};
use crate::arch::percpu::{self, PerCpu, current_thread, this_cpu};
use crate::arch::trap::{RESCHEDULE_VECTOR, STOP_VECTOR};
use crate::arch::{cpu, features, lapic, switch};
use crate::time;

/// How long a thread has run, at least, when a woken one takes its place.
const GRANULARITY_NANOS: u64 = 500_000;

static IS_STOPPED: AtomicBool = AtomicBool::new(false);

/// Why the current thread gives up the processor.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Leave {
    /// Its slice ran out.
    Preempted,
    /// It lets others go first.
    Yield,
    /// It has made a thread of a higher level ready.
    Outranked,
    /// It waits; its `wait` says whether it still does.
    Park,
    /// It has ended.
    Exit,
}

/// Takes the current thread off the processor and runs another; returns when it runs again. Interrupts are disabled.
pub(super) fn leave(why: Leave) {
    // SAFETY: the current thread is alive.
    let thread = unsafe { &*current_thread() };
    let is_by_itself = why != Leave::Preempted && why != Leave::Exit;
    let step = match why {
        Leave::Park => park_step,
        Leave::Outranked => outranked_step,
        _ => yield_step,
    };
    if is_by_itself && thread.vectors_live.load(Ordering::Relaxed) != 0 {
        // SAFETY: the function keeps to the C calling convention.
        unsafe { crate::arch::trap::osvrun_with_vectors(step) };
    } else if is_by_itself && super::spawn::keeps_vectors(thread) {
        // SAFETY: as above, and interrupts are disabled.
        unsafe { crate::arch::vectors::with_rest(step) };
    } else {
        schedule(why);
    }
}

extern "C" fn park_step() {
    schedule(Leave::Park);
}

extern "C" fn yield_step() {
    schedule(Leave::Yield);
}

extern "C" fn outranked_step() {
    schedule(Leave::Outranked);
}

fn schedule(why: Leave) {
    let here = this_cpu();
    here.queue.acquire();
    // SAFETY: the lock was taken just now, and is given back by `after_switch` or below.
    let queue = unsafe { here.queue.get() };
    let previous = current_thread();
    // SAFETY: the current thread is alive; what is written is guarded by the queue's lock.
    let thread = unsafe { &mut *previous };
    let is_idle = previous == here.idle.load(Ordering::Relaxed);
    match why {
        Leave::Park => {
            let still_waits = thread.wait.load(Ordering::Relaxed) <= Wait::SleepingDeep as u8;
            if !still_waits || IS_STOPPED.load(Ordering::Relaxed) {
                here.queue.release();
                return;
            }
            thread.state.store(State::Parked as u8, Ordering::Relaxed);
        }
        Leave::Preempted | Leave::Yield | Leave::Outranked if IS_STOPPED.load(Ordering::Relaxed) => {
            here.queue.release();
            return;
        }
        Leave::Preempted | Leave::Yield | Leave::Outranked => {
            thread.state.store(State::Ready as u8, Ordering::Relaxed);
            thread.is_fresh = false;
            if !is_idle && !thread.may_run_on(here.index) {
                queue.moving = previous;
            } else if !is_idle && why != Leave::Yield {
                queue.push_preempted(previous);
            } else if !is_idle {
                queue.push(previous);
            }
        }
        Leave::Exit => {
            thread.state.store(State::Dead as u8, Ordering::Relaxed);
            queue.dead = previous;
        }
    }
    let mut next = queue.pop();
    // SAFETY: threads in the queue are alive.
    while queue.moving.is_null() && unsafe { next.as_ref() }.is_some_and(|t| !t.may_run_on(here.index)) {
        queue.moving = next;
        next = queue.pop();
    }
    if next.is_null() {
        next = here.idle.load(Ordering::Relaxed);
    }
    let now = time::ticks();
    if next != previous {
        here.moments.note(now);
        let used = now.saturating_sub(thread.started_at.load(Ordering::Relaxed));
        thread.ran_ticks.fetch_add(used, Ordering::Relaxed);
        thread.started_at.store(0, Ordering::Relaxed);
        if !is_idle {
            for switches in [&thread.switches, &here.switches] {
                let waited = matches!(why, Leave::Park | Leave::Exit);
                let count = if waited { &switches.waits } else { &switches.preemptions };
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
        thread.fs_base.store(features::fs_base(), Ordering::Relaxed);
    }
    // SAFETY: threads in the queue and the idle thread are alive.
    let target = unsafe { &*next };
    queue.slice_end = now + slice_ticks(target);
    queue.running = target.rank();
    target.state.store(State::Running as u8, Ordering::Relaxed);
    target.cpu.store(here.index, Ordering::Relaxed);
    arm(here, now);
    if !target.may_run_on(here.index) {
        // Another that may not is on its way already; this one follows soon.
        arm_at(here, now, now + time::ticks_of(GRANULARITY_NANOS));
    }
    if next == previous {
        let moving = core::mem::replace(&mut queue.moving, core::ptr::null_mut());
        here.queue.release();
        if !moving.is_null() {
            place(moving, here);
        }
        return;
    }
    target.started_at.store(now.max(1), Ordering::Relaxed);
    here.thread.store(next, Ordering::Relaxed);
    here.slot.store(target.slot, Ordering::Relaxed);
    here.stack_top.store(target.stack_top, Ordering::Relaxed);
    here.stack_bottom.store(target.stack_bottom, Ordering::Relaxed);
    features::set_fs_base(target.fs_base.load(Ordering::Relaxed));
    // SAFETY: `next` has left its stack or never run; the lock is held until `after_switch`.
    unsafe { switch::switch(&raw mut thread.saved_rsp, target.saved_rsp) };
    after_switch();
}

/// Ends a switch on the thread that now runs: gives back the lock, and the stack of a thread that ended.
pub(super) fn after_switch() {
    let here = this_cpu();
    // SAFETY: `schedule` left the lock held on this processor.
    let queue = unsafe { here.queue.get() };
    let dead = core::mem::replace(&mut queue.dead, core::ptr::null_mut());
    let moving = core::mem::replace(&mut queue.moving, core::ptr::null_mut());
    here.queue.release();
    if !moving.is_null() {
        place(moving, here);
    }
    if !dead.is_null() {
        super::spawn::bury(dead);
    }
}

/// Sets the processor's timer for the next thing that may need it. The queue's lock is held.
pub(super) fn arm(here: &PerCpu, now: u64) {
    // SAFETY: the caller holds the lock.
    let queue = unsafe { here.queue.get() };
    arm_at(here, now, queue.timers.first().unwrap_or(u64::MAX).min(queue.due()));
}

fn slice_ticks(thread: &Thread) -> u64 {
    time::ticks_of(u64::from(thread.slice_ns.load(Ordering::Relaxed)))
}

/// Sets the processor's timer for a time in ticks, unless it comes earlier.
fn arm_at(here: &PerCpu, now: u64, at: u64) {
    if at >= here.timer_armed.load(Ordering::Relaxed) {
        return;
    }
    here.timer_armed.store(at, Ordering::Relaxed);
    let nanos = time::nanos_of(at.saturating_sub(now)).clamp(1_000, u64::from(u32::MAX));
    lapic::set_timer(nanos as u32);
}

/// Makes a thread ready whose wait has just ended. Interrupts are disabled and the lock of its queue is held, that of
/// `home`; it is given back.
pub(super) fn ready_and_release(home: &'static PerCpu, thread: *mut Thread) {
    // SAFETY: the caller's thread is alive until it runs, which needs a queue's lock.
    let t = unsafe { &mut *thread };
    if t.state.load(Ordering::Relaxed) != State::Parked as u8 {
        home.queue.release();
        return;
    }
    t.state.store(State::Ready as u8, Ordering::Relaxed);
    t.is_fresh = true;
    if percpu::count() == 1 || home.is_idle.load(Ordering::Relaxed) && t.may_run_on(home.index) {
        enqueue_and_release(home, thread);
        return;
    }
    home.queue.release();
    place(thread, home);
}

/// Puts a ready thread that is in no queue on an idle processor, or else on `home`, or else on one it may run on.
pub(super) fn place(thread: *mut Thread, home: &'static PerCpu) {
    // SAFETY: the thread is in no queue, so it cannot go away.
    let allowed = |c: &&PerCpu| unsafe { &*thread }.may_run_on(c.index);
    // SAFETY: as above.
    let level = unsafe { &*thread }.level.load(Ordering::Relaxed);
    let target = percpu::all()
        .find(|c| allowed(c) && c.is_idle.swap(false, Ordering::SeqCst))
        .or_else(|| (level > 0).then(|| least_urgent(home, allowed)).flatten())
        .or_else(|| Some(home).filter(allowed))
        .or_else(|| percpu::all().find(allowed))
        .unwrap_or(home);
    target.queue.acquire();
    enqueue_and_release(target, thread);
}

/// Returns the processor whose thread is of the lowest level: `home` among equals.
#[cold]
fn least_urgent(
    home: &'static PerCpu,
    allowed: impl Fn(&&'static PerCpu) -> bool,
) -> Option<&'static PerCpu> {
    let level = |cpu: &PerCpu| {
        cpu.queue.acquire();
        // SAFETY: the lock was taken just now.
        let (level, _) = unsafe { cpu.queue.get() }.running;
        cpu.queue.release();
        level
    };
    percpu::all().filter(allowed).min_by_key(|&cpu| (level(cpu), !core::ptr::eq(cpu, home)))
}

fn enqueue_and_release(target: &'static PerCpu, thread: *mut Thread) {
    // SAFETY: the caller holds the lock.
    let queue = unsafe { target.queue.get() };
    // SAFETY: the thread is ready and in no queue, so it cannot go away.
    unsafe { (*thread).cpu.store(target.index, Ordering::Relaxed) };
    queue.push(thread);
    let here = this_cpu();
    let is_here = core::ptr::eq(here, target);
    if is_here {
        let now = time::ticks();
        shorten_slice(queue, now);
        arm(target, now);
    }
    target.queue.release();
    if !is_here {
        lapic::send(target.apic_id.load(Ordering::Relaxed), RESCHEDULE_VECTOR);
    }
}

/// Has the current thread, if it shares with others, make room for one that has just become ready.
fn shorten_slice(queue: &mut RunQueue, now: u64) {
    if queue.running.0 == 0 {
        queue.slice_end = queue.slice_end.min(now + time::ticks_of(GRANULARITY_NANOS));
    }
}

/// Serves the timer: ends waits whose time has come; returns whether another thread should run, which it does only if
/// the current one `can_leave`. The timer is set again by the switch or here, so that none is the last.
pub fn timer_interrupt(can_leave: bool) -> bool {
    let here = this_cpu();
    here.timer_armed.store(u64::MAX, Ordering::Relaxed);
    let now = time::ticks();
    here.moments.note(now);
    loop {
        here.queue.acquire();
        // SAFETY: the lock was taken just now.
        let queue = unsafe { here.queue.get() };
        let Some(thread) = queue.timers.pop_expired(now) else { break };
        // SAFETY: a thread leaves its wait only after it has taken itself out of the heap, under this lock.
        let t = unsafe { &*thread };
        if t.wait.load(Ordering::Relaxed) <= Wait::SleepingDeep as u8 {
            t.wait.store(Wait::TimedOut as u8, Ordering::Relaxed);
            ready_and_release(here, thread);
        } else {
            here.queue.release();
        }
    }
    // SAFETY: the lock was taken in the last round.
    let queue = unsafe { here.queue.get() };
    let is_idle = current_thread() == here.idle.load(Ordering::Relaxed);
    let must_move = is_misplaced(here);
    let is_over = !is_idle && now >= queue.due();
    let switch = (must_move || is_over) && can_leave;
    if !must_move
        && is_over
        && let Some(idle) = percpu::all().find(|c| c.is_idle.swap(false, Ordering::SeqCst))
    {
        // It looks for a thread to take.
        lapic::send(idle.apic_id.load(Ordering::Relaxed), RESCHEDULE_VECTOR);
    }
    if !switch {
        if must_move || is_over {
            queue.slice_end = now + time::ticks_of(GRANULARITY_NANOS);
            arm_at(here, now, queue.timers.first().unwrap_or(u64::MAX).min(queue.slice_end));
        } else {
            arm(here, now);
        }
    }
    here.queue.release();
    switch
}

/// Tells whether the current thread may not run on this processor.
pub(super) fn is_misplaced(here: &PerCpu) -> bool {
    // SAFETY: the current thread is alive.
    !unsafe { &*current_thread() }.may_run_on(here.index)
}

/// Serves a call from a processor that has put a thread into this one's queue, or wants this one's to leave; returns
/// whether another thread should run, which it does only if the current one `can_leave`.
pub fn reschedule_interrupt(can_leave: bool) -> bool {
    let here = this_cpu();
    here.queue.acquire();
    // SAFETY: the lock was taken just now.
    let queue = unsafe { here.queue.get() };
    let now = time::ticks();
    let is_idle = current_thread() == here.idle.load(Ordering::Relaxed);
    // An idle thread looks at the queue itself when this interrupt returns.
    let is_over = !is_idle && now >= queue.due();
    if !is_idle && !is_over && !queue.is_empty() {
        shorten_slice(queue, now);
        arm(here, now);
    }
    let must_leave = is_over || is_misplaced(here);
    if must_leave && !can_leave {
        arm_at(here, now, now + time::ticks_of(GRANULARITY_NANOS));
    }
    here.queue.release();
    must_leave && can_leave
}

/// Runs another thread in place of the current one, which an interrupt stopped with these registers. The first argument
/// is this function itself, as [`crate::arch::trap`] calls it.
pub extern "C" fn preempt(_: usize, frame: *mut TrapFrame) {
    this_cpu().preemptions.fetch_add(1, Ordering::Relaxed);
    // SAFETY: the current thread is alive.
    let thread = unsafe { &*current_thread() };
    let outer = thread.interrupted.swap(frame, Ordering::Relaxed);
    // Leaving sets the timer, also for a thread that is held: it may be let go before it sleeps.
    leave(Leave::Preempted);
    super::hold::stand_still(thread);
    thread.interrupted.store(outer, Ordering::Relaxed);
    if outer.is_null() {
        // SAFETY: the frame of the code this returns to lies on this stack.
        crate::arch::fault::before_application(unsafe { &mut *frame });
    }
}

/// Lets another thread run, if one waits for this processor.
pub fn yield_now() {
    let were_on = cpu::irq_save();
    let here = this_cpu();
    here.queue.acquire();
    // SAFETY: the lock was taken just now.
    let is_alone = unsafe { here.queue.get() }.is_empty();
    here.queue.release();
    if !is_alone {
        leave(Leave::Yield);
    }
    cpu::irq_restore(were_on);
}

/// Runs threads for ever: what a processor's idle thread does.
pub fn idle_loop() -> ! {
    let here = this_cpu();
    loop {
        cpu::cli();
        here.queue.acquire();
        // SAFETY: the lock was taken just now.
        let is_empty = unsafe { here.queue.get() }.is_empty();
        here.is_idle.store(is_empty, Ordering::SeqCst);
        here.queue.release();
        if !is_empty || steal(here) {
            here.is_idle.store(false, Ordering::SeqCst);
            schedule(Leave::Yield);
            continue;
        }
        cpu::sti_hlt();
        here.is_idle.store(false, Ordering::SeqCst);
    }
}

/// Takes a thread from a processor that has one waiting.
fn steal(here: &'static PerCpu) -> bool {
    for other in percpu::all().filter(|c| !core::ptr::eq(*c, here)) {
        other.queue.acquire();
        // SAFETY: the lock was taken just now.
        let thread = unsafe { other.queue.get() }.take(|thread| thread.may_run_on(here.index));
        other.queue.release();
        if !thread.is_null() {
            here.queue.acquire();
            // SAFETY: the thread is ready and in no queue.
            unsafe { (*thread).cpu.store(here.index, Ordering::Relaxed) };
            // SAFETY: the lock was taken just now.
            unsafe { here.queue.get() }.push(thread);
            here.queue.release();
            return true;
        }
    }
    false
}

/// Stops every other thread for good.
pub fn stop_others() {
    let were_on = cpu::irq_save();
    IS_STOPPED.store(true, Ordering::SeqCst);
    let here = this_cpu();
    for other in percpu::all().filter(|c| !core::ptr::eq(*c, here)) {
        lapic::send(other.apic_id.load(Ordering::Relaxed), STOP_VECTOR);
        let mut patience = 1_000_000u32;
        while other.is_online.load(Ordering::Acquire) && patience > 0 {
            core::hint::spin_loop();
            patience -= 1;
        }
    }
    cpu::irq_restore(were_on);
}
