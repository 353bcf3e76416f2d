//! The options that every program has: help and version.

use core::ptr::null;

use super::help::{self, show};
use super::{Argp, ArgpOption, Child, State, UNKNOWN, flag, option};
use crate::exports::stdio_printf::print_to;
use crate::libc::files::text_of;
use crate::libc::state::state as libc_state;
use core::ffi::{CStr, c_char, c_int};

const PROGRAM_NAME: c_int = -2;
const USAGE: c_int = -3;
const HANG: c_int = -4;

const fn option(
    name: &'static CStr,
    key: c_int,
    flags: c_int,
    doc: &'static CStr,
    group: c_int,
) -> ArgpOption {
    ArgpOption { name: name.as_ptr(), key, arg: null(), flags, doc: doc.as_ptr(), group }
}

const END: ArgpOption = ArgpOption { name: null(), key: 0, arg: null(), flags: 0, doc: null(), group: 0 };

/// A table that is never written.
pub(super) struct Table<const N: usize>(pub(super) [ArgpOption; N]);
// SAFETY: plain data that is never written.
unsafe impl<const N: usize> Sync for Table<N> {}

pub(super) static HELP: Table<5> = Table([
    option(c"help", b'?' as c_int, 0, c"Give this help list", -1),
    option(c"usage", USAGE, 0, c"Give a short usage message", 0),
    ArgpOption {
        arg: c"NAME".as_ptr(),
        ..option(c"program-name", PROGRAM_NAME, option::HIDDEN, c"Set the program name", 0)
    },
    ArgpOption {
        arg: c"SECS".as_ptr(),
        ..option(
            c"HANG",
            HANG,
            option::ARG_OPTIONAL | option::HIDDEN,
            c"Hang for SECS seconds (default 3600)",
            0,
        )
    },
    END,
]);

pub(super) static VERSION: Table<2> =
    Table([option(c"version", b'V' as c_int, 0, c"Print program version", -1), END]);

pub(super) unsafe extern "C" fn parse_help(key: c_int, argument: *mut c_char, state: *mut State) -> c_int {
    // SAFETY: our state, and getopt's argument.
    unsafe {
        let of = &mut *state;
        match key {
            0x3f => show(state, of.out_stream, help::STD_HELP),
            USAGE => show(state, of.out_stream, help::USAGE | help::EXIT_OK),
            PROGRAM_NAME => {
                let exit = &libc_state().exit;
                exit.full_name.set(argument);
                let text = text_of(argument);
                let base = text.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
                of.name = argument.add(base);
                exit.short_name.set(of.name);
                if of.flags & (flag::PARSE_ARGV0 | flag::NO_ERRS) == flag::PARSE_ARGV0 {
                    *of.argv = argument;
                }
            }
            HANG => {
                let text = if argument.is_null() { b"3600" } else { text_of(argument) };
                let seconds = crate::libc::database::number(text).unwrap_or(0);
                crate::exports::sys_time::sleep(seconds);
            }
            _ => return UNKNOWN,
        }
    }
    0
}

pub(super) unsafe extern "C" fn parse_version(
    key: c_int,
    _argument: *mut c_char,
    state: *mut State,
) -> c_int {
    if key != c_int::from(b'V') {
        return UNKNOWN;
    }
    // SAFETY: our state, and the program's hook and string.
    unsafe {
        let argp = &libc_state().argp;
        let (version, of) = (argp.program_version(), &*state);
        match argp.program_version_hook() {
            Some(hook) => hook(of.out_stream, state),
            None if version.is_null() => {
                help::error(state, &[b"(PROGRAM ERROR) No version known!?"]);
            }
            None => print_to(of.out_stream, &[text_of(version), b"\n"]),
        }
        if of.flags & flag::NO_EXIT == 0 {
            crate::libc::exit::exit(0);
        }
    }
    0
}

pub(super) const NO_CHILD: Child = Child { argp: null(), flags: 0, header: null(), group: 0 };
pub(super) const EMPTY: Argp = Argp {
    options: null(),
    parser: None,
    args_doc: null(),
    doc: null(),
    children: null(),
    filter: None,
    domain: null(),
};
