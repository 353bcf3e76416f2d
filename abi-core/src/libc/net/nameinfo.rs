//! getnameinfo(3)

use core::ffi::{c_char, c_int};
use core::fmt::Write;
use core::mem::offset_of;

use super::address::{Address, Text};
use super::errors::eai;
use super::interfaces::Asker;
use super::{lookup, resolver};
use crate::abi::{AF_INET, AF_INET6, AF_UNIX, sockaddr, sockaddr_in, sockaddr_in6, sockaddr_un};
use crate::libc::database::hosts::Hosts;
use crate::libc::database::network::Services;
use crate::libc::database::{Lines, Record};
use crate::libc::files::names::gethostname;

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
    if flags & NAMEREQD != 0 && host.at.is_null() && service.at.is_null() {
        return Err(eai::NONAME);
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
            AF_UNIX => {
                let path = address.cast::<u8>().add(offset_of!(sockaddr_un, sun_path));
                let most = len.min(size_of::<sockaddr_un>()) - offset_of!(sockaddr_un, sun_path);
                return name_local(core::slice::from_raw_parts(path, most), host, service, flags);
            }
            _ => return Err(eai::FAMILY),
        }
    };
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

/// Names this machine and a path.
unsafe fn name_local(path: &[u8], host: &Room, service: &Room, flags: c_int) -> Result<(), c_int> {
    if host.is_wanted() {
        let mut own = [0u8; 65];
        let name: &[u8] = match flags & (NUMERICHOST | NAMEREQD) {
            NUMERICHOST => b"localhost",
            0 | NAMEREQD => {
                // SAFETY: room of ours, one byte of which stays 0.
                unsafe { gethostname(own.as_mut_ptr().cast(), own.len() - 1) };
                until_nul(&own)
            }
            _ => return Err(eai::NONAME),
        };
        // SAFETY: the caller's buffer.
        unsafe { host.fill(name)? };
    }
    if service.is_wanted() {
        // SAFETY: the caller's buffer.
        unsafe { service.fill(until_nul(path))? };
    }
    Ok(())
}

fn until_nul(text: &[u8]) -> &[u8] {
    text.split(|&byte| byte == 0).next().unwrap_or_default()
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
