//! A socket as an open file.

use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::inbox::{Along, Rights};
use super::socket::{Patience, Phase, Socket};
use super::source::Source;
use crate::abi::{self, Errno, Result};
use crate::backend::Monotonic;
use crate::boundary::user::{UserBuf, UserBufMut, UserPtr};
use crate::fs::attributes::Attributes;
use crate::fs::file::{File, OpenFile};
use crate::kernel::Context;
use crate::mux::{Listener, WaitQueue};

/// sockatmark(3)'s request.
pub(super) const SIOCATMARK: u64 = 0x8905;

/// What descriptors of a socket share; its end closes the socket.
pub(super) struct SocketFile(pub(super) Arc<Socket>);

impl Drop for SocketFile {
    fn drop(&mut self) {
        if let Some(kernel) = crate::kernel::try_kernel()
            && let Ok(family) = kernel.net.family(self.0.domain)
        {
            self.0.leave_groups(&kernel.net.inet);
            self.0.close(family);
        }
    }
}

impl Socket {
    /// Says how long sending may wait.
    pub(super) fn patience_to_send(&self, cx: Context<'_>, may_wait: bool) -> Patience {
        Self::patience(cx, may_wait, self.options.send_timeout())
    }
    /// Says how long receiving may wait.
    pub(super) fn patience_to_receive(&self, cx: Context<'_>, may_wait: bool) -> Patience {
        Self::patience(cx, may_wait, self.options.receive_timeout())
    }

    fn patience(cx: Context<'_>, may_wait: bool, timeout: Option<core::time::Duration>) -> Patience {
        if may_wait {
            Patience::Until(timeout.map(|timeout| cx.kernel.backend.monotonic().saturating_add(timeout)))
        } else {
            Patience::None
        }
    }

    /// Sends to the peer what a write(2) gives.
    pub(super) fn write_from(
        self: &Arc<Self>,
        cx: Context<'_>,
        open: &OpenFile,
        source: &mut dyn Source,
    ) -> Result<usize> {
        let patience = self.patience_to_send(cx, !open.is_nonblocking());
        if self.is_stream() {
            self.send_stream(cx, source, Rights::new(), 0, patience)
        } else {
            self.send_packet(cx, source, None, Along::default(), 0, patience)
        }
    }

    /// Receives what a read(2) takes.
    pub(super) fn read_into(&self, cx: Context<'_>, open: &OpenFile, sink: &mut UserBufMut) -> Result<usize> {
        self.read_waiting(cx, sink, !open.is_nonblocking())
    }

    fn read_waiting(&self, cx: Context<'_>, sink: &mut UserBufMut, may_wait: bool) -> Result<usize> {
        let patience = self.patience_to_receive(cx, may_wait);
        if self.is_stream() {
            self.receive_stream(cx, sink, 0, &mut Rights::new(), patience)
        } else {
            self.receive_packet(cx, sink, 0, patience).map(|received| received.stored_bytes)
        }
    }
}

impl File for SocketFile {
    fn read(&self, cx: Context<'_>, open: &OpenFile, buf: &mut UserBufMut) -> Result<()> {
        self.0.read_into(cx, open, buf).map(drop)
    }
    fn write(&self, cx: Context<'_>, open: &OpenFile, buf: &mut UserBuf) -> Result<()> {
        self.0.write_from(cx, open, buf).map(drop)
    }
    fn write_kernel(&self, cx: Context<'_>, open: &OpenFile, mut bytes: &[u8]) -> Result<usize> {
        self.0.write_from(cx, open, &mut bytes)
    }
    fn is_spliceable(&self) -> bool {
        true
    }
    fn splice_read(
        &self,
        cx: Context<'_>,
        open: &OpenFile,
        buf: &mut UserBufMut,
        is_hasty: bool,
    ) -> Result<()> {
        // Of sockets, only local streams heed it.
        let may_wait = !(open.is_nonblocking() || is_hasty && self.0.is_local_stream());
        self.0.read_waiting(cx, buf, may_wait).map(drop)
    }
    fn attributes(&self) -> Result<Attributes> {
        Ok(Attributes {
            mode: abi::S_IFSOCK | 0o777,
            dev: 8,
            ino: self.0.ino,
            nlink: 1,
            block_size: 4096,
            ..Attributes::default()
        })
    }
    fn label(&self) -> Vec<u8> {
        format!("socket:[{}]", self.0.ino).into_bytes()
    }
    fn poll(&self, _cx: Context<'_>) -> i16 {
        self.0.ready()
    }
    fn wait_queue<'a>(&'a self, _cx: Context<'a>) -> Option<&'a WaitQueue> {
        Some(&self.0.queue)
    }
    fn listen(&self, _cx: Context<'_>, listener: &Arc<dyn Listener>, token: u64) -> bool {
        // Room for messages is made at the receiver.
        if let Some(peer) = self.0.receiver_of_messages() {
            peer.queue.listen(listener, token);
        }
        self.0.queue.listen(listener, token);
        true
    }
    fn unlisten(&self, _cx: Context<'_>, listener: &Arc<dyn Listener>, token: u64) {
        if let Some(peer) = self.0.receiver_of_messages() {
            peer.queue.unlisten(listener, token);
        }
        self.0.queue.unlisten(listener, token);
    }
    fn ioctl(&self, _cx: Context<'_>, _open: &OpenFile, request: u64, argument: usize) -> Result<i32> {
        if let Some(answer) = super::interface::ioctl(&self.0, request, argument) {
            return answer.map(|()| 0);
        }
        if request == abi::TIOCOUTQ && self.0.is_tcp() {
            UserPtr::<i32>::new(argument).write(self.0.unsent_bytes() as i32)?;
            return Ok(0);
        }
        let value = {
            let state = self.0.state.lock();
            match request {
                _ if self.0.is_netlink() => return Err(Errno::ENOTTY),
                abi::FIONREAD if self.0.is_tcp() && state.phase == Phase::Listening => {
                    return Err(Errno::EINVAL);
                }
                abi::FIONREAD if self.0.is_tcp() => self.0.bytes_to_mark(&state),
                SIOCATMARK if self.0.is_tcp() => usize::from(state.is_at_mark()),
                SIOCATMARK if self.0.domain == abi::AF_UNIX && !self.0.is_stream() => {
                    return Err(Errno::EOPNOTSUPP);
                }
                SIOCATMARK if self.0.is_local_stream() => usize::from(state.is_at_local_mark()),
                abi::FIONREAD if self.0.is_connecting_kind() => state.inbox.len_bytes(),
                abi::FIONREAD => state.inbox.first_packet_bytes().unwrap_or(0),
                abi::TIOCOUTQ => {
                    let peer = state.peer.clone().filter(|_| self.0.is_connecting_kind());
                    drop(state);
                    peer.map_or(0, |peer| peer.state.lock().inbox.len_bytes())
                }
                _ => return Err(Errno::ENOTTY),
            }
        };
        UserPtr::<i32>::new(argument).write(value as i32)?;
        Ok(0)
    }
    fn deadline(&self) -> Option<Monotonic> {
        self.0.next_due()
    }
    fn before_close(&self, cx: Context<'_>) {
        if let Ok(family) = cx.kernel.net.family(self.0.domain) {
            self.0.linger(cx, family);
        }
    }
    fn as_socket(&self) -> Option<&Arc<Socket>> {
        Some(&self.0)
    }
}

impl Socket {
    /// Returns whom a socket without connection sends to by default.
    fn receiver_of_messages(&self) -> Option<Arc<Socket>> {
        if self.is_connecting_kind() { None } else { self.state.lock().peer.clone() }
    }
}
