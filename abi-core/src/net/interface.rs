//! Interfaces: what each is, and netdevice(7), which tells of them. The loopback interface is the only one.

use core::ffi::CStr;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::inet::LOOPBACK_INDEX;
use super::socket::Socket;
use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserPtr, copy_in, copy_out};

/// An interface.
pub(super) struct Interface {
    /// Its name.
    pub name: &'static str,
    /// Its number.
    pub index: i32,
    /// `IFF_UP` and its like; netdevice(7) tells the low half.
    pub flags: i32,
    /// The longest packet.
    pub mtu_bytes: i32,
    /// How many packets may wait to be sent.
    pub queue_packets: i32,
    /// `ARPHRD_ETHER` and its like.
    pub hardware_type: u16,
    /// Its address in the hardware.
    pub hardware_address: [u8; 6],
    /// Its own addresses, and how many of their bits are the network's.
    pub addresses: &'static [(IpAddr, u8)],
}

impl Interface {
    /// Returns the first address of IPv4.
    fn first_v4(&self) -> Option<(Ipv4Addr, u8)> {
        self.addresses.iter().find_map(|(ip, prefix)| match ip {
            IpAddr::V4(ip) => Some((*ip, *prefix)),
            IpAddr::V6(_) => None,
        })
    }
}

/// Every interface.
pub(super) const INTERFACES: &[Interface] = &[LOOPBACK];

/// The loopback interface's name as C has it.
pub(super) const LOOPBACK_C_NAME: &CStr = c"lo";

/// The loopback interface.
pub(super) const LOOPBACK: Interface = Interface {
    name: "lo",
    index: LOOPBACK_INDEX,
    flags: abi::IFF_UP | abi::IFF_LOOPBACK | abi::IFF_RUNNING | abi::IFF_LOWER_UP,
    mtu_bytes: 65_536,
    queue_packets: 1000,
    hardware_type: abi::ARPHRD_LOOPBACK,
    hardware_address: [0; 6],
    addresses: &[(IpAddr::V4(Ipv4Addr::LOCALHOST), 8), (IpAddr::V6(Ipv6Addr::LOCALHOST), 128)],
};

/// Returns the interface with a number.
pub(super) fn numbered(index: i32) -> Option<&'static Interface> {
    INTERFACES.iter().find(|interface| interface.index == index)
}

/// Returns the interface with a name.
pub(super) fn named(name: &[u8]) -> Option<&'static Interface> {
    INTERFACES.iter().find(|interface| interface.name.as_bytes() == name)
}

/// `sizeof(struct ifreq)`, and where its union starts.
const REQUEST_BYTES: usize = 40;
const VALUE_OFFSET: usize = 16;
/// Bytes that a `struct sockaddr` holds.
const ADDRESS_BYTES: usize = 16;

/// Returns a `struct sockaddr_in` without a port.
fn address(ip: Ipv4Addr) -> [u8; ADDRESS_BYTES] {
    let mut out = [0; ADDRESS_BYTES];
    out[..2].copy_from_slice(&(abi::AF_INET as u16).to_ne_bytes());
    out[4..8].copy_from_slice(&ip.octets());
    out
}

/// `SIOCGIFCONF`: the interfaces that have an address of IPv4, as far as there is room.
fn list(argument: usize) -> Result<()> {
    let (len, at) = (UserPtr::<i32>::new(argument), UserPtr::<usize>::new(argument.wrapping_add(8)));
    let (room, at) = (len.read()?, at.read()?);
    let room = if at == 0 { usize::MAX } else { usize::try_from(room).unwrap_or(0) };
    let mut used = 0;
    for interface in INTERFACES {
        let Some((ip, _)) = interface.first_v4().filter(|_| room - used >= REQUEST_BYTES) else { continue };
        let mut one = [0; REQUEST_BYTES];
        one[..interface.name.len()].copy_from_slice(interface.name.as_bytes());
        one[VALUE_OFFSET..][..ADDRESS_BYTES].copy_from_slice(&address(ip));
        if at != 0 {
            copy_out(at.wrapping_add(used), &one)?;
        }
        used += REQUEST_BYTES;
    }
    len.write(used as i32)
}

/// Answers an ioctl(2) about interfaces; `None` is another one.
pub(super) fn ioctl(socket: &Socket, request: u64, argument: usize) -> Option<Result<()>> {
    match request {
        abi::SIOCGIFCONF => Some(list(argument)),
        abi::SIOCGIFADDR | abi::SIOCGIFNETMASK | abi::SIOCGIFBRDADDR if !socket.is_inet() => None,
        abi::SIOCGIFNAME
        | abi::SIOCGIFINDEX
        | abi::SIOCGIFFLAGS
        | abi::SIOCGIFADDR
        | abi::SIOCGIFBRDADDR
        | abi::SIOCGIFNETMASK
        | abi::SIOCGIFMTU
        | abi::SIOCGIFHWADDR
        | abi::SIOCGIFTXQLEN => Some(ask(request, argument)),
        _ => None,
    }
}

fn ask(request: u64, argument: usize) -> Result<()> {
    let value_at = argument.wrapping_add(VALUE_OFFSET);
    if request == abi::SIOCGIFNAME {
        let interface = numbered(UserPtr::<i32>::new(value_at).read()?).ok_or(Errno::ENODEV)?;
        let mut name = [0; VALUE_OFFSET];
        name[..interface.name.len()].copy_from_slice(interface.name.as_bytes());
        return copy_out(argument, &name);
    }
    let mut name = [0; VALUE_OFFSET];
    copy_in(&mut name, argument)?;
    let name = name[..VALUE_OFFSET - 1].split(|&byte| byte == 0).next().unwrap_or_default();
    let interface = named(name).ok_or(Errno::ENODEV)?;
    let first_v4 = || interface.first_v4().ok_or(Errno::EADDRNOTAVAIL);
    let number = match request {
        abi::SIOCGIFINDEX => interface.index,
        abi::SIOCGIFMTU => interface.mtu_bytes,
        abi::SIOCGIFTXQLEN => interface.queue_packets,
        abi::SIOCGIFFLAGS => return copy_out(value_at, &(interface.flags as u16).to_ne_bytes()),
        abi::SIOCGIFADDR => return copy_out(value_at, &address(first_v4()?.0)),
        abi::SIOCGIFNETMASK => {
            let host_bits = 32 - u32::from(first_v4()?.1);
            let mask = u32::MAX.checked_shl(host_bits).unwrap_or(0);
            return copy_out(value_at, &address(mask.into()));
        }
        // There is nobody else to reach.
        abi::SIOCGIFBRDADDR => return copy_out(value_at, &address(Ipv4Addr::UNSPECIFIED)),
        _ => {
            let mut hardware = [0; ADDRESS_BYTES];
            hardware[..2].copy_from_slice(&interface.hardware_type.to_ne_bytes());
            hardware[2..8].copy_from_slice(&interface.hardware_address);
            return copy_out(value_at, &hardware);
        }
    };
    copy_out(value_at, &number.to_ne_bytes())
}
