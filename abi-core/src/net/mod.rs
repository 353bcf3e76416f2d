//! Sockets between programs and threads of the machine.
//!
//! Two ends inside the machine are two queues ([`inbox`]), of bytes for streams and of messages for the rest; nothing
//! is cut into packets. A [`socket::Socket`] has the states and options that programs see; how its addresses are taken
//! and found is its [`Family`]'s business ([`unix`]), so that another way to reach a peer changes nothing above it.
//! The calls are in files named after what they are about.

pub mod address;
mod calls;
mod connect;
mod datagram;
mod file;
pub mod inbox;
mod message;
mod options;
pub mod socket;
mod stream;
pub mod unix;
mod vectors;

use alloc::sync::Arc;

use crate::abi::{self, Errno, Result};
use crate::kernel::Context;
use address::Address;
use socket::Socket;

/// How sockets of one address family get names and find each other.
pub trait Family: Send + Sync {
    /// Gives an unnamed socket the address; the address itself may be changed (a port chosen).
    fn bind(&self, cx: Context<'_>, socket: &Arc<Socket>, address: Address) -> Result<()>;
    /// Finds the socket that an address leads to.
    fn find(&self, cx: Context<'_>, from: &Arc<Socket>, to: &Address) -> Result<Arc<Socket>>;
    /// The socket is closed: its name is free, as far as the family frees names.
    fn unbind(&self, socket: &Socket);
}

/// What is known of sockets across the machine.
pub struct Net {
    /// The names of local sockets.
    pub unix: unix::Names,
}

impl Net {
    /// Makes a machine without sockets.
    pub const fn new() -> Self {
        Self { unix: unix::Names::new() }
    }

    /// Returns the family of a domain.
    pub fn family(&self, domain: i32) -> Result<&dyn Family> {
        match domain {
            abi::AF_UNIX => Ok(&self.unix),
            _ => Err(Errno::EAFNOSUPPORT),
        }
    }
}

impl Default for Net {
    fn default() -> Self {
        Self::new()
    }
}
