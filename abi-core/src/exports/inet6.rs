//! IPv6 extension headers of `netinet/in.h` (RFC 3542, sections 7 and 10): functions that lay them out and read them.
//!
//! Lengths in the headers count units of 8 bytes after the first.
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_int, c_void};
use core::ptr::null_mut;

use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// Bytes before the first option: next header and length.
const HEADER_BYTES: c_int = 2;
/// Bytes before an option's data: type and length.
const OPTION_BYTES: c_int = 2;
/// The type of one byte of padding, which has no length.
const PAD1: u8 = 0;
/// The type of more padding.
const PADN: u8 = 1;

/// inet6_opt_init(3)
unsafe extern "C" fn inet6_opt_init(header: *mut u8, len_bytes: u32) -> c_int {
    if !header.is_null() {
        if len_bytes == 0 || !len_bytes.is_multiple_of(8) || len_bytes > 256 * 8 {
            return -1;
        }
        header.add(1).write((len_bytes / 8 - 1) as u8);
    }
    HEADER_BYTES
}

/// Fills the gap at `at` with padding.
unsafe fn pad(at: *mut u8, len_bytes: c_int) {
    if len_bytes == 1 {
        at.write(PAD1);
    } else if len_bytes > 1 {
        at.write_bytes(0, len_bytes as usize);
        at.write(PADN);
        at.add(1).write((len_bytes - OPTION_BYTES) as u8);
    }
}

/// inet6_opt_append(3)
unsafe extern "C" fn inet6_opt_append(
    header: *mut u8,
    len_bytes: u32,
    offset: c_int,
    kind: u8,
    data_bytes: u32,
    align: u8,
    data: *mut *mut c_void,
) -> c_int {
    let is_aligned = matches!(align, 1 | 2 | 4 | 8) && u32::from(align) <= data_bytes;
    if offset < HEADER_BYTES || matches!(kind, PAD1 | PADN) || data_bytes > 255 || !is_aligned {
        return -1;
    }
    let unpadded = offset.wrapping_add(OPTION_BYTES);
    let Some(data_at) = (unpadded as u32).checked_next_multiple_of(align.into()) else { return -1 };
    let data_at = data_at as c_int;
    let end = data_at.wrapping_add(data_bytes as c_int);
    if !header.is_null() {
        if end as u32 > len_bytes {
            return -1;
        }
        pad(header.add(offset as usize), data_at - unpadded);
        let at = header.add(data_at as usize);
        at.sub(2).write(kind);
        at.sub(1).write(data_bytes as u8);
        data.write(at.cast());
    }
    end
}

/// inet6_opt_finish(3)
unsafe extern "C" fn inet6_opt_finish(header: *mut u8, len_bytes: u32, offset: c_int) -> c_int {
    if offset < HEADER_BYTES {
        return -1;
    }
    let end = (offset as u32).next_multiple_of(8) as c_int;
    if !header.is_null() {
        if end as u32 > len_bytes {
            return -1;
        }
        pad(header.add(offset as usize), end - offset);
    }
    end
}

/// inet6_opt_set_val(3)
unsafe extern "C" fn inet6_opt_set_val(
    data: *mut u8,
    offset: c_int,
    value: *const u8,
    len_bytes: u32,
) -> c_int {
    value.copy_to(data.offset(offset as isize), len_bytes as usize);
    offset.wrapping_add(len_bytes as c_int)
}

/// inet6_opt_get_val(3)
unsafe extern "C" fn inet6_opt_get_val(
    data: *const u8,
    offset: c_int,
    value: *mut u8,
    len_bytes: u32,
) -> c_int {
    value.copy_from(data.offset(offset as isize), len_bytes as usize);
    offset.wrapping_add(len_bytes as c_int)
}

/// Where an option ends that was found, or -1 where it reaches over the header's end.
unsafe fn found(
    option: *mut u8,
    end: c_int,
    len_bytes: u32,
    data_bytes: *mut u32,
    data: *mut *mut c_void,
) -> c_int {
    if end as u32 > len_bytes {
        return -1;
    }
    data_bytes.write((*option.add(1)).into());
    data.write(option.add(2).cast());
    end
}

/// Where a walk over the options begins that goes on at `offset`.
const fn first(offset: c_int) -> Option<c_int> {
    match offset {
        0 => Some(HEADER_BYTES),
        ..HEADER_BYTES => None,
        _ => Some(offset),
    }
}

/// inet6_opt_next(3)
unsafe extern "C" fn inet6_opt_next(
    header: *mut u8,
    len_bytes: u32,
    offset: c_int,
    kind: *mut u8,
    data_bytes: *mut u32,
    data: *mut *mut c_void,
) -> c_int {
    let Some(mut offset) = first(offset) else { return -1 };
    while (offset as u32) < len_bytes {
        let option = header.add(offset as usize);
        if *option == PAD1 {
            offset += 1;
            continue;
        }
        offset += OPTION_BYTES + c_int::from(*option.add(1));
        if *option != PADN {
            let end = found(option, offset, len_bytes, data_bytes, data);
            if end >= 0 {
                kind.write(*option);
            }
            return end;
        }
    }
    -1
}

/// inet6_opt_find(3)
unsafe extern "C" fn inet6_opt_find(
    header: *mut u8,
    len_bytes: u32,
    offset: c_int,
    kind: u8,
    data_bytes: *mut u32,
    data: *mut *mut c_void,
) -> c_int {
    let Some(mut offset) = first(offset) else { return -1 };
    while (offset as u32) < len_bytes {
        let option = header.add(offset as usize);
        let is_wanted = *option == kind;
        if *option == PAD1 {
            offset += 1;
            if is_wanted {
                data_bytes.write(0);
                data.write(option.add(1).cast());
                return offset;
            }
            continue;
        }
        offset += OPTION_BYTES + c_int::from(*option.add(1));
        if is_wanted {
            return found(option, offset, len_bytes, data_bytes, data);
        }
    }
    -1
}

/// A routing header's address.
type Address = [u8; 16];
/// `struct ip6_rthdr0` up to its addresses: next header, length, type, segments left, four bytes.
const ROUTE_BYTES: usize = 8;
/// Where its fields are.
const LENGTH: usize = 1;
const KIND: usize = 2;
const SEGMENTS_LEFT: usize = 3;
/// The only type there is (`IPV6_RTHDR_TYPE_0`).
const TYPE_0: u8 = 0;

/// Returns how many addresses a routing header has room for, if it is of type 0.
unsafe fn segments(header: *const u8) -> Option<usize> {
    (*header.add(KIND) == TYPE_0).then(|| usize::from(*header.add(LENGTH)) / 2)
}

unsafe fn address_at(header: *mut u8, index: usize) -> *mut Address {
    header.add(ROUTE_BYTES + index * size_of::<Address>()).cast()
}

/// inet6_rth_space(3)
extern "C" fn inet6_rth_space(kind: c_int, segments: c_int) -> u32 {
    match (kind, segments) {
        (0, 0..=127) => ROUTE_BYTES as u32 + segments as u32 * size_of::<Address>() as u32,
        _ => 0,
    }
}

/// inet6_rth_init(3)
unsafe extern "C" fn inet6_rth_init(
    header: *mut u8,
    len_bytes: u32,
    kind: c_int,
    segments: c_int,
) -> *mut u8 {
    let needed = inet6_rth_space(kind, segments);
    if needed == 0 || len_bytes < needed {
        return null_mut();
    }
    header.write_bytes(0, needed as usize);
    header.add(LENGTH).write((segments * 2) as u8);
    header
}

/// inet6_rth_add(3)
unsafe extern "C" fn inet6_rth_add(header: *mut u8, address: *const Address) -> c_int {
    let used = usize::from(*header.add(SEGMENTS_LEFT));
    match segments(header) {
        Some(segments) if used < segments => {
            address_at(header, used).write_unaligned(address.read_unaligned());
            header.add(SEGMENTS_LEFT).write(used as u8 + 1);
            0
        }
        _ => -1,
    }
}

/// inet6_rth_reverse(3): the two may be the same.
unsafe extern "C" fn inet6_rth_reverse(from: *const u8, to: *mut u8) -> c_int {
    let Some(segments) = segments(from) else { return -1 };
    to.copy_from(from, ROUTE_BYTES + segments * size_of::<Address>());
    for i in 0..segments / 2 {
        let (one, other) = (address_at(to, i), address_at(to, segments - 1 - i));
        let first = one.read_unaligned();
        one.write_unaligned(other.read_unaligned());
        other.write_unaligned(first);
    }
    to.add(SEGMENTS_LEFT).write(segments as u8);
    0
}

/// inet6_rth_segments(3)
unsafe extern "C" fn inet6_rth_segments(header: *const u8) -> c_int {
    segments(header).map_or(-1, |segments| segments as c_int)
}

/// inet6_rth_getaddr(3)
unsafe extern "C" fn inet6_rth_getaddr(header: *mut u8, index: c_int) -> *mut Address {
    match segments(header) {
        Some(segments) if (0..segments as c_int).contains(&index) => address_at(header, index as usize),
        _ => null_mut(),
    }
}

pure_exports! { "libc.so.6";
    full inet6_opt_init = inet6_opt_init;
    full inet6_opt_append = inet6_opt_append;
    full inet6_opt_finish = inet6_opt_finish;
    full inet6_opt_set_val = inet6_opt_set_val;
    full inet6_opt_get_val = inet6_opt_get_val;
    full inet6_opt_next = inet6_opt_next;
    full inet6_opt_find = inet6_opt_find;
    full inet6_rth_space = inet6_rth_space;
    full inet6_rth_init = inet6_rth_init;
    full inet6_rth_add = inet6_rth_add;
    full inet6_rth_reverse = inet6_rth_reverse;
    full inet6_rth_segments = inet6_rth_segments;
    full inet6_rth_getaddr = inet6_rth_getaddr;
}
