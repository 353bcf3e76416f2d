//! The FS and GS bases: by instruction where the processor and kernel allow it, else by system call.
#![expect(unsafe_code, reason = "segment bases are set by instructions")]

use core::sync::atomic::{AtomicBool, Ordering};

use crate::sys;

static HAS_FSGSBASE: AtomicBool = AtomicBool::new(false);

/// Finds out whether user code may use `wrfsbase`. Called on the process's first thread.
pub fn detect() {
    const HWCAP2_FSGSBASE: u64 = 2;
    // SAFETY: reads the auxiliary vector.
    let capabilities = unsafe { libc::getauxval(libc::AT_HWCAP2) };
    HAS_FSGSBASE.store(capabilities & HWCAP2_FSGSBASE != 0, Ordering::Relaxed);
}

/// Sets the FS base of this thread.
///
/// # Safety
/// Code that runs next on this thread expects this base.
#[inline]
pub unsafe fn set_fs(base: usize) {
    const ARCH_SET_FS: i32 = 0x1002;
    if HAS_FSGSBASE.load(Ordering::Relaxed) {
        // SAFETY: the instruction is allowed; the caller's promise for its effect.
        unsafe { core::arch::asm!("wrfsbase {}", in(reg) base, options(nostack, preserves_flags)) };
    } else {
        // SAFETY: the caller's promise.
        unsafe { sys::arch_prctl_set(ARCH_SET_FS, base) };
    }
}

/// Sets the GS base of this thread.
///
/// # Safety
/// `base` is a [`crate::block::Block`] that lives as long as the thread.
#[inline]
pub unsafe fn set_gs(base: usize) {
    const ARCH_SET_GS: i32 = 0x1001;
    if HAS_FSGSBASE.load(Ordering::Relaxed) {
        // SAFETY: the instruction is allowed; the caller's promise for its effect.
        unsafe { core::arch::asm!("wrgsbase {}", in(reg) base, options(nostack, preserves_flags)) };
    } else {
        // SAFETY: the caller's promise.
        unsafe { sys::arch_prctl_set(ARCH_SET_GS, base) };
    }
}
