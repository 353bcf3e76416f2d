//! `sched.h`

use core::ffi::{c_int, c_uint};
use core::ops::RangeInclusive;

use crate::abi::{self, Errno, timespec};
use crate::boundary::user::UserPtr;
use crate::libc::{malloc, set_errno};
use crate::task::told_priorities;
use crate::{kernel_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL, PURE];

/// What unshare(2) knows of.
const SHARED: c_int = NAMESPACES
    | abi::CLONE_FILES
    | abi::CLONE_FS
    | abi::CLONE_SIGHAND
    | abi::CLONE_SYSVSEM
    | abi::CLONE_THREAD
    | abi::CLONE_VM;
const NAMESPACES: c_int = abi::CLONE_NEWCGROUP
    | abi::CLONE_NEWIPC
    | abi::CLONE_NEWNET
    | abi::CLONE_NEWNS
    | abi::CLONE_NEWPID
    | CLONE_NEWTIME
    | abi::CLONE_NEWUSER
    | abi::CLONE_NEWUTS;
const CLONE_NEWTIME: c_int = 0x80;

kernel_exports! { "libc.so.6";
    /// sched_yield(2)
    full fn sched_yield(cx) -> c_int { cx.kernel.backend.yield_now(); Ok(0) }

    /// sched_getaffinity(2)
    full fn sched_getaffinity(cx, pid: c_int, bytes: usize, set: UserPtr<u8>) -> c_int {
        cx.sys_sched_getaffinity(pid, bytes, set)
    }

    /// sched_setaffinity(2)
    full fn sched_setaffinity(cx, tid: c_int, bytes: usize, set: UserPtr<u8>) -> c_int {
        cx.sys_sched_setaffinity(tid, bytes, set)
    }

    /// sched_getscheduler(2)
    full fn sched_getscheduler(cx, tid: c_int) -> c_int { cx.sys_sched_getscheduler(tid) }

    /// sched_setscheduler(2)
    partial("hosted, as far as osvrun may itself") fn sched_setscheduler(cx, tid: c_int, policy: c_int, priority: UserPtr<i32>) -> c_int {
        cx.sys_sched_setscheduler(tid, policy, priority)
    }

    /// sched_getparam(2)
    full fn sched_getparam(cx, tid: c_int, priority: UserPtr<i32>) -> c_int { cx.sys_sched_getparam(tid, priority) }

    /// sched_setparam(2)
    partial("hosted, as far as osvrun may itself") fn sched_setparam(cx, tid: c_int, priority: UserPtr<i32>) -> c_int {
        cx.sys_sched_setparam(tid, priority)
    }

    /// sched_rr_get_interval(2)
    full fn sched_rr_get_interval(cx, tid: c_int, slice: UserPtr<timespec>) -> c_int {
        cx.sys_sched_rr_get_interval(tid, slice)
    }

    /// getcpu(2)
    full fn getcpu(cx, cpu: UserPtr<u32>, node: UserPtr<u32>) -> c_int {
        if let Some(cpu) = cpu.non_null() { cpu.write(cx.kernel.backend.cpus().current as u32)?; }
        if let Some(node) = node.non_null() { node.write(0)?; }
        Ok(0)
    }

    /// sched_getcpu(3)
    full fn sched_getcpu(cx) -> c_int { Ok(cx.kernel.backend.cpus().current as c_int) }

    /// unshare(2)
    partial("no namespaces; of what threads share, nothing while there are several") fn unshare(cx, flags: c_int) -> c_int {
        match flags {
            _ if flags & !SHARED != 0 => Err(Errno::EINVAL),
            _ if flags & NAMESPACES == 0 && cx.is_only_thread() => Ok(0),
            0 => Ok(0),
            _ => Err(Errno::EPERM),
        }
    }

    /// setns(2)
    partial("no namespaces, so no descriptor is of one") fn setns(cx, fd: c_int, _kind: c_int) -> c_int {
        cx.open_for_use(fd)?;
        Err(Errno::EINVAL)
    }
}

fn priority_bound(policy: c_int, bound: impl FnOnce(&RangeInclusive<i32>) -> &i32) -> c_int {
    let range = told_priorities(policy);
    if range.is_none() {
        set_errno(abi::EINVAL);
    }
    range.map_or(-1, |range| *bound(&range))
}

/// sched_get_priority_max(2)
pub extern "C" fn sched_get_priority_max(policy: c_int) -> c_int {
    priority_bound(policy, RangeInclusive::end)
}

/// sched_get_priority_min(2)
pub extern "C" fn sched_get_priority_min(policy: c_int) -> c_int {
    priority_bound(policy, RangeInclusive::start)
}

/// `CPU_COUNT_S`
pub unsafe extern "C" fn __sched_cpucount(bytes: usize, set: *const u8) -> c_int {
    // SAFETY: the caller passes a set of `bytes` bytes.
    (0..bytes).map(|i| unsafe { *set.add(i) }.count_ones() as c_int).sum()
}

/// `CPU_ALLOC`
pub extern "C" fn __sched_cpualloc(count: usize) -> *mut core::ffi::c_void {
    // SAFETY: an allocation has no conditions.
    unsafe { malloc::malloc(count.div_ceil(64) * 8) }
}

/// `CPU_FREE`
pub unsafe extern "C" fn __sched_cpufree(set: *mut core::ffi::c_void) {
    // SAFETY: the set came from `__sched_cpualloc`.
    unsafe { malloc::free(set) };
}

/// get_nprocs(3), get_nprocs_conf(3)
pub extern "C" fn get_nprocs() -> c_int {
    crate::backend::backend().cpus().count as c_uint as c_int
}

pure_exports! { "libc.so.6";
    full membarrier = crate::syscalls::memory::membarrier;
    full sched_get_priority_max = sched_get_priority_max;
    full __sched_get_priority_max = sched_get_priority_max;
    full __sched_get_priority_min = sched_get_priority_min;
    full __sched_getparam = sched_getparam;
    full __sched_getscheduler = sched_getscheduler;
    partial("hosted, as far as osvrun may itself") __sched_setscheduler = sched_setscheduler;
    full sched_get_priority_min = sched_get_priority_min;
    full __sched_cpucount = __sched_cpucount;
    full __sched_cpualloc = __sched_cpualloc;
    full __sched_cpufree = __sched_cpufree;
    full __sched_yield = sched_yield;
    full get_nprocs = get_nprocs;
    full get_nprocs_conf = get_nprocs;
}
