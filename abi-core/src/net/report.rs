//! What `/proc/net` says of sockets, proc(5).

use core::fmt::Write;
use core::net::{IpAddr, SocketAddr};
use core::sync::atomic::Ordering;

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::address::Address;
use super::connect::SOMAXCONN;
use super::datagram::MAX_MESSAGES;
use super::inet::CHOSEN;
use super::interface::{INTERFACES, LOOPBACK};
use super::socket::{Phase, Socket, State};
use crate::abi;
use crate::kernel::Kernel;

/// How long lines about IPv4 are, with their end.
const TCP_LINE_BYTES: usize = 150;
const UDP_LINE_BYTES: usize = 128;

/// Returns a connection's state as the number that TCP has for it; `None` where there is none to show.
pub(super) fn tcp_state(state: &State) -> Option<u8> {
    match state.phase {
        Phase::Listening => Some(10),
        Phase::Connecting => Some(2),
        _ if state.peer.is_none() => None,
        _ if state.has_end => Some(8),
        _ if !state.has_sent_end => Some(1),
        // The end was sent, and received at once.
        _ => Some(5),
    }
}

/// Writes an address as the kernel has it in memory: numbers of four bytes.
fn put_address(out: &mut String, address: Option<SocketAddr>, domain: i32) {
    let bytes = match address.map(|address| address.ip()) {
        None if domain == abi::AF_INET => Vec::from([0; 4]),
        None => Vec::from([0; 16]),
        Some(IpAddr::V4(ip)) if domain == abi::AF_INET => ip.octets().to_vec(),
        Some(IpAddr::V4(ip)) => ip.to_ipv6_mapped().octets().to_vec(),
        Some(IpAddr::V6(ip)) => ip.octets().to_vec(),
    };
    for word in bytes.chunks_exact(4) {
        let _ = write!(out, "{:08X}", u32::from_ne_bytes([word[0], word[1], word[2], word[3]]));
    }
    let _ = write!(out, ":{:04X} ", address.map_or(0, |address| address.port()));
}

/// Writes the part of a line that all have, from the addresses on.
fn put_socket(
    out: &mut String,
    socket: &Socket,
    state: &State,
    number: u8,
    queues: (usize, usize),
    ino: u64,
) {
    put_address(out, state.local.inet(), socket.domain);
    put_address(out, state.remote.inet(), socket.domain);
    let (sent, received) = queues;
    let _ = write!(out, "{number:02X} {sent:08X}:{received:08X} 00:00000000 00000000     0        0 {ino}");
}

/// Fills a line up and ends it.
fn end_line(out: &mut String, start: usize, len_bytes: usize) {
    while out.len() - start < len_bytes - 1 {
        out.push(' ');
    }
    out.push('\n');
}

fn tcp_lines(kernel: &Kernel, domain: i32) -> Vec<u8> {
    let (head, width) = match domain {
        abi::AF_INET => ("  sl  local_address rem_address   ", TCP_LINE_BYTES),
        _ => ("  sl  local_address                         remote_address                        ", 1),
    };
    let mut out = String::from(head);
    out.push_str("st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode");
    end_line(&mut out, 0, width);
    let sockets = kernel.net.inet.tcp_sockets();
    let backlog = |socket: &Arc<Socket>| -> Vec<u64> {
        socket.state.lock().backlog.iter().map(|waiting| waiting.ino).collect()
    };
    let unaccepted: Vec<u64> = sockets.iter().flat_map(backlog).collect();
    let sockets = sockets.into_iter().filter(|socket| socket.domain == domain);
    for (index, socket) in sockets.enumerate() {
        // A connection that nobody has accepted yet is no file.
        let ino = if unaccepted.contains(&socket.ino) { 0 } else { socket.ino };
        let unsent = socket.unsent_bytes();
        let state = socket.state.lock();
        let Some(number) = tcp_state(&state) else { continue };
        let received = match state.phase {
            Phase::Listening => state.backlog.len(),
            // The end of the stream counts as one, as in its numbering.
            _ => state.inbox.len_bytes() + usize::from(state.has_end),
        };
        let start = out.len();
        let _ = write!(out, "{index:4}: ");
        put_socket(&mut out, &socket, &state, number, (unsent, received), ino);
        out.push_str(" 1 0000000000000000");
        end_line(&mut out, start, width);
    }
    out.into_bytes()
}

/// `/proc/net/tcp`
pub fn tcp(kernel: &Kernel) -> Vec<u8> {
    tcp_lines(kernel, abi::AF_INET)
}

/// `/proc/net/tcp6`
pub fn tcp6(kernel: &Kernel) -> Vec<u8> {
    tcp_lines(kernel, abi::AF_INET6)
}

fn datagram_lines(sockets: Vec<Arc<Socket>>, domain: i32, is_raw: bool) -> Vec<u8> {
    let (head, width) = match domain {
        abi::AF_INET if is_raw => ("  sl  local_address rem_address   ", 1),
        abi::AF_INET => ("   sl  local_address rem_address   ", UDP_LINE_BYTES),
        _ => ("  sl  local_address                         remote_address                        ", 1),
    };
    let mut out = String::from(head);
    out.push_str("st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops");
    end_line(&mut out, 0, width);
    let sockets = sockets.into_iter().filter(|socket| socket.domain == domain);
    for (index, socket) in sockets.enumerate() {
        let state = socket.state.lock();
        let number = if state.remote == Address::Unnamed { 7 } else { 1 };
        let start = out.len();
        let digits = if is_raw && domain == abi::AF_INET { 4 } else { 5 };
        let _ = write!(out, "{index:digits$}: ");
        put_socket(&mut out, &socket, &state, number, (0, state.inbox.len_bytes()), socket.ino);
        let _ = write!(out, " 2 0000000000000000 {}", state.drops);
        end_line(&mut out, start, width);
    }
    out.into_bytes()
}

/// `/proc/net/udp`
pub fn udp(kernel: &Kernel) -> Vec<u8> {
    datagram_lines(kernel.net.inet.udp_sockets(), abi::AF_INET, false)
}

/// `/proc/net/raw`
pub fn raw(kernel: &Kernel) -> Vec<u8> {
    datagram_lines(kernel.net.inet.raw.sockets(), abi::AF_INET, true)
}

/// `/proc/net/raw6`
pub fn raw6(kernel: &Kernel) -> Vec<u8> {
    datagram_lines(kernel.net.inet.raw.sockets(), abi::AF_INET6, true)
}

/// `/proc/net/udplite`
pub fn udplite(kernel: &Kernel) -> Vec<u8> {
    datagram_lines(kernel.net.inet.udplite_sockets(), abi::AF_INET, false)
}

/// `/proc/net/udplite6`
pub fn udplite6(kernel: &Kernel) -> Vec<u8> {
    datagram_lines(kernel.net.inet.udplite_sockets(), abi::AF_INET6, false)
}

/// `/proc/net/udp6`
pub fn udp6(kernel: &Kernel) -> Vec<u8> {
    datagram_lines(kernel.net.inet.udp_sockets(), abi::AF_INET6, false)
}

/// Returns the local sockets that have descriptors, by inode number.
fn unix_sockets(kernel: &Kernel) -> BTreeMap<u64, Arc<Socket>> {
    let mut sockets = BTreeMap::new();
    for files in kernel.all_files() {
        let table = files.descriptors.lock();
        let of = |fd| table.get(fd).ok().and_then(|open| open.file.as_socket()).cloned();
        let local = table.open_descriptors().filter_map(of).filter(|socket| socket.domain == abi::AF_UNIX);
        sockets.extend(local.map(|socket| (socket.ino, socket)));
    }
    sockets
}

/// `/proc/net/unix`
pub fn unix(kernel: &Kernel) -> Vec<u8> {
    let mut out = b"Num       RefCount Protocol Flags    Type St Inode Path\n".to_vec();
    for socket in unix_sockets(kernel).values() {
        let state = socket.state.lock();
        let flags = if state.phase == Phase::Listening { 0x10000 } else { 0 };
        let status = if state.phase == Phase::Connected { 3 } else { 1 };
        let mut line = String::new();
        let _ = write!(
            line,
            "0000000000000000: {:08X} 00000000 {flags:08X} {:04X} {status:02X} {:5}",
            2, socket.kind, socket.ino
        );
        out.extend_from_slice(line.as_bytes());
        match &state.local {
            Address::Path(path) => {
                out.push(b' ');
                out.extend_from_slice(path);
            }
            Address::Abstract(name) => {
                out.extend_from_slice(b" @");
                out.extend(name.iter().map(|&byte| if byte == 0 { b'@' } else { byte }));
            }
            Address::Unnamed | Address::Inet(_) | Address::Netlink { .. } => {}
        }
        out.push(b'\n');
    }
    out
}

/// `/proc/net/dev`
pub fn dev(kernel: &Kernel) -> Vec<u8> {
    let mut out = String::from(concat!(
        "Inter-|   Receive                                                |  Transmit\n",
        " face |bytes    packets errs drop fifo frame compressed multicast",
        "|bytes    packets errs drop fifo colls carrier compressed\n",
    ));
    let lo = &kernel.net.inet.loopback;
    let (bytes, packets) = (lo.bytes.load(Ordering::Relaxed), lo.packets.load(Ordering::Relaxed));
    let _ = writeln!(
        out,
        "{:>6}: {bytes:7} {packets:7} {:4} {:4} {:4} {:5} {:10} {:9} {bytes:8} {packets:7} {:4} {:4} {:4} {:5} {:7} {:10}",
        LOOPBACK.name, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
    );
    out.into_bytes()
}

/// `/proc/net/if_inet6`
pub fn if_inet6(_kernel: &Kernel) -> Vec<u8> {
    /// `IPV6_ADDR_LOOPBACK`: how far an address reaches.
    const SCOPE: u8 = 0x10;
    let mut out = String::new();
    for interface in INTERFACES {
        for (ip, prefix) in interface.addresses {
            let IpAddr::V6(ip) = ip else { continue };
            let _ = writeln!(
                out,
                "{:032x} {:02x} {prefix:02x} {SCOPE:02x} {:02x} {:>8}",
                ip.to_bits(),
                interface.index,
                abi::IFA_F_PERMANENT,
                interface.name
            );
        }
    }
    out.into_bytes()
}

/// `/proc/net/route`: what stays in the machine needs no route.
pub fn route(_kernel: &Kernel) -> Vec<u8> {
    let mut out =
        String::from("Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT");
    end_line(&mut out, 0, 128);
    out.into_bytes()
}

/// `/proc/sys/net/core/somaxconn`
pub fn somaxconn(_kernel: &Kernel) -> Vec<u8> {
    format!("{SOMAXCONN}\n").into_bytes()
}

/// `/proc/sys/net/ipv4/ip_local_port_range`
pub fn port_range(_kernel: &Kernel) -> Vec<u8> {
    format!("{}\t{}\n", CHOSEN.start(), CHOSEN.end()).into_bytes()
}

/// `/proc/sys/net/unix/max_dgram_qlen`
pub fn max_messages(_kernel: &Kernel) -> Vec<u8> {
    format!("{MAX_MESSAGES}\n").into_bytes()
}
