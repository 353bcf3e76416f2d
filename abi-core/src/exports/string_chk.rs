//! `string.h` as `_FORTIFY_SOURCE` calls it: the last argument is the room at the destination.
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int, c_void};

use super::string::{explicit_bzero, mempcpy, stpcpy, stpncpy, strcat, strcpy, strncat, strncpy, strnlen};
use crate::libc::stdlib::fortify::{check, chk_fail, fail};
use crate::libc::string::mem::{memcpy, memmove, memset, strlen};
use crate::pure_exports;

unsafe extern "C" fn memcpy_chk(
    to: *mut c_void,
    from: *const c_void,
    count: usize,
    room: usize,
) -> *mut c_void {
    check(count, room);
    memcpy(to, from, count)
}

unsafe extern "C" fn memmove_chk(
    to: *mut c_void,
    from: *const c_void,
    count: usize,
    room: usize,
) -> *mut c_void {
    check(count, room);
    memmove(to, from, count)
}

unsafe extern "C" fn mempcpy_chk(
    to: *mut c_void,
    from: *const c_void,
    count: usize,
    room: usize,
) -> *mut c_void {
    check(count, room);
    mempcpy(to, from, count)
}

unsafe extern "C" fn memset_chk(to: *mut c_void, byte: c_int, count: usize, room: usize) -> *mut c_void {
    check(count, room);
    memset(to, byte, count)
}

unsafe extern "C" fn explicit_bzero_chk(to: *mut c_void, count: usize, room: usize) {
    check(count, room);
    explicit_bzero(to, count);
}

unsafe extern "C" fn strcpy_chk(to: *mut c_char, from: *const c_char, room: usize) -> *mut c_char {
    check(strlen(from).saturating_add(1), room);
    strcpy(to, from)
}

unsafe extern "C" fn stpcpy_chk(to: *mut c_char, from: *const c_char, room: usize) -> *mut c_char {
    check(strlen(from).saturating_add(1), room);
    stpcpy(to, from)
}

unsafe extern "C" fn strncpy_chk(
    to: *mut c_char,
    from: *const c_char,
    count: usize,
    room: usize,
) -> *mut c_char {
    check(count, room);
    strncpy(to, from, count)
}

unsafe extern "C" fn stpncpy_chk(
    to: *mut c_char,
    from: *const c_char,
    count: usize,
    room: usize,
) -> *mut c_char {
    check(count, room);
    stpncpy(to, from, count)
}

unsafe extern "C" fn strcat_chk(to: *mut c_char, from: *const c_char, room: usize) -> *mut c_char {
    check((strnlen(to, room)).saturating_add(strlen(from)).saturating_add(1), room);
    strcat(to, from)
}

unsafe extern "C" fn strncat_chk(
    to: *mut c_char,
    from: *const c_char,
    count: usize,
    room: usize,
) -> *mut c_char {
    check(strnlen(to, room).saturating_add(strnlen(from, count)).saturating_add(1), room);
    strncat(to, from, count)
}

unsafe extern "C" fn fortify_fail(message: *const c_char) -> ! {
    let write = |text: *const c_char, len| super::unistd::write(2, text as _, len);
    write(c"*** ".as_ptr(), 4);
    write(message, strlen(message));
    fail(b" ***: terminated\n")
}

pure_exports! { "libc.so.6";
    full __memcpy_chk = memcpy_chk;
    full __memmove_chk = memmove_chk;
    full __mempcpy_chk = mempcpy_chk;
    full __memset_chk = memset_chk;
    full __explicit_bzero_chk = explicit_bzero_chk;
    full __strcpy_chk = strcpy_chk;
    full __stpcpy_chk = stpcpy_chk;
    full __strncpy_chk = strncpy_chk;
    full __stpncpy_chk = stpncpy_chk;
    full __strcat_chk = strcat_chk;
    full __strncat_chk = strncat_chk;
    full __chk_fail = chk_fail;
    full __fortify_fail = fortify_fail;
}
