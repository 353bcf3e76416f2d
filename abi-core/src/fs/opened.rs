//! Inodes of what is open without having been found in a file system here: disks, and files that osvrun was started with.

use alloc::sync::Arc;

use super::attributes::Attributes;
use super::host::Caches;
use super::inode::{FileSystemInfo, Identity, Inode, InodeRef};
use crate::abi::{self, Result};
use crate::backend::folders::FolderFile;
use crate::mm::{PageCache, SharedPages};

/// An open file with the behaviour of a regular file's inode.
pub(super) struct OpenedNode {
    file: Arc<dyn FolderFile>,
    /// The name it was opened by, if that is of this machine, which has its attributes.
    node: Option<InodeRef>,
    identity: Identity,
    caches: Arc<Caches>,
}

impl OpenedNode {
    /// Makes the inode of a file.
    pub(super) fn new(
        file: Arc<dyn FolderFile>,
        node: Option<InodeRef>,
        identity: Identity,
        caches: &Arc<Caches>,
    ) -> Arc<Self> {
        Arc::new(Self { file, node, identity, caches: caches.clone() })
    }
}

impl Inode for OpenedNode {
    fn identity(&self) -> Identity {
        self.identity
    }
    fn file_type(&self) -> u32 {
        match &self.node {
            Some(node) => node.file_type(),
            None => self.file.stat().map_or(abi::S_IFREG, |stat| stat.mode & abi::S_IFMT),
        }
    }
    fn attributes(&self) -> Result<Attributes> {
        match &self.node {
            Some(node) => node.attributes(),
            None => Ok(self.file.stat()?),
        }
    }
    fn file_system(&self) -> FileSystemInfo {
        match &self.node {
            Some(node) => node.file_system(),
            None => super::host::file_system(false),
        }
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<usize> {
        self.caches.read_at(self.identity, &*self.file, offset, buf)
    }
    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<usize> {
        self.caches.write_at(self.identity, &*self.file, offset, bytes)
    }
    fn len_bytes(&self) -> u64 {
        self.file.stat().map_or(0, |stat| stat.size)
    }
    fn set_len(&self, len_bytes: u64) -> Result<()> {
        self.caches.set_len(self.identity, &*self.file, len_bytes)
    }
    fn shared_pages(&self, may_write: bool) -> Result<SharedPages> {
        self.caches.pages(self.identity, &self.file, may_write)
    }
    fn cache(&self) -> Option<Arc<dyn PageCache>> {
        self.caches.find(self.identity).map(|cached| cached as Arc<dyn PageCache>)
    }
    fn set_mode(&self, mode: u32) -> Result<()> {
        match &self.node {
            Some(node) => node.set_mode(mode),
            None => Ok(self.file.set_mode(mode)?),
        }
    }
    fn set_times(&self, access_ns: Option<i128>, modification_ns: Option<i128>) -> Result<()> {
        match &self.node {
            Some(node) => node.set_times(access_ns, modification_ns),
            None => Ok(self.file.set_times(access_ns, modification_ns)?),
        }
    }
    fn sync(&self) -> Result<()> {
        Ok(self.file.sync()?)
    }
}
