//! `error.h`

use core::ffi::{c_char, c_int, c_uint};

use super::stdio_printf::{print_to_stderr, vfprintf};
use crate::boundary::variadic::VaList;
use crate::libc::state::state;
use crate::libc::stdio::printf::integer::decimal;
use crate::libc::stdio::sys;
use crate::libc::string::{TEXT_BYTES, errors};
use crate::{data_exports, pure_exports, variadic};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE, DATA];

/// The program's name and what follows it, or whatever the program prints instead.
unsafe fn print_program(after: &[u8]) {
    // SAFETY: the streams are the program's own; template and arguments are the caller's and fit each
    // other.
    unsafe {
        super::stdio::fflush(state().stdio.stdout.get());
        if let Some(print) = state().misc.error_print_progname.get() {
            return print();
        }
        let name = sys::program_name();
        let name: &[u8] = if name.is_null() { b"" } else { crate::libc::c_str(name).to_bytes() };
        print_to_stderr(&[name, after]);
    }
}

/// The message and what follows it; ends the program if `status` is not 0.
unsafe fn finish(status: c_int, number: c_int, template: *const c_char, list: *mut VaList) {
    // SAFETY: the streams are the program's own; template and arguments are the caller's and fit each
    // other.
    unsafe {
        vfprintf(state().stdio.stderr.get(), template, list);
        let count = &state().misc.error_message_count;
        count.set(count.get().wrapping_add(1));
        if number != 0 {
            let mut room = [0; TEXT_BYTES];
            print_to_stderr(&[b": ", errors::error_message(number, &mut room).to_bytes()]);
        }
        print_to_stderr(&[b"\n"]);
    }
    if status != 0 {
        sys::exit(status);
    }
}

pub unsafe extern "C" fn verror(status: c_int, number: c_int, template: *const c_char, list: *mut VaList) {
    // SAFETY: the streams are the program's own; template and arguments are the caller's and fit each
    // other.
    unsafe {
        print_program(b": ");
        finish(status, number, template, list);
    }
}

pub unsafe extern "C" fn verror_at_line(
    status: c_int,
    number: c_int,
    file: *const c_char,
    line: c_uint,
    list: *mut VaList,
) {
    // SAFETY: the streams are the program's own; template and arguments are the caller's and fit each
    // other.
    unsafe {
        // The template is the first argument after the fixed ones the wrapper knows.
        let template = (*list).next_u64() as *const c_char;
        let misc = &state().misc;
        if misc.error_one_per_line.get() != 0 {
            let (last_file, last_line) = misc.error_last.get();
            let is_same_file = last_file == file as usize
                || last_file != 0
                    && !file.is_null()
                    && crate::libc::c_str(last_file as *const c_char) == crate::libc::c_str(file);
            if last_line == line && is_same_file {
                return;
            }
            misc.error_last.set((file as usize, line));
        }
        print_program(b":");
        if file.is_null() {
            print_to_stderr(&[b" "]);
        } else {
            let mut digits = [0; 24];
            print_to_stderr(&[
                crate::libc::c_str(file).to_bytes(),
                b":",
                decimal(line.into(), &mut digits),
                b": ",
            ]);
        }
        finish(status, number, template, list);
    }
}

variadic!(pub fn error, fixed 3, verror);
variadic!(pub fn error_at_line, fixed 4, verror_at_line);

pure_exports! { "libc.so.6";
    full error = error;
    full error_at_line = error_at_line;
}

data_exports! { "libc.so.6";
    full error_message_count = misc.error_message_count: c_uint;
    full error_one_per_line = misc.error_one_per_line: c_int;
    full error_print_progname = misc.error_print_progname: usize;
}
