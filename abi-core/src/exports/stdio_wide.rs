//! `wchar.h`: streams of wide characters, and formatted output and input.

use core::ffi::c_int;
use core::ptr::null_mut;

use crate::boundary::variadic::VaList;
use crate::libc::state::state;
use crate::libc::stdio::file::{File, flag, orient};
use crate::libc::stdio::lock::Guard;
use crate::libc::stdio::printf::sink::Fixed;
use crate::libc::stdio::printf::{Fortify, format};
use crate::libc::stdio::scanf::source::{self, Text};
use crate::libc::stdio::scanf::{Dialect, scan};
use crate::libc::stdio::wide::{self, WEOF, WideStream};
use crate::libc::stdio::{memory, sys};
use crate::{pure_exports, variadic};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

type Wide = i32;

pub unsafe extern "C" fn fwide(fp: *mut File, mode: c_int) -> c_int {
    // SAFETY: an open stream, kept by the guard.
    unsafe {
        let _guard = Guard::new(fp);
        if mode == 0 { (*fp).mode } else { orient(fp, mode.signum()) }
    }
}

pub unsafe extern "C" fn getwc_unlocked(fp: *mut File) -> Wide {
    // SAFETY: an open stream that the caller has locked.
    unsafe { wide::take(fp) }
}

pub unsafe extern "C" fn fgetwc(fp: *mut File) -> Wide {
    // SAFETY: an open stream, kept by the guard.
    unsafe {
        let _guard = Guard::new(fp);
        wide::take(fp)
    }
}

pub extern "C" fn getwchar() -> Wide {
    // SAFETY: stdin, which the program may have replaced by another open stream.
    unsafe { fgetwc(state().stdio.stdin.get()) }
}

pub extern "C" fn getwchar_unlocked() -> Wide {
    // SAFETY: the same, locked by the caller.
    unsafe { wide::take(state().stdio.stdin.get()) }
}

pub unsafe extern "C" fn ungetwc(c: Wide, fp: *mut File) -> Wide {
    // SAFETY: an open stream, kept by the guard.
    unsafe {
        let _guard = Guard::new(fp);
        wide::push_back(fp, c)
    }
}

pub unsafe extern "C" fn putwc_unlocked(c: Wide, fp: *mut File) -> Wide {
    // SAFETY: an open stream that the caller has locked.
    unsafe { wide::put(fp, c) }
}

pub unsafe extern "C" fn fputwc(c: Wide, fp: *mut File) -> Wide {
    // SAFETY: an open stream, kept by the guard.
    unsafe {
        let _guard = Guard::new(fp);
        wide::put(fp, c)
    }
}

pub extern "C" fn putwchar(c: Wide) -> Wide {
    // SAFETY: stdout, which the program may have replaced by another open stream.
    unsafe { fputwc(c, state().stdio.stdout.get()) }
}

pub extern "C" fn putwchar_unlocked(c: Wide) -> Wide {
    // SAFETY: the same, locked by the caller.
    unsafe { wide::put(state().stdio.stdout.get(), c) }
}

pub unsafe extern "C" fn fgetws_unlocked(to: *mut Wide, size: c_int, fp: *mut File) -> *mut Wide {
    // SAFETY: room for `size` characters, and an open stream that the caller has locked.
    if unsafe { wide::line(fp, to, usize::try_from(size).unwrap_or(0)) } { to } else { null_mut() }
}

pub unsafe extern "C" fn fgetws(to: *mut Wide, size: c_int, fp: *mut File) -> *mut Wide {
    // SAFETY: room for `size` characters, and an open stream, kept by the guard.
    unsafe {
        let _guard = Guard::new(fp);
        fgetws_unlocked(to, size, fp)
    }
}

pub unsafe extern "C" fn fgetws_chk(to: *mut Wide, room: usize, size: c_int, fp: *mut File) -> *mut Wide {
    if usize::try_from(size).is_ok_and(|size| size > room) {
        sys::buffer_overflow();
    }
    // SAFETY: fgetws(3)'s promises, and `room` has just been checked.
    unsafe { fgetws(to, size, fp) }
}

pub unsafe extern "C" fn fgetws_unlocked_chk(
    to: *mut Wide,
    room: usize,
    size: c_int,
    fp: *mut File,
) -> *mut Wide {
    if usize::try_from(size).is_ok_and(|size| size > room) {
        sys::buffer_overflow();
    }
    // SAFETY: fgetws_unlocked(3)'s promises, and `room` has just been checked.
    unsafe { fgetws_unlocked(to, size, fp) }
}

pub unsafe extern "C" fn fputws_unlocked(text: *const Wide, fp: *mut File) -> c_int {
    // SAFETY: a wide string, and an open stream that the caller has locked.
    unsafe {
        let len = super::wchar::wcslen(text);
        let characters = core::slice::from_raw_parts(text, len);
        if wide::is_wide(fp) && wide::put_all(fp, characters) == len { 1 } else { WEOF }
    }
}

pub unsafe extern "C" fn fputws(text: *const Wide, fp: *mut File) -> c_int {
    // SAFETY: a wide string, and an open stream, kept by the guard.
    unsafe {
        let _guard = Guard::new(fp);
        fputws_unlocked(text, fp)
    }
}

pub unsafe extern "C" fn open_wmemstream(buffer: *mut *mut Wide, size: *mut usize) -> *mut File {
    // SAFETY: open_wmemstream(3)'s two places, which outlive the stream.
    unsafe { memory::open_growing(buffer.cast(), size, wide::UNIT_BYTES) }
}

fn fortify(flag: c_int) -> Fortify {
    if flag > 0 { Fortify::Yes } else { Fortify::No }
}

unsafe extern "C" fn vfwprintf_chk(
    fp: *mut File,
    flag: c_int,
    template: *const Wide,
    list: *mut VaList,
) -> c_int {
    // SAFETY: an open stream, kept by the guard; wprintf(3)'s template and its arguments.
    unsafe {
        let _guard = Guard::new(fp);
        if !wide::is_wide(fp) {
            return -1;
        }
        if (*fp).has(flag::NO_WRITES) {
            (*fp).flags |= flag::ERR_SEEN;
            crate::libc::set_errno(crate::abi::EBADF);
            return -1;
        }
        let mut sink = WideStream::new(fp);
        let result = format(&mut sink, template, list, fortify(flag));
        if sink.finish() { result } else { -1 }
    }
}

unsafe extern "C" fn vfwprintf(fp: *mut File, template: *const Wide, list: *mut VaList) -> c_int {
    // SAFETY: wprintf(3)'s promises are the same.
    unsafe { vfwprintf_chk(fp, 0, template, list) }
}

unsafe extern "C" fn vwprintf(template: *const Wide, list: *mut VaList) -> c_int {
    // SAFETY: stdout is an open stream; as vfwprintf(3).
    unsafe { vfwprintf_chk(state().stdio.stdout.get(), 0, template, list) }
}

unsafe extern "C" fn vwprintf_chk(flag: c_int, template: *const Wide, list: *mut VaList) -> c_int {
    // SAFETY: stdout is an open stream; as vfwprintf(3).
    unsafe { vfwprintf_chk(state().stdio.stdout.get(), flag, template, list) }
}

/// A text that does not fit is an error, unlike with snprintf(3).
unsafe extern "C" fn vswprintf_chk(
    to: *mut Wide,
    size: usize,
    flag: c_int,
    room: usize,
    template: *const Wide,
    list: *mut VaList,
) -> c_int {
    if size > room {
        sys::buffer_overflow();
    }
    if size == 0 {
        return -1;
    }
    // SAFETY: room for `size` characters, of which the sink writes no more; a template and its arguments.
    unsafe {
        let mut sink = Fixed::new(to, size);
        let result = format(&mut sink, template, list, fortify(flag));
        if sink.finish(size) { result } else { -1 }
    }
}

unsafe extern "C" fn vswprintf(
    to: *mut Wide,
    size: usize,
    template: *const Wide,
    list: *mut VaList,
) -> c_int {
    // SAFETY: swprintf(3)'s promises are the same.
    unsafe { vswprintf_chk(to, size, 0, usize::MAX, template, list) }
}

variadic!(pub fn wprintf, fixed 1, vwprintf);
variadic!(pub fn fwprintf, fixed 2, vfwprintf);
variadic!(pub fn swprintf, fixed 3, vswprintf);
variadic!(pub fn wprintf_chk, fixed 2, vwprintf_chk);
variadic!(pub fn fwprintf_chk, fixed 3, vfwprintf_chk);
variadic!(pub fn swprintf_chk, fixed 5, vswprintf_chk);

unsafe fn from_stream(fp: *mut File, template: *const Wide, list: *mut VaList, dialect: Dialect) -> c_int {
    // SAFETY: an open stream, kept by the guard; a template and the places it names.
    unsafe {
        let _guard = Guard::new(fp);
        if !wide::is_wide(fp) {
            return -1;
        }
        scan(&mut source::WideStream(fp), template, list, dialect)
    }
}

/// Makes the six functions of a dialect.
macro_rules! dialect {
    ($dialect:ident: $vfwscanf:ident $vwscanf:ident $vswscanf:ident $fwscanf:ident $wscanf:ident $swscanf:ident) => {
        unsafe extern "C" fn $vfwscanf(fp: *mut File, template: *const Wide, list: *mut VaList) -> c_int {
            // SAFETY: wscanf(3)'s promises for a stream.
            unsafe { from_stream(fp, template, list, Dialect::$dialect) }
        }
        unsafe extern "C" fn $vwscanf(template: *const Wide, list: *mut VaList) -> c_int {
            // SAFETY: stdin is an open stream; wscanf(3)'s promises.
            unsafe { from_stream(state().stdio.stdin.get(), template, list, Dialect::$dialect) }
        }
        unsafe extern "C" fn $vswscanf(text: *const Wide, template: *const Wide, list: *mut VaList) -> c_int {
            // SAFETY: wscanf(3)'s promises for a wide string.
            unsafe { scan(&mut Text::new(text), template, list, Dialect::$dialect) }
        }
        variadic!(pub fn $fwscanf, fixed 2, $vfwscanf);
        variadic!(pub fn $wscanf, fixed 1, $vwscanf);
        variadic!(pub fn $swscanf, fixed 2, $vswscanf);
    };
}
dialect!(Gnu: vfwscanf vwscanf vswscanf fwscanf wscanf swscanf);
dialect!(C99: isoc99_vfwscanf isoc99_vwscanf isoc99_vswscanf isoc99_fwscanf isoc99_wscanf isoc99_swscanf);
dialect!(C23: isoc23_vfwscanf isoc23_vwscanf isoc23_vswscanf isoc23_fwscanf isoc23_wscanf isoc23_swscanf);

pure_exports! { "libc.so.6";
    full fwide = fwide;
    full fgetwc = fgetwc;
    full getwc = fgetwc;
    full __fgetwc_unlocked = getwc_unlocked;
    full fgetwc_unlocked = getwc_unlocked;
    full getwc_unlocked = getwc_unlocked;
    full getwchar = getwchar;
    full getwchar_unlocked = getwchar_unlocked;
    full ungetwc = ungetwc;
    full fputwc = fputwc;
    full putwc = fputwc;
    full __fputwc_unlocked = putwc_unlocked;
    full fputwc_unlocked = putwc_unlocked;
    full putwc_unlocked = putwc_unlocked;
    full putwchar = putwchar;
    full putwchar_unlocked = putwchar_unlocked;
    full fgetws = fgetws;
    full fgetws_unlocked = fgetws_unlocked;
    full __fgetws_chk = fgetws_chk;
    full __fgetws_unlocked_chk = fgetws_unlocked_chk;
    full fputws = fputws;
    full fputws_unlocked = fputws_unlocked;
    full open_wmemstream = open_wmemstream;
    full wprintf = wprintf;
    full fwprintf = fwprintf;
    full swprintf = swprintf;
    full vwprintf = vwprintf;
    full vfwprintf = vfwprintf;
    full vswprintf = vswprintf;
    full __wprintf_chk = wprintf_chk;
    full __fwprintf_chk = fwprintf_chk;
    full __swprintf_chk = swprintf_chk;
    full __vwprintf_chk = vwprintf_chk;
    full __vfwprintf_chk = vfwprintf_chk;
    full __vswprintf_chk = vswprintf_chk;
    full wscanf = wscanf;
    full fwscanf = fwscanf;
    full swscanf = swscanf;
    full vwscanf = vwscanf;
    full vfwscanf = vfwscanf;
    full vswscanf = vswscanf;
    full __isoc99_wscanf = isoc99_wscanf;
    full __isoc99_fwscanf = isoc99_fwscanf;
    full __isoc99_swscanf = isoc99_swscanf;
    full __isoc99_vwscanf = isoc99_vwscanf;
    full __isoc99_vfwscanf = isoc99_vfwscanf;
    full __isoc99_vswscanf = isoc99_vswscanf;
    full __isoc23_wscanf = isoc23_wscanf;
    full __isoc23_fwscanf = isoc23_fwscanf;
    full __isoc23_swscanf = isoc23_swscanf;
    full __isoc23_vwscanf = isoc23_vwscanf;
    full __isoc23_vfwscanf = isoc23_vfwscanf;
    full __isoc23_vswscanf = isoc23_vswscanf;
}
