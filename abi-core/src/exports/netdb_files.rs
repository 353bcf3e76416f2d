//! `netdb.h`: services, protocols and networks
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int};

use crate::abi::{ERANGE, protoent, servent};
use crate::libc::database;
use crate::libc::database::network::{NetEntry, Network, Networks, Protocol, Protocols, Service, Services};
use crate::libc::files::text_of;
use crate::libc::state::state;
use crate::libc::tcb::tcb;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// Makes the calls that go through one database.
macro_rules! enumeration {
    ($set:ident, $end:ident, $next:ident, $next_r:ident, $records:ty, $field:ident, $entry:ty) => {
        unsafe extern "C" fn $set(_stay_open: c_int) {
            database::rewind(&state().misc.$field);
        }

        unsafe extern "C" fn $end() {
            database::end(&state().misc.$field);
        }

        unsafe extern "C" fn $next() -> *mut $entry {
            database::next::<$records>(&state().misc.$field)
        }

        unsafe extern "C" fn $next_r(
            out: *mut $entry,
            buf: *mut c_char,
            len: usize,
            result: *mut *mut $entry,
        ) -> c_int {
            database::next_into::<$records>(&state().misc.$field, out, buf, len, result)
        }
    };
}

enumeration!(setservent, endservent, getservent, getservent_r, Services, services, servent);
enumeration!(setprotoent, endprotoent, getprotoent, getprotoent_r, Protocols, protocols, protoent);
enumeration!(setnetent, endnetent, getnetent, next_network, Networks, networks, NetEntry);

/// getnetent_r(3). Why there is none is told in `h_errno`; what the last argument points to stays, as with glibc.
unsafe extern "C" fn getnetent_r(
    out: *mut NetEntry,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut NetEntry,
    _problem: *mut c_int,
) -> c_int {
    const HOST_NOT_FOUND: c_int = 1;
    const NETDB_INTERNAL: c_int = -1;
    let error = next_network(out, buf, len, result);
    if error != 0 {
        (*tcb()).h_errno = if error == ERANGE { NETDB_INTERNAL } else { HOST_NOT_FOUND };
    }
    error
}

/// Is this the service, by the protocol if one is given?
unsafe fn is_of(service: Service<'_>, protocol: *const c_char) -> bool {
    protocol.is_null() || service.protocol == text_of(protocol)
}

unsafe extern "C" fn getservbyname(name: *const c_char, protocol: *const c_char) -> *mut servent {
    let is_wanted = |service: Service<'_>| service.has_name(text_of(name)) && is_of(service, protocol);
    database::find::<Services>(&state().misc.services, is_wanted)
}

unsafe extern "C" fn getservbyname_r(
    name: *const c_char,
    protocol: *const c_char,
    out: *mut servent,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut servent,
) -> c_int {
    let is_wanted = |service: Service<'_>| service.has_name(text_of(name)) && is_of(service, protocol);
    database::find_into::<Services>(is_wanted, out, buf, len, result)
}

/// The port is in network byte order.
unsafe extern "C" fn getservbyport(port: c_int, protocol: *const c_char) -> *mut servent {
    let port = u16::from_be(port as u16);
    let is_wanted = |service: Service<'_>| service.port == port && is_of(service, protocol);
    database::find::<Services>(&state().misc.services, is_wanted)
}

unsafe extern "C" fn getservbyport_r(
    port: c_int,
    protocol: *const c_char,
    out: *mut servent,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut servent,
) -> c_int {
    let port = u16::from_be(port as u16);
    let is_wanted = |service: Service<'_>| service.port == port && is_of(service, protocol);
    database::find_into::<Services>(is_wanted, out, buf, len, result)
}

unsafe extern "C" fn getprotobyname(name: *const c_char) -> *mut protoent {
    let is_wanted = |protocol: Protocol<'_>| protocol.has_name(text_of(name));
    database::find::<Protocols>(&state().misc.protocols, is_wanted)
}

unsafe extern "C" fn getprotobyname_r(
    name: *const c_char,
    out: *mut protoent,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut protoent,
) -> c_int {
    let is_wanted = |protocol: Protocol<'_>| protocol.has_name(text_of(name));
    database::find_into::<Protocols>(is_wanted, out, buf, len, result)
}

unsafe extern "C" fn getprotobynumber(number: c_int) -> *mut protoent {
    let is_wanted = |protocol: Protocol<'_>| protocol.number == number;
    database::find::<Protocols>(&state().misc.protocols, is_wanted)
}

unsafe extern "C" fn getprotobynumber_r(
    number: c_int,
    out: *mut protoent,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut protoent,
) -> c_int {
    let is_wanted = |protocol: Protocol<'_>| protocol.number == number;
    database::find_into::<Protocols>(is_wanted, out, buf, len, result)
}

/// Sets `h_errno` for a search that found this.
unsafe fn found<T>(entry: *mut T) -> c_int {
    let problem = c_int::from(entry.is_null());
    (*tcb()).h_errno = problem;
    problem
}

unsafe extern "C" fn getnetbyname(name: *const c_char) -> *mut NetEntry {
    let is_wanted = |network: Network<'_>| network.has_name(text_of(name));
    let entry = database::find::<Networks>(&state().misc.networks, is_wanted);
    found(entry);
    entry
}

unsafe extern "C" fn getnetbyname_r(
    name: *const c_char,
    out: *mut NetEntry,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut NetEntry,
    problem: *mut c_int,
) -> c_int {
    let is_wanted = |network: Network<'_>| network.has_name(text_of(name));
    let error = database::find_into::<Networks>(is_wanted, out, buf, len, result);
    problem.write(if error == 0 { found(*result) } else { -1 });
    error
}

unsafe extern "C" fn getnetbyaddr(number: u32, _family: c_int) -> *mut NetEntry {
    let is_wanted = |network: Network<'_>| network.number == number;
    let entry = database::find::<Networks>(&state().misc.networks, is_wanted);
    found(entry);
    entry
}

unsafe extern "C" fn getnetbyaddr_r(
    number: u32,
    _family: c_int,
    out: *mut NetEntry,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut NetEntry,
    problem: *mut c_int,
) -> c_int {
    let is_wanted = |network: Network<'_>| network.number == number;
    let error = database::find_into::<Networks>(is_wanted, out, buf, len, result);
    problem.write(if error == 0 { found(*result) } else { -1 });
    error
}

pure_exports! { "libc.so.6";
    full setservent = setservent;
    full endservent = endservent;
    full getservent = getservent;
    full getservent_r = getservent_r;
    full setprotoent = setprotoent;
    full endprotoent = endprotoent;
    full getprotoent = getprotoent;
    full getprotoent_r = getprotoent_r;
    full setnetent = setnetent;
    full endnetent = endnetent;
    full getnetent = getnetent;
    full getnetent_r = getnetent_r;
    full getservbyname = getservbyname;
    full getservbyname_r = getservbyname_r;
    full getservbyport = getservbyport;
    full getservbyport_r = getservbyport_r;
    full getprotobyname = getprotobyname;
    full getprotobyname_r = getprotobyname_r;
    full getprotobynumber = getprotobynumber;
    full getprotobynumber_r = getprotobynumber_r;
    full getnetbyname = getnetbyname;
    full getnetbyname_r = getnetbyname_r;
    full getnetbyaddr = getnetbyaddr;
    full getnetbyaddr_r = getnetbyaddr_r;
}
