//! What bounds a memory file system, and how much is in it: `size=` and `nr_inodes=` of tmpfs(5).

use core::sync::atomic::{AtomicU64, Ordering};

use super::Tree;
use super::content::Content;
use crate::abi::{Errno, Result};

/// How much there may be; `u64::MAX` is as much as the machine has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Pages of contents.
    pub pages: u64,
    /// Files, directories and links.
    pub files: u64,
}

/// How much there may be and is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// What there may be.
    pub limits: Limits,
    /// Pages of contents.
    pub pages: u64,
    /// Files, directories and links.
    pub files: u64,
}

/// The numbers that a tree keeps.
pub(super) struct Bounds {
    most_pages: AtomicU64,
    most_files: AtomicU64,
    pages: AtomicU64,
    files: AtomicU64,
}

impl Bounds {
    /// Makes those of a file system without bounds.
    pub(super) const fn none() -> Self {
        Self {
            most_pages: AtomicU64::new(u64::MAX),
            most_files: AtomicU64::new(u64::MAX),
            pages: AtomicU64::new(0),
            files: AtomicU64::new(0),
        }
    }

    pub(super) fn add_file(&self) {
        self.files.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn remove_file(&self, pages: u64) {
        self.files.fetch_sub(1, Ordering::Relaxed);
        self.pages.fetch_sub(pages, Ordering::Relaxed);
    }

    /// A file's contents had so many pages and have others now.
    pub(super) fn count(&self, before: u64, now: u64) {
        if before != now {
            self.pages.fetch_add(now.wrapping_sub(before), Ordering::Relaxed);
        }
    }

    /// Makes sure there may be one more file.
    pub(super) fn check_file(&self) -> Result<()> {
        let is_full = self.files.load(Ordering::Relaxed) >= self.most_files.load(Ordering::Relaxed);
        if is_full { Err(Errno::ENOSPC) } else { Ok(()) }
    }

    /// Returns how much of a write of so many bytes there is room for; `ENOSPC` if for nothing of it.
    pub(super) fn room(&self, content: &Content, len_bytes: u64, offset: u64, count: usize) -> Result<usize> {
        let most = self.most_pages.load(Ordering::Relaxed);
        if most == u64::MAX {
            return Ok(count);
        }
        let free = most.saturating_sub(self.pages.load(Ordering::Relaxed));
        let fitting = content.fitting(len_bytes, offset, count, free);
        if fitting == 0 && count > 0 { Err(Errno::ENOSPC) } else { Ok(fitting) }
    }
}

impl Tree {
    /// Says how much there may be and is.
    pub fn usage(&self) -> Usage {
        let of = |number: &AtomicU64| number.load(Ordering::Relaxed);
        let limits = Limits { pages: of(&self.bounds.most_pages), files: of(&self.bounds.most_files) };
        Usage { limits, pages: of(&self.bounds.pages), files: of(&self.bounds.files) }
    }

    /// Bounds what may be in it from now on.
    pub fn set_limits(&self, limits: Limits) {
        self.bounds.most_pages.store(limits.pages, Ordering::Relaxed);
        self.bounds.most_files.store(limits.files, Ordering::Relaxed);
    }
}
