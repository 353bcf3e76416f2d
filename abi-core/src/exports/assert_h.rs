//! `assert.h`

use core::ffi::{c_char, c_int, c_uint};

use super::stdio_printf::print_to_stderr;
use crate::libc::stdio::printf::integer::decimal;
use crate::libc::stdio::sys;
use crate::libc::string::{TEXT_BYTES, errors};
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// `prog: file:line: function: what`
unsafe fn fail(file: *const c_char, line: c_uint, function: *const c_char, what: [&[u8]; 3]) -> ! {
    let bytes = |text: *const c_char| {
        // SAFETY: the caller passes C strings, as assert does; NULL is asked for where it may be.
        if text.is_null() { &b""[..] } else { unsafe { crate::libc::c_str(text) }.to_bytes() }
    };
    let separator = |text: &[u8]| if text.is_empty() { &b""[..] } else { &b": "[..] };
    let (program, function) = (bytes(sys::program_short_name()), bytes(function));
    let mut digits = [0; 24];
    let [before, text, after] = what;
    print_to_stderr(&[
        program,
        separator(program),
        bytes(file),
        b":",
        decimal(line.into(), &mut digits),
        b": ",
        function,
        separator(function),
        before,
        text,
        after,
    ]);
    sys::abort()
}

pub unsafe extern "C" fn assert_fail(
    assertion: *const c_char,
    file: *const c_char,
    line: c_uint,
    function: *const c_char,
) -> ! {
    // SAFETY: the caller passes C strings, as assert does; NULL is asked for where it may be.
    unsafe {
        fail(file, line, function, [b"Assertion `", crate::libc::c_str(assertion).to_bytes(), b"' failed.\n"])
    }
}

pub unsafe extern "C" fn assert_perror_fail(
    number: c_int,
    file: *const c_char,
    line: c_uint,
    function: *const c_char,
) -> ! {
    // SAFETY: the caller passes C strings, as assert does; NULL is asked for where it may be.
    unsafe {
        let mut room = [0; TEXT_BYTES];
        let message = errors::error_message(number, &mut room).to_bytes();
        fail(file, line, function, [b"Unexpected error: ", message, b".\n"])
    }
}

pub unsafe extern "C" fn assert_plain(assertion: *const c_char, file: *const c_char, line: c_int) -> ! {
    // SAFETY: the caller passes C strings, as assert does; NULL is asked for where it may be.
    unsafe { assert_fail(assertion, file, line as c_uint, core::ptr::null()) }
}

pure_exports! { "libc.so.6";
    full __assert_fail = assert_fail;
    full __assert_perror_fail = assert_perror_fail;
    full __assert = assert_plain;
}
