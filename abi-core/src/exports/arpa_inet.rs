//! `arpa/inet.h` and the byte orders of `netinet/in.h`
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int, c_uint, c_void};
use core::ptr::null;

use super::{Export, Kind, Level};
use crate::abi::{AF_INET, AF_INET6, EAFNOSUPPORT, ENOSPC};
use crate::libc::files::text_of;
use crate::libc::net::address::{self, Address};
use crate::libc::set_errno;
use crate::libc::state::state;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[Export]] = &[PURE, CONSTANTS];

extern "C" fn htonl(value: u32) -> u32 {
    value.to_be()
}

extern "C" fn htons(value: u16) -> u16 {
    value.to_be()
}

unsafe extern "C" fn inet_aton(text: *const c_char, out: *mut [u8; 4]) -> c_int {
    stored(address::parse_loose(text_of(text)), out)
}

/// inet_aton(3) of a text that is the address alone.
unsafe extern "C" fn inet_aton_exact(text: *const c_char, out: *mut [u8; 4]) -> c_int {
    stored(address::parse_exact(text_of(text)), out)
}

unsafe fn stored(address: Option<[u8; 4]>, out: *mut [u8; 4]) -> c_int {
    let Some(address) = address else { return 0 };
    if !out.is_null() {
        out.write(address);
    }
    1
}

unsafe extern "C" fn inet_addr(text: *const c_char) -> u32 {
    address::parse_loose(text_of(text)).map_or(u32::MAX, u32::from_ne_bytes)
}

unsafe extern "C" fn inet_network(text: *const c_char) -> u32 {
    address::parse_network(text_of(text)).unwrap_or(u32::MAX)
}

unsafe extern "C" fn inet_ntoa(address: u32) -> *mut c_char {
    let text = Address::V4(address.to_ne_bytes()).text();
    let own = state().room.inet_text.get().cast::<u8>();
    own.copy_from_nonoverlapping(text.as_bytes().as_ptr(), text.as_bytes().len());
    own.add(text.as_bytes().len()).write(0);
    own.cast()
}

unsafe extern "C" fn inet_ntop(
    family: c_int,
    from: *const c_void,
    to: *mut c_char,
    size: u32,
) -> *const c_char {
    let text = match family {
        AF_INET => Address::V4(from.cast::<[u8; 4]>().read()),
        AF_INET6 => Address::V6(from.cast::<[u8; 16]>().read()),
        _ => {
            set_errno(EAFNOSUPPORT);
            return null();
        }
    }
    .text();
    let bytes = text.as_bytes();
    if bytes.len() >= size as usize {
        set_errno(ENOSPC);
        return null();
    }
    to.cast::<u8>().copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
    to.add(bytes.len()).write(0);
    to
}

unsafe extern "C" fn inet_pton(family: c_int, text: *const c_char, out: *mut c_void) -> c_int {
    let text = text_of(text);
    let found = match family {
        AF_INET => address::parse_v4(text).map(Address::V4),
        AF_INET6 => address::parse_v6(text).map(Address::V6),
        _ => {
            set_errno(EAFNOSUPPORT);
            return -1;
        }
    };
    let Some(found) = found else { return 0 };
    out.cast::<u8>().copy_from_nonoverlapping(found.bytes().as_ptr(), found.bytes().len());
    1
}

/// How many bits of an address, in host byte order, name the host.
const fn host_bits(address: u32) -> u32 {
    match address >> 24 {
        ..128 => 24,
        128..192 => 16,
        _ => 8,
    }
}

extern "C" fn inet_netof(address: u32) -> u32 {
    let address = u32::from_be(address);
    address >> host_bits(address)
}

extern "C" fn inet_lnaof(address: u32) -> u32 {
    let address = u32::from_be(address);
    address & ((1 << host_bits(address)) - 1)
}

extern "C" fn inet_makeaddr(net: u32, host: u32) -> u32 {
    let bits = match net {
        ..128 => 24,
        128..65536 => 16,
        65536..0x0100_0000 => 8,
        _ => return (net | host).to_be(),
    };
    (net << bits | host & ((1 << bits) - 1)).to_be()
}

/// `inet_nsap_addr`: the bytes of hexadecimal digits in pairs, with dots, slashes and plus signs between.
unsafe extern "C" fn inet_nsap_addr(text: *const c_char, out: *mut u8, most: c_int) -> c_uint {
    let mut digits = text_of(text).iter();
    let value = |digit: u8| (digit as char).to_digit(16).map(|value| value as u8);
    let mut count = 0;
    while count < most.max(0) as usize {
        let Some(&first) = digits.next() else { break };
        if matches!(first, b'.' | b'+' | b'/') {
            continue;
        }
        let (Some(high), Some(low)) = (value(first), digits.next().and_then(|&digit| value(digit))) else {
            return 0;
        };
        out.add(count).write(high << 4 | low);
        count += 1;
    }
    count as c_uint
}

/// The most bytes that `inet_nsap_ntoa` shows.
const NSAP_MAX: usize = 255;

/// `inet_nsap_ntoa`: the other way round.
pub unsafe extern "C" fn inet_nsap_ntoa(len_bytes: c_int, from: *const u8, out: *mut c_char) -> *mut c_char {
    let out: *mut c_char = if out.is_null() { state().room.nsap_text.get().cast() } else { out };
    let digit = |nibble: u8| core::char::from_digit(nibble.into(), 16).unwrap_or('0').to_ascii_uppercase();
    let len_bytes = (len_bytes.max(0) as usize).min(NSAP_MAX);
    let mut to = out.cast::<u8>();
    let mut put = |byte: u8| {
        to.write(byte);
        to = to.add(1);
    };
    for i in 0..len_bytes {
        let byte = *from.add(i);
        put(digit(byte >> 4) as u8);
        put(digit(byte & 15) as u8);
        if i % 2 == 0 && i + 1 < len_bytes {
            put(b'.');
        }
    }
    put(0);
    out
}

/// `in6addr_any`
static ANY: [u32; 4] = [0; 4];
/// `in6addr_loopback`
static LOOPBACK: [u32; 4] = [0, 0, 0, 1u32.to_be()];

const fn constant(name: &'static str, address: *const ()) -> Export {
    let kind = Kind::Constant { size_bytes: 16 };
    Export { name, library: "libc.so.6", kind, level: Level::Full, note: "", address }
}

/// This file's constants.
const CONSTANTS: &[Export] = &[
    constant("in6addr_any", (&raw const ANY).cast()),
    constant("in6addr_loopback", (&raw const LOOPBACK).cast()),
];

pure_exports! { "libc.so.6";
    full htonl = htonl;
    full htons = htons;
    full ntohl = htonl;
    full ntohs = htons;
    full inet_aton = inet_aton;
    full __inet_aton_exact = inet_aton_exact;
    full inet_addr = inet_addr;
    full inet_network = inet_network;
    full inet_ntoa = inet_ntoa;
    full inet_ntop = inet_ntop;
    full inet_pton = inet_pton;
    full inet_netof = inet_netof;
    full inet_lnaof = inet_lnaof;
    full inet_makeaddr = inet_makeaddr;
    full inet_nsap_addr = inet_nsap_addr;
    full inet_nsap_ntoa = inet_nsap_ntoa;
}
