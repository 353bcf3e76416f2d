//! The system calls below the backend, bare: glibc's wrappers keep `errno` in a thread-local of the host's.
#![expect(unsafe_code, reason = "makes system calls")]

use core::arch::asm;

/// Makes a system call; a result from -4095 to -1 is an error.
///
/// # Safety
/// The call keeps the promises that Rust makes about memory.
pub(crate) unsafe fn call(number: i64, args: [usize; 6]) -> Result<usize, ()> {
    let result: isize;
    // SAFETY: Linux's calling convention; the caller's promise for what the call does.
    unsafe {
        asm!("syscall", inlateout("rax") number as isize => result, in("rdi") args[0], in("rsi") args[1],
            in("rdx") args[2], in("r10") args[3], in("r8") args[4], in("r9") args[5],
            lateout("rcx") _, lateout("r11") _, options(nostack));
    }
    usize::try_from(result).map_err(drop)
}

/// Maps zeroed pages over `start`, or anywhere if it is 0.
///
/// # Safety
/// Nothing that is still used lies in the range.
pub(crate) unsafe fn map(start: usize, len: usize, protection: i32, flags: i32) -> Result<usize, ()> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | flags;
    // SAFETY: the caller's promise.
    unsafe { call(libc::SYS_mmap, [start, len, protection as usize, flags as usize, usize::MAX, 0]) }
}

/// Returns fresh zeroed pages that are never given back.
pub(crate) fn pages(len: usize) -> Option<&'static mut [u8]> {
    // SAFETY: maps where nothing was.
    let start = unsafe { map(0, len, libc::PROT_READ | libc::PROT_WRITE, 0) }.ok()?;
    // SAFETY: fresh, zeroed, and nobody else knows of them.
    Some(unsafe { core::slice::from_raw_parts_mut(start as *mut u8, len) })
}

/// Reads a clock.
pub(crate) fn clock(id: i32) -> core::time::Duration {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes `now`. It fails for a bad id only.
    let _ = unsafe { call(libc::SYS_clock_gettime, [id as usize, &raw mut now as usize, 0, 0, 0, 0]) };
    core::time::Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// Sets a segment base: `ARCH_SET_FS` or `ARCH_SET_GS`.
///
/// # Safety
/// The code that runs next expects this base.
pub(crate) unsafe fn set_base(which: usize, base: usize) {
    // SAFETY: the caller's promise. It fails for an address outside user space only.
    let _ = unsafe { call(libc::SYS_arch_prctl, [which, base, 0, 0, 0, 0]) };
}
