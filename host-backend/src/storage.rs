//! Disks: none yet.

use abi_core::backend::{Disk, Storage};

use crate::HostBackend;

impl Storage for HostBackend {
    fn disks(&self) -> &[&'static dyn Disk] {
        &[]
    }
}
