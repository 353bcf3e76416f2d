//! `RTM_GETADDR`: addresses of interfaces.

use alloc::vec::Vec;
use core::net::IpAddr;

use super::answer::{Answer, Dump, Filter, family_of, octets, read_ip};
use super::wire::{attributes, u32_at};
use crate::abi::{self, Errno, Result};
use crate::net::interface::{INTERFACES, Interface, numbered};

/// `sizeof(struct ifaddrmsg)`
const HEAD_BYTES: usize = 8;
/// A time that never ends.
const FOREVER: u32 = u32::MAX;

impl Answer<'_> {
    /// Answers with every address.
    pub(super) fn addresses(&self) -> Result<Dump> {
        let mut filter = Filter { family: self.family(), ..Filter::default() };
        if self.is_strict {
            let (head, rest) = self.parts(HEAD_BYTES)?;
            if head[1..4].iter().any(|&byte| byte != 0) || !rest.is_empty() {
                return Err(Errno::EINVAL);
            }
            filter.index = u32_at(head, 4).filter(|index| *index != 0);
            if filter.index.is_some_and(|index| numbered(index as i32).is_none()) {
                return Ok(Dump::of_none(Errno::ENODEV));
            }
        }
        let mut messages = Vec::new();
        for family in [abi::AF_INET, abi::AF_INET6] {
            for interface in
                INTERFACES.iter().filter(|interface| filter.is_of(family) && filter.is_about(interface))
            {
                let own = interface.addresses.iter().filter(|(ip, _)| family_of(*ip) == family);
                messages.extend(own.map(|own| self.address(interface, *own, filter.flags())));
            }
        }
        Ok(Dump { messages, is_filtered: filter.is_filtering(), error: None })
    }

    /// Answers with one address, if it is an interface's.
    pub(super) fn one_address(&self) -> Result<Vec<u8>> {
        let (_, rest) = self.parts(HEAD_BYTES)?;
        let asked = attributes(rest).find(|(kind, _)| matches!(*kind, abi::IFA_ADDRESS | abi::IFA_LOCAL));
        let ip = asked.and_then(|(_, value)| read_ip(value)).ok_or(Errno::EINVAL)?;
        let of = |interface: &'static Interface| interface.addresses.iter().map(move |own| (interface, *own));
        let found = INTERFACES.iter().flat_map(of).find(|(_, own)| own.0 == ip);
        let (interface, own) = found.ok_or(Errno::EADDRNOTAVAIL)?;
        Ok(self.address(interface, own, 0))
    }

    fn address(&self, interface: &Interface, (ip, prefix): (IpAddr, u8), flags: i32) -> Vec<u8> {
        let mut out = self.request.answer(abi::RTM_NEWADDR, flags, self.port);
        out.put(&[family_of(ip) as u8, prefix, abi::IFA_F_PERMANENT as u8, abi::RT_SCOPE_HOST]);
        out.put(&interface.index.to_ne_bytes());
        let bytes = octets(ip);
        out.attribute(abi::IFA_ADDRESS, &bytes);
        if ip.is_ipv4() {
            out.attribute(abi::IFA_LOCAL, &bytes);
            out.text(abi::IFA_LABEL, interface.name);
        }
        out.number(abi::IFA_FLAGS, abi::IFA_F_PERMANENT);
        // How long it is good and may be used; it is there since the machine was started.
        out.attribute(abi::IFA_CACHEINFO, &[FOREVER, FOREVER, 0, 0].map(u32::to_ne_bytes).concat());
        out.end()
    }
}
