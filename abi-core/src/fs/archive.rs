//! The boot archive as a read-only file system.

use super::inode::InodeRef;
use crate::abi::{Errno, Result};
use crate::kernel::Kernel;

/// Returns the root of the boot archive.
pub fn root(_kernel: &Kernel) -> Result<InodeRef> {
    Err(Errno::ENODEV)
}
