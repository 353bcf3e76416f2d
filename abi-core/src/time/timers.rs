//! setitimer(2) and timer_create(2): a thread of the kernel waits for the next timer and sends its signal. Processor time
//! is looked at whenever it can have reached a deadline.

use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;

use super::clocks::{duration, timespec_of, to_timespec, to_timeval};
use super::counted::Counted;
use super::wall;
use crate::abi::{self, Errno, Result, itimerspec, itimerval, timeval};
use crate::backend::{Monotonic, backend};
use crate::boundary::user::{UserPtr, zeroed};
use crate::kernel::{Context, kernel};
use crate::signal::{Info, Target, ThreadCall};
use crate::sync::Mutex;

/// What a timer does when it expires.
#[derive(Debug, Clone, Copy)]
enum Notice {
    Nothing,
    /// Sends a signal, to a thread if the number is not 0.
    Signal {
        info: Info,
        tid: i32,
    },
    /// Calls a function of the program in a new thread.
    Call(ThreadCall),
    /// `RLIMIT_CPU` is reached.
    Limit,
}

#[derive(Debug, Clone, Copy)]
struct Timer {
    id: usize,
    /// The number of the program that made it.
    owner: u32,
    clock: i32,
    counted: Counted,
    deadline: Option<Monotonic>,
    /// The time of the real-time clock that `deadline` stands for.
    wall: Option<Duration>,
    interval: Duration,
    notice: Notice,
    /// How often it expired again after the expiration that its last signal tells of.
    overruns: i32,
    /// The same of the signal before.
    overruns_before: i32,
}

impl Timer {
    /// Makes a timer that is not set.
    fn new(id: usize, owner: u32, clock: i32, counted: Counted) -> Self {
        let (interval, notice) = (Duration::ZERO, Notice::Nothing);
        let (deadline, wall) = (None, None);
        Self { id, owner, clock, counted, deadline, wall, interval, notice, overruns: 0, overruns_before: 0 }
    }

    /// Sets the deadline to when the time of the real-time clock comes that it stands for.
    fn follow_wall(&mut self) {
        if let (Some(wall), Some(_)) = (self.wall, self.deadline) {
            self.deadline = Some(wall::sleep_limit(backend(), wall::deadline(wall)));
        }
    }
}

/// A timer that has expired.
struct Due {
    id: usize,
    owner: u32,
    notice: Notice,
    /// How often it expired once more before it was looked at.
    missed: i32,
}

/// Returns the place of `ITIMER_*` among the timers.
fn place_of(which: i32) -> Result<usize> {
    match which {
        abi::ITIMER_REAL | abi::ITIMER_VIRTUAL | abi::ITIMER_PROF => Ok(usize::MAX - which as usize),
        _ => Err(Errno::EINVAL),
    }
}

/// The place of the timer for `RLIMIT_CPU`, after those of `ITIMER_*`.
const LIMIT_ID: usize = usize::MAX - 3;
/// The most timers there may be.
const TIMERS_MAX: usize = 4096;

/// All timers.
pub struct Timers {
    timers: Mutex<Vec<Timer>>,
    /// Held while the timer thread sends what has expired.
    sending: Mutex<()>,
    /// Changes with the timers; the timer thread sleeps on it.
    changes: AtomicU32,
    /// 1 once the timer thread runs.
    is_running: AtomicU32,
}

impl Timers {
    /// Makes no timers.
    pub const fn new() -> Self {
        Self {
            timers: Mutex::new(Vec::new()),
            sending: Mutex::new(()),
            changes: AtomicU32::new(0),
            is_running: AtomicU32::new(0),
        }
    }

    /// Deletes what timer_create(2) made for programs whose number `ends`: interval timers stay, as execve(2) says. None
    /// of those deleted sends anything afterwards.
    pub fn delete_created(&self, ends: impl Fn(u32) -> bool) {
        let _nothing_is_sent = self.sending.lock();
        self.timers.lock().retain(|timer| timer.id > TIMERS_MAX || !ends(timer.owner));
    }

    /// The real-time clock was set: its timers expire when it shows their time.
    pub(super) fn clock_was_set(&self) {
        self.timers.lock().iter_mut().for_each(Timer::follow_wall);
        self.changed();
    }

    fn changed(&self) {
        self.changes.fetch_add(1, Ordering::Release);
        backend().wake(&self.changes, 1);
    }

    /// Takes what has expired by `now`; returns it with the next deadline.
    fn expire(&self, cx: Context<'_>) -> (Vec<Due>, Option<Monotonic>) {
        let mut due = Vec::new();
        let mut next: Option<Monotonic> = None;
        for timer in self.timers.lock().iter_mut() {
            if timer.deadline.is_some_and(|deadline| deadline <= backend().monotonic()) {
                // A clock that runs slow has not come there yet.
                timer.follow_wall();
            }
            let Some(deadline) = timer.deadline else { continue };
            let Some(now) = timer.counted.now(cx) else {
                // Its thread has ended.
                timer.deadline = None;
                continue;
            };
            if deadline <= now {
                let interval = timer.interval.as_nanos() as u64;
                let missed = (now.0 - deadline.0).checked_div(interval).unwrap_or(0);
                due.push(Due {
                    id: timer.id,
                    owner: timer.owner,
                    notice: timer.notice,
                    missed: i32::try_from(missed).unwrap_or(i32::MAX),
                });
                let after = deadline.0.saturating_add(interval.saturating_mul(missed + 1));
                timer.deadline = (interval != 0).then_some(Monotonic(after));
                timer.wall = timer.wall.map(|wall| wall + Duration::from_nanos(after - deadline.0));
            }
            let again = timer.deadline.map(|deadline| timer.counted.earliest(cx, now, deadline));
            next = match (next, again) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
        }
        (due, next)
    }

    /// Notes how often a timer expired after the expiration its notice tells of: `more` than before, or anew.
    fn count_overruns(&self, id: usize, missed: i32, is_more: bool) {
        if let Some(timer) = self.timers.lock().iter_mut().find(|timer| timer.id == id) {
            if is_more {
                timer.overruns = timer.overruns.saturating_add(missed);
            } else {
                timer.overruns_before = core::mem::replace(&mut timer.overruns, missed);
            }
        }
    }
}

impl Default for Timers {
    fn default() -> Self {
        Self::new()
    }
}

/// The timer thread.
extern "C" fn run(_argument: usize, _kernel_stack_top: usize) -> ! {
    let timers = &kernel().timers;
    loop {
        let seen = timers.changes.load(Ordering::Acquire);
        let cx = Context::current();
        let sending = timers.sending.lock();
        let (due, next) = timers.expire(cx);
        for Due { id, owner, notice, missed } in due {
            match notice {
                Notice::Nothing => {}
                Notice::Signal { info, tid } => {
                    let target = cx.target_of(tid);
                    if id <= TIMERS_MAX && cx.overrun_pending(id as i32, missed.saturating_add(1), &target) {
                        timers.count_overruns(id, missed.saturating_add(1), true);
                        continue;
                    }
                    timers.count_overruns(id, missed, false);
                    let _ = cx.send_signal(Info { overruns: missed, ..info }, target);
                }
                Notice::Call(call) => {
                    timers.count_overruns(id, missed, false);
                    // Without memory for the thread the notice is lost, as on Linux.
                    let _ = cx.call_in_new_thread(owner, call);
                }
                Notice::Limit => cx.processor_time_is_over(),
            }
        }
        drop(sending);
        let _ = backend().wait_uninterruptible(&timers.changes, seen, next);
    }
}

fn from_timeval(time: timeval) -> Result<Duration> {
    duration(timespec_of(time)?)
}

impl Context<'_> {
    fn start_timer_thread(self) -> Result<()> {
        let timers = &self.kernel.timers;
        if timers.is_running.swap(1, Ordering::AcqRel) != 0 {
            return Ok(());
        }
        self.start_kernel_thread(run, 0).inspect_err(|_| timers.is_running.store(0, Ordering::Release))
    }

    /// Changes the timer `id` as `change` says; returns (time left, interval) from before.
    fn set_timer(
        self,
        id: usize,
        (value, wall): (Option<Monotonic>, Option<Duration>),
        interval: Duration,
    ) -> Result<(Duration, Duration)> {
        self.start_timer_thread()?;
        let mut timers = self.kernel.timers.timers.lock();
        let timer = timers.iter_mut().find(|timer| timer.id == id).ok_or(Errno::EINVAL)?;
        let before = (left(self, timer), timer.interval);
        (timer.deadline, timer.wall) = (value, wall);
        (timer.interval, timer.overruns) = (interval, 0);
        timer.follow_wall();
        drop(timers);
        self.kernel.timers.changed();
        Ok(before)
    }

    fn get_timer(self, id: usize) -> Result<(Duration, Duration)> {
        let timers = self.kernel.timers.timers.lock();
        let timer = timers.iter().find(|timer| timer.id == id).ok_or(Errno::EINVAL)?;
        Ok((left(self, timer), timer.interval))
    }

    /// setitimer(2)
    pub fn sys_setitimer(self, which: i32, new: UserPtr<itimerval>, old: UserPtr<itimerval>) -> Result<i32> {
        // No new setting stops the timer, as on Linux.
        let new = new.non_null().map_or(Ok(zeroed()), UserPtr::<itimerval>::read)?;
        let before = self.set_interval_timer(which, new)?;
        if let Some(old) = old.non_null() {
            old.write(before)?;
        }
        Ok(0)
    }

    /// setitimer(2) with values; returns the setting from before.
    pub fn set_interval_timer(self, which: i32, new: itimerval) -> Result<itimerval> {
        let id = place_of(which)?;
        let (value, interval) = (from_timeval(new.it_value)?, from_timeval(new.it_interval)?);
        let (signal, counted, alarm_of) = match which {
            abi::ITIMER_REAL => (abi::SIGALRM, Counted::Time, self.thread.tid),
            abi::ITIMER_VIRTUAL => (abi::SIGVTALRM, Counted::ProcessTime, 0),
            _ => (abi::SIGPROF, Counted::ProcessTime, 0),
        };
        let info = Info { code: abi::SI_KERNEL, alarm_of, ..Info::new(signal) };
        {
            let (notice, owner) = (Notice::Signal { info, tid: 0 }, self.thread.program.number);
            let mut timers = self.kernel.timers.timers.lock();
            match timers.iter_mut().find(|timer| timer.id == id) {
                Some(timer) => timer.notice = notice,
                None => timers.push(Timer { notice, ..Timer::new(id, owner, abi::CLOCK_MONOTONIC, counted) }),
            }
        }
        let now = counted.now(self).ok_or(Errno::EINVAL)?;
        let deadline = (!value.is_zero()).then(|| now.saturating_add(value));
        // One that is stopped keeps no interval, unless it is of processor time.
        let is_kept = deadline.is_some() || counted == Counted::ProcessTime;
        let interval = if is_kept { interval } else { Duration::ZERO };
        let (left, before) = self.set_timer(id, (deadline, None), interval)?;
        Ok(itimerval { it_interval: to_timeval(before), it_value: to_timeval(left) })
    }

    /// Has [`Context::processor_time_is_over`] called when so many seconds of processor time are used, and every second
    /// after that; at no time with `None`.
    pub fn set_processor_limit(self, seconds: Option<u64>) -> Result<()> {
        let counted = Counted::ProcessTime;
        {
            let mut timers = self.kernel.timers.timers.lock();
            if timers.iter().all(|timer| timer.id != LIMIT_ID) {
                if seconds.is_none() {
                    return Ok(());
                }
                let owner = self.thread.program.number;
                let timer = Timer::new(LIMIT_ID, owner, abi::CLOCK_PROCESS_CPUTIME_ID, counted);
                timers.push(Timer { notice: Notice::Limit, ..timer });
            }
        }
        let deadline = seconds.map(|seconds| Monotonic(0).saturating_add(Duration::from_secs(seconds)));
        self.set_timer(LIMIT_ID, (deadline, None), Duration::from_secs(1)).map(drop)
    }

    /// getitimer(2)
    pub fn sys_getitimer(self, which: i32, out: UserPtr<itimerval>) -> Result<i32> {
        let (left, interval) = self.get_timer(place_of(which)?).unwrap_or_default();
        out.write(itimerval { it_interval: to_timeval(interval), it_value: to_timeval(left) })?;
        Ok(0)
    }

    /// timer_create(2): `store` hands out the timer's number, which is as wide as the door has it.
    pub fn sys_timer_create(
        self,
        clock: i32,
        event: UserPtr<u64>,
        store: impl FnOnce(usize) -> Result<()>,
    ) -> Result<i32> {
        let counted = Counted::of_clock(self, clock)?;
        let mut timers = self.kernel.timers.timers.lock();
        if timers.len() >= TIMERS_MAX {
            return Err(Errno::EAGAIN);
        }
        let id =
            (1..=TIMERS_MAX).find(|id| timers.iter().all(|timer| timer.id != *id)).ok_or(Errno::EAGAIN)?;
        // The lock guards the number; reading the event may sleep, so the place is taken first.
        timers.push(Timer::new(id, self.thread.program.number, clock, counted));
        drop(timers);
        let made = read_event(self, event, id).and_then(|notice| store(id).map(|()| notice));
        let mut timers = self.kernel.timers.timers.lock();
        match made {
            Ok(notice) => {
                if let Some(timer) = timers.iter_mut().find(|timer| timer.id == id) {
                    timer.notice = notice;
                }
                Ok(0)
            }
            Err(error) => {
                timers.retain(|timer| timer.id != id);
                Err(error)
            }
        }
    }

    /// timer_settime(2)
    pub fn sys_timer_settime(
        self,
        id: usize,
        flags: i32,
        new: UserPtr<itimerspec>,
        old: UserPtr<itimerspec>,
    ) -> Result<i32> {
        let new = new.read()?;
        let (value, interval) = (duration(new.it_value)?, duration(new.it_interval)?);
        let Timer { clock, counted, .. } = {
            let timers = self.kernel.timers.timers.lock();
            *timers.iter().find(|timer| timer.id == id && id <= TIMERS_MAX).ok_or(Errno::EINVAL)?
        };
        let now = counted.now(self).ok_or(Errno::ESRCH)?;
        let is_absolute = flags & abi::TIMER_ABSTIME != 0;
        let wall = match clock {
            abi::CLOCK_REALTIME if is_absolute => Some(value),
            abi::CLOCK_TAI if is_absolute => Some(wall::of_atomic_time(value)),
            _ => None,
        };
        // One of the real-time clock is computed when it is set.
        let deadline = (!value.is_zero()).then(|| match clock {
            _ if wall.is_some() => now,
            _ if is_absolute => Monotonic(0).saturating_add(value),
            _ => now.saturating_add(value),
        });
        let interval = if deadline.is_some() { interval } else { Duration::ZERO };
        let (left, before) = self.set_timer(id, (deadline, wall), interval)?;
        if let Some(old) = old.non_null() {
            old.write(itimerspec { it_interval: to_timespec(before), it_value: to_timespec(left) })?;
        }
        Ok(0)
    }

    /// timer_gettime(2)
    pub fn sys_timer_gettime(self, id: usize, out: UserPtr<itimerspec>) -> Result<i32> {
        let (left, interval) =
            self.get_timer(Some(id).filter(|id| *id <= TIMERS_MAX).ok_or(Errno::EINVAL)?)?;
        out.write(itimerspec { it_interval: to_timespec(interval), it_value: to_timespec(left) })?;
        Ok(0)
    }

    /// timer_getoverrun(2): those of the last signal that was taken.
    pub fn sys_timer_getoverrun(self, id: usize) -> Result<i32> {
        let timer = {
            let timers = self.kernel.timers.timers.lock();
            *timers.iter().find(|timer| timer.id == id && id <= TIMERS_MAX).ok_or(Errno::EINVAL)?
        };
        let waits = match timer.notice {
            Notice::Signal { tid, .. } => self.overrun_pending(id as i32, 0, &self.target_of(tid)),
            _ => false,
        };
        Ok(if waits { timer.overruns_before } else { timer.overruns })
    }

    /// Says whom a timer's signal is aimed at: the thread, or as kill(2) would if that has ended.
    fn target_of(self, tid: i32) -> Target {
        self.thread_numbered(tid).map_or(Target::Process, Target::Thread)
    }

    /// timer_delete(2)
    pub fn sys_timer_delete(self, id: usize) -> Result<i32> {
        let mut timers = self.kernel.timers.timers.lock();
        let at = timers.iter().position(|timer| timer.id == id && id <= TIMERS_MAX).ok_or(Errno::EINVAL)?;
        timers.swap_remove(at);
        Ok(0)
    }
}

fn left(cx: Context<'_>, timer: &Timer) -> Duration {
    let (Some(at), Some(now)) = (timer.deadline, timer.counted.now(cx)) else { return Duration::ZERO };
    // A timer that is set never shows 0, which means that it is not.
    Duration::from_nanos(at.0.saturating_sub(now.0).max(1))
}

/// Reads a `struct sigevent`: value, (signal, kind), then the thread's number or the function.
fn read_event(cx: Context<'_>, event: UserPtr<u64>, id: usize) -> Result<Notice> {
    if event.is_null() {
        let info = Info { value: id as u64, ..Info::of_timer(abi::SIGALRM, id as i32) };
        return Ok(Notice::Signal { info, tid: 0 });
    }
    let value = event.read()?;
    let [signal, kind] = UserPtr::<[i32; 2]>::new(event.add(1).address()).read()?;
    let info = Info { value, ..Info::of_timer(signal, id as i32) };
    if matches!(kind, abi::SIGEV_SIGNAL | abi::SIGEV_THREAD_ID) && !(1..=64).contains(&signal) {
        return Err(Errno::EINVAL);
    }
    match kind {
        abi::SIGEV_SIGNAL => Ok(Notice::Signal { info, tid: 0 }),
        abi::SIGEV_NONE => Ok(Notice::Nothing),
        abi::SIGEV_THREAD_ID => Ok(Notice::Signal { info, tid: event.add(2).read()? as i32 }),
        abi::SIGEV_THREAD => cx.thread_call(event).map(Notice::Call),
        _ => Err(Errno::EINVAL),
    }
}
