//! `time.h`: calendar time. Clocks are in `sys_time`.

use core::ffi::{c_char, c_int, c_long};
use core::ptr::null_mut;

use crate::libc::locale::multibyte;
use crate::libc::set_errno;
use crate::libc::state::state;
use crate::libc::time::format::{self, Out};
use crate::libc::time::{Tm, calendar, getdate, local, parse};
use crate::{abi, data_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE, DATA];

unsafe fn store(tm: Option<Tm>, to: *mut Tm) -> *mut Tm {
    if let Some(tm) = tm {
        // SAFETY: the caller's place for the fields.
        unsafe { to.write(tm) };
        to
    } else {
        set_errno(abi::EOVERFLOW);
        null_mut()
    }
}

pub unsafe extern "C" fn gmtime_r(time: *const i64, to: *mut Tm) -> *mut Tm {
    // SAFETY: gmtime_r(3)'s time and place for the fields.
    unsafe { store(local::utc_fields(*time), to) }
}

pub unsafe extern "C" fn gmtime(time: *const i64) -> *mut Tm {
    // SAFETY: gmtime(3)'s time; the fields are the program's state's.
    unsafe { gmtime_r(time, state().time.tm.address()) }
}

pub unsafe extern "C" fn localtime_r(time: *const i64, to: *mut Tm) -> *mut Tm {
    // SAFETY: localtime_r(3)'s time and place for the fields.
    unsafe { store(local::local_fields(*time), to) }
}

pub unsafe extern "C" fn localtime(time: *const i64) -> *mut Tm {
    // SAFETY: localtime(3)'s time; the fields are the program's state's.
    unsafe { localtime_r(time, state().time.tm.address()) }
}

pub unsafe extern "C" fn mktime(tm: *mut Tm) -> i64 {
    // SAFETY: mktime(3)'s fields, read and then written.
    unsafe {
        let time = local::local_seconds(&*tm);
        if store(local::local_fields(time), tm).is_null() { -1 } else { time }
    }
}

pub unsafe extern "C" fn timegm(tm: *mut Tm) -> i64 {
    // SAFETY: timegm(3)'s fields, read and then written.
    unsafe {
        let time = calendar::seconds(&*tm);
        if store(local::utc_fields(time), tm).is_null() { -1 } else { time }
    }
}

pub extern "C" fn tzset() {
    local::set_zone();
}

pub extern "C" fn difftime(later: i64, earlier: i64) -> f64 {
    if later >= earlier { later.abs_diff(earlier) as f64 } else { -(later.abs_diff(earlier) as f64) }
}

pub extern "C" fn dysize(year: c_int) -> c_int {
    if calendar::is_leap(year.into()) { 366 } else { 365 }
}

/// `Sun Sep 16 01:03:52 1973\n`, for which a year of four digits needs 26 bytes.
unsafe fn put_asctime(tm: *const Tm, to: *mut c_char, room: usize) -> *mut c_char {
    // SAFETY: asctime_r(3)'s fields, or NULL, and as much room as was said.
    unsafe {
        if tm.is_null() {
            set_errno(abi::EINVAL);
            return null_mut();
        }
        let tm = &*tm;
        if tm.year > c_int::MAX - 1900 {
            set_errno(abi::EOVERFLOW);
            return null_mut();
        }
        let name = |index: c_int, names: &[&'static str]| {
            let name = usize::try_from(index).ok().and_then(|i| names.get(i));
            name.map_or(&b"???"[..], |name| &name.as_bytes()[..3])
        };
        let mut text = super::super::libc::stdio::printf::sink::Fixed::new(to.cast::<u8>(), room);
        use crate::libc::stdio::printf::Sink;
        let (day, month) = (name(tm.wday, &format::DAYS), name(tm.mon, &format::MONTHS));
        text.put(day);
        text.put(b" ");
        text.put(month);
        put_decimal(&mut text, tm.mday.into(), 3, b' ');
        text.put(b" ");
        put_decimal(&mut text, tm.hour.into(), 2, b'0');
        text.put(b":");
        put_decimal(&mut text, tm.min.into(), 2, b'0');
        text.put(b":");
        put_decimal(&mut text, tm.sec.into(), 2, b'0');
        text.put(b" ");
        put_decimal(&mut text, i64::from(tm.year) + 1900, 1, b'0');
        text.put(b"\n");
        if !text.finish(room) {
            set_errno(abi::EOVERFLOW);
            return null_mut();
        }
        to
    }
}

pub unsafe extern "C" fn asctime_r(tm: *const Tm, to: *mut c_char) -> *mut c_char {
    // SAFETY: asctime_r(3)'s fields, or NULL, and 26 bytes of room.
    unsafe { put_asctime(tm, to, 26) }
}

fn put_decimal(out: &mut dyn crate::libc::stdio::printf::Sink<u8>, value: i64, width: usize, pad: u8) {
    let mut buf = [0; 24];
    let digits = crate::libc::stdio::printf::integer::decimal(value.unsigned_abs(), &mut buf);
    let sign: &[u8] = if value < 0 { b"-" } else { b"" };
    out.fill(pad, width.saturating_sub(digits.len() + sign.len()));
    out.put(sign);
    out.put(digits);
}

pub unsafe extern "C" fn asctime(tm: *const Tm) -> *mut c_char {
    // SAFETY: asctime(3)'s fields; the state's text is long enough for any year.
    unsafe { put_asctime(tm, state().time.text.address().cast(), 64) }
}

pub unsafe extern "C" fn ctime_r(time: *const i64, to: *mut c_char) -> *mut c_char {
    let mut tm = Tm::ZERO;
    // SAFETY: ctime_r(3)'s time and 26 bytes of room; the fields are ours.
    unsafe {
        if localtime_r(time, &raw mut tm).is_null() { null_mut() } else { asctime_r(&raw const tm, to) }
    }
}

pub unsafe extern "C" fn ctime(time: *const i64) -> *mut c_char {
    // SAFETY: ctime(3)'s time; the state's text is long enough for any year.
    unsafe {
        let mut tm = Tm::ZERO;
        if localtime_r(time, &raw mut tm).is_null() { null_mut() } else { asctime(&raw const tm) }
    }
}

pub unsafe extern "C" fn strftime(
    to: *mut c_char,
    room: usize,
    template: *const c_char,
    tm: *const Tm,
) -> usize {
    // SAFETY: strftime(3)'s `room` bytes, template and fields; the text is at most `room - 1` long.
    unsafe {
        local::set_zone();
        if room == 0 {
            return 0;
        }
        let mut out = Out { to: core::slice::from_raw_parts_mut(to.cast(), room - 1), len: 0 };
        match format::format(&mut out, crate::libc::c_str(template).to_bytes(), &*tm) {
            Some(()) => {
                let len = out.len;
                *to.add(len) = 0;
                len
            }
            None => 0,
        }
    }
}

/// The locale argument changes nothing: there is the C locale's text only.
pub unsafe extern "C" fn strftime_l(
    to: *mut c_char,
    room: usize,
    template: *const c_char,
    tm: *const Tm,
    _locale: usize,
) -> usize {
    // SAFETY: strftime(3)'s promises.
    unsafe { strftime(to, room, template, tm) }
}

pub unsafe extern "C" fn wcsftime(to: *mut i32, room: usize, template: *const i32, tm: *const Tm) -> usize {
    // SAFETY: wcsftime(3)'s `room` characters, template and fields; `count` stays below `room`.
    unsafe {
        local::set_zone();
        // The template becomes bytes, and the text wide characters again.
        let (mut bytes, mut text) = ([0u8; 1024], [0u8; 2048]);
        let (mut len, mut at) = (0, template);
        while *at != 0 {
            // Whatever the locale: what is no conversion comes out as it went in.
            let Some((one, n)) = multibyte::encode(*at as u32, true) else { return 0 };
            let Some(slot) = bytes.get_mut(len..len + n) else { return 0 };
            slot.copy_from_slice(&one[..n]);
            len += n;
            at = at.add(1);
        }
        let mut out = Out { to: &mut text, len: 0 };
        if format::format(&mut out, &bytes[..len], &*tm).is_none() {
            return 0;
        }
        let mut rest = &out.to[..out.len];
        let mut count = 0;
        let mut state = multibyte::Conversion::default();
        while !rest.is_empty() {
            let decoded = multibyte::decode(|i| rest[i], rest.len(), &mut state, true);
            let multibyte::Decoded::Character(c, used) = decoded else { return 0 };
            if count + 1 >= room {
                return 0;
            }
            *to.add(count) = c as i32;
            count += 1;
            rest = &rest[used.min(rest.len())..];
        }
        if room > 0 {
            *to.add(count) = 0;
        }
        count
    }
}

pub unsafe extern "C" fn wcsftime_l(
    to: *mut i32,
    room: usize,
    template: *const i32,
    tm: *const Tm,
    _locale: usize,
) -> usize {
    // SAFETY: wcsftime(3)'s promises.
    unsafe { wcsftime(to, room, template, tm) }
}

pub unsafe extern "C" fn strptime(text: *const c_char, template: *const c_char, tm: *mut Tm) -> *mut c_char {
    // SAFETY: strptime(3)'s two strings and fields; no more than the text is used.
    unsafe {
        let bytes = crate::libc::c_str(text).to_bytes();
        match parse::parse(bytes, crate::libc::c_str(template).to_bytes(), &mut *tm) {
            Some(used) => text.add(used).cast_mut(),
            None => null_mut(),
        }
    }
}

pub unsafe extern "C" fn strptime_l(
    text: *const c_char,
    template: *const c_char,
    tm: *mut Tm,
    _locale: usize,
) -> *mut c_char {
    // SAFETY: strptime(3)'s promises.
    unsafe { strptime(text, template, tm) }
}

pub unsafe extern "C" fn getdate_r(text: *const c_char, tm: *mut Tm) -> c_int {
    // SAFETY: getdate_r(3)'s string and place for the fields.
    unsafe {
        match getdate::getdate(crate::libc::c_str(text).to_bytes()) {
            Ok(fields) => {
                tm.write(fields);
                0
            }
            Err(failure) => failure as c_int,
        }
    }
}

pub unsafe extern "C" fn getdate(text: *const c_char) -> *mut Tm {
    let time = &state().time;
    // SAFETY: getdate(3)'s string; the fields are the program's state's.
    let error = unsafe { getdate_r(text, time.tm.address()) };
    if error == 0 {
        return time.tm.address();
    }
    time.getdate_err.set(error);
    null_mut()
}

pure_exports! { "libc.so.6";
    full gmtime = gmtime;
    full gmtime_r = gmtime_r;
    full __gmtime_r = gmtime_r;
    full localtime = localtime;
    full localtime_r = localtime_r;
    full __localtime_r = localtime_r;
    full mktime = mktime;
    full timelocal = mktime;
    full timegm = timegm;
    full tzset = tzset;
    full __tzset = tzset;
    full difftime = difftime;
    full dysize = dysize;
    full asctime = asctime;
    full asctime_r = asctime_r;
    full ctime = ctime;
    full ctime_r = ctime_r;
    full strftime = strftime;
    full strftime_l = strftime_l;
    full __strftime_l = strftime_l;
    full wcsftime = wcsftime;
    full wcsftime_l = wcsftime_l;
    full __wcsftime_l = wcsftime_l;
    full strptime = strptime;
    full strptime_l = strptime_l;
    full getdate = getdate;
    full getdate_r = getdate_r;
}

data_exports! { "libc.so.6";
    full tzname = time.tzname: [*mut c_char; 2];
    full __tzname = time.tzname: [*mut c_char; 2];
    full timezone = time.timezone: c_long;
    full __timezone = time.timezone: c_long;
    full daylight = time.daylight: c_int;
    full __daylight = time.daylight: c_int;
    full getdate_err = time.getdate_err: c_int;
}
