//! `sys/wait.h`: there are no children.

use core::ffi::{c_int, c_void};

use crate::abi::{self, Errno};
use crate::{kernel_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL, PURE];

const OF_THREADS: c_int = abi::__WALL | abi::__WCLONE | abi::__WNOTHREAD;
const OPTIONS: c_int = abi::WNOHANG | abi::WUNTRACED | abi::WCONTINUED | OF_THREADS;
/// What waitid(2) waits for: at least one of these.
const EVENTS: c_int = abi::WEXITED | abi::WSTOPPED | abi::WCONTINUED;

kernel_exports! { "libc.so.6";
    /// wait4(2)
    full fn wait4(cx, pid: c_int, _status: *mut c_int, options: c_int, _usage: *mut c_void) -> c_int {
        let _ = cx;
        Err(match options & !OPTIONS {
            // No process group has the opposite of this number.
            0 if pid == c_int::MIN => Errno::ESRCH,
            0 => Errno::ECHILD,
            _ => Errno::EINVAL,
        })
    }
    /// waitid(2)
    full fn waitid(cx, kind: u32, id: c_int, _info: *mut c_void, options: c_int) -> c_int {
        if options & EVENTS == 0 || options & !(EVENTS | abi::WNOHANG | abi::WNOWAIT | OF_THREADS) != 0 {
            return Err(Errno::EINVAL);
        }
        Err(match kind {
            abi::P_ALL => Errno::ECHILD,
            abi::P_PID if id > 0 => Errno::ECHILD,
            abi::P_PGID if id >= 0 => Errno::ECHILD,
            abi::P_PIDFD if id >= 0 => {
                cx.check_pidfd(id)?;
                Errno::ECHILD
            }
            _ => Errno::EINVAL,
        })
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
