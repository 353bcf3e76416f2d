//! Sockets to the kernel itself, netlink(7): `NETLINK_ROUTE`.
//!
//! A message to port 0 is the kernel's, which answers before the call returns; others have ports as datagrams do.

mod addresses;
mod answer;
mod links;
mod options;
mod routes;
mod socket;
mod wire;

use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;

use super::Family;
use super::address::Address;
use super::socket::Socket;
use crate::abi::{self, Errno, Result};
use crate::few::FewMap;
use crate::kernel::Context;
use crate::sync::Mutex;

/// Chosen ports come after the process's number, from here downwards, as signed numbers.
const FIRST_CHOSEN: i32 = -4097;

/// Sockets by port.
pub struct Names(Mutex<FewMap<u32, Weak<Socket>>>);

impl Names {
    /// Makes a machine without ports.
    pub const fn new() -> Self {
        Self(Mutex::new(FewMap::new()))
    }

    /// Returns the sockets that are in one of the groups.
    fn members(&self, groups: u64) -> Vec<Arc<Socket>> {
        let sockets: Vec<_> = self.0.lock().values().filter_map(Weak::upgrade).collect();
        let is_member = |socket: &Arc<Socket>| socket.state.lock().local.netlink().1 & groups != 0;
        sockets.into_iter().filter(is_member).collect()
    }

    /// Gives a socket a port: the one asked for, or one that is free for 0.
    fn take_port(&self, socket: &Arc<Socket>, wanted: u32) -> Result<()> {
        let mut ports = self.0.lock();
        let port = match wanted {
            0 => {
                let chosen = (0..=i32::MAX).map(|n| FIRST_CHOSEN.wrapping_sub(n));
                let is_free = |port: &u32| !ports.contains_key(port);
                let mut all = core::iter::once(abi::PID).chain(chosen).map(|port| port as u32);
                all.find(is_free).ok_or(Errno::EADDRINUSE)?
            }
            wanted if ports.contains_key(&wanted) => return Err(Errno::EADDRINUSE),
            wanted => wanted,
        };
        let mut state = socket.state.lock();
        let (before, groups) = state.local.netlink();
        if before == 0 {
            state.local = Address::Netlink { port, groups };
            ports.insert(port, Arc::downgrade(socket));
        }
        Ok(())
    }
}

impl Default for Names {
    fn default() -> Self {
        Self::new()
    }
}

impl Address {
    /// Returns a netlink socket's port and groups; one that has no address has neither.
    pub(super) fn netlink(&self) -> (u32, u64) {
        if let Self::Netlink { port, groups } = self { (*port, *groups) } else { (0, 0) }
    }
}

impl Family for Names {
    fn kind(&self, _domain: i32, kind: i32, protocol: i32) -> Result<(i32, i32)> {
        if !matches!(kind, abi::SOCK_RAW | abi::SOCK_DGRAM) {
            return Err(Errno::ESOCKTNOSUPPORT);
        }
        if protocol == abi::NETLINK_ROUTE { Ok((kind, protocol)) } else { Err(Errno::EPROTONOSUPPORT) }
    }

    fn bind(&self, _cx: Context<'_>, socket: &Arc<Socket>, address: Address) -> Result<()> {
        let (port, groups) = address.netlink();
        let (bound, _) = socket.state.lock().local.netlink();
        match bound {
            0 => self.take_port(socket, port)?,
            _ if bound != port => return Err(Errno::EINVAL),
            _ => {}
        }
        // What the address has no room for stays.
        let mut state = socket.state.lock();
        let (port, before) = state.local.netlink();
        state.local = Address::Netlink { port, groups: before & !u64::from(u32::MAX) | groups };
        Ok(())
    }

    fn settle(&self, _cx: Context<'_>, socket: &Arc<Socket>) -> Result<()> {
        let (port, _) = socket.state.lock().local.netlink();
        if port == 0 { self.take_port(socket, 0) } else { Ok(()) }
    }

    fn find(&self, _cx: Context<'_>, from: &Arc<Socket>, to: &Address) -> Result<Arc<Socket>> {
        let found = self.0.lock().get(&to.netlink().0).and_then(Weak::upgrade).ok_or(Errno::ECONNREFUSED)?;
        // They may be one and the same.
        let (hears, _) = found.state.lock().remote.netlink();
        let (own, _) = from.state.lock().local.netlink();
        if hears == 0 || hears == own { Ok(found) } else { Err(Errno::ECONNREFUSED) }
    }

    fn unbind(&self, socket: &Socket) {
        let (port, _) = socket.state.lock().local.netlink();
        let mut ports = self.0.lock();
        if ports.get(&port).is_some_and(|other| core::ptr::eq(other.as_ptr(), socket)) {
            ports.remove(&port);
        }
    }
}
