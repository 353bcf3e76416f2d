//! Directories of a memory file system: entries, whiteouts, and what changes them.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::node::{Body, Node};
use crate::abi::{Errno, Result};
use crate::fs::inode::{DirectoryEntry, Inode, InodeRef, NewFile, RenameMode, entry_kind};
use crate::sync::MutexGuard;

/// What memory knows about a name.
enum Slot {
    /// It names this node.
    Node(Arc<Node>),
    /// The lower directory's entry was removed or renamed away.
    Whiteout,
}

/// A directory's state.
pub(super) struct Directory {
    entries: BTreeMap<Vec<u8>, Slot>,
    /// The directory of the lower file system that shows through.
    lower: Option<InodeRef>,
    /// The parent and the name there; `None` for the root.
    pub(super) place: Option<(Arc<Node>, Vec<u8>)>,
    /// Whether it was removed: nothing can be made in it any more.
    pub(super) is_removed: bool,
}

impl Directory {
    pub(super) const fn new(lower: Option<InodeRef>) -> Self {
        Self { entries: BTreeMap::new(), lower, place: None, is_removed: false }
    }

    /// Returns the directory below.
    pub(super) fn lower(&self) -> Option<InodeRef> {
        self.lower.clone()
    }

    /// Finds a name, bringing it in from the lower directory.
    fn find(&mut self, of: &Node, name: &[u8]) -> Result<Arc<Node>> {
        match self.entries.get(name) {
            Some(Slot::Node(node)) => return Ok(node.clone()),
            Some(Slot::Whiteout) => return Err(Errno::ENOENT),
            None => {}
        }
        let (lower, attributes) = self.lower.as_ref().ok_or(Errno::ENOENT)?.lookup_with_attributes(name)?;
        let node = Node::over(&of.tree, lower, attributes)?;
        self.place_node(of, name, node.clone());
        Ok(node)
    }

    /// Enters a node under a name that is free.
    fn place_node(&mut self, of: &Node, name: &[u8], node: Arc<Node>) {
        if let Body::Directory(directory) = &node.body {
            directory.lock().place = Some((of.this(), name.into()));
        }
        self.entries.insert(name.into(), Slot::Node(node));
    }

    /// Takes a name out, leaving a whiteout where the lower directory would show through.
    fn take_out(&mut self, name: &[u8]) {
        let shows_through = self.lower.as_ref().is_some_and(|lower| lower.lookup(name).is_ok());
        if shows_through {
            self.entries.insert(name.into(), Slot::Whiteout);
        } else {
            self.entries.remove(name);
        }
    }

    fn is_empty(&self) -> Result<bool> {
        if self.entries.values().any(|slot| matches!(slot, Slot::Node(_))) {
            return Ok(false);
        }
        let Some(lower) = &self.lower else { return Ok(true) };
        Ok(lower.entries()?.iter().all(|entry| self.entries.contains_key(&entry.name)))
    }

    fn check_alive(&self) -> Result<()> {
        if self.is_removed { Err(Errno::ENOENT) } else { Ok(()) }
    }
}

impl Node {
    /// Finds a name of this directory.
    pub(super) fn find(&self, name: &[u8]) -> Result<Arc<Node>> {
        self.directory()?.lock().find(self, name)
    }

    /// Tells whether memory knows a name, or that there is none.
    pub(super) fn knows_name(&self, name: &[u8]) -> bool {
        let Ok(directory) = self.directory() else { return true };
        let directory = directory.lock();
        let lower = || directory.lower.as_ref().is_none_or(|lower| lower.knows(name));
        directory.entries.contains_key(name) || lower()
    }

    /// Lists this directory.
    pub(super) fn list(&self) -> Result<Vec<DirectoryEntry>> {
        let directory = self.directory()?.lock();
        let mut listed = Vec::new();
        for (name, slot) in &directory.entries {
            if let Slot::Node(node) = slot {
                let ino = node.meta.lock().ino;
                listed.push(DirectoryEntry { name: name.clone(), ino, kind: entry_kind(node.file_type()) });
            }
        }
        if let Some(lower) = &directory.lower {
            let shown =
                lower.entries()?.into_iter().filter(|entry| !directory.entries.contains_key(&entry.name));
            listed.extend(shown);
        }
        Ok(listed)
    }

    /// Returns `inode` as a node of the same file system.
    pub(super) fn same_tree(&self, inode: &InodeRef) -> Result<Arc<Node>> {
        inode.as_tree_node().filter(|node| Arc::ptr_eq(&node.tree, &self.tree)).ok_or(Errno::EXDEV)
    }

    pub(super) fn make_entry(&self, name: &[u8], new: NewFile<'_>, mode: u32) -> Result<Arc<Node>> {
        let mut directory = self.directory()?.lock();
        directory.check_alive()?;
        if directory.find(self, name).is_ok() {
            return Err(Errno::EEXIST);
        }
        self.tree.bounds.check_file()?;
        let node = Node::new(&self.tree, new, mode);
        directory.place_node(self, name, node.clone());
        drop(directory);
        if node.is_directory() {
            self.change(|meta| meta.nlink += 1);
        }
        self.touch();
        Ok(node)
    }

    pub(super) fn add_link(&self, name: &[u8], node: &Arc<Node>) -> Result<()> {
        if node.is_directory() {
            return Err(Errno::EPERM);
        }
        let mut directory = self.directory()?.lock();
        directory.check_alive()?;
        if directory.find(self, name).is_ok() {
            return Err(Errno::EEXIST);
        }
        directory.place_node(self, name, node.clone());
        drop(directory);
        node.change(|meta| meta.nlink += 1);
        self.touch();
        Ok(())
    }

    pub(super) fn remove_name(&self, name: &[u8]) -> Result<()> {
        let mut directory = self.directory()?.lock();
        let node = directory.find(self, name)?;
        if node.is_directory() {
            return Err(Errno::EISDIR);
        }
        directory.take_out(name);
        drop(directory);
        node.change(|meta| meta.nlink = meta.nlink.saturating_sub(1));
        self.touch();
        Ok(())
    }

    pub(super) fn remove_directory(&self, name: &[u8]) -> Result<()> {
        let _renames = self.tree.renames.lock();
        let mut directory = self.directory()?.lock();
        let node = directory.find(self, name)?;
        node.die_if_empty()?;
        directory.take_out(name);
        drop(directory);
        self.change(|meta| meta.nlink = meta.nlink.saturating_sub(1));
        self.touch();
        Ok(())
    }

    /// Marks this directory as removed, unless something is in it. The caller holds `renames`.
    fn die_if_empty(&self) -> Result<()> {
        let mut directory = self.directory()?.lock();
        if !directory.is_empty()? {
            return Err(Errno::ENOTEMPTY);
        }
        directory.is_removed = true;
        drop(directory);
        self.change(|meta| meta.nlink = 0);
        Ok(())
    }

    /// Tells whether this directory is `other` or lies above it. The caller holds `renames`.
    fn is_at_or_above(&self, other: &Arc<Node>) -> bool {
        let mut at = other.clone();
        loop {
            if core::ptr::eq(self, &raw const *at) {
                return true;
            }
            let Ok(directory) = at.directory() else { return false };
            let Some((parent, _)) = directory.lock().place.clone() else { return false };
            at = parent;
        }
    }

    pub(super) fn move_entry(
        &self,
        name: &[u8],
        to: &Arc<Node>,
        new_name: &[u8],
        mode: RenameMode,
    ) -> Result<()> {
        let _renames = self.tree.renames.lock();
        let node = self.find(name)?;
        let target = match to.find(new_name) {
            Ok(target) => Some(target),
            Err(Errno::ENOENT) => None,
            Err(error) => return Err(error),
        };
        if node.is_directory() && node.is_at_or_above(to) {
            return Err(Errno::EINVAL);
        }
        to.directory()?.lock().check_alive()?;
        match (&target, mode) {
            (None, RenameMode::Exchange) => return Err(Errno::ENOENT),
            (Some(_), RenameMode::NoReplace) => return Err(Errno::EEXIST),
            // Two names of one file: POSIX says nothing happens.
            (Some(target), _) if Arc::ptr_eq(target, &node) => return Ok(()),
            (Some(target), RenameMode::Exchange) => {
                if target.is_directory() && target.is_at_or_above(&self.this()) {
                    return Err(Errno::EINVAL);
                }
            }
            (Some(target), RenameMode::Replace) => match (node.is_directory(), target.is_directory()) {
                (true, false) => return Err(Errno::ENOTDIR),
                (false, true) => return Err(Errno::EISDIR),
                (true, true) if target.is_at_or_above(&self.this()) => return Err(Errno::ENOTEMPTY),
                (true, true) => target.die_if_empty()?,
                (false, false) => {}
            },
            (None, _) => {}
        }

        self.with_both(to, |from, into| {
            from.take_out(name);
            let into = into.unwrap_or(from);
            into.place_node(to, new_name, node.clone());
        })?;
        if mode == RenameMode::Exchange
            && let Some(target) = &target
        {
            self.directory()?.lock().place_node(self, name, target.clone());
        }
        self.settle_links(to, &node, target.as_deref(), mode);
        Ok(())
    }

    /// Runs `f` with this directory locked and, if it is another one, `to`. The caller holds `renames`.
    fn with_both(
        &self,
        to: &Arc<Node>,
        f: impl FnOnce(&mut Directory, Option<&mut Directory>),
    ) -> Result<()> {
        let mut from = self.directory()?.lock();
        if core::ptr::eq(self, &raw const **to) {
            f(&mut from, None);
        } else {
            let mut into: MutexGuard<'_, Directory> = to.directory()?.lock();
            f(&mut from, Some(&mut into));
        }
        Ok(())
    }

    /// Brings link counts and times up to date after a rename.
    fn settle_links(&self, to: &Node, node: &Node, target: Option<&Node>, mode: RenameMode) {
        let down = |of: &Node| of.change(|meta| meta.nlink = meta.nlink.saturating_sub(1));
        let up = |of: &Node| of.change(|meta| meta.nlink += 1);
        if node.is_directory() {
            down(self);
            up(to);
        }
        if let Some(target) = target {
            match (mode, target.is_directory()) {
                (RenameMode::Exchange, true) => {
                    down(to);
                    up(self);
                }
                (RenameMode::Exchange, false) => {}
                (_, true) => down(to),
                (_, false) => down(target),
            }
        }
        node.change(|_| {});
        self.touch();
        to.touch();
    }
}
