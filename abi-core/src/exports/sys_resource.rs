//! `sys/resource.h`, and nice(2)

use core::ffi::c_int;

use crate::abi::{rlimit, rusage};
use crate::boundary::user::UserPtr;
use crate::{kernel_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL, PURE];

kernel_exports! { "libc.so.6";
    /// getrlimit(2)
    full fn getrlimit(cx, kind: u32, out: UserPtr<rlimit>) -> c_int { cx.sys_prlimit(0, kind, UserPtr::new(0), out) }
    /// setrlimit(2)
    partial("enforced: descriptors, file size, address space, data, messages, signals, processor time") fn setrlimit(cx, kind: u32, new: UserPtr<rlimit>) -> c_int {
        cx.sys_prlimit(0, kind, new, UserPtr::new(0))
    }
    /// prlimit(2)
    partial("enforced: descriptors, file size, address space, data, messages, signals, processor time") fn prlimit(cx, pid: c_int, kind: u32, new: UserPtr<rlimit>, old: UserPtr<rlimit>) -> c_int {
        cx.sys_prlimit(pid, kind, new, old)
    }
    /// getrusage(2)
    partial("system time counts as user time, no block operations") fn getrusage(cx, who: c_int, out: UserPtr<rusage>) -> c_int { cx.sys_getrusage(who, out) }
    /// getpriority(2)
    full fn getpriority(cx, which: u32, who: u32) -> c_int { cx.sys_getpriority(which, who) }
    /// setpriority(2)
    partial("hosted, as far as osvrun may itself") fn setpriority(cx, which: u32, who: u32, nice: c_int) -> c_int {
        cx.sys_setpriority(which, who, nice)
    }
    /// nice(2)
    partial("hosted, as far as osvrun may itself") fn nice(cx, increment: c_int) -> c_int { cx.sys_nice(increment) }
}

pure_exports! { "libc.so.6";
    full getrlimit64 = getrlimit;
    partial("enforced: descriptors, file size, address space, data, messages, signals, processor time") setrlimit64 = setrlimit;
    partial("enforced: descriptors, file size, address space, data, messages, signals, processor time") prlimit64 = prlimit;
    full __getrlimit = getrlimit;
}
