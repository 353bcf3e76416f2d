//! Disks.

use super::Result;

/// Disks; none, where a backend says nothing.
pub trait Storage: Sync {
    /// Returns the disks there are.
    fn disks(&self) -> &[&'static dyn Disk] {
        &[]
    }
}

/// The shape of a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Geometry {
    /// Size of a sector in bytes.
    pub sector_bytes: u32,
    /// How many sectors there are.
    pub sectors: u64,
}

/// One disk. Calls block the thread, not the processor.
pub trait Disk: Sync {
    /// Returns the disk's shape.
    fn geometry(&self) -> Geometry;
    /// Reads whole sectors.
    fn read(&self, sector: u64, buf: &mut [u8]) -> Result<()>;
    /// Writes whole sectors.
    fn write(&self, sector: u64, buf: &[u8]) -> Result<()>;
    /// Makes what was written durable.
    fn flush(&self) -> Result<()>;
}
