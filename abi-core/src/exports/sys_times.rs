//! `sys/times.h`

use crate::abi::tms;
use crate::boundary::user::UserPtr;
use crate::kernel_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL];

kernel_exports! { "libc.so.6";
    /// times(2)
    partial("all time counts as the program's own") fn times(cx, out: UserPtr<tms>) -> i64 { cx.sys_times(out) }
}
