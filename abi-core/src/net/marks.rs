//! What the head of a datagram says besides addresses and ports, ip(7) and ipv6(7): how far it may go, and of which class
//! of traffic it is.

use core::net::{IpAddr, SocketAddr};

use super::socket::Socket;
use crate::abi::{self, Errno, Result};

/// The marks of one datagram.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Marks {
    /// `IP_TTL`, `IPV6_HOPLIMIT`
    pub hops: u8,
    /// `IP_TOS`, `IPV6_TCLASS`
    pub class: u8,
}

/// What a sender asks for one message alone, by what goes along with it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wishes {
    hops_v4: Option<u8>,
    class_v4: Option<u8>,
    hops_v6: Option<u8>,
    class_v6: Option<u8>,
}

fn number(data: &[u8]) -> Result<i32> {
    data.try_into().map(i32::from_ne_bytes).map_err(|_| Errno::EINVAL)
}

/// Takes a number in `-1..=255`; -1 asks for what the socket has.
fn octet(data: &[u8]) -> Result<Option<u8>> {
    match number(data)? {
        -1 => Ok(None),
        number => u8::try_from(number).map(Some).map_err(|_| Errno::EINVAL),
    }
}

impl Wishes {
    /// Takes one piece of what goes along, if it is such a wish.
    pub fn take(&mut self, level: i32, kind: i32, data: &[u8]) -> Result<()> {
        match (level, kind) {
            (abi::IPPROTO_IP, abi::IP_TTL) => {
                self.hops_v4 = octet(data)?.filter(|hops| *hops != 0);
                self.hops_v4.map(|_| ()).ok_or(Errno::EINVAL)?;
            }
            (abi::IPPROTO_IP, abi::IP_TOS) => {
                let class = if let [class] = data { i32::from(*class) } else { number(data)? };
                self.class_v4 = Some(u8::try_from(class).map_err(|_| Errno::EINVAL)?);
            }
            (abi::IPPROTO_IPV6, abi::IPV6_HOPLIMIT) => self.hops_v6 = octet(data)?,
            (abi::IPPROTO_IPV6, abi::IPV6_TCLASS) => self.class_v6 = octet(data)?,
            _ => {}
        }
        Ok(())
    }
}

impl Socket {
    /// Returns the marks of a datagram to `target`: what is wished for it, and else what the socket has.
    pub(super) fn marks(&self, target: SocketAddr, wishes: Wishes) -> Marks {
        let value = |level, name| self.options.value(level, name) as u8;
        match target.ip() {
            IpAddr::V4(ip) => {
                let hops = if ip.is_multicast() { abi::IP_MULTICAST_TTL } else { abi::IP_TTL };
                Marks {
                    hops: wishes.hops_v4.unwrap_or_else(|| value(abi::IPPROTO_IP, hops)),
                    class: wishes.class_v4.unwrap_or_else(|| value(abi::IPPROTO_IP, abi::IP_TOS)),
                }
            }
            IpAddr::V6(ip) => {
                let hops = if ip.is_multicast() { abi::IPV6_MULTICAST_HOPS } else { abi::IPV6_UNICAST_HOPS };
                Marks {
                    hops: wishes.hops_v6.unwrap_or_else(|| value(abi::IPPROTO_IPV6, hops)),
                    class: wishes.class_v6.unwrap_or_else(|| value(abi::IPPROTO_IPV6, abi::IPV6_TCLASS)),
                }
            }
        }
    }
}
