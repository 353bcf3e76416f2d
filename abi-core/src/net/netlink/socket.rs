//! Sending to the kernel and to other netlink sockets.

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use super::answer::Answer;
use super::wire::Request;
use crate::abi::{self, Errno, Result};
use crate::kernel::{Context, Kernel};
use crate::net::Family;
use crate::net::address::Address;
use crate::net::inbox::{Packet, Rights};
use crate::net::marks::Marks;
use crate::net::socket::{Patience, Phase, Socket};
use crate::net::source::Source;

/// What a message takes of the send buffer besides its bytes.
const SEND_OVERHEAD_BYTES: usize = 32;
/// The same of the receive buffer.
const OVERHEAD_BYTES: usize = 512;
/// How much of an answer in parts is received at once: programs have room for that much.
const PART_BYTES: usize = 4096;

impl Socket {
    /// Tells whether an option of netlink(7) is on.
    fn is_netlink_on(&self, name: i32) -> bool {
        self.options.value(abi::SOL_NETLINK, name) != 0
    }

    /// connect(2): sets whom messages without an address go to; nobody is the kernel.
    pub(in crate::net) fn connect_netlink(
        self: &Arc<Self>,
        cx: Context<'_>,
        to: Option<Address>,
    ) -> Result<()> {
        if to.is_some() {
            cx.kernel.net.netlink.settle(cx, self)?;
        }
        self.state.lock().remote = to.unwrap_or(Address::Unnamed);
        Ok(())
    }

    /// Sends one message, or several in one, to `to` or to whom it is connected.
    pub(in crate::net) fn send_netlink(
        self: &Arc<Self>,
        cx: Context<'_>,
        source: &mut dyn Source,
        to: Option<&Address>,
        patience: Patience,
    ) -> Result<usize> {
        let len = source.left();
        if len == 0 {
            return Err(Errno::ENODATA);
        }
        let names = &cx.kernel.net.netlink;
        let to = to.cloned().unwrap_or_else(|| self.state.lock().remote.clone());
        names.settle(cx, self)?;
        if len + SEND_OVERHEAD_BYTES > self.options.send_bytes() {
            return Err(Errno::EMSGSIZE);
        }
        let mut bytes = vec![0; len];
        source.peek_all(&mut bytes)?;
        let ((port, groups), (own, _)) = (to.netlink(), self.state.lock().local.netlink());
        for member in names.members(groups).iter().filter(|member| !Arc::ptr_eq(member, self)) {
            member.push_or_drop(own, bytes.clone());
        }
        if port == 0 {
            self.ask_kernel(cx.kernel, own, &bytes);
        } else {
            let target = names.find(cx, self, &to)?;
            let mut bytes = Some(bytes);
            Self::wait(&target.queue, cx, patience, || target.push(own, &mut bytes))?;
        }
        source.advance(len);
        Ok(len)
    }

    /// Adds a message of `from` to what arrived; `EAGAIN` where there is no room.
    fn push(&self, from: u32, bytes: &mut Option<Vec<u8>>) -> Result<()> {
        {
            let mut state = self.state.lock();
            if state.phase == Phase::Closed {
                return Err(Errno::ECONNREFUSED);
            }
            let used = state.inbox.len_bytes() + state.inbox.packet_count() * OVERHEAD_BYTES;
            if used > self.options.receive_bytes() {
                return Err(Errno::EAGAIN);
            }
            if let Some(bytes) = bytes.take() {
                let from = Address::Netlink { port: from, groups: 0 };
                let packet = Packet {
                    bytes: bytes.into(),
                    from,
                    to: Address::Unnamed,
                    rights: Rights::new(),
                    marks: Marks::default(),
                    stamp: None,
                };
                state.inbox.push_packet(packet);
            }
        }
        self.queue.notify();
        Ok(())
    }

    /// Adds a message, which is lost where there is no room; the program hears of that, unless it does not want to.
    fn push_or_drop(&self, from: u32, bytes: Vec<u8>) {
        if self.push(from, &mut Some(bytes)) != Err(Errno::EAGAIN) {
            return;
        }
        {
            let mut state = self.state.lock();
            state.drops += 1;
            if !self.is_netlink_on(abi::NETLINK_NO_ENOBUFS) {
                state.error = Some(Errno::ENOBUFS);
            }
        }
        self.queue.notify();
    }

    /// Receives bytes of the kernel's that are no messages, as mq_notify(2) sends them.
    pub(crate) fn notify_netlink(&self, bytes: &[u8]) {
        self.push_or_drop(0, bytes.to_vec());
    }

    /// Answers what is asked of the kernel.
    fn ask_kernel(&self, kernel: &Kernel, port: u32, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some((request, next)) = Request::split(rest) {
            rest = next;
            let is_question = request.flags & abi::NLM_F_REQUEST as u16 != 0
                && request.kind >= abi::NLMSG_MIN_TYPE as u16
                && !request.body.is_empty();
            let outcome = if is_question { self.answer(kernel, port, &request) } else { Ok(true) };
            let error = outcome.err().map_or(0, |error| error.0);
            let wants_outcome = request.flags & abi::NLM_F_ACK as u16 != 0 && outcome != Ok(false);
            if error != 0 || wants_outcome {
                let is_capped = self.is_netlink_on(abi::NETLINK_CAP_ACK);
                self.push_or_drop(0, request.outcome(port, error, is_capped));
            }
        }
    }

    /// Answers a question. Returns whether its outcome is still to be told.
    fn answer(&self, kernel: &Kernel, port: u32, request: &Request<'_>) -> Result<bool> {
        let is_strict = self.is_netlink_on(abi::NETLINK_GET_STRICT_CHK);
        let answer = Answer { kernel, request, port, is_strict };
        if !request.is_dump() {
            self.push_or_drop(0, answer.one()?);
            return Ok(true);
        }
        let dump = answer.dump().ok_or(Errno::EOPNOTSUPP)?;
        let error = dump.error.map_or(0, |error| error.0);
        let mut part = Vec::new();
        for message in dump.messages {
            if part.len() + message.len() > PART_BYTES {
                self.push_or_drop(0, core::mem::take(&mut part));
            }
            part.extend(message);
        }
        if !part.is_empty() {
            self.push_or_drop(0, part);
        }
        let filtered = if dump.is_filtered { abi::NLM_F_DUMP_FILTERED } else { 0 };
        self.push_or_drop(0, request.done(abi::NLM_F_MULTI | filtered, port, error));
        Ok(false)
    }
}
