//! `stdio.h`: formatted output.

use core::ffi::{c_char, c_int};

use crate::boundary::variadic::VaList;
use crate::libc::state::state;
use crate::libc::stdio::file::{File, flag};
use crate::libc::stdio::lock::Guard;
use crate::libc::stdio::printf::sink::{Fixed, Gathered, Growing, Stream, to_descriptor};
use crate::libc::stdio::printf::{Fortify, custom, format, parse};
use crate::libc::stdio::{put, sys};
use crate::{pure_exports, variadic};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

fn fortify(flag: c_int) -> Fortify {
    if flag > 0 { Fortify::Yes } else { Fortify::No }
}

/// Formats to a locked stream; an unbuffered one gets it in large pieces.
unsafe fn print_locked(fp: *mut File, template: *const c_char, list: *mut VaList, fortify: Fortify) -> c_int {
    // SAFETY: the caller's guard holds the open stream; the template and the list fit one another.
    unsafe {
        if (*fp).mode > 0 {
            return -1;
        }
        if (*fp).has(flag::NO_WRITES) {
            (*fp).flags |= flag::ERR_SEEN;
            crate::libc::set_errno(crate::abi::EBADF);
            return -1;
        }
        if !(*fp).has(flag::UNBUFFERED) {
            return format(&mut Stream(fp), template.cast::<u8>(), list, fortify);
        }
        let mut out = |bytes: &[u8]| put::all(fp, bytes);
        let mut sink = Gathered::new(&mut out);
        let result = format(&mut sink, template.cast::<u8>(), list, fortify);
        if sink.finish() { result } else { -1 }
    }
}

/// Writes pieces to stderr in one go.
pub(super) fn print_to_stderr(pieces: &[&[u8]]) {
    // SAFETY: the program's stderr.
    unsafe { print_to(state().stdio.stderr.get(), pieces) };
}

/// Prints bytes to a stream as one message.
///
/// # Safety
/// An open stream.
pub unsafe fn print_to(fp: *mut File, pieces: &[&[u8]]) {
    use crate::libc::stdio::printf::Sink;
    // SAFETY: the caller's stream.
    let _guard = unsafe { Guard::new(fp) };
    // SAFETY: as above.
    let mut out = |bytes: &[u8]| unsafe { put::all(fp, bytes) };
    let mut sink = Gathered::new(&mut out);
    for piece in pieces {
        sink.put(piece);
    }
    sink.finish();
}

pub unsafe extern "C" fn vfprintf(fp: *mut File, template: *const c_char, list: *mut VaList) -> c_int {
    // SAFETY: an open stream, kept by the guard; printf(3)'s template and its arguments.
    unsafe {
        let _guard = Guard::new(fp);
        print_locked(fp, template, list, Fortify::No)
    }
}

pub unsafe extern "C" fn vfprintf_chk(
    fp: *mut File,
    flag: c_int,
    template: *const c_char,
    list: *mut VaList,
) -> c_int {
    // SAFETY: as vfprintf(3).
    unsafe {
        let _guard = Guard::new(fp);
        print_locked(fp, template, list, fortify(flag))
    }
}

pub unsafe extern "C" fn vprintf(template: *const c_char, list: *mut VaList) -> c_int {
    // SAFETY: stdout is an open stream; as vfprintf(3).
    unsafe { vfprintf(state().stdio.stdout.get(), template, list) }
}

pub unsafe extern "C" fn vprintf_chk(flag: c_int, template: *const c_char, list: *mut VaList) -> c_int {
    // SAFETY: stdout is an open stream; as vfprintf(3).
    unsafe { vfprintf_chk(state().stdio.stdout.get(), flag, template, list) }
}

/// Empties a buffer of so many bytes: a text that is one of the arguments too is not put before itself.
unsafe fn empty(to: *mut c_char, size: usize) {
    if size > 0 {
        // SAFETY: the caller's buffer.
        unsafe { to.write(0) };
    }
}

unsafe fn to_buffer(
    to: *mut c_char,
    size: usize,
    template: *const c_char,
    list: *mut VaList,
    fortify: Fortify,
) -> c_int {
    // SAFETY: room for `size` bytes, of which the sink writes no more; a template and its arguments.
    unsafe {
        let mut sink = Fixed::new(to.cast::<u8>(), size);
        let result = format(&mut sink, template.cast::<u8>(), list, fortify);
        sink.finish(size);
        result
    }
}

pub unsafe extern "C" fn vsnprintf(
    to: *mut c_char,
    size: usize,
    template: *const c_char,
    list: *mut VaList,
) -> c_int {
    // SAFETY: vsnprintf(3)'s promises.
    unsafe {
        empty(to, size);
        to_buffer(to, size, template, list, Fortify::No)
    }
}

pub unsafe extern "C" fn vsnprintf_chk(
    to: *mut c_char,
    size: usize,
    flag: c_int,
    room: usize,
    template: *const c_char,
    list: *mut VaList,
) -> c_int {
    if size > room {
        sys::buffer_overflow();
    }
    // SAFETY: vsnprintf(3)'s promises, and `room` has just been checked.
    unsafe {
        empty(to, size);
        to_buffer(to, size, template, list, fortify(flag))
    }
}

pub unsafe extern "C" fn vsprintf(to: *mut c_char, template: *const c_char, list: *mut VaList) -> c_int {
    // SAFETY: vsprintf(3) trusts its caller to have room for the whole text.
    unsafe { to_buffer(to, usize::MAX, template, list, Fortify::No) }
}

pub unsafe extern "C" fn vsprintf_chk(
    to: *mut c_char,
    flag: c_int,
    room: usize,
    template: *const c_char,
    list: *mut VaList,
) -> c_int {
    if room == 0 {
        sys::buffer_overflow();
    }
    // SAFETY: at most `room` bytes are written; a template and its arguments.
    unsafe {
        empty(to, room);
        let mut sink = Fixed::new(to.cast::<u8>(), room);
        let result = format(&mut sink, template.cast::<u8>(), list, fortify(flag));
        if !sink.finish(room) {
            sys::buffer_overflow();
        }
        result
    }
}

unsafe fn to_new_string(
    to: *mut *mut c_char,
    template: *const c_char,
    list: *mut VaList,
    fortify: Fortify,
) -> c_int {
    // SAFETY: a place for the string, which is malloc's; a template and its arguments.
    unsafe {
        let mut sink = Growing::new();
        let result = format(&mut sink, template.cast::<u8>(), list, fortify);
        if result < 0 {
            sink.discard();
            return -1;
        }
        let text = sink.into_c_string();
        if text.is_null() {
            return -1;
        }
        *to = text.cast();
        result
    }
}

pub unsafe extern "C" fn vasprintf(
    to: *mut *mut c_char,
    template: *const c_char,
    list: *mut VaList,
) -> c_int {
    // SAFETY: vasprintf(3)'s promises.
    unsafe { to_new_string(to, template, list, Fortify::No) }
}

pub unsafe extern "C" fn vasprintf_chk(
    to: *mut *mut c_char,
    flag: c_int,
    template: *const c_char,
    list: *mut VaList,
) -> c_int {
    // SAFETY: vasprintf(3)'s promises.
    unsafe { to_new_string(to, template, list, fortify(flag)) }
}

pub unsafe extern "C" fn vdprintf_chk(
    fd: c_int,
    flag: c_int,
    template: *const c_char,
    list: *mut VaList,
) -> c_int {
    let mut out = to_descriptor(fd);
    let mut sink = Gathered::new(&mut out);
    // SAFETY: a template and its arguments; the sink is ours.
    let result = unsafe { format(&mut sink, template.cast::<u8>(), list, fortify(flag)) };
    if sink.finish() { result } else { -1 }
}

pub unsafe extern "C" fn vdprintf(fd: c_int, template: *const c_char, list: *mut VaList) -> c_int {
    // SAFETY: vdprintf(3)'s promises are the same.
    unsafe { vdprintf_chk(fd, 0, template, list) }
}

pub unsafe extern "C" fn parse_printf_format(
    template: *const c_char,
    room: usize,
    types: *mut c_int,
) -> usize {
    // SAFETY: a template, and room for `room` types.
    unsafe { parse::argument_types(template.cast(), room, types) }
}

variadic!(pub fn printf, fixed 1, vprintf);
variadic!(pub fn fprintf, fixed 2, vfprintf);
variadic!(pub fn sprintf, fixed 2, vsprintf);
variadic!(pub fn snprintf, fixed 3, vsnprintf);
variadic!(pub fn asprintf, fixed 2, vasprintf);
variadic!(pub fn dprintf, fixed 2, vdprintf);
variadic!(pub fn printf_chk, fixed 2, vprintf_chk);
variadic!(pub fn fprintf_chk, fixed 3, vfprintf_chk);
variadic!(pub fn sprintf_chk, fixed 4, vsprintf_chk);
variadic!(pub fn snprintf_chk, fixed 5, vsnprintf_chk);
variadic!(pub fn asprintf_chk, fixed 3, vasprintf_chk);
variadic!(pub fn dprintf_chk, fixed 3, vdprintf_chk);

pure_exports! { "libc.so.6";
    full printf = printf;
    full _IO_printf = printf;
    full fprintf = fprintf;
    full _IO_fprintf = fprintf;
    full sprintf = sprintf;
    full _IO_sprintf = sprintf;
    full snprintf = snprintf;
    full asprintf = asprintf;
    full __asprintf = asprintf;
    full dprintf = dprintf;
    full vprintf = vprintf;
    full vfprintf = vfprintf;
    full _IO_vfprintf = vfprintf;
    full vsprintf = vsprintf;
    full _IO_vsprintf = vsprintf;
    full vsnprintf = vsnprintf;
    full __vsnprintf = vsnprintf;
    full __snprintf = snprintf;
    full vasprintf = vasprintf;
    full vdprintf = vdprintf;
    full __printf_chk = printf_chk;
    full __fprintf_chk = fprintf_chk;
    full __sprintf_chk = sprintf_chk;
    full __snprintf_chk = snprintf_chk;
    full __asprintf_chk = asprintf_chk;
    full __dprintf_chk = dprintf_chk;
    full __vprintf_chk = vprintf_chk;
    full __vfprintf_chk = vfprintf_chk;
    full __vsprintf_chk = vsprintf_chk;
    full __vsnprintf_chk = vsnprintf_chk;
    full __vasprintf_chk = vasprintf_chk;
    full __vdprintf_chk = vdprintf_chk;
    full parse_printf_format = parse_printf_format;
    full register_printf_function = custom::register_printf_specifier;
    full register_printf_specifier = custom::register_printf_specifier;
    full register_printf_modifier = custom::register_printf_modifier;
    full register_printf_type = custom::register_printf_type;
}
