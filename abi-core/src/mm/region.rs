//! One mapping of the book.

use alloc::sync::Arc;

use super::{PageCache, PageSource};
use crate::backend::{Access, Backend, ObjectId};

/// The pages of a shared anonymous mapping, given back with its last region.
pub(super) struct AnonymousObject {
    backend: &'static dyn Backend,
    pub(super) id: ObjectId,
    len_bytes: usize,
}

impl AnonymousObject {
    /// Creates zeroed pages.
    pub(super) fn create(backend: &'static dyn Backend, len_bytes: usize) -> crate::abi::Result<Arc<Self>> {
        Ok(Arc::new(Self { backend, id: backend.create_object(len_bytes)?, len_bytes }))
    }
}

impl Drop for AnonymousObject {
    fn drop(&mut self) {
        self.backend.destroy_object(self.id);
    }
}

/// Tells shared pages apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SharedKey {
    /// By their object.
    Object(ObjectId),
    /// By their file, which several objects may show.
    File(u64, u64),
}

impl SharedKey {
    /// Returns a number for it, which others may have too.
    pub fn number(self) -> u64 {
        match self {
            Self::Object(object) => object.0,
            Self::File(_, number) => number,
        }
    }
}

/// What a region shows. Offsets belong to the region's first byte.
#[derive(Clone)]
pub(super) enum RegionContent {
    /// Private zeroed memory.
    Anonymous,
    /// Shared zeroed memory.
    SharedAnonymous(Arc<AnonymousObject>, u64),
    /// A private copy of a file, filled at first touch.
    PrivateFile(Arc<dyn PageSource>, u64),
    /// A file's own pages.
    SharedFile(Arc<dyn PageSource>, ObjectId, u64),
    /// A file that is elsewhere, by the cache that stands for it.
    CachedFile(Arc<dyn PageSource>, Arc<dyn PageCache>, u64),
}

impl RegionContent {
    /// Returns the content that starts `bytes` further on.
    fn advanced(&self, bytes: usize) -> Self {
        let bytes = bytes as u64;
        match self {
            Self::Anonymous => Self::Anonymous,
            Self::SharedAnonymous(object, offset) => Self::SharedAnonymous(object.clone(), offset + bytes),
            Self::PrivateFile(source, offset) => Self::PrivateFile(source.clone(), offset + bytes),
            Self::SharedFile(source, object, offset) => {
                Self::SharedFile(source.clone(), *object, offset + bytes)
            }
            Self::CachedFile(source, cache, offset) => {
                Self::CachedFile(source.clone(), cache.clone(), offset + bytes)
            }
        }
    }

    /// Tells whether `next` is this content `bytes` further on.
    fn continues_with(&self, bytes: usize, next: &Self) -> bool {
        let at = |offset: u64| offset.checked_add(bytes as u64);
        match (self, next) {
            (Self::Anonymous, Self::Anonymous) => true,
            (Self::SharedAnonymous(a, from), Self::SharedAnonymous(b, to)) => {
                Arc::ptr_eq(a, b) && at(*from) == Some(*to)
            }
            (Self::PrivateFile(a, from), Self::PrivateFile(b, to))
            | (Self::CachedFile(a, _, from), Self::CachedFile(b, _, to)) => {
                Arc::ptr_eq(a, b) && at(*from) == Some(*to)
            }
            (Self::SharedFile(a, a_object, from), Self::SharedFile(b, b_object, to)) => {
                Arc::ptr_eq(a, b) && a_object == b_object && at(*from) == Some(*to)
            }
            _ => false,
        }
    }

    /// Tells whether stores reach others.
    pub(super) fn is_shared(&self) -> bool {
        matches!(self, Self::SharedAnonymous(..) | Self::SharedFile(..) | Self::CachedFile(..))
    }

    /// Returns the object whose pages are mapped, and the offset in it.
    pub(super) fn object(&self) -> Option<(ObjectId, u64)> {
        match self {
            Self::SharedAnonymous(object, offset) => Some((object.id, *offset)),
            Self::SharedFile(_, object, offset) => Some((*object, *offset)),
            Self::CachedFile(_, cache, offset) => Some((cache.object(), *offset)),
            _ => None,
        }
    }

    /// Returns the cache whose pages are mapped, and the offset in it.
    pub(super) fn cache(&self) -> Option<(&Arc<dyn PageCache>, u64)> {
        match self {
            Self::CachedFile(_, cache, offset) => Some((cache, *offset)),
            _ => None,
        }
    }

    /// Returns what tells the shared pages apart from others.
    pub(super) fn shared_key(&self) -> Option<SharedKey> {
        let (object, _) = self.object()?;
        let of_file = self.file().and_then(|(source, _)| source.key());
        Some(of_file.map_or(SharedKey::Object(object), |(device, number)| SharedKey::File(device, number)))
    }

    /// Returns how many bytes there are to show from here on; `None` for no end.
    pub(super) fn bytes_left(&self) -> Option<u64> {
        match self {
            Self::Anonymous => None,
            Self::SharedAnonymous(object, offset) => Some((object.len_bytes as u64).saturating_sub(*offset)),
            _ => self.file().map(|(source, offset)| source.len_bytes().saturating_sub(offset)),
        }
    }

    /// Returns the file, and the offset in it.
    pub(super) fn file(&self) -> Option<(&Arc<dyn PageSource>, u64)> {
        match self {
            Self::PrivateFile(source, offset)
            | Self::SharedFile(source, _, offset)
            | Self::CachedFile(source, _, offset) => Some((source, *offset)),
            _ => None,
        }
    }
}

/// One mapping: a range of the book with one access and one content.
#[derive(Clone)]
pub(super) struct Region {
    /// First address after it; the first address is its key in the book.
    pub(super) end: usize,
    /// What may be done with it now.
    pub(super) access: Access,
    /// What it may be changed to.
    pub(super) may: Access,
    /// What it shows.
    pub(super) content: RegionContent,
    /// The name of anonymous memory.
    pub(super) name: &'static str,
    /// The number of the program it belongs to.
    pub(super) owner: u32,
    /// Whether a fault below it extends it (`MAP_GROWSDOWN`).
    pub(super) grows_down: bool,
}

impl Region {
    /// Returns the part of this region, which starts at `start`, that starts at `at`.
    pub(super) fn tail(&self, start: usize, at: usize) -> Self {
        Self { content: self.content.advanced(at - start), ..self.clone() }
    }

    /// Returns the access that its pages get for what the region allows: a first store to a cached page is to fault.
    pub(super) fn shown(&self, access: Access) -> Access {
        if self.content.cache().is_some() { access - Access::WRITE } else { access }
    }

    /// Tells whether `next`, which begins where this region ends, is one mapping with it.
    pub(super) fn joins(&self, start: usize, next: &Self) -> bool {
        self.access == next.access
            && self.may == next.may
            && self.name == next.name
            && self.owner == next.owner
            && self.grows_down == next.grows_down
            && self.content.continues_with(self.end - start, &next.content)
    }
}
