//! bind(2), listen(2), connect(2) and accept(2).

use alloc::sync::Arc;

use super::address::Address;
use super::datagram::MAX_MESSAGES;
use super::socket::{NO_INPUT, Patience, Phase, Socket};
use crate::abi::{self, Errno, Result};
use crate::kernel::Context;

/// The longest queue of connections (`/proc/sys/net/core/somaxconn`).
pub(super) const SOMAXCONN: usize = 4096;

impl Socket {
    /// listen(2)
    pub(super) fn listen(self: &Arc<Self>, cx: Context<'_>, backlog: i32) -> Result<()> {
        let family = cx.kernel.net.family(self.domain)?;
        if !self.is_connecting_kind() {
            return Err(Errno::EOPNOTSUPP);
        }
        let phase = self.state.lock().phase;
        if phase == Phase::Idle {
            family.open(cx, self)?;
        }
        let mut state = self.state.lock();
        let is_unnamed = state.local == Address::Unnamed;
        if is_unnamed || !matches!(state.phase, Phase::Idle | Phase::Listening) {
            return Err(Errno::EINVAL);
        }
        state.phase = Phase::Listening;
        if self.is_tcp() {
            state.shutdown = 0;
        }
        state.backlog_max = (backlog as u32 as usize).min(SOMAXCONN);
        drop(state);
        self.queue.notify();
        if self.is_tcp() {
            cx.kernel.net.inet.listeners.notify();
        }
        self.admit_next(family);
        Ok(())
    }

    /// connect(2)
    pub(super) fn connect(
        self: &Arc<Self>,
        cx: Context<'_>,
        to: Option<Address>,
        patience: Patience,
    ) -> Result<()> {
        match self.protocol {
            _ if self.is_netlink() => return self.connect_netlink(cx, to),
            abi::IPPROTO_TCP => return self.connect_tcp(cx, to, patience),
            _ if self.is_inet_datagram() => return self.connect_datagram(cx, to),
            _ => {}
        }
        let family = cx.kernel.net.family(self.domain)?;
        if !self.is_connecting_kind() {
            // No address, or none in it, ends what an earlier call set.
            let peer = match to.filter(|to| *to != Address::Unnamed) {
                Some(to) => Some((family.find(cx, self, &to)?, to)),
                None => None,
            };
            if let Some((peer, _)) = &peer
                && !Arc::ptr_eq(peer, self)
                && peer.state.lock().peer.as_ref().is_some_and(|other| !Arc::ptr_eq(other, self))
            {
                return Err(Errno::EPERM);
            }
            let (peer, remote) = match peer {
                Some((peer, to)) => (Some(peer), to),
                None => (None, Address::Unnamed),
            };
            self.change_peer(peer, remote);
            return Ok(());
        }
        match self.state.lock().phase {
            Phase::Idle => {}
            Phase::Connected => return Err(Errno::EISCONN),
            _ => return Err(Errno::EINVAL),
        }
        let listener = family.find(cx, self, &to.ok_or(Errno::EINVAL)?)?;
        let child = Socket::new(self.domain, self.kind, self.protocol);
        child.options.copy_from(&listener.options);
        let (local, at) = (self.state.lock().local.clone(), listener.state.lock().local.clone());
        {
            let mut state = child.state.lock();
            state.local = at.clone();
            state.remote = local;
        }
        Self::wait(&listener.queue, cx, patience, || self.queue_up(&listener, &child))?;
        {
            let mut state = self.state.lock();
            state.remote = at;
        }
        self.queue.notify();
        listener.queue.notify();
        Ok(())
    }

    /// Joins this socket to `child`, which waits to be accepted; `EAGAIN` when there is no place.
    fn queue_up(self: &Arc<Self>, listener: &Arc<Socket>, child: &Arc<Socket>) -> Result<()> {
        let mut state = listener.state.lock();
        if state.phase != Phase::Listening || state.shutdown & NO_INPUT != 0 {
            return Err(Errno::ECONNREFUSED);
        }
        if state.backlog.len() > state.backlog_max {
            return Err(Errno::EAGAIN);
        }
        // Nobody holds a connecting socket's lock while taking a listener's.
        if self.state.lock().phase != Phase::Idle {
            return Err(Errno::EISCONN);
        }
        Socket::join(self, child);
        state.backlog.push_back(child.clone());
        Ok(())
    }

    /// Takes the first connection that waits.
    fn take_connection(&self) -> Result<Arc<Socket>> {
        let mut state = self.state.lock();
        if state.phase != Phase::Listening || state.shutdown & NO_INPUT != 0 {
            return Err(Errno::EINVAL);
        }
        state.admit_due();
        let child = state.backlog.pop_front().ok_or(Errno::EAGAIN)?;
        let had_no_place = state.backlog.len() >= state.backlog_max;
        drop(state);
        if had_no_place {
            self.queue.notify();
        }
        Ok(child)
    }

    /// accept(2)
    pub(super) fn accept(self: &Arc<Self>, cx: Context<'_>, patience: Patience) -> Result<Arc<Socket>> {
        if !self.is_connecting_kind() {
            return Err(Errno::EOPNOTSUPP);
        }
        let child = loop {
            let due = self.next_due();
            let until = match (patience, due) {
                (Patience::Until(limit), Some(due)) if limit.is_none_or(|limit| due < limit) => {
                    Patience::Until(Some(due))
                }
                _ => patience,
            };
            // When the next one is due may change meanwhile, and that time is no limit of the call.
            let taken = Self::wait(&self.queue, cx, until, || match self.take_connection() {
                Err(Errno::EAGAIN) if self.next_due() != due => Ok(None),
                other => other.map(Some),
            });
            if let Some(child) = taken? {
                break child;
            }
        };
        self.admit_next(cx.kernel.net.family(self.domain)?);
        Ok(child)
    }

    /// Returns what poll(2) says.
    pub(super) fn ready(&self) -> i16 {
        match self.protocol {
            abi::IPPROTO_TCP => return self.ready_tcp(),
            _ if self.is_inet_datagram() => return self.ready_datagram(),
            _ => {}
        }
        const INPUT: i16 = abi::POLLIN | abi::POLLRDNORM;
        const OUTPUT: i16 = abi::POLLOUT | abi::POLLWRNORM | abi::POLLWRBAND;
        let state = self.state.lock();
        if state.phase == Phase::Listening {
            return if state.backlog.is_empty() { 0 } else { INPUT };
        }
        let mut events = if state.inbox.is_empty() { 0 } else { INPUT };
        if state.out_of_band.has_marks() {
            events |= INPUT;
        }
        if state.out_of_band.is_waiting() {
            events |= abi::POLLPRI;
        }
        if state.error.is_some() {
            events |= abi::POLLERR;
        }
        if state.shutdown & NO_INPUT != 0 {
            events |= INPUT | abi::POLLRDHUP;
        }
        if state.shutdown == NO_INPUT | super::socket::NO_OUTPUT
            || (self.is_connecting_kind() && state.phase != Phase::Connected)
        {
            events |= abi::POLLHUP;
        }
        let peer = state.peer.clone();
        drop(state);
        let is_writable = peer.is_none_or(|peer| {
            let state = peer.state.lock();
            if self.is_connecting_kind() {
                state.inbox.is_roomy()
            } else {
                state.inbox.packet_count() <= MAX_MESSAGES
            }
        });
        if is_writable { events | OUTPUT } else { events }
    }
}
