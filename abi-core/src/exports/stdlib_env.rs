//! `stdlib.h`: the environment.
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int};
use core::ptr::null_mut;

use super::string::{strchrnul, strncmp};
use crate::abi::{EINVAL, ENOMEM};
use crate::libc::malloc::{free, malloc, realloc};
use crate::libc::set_errno;
use crate::libc::state::state;
use crate::libc::string::mem::{memcpy, strlen};
use crate::pure_exports;

/// Finds the entry of a name of `len` bytes.
unsafe fn find(name: *const c_char, len: usize) -> Option<*mut *mut c_char> {
    let mut entry = state().exit.environ.get();
    if entry.is_null() {
        return None;
    }
    while !(*entry).is_null() {
        if strncmp(*entry, name, len) == 0 && *(*entry).add(len) == b'=' as c_char {
            return Some(entry);
        }
        entry = entry.add(1);
    }
    None
}

pub unsafe extern "C" fn getenv(name: *const c_char) -> *mut c_char {
    let len = strlen(name);
    if len == 0 {
        return null_mut();
    }
    find(name, len).map_or(null_mut(), |entry| (*entry).add(len + 1))
}

pub unsafe extern "C" fn secure_getenv(name: *const c_char) -> *mut c_char {
    if state().exit.is_secure.get() != 0 { null_mut() } else { getenv(name) }
}

/// Adds an entry whose name is not there yet.
unsafe fn append(string: *mut c_char) -> c_int {
    let old = state().exit.environ.get();
    let mut count = 0;
    while !old.is_null() && !(*old.add(count)).is_null() {
        count += 1;
    }
    let ours = &mut *state().stdlib.environ.get();
    let size = (count + 2) * size_of::<*mut c_char>();
    // The vector the program was started with is not ours to move.
    let new = if old == *ours { realloc(old.cast(), size) } else { malloc(size) }.cast::<*mut c_char>();
    if new.is_null() {
        set_errno(ENOMEM);
        return -1;
    }
    if old != *ours && count != 0 {
        memcpy(new.cast(), old.cast(), count * size_of::<*mut c_char>());
    }
    *new.add(count) = string;
    *new.add(count + 1) = null_mut();
    *ours = new;
    state().exit.environ.set(new);
    0
}

unsafe fn is_name(name: *const c_char) -> bool {
    !name.is_null() && *name != 0 && *strchrnul(name, c_int::from(b'=')) == 0
}

pub unsafe extern "C" fn setenv(name: *const c_char, value: *const c_char, overwrite: c_int) -> c_int {
    if !is_name(name) {
        set_errno(EINVAL);
        return -1;
    }
    let name_len = strlen(name);
    let entry = find(name, name_len);
    if entry.is_some() && overwrite == 0 {
        return 0;
    }
    let value_len = strlen(value);
    let string = malloc(name_len + value_len + 2).cast::<c_char>();
    if string.is_null() {
        set_errno(ENOMEM);
        return -1;
    }
    memcpy(string.cast(), name.cast(), name_len);
    *string.add(name_len) = b'=' as c_char;
    memcpy(string.add(name_len + 1).cast(), value.cast(), value_len + 1);
    // What getenv returned before may still be in use: the old string stays.
    if let Some(entry) = entry {
        *entry = string;
        return 0;
    }
    let result = append(string);
    if result != 0 {
        free(string.cast());
    }
    result
}

pub unsafe extern "C" fn unsetenv(name: *const c_char) -> c_int {
    if !is_name(name) {
        set_errno(EINVAL);
        return -1;
    }
    let len = strlen(name);
    while let Some(mut entry) = find(name, len) {
        while !(*entry).is_null() {
            *entry = *entry.add(1);
            entry = entry.add(1);
        }
    }
    0
}

unsafe extern "C" fn putenv(string: *mut c_char) -> c_int {
    let len = strchrnul(string, c_int::from(b'=')).offset_from_unsigned(string);
    if *string.add(len) == 0 {
        return unsetenv(string);
    }
    match find(string, len) {
        Some(entry) => {
            *entry = string;
            0
        }
        None => append(string),
    }
}

unsafe extern "C" fn clearenv() -> c_int {
    let ours = &mut *state().stdlib.environ.get();
    if !(*ours).is_null() && state().exit.environ.get() == *ours {
        free((*ours).cast());
    }
    *ours = null_mut();
    state().exit.environ.set(null_mut());
    0
}

pure_exports! { "libc.so.6";
    full getenv = getenv;
    full secure_getenv = secure_getenv;
    full __secure_getenv = secure_getenv;
    full setenv = setenv;
    full unsetenv = unsetenv;
    full putenv = putenv;
    full clearenv = clearenv;
}
