//! `sys/select.h`

use core::ffi::{c_int, c_long};

use crate::abi::{timespec, timeval};
use crate::boundary::user::UserPtr;
use crate::libc::stdlib::fortify;
use crate::{kernel_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL, PURE];

type Set = UserPtr<u64>;

kernel_exports! { "libc.so.6";
    /// select(2)
    full fn select(cx, count: c_int, read: Set, write: Set, except: Set, timeout: UserPtr<timeval>) -> c_int {
        cx.sys_select(count, [read, write, except], timeout)
    }
    /// pselect(2)
    full fn pselect(
        cx, count: c_int, read: Set, write: Set, except: Set, timeout: UserPtr<timespec>, mask: UserPtr<u64>
    ) -> c_int {
        cx.with_signal_mask(mask, || cx.sys_pselect(count, [read, write, except], timeout))
    }
}

/// Returns the word of a descriptor in a set, as fortified `FD_SET` asks; ends the program when it is out of range.
pub extern "C" fn __fdelt_chk(fd: c_long) -> c_long {
    if !(0..1024).contains(&fd) {
        fortify::fail(b"*** bit out of range 0 - FD_SETSIZE on fd_set ***: terminated\n");
    }
    fd / 64
}

pure_exports! { "libc.so.6";
    full __fdelt_chk = __fdelt_chk;
    full __fdelt_warn = __fdelt_chk;
    full __select = select;
}
