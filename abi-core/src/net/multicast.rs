//! Groups of receivers, ip(7) and ipv6(7): multicast over the loopback interface, which is the only one.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::inet::{self, LOOPBACK_INDEX, Names};
use super::options::give;
use super::socket::Socket;
use crate::abi::{self, Errno, Result};
use crate::boundary::user::UserPtr;
use crate::few::FewMap;
use crate::kernel::Context;

/// How many groups a socket may be in (`/proc/sys/net/ipv4/igmp_max_memberships`).
const MAX_GROUPS: usize = 20;
/// Groups in which every machine is: all of the interface, all of the link.
const ALWAYS: [IpAddr; 3] = [
    IpAddr::V4(Ipv4Addr::new(224, 0, 0, 1)),
    IpAddr::V6(Ipv6Addr::new(0xff01, 0, 0, 0, 0, 0, 0, 1)),
    IpAddr::V6(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1)),
];
/// `MCAST_JOIN_GROUP` and its counterpart, with `struct group_req`.
const MCAST_JOIN_GROUP: i32 = 42;
const MCAST_LEAVE_GROUP: i32 = 45;
const GROUP_REQUEST_BYTES: usize = 136;

/// How many sockets are in which group.
pub(super) type Groups = FewMap<IpAddr, usize>;

/// What a socket is asked about groups.
enum Request {
    Join(IpAddr),
    Leave(IpAddr),
    /// The address of the interface to send by; unspecified is any.
    SendBy(IpAddr),
}

impl Names {
    /// Tells whether the machine is in a group.
    fn is_joined(&self, group: IpAddr) -> bool {
        ALWAYS.contains(&group) || self.groups.lock().contains_key(&group)
    }

    fn leave(&self, group: IpAddr) {
        let mut groups = self.groups.lock();
        if let Some(count) = groups.get_mut(&group) {
            *count -= 1;
            if *count == 0 {
                groups.remove(&group);
            }
        }
    }

    /// Tells whether what is sent to a group is for the socket: it is in it, or in none of that name and takes all that
    /// the machine gets.
    pub(super) fn hears(&self, socket: &Socket, group: IpAddr) -> bool {
        let takes_all = match group {
            IpAddr::V4(_) => socket.options.value(abi::IPPROTO_IP, abi::IP_MULTICAST_ALL),
            IpAddr::V6(_) => socket.options.value(abi::IPPROTO_IPV6, super::levels::IPV6_MULTICAST_ALL),
        };
        socket.state.lock().groups.contains(&group) || takes_all != 0 && self.is_joined(group)
    }
}

/// Reads a request; `None` is another option.
fn read(level: i32, name: i32, value: usize, len: usize) -> Option<Result<Request>> {
    let make = |joins: bool| if joins { Request::Join } else { Request::Leave };
    Some(match (level, name) {
        (abi::IPPROTO_IP, abi::IP_ADD_MEMBERSHIP | abi::IP_DROP_MEMBERSHIP) => {
            read_four(value, len, 8).map(make(name == abi::IP_ADD_MEMBERSHIP))
        }
        (abi::IPPROTO_IPV6, abi::IPV6_ADD_MEMBERSHIP | abi::IPV6_DROP_MEMBERSHIP) => {
            read_six(value, len).map(make(name == abi::IPV6_ADD_MEMBERSHIP))
        }
        (abi::IPPROTO_IP | abi::IPPROTO_IPV6, MCAST_JOIN_GROUP | MCAST_LEAVE_GROUP) => {
            read_any(level, value, len).map(make(name == MCAST_JOIN_GROUP))
        }
        (abi::IPPROTO_IP, abi::IP_MULTICAST_IF) => read_interface(value, len).map(Request::SendBy),
        (abi::IPPROTO_IPV6, abi::IPV6_MULTICAST_IF) if len < 4 => Err(Errno::EINVAL),
        (abi::IPPROTO_IPV6, abi::IPV6_MULTICAST_IF) => match UserPtr::<i32>::new(value).read() {
            Ok(0) => Ok(Request::SendBy(Ipv6Addr::UNSPECIFIED.into())),
            Ok(LOOPBACK_INDEX) => Ok(Request::SendBy(Ipv6Addr::LOCALHOST.into())),
            Ok(_) => Err(Errno::ENODEV),
            Err(error) => Err(error),
        },
        _ => return None,
    })
}

fn read_ip(at: usize) -> Result<Ipv4Addr> {
    UserPtr::<u32>::new(at).read().map(|word| Ipv4Addr::from(word.to_ne_bytes()))
}

/// Reads `struct ip_mreq` or `ip_mreqn`: the group, and the interface by address or number.
fn read_four(value: usize, len: usize, least: usize) -> Result<IpAddr> {
    if len < least {
        return Err(Errno::EINVAL);
    }
    let (group, interface) = (read_ip(value)?, read_ip(value + 4)?);
    let index = if len >= 12 { UserPtr::<i32>::new(value + 8).read()? } else { 0 };
    if !group.is_multicast() {
        return Err(Errno::EINVAL);
    }
    let is_there = match index {
        0 => inet::is_own(interface.into()),
        index => index == LOOPBACK_INDEX,
    };
    if is_there { Ok(group.into()) } else { Err(Errno::ENODEV) }
}

/// Reads `struct ipv6_mreq`.
fn read_six(value: usize, len: usize) -> Result<IpAddr> {
    if len < 20 {
        return Err(Errno::EINVAL);
    }
    let group = Ipv6Addr::from(UserPtr::<[u8; 16]>::new(value).read()?);
    let index = UserPtr::<i32>::new(value + 16).read()?;
    match (group.is_multicast(), index) {
        (false, _) => Err(Errno::EINVAL),
        (true, 0 | LOOPBACK_INDEX) => Ok(group.into()),
        _ => Err(Errno::ENODEV),
    }
}

/// Reads `struct group_req`.
fn read_any(level: i32, value: usize, len: usize) -> Result<IpAddr> {
    if len < GROUP_REQUEST_BYTES {
        return Err(Errno::EINVAL);
    }
    let index = UserPtr::<i32>::new(value).read()?;
    let family = i32::from(UserPtr::<u16>::new(value + 8).read()?);
    let group: IpAddr = match (level, family) {
        (abi::IPPROTO_IP, abi::AF_INET) => read_ip(value + 12)?.into(),
        (abi::IPPROTO_IPV6, abi::AF_INET6) => {
            Ipv6Addr::from(UserPtr::<[u8; 16]>::new(value + 16).read()?).into()
        }
        _ => return Err(Errno::EINVAL),
    };
    match (group.is_multicast(), index) {
        (false, _) => Err(Errno::EINVAL),
        (true, 0 | LOOPBACK_INDEX) => Ok(group),
        _ => Err(Errno::ENODEV),
    }
}

/// Reads the interface to send by: an address, or a structure with one or its number.
fn read_interface(value: usize, len: usize) -> Result<IpAddr> {
    let (address, index) = match len {
        0..4 => return Err(Errno::EINVAL),
        4..8 => (read_ip(value)?, 0),
        8..12 => (read_ip(value + 4)?, 0),
        _ => (read_ip(value + 4)?, UserPtr::<i32>::new(value + 8).read()?),
    };
    match index {
        0 if inet::is_own(address.into()) => Ok(address.into()),
        LOOPBACK_INDEX => Ok(address.into()),
        _ => Err(Errno::EADDRNOTAVAIL),
    }
}

impl Socket {
    /// Sets an option about groups; `None` is another option.
    pub(super) fn set_group_option(
        &self,
        cx: Context<'_>,
        level: i32,
        name: i32,
        value: usize,
        len: usize,
    ) -> Option<Result<()>> {
        if !self.is_inet() || level == abi::IPPROTO_IPV6 && self.domain != abi::AF_INET6 {
            return None;
        }
        if self.is_stream() && (level, name) == (abi::IPPROTO_IP, abi::IP_MULTICAST_IF) {
            return Some(Err(Errno::EINVAL));
        }
        let request = read(level, name, value, len)?;
        Some(request.and_then(|request| self.obey(&cx.kernel.net.inet, request)))
    }

    fn obey(&self, names: &Names, request: Request) -> Result<()> {
        match request {
            Request::Join(_) | Request::Leave(_) if self.is_stream() => Err(Errno::EPROTO),
            Request::SendBy(_) if self.is_stream() => Err(Errno::ENOPROTOOPT),
            Request::Join(group) => {
                let mut state = self.state.lock();
                if state.groups.contains(&group) {
                    return Err(Errno::EADDRINUSE);
                }
                if state.groups.len() >= MAX_GROUPS {
                    return Err(Errno::ENOBUFS);
                }
                state.groups.push(group);
                drop(state);
                *names.groups.lock().or_default(group) += 1;
                Ok(())
            }
            Request::Leave(group) => {
                let mut state = self.state.lock();
                let at = state.groups.iter().position(|joined| *joined == group);
                state.groups.remove(at.ok_or(Errno::EADDRNOTAVAIL)?);
                drop(state);
                names.leave(group);
                Ok(())
            }
            Request::SendBy(interface) => {
                self.state.lock().sends_by = Some(interface).filter(|ip| !ip.is_unspecified());
                Ok(())
            }
        }
    }

    /// Answers getsockopt(2) about the interface to send by; `None` is another option.
    pub(super) fn group_option(
        &self,
        level: i32,
        name: i32,
        value: usize,
        len: UserPtr<u32>,
    ) -> Option<Result<()>> {
        let sends_by = || self.state.lock().sends_by;
        let bytes = match (level, name) {
            (abi::IPPROTO_IP, abi::IP_MULTICAST_IF) => match sends_by() {
                Some(IpAddr::V4(ip)) => ip.octets(),
                _ => [0; 4],
            },
            (abi::IPPROTO_IPV6, abi::IPV6_MULTICAST_IF) => match sends_by() {
                Some(IpAddr::V6(_)) => LOOPBACK_INDEX.to_ne_bytes(),
                _ => [0; 4],
            },
            _ => return None,
        };
        Some(give(value, len, &bytes))
    }

    /// Leaves all groups: the last descriptor is gone.
    pub(super) fn leave_groups(&self, names: &Names) {
        let groups = core::mem::take(&mut self.state.lock().groups);
        for group in groups {
            names.leave(group);
        }
    }
}
