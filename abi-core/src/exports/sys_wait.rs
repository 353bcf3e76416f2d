//! `sys/wait.h`: there are no children.

use core::ffi::{c_int, c_void};

use crate::abi::{self, Errno};
use crate::{kernel_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL, PURE];

const OPTIONS: c_int =
    abi::WNOHANG | abi::WUNTRACED | abi::WCONTINUED | abi::__WALL | abi::__WCLONE | abi::__WNOTHREAD;

kernel_exports! { "libc.so.6";
    /// wait4(2)
    full fn wait4(cx, _pid: c_int, _status: *mut c_int, options: c_int, _usage: *mut c_void) -> c_int {
        let _ = cx;
        Err(if options & !OPTIONS == 0 { Errno::ECHILD } else { Errno::EINVAL })
    }
    /// waitid(2)
    full fn waitid(cx, kind: c_int, _id: u32, _info: *mut c_void, options: c_int) -> c_int {
        let _ = cx;
        let waits = options & (abi::WEXITED | abi::WSTOPPED | abi::WCONTINUED) != 0;
        Err(if waits && (0..=3).contains(&kind) { Errno::ECHILD } else { Errno::EINVAL })
    }
}

/// waitpid(2)
pub unsafe extern "C" fn waitpid(pid: c_int, status: *mut c_int, options: c_int) -> c_int {
    // SAFETY: the kernel checks the pointers.
    unsafe { wait4(pid, status, options, core::ptr::null_mut()) }
}

/// wait(2)
pub unsafe extern "C" fn wait(status: *mut c_int) -> c_int {
    // SAFETY: the kernel checks the pointers.
    unsafe { waitpid(-1, status, 0) }
}

/// wait3(2)
pub unsafe extern "C" fn wait3(status: *mut c_int, options: c_int, usage: *mut c_void) -> c_int {
    // SAFETY: the kernel checks the pointers.
    unsafe { wait4(-1, status, options, usage) }
}

pure_exports! { "libc.so.6";
    full waitpid = waitpid;
    full __waitpid = waitpid;
    full wait = wait;
    full __wait = wait;
    full wait3 = wait3;
}
