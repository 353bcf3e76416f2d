//! The calls of `sys/socket.h` that are not about messages.

use alloc::sync::Arc;

use super::address::Address;
use super::file::SocketFile;
use super::inbox::{Along, Rights};
use super::levels::UDP_CORK;
use super::socket::{NO_INPUT, NO_OUTPUT, Phase, Socket};
use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserBuf, UserBufMut, UserPtr};
use crate::fs::file::OpenFile;
use crate::fs::table::OnExec;
use crate::kernel::Context;

/// Splits a socket's type from the flags that may come with it.
fn kind_and_flags(kind: i32) -> (i32, i32) {
    let flags = kind & (abi::SOCK_CLOEXEC | abi::SOCK_NONBLOCK);
    (kind & !flags, flags)
}

impl Socket {
    /// Loads the address to send or connect to. Sockets of UDP for IPv6 take one of IPv4, too.
    pub(super) fn read_target(&self, address: usize, len: u32) -> Result<Address> {
        let takes_four = self.is_udp() && self.domain == abi::AF_INET6 && len >= 2;
        if takes_four && i32::from(UserPtr::<u16>::new(address).read()?) == abi::AF_INET {
            return Address::read(abi::AF_INET, address, len);
        }
        Address::read(self.domain, address, len)
    }

    /// Loads whom a message is for. Where a connection knows, an address is passed over, and local streams refuse one.
    pub(super) fn read_recipient(&self, address: usize, len: u32) -> Result<Option<Address>> {
        if !self.is_connecting_kind() {
            return self.read_target(address, len).map(Some);
        }
        if !self.is_stream() || self.is_tcp() {
            return Ok(None);
        }
        let is_connected = self.state.lock().phase == Phase::Connected;
        Err(if is_connected { Errno::EISCONN } else { Errno::EOPNOTSUPP })
    }
}

impl Context<'_> {
    /// Returns the open file of a socket's descriptor.
    pub(super) fn socket_file(self, fd: i32) -> Result<Arc<OpenFile>> {
        let open = self.open_file(fd)?;
        if open.flags() & abi::O_PATH != 0 {
            return Err(Errno::EBADF);
        }
        if open.file.as_socket().is_some() { Ok(open) } else { Err(Errno::ENOTSOCK) }
    }

    /// sockatmark(3)
    pub fn sys_sockatmark(self, fd: i32) -> Result<i32> {
        let socket = self.socket_of(fd)?;
        if !socket.is_tcp() {
            return Err(Errno::EINVAL);
        }
        Ok(i32::from(socket.state.lock().is_at_mark()))
    }

    fn socket_of(self, fd: i32) -> Result<Arc<Socket>> {
        self.socket_file(fd)?.file.as_socket().cloned().ok_or(Errno::ENOTSOCK)
    }

    /// Makes sure that a kind of socket can be made; returns it and its protocol as they will be.
    fn check_kind(self, domain: i32, kind: i32, protocol: i32) -> Result<(i32, i32)> {
        let family = self.kernel.net.family(domain)?;
        if !(0..=10).contains(&kind) {
            return Err(Errno::EINVAL);
        }
        family.kind(domain, kind, protocol)
    }

    fn open_socket(socket: Arc<Socket>, flags: i32) -> Arc<OpenFile> {
        let file = Arc::new(SocketFile(socket.clone()));
        let open = OpenFile::new(file, abi::O_RDWR | (flags & abi::O_NONBLOCK));
        *socket.opened.lock() = Arc::downgrade(&open);
        open
    }

    fn add_socket(self, socket: Arc<Socket>, flags: i32) -> Result<i32> {
        let open = Self::open_socket(socket, flags);
        // Held on to, so that it is not dropped under the table's lock when there is no room.
        let kept = open.clone();
        let fd = self.files().descriptors.lock().insert(open, OnExec::from_flags(flags), 0);
        drop(kept);
        fd
    }

    /// socket(2)
    pub fn sys_socket(self, domain: i32, kind: i32, protocol: i32) -> Result<i32> {
        let (kind, flags) = kind_and_flags(kind);
        let (kind, protocol) = self.check_kind(domain, kind, protocol)?;
        let socket = Socket::new(domain, kind, protocol);
        self.kernel.net.family(domain)?.made(&socket);
        self.add_socket(socket, flags)
    }

    /// socketpair(2)
    pub fn sys_socketpair(
        self,
        domain: i32,
        kind: i32,
        protocol: i32,
        out: UserPtr<[i32; 2]>,
    ) -> Result<i32> {
        let (kind, flags) = kind_and_flags(kind);
        let (kind, protocol) = self.check_kind(domain, kind, protocol)?;
        if domain != abi::AF_UNIX {
            return Err(Errno::EOPNOTSUPP);
        }
        let [first, second] = [(); 2].map(|()| Socket::new(domain, kind, protocol));
        Socket::join(&first, &second);
        let first = self.add_socket_or_close(first, &second, flags)?;
        let second = self.add_socket(second, flags).inspect_err(|_| {
            let _ = self.sys_close(first);
        })?;
        out.write([first, second]).inspect_err(|_| {
            for fd in [first, second] {
                let _ = self.sys_close(fd);
            }
        })?;
        Ok(0)
    }

    /// Adds one of a pair; where that fails the other has no file that could close it.
    fn add_socket_or_close(self, one: Arc<Socket>, other: &Arc<Socket>, flags: i32) -> Result<i32> {
        let family = self.kernel.net.family(one.domain)?;
        self.add_socket(one, flags).inspect_err(|_| other.close(family))
    }

    /// bind(2)
    pub fn sys_bind(self, fd: i32, address: usize, len: u32) -> Result<i32> {
        let socket = self.socket_of(fd)?;
        let address = Address::read(socket.domain, address, len)?;
        self.kernel.net.family(socket.domain)?.bind(self, &socket, address)?;
        Ok(0)
    }

    /// listen(2)
    pub fn sys_listen(self, fd: i32, backlog: i32) -> Result<i32> {
        self.socket_of(fd)?.listen(self, backlog)?;
        Ok(0)
    }

    /// connect(2)
    pub fn sys_connect(self, fd: i32, address: usize, len: u32) -> Result<i32> {
        let open = self.socket_file(fd)?;
        let socket = open.file.as_socket().ok_or(Errno::ENOTSOCK)?;
        let is_unspecified = len >= 2
            && i32::from(UserPtr::<u16>::new(address).read()?) == abi::AF_UNSPEC
            && (socket.is_inet() || !socket.is_connecting_kind());
        let to = if is_unspecified { None } else { Some(socket.read_target(address, len)?) };
        let patience = socket.patience_to_send(self, !open.is_nonblocking());
        socket.connect(self, to, patience)?;
        Ok(0)
    }

    /// accept4(2)
    pub fn sys_accept4(self, fd: i32, address: usize, len: UserPtr<u32>, flags: i32) -> Result<i32> {
        if flags & !(abi::SOCK_CLOEXEC | abi::SOCK_NONBLOCK) != 0 {
            return Err(Errno::EINVAL);
        }
        let open = self.socket_file(fd)?;
        let socket = open.file.as_socket().ok_or(Errno::ENOTSOCK)?;
        let patience = socket.patience_to_receive(self, !open.is_nonblocking());
        let child = socket.accept(self, patience)?;
        let (domain, remote) = (child.domain, child.state.lock().remote.clone());
        let fd = self.add_socket(child, flags)?;
        if address != 0 {
            remote.write(domain, address, len).inspect_err(|_| {
                let _ = self.sys_close(fd);
            })?;
        }
        Ok(fd)
    }

    /// getsockname(2)
    pub fn sys_getsockname(self, fd: i32, address: usize, len: UserPtr<u32>) -> Result<i32> {
        let socket = self.socket_of(fd)?;
        let local = socket.state.lock().local.clone();
        local.write(socket.domain, address, len).map(|()| 0)
    }

    /// getpeername(2)
    pub fn sys_getpeername(self, fd: i32, address: usize, len: UserPtr<u32>) -> Result<i32> {
        let socket = self.socket_of(fd)?;
        let remote = {
            let state = socket.state.lock();
            let is_connected = match socket.protocol {
                // It always has one: the kernel.
                _ if socket.is_netlink() => true,
                abi::IPPROTO_TCP => state.peer.is_some(),
                _ if socket.is_inet_datagram() => state.remote != Address::Unnamed,
                _ => state.phase == Phase::Connected || state.peer.is_some(),
            };
            if !is_connected {
                return Err(Errno::ENOTCONN);
            }
            state.remote.clone()
        };
        remote.write(socket.domain, address, len).map(|()| 0)
    }

    /// shutdown(2)
    pub fn sys_shutdown(self, fd: i32, how: i32) -> Result<i32> {
        let socket = self.socket_of(fd)?;
        let sides = match how {
            abi::SHUT_RD => NO_INPUT,
            abi::SHUT_WR => NO_OUTPUT,
            abi::SHUT_RDWR => NO_INPUT | NO_OUTPUT,
            _ => return Err(Errno::EINVAL),
        };
        socket.shut_down(self.kernel.net.family(socket.domain)?, sides).map(|()| 0)
    }

    /// setsockopt(2)
    pub fn sys_setsockopt(self, fd: i32, level: i32, name: i32, value: usize, len: u32) -> Result<i32> {
        let socket = self.socket_of(fd)?;
        if let Some(answer) = socket.set_group_option(self, level, name, value, len as usize) {
            return answer.map(|()| 0);
        }
        if level == abi::SOL_NETLINK
            && socket.is_netlink()
            && let Some(answer) = socket.set_netlink_group(name, value, len as usize)
        {
            return answer.map(|()| 0);
        }
        socket.set_option(level, name, value, len)?;
        if (socket.own_level(level), name) == (abi::IPPROTO_UDP, UDP_CORK) {
            socket.uncork(self)?;
        }
        Ok(0)
    }

    /// getsockopt(2)
    pub fn sys_getsockopt(
        self,
        fd: i32,
        level: i32,
        name: i32,
        value: usize,
        len: UserPtr<u32>,
    ) -> Result<i32> {
        self.socket_of(fd)?.option(level, name, value, len).map(|()| 0)
    }

    /// sendto(2)
    pub fn sys_sendto(self, fd: i32, mut buf: UserBuf, flags: i32, to: usize, len: u32) -> Result<isize> {
        let open = self.socket_file(fd)?;
        let socket = open.file.as_socket().ok_or(Errno::ENOTSOCK)?;
        let to = if to == 0 { None } else { socket.read_recipient(to, len)? };
        self.send_with(&open, &mut buf, to, Along::default(), flags)
    }

    /// recvfrom(2)
    pub fn sys_recvfrom(
        self,
        fd: i32,
        mut buf: UserBufMut,
        flags: i32,
        from: usize,
        len: UserPtr<u32>,
    ) -> Result<isize> {
        let open = self.socket_file(fd)?;
        let domain = open.file.as_socket().map_or(0, |socket| socket.domain);
        // Open files that nobody asked for are closed.
        let got = self.receive_with(&open, &mut buf, flags, &mut Rights::new())?;
        match got.from {
            Some(sender) if from != 0 && sender != Address::Unnamed => sender.write(domain, from, len)?,
            _ if from != 0 => len.write(0)?,
            _ => {}
        }
        Ok(got.count as isize)
    }
}
