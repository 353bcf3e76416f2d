//! Addresses of sockets, as programs write them.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserPtr, copy_in, copy_out};

/// `sizeof(struct sockaddr_storage)`
const MAX_BYTES: usize = 128;
/// `sizeof(struct sockaddr_un)`
const UNIX_BYTES: usize = 110;
/// `sizeof(struct sockaddr_in)`
const INET_BYTES: usize = 16;
/// `sizeof(struct sockaddr_in6)`
const INET6_BYTES: usize = 28;
/// The same without `sin6_scope_id`, which old programs don't have.
const OLD_INET6_BYTES: usize = 24;
/// `sizeof(struct sockaddr_nl)`
const NETLINK_BYTES: usize = 12;

/// An address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// None: the family alone.
    Unnamed,
    /// A local socket's path.
    Path(Arc<[u8]>),
    /// A local socket's name outside the file system.
    Abstract(Arc<[u8]>),
    /// An internet address with its port. IPv4 is IPv4 here, also where a program says it with 16 bytes.
    Inet(SocketAddr),
    /// A netlink socket's port, with the groups that messages go to or are heard from, a bit each.
    Netlink {
        /// 0 is the kernel.
        port: u32,
        /// `RTNLGRP_LINK` is bit 0.
        groups: u64,
    },
}

impl Address {
    /// Loads an address of `domain` from guest memory.
    pub fn read(domain: i32, address: usize, len_bytes: u32) -> Result<Self> {
        let mut bytes = [0; MAX_BYTES];
        let len = len_bytes as usize;
        if len > MAX_BYTES {
            return Err(Errno::EINVAL);
        }
        copy_in(&mut bytes[..len], address)?;
        Self::parse(domain, &bytes[..len])
    }

    fn parse(domain: i32, bytes: &[u8]) -> Result<Self> {
        let (family, rest) = bytes.split_at_checked(2).ok_or(Errno::EINVAL)?;
        let family = i32::from(u16::from_ne_bytes([family[0], family[1]]));
        match domain {
            abi::AF_INET => return Self::parse_inet(family, rest),
            abi::AF_INET6 => return Self::parse_inet6(family, rest),
            abi::AF_NETLINK => return Self::parse_netlink(family, rest),
            _ => {}
        }
        if family != domain || bytes.len() > UNIX_BYTES {
            return Err(Errno::EINVAL);
        }
        Ok(match rest {
            [] => Self::Unnamed,
            [0, name @ ..] => Self::Abstract(name.into()),
            path => Self::Path(path.split(|&b| b == 0).next().unwrap_or_default().into()),
        })
    }

    fn parse_inet(family: i32, rest: &[u8]) -> Result<Self> {
        let field = rest.first_chunk::<{ INET_BYTES - 2 }>().ok_or(Errno::EINVAL)?;
        let ip = Ipv4Addr::new(field[2], field[3], field[4], field[5]);
        // Old programs leave the family out of an address that is none.
        if family != abi::AF_INET && !(family == abi::AF_UNSPEC && ip.is_unspecified()) {
            return Err(Errno::EAFNOSUPPORT);
        }
        Ok(Self::Inet((ip, u16::from_be_bytes([field[0], field[1]])).into()))
    }

    fn parse_inet6(family: i32, rest: &[u8]) -> Result<Self> {
        let field = rest.first_chunk::<{ OLD_INET6_BYTES - 2 }>().ok_or(Errno::EINVAL)?;
        if family != abi::AF_INET6 {
            return Err(Errno::EAFNOSUPPORT);
        }
        let port = u16::from_be_bytes([field[0], field[1]]);
        let flow = u32::from_ne_bytes([field[2], field[3], field[4], field[5]]);
        let mut ip = [0; 16];
        ip.copy_from_slice(&field[6..]);
        let ip = Ipv6Addr::from(ip);
        let scope = rest[field.len()..].first_chunk::<4>().map_or(0, |scope| u32::from_ne_bytes(*scope));
        Ok(Self::Inet(match ip.to_ipv4_mapped() {
            Some(ip) => (ip, port).into(),
            None => SocketAddrV6::new(ip, port, flow, scope).into(),
        }))
    }

    fn parse_netlink(family: i32, rest: &[u8]) -> Result<Self> {
        let field = rest.first_chunk::<{ NETLINK_BYTES - 2 }>().ok_or(Errno::EINVAL)?;
        if family != abi::AF_NETLINK {
            return Err(Errno::EINVAL);
        }
        let number = |at: usize| u32::from_ne_bytes([field[at], field[at + 1], field[at + 2], field[at + 3]]);
        Ok(Self::Netlink { port: number(2), groups: u64::from(number(6)) })
    }

    /// Returns the internet address, if it is one.
    pub fn inet(&self) -> Option<SocketAddr> {
        if let Self::Inet(address) = self { Some(*address) } else { None }
    }

    /// Returns what `struct sockaddr` of `domain` holds.
    pub fn to_bytes(&self, domain: i32) -> Vec<u8> {
        let mut out = Vec::from((domain as u16).to_ne_bytes());
        match self {
            Self::Unnamed => match domain {
                abi::AF_INET => out.resize(INET_BYTES, 0),
                abi::AF_INET6 => out.resize(INET6_BYTES, 0),
                abi::AF_NETLINK => out.resize(NETLINK_BYTES, 0),
                _ => {}
            },
            Self::Inet(address) => {
                out.extend_from_slice(&address.port().to_be_bytes());
                encode_inet(*address, domain, &mut out);
            }
            Self::Netlink { port, groups } => {
                out.extend([0, 0]);
                out.extend(port.to_ne_bytes());
                out.extend((*groups as u32).to_ne_bytes());
            }
            Self::Path(path) => {
                out.extend_from_slice(path);
                out.push(0);
            }
            Self::Abstract(name) => {
                out.push(0);
                out.extend_from_slice(name);
            }
        }
        out
    }

    /// Stores the address, as far as `len` says there is room, and its whole length in `len`.
    pub fn write(&self, domain: i32, to: usize, len: UserPtr<u32>) -> Result<()> {
        let room = len.read()? as i32;
        let room = usize::try_from(room).map_err(|_| Errno::EINVAL)?;
        let whole = self.store(domain, to, room)?;
        len.write(whole as u32)
    }

    /// Stores the address in `room` bytes; returns its whole length.
    pub fn store(&self, domain: i32, to: usize, room: usize) -> Result<usize> {
        let bytes = self.to_bytes(domain);
        copy_out(to, &bytes[..bytes.len().min(room)])?;
        Ok(bytes.len())
    }
}

/// Appends what follows the port.
fn encode_inet(address: SocketAddr, domain: i32, out: &mut Vec<u8>) {
    let (flow, ip, scope) = match address {
        SocketAddr::V4(four) if domain == abi::AF_INET => {
            out.extend_from_slice(&four.ip().octets());
            out.resize(INET_BYTES, 0);
            return;
        }
        SocketAddr::V4(four) => (0, four.ip().to_ipv6_mapped(), 0),
        SocketAddr::V6(six) => (six.flowinfo(), *six.ip(), six.scope_id()),
    };
    out.extend_from_slice(&flow.to_ne_bytes());
    out.extend_from_slice(&ip.octets());
    out.extend_from_slice(&scope.to_ne_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_local_sockets_end_as_their_kind_does() {
        let parse = |rest: &[u8]| Address::parse(abi::AF_UNIX, &[&[1, 0], rest].concat());
        assert_eq!(parse(b""), Ok(Address::Unnamed));
        assert_eq!(parse(b"/tmp/a\0b"), Ok(Address::Path(b"/tmp/a".as_slice().into())));
        assert_eq!(parse(b"\0a\0b"), Ok(Address::Abstract(b"a\0b".as_slice().into())));
        assert_eq!(parse(&[1; 109]), Err(Errno::EINVAL));
    }

    #[test]
    fn mapped_addresses_are_ipv4_and_come_back_mapped() {
        let mut bytes = alloc::vec![10, 0, 0x1f, 0x90, 0, 0, 0, 0];
        bytes.extend_from_slice(&Ipv4Addr::LOCALHOST.to_ipv6_mapped().octets());
        let address = Address::parse(abi::AF_INET6, &bytes);
        assert_eq!(address, Ok(Address::Inet((Ipv4Addr::LOCALHOST, 8080).into())));
        bytes.extend_from_slice(&[0; 4]);
        assert_eq!(address.map(|address| address.to_bytes(abi::AF_INET6)), Ok(bytes.clone()));
        assert_eq!(Address::parse(abi::AF_INET, &bytes), Err(Errno::EAFNOSUPPORT));
        assert_eq!(Address::parse(abi::AF_INET6, &bytes[..20]), Err(Errno::EINVAL));
    }
}
