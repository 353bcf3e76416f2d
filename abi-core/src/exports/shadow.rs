//! `shadow.h`
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int};

use super::pwd::{decimal, put_fields};
use crate::abi::{EINVAL, spwd};
use crate::libc::database::shadow::{Password, Passwords};
use crate::libc::database::{self, Lines};
use crate::libc::files::text_of;
use crate::libc::set_errno;
use crate::libc::state::state;
use crate::libc::stdio::file::File;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

pub unsafe extern "C" fn getspnam(name: *const c_char) -> *mut spwd {
    let name = text_of(name);
    database::find::<Passwords>(&state().misc.shadow, |entry: Password<'_>| entry.name == name)
}

pub unsafe extern "C" fn getspnam_r(
    name: *const c_char,
    out: *mut spwd,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut spwd,
) -> c_int {
    let name = text_of(name);
    database::find_into::<Passwords>(|entry: Password<'_>| entry.name == name, out, buf, len, result)
}

pub unsafe extern "C" fn setspent() {
    database::rewind(&state().misc.shadow);
}

pub unsafe extern "C" fn endspent() {
    database::end(&state().misc.shadow);
}

pub unsafe extern "C" fn getspent() -> *mut spwd {
    database::next::<Passwords>(&state().misc.shadow)
}

pub unsafe extern "C" fn getspent_r(
    out: *mut spwd,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut spwd,
) -> c_int {
    database::next_into::<Passwords>(&state().misc.shadow, out, buf, len, result)
}

pub unsafe extern "C" fn fgetspent(file: *mut File) -> *mut spwd {
    database::next_from::<Passwords>(&state().misc.shadow, file)
}

pub unsafe extern "C" fn fgetspent_r(
    file: *mut File,
    out: *mut spwd,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut spwd,
) -> c_int {
    database::next_of::<Passwords>(&mut Lines::of_stream(file), out, buf, len, result)
}

pub unsafe extern "C" fn sgetspent(line: *const c_char) -> *mut spwd {
    database::from_text::<Passwords>(&state().misc.shadow, text_of(line))
}

/// putspent(3): -1 is written as an empty field.
pub unsafe extern "C" fn putspent(entry: *const spwd, file: *mut File) -> c_int {
    if entry.is_null() || file.is_null() || (*entry).sp_namp.is_null() {
        set_errno(EINVAL);
        return -1;
    }
    let entry = &*entry;
    let days = [entry.sp_lstchg, entry.sp_min, entry.sp_max, entry.sp_warn, entry.sp_inact, entry.sp_expire]
        .map(|day| u64::try_from(day).ok().map(decimal::<u64>));
    let flag = Some(entry.sp_flag).filter(|&flag| flag != u64::MAX).map(decimal::<u64>);
    let text = |day: usize| days[day].as_ref().map_or(b"".as_slice(), |digits| digits.as_text());
    put_fields(
        file,
        &[
            text_of(entry.sp_namp),
            text_of(entry.sp_pwdp),
            text(0),
            text(1),
            text(2),
            text(3),
            text(4),
            text(5),
            flag.as_ref().map_or(b"".as_slice(), |digits| digits.as_text()),
        ],
    )
}

pure_exports! { "libc.so.6";
    full getspnam = getspnam;
    full getspnam_r = getspnam_r;
    full setspent = setspent;
    full endspent = endspent;
    full getspent = getspent;
    full getspent_r = getspent_r;
    full fgetspent = fgetspent;
    full fgetspent_r = fgetspent_r;
    full sgetspent = sgetspent;
    full putspent = putspent;
}
