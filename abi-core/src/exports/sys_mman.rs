//! `sys/mman.h`, and `brk` and `sbrk` of `unistd.h`

use core::ffi::{c_int, c_uint, c_void};

use crate::boundary::user::UserPtr;
use crate::{kernel_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL, PURE];

kernel_exports! { "libc.so.6";
    /// mmap(2): -1 is `MAP_FAILED`
    full fn mmap(cx, address: usize, len: usize, prot: c_int, flags: c_int, fd: c_int, offset: i64) -> usize {
        cx.sys_mmap(address, len, prot, flags, fd, offset)
    }
    /// munmap(2)
    full fn munmap(cx, address: usize, len: usize) -> c_int {
        cx.kernel.mm.unmap(address, len).map(|()| 0)
    }
    /// mprotect(2)
    full fn mprotect(cx, address: usize, len: usize, prot: c_int) -> c_int {
        cx.sys_mprotect(address, len, prot).map(|()| 0)
    }
    /// mremap(2)
    full fn mremap(cx, address: usize, old_len: usize, new_len: usize, flags: c_int, to: usize) -> usize {
        cx.sys_mremap(address, old_len, new_len, flags, to)
    }
    /// madvise(2)
    partial("the poisoning advices are EINVAL")
    fn madvise(cx, address: usize, len: usize, advice: c_int) -> c_int {
        cx.sys_madvise(address, len, advice).map(|()| 0)
    }
    /// msync(2)
    full fn msync(cx, address: usize, len: usize, flags: c_int) -> c_int {
        cx.sys_msync(address, len, flags).map(|()| 0)
    }
    /// mincore(2)
    full fn mincore(cx, address: usize, len: usize, out: UserPtr<u8>) -> c_int {
        cx.sys_mincore(address, len, out).map(|()| 0)
    }
    /// mlock(2)
    full fn mlock(cx, address: usize, len: usize) -> c_int {
        cx.sys_mlock(address, len, 0).map(|()| 0)
    }
    /// mlock2(2): memory is never swapped out
    full fn mlock2(cx, address: usize, len: usize, flags: c_uint) -> c_int {
        cx.sys_mlock(address, len, flags).map(|()| 0)
    }
    /// munlock(2)
    full fn munlock(cx, address: usize, len: usize) -> c_int {
        cx.sys_munlock(address, len).map(|()| 0)
    }
    /// mlockall(2)
    full fn mlockall(cx, flags: c_int) -> c_int { cx.sys_mlockall(flags).map(|()| 0) }
    /// munlockall(2)
    full fn munlockall(cx) -> c_int { cx.sys_munlockall(); Ok(0) }
    /// brk(2)
    full fn brk(cx, address: usize) -> c_int {
        cx.sys_brk(address).map(|()| 0)
    }
    /// sbrk(3)
    full fn sbrk(cx, increment: isize) -> usize {
        if let Ok(growth @ 1..) = usize::try_from(increment) {
            cx.check_memory_limits(growth, true)?;
        }
        cx.kernel.mm.move_break(increment, cx.thread.program.number)
    }
}

/// posix_madvise(3): returns the error; `POSIX_MADV_DONTNEED` must not lose contents, so it does nothing.
pub unsafe extern "C" fn posix_madvise(address: *mut c_void, len: usize, advice: c_int) -> c_int {
    let before = crate::libc::errno();
    let advice = if advice == crate::abi::POSIX_MADV_DONTNEED { crate::abi::MADV_NORMAL } else { advice };
    if !(0..=crate::abi::MADV_WILLNEED).contains(&advice) {
        return crate::abi::EINVAL;
    }
    // SAFETY: a kernel row takes any arguments.
    if unsafe { madvise(address as usize, len, advice) } == 0 {
        return 0;
    }
    let error = crate::libc::errno();
    crate::libc::set_errno(before);
    error
}

pure_exports! { "libc.so.6";
    full mmap64 = mmap;
    full posix_madvise = posix_madvise;
    full __mmap = mmap;
    full __munmap = munmap;
    full __mprotect = mprotect;
    full __sbrk = sbrk;
}
