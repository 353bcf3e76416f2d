//! Setting the machine's clock, which leaves the host's alone: clock_settime(2), settimeofday(2), adjtime(3), adjtimex(2).
//!
//! A frequency (`ADJ_FREQUENCY`, `ADJ_TICK`) is that of the real-time clock alone. What `ADJ_OFFSET` gives to the phase-locked
//! loop is gone as adjtime(3) goes, evenly.

use core::sync::atomic::{AtomicI64, Ordering};
use core::time::Duration;

use super::wall::WALL;
use super::{duration, realtime, usual_clock};
use crate::abi::{self, Errno, Result, timespec, timeval};
use crate::boundary::user::UserPtr;
use crate::kernel::Context;

/// `struct timex` in words of 64 bits, and what of it is where.
const TIMEX_WORDS: usize = 26;
const OFFSET: usize = 1;
const FREQUENCY: usize = 2;
const MAX_ERROR: usize = 3;
const EST_ERROR: usize = 4;
const STATUS: usize = 5;
const CONSTANT: usize = 6;
const PRECISION: usize = 7;
const TOLERANCE: usize = 8;
const SECONDS: usize = 9;
const FRACTION: usize = 10;
const TICK: usize = 11;
const TAI: usize = 20;
/// What a clock that nobody watches may be wrong by, at most, in microseconds (`NTP_PHASE_LIMIT`).
const ERROR_MICROSECONDS: i64 = 16_000_000;
/// How much the frequency may be off, in 2^-16 millionths.
const MOST_FREQUENCY: i64 = 500 << 16;
/// Microseconds between ticks of 100 Hz, and how far that may be changed.
const TICK_MICROSECONDS: i64 = 10_000;
const TICKS: core::ops::RangeInclusive<i64> = 9_000..=11_000;
/// The longest way that adjtime(3) goes.
const FARTHEST_SECONDS: i64 = i32::MAX as i64 / 1_000_000 - 2;
/// The farthest that `ADJ_OFFSET` goes, in nanoseconds.
const FARTHEST_OFFSET_NS: i64 = 500_000_000;
/// The longest time constant, and the largest offset of CLOCK_TAI.
const MOST_CONSTANT: i64 = 10;
const MOST_TAI: i64 = 100_000;
/// Bits of `modes`: a call for adjtime(3), and one that only asks what is left of it.
const IS_ADJTIME: u32 = 0x8000;
const ONLY_READS: u32 = 0x2000;
/// Bits of the status that nobody sets.
const KEPT_STATUS: i64 = 0xff00;

/// What adjtimex(2) keeps for those who ask.
struct Kept {
    frequency: AtomicI64,
    max_error: AtomicI64,
    est_error: AtomicI64,
    status: AtomicI64,
    constant: AtomicI64,
    tick: AtomicI64,
}

static KEPT: Kept = Kept {
    frequency: AtomicI64::new(0),
    max_error: AtomicI64::new(ERROR_MICROSECONDS),
    est_error: AtomicI64::new(ERROR_MICROSECONDS),
    status: AtomicI64::new(abi::STA_UNSYNC as i64),
    constant: AtomicI64::new(2),
    tick: AtomicI64::new(TICK_MICROSECONDS),
};

fn get(kept: &AtomicI64) -> i64 {
    kept.load(Ordering::Relaxed)
}

fn set(kept: &AtomicI64, value: i64) {
    kept.store(value, Ordering::Relaxed);
}

fn is_status(bit: i32) -> bool {
    get(&KEPT.status) & i64::from(bit) != 0
}

impl Context<'_> {
    /// clock_settime(2)
    pub fn sys_clock_settime(self, clock: i32, time: UserPtr<timespec>) -> Result<i32> {
        match clock {
            abi::CLOCK_REALTIME => self.set_clock(duration(time.read()?)?),
            _ => Err(Errno::EINVAL),
        }
    }

    fn set_clock(self, time: Duration) -> Result<i32> {
        self.set_realtime(|_| time.as_nanos() as i128)?;
        // Whoever kept it right has to begin anew.
        let status = get(&KEPT.status) | i64::from(abi::STA_UNSYNC);
        set(&KEPT.status, status);
        set(&KEPT.max_error, ERROR_MICROSECONDS);
        set(&KEPT.est_error, ERROR_MICROSECONDS);
        Ok(0)
    }

    /// settimeofday(2). The zone may be said but is not kept: nothing here has local times.
    pub fn sys_settimeofday(self, time: UserPtr<timeval>, zone: UserPtr<i32>) -> Result<i32> {
        let Some(time) = time.non_null() else {
            let Some(zone) = zone.non_null() else { return Ok(0) };
            return if zone.read()?.abs() > 15 * 60 { Err(Errno::EINVAL) } else { Err(Errno::EPERM) };
        };
        let time = time.read()?;
        if time.tv_sec < 0 || !(0..1_000_000).contains(&time.tv_usec) || !zone.is_null() {
            return Err(Errno::EINVAL);
        }
        self.set_clock(Duration::new(time.tv_sec as u64, time.tv_usec as u32 * 1000))
    }

    /// stime(2)
    pub fn sys_stime(self, time: UserPtr<i64>) -> Result<i32> {
        let seconds = u64::try_from(time.read()?).map_err(|_| Errno::EINVAL)?;
        self.set_clock(Duration::from_secs(seconds))
    }

    /// adjtime(3): goes the way evenly, half a millisecond in a second.
    pub fn sys_adjtime(self, delta: UserPtr<timeval>, left: UserPtr<timeval>) -> Result<i32> {
        let way_ns = match delta.non_null() {
            None => None,
            Some(delta) => {
                let delta = delta.read()?;
                let seconds = delta.tv_sec.saturating_add(delta.tv_usec / 1_000_000);
                if !(-FARTHEST_SECONDS..=FARTHEST_SECONDS).contains(&seconds) {
                    return Err(Errno::EINVAL);
                }
                Some((seconds * 1_000_000 + delta.tv_usec % 1_000_000) * 1000)
            }
        };
        let before = WALL.slew(self.kernel.backend, way_ns) / 1000;
        if let Some(left) = left.non_null() {
            left.write(timeval { tv_sec: before / 1_000_000, tv_usec: before % 1_000_000 })?;
        }
        Ok(0)
    }

    /// clock_adjtime(2); a clock that nobody watches is an error (`TIME_ERROR`) which is no failure.
    pub fn sys_clock_adjtime(self, clock: i32, change: UserPtr<i64>) -> Result<i32> {
        let backend = self.kernel.backend;
        if clock != abi::CLOCK_REALTIME {
            let is_known = usual_clock(backend, clock).is_some();
            return Err(if is_known { Errno::EOPNOTSUPP } else { Errno::EINVAL });
        }
        let mut words = [0; TIMEX_WORDS];
        words.copy_from_slice(&change.read_many(TIMEX_WORDS)?);
        let modes = words[0] as u32;
        check(modes, &words)?;
        if modes & IS_ADJTIME != 0 {
            let way_ns = (modes & ONLY_READS == 0).then(|| words[OFFSET].saturating_mul(1000));
            words[OFFSET] = WALL.slew(backend, way_ns) / 1000;
        } else {
            self.adjust(modes, &words)?;
            let unit = if is_status(abi::STA_NANO) { 1 } else { 1000 };
            words[OFFSET] = WALL.slew(backend, None) / unit;
        }
        let now = realtime(backend);
        words[FREQUENCY] = get(&KEPT.frequency);
        (words[MAX_ERROR], words[EST_ERROR]) = (get(&KEPT.max_error), get(&KEPT.est_error));
        words[STATUS] = get(&KEPT.status);
        words[CONSTANT] = get(&KEPT.constant);
        (words[PRECISION], words[TOLERANCE]) = (1, MOST_FREQUENCY);
        let is_fine = is_status(abi::STA_NANO);
        let fraction = if is_fine { now.subsec_nanos() } else { now.subsec_micros() };
        (words[SECONDS], words[FRACTION]) = (now.as_secs() as i64, i64::from(fraction));
        words[TICK] = get(&KEPT.tick);
        // There is nothing that gives a pulse every second.
        words[TICK + 1..TAI].fill(0);
        words[TAI] = WALL.tai_seconds.load(Ordering::Relaxed);
        change.write_many(&words)?;
        let is_wrong = is_status(abi::STA_UNSYNC) || is_status(abi::STA_CLOCKERR);
        Ok(if is_wrong { abi::TIME_ERROR } else { abi::TIME_OK })
    }

    /// Does what the modes of adjtimex(2) ask for.
    fn adjust(self, modes: u32, words: &[i64; TIMEX_WORDS]) -> Result<()> {
        let (backend, has) = (self.kernel.backend, |mode: u32| modes & mode != 0);
        if has(abi::ADJ_SETOFFSET) {
            let unit = if has(abi::ADJ_NANO) { 1 } else { 1000 };
            let way = i128::from(words[SECONDS]) * 1_000_000_000 + i128::from(words[FRACTION] * unit);
            self.set_realtime(|now_ns| now_ns + way)?;
        }
        if has(abi::ADJ_STATUS) {
            set(&KEPT.status, get(&KEPT.status) & KEPT_STATUS | words[STATUS] & 0xffff & !KEPT_STATUS);
        }
        let fine = i64::from(abi::STA_NANO);
        if has(abi::ADJ_NANO) {
            set(&KEPT.status, get(&KEPT.status) | fine);
        }
        if has(abi::ADJ_MICRO) {
            set(&KEPT.status, get(&KEPT.status) & !fine);
        }
        if has(abi::ADJ_FREQUENCY) {
            set(&KEPT.frequency, words[FREQUENCY].clamp(-MOST_FREQUENCY, MOST_FREQUENCY));
        }
        if has(abi::ADJ_MAXERROR) {
            set(&KEPT.max_error, words[MAX_ERROR].clamp(0, ERROR_MICROSECONDS));
        }
        if has(abi::ADJ_ESTERROR) {
            set(&KEPT.est_error, words[EST_ERROR].clamp(0, ERROR_MICROSECONDS));
        }
        if has(abi::ADJ_TIMECONST) {
            let more = if is_status(abi::STA_NANO) { 0 } else { 4 };
            set(&KEPT.constant, (words[CONSTANT].clamp(0, MOST_CONSTANT) + more).clamp(0, MOST_CONSTANT));
        }
        if has(abi::ADJ_TAI) && (0..=MOST_TAI).contains(&words[CONSTANT]) {
            WALL.tai_seconds.store(words[CONSTANT], Ordering::Relaxed);
        }
        if has(abi::ADJ_OFFSET) && is_status(abi::STA_PLL) {
            let unit = if is_status(abi::STA_NANO) { 1 } else { 1000 };
            let way_ns = words[OFFSET].saturating_mul(unit).clamp(-FARTHEST_OFFSET_NS, FARTHEST_OFFSET_NS);
            WALL.slew(backend, Some(way_ns));
        }
        if has(abi::ADJ_TICK) {
            set(&KEPT.tick, words[TICK]);
        }
        if has(abi::ADJ_FREQUENCY | abi::ADJ_TICK) {
            let by_tick = ((get(&KEPT.tick) - TICK_MICROSECONDS) * 100) << 16;
            WALL.set_rate(backend, get(&KEPT.frequency) + by_tick);
        }
        Ok(())
    }
}

/// Fails with `EINVAL` for values that cannot be.
fn check(modes: u32, words: &[i64; TIMEX_WORDS]) -> Result<()> {
    let has = |mode: u32| modes & mode != 0;
    let is_right = if modes & IS_ADJTIME != 0 {
        has(abi::ADJ_OFFSET)
    } else {
        let fractions = if has(abi::ADJ_NANO) { 0..1_000_000_000 } else { 0..1_000_000 };
        (!has(abi::ADJ_TICK) || TICKS.contains(&words[TICK]))
            && (!has(abi::ADJ_SETOFFSET) || fractions.contains(&words[FRACTION]))
    };
    if is_right { Ok(()) } else { Err(Errno::EINVAL) }
}
