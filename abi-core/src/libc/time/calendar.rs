//! Seconds and calendar fields, without zones.

use core::ffi::{c_char, c_int, c_long};

/// `struct tm`
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tm {
    /// Seconds, 0 to 60.
    pub sec: c_int,
    /// Minutes.
    pub min: c_int,
    /// Hours.
    pub hour: c_int,
    /// Day of the month, from 1.
    pub mday: c_int,
    /// Month, from 0.
    pub mon: c_int,
    /// Years since 1900.
    pub year: c_int,
    /// Day of the week, Sunday is 0.
    pub wday: c_int,
    /// Day of the year, from 0.
    pub yday: c_int,
    /// Above 0 in daylight saving time, below if not known.
    pub isdst: c_int,
    /// Seconds east of UTC.
    pub gmtoff: c_long,
    /// The zone's abbreviation.
    pub zone: *const c_char,
}

impl Tm {
    /// All zero.
    pub const ZERO: Self = Self {
        sec: 0,
        min: 0,
        hour: 0,
        mday: 0,
        mon: 0,
        year: 0,
        wday: 0,
        yday: 0,
        isdst: 0,
        gmtoff: 0,
        zone: core::ptr::null(),
    };
}

/// Seconds of a day.
pub const DAY: i64 = 86400;

/// Tells whether a year of the Gregorian calendar has 366 days.
pub const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days from 1 March of year 0 to 1 January 1970.
const EPOCH_DAYS: i64 = 719_468;

/// Counts days from 1970-01-01 to a date; the month is from 0 and may be out of range.
pub fn days_from_date(year: i64, month: i64, day: i64) -> i64 {
    let year = year + month.div_euclid(12);
    let month = month.rem_euclid(12);
    // A year that starts in March ends with the leap day.
    let (year, shifted) = if month < 2 { (year - 1, month + 10) } else { (year, month - 2) };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * shifted + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - EPOCH_DAYS
}

/// Returns the date `days` after 1970-01-01: year, month from 0, day from 1.
pub fn date_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + EPOCH_DAYS;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let (month, carry) = if shifted < 10 { (shifted + 2, 0) } else { (shifted - 10, 1) };
    (era * 400 + year_of_era + carry, month, day)
}

/// Splits seconds since the epoch, `offset` seconds east; `None` when the year does not fit.
pub fn fields(seconds: i64, offset: i64) -> Option<Tm> {
    let (mut days, mut rest) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY) + offset);
    days += rest.div_euclid(DAY);
    rest = rest.rem_euclid(DAY);
    let (year, month, day) = date_from_days(days);
    Some(Tm {
        sec: (rest % 60) as c_int,
        min: (rest / 60 % 60) as c_int,
        hour: (rest / 3600) as c_int,
        mday: day as c_int,
        mon: month as c_int,
        year: c_int::try_from(year - 1900).ok()?,
        wday: (days + 4).rem_euclid(7) as c_int,
        yday: (days - days_from_date(year, 0, 1)) as c_int,
        gmtoff: offset,
        ..Tm::ZERO
    })
}

/// Joins fields, which may be out of their ranges, as if they were UTC.
pub fn seconds(tm: &Tm) -> i64 {
    let days = days_from_date(i64::from(tm.year) + 1900, i64::from(tm.mon), i64::from(tm.mday));
    days * DAY + i64::from(tm.hour) * 3600 + i64::from(tm.min) * 60 + i64::from(tm.sec)
}
