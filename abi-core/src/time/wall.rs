//! The machine's own real-time clock: the backend's, and how far the machine has set its own away from it.
//!
//! Reading it costs a load more than the backend's clock while it was only set; where it also runs faster or slower
//! (adjtime(3), `ADJ_FREQUENCY`) the readers compute how far it has come. They take no lock, since they are the program's
//! own code: a number that is odd while something changes has them look again.
//!
//! A wait until some time of this clock has a [`deadline`] that no time of the monotonic clock equals. It is translated
//! whenever a thread goes to sleep ([`sleep_limit`]), and who sets the clock has every thread look again.

use core::sync::atomic::{AtomicI64, AtomicU32, Ordering, fence};
use core::time::Duration;

use crate::abi::{Errno, Result};
use crate::backend::{Backend, Monotonic, backend};
use crate::kernel::Context;
use crate::sync::Mutex;

const SECOND_NS: i128 = 1_000_000_000;
/// [`Wall::offset_ns`] of a clock that runs faster or slower.
const MOVING: i64 = i64::MIN;
/// adjtime(3) makes a second so much longer or shorter, at most: 500 millionths, as its inverse.
const SLEW_PARTS: i64 = 2000;
/// A rate of one, in 2^-16 millionths.
const RATE_ONE: i128 = 1_000_000 << 16;
/// Marks a deadline of this clock; no time of the monotonic clock is as late.
const OF_WALL: u64 = 1 << 63;
/// The latest time that can be set: 30 years before nanoseconds since 1970 do not fit into 63 bits, as on Linux.
const LATEST_SECONDS: u64 = 8_277_292_036;

/// How the machine's clock differs from the backend's.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Course {
    /// How far ahead it was.
    base_ns: i64,
    /// When that was, on the monotonic clock.
    since_ns: u64,
    /// How far it goes beside that, at the rate of adjtime(3).
    slew_ns: i64,
    /// How much faster it runs all the time, in 2^-16 millionths.
    rate: i64,
}

impl Course {
    /// Returns how much of the way of adjtime(3) is gone.
    fn gone_ns(&self, now_ns: u64) -> i64 {
        let most = i64::try_from(now_ns.saturating_sub(self.since_ns)).unwrap_or(i64::MAX) / SLEW_PARTS;
        self.slew_ns.clamp(-most, most)
    }

    /// Returns how far ahead it is.
    fn at(&self, now_ns: u64) -> i64 {
        let elapsed = i128::from(now_ns.saturating_sub(self.since_ns));
        let by_rate = (elapsed * i128::from(self.rate) / RATE_ONE) as i64;
        self.base_ns.saturating_add(self.gone_ns(now_ns)).saturating_add(by_rate)
    }

    /// Returns the same course, told from now on.
    fn told_at(self, now_ns: u64) -> Self {
        let (base_ns, slew_ns) = (self.at(now_ns), self.slew_ns - self.gone_ns(now_ns));
        Self { base_ns, since_ns: now_ns, slew_ns, rate: self.rate }
    }
}

/// The machine's clock.
pub(super) struct Wall {
    /// How far ahead it is, or [`MOVING`].
    offset_ns: AtomicI64,
    /// Odd while the course changes.
    turn: AtomicU32,
    base_ns: AtomicI64,
    since_ns: AtomicI64,
    slew_ns: AtomicI64,
    rate: AtomicI64,
    /// How many seconds CLOCK_TAI is ahead.
    pub(super) tai_seconds: AtomicI64,
    changing: Mutex<()>,
}

/// There is one, so that reading it needs no way to it.
pub(super) static WALL: Wall = Wall {
    offset_ns: AtomicI64::new(0),
    turn: AtomicU32::new(0),
    base_ns: AtomicI64::new(0),
    since_ns: AtomicI64::new(0),
    slew_ns: AtomicI64::new(0),
    rate: AtomicI64::new(0),
    tai_seconds: AtomicI64::new(0),
    changing: Mutex::new(()),
};

impl Wall {
    fn course(&self) -> Course {
        loop {
            let turn = self.turn.load(Ordering::Acquire);
            let course = Course {
                base_ns: self.base_ns.load(Ordering::Relaxed),
                since_ns: self.since_ns.load(Ordering::Relaxed) as u64,
                slew_ns: self.slew_ns.load(Ordering::Relaxed),
                rate: self.rate.load(Ordering::Relaxed),
            };
            fence(Ordering::Acquire);
            if turn.is_multiple_of(2) && self.turn.load(Ordering::Relaxed) == turn {
                return course;
            }
            core::hint::spin_loop();
        }
    }

    /// Changes the course from what it is now on.
    fn change(&self, backend: &dyn Backend, change: impl FnOnce(&mut Course) -> Result<()>) -> Result<()> {
        let _changing = self.changing.lock();
        let mut course = self.course().told_at(backend.monotonic().0);
        change(&mut course)?;
        self.turn.fetch_add(1, Ordering::Relaxed);
        fence(Ordering::Release);
        self.base_ns.store(course.base_ns, Ordering::Relaxed);
        self.since_ns.store(course.since_ns as i64, Ordering::Relaxed);
        self.slew_ns.store(course.slew_ns, Ordering::Relaxed);
        self.rate.store(course.rate, Ordering::Relaxed);
        self.turn.fetch_add(1, Ordering::Release);
        let is_still = course.slew_ns == 0 && course.rate == 0;
        self.offset_ns.store(if is_still { course.base_ns } else { MOVING }, Ordering::Release);
        Ok(())
    }

    /// Returns what is left of the way of adjtime(3), in nanoseconds, after having it go another one if there is one.
    pub(super) fn slew(&self, backend: &dyn Backend, way_ns: Option<i64>) -> i64 {
        let mut left = 0;
        let changed = self.change(backend, |course| {
            left = course.slew_ns;
            course.slew_ns = way_ns.unwrap_or(left);
            Ok(())
        });
        debug_assert_eq!(changed, Ok(()));
        left
    }

    /// Has the clock run faster by so many 2^-16 millionths.
    pub(super) fn set_rate(&self, backend: &dyn Backend, rate: i64) {
        let changed = self.change(backend, |course| {
            course.rate = rate;
            Ok(())
        });
        debug_assert_eq!(changed, Ok(()));
    }
}

#[cold]
fn moved(now: Duration) -> Duration {
    let offset_ns = WALL.course().at(backend().monotonic().0);
    shifted(now, offset_ns)
}

fn shifted(now: Duration, offset_ns: i64) -> Duration {
    let way = Duration::from_nanos(offset_ns.unsigned_abs());
    if offset_ns < 0 { now.saturating_sub(way) } else { now.saturating_add(way) }
}

/// Reads the machine's real-time clock.
#[inline]
pub fn realtime(backend: &dyn Backend) -> Duration {
    let now = backend.realtime();
    match WALL.offset_ns.load(Ordering::Relaxed) {
        0 => now,
        MOVING => moved(now),
        offset_ns => shifted(now, offset_ns),
    }
}

/// Reads CLOCK_TAI, which few ask for.
#[cold]
pub(super) fn atomic_time(backend: &dyn Backend) -> Duration {
    shifted(realtime(backend), WALL.tai_seconds.load(Ordering::Relaxed).saturating_mul(SECOND_NS as i64))
}

/// Returns the deadline of a wait until a time of this clock.
pub fn deadline(time: Duration) -> Monotonic {
    let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    // The last one of all means never.
    Monotonic(OF_WALL | nanos.min(OF_WALL - 2))
}

/// Returns the time of this clock at a time of CLOCK_TAI.
pub(super) fn of_atomic_time(time: Duration) -> Duration {
    let ahead = WALL.tai_seconds.load(Ordering::Relaxed);
    shifted(time, ahead.saturating_mul(-(SECOND_NS as i64)))
}

fn of_wall(deadline: Monotonic) -> Option<Duration> {
    (deadline.0 & OF_WALL != 0 && deadline.0 != u64::MAX).then(|| Duration::from_nanos(deadline.0 & !OF_WALL))
}

/// Tells whether a deadline is one of this clock.
pub fn is_of_wall(deadline: Monotonic) -> bool {
    of_wall(deadline).is_some()
}

/// Returns when a deadline comes as the clock stands.
pub fn sleep_limit(backend: &dyn Backend, deadline: Monotonic) -> Monotonic {
    match of_wall(deadline) {
        None => deadline,
        Some(time) => backend.monotonic().saturating_add(time.saturating_sub(realtime(backend))),
    }
}

/// Tells whether a deadline that seemed to have come has not, since the clock was set back or runs slow.
pub fn is_to_come(backend: &dyn Backend, deadline: Monotonic) -> bool {
    of_wall(deadline).is_some_and(|time| realtime(backend) < time)
}

impl Context<'_> {
    /// Sets the clock to what `then_ns` makes of the time it shows; `EINVAL` if that is too late, or less than the time
    /// since boot.
    pub(super) fn set_realtime(self, then_ns: impl FnOnce(i128) -> i128) -> Result<()> {
        let backend = self.kernel.backend;
        WALL.change(backend, |course| {
            let now_ns = backend.realtime().as_nanos() as i128 + i128::from(course.base_ns);
            let then_ns = then_ns(now_ns);
            let is_possible = then_ns >= i128::from(backend.monotonic().0)
                && then_ns / SECOND_NS < i128::from(LATEST_SECONDS);
            if !is_possible {
                return Err(Errno::EINVAL);
            }
            course.base_ns = (i128::from(course.base_ns) + then_ns - now_ns) as i64;
            course.slew_ns = 0;
            Ok(())
        })?;
        self.kernel.timers.clock_was_set();
        self.kernel.for_each_open(|open| {
            if let Some(timer) = open.file.as_timer() {
                timer.clock_was_set();
            }
        });
        // Who sleeps until some time of this clock looks how long that is now.
        fence(Ordering::SeqCst);
        for thread in self.kernel.tasks.threads.lock().iter().filter(|thread| thread.is_in_kernel()) {
            self.kernel.backend.interrupt(thread.backend_id());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_is_gone_slowly_and_a_rate_adds_up() {
        let second = 1_000_000_000;
        let course = Course { base_ns: 5, since_ns: second, slew_ns: -700_000, rate: 0 };
        assert_eq!(course.at(second), 5);
        assert_eq!(course.at(2 * second), 5 - 500_000);
        assert_eq!(course.at(9 * second), 5 - 700_000);
        let later = course.told_at(2 * second);
        assert_eq!((later.base_ns, later.slew_ns), (5 - 500_000, -200_000));
        let fast = Course { rate: 100 << 16, ..Course::default() };
        assert_eq!(fast.at(10 * second), 1_000_000);
    }

    #[test]
    fn deadlines_of_the_two_clocks_are_told_apart() {
        assert_eq!(of_wall(Monotonic(7)), None);
        assert_eq!(of_wall(Monotonic(u64::MAX)), None);
        assert_eq!(of_wall(deadline(Duration::from_secs(3))), Some(Duration::from_secs(3)));
        assert!(deadline(Duration::MAX).0 < u64::MAX);
    }
}
