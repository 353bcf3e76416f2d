//! Sleeping and waking: the host's futex on the word itself.
#![expect(unsafe_code, reason = "the sleep is an assembly routine that signals can restart")]

use core::arch::naked_asm;
use core::sync::atomic::{AtomicU32, Ordering};

use abi_core::backend::{Monotonic, Parking, WaitOutcome};

use crate::{HostBackend, block, sys};

const EAGAIN: isize = -(libc::EAGAIN as isize);
const EINTR: isize = -(libc::EINTR as isize);
const ETIMEDOUT: isize = -(libc::ETIMEDOUT as isize);

/// `futex(word, op, expected, deadline, …, ~0)` unless `*interrupted` is set, in which case -EINTR.
///
/// A signal that arrives between the test and the system call would be lost, so the signal's entry sends a thread that
/// stands in `osvrun_wait_start..osvrun_wait_end` back to the start ([`restart_if_about_to_sleep`]).
#[unsafe(naked)]
unsafe extern "C" fn wait_unless(
    word: *const u32,
    op: usize,
    expected: usize,
    deadline: *const libc::timespec,
    interrupted: *const u32,
) -> isize {
    naked_asm!(
        ".cfi_startproc",
        "mov r10, rcx",
        "mov r9, -1",
        ".globl osvrun_wait_start",
        "osvrun_wait_start:",
        "cmp dword ptr [r8], 0",
        "jne 2f",
        "mov eax, {futex}",
        "syscall",
        ".globl osvrun_wait_end",
        "osvrun_wait_end:",
        "ret",
        "2:",
        "mov rax, {eintr}",
        "ret",
        ".cfi_endproc",
        futex = const libc::SYS_futex,
        eintr = const EINTR,
    )
}

unsafe extern "C" {
    static osvrun_wait_start: u8;
    static osvrun_wait_end: u8;
}

/// Returns where a thread interrupted at `rip` goes on.
pub fn restart_if_about_to_sleep(rip: usize) -> usize {
    let (start, end) = (&raw const osvrun_wait_start as usize, &raw const osvrun_wait_end as usize);
    if (start..end).contains(&rip) { start } else { rip }
}

fn sleep(word: &AtomicU32, expected: u32, deadline: Option<Monotonic>, interrupted: &AtomicU32) -> isize {
    let op = libc::FUTEX_WAIT_BITSET | libc::FUTEX_PRIVATE_FLAG;
    let time = deadline.map(|Monotonic(nanos)| libc::timespec {
        tv_sec: (nanos / 1_000_000_000) as i64,
        tv_nsec: (nanos % 1_000_000_000) as i64,
    });
    let time = time.as_ref().map_or(core::ptr::null(), core::ptr::from_ref);
    // SAFETY: word, time and flag outlive the call.
    unsafe { wait_unless(word.as_ptr(), op as usize, expected as usize, time, interrupted.as_ptr()) }
}

fn outcome(result: isize) -> WaitOutcome {
    match result {
        EAGAIN => WaitOutcome::ValueChanged,
        ETIMEDOUT => WaitOutcome::TimedOut,
        _ => WaitOutcome::Woken,
    }
}

impl Parking for HostBackend {
    fn wait(&self, word: &AtomicU32, expected: u32, deadline: Option<Monotonic>) -> WaitOutcome {
        let interrupted = &block::current().interrupted;
        loop {
            let result = sleep(word, expected, deadline, interrupted);
            if result != EINTR {
                return outcome(result);
            }
            // Without the flag it was another signal of the host's.
            if interrupted.swap(0, Ordering::Acquire) != 0 {
                return WaitOutcome::Interrupted;
            }
        }
    }

    fn wait_uninterruptible(
        &self,
        word: &AtomicU32,
        expected: u32,
        deadline: Option<Monotonic>,
    ) -> WaitOutcome {
        static NEVER: AtomicU32 = AtomicU32::new(0);
        loop {
            let result = sleep(word, expected, deadline, &NEVER);
            if result != EINTR {
                return outcome(result);
            }
        }
    }

    fn wake(&self, word: &AtomicU32, count: usize) -> usize {
        sys::futex_wake(word, count)
    }
}
