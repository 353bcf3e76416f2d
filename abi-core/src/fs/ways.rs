//! Which ways a path may take: the `resolve` of openat2(2).

use alloc::sync::Arc;

use super::Fs;
use super::inode::InodeRef;
use super::mount::Mounted;
use crate::abi::{self, Errno, Result};

/// What a walk may not do: `RESOLVE_…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ways(u64);

/// Every flag there is.
const KNOWN: u64 = abi::RESOLVE_NO_XDEV
    | abi::RESOLVE_NO_MAGICLINKS
    | abi::RESOLVE_NO_SYMLINKS
    | abi::RESOLVE_BENEATH
    | abi::RESOLVE_IN_ROOT
    | abi::RESOLVE_CACHED;

impl Ways {
    /// It may do anything.
    pub const ANY: Self = Self(0);

    /// Reads `resolve`; `EINVAL` for what is unknown, or contradicts itself.
    pub fn from_resolve(resolve: u64) -> Result<Self> {
        let scopes = abi::RESOLVE_BENEATH | abi::RESOLVE_IN_ROOT;
        if resolve & !KNOWN != 0 || resolve & scopes == scopes {
            Err(Errno::EINVAL)
        } else {
            Ok(Self(resolve))
        }
    }

    fn has(self, flag: u64) -> bool {
        self.0 & flag != 0
    }

    /// Whether it must do with what memory knows.
    pub fn is_cached(self) -> bool {
        self.has(abi::RESOLVE_CACHED)
    }

    /// Whether it stays below the directory it starts at.
    pub(super) fn is_scoped(self) -> bool {
        self.has(abi::RESOLVE_BENEATH | abi::RESOLVE_IN_ROOT)
    }

    /// A path, or a link's, begins with a slash; `at` is where the link was found. Tells whether it starts anew at the
    /// directory that the walk started at, and not at the root.
    pub(super) fn start_over(self, fs: &Fs, at: Option<&Mounted>) -> Result<bool> {
        if self.has(abi::RESOLVE_BENEATH) {
            return Err(Errno::EXDEV);
        }
        if let Some(at) = at
            && !self.is_scoped()
        {
            self.check_crossing(at, &fs.root()?)?;
        }
        Ok(self.is_scoped())
    }

    /// `..` at the directory that the walk started at.
    pub(super) fn above_start(self) -> Result<()> {
        if self.has(abi::RESOLVE_BENEATH) { Err(Errno::EXDEV) } else { Ok(()) }
    }

    /// A link is to be followed.
    pub(super) fn check_link(self, link: &InodeRef) -> Result<()> {
        let refused = self.has(abi::RESOLVE_NO_SYMLINKS)
            || self.has(abi::RESOLVE_NO_MAGICLINKS) && link.is_magic_link();
        if refused { Err(Errno::ELOOP) } else { Ok(()) }
    }

    /// A link leads somewhere without a path.
    pub(super) fn check_jump(self, from: &Mounted, to: &Mounted) -> Result<()> {
        if self.is_scoped() { Err(Errno::EXDEV) } else { self.check_crossing(from, to) }
    }

    /// A step leads from one file to another.
    pub(super) fn check_crossing(self, from: &Mounted, to: &Mounted) -> Result<()> {
        if self.has(abi::RESOLVE_NO_XDEV) && !Arc::ptr_eq(&from.mount, &to.mount) {
            return Err(Errno::EXDEV);
        }
        Ok(())
    }

    /// A name is to be looked up.
    pub(super) fn check_lookup(self, directory: &InodeRef, name: &[u8]) -> Result<()> {
        if self.is_cached() && !directory.knows(name) { Err(Errno::EAGAIN) } else { Ok(()) }
    }
}
