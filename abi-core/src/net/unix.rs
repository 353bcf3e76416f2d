//! Local sockets, unix(7): their names are socket files and a space of names of its own.

use alloc::format;
use alloc::sync::{Arc, Weak};

use super::Family;
use super::address::Address;
use super::socket::{Phase, Socket};
use crate::abi::{self, Errno, Result};
use crate::few::FewMap;
use crate::fs::inode::{Identity, NewFile};
use crate::fs::walk::Follow;
use crate::kernel::Context;
use crate::sync::Mutex;

/// The names of local sockets.
pub struct Names {
    abstracts: Mutex<FewMap<Arc<[u8]>, Weak<Socket>>>,
    files: Mutex<FewMap<Identity, Weak<Socket>>>,
}

impl Names {
    /// Makes a machine without names.
    pub const fn new() -> Self {
        Self { abstracts: Mutex::new(FewMap::new()), files: Mutex::new(FewMap::new()) }
    }

    fn bind_abstract(&self, socket: &Arc<Socket>, name: Arc<[u8]>) -> Result<()> {
        let mut names = self.abstracts.lock();
        if names.contains_key(&name) {
            return Err(Errno::EADDRINUSE);
        }
        names.insert(name.clone(), Arc::downgrade(socket));
        socket.state.lock().local = Address::Abstract(name);
        Ok(())
    }

    /// Chooses a name: five hexadecimal digits.
    fn bind_any(&self, socket: &Arc<Socket>) -> Result<()> {
        for number in 0..=0xf_ffff_u32 {
            let name = format!("{number:05x}").into_bytes().into();
            match self.bind_abstract(socket, name) {
                Err(Errno::EADDRINUSE) => {}
                other => return other,
            }
        }
        Err(Errno::ENOSPC)
    }
}

impl Default for Names {
    fn default() -> Self {
        Self::new()
    }
}

impl Family for Names {
    fn kind(&self, _domain: i32, kind: i32, protocol: i32) -> Result<(i32, i32)> {
        if protocol != 0 && protocol != abi::AF_UNIX {
            return Err(Errno::EPROTONOSUPPORT);
        }
        match kind {
            abi::SOCK_STREAM | abi::SOCK_DGRAM | abi::SOCK_SEQPACKET => Ok((kind, 0)),
            // As on Linux.
            abi::SOCK_RAW => Ok((abi::SOCK_DGRAM, 0)),
            _ => Err(Errno::ESOCKTNOSUPPORT),
        }
    }

    fn bind(&self, cx: Context<'_>, socket: &Arc<Socket>, address: Address) -> Result<()> {
        let is_bound = socket.state.lock().local != Address::Unnamed;
        match address {
            Address::Unnamed if is_bound => Ok(()),
            Address::Unnamed => self.bind_any(socket),
            Address::Abstract(_) if is_bound => Err(Errno::EINVAL),
            Address::Abstract(name) => self.bind_abstract(socket, name),
            Address::Inet(_) | Address::Netlink { .. } => Err(Errno::EINVAL),
            Address::Path(path) => {
                let place = cx.walk(abi::AT_FDCWD, &path, Follow::Never)?;
                if place.inode.is_some() {
                    return Err(Errno::EADDRINUSE);
                }
                if place.must_be_directory {
                    return Err(Errno::ENOENT);
                }
                if is_bound {
                    return Err(Errno::EINVAL);
                }
                let mode = 0o777 & !cx.files().umask();
                let made = place.directory.create(&place.name, NewFile::Special(abi::S_IFSOCK, 0), mode);
                let node =
                    made.map_err(|error| if error == Errno::EEXIST { Errno::EADDRINUSE } else { error })?;
                cx.kernel.tell_one(&place.directory, abi::IN_CREATE, false, 0, &place.name);
                self.files.lock().insert(node.identity(), Arc::downgrade(socket));
                let mut state = socket.state.lock();
                state.node = Some(node);
                state.local = Address::Path(path);
                Ok(())
            }
        }
    }

    fn find(&self, cx: Context<'_>, from: &Arc<Socket>, to: &Address) -> Result<Arc<Socket>> {
        let found = match to {
            Address::Unnamed | Address::Inet(_) | Address::Netlink { .. } => return Err(Errno::EINVAL),
            Address::Abstract(name) => self.abstracts.lock().get(name).and_then(Weak::upgrade),
            Address::Path(path) => {
                let identity = cx.resolve(abi::AT_FDCWD, path)?.identity();
                self.files.lock().get(&identity).and_then(Weak::upgrade)
            }
        };
        let found = found.filter(|socket| socket.state.lock().phase != Phase::Closed);
        let found = found.ok_or(Errno::ECONNREFUSED)?;
        if found.kind == from.kind { Ok(found) } else { Err(Errno::EPROTOTYPE) }
    }

    fn unbind(&self, socket: &Socket) {
        let (local, node) = {
            let mut state = socket.state.lock();
            (state.local.clone(), state.node.take())
        };
        let is_this = |other: &Weak<Socket>| core::ptr::eq(other.as_ptr(), socket);
        if let Address::Abstract(name) = &local {
            let mut names = self.abstracts.lock();
            // An accepted connection has its listener's name.
            if names.get(name).is_some_and(is_this) {
                names.remove(name);
            }
        }
        if let Some(node) = &node {
            self.files.lock().remove(&node.identity());
        }
    }
}
