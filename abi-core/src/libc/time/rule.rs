//! The POSIX form of a time zone: `EST5EDT,M3.2.0,M11.1.0`.

use super::calendar::{DAY, date_from_days, days_from_date, is_leap};

/// When in a year a change comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// `Jn`: day 1 to 365, 29 February never counts.
    Julian(i64),
    /// `n`: day 0 to 365.
    Day(i64),
    /// `Mm.w.d`: month, week (5 is the last), day of the week.
    Week(i64, i64, i64),
}

/// A change: a day and the local second of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The day.
    pub when: When,
    /// Seconds after midnight; may lie outside the day.
    pub second: i64,
}

impl Change {
    /// Returns the local second (as if UTC) of the change in a year.
    fn in_year(self, year: i64) -> i64 {
        let first = days_from_date(year, 0, 1);
        let day = match self.when {
            When::Julian(n) => first + n - 1 + i64::from(is_leap(year) && n >= 60),
            When::Day(n) => first + n,
            When::Week(month, week, weekday) => {
                let start = days_from_date(year, month - 1, 1);
                let next = days_from_date(year, month, 1);
                let mut day = start + (weekday - (start + 4)).rem_euclid(7) + 7 * (week - 1);
                while day >= next {
                    day -= 7;
                }
                day
            }
        };
        day * DAY + self.second
    }
}

/// A name inside the text of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Abbreviation {
    bytes: [u8; 16],
    len: usize,
}

impl Abbreviation {
    /// Copies a name, cut to what fits.
    pub fn new(name: &[u8]) -> Self {
        let len = name.len().min(16);
        let mut bytes = [0; 16];
        bytes[..len].copy_from_slice(&name[..len]);
        Self { bytes, len }
    }
    /// Returns the name.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// A parsed rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Standard time's name.
    pub name: Abbreviation,
    /// Standard time's seconds east.
    pub offset: i64,
    /// Daylight saving time, if there is any.
    pub daylight: Option<Daylight>,
}

/// Daylight saving time of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Daylight {
    /// Its name.
    pub name: Abbreviation,
    /// Its seconds east.
    pub offset: i64,
    /// Its start, in standard time.
    pub start: Change,
    /// Its end, in daylight saving time.
    pub end: Change,
}

impl Rule {
    /// Returns the offset at a time, and whether it is daylight saving time.
    pub fn at(&self, seconds: i64) -> (i64, bool) {
        let Some(daylight) = self.daylight else { return (self.offset, false) };
        // Further away than any year that fits a `struct tm`.
        let seconds = seconds.clamp(-1 << 57, 1 << 57);
        let (year, ..) = date_from_days((seconds + self.offset).div_euclid(DAY));
        // As with glibc a rule has no changes before 1970.
        let year = year.max(1970);
        let start = daylight.start.in_year(year) - self.offset;
        let end = daylight.end.in_year(year) - daylight.offset;
        let is_daylight =
            if start < end { (start..end).contains(&seconds) } else { !(end..start).contains(&seconds) };
        if is_daylight { (daylight.offset, true) } else { (self.offset, false) }
    }

    /// Parses a rule; also returns what of it was understood when it is not valid: the first name.
    pub fn parse(text: &[u8]) -> Result<Self, Abbreviation> {
        let mut at = Parser(text);
        let name = at.name().ok_or_else(Abbreviation::default)?;
        let offset = -at.offset(24).ok_or(name)?;
        if at.0.is_empty() {
            return Ok(Self { name, offset, daylight: None });
        }
        let standard_only = Self { name, offset, daylight: None };
        let Some(other) = at.name() else { return Ok(standard_only) };
        let daylight_offset = match at.0.first() {
            None | Some(b',') => offset + 3600,
            _ => match at.offset(24) {
                Some(seconds) => -seconds,
                None => return Ok(standard_only),
            },
        };
        let (start, end) = if at.0.is_empty() {
            let second = 7200;
            (Change { when: When::Week(3, 2, 0), second }, Change { when: When::Week(11, 1, 0), second })
        } else {
            match (at.change(), at.change()) {
                (Some(start), Some(end)) => (start, end),
                _ => return Ok(standard_only),
            }
        };
        let daylight = Some(Daylight { name: other, offset: daylight_offset, start, end });
        Ok(Self { name, offset, daylight })
    }
}

struct Parser<'a>(&'a [u8]);

impl Parser<'_> {
    fn eat(&mut self, byte: u8) -> bool {
        let is_there = self.0.first() == Some(&byte);
        if is_there {
            self.0 = &self.0[1..];
        }
        is_there
    }

    fn name(&mut self) -> Option<Abbreviation> {
        let is_quoted = self.eat(b'<');
        let fits = |b: &u8| {
            if is_quoted {
                b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-')
            } else {
                b.is_ascii_alphabetic()
            }
        };
        let len = self.0.iter().take_while(|b| fits(b)).count();
        if len < 3 {
            return None;
        }
        let (name, rest) = self.0.split_at(len);
        self.0 = rest;
        if is_quoted && !self.eat(b'>') {
            return None;
        }
        Some(Abbreviation::new(name))
    }

    fn number(&mut self) -> Option<i64> {
        let len = self.0.iter().take_while(|b| b.is_ascii_digit()).count().min(6);
        if len == 0 {
            return None;
        }
        let (digits, rest) = self.0.split_at(len);
        self.0 = rest;
        Some(digits.iter().fold(0, |value, digit| value * 10 + i64::from(digit - b'0')))
    }

    /// `[+-]hh[:mm[:ss]]`
    fn offset(&mut self, hours_max: i64) -> Option<i64> {
        let is_negative = self.eat(b'-');
        if !is_negative {
            self.eat(b'+');
        }
        let mut seconds = self.number()?.min(hours_max) * 3600;
        if self.eat(b':') {
            seconds += self.number()?.min(59) * 60;
            if self.eat(b':') {
                seconds += self.number()?.min(59);
            }
        }
        Some(if is_negative { -seconds } else { seconds })
    }

    /// `,date[/time]`
    fn change(&mut self) -> Option<Change> {
        if !self.eat(b',') {
            return None;
        }
        let when = if self.eat(b'J') {
            When::Julian(self.number().filter(|n| (1..=365).contains(n))?)
        } else if self.eat(b'M') {
            let month = self.number().filter(|n| (1..=12).contains(n))?;
            let week = self.eat(b'.').then(|| self.number())?.filter(|n| (1..=5).contains(n))?;
            let day = self.eat(b'.').then(|| self.number())?.filter(|n| (0..=6).contains(n))?;
            When::Week(month, week, day)
        } else {
            When::Day(self.number().filter(|n| (0..=365).contains(n))?)
        };
        let second = if self.eat(b'/') { self.offset(167)? } else { 7200 };
        Some(Change { when, second })
    }
}
