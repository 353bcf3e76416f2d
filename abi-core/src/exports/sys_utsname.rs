//! `sys/utsname.h`

use core::ffi::c_int;

use crate::abi::utsname;
use crate::boundary::user::UserPtr;
use crate::kernel_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL];

kernel_exports! { "libc.so.6";
    /// uname(2)
    full fn uname(cx, out: UserPtr<utsname>) -> c_int { cx.sys_uname(out) }
}
