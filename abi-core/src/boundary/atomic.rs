//! Atomic access to 32-bit words of guest memory: what futexes need beside plain copies.
//!
//! As in [`super::user`], a fault that `mm` cannot answer becomes `EFAULT`, and no lock may be held across these calls.

use core::arch::naked_asm;

use super::user::{UserPtr, check_store};
use crate::abi::{Errno, Result};

/// Loads the word at rdi; rax is the word, or all ones when the page could not be had.
#[unsafe(naked)]
unsafe extern "C" fn load(word: *const u32) -> u64 {
    naked_asm!(".globl osvrun_atomic_start", "osvrun_atomic_start:", "mov eax, [rdi]", "ret",)
}

/// Stores edx in the word at rdi if it holds esi; rax is what it held, or all ones when the page could not be had.
#[unsafe(naked)]
unsafe extern "C" fn compare_exchange(word: *mut u32, expected: u32, new: u32) -> u64 {
    naked_asm!(
        "mov eax, esi",
        ".globl osvrun_atomic_exchange",
        "osvrun_atomic_exchange:",
        "lock cmpxchg [rdi], edx",
        "mov eax, eax",
        "ret",
        ".globl osvrun_atomic_failed",
        "osvrun_atomic_failed:",
        "mov rax, -1",
        "ret",
    )
}

unsafe extern "C" {
    static osvrun_atomic_start: u8;
    static osvrun_atomic_exchange: u8;
    static osvrun_atomic_failed: u8;
}

/// Returns where to resume when the instruction at `rip` faulted for good, if it is one of this module's.
pub(super) fn fixup(rip: usize) -> Option<usize> {
    let may_fault = [&raw const osvrun_atomic_start as usize, &raw const osvrun_atomic_exchange as usize];
    may_fault.contains(&rip).then_some(&raw const osvrun_atomic_failed as usize)
}

fn checked(word: UserPtr<u32>) -> Result<usize> {
    let address = word.address();
    if !address.is_multiple_of(4) {
        return Err(Errno::EINVAL);
    }
    check_store(address, 4)?;
    Ok(address)
}

/// Loads a futex word; `EINVAL` when it is not aligned.
pub fn load_u32(word: UserPtr<u32>) -> Result<u32> {
    let address = checked(word)?;
    // SAFETY: an aligned address in the guest's range; a fault is fixed up.
    u32::try_from(unsafe { load(address as *const u32) }).map_err(|_| Errno::EFAULT)
}

/// Stores `new` if the word holds `expected`; returns what it held.
pub fn compare_exchange_u32(word: UserPtr<u32>, expected: u32, new: u32) -> Result<u32> {
    let address = checked(word)?;
    // SAFETY: as in `load_u32`.
    u32::try_from(unsafe { compare_exchange(address as *mut u32, expected, new) }).map_err(|_| Errno::EFAULT)
}
