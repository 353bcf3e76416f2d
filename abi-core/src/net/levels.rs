//! Options of the levels below the socket: tcp(7), ip(7), ipv6(7).

use core::sync::atomic::{AtomicI32, Ordering};

use super::options::give;
use super::socket::{Phase, Socket};
use crate::abi::{self, Errno, Result};
use crate::boundary::user::UserPtr;

/// The longest segment that fits into a packet of the loopback interface, with the head's options.
const LOOPBACK_SEGMENT_BYTES: i32 = 65_535 - 52;

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

const KEPT: [Kept; 26] = [
    switch(abi::IPPROTO_TCP, abi::TCP_NODELAY, 0),
    switch(abi::IPPROTO_TCP, abi::TCP_CORK, 0),
    switch(abi::IPPROTO_TCP, abi::TCP_QUICKACK, 1),
    number(abi::IPPROTO_TCP, abi::TCP_MAXSEG, 536, 88, 32_767),
    number(abi::IPPROTO_TCP, abi::TCP_KEEPIDLE, 7200, 1, 32_767),
    number(abi::IPPROTO_TCP, abi::TCP_KEEPINTVL, 75, 1, 32_767),
    number(abi::IPPROTO_TCP, abi::TCP_KEEPCNT, 9, 1, 127),
    number(abi::IPPROTO_TCP, abi::TCP_SYNCNT, 6, 1, 127),
    number(abi::IPPROTO_TCP, abi::TCP_USER_TIMEOUT, 0, 0, i32::MAX),
    switch(abi::IPPROTO_IP, abi::IP_PKTINFO, 0),
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
pub(super) struct Values([AtomicI32; KEPT.len()]);

impl Values {
    pub(super) const fn new() -> Self {
        Self([const { AtomicI32::new(0) }; KEPT.len()])
    }

    fn get(&self, index: usize) -> i32 {
        KEPT[index].initial.wrapping_add(self.0[index].load(Ordering::Relaxed))
    }
    fn set(&self, index: usize, value: i32) {
        self.0[index].store(value.wrapping_sub(KEPT[index].initial), Ordering::Relaxed);
    }

    /// Returns what an option is, 0 if it is none.
    pub(super) fn value(&self, level: i32, name: i32) -> i32 {
        find(level, name).map_or(0, |index| self.get(index))
    }

    /// Takes over all of another's.
    pub(super) fn copy_from(&self, other: &Self) {
        for (to, from) in self.0.iter().zip(&other.0) {
            to.store(from.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }
}

fn find(level: i32, name: i32) -> Option<usize> {
    KEPT.iter().position(|kept| kept.level == level && kept.name == name)
}

impl Socket {
    /// Tells whether the socket has options of a level.
    fn has_level(&self, level: i32) -> bool {
        match level {
            abi::IPPROTO_TCP => self.is_tcp(),
            abi::IPPROTO_IP => self.is_inet(),
            abi::IPPROTO_IPV6 => self.domain == abi::AF_INET6,
            _ => false,
        }
    }

    /// setsockopt(2) of a level below the socket
    pub(super) fn set_level_option(&self, level: i32, name: i32, value: usize, len: usize) -> Result<()> {
        if !self.is_inet() {
            return Err(Errno::EOPNOTSUPP);
        }
        let index = find(level, name).filter(|_| self.has_level(level)).ok_or(Errno::ENOPROTOOPT)?;
        // Options of IPv4 may be a byte.
        let number = match len {
            1..4 if level == abi::IPPROTO_IP => i32::from(UserPtr::<u8>::new(value).read()?),
            0..4 => return Err(Errno::EINVAL),
            _ => UserPtr::<i32>::new(value).read()?,
        };
        let kept = &KEPT[index];
        let is_bound_already = || self.state.lock().local != super::address::Address::Unnamed;
        if (level, name) == (abi::IPPROTO_IPV6, abi::IPV6_V6ONLY) && is_bound_already() {
            return Err(Errno::EINVAL);
        }
        let number = match (kept.min, kept.max) {
            (0, 0) => i32::from(number != 0),
            (-1, _) if number == -1 => kept.initial,
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
        let unknown = if self.domain == abi::AF_INET6 { Errno::ENOPROTOOPT } else { Errno::EOPNOTSUPP };
        if !self.has_level(level) {
            return Err(unknown);
        }
        let index = find(level, name).ok_or(Errno::ENOPROTOOPT)?;
        let is_connected = || self.state.lock().phase == Phase::Connected;
        let number = match (level, name) {
            (abi::IPPROTO_TCP, abi::TCP_MAXSEG) if is_connected() => LOOPBACK_SEGMENT_BYTES,
            _ => self.options.values.get(index),
        };
        give(value, len, &number.to_ne_bytes())
    }
}
