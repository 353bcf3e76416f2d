//! What the book says of itself: `/proc/self/maps`, `statm`, reports.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::range_set::range;
use super::region::RegionContent;
use super::{AddressSpace, PageSource, STACK_NAME, SharedKey};
use crate::backend::{Access, PageRange};
use crate::kernel::Kernel;

/// One mapping as `/proc/self/maps` shows it.
pub struct RegionInfo {
    /// Its addresses.
    pub range: PageRange,
    /// What may be done with it.
    pub access: Access,
    /// Whether stores reach others.
    pub is_shared: bool,
    /// The file, if it shows one.
    pub file: Option<Arc<dyn PageSource>>,
    /// The offset of its first byte in the file or object.
    pub offset: u64,
    /// The name of anonymous memory (`[heap]`), or empty.
    pub name: &'static str,
}

/// Bytes present, by what holds them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Holders {
    /// Private memory that shows no file, stacks and heap among it.
    pub anonymous_bytes: usize,
    /// Private copies of files.
    pub file_bytes: usize,
    /// Shared memory.
    pub shared_bytes: usize,
}

/// Sums over all mappings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryTotals {
    /// Bytes mapped.
    pub mapped_bytes: usize,
    /// The most bytes that ever were mapped.
    pub peak_mapped_bytes: usize,
    /// Bytes present.
    pub resident_bytes: usize,
    /// The most bytes that ever were present.
    pub peak_bytes: usize,
}

impl AddressSpace {
    /// Returns every mapping, in the order of addresses.
    pub fn regions(&self) -> Vec<RegionInfo> {
        let book = self.book.lock();
        book.regions
            .iter()
            .map(|(start, region)| {
                let whole = range(start, region.end);
                RegionInfo {
                    range: whole,
                    access: region.access,
                    is_shared: region.content.is_shared(),
                    file: region.content.file().map(|(source, _)| source.clone()),
                    offset: region
                        .content
                        .file()
                        .map(|(_, offset)| offset)
                        .or_else(|| region.content.object().map(|(_, offset)| offset))
                        .unwrap_or(0),
                    name: region.name,
                }
            })
            .collect()
    }

    /// Calls `visit` for every mapping, in the order of addresses, holding no lock.
    pub fn for_each_region(&self, visit: impl FnMut(&RegionInfo)) {
        self.regions().iter().for_each(visit);
    }

    /// Returns how many bytes of a range are present. Where they have to be looked for, that takes its time: programs
    /// reserve terabytes.
    pub fn resident_in(&self, part: PageRange) -> usize {
        self.resident_bytes(self.book.lock().present.parts(part))
    }

    /// Returns the mapping that `address` lies in.
    pub fn region_of(&self, address: usize) -> Option<(PageRange, Access)> {
        let book = self.book.lock();
        book.region_at(address).map(|(start, region)| (range(start, region.end), region.access))
    }

    /// Returns the part of a start stack that `address` lies in.
    pub fn stack_at(&self, address: usize) -> Option<PageRange> {
        let book = self.book.lock();
        let (start, region) = book.region_at(address)?;
        (region.name == STACK_NAME || region.grows_down).then(|| range(start, region.end))
    }

    /// Returns the number of the program whose memory `address` is.
    pub fn owner_of(&self, address: usize) -> Option<u32> {
        self.book.lock().region_at(address).map(|(_, region)| region.owner)
    }

    /// Returns what a shared mapping shows at `address`, and the offset in it.
    pub fn shared_at(&self, address: usize) -> Option<(SharedKey, u64)> {
        if !self.has_shared.load(core::sync::atomic::Ordering::Acquire) {
            return None;
        }
        let book = self.book.lock();
        let (start, region) = book.region_at(address)?;
        let (_, offset) = region.content.object()?;
        Some((region.content.shared_key()?, offset + (address - start) as u64))
    }

    /// Tells whether a mapping of shared pages may be stored to, or be made so.
    pub fn may_be_stored_to(&self, key: SharedKey) -> bool {
        let book = self.book.lock();
        book.regions
            .iter()
            .any(|(_, region)| region.may.contains(Access::WRITE) && region.content.shared_key() == Some(key))
    }

    /// Returns who holds the memory. Allocates nothing.
    pub fn holders(&self) -> Holders {
        let book = self.book.lock();
        let mut holders = Holders::default();
        for (start, region) in book.regions.iter() {
            let held = self.resident_bytes(book.present.parts(range(start, region.end)));
            *match region.content {
                RegionContent::Anonymous => &mut holders.anonymous_bytes,
                RegionContent::PrivateFile(..) => &mut holders.file_bytes,
                RegionContent::SharedAnonymous(..)
                | RegionContent::SharedFile(..)
                | RegionContent::CachedFile(..) => &mut holders.shared_bytes,
            } += held;
        }
        holders
    }

    /// Returns how many bytes are mapped private and writable, which `RLIMIT_DATA` bounds.
    pub fn data_bytes(&self) -> usize {
        let book = self.book.lock();
        let is_data = |region: &super::region::Region| {
            region.access.contains(Access::WRITE) && !region.content.is_shared()
        };
        book.regions
            .iter()
            .filter(|(_, region)| is_data(region))
            .map(|(start, region)| region.end - start)
            .sum()
    }

    /// Returns how many bytes are mapped.
    pub fn mapped_bytes(&self) -> usize {
        self.book.lock().mapped_bytes
    }

    /// Returns sums over all mappings. Where pages get memory without the machine's doing they are looked for, which takes
    /// its time, and the most that had some is the most that was ever found.
    pub fn totals(&self) -> MemoryTotals {
        let mut book = self.book.lock();
        let resident_bytes = self.resident_bytes(book.present.parts(range(0, usize::MAX)));
        book.peak_found_bytes = book.peak_found_bytes.max(resident_bytes);
        MemoryTotals {
            mapped_bytes: book.mapped_bytes,
            peak_mapped_bytes: book.peak_mapped_bytes,
            resident_bytes,
            peak_bytes: if self.is_eager { book.peak_found_bytes } else { book.present.peak_bytes() },
        }
    }

    /// Returns how many bytes of mapped pages have memory.
    fn resident_bytes(&self, parts: impl Iterator<Item = PageRange>) -> usize {
        const PAGES: usize = 1024;
        if !self.is_eager {
            return parts.map(|part| part.len_bytes).sum();
        }
        let mut answers = [0; PAGES];
        let mut count = 0;
        for part in parts {
            for start in (part.start..part.end()).step_by(PAGES * self.page_bytes) {
                let answers = &mut answers[..((part.end() - start) / self.page_bytes).min(PAGES)];
                self.pages.touched(start, answers);
                count += answers.iter().filter(|&&answer| answer != 0).count();
            }
        }
        count * self.page_bytes
    }
}

impl Kernel {
    /// Returns the bytes of memory still free: no more than the machine may have beside what it holds.
    pub fn free_bytes(&self) -> usize {
        let held = self.mm.totals().resident_bytes + crate::fs::tree::cached_bytes();
        self.backend.free_bytes().min(self.backend.layout().total_bytes.saturating_sub(held))
    }
}
