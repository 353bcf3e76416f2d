//! `NETLINK_ROUTE`, rtnetlink(7): which questions about interfaces, their addresses and routes are answered.
//!
//! Nothing can be changed, so what asks for that is answered as where Linux has nothing that could do it.

use alloc::vec::Vec;
use core::net::IpAddr;

use super::wire::Request;
use crate::abi::{self, Errno, Result};
use crate::kernel::Kernel;
use crate::net::interface::Interface;

/// What an answer is made of.
pub(super) struct Answer<'a> {
    /// Where what is asked for is known.
    pub kernel: &'a Kernel,
    /// The question.
    pub request: &'a Request<'a>,
    /// The port that asked.
    pub port: u32,
    /// Whether the question is to be read to the letter (`NETLINK_GET_STRICT_CHK`).
    pub is_strict: bool,
}

/// The messages of an answer in parts.
#[derive(Default)]
pub(super) struct Dump {
    /// Each with its end.
    pub messages: Vec<Vec<u8>>,
    /// Whether it leaves out what was not asked for.
    pub is_filtered: bool,
    /// Why it is not what was asked for.
    pub error: Option<Errno>,
}

impl Dump {
    /// Makes the answer to a question for what there is not.
    pub(super) fn of_none(error: Errno) -> Self {
        Self { messages: Vec::new(), is_filtered: true, error: Some(error) }
    }
}

/// Which addresses or routes are asked for.
#[derive(Default)]
pub(super) struct Filter {
    /// `AF_INET`, `AF_INET6`, or any other for both.
    pub family: i32,
    /// The interface's number.
    pub index: Option<u32>,
    /// The table of routes.
    pub table: Option<u32>,
    /// `RTPROT_KERNEL` and its like.
    pub protocol: Option<u8>,
    /// `RTN_LOCAL` and its like.
    pub kind: Option<u8>,
}

/// Returns the family of an address.
pub(super) fn family_of(ip: IpAddr) -> i32 {
    if ip.is_ipv4() { abi::AF_INET } else { abi::AF_INET6 }
}

/// Returns an address as messages have it.
pub(super) fn octets(ip: IpAddr) -> Vec<u8> {
    match ip {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    }
}

/// Reads an address.
pub(super) fn read_ip(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(four.into());
    }
    <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from)
}

impl Answer<'_> {
    /// Returns the family that the question names.
    pub(super) fn family(&self) -> i32 {
        self.request.body.first().map_or(abi::AF_UNSPEC, |family| i32::from(*family))
    }

    /// Returns the head of the question's kind and what follows it, where it is whole.
    pub(super) fn parts(&self, head_bytes: usize) -> Result<(&[u8], &[u8])> {
        self.request.body.split_at_checked(head_bytes).ok_or(Errno::EINVAL)
    }

    /// Answers a question about all there is of something; `None` where there is no such answer.
    pub(super) fn dump(&self) -> Option<Dump> {
        let dump = match self.request.kind {
            abi::RTM_GETLINK => self.links(),
            abi::RTM_GETADDR => self.addresses(),
            abi::RTM_GETROUTE => self.routes(),
            // There are no neighbours on the loopback interface.
            abi::RTM_GETNEIGH => Ok(Dump::default()),
            _ => return None,
        };
        Some(dump.unwrap_or_else(|error| Dump { error: Some(error), ..Dump::default() }))
    }

    /// Answers a question about one thing.
    pub(super) fn one(&self) -> Result<Vec<u8>> {
        match (self.request.kind, self.family()) {
            (abi::RTM_GETLINK, _) => self.one_link(),
            (abi::RTM_GETADDR, abi::AF_INET6) => self.one_address(),
            (abi::RTM_GETROUTE, abi::AF_INET | abi::AF_INET6) => self.one_route(),
            _ => Err(Errno::EOPNOTSUPP),
        }
    }
}

impl Filter {
    /// Tells whether it leaves out anything but families.
    pub(super) fn is_filtering(&self) -> bool {
        self.index.is_some() || self.table.is_some() || self.protocol.is_some() || self.kind.is_some()
    }

    /// Returns the flags of the messages that pass.
    pub(super) fn flags(&self) -> i32 {
        abi::NLM_F_MULTI | if self.is_filtering() { abi::NLM_F_DUMP_FILTERED } else { 0 }
    }

    /// Tells whether a family is asked for; one that there is not is all of them.
    pub(super) fn is_of(&self, family: i32) -> bool {
        self.family == family || !matches!(self.family, abi::AF_INET | abi::AF_INET6)
    }

    /// Tells whether an interface is asked for.
    pub(super) fn is_about(&self, interface: &Interface) -> bool {
        self.index.is_none_or(|index| index == interface.index as u32)
    }
}
