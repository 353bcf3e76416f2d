//! getnameinfo(3)

use core::ffi::{c_char, c_int};
use core::fmt::Write;

use super::address::{Address, Text};
use super::errors::eai;
use super::interfaces::Asker;
use super::{lookup, resolver};
use crate::abi::{AF_INET, AF_INET6, sockaddr, sockaddr_in, sockaddr_in6};
use crate::libc::database::hosts::Hosts;
use crate::libc::database::network::Services;
use crate::libc::database::{Lines, Record};

/// `NI_NUMERICHOST`
const NUMERICHOST: c_int = 1;
/// `NI_NUMERICSERV`
const NUMERICSERV: c_int = 2;
/// `NI_NAMEREQD`
const NAMEREQD: c_int = 8;
/// `NI_DGRAM`
const DGRAM: c_int = 16;
/// Every flag, with `NI_NOFQDN` and those of internationalised names.
const KNOWN: c_int = 0x1f | 0xe0;

/// A caller's buffer; nothing is written to a null or empty one.
pub struct Room {
    /// Where it starts.
    pub at: *mut c_char,
    /// How long it is.
    pub len: usize,
}

impl Room {
    const fn is_wanted(&self) -> bool {
        !self.at.is_null() && self.len != 0
    }

    /// Writes a text and its NUL.
    unsafe fn fill(&self, text: &[u8]) -> Result<(), c_int> {
        if text.len() >= self.len {
            return Err(eai::OVERFLOW);
        }
        // SAFETY: the caller's buffer is longer than the text.
        unsafe {
            self.at.cast::<u8>().copy_from_nonoverlapping(text.as_ptr(), text.len());
            self.at.add(text.len()).write(0);
        }
        Ok(())
    }
}

/// Names an address and its port.
///
/// # Safety
/// As getnameinfo(3).
pub unsafe fn name(
    address: *const sockaddr,
    len: usize,
    host: &Room,
    service: &Room,
    flags: c_int,
) -> Result<(), c_int> {
    if flags & !KNOWN != 0 {
        return Err(eai::BADFLAGS);
    }
    if address.is_null() || len < size_of::<u16>() {
        return Err(eai::FAMILY);
    }
    // SAFETY: the family, and as many bytes as its address has.
    let (found, port, scope) = unsafe {
        match c_int::from((*address).sa_family) {
            AF_INET if len >= size_of::<sockaddr_in>() => {
                let address = &*address.cast::<sockaddr_in>();
                (Address::V4(address.sin_addr.s_addr.to_ne_bytes()), address.sin_port, 0)
            }
            AF_INET6 if len >= size_of::<sockaddr_in6>() => {
                let address = &*address.cast::<sockaddr_in6>();
                (Address::V6(address.sin6_addr.s6_addr), address.sin6_port, address.sin6_scope_id)
            }
            _ => return Err(eai::FAMILY),
        }
    };
    if !host.is_wanted() && !service.is_wanted() {
        return Err(eai::NONAME);
    }
    if host.is_wanted() {
        // SAFETY: the caller's buffer.
        unsafe { name_host(found, scope, host, flags)? };
    }
    if service.is_wanted() {
        // SAFETY: the caller's buffer.
        unsafe { name_service(u16::from_be(port), service, flags)? };
    }
    Ok(())
}

unsafe fn name_host(address: Address, scope: u32, room: &Room, flags: c_int) -> Result<(), c_int> {
    if flags & NUMERICHOST == 0
        && let Ok(mut lines) = Lines::open(Hosts::PATH, Hosts::BUILT_IN)
    {
        while let Some(line) = lines.next_line() {
            if let Some(host) = Hosts::view(line).filter(|host| host.address == address) {
                // SAFETY: the caller's buffer.
                return unsafe { room.fill(host.name) };
            }
        }
    }
    if flags & NUMERICHOST == 0 {
        match resolver::answer::names_of(address) {
            // SAFETY: the caller's buffer.
            Ok(answer) => return unsafe { room.fill(answer.name()) },
            Err(lookup::TRY_AGAIN) if flags & NAMEREQD != 0 => return Err(eai::AGAIN),
            Err(_) => {}
        }
    }
    if flags & NAMEREQD != 0 {
        return Err(eai::NONAME);
    }
    let mut text = address.text();
    if scope != 0 {
        let found =
            if address.is_of_link() { Asker::new().and_then(|asker| asker.name(scope)) } else { None };
        // A name, or ten digits, fit.
        let _ = match found.as_ref().and_then(|found| str::from_utf8(found.text()).ok()) {
            Some(name) => write!(text, "%{name}"),
            None => write!(text, "%{scope}"),
        };
    }
    // SAFETY: the caller's buffer.
    unsafe { room.fill(text.as_bytes()) }
}

unsafe fn name_service(port: u16, room: &Room, flags: c_int) -> Result<(), c_int> {
    let protocol: &[u8] = if flags & DGRAM == 0 { b"tcp" } else { b"udp" };
    if flags & NUMERICSERV == 0
        && let Ok(mut lines) = Lines::open(Services::PATH, Services::BUILT_IN)
    {
        while let Some(line) = lines.next_line() {
            let is_wanted = |service: &<Services as Record>::View<'_>| {
                service.port == port && service.protocol == protocol
            };
            if let Some(service) = Services::view(line).filter(is_wanted) {
                // SAFETY: the caller's buffer.
                return unsafe { room.fill(service.name) };
            }
        }
    }
    let mut text = Text::EMPTY;
    // Five digits fit.
    let _ = write!(text, "{port}");
    // SAFETY: the caller's buffer.
    unsafe { room.fill(text.as_bytes()) }
}
