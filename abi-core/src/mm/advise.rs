//! What a program says about its memory: madvise(2), msync(2).

use alloc::vec::Vec;

use super::book::Book;
use super::region::RegionContent;
use super::{AddressSpace, PageSource};
use crate::abi::{Errno, Result};
use crate::backend::{Access, PageRange, write_object};

/// A part of a shared file mapping: the file, the offset and the length in it.
pub type FilePart = (alloc::sync::Arc<dyn PageSource>, u64, u64);

impl AddressSpace {
    /// Forgets the contents of private pages: anonymous memory reads zero again, file pages are read anew. Shared
    /// pages keep theirs. `ENOMEM` if a part of the range is not mapped; the rest is done all the same.
    pub fn discard(&self, address: usize, len_bytes: usize) -> Result<()> {
        let window = self.checked_range(address, len_bytes, Errno::EINVAL)?;
        let mut book = self.book.lock();
        let parts: Vec<(PageRange, bool)> = book
            .overlapping(window)
            .filter_map(|(part, region)| {
                let part = super::range_set::intersect(part, window)?;
                match region.content {
                    RegionContent::Anonymous => Some((part, true)),
                    RegionContent::PrivateFile(..) => Some((part, false)),
                    RegionContent::SharedAnonymous(..)
                    | RegionContent::SharedFile(..)
                    | RegionContent::CachedFile(..) => None,
                }
            })
            .collect();
        for (part, is_anonymous) in parts {
            self.discard_part(&mut book, part, is_anonymous)?;
        }
        let is_all_mapped = book.is_all_mapped(window);
        drop(book);
        if is_all_mapped { self.settle(window) } else { Err(Errno::ENOMEM) }
    }

    /// A file has become shorter: pages that show what was beyond its end now fault.
    pub fn forget_past_ends(&self) -> Result<()> {
        let mut book = self.book.lock();
        let cut: Vec<PageRange> = book
            .overlapping(super::range_set::range(0, super::ADDRESS_END))
            .filter_map(|(whole, region)| {
                let end = self.content_end(whole, region);
                (end < whole.end()).then(|| super::range_set::range(end, whole.end()))
            })
            .collect();
        cut.into_iter().try_for_each(|part| self.discard_part(&mut book, part, false))
    }

    fn discard_part(&self, book: &mut Book, part: PageRange, is_anonymous: bool) -> Result<()> {
        book.forget_detours(part);
        if is_anonymous && self.is_eager {
            return book.present.parts(part).try_for_each(|present| self.pages.discard(present));
        }
        if let Some(hull) = book.present_hull(part) {
            self.pages.unmap(hull)?;
            book.present.remove(part);
        }
        Ok(())
    }

    /// Fails as madvise(2) does: `EINVAL` for a bad range, `ENOMEM` if a part of it is not mapped.
    pub fn check_advised(&self, address: usize, len_bytes: usize) -> Result<()> {
        self.checked_range(address, len_bytes, Errno::EINVAL)?;
        self.check_mapped(address, len_bytes)
    }

    /// Fails with `EINVAL` if what is mapped in a range is of the wrong kind anywhere.
    pub(super) fn check_kinds(
        &self,
        address: usize,
        len_bytes: usize,
        is_right: fn(Access, &RegionContent) -> bool,
    ) -> Result<()> {
        let window = self.checked_range(address, len_bytes, Errno::EINVAL)?;
        let are_right =
            self.book.lock().overlapping(window).all(|(_, region)| is_right(region.access, &region.content));
        if are_right { Ok(()) } else { Err(Errno::EINVAL) }
    }

    /// Brings in the file pages of a range.
    pub fn populate_files(&self, address: usize, len_bytes: usize) -> Result<()> {
        let window = self.checked_range(address, len_bytes, Errno::EINVAL)?;
        let parts: Vec<PageRange> = self
            .book
            .lock()
            .overlapping(window)
            .filter(|(_, region)| region.content.file().is_some())
            .filter_map(|(whole, _)| super::range_set::intersect(whole, window))
            .collect();
        parts.into_iter().try_for_each(|part| self.populate(part.start, part.len_bytes))
    }

    /// Fails with `ENOMEM` unless every page of the range is mapped.
    pub fn check_mapped(&self, address: usize, len_bytes: usize) -> Result<()> {
        let window = self.checked_range(address, len_bytes, Errno::ENOMEM)?;
        if self.book.lock().is_all_mapped(window) { Ok(()) } else { Err(Errno::ENOMEM) }
    }

    /// Returns the files shown in a range by mappings whose stores reach them.
    pub fn shared_files(&self, address: usize, len_bytes: usize) -> Result<Vec<FilePart>> {
        let window = self.checked_range(address, len_bytes, Errno::ENOMEM)?;
        let book = self.book.lock();
        let found = book
            .overlapping(window)
            .filter_map(|(whole, region)| {
                let part = super::range_set::intersect(whole, window)?;
                let (source, offset) = region.content.file().filter(|_| region.content.is_shared())?;
                let offset = offset + (part.start - whole.start) as u64;
                Some((source.clone(), offset, part.len_bytes as u64))
            })
            .collect();
        Ok(found)
    }

    /// Makes what a range shows of shared memory read zero, in the memory itself (`MADV_REMOVE`).
    pub fn punch(&self, address: usize, len_bytes: usize) -> Result<()> {
        let window = self.checked_range(address, len_bytes, Errno::EINVAL)?;
        let (parts, is_all_mapped) = {
            let book = self.book.lock();
            let parts: Vec<_> = book
                .overlapping(window)
                .filter_map(|(whole, region)| {
                    let part = super::range_set::intersect(whole, window)?;
                    let content = region.tail(whole.start, part.start).content;
                    Some((content, part.len_bytes, region.may.contains(Access::WRITE)))
                })
                .collect();
            (parts, book.is_all_mapped(window))
        };
        for (content, len_bytes, may_write) in parts {
            if matches!(content, RegionContent::Anonymous) {
                return Err(Errno::EINVAL);
            }
            if !may_write || !content.is_shared() {
                return Err(Errno::EACCES);
            }
            self.punch_content(&content, len_bytes)?;
        }
        if is_all_mapped { Ok(()) } else { Err(Errno::ENOMEM) }
    }

    fn punch_content(&self, content: &RegionContent, len_bytes: usize) -> Result<()> {
        if let Some((source, offset)) = content.file() {
            let inode = source.open_file().and_then(|open| open.file.inode()).ok_or(Errno::EINVAL)?;
            let end = inode.len_bytes().min(offset.saturating_add(len_bytes as u64));
            return if offset < end { inode.clear(offset, end) } else { Ok(()) };
        }
        let (Some((object, offset)), Some(left)) = (content.object(), content.bytes_left()) else {
            return Err(Errno::EINVAL);
        };
        let (end, zeros) = (len_bytes.min(left as usize), [0; 4096]);
        for at in (0..end).step_by(zeros.len()) {
            let zeros = &zeros[..zeros.len().min(end - at)];
            write_object(self.pages.0, object, offset as usize + at, zeros)?;
        }
        Ok(())
    }

    /// Tells for every page of a range whether it is present; `ENOMEM` if a part is not mapped.
    pub fn presence(&self, address: usize, len_bytes: usize) -> Result<Vec<u8>> {
        let window = self.checked_range(address, len_bytes, Errno::ENOMEM)?;
        let book = self.book.lock();
        if !book.is_all_mapped(window) {
            return Err(Errno::ENOMEM);
        }
        let mut pages = alloc::vec![0; window.len_bytes / self.page_bytes];
        for part in book.present.parts(window) {
            let first = (part.start - window.start) / self.page_bytes;
            self.pages.touched(part.start, &mut pages[first..first + part.len_bytes / self.page_bytes]);
        }
        Ok(pages)
    }
}
