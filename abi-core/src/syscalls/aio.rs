//! Asynchronous input and output of the kernel: what libaio calls.

use core::ffi::{c_int, c_long, c_uint};

use super::signal::check_set_size;
use crate::abi::timespec;
use crate::boundary::user::UserPtr;
use crate::kernel_exports;

kernel_exports! { "";
    /// io_setup(2)
    full fn io_setup(cx, count: c_uint, out: UserPtr<usize>) -> c_int { cx.sys_io_setup(count, out) }
    /// io_destroy(2)
    full fn io_destroy(cx, id: usize) -> c_int { cx.sys_io_destroy(id) }
    /// io_submit(2)
    partial("done at once; the eventfd of a poll that waits is told when events are asked for")
    fn io_submit(cx, id: usize, count: c_long, list: UserPtr<usize>) -> isize { cx.sys_io_submit(id, count, list) }
    /// io_cancel(2)
    full fn io_cancel(cx, id: usize, request: usize, _result: usize) -> c_int { cx.sys_io_cancel(id, request) }
    /// io_getevents(2)
    full fn io_getevents(cx, id: usize, least: c_long, most: c_long, events: usize, timeout: UserPtr<timespec>) -> c_int {
        let deadline = cx.deadline_of(timeout)?;
        cx.sys_io_getevents(id, (least, most), events, deadline)
    }
    /// io_pgetevents(2): the set of signals comes with its size
    full fn io_pgetevents(
        cx, id: usize, least: c_long, most: c_long, events: usize, timeout: UserPtr<timespec>, set: UserPtr<usize>
    ) -> c_int {
        let mut mask = UserPtr::new(0);
        if set.non_null().is_some() {
            let (at, set_bytes) = (set.read()?, set.add(1).read()?);
            mask = UserPtr::<u64>::new(at);
            if mask.non_null().is_some() {
                check_set_size(set_bytes)?;
            }
        }
        let deadline = cx.deadline_of(timeout)?;
        cx.with_signal_mask(mask, || cx.sys_io_getevents(id, (least, most), events, deadline))
    }
}
