//! `aio.h`
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_int, c_void};
use core::ptr::null_mut;
use core::sync::atomic::Ordering::*;

use super::fcntl;
use crate::abi::{self, EBADF, EINPROGRESS, EINVAL, EIO, timespec};
use crate::libc::aio::{self, Batch, Control, Operation, cancel, enqueue, fail, wait_until};
use crate::libc::pthread::word::NEVER;
use crate::libc::sigevent::{Event, notify};
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// `LIO_WAIT`
const WAIT: c_int = 0;
/// `LIO_NOWAIT`
const NO_WAIT: c_int = 1;

unsafe fn start(control: *mut Control, operation: Operation) -> c_int {
    match enqueue(control, operation, null_mut()) {
        0 => 0,
        error => fail(error),
    }
}

unsafe extern "C" fn aio_read(control: *mut Control) -> c_int {
    start(control, Operation::Read)
}

unsafe extern "C" fn aio_write(control: *mut Control) -> c_int {
    start(control, Operation::Write)
}

unsafe extern "C" fn aio_fsync(kind: c_int, control: *mut Control) -> c_int {
    let operation = match kind {
        abi::O_SYNC | abi::O_DSYNC => Operation::Sync,
        _ => return fail(EINVAL),
    };
    if fcntl::fcntl((*control).fd, abi::F_GETFL, 0) < 0 {
        return fail(EBADF);
    }
    start(control, operation)
}

unsafe extern "C" fn aio_error(control: *const Control) -> c_int {
    (*control).error.load(Acquire)
}

unsafe extern "C" fn aio_return(control: *const Control) -> isize {
    (*control).result.load(Relaxed)
}

unsafe extern "C" fn aio_cancel(fd: c_int, control: *mut Control) -> c_int {
    if fcntl::fcntl(fd, abi::F_GETFL, 0) < 0 {
        return fail(EBADF);
    }
    if !control.is_null() && (*control).fd != fd {
        return fail(EINVAL);
    }
    cancel(fd, control) as c_int
}

unsafe fn is_done(control: *const Control) -> bool {
    !control.is_null() && (*control).error.load(Acquire) != EINPROGRESS
}

/// aio_suspend(3): waits for one of the requests.
unsafe extern "C" fn aio_suspend(list: *const *const Control, count: c_int, time: *const timespec) -> c_int {
    let Ok(count) = usize::try_from(count) else { return fail(EINVAL) };
    let mut deadline = NEVER;
    if let Some(time) = time.as_ref() {
        if time.tv_sec < 0 || !(0..1_000_000_000).contains(&time.tv_nsec) {
            return fail(EINVAL);
        }
        let nanos = (time.tv_sec as u64).saturating_mul(1_000_000_000).saturating_add(time.tv_nsec as u64);
        deadline = crate::backend::backend().monotonic().0.saturating_add(nanos);
    }
    let requests = || (0..count).map(|index| *list.add(index));
    // With nothing to wait for there is nothing to be woken by.
    let is_over = || requests().any(|control| is_done(control)) || requests().all(<*const Control>::is_null);
    match wait_until(deadline, is_over) {
        0 => 0,
        error => fail(error),
    }
}

/// lio_listio(3)
unsafe extern "C" fn lio_listio(
    mode: c_int,
    list: *const *mut Control,
    count: c_int,
    event: *const Event,
) -> c_int {
    let (Ok(count), WAIT | NO_WAIT) = (usize::try_from(count), mode) else { return fail(EINVAL) };
    let operation = |control: *mut Control| match control.as_ref()?.opcode {
        abi::LIO_READ => Some(Ok(Operation::Read)),
        abi::LIO_WRITE => Some(Ok(Operation::Write)),
        abi::LIO_NOP => None,
        _ => Some(Err(EINVAL)),
    };
    let requests = || (0..count).map(|index| *list.add(index));
    let started = requests().filter(|&control| operation(control).is_some()).count();
    let mut batch = null_mut::<Batch>();
    if mode == NO_WAIT && !event.is_null() {
        if started == 0 {
            notify(&*event);
            return 0;
        }
        batch = aio::new_batch(started, event);
        if batch.is_null() {
            return fail(abi::EAGAIN);
        }
    }
    let mut has_failed = false;
    for control in requests() {
        let Some(operation) = operation(control) else { continue };
        let error = match operation {
            Ok(operation) => enqueue(control, operation, batch),
            Err(error) => {
                (*control).result.store(-1, Relaxed);
                (*control).error.store(error, Release);
                error
            }
        };
        if error != 0 {
            has_failed = true;
            aio::leave_batch(batch);
        }
    }
    if mode == WAIT {
        let is_over = || requests().all(|control| operation(control).is_none() || is_done(control));
        let error = wait_until(NEVER, is_over);
        if error != 0 {
            return fail(error);
        }
        has_failed =
            requests().any(|control| operation(control).is_some() && (*control).error.load(Acquire) != 0);
    }
    if has_failed { fail(EIO) } else { 0 }
}

/// aio_init(3): how many helpers there are is not the program's to say.
extern "C" fn aio_init(_wishes: *const c_void) {}

pure_exports! { "libc.so.6";
    full aio_read = aio_read;
    full aio_read64 = aio_read;
    full aio_write = aio_write;
    full aio_write64 = aio_write;
    full aio_fsync = aio_fsync;
    full aio_fsync64 = aio_fsync;
    full aio_error = aio_error;
    full aio_error64 = aio_error;
    full aio_return = aio_return;
    full aio_return64 = aio_return;
    full aio_cancel = aio_cancel;
    full aio_cancel64 = aio_cancel;
    full aio_suspend = aio_suspend;
    full aio_suspend64 = aio_suspend;
    full lio_listio = lio_listio;
    full lio_listio64 = lio_listio;
    partial("accepted, without effect") aio_init = aio_init;
}
