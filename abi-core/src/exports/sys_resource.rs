//! `sys/resource.h`, and nice(2)

use core::ffi::{c_int, c_long};

use crate::abi::{self, rlimit, rusage};
use crate::boundary::user::UserPtr;
use crate::libc::set_errno;
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

/// ulimit(3): sizes are in blocks of 512 bytes.
unsafe extern "C" fn ulimit(command: c_int, blocks: c_long) -> c_long {
    const UL_GETFSIZE: c_int = 1;
    const UL_SETFSIZE: c_int = 2;
    const UL_GETOPENMAX: c_int = 4;
    const BLOCK_BYTES: u64 = 512;
    let mut limit = rlimit { rlim_cur: 0, rlim_max: 0 };
    let place = UserPtr::new(&raw mut limit as usize);
    match command {
        UL_GETFSIZE => {
            // SAFETY: the place is ours.
            let result = unsafe { getrlimit(abi::RLIMIT_FSIZE, place) };
            match limit.rlim_cur {
                _ if result != 0 => -1,
                abi::RLIM_INFINITY => c_long::MAX,
                bytes => (bytes / BLOCK_BYTES) as c_long,
            }
        }
        UL_SETFSIZE => {
            let bytes = (blocks as u64).checked_mul(BLOCK_BYTES).unwrap_or(abi::RLIM_INFINITY);
            limit = rlimit { rlim_cur: bytes, rlim_max: bytes };
            // SAFETY: the limit is ours.
            let result = unsafe { setrlimit(abi::RLIMIT_FSIZE, UserPtr::new(&raw mut limit as usize)) };
            if result == 0 { blocks } else { -1 }
        }
        // SAFETY: takes any number.
        UL_GETOPENMAX => unsafe { super::sysconf::sysconf(abi::_SC_OPEN_MAX) },
        _ => {
            set_errno(abi::EINVAL);
            -1
        }
    }
}

pure_exports! { "libc.so.6";
    full getrlimit64 = getrlimit;
    partial("enforced: descriptors, file size, address space, data, messages, signals, processor time") setrlimit64 = setrlimit;
    partial("enforced: descriptors, file size, address space, data, messages, signals, processor time") prlimit64 = prlimit;
    full __getrlimit = getrlimit;
    full ulimit = ulimit;
}
