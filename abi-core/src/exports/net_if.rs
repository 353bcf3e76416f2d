//! `net/if.h` and `ifaddrs.h`
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int};
use core::ptr::null_mut;

use crate::abi::{EINVAL, ENODEV, ENXIO, if_nameindex, ifaddrs};
use crate::libc::files::text_of;
use crate::libc::malloc;
use crate::libc::net::interfaces::{self, Asker};
use crate::libc::{errno, set_errno};
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// if_nametoindex(3)
unsafe extern "C" fn name_to_index(name: *const c_char) -> u32 {
    let Some(asker) = Asker::new() else { return 0 };
    set_errno(ENODEV);
    asker.index(text_of(name)).unwrap_or(0)
}

/// if_indextoname(3)
unsafe extern "C" fn index_to_name(index: u32, name: *mut c_char) -> *mut c_char {
    let Some(asker) = Asker::new() else { return null_mut() };
    let Some(found) = asker.name(index) else {
        if errno() == ENODEV {
            set_errno(ENXIO);
        }
        return null_mut();
    };
    interfaces::put_name(name, &found);
    name
}

/// if_nameindex(3): one piece of memory with the list, its end, and the names.
unsafe extern "C" fn name_index() -> *mut if_nameindex {
    let Some(asker) = Asker::new() else { return null_mut() };
    let Some((found, count)) = asker.list() else { return null_mut() };
    let found = &found[..count.min(found.len())];
    let heads_bytes = (found.len() + 1) * size_of::<if_nameindex>();
    let list = malloc::calloc(1, heads_bytes + size_of_val(found)).cast::<if_nameindex>();
    if list.is_null() {
        return null_mut();
    }
    let mut names = list.cast::<c_char>().add(heads_bytes);
    let mut at = list;
    for one in found {
        let Some(index) = asker.index(one.text()) else { continue };
        interfaces::put_name(names, one);
        at.write(if_nameindex { if_index: index, if_name: names });
        (at, names) = (at.add(1), names.add(one.name.len()));
    }
    list
}

unsafe extern "C" fn free_name_index(list: *mut if_nameindex) {
    malloc::free(list.cast());
}

/// getifaddrs(3)
unsafe extern "C" fn get_addresses(out: *mut *mut ifaddrs) -> c_int {
    if out.is_null() {
        set_errno(EINVAL);
        return -1;
    }
    let Some(list) = interfaces::addresses() else { return -1 };
    out.write(list);
    0
}

unsafe extern "C" fn free_addresses(list: *mut ifaddrs) {
    malloc::free(list.cast());
}

pure_exports! { "libc.so.6";
    full if_nametoindex = name_to_index;
    full if_indextoname = index_to_name;
    full if_nameindex = name_index;
    full if_freenameindex = free_name_index;
    full getifaddrs = get_addresses;
    full freeifaddrs = free_addresses;
}
