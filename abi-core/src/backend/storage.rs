//! Disks.

use super::Result;

/// Disks; none, where a backend says nothing.
pub trait Storage: Sync {
    /// Returns a disk by its number; they are counted from 0.
    fn disk(&self, number: usize) -> Option<&'static dyn Disk> {
        let _ = number;
        None
    }
}

/// The shape of a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Geometry {
    /// Size of a sector in bytes: a power of two, at most 4096.
    pub sector_bytes: u32,
    /// How many sectors there are.
    pub sectors: u64,
    /// Whether it can't be written.
    pub is_read_only: bool,
}

/// One disk. Calls block the thread, not the processor; several threads may make them at once.
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
