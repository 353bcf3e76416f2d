//! A socket: its states, as programs see them.

use alloc::collections::VecDeque;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};
use core::sync::atomic::{AtomicU64, Ordering};

use super::Family;
use super::address::Address;
use super::errors::Report;
use super::inbox::Inbox;
use super::options::Options;
use super::out_of_band::OutOfBand;
use super::raw::Filter;
use super::udp::Corked;
use super::urgent::Urgent;
use crate::abi::{self, Errno, Result};
use crate::backend::Monotonic;
use crate::fs::file::OpenFile;
use crate::fs::mount::Mounted;
use crate::kernel::Context;
use crate::mux::WaitQueue;
use crate::sync::Mutex;

/// No more bytes come (`RCV_SHUTDOWN`).
pub const NO_INPUT: u8 = 1;
/// No more bytes may be sent (`SEND_SHUTDOWN`).
pub const NO_OUTPUT: u8 = 2;

/// Where a socket is between its making and its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Neither connected nor listening.
    Idle,
    /// Waits for connections.
    Listening,
    /// Waits for its own connection to be made.
    Connecting,
    /// There was nobody to connect to, and the program was not told yet.
    Refused,
    /// Has a peer, or had one that left.
    Connected,
    /// Its last descriptor was closed.
    Closed,
}

/// What changes about a socket.
pub struct State {
    /// Where it is.
    pub phase: Phase,
    /// Its own address.
    pub local: Address,
    /// The peer's address.
    pub remote: Address,
    /// The peer.
    pub peer: Option<Arc<Socket>>,
    /// What arrived.
    pub inbox: Inbox,
    /// Connections that nobody accepted yet.
    pub backlog: VecDeque<Arc<Socket>>,
    /// How many of those there may be.
    pub backlog_max: usize,
    /// Those that wait for something to receive, and until when (`TCP_DEFER_ACCEPT`).
    pub deferred: Vec<(Monotonic, Arc<Socket>)>,
    /// Where it waits so itself, or did.
    pub deferred_by: Option<Weak<Socket>>,
    /// Who waits for a place there.
    pub waiting: VecDeque<Arc<Socket>>,
    /// `NO_INPUT` and `NO_OUTPUT`
    pub shutdown: u8,
    /// What `SO_ERROR` will say.
    pub error: Option<Errno>,
    /// The socket file it is bound to, kept so that its identity stays its own.
    pub node: Option<Mounted>,
    /// The internet address that bind(2) gave it, which it goes back to when it is disconnected.
    pub bound: Option<SocketAddr>,
    /// The peer said that it sends no more.
    pub has_end: bool,
    /// The TCP peer was told that this socket sends no more.
    pub has_sent_end: bool,
    /// It was connected while the program did not wait for that, and the program was not told.
    pub is_news: bool,
    /// How many messages there was no room for.
    pub drops: u64,
    /// The urgent byte in the inbox.
    pub urgent: Option<Urgent>,
    /// The same of a local stream.
    pub out_of_band: OutOfBand,
    /// What became of what was sent, for those who ask.
    pub reports: VecDeque<Report>,
    /// The groups it is in.
    pub groups: Vec<IpAddr>,
    /// The address of the interface by which it sends to groups, if it chose one.
    pub sends_by: Option<IpAddr>,
    /// A datagram that more is to be added to.
    pub corked: Option<Corked>,
    /// What a raw socket does not hear.
    pub raw_filter: Filter,
}

impl State {
    /// Gives up the pending error.
    pub fn take_error(&mut self) -> Result<()> {
        self.error.take().map_or(Ok(()), Err)
    }
}

/// A socket.
pub struct Socket {
    /// Its address family.
    pub domain: i32,
    /// `SOCK_STREAM`, `SOCK_DGRAM`, `SOCK_SEQPACKET` or, of netlink and ICMP, `SOCK_RAW`
    pub kind: i32,
    /// What `SO_PROTOCOL` says.
    pub protocol: i32,
    /// Its inode number.
    pub ino: u64,
    /// Its options.
    pub options: Options,
    /// What changes.
    pub state: Mutex<State>,
    /// The open file, once there is one.
    pub opened: Mutex<Weak<OpenFile>>,
    /// Notified when something changed that poll(2) or a waiting call may ask for.
    pub queue: WaitQueue,
}

/// Numbers of sockets, `socket:[1]`.
static NEXT_INO: AtomicU64 = AtomicU64::new(1);

impl Socket {
    /// Makes a socket without a name.
    pub fn new(domain: i32, kind: i32, protocol: i32) -> Arc<Self> {
        let options = if protocol == abi::IPPROTO_TCP { Options::new_tcp() } else { Options::new() };
        let inbox = Inbox::new(options.send_bytes());
        Arc::new(Self {
            domain,
            kind,
            protocol,
            ino: NEXT_INO.fetch_add(1, Ordering::Relaxed),
            options,
            state: Mutex::new(State {
                phase: Phase::Idle,
                local: Address::Unnamed,
                remote: Address::Unnamed,
                peer: None,
                inbox,
                backlog: VecDeque::new(),
                backlog_max: 0,
                deferred: Vec::new(),
                deferred_by: None,
                waiting: VecDeque::new(),
                shutdown: 0,
                error: None,
                node: None,
                bound: None,
                has_end: false,
                has_sent_end: false,
                is_news: false,
                drops: 0,
                urgent: None,
                out_of_band: OutOfBand::default(),
                reports: VecDeque::new(),
                groups: Vec::new(),
                sends_by: None,
                corked: None,
                raw_filter: Filter::default(),
            }),
            opened: Mutex::new(Weak::new()),
            queue: WaitQueue::new(),
        })
    }

    /// Tells whether it is a stream of bytes.
    pub fn is_stream(&self) -> bool {
        self.kind == abi::SOCK_STREAM
    }
    /// Tells whether it is an internet socket.
    pub fn is_inet(&self) -> bool {
        matches!(self.domain, abi::AF_INET | abi::AF_INET6)
    }
    /// Tells whether it is one to the kernel.
    pub fn is_netlink(&self) -> bool {
        self.domain == abi::AF_NETLINK
    }
    /// Tells whether it is one of TCP.
    pub fn is_tcp(&self) -> bool {
        self.protocol == abi::IPPROTO_TCP
    }
    /// Tells whether it is one of UDP or of UDP-Lite.
    pub fn is_udp(&self) -> bool {
        matches!(self.protocol, abi::IPPROTO_UDP | abi::IPPROTO_UDPLITE)
    }
    /// Tells whether it is a raw one.
    pub fn is_raw(&self) -> bool {
        self.kind == abi::SOCK_RAW && self.is_inet()
    }
    /// Tells whether it sends messages to internet addresses, without connections.
    pub fn is_inet_datagram(&self) -> bool {
        self.is_udp() || self.is_raw()
    }
    /// Tells whether it is a local stream of bytes.
    pub fn is_local_stream(&self) -> bool {
        self.is_stream() && self.domain == abi::AF_UNIX
    }
    /// Tells whether it has to be connected.
    pub fn is_connecting_kind(&self) -> bool {
        matches!(self.kind, abi::SOCK_STREAM | abi::SOCK_SEQPACKET)
    }

    /// Runs `attempt` until it gives something other than `EAGAIN`, asleep on `queue` in between.
    pub fn wait<T>(
        queue: &WaitQueue,
        cx: Context<'_>,
        patience: Patience,
        mut attempt: impl FnMut() -> Result<T>,
    ) -> Result<T> {
        match attempt() {
            Err(Errno::EAGAIN) => {}
            other => return other,
        }
        match patience {
            Patience::None => Err(Errno::EAGAIN),
            Patience::Until(deadline) => queue.wait_until(cx, deadline, attempt),
        }
    }

    /// Joins two sockets that are not visible to others yet.
    pub fn join(a: &Arc<Self>, b: &Arc<Self>) {
        for (this, peer) in [(a, b), (b, a)] {
            let limit = peer.options.send_bytes();
            let mut state = this.state.lock();
            state.peer = Some(peer.clone());
            state.phase = Phase::Connected;
            state.inbox.limit = limit;
        }
    }

    /// shutdown(2)
    pub fn shut_down(&self, family: &dyn Family, sides: u8) -> Result<()> {
        match self.protocol {
            _ if self.is_netlink() => return Err(Errno::EOPNOTSUPP),
            abi::IPPROTO_TCP => return self.shut_down_tcp(family, sides),
            _ if self.is_inet_datagram() => return self.shut_down_datagram(sides),
            _ => {}
        }
        let peer = {
            // Local sockets need no peer for this.
            let mut state = self.state.lock();
            state.shutdown |= sides;
            state.peer.clone().filter(|_| self.is_connecting_kind())
        };
        self.queue.notify();
        if let Some(peer) = peer {
            let theirs =
                u8::from(sides & NO_OUTPUT != 0) * NO_INPUT + u8::from(sides & NO_INPUT != 0) * NO_OUTPUT;
            peer.state.lock().shutdown |= theirs;
            peer.queue.notify();
        }
        Ok(())
    }

    /// The last descriptor is gone: tells the peer, and gives up the name.
    pub fn close(self: &Arc<Self>, family: &dyn Family) {
        if self.is_tcp() {
            return self.close_tcp(family, false);
        }
        family.unbind(self);
        let (peer, backlog, inbox) = {
            let mut state = self.state.lock();
            state.phase = Phase::Closed;
            state.shutdown = NO_INPUT | NO_OUTPUT;
            let inbox = core::mem::replace(&mut state.inbox, Inbox::new(0));
            (state.peer.take(), core::mem::take(&mut state.backlog), inbox)
        };
        self.queue.notify();
        if let Some(peer) = peer.filter(|_| self.is_connecting_kind()) {
            let mut state = peer.state.lock();
            state.shutdown = NO_INPUT | NO_OUTPUT;
            if !inbox.is_empty() {
                state.error = Some(Errno::ECONNRESET);
            }
            // Both hold each other until here.
            let this = state.peer.take();
            drop(state);
            drop(this);
            peer.queue.notify();
        }
        for child in backlog {
            let connector = child.state.lock().peer.clone();
            child.close(family);
            if let Some(connector) = connector {
                connector.state.lock().error = Some(Errno::ECONNRESET);
                connector.queue.notify();
            }
        }
    }
}

/// How long a call may wait.
#[derive(Debug, Clone, Copy)]
pub enum Patience {
    /// Not at all.
    None,
    /// Until then, or for ever.
    Until(Option<Monotonic>),
}
