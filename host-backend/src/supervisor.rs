//! The process's first thread: waits for console input, signals and the time limit on the guest's behalf.

use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::time::{Duration, Instant};

use abi_core::backend::{Console, ExitStatus, Power};
use abi_core::upcall;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

use crate::{BACKEND, hold, inherited, sys};

/// The exit status when the time limit passes.
const TIMEOUT_STATUS: u8 = 124;

/// What the supervisor takes from the host and hands to the guest.
const FORWARDED: [Signal; 6] =
    [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT, Signal::SIGUSR1, Signal::SIGUSR2];

fn forwarded() -> SigSet {
    let mut set = SigSet::empty();
    set.add(Signal::SIGWINCH);
    for signal in FORWARDED {
        set.add(signal);
    }
    set
}

/// The event descriptor that ends the supervisor's sleep, -1 until there is one.
static DOORBELL: AtomicI32 = AtomicI32::new(-1);
/// Whether a reader waits for input.
static IS_INPUT_WANTED: AtomicBool = AtomicBool::new(false);

/// Blocks the signals that [`run`] will take. Called before the first guest thread is made.
pub fn hold_signals() {
    // It fails for bad arguments only.
    let _ = forwarded().thread_block();
}

/// Asks for [`upcall::console_ready`] when input is there.
pub fn watch_input() {
    if !IS_INPUT_WANTED.swap(true, Ordering::AcqRel) {
        ring();
    }
}

fn ring() {
    let fd = DOORBELL.load(Ordering::Acquire);
    if fd >= 0 {
        // Full means it rings already.
        let _ = sys::write(fd, &1u64.to_ne_bytes());
    }
}

fn take_signals(signals: &SignalFd) {
    while let Ok(Some(info)) = signals.read_signal() {
        let number = info.ssi_signo as i32;
        if number == libc::SIGQUIT {
            // A script's background job: the key was meant for somebody else.
            if inherited::is_ignored(number) {
                continue;
            }
            abi_core::panic::show_threads(&hold::hold);
        } else {
            upcall::external_signal(number);
        }
    }
}

/// Serves the guest until the process ends.
pub fn run(timeout: Option<Duration>) -> ! {
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let flags = EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK;
    let signals = SignalFd::with_flags(&forwarded(), SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK);
    let (Ok(doorbell), Ok(signals)) = (EventFd::from_flags(flags), signals) else {
        BACKEND.write_emergency(b"osvrun: the host has no descriptors left\n");
        BACKEND.power_off(ExitStatus::Panic);
    };
    DOORBELL.store(std::os::fd::AsRawFd::as_raw_fd(&doorbell), Ordering::Release);
    loop {
        let wait = deadline.map_or(PollTimeout::NONE, |deadline| {
            let left = deadline.saturating_duration_since(Instant::now());
            // Round up, so that the time has passed when the sleep ends.
            PollTimeout::try_from(left.as_millis().saturating_add(1)).unwrap_or(PollTimeout::MAX)
        });
        let input = sys::standard_input();
        let wants_input = IS_INPUT_WANTED.load(Ordering::Acquire);
        let mut fds = [
            PollFd::new(as_fd(&doorbell), PollFlags::POLLIN),
            PollFd::new(as_fd(&signals), PollFlags::POLLIN),
            PollFd::new(input, PollFlags::POLLIN),
        ];
        let count = if wants_input { 3 } else { 2 };
        let _ = poll(&mut fds[..count], wait);
        let [rung, signalled, ready] = fds.map(|fd| fd.any().unwrap_or(false));
        if rung {
            let _ = doorbell.read();
        }
        if signalled {
            take_signals(&signals);
        }
        if wants_input && ready {
            IS_INPUT_WANTED.store(false, Ordering::Release);
            upcall::console_ready();
        }
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            BACKEND.write_emergency(b"osvrun: the time limit has passed\n");
            BACKEND.power_off(ExitStatus::Code(TIMEOUT_STATUS));
        }
    }
}

fn as_fd(fd: &impl std::os::fd::AsFd) -> BorrowedFd<'_> {
    fd.as_fd()
}
