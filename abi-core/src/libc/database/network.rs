//! `/etc/services`, `/etc/protocols` and `/etc/networks`.

use core::ffi::{CStr, c_char, c_int};

use super::{Packer, Record, number, words};
use crate::abi::{AF_INET, protoent, servent};
use crate::libc::net::address::parse_network;

/// The services.
pub struct Services;

/// A line of `/etc/services`: `http 80/tcp www`.
#[derive(Debug, Clone, Copy)]
pub struct Service<'a> {
    /// The port, in host byte order.
    pub port: u16,
    /// `tcp` and so on.
    pub protocol: &'a [u8],
    /// Its own name.
    pub name: &'a [u8],
    line: &'a [u8],
}

impl Service<'_> {
    /// Is it called so?
    pub fn has_name(self, name: &[u8]) -> bool {
        self.name == name || words(self.line).skip(2).any(|alias| alias == name)
    }
}

impl Record for Services {
    type View<'a> = Service<'a>;
    type Struct = servent;
    const PATH: &'static CStr = c"/etc/services";
    const BUILT_IN: &'static [u8] = b"";

    fn view(line: &[u8]) -> Option<Service<'_>> {
        let mut parts = words(line);
        let (name, port) = (parts.next()?, parts.next()?);
        let slash = port.iter().position(|&byte| byte == b'/')?;
        let (port, protocol) = (number(&port[..slash])?, &port[slash + 1..]);
        Some(Service { port: u16::try_from(port).ok()?, protocol, name, line })
    }

    fn pack(service: Service<'_>, packer: &mut Packer) -> Option<servent> {
        Some(servent {
            s_aliases: packer.strings(words(service.line).skip(2))?,
            s_name: packer.string(service.name)?,
            s_port: c_int::from(service.port.to_be()),
            s_proto: packer.string(service.protocol)?,
        })
    }
}

/// The protocols.
pub struct Protocols;

/// A line of `/etc/protocols`: `tcp 6 TCP`.
#[derive(Debug, Clone, Copy)]
pub struct Protocol<'a> {
    /// Its number.
    pub number: c_int,
    name: &'a [u8],
    line: &'a [u8],
}

impl Protocol<'_> {
    /// Is it called so?
    pub fn has_name(self, name: &[u8]) -> bool {
        self.name == name || words(self.line).skip(2).any(|alias| alias == name)
    }
}

impl Record for Protocols {
    type View<'a> = Protocol<'a>;
    type Struct = protoent;
    const PATH: &'static CStr = c"/etc/protocols";
    const BUILT_IN: &'static [u8] = b"";

    fn view(line: &[u8]) -> Option<Protocol<'_>> {
        let mut parts = words(line);
        let (name, number) = (parts.next()?, number(parts.next()?)?);
        Some(Protocol { number: number.try_into().ok()?, name, line })
    }

    fn pack(protocol: Protocol<'_>, packer: &mut Packer) -> Option<protoent> {
        Some(protoent {
            p_aliases: packer.strings(words(protocol.line).skip(2))?,
            p_name: packer.string(protocol.name)?,
            p_proto: protocol.number,
        })
    }
}

/// `struct netent`
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct NetEntry {
    n_name: *mut c_char,
    n_aliases: *mut *mut c_char,
    n_addrtype: c_int,
    n_net: u32,
}

/// The networks.
pub struct Networks;

/// A line of `/etc/networks`: `loopback 127.0.0.0`.
#[derive(Debug, Clone, Copy)]
pub struct Network<'a> {
    /// Its number, in host byte order.
    pub number: u32,
    name: &'a [u8],
    line: &'a [u8],
}

impl Network<'_> {
    /// Is it called so? Case does not count.
    pub fn has_name(self, name: &[u8]) -> bool {
        let mut names = core::iter::once(self.name).chain(words(self.line).skip(2));
        names.any(|own| own.eq_ignore_ascii_case(name))
    }
}

impl Record for Networks {
    type View<'a> = Network<'a>;
    type Struct = NetEntry;
    const PATH: &'static CStr = c"/etc/networks";
    const BUILT_IN: &'static [u8] = b"";

    fn view(line: &[u8]) -> Option<Network<'_>> {
        let mut parts = words(line);
        let (name, number) = (parts.next()?, parts.next()?);
        // Bytes that are not given are 0.
        let missing = 4usize.saturating_sub(number.split(|&byte| byte == b'.').count());
        Some(Network { number: parse_network(number)? << (8 * missing as u32), name, line })
    }

    fn pack(network: Network<'_>, packer: &mut Packer) -> Option<NetEntry> {
        Some(NetEntry {
            n_aliases: packer.strings(words(network.line).skip(2))?,
            n_name: packer.string(network.name)?,
            n_addrtype: AF_INET,
            n_net: network.number,
        })
    }
}
