//! `netdb.h`: hosts and their addresses (the other databases: `netdb_files.rs`)
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int, c_void};
use core::ptr::null_mut;

use crate::abi::{AF_INET, AF_INET6, EAFNOSUPPORT, ERANGE, addrinfo, hostent, sockaddr};
use crate::libc::database;
use crate::libc::database::hosts::Hosts;
use crate::libc::files::text_of;
use crate::libc::net::address::Address;
use crate::libc::net::addrinfo::{Hints, release, resolve};
use crate::libc::net::nameinfo::{self, Room};
use crate::libc::net::{errors, lookup};
use crate::libc::state::state;
use crate::libc::tcb::tcb;
use crate::libc::{errno, set_errno};
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

extern "C" fn h_errno_location() -> *mut c_int {
    // SAFETY: the thread's control block lives as long as the thread.
    unsafe { &raw mut (*tcb()).h_errno }
}

unsafe fn set_h_errno(number: c_int) {
    *h_errno_location() = number;
}

extern "C" fn hstrerror(error: c_int) -> *const c_char {
    errors::host(error).as_ptr()
}

unsafe extern "C" fn herror(prefix: *const c_char) {
    let prefix = text_of(prefix);
    let colon: &[u8] = if prefix.is_empty() { b"" } else { b": " };
    let text = errors::host(*h_errno_location()).to_bytes();
    super::stdio_printf::print_to_stderr(&[prefix, colon, text, b"\n"]);
}

extern "C" fn gai_strerror(error: c_int) -> *const c_char {
    errors::gai(error).as_ptr()
}

unsafe extern "C" fn getaddrinfo(
    node: *const c_char,
    service: *const c_char,
    hints: *const addrinfo,
    out: *mut *mut addrinfo,
) -> c_int {
    let optional = |text: *const c_char| {
        let is_star = text_of(text) == b"*";
        (!text.is_null() && !is_star).then(|| text_of(text))
    };
    let hints = if hints.is_null() { Hints::NONE } else { Hints::of(&*hints) };
    match resolve(optional(node), optional(service), hints) {
        Ok(list) => {
            out.write(list);
            0
        }
        Err(error) => error,
    }
}

unsafe extern "C" fn freeaddrinfo(list: *mut addrinfo) {
    release(list);
}

unsafe extern "C" fn getnameinfo(
    address: *const sockaddr,
    len: u32,
    host: *mut c_char,
    host_len: u32,
    service: *mut c_char,
    service_len: u32,
    flags: c_int,
) -> c_int {
    let host = Room { at: host, len: host_len as usize };
    let service = Room { at: service, len: service_len as usize };
    match nameinfo::name(address, len as usize, &host, &service, flags) {
        Ok(()) => 0,
        Err(error) => error,
    }
}

unsafe extern "C" fn gethostbyname2_r(
    name: *const c_char,
    family: c_int,
    out: *mut hostent,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut hostent,
    problem: *mut c_int,
) -> c_int {
    lookup::by_name(text_of(name), family, out, buf, len, result, problem)
}

unsafe extern "C" fn gethostbyname_r(
    name: *const c_char,
    out: *mut hostent,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut hostent,
    problem: *mut c_int,
) -> c_int {
    lookup::by_name(text_of(name), AF_INET, out, buf, len, result, problem)
}

unsafe extern "C" fn gethostbyname2(name: *const c_char, family: c_int) -> *mut hostent {
    let name = text_of(name);
    let mut problem = 0;
    let place = &raw mut problem;
    let call = |out, buf, len, result| lookup::by_name(name, family, out, buf, len, result, place);
    let found = database::with_own_room(&state().misc.hosts, call);
    set_h_errno(problem);
    found
}

unsafe extern "C" fn gethostbyname(name: *const c_char) -> *mut hostent {
    gethostbyname2(name, AF_INET)
}

unsafe fn address_of(address: *const c_void, len: u32, family: c_int) -> Option<Address> {
    match (family, len) {
        (AF_INET, 4..) => Some(Address::V4(address.cast::<[u8; 4]>().read())),
        (AF_INET6, 16..) => Some(Address::V6(address.cast::<[u8; 16]>().read())),
        _ => None,
    }
}

unsafe extern "C" fn gethostbyaddr_r(
    address: *const c_void,
    address_len: u32,
    family: c_int,
    out: *mut hostent,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut hostent,
    problem: *mut c_int,
) -> c_int {
    let Some(wanted) = address_of(address, address_len, family) else {
        result.write(null_mut());
        problem.write(lookup::INTERNAL);
        set_errno(EAFNOSUPPORT);
        return EAFNOSUPPORT;
    };
    lookup::by_address(wanted, out, buf, len, result, problem)
}

unsafe extern "C" fn gethostbyaddr(address: *const c_void, len: u32, family: c_int) -> *mut hostent {
    let Some(wanted) = address_of(address, len, family) else {
        set_errno(EAFNOSUPPORT);
        set_h_errno(lookup::INTERNAL);
        return null_mut();
    };
    let mut problem = 0;
    let place = &raw mut problem;
    let call = |out, buf, len, result| lookup::by_address(wanted, out, buf, len, result, place);
    let found = database::with_own_room(&state().misc.hosts, call);
    set_h_errno(problem);
    found
}

unsafe extern "C" fn sethostent(_stay_open: c_int) {
    database::rewind(&state().misc.hosts);
}

unsafe extern "C" fn endhostent() {
    database::end(&state().misc.hosts);
}

unsafe extern "C" fn gethostent() -> *mut hostent {
    database::next::<Hosts>(&state().misc.hosts)
}

unsafe extern "C" fn gethostent_r(
    out: *mut hostent,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut hostent,
    problem: *mut c_int,
) -> c_int {
    let error = database::next_into::<Hosts>(&state().misc.hosts, out, buf, len, result);
    problem.write(match error {
        0 => 0,
        ERANGE => lookup::INTERNAL,
        _ => lookup::HOST_NOT_FOUND,
    });
    error
}

/// getaddrinfo_a(3): nothing runs beside the caller to look names up.
extern "C" fn getaddrinfo_a(_mode: c_int, _list: *mut c_void, _count: c_int, _event: *mut c_void) -> c_int {
    set_errno(crate::abi::ENOSYS);
    errors::eai::SYSTEM
}

/// gai_error(3), gai_cancel(3): as above.
extern "C" fn gai_none(_request: *mut c_void) -> c_int {
    set_errno(crate::abi::ENOSYS);
    errors::eai::SYSTEM
}

/// rcmd(3) and its like need a port below 1024.
extern "C" fn rresvport(_port: *mut c_int) -> c_int {
    set_errno(EAFNOSUPPORT);
    -1
}

/// gethostid(3): as glibc without /etc/hostid, the address that belongs to the host's name, its halves exchanged.
unsafe extern "C" fn gethostid() -> i64 {
    let before = errno();
    let mut name = [0; 65];
    let mut id = 0i32;
    if crate::libc::files::names::gethostname(name.as_mut_ptr(), name.len()) == 0
        && let Ok(answer) = lookup::in_hosts(text_of(name.as_ptr()), Some(AF_INET))
        && let Some(Address::V4(bytes)) = answer.addresses.first()
    {
        id = i32::from_ne_bytes(*bytes).rotate_left(16);
    }
    set_errno(before);
    i64::from(id)
}

pure_exports! { "libc.so.6";
    full __h_errno_location = h_errno_location;
    full hstrerror = hstrerror;
    full herror = herror;
    full gai_strerror = gai_strerror;
    full getaddrinfo = getaddrinfo;
    full freeaddrinfo = freeaddrinfo;
    full getnameinfo = getnameinfo;
    full gethostbyname = gethostbyname;
    full gethostbyname2 = gethostbyname2;
    full gethostbyname_r = gethostbyname_r;
    full gethostbyname2_r = gethostbyname2_r;
    full gethostbyaddr = gethostbyaddr;
    full gethostbyaddr_r = gethostbyaddr_r;
    full sethostent = sethostent;
    full endhostent = endhostent;
    full gethostent = gethostent;
    full gethostent_r = gethostent_r;
    stub("names are looked up by getaddrinfo only") getaddrinfo_a = getaddrinfo_a;
    stub("names are looked up by getaddrinfo only") gai_error = gai_none;
    stub("names are looked up by getaddrinfo only") gai_cancel = gai_none;
    stub("not there yet") rresvport = rresvport;
    partial("/etc/hostid is not read") gethostid = gethostid;
}
