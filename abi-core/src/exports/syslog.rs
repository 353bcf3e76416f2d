//! `syslog.h`: there is no log daemon, so messages go nowhere, as on Linux without one; `LOG_PERROR` shows them.

use core::ffi::{c_char, c_int};
use core::fmt::Write;

use super::stdio_printf::{print_to_stderr, vfprintf};
use crate::boundary::variadic::VaList;
use crate::libc::files::names::ShortName;
use crate::libc::files::text_of;
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

/// Shows a message: who it is of, what `write` writes, and the end of the line unless the message has one.
pub(super) fn show(priority: c_int, write: impl FnOnce(), has_end: bool) {
    let misc = &state().misc;
    if misc.log_mask.get() & (1 << (priority & abi::LOG_PRIMASK)) == 0
        || misc.log_options.get() & abi::LOG_PERROR == 0
    {
        return;
    }
    let ident = misc.log_ident.get();
    let ident = if ident.is_null() { sys::program_short_name() } else { ident };
    // SAFETY: the identity is NULL or the C string that openlog was given, kept by the program.
    let ident = unsafe { text_of(ident) };
    print_to_stderr(&[ident]);
    if misc.log_options.get() & abi::LOG_PID != 0 {
        let mut digits = [0; 24];
        print_to_stderr(&[b"[", decimal(super::process::getpid() as u64, &mut digits), b"]"]);
    }
    if !ident.is_empty() {
        print_to_stderr(&[b": "]);
    }
    write();
    if !has_end {
        print_to_stderr(&[b"\n"]);
    }
}

pub unsafe extern "C" fn vsyslog(priority: c_int, template: *const c_char, list: *mut VaList) {
    const KNOWN: c_int = abi::LOG_PRIMASK | abi::LOG_FACMASK;
    if priority & !KNOWN != 0 {
        let mut number = ShortName::default();
        // Eight digits fit.
        let _ = write!(number, "{priority:x}");
        let what: [&[u8]; 2] = [b"syslog: unknown facility/priority: ", number.bytes()];
        show(abi::LOG_ERR, || print_to_stderr(&what), false);
    }
    // SAFETY: template and list are the caller's and fit each other.
    unsafe {
        let write = || {
            vfprintf(state().stdio.stderr.get(), template, list);
        };
        show(priority & KNOWN, write, text_of(template).ends_with(b"\n"));
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
