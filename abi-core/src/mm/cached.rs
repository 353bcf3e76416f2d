//! Shared mappings of files that are elsewhere: a cache holds the pages, and what is stored to them is carried to the file.
//!
//! A cached page is mapped without the right to store. The first store faults, which notes the page as changed; writing
//! it back takes the right away again before the page is copied, so that no store is lost.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::AddressSpace;
use super::book::Book;
use super::fault::FaultAnswer;
use super::range_set::{intersect, range};
use super::region::Region;
use crate::abi::Result;
use crate::backend::{Access, ObjectId, PageRange};

/// Consecutive bytes of a file: the offset of the first, and how many.
pub type Run = (u64, usize);

/// The pages that shared mappings of a file show.
#[derive(Clone)]
pub enum SharedPages {
    /// An object whose pages are the file's.
    Object(ObjectId),
    /// A cache.
    Cache(Arc<dyn PageCache>),
}

/// Pages that stand for those of a file. All ranges are of whole pages.
pub trait PageCache: Send + Sync {
    /// Returns the object that is mapped.
    fn object(&self) -> ObjectId;
    /// Has the object hold the file's bytes there, as far as the file goes.
    fn bring_in(&self, offset: u64, len_bytes: usize) -> Result<()>;
    /// Notes that something will be stored in the page at `offset`.
    fn note_store(&self, offset: u64);
    /// Returns the pages that were stored to, in order, and forgets which they were.
    fn take_changed(&self) -> Vec<Run>;
    /// Carries pages to the file. Those that cannot be are noted as stored to.
    fn carry(&self, runs: &[Run]) -> Result<()>;
}

impl AddressSpace {
    /// Lets a page that is present be stored to, as its region allows.
    pub(super) fn let_store(&self, page: usize, start: usize, region: &Region) -> FaultAnswer {
        let Some((cache, offset)) = region.content.cache() else { return FaultAnswer::Mapped };
        cache.note_store(offset + (page - start) as u64);
        match self.pages.protect(range(page, page + self.page_bytes), region.access) {
            Ok(()) => FaultAnswer::Mapped,
            Err(_) => FaultAnswer::OutOfMemory,
        }
    }

    /// Carries what was stored through mappings of a cache to its file.
    pub fn write_back(&self, cache: &dyn PageCache) -> Result<()> {
        let book = self.book.lock();
        let changed = cache.take_changed();
        let frozen = self.freeze(&book, cache, &changed);
        drop(book);
        match frozen {
            Ok(()) => cache.carry(&changed),
            Err(error) => {
                let pages = changed.iter().flat_map(|(offset, len)| *offset..*offset + *len as u64);
                pages.step_by(self.page_bytes).for_each(|offset| cache.note_store(offset));
                Err(error)
            }
        }
    }

    /// Has the next store to each of these pages fault.
    fn freeze(&self, book: &Book, cache: &dyn PageCache, changed: &[Run]) -> Result<()> {
        for (whole, region) in book.regions.iter().map(|(start, region)| (range(start, region.end), region)) {
            let Some((shown, first)) = region.content.cache() else { continue };
            if shown.object() != cache.object() || !region.access.contains(Access::WRITE) {
                continue;
            }
            for part in changed.iter().filter_map(|run| place_of(*run, first, whole)) {
                for present in book.present.parts(part) {
                    self.pages.protect(present, region.shown(region.access))?;
                }
            }
        }
        Ok(())
    }
}

/// Returns where a mapping at `whole`, whose first byte is at `first` in the file, shows a run.
fn place_of((offset, len_bytes): Run, first: u64, whole: PageRange) -> Option<PageRange> {
    let end = (offset + len_bytes as u64).checked_sub(first)?;
    let start = offset.saturating_sub(first);
    let at = |distance: u64| whole.start.saturating_add(usize::try_from(distance).unwrap_or(usize::MAX));
    intersect(range(at(start), at(end)), whole)
}
