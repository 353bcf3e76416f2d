//! The book's hands: the backend's pages, of which only ranges of the book are ever passed.
#![expect(unsafe_code, reason = "page operations ask the caller to own the range, which the book does")]

use crate::abi::{Errno, Result};
use crate::backend::{Access, Backend, BackendError, Backing, PageRange};

/// The backend's page operations on ranges that the book owns.
///
/// Callers hold the book's lock and pass ranges inside the arena or claimed by it, so no two change one page at
/// once. Kernel code keeps no references into guest memory: it copies through [`crate::boundary::user`].
#[derive(Clone, Copy)]
pub(super) struct Pages(pub(super) &'static dyn Backend);

fn to_errno(error: BackendError) -> Errno {
    match error {
        BackendError::AddressUnavailable => Errno::ENOMEM,
        other => other.into(),
    }
}

impl Pages {
    /// Maps pages.
    pub(super) fn map(self, range: PageRange, access: Access, backing: Backing) -> Result<()> {
        // SAFETY: see the type.
        unsafe { self.0.map(range, access, backing) }.map_err(to_errno)
    }

    /// Removes pages.
    pub(super) fn unmap(self, range: PageRange) -> Result<()> {
        // SAFETY: see the type.
        unsafe { self.0.unmap(range) }.map_err(to_errno)
    }

    /// Changes the access of pages.
    pub(super) fn protect(self, range: PageRange, access: Access) -> Result<()> {
        // SAFETY: see the type.
        unsafe { self.0.protect(range, access) }.map_err(to_errno)
    }

    /// Forgets the contents of pages.
    pub(super) fn discard(self, range: PageRange) -> Result<()> {
        // SAFETY: see the type.
        unsafe { self.0.discard(range) }.map_err(to_errno)
    }

    /// Tells of every page of a mapped range whether it has memory yet.
    pub(super) fn touched(self, start: usize, pages: &mut [u8]) {
        self.0.touched(start, pages);
    }

    /// Gives pages memory now.
    pub(super) fn touch(self, range: PageRange) {
        self.0.touch(range);
    }

    /// Moves pages.
    pub(super) fn move_pages(self, from: PageRange, to: PageRange) -> Result<()> {
        // SAFETY: see the type.
        unsafe { self.0.move_pages(from, to) }.map_err(to_errno)
    }

    /// Maps zeroed pages with `access` at `to`, showing them only once `fill` has written into them; `staging` is a
    /// range of the same length that nothing else uses.
    pub(super) fn map_filled(
        self,
        staging: PageRange,
        to: PageRange,
        access: Access,
        fill: impl FnOnce(&mut [u8]) -> Result<()>,
    ) -> Result<()> {
        self.map_fresh(staging, access, fill)?;
        let moved = self.move_pages(staging, to);
        if moved.is_err() {
            // The error that matters is the one above.
            let _ = self.unmap(staging);
        }
        moved
    }

    /// Replaces pages, all present, by a changed copy of them at once; `staging` as for [`Pages::map_filled`]. Nobody
    /// may write to them meanwhile.
    pub(super) fn replace(
        self,
        staging: PageRange,
        pages: PageRange,
        access: Access,
        change: impl FnOnce(&mut [u8]) -> Result<()>,
    ) -> Result<()> {
        self.map_filled(staging, pages, access, |bytes| {
            Self::load(pages.start, bytes);
            change(bytes)
        })
    }

    /// Copies bytes of present pages that can be read and that nobody writes to.
    pub(super) fn load(from: usize, to: &mut [u8]) {
        // SAFETY: see the type; nothing else is at `to`.
        unsafe { core::ptr::copy_nonoverlapping(from as *const u8, to.as_mut_ptr(), to.len()) };
    }

    /// Maps zeroed pages with `access` where nothing is mapped and no thread looks, and has `fill` write into them.
    pub(super) fn map_fresh(
        self,
        to: PageRange,
        access: Access,
        fill: impl FnOnce(&mut [u8]) -> Result<()>,
    ) -> Result<()> {
        let writable = Access::READ | Access::WRITE;
        self.map(to, writable, Backing::Zero)?;
        // SAFETY: just mapped, writable, and this thread alone knows of it.
        let bytes = unsafe { core::slice::from_raw_parts_mut(to.start as *mut u8, to.len_bytes) };
        let filled =
            fill(bytes).and_then(|()| if access == writable { Ok(()) } else { self.protect(to, access) });
        if filled.is_err() {
            // The error that matters is the one above.
            let _ = self.unmap(to);
        }
        filled
    }
}
