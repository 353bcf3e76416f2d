//! The memory file system, alone or as an overlay.
//!
//! A [`Tree`] is nodes in memory. A directory may have a *lower* directory of another, read-only file system below it:
//! names that memory doesn't have are looked up there and become nodes that refer to it; removed ones leave a
//! whiteout. A lower file's contents are copied up when they are first changed. A directory keeps its lower one when
//! it is renamed, so nothing is copied for that.
//!
//! Locks: `Tree::renames` before any directory's; each directory's own; a node's contents and times last. Only
//! operations that hold `renames` take the locks of two directories.

mod bounds;
mod content;
mod directory;
mod node;
mod numbers;
#[cfg(test)]
mod tests;

pub use bounds::{Limits, Usage};
pub use content::cached_bytes;
pub use node::Node;

use core::sync::atomic::{AtomicU64, Ordering};

use alloc::sync::Arc;

use super::attributes::Attributes;
use super::inode::{FileSystemInfo, InodeRef, NewFile};
use crate::abi;
use crate::backend::Backend;
use crate::sync::Mutex;

/// Device numbers of trees, as Linux gives anonymous ones: major 0.
static NEXT_DEVICE: AtomicU64 = AtomicU64::new(0x20);

/// What the nodes of one memory file system share.
pub struct Tree {
    backend: &'static dyn Backend,
    device: u64,
    next_ino: AtomicU64,
    info: FileSystemInfo,
    /// Whether it lies over another file system.
    has_lower: bool,
    bounds: bounds::Bounds,
    numbers: numbers::Numbers,
    /// Held by whatever changes more than one directory.
    renames: Mutex<()>,
}

impl Tree {
    /// Makes an empty memory file system; returns its root.
    pub fn new_root(backend: &'static dyn Backend, info: FileSystemInfo) -> Arc<Node> {
        let tree = Arc::new(Self::new(backend, info, false));
        Node::new(&tree, NewFile::Directory, 0o755)
    }

    /// Makes a memory file system over `lower`; returns its root.
    pub fn new_overlay(
        backend: &'static dyn Backend,
        info: FileSystemInfo,
        lower: InodeRef,
    ) -> abi::Result<Arc<Node>> {
        let tree = Arc::new(Self::new(backend, info, true));
        let attributes = lower.attributes()?;
        Node::over(&tree, lower, attributes)
    }

    fn new(backend: &'static dyn Backend, info: FileSystemInfo, has_lower: bool) -> Self {
        let device = NEXT_DEVICE.fetch_add(1, Ordering::Relaxed);
        let (next_ino, bounds) = (AtomicU64::new(1), bounds::Bounds::none());
        let (numbers, renames) = (numbers::Numbers::default(), Mutex::new(()));
        Self { backend, device, next_ino, info, has_lower, bounds, numbers, renames }
    }

    fn next_ino(&self) -> u64 {
        self.next_ino.fetch_add(1, Ordering::Relaxed)
    }

    /// Returns the time for `st_mtime` and its like.
    fn now_ns(&self) -> i128 {
        crate::time::realtime(self.backend).as_nanos() as i128
    }

    /// Returns the attributes of a new file.
    fn new_attributes(&self, file_type: u32, mode: u32, rdev: u64) -> Attributes {
        let now = self.now_ns();
        Attributes {
            mode: file_type | (mode & 0o7777),
            dev: self.device,
            ino: self.next_ino(),
            nlink: if file_type == abi::S_IFDIR { 2 } else { 1 },
            rdev,
            block_size: 4096,
            times_ns: [now; 3],
            birth_ns: Some(now),
            ..Attributes::default()
        }
    }
}
