//! The calendar against the host's C library.

use core::ffi::CStr;

use super::calendar::{Tm, fields, seconds};
use super::format::{Out, format};
use super::parse::parse;
use super::rule::Rule;
use super::tzfile::TzFile;

/// Views our `struct tm` as the host's: the layouts are the same.
fn host(tm: &mut Tm) -> *mut ::libc::tm {
    core::ptr::from_mut(tm).cast()
}

fn times() -> impl Iterator<Item = i64> {
    let edges =
        [0, -1, 1, 951782400, 951868800, 1709164800, 4102444800, -2208988800, 253402300799, -62135596800];
    edges.into_iter().chain((0..4000).map(|i| i * 15_778_463 - 20_000_000_000))
}

#[test]
fn fields_match_glibc() {
    for time in times() {
        let mut theirs = Tm::ZERO;
        // SAFETY: both are the test's own.
        unsafe { ::libc::gmtime_r(&raw const time, host(&mut theirs)) };
        theirs.zone = core::ptr::null();
        let ours = fields(time, 0).unwrap();
        assert_eq!(ours, theirs, "{time}");
        assert_eq!(seconds(&ours), time);
    }
}

#[test]
fn strftime_matches_glibc() {
    let templates = c"%a|%A|%b|%B|%c|%C|%d|%D|%e|%F|%g|%G|%h|%H|%I|%j|%k|%l|%m|%M|%n|%p|%P|%r|%R|%S|%t|%T|%u|%U|%V|%w|%W|%x|%X|%y|%Y|%z|%Z|%%|%5d|%_d|%-d|%05e|%^a|%#b|%10A|%010B|%_5Y|%#p|%#Z|%Ey|%Od|%-5j|%q|%E|%6C|%-H|%_H|%+4Y|%15F|%^c";
    for time in times() {
        let mut tm = fields(time, 0).unwrap();
        tm.zone = c"GMT".as_ptr();
        let (mut ours, mut theirs) = ([0u8; 2000], [0u8; 2000]);
        let mut out = Out { to: &mut ours[..], len: 0 };
        format(&mut out, templates.to_bytes(), &tm).unwrap();
        let len = out.len;
        // SAFETY: the test's own buffers.
        let n =
            unsafe { ::libc::strftime(theirs.as_mut_ptr().cast(), 2000, templates.as_ptr(), host(&mut tm)) };
        let text = |bytes: &[u8]| std::string::String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(text(&ours[..len]), text(&theirs[..n]), "{time}");
    }
}

#[test]
fn strptime_matches_glibc() {
    let cases: &[(&CStr, &CStr)] = &[
        (c"2024-02-29 12:34:56", c"%Y-%m-%d %H:%M:%S"),
        (c"Thu Feb 29 12:34:56 2024", c"%a %b %d %T %Y"),
        (c"29/Feb/24:01:02 +0130", c"%d/%b/%y:%H:%M %z"),
        (c"12:01 AM", c"%I:%M %p"),
        (c"1:01 PM", c"%I:%M %p"),
        (c"2023 200", c"%Y %j"),
        (c"19 99", c"%C %y"),
        (c"  7 march 1999", c"%d %B %Y"),
        (c"99-13-01", c"%y-%m-%d"),
        (c"2023-11", c"%Y-%m"),
        (c"2023 12 3", c"%Y %U %w"),
        (c"2023 12 3", c"%Y %W %w"),
        (c"Z", c"%z"),
        (c"-05:30x", c"%z"),
        (c"monday", c"%A"),
        (c"1/2/03", c"%D"),
        (c"nonsense", c"%Y"),
    ];
    for (text, template) in cases {
        let (mut ours, mut theirs) = (Tm::ZERO, Tm::ZERO);
        let used = parse(text.to_bytes(), template.to_bytes(), &mut ours);
        // SAFETY: C strings and the test's own struct.
        let end = unsafe { ::libc::strptime(text.as_ptr(), template.as_ptr(), host(&mut theirs)) };
        let expected = (!end.is_null()).then(|| end as usize - text.as_ptr() as usize);
        assert_eq!(used, expected, "{text:?} {template:?}");
        if used.is_some() {
            assert_eq!(ours, theirs, "{text:?} {template:?}");
        }
    }
}

#[test]
fn rules_parse() {
    let rule = Rule::parse(b"EST5EDT,M3.2.0,M11.1.0").unwrap();
    assert_eq!(rule.at(1_700_000_000), (-18000, false));
    assert_eq!(rule.at(1_690_000_000), (-14400, true));
    assert_eq!(Rule::parse(b"<-03>3").unwrap().at(0), (-10800, false));
    assert_eq!(Rule::parse(b"Foo/Bar").unwrap_err().as_bytes(), b"Foo");
    // No year that far away has an answer, but each has a rule.
    for far in [i64::MIN, i64::MAX] {
        assert!([-18000, -14400].contains(&rule.at(far).0));
    }
}

#[test]
fn a_damaged_zone_file_is_refused() {
    assert!(TzFile::parse(b"TZif2").is_none());
    let Ok(mut bytes) = std::fs::read("/usr/share/zoneinfo/Europe/Berlin") else { return };
    assert!(TzFile::parse(&bytes).is_some());
    for i in 0..bytes.len().min(200) {
        let kept = bytes[i];
        bytes[i] ^= 0xff;
        if let Some(file) = TzFile::parse(&bytes) {
            for time in [i64::MIN, -1, 0, 1_700_000_000, i64::MAX / 2] {
                let _ = file.at(&bytes, time);
            }
        }
        bytes[i] = kept;
        let _ = TzFile::parse(&bytes[..i]);
    }
}
