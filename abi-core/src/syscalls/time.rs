//! Clocks and timers.

use core::ffi::{c_int, c_long, c_uint};

use crate::abi::{self, itimerval, timespec, timeval};
use crate::boundary::user::UserPtr;
use crate::kernel_exports;

kernel_exports! { "";
    /// clock_gettime(2)
    full fn clock_gettime(cx, clock: c_int, out: UserPtr<timespec>) -> c_int {
        out.write(cx.clock_now(clock)?)?;
        Ok(0)
    }
    /// clock_getres(2)
    full fn clock_getres(cx, clock: c_int, out: UserPtr<timespec>) -> c_int {
        cx.clock_now(clock)?;
        if let Some(out) = out.non_null() {
            out.write(timespec { tv_sec: 0, tv_nsec: crate::time::resolution_nanos(clock) })?;
        }
        Ok(0)
    }
    /// gettimeofday(2)
    full fn gettimeofday(cx, time: UserPtr<timeval>, zone: UserPtr<[c_int; 2]>) -> c_int {
        let now = crate::time::realtime(cx.kernel.backend);
        if let Some(time) = time.non_null() {
            time.write(crate::time::to_timeval(now))?;
        }
        if let Some(zone) = zone.non_null() {
            zone.write([0, 0])?;
        }
        Ok(0)
    }
    /// time(2)
    full fn time(cx, out: UserPtr<c_long>) -> c_long {
        let now = crate::time::realtime(cx.kernel.backend).as_secs() as c_long;
        if let Some(out) = out.non_null() {
            out.write(now)?;
        }
        Ok(now)
    }
    /// alarm(2)
    full fn alarm(cx, seconds: c_uint) -> c_uint {
        let zero = timeval { tv_sec: 0, tv_usec: 0 };
        let value = timeval { tv_sec: i64::from(seconds), tv_usec: 0 };
        let left = cx.set_interval_timer(abi::ITIMER_REAL, itimerval { it_interval: zero, it_value: value })?.it_value;
        Ok(crate::time::alarm_seconds(left))
    }
    /// timer_create(2): the timer's number is an int
    full fn timer_create(cx, clock: c_int, event: UserPtr<u64>, timer: UserPtr<c_int>) -> c_int {
        cx.sys_timer_create(clock, event, |id| timer.write(id as c_int))
    }
}
