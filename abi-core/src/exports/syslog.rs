//! `syslog.h`: there is no log daemon, so messages go nowhere, as on Linux without one; `LOG_PERROR` shows them.

use core::ffi::{c_char, c_int};

use super::stdio_printf::{print_to_stderr, vfprintf};
use crate::boundary::variadic::VaList;
use crate::libc::state::state;
use crate::libc::stdio::printf::integer::decimal;
use crate::libc::stdio::sys;
use crate::{abi, pure_exports, variadic};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

pub unsafe extern "C" fn openlog(ident: *const c_char, options: c_int, facility: c_int) {
    let misc = &state().misc;
    if !ident.is_null() {
        misc.log_ident.set(ident);
    }
    misc.log_options.set(options);
    if facility != 0 && facility & !abi::LOG_FACMASK == 0 {
        misc.log_facility.set(facility);
    }
}

pub extern "C" fn closelog() {
    state().misc.log_ident.set(core::ptr::null());
}

pub extern "C" fn setlogmask(mask: c_int) -> c_int {
    let log_mask = &state().misc.log_mask;
    let before = log_mask.get();
    if mask != 0 {
        log_mask.set(mask);
    }
    before
}

pub unsafe extern "C" fn vsyslog(priority: c_int, template: *const c_char, list: *mut VaList) {
    let misc = &state().misc;
    if misc.log_mask.get() & (1 << (priority & abi::LOG_PRIMASK)) == 0
        || misc.log_options.get() & abi::LOG_PERROR == 0
    {
        return;
    }
    // SAFETY: the identity is NULL or the C string that openlog was given, kept by the program.
    unsafe {
        let ident = misc.log_ident.get();
        let ident = if ident.is_null() { sys::program_short_name() } else { ident };
        if !ident.is_null() {
            print_to_stderr(&[crate::libc::c_str(ident).to_bytes()]);
        }
        if misc.log_options.get() & abi::LOG_PID != 0 {
            let mut digits = [0; 24];
            print_to_stderr(&[b"[", decimal(super::process::getpid() as u64, &mut digits), b"]"]);
        }
        if !ident.is_null() {
            print_to_stderr(&[b": "]);
        }
        vfprintf(state().stdio.stderr.get(), template, list);
        let len = crate::libc::c_str(template).to_bytes().last().copied();
        if len != Some(b'\n') {
            print_to_stderr(&[b"\n"]);
        }
    }
}

pub unsafe extern "C" fn vsyslog_chk(
    priority: c_int,
    _flag: c_int,
    template: *const c_char,
    list: *mut VaList,
) {
    // SAFETY: template and list are the caller's and fit each other.
    unsafe { vsyslog(priority, template, list) }
}

variadic!(pub fn syslog, fixed 2, vsyslog);
variadic!(pub fn syslog_chk, fixed 3, vsyslog_chk);

pure_exports! { "libc.so.6";
    full openlog = openlog;
    full closelog = closelog;
    full setlogmask = setlogmask;
    full syslog = syslog;
    full vsyslog = vsyslog;
    full __syslog_chk = syslog_chk;
    full __vsyslog_chk = vsyslog_chk;
}
