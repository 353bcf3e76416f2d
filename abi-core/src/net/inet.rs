//! Internet sockets, ip(7) and ipv6(7): their names are addresses of the loopback interface, and ports.

use alloc::collections::BTreeMap;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;

use super::Family;
use super::address::Address;
use super::multicast::Groups;
use super::raw::Listeners;
use super::socket::{Phase, Socket};
use crate::abi::{self, Errno, Result};
use crate::backend::Monotonic;
use crate::kernel::Context;
use crate::mux::WaitQueue;
use crate::sync::Mutex;

/// The ports that are chosen for who has none (`/proc/sys/net/ipv4/ip_local_port_range`).
pub(super) const CHOSEN: core::ops::RangeInclusive<u16> = 32768..=60999;

/// The number of the loopback interface.
pub(super) const LOOPBACK_INDEX: i32 = 1;

/// How long a port stays with connections that its owner ended (`TCP_TIMEWAIT_LEN`).
const LINGERING: Duration = Duration::from_mins(1);

/// Sockets by port and inode number.
type ByPort = BTreeMap<(u16, u64), Weak<Socket>>;

/// The ports of one protocol.
struct Ports {
    /// Everyone who has a port.
    users: ByPort,
    /// Who can be found at it: listeners, and receivers of datagrams.
    open: ByPort,
    /// Where the search for a free port goes on.
    next: u16,
    /// Who was there and may get stray packets still (TIME-WAIT): until when, and whether its port may be shared.
    lingering: BTreeMap<(u16, IpAddr), (Monotonic, bool)>,
}

fn at_port(sockets: &ByPort, port: u16) -> impl Iterator<Item = Arc<Socket>> + '_ {
    sockets.range((port, 0)..=(port, u64::MAX)).filter_map(|(_, socket)| socket.upgrade())
}

impl Ports {
    const fn new() -> Self {
        Self { users: ByPort::new(), open: ByPort::new(), next: 0, lingering: BTreeMap::new() }
    }

    /// Tells whether others keep `socket` from having `address`.
    fn has_conflict(&self, socket: &Socket, address: SocketAddr, now: Monotonic) -> bool {
        let all = (Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::from(u128::MAX).into());
        let past = self.lingering.range((address.port(), all.0)..=(address.port(), all.1));
        let shares = socket.options.is_on(abi::SO_REUSEADDR);
        let lingers = |((_, ip), (until, may_share)): (&(u16, IpAddr), &(Monotonic, bool))| {
            *until > now && !(shares && *may_share) && fit(socket, address.ip(), *ip).is_some()
        };
        if past.into_iter().any(lingers) {
            return true;
        }
        at_port(&self.users, address.port()).any(|other| {
            if core::ptr::eq(&raw const *other, socket) {
                return false;
            }
            let both = |name| socket.options.is_on(name) && other.options.is_on(name);
            let is_listening = socket.is_stream() && self.open.contains_key(&(address.port(), other.ino));
            if both(abi::SO_REUSEPORT) || both(abi::SO_REUSEADDR) && !is_listening {
                return false;
            }
            let theirs = other.state.lock().local.inet();
            theirs.is_some_and(|theirs| overlap((address.ip(), socket), (theirs.ip(), &other)))
        })
    }

    /// Chooses a port that nobody has.
    fn choose(&mut self, now: Monotonic) -> Option<u16> {
        if self.next == 0 {
            // Where it starts differs from run to run, or programs would come to rely on it.
            let count = u64::from(CHOSEN.end() - CHOSEN.start());
            self.next = CHOSEN.start() + ((now.0 >> 8) % count) as u16;
        }
        let is_free = |port: &u16| self.users.range((*port, 0)..=(*port, u64::MAX)).next().is_none();
        let found = (self.next..=*CHOSEN.end()).chain(*CHOSEN.start()..self.next).find(is_free)?;
        self.next = if found == *CHOSEN.end() { *CHOSEN.start() } else { found + 1 };
        Some(found)
    }

    /// Finds whom what comes from `from` for `to` is for. Of those that it suits equally well the newest gets it, or
    /// one of a group that shares the port.
    fn receiver(&self, from: Option<SocketAddr>, to: SocketAddr) -> Option<Arc<Socket>> {
        let candidates = || {
            at_port(&self.open, to.port()).filter_map(|socket| {
                let (local, remote) = {
                    let state = socket.state.lock();
                    (state.local.inet()?, state.remote.inet())
                };
                let fit = fit(&socket, local.ip(), to.ip())?;
                match remote.filter(|_| !socket.is_stream()) {
                    None => Some((fit, socket)),
                    Some(remote) => (Some(remote) == from).then_some((fit + 4, socket)),
                }
            })
        };
        let best = candidates().map(|(fit, _)| fit).max()?;
        let mut equals = candidates().filter(|(fit, _)| *fit == best).map(|(_, socket)| socket);
        let shares = |socket: &Arc<Socket>| socket.options.is_on(abi::SO_REUSEPORT);
        let count = candidates().filter(|(fit, socket)| *fit == best && shares(socket)).count();
        if count > 1 {
            let number = from.map_or(0, |from| usize::from(from.port())) % count;
            return equals.filter(shares).nth(number);
        }
        equals.by_ref().last()
    }

    fn add(&mut self, socket: &Arc<Socket>, port: u16) {
        self.users.insert((port, socket.ino), Arc::downgrade(socket));
        if !socket.is_stream() {
            self.open.insert((port, socket.ino), Arc::downgrade(socket));
        }
    }
}

/// Tells whether the socket leaves IPv4 alone.
fn is_v6_only(socket: &Socket) -> bool {
    socket.domain == abi::AF_INET6 && socket.options.value(abi::IPPROTO_IPV6, abi::IPV6_V6ONLY) != 0
}

/// Tells whether something could be for both.
fn overlap((a, a_socket): (IpAddr, &Socket), (b, b_socket): (IpAddr, &Socket)) -> bool {
    if a.is_ipv4() == b.is_ipv4() {
        return a == b || a.is_unspecified() || b.is_unspecified();
    }
    let (six, socket) = if a.is_ipv6() { (a, a_socket) } else { (b, b_socket) };
    six.is_unspecified() && !is_v6_only(socket)
}

/// Says how well `socket`, which has `local`, fits what comes for `to`; more is better.
fn fit(socket: &Socket, local: IpAddr, to: IpAddr) -> Option<u8> {
    if local == to {
        return Some(3);
    }
    match (local, to) {
        (IpAddr::V6(six), IpAddr::V4(_)) => (six.is_unspecified() && !is_v6_only(socket)).then_some(1),
        _ => (local.is_unspecified() && local.is_ipv4() == to.is_ipv4()).then_some(2),
    }
}

/// Tells whether the machine has the address.
pub(super) fn is_own(ip: IpAddr) -> bool {
    ip.is_loopback() || ip.is_unspecified()
}

/// Returns the address that means none of a domain's.
pub(super) fn any(domain: i32) -> IpAddr {
    match domain {
        abi::AF_INET => Ipv4Addr::UNSPECIFIED.into(),
        _ => Ipv6Addr::UNSPECIFIED.into(),
    }
}

/// Returns the address that `ip` as a target means: none is this machine.
pub(super) fn target(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        other => other,
    }
}

/// Returns the address that a socket with `local` has for those at `to`.
pub(super) fn source(local: IpAddr, to: IpAddr) -> IpAddr {
    match to {
        _ if !local.is_unspecified() && !local.is_multicast() => local,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    }
}

/// The names of internet sockets.
pub struct Names {
    tcp: Mutex<Ports>,
    udp: Mutex<Ports>,
    udplite: Mutex<Ports>,
    /// Raw sockets, which have no ports.
    pub raw: Listeners,
    /// The groups that sockets are in.
    pub(super) groups: Mutex<Groups>,
    /// Notified when somebody begins to listen.
    pub listeners: WaitQueue,
    /// What went over the loopback interface.
    pub loopback: Counters,
}

/// What went over an interface.
pub struct Counters {
    /// Bytes of messages and streams.
    pub bytes: AtomicU64,
    /// Messages, and pieces of streams.
    pub packets: AtomicU64,
}

impl Counters {
    /// Counts one message.
    pub fn count(&self, len_bytes: usize) {
        self.bytes.fetch_add(len_bytes as u64, Ordering::Relaxed);
        self.packets.fetch_add(1, Ordering::Relaxed);
    }
}

impl Names {
    /// Makes a machine without names.
    pub const fn new() -> Self {
        Self {
            tcp: Mutex::new(Ports::new()),
            udp: Mutex::new(Ports::new()),
            udplite: Mutex::new(Ports::new()),
            raw: Listeners::new(),
            groups: Mutex::new(Groups::new()),
            listeners: WaitQueue::new(),
            loopback: Counters { bytes: AtomicU64::new(0), packets: AtomicU64::new(0) },
        }
    }

    /// Tells whether somebody listens at a port of TCP.
    pub fn has_listener(&self, port: u16) -> bool {
        at_port(&self.tcp.lock().open, port).any(|socket| socket.state.lock().phase == Phase::Listening)
    }

    /// Returns the sockets of TCP that have a port.
    pub fn tcp_sockets(&self) -> Vec<Arc<Socket>> {
        self.tcp.lock().users.values().filter_map(Weak::upgrade).collect()
    }
    /// Returns the sockets of UDP that have a port.
    pub fn udp_sockets(&self) -> Vec<Arc<Socket>> {
        self.udp.lock().users.values().filter_map(Weak::upgrade).collect()
    }
    /// Returns the sockets of UDP-Lite that have a port.
    pub fn udplite_sockets(&self) -> Vec<Arc<Socket>> {
        self.udplite.lock().users.values().filter_map(Weak::upgrade).collect()
    }

    /// Returns those whom what a sender with the address `from` sends to a group is for.
    pub(super) fn members(&self, sender: &Socket, from: SocketAddr, to: SocketAddr) -> Vec<Arc<Socket>> {
        let at_port: Vec<_> = at_port(&self.ports(sender).lock().open, to.port()).collect();
        let is_meant = |socket: &Arc<Socket>| {
            let (local, remote) = {
                let state = socket.state.lock();
                (state.local.inet(), state.remote.inet())
            };
            local.is_some_and(|local| fit(socket, local.ip(), to.ip()).is_some())
                && remote.is_none_or(|remote| remote == from)
                && self.hears(socket, to.ip())
        };
        at_port.into_iter().filter(is_meant).collect()
    }

    fn ports(&self, socket: &Socket) -> &Mutex<Ports> {
        match socket.protocol {
            abi::IPPROTO_UDPLITE => &self.udplite,
            abi::IPPROTO_UDP => &self.udp,
            _ => &self.tcp,
        }
    }

    /// Gives a socket an address, with a port chosen where it says none.
    fn name(
        &self,
        cx: Context<'_>,
        socket: &Arc<Socket>,
        mut address: SocketAddr,
        is_asked: bool,
    ) -> Result<()> {
        let mut ports = self.ports(socket).lock();
        if socket.state.lock().local != Address::Unnamed {
            return if is_asked { Err(Errno::EINVAL) } else { Ok(()) };
        }
        let is_chosen = address.port() == 0;
        if is_chosen {
            let now = cx.kernel.backend.monotonic();
            address.set_port(ports.choose(now).ok_or(Errno::EADDRINUSE)?);
        } else if ports.has_conflict(socket, address, cx.kernel.backend.monotonic()) {
            return Err(Errno::EADDRINUSE);
        }
        let mut state = socket.state.lock();
        if state.phase == Phase::Closed {
            return Err(Errno::EBADF);
        }
        state.local = Address::Inet(address);
        // A port that was not asked for is given up when the socket is disconnected, and its address with it.
        if is_asked && !is_chosen {
            state.bound = Some(address);
        }
        drop(state);
        ports.add(socket, address.port());
        Ok(())
    }
}

impl Default for Names {
    fn default() -> Self {
        Self::new()
    }
}

impl Family for Names {
    fn kind(&self, domain: i32, kind: i32, protocol: i32) -> Result<(i32, i32)> {
        let icmp = if domain == abi::AF_INET { abi::IPPROTO_ICMP } else { abi::IPPROTO_ICMPV6 };
        let own = match kind {
            abi::SOCK_STREAM => abi::IPPROTO_TCP,
            abi::SOCK_DGRAM if protocol == abi::IPPROTO_UDPLITE => abi::IPPROTO_UDPLITE,
            // As `/proc/sys/net/ipv4/ping_group_range` has it.
            abi::SOCK_DGRAM if protocol == icmp => return Err(Errno::EACCES),
            abi::SOCK_DGRAM => abi::IPPROTO_UDP,
            abi::SOCK_RAW if protocol == icmp => icmp,
            abi::SOCK_RAW => return Err(Errno::EPROTONOSUPPORT),
            _ => return Err(Errno::ESOCKTNOSUPPORT),
        };
        if protocol == 0 || protocol == own { Ok((kind, own)) } else { Err(Errno::EPROTONOSUPPORT) }
    }

    fn bind(&self, cx: Context<'_>, socket: &Arc<Socket>, address: Address) -> Result<()> {
        let address = address.inet().ok_or(Errno::EINVAL)?;
        if address.is_ipv4() && is_v6_only(socket) {
            return Err(Errno::EINVAL);
        }
        let is_group = socket.is_udp() && address.ip().is_multicast();
        let is_free = || socket.options.value(abi::IPPROTO_IP, abi::IP_FREEBIND) != 0;
        if !is_own(address.ip()) && !is_group && !is_free() {
            return Err(Errno::EADDRNOTAVAIL);
        }
        if socket.is_raw() {
            return socket.bind_raw(address.ip());
        }
        self.name(cx, socket, address, true)
    }

    fn made(&self, socket: &Arc<Socket>) {
        if socket.is_raw() {
            socket.state.lock().local = Address::Inet(socket.raw_name());
            self.raw.add(socket);
        }
    }

    fn settle(&self, cx: Context<'_>, socket: &Arc<Socket>) -> Result<()> {
        if socket.is_raw() {
            return Ok(());
        }
        self.name(cx, socket, (any(socket.domain), 0).into(), false)
    }

    fn open(&self, cx: Context<'_>, socket: &Arc<Socket>) -> Result<()> {
        self.settle(cx, socket)?;
        let mut ports = self.ports(socket).lock();
        let address = socket.state.lock().local.inet().ok_or(Errno::EINVAL)?;
        if ports.has_conflict(socket, address, cx.kernel.backend.monotonic()) {
            return Err(Errno::EADDRINUSE);
        }
        ports.open.insert((address.port(), socket.ino), Arc::downgrade(socket));
        Ok(())
    }

    fn shut(&self, socket: &Socket) {
        let local = socket.state.lock().local.inet();
        if let Some(address) = local {
            self.ports(socket).lock().open.remove(&(address.port(), socket.ino));
        }
    }

    fn add(&self, socket: &Arc<Socket>) {
        let local = socket.state.lock().local.inet();
        if let Some(address) = local {
            self.ports(socket).lock().add(socket, address.port());
        }
    }

    fn linger(&self, socket: &Socket, local: &Address) {
        let Some(local) = local.inet() else { return };
        let until = crate::backend::backend().monotonic().saturating_add(LINGERING);
        let may_share = socket.options.is_on(abi::SO_REUSEADDR);
        self.ports(socket).lock().lingering.insert((local.port(), local.ip()), (until, may_share));
    }

    fn check_route(&self, from: &Socket, to: &Address) -> Result<()> {
        let to = to.inet().ok_or(Errno::EINVAL)?;
        let is_group = from.is_udp() && to.ip().is_multicast();
        if !is_own(to.ip()) && !is_group || to.is_ipv4() && is_v6_only(from) {
            return Err(Errno::ENETUNREACH);
        }
        Ok(())
    }

    fn find(&self, _cx: Context<'_>, from: &Arc<Socket>, to: &Address) -> Result<Arc<Socket>> {
        self.check_route(from, to)?;
        let to = to.inet().ok_or(Errno::EINVAL)?;
        let to_ip = target(to.ip());
        let local = from.state.lock().local.inet();
        let sender = local.map(|local| (source(local.ip(), to_ip), local.port()).into());
        let ports = self.ports(from).lock();
        ports.receiver(sender, (to_ip, to.port()).into()).ok_or(Errno::ECONNREFUSED)
    }

    fn unbind(&self, socket: &Socket) {
        if socket.is_raw() {
            socket.state.lock().local = Address::Inet(socket.raw_name());
            return;
        }
        let local = {
            let mut state = socket.state.lock();
            state.bound = None;
            core::mem::replace(&mut state.local, Address::Unnamed)
        };
        if let Some(address) = local.inet() {
            let mut ports = self.ports(socket).lock();
            let key = (address.port(), socket.ino);
            ports.users.remove(&key);
            ports.open.remove(&key);
        }
    }
}
