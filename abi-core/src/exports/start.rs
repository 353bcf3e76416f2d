//! Starting and ending a program: what `crt1.o`, the compiler and the C++ runtime call, and `stdlib.h`'s exit family.

use core::ffi::{c_char, c_int};

use crate::libc::exit::{
    at_quick_exit, atexit, cxa_atexit, cxa_finalize, exit, getauxval, on_exit, quick_exit, stack_chk_fail,
};
use crate::libc::startup::libc_start_main;
use crate::libc::tcb::errno_location;
use crate::loader::tls::tls_get_addr;
use crate::{data_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE, DATA];

extern "C" fn errno_address() -> *mut c_int {
    errno_location()
}

/// gnu_get_libc_version(3): the version whose symbols these are.
extern "C" fn gnu_get_libc_version() -> *const c_char {
    c"2.36".as_ptr()
}

extern "C" fn gnu_get_libc_release() -> *const c_char {
    c"stable".as_ptr()
}

pure_exports! { "libc.so.6";
    full __libc_start_main = libc_start_main;
    full exit = exit;
    full atexit = atexit;
    full on_exit = on_exit;
    full quick_exit = quick_exit;
    full at_quick_exit = at_quick_exit;
    full __cxa_at_quick_exit = at_quick_exit;
    full __cxa_atexit = cxa_atexit;
    full __cxa_finalize = cxa_finalize;
    full __stack_chk_fail = stack_chk_fail;
    full __errno_location = errno_address;
    full __tls_get_addr = tls_get_addr;
    full getauxval = getauxval;
    full __getauxval = getauxval;
    full gnu_get_libc_version = gnu_get_libc_version;
    full gnu_get_libc_release = gnu_get_libc_release;
}

data_exports! { "libc.so.6";
    full environ = exit.environ: *mut *mut c_char;
    full __environ = exit.environ: *mut *mut c_char;
    full ___environ = exit.environ: *mut *mut c_char;
    full _environ = exit.environ: *mut *mut c_char;
    full program_invocation_name = exit.full_name: *mut c_char;
    full __progname_full = exit.full_name: *mut c_char;
    full program_invocation_short_name = exit.short_name: *mut c_char;
    full __progname = exit.short_name: *mut c_char;
    full __libc_enable_secure = exit.is_secure: c_int;
    full _dl_argv = exit.argv: *mut *mut c_char;
    full __libc_argv = exit.argv: *mut *mut c_char;
    full __stack_chk_guard = exit.stack_guard: usize;
    full __libc_stack_end = exit.stack_end: usize;
}

/// Rows that only the library itself calls: they are in no table.
pub mod internal {
    use core::ffi::c_int;

    use crate::backend::Access;
    use crate::boundary::user::UserPtr;
    use crate::kernel_exports;

    kernel_exports! { "libc.so.6";
        /// A missing symbol was called.
        full fn __osvrun_missing(cx, index: usize, caller: usize) -> c_int {
            crate::loader::missing::report(cx, index, caller)
        }
        /// The library found the program's state beyond repair.
        full fn __osvrun_fatal(cx, message: usize, len_bytes: usize) -> c_int {
            cx.fatal(message, len_bytes)
        }
        /// Seals what relocation wrote to.
        full fn __osvrun_protect(cx, address: usize, len_bytes: usize, access: c_int) -> c_int {
            cx.kernel.mm.protect(address, len_bytes, Access::from_bits_truncate(access as u32))?;
            Ok(0)
        }
        /// Returns the finalisers that are still to run.
        full fn __osvrun_finalisers(cx, list: UserPtr<usize>) -> c_int { cx.finalisers(list).map(|()| 0) }
        /// Describes a TLS module.
        full fn __osvrun_tls_module(cx, module: usize, info: UserPtr<usize>) -> c_int {
            cx.tls_module(module, info).map(|()| 0)
        }
    }
}
