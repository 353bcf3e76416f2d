//! `netdb.h`: hosts and their addresses (the other databases: `netdb_files.rs`)
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int, c_void};
use core::ptr::null_mut;

use super::sys_socket;
use crate::abi::{
    AF_INET, AF_INET6, EADDRINUSE, EAFNOSUPPORT, EAGAIN, ERANGE, O_CLOEXEC, O_CREAT, O_RDONLY, O_TRUNC,
    O_WRONLY, SOCK_STREAM, addrinfo, hostent, sockaddr,
};
use crate::libc::database;
use crate::libc::database::hosts::Hosts;
use crate::libc::files::text_of;
use crate::libc::net::address::Address;
use crate::libc::net::addrinfo::{Hints, release, resolve};
use crate::libc::net::nameinfo::{self, Room};
use crate::libc::net::{errors, later, lookup};
use crate::libc::state::state;
use crate::libc::stdio::sys;
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

/// getaddrinfo(3)
pub unsafe extern "C" fn getaddrinfo(
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

/// rresvport(3): a TCP socket at a port for privileged programs, the first free one from `*port` downwards.
unsafe extern "C" fn rresvport(port: *mut c_int) -> c_int {
    const FIRST: c_int = 512;
    const LAST: c_int = 1023;
    let socket = sys_socket::socket(AF_INET, SOCK_STREAM, 0);
    if socket < 0 {
        return -1;
    }
    let start = (*port).clamp(FIRST, LAST);
    for tried in 0..=LAST - FIRST {
        let below = start - tried;
        *port = if below < FIRST { below + (LAST - FIRST + 1) } else { below };
        let mut address = [0; 16];
        address[..2].copy_from_slice(&(AF_INET as u16).to_ne_bytes());
        address[2..4].copy_from_slice(&(*port as u16).to_be_bytes());
        if sys_socket::bind(socket, address.as_ptr().addr(), 16) == 0 {
            return socket;
        }
        if errno() != EADDRINUSE {
            let why = errno();
            sys::close(socket);
            set_errno(why);
            return -1;
        }
    }
    sys::close(socket);
    set_errno(EAGAIN);
    -1
}

/// gethostid(3): what is kept in /etc/hostid, or else what the host's name stands for.
unsafe extern "C" fn gethostid() -> i64 {
    let before = errno();
    let id = kept_host_id().unwrap_or_else(|| host_id_of_address());
    set_errno(before);
    i64::from(id)
}

/// sethostid(3)
unsafe extern "C" fn sethostid(id: i64) -> c_int {
    let file = sys::open(c"/etc/hostid".as_ptr(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644);
    if file < 0 {
        return -1;
    }
    let bytes = (id as i32).to_ne_bytes();
    let n = sys::write(file, bytes.as_ptr(), bytes.len());
    sys::close(file);
    if n == bytes.len() as isize { 0 } else { -1 }
}

fn kept_host_id() -> Option<i32> {
    let file = sys::open(c"/etc/hostid".as_ptr(), O_RDONLY | O_CLOEXEC, 0);
    if file < 0 {
        return None;
    }
    let mut id = [0; 4];
    let n = sys::read(file, id.as_mut_ptr(), id.len());
    sys::close(file);
    (n == id.len() as isize).then(|| i32::from_ne_bytes(id))
}

/// As glibc, the address that belongs to the host's name, its halves exchanged.
unsafe fn host_id_of_address() -> i32 {
    let mut name = [0; 65];
    if crate::libc::files::names::gethostname(name.as_mut_ptr(), name.len()) == 0
        && let Ok(answer) = lookup::in_hosts(text_of(name.as_ptr()), Some(AF_INET))
        && let Some(Address::V4(bytes)) = answer.addresses.first()
    {
        return i32::from_ne_bytes(*bytes).rotate_left(16);
    }
    0
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
    full getaddrinfo_a = later::getaddrinfo_a;
    full gai_error = later::gai_error;
    full gai_cancel = later::gai_cancel;
    full gai_suspend = later::gai_suspend;
    full rresvport = rresvport;
    full gethostid = gethostid;
    full sethostid = sethostid;
}
