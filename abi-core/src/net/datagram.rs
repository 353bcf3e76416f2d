//! Sending and receiving messages whose bounds are kept.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec;
use core::time::Duration;

use super::address::Address;
use super::inbox::{Along, Packet, Rights};
use super::marks::Marks;
use super::socket::{NO_INPUT, NO_OUTPUT, Patience, Phase, Socket};
use super::source::Source;
use crate::abi::{self, Errno, Result};
use crate::boundary::user::UserBufMut;
use crate::kernel::Context;

/// How many messages wait at a local socket (`/proc/sys/net/unix/max_dgram_qlen`).
pub(super) const MAX_MESSAGES: usize = 10;
/// What a message takes of the send buffer besides its bytes.
const OVERHEAD_BYTES: usize = 32;

/// A message that was received.
pub(super) struct Received {
    /// Its whole length.
    pub whole_bytes: usize,
    /// How many of its bytes were stored.
    pub stored_bytes: usize,
    /// Who sent it.
    pub from: Address,
    /// Where it was sent to.
    pub to: Address,
    /// What its head says besides.
    pub marks: Marks,
    /// When it arrived, if that was asked for in time.
    pub stamp: Option<Duration>,
    /// What came along.
    pub rights: Rights,
}

impl Socket {
    /// Puts a message into the queue of `to`; `EAGAIN` when it has to wait.
    fn deliver(self: &Arc<Self>, to: &Arc<Socket>, packet: &mut Option<Packet>) -> Result<()> {
        let mut state = to.state.lock();
        if state.phase == Phase::Closed {
            return Err(if self.is_connecting_kind() { Errno::EPIPE } else { Errno::ECONNREFUSED });
        }
        if state.shutdown & NO_INPUT != 0 {
            return Err(Errno::EPIPE);
        }
        // A connected socket hears its peer only.
        if !self.is_connecting_kind() && state.peer.as_ref().is_some_and(|peer| !Arc::ptr_eq(peer, self)) {
            return Err(Errno::EPERM);
        }
        let len = packet.as_ref().map_or(0, |packet| packet.bytes.len());
        let is_full = if self.is_connecting_kind() {
            !state.inbox.is_empty() && state.inbox.room() < len
        } else {
            state.inbox.packet_count() > MAX_MESSAGES
        };
        if is_full {
            return Err(Errno::EAGAIN);
        }
        if let Some(packet) = packet.take() {
            state.inbox.push_packet(packet);
        }
        drop(state);
        to.queue.notify();
        Ok(())
    }

    /// Sends one message to `to`, or to the peer.
    pub(super) fn send_packet(
        self: &Arc<Self>,
        cx: Context<'_>,
        source: &mut dyn Source,
        to: Option<&Address>,
        along: Along,
        flags: i32,
        patience: Patience,
    ) -> Result<usize> {
        if self.is_udp() {
            return self.send_udp(cx, source, to, along.wishes, flags);
        }
        if self.is_raw() {
            return self.send_raw(cx, source, to, along.wishes);
        }
        if self.is_netlink() {
            return self.send_netlink(cx, source, to, patience);
        }
        let target = match to.filter(|_| !self.is_connecting_kind()) {
            Some(address) => cx.kernel.net.family(self.domain)?.find(cx, self, address)?,
            None => self.packet_receiver()?,
        };
        let len = source.left();
        if len + OVERHEAD_BYTES > self.options.send_bytes() {
            return Err(Errno::EMSGSIZE);
        }
        let mut bytes: Box<[u8]> = vec![0; len].into();
        source.peek_all(&mut bytes)?;
        let from = {
            let state = self.state.lock();
            if state.shutdown & NO_OUTPUT != 0 {
                return Err(Errno::EPIPE);
            }
            state.local.clone()
        };
        let mut packet = Some(Packet {
            bytes,
            from,
            to: Address::Unnamed,
            marks: Marks::default(),
            stamp: target.stamp(),
            rights: along.rights,
        });
        // A sender of a connection is told by its peer, any other waits at the receiver.
        let queue = if self.is_connecting_kind() { &self.queue } else { &target.queue };
        let sent = Self::wait(queue, cx, patience, || self.deliver(&target, &mut packet));
        if sent == Err(Errno::ECONNREFUSED) && to.is_none() {
            self.change_peer(None, Address::Unnamed);
        }
        sent?;
        source.advance(len);
        Ok(len)
    }

    /// Sets whom messages without an address go to. What the old peer sent is lost, and it is told if it had this
    /// socket as its peer.
    pub(super) fn change_peer(self: &Arc<Self>, peer: Option<Arc<Socket>>, remote: Address) {
        let (old, lost) = {
            let mut state = self.state.lock();
            let is_same = match (&peer, &state.peer) {
                (Some(new), Some(old)) => Arc::ptr_eq(new, old),
                (_, old) => old.is_none(),
            };
            let lost = (!is_same).then(|| state.inbox.empty());
            state.remote = remote;
            (core::mem::replace(&mut state.peer, peer).filter(|_| !is_same), lost)
        };
        drop(lost);
        self.queue.notify();
        if let Some(old) = old {
            let mut state = old.state.lock();
            if state.peer.as_ref().is_some_and(|peer| Arc::ptr_eq(peer, self)) {
                state.error = Some(Errno::ECONNRESET);
            }
            drop(state);
            old.queue.notify();
        }
    }

    /// Returns whom messages without an address go to.
    fn packet_receiver(&self) -> Result<Arc<Socket>> {
        if self.is_connecting_kind() {
            return self.receiver();
        }
        let mut state = self.state.lock();
        if state.shutdown & NO_OUTPUT != 0 {
            return Err(Errno::EPIPE);
        }
        state.take_error()?;
        state.peer.clone().ok_or(Errno::ENOTCONN)
    }

    /// Moves or copies the first message out; `None` is the end.
    fn take_packet(&self, peeks: bool) -> Result<Option<Packet>> {
        if self.is_inet_datagram() {
            return self.take_datagram(peeks);
        }
        let mut state = self.state.lock();
        if self.is_connecting_kind() && state.phase != Phase::Connected {
            return Err(Errno::ENOTCONN);
        }
        let was_roomy = state.inbox.is_roomy() && state.inbox.packet_count() <= MAX_MESSAGES;
        let packet = if peeks { state.inbox.peek_packet() } else { state.inbox.pop_packet() };
        if packet.is_none() {
            state.take_error()?;
            return if state.shutdown & NO_INPUT != 0 { Ok(None) } else { Err(Errno::EAGAIN) };
        }
        let peer = state.peer.clone().filter(|_| self.is_connecting_kind());
        drop(state);
        match peer {
            Some(peer) => peer.queue.notify(),
            None if !was_roomy => self.queue.notify(),
            None => {}
        }
        Ok(packet)
    }

    /// Receives one message.
    pub(super) fn receive_packet(
        &self,
        cx: Context<'_>,
        sink: &mut UserBufMut,
        flags: i32,
        patience: Patience,
    ) -> Result<Received> {
        let peeks = flags & abi::MSG_PEEK != 0;
        let packet = Self::wait(&self.queue, cx, patience, || self.take_packet(peeks))?;
        // Without connections nothing has an end: who would not wait is not told of one.
        if packet.is_none() && !self.is_connecting_kind() && matches!(patience, Patience::None) {
            return Err(Errno::EAGAIN);
        }
        let Some(packet) = packet else {
            return Ok(Received {
                whole_bytes: 0,
                stored_bytes: 0,
                from: Address::Unnamed,
                to: Address::Unnamed,
                marks: Marks::default(),
                stamp: None,
                rights: Rights::new(),
            });
        };
        let stored_bytes = packet.bytes.len().min(sink.left());
        sink.put(&packet.bytes[..stored_bytes])?;
        Ok(Received {
            whole_bytes: packet.bytes.len(),
            stored_bytes,
            from: packet.from,
            to: packet.to,
            marks: packet.marks,
            stamp: self.stamp().map(|now| packet.stamp.unwrap_or(now)),
            rights: packet.rights,
        })
    }
}
