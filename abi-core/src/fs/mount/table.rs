//! Which mount covers what.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::Ordering;

use super::{Mount, Mounted};
use crate::fs::file::Location;
use crate::fs::inode::{Identity, InodeRef};

/// A mount, and what it covers of which other one.
pub(super) struct Entry {
    pub(super) mount: Arc<Mount>,
    /// `None` for the machine's root.
    pub(super) covered: Option<Mounted>,
    pub(super) identity: Identity,
    /// Where the path that named it ended, if with a name.
    pub(super) location: Option<Location>,
}

/// Every mount that can be reached, the machine's root first.
pub struct Table(pub(super) Vec<Entry>);

impl Entry {
    /// Tells whether what it covers is a directory or lies below it, in their file system.
    pub(super) fn is_below(&self, directory: &InodeRef) -> bool {
        let Some(covered) = &self.covered else { return false };
        let above = directory.identity();
        let mut at = match &self.location {
            Some(location) if !covered.is_directory() => location.directory.inode.clone(),
            _ => covered.inode.clone(),
        };
        loop {
            if at.identity() == above {
                return true;
            }
            let Some((parent, _)) = at.parent() else { return false };
            at = parent;
        }
    }
}

impl Table {
    /// Makes an empty table.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) fn add(&mut self, mount: Arc<Mount>, covered: Option<Mounted>, location: Option<Location>) {
        let identity = covered.as_ref().map_or((0, 0), |covered| covered.inode.identity());
        self.0.push(Entry { mount, covered, identity, location });
    }

    pub(super) fn entry(&self, mount: &Arc<Mount>) -> Option<&Entry> {
        self.0.iter().find(|entry| Arc::ptr_eq(&entry.mount, mount))
    }

    /// Returns what covers a file.
    pub(super) fn over(&self, at: &Mounted, identity: Identity) -> Option<&Arc<Mount>> {
        let is_it = |entry: &&Entry| {
            entry.identity == identity
                && entry.covered.as_ref().is_some_and(|covered| Arc::ptr_eq(&covered.mount, &at.mount))
        };
        self.0.iter().find(is_it).map(|entry| &entry.mount)
    }

    /// Returns a mount and everything that is mounted below it.
    pub(super) fn at_and_below(&self, mount: &Arc<Mount>) -> Vec<Arc<Mount>> {
        let mut found = alloc::vec![mount.clone()];
        let mut at = 0;
        while at < found.len() {
            let more: Vec<_> = self.children(&found[at]).map(|entry| entry.mount.clone()).collect();
            found.extend(more);
            at += 1;
        }
        found
    }

    /// Has a mount cover something else; returns what it did before.
    pub(super) fn put(
        &mut self,
        mount: &Arc<Mount>,
        covered: Mounted,
        location: Option<Location>,
    ) -> Option<(Option<Mounted>, Option<Location>)> {
        let entry = self.0.iter_mut().find(|entry| Arc::ptr_eq(&entry.mount, mount))?;
        entry.identity = covered.inode.identity();
        let before = entry.covered.replace(covered);
        Some((before, core::mem::replace(&mut entry.location, location)))
    }

    /// Takes a mount out; what the entry held is let go of by the caller, without the table's lock.
    pub(super) fn take_out(&mut self, mount: &Arc<Mount>) -> Option<Entry> {
        let at = self.0.iter().position(|entry| Arc::ptr_eq(&entry.mount, mount))?;
        Some(self.0.remove(at))
    }

    /// Returns the numbers of the mounts that `MNT_EXPIRE` asked for and nobody used since.
    pub(super) fn expiring(&self) -> Vec<u64> {
        let marked = self.0.iter().filter(|entry| entry.mount.expires.load(Ordering::Relaxed));
        marked.map(|entry| entry.mount.id).collect()
    }

    /// Returns the mounts on what a mount shows.
    pub(super) fn children<'a>(&'a self, of: &'a Arc<Mount>) -> impl Iterator<Item = &'a Entry> {
        let is_on =
            |entry: &&Entry| entry.covered.as_ref().is_some_and(|covered| Arc::ptr_eq(&covered.mount, of));
        self.0.iter().filter(is_on)
    }
}

impl Default for Table {
    fn default() -> Self {
        Self::new()
    }
}
