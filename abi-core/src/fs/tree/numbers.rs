//! Nodes by their numbers, for handles of files.

use alloc::collections::BTreeMap;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::sync::atomic::Ordering;

use super::{Node, Tree};
use crate::fs::file::Location;
use crate::fs::inode::Inode;
use crate::sync::Mutex;

/// A node that somebody has a handle of.
struct Numbered {
    node: Weak<Node>,
    /// Where it was found.
    place: Option<(Weak<Node>, Vec<u8>)>,
}

/// What a number leads to.
pub struct Found {
    /// The node.
    pub node: Arc<Node>,
    /// Where it is, if it is still where it was found.
    pub place: Option<(Arc<Node>, Vec<u8>)>,
}

/// The nodes that there are handles of.
#[derive(Default)]
pub(super) struct Numbers(Mutex<BTreeMap<u64, Numbered>>);

impl Numbers {
    pub(super) fn forget(&self, ino: u64) {
        let forgotten = self.0.lock().remove(&ino);
        drop(forgotten);
    }
}

impl Node {
    /// Has the node be found by its number, as long as it exists; returns the file system's number and its own.
    pub fn name_by_number(&self, place: Option<Location>) -> (u64, u64) {
        let ino = self.meta.lock().ino;
        let directory = |location: &Location| location.directory.as_tree_node();
        let place = place.and_then(|location| Some((Arc::downgrade(&directory(&location)?), location.name)));
        self.has_handle.store(true, Ordering::Relaxed);
        let numbered = Numbered { node: Arc::downgrade(&self.this()), place };
        let mut numbers = self.tree.numbers.0.lock();
        // Who knows no place leaves the one that is known.
        let is_news = numbered.place.is_some() || !numbers.contains_key(&ino);
        let before = if is_news { numbers.insert(ino, numbered) } else { None };
        drop(numbers);
        drop(before);
        (self.tree.device, ino)
    }
}

impl Tree {
    /// Finds a node that somebody has a handle of.
    pub fn by_number(&self, tree: u64, ino: u64) -> Option<Found> {
        if tree != self.device {
            return None;
        }
        let (node, place) = {
            let numbers = self.numbers.0.lock();
            let found = numbers.get(&ino)?;
            (found.node.upgrade()?, found.place.clone())
        };
        let place = place.and_then(|(directory, name)| Some((directory.upgrade()?, name))).filter(
            |(directory, name)| directory.lookup(name).is_ok_and(|there| there.identity() == node.identity()),
        );
        Some(Found { node, place })
    }
}
