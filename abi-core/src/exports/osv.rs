//! `osv.h` of `examples/run-app`: what OSv offers beyond POSIX.

use core::ffi::{c_char, c_int};

use crate::boundary::user::{UserPtr, UserStr};
use crate::libc::set_errno;
use crate::libc::state::state;
use crate::{abi, kernel_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

kernel_exports! { "libc.so.6";
    /// Runs another program to its end.
    full fn __osvrun_run_app(cx, path: UserStr, argv: UserPtr<usize>, count: usize, envp: UserPtr<usize>) -> c_int {
        cx.run_app(path, argv, count, envp)
    }
}

/// Loads another program, runs its `main(argc, argv)` in a new thread, waits for its end and unloads it; returns its exit
/// status, or -1 with errno if it could not be started.
pub unsafe extern "C" fn osv_run_app(path: *const c_char, argv: *const *const c_char, argc: c_int) -> c_int {
    let Ok(count) = usize::try_from(argc) else {
        set_errno(abi::EINVAL);
        return -1;
    };
    let (argv, envp) = (UserPtr::new(argv as usize), UserPtr::new(state().exit.environ.get() as usize));
    // SAFETY: the kernel checks the pointers.
    unsafe { __osvrun_run_app(UserStr::new(path as usize), argv, count, envp) }
}

pure_exports! { "libc.so.6";
    full osv_run_app = osv_run_app;
}
