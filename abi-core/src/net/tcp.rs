//! Connections of TCP, tcp(7), with both ends in the machine: how they begin, end and break.
//!
//! Neither end's lock is held while the other's is taken; each end decides about itself alone. An end that is over
//! (both directions ended, or reset) has no peer any more.

use alloc::sync::Arc;
use core::mem;

use super::Family;
use super::address::Address;
use super::inbox::{Inbox, Load, Taken};
use super::inet;
use super::socket::{NO_INPUT, NO_OUTPUT, Patience, Phase, Socket, State};
use super::stream::Urgency;
use super::urgent::Reach;
use crate::abi::{self, Errno, Result};
use crate::kernel::Context;

impl State {
    /// Ends a connection on this side, if both directions have ended. Returns what need not be held any more.
    #[must_use]
    fn end_if_done(&mut self) -> Option<Arc<Socket>> {
        if self.has_end && self.has_sent_end { self.peer.take() } else { None }
    }

    fn has_peer(&self, peer: *const Socket) -> bool {
        self.peer.as_ref().is_some_and(|other| Arc::as_ptr(other) == peer)
    }
}

impl Socket {
    /// Says how many bytes may wait at `peer` for what this socket sends.
    pub(super) fn room_at(&self, peer: &Socket) -> usize {
        let received = if self.is_tcp() { peer.options.receive_bytes() } else { 0 };
        self.options.send_bytes() + received
    }

    /// connect(2)
    pub(super) fn connect_tcp(
        self: &Arc<Self>,
        cx: Context<'_>,
        to: Option<Address>,
        patience: Patience,
    ) -> Result<()> {
        let family = cx.kernel.net.family(self.domain)?;
        let Some(to) = to else {
            self.disconnect(family);
            return Ok(());
        };
        let is_idle = {
            let mut state = self.state.lock();
            let phase = state.phase;
            match phase {
                // The first call after the connection was made in the background says so.
                Phase::Connected if mem::take(&mut state.is_news) => return Ok(()),
                Phase::Connected | Phase::Listening | Phase::Closed => return Err(Errno::EISCONN),
                Phase::Connecting if matches!(patience, Patience::None) => return Err(Errno::EALREADY),
                Phase::Connecting | Phase::Refused => false,
                Phase::Idle => true,
            }
        };
        if is_idle {
            family.check_route(self, &to)?;
            self.start_connecting(cx, family, &to)?;
            if matches!(patience, Patience::None) {
                return Err(Errno::EINPROGRESS);
            }
        }
        let outcome = Self::wait(&self.queue, cx, patience, || self.outcome());
        match outcome {
            Err(Errno::EAGAIN) => return Err(Errno::EINPROGRESS),
            Err(Errno::EINTR) => {}
            Err(_) => self.forget(family),
            Ok(()) => {}
        }
        outcome
    }

    /// Says how connecting went; `EAGAIN` when that is open.
    fn outcome(&self) -> Result<()> {
        let mut state = self.state.lock();
        match state.phase {
            Phase::Connecting => Err(Errno::EAGAIN),
            Phase::Connected => {
                state.is_news = false;
                Ok(())
            }
            _ => Err(state.error.take().unwrap_or(Errno::ECONNABORTED)),
        }
    }

    fn start_connecting(self: &Arc<Self>, cx: Context<'_>, family: &dyn Family, to: &Address) -> Result<()> {
        family.settle(cx, self)?;
        let mut to = to.inet().ok_or(Errno::EINVAL)?;
        to.set_ip(inet::target(to.ip()));
        {
            let mut state = self.state.lock();
            if state.phase != Phase::Idle {
                return Err(Errno::EALREADY);
            }
            let mut local = state.local.inet().ok_or(Errno::EINVAL)?;
            local = (inet::source(local.ip(), to.ip()), local.port()).into();
            state.local = Address::Inet(local);
            state.remote = Address::Inet(to);
            state.phase = Phase::Connecting;
        }
        match family.find(cx, self, &Address::Inet(to)) {
            Ok(listener) => listener.admit(family, self),
            Err(_) => self.refuse(),
        }
        Ok(())
    }

    /// A connection was asked for: makes its other end, or puts `connector` off until there is a place.
    fn admit(self: &Arc<Self>, family: &dyn Family, connector: &Arc<Socket>) {
        let child = Socket::new(self.domain, self.kind, self.protocol);
        child.options.copy_all_from(&self.options);
        {
            let state = connector.state.lock();
            let (local, remote) = (state.remote.clone(), state.local.clone());
            drop(state);
            let mut state = child.state.lock();
            (state.local, state.remote) = (local, remote);
        }
        family.add(&child);
        let until = self.deferral(&child);
        let mut state = self.state.lock();
        let is_listening = state.phase == Phase::Listening;
        let has_place = state.backlog.len() <= state.backlog_max;
        if is_listening && has_place && connector.establish(&child) {
            match until {
                Some(until) => state.deferred.push((until, child)),
                None => state.backlog.push_back(child),
            }
            drop(state);
            self.queue.notify();
            connector.queue.notify();
            return;
        }
        if is_listening && !has_place {
            state.waiting.retain(|other| other.state.lock().phase == Phase::Connecting);
            state.waiting.push_back(connector.clone());
        }
        drop(state);
        family.unbind(&child);
        if !is_listening {
            connector.refuse();
        }
    }

    /// Joins a socket that connects to `child`, which nobody else sees yet; says whether it still wanted that.
    fn establish(self: &Arc<Self>, child: &Arc<Socket>) -> bool {
        let mut state = self.state.lock();
        if state.phase != Phase::Connecting {
            return false;
        }
        self.options.grow();
        child.options.grow();
        state.phase = Phase::Connected;
        state.is_news = true;
        state.peer = Some(child.clone());
        state.inbox.limit = child.room_at(self);
        drop(state);
        let mut state = child.state.lock();
        state.phase = Phase::Connected;
        state.peer = Some(self.clone());
        state.inbox.limit = self.room_at(child);
        true
    }

    /// There is a place in the queue of connections: lets one in that was put off.
    pub(super) fn admit_next(self: &Arc<Self>, family: &dyn Family) {
        loop {
            let next = {
                let mut state = self.state.lock();
                if state.phase != Phase::Listening || state.backlog.len() > state.backlog_max {
                    return;
                }
                state.waiting.pop_front()
            };
            let Some(connector) = next else { return };
            let is_waiting = connector.state.lock().phase == Phase::Connecting;
            if is_waiting {
                self.admit(family, &connector);
            }
        }
    }

    /// Nobody listens where this socket connects to.
    fn refuse(&self) {
        {
            let mut state = self.state.lock();
            if state.phase != Phase::Connecting {
                return;
            }
            state.phase = Phase::Refused;
            state.error = Some(Errno::ECONNREFUSED);
            state.shutdown = NO_INPUT | NO_OUTPUT;
        }
        self.queue.notify();
    }

    /// Makes the socket one that never connected. A name that was not asked for is given up.
    fn forget(&self, family: &dyn Family) {
        let bound = {
            let mut state = self.state.lock();
            state.phase = Phase::Idle;
            state.shutdown = 0;
            (state.has_end, state.has_sent_end, state.is_news) = (false, false, false);
            state.remote = Address::Unnamed;
            if let Some(bound) = state.bound {
                state.local = Address::Inet(bound);
            }
            state.bound
        };
        if bound.is_none() {
            family.unbind(self);
        }
    }

    /// connect(2) to no address: breaks the connection.
    fn disconnect(&self, family: &dyn Family) {
        let (phase, peer, lost) = {
            let mut state = self.state.lock();
            if state.phase == Phase::Listening {
                drop(state);
                self.stop_listening(family);
                return;
            }
            if state.peer.is_some() || state.phase == Phase::Connecting {
                state.error = Some(Errno::ECONNRESET);
            }
            if state.phase == Phase::Idle {
                state.shutdown = 0;
            }
            (state.phase, state.peer.take(), state.inbox.empty())
        };
        drop(lost);
        if phase != Phase::Idle {
            self.forget(family);
        }
        self.queue.notify();
        if let Some(peer) = peer {
            peer.receive_reset(self);
            peer.drop_deferred(family);
        }
    }

    /// A listener listens no more: who was not accepted is reset, who waited for a place is refused.
    pub(super) fn stop_listening(&self, family: &dyn Family) {
        family.shut(self);
        let (backlog, deferred, waiting) = {
            let mut state = self.state.lock();
            if state.phase == Phase::Listening {
                state.phase = Phase::Idle;
            }
            (mem::take(&mut state.backlog), mem::take(&mut state.deferred), mem::take(&mut state.waiting))
        };
        self.queue.notify();
        for child in backlog.into_iter().chain(deferred.into_iter().map(|(_, child)| child)) {
            child.close_tcp(family, true);
        }
        for connector in waiting {
            connector.refuse();
        }
    }

    /// The other end sends no more.
    fn receive_end(&self, family: &dyn Family, from: &Self) {
        let (done, local, deferred_by) = {
            let mut state = self.state.lock();
            if !state.has_peer(from) {
                return;
            }
            state.has_end = true;
            state.shutdown |= NO_INPUT;
            (state.end_if_done(), state.local.clone(), state.deferred_by.take())
        };
        if done.is_some() {
            family.linger(self, &local);
        }
        drop(done);
        self.queue.notify();
        self.admit_to(deferred_by.and_then(|listener| listener.upgrade()));
    }

    /// The other end broke the connection. What arrived before can still be received.
    fn receive_reset(&self, from: *const Self) {
        let done = {
            let mut state = self.state.lock();
            if !state.has_peer(from) {
                return;
            }
            state.error = Some(if state.has_end { Errno::EPIPE } else { Errno::ECONNRESET });
            state.shutdown = NO_INPUT | NO_OUTPUT;
            state.peer.take()
        };
        drop(done);
        self.queue.notify();
    }

    /// shutdown(2)
    pub(super) fn shut_down_tcp(&self, family: &dyn Family, sides: u8) -> Result<()> {
        let (peer, done) = {
            let mut state = self.state.lock();
            match state.phase {
                Phase::Listening if sides & NO_INPUT == 0 => return Ok(()),
                Phase::Listening => {
                    drop(state);
                    self.stop_listening(family);
                    return Ok(());
                }
                Phase::Connecting => {
                    drop(state);
                    self.disconnect(family);
                    return Ok(());
                }
                // What it does not receive or send any more is kept, as on Linux, also when it connects.
                _ if state.peer.is_none() => {
                    state.shutdown |= sides;
                    drop(state);
                    self.queue.notify();
                    return Err(Errno::ENOTCONN);
                }
                _ => {}
            }
            state.shutdown |= sides;
            // It may have been said before there was somebody to tell.
            let ends = sides & NO_OUTPUT != 0 && !mem::replace(&mut state.has_sent_end, true);
            (state.peer.clone().filter(|_| ends), state.end_if_done())
        };
        drop(done);
        self.queue.notify();
        if let Some(peer) = peer {
            peer.receive_end(family, self);
        }
        Ok(())
    }

    /// The last descriptor is gone. With bytes left that nobody will receive, or asked to by `SO_LINGER`, the
    /// connection breaks.
    pub(super) fn close_tcp(&self, family: &dyn Family, breaks: bool) {
        if self.state.lock().phase == Phase::Listening {
            self.stop_listening(family);
        }
        let local = self.state.lock().local.clone();
        family.unbind(self);
        let (peer, inbox, has_sent_end, has_end) = {
            let mut state = self.state.lock();
            state.phase = Phase::Closed;
            state.shutdown = NO_INPUT | NO_OUTPUT;
            let inbox = mem::replace(&mut state.inbox, Inbox::new(0));
            (state.peer.take(), inbox, state.has_sent_end, state.has_end)
        };
        self.queue.notify();
        let Some(peer) = peer else { return };
        if breaks || !inbox.is_empty() || self.options.breaks_at_close() {
            peer.receive_reset(self);
            peer.drop_deferred(family);
            return;
        }
        if !has_end {
            family.linger(self, &local);
        }
        if !has_sent_end {
            peer.receive_end(family, self);
        }
    }

    /// Moves what fits of `load` to the other end; `EAGAIN` when nothing does. A pending error is told only if
    /// nothing was sent before.
    pub(super) fn put_tcp(
        &self,
        cx: Context<'_>,
        load: &Load<'_>,
        is_first: bool,
        urgency: Urgency,
    ) -> Result<usize> {
        let peer = {
            let mut state = self.state.lock();
            if state.phase == Phase::Connecting {
                return Err(Errno::EAGAIN);
            }
            if is_first {
                state.take_error()?;
            }
            if state.shutdown & NO_OUTPUT != 0 {
                return Err(Errno::EPIPE);
            }
            state.peer.clone().ok_or(Errno::EPIPE)?
        };
        if load.len_bytes() == 0 {
            return Ok(0);
        }
        let mut state = peer.state.lock();
        if !state.has_peer(self) {
            drop(state);
            // They are sent, and answered by a reset.
            self.receive_reset(Arc::as_ptr(&peer));
            return Ok(load.len_bytes());
        }
        let n = state.inbox.push(load, &mut super::inbox::Rights::new());
        let urgent = match urgency {
            Urgency::None => None,
            Urgency::Last => load.last_of(n).filter(|_| n == load.len_bytes()),
            Urgency::AsFarAsSent => load.last_of(n),
        };
        if let Some(byte) = urgent {
            state.mark_urgent(byte, peer.options.is_on(abi::SO_OOBINLINE));
        }
        let deferred_by = state.deferred_by.take().and_then(|listener| listener.upgrade());
        drop(state);
        peer.admit_to(deferred_by);
        if n == 0 {
            return Err(Errno::EAGAIN);
        }
        cx.kernel.net.inet.loopback.count(n);
        peer.queue.notify();
        if urgent.is_some() {
            peer.tell_urgent(cx);
        }
        Ok(n)
    }

    /// Moves bytes out, or copies those after the first `done`; 0 is the end or the mark, `EAGAIN` when there may be
    /// more later. A call that has `done` some bytes has met no error.
    pub(super) fn take_tcp(&self, buf: &mut [u8], done: usize, peeks: bool) -> Result<Taken> {
        let is_first = done == 0;
        let mut state = self.state.lock();
        let received = self.options.receive_bytes();
        let (was_roomy, was_over) = (state.inbox.is_roomy(), state.inbox.len_bytes() > received);
        let (ahead, most) = match self.reach(&mut state, done, peeks, buf.len()) {
            Reach::Go { skip, most } => (skip, most),
            Reach::Stop => return Ok(Taken::Copied(0)),
        };
        let buf = &mut buf[..most];
        let taken = if peeks {
            Taken::Copied(state.inbox.peek(buf, ahead, &mut super::inbox::Rights::new()))
        } else {
            state.inbox.pop(buf, &mut super::inbox::Rights::new())
        };
        state.pass_mark();
        if !matches!(taken, Taken::Copied(0)) {
            // A sender waits only where the queue was full, and goes on when there is some room. One that closes waits
            // until all has arrived.
            let has_arrived = was_over && state.inbox.len_bytes() <= received;
            let is_news = !was_roomy && state.inbox.is_roomy() || has_arrived;
            let peer = if is_news { state.peer.clone() } else { None };
            drop(state);
            if let Some(peer) = peer {
                peer.queue.notify();
            }
            return Ok(taken);
        }
        if state.has_end {
            return Ok(taken);
        }
        if is_first {
            state.take_error()?;
        }
        match state.phase {
            _ if state.shutdown & NO_INPUT != 0 => Ok(taken),
            Phase::Connected | Phase::Connecting => Err(Errno::EAGAIN),
            _ => Err(Errno::ENOTCONN),
        }
    }

    /// Returns what poll(2) says.
    pub(super) fn ready_tcp(&self) -> i16 {
        const INPUT: i16 = abi::POLLIN | abi::POLLRDNORM;
        const OUTPUT: i16 = abi::POLLOUT | abi::POLLWRNORM;
        let mut state = self.state.lock();
        state.admit_due();
        let mut events = if state.error.is_some() { abi::POLLERR } else { 0 };
        match state.phase {
            Phase::Listening if state.backlog.is_empty() => return 0,
            Phase::Listening => return INPUT,
            Phase::Connecting => return events,
            _ => {}
        }
        if state.shutdown & NO_INPUT != 0 {
            events |= INPUT | abi::POLLRDHUP;
        }
        if self.has_enough(&state) {
            events |= INPUT;
        }
        if state.has_urgent_byte() {
            events |= abi::POLLPRI;
        }
        let peer = state.peer.clone();
        if peer.is_none() || state.shutdown == NO_INPUT | NO_OUTPUT {
            events |= abi::POLLHUP;
        }
        let may_send = state.shutdown & NO_OUTPUT == 0;
        drop(state);
        let is_full = may_send && peer.is_some_and(|peer| !peer.state.lock().inbox.is_roomy());
        if is_full { events } else { events | OUTPUT }
    }
}
