//! `RTM_GETROUTE`: routes. Those there are lead to this machine.

use alloc::vec::Vec;
use core::net::IpAddr;

use super::answer::{Answer, Dump, Filter, family_of, octets, read_ip};
use super::wire::{Message, attributes, u32_at};
use crate::abi::{self, Errno, Result};
use crate::net::inet::{is_own, source, target};
use crate::net::interface::{INTERFACES, Interface, numbered};

/// `sizeof(struct rtmsg)`
const HEAD_BYTES: usize = 12;
/// `RTCF_LOCAL`: the target is this machine.
const IS_LOCAL: u32 = 0x8000_0000;
/// `RTA_PREF`, and `ICMPV6_ROUTER_PREF_MEDIUM`
const PREFERENCE: u16 = 20;
const MEDIUM: u8 = 0;

/// Clears the bits that are not the network's.
fn network(ip: IpAddr, prefix: u8) -> IpAddr {
    let mut bytes = octets(ip);
    for (i, byte) in bytes.iter_mut().enumerate() {
        let kept = usize::from(prefix).saturating_sub(8 * i).min(8);
        *byte &= !(0xffu16 >> kept) as u8;
    }
    read_ip(&bytes).unwrap_or(ip)
}

impl Answer<'_> {
    /// Answers with every route.
    pub(super) fn routes(&self) -> Result<Dump> {
        let Some(filter) = self.route_filter()? else { return Ok(Dump::default()) };
        let tables = [abi::RT_TABLE_MAIN, abi::RT_TABLE_LOCAL].map(u32::from);
        if filter.table.is_some_and(|table| !tables.contains(&table)) && filter.family != abi::AF_UNSPEC {
            return Ok(Dump::of_none(Errno::ENOENT));
        }
        let is_local = filter.table.is_none_or(|table| table == u32::from(abi::RT_TABLE_LOCAL))
            && filter.protocol.is_none_or(|protocol| protocol == abi::RTPROT_KERNEL)
            && filter.kind.is_none_or(|kind| kind == abi::RTN_LOCAL);
        let mut messages = Vec::new();
        for family in [abi::AF_INET, abi::AF_INET6] {
            let here = is_local && filter.is_of(family);
            for interface in INTERFACES.iter().filter(|interface| here && filter.is_about(interface)) {
                let own = interface.addresses.iter().filter(|(ip, _)| family_of(*ip) == family);
                messages.extend(own.map(|own| self.local_route(interface, *own, filter.flags())));
            }
        }
        Ok(Dump { messages, is_filtered: filter.is_filtering(), error: None })
    }

    /// Returns which routes are asked for; `None` are those that there are never any of.
    fn route_filter(&self) -> Result<Option<Filter>> {
        let mut filter = Filter { family: self.family(), ..Filter::default() };
        let Some((head, rest)) = self.request.body.split_at_checked(HEAD_BYTES) else {
            return if self.is_strict { Err(Errno::EINVAL) } else { Ok(Some(filter)) };
        };
        let flags = u32_at(head, 8).unwrap_or(0);
        // Routes that an interface heard of are never there.
        if flags & abi::RTM_F_PREFIX != 0 {
            return Ok(None);
        }
        if !self.is_strict {
            return Ok(Some(filter));
        }
        // Neither are those that were made for one target.
        if flags == abi::RTM_F_CLONED {
            return Ok(None);
        }
        // Lengths of addresses, type of service, scope, flags
        if head[1..4].iter().any(|&byte| byte != 0) || head[6] != 0 || flags != 0 {
            return Err(Errno::EINVAL);
        }
        filter.table = Some(u32::from(head[4])).filter(|table| *table != 0);
        filter.protocol = Some(head[5]).filter(|protocol| *protocol != 0);
        filter.kind = Some(head[7]).filter(|kind| *kind != 0);
        for (kind, value) in attributes(rest) {
            match kind {
                abi::RTA_TABLE => filter.table = u32_at(value, 0).filter(|table| *table != 0),
                abi::RTA_OIF => {
                    let index = u32_at(value, 0).ok_or(Errno::EINVAL)?;
                    numbered(index as i32).ok_or(Errno::ENODEV)?;
                    filter.index = Some(index);
                }
                _ => return Err(Errno::EINVAL),
            }
        }
        Ok(Some(filter))
    }

    /// The route to the network of an interface's own address.
    fn local_route(&self, interface: &Interface, (ip, prefix): (IpAddr, u8), flags: i32) -> Vec<u8> {
        let scope = if ip.is_ipv4() { abi::RT_SCOPE_HOST } else { abi::RT_SCOPE_UNIVERSE };
        let (table, mut out) =
            (abi::RT_TABLE_LOCAL, self.request.answer(abi::RTM_NEWROUTE, flags, self.port));
        let kind = [table, abi::RTPROT_KERNEL, scope, abi::RTN_LOCAL];
        out.put(&[family_of(ip) as u8, prefix, 0, 0]);
        out.put(&kind);
        out.put(&0u32.to_ne_bytes());
        out.number(abi::RTA_TABLE, u32::from(table));
        out.attribute(abi::RTA_DST, &octets(network(ip, prefix)));
        if ip.is_ipv4() {
            out.attribute(abi::RTA_PREFSRC, &octets(ip));
        }
        end_route(out, ip, interface)
    }

    /// Answers with the way that packets for an address go.
    pub(super) fn one_route(&self) -> Result<Vec<u8>> {
        let (head, rest) = self.parts(HEAD_BYTES)?;
        let family = self.family();
        let none = if family == abi::AF_INET { IpAddr::from([0; 4]) } else { IpAddr::from([0; 16]) };
        let mut to = none;
        for (kind, value) in attributes(rest) {
            match kind {
                abi::RTA_DST => {
                    to = read_ip(value).filter(|ip| family_of(*ip) == family).ok_or(Errno::EINVAL)?;
                }
                abi::RTA_OIF => {
                    let index = u32_at(value, 0).ok_or(Errno::EINVAL)?;
                    numbered(index as i32).filter(|_| index != 0).ok_or(Errno::ENODEV)?;
                }
                _ => {}
            }
        }
        if !is_own(to) {
            return Err(Errno::ENETUNREACH);
        }
        let (table, protocol, flags) = match to {
            IpAddr::V4(_) => (abi::RT_TABLE_MAIN, 0, abi::RTM_F_CLONED | IS_LOCAL),
            IpAddr::V6(_) => (abi::RT_TABLE_LOCAL, abi::RTPROT_KERNEL, 0),
        };
        let mut out = self.request.answer(abi::RTM_NEWROUTE, 0, self.port);
        out.put(&[family as u8, (8 * octets(to).len()) as u8, 0, head[3]]);
        out.put(&[table, protocol, abi::RT_SCOPE_UNIVERSE, abi::RTN_LOCAL]);
        out.put(&flags.to_ne_bytes());
        out.number(abi::RTA_TABLE, u32::from(table));
        out.attribute(abi::RTA_DST, &octets(to));
        out.attribute(abi::RTA_PREFSRC, &octets(source(none, target(to))));
        let interface = INTERFACES.first().ok_or(Errno::ENETUNREACH)?;
        Ok(end_route(out, to, interface))
    }
}

/// Adds what all routes end with.
fn end_route(mut out: Message, ip: IpAddr, interface: &Interface) -> Vec<u8> {
    if ip.is_ipv6() {
        out.number(abi::RTA_PRIORITY, 0);
    }
    out.number(abi::RTA_OIF, interface.index as u32);
    if ip.is_ipv6() {
        out.attribute(PREFERENCE, &[MEDIUM]);
    }
    out.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_what_its_prefix_covers() {
        let of = |ip: [u8; 4], prefix| network(ip.into(), prefix);
        assert_eq!(of([127, 1, 2, 3], 8), IpAddr::from([127, 0, 0, 0]));
        assert_eq!(of([10, 255, 255, 255], 12), IpAddr::from([10, 240, 0, 0]));
        assert_eq!(of([10, 1, 2, 3], 32), IpAddr::from([10, 1, 2, 3]));
        assert_eq!(of([10, 1, 2, 3], 0), IpAddr::from([0, 0, 0, 0]));
    }
}
