//! `utmp.h` and `utmpx.h`
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int};
use core::ptr::null_mut;

use crate::libc::files::logins::{Login, append, fill, own, own_line};
use crate::libc::files::text_of;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// `USER_PROCESS`
const USER: i16 = 7;
/// `DEAD_PROCESS`
const DEAD: i16 = 8;

/// Gives a record in the calls' own place.
fn in_own(login: Option<&Login>) -> *mut Login {
    let Some(&login) = login else { return null_mut() };
    let own = own();
    own.own = login;
    &raw mut own.own
}

/// Gives a record in the caller's place.
unsafe fn into(login: Option<&Login>, out: *mut Login, result: *mut *mut Login) -> c_int {
    let Some(&login) = login else {
        *result = null_mut();
        return -1;
    };
    *out = login;
    *result = out;
    0
}

extern "C" fn setutent() {
    own().rewind();
}

extern "C" fn endutent() {
    own().close();
}

unsafe extern "C" fn utmpname(name: *const c_char) -> c_int {
    own().set_name(text_of(name))
}

extern "C" fn getutent() -> *mut Login {
    in_own(own().read().as_ref())
}

unsafe extern "C" fn getutid(id: *const Login) -> *mut Login {
    in_own(own().find_id(&*id).as_ref())
}

unsafe extern "C" fn getutline(line: *const Login) -> *mut Login {
    let line = *line;
    in_own(own().find_line(&line).as_ref())
}

unsafe extern "C" fn pututline(login: *const Login) -> *mut Login {
    let login = *login;
    in_own(own().put(&login).as_ref())
}

unsafe extern "C" fn getutent_r(out: *mut Login, result: *mut *mut Login) -> c_int {
    into(own().read().as_ref(), out, result)
}

unsafe extern "C" fn getutid_r(id: *const Login, out: *mut Login, result: *mut *mut Login) -> c_int {
    into(own().find_id(&*id).as_ref(), out, result)
}

unsafe extern "C" fn getutline_r(line: *const Login, out: *mut Login, result: *mut *mut Login) -> c_int {
    into(own().find_line(&*line).as_ref(), out, result)
}

unsafe extern "C" fn updwtmp(file: *const c_char, login: *const Login) {
    append(file, login);
}

/// getutmp(3), getutmpx(3): the two structs are one.
unsafe extern "C" fn getutmp(from: *const Login, to: *mut Login) {
    *to = *from;
}

fn now() -> [i32; 2] {
    let mut now = crate::abi::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: a struct of ours.
    unsafe { super::sys_time::clock_gettime(crate::abi::CLOCK_REALTIME, &raw mut now) };
    [now.tv_sec as i32, (now.tv_nsec / 1000) as i32]
}

/// login(3)
unsafe extern "C" fn login(from: *const Login) {
    let mut entry = *from;
    (entry.kind, entry.pid) = (USER, super::process::getpid());
    match own_line() {
        Some(line) => {
            fill(&mut entry.line, line);
            let logins = own();
            if logins.set_name(b"/var/run/utmp") == 0 {
                logins.rewind();
                logins.put(&entry);
                logins.close();
            }
        }
        None => fill(&mut entry.line, b"???"),
    }
    append(c"/var/log/wtmp".as_ptr(), &raw const entry);
}

/// logout(3): 1 if somebody was logged in there.
unsafe extern "C" fn logout(line: *const c_char) -> c_int {
    let logins = own();
    if logins.set_name(b"/var/run/utmp") != 0 {
        return 0;
    }
    logins.rewind();
    let mut wanted = Login::EMPTY;
    wanted.kind = USER;
    fill(&mut wanted.line, text_of(line));
    let is_out = logins.find_line(&wanted).is_some_and(|mut entry| {
        entry.user.fill(0);
        entry.host.fill(0);
        (entry.time, entry.kind) = (now(), DEAD);
        logins.put(&entry).is_some()
    });
    logins.close();
    c_int::from(is_out)
}

/// logwtmp(3)
unsafe extern "C" fn logwtmp(line: *const c_char, user: *const c_char, host: *const c_char) {
    let mut entry = Login::EMPTY;
    entry.pid = super::process::getpid();
    entry.kind = if text_of(user).is_empty() { DEAD } else { USER };
    fill(&mut entry.line, text_of(line));
    fill(&mut entry.user, text_of(user));
    fill(&mut entry.host, text_of(host));
    entry.time = now();
    append(c"/var/log/wtmp".as_ptr(), &raw const entry);
}

pure_exports! { "libc.so.6";
    full setutent = setutent;
    full endutent = endutent;
    full utmpname = utmpname;
    full getutent = getutent;
    full getutid = getutid;
    full getutline = getutline;
    full pututline = pututline;
    full getutent_r = getutent_r;
    full getutid_r = getutid_r;
    full getutline_r = getutline_r;
    full updwtmp = updwtmp;
    full setutxent = setutent;
    full endutxent = endutent;
    full utmpxname = utmpname;
    full getutxent = getutent;
    full getutxid = getutid;
    full getutxline = getutline;
    full pututxline = pututline;
    full updwtmpx = updwtmp;
    full getutmp = getutmp;
    full getutmpx = getutmp;
    full login = login;
    full logout = logout;
    full logwtmp = logwtmp;
}
