//! Files: descriptors, the mount table, and the file systems.

use alloc::sync::Arc;

use crate::abi::{Errno, Result};
use crate::kernel::Context;
use crate::mm::PageSource;

/// Files, mounts and descriptors of the machine.
pub struct Fs {}

impl Fs {
    /// Makes a machine without files.
    pub fn new() -> Self {
        Self {}
    }

    /// Console input arrived: wakes its readers.
    pub fn console_ready(&self) {}
}

impl Default for Fs {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether a file must have an execute bit to be opened by [`Context::open_image`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageKind {
    /// A program: `EACCES` without an execute bit.
    Program,
    /// A library.
    Library,
}

impl Context<'_> {
    /// Mounts what the boot information asks for and opens descriptors 0 to 2.
    pub fn mount_root(self) -> Result<()> {
        Err(Errno::ENOSYS)
    }

    /// Opens a regular file for the loader, following links; a relative path starts at the working directory.
    pub fn open_image(self, _path: &[u8], _kind: ImageKind) -> Result<Arc<dyn PageSource>> {
        Err(Errno::ENOSYS)
    }

    /// Returns what a mapping of the descriptor shows, and its open flags (`O_RDWR` …). `ENODEV` for what has no pages.
    pub fn fd_page_source(self, _fd: i32) -> Result<(Arc<dyn PageSource>, i32)> {
        Err(Errno::EBADF)
    }
}
