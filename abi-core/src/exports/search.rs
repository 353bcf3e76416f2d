//! `search.h`
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int, c_void};
use core::ptr::null_mut;

use crate::abi::{EINVAL, ENOMEM, ESRCH};
use crate::libc::malloc::{calloc, free};
use crate::libc::search_tree::{Compare, tdelete, tdestroy, tfind, tsearch, twalk, twalk_r};
use crate::libc::set_errno;
use crate::libc::state::state;
use crate::libc::string::mem::memcpy;
use crate::libc::string::mem::strcmp;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// `ENTRY`
#[repr(C)]
#[derive(Clone, Copy)]
struct Entry {
    key: *mut c_char,
    data: *mut c_void,
}

/// `struct hsearch_data`
#[repr(C)]
pub struct HashTable {
    entries: *mut Entry,
    size: u32,
    filled: u32,
}

unsafe extern "C" fn hcreate_r(count: usize, table: *mut HashTable) -> c_int {
    if table.is_null() {
        set_errno(EINVAL);
        return 0;
    }
    if !(*table).entries.is_null() {
        return 0;
    }
    let size =
        count.saturating_add(count / 3).max(4).checked_next_power_of_two().filter(|&size| size <= 1 << 31);
    let entries = match size {
        Some(size) => calloc(size, size_of::<Entry>()).cast::<Entry>(),
        None => null_mut(),
    };
    if entries.is_null() {
        set_errno(ENOMEM);
        return 0;
    }
    *table = HashTable { entries, size: size.unwrap_or(0) as u32, filled: 0 };
    1
}

unsafe extern "C" fn hdestroy_r(table: *mut HashTable) {
    if table.is_null() {
        set_errno(EINVAL);
        return;
    }
    free((*table).entries.cast());
    (*table).entries = null_mut();
}

unsafe extern "C" fn hsearch_r(
    item: Entry,
    action: c_int,
    result: *mut *mut Entry,
    table: *mut HashTable,
) -> c_int {
    *result = null_mut();
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    let mut here = item.key;
    while *here != 0 {
        hash = (hash ^ u64::from(*here as u8)).wrapping_mul(0x100_0000_01b3);
        here = here.add(1);
    }
    let size = (*table).size as usize;
    for step in 0..size {
        let entry = (*table).entries.add((hash as usize).wrapping_add(step) & (size - 1));
        if (*entry).key.is_null() {
            if action == 0 {
                set_errno(ESRCH);
                return 0;
            }
            if (*table).filled + 1 >= (*table).size {
                break;
            }
            *entry = item;
            (*table).filled += 1;
            *result = entry;
            return 1;
        }
        if strcmp((*entry).key, item.key) == 0 {
            *result = entry;
            return 1;
        }
    }
    set_errno(if action == 0 { ESRCH } else { ENOMEM });
    0
}

unsafe extern "C" fn hcreate(count: usize) -> c_int {
    hcreate_r(count, state().stdlib.hash_table.get().cast())
}

unsafe extern "C" fn hdestroy() {
    hdestroy_r(state().stdlib.hash_table.get().cast());
}

unsafe extern "C" fn hsearch(item: Entry, action: c_int) -> *mut Entry {
    let mut result = null_mut();
    hsearch_r(item, action, &mut result, state().stdlib.hash_table.get().cast());
    result
}

unsafe extern "C" fn lfind(
    key: *const c_void,
    base: *const c_void,
    count: *const usize,
    size: usize,
    compare: Compare,
) -> *mut c_void {
    for i in 0..*count {
        let element = base.add(i * size);
        if compare(key, element) == 0 {
            return element.cast_mut();
        }
    }
    null_mut()
}

unsafe extern "C" fn lsearch(
    key: *const c_void,
    base: *mut c_void,
    count: *mut usize,
    size: usize,
    compare: Compare,
) -> *mut c_void {
    let found = lfind(key, base, count, size, compare);
    if !found.is_null() {
        return found;
    }
    let end = base.add(*count * size);
    memcpy(end, key, size);
    *count += 1;
    end
}

/// An element of a list: forward and backward links come first.
#[repr(C)]
struct Link {
    next: *mut Link,
    previous: *mut Link,
}

unsafe extern "C" fn insque(element: *mut Link, after: *mut Link) {
    if after.is_null() {
        *element = Link { next: null_mut(), previous: null_mut() };
        return;
    }
    let next = (*after).next;
    (*after).next = element;
    *element = Link { next, previous: after };
    if !next.is_null() {
        (*next).previous = element;
    }
}

unsafe extern "C" fn remque(element: *mut Link) {
    let Link { next, previous } = *element;
    if !next.is_null() {
        (*next).previous = previous;
    }
    if !previous.is_null() {
        (*previous).next = next;
    }
}

pure_exports! { "libc.so.6";
    full tsearch = tsearch;
    full __tsearch = tsearch;
    full tfind = tfind;
    full __tfind = tfind;
    full tdelete = tdelete;
    full __tdelete = tdelete;
    full twalk = twalk;
    full __twalk = twalk;
    full twalk_r = twalk_r;
    full tdestroy = tdestroy;
    full __tdestroy = tdestroy;
    full hcreate = hcreate;
    full hcreate_r = hcreate_r;
    full hdestroy = hdestroy;
    full hdestroy_r = hdestroy_r;
    full hsearch = hsearch;
    full hsearch_r = hsearch_r;
    full lfind = lfind;
    full lsearch = lsearch;
    full insque = insque;
    full remque = remque;
}
