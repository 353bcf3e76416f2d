//! Where and how a thread may run.

use core::sync::atomic::Ordering;

use abi_core::backend::Priority;

use super::State;
use super::run::{Leave, arm, is_misplaced, leave, place};
use super::thread::ARE_LEVELS_USED;
use super::wait::lock_home;
use crate::arch::percpu::{current_thread, this_cpu};
use crate::arch::trap::RESCHEDULE_VECTOR;
use crate::arch::{cpu, lapic};
use crate::time;

/// Lets a thread run on the processors of `allowed` only, of which one is there.
pub fn set_affinity(id: u64, allowed: u32) {
    let were_on = cpu::irq_save();
    let mut is_current = false;
    super::spawn::find(id, |pointer| {
        // SAFETY: the table's lock is held, so the thread has not ended.
        let thread = unsafe { &*pointer };
        thread.allowed.store(allowed, Ordering::SeqCst);
        is_current = pointer == current_thread();
        let home = lock_home(thread);
        let is_ready = thread.state.load(Ordering::Relaxed) == State::Ready as u8;
        // SAFETY: the lock was taken just now.
        let queue = unsafe { home.queue.get() };
        // In no queue it is on its way to one, chosen after what was stored.
        let taken = if is_ready && !thread.may_run_on(home.index) {
            queue.take(|other| core::ptr::eq(other, thread))
        } else {
            core::ptr::null_mut()
        };
        home.queue.release();
        if !taken.is_null() {
            place(taken, home);
        } else if !is_current && !thread.may_run_on(home.index) {
            lapic::send(home.apic_id.load(Ordering::Relaxed), RESCHEDULE_VECTOR);
        }
    });
    if is_current && is_misplaced(this_cpu()) {
        leave(Leave::Yield);
    }
    cpu::irq_restore(were_on);
}

/// Has a thread run as a priority says.
pub fn set_priority(id: u64, priority: Priority) {
    let were_on = cpu::irq_save();
    super::spawn::find(id, |pointer| {
        // SAFETY: the table's lock is held, so the thread has not ended.
        let thread = unsafe { &*pointer };
        let home = lock_home(thread);
        // SAFETY: the lock was taken just now.
        let queue = unsafe { home.queue.get() };
        let taken = queue.take(|other| core::ptr::eq(other, thread));
        thread.set_priority(priority);
        if !taken.is_null() {
            queue.push(taken);
        }
        if thread.state.load(Ordering::Relaxed) == State::Running as u8 {
            queue.running = thread.rank();
        }
        let is_here = core::ptr::eq(home, this_cpu());
        if is_here {
            arm(home, time::ticks());
        }
        home.queue.release();
        if !is_here {
            lapic::send(home.apic_id.load(Ordering::Relaxed), RESCHEDULE_VECTOR);
        }
    });
    cpu::irq_restore(were_on);
    give_way();
}

/// Lets a thread of a higher level run that the calling one has just made ready, if it may leave here.
pub fn give_way() {
    if !ARE_LEVELS_USED.load(Ordering::Relaxed) {
        return;
    }
    let were_on = cpu::irq_save();
    if were_on {
        let here = this_cpu();
        here.queue.acquire();
        // SAFETY: the lock was taken just now.
        let is_due = unsafe { here.queue.get() }.due() == 0;
        here.queue.release();
        if is_due {
            leave(Leave::Outranked);
        }
    }
    cpu::irq_restore(were_on);
}
