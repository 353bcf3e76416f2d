//! The folders of the host that QEMU serves by 9P: a virtio-9p device for each.
//!
//! A device's driver starts when something below its folder is first looked for: most programs find all they need in the
//! boot archive. Devices are told apart by their tags, `host0` for the first folder that osvrun names, and so on.

use core::sync::atomic::{AtomicPtr, Ordering};

use abi_core::abi::Errno;
use abi_core::backend::folders::{FolderError, Folders, Result};
use abi_core::boot::config::MachineInfo;
use abi_core::sync::Mutex;
use alloc::boxed::Box;
use alloc::vec::Vec;
use virtio_drivers::transport::Transport;

use super::ninep::{Server, start};
use super::virtio::{Found, Place};
use crate::ninep::client::Client;
use crate::ninep::folders::{ServedFolders, Servers, below};

/// Starts the tags of the devices; a number follows.
const TAG: &[u8] = b"host";
/// `st_dev` of the first folder's files.
const FIRST_DEVICE: u64 = 0x1000;
/// How many devices can be in use.
const MAX_SERVERS: usize = 16;

/// One folder.
struct Export {
    /// Its path on the host.
    path: Vec<u8>,
    /// Its server, once it was asked for; `Err` if it did not start.
    server: Option<Result<&'static Server>>,
}

struct Devices {
    exports: Vec<Export>,
    /// Devices whose drivers did not start.
    found: Vec<(Found, Place)>,
}

static DEVICES: Mutex<Devices> = Mutex::new(Devices { exports: Vec::new(), found: Vec::new() });
/// The servers that interrupt.
static STARTED: [AtomicPtr<Server>; MAX_SERVERS] =
    [const { AtomicPtr::new(core::ptr::null_mut()) }; MAX_SERVERS];

/// Takes over which folders osvrun gave the machine.
pub(super) fn set_machine(machine: &MachineInfo) {
    DEVICES.lock().exports =
        machine.exports.iter().map(|path| Export { path: path.clone(), server: None }).collect();
}

/// Keeps a device for when its folder is asked for.
pub(super) fn attach(transport: Found, place: Place) {
    DEVICES.lock().found.push((transport, place));
}

/// Returns the host's folders, if the machine was given any.
pub fn folders() -> Option<&'static dyn Folders> {
    static FOLDERS: ServedFolders<Exports> = ServedFolders(Exports);
    let devices = DEVICES.lock();
    (!devices.exports.is_empty()).then_some(&FOLDERS)
}

/// Serves a device's interrupt.
pub(super) fn interrupt(line: u8) {
    for started in &STARTED {
        // SAFETY: null or a server, which is never given back.
        let Some(server) = (unsafe { started.load(Ordering::Acquire).as_ref() }) else { return };
        if server.line() == line {
            server.interrupt();
        }
    }
}

/// The servers of the folders.
#[derive(Debug)]
struct Exports;

impl Servers for Exports {
    type Wire = Server;

    fn route<'p>(&self, path: &'p [u8]) -> Result<(Client<Server>, &'p [u8])> {
        let mut devices = DEVICES.lock();
        let longest = devices
            .exports
            .iter()
            .enumerate()
            .filter_map(|(index, export)| Some((index, export.path.len(), below(path, &export.path)?)))
            .max_by_key(|&(_, len, _)| len);
        let (index, _, rest) = longest.ok_or(FolderError(Errno::ENOENT.0))?;
        let server = devices.server(index)?;
        Ok((Client::new(server, FIRST_DEVICE + index as u64), rest))
    }
}

impl Devices {
    /// Returns the server of a folder, starting its driver if need be.
    fn server(&mut self, index: usize) -> Result<&'static Server> {
        if let Some(server) = self.exports[index].server {
            return server;
        }
        let started = self.start(index);
        self.exports[index].server = Some(started);
        started
    }

    fn start(&mut self, index: usize) -> Result<&'static Server> {
        let absent = FolderError(Errno::ENODEV.0);
        let slot = STARTED.iter().find(|slot| slot.load(Ordering::Relaxed).is_null()).ok_or(absent)?;
        let at = self.found.iter().position(|(device, _)| number_of(device) == Some(index)).ok_or(absent)?;
        let (transport, place) = self.found.swap_remove(at);
        let server: &'static Server = Box::leak(Server::new(transport, place)?);
        slot.store(core::ptr::from_ref(server).cast_mut(), Ordering::Release);
        start(server, place)?;
        Ok(server)
    }
}

/// Reads the number in a device's tag (virtio 9P transport, `struct virtio_9p_config`).
fn number_of(device: &Found) -> Option<usize> {
    let len: u16 = device.read_config_space(0).ok()?;
    let mut number = 0usize;
    for at in 0..usize::from(len) {
        let byte: u8 = device.read_config_space(2 + at).ok()?;
        match TAG.get(at) {
            Some(&expected) if byte == expected => {}
            None if byte.is_ascii_digit() => {
                number = number.checked_mul(10)?.checked_add(usize::from(byte - b'0'))?;
            }
            _ => return None,
        }
    }
    (usize::from(len) > TAG.len()).then_some(number)
}
