//! getdate(3): dates by the templates of a file.

use super::calendar::{Tm, days_from_date, is_leap};
use super::{local, parse};
use crate::libc::stdio::{get, open, sys};

/// Why there is no date, as `getdate_err` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum Failure {
    /// DATEMSK is not set.
    NoVariable = 1,
    /// The template file can't be opened.
    NoFile = 2,
    /// There is no status of the template file.
    NoStatus = 3,
    /// The template file is not a regular file.
    NotRegular = 4,
    /// The template file can't be read.
    Unreadable = 5,
    /// No memory.
    NoMemory = 6,
    /// No template matches.
    NoMatch = 7,
    /// There is no such date.
    Invalid = 8,
}

/// A field that no template has set.
const UNSET: i32 = i32::MIN;

/// Reads `text` by the first template of the file DATEMSK names that matches all of it.
pub fn getdate(text: &[u8]) -> Result<Tm, Failure> {
    let path = sys::environment(c"DATEMSK");
    // SAFETY: not null, then a C string of the environment.
    if path.is_null() || unsafe { *path } == 0 {
        return Err(Failure::NoVariable);
    }
    let (mut tm, has_weekday) = by_template(path, text.trim_ascii())?;
    complete(&mut tm, has_weekday)?;
    Ok(tm)
}

/// Finds the template that matches; also tells whether the text has a day of the week.
fn by_template(path: *const core::ffi::c_char, text: &[u8]) -> Result<(Tm, bool), Failure> {
    // SAFETY: C strings; the stream is this function's own and closed once; the line is getline's block.
    unsafe {
        let fp = open::open(path, c"rce".as_ptr());
        if fp.is_null() {
            let may_not = crate::libc::errno() == crate::abi::EACCES;
            return Err(if may_not { Failure::NoFile } else { Failure::NoStatus });
        }
        let regular = sys::fstat((*fp).fileno)
            .is_some_and(|stat| stat.st_mode & crate::abi::S_IFMT == crate::abi::S_IFREG);
        let (mut line, mut room) = (core::ptr::null_mut(), 0);
        let mut result = Err(if regular { Failure::NoMatch } else { Failure::NotRegular });
        #[expect(clippy::while_immutable_condition, reason = "every line leads on or out")]
        while regular {
            let len = get::delimited(fp, &raw mut line, &raw mut room, b'\n');
            if len < 0 {
                if (*fp).has(crate::libc::stdio::file::flag::ERR_SEEN) {
                    result = Err(Failure::Unreadable);
                } else if line.is_null() {
                    result = Err(Failure::NoMemory);
                }
                break;
            }
            let template = core::slice::from_raw_parts(line, len as usize);
            let template = template.strip_suffix(b"\n").unwrap_or(template);
            let mut tm = Tm {
                sec: UNSET,
                min: UNSET,
                hour: UNSET,
                mday: UNSET,
                mon: UNSET,
                year: UNSET,
                wday: UNSET,
                isdst: -1,
                ..Tm::ZERO
            };
            if let Some(has_weekday) = parse::parse_all(text, template, &mut tm) {
                result = Ok((tm, has_weekday));
                break;
            }
        }
        crate::libc::guest_heap::free(line.cast());
        open::close(fp);
        result
    }
}

/// Fills in what the text left out from the time now, by the rules of getdate(3).
fn complete(tm: &mut Tm, has_weekday: bool) -> Result<(), Failure> {
    let now = local::local_fields(sys::now()).ok_or(Failure::Invalid)?;
    let has_date = tm.year != UNSET || tm.mon != UNSET || tm.mday != UNSET;
    let mut may_carry = false;
    if has_weekday && !has_date {
        // The next such day, which may be today.
        (tm.year, tm.mon) = (now.year, now.mon);
        tm.mday = now.mday + (tm.wday - now.wday).rem_euclid(7);
        may_carry = true;
    }
    if tm.mon != UNSET && tm.mday == UNSET {
        // The next such month, which may be this one, from its first day, or its first such day of the week.
        if tm.year == UNSET {
            tm.year = now.year + i32::from(tm.mon < now.mon);
        }
        tm.mday = 1;
        if has_weekday {
            let first = days_from_date(i64::from(tm.year) + 1900, tm.mon.into(), 1) + 4;
            tm.mday += (i64::from(tm.wday) - first).rem_euclid(7) as i32;
        }
    }
    if tm.hour == UNSET && tm.min == UNSET && tm.sec == UNSET {
        (tm.hour, tm.min, tm.sec) = (now.hour, now.min, now.sec);
    }
    for field in [&mut tm.hour, &mut tm.min, &mut tm.sec] {
        if *field == UNSET {
            *field = 0;
        }
    }
    if !has_date && !has_weekday {
        // Today if that hour is still to come, else tomorrow.
        (tm.year, tm.mon) = (now.year, now.mon);
        tm.mday = now.mday + i32::from(tm.hour < now.hour);
        may_carry = true;
    }
    for (field, current) in [(&mut tm.year, now.year), (&mut tm.mon, now.mon)] {
        if *field == UNSET {
            *field = current;
        }
    }
    if tm.mday == UNSET {
        tm.mday = now.mday;
    }
    let days = days_in_month(i64::from(tm.year) + 1900, tm.mon);
    if !may_carry && !(1..=days).contains(&tm.mday) {
        return Err(Failure::Invalid);
    }
    *tm = local::local_fields(local::local_seconds(tm)).ok_or(Failure::Invalid)?;
    Ok(())
}

fn days_in_month(year: i64, month: i32) -> i32 {
    match month {
        3 | 5 | 8 | 10 => 30,
        1 => 28 + i32::from(is_leap(year)),
        _ => 31,
    }
}
