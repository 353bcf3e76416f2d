//! What the process was started with: which signals are ignored and which blocked (execve(2) passes both on), and which of
//! the standard streams are there.
//!
//! Read before `main`, since std ignores SIGPIPE itself before it calls that, and opens streams that are not there.
#![expect(unsafe_code, reason = "an initialiser is placed in its section; signal calls are raw")]

use core::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use crate::sys::{self, KernelSigaction};

/// The number of the last signal.
const LAST: i32 = 64;

/// What glibc keeps for itself. Its posix_spawn(3) has them ignored, which no program is told of.
const LIBRARYS_OWN: [i32; 2] = [32, 33];

static IGNORED: AtomicU64 = AtomicU64::new(0);
static BLOCKED: AtomicU64 = AtomicU64::new(0);
/// Bit per standard stream: it was not open.
static ABSENT: AtomicU8 = AtomicU8::new(0);

/// glibc calls what this section holds before `main` (ELF gABI, "Initialization and Termination Functions").
#[used]
// SAFETY: the section holds addresses of functions of the C ABI, and this is one.
#[unsafe(link_section = ".init_array")]
static INITIALISER: extern "C" fn() = note;

/// Notes what was inherited, and lets osvrun's own children stay to be waited for.
extern "C" fn note() {
    let is_ignored =
        |number: &i32| !LIBRARYS_OWN.contains(number) && sys::disposition(*number) == Some(libc::SIG_IGN);
    let ignored = (1..=LAST).filter(is_ignored).fold(0, |set, number| set | bit(number));
    IGNORED.store(ignored, Ordering::Relaxed);
    let blocked = sys::set_signal_mask(sys::ALL_SIGNALS);
    sys::set_signal_mask(blocked);
    BLOCKED.store(blocked, Ordering::Relaxed);
    let is_absent = |fd: &i32| sys::poll(*fd, 0, 0).is_ok_and(|found| found & libc::POLLNVAL != 0);
    let absent = (0..3).filter(is_absent).fold(0, |set, fd| set | 1 << fd);
    ABSENT.store(absent, Ordering::Relaxed);
    if ignored & bit(libc::SIGCHLD) != 0 {
        let default = KernelSigaction { handler: libc::SIG_DFL, flags: 0, restorer: 0, mask: 0 };
        // SAFETY: no handler is set.
        let _ = unsafe { sys::sigaction(libc::SIGCHLD, &default) };
    }
}

const fn bit(number: i32) -> u64 {
    1 << (number - 1)
}

/// The signals that were ignored, signal n as bit n - 1.
pub fn ignored() -> u64 {
    IGNORED.load(Ordering::Relaxed)
}

/// Tells whether a signal was ignored.
pub fn is_ignored(number: i32) -> bool {
    (1..=LAST).contains(&number) && ignored() & bit(number) != 0
}

/// The signals that were blocked, in the same form.
pub fn blocked() -> u64 {
    BLOCKED.load(Ordering::Relaxed)
}

/// Tells whether a standard stream was not open.
pub fn is_absent(fd: i32) -> bool {
    ABSENT.load(Ordering::Relaxed) & 1 << fd != 0
}
