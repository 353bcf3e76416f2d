//! Timers as files, timerfd_create(2).
//!
//! A timer is a time to come: nothing runs when it passes. Readers sleep until then, and poll asks for the time with
//! [`File::deadline`].

use core::fmt::Write;
use core::time::Duration;

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::WaitQueue;
use crate::abi::{self, Errno, Result};
use crate::backend::{Monotonic, backend};
use crate::boundary::user::{UserBufMut, UserPtr};
use crate::fs::attributes::Attributes;
use crate::fs::file::{File, OpenFile, anonymous_attributes};
use crate::fs::table::OnExec;
use crate::kernel::Context;
use crate::sync::Mutex;
use crate::time::wall::{self, is_to_come, sleep_limit};

/// When a timer fires: the next time, and how long after that again (0: never).
#[derive(Clone, Copy, Default)]
struct Setting {
    next_ns: Option<u64>,
    interval_ns: u64,
    /// What it was set with (`TFD_TIMER_ABSTIME`).
    flags: i32,
    /// The time of the real-time clock that `next_ns` stands for.
    wall: Option<Duration>,
    /// Whether that clock was set and nobody has heard of it, who asked to (`TFD_TIMER_CANCEL_ON_SET`).
    is_cancelled: bool,
}

impl Setting {
    /// Computes when the time of the real-time clock comes.
    fn follow_wall(&mut self) {
        if let (Some(wall), Some(_)) = (self.wall, self.next_ns) {
            self.next_ns = Some(sleep_limit(backend(), wall::deadline(wall)).0);
        }
    }

    /// Tells whether it has fired. A clock that runs slow may not have come there yet.
    fn is_due(&mut self, now_ns: u64) -> bool {
        let is_past = self.next_ns.is_some_and(|next| next <= now_ns);
        let is_to_come = is_past && self.wall.is_some_and(|wall| is_to_come(backend(), wall::deadline(wall)));
        if is_to_come {
            self.follow_wall();
        }
        is_past && !is_to_come
    }
}

/// What has a timer tell of a clock that was set.
const CANCELS: i32 = abi::TFD_TIMER_ABSTIME | abi::TFD_TIMER_CANCEL_ON_SET;

/// A timer.
pub struct TimerFile {
    clock: i32,
    setting: Mutex<Setting>,
    queue: WaitQueue,
}

/// Tells whether a clock is the real-time clock. The machine never rests, so alarm clocks are those they are named by.
const fn is_wall(clock: i32) -> bool {
    matches!(clock, abi::CLOCK_REALTIME | abi::CLOCK_REALTIME_ALARM)
}

/// Converts a `timespec`; `EINVAL` when it is none.
pub fn to_duration(time: abi::timespec) -> Result<Duration> {
    let seconds = u64::try_from(time.tv_sec).map_err(|_| Errno::EINVAL)?;
    let nanos = u32::try_from(time.tv_nsec).ok().filter(|n| *n < 1_000_000_000).ok_or(Errno::EINVAL)?;
    Ok(Duration::new(seconds, nanos))
}

fn from_nanos(nanos: u64) -> abi::timespec {
    abi::timespec { tv_sec: (nanos / 1_000_000_000) as i64, tv_nsec: (nanos % 1_000_000_000) as i64 }
}

fn to_nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl TimerFile {
    /// Takes how often it fired since the last time; `EAGAIN` if it didn't, `ECANCELED` if the clock was set.
    fn take(&self, now_ns: u64) -> Result<u64> {
        let mut setting = self.setting.lock();
        if core::mem::take(&mut setting.is_cancelled) {
            return Err(Errno::ECANCELED);
        }
        if !setting.is_due(now_ns) {
            return Err(Errno::EAGAIN);
        }
        let next = setting.next_ns.ok_or(Errno::EAGAIN)?;
        if setting.interval_ns == 0 {
            setting.next_ns = None;
            return Ok(1);
        }
        let times = (now_ns - next) / setting.interval_ns + 1;
        let step_ns = times.saturating_mul(setting.interval_ns);
        setting.next_ns = Some(next.saturating_add(step_ns));
        setting.wall = setting.wall.map(|wall| wall.saturating_add(Duration::from_nanos(step_ns)));
        Ok(times)
    }

    /// The real-time clock was set.
    pub fn clock_was_set(&self) {
        let mut setting = self.setting.lock();
        setting.follow_wall();
        setting.is_cancelled |= is_wall(self.clock) && setting.flags & CANCELS == CANCELS;
        drop(setting);
        self.queue.notify();
    }

    /// Returns what `timerfd_gettime(2)` says.
    fn current(&self, now_ns: u64) -> abi::itimerspec {
        let setting = *self.setting.lock();
        let left = match setting.next_ns {
            None => 0,
            Some(next) if next > now_ns => next - now_ns,
            Some(_) if setting.interval_ns == 0 => 0,
            Some(next) => setting.interval_ns - (now_ns - next) % setting.interval_ns,
        };
        abi::itimerspec { it_interval: from_nanos(setting.interval_ns), it_value: from_nanos(left) }
    }
}

impl File for TimerFile {
    fn read(&self, cx: Context<'_>, open: &OpenFile, buf: &mut UserBufMut) -> Result<()> {
        if buf.left() < 8 {
            return Err(Errno::EINVAL);
        }
        let now = || cx.kernel.backend.monotonic().0;
        let times = loop {
            match self.take(now()) {
                Err(Errno::EAGAIN) if !open.is_nonblocking() => {}
                other => break other?,
            }
            // Another setting has another deadline, and one that passed is no error here.
            let until = self.deadline();
            let fired = self.queue.wait_until(cx, until, || match self.take(now()) {
                Err(Errno::EAGAIN) if self.deadline() != until => Ok(None),
                other => other.map(Some),
            });
            match fired {
                Ok(Some(times)) => break times,
                Ok(None) | Err(Errno::EAGAIN) => {}
                Err(error) => return Err(error),
            }
        };
        buf.put(&times.to_ne_bytes()).map(drop)
    }
    fn attributes(&self) -> Result<Attributes> {
        Ok(anonymous_attributes())
    }
    fn describe(&self, cx: Context<'_>, out: &mut String) {
        let now = cx.kernel.backend.monotonic().0;
        let setting = *self.setting.lock();
        let current = self.current(now);
        let ticks = i32::from(setting.next_ns.is_some_and(|next| next <= now));
        let flags = setting.flags & (abi::TFD_TIMER_ABSTIME | abi::TFD_TIMER_CANCEL_ON_SET);
        let (value, interval) = (current.it_value, current.it_interval);
        // Writing to a String cannot fail.
        let _ = writeln!(out, "clockid: {}\nticks: {ticks}\nsettime flags: 0{flags:o}", self.clock);
        let _ = writeln!(out, "it_value: ({}, {})", value.tv_sec, value.tv_nsec);
        let _ = writeln!(out, "it_interval: ({}, {})", interval.tv_sec, interval.tv_nsec);
    }
    fn label(&self) -> Vec<u8> {
        b"anon_inode:[timerfd]".to_vec()
    }
    fn poll(&self, cx: Context<'_>) -> i16 {
        let now = cx.kernel.backend.monotonic().0;
        let mut setting = self.setting.lock();
        if setting.is_cancelled || setting.is_due(now) { abi::POLLIN | abi::POLLRDNORM } else { 0 }
    }
    fn wait_queue<'a>(&'a self, _cx: Context<'a>) -> Option<&'a WaitQueue> {
        Some(&self.queue)
    }
    fn deadline(&self) -> Option<Monotonic> {
        self.setting.lock().next_ns.map(|next| Monotonic(0).saturating_add(Duration::from_nanos(next)))
    }
    fn as_timer(&self) -> Option<&TimerFile> {
        Some(self)
    }
}

impl Context<'_> {
    /// timerfd_create(2)
    pub fn sys_timerfd_create(self, clock: i32, flags: i32) -> Result<i32> {
        let is_known = is_wall(clock)
            || matches!(clock, abi::CLOCK_MONOTONIC | abi::CLOCK_BOOTTIME | abi::CLOCK_BOOTTIME_ALARM);
        if !is_known || flags & !(abi::TFD_CLOEXEC | abi::TFD_NONBLOCK) != 0 {
            return Err(Errno::EINVAL);
        }
        let file =
            Arc::new(TimerFile { clock, setting: Mutex::new(Setting::default()), queue: WaitQueue::new() });
        let open = OpenFile::new(file, abi::O_RDWR | (flags & abi::O_NONBLOCK));
        self.files().descriptors.lock().insert(open, OnExec::from_flags(flags), 0)
    }

    /// timerfd_settime(2)
    pub fn sys_timerfd_settime(
        self,
        fd: i32,
        flags: i32,
        new: UserPtr<abi::itimerspec>,
        old: UserPtr<abi::itimerspec>,
    ) -> Result<i32> {
        let wanted = new.read()?;
        let open = self.open_file(fd)?;
        let timer = open.file.as_timer().ok_or(Errno::EINVAL)?;
        let (value, interval) = (to_duration(wanted.it_value)?, to_duration(wanted.it_interval)?);
        let now = self.kernel.backend.monotonic();
        let is_absolute = flags & abi::TFD_TIMER_ABSTIME != 0;
        let next = if value.is_zero() {
            None
        } else if is_absolute {
            Some(to_nanos(value))
        } else {
            Some(now.saturating_add(value).0)
        };
        let wall = (is_absolute && is_wall(timer.clock)).then_some(value);
        let before = timer.current(now.0);
        let was_cancelled = {
            let mut setting = timer.setting.lock();
            // Who asks again to be told, and was not yet, is told now.
            let told = setting.is_cancelled && flags & CANCELS == CANCELS;
            let interval_ns = to_nanos(interval);
            *setting = Setting { next_ns: next, interval_ns, flags, wall, is_cancelled: false };
            setting.follow_wall();
            told && next.is_some()
        };
        timer.queue.notify();
        if let Some(old) = old.non_null() {
            old.write(before)?;
        }
        if was_cancelled { Err(Errno::ECANCELED) } else { Ok(0) }
    }

    /// timerfd_gettime(2)
    pub fn sys_timerfd_gettime(self, fd: i32, out: UserPtr<abi::itimerspec>) -> Result<i32> {
        let open = self.open_file(fd)?;
        let timer = open.file.as_timer().ok_or(Errno::EINVAL)?;
        out.write(timer.current(self.kernel.backend.monotonic().0))?;
        Ok(0)
    }
}
