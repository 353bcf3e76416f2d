//! The queue of errors, ip(7): `IP_RECVERR`, `MSG_ERRQUEUE`.
//!
//! With only the loopback interface there is one of them: nobody is at the port that a datagram was sent to.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::net::SocketAddr;

use super::address::Address;
use super::socket::Socket;
use crate::abi::{self, Errno, Result};
use crate::boundary::user::UserBufMut;

/// How much of a datagram an answer quotes, besides its heads: an answer has at most 576 bytes, one of IPv6 1280.
const QUOTED_BYTES: usize = 576 - 2 * 20 - 2 * 8;
const QUOTED_BYTES_V6: usize = 1280 - 2 * 40 - 2 * 8;
/// The answer that says it: type and code, and which protocol it is of (`SO_EE_ORIGIN_ICMP`, `SO_EE_ORIGIN_ICMP6`).
const PORT_UNREACHABLE: [u8; 3] = [2, 3, 3];
const PORT_UNREACHABLE_V6: [u8; 3] = [3, 1, 4];
/// What a report takes of the receive buffer besides its bytes.
const OVERHEAD_BYTES: usize = 512;

/// What became of a datagram.
pub struct Report {
    /// What the answer quotes of it.
    bytes: Box<[u8]>,
    /// Where it was sent to.
    pub(super) to: SocketAddr,
}

impl Report {
    /// Returns level, type and data of the control message that tells of it, to a socket of `domain`.
    pub(super) fn control(&self, domain: i32) -> (i32, i32, Vec<u8>) {
        let [origin, kind, code] = if self.to.is_ipv4() { PORT_UNREACHABLE } else { PORT_UNREACHABLE_V6 };
        let mut data = Vec::from(Errno::ECONNREFUSED.0.to_ne_bytes());
        data.extend([origin, kind, code, 0]);
        data.extend([0; 8]);
        // Who answered: where it was sent to, which has no port.
        data.extend(Address::Inet((self.to.ip(), 0).into()).to_bytes(domain));
        if domain == abi::AF_INET6 {
            (abi::IPPROTO_IPV6, abi::IPV6_RECVERR, data)
        } else {
            (abi::IPPROTO_IP, abi::IP_RECVERR, data)
        }
    }
}

impl Socket {
    /// Nobody is where `bytes` were sent to. Those who are connected, or asked to be told, are.
    pub(super) fn report_unreachable(&self, bytes: &[u8], to: SocketAddr, is_connected: bool) {
        let (asks, quoted) = if to.is_ipv4() {
            (self.options.value(abi::IPPROTO_IP, abi::IP_RECVERR), QUOTED_BYTES)
        } else {
            (self.options.value(abi::IPPROTO_IPV6, abi::IPV6_RECVERR), QUOTED_BYTES_V6)
        };
        if asks == 0 && !is_connected {
            return;
        }
        {
            let mut state = self.state.lock();
            let used: usize = state.reports.iter().map(|report| report.bytes.len() + OVERHEAD_BYTES).sum();
            if asks != 0 && used < self.options.receive_bytes() {
                let bytes = bytes[..bytes.len().min(quoted)].into();
                state.reports.push_back(Report { bytes, to });
            }
            state.error = Some(Errno::ECONNREFUSED);
        }
        self.queue.notify();
    }

    /// Receives the first report into `sink`: what was sent. Returns it, and its length.
    pub(super) fn receive_report(&self, sink: &mut UserBufMut) -> Result<(Report, usize)> {
        let report = {
            let mut state = self.state.lock();
            let report = state.reports.pop_front().ok_or(Errno::EAGAIN)?;
            state.error = (!state.reports.is_empty()).then_some(Errno::ECONNREFUSED);
            report
        };
        let len = report.bytes.len();
        sink.put(&report.bytes[..len.min(sink.left())])?;
        Ok((report, len))
    }
}
