//! `semaphore.h`

use core::ffi::{c_char, c_int};

use crate::libc::pthread::sem;
use crate::libc::pthread::sem::Semaphore;
use crate::libc::set_errno;
use crate::{abi, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// sem_open(3): named semaphores are not there yet.
pub extern "C" fn sem_open(_name: *const c_char, _flags: c_int) -> *mut Semaphore {
    set_errno(abi::ENOSYS);
    core::ptr::null_mut()
}

/// sem_close(3)
pub extern "C" fn sem_close(_sem: *mut Semaphore) -> c_int {
    set_errno(abi::EINVAL);
    -1
}

/// sem_unlink(3)
pub extern "C" fn sem_unlink(_name: *const c_char) -> c_int {
    set_errno(abi::ENOENT);
    -1
}

pure_exports! { "libc.so.6";
    full sem_init = sem::sem_init;
    full sem_destroy = sem::sem_destroy;
    full sem_wait = sem::sem_wait;
    full sem_trywait = sem::sem_trywait;
    full sem_timedwait = sem::sem_timedwait;
    full sem_clockwait = sem::sem_clockwait;
    full sem_post = sem::sem_post;
    full sem_getvalue = sem::sem_getvalue;
    stub("named semaphores") sem_open = sem_open;
    stub("named semaphores") sem_close = sem_close;
    stub("named semaphores") sem_unlink = sem_unlink;
}
