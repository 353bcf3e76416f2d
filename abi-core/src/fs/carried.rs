//! The host's files with the boot archive in front: what a metal machine has at once, over what it asks the host for.
//!
//! The archive has a few files of the host's tree as they were when the machine was started, and says of some names that
//! there is nothing. For all others the host is asked, which it is not at all if nobody looks for more.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::archive::{self, ArchiveNode, Carried};
use super::attributes::Attributes;
use super::host::{HostNode, HostTree};
use super::inode::{DirectoryEntry, FileSystemInfo, Identity, Inode, InodeRef};
use crate::abi::{Errno, Result};
use crate::kernel::Kernel;

/// A folder of which the archive has a part.
struct CarriedFolder {
    carried: Arc<ArchiveNode>,
    host: Option<HostFolder>,
}

/// Where the rest of it is.
struct HostFolder {
    tree: Arc<HostTree>,
    path: Vec<u8>,
}

impl HostFolder {
    fn path_to(&self, name: &[u8]) -> Vec<u8> {
        let folder = self.path.strip_suffix(b"/").unwrap_or(&self.path);
        [folder, b"/", name].concat()
    }
}

/// Returns the host's file or folder at `host`, which the guest is to see at `guest`, by the way of the boot archive if
/// that has it.
pub(super) fn lower(kernel: &Kernel, host: &[u8], guest: &[u8]) -> Result<InodeRef> {
    let Some(carried) = archive::root(kernel).ok().and_then(|root| root.descend(guest)) else {
        return Ok(HostNode::root(kernel, host, true)?);
    };
    let folder = HostTree::new(kernel, true).map(|tree| HostFolder { tree, path: host.into() });
    Ok(CarriedFolder::over(carried, folder))
}

impl CarriedFolder {
    fn over(carried: Arc<ArchiveNode>, host: Option<HostFolder>) -> InodeRef {
        if carried.is_directory() && !carried.is_complete() {
            Arc::new(Self { carried, host })
        } else {
            carried
        }
    }

    /// Finds a name in the archive; `None` if the host is to be asked.
    fn find_carried(&self, name: &[u8]) -> Option<Result<InodeRef>> {
        match self.carried.find(name) {
            Carried::Node(node) => {
                let below =
                    |host: &HostFolder| HostFolder { tree: host.tree.clone(), path: host.path_to(name) };
                Some(Ok(Self::over(node, self.host.as_ref().map(below))))
            }
            Carried::Absent => Some(Err(Errno::ENOENT)),
            Carried::Unknown => None,
        }
    }

    fn find_on_host(&self, name: &[u8]) -> Result<(InodeRef, Attributes)> {
        let host = self.host.as_ref().ok_or(Errno::ENOENT)?;
        let (node, attributes) = host.tree.find(host.path_to(name))?;
        Ok((node, attributes))
    }
}

impl Inode for CarriedFolder {
    fn identity(&self) -> Identity {
        self.carried.identity()
    }
    fn file_type(&self) -> u32 {
        self.carried.file_type()
    }
    fn attributes(&self) -> Result<Attributes> {
        self.carried.attributes()
    }
    fn file_system(&self) -> FileSystemInfo {
        self.carried.file_system()
    }

    fn lookup(&self, name: &[u8]) -> Result<InodeRef> {
        self.find_carried(name).unwrap_or_else(|| Ok(self.find_on_host(name)?.0))
    }
    fn knows(&self, name: &[u8]) -> bool {
        self.host.is_none() || self.find_carried(name).is_some()
    }
    fn lookup_with_attributes(&self, name: &[u8]) -> Result<(InodeRef, Attributes)> {
        match self.find_carried(name) {
            Some(found) => {
                let node = found?;
                let attributes = node.attributes()?;
                Ok((node, attributes))
            }
            None => self.find_on_host(name),
        }
    }
    fn entries(&self) -> Result<Vec<DirectoryEntry>> {
        let mut entries = self.carried.entries()?;
        if let Some(host) = &self.host {
            let mut others = match host.tree.list(&host.path) {
                // It was there when the machine was started.
                Err(Errno::ENOENT) => Vec::new(),
                listed => listed?,
            };
            let known: Box<[Vec<u8>]> = entries.iter().map(|entry| entry.name.clone()).collect();
            others.retain(|entry| !known.contains(&entry.name));
            entries.append(&mut others);
        }
        Ok(entries)
    }
}
