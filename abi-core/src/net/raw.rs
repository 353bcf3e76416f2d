//! Raw sockets of ICMP, raw(7), icmp(7): they hear what goes over the loopback interface, where the machine answers echo
//! requests (RFC 792, RFC 4443).
//!
//! Of other protocols there are no packets to hear: nothing is cut into any.

use alloc::sync::{Arc, Weak};
use alloc::vec;
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};
use core::sync::atomic::{AtomicU16, Ordering};

use super::Family;
use super::address::Address;
use super::inbox::{Packet, Rights};
use super::inet;
use super::marks::{Marks, Wishes};
use super::options::give;
use super::socket::{Phase, Socket};
use super::source::Source;
use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserPtr, copy_in};
use crate::kernel::Context;
use crate::sync::Mutex;

/// `struct iphdr` without options.
const HEAD_BYTES: usize = 20;
/// The longest packet.
const MAX_BYTES: usize = 65_535;
/// What a message about an echo begins with: type, code, checksum, identifier, sequence number.
const ECHO_HEAD_BYTES: usize = 8;
/// Where a message's checksum is.
const CHECKSUM: core::ops::Range<usize> = 2..4;

const ECHO: u8 = 8;
const ECHO_REPLY: u8 = 0;
const ECHO_V6: u8 = 128;
const ECHO_REPLY_V6: u8 = 129;

/// How far what the machine itself sends may go.
const OWN_HOPS: u8 = 64;
/// `IP_DF`, in a head's third half-word but two.
const DO_NOT_FRAGMENT: u16 = 0x4000;
/// `IP_PMTUDISC_WANT` to `IP_PMTUDISC_PROBE`: packets are sent whole.
const WHOLE: core::ops::RangeInclusive<i32> = 1..=3;

/// `SOL_RAW`; `ICMP_FILTER`, `IPV6_CHECKSUM`
const SOL_RAW: i32 = 255;
const ICMP_FILTER: i32 = 1;
const IPV6_CHECKSUM: i32 = 7;
/// `ICMP6_FILTER`, of the level `IPPROTO_ICMPV6`
const ICMP6_FILTER: i32 = 1;

/// The types of messages that a socket does not hear, a bit each.
pub type Filter = [u32; 8];

/// The raw sockets of the machine.
pub struct Listeners(Mutex<Vec<Weak<Socket>>>);

impl Listeners {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    pub(super) fn add(&self, socket: &Arc<Socket>) {
        let mut all = self.0.lock();
        all.retain(|socket| socket.strong_count() > 0);
        all.push(Arc::downgrade(socket));
    }

    /// Returns those there are.
    pub fn sockets(&self) -> Vec<Arc<Socket>> {
        self.0.lock().iter().filter_map(Weak::upgrade).collect()
    }

    /// Gives a message to those whom it is for.
    fn hear(&self, message: &Message) {
        for socket in self.sockets() {
            if socket.hears_message(message) {
                socket.receive_datagram(message.packet(), None);
            }
        }
    }
}

/// A message of ICMP.
struct Message {
    bytes: Vec<u8>,
    from: IpAddr,
    to: IpAddr,
    marks: Marks,
    /// The head's identification and flags.
    fragment: (u16, u16),
}

/// Returns a filter as the program has it.
fn filter_bytes(filter: &Filter) -> Vec<u8> {
    filter.iter().flat_map(|word| word.to_ne_bytes()).collect()
}

/// Adds up half-words in network order (RFC 1071).
fn sum(bytes: &[u8]) -> u32 {
    let word = |pair: &[u8]| u32::from(u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or(0)]));
    bytes.chunks(2).map(word).sum()
}

/// Folds a sum and takes its complement.
fn checksum(sum: u32) -> u16 {
    let folded = (sum & 0xffff) + (sum >> 16);
    !((folded & 0xffff) + (folded >> 16)) as u16
}

impl Message {
    /// Returns the checksum over the message as it is: 0 if the one within is right.
    fn checksum(&self) -> u16 {
        let pseudo = match (self.from, self.to) {
            (IpAddr::V6(from), IpAddr::V6(to)) => {
                let rest = self.bytes.len() as u32 + abi::IPPROTO_ICMPV6 as u32;
                sum(&from.octets()) + sum(&to.octets()) + rest
            }
            _ => 0,
        };
        checksum(pseudo + sum(&self.bytes))
    }

    /// Stores the right checksum.
    fn seal(&mut self) {
        self.bytes[CHECKSUM].fill(0);
        let checksum = self.checksum();
        self.bytes[CHECKSUM].copy_from_slice(&checksum.to_be_bytes());
    }

    /// Returns what the machine answers.
    fn answer(&self) -> Option<Self> {
        /// Numbers of packets that may be parted.
        static NEXT: AtomicU16 = AtomicU16::new(1);
        let reply = match (self.to, *self.bytes.first()?) {
            (IpAddr::V4(_), ECHO) => ECHO_REPLY,
            (IpAddr::V6(_), ECHO_V6) => ECHO_REPLY_V6,
            _ => return None,
        };
        if self.bytes.len() < ECHO_HEAD_BYTES || self.checksum() != 0 {
            return None;
        }
        let mut answer = Self {
            bytes: self.bytes.clone(),
            from: self.to,
            to: self.from,
            marks: Marks { hops: OWN_HOPS, ..self.marks },
            fragment: (NEXT.fetch_add(1, Ordering::Relaxed), 0),
        };
        answer.bytes[0] = reply;
        answer.seal();
        Some(answer)
    }

    /// Returns what a socket receives: of IPv4 the head, too.
    fn packet(&self) -> Packet {
        let mut bytes = Vec::with_capacity(HEAD_BYTES + self.bytes.len());
        if let (IpAddr::V4(from), IpAddr::V4(to)) = (self.from, self.to) {
            let mut half = |number: u16| bytes.extend(number.to_be_bytes());
            // Version 4, five words; the checksum is filled in below.
            half(0x4500 | u16::from(self.marks.class));
            half((HEAD_BYTES + self.bytes.len()) as u16);
            half(self.fragment.0);
            half(self.fragment.1);
            half(u16::from(self.marks.hops) << 8 | abi::IPPROTO_ICMP as u16);
            half(0);
            bytes.extend(from.octets());
            bytes.extend(to.octets());
            let checksum = checksum(sum(&bytes));
            bytes[10..12].copy_from_slice(&checksum.to_be_bytes());
        }
        bytes.extend(&self.bytes);
        Packet {
            bytes: bytes.into(),
            from: Address::Inet((self.from, 0).into()),
            to: Address::Inet((self.to, 0).into()),
            marks: self.marks,
            stamp: None,
            rights: Rights::new(),
        }
    }
}

impl Socket {
    /// Returns the address of one that was not bound: none, with the protocol for a port.
    pub(super) fn raw_name(&self) -> SocketAddr {
        (inet::any(self.domain), self.protocol as u16).into()
    }

    /// bind(2): only what is sent to this address is heard.
    pub(super) fn bind_raw(&self, address: IpAddr) -> Result<()> {
        let mut state = self.state.lock();
        if state.remote != Address::Unnamed {
            return Err(Errno::EINVAL);
        }
        let name = (address, self.protocol as u16).into();
        state.local = Address::Inet(name);
        state.bound = Some(name);
        Ok(())
    }

    /// Sends one message, for which the machine fills in what comes before it; shutdown(2) does not keep it from that.
    pub(super) fn send_raw(
        self: &Arc<Self>,
        cx: Context<'_>,
        source: &mut dyn Source,
        to: Option<&Address>,
        wishes: Wishes,
    ) -> Result<usize> {
        let len = source.left();
        let (local, remote) = {
            let state = self.state.lock();
            (state.local.inet().ok_or(Errno::EINVAL)?, state.remote.clone())
        };
        let to = to.unwrap_or(&remote);
        let mut target = to.inet().ok_or(Errno::EDESTADDRREQ)?;
        let is_v6 = self.domain == abi::AF_INET6;
        if is_v6 && to != &remote && !matches!(i32::from(target.port()), 0 | abi::IPPROTO_ICMPV6) {
            return Err(Errno::EINVAL);
        }
        cx.kernel.net.inet.check_route(self, to)?;
        target.set_ip(inet::target(target.ip()));
        let most = if is_v6 { MAX_BYTES } else { MAX_BYTES - HEAD_BYTES };
        match len {
            // Type and code are looked at first.
            0..2 => return Err(Errno::EFAULT),
            // The checksum has to be there.
            2..4 if is_v6 => return Err(Errno::EINVAL),
            _ if len > most => return Err(Errno::EMSGSIZE),
            _ => {}
        }
        let mut bytes = vec![0; len];
        source.peek_all(&mut bytes)?;
        let is_whole = WHOLE.contains(&self.options.value(abi::IPPROTO_IP, abi::IP_MTU_DISCOVER));
        let mut message = Message {
            bytes,
            from: inet::source(local.ip(), target.ip()),
            to: target.ip(),
            marks: self.marks(target, wishes),
            fragment: (0, if is_whole { DO_NOT_FRAGMENT } else { 0 }),
        };
        if is_v6 {
            message.seal();
        }
        let inet = &cx.kernel.net.inet;
        for message in [message.answer(), Some(message)].into_iter().rev().flatten() {
            inet.loopback.count(message.bytes.len());
            inet.raw.hear(&message);
        }
        source.advance(len);
        Ok(len)
    }

    /// Tells whether a message is for this socket.
    fn hears_message(&self, message: &Message) -> bool {
        let of_socket = if message.to.is_ipv4() { abi::IPPROTO_ICMP } else { abi::IPPROTO_ICMPV6 };
        let least = if message.to.is_ipv4() { ECHO_HEAD_BYTES } else { CHECKSUM.end };
        if self.protocol != of_socket || message.bytes.len() < least {
            return false;
        }
        let state = self.state.lock();
        let is_one = |address: &Address, ip| {
            address.inet().is_none_or(|own| own.ip() == ip || own.ip().is_unspecified())
        };
        let kind = message.bytes[0];
        // Of IPv4 there is a bit for the first types only.
        let is_filtered = state.raw_filter[usize::from(kind / 32)] & 1 << (kind % 32) != 0;
        state.phase != Phase::Closed
            && is_one(&state.local, message.to)
            && is_one(&state.remote, message.from)
            && !is_filtered
    }

    /// Returns how many bytes of the filter an option of this socket is, if it is the filter.
    fn filter_option(&self, level: i32, name: i32) -> Option<usize> {
        match (self.protocol, level, name) {
            _ if !self.is_raw() => None,
            (abi::IPPROTO_ICMP, SOL_RAW, ICMP_FILTER) => Some(size_of::<u32>()),
            (abi::IPPROTO_ICMPV6, abi::IPPROTO_ICMPV6, ICMP6_FILTER) => Some(size_of::<Filter>()),
            _ => None,
        }
    }

    /// setsockopt(2) of what only raw sockets have; `None` if it is not of that.
    pub(super) fn set_raw_option(
        &self,
        level: i32,
        name: i32,
        value: usize,
        len: usize,
    ) -> Option<Result<()>> {
        if self.is_raw() && (self.protocol, level, name) == (abi::IPPROTO_ICMPV6, SOL_RAW, IPV6_CHECKSUM) {
            // It has its place, whatever is said.
            return Some(UserPtr::<i32>::new(value).read().map(drop));
        }
        let len = len.min(self.filter_option(level, name)?);
        let mut bytes = filter_bytes(&self.state.lock().raw_filter);
        Some(copy_in(&mut bytes[..len], value).map(|()| {
            let words = bytes.as_chunks().0.iter().map(|word| u32::from_ne_bytes(*word));
            self.state.lock().raw_filter.iter_mut().zip(words).for_each(|(old, new)| *old = new);
        }))
    }

    /// getsockopt(2) of what only raw sockets have; `None` if it is not of that.
    pub(super) fn raw_option(
        &self,
        level: i32,
        name: i32,
        value: usize,
        len: UserPtr<u32>,
    ) -> Option<Result<()>> {
        let whole = self.filter_option(level, name)?;
        let bytes = filter_bytes(&self.state.lock().raw_filter);
        Some(give(value, len, &bytes[..whole]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(from: IpAddr, to: IpAddr, kind: u8) -> Message {
        let bytes = vec![kind, 0, 0, 0, 0x12, 0x34, 0, 1, b'a', b'b', b'c'];
        let mut message = Message { bytes, from, to, marks: Marks::default(), fragment: (0, 0) };
        message.seal();
        message
    }

    #[test]
    fn echo_requests_are_answered_where_their_checksum_is_right() {
        let (four, six) = ([127, 0, 0, 1].into(), core::net::Ipv6Addr::LOCALHOST.into());
        for (ip, kind, reply) in [(four, ECHO, ECHO_REPLY), (six, ECHO_V6, ECHO_REPLY_V6)] {
            let mut message = request(ip, ip, kind);
            assert_eq!(message.checksum(), 0);
            let answer = message.answer().expect("an answer");
            assert_eq!((answer.bytes[0], &answer.bytes[4..]), (reply, &message.bytes[4..]));
            assert_eq!(answer.checksum(), 0);
            message.bytes[9] ^= 1;
            assert!(message.answer().is_none());
            assert!(answer.answer().is_none());
        }
    }

    #[test]
    fn the_checksum_is_that_of_rfc_1071() {
        assert_eq!(checksum(sum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7])), !0xddf2);
    }
}
