//! Clocks and timers of `time.h` and `sys/time.h`: what asks the kernel for the time.

use core::ffi::{c_int, c_long, c_uint};

use crate::abi::{self, itimerspec, itimerval, timespec, timeval};
use crate::backend::backend;
use crate::boundary::user::UserPtr;
use crate::libc::set_errno;
use crate::{kernel_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL, PURE];

/// clock_gettime(2): without entering the kernel for the usual clocks.
pub unsafe extern "C" fn clock_gettime(clock: c_int, time: *mut timespec) -> c_int {
    let Some(now) = crate::time::usual_clock(backend(), clock) else {
        // SAFETY: the row checks the pointer.
        return unsafe { __osvrun_cpu_clock(clock, UserPtr::new(time as usize)) };
    };
    // SAFETY: the caller's pointer.
    unsafe { *time = crate::time::to_timespec(now) };
    0
}

/// gettimeofday(2)
pub unsafe extern "C" fn gettimeofday(time: *mut timeval, zone: *mut [c_int; 2]) -> c_int {
    let now = crate::time::realtime(backend());
    // SAFETY: the caller's pointers.
    unsafe {
        if !time.is_null() {
            *time = timeval { tv_sec: now.as_secs() as i64, tv_usec: i64::from(now.subsec_micros()) };
        }
        if !zone.is_null() {
            *zone = [0, 0];
        }
    }
    0
}

/// time(2)
pub unsafe extern "C" fn time(out: *mut c_long) -> c_long {
    let now = crate::time::realtime(backend()).as_secs() as c_long;
    if !out.is_null() {
        // SAFETY: the caller's pointer.
        unsafe { *out = now };
    }
    now
}

/// clock(3)
pub unsafe extern "C" fn clock() -> c_long {
    let mut now = timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: our own variable.
    match unsafe { clock_gettime(abi::CLOCK_PROCESS_CPUTIME_ID, &raw mut now) } {
        0 => now.tv_sec * 1_000_000 + now.tv_nsec / 1000,
        _ => -1,
    }
}

/// timespec_get(3)
pub unsafe extern "C" fn timespec_get(time: *mut timespec, base: c_int) -> c_int {
    if base != 1 {
        return 0;
    }
    // SAFETY: the caller's pointer.
    unsafe { clock_gettime(abi::CLOCK_REALTIME, time) };
    base
}

/// timespec_getres(3)
pub unsafe extern "C" fn timespec_getres(resolution: *mut timespec, base: c_int) -> c_int {
    if base != 1 {
        return 0;
    }
    // SAFETY: the caller's pointer, or NULL.
    unsafe { clock_getres(abi::CLOCK_REALTIME, resolution) };
    base
}

/// `struct ntptimeval` up to what is reserved.
#[repr(C)]
struct NtpTime {
    time: [i64; 2],
    max_error: i64,
    estimated_error: i64,
    tai: i64,
    reserved: [i64; 4],
}

/// What ntp_gettime(3) is to tell, and the clock's state.
fn ntp_time() -> (NtpTime, c_int) {
    /// Words of `struct timex`, and where they are.
    const WORDS: usize = 26;
    const MAX_ERROR: usize = 3;
    const ESTIMATED_ERROR: usize = 4;
    const TIME: usize = 9;
    const TAI: usize = 20;
    let mut clock = [0_i64; WORDS];
    // SAFETY: a `struct timex` that asks for no change.
    let state = unsafe { adjtimex(UserPtr::new(clock.as_mut_ptr() as usize)) };
    let time = [clock[TIME], clock[TIME + 1]];
    let (max_error, estimated_error) = (clock[MAX_ERROR], clock[ESTIMATED_ERROR]);
    (NtpTime { time, max_error, estimated_error, tai: clock[TAI] as i32 as i64, reserved: [0; 4] }, state)
}

/// ntp_gettime(3), which leaves what is reserved: older programs do not have it.
unsafe extern "C" fn ntp_gettime(out: *mut NtpTime) -> c_int {
    let (now, state) = ntp_time();
    // SAFETY: the caller's place, of which only this may be there.
    unsafe {
        (&raw mut (*out).time).write(now.time);
        (&raw mut (*out).max_error).write(now.max_error);
        (&raw mut (*out).estimated_error).write(now.estimated_error);
        (&raw mut (*out).tai).write(now.tai);
    }
    state
}

/// ntp_gettimex(3)
unsafe extern "C" fn ntp_gettimex(out: *mut NtpTime) -> c_int {
    let (now, state) = ntp_time();
    // SAFETY: the caller's place.
    unsafe { out.write(now) };
    state
}

/// clock_getres(2)
pub unsafe extern "C" fn clock_getres(clock: c_int, resolution: *mut timespec) -> c_int {
    let mut now = timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: our own variable.
    if unsafe { clock_gettime(clock, &raw mut now) } != 0 {
        return -1;
    }
    if !resolution.is_null() {
        // SAFETY: the caller's pointer.
        unsafe { *resolution = timespec { tv_sec: 0, tv_nsec: crate::time::resolution_nanos(clock) } };
    }
    0
}

/// clock_getcpuclockid(3)
pub unsafe extern "C" fn clock_getcpuclockid(pid: c_int, clock: *mut c_int) -> c_int {
    if pid != 0 && pid != abi::PID {
        return abi::ESRCH;
    }
    // SAFETY: the caller's pointer.
    unsafe { *clock = abi::CLOCK_PROCESS_CPUTIME_ID };
    0
}

/// clock_nanosleep(2): returns the error number.
pub unsafe extern "C" fn clock_nanosleep(
    clock: c_int,
    flags: c_int,
    time: *const timespec,
    left: *mut timespec,
) -> c_int {
    if clock == abi::CLOCK_THREAD_CPUTIME_ID {
        return abi::EINVAL;
    }
    let before = crate::libc::errno();
    let (time, left) = (UserPtr::new(time as usize), UserPtr::new(left as usize));
    // SAFETY: the row checks the pointers.
    let answer = unsafe { __osvrun_clock_nanosleep(clock, flags, time, left) };
    if answer == 0 {
        return 0;
    }
    let error = crate::libc::errno();
    set_errno(before);
    error
}

/// sleep(3)
pub unsafe extern "C" fn sleep(seconds: c_uint) -> c_uint {
    let time = timespec { tv_sec: i64::from(seconds), tv_nsec: 0 };
    let mut left = timespec { tv_sec: 0, tv_nsec: 0 };
    let left_at = UserPtr::new(&raw mut left as usize);
    // SAFETY: our own variables.
    match unsafe { nanosleep(UserPtr::new(&raw const time as usize), left_at) } {
        0 => 0,
        _ => left.tv_sec as c_uint,
    }
}

/// usleep(3)
pub unsafe extern "C" fn usleep(micros: c_uint) -> c_int {
    let time =
        timespec { tv_sec: i64::from(micros / 1_000_000), tv_nsec: i64::from(micros % 1_000_000) * 1000 };
    // SAFETY: our own variable.
    unsafe { nanosleep(UserPtr::new(&raw const time as usize), UserPtr::new(0)) }
}

/// alarm(2)
pub unsafe extern "C" fn alarm(seconds: c_uint) -> c_uint {
    let zero = timeval { tv_sec: 0, tv_usec: 0 };
    let new = itimerval { it_interval: zero, it_value: timeval { tv_sec: i64::from(seconds), tv_usec: 0 } };
    let mut old = itimerval { it_interval: zero, it_value: zero };
    let (new, old_at) = (UserPtr::new(&raw const new as usize), UserPtr::new(&raw mut old as usize));
    // SAFETY: our own variables.
    unsafe { setitimer(abi::ITIMER_REAL, new, old_at) };
    crate::time::alarm_seconds(old.it_value)
}

/// ualarm(3)
pub unsafe extern "C" fn ualarm(micros: c_uint, interval: c_uint) -> c_uint {
    // A second or more is none of its times.
    let split = |micros: c_uint| timeval { tv_sec: 0, tv_usec: i64::from(micros) };
    let new = itimerval { it_interval: split(interval), it_value: split(micros) };
    let mut old = itimerval { it_interval: split(0), it_value: split(0) };
    let (new, old_at) = (UserPtr::new(&raw const new as usize), UserPtr::new(&raw mut old as usize));
    // SAFETY: our own variables.
    if unsafe { setitimer(abi::ITIMER_REAL, new, old_at) } < 0 {
        return c_uint::MAX;
    }
    (old.it_value.tv_sec * 1_000_000 + old.it_value.tv_usec) as c_uint
}

kernel_exports! { "libc.so.6";
    /// Reads a clock of processor time.
    full fn __osvrun_cpu_clock(cx, clock: c_int, out: UserPtr<timespec>) -> c_int {
        out.write(cx.cpu_clock(clock)?)?;
        Ok(0)
    }
    /// clock_nanosleep(2), with errno.
    full fn __osvrun_clock_nanosleep(cx, clock: c_int, flags: c_int, time: UserPtr<timespec>, left: UserPtr<timespec>) -> c_int {
        cx.sys_clock_nanosleep(clock, flags, time, left)
    }
    /// nanosleep(2)
    full fn nanosleep(cx, time: UserPtr<timespec>, left: UserPtr<timespec>) -> c_int {
        cx.sys_clock_nanosleep(abi::CLOCK_MONOTONIC, 0, time, left)
    }
    /// setitimer(2)
    full fn setitimer(cx, which: c_int, new: UserPtr<itimerval>, old: UserPtr<itimerval>) -> c_int {
        cx.sys_setitimer(which, new, old)
    }
    /// getitimer(2)
    full fn getitimer(cx, which: c_int, now: UserPtr<itimerval>) -> c_int {
        cx.sys_getitimer(which, now)
    }
    /// timer_create(2)
    full fn timer_create(cx, clock: c_int, event: UserPtr<u64>, timer: UserPtr<usize>) -> c_int {
        cx.sys_timer_create(clock, event, |id| timer.write(id))
    }
    /// timer_settime(2)
    full fn timer_settime(cx, timer: usize, flags: c_int, new: UserPtr<itimerspec>, old: UserPtr<itimerspec>) -> c_int {
        cx.sys_timer_settime(timer, flags, new, old)
    }
    /// timer_gettime(2)
    full fn timer_gettime(cx, timer: usize, now: UserPtr<itimerspec>) -> c_int {
        cx.sys_timer_gettime(timer, now)
    }
    /// timer_getoverrun(2)
    full fn timer_getoverrun(cx, timer: usize) -> c_int {
        cx.sys_timer_getoverrun(timer)
    }
    /// timer_delete(2)
    full fn timer_delete(cx, timer: usize) -> c_int { cx.sys_timer_delete(timer) }
    /// clock_settime(2)
    full fn clock_settime(cx, clock: c_int, time: UserPtr<timespec>) -> c_int {
        cx.sys_clock_settime(clock, time)
    }
    /// settimeofday(2)
    partial("no time zone can be set") fn settimeofday(cx, time: UserPtr<timeval>, zone: UserPtr<i32>) -> c_int {
        cx.sys_settimeofday(time, zone)
    }
    /// stime(2)
    full fn stime(cx, time: UserPtr<i64>) -> c_int { cx.sys_stime(time) }
    /// adjtime(3)
    full fn adjtime(cx, delta: UserPtr<timeval>, left: UserPtr<timeval>) -> c_int {
        cx.sys_adjtime(delta, left)
    }
    /// adjtimex(2)
    partial("ADJ_OFFSET is gone evenly; CLOCK_MONOTONIC keeps its frequency") fn adjtimex(cx, change: UserPtr<i64>) -> c_int {
        cx.sys_clock_adjtime(abi::CLOCK_REALTIME, change)
    }
    /// clock_adjtime(2)
    partial("ADJ_OFFSET is gone evenly; CLOCK_MONOTONIC keeps its frequency")
    fn clock_adjtime(cx, clock: c_int, change: UserPtr<i64>) -> c_int {
        cx.sys_clock_adjtime(clock, change)
    }
}

pure_exports! { "libc.so.6";
    full clock_gettime = clock_gettime;
    full __clock_gettime = clock_gettime;
    full clock_getres = clock_getres;
    full clock_getcpuclockid = clock_getcpuclockid;
    full clock_nanosleep = clock_nanosleep;
    full gettimeofday = gettimeofday;
    full __gettimeofday = gettimeofday;
    full time = time;
    full clock = clock;
    full timespec_get = timespec_get;
    full timespec_getres = timespec_getres;
    full ntp_gettime = ntp_gettime;
    full ntp_gettimex = ntp_gettimex;
    full sleep = sleep;
    full usleep = usleep;
    full alarm = alarm;
    full ualarm = ualarm;
    full __nanosleep = nanosleep;
    partial("ADJ_OFFSET is gone evenly; CLOCK_MONOTONIC keeps its frequency") ntp_adjtime = adjtimex;
    partial("ADJ_OFFSET is gone evenly; CLOCK_MONOTONIC keeps its frequency") __adjtimex = adjtimex;
}
