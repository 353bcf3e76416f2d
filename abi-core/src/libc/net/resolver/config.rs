//! res_init(3): `/etc/resolv.conf`, `LOCALDOMAIN` and `RES_OPTIONS`.

use core::ffi::{CStr, c_char};
use core::ptr::null_mut;

use super::super::address::Address;
use super::state::{MAX_DOMAINS, MAX_SERVERS, ResState};
use crate::abi::{AF_INET, AF_INET6, sockaddr_in, sockaddr_in6};
use crate::libc::database::{Lines, number, words};
use crate::libc::files::text_of;
use crate::libc::guest_heap::{free, malloc};

/// `RES_INIT`
pub const INIT: u64 = 1;
/// `RES_USEVC`: ask over TCP.
pub const USE_STREAM: u64 = 8;
/// `RES_IGNTC`: take an answer that was cut.
pub const IGNORE_CUT: u64 = 0x20;
/// `RES_RECURSE`
pub const RECURSE: u64 = 0x40;
/// `RES_DEFNAMES`: complete names without a dot.
pub const COMPLETE: u64 = 0x80;
/// `RES_DNSRCH`: search all domains.
pub const SEARCH: u64 = 0x200;
/// `RES_NOALIASES`
pub const NO_ALIASES: u64 = 0x1000;
/// `RES_ROTATE`: begin with another server each time.
pub const ROTATE: u64 = 0x4000;
/// `RES_USE_EDNS0`: tell servers how long an answer may be.
pub const EXTENDED: u64 = 0x10_0000;
/// `RES_USE_DNSSEC`: ask for signatures.
pub const SIGNED: u64 = 0x80_0000;
/// `RES_TRUSTAD`: ask whether an answer's signatures were good, and show what the server says of that.
pub const TRUST: u64 = 0x0400_0000;
/// `RES_NOTLDQUERY`: a name without a dot is never asked for as it is.
pub const NO_TOP_LEVEL: u64 = 0x0100_0000;
/// `RES_NOAAAA`
pub const NO_V6: u64 = 0x0800_0000;
/// `RES_DEFAULT`
const DEFAULT: u64 = RECURSE | COMPLETE | SEARCH;
/// The port of name servers.
const PORT: u16 = 53;

/// Options without a value.
const NAMED: [(&[u8], u64); 10] = [
    (b"rotate", ROTATE),
    (b"edns0", EXTENDED),
    (b"single-request", 0x20_0000),
    (b"single-request-reopen", 0x40_0000),
    (b"no-tld-query", NO_TOP_LEVEL),
    (b"no-reload", 0x0200_0000),
    (b"use-vc", USE_STREAM),
    (b"trust-ad", TRUST),
    (b"no-aaaa", NO_V6),
    (b"no_tld_query", NO_TOP_LEVEL),
];

impl ResState {
    fn set_options(&mut self, text: &[u8]) {
        for word in words(text) {
            let mut parts = word.splitn(2, |&byte| byte == b':');
            let (name, value) = (parts.next().unwrap_or_default(), parts.next().and_then(number));
            match (name, value) {
                (b"ndots", Some(value)) => self.bits = self.bits & !0xf | value.min(15),
                (b"timeout", Some(value)) => self.retrans = value.min(30) as i32,
                (b"attempts", Some(value)) => self.retry = value.min(5) as i32,
                _ => {
                    let option = NAMED.iter().find(|(known, _)| *known == name);
                    self.options |= option.map_or(0, |(_, bit)| *bit);
                }
            }
        }
    }

    fn set_domains<'a>(&mut self, names: impl Iterator<Item = &'a [u8]>) {
        self.domains = [null_mut(); MAX_DOMAINS + 1];
        let mut at = 0;
        for (place, name) in self.domains.iter_mut().take(MAX_DOMAINS).zip(names) {
            let Some(room) = self.domain_text.get_mut(at..at + name.len() + 1) else { return };
            room[..name.len()].copy_from_slice(name);
            room[name.len()] = 0;
            *place = room.as_mut_ptr().cast::<c_char>();
            at += name.len() + 1;
        }
    }

    fn add_server(&mut self, text: &[u8]) {
        let index = self.nscount as usize;
        if index >= MAX_SERVERS {
            return;
        }
        let mut parts = text.splitn(2, |&byte| byte == b'%');
        let (address, scope) = (parts.next().unwrap_or_default(), parts.next().and_then(number));
        match Address::parse(address) {
            Some(Address::V4(bytes)) => self.servers[index] = socket_address(bytes),
            Some(Address::V6(bytes)) => {
                self.servers[index].sin_family = 0;
                // SAFETY: a new block of that size.
                unsafe {
                    let block = malloc(size_of::<sockaddr_in6>()).cast::<sockaddr_in6>();
                    if block.is_null() {
                        return;
                    }
                    block.write(core::mem::zeroed());
                    (*block).sin6_family = AF_INET6 as u16;
                    (*block).sin6_port = PORT.to_be();
                    (*block).sin6_addr.s6_addr = bytes;
                    (*block).sin6_scope_id = scope.unwrap_or(0);
                    self.servers6[index] = block;
                }
            }
            None => return,
        }
        self.nscount += 1;
    }
}

fn socket_address(bytes: [u8; 4]) -> sockaddr_in {
    // SAFETY: all-zero is a value of the struct.
    let mut address: sockaddr_in = unsafe { core::mem::zeroed() };
    address.sin_family = AF_INET as u16;
    address.sin_port = PORT.to_be();
    address.sin_addr.s_addr = u32::from_ne_bytes(bytes);
    address
}

/// Returns a variable of the environment.
pub fn environment(name: &CStr) -> Option<&'static [u8]> {
    // SAFETY: a C string, and one of the environment.
    unsafe {
        let text = crate::exports::stdlib_env::getenv(name.as_ptr());
        (!text.is_null()).then(|| text_of(text))
    }
}

/// Returns the domain of the host's own name.
fn own_domain(name: &mut [c_char; 65]) -> Option<&[u8]> {
    // SAFETY: a buffer of that length; its last byte stays NUL.
    let name = unsafe {
        (crate::libc::files::names::gethostname(name.as_mut_ptr(), 64) == 0)
            .then(|| text_of(name.as_ptr()))?
    };
    let dot = name.iter().position(|&byte| byte == b'.')?;
    Some(&name[dot + 1..]).filter(|domain| !domain.is_empty())
}

/// Fills a state: res_init(3). It is one of zeros, or was filled before: then its options, times and number are kept.
pub fn init(state: &mut ResState) {
    let before = crate::libc::errno();
    close(state);
    if state.options & INIT == 0 {
        state.retrans = 5;
        state.retry = 2;
        state.options = DEFAULT;
        state.id = random_id();
    }
    state.nscount = 0;
    state.bits = state.bits & !0xff | 1;
    state.domains = [null_mut(); MAX_DOMAINS + 1];
    if let Ok(mut lines) = Lines::open(c"/etc/resolv.conf", b"") {
        while let Some(line) = lines.next_line() {
            apply(state, line);
        }
    }
    if state.nscount == 0 {
        state.servers[0] = socket_address([127, 0, 0, 1]);
        state.nscount = 1;
    }
    if let Some(domains) = environment(c"LOCALDOMAIN") {
        state.set_domains(words(domains));
    } else if state.domains[0].is_null()
        && let Some(domain) = own_domain(&mut [0; 65])
    {
        state.set_domains(core::iter::once(domain));
    }
    if let Some(options) = environment(c"RES_OPTIONS") {
        state.set_options(options);
    }
    state.options |= INIT;
    crate::libc::set_errno(before);
}

fn apply(state: &mut ResState, line: &[u8]) {
    if matches!(line.first(), Some(b'#' | b';')) {
        return;
    }
    // A keyword stands at the start of its line.
    if line.first().is_some_and(u8::is_ascii_whitespace) {
        return;
    }
    let mut parts = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    match parts.next() {
        Some(b"nameserver") => state.add_server(parts.next().unwrap_or_default()),
        Some(b"domain") => state.set_domains(parts.take(1)),
        Some(b"search") => state.set_domains(parts),
        Some(b"sortlist") => state.add_sorted(&line[b"sortlist".len()..]),
        Some(b"options") => state.set_options(&line[b"options".len()..]),
        _ => {}
    }
}

/// Gives back what a state holds: res_nclose(3).
pub fn close(state: &mut ResState) {
    for server in &mut state.servers6 {
        // SAFETY: a block of `init`, or null.
        unsafe { free((*server).cast()) };
        *server = null_mut();
    }
}

/// Returns a number for a query that nobody can foresee.
pub fn random_id() -> u16 {
    let mut id = [0u8; 2];
    // SAFETY: two bytes of ours.
    unsafe { crate::exports::sys_random::getrandom(id.as_mut_ptr().cast(), 2, 0) };
    u16::from_ne_bytes(id)
}
