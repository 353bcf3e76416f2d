//! Disks: none yet.

use abi_core::backend::{Disk, Storage};

use super::MetalBackend;

impl Storage for MetalBackend {
    fn disks(&self) -> &[&'static dyn Disk] {
        &[]
    }
}
