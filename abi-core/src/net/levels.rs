//! Options of the levels below the socket: tcp(7), ip(7), ipv6(7).

use core::sync::atomic::{AtomicI32, AtomicUsize, Ordering};

use super::options::{NAME_BYTES, give, read_name};
use super::socket::{Phase, Socket};
use crate::abi::{self, Errno, Result};
use crate::boundary::user::UserPtr;

/// The longest segment that fits into a packet of the loopback interface, with the head's options.
const LOOPBACK_SEGMENT_BYTES: i32 = 65_535 - 52;

/// What `TCP_CONGESTION` may be; the first is it at first.
const CONGESTION: [&[u8]; 2] = [b"cubic", b"reno"];
/// How much of `struct tcp_info` there is: what it was at first.
const INFO_BYTES: usize = 104;

/// A number that is kept for a socket.
struct Kept {
    level: i32,
    name: i32,
    /// What it is at first, also what -1 asks for where [`Kept::min`] allows that.
    initial: i32,
    min: i32,
    max: i32,
}

const fn number(level: i32, name: i32, initial: i32, min: i32, max: i32) -> Kept {
    Kept { level, name, initial, min, max }
}
/// Anything but 0 is on.
const fn switch(level: i32, name: i32, initial: i32) -> Kept {
    Kept { level, name, initial, min: 0, max: 0 }
}

/// ipv6(7); `IPV6_MULTICAST_ALL`
pub(super) const IPV6_MULTICAST_ALL: i32 = 29;
/// udp(7); `UDP_CORK`
pub(super) const UDP_CORK: i32 = 1;

/// udplite(7); `UDPLITE_SEND_CSCOV` and `UDPLITE_RECV_CSCOV`
pub(super) const SEND_COVERAGE: i32 = 10;
pub(super) const RECEIVE_COVERAGE: i32 = 11;
/// The least that a checksum covers if it does not cover all: the head.
const HEAD_BYTES: i32 = 8;

const KEPT: [Kept; 43] = [
    switch(abi::SOL_NETLINK, abi::NETLINK_PKTINFO, 0),
    switch(abi::SOL_NETLINK, abi::NETLINK_BROADCAST_ERROR, 0),
    switch(abi::SOL_NETLINK, abi::NETLINK_NO_ENOBUFS, 0),
    switch(abi::SOL_NETLINK, abi::NETLINK_LISTEN_ALL_NSID, 0),
    switch(abi::SOL_NETLINK, abi::NETLINK_CAP_ACK, 0),
    switch(abi::SOL_NETLINK, abi::NETLINK_EXT_ACK, 0),
    switch(abi::SOL_NETLINK, abi::NETLINK_GET_STRICT_CHK, 0),
    switch(abi::IPPROTO_IP, abi::IP_MULTICAST_ALL, 1),
    switch(abi::IPPROTO_IPV6, IPV6_MULTICAST_ALL, 1),
    switch(abi::IPPROTO_UDP, UDP_CORK, 0),
    number(abi::IPPROTO_UDP, SEND_COVERAGE, 0, i32::MIN, i32::MAX),
    number(abi::IPPROTO_UDP, RECEIVE_COVERAGE, 0, i32::MIN, i32::MAX),
    switch(abi::IPPROTO_IP, abi::IP_RECVERR, 0),
    switch(abi::IPPROTO_IPV6, abi::IPV6_RECVERR, 0),
    switch(abi::IPPROTO_TCP, abi::TCP_NODELAY, 0),
    switch(abi::IPPROTO_TCP, abi::TCP_CORK, 0),
    switch(abi::IPPROTO_TCP, abi::TCP_QUICKACK, 1),
    number(abi::IPPROTO_TCP, abi::TCP_MAXSEG, 536, 88, 32_767),
    number(abi::IPPROTO_TCP, abi::TCP_KEEPIDLE, 7200, 1, 32_767),
    number(abi::IPPROTO_TCP, abi::TCP_KEEPINTVL, 75, 1, 32_767),
    number(abi::IPPROTO_TCP, abi::TCP_KEEPCNT, 9, 1, 127),
    number(abi::IPPROTO_TCP, abi::TCP_SYNCNT, 6, 1, 127),
    number(abi::IPPROTO_TCP, abi::TCP_USER_TIMEOUT, 0, 0, i32::MAX),
    number(abi::IPPROTO_TCP, abi::TCP_DEFER_ACCEPT, 0, i32::MIN, i32::MAX),
    // Kept as where `/proc/sys/net/ipv4/tcp_fastopen` leaves it to clients: connections open as ever.
    number(abi::IPPROTO_TCP, abi::TCP_FASTOPEN, 0, 0, i32::MAX),
    switch(abi::IPPROTO_IP, abi::IP_PKTINFO, 0),
    switch(abi::IPPROTO_IP, abi::IP_FREEBIND, 0),
    switch(abi::IPPROTO_IP, abi::IP_RECVTTL, 0),
    switch(abi::IPPROTO_IP, abi::IP_RECVTOS, 0),
    switch(abi::IPPROTO_IP, abi::IP_MULTICAST_LOOP, 1),
    number(abi::IPPROTO_IP, abi::IP_TOS, 0, 0, 255),
    number(abi::IPPROTO_IP, abi::IP_TTL, 64, -1, 255),
    number(abi::IPPROTO_IP, abi::IP_MULTICAST_TTL, 1, -1, 255),
    number(abi::IPPROTO_IP, abi::IP_MTU_DISCOVER, 1, 0, 5),
    switch(abi::IPPROTO_IPV6, abi::IPV6_V6ONLY, 0),
    switch(abi::IPPROTO_IPV6, abi::IPV6_RECVPKTINFO, 0),
    switch(abi::IPPROTO_IPV6, abi::IPV6_RECVHOPLIMIT, 0),
    switch(abi::IPPROTO_IPV6, abi::IPV6_RECVTCLASS, 0),
    switch(abi::IPPROTO_IPV6, abi::IPV6_MULTICAST_LOOP, 1),
    number(abi::IPPROTO_IPV6, abi::IPV6_UNICAST_HOPS, 64, -1, 255),
    number(abi::IPPROTO_IPV6, abi::IPV6_MULTICAST_HOPS, 1, -1, 255),
    number(abi::IPPROTO_IPV6, abi::IPV6_TCLASS, 0, -1, 255),
    number(abi::IPPROTO_IPV6, abi::IPV6_MTU_DISCOVER, 1, 0, 5),
];

/// What is kept, as differences from the first values.
pub(super) struct Values {
    numbers: [AtomicI32; KEPT.len()],
    /// The index in [`CONGESTION`].
    congestion: AtomicUsize,
}

impl Values {
    pub(super) const fn new() -> Self {
        Self { numbers: [const { AtomicI32::new(0) }; KEPT.len()], congestion: AtomicUsize::new(0) }
    }

    fn get(&self, index: usize) -> i32 {
        KEPT[index].initial.wrapping_add(self.numbers[index].load(Ordering::Relaxed))
    }
    fn set(&self, index: usize, value: i32) {
        self.numbers[index].store(value.wrapping_sub(KEPT[index].initial), Ordering::Relaxed);
    }

    /// Returns what an option is, 0 if it is none.
    pub(super) fn value(&self, level: i32, name: i32) -> i32 {
        find(level, name).map_or(0, |index| self.get(index))
    }

    /// Takes over all of another's but what is the listener's alone.
    pub(super) fn copy_from(&self, other: &Self) {
        self.congestion.store(other.congestion.load(Ordering::Relaxed), Ordering::Relaxed);
        for (kept, (to, from)) in KEPT.iter().zip(self.numbers.iter().zip(&other.numbers)) {
            if (kept.level, kept.name) != (abi::IPPROTO_TCP, abi::TCP_DEFER_ACCEPT) {
                to.store(from.load(Ordering::Relaxed), Ordering::Relaxed);
            }
        }
    }
}

/// Returns how many bytes a checksum is to cover; 0 is all.
fn coverage(number: i32) -> i32 {
    if number == 0 { 0 } else { number.clamp(HEAD_BYTES, 0xffff) }
}

fn find(level: i32, name: i32) -> Option<usize> {
    KEPT.iter().position(|kept| kept.level == level && kept.name == name)
}

impl Socket {
    /// Returns the level that has the options of another: those of UDP-Lite are UDP's.
    pub(super) fn own_level(&self, level: i32) -> i32 {
        if level == abi::IPPROTO_UDPLITE && self.is_udp() { abi::IPPROTO_UDP } else { level }
    }

    /// Finds an option that the socket has.
    fn find_own(&self, level: i32, name: i32) -> Option<usize> {
        let covers = level == abi::IPPROTO_UDP && matches!(name, SEND_COVERAGE | RECEIVE_COVERAGE);
        let is_lite = self.protocol == abi::IPPROTO_UDPLITE;
        find(level, name).filter(|_| self.has_level(level) && (is_lite || !covers))
    }

    /// Tells whether the socket has options of a level.
    fn has_level(&self, level: i32) -> bool {
        match level {
            abi::IPPROTO_TCP => self.is_tcp(),
            abi::IPPROTO_UDP => self.is_udp(),
            abi::IPPROTO_IP => self.is_inet(),
            abi::SOL_NETLINK => self.is_netlink(),
            abi::IPPROTO_IPV6 => self.domain == abi::AF_INET6,
            _ => false,
        }
    }

    /// Sets `TCP_CONGESTION`. Nothing is congested where nothing is cut into packets: the name is kept.
    fn set_congestion(&self, value: usize, len: usize) -> Result<()> {
        if len == 0 {
            return Err(Errno::EINVAL);
        }
        let mut name = [0; NAME_BYTES];
        let name = read_name(&mut name, value, len)?;
        let index = CONGESTION.iter().position(|known| *known == name).ok_or(Errno::ENOENT)?;
        self.options.values.congestion.store(index, Ordering::Relaxed);
        Ok(())
    }

    /// Returns what of `struct tcp_info` is known: the state, and the sizes of segments and packets.
    fn tcp_info(&self) -> [u8; INFO_BYTES] {
        const CLOSED: u8 = 7;
        let mut info = [0; INFO_BYTES];
        info[0] = super::report::tcp_state(&self.state.lock()).unwrap_or(CLOSED);
        let mut put = |at: usize, number: i32| info[at..at + 4].copy_from_slice(&number.to_ne_bytes());
        for mss_at in [16, 20] {
            put(mss_at, LOOPBACK_SEGMENT_BYTES);
        }
        put(60, super::interface::LOOPBACK.mtu_bytes);
        info
    }

    /// setsockopt(2) of a level below the socket
    pub(super) fn set_level_option(&self, level: i32, name: i32, value: usize, len: usize) -> Result<()> {
        if !self.is_inet() && !self.is_netlink() {
            return Err(Errno::EOPNOTSUPP);
        }
        if (level, name) == (abi::IPPROTO_TCP, abi::TCP_CONGESTION) && self.is_tcp() {
            return self.set_congestion(value, len);
        }
        if let Some(answer) = self.set_raw_option(level, name, value, len) {
            return answer;
        }
        let level = self.own_level(level);
        let index = self.find_own(level, name).ok_or(Errno::ENOPROTOOPT)?;
        // Options of IPv4 may be a byte.
        let number = match len {
            1..4 if level == abi::IPPROTO_IP => i32::from(UserPtr::<u8>::new(value).read()?),
            0..4 if level == abi::SOL_NETLINK => 0,
            0..4 => return Err(Errno::EINVAL),
            _ => UserPtr::<i32>::new(value).read()?,
        };
        let kept = &KEPT[index];
        let is_bound_already = || self.state.lock().local != super::address::Address::Unnamed;
        if (level, name) == (abi::IPPROTO_IPV6, abi::IPV6_V6ONLY) && is_bound_already() {
            return Err(Errno::EINVAL);
        }
        if (level, name) == (abi::IPPROTO_TCP, abi::TCP_FASTOPEN)
            && !matches!(self.state.lock().phase, Phase::Idle | Phase::Listening)
        {
            return Err(Errno::EINVAL);
        }
        let number = match (kept.min, kept.max) {
            (0, 0) => i32::from(number != 0),
            (-1, _) if number == -1 => kept.initial,
            _ if (level, name) == (abi::IPPROTO_UDP, RECEIVE_COVERAGE) => {
                self.options.has_coverage.store(true, Ordering::Relaxed);
                coverage(number)
            }
            _ if (level, name) == (abi::IPPROTO_UDP, SEND_COVERAGE) => coverage(number),
            _ if (level, name) == (abi::IPPROTO_TCP, abi::TCP_DEFER_ACCEPT) => {
                super::defer::rounded_s(number)
            }
            // Time to live has to be some.
            _ if (level, name, number) == (abi::IPPROTO_IP, abi::IP_TTL, 0) => return Err(Errno::EINVAL),
            (min, max) if (min..=max).contains(&number) => number,
            _ => return Err(Errno::EINVAL),
        };
        self.options.values.set(index, number);
        Ok(())
    }

    /// getsockopt(2) of a level below the socket
    pub(super) fn level_option(&self, level: i32, name: i32, value: usize, len: UserPtr<u32>) -> Result<()> {
        let unknown = if matches!(self.domain, abi::AF_INET6 | abi::AF_NETLINK) {
            Errno::ENOPROTOOPT
        } else {
            Errno::EOPNOTSUPP
        };
        if let Some(answer) = self.raw_option(level, name, value, len) {
            return answer;
        }
        let level = self.own_level(level);
        if !self.has_level(level) {
            return Err(unknown);
        }
        match (level, name) {
            (abi::IPPROTO_TCP, abi::TCP_INFO) => return give(value, len, &self.tcp_info()),
            (abi::IPPROTO_TCP, abi::TCP_CONGESTION) => {
                let mut name = [0; NAME_BYTES];
                let kept = CONGESTION[self.options.values.congestion.load(Ordering::Relaxed)];
                name[..kept.len()].copy_from_slice(kept);
                return give(value, len, &name);
            }
            // No packet carries any.
            (abi::IPPROTO_IP, abi::IP_OPTIONS) => return give(value, len, &[]),
            (abi::SOL_NETLINK, abi::NETLINK_LIST_MEMBERSHIPS) => return self.netlink_groups(value, len),
            // Not as others: what has no room for it is told so.
            (abi::SOL_NETLINK, _) if (len.read()? as i32) < 4 => return Err(Errno::EINVAL),
            _ => {}
        }
        if let Some(answer) = self.group_option(level, name, value, len) {
            return answer;
        }
        let index = self.find_own(level, name).ok_or(Errno::ENOPROTOOPT)?;
        let is_connected = || self.state.lock().phase == Phase::Connected;
        let number = match (level, name) {
            (abi::IPPROTO_TCP, abi::TCP_MAXSEG) if is_connected() => LOOPBACK_SEGMENT_BYTES,
            _ => self.options.values.get(index),
        };
        give(value, len, &number.to_ne_bytes())
    }
}
