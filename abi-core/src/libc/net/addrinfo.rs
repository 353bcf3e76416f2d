//! getaddrinfo(3)

use core::ffi::{c_char, c_int};
use core::ptr::null_mut;

use super::address::{Address, parse_exact, parse_v6};
use super::errors::eai;
use super::interfaces::Asker;
use super::lookup::{self, Answer};
use super::resolver;
use crate::abi::{
    AF_INET, AF_INET6, AF_UNSPEC, IPPROTO_TCP, IPPROTO_UDP, SOCK_CLOEXEC, SOCK_DGRAM, SOCK_RAW, SOCK_STREAM,
    addrinfo, sockaddr, sockaddr_in, sockaddr_in6,
};
use crate::exports::{sys_socket, unistd};
use crate::libc::database::network::Services;
use crate::libc::database::{Lines, Record, number};
use crate::libc::guest_heap::{calloc, free, malloc};
use crate::libc::guest_vec::{GuestVec, OutOfMemory};
use crate::libc::{errno, set_errno};

/// `AI_PASSIVE`
const PASSIVE: c_int = 1;
/// `AI_CANONNAME`
const CANONNAME: c_int = 2;
/// `AI_NUMERICHOST`
const NUMERICHOST: c_int = 4;
/// `AI_V4MAPPED`
const V4MAPPED: c_int = 8;
/// `AI_ALL`
const ALL: c_int = 0x10;
/// `AI_NUMERICSERV`
const NUMERICSERV: c_int = 0x400;
/// Every flag, with `AI_ADDRCONFIG` and those of internationalised names.
const KNOWN: c_int = 0x4ff | 0x3c0;

/// A kind of socket that addresses are given for.
#[derive(Clone, Copy)]
struct SocketKind {
    kind: c_int,
    protocol: c_int,
    /// Its name in `/etc/services`; a raw socket has none.
    name: Option<&'static [u8]>,
}

const KINDS: [SocketKind; 3] = [
    SocketKind { kind: SOCK_STREAM, protocol: IPPROTO_TCP, name: Some(b"tcp") },
    SocketKind { kind: SOCK_DGRAM, protocol: IPPROTO_UDP, name: Some(b"udp") },
    SocketKind { kind: SOCK_RAW, protocol: 0, name: None },
];

/// What the caller asks for.
#[derive(Clone, Copy)]
pub struct Hints {
    flags: c_int,
    family: c_int,
    kind: c_int,
    protocol: c_int,
}

impl Hints {
    /// What no hints mean.
    pub const NONE: Self = Self { flags: V4MAPPED | 0x20, family: AF_UNSPEC, kind: 0, protocol: 0 };

    /// Reads the caller's.
    pub const fn of(hints: &addrinfo) -> Self {
        Self {
            flags: hints.ai_flags,
            family: hints.ai_family,
            kind: hints.ai_socktype,
            protocol: hints.ai_protocol,
        }
    }

    const fn has(&self, flag: c_int) -> bool {
        self.flags & flag != 0
    }
}

const fn no_memory(_: OutOfMemory) -> c_int {
    eai::MEMORY
}

/// Finds a service's port for one protocol.
fn port_of(service: &[u8], protocol: &[u8]) -> Option<u16> {
    let mut lines = Lines::open(Services::PATH, Services::BUILT_IN).ok()?;
    while let Some(line) = lines.next_line() {
        let Some(found) = Services::view(line) else { continue };
        if found.protocol == protocol && found.has_name(service) {
            return Some(found.port);
        }
    }
    None
}

/// Chooses the kinds of sockets, each with its port.
fn kinds_of(service: Option<&[u8]>, hints: Hints) -> Result<GuestVec<(SocketKind, u16)>, c_int> {
    let mut chosen = GuestVec::new();
    let is_asked = |kind: &SocketKind| {
        (hints.kind == 0 || hints.kind == kind.kind)
            && (hints.protocol == 0
                || kind.protocol == hints.protocol
                || kind.name.is_none() && hints.kind != 0)
    };
    let mut is_any_kind = false;
    for kind in KINDS.into_iter().filter(is_asked) {
        is_any_kind = true;
        let kind =
            SocketKind { protocol: if kind.name.is_none() { hints.protocol } else { kind.protocol }, ..kind };
        let port = match service {
            None => Some(0),
            Some(service) => match (port_number(service), kind.name) {
                // Larger ones are cut, as they are by glibc.
                (Some(port), _) => Some(port as u16),
                (None, _) if hints.has(NUMERICSERV) => return Err(eai::NONAME),
                (None, Some(name)) => port_of(service, name),
                (None, None) => None,
            },
        };
        if let Some(port) = port {
            chosen.push((kind, port)).map_err(no_memory)?;
        }
    }
    if !is_any_kind {
        return Err(if hints.kind == 0 { eai::SERVICE } else { eai::SOCKTYPE });
    }
    if chosen.is_empty() {
        return Err(eai::SERVICE);
    }
    Ok(chosen)
}

/// Reads a service that is a number, as strtoul(3) would read all of it.
fn port_number(service: &[u8]) -> Option<u32> {
    let digits = match service.trim_ascii_start() {
        [b'+', digits @ ..] => digits,
        digits => digits,
    };
    if service.is_empty() { Some(0) } else { number(digits) }
}

const fn mapped([a, b, c, d]: [u8; 4]) -> Address {
    Address::V6([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d])
}

/// Asks the DNS for the IPv4 addresses of a name, as IPv6 ones; `Err` has the `h_errno`.
fn mapped_answer(node: &[u8]) -> Result<Answer, c_int> {
    let mut answer = resolver::answer::addresses_of(node, Some(AF_INET))?;
    for address in answer.addresses.iter_mut() {
        if let Address::V4(bytes) = *address {
            *address = mapped(bytes);
        }
    }
    Ok(answer)
}

/// Tells whether a packet to an address would leave: there is a route to it.
fn has_route(address: Address) -> bool {
    let before = errno();
    // SAFETY: a socket and an address of ours.
    let result = unsafe {
        let socket = sys_socket::socket(address.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);
        let mut place = [0u64; 4];
        let len = store_address(place.as_mut_ptr().cast(), address, 1, 0);
        let result = sys_socket::connect(socket, place.as_ptr().addr(), len);
        unistd::close(socket);
        result
    };
    set_errno(before);
    result == 0
}

/// Stores an address for a socket; returns its length.
unsafe fn store_address(place: *mut sockaddr, address: Address, port: u16, scope: u32) -> u32 {
    // SAFETY: the caller's room, which is zero and has room for either family.
    unsafe {
        match address {
            Address::V4(bytes) => {
                let place = place.cast::<sockaddr_in>();
                (*place).sin_family = AF_INET as u16;
                (*place).sin_port = port.to_be();
                (*place).sin_addr.s_addr = u32::from_ne_bytes(bytes);
                size_of::<sockaddr_in>() as u32
            }
            Address::V6(bytes) => {
                let place = place.cast::<sockaddr_in6>();
                (*place).sin6_family = AF_INET6 as u16;
                (*place).sin6_port = port.to_be();
                (*place).sin6_addr.s6_addr = bytes;
                (*place).sin6_scope_id = scope;
                size_of::<sockaddr_in6>() as u32
            }
        }
    }
}

/// Addresses with the scope of each, and the name they belong to.
struct Hosts {
    name: GuestVec<u8>,
    addresses: GuestVec<(Address, u32)>,
}

/// Takes what follows the `%` of an address: a number, or an interface's name where the address holds on one link.
fn scope_of(address: Address, text: &[u8]) -> Option<u32> {
    let by_name = || Asker::new()?.index(text);
    if address.is_of_link() { by_name() } else { None }.or_else(|| number(text))
}

/// Takes an address as text.
fn numeric(text: &[u8], hints: Hints) -> Option<Result<(Address, u32), c_int>> {
    let percent = text.iter().position(|&byte| byte == b'%');
    let (address, scope) = match percent {
        Some(at) => {
            let address = Address::V6(parse_v6(&text[..at])?);
            (address, scope_of(address, &text[at + 1..])?)
        }
        None => (parse_exact(text).map(Address::V4).or_else(|| parse_v6(text).map(Address::V6))?, 0),
    };
    Some(match (address, hints.family) {
        (Address::V4(bytes), AF_INET6) if hints.has(V4MAPPED) => Ok((mapped(bytes), 0)),
        (address, family) if family == AF_UNSPEC || family == address.family() => Ok((address, scope)),
        _ => Err(eai::ADDRFAMILY),
    })
}

fn hosts_of(node: Option<&[u8]>, hints: Hints) -> Result<Hosts, c_int> {
    let mut hosts = Hosts { name: GuestVec::new(), addresses: GuestVec::new() };
    let Some(node) = node else {
        let (mut v4, mut v6) = ([127, 0, 0, 1], [0; 16]);
        if hints.has(PASSIVE) {
            v4 = [0; 4];
        } else {
            v6[15] = 1;
        }
        let both = [Address::V6(v6), Address::V4(v4)];
        let mut order = [0, 1];
        if hints.has(PASSIVE) {
            order.reverse();
        }
        for address in order.map(|index: usize| both[index]) {
            if hints.family == AF_UNSPEC || hints.family == address.family() {
                hosts.addresses.push((address, 0)).map_err(no_memory)?;
            }
        }
        return Ok(hosts);
    };
    if let Some(address) = numeric(node, hints) {
        hosts.name.extend(node).map_err(no_memory)?;
        hosts.addresses.push(address?).map_err(no_memory)?;
        return Ok(hosts);
    }
    if hints.has(NUMERICHOST) {
        return Err(eai::NONAME);
    }
    let find = |family| lookup::in_hosts(node, family).map_err(no_memory);
    let mut answer = find((hints.family != AF_UNSPEC).then_some(hints.family))?;
    let is_mapping = hints.family == AF_INET6 && hints.has(V4MAPPED);
    if is_mapping && (answer.addresses.is_empty() || hints.has(ALL)) {
        let v4 = find(Some(AF_INET))?;
        if answer.name().is_empty() {
            hosts.name.extend(v4.name()).map_err(no_memory)?;
        }
        for address in v4.addresses.iter() {
            if let Address::V4(bytes) = *address {
                answer.addresses.push(mapped(bytes)).map_err(no_memory)?;
            }
        }
    }
    if answer.addresses.is_empty() {
        answer = resolver::answer::addresses_of(node, (hints.family != AF_UNSPEC).then_some(hints.family))
            .or_else(|error| if is_mapping { mapped_answer(node) } else { Err(error) })
            .map_err(eai::of_host)?;
    }
    hosts.name.extend(answer.name()).map_err(no_memory)?;
    for is_usable in [true, false] {
        for family in [AF_INET6, AF_INET] {
            let of_family = answer.addresses.iter().filter(|address| address.family() == family);
            for &address in of_family {
                // One address needs no order.
                if (answer.addresses.len() == 1 || has_route(address)) == is_usable {
                    hosts.addresses.push((address, 0)).map_err(no_memory)?;
                }
            }
        }
    }
    Ok(hosts)
}

/// An answer with its address behind it.
#[repr(C)]
struct Entry {
    info: addrinfo,
    address: [u64; 4],
}

unsafe fn entry(
    flags: c_int,
    (kind, port): (SocketKind, u16),
    (address, scope): (Address, u32),
) -> *mut Entry {
    // SAFETY: a new block of zeros, which is a value of every field; the address has room for either family.
    unsafe {
        let entry = calloc(1, size_of::<Entry>()).cast::<Entry>();
        if entry.is_null() {
            return entry;
        }
        let place = &raw mut (*entry).address;
        let info = &mut (*entry).info;
        info.ai_flags = flags;
        info.ai_family = address.family();
        info.ai_socktype = kind.kind;
        info.ai_protocol = kind.protocol;
        info.ai_addr = place.cast();
        info.ai_addrlen = store_address(place.cast(), address, port, scope);
        entry
    }
}

/// Finds the addresses of a node and a service.
pub fn resolve(node: Option<&[u8]>, service: Option<&[u8]>, hints: Hints) -> Result<*mut addrinfo, c_int> {
    if node.is_none() && service.is_none() {
        return Err(eai::NONAME);
    }
    if hints.flags & !KNOWN != 0 || hints.has(CANONNAME) && node.is_none() {
        return Err(eai::BADFLAGS);
    }
    if !matches!(hints.family, AF_UNSPEC | AF_INET | AF_INET6) {
        return Err(eai::FAMILY);
    }
    if hints.has(NUMERICSERV) && service.is_some_and(|service| port_number(service).is_none()) {
        return Err(eai::NONAME);
    }
    let kinds = kinds_of(service, hints)?;
    let hosts = hosts_of(node, hints)?;
    let mut first = null_mut::<addrinfo>();
    let mut end = &raw mut first;
    for &host in hosts.addresses.iter() {
        for &kind in kinds.iter() {
            // SAFETY: new blocks, each hung to the one before.
            unsafe {
                let entry = entry(hints.flags, kind, host).cast::<addrinfo>();
                if entry.is_null() {
                    release(first);
                    return Err(eai::MEMORY);
                }
                *end = entry;
                end = &raw mut (*entry).ai_next;
            }
        }
    }
    if hints.has(CANONNAME) && !first.is_null() {
        // SAFETY: a new block of the name's size with its NUL.
        unsafe {
            let name = malloc(hosts.name.len() + 1).cast::<u8>();
            if name.is_null() {
                release(first);
                return Err(eai::MEMORY);
            }
            name.copy_from_nonoverlapping(hosts.name.as_ptr(), hosts.name.len());
            name.add(hosts.name.len()).write(0);
            (*first).ai_canonname = name.cast::<c_char>();
        }
    }
    Ok(first)
}

/// freeaddrinfo(3)
///
/// # Safety
/// A list of [`resolve`], used for the last time.
pub unsafe fn release(mut list: *mut addrinfo) {
    while !list.is_null() {
        // SAFETY: the caller's promise.
        unsafe {
            let next = (*list).ai_next;
            free((*list).ai_canonname.cast());
            free(list.cast());
            list = next;
        }
    }
}
