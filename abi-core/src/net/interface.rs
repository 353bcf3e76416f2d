//! Interfaces, netdevice(7): the loopback interface is the only one.

use core::net::Ipv4Addr;

use super::inet::LOOPBACK_INDEX;
use super::socket::Socket;
use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserPtr, copy_in, copy_out};

const NAME: &[u8] = b"lo";
/// The longest packet.
pub(super) const MTU_BYTES: i32 = 65_536;
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

fn request() -> [u8; REQUEST_BYTES] {
    let mut out = [0; REQUEST_BYTES];
    out[..NAME.len()].copy_from_slice(NAME);
    out
}

/// `SIOCGIFCONF`: the interfaces that have an address of IPv4.
fn list(argument: usize) -> Result<()> {
    let (len, at) = (UserPtr::<i32>::new(argument), UserPtr::<usize>::new(argument.wrapping_add(8)));
    let (room, at) = (len.read()?, at.read()?);
    if at == 0 {
        return len.write(REQUEST_BYTES as i32);
    }
    if room < REQUEST_BYTES as i32 {
        return len.write(0);
    }
    let mut one = request();
    one[VALUE_OFFSET..][..ADDRESS_BYTES].copy_from_slice(&address(Ipv4Addr::LOCALHOST));
    copy_out(at, &one)?;
    len.write(REQUEST_BYTES as i32)
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
        if UserPtr::<i32>::new(value_at).read()? != LOOPBACK_INDEX {
            return Err(Errno::ENODEV);
        }
        let mut name = [0; VALUE_OFFSET];
        name[..NAME.len()].copy_from_slice(NAME);
        return copy_out(argument, &name);
    }
    let mut name = [0; VALUE_OFFSET];
    copy_in(&mut name, argument)?;
    if name[..VALUE_OFFSET - 1].split(|&byte| byte == 0).next() != Some(NAME) {
        return Err(Errno::ENODEV);
    }
    let number = match request {
        abi::SIOCGIFINDEX => LOOPBACK_INDEX,
        abi::SIOCGIFMTU => MTU_BYTES,
        abi::SIOCGIFTXQLEN => 1000,
        abi::SIOCGIFFLAGS => {
            let flags = (abi::IFF_UP | abi::IFF_LOOPBACK | abi::IFF_RUNNING) as u16;
            return copy_out(value_at, &flags.to_ne_bytes());
        }
        abi::SIOCGIFADDR => return copy_out(value_at, &address(Ipv4Addr::LOCALHOST)),
        abi::SIOCGIFNETMASK => return copy_out(value_at, &address(Ipv4Addr::new(255, 0, 0, 0))),
        // There is nobody else to reach.
        abi::SIOCGIFBRDADDR => return copy_out(value_at, &address(Ipv4Addr::UNSPECIFIED)),
        _ => {
            let mut hardware = [0; ADDRESS_BYTES];
            hardware[..2].copy_from_slice(&abi::ARPHRD_LOOPBACK.to_ne_bytes());
            return copy_out(value_at, &hardware);
        }
    };
    copy_out(value_at, &number.to_ne_bytes())
}
