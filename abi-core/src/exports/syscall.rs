//! syscall(2) as a function: the table of system calls, with errno.

use core::arch::naked_asm;
use core::ffi::c_long;

use crate::boundary::door::{Row, enter_kernel};
use crate::kernel::Context;
use crate::libc::set_errno;
use crate::syscalls;
use crate::{kernel_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// Enters the kernel for `row`.
#[unsafe(naked)]
unsafe extern "C" fn enter(
    a: c_long,
    b: c_long,
    c: c_long,
    d: c_long,
    e: c_long,
    f: c_long,
    row: &'static Row,
) -> c_long {
    naked_asm!("mov rax, [rsp + 8]", "jmp {enter}", enter = sym enter_kernel)
}

/// syscall(2)
pub unsafe extern "C" fn syscall(
    number: c_long,
    a: c_long,
    b: c_long,
    c: c_long,
    d: c_long,
    e: c_long,
    f: c_long,
) -> c_long {
    let Some(row) = syscalls::row(number as u64) else {
        // SAFETY: a call without pointers.
        unsafe { __osvrun_unknown_syscall(number) };
        set_errno(crate::abi::ENOSYS);
        return -1;
    };
    // SAFETY: the rows check what they are given.
    let result = unsafe { enter(a, b, c, d, e, f, row) };
    if row.is_int { c_long::from(result as i32) } else { result }
}

kernel_exports! { "libc.so.6";
    /// Notes a system call that is not there.
    full fn __osvrun_unknown_syscall(cx, number: c_long) -> i32 {
        let _: Context<'_> = cx;
        syscalls::unknown(number as u64);
        Ok(0)
    }
}

pure_exports! { "libc.so.6";
    partial("no clone(2); see the list of system calls") syscall = syscall;
}
