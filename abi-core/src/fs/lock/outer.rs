//! Locks of files in the host's folders, as other programs of the host see them.
//!
//! One open file of the host's stands for all who hold locks here: it has the strongest of them. It ends when the last
//! lock is given up.

use alloc::boxed::Box;

use super::record::{Kind, Records, Span};
use crate::abi::{Errno, Result};
use crate::backend::folders::{FolderFile, FolderLock, FoundLock};
use crate::fs::file::OpenFile;

/// The host's side of a file's locks.
#[derive(Default)]
pub(super) struct Outer(Option<Box<dyn FolderFile>>);

impl From<Kind> for FolderLock {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Shared => Self::Shared,
            Kind::Exclusive => Self::Exclusive,
        }
    }
}

impl Outer {
    /// Makes the host's side of a file, if it is the host's.
    pub(super) fn new(open: &OpenFile) -> Self {
        let node = open.file.inode().and_then(|inode| inode.clone().as_host_node());
        Self(node.and_then(|node| node.open_for_locks()))
    }

    /// Takes a lock of flock(2) that nobody here objects to.
    pub(super) fn lock_whole(&self, kind: Kind) -> Result<()> {
        let Some(file) = &self.0 else { return Ok(()) };
        file.lock_whole(kind.into()).map_err(|error| Errno(error.0))
    }

    /// Takes a lock of fcntl(2) that nobody here objects to.
    pub(super) fn lock_bytes(&self, kind: Kind, span: Span) -> Result<()> {
        let Some(file) = &self.0 else { return Ok(()) };
        let (start, len) = span.to_abi();
        match file.lock_bytes(kind.into(), start as u64, len as u64) {
            // A file of the host that nobody may write can be locked for writing by its descriptor here only.
            Err(error) if error.0 == Errno::EBADF.0 => Ok(()),
            other => other.map_err(|error| Errno(error.0)),
        }
    }

    /// Gives up what nobody here holds any more, of what was given up.
    pub(super) fn update_whole(&self, held: &Records) {
        if let Some(file) = self.0.as_ref().filter(|_| held.is_empty()) {
            // Giving up meets no error but that of a file that is gone.
            let _ = file.lock_whole(FolderLock::None);
        }
    }

    /// Gives up the bytes of `span` that nobody here holds any more.
    pub(super) fn update_bytes(&self, held: &Records, span: Span) {
        let Some(file) = &self.0 else { return };
        for free in held.free_parts(span) {
            let (start, len) = free.to_abi();
            let _ = file.lock_bytes(FolderLock::None, start as u64, len as u64);
        }
    }

    /// Returns what on the host stands in the way of a lock.
    pub(super) fn conflict(&self, kind: Kind, span: Span) -> Option<FoundLock> {
        let (start, len) = span.to_abi();
        self.0.as_ref()?.find_lock(kind.into(), start as u64, len as u64).ok()?
    }
}
