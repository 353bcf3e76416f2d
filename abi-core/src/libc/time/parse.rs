//! strptime(3), in the C locale.

use super::calendar::{DAY, Tm, days_from_date};
use super::format::{DAYS, MONTHS};
use super::local;

/// What was read besides the fields, and is needed at the end.
#[derive(Default)]
struct Seen {
    is_pm: bool,
    hour_is_12: bool,
    century: Option<i32>,
    year_of_century: Option<i32>,
    has_wday: bool,
    has_yday: bool,
    has_mon: bool,
    has_mday: bool,
    wants_date: bool,
    week_sunday: Option<i32>,
    week_monday: Option<i32>,
}

/// Parses `text`; returns how many bytes were read, or `None` if it does not match.
pub fn parse(text: &[u8], template: &[u8], tm: &mut Tm) -> Option<usize> {
    let mut seen = Seen::default();
    let mut rest = text;
    run(&mut rest, template, tm, &mut seen)?;
    finish(tm, &seen);
    Some(text.len() - rest.len())
}

/// Parses all of `text`, and tells whether a day of the week was in it.
pub fn parse_all(text: &[u8], template: &[u8], tm: &mut Tm) -> Option<bool> {
    let mut seen = Seen::default();
    let mut rest = text;
    run(&mut rest, template, tm, &mut seen)?;
    finish(tm, &seen);
    rest.is_empty().then_some(seen.has_wday)
}

fn skip_space(rest: &mut &[u8]) {
    *rest = rest.trim_ascii_start();
}

/// Reads a number of at most `digits` digits, with white space before it, in a range.
fn number(rest: &mut &[u8], low: i64, high: i64, digits: usize) -> Option<i32> {
    skip_space(rest);
    let len = rest.iter().take(digits).take_while(|b| b.is_ascii_digit()).count();
    if len == 0 {
        return None;
    }
    let (mut value, mut used) = (0i64, 0);
    for &digit in &rest[..len] {
        if used > 0 && value * 10 > high {
            break;
        }
        value = value * 10 + i64::from(digit - b'0');
        used += 1;
    }
    *rest = &rest[used..];
    (low..=high).contains(&value).then_some(value as i32)
}

/// Reads one of the names, whole or its first three letters.
fn name(rest: &mut &[u8], names: &[&str]) -> Option<i32> {
    for (index, name) in names.iter().enumerate() {
        for text in [name.as_bytes(), &name.as_bytes()[..3]] {
            if rest.get(..text.len()).is_some_and(|start| start.eq_ignore_ascii_case(text)) {
                *rest = &rest[text.len()..];
                return Some(index as i32);
            }
        }
    }
    None
}

fn run(rest: &mut &[u8], template: &[u8], tm: &mut Tm, seen: &mut Seen) -> Option<()> {
    let mut template = template;
    while let Some((&byte, after)) = template.split_first() {
        template = after;
        if byte.is_ascii_whitespace() || byte == 0x0b {
            skip_space(rest);
            continue;
        }
        if byte != b'%' {
            *rest = rest.strip_prefix(&[byte])?;
            continue;
        }
        while let Some((b'_' | b'-' | b'0' | b'^' | b'#', after)) = template.split_first() {
            template = after;
        }
        let (&letter, after) = template.split_first()?;
        template = after;
        // The alternative forms exist for some letters only.
        let alternatives: &[u8] = match letter {
            b'E' => b"cCxXyY",
            b'O' => b"bBdeHImMSUVWwy",
            _ => b"",
        };
        if !alternatives.is_empty() {
            let (&letter, after) =
                template.split_first().filter(|(letter, _)| alternatives.contains(letter))?;
            if alternatives[0] == b'c' && letter == b'y' {
                // The year of an era, of which the C locale has none.
                return None;
            }
            template = after;
            directive(rest, letter, tm, seen)?;
            continue;
        }
        directive(rest, letter, tm, seen)?;
    }
    Some(())
}

fn directive(rest: &mut &[u8], letter: u8, tm: &mut Tm, seen: &mut Seen) -> Option<()> {
    match letter {
        b'%' => *rest = rest.strip_prefix(b"%")?,
        b'a' | b'A' => {
            tm.wday = name(rest, &DAYS)?;
            seen.has_wday = true;
        }
        b'b' | b'B' | b'h' => {
            tm.mon = name(rest, &MONTHS)?;
            (seen.has_mon, seen.wants_date) = (true, true);
        }
        b'c' => run(rest, b"%a %b %e %H:%M:%S %Y", tm, seen)?,
        b'C' => {
            seen.century = Some(number(rest, 0, 99, 2)?);
            seen.wants_date = true;
        }
        b'd' | b'e' => {
            tm.mday = number(rest, 1, 31, 2)?;
            (seen.has_mday, seen.wants_date) = (true, true);
        }
        b'D' | b'x' => run(rest, b"%m/%d/%y", tm, seen)?,
        b'F' => run(rest, b"%Y-%m-%d", tm, seen)?,
        b'H' | b'k' => {
            tm.hour = number(rest, 0, 23, 2)?;
            seen.hour_is_12 = false;
        }
        b'I' | b'l' => {
            tm.hour = number(rest, 1, 12, 2)? % 12;
            seen.hour_is_12 = true;
        }
        b'j' => {
            tm.yday = number(rest, 1, 366, 3)? - 1;
            seen.has_yday = true;
        }
        b'm' => {
            tm.mon = number(rest, 1, 12, 2)? - 1;
            (seen.has_mon, seen.wants_date) = (true, true);
        }
        b'M' => tm.min = number(rest, 0, 59, 2)?,
        b'n' | b't' => skip_space(rest),
        b'p' => {
            let word = rest.get(..2)?;
            seen.is_pm = word.eq_ignore_ascii_case(b"PM");
            if !seen.is_pm && !word.eq_ignore_ascii_case(b"AM") {
                return None;
            }
            *rest = &rest[2..];
        }
        b'r' => run(rest, b"%I:%M:%S %p", tm, seen)?,
        b'R' => run(rest, b"%H:%M", tm, seen)?,
        b's' => seconds(rest, tm)?,
        b'S' => tm.sec = number(rest, 0, 61, 2)?,
        b'T' | b'X' => run(rest, b"%H:%M:%S", tm, seen)?,
        b'u' => {
            tm.wday = number(rest, 1, 7, 1)? % 7;
            seen.has_wday = true;
        }
        b'g' => {
            number(rest, 0, 99, 2)?;
        }
        b'G' => {
            rest.first().filter(|b| b.is_ascii_digit())?;
            let len = rest.iter().take_while(|b| b.is_ascii_digit()).count();
            *rest = &rest[len..];
        }
        b'U' => seen.week_sunday = Some(number(rest, 0, 53, 2)?),
        b'W' => seen.week_monday = Some(number(rest, 0, 53, 2)?),
        b'V' => {
            number(rest, 0, 53, 2)?;
        }
        b'w' => {
            tm.wday = number(rest, 0, 6, 1)?;
            seen.has_wday = true;
        }
        b'y' => {
            let year = number(rest, 0, 99, 2)?;
            tm.year = if year >= 69 { year } else { year + 100 };
            seen.year_of_century = Some(year);
            seen.wants_date = true;
        }
        b'Y' => {
            tm.year = number(rest, 0, 9999, 4)? - 1900;
            (seen.year_of_century, seen.wants_date) = (None, true);
        }
        b'z' => offset(rest, tm)?,
        // A zone's name is read and ignored.
        b'Z' => {
            skip_space(rest);
            let len = rest.iter().take_while(|b| !b.is_ascii_whitespace()).count();
            *rest = &rest[len..];
        }
        _ => return None,
    }
    Some(())
}

/// `%s`: seconds since the epoch
fn seconds(rest: &mut &[u8], tm: &mut Tm) -> Option<()> {
    let len = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    if len == 0 {
        return None;
    }
    let mut value = 0i64;
    for &digit in &rest[..len] {
        value = value.checked_mul(10)?.checked_add(i64::from(digit - b'0'))?;
    }
    *rest = &rest[len..];
    *tm = local::local_fields(value)?;
    Some(())
}

/// `%z`: `Z`, or `[+-]hh[:][mm]`
fn offset(rest: &mut &[u8], tm: &mut Tm) -> Option<()> {
    skip_space(rest);
    let (&sign, mut after) = rest.split_first()?;
    if sign == b'Z' {
        tm.gmtoff = 0;
        *rest = after;
        return Some(());
    }
    if !matches!(sign, b'+' | b'-') {
        return None;
    }
    let (mut value, mut count) = (0i64, 0);
    while count < 4 {
        match after.split_first() {
            Some((&digit @ b'0'..=b'9', tail)) => {
                value = value * 10 + i64::from(digit - b'0');
                after = tail;
                count += 1;
            }
            Some((b':', tail)) if count == 2 && tail.first().is_some_and(u8::is_ascii_digit) => after = tail,
            _ => break,
        }
    }
    if count == 2 {
        value *= 100;
    } else if count != 4 {
        return None;
    }
    if value % 100 >= 60 {
        return None;
    }
    let seconds = (value / 100 * 60 + value % 100) * 60;
    tm.gmtoff = if sign == b'-' { -seconds } else { seconds };
    *rest = after;
    Some(())
}

/// Works out what the fields that were read imply.
fn finish(tm: &mut Tm, seen: &Seen) {
    if seen.hour_is_12 && seen.is_pm {
        tm.hour += 12;
    }
    if let Some(century) = seen.century {
        let year = seen.year_of_century.unwrap_or(0);
        tm.year = (century - 19) * 100 + year;
    }
    let year = i64::from(tm.year) + 1900;
    if seen.wants_date && !seen.has_wday {
        if !(seen.has_mon && seen.has_mday) && seen.has_yday {
            month_and_day(tm, year, seen);
        }
        // A month that was neither read nor there before tells nothing.
        if (0..12).contains(&tm.mon) {
            set_wday(tm, year);
        }
    }
    if seen.wants_date && !seen.has_yday && (0..12).contains(&tm.mon) {
        set_yday(tm, year);
    }
    if let Some((week, first)) =
        seen.week_sunday.map(|week| (week, 0)).or(seen.week_monday.map(|week| (week, 1)))
        && seen.has_wday
    {
        let january = (days_from_date(year, 0, 1) + 4).rem_euclid(7) as i32;
        if !seen.has_yday {
            tm.yday =
                (7 - (january - first)).rem_euclid(7) + (week - 1) * 7 + (tm.wday - first).rem_euclid(7);
        }
        if !seen.has_mday || !seen.has_mon {
            month_and_day(tm, year, seen);
        }
    }
}

fn set_wday(tm: &mut Tm, year: i64) {
    tm.wday = (days_from_date(year, tm.mon.into(), tm.mday.into()) + 4).rem_euclid(7) as i32;
}

fn set_yday(tm: &mut Tm, year: i64) {
    tm.yday = (days_from_date(year, tm.mon.into(), tm.mday.into()) - days_from_date(year, 0, 1)) as i32;
}

/// Sets month and day from the day of the year, where they were not read.
fn month_and_day(tm: &mut Tm, year: i64, seen: &Seen) {
    let seconds = (days_from_date(year, 0, 1) + i64::from(tm.yday)) * DAY;
    if let Some(date) = super::calendar::fields(seconds, 0) {
        if !seen.has_mon {
            tm.mon = date.mon;
        }
        if !seen.has_mday {
            tm.mday = date.mday;
        }
    }
}
