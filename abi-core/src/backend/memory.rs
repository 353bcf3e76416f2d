//! Pages of address space.
#![expect(unsafe_code, reason = "declares methods whose callers keep a promise")]

use super::{BackendError, Result};

bitflags::bitflags! {
    /// What may be done with a page. Empty means mapped but inaccessible.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Access: u32 {
        /// Loads are allowed.
        const READ = 1;
        /// Stores are allowed.
        const WRITE = 2;
        /// Instruction fetches are allowed.
        const EXECUTE = 4;
    }
}

/// A page-aligned range of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRange {
    /// First address, a multiple of the page size.
    pub start: usize,
    /// Length, a multiple of the page size.
    pub len_bytes: usize,
}

impl PageRange {
    /// Returns the first address after the range.
    pub fn end(self) -> usize {
        self.start + self.len_bytes
    }

    /// Tells whether `address` lies in the range.
    pub fn contains(self, address: usize) -> bool {
        address >= self.start && address - self.start < self.len_bytes
    }
}

/// Names pages that can be mapped more than once (shared file maps, memfd, shm).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ObjectId(pub u64);

/// What a mapping shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backing {
    /// Zeroed private pages, present when `map` returns.
    Zero,
    /// Zeroed private pages that may come into being at first touch. A backend whose page faults reach
    /// [`crate::upcall::fault`] may map nothing now: `mm` answers the fault with `Zero`.
    ZeroOnDemand,
    /// The pages of an object, from this offset in bytes.
    Object(ObjectId, usize),
}

/// The addresses a backend offers.
#[derive(Debug, Clone, Copy)]
pub struct MemoryLayout {
    /// Size of a page in bytes.
    pub page_bytes: usize,
    /// Addresses that are guest's alone: `mm` may map anywhere in here without asking.
    pub arena: PageRange,
    /// Addresses below the arena where fixed ranges may be asked for with [`Memory::claim`].
    pub fixed: PageRange,
    /// Such addresses above the arena (a sanitizer's heap).
    pub high: PageRange,
    /// The read-only part of the kernel image with its code: strings in it may be handed to the program and come back as
    /// arguments (`write(2, strerror(e), n)`).
    pub image: PageRange,
    /// Where the image keeps its call frame information: its `.eh_frame_hdr`, up to the end of the segment that holds
    /// it and `.eh_frame`. Empty if there is none.
    pub frames: (usize, usize),
    /// Bytes of memory the guest may use in all.
    pub total_bytes: usize,
}

/// As many mappings there may be in any machine.
pub const LEAST_MAPPINGS: usize = 1024;

/// Returns how many mappings a machine with so much memory may have: a small part of it goes to their book.
pub fn most_mappings(total_bytes: usize) -> usize {
    (total_bytes / 8192).clamp(LEAST_MAPPINGS, i32::MAX as usize)
}

/// Pages of address space. The backend keeps no map: `mm` is the only book-keeper and chooses every address. Objects,
/// fixed ranges and moves are offered by the backends that have them.
pub trait Memory: Sync {
    /// Returns the addresses on offer; constant after boot.
    fn layout(&self) -> MemoryLayout;

    /// Returns how many mappings there may be: what is kept of each takes memory, too.
    fn most_mappings(&self) -> usize {
        most_mappings(self.layout().total_bytes)
    }

    /// Reserves a fixed range outside the arena (a program linked at 0x400000, `MAP_32BIT`).
    /// Fails with `AddressUnavailable` when anything that is not the guest's lies there.
    fn claim(&self, range: PageRange) -> Result<()> {
        let _ = range;
        Err(BackendError::AddressUnavailable)
    }

    /// Maps `range` with `access`, replacing the guest pages that were there.
    ///
    /// # Safety
    /// The range lies in the arena or was claimed, and nothing that is still referenced lies in it.
    unsafe fn map(&self, range: PageRange, access: Access, backing: Backing) -> Result<()>;

    /// Tells whether [`Backing::ZeroOnDemand`] maps the whole range when `map` returns, so that no fault of it is
    /// ever for `mm` to answer with pages.
    fn maps_on_demand_now(&self) -> bool {
        false
    }

    /// Tells of every page of a mapped range whether it has memory yet: 1 if it has, else 0. Where every page that `mm`
    /// has mapped has memory, all have.
    fn touched(&self, start: usize, pages: &mut [u8]) {
        let _ = start;
        pages.fill(1);
    }

    /// Gives the pages of a mapped range memory now, where they would get it as they are touched.
    fn touch(&self, range: PageRange) {
        let _ = range;
    }

    /// Tells whether page faults reach [`crate::upcall::fault`]. For a backend without them `mm` brings in every page
    /// of a mapping when it makes it.
    fn reports_faults(&self) -> bool {
        true
    }

    /// Removes the pages of `range`; it stays reserved for the guest and faults when touched.
    ///
    /// # Safety
    /// As for [`Memory::map`].
    unsafe fn unmap(&self, range: PageRange) -> Result<()>;

    /// Changes the access of the pages of `range` that exist.
    ///
    /// # Safety
    /// As for [`Memory::map`].
    unsafe fn protect(&self, range: PageRange, access: Access) -> Result<()>;

    /// Forgets the contents of `range`: private pages stay mapped and read zero (or fault to `mm`).
    ///
    /// # Safety
    /// As for [`Memory::map`].
    unsafe fn discard(&self, range: PageRange) -> Result<()>;

    /// Moves the pages of `from` to `to` (same length, does not overlap), contents and access kept. They replace what is
    /// there: other threads, which may be executing it, see the one or the other, or fault meanwhile.
    ///
    /// # Safety
    /// As for [`Memory::map`], for both ranges.
    unsafe fn move_pages(&self, from: PageRange, to: PageRange) -> Result<()> {
        let _ = (from, to);
        Err(BackendError::Unsupported)
    }

    /// Creates an object of zeroed pages.
    fn create_object(&self, len_bytes: usize) -> Result<ObjectId> {
        let _ = len_bytes;
        Err(BackendError::Unsupported)
    }

    /// Changes an object's length; new pages read zero.
    fn resize_object(&self, object: ObjectId, len_bytes: usize) -> Result<()> {
        let _ = (object, len_bytes);
        Err(BackendError::Unsupported)
    }

    /// Gives an object's pages back once its last mapping is gone.
    fn destroy_object(&self, object: ObjectId) {
        let _ = object;
    }

    /// Returns how many bytes of an object have memory.
    fn object_resident_bytes(&self, object: ObjectId) -> usize {
        let _ = object;
        0
    }

    /// Returns the kernel's own view of an object's bytes at `offset`: a pointer and how many bytes may be used
    /// there (at least to the end of that page).
    fn object_bytes(&self, object: ObjectId, offset: usize) -> Result<(core::ptr::NonNull<u8>, usize)> {
        let _ = (object, offset);
        Err(BackendError::Unsupported)
    }

    /// Returns fresh zeroed memory for the kernel's heap, at least `len_bytes`, outside the arena. Never given back.
    fn grow_heap(&self, len_bytes: usize) -> Result<core::ptr::NonNull<[u8]>>;

    /// Returns the bytes of memory still free.
    fn free_bytes(&self) -> usize;
}
