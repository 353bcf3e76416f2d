//! sendmsg(2) and recvmsg(2): messages with addresses and what goes along.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::net::IpAddr;
use core::time::Duration;

use super::address::Address;
use super::errors::Report;
use super::inbox::{Along, Rights};
use super::inet::LOOPBACK_INDEX;
use super::marks::Marks;
use super::socket::Socket;
use super::source::Source;
use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserBuf, UserBufMut};
use crate::boundary::user::{UserPtr, copy_in, copy_out};
use crate::fs::file::OpenFile;
use crate::fs::table::OnExec;
use crate::kernel::Context;

/// `sizeof(struct cmsghdr)`
const HEAD_BYTES: usize = 16;
/// The most descriptors one message takes along (`SCM_MAX_FD`).
const MAX_RIGHTS: usize = 253;
/// The most bytes of what goes along (`net.core.optmem_max` is about as much).
const MAX_CONTROL_BYTES: usize = 131_072;

/// The fields of `struct msghdr`, in words.
struct Header {
    at: usize,
    name: usize,
    name_len: u32,
    vectors: UserPtr<abi::iovec>,
    vector_count: usize,
    control: usize,
    control_len: usize,
}

impl Header {
    fn read(at: usize) -> Result<Self> {
        let word = |index: usize| UserPtr::<usize>::new(at).add(index).read();
        Ok(Self {
            at,
            name: word(0)?,
            name_len: word(1)? as u32,
            vectors: UserPtr::new(word(2)?),
            vector_count: word(3)?,
            control: word(4)?,
            control_len: word(5)?,
        })
    }
}

impl Context<'_> {
    /// Loads what goes along with a message.
    fn read_control(self, socket: &Socket, header: &Header) -> Result<Along> {
        let mut along = Along::default();
        if header.control == 0 || header.control_len == 0 {
            return Ok(along);
        }
        if header.control_len > MAX_CONTROL_BYTES {
            return Err(Errno::ENOBUFS);
        }
        let mut bytes = alloc::vec![0; header.control_len];
        copy_in(&mut bytes, header.control)?;
        let mut rest = &bytes[..];
        while let Some((head, _)) = rest.split_at_checked(HEAD_BYTES) {
            let number = |at: usize| i32::from_ne_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
            let len = number(0) as u32 as usize | (number(4) as u32 as usize) << 32;
            let data = rest.get(HEAD_BYTES..len).ok_or(Errno::EINVAL)?;
            match (number(8), number(12)) {
                (abi::SOL_SOCKET, abi::SCM_RIGHTS) => self.collect_rights(data, &mut along.rights)?,
                (abi::SOL_SOCKET, abi::SCM_CREDENTIALS) => {
                    // There is one process, and it is root: nothing else can be claimed.
                    let claimed = data.first_chunk::<4>().map(|pid| i32::from_ne_bytes(*pid));
                    if data.len() != 12 || claimed != Some(abi::PID) {
                        return Err(if data.len() == 12 { Errno::EPERM } else { Errno::EINVAL });
                    }
                }
                (abi::SOL_SOCKET, _) => return Err(Errno::EINVAL),
                (level, kind) if socket.is_inet_datagram() => along.wishes.take(level, kind, data)?,
                _ => {}
            }
            rest = rest.get(len.next_multiple_of(8)..).unwrap_or_default();
        }
        Ok(along)
    }

    fn collect_rights(self, data: &[u8], rights: &mut Rights) -> Result<()> {
        if rights.len() + data.len() / 4 > MAX_RIGHTS {
            return Err(Errno::EINVAL);
        }
        for fd in data.chunks_exact(4) {
            rights.push(self.open_file(i32::from_ne_bytes([fd[0], fd[1], fd[2], fd[3]]))?);
        }
        Ok(())
    }

    /// Sends with flags, as send(2) and its relatives do.
    pub(super) fn send_with(
        self,
        open: &OpenFile,
        source: &mut dyn Source,
        to: Option<Address>,
        along: Along,
        flags: i32,
    ) -> Result<isize> {
        let socket = open.file.as_socket().ok_or(Errno::ENOTSOCK)?;
        if flags & abi::MSG_OOB != 0 && !socket.is_stream() {
            return Err(Errno::EOPNOTSUPP);
        }
        let may_wait = flags & abi::MSG_DONTWAIT == 0 && !open.is_nonblocking();
        let patience = socket.patience_to_send(self, may_wait);
        let result = if socket.is_stream() {
            socket.send_stream(self, source, along.rights, flags, patience)
        } else {
            socket.send_packet(self, source, to.as_ref(), along, flags, patience)
        };
        if result == Err(Errno::EPIPE) && flags & abi::MSG_NOSIGNAL == 0 && socket.is_stream() {
            self.send_signal_to_self(abi::SIGPIPE);
        }
        result.map(|n| n as isize)
    }

    /// sendmsg(2)
    pub fn sys_sendmsg(self, fd: i32, message: usize, flags: i32) -> Result<isize> {
        let open = self.socket_file(fd)?;
        let socket = open.file.as_socket().ok_or(Errno::ENOTSOCK)?;
        let header = Header::read(message)?;
        let to = match header.name {
            0 => None,
            _ if header.name_len == 0 => None,
            name => socket.read_recipient(name, header.name_len)?,
        };
        let along = self.read_control(socket, &header)?;
        let mut source = UserBuf::of_message(header.vectors, header.vector_count)?;
        self.send_with(&open, &mut source, to, along, flags)
    }

    /// recvmsg(2)
    pub fn sys_recvmsg(self, fd: i32, message: usize, flags: i32) -> Result<isize> {
        let open = self.socket_file(fd)?;
        let socket = open.file.as_socket().ok_or(Errno::ENOTSOCK)?;
        let mut header = Header::read(message)?;
        let mut sink = UserBufMut::of_message(header.vectors, header.vector_count)?;
        let mut rights = Rights::new();
        let got = self.receive_with(&open, &mut sink, flags, &mut rights)?;
        let name_len = match (&got.from, header.name) {
            (Some(from), name) if name != 0 && *from != Address::Unnamed => {
                from.store(socket.domain, name, header.name_len as usize)?
            }
            _ => 0,
        };
        let mut out = got.flags;
        let mut used = 0;
        if let Some(stamp) = got.stamp.filter(|_| !socket.is_netlink()) {
            let (kind, data) = socket.options.stamp_control(stamp);
            used = put_control(&header, 0, (abi::SOL_SOCKET, kind), &data, &mut out)?;
            header.control += used;
            header.control_len -= used;
        }
        used += match &got.report {
            Some(report) => {
                let (level, kind, data) = report.control(socket.domain);
                put_control(&header, 0, (level, kind), &data, &mut out)?
            }
            None => inet_control(socket, &header, &got, &mut out)?,
        };
        let sender = got.from.as_ref().filter(|_| socket.is_netlink()).map(|from| from.netlink().0);
        used += self.write_control(socket, &header, rights, sender, flags, &mut out)?;
        let word = |index: usize, value: usize| UserPtr::<usize>::new(header.at).add(index).write(value);
        UserPtr::<u32>::new(header.at + 8).write(name_len as u32)?;
        word(5, used)?;
        UserPtr::<i32>::new(header.at + 48).write(out)?;
        Ok(got.count as isize)
    }

    /// Stores what came along, to a netlink socket from a port; returns how many bytes that took.
    fn write_control(
        self,
        socket: &Socket,
        header: &Header,
        rights: Rights,
        sender: Option<u32>,
        flags: i32,
        out: &mut i32,
    ) -> Result<usize> {
        let mut used = 0;
        if socket.is_netlink() && socket.options.value(abi::SOL_NETLINK, abi::NETLINK_PKTINFO) != 0 {
            // It came to this socket, and to no group.
            let group = 0u32.to_ne_bytes();
            used += put_control(header, used, (abi::SOL_NETLINK, abi::NETLINK_PKTINFO), &group, out)?;
        }
        if socket.options.is_on(abi::SO_PASSCRED) && !socket.is_inet() {
            let pid = if sender == Some(0) { 0 } else { abi::PID };
            let who = [pid, 0, 0].map(i32::to_ne_bytes).concat();
            used += put_control(header, used, (abi::SOL_SOCKET, abi::SCM_CREDENTIALS), &who, out)?;
        }
        if rights.is_empty() {
            return Ok(used);
        }
        let room = header.control_len.saturating_sub(used + HEAD_BYTES) / 4;
        if room < rights.len() || header.control == 0 {
            *out |= abi::MSG_CTRUNC;
        }
        let on_exec = if flags & abi::MSG_CMSG_CLOEXEC != 0 { OnExec::Close } else { OnExec::Keep };
        let mut fds = Vec::new();
        for open in rights.into_iter().take(if header.control == 0 { 0 } else { room }) {
            // Held on to, so that it is not dropped under the table's lock when there is no room.
            let kept: Arc<OpenFile> = open.clone();
            let fd = self.files().descriptors.lock().insert(open, on_exec, 0);
            drop(kept);
            let Ok(fd) = fd else {
                *out |= abi::MSG_CTRUNC;
                break;
            };
            fds.extend_from_slice(&fd.to_ne_bytes());
        }
        if !fds.is_empty() {
            used += put_control(header, used, (abi::SOL_SOCKET, abi::SCM_RIGHTS), &fds, out)?;
        }
        Ok(used)
    }
}

/// Stores what an internet socket asked to know of a message.
fn inet_control(socket: &Socket, header: &Header, got: &Got, out: &mut i32) -> Result<usize> {
    let Some(to) = got.to.inet() else { return Ok(0) };
    let asks = |level, name| socket.options.value(level, name) != 0;
    let mut used = 0;
    let mut put = |level, kind, data: &[u8]| {
        used += put_control(header, used, (level, kind), data, out)?;
        Result::<()>::Ok(())
    };
    let interface = LOOPBACK_INDEX.to_ne_bytes();
    let Marks { hops, class } = got.marks;
    let (hops_word, class_word) = (i32::from(hops).to_ne_bytes(), i32::from(class).to_ne_bytes());
    if asks(abi::IPPROTO_IPV6, abi::IPV6_RECVPKTINFO) {
        let ip = match to.ip() {
            IpAddr::V4(ip) => ip.to_ipv6_mapped(),
            IpAddr::V6(ip) => ip,
        };
        put(abi::IPPROTO_IPV6, abi::IPV6_PKTINFO, &[ip.octets().as_slice(), &interface].concat())?;
    }
    if let IpAddr::V4(ip) = to.ip() {
        if asks(abi::IPPROTO_IP, abi::IP_PKTINFO) {
            // What was sent to a group came to this machine's own address.
            let own = if ip.is_multicast() { core::net::Ipv4Addr::LOCALHOST } else { ip };
            put(abi::IPPROTO_IP, abi::IP_PKTINFO, &[interface, own.octets(), ip.octets()].concat())?;
        }
        if asks(abi::IPPROTO_IP, abi::IP_RECVTTL) {
            put(abi::IPPROTO_IP, abi::IP_TTL, &hops_word)?;
        }
        if asks(abi::IPPROTO_IP, abi::IP_RECVTOS) {
            put(abi::IPPROTO_IP, abi::IP_TOS, &[class])?;
        }
        return Ok(used);
    }
    if asks(abi::IPPROTO_IPV6, abi::IPV6_RECVHOPLIMIT) {
        put(abi::IPPROTO_IPV6, abi::IPV6_HOPLIMIT, &hops_word)?;
    }
    if asks(abi::IPPROTO_IPV6, abi::IPV6_RECVTCLASS) {
        put(abi::IPPROTO_IPV6, abi::IPV6_TCLASS, &class_word)?;
    }
    Ok(used)
}

/// Stores one `struct cmsghdr` with its data; returns how many bytes that took.
fn put_control(
    header: &Header,
    used: usize,
    (level, kind): (i32, i32),
    data: &[u8],
    out: &mut i32,
) -> Result<usize> {
    let room = header.control_len.saturating_sub(used);
    if header.control == 0 || room < HEAD_BYTES {
        *out |= abi::MSG_CTRUNC;
        return Ok(0);
    }
    let whole = HEAD_BYTES + data.len();
    if whole > room {
        *out |= abi::MSG_CTRUNC;
    }
    let mut bytes = Vec::with_capacity(whole);
    bytes.extend_from_slice(&whole.min(room).to_ne_bytes());
    bytes.extend_from_slice(&level.to_ne_bytes());
    bytes.extend_from_slice(&kind.to_ne_bytes());
    bytes.extend_from_slice(data);
    copy_out(header.control + used, &bytes[..whole.min(room)])?;
    Ok(whole.next_multiple_of(8).min(room))
}

/// What a receiving call tells.
pub(super) struct Got {
    /// What the call returns.
    pub count: usize,
    /// Who sent it, where that is told.
    pub from: Option<Address>,
    /// Where it was sent to.
    pub to: Address,
    /// What its head says besides.
    pub marks: Marks,
    /// When it arrived, if that is told.
    pub stamp: Option<Duration>,
    /// `msg_flags`
    pub flags: i32,
    /// What became of a message that was sent, if that was asked for.
    pub report: Option<Report>,
}

impl Got {
    const fn of_stream(count: usize, flags: i32) -> Self {
        let marks = Marks { hops: 0, class: 0 };
        Self { count, from: None, to: Address::Unnamed, marks, stamp: None, flags, report: None }
    }
}

impl Context<'_> {
    /// Receives with flags, as recv(2) and its relatives do.
    pub(super) fn receive_with(
        self,
        open: &OpenFile,
        sink: &mut UserBufMut,
        flags: i32,
        rights: &mut Rights,
    ) -> Result<Got> {
        let socket = open.file.as_socket().ok_or(Errno::ENOTSOCK)?;
        if flags & abi::MSG_ERRQUEUE != 0 && socket.is_inet() {
            let room = sink.left();
            let (report, len) = socket.receive_report(sink)?;
            let cut = if len > room { abi::MSG_TRUNC } else { 0 };
            return Ok(Got {
                count: len.min(room),
                from: Some(Address::Inet(report.to)),
                to: Address::Unnamed,
                marks: Marks::default(),
                stamp: None,
                flags: flags & abi::MSG_CMSG_CLOEXEC | abi::MSG_ERRQUEUE | cut,
                report: Some(report),
            });
        }
        if flags & abi::MSG_OOB != 0 && !socket.is_udp() {
            let (count, said) = match socket.is_tcp() {
                true => socket.receive_urgent(sink, flags)?,
                false if socket.is_stream() => socket.receive_out_of_band(sink, flags)?,
                false => return Err(Errno::EOPNOTSUPP),
            };
            let flags = flags & abi::MSG_CMSG_CLOEXEC | said;
            return Ok(Got::of_stream(count, flags));
        }
        let may_wait = flags & abi::MSG_DONTWAIT == 0 && !open.is_nonblocking();
        let patience = socket.patience_to_receive(self, may_wait);
        let cloexec = flags & abi::MSG_CMSG_CLOEXEC;
        if socket.is_stream() {
            let count = socket.receive_stream(self, sink, flags, rights, patience)?;
            return Ok(Got::of_stream(count, cloexec));
        }
        let received = socket.receive_packet(self, sink, flags, patience)?;
        let is_cut = received.stored_bytes < received.whole_bytes;
        *rights = received.rights;
        let whole = flags & abi::MSG_TRUNC != 0;
        let from = if socket.is_connecting_kind() { None } else { Some(received.from) };
        let end = if socket.is_connecting_kind() && received.whole_bytes > 0 { abi::MSG_EOR } else { 0 };
        Ok(Got {
            count: if whole { received.whole_bytes } else { received.stored_bytes },
            from,
            to: received.to,
            marks: received.marks,
            stamp: received.stamp,
            flags: cloexec | end | if is_cut { abi::MSG_TRUNC } else { 0 },
            report: None,
        })
    }
}
