//! The book over the mock backend: what a guest sees, checked byte by byte.

use std::vec::Vec;

use super::*;
use crate::backend::mock::{MockBackend, MockConfig};

pub(super) const PAGE: usize = 4096;
pub(super) const READ: Access = Access::READ;
pub(super) const RW: Access = Access::READ.union(Access::WRITE);

/// An address space and the guest that touches it.
pub(super) struct Guest {
    pub(super) backend: &'static MockBackend,
    pub(super) mm: AddressSpace,
}

impl Guest {
    pub(super) fn new(config: MockConfig) -> Self {
        let backend = MockBackend::leaked(config);
        Self { backend, mm: AddressSpace::new(backend, 1) }
    }

    /// One of each kind of backend.
    fn both() -> [Self; 2] {
        [false, true].map(|is_eager| Self::new(MockConfig { is_eager, ..MockConfig::DEFAULT }))
    }

    fn load(&self, address: usize) -> Option<u8> {
        self.backend.load(address).or_else(|| {
            self.mm.fault(address, READ).then(|| self.backend.load(address).expect("the fault was answered"))
        })
    }

    fn store(&self, address: usize, value: u8) -> Option<()> {
        self.backend.store(address, value).or_else(|| {
            self.mm
                .fault(address, Access::WRITE)
                .then(|| self.backend.store(address, value).expect("the fault was answered"))
        })
    }

    pub(super) fn anonymous(&self, placement: Placement, pages: usize) -> Result<usize> {
        self.mm.map(&anonymous(placement, pages))
    }

    fn region_count(&self) -> usize {
        self.mm.regions().len()
    }
}

fn anonymous(placement: Placement, pages: usize) -> MapSpec {
    MapSpec {
        placement,
        len_bytes: pages * PAGE,
        access: RW,
        content: Content::Anonymous(Sharing::Private),
        name: "",
        owner: 1,
    }
}

/// A file of numbered bytes.
struct NumberedFile(usize);

fn file_byte(offset: usize) -> u8 {
    (offset % 251) as u8
}

impl PageSource for NumberedFile {
    fn len_bytes(&self) -> u64 {
        self.0 as u64
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<usize> {
        // Short reads, as files give.
        let len = buf.len().min(self.0.saturating_sub(offset as usize)).min(1000);
        for (i, byte) in buf[..len].iter_mut().enumerate() {
            *byte = file_byte(offset as usize + i);
        }
        Ok(len)
    }
    fn path(&self) -> Vec<u8> {
        b"/numbers".to_vec()
    }
}

fn file_spec(len_bytes: usize, file_bytes: usize, offset: u64, access: Access) -> MapSpec {
    MapSpec {
        placement: Placement::Anywhere,
        len_bytes,
        access,
        content: Content::File(Arc::new(NumberedFile(file_bytes)), offset, Sharing::Private),
        name: "",
        owner: 1,
    }
}

#[test]
fn anonymous_memory_reads_zero_and_keeps_stores() {
    for guest in Guest::both() {
        let at = guest.anonymous(Placement::Anywhere, 40).unwrap();
        assert_eq!(guest.load(at + 5), Some(0));
        guest.store(at + 39 * PAGE, 7).unwrap();
        guest.store(at + 38 * PAGE, 8).unwrap();
        assert_eq!(guest.load(at + 39 * PAGE), Some(7));
        assert!((3 * PAGE..=40 * PAGE).contains(&guest.mm.totals().resident_bytes));
        guest.mm.unmap(at, 40 * PAGE).unwrap();
        assert_eq!(guest.load(at + 39 * PAGE), None);
        assert_eq!((guest.backend.page_count(), guest.region_count()), (0, 0));
        let MemoryTotals { mapped_bytes, resident_bytes, peak_bytes, .. } = guest.mm.totals();
        assert_eq!((mapped_bytes, resident_bytes, peak_bytes > 0), (0, 0, true));
    }
}

#[test]
fn a_sparse_touch_brings_in_little_and_a_dense_walk_few_faults() {
    let guest = Guest::new(MockConfig::DEFAULT);
    let at = guest.anonymous(Placement::Anywhere, 4096).unwrap();
    guest.store(at + 2000 * PAGE, 1).unwrap();
    assert!(guest.backend.page_count() <= 16, "{}", guest.backend.page_count());
    let mut faults = 0;
    for page in 0..4096 {
        if guest.backend.load(at + page * PAGE).is_none() {
            assert!(guest.mm.fault(at + page * PAGE, READ));
            faults += 1;
        }
    }
    assert!(faults < 40, "{faults}");
    assert_eq!(guest.load(at + 2000 * PAGE), Some(1));
}

#[test]
fn neighbours_merge_and_protect_splits_and_merges_again() {
    for guest in Guest::both() {
        let at = guest.anonymous(Placement::Anywhere, 8).unwrap();
        guest.anonymous(Placement::Replace(at + 8 * PAGE), 8).unwrap();
        assert_eq!(guest.region_count(), 1);
        guest.store(at + 4 * PAGE, 9).unwrap();
        guest.mm.protect(at + 4 * PAGE, 4 * PAGE, READ).unwrap();
        assert_eq!(guest.region_count(), 3);
        assert_eq!(guest.store(at + 4 * PAGE, 1), None);
        assert_eq!(guest.mm.resolve_fault(at + 4 * PAGE, Access::WRITE), FaultAnswer::Denied);
        assert_eq!(guest.load(at + 4 * PAGE), Some(9));
        guest.mm.protect(at, 8 * PAGE, RW).unwrap();
        assert_eq!(guest.region_count(), 1);
        guest.store(at + 4 * PAGE, 1).unwrap();
        guest.mm.protect(at, 2 * PAGE, Access::empty()).unwrap();
        assert_eq!(guest.load(at), None);
    }
}

#[test]
fn protect_stops_at_a_hole() {
    for guest in Guest::both() {
        let at = guest.anonymous(Placement::Anywhere, 8).unwrap();
        guest.mm.unmap(at + 4 * PAGE, PAGE).unwrap();
        assert_eq!(guest.mm.protect(at, 8 * PAGE, READ), Err(Errno::ENOMEM));
        assert_eq!(guest.store(at, 1), None);
        assert_eq!(guest.store(at + 5 * PAGE, 1), Some(()));
        assert_eq!(guest.mm.protect(at + 1, PAGE, READ), Err(Errno::EINVAL));
    }
}

#[test]
fn fixed_mappings_replace_or_refuse() {
    for guest in Guest::both() {
        let at = guest.anonymous(Placement::Anywhere, 8).unwrap();
        guest.store(at + 3 * PAGE, 5).unwrap();
        guest.store(at + PAGE, 6).unwrap();
        assert_eq!(guest.anonymous(Placement::NoReplace(at + 7 * PAGE), 2), Err(Errno::EEXIST));
        assert_eq!(guest.anonymous(Placement::Replace(at + 2 * PAGE), 2), Ok(at + 2 * PAGE));
        assert_eq!((guest.load(at + 3 * PAGE), guest.load(at + PAGE)), (Some(0), Some(6)));
        assert_ne!(guest.anonymous(Placement::Hint(at), 1), Ok(at));
        assert_eq!(guest.anonymous(Placement::Replace(at + 1), 1), Err(Errno::EINVAL));
        assert_eq!(guest.anonymous(Placement::Replace(0), 1), Err(Errno::EPERM));
        assert_eq!(guest.anonymous(Placement::Replace(usize::MAX - PAGE + 1), 2), Err(Errno::ENOMEM));
        assert_eq!(guest.anonymous(Placement::Anywhere, usize::MAX / PAGE), Err(Errno::ENOMEM));
        assert_eq!(guest.anonymous(Placement::Anywhere, 0), Err(Errno::EINVAL));
    }
}

#[test]
fn fixed_addresses_outside_the_arena_are_claimed_once() {
    for guest in Guest::both() {
        assert_eq!(guest.anonymous(Placement::Replace(0x40_0000), 4), Ok(0x40_0000));
        guest.store(0x40_0000, 3).unwrap();
        guest.mm.unmap(0x40_0000, 4 * PAGE).unwrap();
        assert_eq!(guest.anonymous(Placement::NoReplace(0x40_1000), 8), Ok(0x40_1000));
        assert_eq!(guest.load(0x40_1000), Some(0));
        assert_eq!(guest.anonymous(Placement::Replace(0x5000_0000), 1), Err(Errno::ENOMEM));
        assert_eq!(guest.anonymous(Placement::NoReplace(0x5000_0000), 1), Err(Errno::EEXIST));
        assert!(guest.anonymous(Placement::Hint(0x5000_0000), 1).unwrap() > 0x8000_0000);
        assert_eq!(guest.anonymous(Placement::Hint(0x60_0000), 1), Ok(0x60_0000));
        let low = guest.anonymous(Placement::Low(0), 3).unwrap();
        assert!(low + 3 * PAGE <= 1 << 31);
        assert_eq!(guest.load(low), Some(0));
        assert_eq!(guest.anonymous(Placement::Low(0x70_0000), 1), Ok(0x70_0000));
        assert_ne!(guest.anonymous(Placement::Low(0x70_0000), 1), Ok(0x70_0000));
    }
}

#[test]
fn private_file_pages_come_at_first_touch_and_end_with_the_file() {
    for guest in Guest::both() {
        let file_bytes = 20 * PAGE + 100;
        let at = guest.mm.map(&file_spec(30 * PAGE, file_bytes, PAGE as u64, RW)).unwrap();
        assert_eq!(guest.backend.page_count(), 0);
        assert_eq!(guest.load(at + 3), Some(file_byte(PAGE + 3)));
        assert_eq!(guest.load(at + 19 * PAGE + 99), Some(file_byte(20 * PAGE + 99)));
        assert_eq!(guest.load(at + 19 * PAGE + 100), Some(0));
        assert_eq!(guest.mm.resolve_fault(at + 20 * PAGE, READ), FaultAnswer::PastEnd);
        guest.store(at + 3, 200).unwrap();
        assert_eq!(guest.load(at + 3), Some(200));
        guest.mm.protect(at, PAGE, READ).unwrap();
        assert_eq!(guest.load(at + 3), Some(200));
        guest.mm.discard(at, 30 * PAGE).unwrap();
        assert_eq!(guest.load(at + 3), Some(file_byte(PAGE + 3)));
        assert_eq!(guest.backend.access_at(at), Some(READ));
    }
}

#[test]
fn files_that_cannot_be_shared_are_not() {
    let guest = Guest::new(MockConfig::DEFAULT);
    let mut spec = file_spec(PAGE, 100, 0, READ);
    spec.content = Content::File(Arc::new(NumberedFile(100)), 0, Sharing::Shared);
    assert_eq!(guest.mm.map(&spec), Err(Errno::ENODEV));
}

#[test]
fn shared_anonymous_memory_aliases_and_is_given_back() {
    for guest in Guest::both() {
        let mut spec = anonymous(Placement::Anywhere, 4);
        spec.content = Content::Anonymous(Sharing::Shared);
        let at = guest.mm.map(&spec).unwrap();
        guest.store(at + PAGE, 4).unwrap();
        guest.mm.discard(at, 4 * PAGE).unwrap();
        assert_eq!(guest.load(at + PAGE), Some(4));
        let moved = guest.anonymous(Placement::Anywhere, 8).unwrap();
        assert_eq!(guest.mm.remap(at, 4 * PAGE, 4 * PAGE, Remap::MoveTo(moved)), Ok(moved));
        assert_eq!((guest.load(moved + PAGE), guest.load(at + PAGE)), (Some(4), None));
        guest.mm.unmap(moved, PAGE).unwrap();
        assert_eq!(guest.backend.object_count(), 1);
        guest.mm.unmap(moved, 4 * PAGE).unwrap();
        assert_eq!(guest.backend.object_count(), 0);
    }
}

#[test]
fn remap_grows_in_place_or_moves_and_keeps_contents() {
    for guest in Guest::both() {
        let at = guest.anonymous(Placement::Anywhere, 8).unwrap();
        guest.mm.unmap(at + 4 * PAGE, 4 * PAGE).unwrap();
        guest.store(at + 3 * PAGE, 3).unwrap();
        assert_eq!(guest.mm.remap(at, 4 * PAGE, 6 * PAGE, Remap::InPlace), Ok(at));
        assert_eq!((guest.load(at + 3 * PAGE), guest.load(at + 5 * PAGE)), (Some(3), Some(0)));
        guest.anonymous(Placement::Replace(at + 6 * PAGE), 1).unwrap();
        guest.mm.protect(at + 6 * PAGE, PAGE, READ).unwrap();
        assert_eq!(guest.mm.remap(at, 6 * PAGE, 12 * PAGE, Remap::InPlace), Err(Errno::ENOMEM));
        let moved = guest.mm.remap(at, 6 * PAGE, 12 * PAGE, Remap::MayMove).unwrap();
        assert_ne!(moved, at);
        assert_eq!((guest.load(moved + 3 * PAGE), guest.load(moved + 11 * PAGE)), (Some(3), Some(0)));
        assert_eq!((guest.load(at), guest.load(at + 6 * PAGE)), (None, Some(0)));
        assert_eq!(guest.mm.remap(moved, 12 * PAGE, 2 * PAGE, Remap::InPlace), Ok(moved));
        assert_eq!(guest.load(moved + 3 * PAGE), None);
        assert_eq!(guest.mm.remap(moved, 3 * PAGE, 4 * PAGE, Remap::MayMove), Err(Errno::EFAULT));
        guest.store(moved, 77).unwrap();
        let copy = guest.mm.remap(moved, 2 * PAGE, 2 * PAGE, Remap::KeepOld(None)).unwrap();
        assert_eq!((guest.load(copy), guest.load(moved)), (Some(77), Some(0)));
    }
}

#[test]
fn remap_of_no_bytes_shows_shared_memory_twice() {
    for guest in Guest::both() {
        let mut spec = anonymous(Placement::Anywhere, 4);
        spec.content = Content::Anonymous(Sharing::Shared);
        let at = guest.mm.map(&spec).unwrap();
        let again = guest.mm.remap(at + PAGE, 0, 5 * PAGE, Remap::MayMove).unwrap();
        guest.store(at + PAGE, 9).unwrap();
        guest.mm.unmap(at, 4 * PAGE).unwrap();
        assert_eq!((guest.load(again), guest.load(again + 2 * PAGE)), (Some(9), Some(0)));
        assert_eq!(guest.mm.resolve_fault(again + 3 * PAGE, READ), FaultAnswer::PastEnd);
        assert_eq!(guest.backend.object_count(), 1);
        let private = guest.anonymous(Placement::Anywhere, 1).unwrap();
        assert_eq!(guest.mm.remap(private, 0, PAGE, Remap::MayMove), Err(Errno::EINVAL));
    }
}

#[test]
fn remap_that_keeps_the_old_range_leaves_it_as_if_new() {
    for guest in Guest::both() {
        let at = guest.mm.map(&file_spec(4 * PAGE, 4 * PAGE, 0, RW)).unwrap();
        guest.store(at, 100).unwrap();
        let to = guest.anonymous(Placement::Anywhere, 4).unwrap();
        assert_eq!(guest.mm.remap(at, 4 * PAGE, 4 * PAGE, Remap::KeepOld(Some(to))), Ok(to));
        assert_eq!((guest.load(to), guest.load(at)), (Some(100), Some(file_byte(0))));
        assert_eq!(guest.load(to + PAGE + 1), Some(file_byte(PAGE + 1)));
    }
}

#[test]
fn discarded_memory_reads_zero() {
    for guest in Guest::both() {
        let at = guest.anonymous(Placement::Anywhere, 64).unwrap();
        for page in 0..64 {
            guest.store(at + page * PAGE, 1).unwrap();
        }
        guest.mm.discard(at + 10 * PAGE, 20 * PAGE).unwrap();
        let ones = (0..64).filter(|page| guest.load(at + page * PAGE) == Some(1)).count();
        assert_eq!(ones, 44);
        guest.mm.unmap(at + 12 * PAGE, PAGE).unwrap();
        assert_eq!(guest.mm.discard(at, 64 * PAGE), Err(Errno::ENOMEM));
        assert_eq!(guest.load(at), Some(0));
    }
}

#[test]
fn the_break_moves_both_ways() {
    for guest in Guest::both() {
        let start = guest.mm.current_break(1).unwrap();
        assert_eq!(guest.mm.move_break(100, 1), Ok(start));
        guest.store(start + 99, 5).unwrap();
        assert_eq!(guest.mm.move_break(3 * PAGE as isize, 1), Ok(start + 100));
        assert_eq!(guest.load(start + 99), Some(5));
        assert_eq!(guest.load(start + 3 * PAGE), Some(0));
        assert_eq!(guest.region_count(), 1);
        guest.mm.set_break(start, 1).unwrap();
        assert_eq!(guest.load(start), None);
        assert_eq!(guest.mm.move_break(-1, 1), Err(Errno::ENOMEM));
        assert_eq!(guest.mm.move_break(isize::MAX, 1), Err(Errno::ENOMEM));
        assert_eq!(guest.mm.move_break(1, 1), Ok(start));
        assert_eq!(guest.load(start), Some(0));
    }
}

#[test]
fn a_fault_without_memory_takes_one_page_or_says_so() {
    let guest = Guest::new(MockConfig { max_pages: 2, ..MockConfig::DEFAULT });
    let at = guest.anonymous(Placement::Anywhere, 64).unwrap();
    assert_eq!(guest.mm.resolve_fault(at, READ), FaultAnswer::Mapped);
    assert_eq!(guest.mm.resolve_fault(at + 20 * PAGE, READ), FaultAnswer::Mapped);
    assert_eq!(guest.mm.resolve_fault(at + 40 * PAGE, READ), FaultAnswer::OutOfMemory);
}

#[test]
fn populate_brings_in_everything_that_exists() {
    for guest in Guest::both() {
        let at = guest.mm.map(&file_spec(700 * PAGE, 650 * PAGE + 1, 0, READ)).unwrap();
        guest.load(at + 100 * PAGE).unwrap();
        guest.mm.populate(at, 700 * PAGE).unwrap();
        assert_eq!(guest.backend.page_count(), 651);
        assert_eq!(guest.backend.load(at + 649 * PAGE + 5), Some(file_byte(649 * PAGE + 5)));
        assert_eq!(guest.mm.populate(at, 701 * PAGE), Err(Errno::ENOMEM));
        assert_eq!(
            guest.mm.presence(at, 700 * PAGE).unwrap().iter().map(|&p| p as usize).sum::<usize>(),
            651
        );
    }
}

/// What a page of the model is.
#[derive(Clone, Copy, PartialEq)]
enum Model {
    Free,
    Mapped(Access, u8),
}

#[test]
fn behaves_like_an_array_of_pages() {
    const PAGES: usize = 96;
    for guest in Guest::both() {
        let base = guest.anonymous(Placement::Anywhere, PAGES).unwrap();
        guest.mm.unmap(base, PAGES * PAGE).unwrap();
        let mut model = [Model::Free; PAGES];
        let mut random = rng::Rng::new(42);
        for step in 0..6000_usize {
            let first = random.below(PAGES as u64) as usize;
            let len = 1 + random.below((PAGES - first).min(24) as u64) as usize;
            let (at, window) = (base + first * PAGE, first..first + len);
            let access = [Access::empty(), READ, RW, RW][random.below(4) as usize];
            match random.below(8) {
                0 => {
                    let spec = MapSpec { access, ..anonymous(Placement::Replace(at), len) };
                    guest.mm.map(&spec).unwrap();
                    model[window].fill(Model::Mapped(access, 0));
                }
                1 => {
                    guest.mm.unmap(at, len * PAGE).unwrap();
                    model[window].fill(Model::Free);
                }
                2 => {
                    let hole = model[window.clone()].iter().position(|page| *page == Model::Free);
                    let expected = if hole.is_some() { Err(Errno::ENOMEM) } else { Ok(()) };
                    assert_eq!(guest.mm.protect(at, len * PAGE, access), expected);
                    for page in &mut model[first..first + hole.unwrap_or(len)] {
                        if let Model::Mapped(has, _) = page {
                            *has = access;
                        }
                    }
                }
                3 => {
                    let all = model[window.clone()].iter().all(|page| *page != Model::Free);
                    assert_eq!(guest.mm.discard(at, len * PAGE).is_ok(), all);
                    for page in &mut model[window] {
                        if let Model::Mapped(_, value) = page {
                            *value = 0;
                        }
                    }
                }
                4 => {
                    let to = random.below((PAGES - len + 1) as u64) as usize;
                    let moved = guest.mm.remap(at, len * PAGE, len * PAGE, Remap::MoveTo(base + to * PAGE));
                    if model[first] == Model::Free {
                        assert_eq!(moved, Err(Errno::EFAULT));
                        continue;
                    }
                    if first < to + len && to < first + len {
                        assert_eq!(moved, Err(Errno::EINVAL));
                        continue;
                    }
                    let source: Vec<Model> = model[window.clone()].to_vec();
                    let is_one = source.iter().all(|page| match (page, source[0]) {
                        (Model::Mapped(a, _), Model::Mapped(b, _)) => *a == b,
                        _ => false,
                    });
                    model[to..to + len].fill(Model::Free);
                    assert_eq!(moved.is_ok(), is_one, "step {step}");
                    if is_one {
                        model[to..to + len].copy_from_slice(&source);
                        model[window].fill(Model::Free);
                    }
                }
                _ => {
                    let value = random.below(255) as u8 + 1;
                    let stored = guest.store(at, value);
                    match &mut model[first] {
                        Model::Mapped(has, old) if has.contains(Access::WRITE) => {
                            assert!(stored.is_some(), "step {step}");
                            *old = value;
                        }
                        _ => assert!(stored.is_none(), "step {step}"),
                    }
                }
            }
            for (page, expected) in model.iter().enumerate() {
                let seen = guest.load(base + page * PAGE);
                match *expected {
                    Model::Mapped(access, value) if !access.is_empty() => {
                        assert_eq!(seen, Some(value), "step {step} page {page}");
                    }
                    _ => assert_eq!(seen, None, "step {step} page {page}"),
                }
            }
            check_regions(&guest, base, &model);
        }
    }
}

/// The regions are those of the model: as few as can be, in order.
fn check_regions(guest: &Guest, base: usize, model: &[Model]) {
    let mut expected: Vec<(usize, usize, Access)> = Vec::new();
    for (page, state) in model.iter().enumerate() {
        let Model::Mapped(access, _) = *state else { continue };
        let at = base + page * PAGE;
        match expected.last_mut() {
            Some((_, end, last)) if *end == at && *last == access => *end += PAGE,
            _ => expected.push((at, at + PAGE, access)),
        }
    }
    let seen: Vec<_> =
        guest.mm.regions().iter().map(|info| (info.range.start, info.range.end(), info.access)).collect();
    assert_eq!(seen, expected);
}
