//! `pwd.h`
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int};

use super::stdio::fwrite;
use crate::abi::{EINVAL, passwd, uid_t};
use crate::libc::database::passwd::{User, Users};
use crate::libc::database::{self, Lines};
use crate::libc::files::text_of;
use crate::libc::guest_vec::GuestVec;
use crate::libc::set_errno;
use crate::libc::state::state;
use crate::libc::stdio::file::File;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

pub unsafe extern "C" fn getpwnam(name: *const c_char) -> *mut passwd {
    let name = text_of(name);
    database::find::<Users>(&state().misc.passwd, |user: User<'_>| user.name == name)
}

pub unsafe extern "C" fn getpwuid(uid: uid_t) -> *mut passwd {
    database::find::<Users>(&state().misc.passwd, |user: User<'_>| user.uid == uid)
}

pub unsafe extern "C" fn getpwnam_r(
    name: *const c_char,
    out: *mut passwd,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut passwd,
) -> c_int {
    let name = text_of(name);
    database::find_into::<Users>(|user: User<'_>| user.name == name, out, buf, len, result)
}

#[inline(never)]
pub unsafe extern "C" fn getpwuid_r(
    uid: uid_t,
    out: *mut passwd,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut passwd,
) -> c_int {
    database::find_into::<Users>(|user: User<'_>| user.uid == uid, out, buf, len, result)
}

pub unsafe extern "C" fn setpwent() {
    database::rewind(&state().misc.passwd);
}

pub unsafe extern "C" fn endpwent() {
    database::end(&state().misc.passwd);
}

pub unsafe extern "C" fn getpwent() -> *mut passwd {
    database::next::<Users>(&state().misc.passwd)
}

pub unsafe extern "C" fn getpwent_r(
    out: *mut passwd,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut passwd,
) -> c_int {
    database::next_into::<Users>(&state().misc.passwd, out, buf, len, result)
}

pub unsafe extern "C" fn fgetpwent(file: *mut File) -> *mut passwd {
    database::next_from::<Users>(&state().misc.passwd, file)
}

pub unsafe extern "C" fn fgetpwent_r(
    file: *mut File,
    out: *mut passwd,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut passwd,
) -> c_int {
    database::next_of::<Users>(&mut Lines::of_stream(file), out, buf, len, result)
}

/// getpw(3): the line of a user, into a buffer that is long enough if the program is lucky.
unsafe extern "C" fn getpw(uid: uid_t, out: *mut c_char) -> c_int {
    const LINE_MAX: usize = 4096;
    if out.is_null() {
        set_errno(EINVAL);
        return -1;
    }
    let mut user: passwd = core::mem::zeroed();
    let mut found = core::ptr::null_mut();
    let mut text = [0; LINE_MAX];
    let error = getpwuid_r(uid, &raw mut user, text.as_mut_ptr(), LINE_MAX, &raw mut found);
    if found.is_null() {
        if error != 0 {
            set_errno(error);
        }
        return -1;
    }
    let (uid, gid) = (decimal(user.pw_uid), decimal(user.pw_gid));
    let fields = [
        text_of(user.pw_name),
        text_of(user.pw_passwd),
        uid.as_text(),
        gid.as_text(),
        text_of(user.pw_gecos),
        text_of(user.pw_dir),
        text_of(user.pw_shell),
    ];
    let mut to = out.cast::<u8>();
    for (i, field) in fields.iter().enumerate() {
        if i > 0 {
            to.write(b':');
            to = to.add(1);
        }
        to.copy_from_nonoverlapping(field.as_ptr(), field.len());
        to = to.add(field.len());
    }
    to.write(0);
    0
}

/// putpwent(3): text that would break the line is refused.
pub unsafe extern "C" fn putpwent(user: *const passwd, file: *mut File) -> c_int {
    if user.is_null() || file.is_null() || (*user).pw_name.is_null() {
        set_errno(EINVAL);
        return -1;
    }
    let user = &*user;
    let (uid, gid) = (decimal(user.pw_uid), decimal(user.pw_gid));
    // What a person is called may be anything; the file can't hold two of the letters.
    let mut gecos = GuestVec::new();
    for &byte in text_of(user.pw_gecos) {
        if gecos.push(if matches!(byte, b':' | b'\n') { b' ' } else { byte }).is_err() {
            return -1;
        }
    }
    put_fields(
        file,
        &[
            text_of(user.pw_name),
            text_of(user.pw_passwd),
            uid.as_text(),
            gid.as_text(),
            &gecos,
            text_of(user.pw_dir),
            text_of(user.pw_shell),
        ],
    )
}

/// A number's decimal digits.
pub(super) struct Decimal([u8; 20], usize);

impl Decimal {
    pub(super) fn as_text(&self) -> &[u8] {
        &self.0[self.1..]
    }
}

/// Makes a number's decimal digits.
pub(super) fn decimal<T: Into<u64>>(number: T) -> Decimal {
    let (mut digits, mut at, mut rest) = ([b'0'; 20], 20, number.into());
    loop {
        at -= 1;
        digits[at] += (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            return Decimal(digits, at);
        }
    }
}

/// Writes fields with colons between them as a line. 0, or -1 with `EINVAL` if one of them can't be a field.
pub(super) unsafe fn put_fields(file: *mut File, fields: &[&[u8]]) -> c_int {
    let mut line = GuestVec::new();
    for (index, field) in fields.iter().enumerate() {
        if field.iter().any(|&byte| matches!(byte, b':' | b'\n')) {
            set_errno(EINVAL);
            return -1;
        }
        let colon: &[u8] = if index == 0 { b"" } else { b":" };
        if line.extend(colon).and_then(|()| line.extend(field)).is_err() {
            return -1;
        }
    }
    if line.push(b'\n').is_err() {
        return -1;
    }
    if fwrite(line.as_ptr().cast(), 1, line.len(), file) == line.len() { 0 } else { -1 }
}

pure_exports! { "libc.so.6";
    full getpwnam = getpwnam;
    full getpwuid = getpwuid;
    full getpwnam_r = getpwnam_r;
    full getpwuid_r = getpwuid_r;
    full __getpwnam_r = getpwnam_r;
    full __getpwuid_r = getpwuid_r;
    full setpwent = setpwent;
    full endpwent = endpwent;
    full getpwent = getpwent;
    full getpwent_r = getpwent_r;
    full fgetpwent = fgetpwent;
    full fgetpwent_r = fgetpwent_r;
    full putpwent = putpwent;
    full getpw = getpw;
}
