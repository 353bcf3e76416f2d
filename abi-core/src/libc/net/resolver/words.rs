//! What types, classes and answers of the DNS are called, and times as master files write them.

use core::ffi::{CStr, c_int};
use core::fmt::Write;

use crate::libc::time::{Tm, calendar};

/// What types are called, from 1 on.
const TYPES: [&CStr; 39] = [
    c"A",
    c"NS",
    c"MD",
    c"MF",
    c"CNAME",
    c"SOA",
    c"MB",
    c"MG",
    c"MR",
    c"NULL",
    c"WKS",
    c"PTR",
    c"HINFO",
    c"MINFO",
    c"MX",
    c"TXT",
    c"RP",
    c"AFSDB",
    c"X25",
    c"ISDN",
    c"RT",
    c"NSAP",
    c"NSAP_PTR",
    c"SIG",
    c"KEY",
    c"PX",
    c"GPOS",
    c"AAAA",
    c"LOC",
    c"NXT",
    c"EID",
    c"NIMLOC",
    c"SRV",
    c"ATMA",
    c"NAPTR",
    c"KX",
    c"CERT",
    c"38",
    c"DNAME",
];
/// From 250 on.
const LATER_TYPES: [&CStr; 6] = [c"TSIG", c"IXFR", c"AXFR", c"MAILB", c"MAILA", c"ANY"];
/// What answers are called, from 0 on.
const ANSWERS: [&CStr; 12] = [
    c"NOERROR",
    c"FORMERR",
    c"SERVFAIL",
    c"NXDOMAIN",
    c"NOTIMP",
    c"REFUSED",
    c"YXDOMAIN",
    c"YXRRSET",
    c"NXRRSET",
    c"NOTAUTH",
    c"NOTZONE",
    c"",
];

/// What a type is called, if that is known.
pub fn type_name(kind: c_int) -> Option<&'static CStr> {
    let at = |names: &'static [&'static CStr], first: c_int| {
        usize::try_from(kind.checked_sub(first)?).ok().and_then(|index| names.get(index)).copied()
    };
    at(&TYPES, 1).or_else(|| at(&LATER_TYPES, 250))
}

/// What a class is called, if that is known.
pub const fn class_name(class: c_int) -> Option<&'static CStr> {
    match class {
        1 => Some(c"IN"),
        3 => Some(c"CHAOS"),
        4 => Some(c"HS"),
        254 => Some(c"NONE"),
        255 => Some(c"ANY"),
        _ => None,
    }
}

/// What an answer's code is called, if that is known.
pub fn answer_name(answer: c_int) -> Option<&'static CStr> {
    match answer {
        16 => Some(c"BADSIG"),
        17 => Some(c"BADKEY"),
        18 => Some(c"BADTIME"),
        _ => usize::try_from(answer).ok().and_then(|index| ANSWERS.get(index)).copied(),
    }
}

/// Weeks, days, hours, minutes and seconds, as far as there are any; one letter alone is a capital. Nothing is written of a
/// part that has no room.
pub fn write_ttl(out: &mut impl Write, seconds: u64) -> core::fmt::Result {
    const UNITS: [(char, u64); 5] = [('w', 604_800), ('d', 86_400), ('h', 3600), ('m', 60), ('s', 1)];
    let mut rest = seconds;
    let parts = UNITS.map(|(letter, unit)| {
        let count = rest / unit;
        rest %= unit;
        (letter, count)
    });
    let is_single = parts.iter().filter(|(_, count)| *count != 0).count() <= 1;
    for (letter, count) in parts {
        if count != 0 || letter == 's' && seconds == 0 {
            let letter = if is_single { letter.to_ascii_uppercase() } else { letter };
            write!(out, "{count}{letter}")?;
        }
    }
    Ok(())
}

/// Reads a time to live, in seconds or in numbers with units.
pub fn parse_ttl(text: &[u8]) -> Option<u64> {
    let (mut sum, mut part, mut has_digits, mut has_units) = (0u64, 0u64, false, false);
    for &byte in text {
        if byte.is_ascii_digit() {
            part = part.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
            has_digits = true;
            continue;
        }
        let unit = match byte.to_ascii_uppercase() {
            _ if !has_digits => return None,
            b'W' => 604_800,
            b'D' => 86_400,
            b'H' => 3600,
            b'M' => 60,
            b'S' => 1,
            _ => return None,
        };
        sum = sum.wrapping_add(part.wrapping_mul(unit));
        (part, has_digits, has_units) = (0, false, true);
    }
    // A number without a unit stands alone.
    (has_digits != has_units).then(|| sum.wrapping_add(part))
}

/// Reads fourteen digits as a date and a time, UTC: seconds since 1970.
pub fn parse_date(text: &[u8]) -> Option<u32> {
    if text.len() != 14 || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = |from: usize, to: usize, least: i32, most: i32| {
        let number = text[from..to].iter().fold(0, |number, digit| number * 10 + i32::from(digit - b'0'));
        (least..=most).contains(&number).then_some(number)
    };
    let tm = Tm {
        year: number(0, 4, 1990, 9999)? - 1900,
        mon: number(4, 6, 1, 12)? - 1,
        mday: number(6, 8, 1, 31)?,
        hour: number(8, 10, 0, 23)?,
        min: number(10, 12, 0, 59)?,
        sec: number(12, 14, 0, 59)?,
        ..Tm::ZERO
    };
    Some(calendar::seconds(&tm) as u32)
}
