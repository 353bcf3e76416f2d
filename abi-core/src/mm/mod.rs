//! The address-space book: what is mapped where, and what a fault means.

use alloc::sync::Arc;

use crate::abi::{Errno, Result};
use crate::backend::{Access, Backend, ObjectId};

/// Where a mapping goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// Anywhere, at a random address.
    Anywhere,
    /// Here if it is free, else anywhere.
    Hint(usize),
    /// Exactly here, replacing what is there (`MAP_FIXED`).
    Replace(usize),
    /// Exactly here, or `EEXIST` (`MAP_FIXED_NOREPLACE`).
    NoReplace(usize),
    /// Below 2 GiB (`MAP_32BIT`).
    Low,
}

/// Whether stores reach the file and other mappings of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// Copy on write.
    Private,
    /// Stores are seen by all.
    Shared,
}

/// What a mapping shows.
#[derive(Clone)]
pub enum Content {
    /// Zeroed memory.
    Anonymous(Sharing),
    /// A file from this offset.
    File(Arc<dyn PageSource>, u64, Sharing),
}

/// A request for a mapping.
#[derive(Clone)]
pub struct MapSpec {
    /// Where.
    pub placement: Placement,
    /// How long, in bytes; rounded up to pages.
    pub len_bytes: usize,
    /// What may be done with it.
    pub access: Access,
    /// What it shows.
    pub content: Content,
    /// The name `/proc/self/maps` shows for anonymous memory (`[heap]`, `[stack]`), or empty.
    pub name: &'static str,
}

/// Where the bytes of a file mapping come from.
pub trait PageSource: Send + Sync {
    /// Returns the length in bytes now.
    fn len_bytes(&self) -> u64;
    /// Reads at `offset` into kernel memory; 0 is the end.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<usize>;
    /// Returns the object that holds the file's pages, making it if need be, for shared mappings.
    fn object(&self) -> Result<ObjectId> {
        Err(Errno::ENODEV)
    }
    /// Returns the file's bytes where they lie in kernel memory for good (the boot archive).
    fn in_place(&self) -> Option<&'static [u8]> {
        None
    }
    /// Returns the path `/proc/self/maps` shows.
    fn path(&self) -> alloc::vec::Vec<u8>;
}

/// The map of the address space.
pub struct AddressSpace {
    #[expect(dead_code, reason = "not written yet")]
    backend: &'static dyn Backend,
}

impl AddressSpace {
    /// Makes the book of an empty address space.
    pub fn new(backend: &'static dyn Backend) -> Self {
        Self { backend }
    }

    /// Maps memory; returns its address.
    pub fn map(&self, _spec: &MapSpec) -> Result<usize> {
        Err(Errno::ENOSYS)
    }

    /// Removes what is mapped in a range.
    pub fn unmap(&self, _address: usize, _len_bytes: usize) -> Result<()> {
        Err(Errno::ENOSYS)
    }

    /// Changes what may be done with a range; all of it must be mapped.
    pub fn protect(&self, _address: usize, _len_bytes: usize, _access: Access) -> Result<()> {
        Err(Errno::ENOSYS)
    }

    /// Answers a page fault: maps what should be there and returns true, or false when the access is an error.
    pub fn fault(&self, _address: usize, _access: Access) -> bool {
        false
    }
}
