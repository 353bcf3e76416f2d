//! `argz.h`: vectors of strings, each ended by a NUL, in one block.
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int};
use core::ptr::null_mut;

use crate::abi::{EINVAL, ENOMEM};
use crate::libc::guest_vec::GuestVec;
use crate::libc::malloc::{free, malloc, realloc};
use crate::libc::string::mem::{memcpy, memmove, strlen};
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

pub(super) unsafe extern "C" fn argz_append(
    argz: *mut *mut c_char,
    len: *mut usize,
    bytes: *const c_char,
    count: usize,
) -> c_int {
    let new = realloc((*argz).cast(), *len + count).cast::<c_char>();
    if new.is_null() {
        return ENOMEM;
    }
    memcpy(new.add(*len).cast(), bytes.cast(), count);
    *argz = new;
    *len += count;
    0
}

unsafe extern "C" fn argz_add(argz: *mut *mut c_char, len: *mut usize, string: *const c_char) -> c_int {
    argz_append(argz, len, string, strlen(string) + 1)
}

unsafe extern "C" fn argz_create_sep(
    string: *const c_char,
    separator: c_int,
    argz: *mut *mut c_char,
    len: *mut usize,
) -> c_int {
    *argz = null_mut();
    *len = 0;
    let size = strlen(string) + 1;
    if size == 1 {
        return 0;
    }
    let new = malloc(size).cast::<c_char>();
    if new.is_null() {
        return ENOMEM;
    }
    let mut count = 0;
    for i in 0..size {
        let byte = *string.add(i);
        let is_separator = byte == separator as c_char;
        // Separators in a row, or at the start, make no empty strings; one at the end does.
        if is_separator && (count == 0 || *new.add(count - 1) == 0) {
            continue;
        }
        *new.add(count) = if is_separator { 0 } else { byte };
        count += 1;
    }
    *argz = new;
    *len = count;
    0
}

unsafe extern "C" fn argz_create(
    argv: *const *const c_char,
    argz: *mut *mut c_char,
    len: *mut usize,
) -> c_int {
    *argz = null_mut();
    *len = 0;
    let mut index = 0;
    while !(*argv.add(index)).is_null() {
        if argz_add(argz, len, *argv.add(index)) != 0 {
            free((*argz).cast());
            return ENOMEM;
        }
        index += 1;
    }
    0
}

unsafe extern "C" fn argz_count(argz: *const c_char, len: usize) -> usize {
    (0..len).filter(|&i| *argz.add(i) == 0).count()
}

unsafe extern "C" fn argz_next(argz: *const c_char, len: usize, entry: *const c_char) -> *mut c_char {
    let next = if entry.is_null() { argz } else { entry.add(strlen(entry) + 1) };
    if len != 0 && next < argz.wrapping_add(len) { next.cast_mut() } else { null_mut() }
}

unsafe extern "C" fn argz_extract(argz: *mut c_char, len: usize, argv: *mut *mut c_char) {
    let (mut entry, mut index) = (null_mut(), 0);
    loop {
        entry = argz_next(argz, len, entry);
        *argv.add(index) = entry;
        if entry.is_null() {
            return;
        }
        index += 1;
    }
}

unsafe extern "C" fn argz_stringify(argz: *mut c_char, len: usize, separator: c_int) {
    for i in 0..len.saturating_sub(1) {
        if *argz.add(i) == 0 {
            *argz.add(i) = separator as c_char;
        }
    }
}

pub(super) unsafe extern "C" fn argz_delete(argz: *mut *mut c_char, len: *mut usize, entry: *mut c_char) {
    if entry.is_null() {
        return;
    }
    let size = strlen(entry) + 1;
    let after = (*argz).add(*len).offset_from_unsigned(entry) - size;
    memmove(entry.cast(), entry.add(size).cast(), after);
    *len -= size;
    if *len == 0 {
        free((*argz).cast());
        *argz = null_mut();
    }
}

unsafe extern "C" fn argz_insert(
    argz: *mut *mut c_char,
    len: *mut usize,
    before: *mut c_char,
    string: *const c_char,
) -> c_int {
    if before.is_null() {
        return argz_add(argz, len, string);
    }
    if before < *argz || before >= (*argz).add(*len) {
        return EINVAL;
    }
    let mut at = before.offset_from_unsigned(*argz);
    while at > 0 && *(*argz).add(at - 1) != 0 {
        at -= 1;
    }
    let size = strlen(string) + 1;
    let new = realloc((*argz).cast(), *len + size).cast::<c_char>();
    if new.is_null() {
        return ENOMEM;
    }
    memmove(new.add(at + size).cast(), new.add(at).cast(), *len - at);
    memcpy(new.add(at).cast(), string.cast(), size);
    *argz = new;
    *len += size;
    0
}

/// Appends the parts of a string between separators.
unsafe extern "C" fn argz_add_sep(
    argz: *mut *mut c_char,
    len: *mut usize,
    string: *const c_char,
    separator: c_int,
) -> c_int {
    let (mut parts, mut parts_len) = (null_mut(), 0);
    let error = argz_create_sep(string, separator, &raw mut parts, &raw mut parts_len);
    if error != 0 || parts_len == 0 {
        return error;
    }
    let error = argz_append(argz, len, parts, parts_len);
    free(parts.cast());
    error
}

/// Replaces every occurrence of a string inside the entries; `replaced`, if given, grows by the number of entries changed.
unsafe extern "C" fn argz_replace(
    argz: *mut *mut c_char,
    len: *mut usize,
    string: *const c_char,
    with: *const c_char,
    replaced: *mut u32,
) -> c_int {
    let (wanted, with) = (crate::libc::c_str(string).to_bytes(), crate::libc::c_str(with).to_bytes());
    if wanted.is_empty() || *len == 0 {
        return 0;
    }
    let old = core::slice::from_raw_parts((*argz).cast::<u8>(), *len);
    let (mut new, mut at, mut count) = (GuestVec::new(), 0, 0);
    // What counts is the entries.
    let mut is_counted = false;
    while at < old.len() {
        let is_found = old[at..].starts_with(wanted);
        let part = if is_found { with } else { &old[at..=at] };
        if new.extend(part).is_err() {
            return ENOMEM;
        }
        count += u32::from(is_found && !is_counted);
        is_counted = is_found || is_counted && old[at] != 0;
        at += if is_found { wanted.len() } else { 1 };
    }
    if count == 0 {
        return 0;
    }
    let new_len = new.len();
    free((*argz).cast());
    *argz = new.into_raw().cast();
    *len = new_len;
    if !replaced.is_null() {
        *replaced += count;
    }
    0
}

pure_exports! { "libc.so.6";
    full argz_add_sep = argz_add_sep;
    full __argz_create_sep = argz_create_sep;
    full argz_replace = argz_replace;
    full argz_add = argz_add;
    full argz_append = argz_append;
    full argz_count = argz_count;
    full argz_create = argz_create;
    full argz_create_sep = argz_create_sep;
    full argz_delete = argz_delete;
    full argz_extract = argz_extract;
    full argz_insert = argz_insert;
    full argz_next = argz_next;
    full __argz_next = argz_next;
    full argz_stringify = argz_stringify;
    full __argz_stringify = argz_stringify;
    full __argz_count = argz_count;
}
