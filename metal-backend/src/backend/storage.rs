//! Disks: virtio-blk devices.

use abi_core::backend::{Disk, Storage};

use super::MetalBackend;
use crate::drivers::disk;

impl Storage for MetalBackend {
    fn disk(&self, number: usize) -> Option<&'static dyn Disk> {
        disk::disk(number)
    }
}
