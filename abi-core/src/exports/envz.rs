//! `envz.h`: vectors of `NAME=VALUE` strings in one block
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int};
use core::ptr::null_mut;

use super::argz::{argz_append, argz_delete};
use crate::abi::ENOMEM;
use crate::libc::files::text_of;
use crate::libc::guest_vec::GuestVec;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

fn name_of(entry: &[u8]) -> &[u8] {
    entry.split(|&byte| byte == b'=').next().unwrap_or_default()
}

/// Calls `each` for the entries, until it says to stop; returns that entry.
unsafe fn find(envz: *const c_char, len: usize, mut is_wanted: impl FnMut(&[u8]) -> bool) -> *mut c_char {
    let mut at = 0;
    while at < len {
        let entry = envz.add(at);
        let text = text_of(entry);
        if is_wanted(text) {
            return entry.cast_mut();
        }
        at += text.len() + 1;
    }
    null_mut()
}

unsafe extern "C" fn envz_entry(envz: *const c_char, len: usize, name: *const c_char) -> *mut c_char {
    let name = name_of(text_of(name));
    find(envz, len, |entry| name_of(entry) == name)
}

unsafe extern "C" fn envz_get(envz: *const c_char, len: usize, name: *const c_char) -> *mut c_char {
    let entry = envz_entry(envz, len, name);
    if entry.is_null() {
        return null_mut();
    }
    let text = text_of(entry);
    // An entry without a value has a null one.
    text.iter().position(|&byte| byte == b'=').map_or(null_mut(), |equals| entry.add(equals + 1))
}

unsafe extern "C" fn envz_remove(envz: *mut *mut c_char, len: *mut usize, name: *const c_char) {
    let entry = envz_entry(*envz, *len, name);
    if !entry.is_null() {
        argz_delete(envz, len, entry);
    }
}

unsafe extern "C" fn envz_add(
    envz: *mut *mut c_char,
    len: *mut usize,
    name: *const c_char,
    value: *const c_char,
) -> c_int {
    envz_remove(envz, len, name);
    let mut entry = GuestVec::new();
    let mut made = entry.extend(text_of(name));
    if !value.is_null() {
        made = made.and_then(|()| entry.push(b'=')).and_then(|()| entry.extend(text_of(value)));
    }
    match made.and_then(|()| entry.push(0)) {
        Ok(()) => argz_append(envz, len, entry.as_ptr().cast(), entry.len()),
        Err(_) => ENOMEM,
    }
}

unsafe extern "C" fn envz_merge(
    envz: *mut *mut c_char,
    len: *mut usize,
    more: *const c_char,
    more_len: usize,
    overrides: c_int,
) -> c_int {
    let mut at = 0;
    while at < more_len {
        let entry = more.add(at);
        let size = text_of(entry).len() + 1;
        let own = envz_entry(*envz, *len, entry);
        if own.is_null() || overrides != 0 {
            if !own.is_null() {
                argz_delete(envz, len, own);
            }
            let error = argz_append(envz, len, entry, size);
            if error != 0 {
                return error;
            }
        }
        at += size;
    }
    0
}

/// Removes the entries without a value.
unsafe extern "C" fn envz_strip(envz: *mut *mut c_char, len: *mut usize) {
    loop {
        let bare = find(*envz, *len, |entry| !entry.contains(&b'='));
        if bare.is_null() {
            return;
        }
        argz_delete(envz, len, bare);
    }
}

pure_exports! { "libc.so.6";
    full envz_entry = envz_entry;
    full envz_get = envz_get;
    full envz_add = envz_add;
    full envz_merge = envz_merge;
    full envz_remove = envz_remove;
    full envz_strip = envz_strip;
}
