//! Pages of a mock: arena bytes are real, since `mm` fills pages in place; who may touch them is simulated.
#![expect(unsafe_code, reason = "stands in for the processor's view of memory")]

use core::ptr::NonNull;
use std::alloc::{Layout, alloc, alloc_zeroed};
use std::boxed::Box;
use std::collections::{BTreeMap, BTreeSet};
use std::vec::Vec;

use super::super::{Access, BackendError, Backing, Memory, MemoryLayout, ObjectId, PageRange, Result};
use super::MockBackend;

/// Size of a page.
const PAGE: usize = 4096;
/// The arena starts on a boundary of a large page.
const ARENA_ALIGN: usize = 2 << 20;
/// What unmapped pages are overwritten with.
const POISON: u8 = 0xdd;
/// Addresses outside the arena that can be claimed.
const FIXED: PageRange = PageRange { start: 0x10000, len_bytes: 0x8000_0000 - 0x10000 };
/// A fixed range that is not the guest's, where claims fail.
pub(super) const FOREIGN: PageRange = PageRange { start: 0x5000_0000, len_bytes: 0x10_0000 };

/// The real bytes behind the arena; never freed.
pub(super) struct Arena(usize);

impl Arena {
    fn new(len_bytes: usize) -> Self {
        let layout = Layout::from_size_align(len_bytes, ARENA_ALIGN).expect("a sane arena");
        // SAFETY: the layout is not empty.
        Self(unsafe { alloc_zeroed(layout) } as usize)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Private,
    Object(ObjectId, usize),
}

#[derive(Debug, Clone, Copy)]
struct Page {
    access: Access,
    kind: Kind,
}

struct Object {
    bytes: Vec<u8>,
    mappings: usize,
    is_destroyed: bool,
}

/// What is mapped.
pub(crate) struct MemoryState {
    pages: BTreeMap<usize, Page>,
    private_pages: usize,
    claimed: BTreeSet<usize>,
    outside: BTreeMap<usize, Box<[u8; PAGE]>>,
    objects: BTreeMap<u64, Object>,
    next_object: u64,
}

impl MemoryState {
    pub(super) const fn new() -> Self {
        Self {
            pages: BTreeMap::new(),
            private_pages: 0,
            claimed: BTreeSet::new(),
            outside: BTreeMap::new(),
            objects: BTreeMap::new(),
            next_object: 1,
        }
    }

    fn drop_page(&mut self, page: usize) {
        match self.pages.remove(&page).map(|old| old.kind) {
            Some(Kind::Private) => self.private_pages -= 1,
            Some(Kind::Object(id, _)) => {
                let object = self.objects.get_mut(&id.0).expect("a mapped object exists");
                object.mappings -= 1;
                if object.is_destroyed && object.mappings == 0 {
                    self.objects.remove(&id.0);
                }
            }
            None => {}
        }
    }
}

fn pages_of(range: PageRange) -> impl Iterator<Item = usize> {
    (range.start..range.end()).step_by(PAGE)
}

impl MockBackend {
    fn arena(&self) -> PageRange {
        let start = self.arena.get_or_init(|| Arena::new(self.config.arena_bytes)).0;
        PageRange { start, len_bytes: self.config.arena_bytes }
    }

    fn check(&self, state: &MemoryState, range: PageRange) {
        assert!(range.start.is_multiple_of(PAGE) && range.len_bytes.is_multiple_of(PAGE), "{range:x?}");
        assert!(range.len_bytes > 0, "empty range at {:#x}", range.start);
        let arena = self.arena();
        for page in pages_of(range) {
            assert!(arena.contains(page) || state.claimed.contains(&page), "{page:#x} is not the guest's");
        }
    }

    fn bytes(&self, state: &mut MemoryState, page: usize) -> *mut u8 {
        if self.arena().contains(page) {
            page as *mut u8
        } else {
            state.outside.entry(page).or_insert_with(|| Box::new([POISON; PAGE])).as_mut_ptr()
        }
    }

    fn fill(&self, state: &mut MemoryState, page: usize, byte: u8) {
        let bytes = self.bytes(state, page);
        // SAFETY: a page of the arena or a box of one page.
        unsafe { bytes.write_bytes(byte, PAGE) };
    }

    fn remove(&self, state: &mut MemoryState, page: usize) {
        if state.pages.get(&page).is_some_and(|old| old.kind == Kind::Private) {
            self.fill(state, page, POISON);
        }
        state.drop_page(page);
    }

    /// Plays a load or store of the guest: the byte's address, or `None` for a page fault.
    fn touch(&self, address: usize, access: Access) -> Option<*mut u8> {
        let mut state = self.memory.lock().expect("no test panicked in here");
        let (page, within) = (address & !(PAGE - 1), address & (PAGE - 1));
        let found = *state.pages.get(&page)?;
        if found.access.is_empty() || access == Access::WRITE && !found.access.contains(access) {
            return None;
        }
        match found.kind {
            Kind::Private => Some(self.bytes(&mut state, page).wrapping_add(within)),
            Kind::Object(id, offset) => {
                let object = state.objects.get_mut(&id.0).expect("a mapped object exists");
                object.bytes.get_mut(offset + within).map(|byte| &raw mut *byte)
            }
        }
    }

    /// Loads a byte as the guest would; `None` is a page fault.
    pub fn load(&self, address: usize) -> Option<u8> {
        // SAFETY: `touch` gives a byte of a live page; tests touch from one thread.
        self.touch(address, Access::READ).map(|byte| unsafe { byte.read() })
    }

    /// Stores a byte as the guest would; `None` is a page fault.
    pub fn store(&self, address: usize, value: u8) -> Option<()> {
        // SAFETY: as in `load`.
        self.touch(address, Access::WRITE).map(|byte| unsafe { byte.write(value) })
    }

    /// Returns the access of the page at `address`, if one is mapped.
    pub fn access_at(&self, address: usize) -> Option<Access> {
        let state = self.memory.lock().expect("no test panicked in here");
        state.pages.get(&(address & !(PAGE - 1))).map(|page| page.access)
    }

    /// Returns how many pages are mapped.
    pub fn page_count(&self) -> usize {
        self.memory.lock().expect("no test panicked in here").pages.len()
    }

    /// Returns how many objects exist.
    pub fn object_count(&self) -> usize {
        self.memory.lock().expect("no test panicked in here").objects.len()
    }
}

impl Memory for MockBackend {
    fn most_mappings(&self) -> usize {
        self.config.most_mappings
    }

    fn layout(&self) -> MemoryLayout {
        MemoryLayout {
            page_bytes: PAGE,
            arena: self.arena(),
            fixed: FIXED,
            high: PageRange { start: 0, len_bytes: 0 },
            image: PageRange { start: 0, len_bytes: 0 },
            frames: (0, 0),
            total_bytes: self.config.arena_bytes,
        }
    }

    fn maps_on_demand_now(&self) -> bool {
        self.config.is_eager
    }

    fn claim(&self, range: PageRange) -> Result<()> {
        let mut state = self.memory.lock().expect("no test panicked in here");
        assert!(range.start >= FIXED.start && range.end() <= FIXED.end(), "claim outside: {range:x?}");
        if range.start < FOREIGN.end() && FOREIGN.start < range.end() {
            return Err(BackendError::AddressUnavailable);
        }
        for page in pages_of(range) {
            assert!(state.claimed.insert(page), "claimed twice: {page:#x}");
        }
        Ok(())
    }

    unsafe fn map(&self, range: PageRange, access: Access, backing: Backing) -> Result<()> {
        let mut state = self.memory.lock().expect("no test panicked in here");
        self.check(&state, range);
        for page in pages_of(range) {
            self.remove(&mut state, page);
        }
        let is_private = match backing {
            Backing::Zero => true,
            Backing::ZeroOnDemand if self.config.is_eager => true,
            Backing::ZeroOnDemand => return Ok(()),
            Backing::Object(..) => false,
        };
        if is_private && state.private_pages + range.len_bytes / PAGE > self.config.max_pages {
            return Err(BackendError::Exhausted);
        }
        for (index, page) in pages_of(range).enumerate() {
            let kind = if let Backing::Object(id, offset) = backing {
                let object = state.objects.get_mut(&id.0).expect("only live objects are mapped");
                object.mappings += 1;
                Kind::Object(id, offset + index * PAGE)
            } else {
                self.fill(&mut state, page, 0);
                state.private_pages += 1;
                Kind::Private
            };
            state.pages.insert(page, Page { access, kind });
        }
        Ok(())
    }

    unsafe fn unmap(&self, range: PageRange) -> Result<()> {
        let mut state = self.memory.lock().expect("no test panicked in here");
        self.check(&state, range);
        assert!(state.pages.range(range.start..range.end()).next().is_some(), "unmap of nothing: {range:x?}");
        for page in pages_of(range) {
            self.remove(&mut state, page);
        }
        Ok(())
    }

    unsafe fn protect(&self, range: PageRange, access: Access) -> Result<()> {
        let mut state = self.memory.lock().expect("no test panicked in here");
        self.check(&state, range);
        for page in pages_of(range) {
            state.pages.get_mut(&page).expect("protect of a page that is not mapped").access = access;
        }
        Ok(())
    }

    unsafe fn discard(&self, range: PageRange) -> Result<()> {
        let mut state = self.memory.lock().expect("no test panicked in here");
        self.check(&state, range);
        for page in pages_of(range) {
            let kind = state.pages.get(&page).expect("discard of a page that is not mapped").kind;
            assert_eq!(kind, Kind::Private, "discard of an object's page");
            self.fill(&mut state, page, 0);
        }
        Ok(())
    }

    unsafe fn move_pages(&self, from: PageRange, to: PageRange) -> Result<()> {
        let mut state = self.memory.lock().expect("no test panicked in here");
        self.check(&state, from);
        self.check(&state, to);
        assert_eq!(from.len_bytes, to.len_bytes);
        assert!(from.end() <= to.start || to.end() <= from.start, "moved onto itself");
        for (from, to) in pages_of(from).zip(pages_of(to)) {
            let page = *state.pages.get(&from).expect("move of a page that is not mapped");
            let is_kept = state.pages.get(&to).is_some_and(|page| page.access.contains(Access::WRITE));
            assert!(!is_kept, "moved onto a page that may hold something new: {to:#x}");
            state.drop_page(to);
            if page.kind == Kind::Private {
                let (source, target) = (self.bytes(&mut state, from), self.bytes(&mut state, to));
                // SAFETY: two different pages.
                unsafe { target.copy_from_nonoverlapping(source, PAGE) };
                self.fill(&mut state, from, POISON);
            }
            state.pages.remove(&from);
            state.pages.insert(to, page);
        }
        Ok(())
    }

    fn create_object(&self, len_bytes: usize) -> Result<ObjectId> {
        let mut state = self.memory.lock().expect("no test panicked in here");
        let id = state.next_object;
        state.next_object += 1;
        let bytes = std::vec![0; len_bytes.next_multiple_of(PAGE)];
        state.objects.insert(id, Object { bytes, mappings: 0, is_destroyed: false });
        Ok(ObjectId(id))
    }

    fn resize_object(&self, object: ObjectId, len_bytes: usize) -> Result<()> {
        let mut state = self.memory.lock().expect("no test panicked in here");
        let object = state.objects.get_mut(&object.0).expect("a live object");
        object.bytes.resize(len_bytes.next_multiple_of(PAGE), 0);
        Ok(())
    }

    fn destroy_object(&self, object: ObjectId) {
        let mut state = self.memory.lock().expect("no test panicked in here");
        let found = state.objects.get_mut(&object.0).expect("destroyed once");
        assert!(!found.is_destroyed, "destroyed twice");
        found.is_destroyed = true;
        if found.mappings == 0 {
            state.objects.remove(&object.0);
        }
    }

    fn object_resident_bytes(&self, object: ObjectId) -> usize {
        let state = self.memory.lock().expect("no test panicked in here");
        state.objects.get(&object.0).map_or(0, |object| object.bytes.len())
    }

    fn object_bytes(&self, object: ObjectId, offset: usize) -> Result<(NonNull<u8>, usize)> {
        let mut state = self.memory.lock().expect("no test panicked in here");
        let found = state.objects.get_mut(&object.0).expect("a live object");
        let rest = found.bytes.get_mut(offset..).filter(|rest| !rest.is_empty());
        let rest = rest.ok_or(BackendError::AddressUnavailable)?;
        Ok((NonNull::from(&mut rest[0]), rest.len()))
    }

    fn grow_heap(&self, len_bytes: usize) -> Result<NonNull<[u8]>> {
        let layout = Layout::from_size_align(len_bytes.max(PAGE), PAGE).expect("a sane length");
        // SAFETY: the layout is not empty.
        let start = NonNull::new(unsafe { alloc(layout) }).ok_or(BackendError::Exhausted)?;
        Ok(NonNull::slice_from_raw_parts(start, layout.size()))
    }

    fn free_bytes(&self) -> usize {
        self.config.arena_bytes
    }
}
