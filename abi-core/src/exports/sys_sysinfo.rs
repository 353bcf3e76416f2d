//! `sys/sysinfo.h` (the number of processors: `sched.rs`)

use core::ffi::c_int;

use crate::abi::sysinfo as SysInfo;
use crate::boundary::user::UserPtr;
use crate::kernel_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL];

kernel_exports! { "libc.so.6";
    /// sysinfo(2)
    partial("threads that wait for a processor are not in the load averages") fn sysinfo(cx, out: UserPtr<SysInfo>) -> c_int { cx.sys_sysinfo(out) }
}
