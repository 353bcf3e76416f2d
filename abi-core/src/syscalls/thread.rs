//! Threads: clone(2) and what belongs to it.

use core::ffi::{c_int, c_long};

use crate::abi::Errno;
use crate::boundary::user::UserPtr;
use crate::kernel_exports;
use crate::task::{CloneArguments, told_priorities};

kernel_exports! { "";
    /// clone(2)
    full fn clone(cx, flags: u64, stack: usize, parent_tid: usize, child_tid: usize, tls: usize) -> c_int {
        cx.sys_clone(CloneArguments { flags, stack, parent_tid, child_tid, tls })
    }
    /// clone3(2)
    full fn clone3(cx, arguments: UserPtr<u64>, size: usize) -> c_int {
        cx.sys_clone(CloneArguments::read(arguments, size)?)
    }
    /// exit(2)
    full fn exit(cx, status: c_int) -> c_int { cx.sys_exit(status) }
    /// set_tid_address(2)
    full fn set_tid_address(cx, word: usize) -> c_int { Ok(cx.sys_set_tid_address(word)) }
    /// arch_prctl(2)
    partial("GS is the machine's") fn arch_prctl(cx, code: c_int, address: usize) -> c_int { cx.sys_arch_prctl(code, address) }
    /// set_robust_list(2)
    full fn set_robust_list(cx, head: usize, len: usize) -> c_int { cx.sys_set_robust_list(head, len) }
    /// get_robust_list(2)
    full fn get_robust_list(cx, tid: c_int, head: UserPtr<usize>, len: UserPtr<usize>) -> c_int {
        cx.sys_get_robust_list(tid, head, len)
    }
    /// sched_getaffinity(2): returns how many bytes it wrote, in whole words
    full fn sched_getaffinity(cx, tid: c_int, len: usize, set: UserPtr<u8>) -> c_int {
        let bytes = cx.kernel.backend.cpus().count.div_ceil(64) * 8;
        if len < bytes || !len.is_multiple_of(size_of::<c_long>()) {
            return Err(Errno::EINVAL);
        }
        cx.sys_sched_getaffinity(tid, bytes, set).map(|_| bytes as c_int)
    }
    /// sched_get_priority_max(2)
    full fn sched_get_priority_max(cx, policy: c_int) -> c_int {
        let _ = cx;
        told_priorities(policy).map(|range| *range.end()).ok_or(Errno::EINVAL)
    }
    /// sched_get_priority_min(2)
    full fn sched_get_priority_min(cx, policy: c_int) -> c_int {
        let _ = cx;
        told_priorities(policy).map(|range| *range.start()).ok_or(Errno::EINVAL)
    }
}
