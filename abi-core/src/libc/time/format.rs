//! strftime(3), in the C locale.

use super::calendar::{Tm, is_leap};
use super::local;

/// Names of the days, from Sunday.
pub const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
/// Names of the months.
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A buffer that notes when it is full.
pub struct Out<'a> {
    /// Where the text goes.
    pub to: &'a mut [u8],
    /// How much there is.
    pub len: usize,
}

impl Out<'_> {
    fn put(&mut self, bytes: &[u8]) -> Option<()> {
        self.to.get_mut(self.len..self.len + bytes.len())?.copy_from_slice(bytes);
        self.len += bytes.len();
        Some(())
    }

    fn fill(&mut self, byte: u8, count: usize) -> Option<()> {
        self.to.get_mut(self.len..self.len.checked_add(count)?)?.fill(byte);
        self.len += count;
        Some(())
    }
}

/// The flags and width of a conversion.
#[derive(Clone, Copy, Default)]
struct Modifiers {
    /// `_`, `-` or `0`, else 0.
    pad: u8,
    upper: bool,
    swap: bool,
    width: usize,
}

/// Days from the start of ISO year's week 1, given the day of the year and of the week.
fn iso_week_days(yday: i64, wday: i64) -> i64 {
    let big_enough = 3 * 7;
    yday - (yday - wday + 4 + big_enough) % 7 + 4 - 1
}

/// Returns the ISO 8601 year and week.
fn iso_week(tm: &Tm) -> (i64, i64) {
    let mut year = i64::from(tm.year) + 1900;
    let (yday, wday) = (i64::from(tm.yday), i64::from(tm.wday));
    let length = |year| if is_leap(year) { 366 } else { 365 };
    let mut days = iso_week_days(yday, wday);
    if days < 0 {
        year -= 1;
        days = iso_week_days(yday + length(year), wday);
    } else {
        let next = iso_week_days(yday - length(year), wday);
        if next >= 0 {
            year += 1;
            days = next;
        }
    }
    (year, days / 7 + 1)
}

/// Formats; `None` when the text does not fit.
pub fn format(out: &mut Out<'_>, template: &[u8], tm: &Tm) -> Option<()> {
    let mut rest = template;
    while let Some((&byte, after)) = rest.split_first() {
        if byte != b'%' {
            out.put(&[byte])?;
            rest = after;
            continue;
        }
        let start = rest;
        rest = after;
        let mut modifiers = Modifiers::default();
        while let Some((&flag, after)) = rest.split_first() {
            match flag {
                b'_' | b'-' | b'0' => modifiers.pad = flag,
                b'^' => modifiers.upper = true,
                b'#' => modifiers.swap = true,
                _ => break,
            }
            rest = after;
        }
        while let Some((&digit @ b'0'..=b'9', after)) = rest.split_first() {
            modifiers.width = modifiers.width.saturating_mul(10).saturating_add(usize::from(digit - b'0'));
            rest = after;
        }
        let mut alternative = 0;
        if let Some((&letter @ (b'E' | b'O'), after)) = rest.split_first() {
            alternative = letter;
            rest = after;
        }
        let Some((&letter, after)) = rest.split_first() else {
            return put_text(out, Modifiers { swap: false, ..modifiers }, start);
        };
        rest = after;
        let as_written = &start[..start.len() - rest.len()];
        if !can_be(alternative, letter) {
            put_text(out, Modifiers { swap: false, ..modifiers }, as_written)?;
            continue;
        }
        convert(out, letter, modifiers, tm, as_written)?;
    }
    Some(())
}

/// Tells whether a conversion has the alternative that was asked for.
fn can_be(alternative: u8, letter: u8) -> bool {
    match alternative {
        b'E' => !b"aABbhdDeFHIkljMmSUVgGWw".contains(&letter),
        b'O' => !b"aAcDFxXY".contains(&letter),
        _ => true,
    }
}

fn convert(out: &mut Out<'_>, letter: u8, modifiers: Modifiers, tm: &Tm, as_written: &[u8]) -> Option<()> {
    let year = i64::from(tm.year) + 1900;
    let hour12 = match tm.hour {
        0 => 12,
        hour if hour > 12 => hour - 12,
        hour => hour,
    };
    let number =
        |out: &mut Out<'_>, digits: usize, value: i64| put_number(out, modifiers, digits, b'0', value);
    let spaced =
        |out: &mut Out<'_>, digits: usize, value: i64| put_number(out, modifiers, digits, b'_', value);
    let nested = |out: &mut Out<'_>, template: &[u8]| put_nested(out, modifiers, template, tm);
    let name = |index: i32, names: &'static [&'static str], len: usize| {
        let name = usize::try_from(index).ok().and_then(|i| names.get(i)).copied().unwrap_or("?");
        name.get(..len.min(name.len())).unwrap_or(name)
    };
    let upper = Modifiers { upper: modifiers.upper || modifiers.swap, swap: false, ..modifiers };
    match letter {
        b'a' => put_text(out, upper, name(tm.wday, &DAYS, 3).as_bytes()),
        b'A' => put_text(out, upper, name(tm.wday, &DAYS, 20).as_bytes()),
        b'b' | b'h' => put_text(out, upper, name(tm.mon, &MONTHS, 3).as_bytes()),
        b'B' => put_text(out, upper, name(tm.mon, &MONTHS, 20).as_bytes()),
        b'c' => nested(out, b"%a %b %e %H:%M:%S %Y"),
        b'C' => number(out, 1, year.div_euclid(100)),
        b'd' => number(out, 2, tm.mday.into()),
        b'D' | b'x' => nested(out, b"%m/%d/%y"),
        b'e' => spaced(out, 2, tm.mday.into()),
        b'F' => nested(out, b"%Y-%m-%d"),
        b'g' => number(out, 2, iso_week(tm).0.rem_euclid(100)),
        b'G' => number(out, 1, iso_week(tm).0),
        b'H' => number(out, 2, tm.hour.into()),
        b'I' => number(out, 2, hour12.into()),
        b'j' => number(out, 3, i64::from(tm.yday) + 1),
        b'k' => spaced(out, 2, tm.hour.into()),
        b'l' => spaced(out, 2, hour12.into()),
        b'm' => number(out, 2, i64::from(tm.mon) + 1),
        b'M' => number(out, 2, tm.min.into()),
        b'n' => put_text(out, modifiers, b"\n"),
        b'p' | b'P' => {
            let is_lower = letter == b'P' || modifiers.swap;
            let text: &[u8] = match (tm.hour > 11, is_lower) {
                (false, false) => b"AM",
                (false, true) => b"am",
                (true, false) => b"PM",
                (true, true) => b"pm",
            };
            put_text(out, Modifiers { swap: false, upper: modifiers.upper && !is_lower, ..modifiers }, text)
        }
        b'r' => nested(out, b"%I:%M:%S %p"),
        b'R' => nested(out, b"%H:%M"),
        b's' => {
            // Text to glibc, with zeroes before a sign.
            let mut digits = [0; 24];
            let mut text = Out { to: &mut digits, len: 0 };
            put_number(&mut text, Modifiers::default(), 1, b'0', local::local_seconds(tm))?;
            let len = text.len;
            put_text(out, modifiers, &digits[..len])
        }
        b'S' => number(out, 2, tm.sec.into()),
        b't' => put_text(out, modifiers, b"\t"),
        b'T' | b'X' => nested(out, b"%H:%M:%S"),
        b'u' => number(out, 1, i64::from((tm.wday + 6).rem_euclid(7)) + 1),
        b'U' => number(out, 2, i64::from((tm.yday - tm.wday + 7) / 7)),
        b'V' => number(out, 2, iso_week(tm).1),
        b'w' => number(out, 1, tm.wday.into()),
        b'W' => number(out, 2, i64::from((tm.yday - (tm.wday + 6) % 7 + 7) / 7)),
        b'y' => number(out, 2, year.rem_euclid(100)),
        b'Y' => number(out, 1, year),
        b'z' => put_offset(out, modifiers, tm),
        b'Z' => {
            // SAFETY: the program's `struct tm` names a C string or nothing.
            let mut zone = if tm.zone.is_null() { c"" } else { unsafe { crate::libc::c_str(tm.zone) } };
            if zone.is_empty() && tm.isdst >= 0 {
                local::set_zone();
                let names = crate::libc::state::state().time.tzname.get();
                // SAFETY: the names of the zone that has just been set.
                zone = names.get(tm.isdst as usize).map_or(c"?", |&name| unsafe { crate::libc::c_str(name) });
            }
            put_text(out, modifiers, zone.to_bytes())
        }
        b'%' => put_text(out, modifiers, b"%"),
        _ => put_text(out, Modifiers { swap: false, ..modifiers }, as_written),
    }
}

/// Puts text, padded on the left to the width.
fn put_text(out: &mut Out<'_>, modifiers: Modifiers, text: &[u8]) -> Option<()> {
    let pad = if modifiers.pad == b'0' { b'0' } else { b' ' };
    out.fill(pad, modifiers.width.saturating_sub(text.len()))?;
    let start = out.len;
    out.put(text)?;
    let text = out.to.get_mut(start..out.len)?;
    if modifiers.swap {
        text.make_ascii_lowercase();
    } else if modifiers.upper {
        text.make_ascii_uppercase();
    }
    Some(())
}

/// Puts a number of at least `digits` digits.
fn put_number(out: &mut Out<'_>, modifiers: Modifiers, digits: usize, pad: u8, value: i64) -> Option<()> {
    let mut buf = [0; 24];
    let mut at = buf.len();
    let mut magnitude = value.unsigned_abs();
    loop {
        at -= 1;
        buf[at] = b'0' + (magnitude % 10) as u8;
        magnitude /= 10;
        if magnitude == 0 {
            break;
        }
    }
    let pad = if modifiers.pad == 0 { pad } else { modifiers.pad };
    let sign: &[u8] = if value < 0 { b"-" } else { b"" };
    let len = buf.len() - at + sign.len();
    if pad == b'-' {
        out.fill(b' ', modifiers.width.saturating_sub(len))?;
        out.put(sign)?;
    } else {
        let wanted = digits.max(modifiers.width);
        let missing = wanted.saturating_sub(len);
        if pad == b'_' {
            out.fill(b' ', missing)?;
            out.put(sign)?;
        } else {
            out.put(sign)?;
            out.fill(b'0', missing)?;
        }
    }
    out.put(&buf[at..])
}

/// Puts a conversion that is several others.
fn put_nested(out: &mut Out<'_>, modifiers: Modifiers, template: &[u8], tm: &Tm) -> Option<()> {
    let start = out.len;
    format(out, template, tm)?;
    let len = out.len - start;
    let missing = modifiers.width.saturating_sub(len);
    if missing > 0 {
        let pad = if modifiers.pad == b'0' { b'0' } else { b' ' };
        out.fill(pad, missing)?;
        out.to.get_mut(start..out.len)?.rotate_right(missing);
    }
    if modifiers.upper {
        out.to.get_mut(start..out.len)?.make_ascii_uppercase();
    }
    Some(())
}

/// `%z`: `+hhmm`
fn put_offset(out: &mut Out<'_>, modifiers: Modifiers, tm: &Tm) -> Option<()> {
    if tm.isdst < 0 {
        return Some(());
    }
    // An `int`, as for glibc.
    let seconds = tm.gmtoff as i32;
    let minutes = i64::from(seconds / 60).abs();
    let value = minutes / 60 * 100 + minutes % 60;
    // The width is that of the sign and of the number, each.
    put_text(
        out,
        Modifiers { upper: false, swap: false, ..modifiers },
        if seconds < 0 { b"-" } else { b"+" },
    )?;
    put_number(out, modifiers, 4, b'0', value)
}
