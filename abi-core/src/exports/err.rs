//! `err.h`

use core::ffi::{c_char, c_int};

use super::stdio_printf::{print_to_stderr, vfprintf};
use crate::boundary::variadic::VaList;
use crate::libc::errno;
use crate::libc::state::state;
use crate::libc::stdio::sys;
use crate::libc::string::{TEXT_BYTES, errors};
use crate::{pure_exports, variadic};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// `prog: message`, `: error` if a number is given, and a newline
unsafe fn report(number: Option<c_int>, template: *const c_char, list: *mut VaList) {
    // SAFETY: the program name is a C string of ours; template and list are the caller's and fit each
    // other.
    unsafe {
        let program = sys::program_short_name();
        let program: &[u8] = if program.is_null() { b"" } else { crate::libc::c_str(program).to_bytes() };
        print_to_stderr(&[program, b": "]);
        if !template.is_null() {
            vfprintf(state().stdio.stderr.get(), template, list);
        }
        let mut room = [0; TEXT_BYTES];
        match number {
            Some(number) => {
                let separator: &[u8] = if template.is_null() { b"" } else { b": " };
                print_to_stderr(&[separator, errors::error_message(number, &mut room).to_bytes(), b"\n"]);
            }
            None => print_to_stderr(&[b"\n"]),
        }
    }
}

pub unsafe extern "C" fn vwarn(template: *const c_char, list: *mut VaList) {
    // SAFETY: template and list are the caller's and fit each other.
    unsafe { report(Some(errno()), template, list) }
}

pub unsafe extern "C" fn vwarnx(template: *const c_char, list: *mut VaList) {
    // SAFETY: template and list are the caller's and fit each other.
    unsafe { report(None, template, list) }
}

pub unsafe extern "C" fn verr(status: c_int, template: *const c_char, list: *mut VaList) -> ! {
    // SAFETY: template and list are the caller's and fit each other.
    unsafe { report(Some(errno()), template, list) };
    sys::exit(status)
}

pub unsafe extern "C" fn verrx(status: c_int, template: *const c_char, list: *mut VaList) -> ! {
    // SAFETY: template and list are the caller's and fit each other.
    unsafe { report(None, template, list) };
    sys::exit(status)
}

variadic!(pub fn warn, fixed 1, vwarn);
variadic!(pub fn warnx, fixed 1, vwarnx);
variadic!(pub fn err, fixed 2, verr);
variadic!(pub fn errx, fixed 2, verrx);

pure_exports! { "libc.so.6";
    full warn = warn;
    full warnx = warnx;
    full err = err;
    full errx = errx;
    full vwarn = vwarn;
    full vwarnx = vwarnx;
    full verr = verr;
    full verrx = verrx;
}
