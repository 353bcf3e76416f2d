//! Datagrams of UDP, udp(7): each finds its receiver anew, and is lost where there is none or no room.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::net::SocketAddr;
use core::sync::atomic::Ordering;

use super::Family;
use super::address::Address;
use super::inbox::{Packet, Rights};
use super::inet;
use super::levels::{RECEIVE_COVERAGE, SEND_COVERAGE, UDP_CORK};
use super::marks::Wishes;
use super::socket::{NO_INPUT, NO_OUTPUT, Phase, Socket};
use super::source::Source;
use crate::abi::{self, Errno, Result};
use crate::kernel::Context;

/// The longest message: a packet of 64 KiB has heads of 8 bytes, and 20 for IPv4.
const MAX_BYTES: usize = 65_535 - 8 - 20;
const MAX_BYTES_V6: usize = 65_535 - 8;
/// What a message takes of the receive buffer besides its bytes.
const OVERHEAD_BYTES: usize = 512;
/// A message's own head.
const HEAD_BYTES: usize = 8;

/// A message that is not complete.
pub struct Corked {
    bytes: Vec<u8>,
    target: SocketAddr,
    is_connected: bool,
    /// What the first part's sender wished.
    wishes: Wishes,
}

impl Socket {
    /// connect(2): sets whom messages go to, and come from.
    pub(super) fn connect_datagram(self: &Arc<Self>, cx: Context<'_>, to: Option<Address>) -> Result<()> {
        let family = cx.kernel.net.family(self.domain)?;
        let Some(to) = to else {
            let bound = {
                let mut state = self.state.lock();
                state.remote = Address::Unnamed;
                if let Some(bound) = state.bound {
                    state.local = Address::Inet(bound);
                }
                state.bound
            };
            if bound.is_none() {
                family.unbind(self);
            }
            return Ok(());
        };
        family.check_route(self, &to)?;
        family.settle(cx, self)?;
        let mut to = to.inet().ok_or(Errno::EINVAL)?;
        to.set_ip(inet::target(to.ip()));
        let mut state = self.state.lock();
        if let Some(local) = state.local.inet() {
            state.local = Address::Inet((inet::source(local.ip(), to.ip()), local.port()).into());
        }
        state.remote = Address::Inet(to);
        Ok(())
    }

    /// Sends one message to `to`, or to whom it is connected; with `MSG_MORE`, or `UDP_CORK` on, it is kept until one
    /// without adds the rest.
    pub(super) fn send_udp(
        self: &Arc<Self>,
        cx: Context<'_>,
        source: &mut dyn Source,
        to: Option<&Address>,
        wishes: Wishes,
        flags: i32,
    ) -> Result<usize> {
        let family = cx.kernel.net.family(self.domain)?;
        family.settle(cx, self)?;
        let len = source.left();
        if len > 0xffff {
            return Err(Errno::EMSGSIZE);
        }
        // What more is added to goes where its first part was to go.
        let corked = self.state.lock().corked.take();
        let mut whole = match corked {
            Some(corked) => corked,
            None => self.start_datagram(family, to, wishes)?,
        };
        let bytes = &mut whole.bytes;
        let (before, most) = (bytes.len(), if whole.target.is_ipv4() { MAX_BYTES } else { MAX_BYTES_V6 });
        if before + len > most {
            return Err(Errno::EMSGSIZE);
        }
        bytes.resize(before + len, 0);
        let peeked = source.peek_all(&mut bytes[before..]);
        let is_more = flags & abi::MSG_MORE != 0 || self.options.value(abi::IPPROTO_UDP, UDP_CORK) != 0;
        if peeked.is_err() && before > 0 || peeked.is_ok() && is_more {
            bytes.truncate(before + if peeked.is_ok() { len } else { 0 });
            self.state.lock().corked = Some(whole);
            peeked?;
        } else {
            peeked?;
            self.send_datagram(cx, family, whole)?;
        }
        source.advance(len);
        Ok(len)
    }

    /// Finds where a message is to go.
    fn start_datagram(&self, family: &dyn Family, to: Option<&Address>, wishes: Wishes) -> Result<Corked> {
        let is_connected = {
            let state = self.state.lock();
            to.is_none() && state.remote != Address::Unnamed
        };
        let to = match to {
            Some(to) => to.clone(),
            None => self.state.lock().remote.clone(),
        };
        let mut target = to.inet().ok_or(Errno::EDESTADDRREQ)?;
        if target.port() == 0 {
            return Err(Errno::EINVAL);
        }
        family.check_route(self, &to)?;
        target.set_ip(inet::target(target.ip()));
        Ok(Corked { bytes: Vec::new(), target, is_connected, wishes })
    }

    fn send_datagram(self: &Arc<Self>, cx: Context<'_>, family: &dyn Family, whole: Corked) -> Result<()> {
        let Corked { bytes, target, is_connected, wishes } = whole;
        let marks = self.marks(target, wishes);
        let coverage = self.coverage_of(bytes.len());
        let from = {
            let mut state = self.state.lock();
            state.take_error()?;
            if state.shutdown & NO_OUTPUT != 0 {
                return Err(Errno::EPIPE);
            }
            let local = state.local.inet().ok_or(Errno::EINVAL)?;
            let sends_by =
                state.sends_by.filter(|ip| target.ip().is_multicast() && ip.is_ipv4() == target.is_ipv4());
            let ip = sends_by.filter(|_| local.ip().is_unspecified());
            SocketAddr::from((ip.unwrap_or_else(|| inet::source(local.ip(), target.ip())), local.port()))
        };
        cx.kernel.net.inet.loopback.count(bytes.len());
        let packet = |bytes| Packet {
            bytes,
            from: Address::Inet(from),
            to: Address::Inet(target),
            marks,
            stamp: None,
            rights: Rights::new(),
        };
        if target.ip().is_multicast() {
            for member in cx.kernel.net.inet.members(self, from, target) {
                member.receive_datagram(packet(bytes.as_slice().into()), coverage);
            }
            return Ok(());
        }
        match family.find(cx, self, &Address::Inet(target)) {
            Ok(receiver) => {
                receiver.receive_datagram(packet(bytes.into()), coverage);
            }
            Err(_) => self.report_unreachable(&bytes, target, is_connected),
        }
        Ok(())
    }

    /// `UDP_CORK` was set: if it is off, what waited for more is sent.
    pub(super) fn uncork(self: &Arc<Self>, cx: Context<'_>) -> Result<()> {
        if self.options.value(abi::IPPROTO_UDP, UDP_CORK) != 0 {
            return Ok(());
        }
        let corked = self.state.lock().corked.take();
        match corked {
            Some(corked) => self.send_datagram(cx, cx.kernel.net.family(self.domain)?, corked),
            None => Ok(()),
        }
    }

    /// Returns how much of a message of so many bytes its checksum covers, if not all.
    fn coverage_of(&self, len_bytes: usize) -> Option<i32> {
        let covered = self.options.value(abi::IPPROTO_UDP, SEND_COVERAGE);
        (covered > 0 && (covered as usize) < len_bytes + HEAD_BYTES).then_some(covered)
    }

    /// Tells whether a message is covered as the socket wants it.
    fn is_covered(&self, coverage: Option<i32>) -> bool {
        let least = self.options.value(abi::IPPROTO_UDP, RECEIVE_COVERAGE);
        let wants_some = self.options.has_coverage.load(Ordering::Relaxed);
        coverage.is_none_or(|covered| !wants_some || least > 0 && covered >= least)
    }

    pub(super) fn receive_datagram(&self, mut packet: Packet, coverage: Option<i32>) {
        {
            let is_covered = self.is_covered(coverage);
            let mut state = self.state.lock();
            let used = state.inbox.len_bytes() + state.inbox.packet_count() * OVERHEAD_BYTES;
            if state.phase == Phase::Closed || used > self.options.receive_bytes() || !is_covered {
                state.drops += 1;
                return;
            }
            packet.stamp = self.stamp();
            state.inbox.push_packet(packet);
        }
        self.queue.notify();
    }

    /// Moves or copies the first message out; `None` is the end.
    pub(super) fn take_datagram(&self, peeks: bool) -> Result<Option<Packet>> {
        let mut state = self.state.lock();
        state.take_error()?;
        let packet = if peeks { state.inbox.peek_packet() } else { state.inbox.pop_packet() };
        if packet.is_none() && state.shutdown & NO_INPUT == 0 {
            return Err(Errno::EAGAIN);
        }
        Ok(packet)
    }

    /// shutdown(2)
    pub(super) fn shut_down_datagram(&self, sides: u8) -> Result<()> {
        let is_connected = {
            let mut state = self.state.lock();
            state.shutdown |= sides;
            state.remote != Address::Unnamed
        };
        self.queue.notify();
        if is_connected { Ok(()) } else { Err(Errno::ENOTCONN) }
    }

    /// Returns what poll(2) says.
    pub(super) fn ready_datagram(&self) -> i16 {
        const INPUT: i16 = abi::POLLIN | abi::POLLRDNORM;
        let state = self.state.lock();
        let mut events = abi::POLLOUT | abi::POLLWRNORM | abi::POLLWRBAND;
        if state.error.is_some() || !state.reports.is_empty() {
            events |= abi::POLLERR;
        }
        if !state.inbox.is_empty() {
            events |= INPUT;
        }
        if state.shutdown & NO_INPUT != 0 {
            events |= INPUT | abi::POLLRDHUP;
        }
        if state.shutdown == NO_INPUT | NO_OUTPUT {
            events |= abi::POLLHUP;
        }
        events
    }
}
