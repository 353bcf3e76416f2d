//! Options of sockets, socket(7).

use core::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, AtomicUsize, Ordering};
use core::time::Duration;

use super::interface::{LOOPBACK, LOOPBACK_C_NAME};
use super::levels::Values;
use super::socket::{Phase, Socket};
use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserPtr, copy_in, copy_out};

/// `/proc/sys/net/core/wmem_default`, and its like for receiving.
const DEFAULT_BYTES: usize = 212_992;
/// `wmem_max` and `rmem_max`, before doubling
const MAX_BYTES: usize = 212_992;
/// The smallest buffers.
const MIN_SEND_BYTES: usize = 4608;
const MIN_RECEIVE_BYTES: usize = 2304;
/// The middle ones of `/proc/sys/net/ipv4/tcp_wmem` and `tcp_rmem`
const TCP_SEND_BYTES: usize = 16_384;
const TCP_RECEIVE_BYTES: usize = 131_072;
/// What a connection's send buffer grows to.
const TCP_GROWN_BYTES: usize = 2_626_560;
/// socket(7); `SO_INCOMING_NAPI_ID`
const SO_INCOMING_NAPI_ID: i32 = 56;
/// `IFNAMSIZ` and `TCP_CA_NAME_MAX`
pub(super) const NAME_BYTES: usize = 16;
/// A timeout that is none.
const FOREVER: u64 = 0;

/// Options that are a number which is only kept, or asked for by other parts.
const KEPT: [i32; 7] = [
    abi::SO_REUSEADDR,
    abi::SO_REUSEPORT,
    abi::SO_KEEPALIVE,
    abi::SO_BROADCAST,
    abi::SO_DONTROUTE,
    abi::SO_OOBINLINE,
    abi::SO_PASSCRED,
];

/// The options of one socket.
pub struct Options {
    send_bytes: AtomicUsize,
    receive_bytes: AtomicUsize,
    send_timeout_ns: AtomicU64,
    receive_timeout_ns: AtomicU64,
    /// One bit for each of [`KEPT`].
    switches: AtomicI32,
    priority: AtomicI32,
    low_water: AtomicI32,
    /// `l_linger`, or -1 when off.
    linger_s: AtomicI32,
    /// Whether `SO_SNDBUF` was set, so that it stays.
    is_send_fixed: AtomicBool,
    /// Whether `SO_BINDTODEVICE` chose the loopback interface. There is no other, so it changes nothing.
    is_on_loopback: AtomicBool,
    /// Whether it was said how much of a message is to be covered (`UDPLITE_RECV_CSCOV`).
    pub(super) has_coverage: AtomicBool,
    /// Whether connections ever waited for something to receive.
    pub(super) has_deferred: AtomicBool,
    /// How messages are stamped with the time, as bits of [`super::stamps`].
    pub(super) stamps: AtomicI32,
    /// Options of the levels below.
    pub(super) values: Values,
}

fn duration(nanos: u64) -> Option<Duration> {
    (nanos != FOREVER).then(|| Duration::from_nanos(nanos))
}

impl Options {
    /// Makes a new socket's options.
    pub const fn new() -> Self {
        Self::with_buffers(DEFAULT_BYTES, DEFAULT_BYTES)
    }

    /// Makes the options of a new socket of TCP.
    pub const fn new_tcp() -> Self {
        Self::with_buffers(TCP_SEND_BYTES, TCP_RECEIVE_BYTES)
    }

    const fn with_buffers(send_bytes: usize, receive_bytes: usize) -> Self {
        Self {
            send_bytes: AtomicUsize::new(send_bytes),
            receive_bytes: AtomicUsize::new(receive_bytes),
            send_timeout_ns: AtomicU64::new(FOREVER),
            receive_timeout_ns: AtomicU64::new(FOREVER),
            switches: AtomicI32::new(0),
            priority: AtomicI32::new(0),
            low_water: AtomicI32::new(1),
            linger_s: AtomicI32::new(-1),
            is_send_fixed: AtomicBool::new(false),
            is_on_loopback: AtomicBool::new(false),
            has_coverage: AtomicBool::new(false),
            has_deferred: AtomicBool::new(false),
            stamps: AtomicI32::new(0),
            values: Values::new(),
        }
    }

    /// Returns `SO_SNDBUF`.
    pub fn send_bytes(&self) -> usize {
        self.send_bytes.load(Ordering::Relaxed)
    }
    /// Returns `SO_RCVBUF`.
    pub fn receive_bytes(&self) -> usize {
        self.receive_bytes.load(Ordering::Relaxed)
    }
    /// Lets the send buffer grow, unless the program said how large it is.
    pub fn grow(&self) {
        if !self.is_send_fixed.load(Ordering::Relaxed) {
            self.send_bytes.store(TCP_GROWN_BYTES, Ordering::Relaxed);
        }
    }
    /// Returns an option of a level below the socket.
    pub fn value(&self, level: i32, name: i32) -> i32 {
        self.values.value(level, name)
    }
    /// Tells whether close(2) is to throw away what was not received.
    pub fn breaks_at_close(&self) -> bool {
        self.linger_s.load(Ordering::Relaxed) == 0
    }
    /// Returns how long close(2) waits for what was sent to arrive, if it does.
    pub fn linger(&self) -> Option<Duration> {
        let seconds = self.linger_s.load(Ordering::Relaxed);
        u64::try_from(seconds).ok().filter(|seconds| *seconds > 0).map(Duration::from_secs)
    }
    /// Returns `SO_RCVLOWAT`.
    pub fn low_water(&self) -> usize {
        self.low_water.load(Ordering::Relaxed) as usize
    }
    /// Returns `SO_SNDTIMEO`.
    pub fn send_timeout(&self) -> Option<Duration> {
        duration(self.send_timeout_ns.load(Ordering::Relaxed))
    }
    /// Returns `SO_RCVTIMEO`.
    pub fn receive_timeout(&self) -> Option<Duration> {
        duration(self.receive_timeout_ns.load(Ordering::Relaxed))
    }
    /// Tells whether one of the options that are on or off is on.
    pub fn is_on(&self, name: i32) -> bool {
        let index = KEPT.iter().position(|kept| *kept == name);
        index.is_some_and(|index| self.switches.load(Ordering::Relaxed) & 1 << index != 0)
    }
    /// Takes over what an accepted connection has from its listener.
    pub fn copy_from(&self, other: &Self) {
        self.send_bytes.store(other.send_bytes(), Ordering::Relaxed);
        self.receive_bytes.store(other.receive_bytes.load(Ordering::Relaxed), Ordering::Relaxed);
        self.switches.store(other.switches.load(Ordering::Relaxed), Ordering::Relaxed);
        self.is_send_fixed.store(other.is_send_fixed.load(Ordering::Relaxed), Ordering::Relaxed);
        self.is_on_loopback.store(other.is_on_loopback.load(Ordering::Relaxed), Ordering::Relaxed);
    }
    /// Takes over all of the listener's, as connections of TCP do.
    pub fn copy_all_from(&self, other: &Self) {
        self.copy_from(other);
        self.send_timeout_ns.store(other.send_timeout_ns.load(Ordering::Relaxed), Ordering::Relaxed);
        self.receive_timeout_ns.store(other.receive_timeout_ns.load(Ordering::Relaxed), Ordering::Relaxed);
        for (to, from) in [
            (&self.priority, &other.priority),
            (&self.low_water, &other.low_water),
            (&self.linger_s, &other.linger_s),
            (&self.stamps, &other.stamps),
        ] {
            to.store(from.load(Ordering::Relaxed), Ordering::Relaxed);
        }
        self.values.copy_from(&other.values);
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}

/// Reads a timeout: zero is none.
fn timeout_ns(value: usize, len: usize) -> Result<u64> {
    if len < size_of::<abi::timeval>() {
        return Err(Errno::EINVAL);
    }
    let time = UserPtr::<abi::timeval>::new(value).read()?;
    if !(0..1_000_000).contains(&time.tv_usec) {
        return Err(Errno::EDOM);
    }
    // A negative time is not waited for at all.
    let seconds = u64::try_from(time.tv_sec);
    Ok(seconds.map_or(1, |s| s.saturating_mul(1_000_000_000).saturating_add(time.tv_usec as u64 * 1000)))
}

/// Reads a name that may do without its end.
#[inline(never)]
pub(super) fn read_name(name: &mut [u8; NAME_BYTES], value: usize, len: usize) -> Result<&[u8]> {
    let len = len.min(NAME_BYTES - 1);
    copy_in(&mut name[..len], value)?;
    Ok(name.split(|&byte| byte == 0).next().unwrap_or_default())
}

/// Writes an option's value, as far as there is room.
pub(super) fn give(value: usize, len: UserPtr<u32>, bytes: &[u8]) -> Result<()> {
    let room = usize::try_from(len.read()? as i32).map_err(|_| Errno::EINVAL)?;
    let n = room.min(bytes.len());
    copy_out(value, &bytes[..n])?;
    len.write(n as u32)
}

fn timeval(nanos: u64) -> [u8; 16] {
    let (seconds, micros) = (nanos / 1_000_000_000, nanos / 1000 % 1_000_000);
    (u128::from(seconds) | u128::from(micros) << 64).to_ne_bytes()
}

impl Socket {
    /// `SO_BINDTODEVICE`: the name may do without its end; an empty one ends it.
    fn bind_to_interface(&self, value: usize, len: usize) -> Result<()> {
        let mut name = [0; NAME_BYTES];
        let name = read_name(&mut name, value, len)?;
        if !name.is_empty() && name != LOOPBACK.name.as_bytes() {
            return Err(Errno::ENODEV);
        }
        self.options.is_on_loopback.store(!name.is_empty(), Ordering::Relaxed);
        Ok(())
    }

    fn bound_interface(&self, value: usize, len: UserPtr<u32>) -> Result<()> {
        if !self.options.is_on_loopback.load(Ordering::Relaxed) {
            return len.write(0);
        }
        if (len.read()? as usize) < NAME_BYTES {
            return Err(Errno::EINVAL);
        }
        give(value, len, LOOPBACK_C_NAME.to_bytes_with_nul())
    }

    /// setsockopt(2)
    pub(super) fn set_option(&self, level: i32, name: i32, value: usize, len: u32) -> Result<()> {
        if level != abi::SOL_SOCKET {
            return self.set_level_option(level, name, value, len as usize);
        }
        let (options, len) = (&self.options, len as usize);
        if name == abi::SO_BINDTODEVICE {
            return self.bind_to_interface(value, len);
        }
        if len < 4 {
            return Err(Errno::EINVAL);
        }
        let number = UserPtr::<i32>::new(value).read()?;
        match name {
            abi::SO_SNDTIMEO => options.send_timeout_ns.store(timeout_ns(value, len)?, Ordering::Relaxed),
            abi::SO_RCVTIMEO => options.receive_timeout_ns.store(timeout_ns(value, len)?, Ordering::Relaxed),
            abi::SO_LINGER => {
                if len < 8 {
                    return Err(Errno::EINVAL);
                }
                let [is_on, seconds] = UserPtr::<[i32; 2]>::new(value).read()?;
                options.linger_s.store(if is_on == 0 { -1 } else { seconds.max(0) }, Ordering::Relaxed);
            }
            abi::SO_SNDBUF | abi::SO_SNDBUFFORCE => {
                let most = if name == abi::SO_SNDBUF { MAX_BYTES } else { i32::MAX as usize / 2 };
                let bytes = ((number as u32 as usize).min(most) * 2).max(MIN_SEND_BYTES);
                options.send_bytes.store(bytes, Ordering::Relaxed);
                options.is_send_fixed.store(true, Ordering::Relaxed);
                let peer = self.state.lock().peer.clone().filter(|_| self.is_connecting_kind());
                if let Some(peer) = peer {
                    let limit = self.room_at(&peer);
                    peer.state.lock().inbox.limit = limit;
                    self.queue.notify();
                }
            }
            abi::SO_RCVBUF | abi::SO_RCVBUFFORCE => {
                let most = if name == abi::SO_RCVBUF { MAX_BYTES } else { i32::MAX as usize / 2 };
                let bytes = ((number as u32 as usize).min(most) * 2).max(MIN_RECEIVE_BYTES);
                options.receive_bytes.store(bytes, Ordering::Relaxed);
            }
            _ if options.set_stamping(name, number != 0) => {}
            abi::SO_PRIORITY => options.priority.store(number, Ordering::Relaxed),
            abi::SO_RCVLOWAT if self.is_tcp() => {
                let bytes = if number < 0 { i32::MAX } else { number.max(1) };
                options.low_water.store(bytes, Ordering::Relaxed);
                self.queue.notify();
            }
            abi::SO_RCVLOWAT => return Err(Errno::EOPNOTSUPP),
            _ => {
                let index = KEPT.iter().position(|kept| *kept == name).ok_or(Errno::ENOPROTOOPT)?;
                if number != 0 {
                    options.switches.fetch_or(1 << index, Ordering::Relaxed);
                } else {
                    options.switches.fetch_and(!(1 << index), Ordering::Relaxed);
                }
            }
        }
        Ok(())
    }

    /// getsockopt(2)
    pub(super) fn option(&self, level: i32, name: i32, value: usize, len: UserPtr<u32>) -> Result<()> {
        if level != abi::SOL_SOCKET {
            return self.level_option(level, name, value, len);
        }
        let options = &self.options;
        let number = match name {
            abi::SO_SNDTIMEO => {
                return give(value, len, &timeval(options.send_timeout_ns.load(Ordering::Relaxed)));
            }
            abi::SO_RCVTIMEO => {
                return give(value, len, &timeval(options.receive_timeout_ns.load(Ordering::Relaxed)));
            }
            abi::SO_LINGER => {
                let seconds = options.linger_s.load(Ordering::Relaxed);
                let pair = (i32::from(seconds >= 0), seconds.max(0));
                return give(value, len, &[pair.0.to_ne_bytes(), pair.1.to_ne_bytes()].concat());
            }
            abi::SO_PEERCRED => {
                let is_known =
                    !self.is_inet() && matches!(self.state.lock().phase, Phase::Connected | Phase::Listening);
                let pid = abi::PID;
                let who = if is_known { [pid, 0, 0] } else { [0, -1, -1] };
                return give(value, len, &who.map(i32::to_ne_bytes).concat());
            }
            abi::SO_BINDTODEVICE => return self.bound_interface(value, len),
            // No queue of a device has a number.
            SO_INCOMING_NAPI_ID => 0,
            abi::SO_TYPE => self.kind,
            abi::SO_DOMAIN => self.domain,
            abi::SO_PROTOCOL => self.protocol,
            abi::SO_ACCEPTCONN => i32::from(self.state.lock().phase == Phase::Listening),
            abi::SO_ERROR => self.state.lock().error.take().map_or(0, |error| error.0),
            abi::SO_SNDBUF => options.send_bytes() as i32,
            abi::SO_RCVBUF => options.receive_bytes.load(Ordering::Relaxed) as i32,
            abi::SO_PRIORITY => options.priority.load(Ordering::Relaxed),
            abi::SO_RCVLOWAT => options.low_water.load(Ordering::Relaxed),
            abi::SO_SNDLOWAT => 1,
            _ if KEPT.contains(&name) => i32::from(options.is_on(name)),
            _ => i32::from(options.is_stamping(name).ok_or(Errno::ENOPROTOOPT)?),
        };
        give(value, len, &number.to_ne_bytes())
    }
}
