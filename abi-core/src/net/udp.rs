//! Datagrams of UDP, udp(7): each finds its receiver anew, and is lost where there is none or no room.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec;

use super::address::Address;
use super::inbox::{Packet, Rights};
use super::inet;
use super::socket::{NO_INPUT, NO_OUTPUT, Phase, Socket};
use super::vectors::Source;
use crate::abi::{self, Errno, Result};
use crate::kernel::Context;

/// The longest message: a packet of 64 KiB has heads of 8 bytes, and 20 for IPv4.
const MAX_BYTES: usize = 65_535 - 8 - 20;
const MAX_BYTES_V6: usize = 65_535 - 8;
/// What a message takes of the receive buffer besides its bytes.
const OVERHEAD_BYTES: usize = 512;

impl Socket {
    /// connect(2): sets whom messages go to, and come from.
    pub(super) fn connect_udp(self: &Arc<Self>, cx: Context<'_>, to: Option<Address>) -> Result<()> {
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

    /// Sends one message to `to`, or to whom it is connected.
    pub(super) fn send_udp(
        self: &Arc<Self>,
        cx: Context<'_>,
        source: &mut dyn Source,
        to: Option<&Address>,
    ) -> Result<usize> {
        let family = cx.kernel.net.family(self.domain)?;
        family.settle(cx, self)?;
        let len = source.left();
        if len > 0xffff {
            return Err(Errno::EMSGSIZE);
        }
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
        if len > if target.is_ipv4() { MAX_BYTES } else { MAX_BYTES_V6 } {
            return Err(Errno::EMSGSIZE);
        }
        let mut bytes: Box<[u8]> = vec![0; len].into();
        source.peek(&mut bytes)?;
        let from = {
            let mut state = self.state.lock();
            state.take_error()?;
            if state.shutdown & NO_OUTPUT != 0 {
                return Err(Errno::EPIPE);
            }
            let local = state.local.inet().ok_or(Errno::EINVAL)?;
            Address::Inet((inet::source(local.ip(), target.ip()), local.port()).into())
        };
        cx.kernel.net.inet.loopback.count(len);
        match family.find(cx, self, &Address::Inet(target)) {
            Ok(receiver) => {
                receiver.receive_udp(Packet {
                    bytes,
                    from,
                    to: Address::Inet(target),
                    rights: Rights::new(),
                });
            }
            // The answer that nobody is there reaches those who are connected.
            Err(_) if is_connected => {
                self.state.lock().error = Some(Errno::ECONNREFUSED);
                self.queue.notify();
            }
            Err(_) => {}
        }
        source.advance(len);
        Ok(len)
    }

    fn receive_udp(&self, packet: Packet) {
        {
            let mut state = self.state.lock();
            let used = state.inbox.len_bytes() + state.inbox.packet_count() * OVERHEAD_BYTES;
            if state.phase == Phase::Closed || used > self.options.receive_bytes() {
                state.drops += 1;
                return;
            }
            state.inbox.push_packet(packet);
        }
        self.queue.notify();
    }

    /// Moves or copies the first message out; `None` is the end.
    pub(super) fn take_udp(&self, peeks: bool) -> Result<Option<Packet>> {
        let mut state = self.state.lock();
        state.take_error()?;
        let packet = if peeks { state.inbox.peek_packet() } else { state.inbox.pop_packet() };
        if packet.is_none() && state.shutdown & NO_INPUT == 0 {
            return Err(Errno::EAGAIN);
        }
        Ok(packet)
    }

    /// shutdown(2)
    pub(super) fn shut_down_udp(&self, sides: u8) -> Result<()> {
        let is_connected = {
            let mut state = self.state.lock();
            state.shutdown |= sides;
            state.remote != Address::Unnamed
        };
        self.queue.notify();
        if is_connected { Ok(()) } else { Err(Errno::ENOTCONN) }
    }

    /// Returns what poll(2) says.
    pub(super) fn ready_udp(&self) -> i16 {
        const INPUT: i16 = abi::POLLIN | abi::POLLRDNORM;
        let state = self.state.lock();
        let mut events = abi::POLLOUT | abi::POLLWRNORM | abi::POLLWRBAND;
        if state.error.is_some() {
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
