//! The process and its identity.

use core::ffi::{c_int, c_long, c_ulong};

use crate::abi::{self, Errno, PARENT_PID, PID};
use crate::boundary::user::UserPtr;
use crate::kernel_exports;

/// The greatest nice value, plus one: what getpriority(2) subtracts from.
const NICE_BASE: c_int = 20;

kernel_exports! { "";
    /// getpid(2), getpgrp(2): constant, since there is one process
    full fn getpid(cx) -> c_int { let _ = cx; Ok(PID) }
    /// fork(2)
    stub("there is one process") fn fork(cx) -> c_int { cx.another_process() }
    /// vfork(2)
    stub("there is one process") fn vfork(cx) -> c_int { cx.another_process() }
    /// getppid(2)
    full fn getppid(cx) -> c_int { let _ = cx; Ok(PARENT_PID) }
    /// getuid(2), geteuid(2), getgid(2), getegid(2): there is one user
    full fn get_id(cx) -> c_int { let _ = cx; Ok(0) }
    /// setfsuid(2), setfsgid(2): return the id from before
    full fn set_fs_id(cx, _id: u32) -> c_int { let _ = cx; Ok(0) }
    /// getpriority(2): 20 less the nice value, so that it is no error number
    full fn getpriority(cx, which: u32, who: u32) -> c_int {
        cx.sys_getpriority(which, who).map(|nice| NICE_BASE - nice)
    }
    /// sched_setattr(2)
    partial("hosted, as far as osvrun may itself; no deadlines")
    fn sched_setattr(cx, tid: c_int, attributes: UserPtr<u8>, flags: u32) -> c_int {
        cx.sys_sched_setattr(tid, attributes, flags)
    }
    /// sched_getattr(2)
    full fn sched_getattr(cx, tid: c_int, out: UserPtr<u8>, size: u32, flags: u32) -> c_int {
        cx.sys_sched_getattr(tid, out, size, flags)
    }
    /// prctl(2)
    partial("names, dumps, the end of the parent, privileges, capabilities, huge pages and timer slack; others are EINVAL")
    fn prctl(cx, option: c_int, argument: c_ulong, _a: c_ulong, _b: c_ulong, _c: c_ulong) -> c_int {
        match option {
            abi::PR_SET_NAME => cx.set_thread_name(UserPtr::new(argument as usize)),
            abi::PR_GET_NAME => cx.get_thread_name(UserPtr::new(argument as usize)),
            _ => cx.sys_prctl(option, argument),
        }
    }
    /// restart_syscall(2): nothing is ever continued by it
    full fn restart_syscall(cx) -> c_long { let _ = cx; Err(Errno::EINTR) }
    /// ioprio_set(2): checked, without effect
    partial("without effect") fn ioprio_set(cx, which: c_int, _who: c_int, _priority: c_int) -> c_int {
        let _ = cx;
        if (1..=3).contains(&which) { Ok(0) } else { Err(Errno::EINVAL) }
    }
    /// ioprio_get(2): no class was set
    partial("what ioprio_set(2) was told is forgotten") fn ioprio_get(cx, which: c_int, _who: c_int) -> c_int {
        let _ = cx;
        if (1..=3).contains(&which) { Ok(0) } else { Err(Errno::EINVAL) }
    }
}
