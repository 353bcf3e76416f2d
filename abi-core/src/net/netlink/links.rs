//! `RTM_GETLINK`: interfaces.

use alloc::vec::Vec;
use core::sync::atomic::Ordering;

use super::answer::{Answer, Dump};
use super::wire::{attributes, u32_at};
use crate::abi::{self, Errno, Result};
use crate::net::interface::{INTERFACES, Interface, named, numbered};

/// `sizeof(struct ifinfomsg)`
const HEAD_BYTES: usize = 16;
/// How many figures `struct rtnl_link_stats64` has, and how many of them `struct rtnl_link_stats`.
const STATISTICS: usize = 25;
const OLD_STATISTICS: usize = 24;
/// `IF_OPER_UNKNOWN`: as of interfaces that nothing watches.
const UNKNOWN: u8 = 0;

impl Answer<'_> {
    /// Answers with every interface.
    pub(super) fn links(&self) -> Result<Dump> {
        let mut attributes_of = self.request.body.get(HEAD_BYTES..);
        if self.is_strict {
            let (head, rest) = self.parts(HEAD_BYTES)?;
            if head[1..].iter().any(|&byte| byte != 0) {
                return Err(Errno::EINVAL);
            }
            attributes_of = Some(rest);
        }
        // No interface has a master, or is of a kind that programs make.
        let mut is_none = false;
        for (kind, value) in attributes(attributes_of.unwrap_or_default()) {
            match kind {
                abi::IFLA_MASTER => is_none |= u32_at(value, 0) != Some(0),
                abi::IFLA_LINKINFO => is_none = true,
                abi::IFLA_EXT_MASK => {}
                _ if self.is_strict => return Err(Errno::EINVAL),
                _ => {}
            }
        }
        let found = INTERFACES.iter().filter(|_| !is_none);
        let messages = found.map(|interface| self.link(interface, abi::NLM_F_MULTI)).collect();
        Ok(Dump { messages, ..Dump::default() })
    }

    /// Answers with the interface that has a number or a name.
    pub(super) fn one_link(&self) -> Result<Vec<u8>> {
        let (head, rest) = self.parts(HEAD_BYTES)?;
        let index = u32_at(head, 4).unwrap_or(0) as i32;
        let name =
            attributes(rest).find(|(kind, _)| matches!(*kind, abi::IFLA_IFNAME | abi::IFLA_ALT_IFNAME));
        let found = match name {
            _ if index > 0 => numbered(index),
            Some((_, name)) => named(name.split(|&byte| byte == 0).next().unwrap_or_default()),
            None => return Err(Errno::EINVAL),
        };
        Ok(self.link(found.ok_or(Errno::ENODEV)?, 0))
    }

    fn link(&self, interface: &Interface, flags: i32) -> Vec<u8> {
        let mut out = self.request.answer(abi::RTM_NEWLINK, flags, self.port);
        out.put(&[abi::AF_UNSPEC as u8, 0]);
        out.put(&interface.hardware_type.to_ne_bytes());
        out.put(&interface.index.to_ne_bytes());
        out.put(&interface.flags.to_ne_bytes());
        out.put(&0u32.to_ne_bytes());
        out.text(abi::IFLA_IFNAME, interface.name);
        out.number(abi::IFLA_TXQLEN, interface.queue_packets as u32);
        out.attribute(abi::IFLA_OPERSTATE, &[UNKNOWN]);
        out.attribute(abi::IFLA_LINKMODE, &[0]);
        out.number(abi::IFLA_MTU, interface.mtu_bytes as u32);
        out.number(abi::IFLA_GROUP, 0);
        out.number(abi::IFLA_PROMISCUITY, 0);
        out.number(abi::IFLA_NUM_TX_QUEUES, 1);
        out.number(abi::IFLA_NUM_RX_QUEUES, 1);
        out.attribute(abi::IFLA_CARRIER, &[1]);
        out.text(abi::IFLA_QDISC, "noqueue");
        out.attribute(abi::IFLA_ADDRESS, &interface.hardware_address);
        out.attribute(abi::IFLA_BROADCAST, &[0; 6]);
        let lo = &self.kernel.net.inet.loopback;
        let (bytes, packets) = (lo.bytes.load(Ordering::Relaxed), lo.packets.load(Ordering::Relaxed));
        // What was received was sent, packets and then bytes.
        let mut statistics = [0; STATISTICS];
        statistics[..4].copy_from_slice(&[packets, packets, bytes, bytes]);
        out.attribute(abi::IFLA_STATS64, &statistics.map(u64::to_ne_bytes).concat());
        let old = statistics.map(|figure| (figure as u32).to_ne_bytes());
        out.attribute(abi::IFLA_STATS, &old[..OLD_STATISTICS].concat());
        out.end()
    }
}
