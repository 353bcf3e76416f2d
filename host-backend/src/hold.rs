//! Making a guest thread stand still, so that its registers and stack can be read from the supervisor.
#![expect(unsafe_code, reason = "reads registers that a held thread lends")]

use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use abi_core::backend::ThreadId;
use abi_core::upcall::TrapFrame;

use crate::{registry, sys, trap};

/// Nobody is to stand still.
const FREE: u32 = 0;
/// A thread was sent the signal.
const ASKED: u32 = 1;
/// It stands still, and [`FRAME`] is its registers.
const HELD: u32 = 2;

static STATE: AtomicU32 = AtomicU32::new(FREE);
static FRAME: AtomicPtr<TrapFrame> = AtomicPtr::new(core::ptr::null_mut());

/// How long a thread may take to come; only one that the host does not run takes so long.
const PATIENCE: Duration = Duration::from_millis(500);

/// Holds `thread` while `look` reads its registers; tells whether it stood still or has ended. Called by the supervisor
/// only.
pub(crate) fn hold(thread: ThreadId, look: &mut dyn FnMut(&TrapFrame)) -> bool {
    {
        let threads = registry::lock();
        if !threads.contains_key(&thread.0) {
            return true;
        }
        STATE.store(ASKED, Ordering::SeqCst);
        if sys::tgkill(thread.0 as u32, trap::SHOW).is_err() {
            STATE.store(FREE, Ordering::SeqCst);
            return true;
        }
    }
    let asked = Instant::now();
    while STATE.load(Ordering::SeqCst) == ASKED {
        if asked.elapsed() > PATIENCE
            && STATE.compare_exchange(ASKED, FREE, Ordering::SeqCst, Ordering::SeqCst).is_ok()
        {
            return false;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    // SAFETY: the held thread lends its registers until the state changes.
    look(unsafe { &*FRAME.load(Ordering::SeqCst) });
    STATE.store(FREE, Ordering::SeqCst);
    sys::futex_wake(&STATE, 1);
    true
}

/// Stands still until the supervisor has looked. Called by the signal's handler on the thread that was asked.
pub(crate) fn stand_still(frame: &mut TrapFrame) {
    FRAME.store(frame, Ordering::SeqCst);
    if STATE.compare_exchange(ASKED, HELD, Ordering::SeqCst, Ordering::SeqCst).is_err() {
        // Too late.
        return;
    }
    while STATE.load(Ordering::SeqCst) == HELD {
        // Any outcome means: look again.
        let _ = sys::futex_wait(&STATE, HELD);
    }
}
