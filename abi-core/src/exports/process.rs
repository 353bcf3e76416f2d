//! `unistd.h`, the part about processes and threads: ids, exec, fork, exit

use core::ffi::c_int;

use crate::{kernel_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL, PURE];

/// getpid(2): constant, since there is one process.
pub extern "C" fn getpid() -> c_int {
    crate::abi::PID
}

kernel_exports! { "libc.so.6";
    /// gettid(2)
    full fn gettid(cx) -> c_int { Ok(cx.thread.tid) }
    /// _exit(2)
    full fn _exit(cx, status: c_int) -> c_int { cx.exit_program(status) }
}

pure_exports! { "libc.so.6";
    full getpid = getpid;
    full _Exit = _exit;
}
