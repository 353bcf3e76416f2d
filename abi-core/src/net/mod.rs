//! Sockets between programs and threads of the machine.
//!
//! Two ends inside the machine are two queues ([`inbox`]), of bytes for streams and of messages for the rest; nothing
//! is cut into packets. A [`socket::Socket`] has the states and options that programs see; how its addresses are taken
//! and found is its [`Family`]'s business ([`unix`], [`inet`]), so that another way to reach a peer changes nothing
//! above it: a way out of the machine is a family that finds a socket of its own as the other end. How connections
//! begin and end differs between local sockets ([`connect`], [`socket`]) and [`tcp`]; [`udp`] finds its receivers anew
//! for each message, as does [`raw`], which is for ICMP. What is sent to a [`netlink`] socket the kernel answers.
//! The calls are in files named after what they are about.

pub mod address;
mod calls;
mod connect;
mod datagram;
mod defer;
mod errors;
mod file;
pub mod inbox;
pub mod inet;
mod interface;
mod levels;
mod linger;
mod many;
pub mod marks;
mod message;
mod multicast;
mod netlink;
mod options;
mod out_of_band;
pub mod raw;
pub mod report;
pub mod socket;
mod source;
mod stamps;
mod stream;
mod tcp;
mod udp;
pub mod unix;
mod urgent;

use alloc::sync::Arc;

use crate::abi::{self, Errno, Result};
use crate::kernel::Context;
use address::Address;
use socket::Socket;

/// How sockets of one address family get names and find each other.
pub trait Family: Send + Sync {
    /// Says which type and protocol a socket has that socket(2) was asked for.
    fn kind(&self, domain: i32, kind: i32, protocol: i32) -> Result<(i32, i32)>;
    /// Gives an unnamed socket the address; the address itself may be changed (a port chosen).
    fn bind(&self, cx: Context<'_>, socket: &Arc<Socket>, address: Address) -> Result<()>;
    /// Finds the socket that an address leads to.
    fn find(&self, cx: Context<'_>, from: &Arc<Socket>, to: &Address) -> Result<Arc<Socket>>;
    /// The socket is closed: its name is free, as far as the family frees names.
    fn unbind(&self, socket: &Socket);

    /// A socket was made.
    fn made(&self, _socket: &Arc<Socket>) {}
    /// A socket without a name is about to be used: gives it one, where such sockets can't be without.
    fn settle(&self, _cx: Context<'_>, _socket: &Arc<Socket>) -> Result<()> {
        Ok(())
    }
    /// Lets a socket that will listen be found.
    fn open(&self, _cx: Context<'_>, _socket: &Arc<Socket>) -> Result<()> {
        Ok(())
    }
    /// Undoes [`Family::open`]; the name stays.
    fn shut(&self, _socket: &Socket) {}
    /// Counts in a socket that shares its listener's name.
    fn add(&self, _socket: &Arc<Socket>) {}
    /// A socket ended its connection before the peer did: its address stays taken for a while.
    fn linger(&self, _socket: &Socket, _local: &Address) {}
    /// Tells whether there is a way to an address at all.
    fn check_route(&self, _from: &Socket, _to: &Address) -> Result<()> {
        Ok(())
    }
}

/// What is known of sockets across the machine.
pub struct Net {
    /// The names of local sockets.
    pub unix: unix::Names,
    /// The names of internet sockets.
    pub inet: inet::Names,
    /// The ports of netlink sockets.
    pub netlink: netlink::Names,
}

impl Net {
    /// Makes a machine without sockets.
    pub const fn new() -> Self {
        Self { unix: unix::Names::new(), inet: inet::Names::new(), netlink: netlink::Names::new() }
    }

    /// Returns the family of a domain.
    pub fn family(&self, domain: i32) -> Result<&dyn Family> {
        match domain {
            abi::AF_UNIX => Ok(&self.unix),
            abi::AF_INET | abi::AF_INET6 => Ok(&self.inet),
            abi::AF_NETLINK => Ok(&self.netlink),
            _ => Err(Errno::EAFNOSUPPORT),
        }
    }
}

impl Default for Net {
    fn default() -> Self {
        Self::new()
    }
}
