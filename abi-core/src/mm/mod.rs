//! The address-space book: what is mapped where, and what a fault means.
//!
//! [`AddressSpace`] is the only one who knows: the backend maps the pages it is told to. The book holds regions
//! (`region`) by address, the set of pages that are present (the backend was told to map them and they hold contents),
//! and the free space of the arena (`gaps`). Anonymous private memory is given to the backend as a whole, which maps it
//! at once ([`crate::backend::Memory::maps_on_demand_now`]) or leaves each page to a fault. Private file pages always
//! come by faults: filled aside in staging pages, then moved into place, so that no thread sees half a page. Shared
//! memory is objects of the backend; one that stands for a file which is elsewhere is a cache ([`cached`]).
//!
//! One lock guards the book. It is not held across anything that touches guest memory others can see, nor while a file
//! is dropped.

mod advise;
mod book;
mod brk;
mod cached;
mod code;
#[cfg(test)]
mod code_tests;
#[cfg(test)]
mod count_tests;
mod fault;
#[cfg(test)]
mod floor_tests;
mod gaps;
mod growth;
mod lock;
mod map;
mod pages;
mod place;
mod range_set;
mod region;
mod regions;
mod remap;
mod report;
mod rng;
#[cfg(test)]
mod tests;
mod verbs;

pub use advise::FilePart;
pub use cached::{PageCache, Run, SharedPages};
pub use code::{CHANGE_BYTES, CROSSING_BYTES, Change, Crossing};
pub use fault::FaultAnswer;
pub use region::SharedKey;
pub use remap::Remap;
pub use report::{Holders, MemoryTotals, RegionInfo};

use alloc::sync::Arc;

use crate::abi::{Errno, Result};
use crate::backend::{Access, Backend};
use crate::fs::file::OpenFile;
use crate::sync::Mutex;

/// The end of a Linux program's addresses.
const ADDRESS_END: usize = 0x7fff_ffff_f000;

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
    /// Below 2 GiB (`MAP_32BIT`), here if that is free; 0 is no wish.
    Low(usize),
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

/// The name of mappings that a thread starts on and that grow downwards (proc(5)).
pub const STACK_NAME: &str = "[stack]";
/// What guards the start stack is called; as on Linux, it is no mapping that a program is told of.
pub const STACK_GUARD_NAME: &str = "[guard]";

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
    /// The number of the program it belongs to, with whose end it goes ([`AddressSpace::unmap_owner`]).
    pub owner: u32,
}

/// Where the bytes of a file mapping come from.
pub trait PageSource: Send + Sync {
    /// Returns the length in bytes now.
    fn len_bytes(&self) -> u64;
    /// Reads at `offset` into kernel memory; 0 is the end.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<usize>;
    /// Returns the pages that shared mappings show, making them if need be; `may_write` if such a mapping may ever be
    /// stored to. `ENODEV` where nothing can be shared.
    fn shared_pages(&self, _may_write: bool) -> Result<SharedPages> {
        Err(Errno::ENODEV)
    }
    /// Returns the cache that shared mappings of the file show now.
    fn cache(&self) -> Option<Arc<dyn PageCache>> {
        None
    }
    /// Returns what all sources of the same shared pages have in common, where an object's number does not say it.
    fn key(&self) -> Option<(u64, u64)> {
        None
    }
    /// Returns the file's bytes where they lie in kernel memory for good (the boot archive).
    fn in_place(&self) -> Option<&'static [u8]> {
        None
    }
    /// Makes what the file holds durable (msync(2)).
    fn sync(&self) -> Result<()> {
        Ok(())
    }
    /// Returns the open file that was mapped, if it was one.
    fn open_file(&self) -> Option<&Arc<OpenFile>> {
        None
    }
    /// Returns the device and inode numbers `/proc/self/maps` shows.
    fn identity(&self) -> (u64, u64) {
        (0, 0)
    }
    /// Returns the path it was found at.
    fn path(&self) -> alloc::vec::Vec<u8>;
    /// Returns the path it has now, as `/proc/self/maps` shows it.
    fn path_now(&self) -> alloc::vec::Vec<u8> {
        self.path()
    }
}

/// The map of the address space.
pub struct AddressSpace {
    pages: pages::Pages,
    page_bytes: usize,
    /// Whether the backend maps anonymous memory at once.
    is_eager: bool,
    /// Whether page faults reach [`AddressSpace::resolve_fault`].
    has_faults: bool,
    /// Whether anything was ever mapped shared.
    has_shared: core::sync::atomic::AtomicBool,
    /// Above the files' locks in order (a page is read while it is held), below all others.
    book: Mutex<book::Book>,
}

impl AddressSpace {
    /// Makes the book of an empty address space, whose first mapping is placed by the random number `seed`.
    pub fn new(backend: &'static dyn Backend, seed: u64) -> Self {
        let layout = backend.layout();
        let rng = rng::Rng::new(seed);
        Self {
            pages: pages::Pages(backend),
            page_bytes: layout.page_bytes,
            is_eager: backend.maps_on_demand_now(),
            has_faults: backend.reports_faults(),
            has_shared: core::sync::atomic::AtomicBool::new(false),
            book: Mutex::new(book::Book::new(layout, rng)),
        }
    }
}
