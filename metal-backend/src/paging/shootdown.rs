//! Making every processor forget translations that changed.
//!
//! One request at a time, numbered; the one who asks waits until every other processor has done it. It must not hold
//! a spin lock, since a processor that waits for one with interrupts disabled could not answer.

use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::PAGE_BYTES;
use crate::arch::percpu::{self, this_cpu};
use crate::arch::spin::SpinLock;
use crate::arch::trap::SHOOTDOWN_VECTOR;
use crate::arch::{cpu, lapic};

/// More pages than this are forgotten by dropping all translations.
const MAX_SINGLE_PAGES: usize = 8;

static REQUEST: AtomicU64 = AtomicU64::new(0);
static START: AtomicUsize = AtomicUsize::new(0);
static PAGES: AtomicUsize = AtomicUsize::new(0);
static TURN: SpinLock<()> = SpinLock::new(());

fn forget(start: usize, pages: usize) {
    if pages > MAX_SINGLE_PAGES {
        // SAFETY: the root that is loaded already.
        unsafe { cpu::set_cr3(cpu::cr3()) };
    } else {
        (0..pages).for_each(|page| cpu::invlpg(start + page * PAGE_BYTES));
    }
}

/// Does what another processor asked for.
pub fn serve() {
    let here = this_cpu();
    let request = REQUEST.load(Ordering::Acquire);
    if here.shootdown_done.load(Ordering::Relaxed) < request {
        forget(START.load(Ordering::Relaxed), PAGES.load(Ordering::Relaxed));
        here.shootdown_done.store(request, Ordering::Release);
    }
}

/// Makes all processors forget the translations of a range. Called with interrupts enabled, or with one processor.
pub fn flush(start: usize, len_bytes: usize) {
    let pages = len_bytes.div_ceil(PAGE_BYTES);
    if pages > 0 {
        ask_all(start, pages);
    }
}

/// Interrupts all processors, which the end of an interrupt serialises. Called as [`flush`].
pub fn serialise() {
    core::sync::atomic::fence(Ordering::SeqCst);
    ask_all(0, 0);
}

/// Has all processors, this one too, forget the translations of `pages` pages; they have when it returns.
fn ask_all(start: usize, pages: usize) {
    if percpu::count() <= 1 {
        forget(start, pages);
        return;
    }
    let were_on = cpu::irq_save();
    // Waiting for the turn must answer others, or two that ask at once would wait for each other.
    while !TURN.try_acquire() {
        serve();
        core::hint::spin_loop();
    }
    let here = this_cpu();
    START.store(start, Ordering::Relaxed);
    PAGES.store(pages, Ordering::Relaxed);
    let request = REQUEST.load(Ordering::Relaxed) + 1;
    here.shootdown_done.store(request, Ordering::Relaxed);
    REQUEST.store(request, Ordering::Release);
    for other in percpu::all().filter(|c| !core::ptr::eq(*c, here)) {
        lapic::send(other.apic_id.load(Ordering::Relaxed), SHOOTDOWN_VECTOR);
    }
    forget(start, pages);
    for other in percpu::all().filter(|c| !core::ptr::eq(*c, here)) {
        while other.shootdown_done.load(Ordering::Acquire) < request
            && other.is_online.load(Ordering::Relaxed)
        {
            core::hint::spin_loop();
        }
    }
    TURN.release();
    cpu::irq_restore(were_on);
}
