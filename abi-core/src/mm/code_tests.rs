//! Changing code over the mock backend.

use std::vec::Vec;

use super::*;
use crate::backend::PageRange;
use crate::backend::mock::{MockBackend, MockConfig};

const PAGE: usize = 4096;
const RW: Access = Access::READ.union(Access::WRITE);
const RX: Access = Access::READ.union(Access::EXECUTE);
/// `mov eax, 39; syscall`, up to the end of a page.
const CODE: [u8; 7] = [0xb8, 39, 0, 0, 0, 0x0f, 0x05];
const JUMP: [u8; 5] = [0xe9, 1, 2, 3, 4];

struct Guest {
    backend: &'static MockBackend,
    mm: AddressSpace,
    /// Where [`CODE`] is: across the border of two of four pages.
    at: usize,
}

impl Guest {
    fn new(is_eager: bool) -> Self {
        let backend = MockBackend::leaked(MockConfig { is_eager, ..MockConfig::DEFAULT });
        let mm = AddressSpace::new(backend, 1);
        let guest = Self { backend, at: guest_map(&mm, 4) + PAGE - 3, mm };
        for (index, byte) in CODE.iter().enumerate() {
            guest.store(guest.at + index, *byte);
        }
        guest.store(guest.at + 20, 0x90);
        guest.mm.protect(guest.start(), 4 * PAGE, RX).expect("protects");
        guest
    }

    fn start(&self) -> usize {
        self.at + 3 - PAGE
    }

    fn store(&self, address: usize, value: u8) {
        if self.backend.store(address, value).is_none() {
            assert!(self.mm.fault(address, Access::WRITE));
            self.backend.store(address, value).expect("the fault was answered");
        }
    }

    fn code(&self, at: usize) -> Vec<u8> {
        (at..at + CODE.len()).map(|address| self.backend.load(address).expect("present")).collect()
    }

    fn divert(&self) -> Result<()> {
        let change = Change { at: self.at, old: &CODE[..5], new: &JUMP };
        self.mm.divert(change, Some(Change { at: self.at + 20, old: &[0x90], new: &[0xcc] }), 0x1000)
    }

    fn crossing(&self, owner: u32, seed: u8) -> Result<usize> {
        self.mm.add_crossing(self.at, owner, 0x1234_5678, &|at, word| {
            assert!(at.is_multiple_of(CROSSING_BYTES) && word == at & !(PAGE - 1));
            [seed; CROSSING_BYTES]
        })
    }
}

fn guest_map(mm: &AddressSpace, pages: usize) -> usize {
    let content = Content::Anonymous(Sharing::Private);
    let placement = Placement::Anywhere;
    mm.map(&MapSpec { placement, len_bytes: pages * PAGE, access: RW, content, name: "", owner: 1 })
        .expect("maps")
}

fn both() -> [Guest; 2] {
    [false, true].map(Guest::new)
}

#[test]
fn code_is_changed_once_and_found_again() {
    for guest in both() {
        assert_eq!(
            guest.mm.code_around(guest.at, 16),
            Some(PageRange { start: guest.at - 16, len_bytes: 32 })
        );
        guest.divert().expect("diverts");
        assert_eq!(guest.code(guest.at), [&JUMP[..], &CODE[5..]].concat());
        assert_eq!(guest.backend.load(guest.at + 20), Some(0xcc));
        assert_eq!(guest.divert(), Err(Errno::EAGAIN));
        for (address, before) in [
            (guest.at + 20, Some(guest.at)),
            (0x1000, Some(guest.at)),
            (0x101f, Some(guest.at)),
            (0x1020, None),
            (guest.at, None),
            (guest.at + 5, None),
        ] {
            assert_eq!(guest.mm.before_detour(address), before);
        }
    }
}

#[test]
fn code_is_put_back_before_it_can_be_written_or_moves() {
    for guest in both() {
        guest.divert().expect("diverts");
        guest.mm.protect(guest.start(), PAGE, Access::empty()).expect("protects");
        guest.mm.protect(guest.start(), 4 * PAGE, RW).expect("protects");
        assert_eq!(guest.code(guest.at), CODE);
        assert_eq!(guest.mm.before_detour(0x1000), None);
        assert!(guest.divert().is_err(), "it may be written to");
    }
    for guest in both() {
        guest.divert().expect("diverts");
        let to = guest_map(&guest.mm, 4);
        guest.mm.remap(guest.start(), 4 * PAGE, 4 * PAGE, Remap::MoveTo(to)).expect("moves");
        assert_eq!(guest.code(guest.at - guest.start() + to), CODE);
        assert!(guest.divert().is_err(), "nothing is there");
    }
}

#[test]
fn what_is_gone_is_forgotten() {
    for guest in both() {
        guest.divert().expect("diverts");
        guest.mm.unmap(guest.start(), PAGE).expect("unmaps");
        assert_eq!(guest.mm.before_detour(0x1000), None);
        assert!(guest.divert().is_err());
        assert_eq!(guest.mm.code_around(guest.at, 16), None);
    }
}

#[test]
fn shared_and_writable_memory_stays() {
    let guest = Guest::new(true);
    let content = Content::Anonymous(Sharing::Shared);
    let mut spec =
        MapSpec { placement: Placement::Anywhere, len_bytes: PAGE, access: RX, content, name: "", owner: 1 };
    let shared = guest.mm.map(&spec).expect("maps");
    assert_eq!(guest.mm.code_around(shared, 16), None);
    spec.content = Content::Anonymous(Sharing::Private);
    spec.access = Access::all();
    let writable = guest.mm.map(&spec).expect("maps");
    assert_eq!(guest.mm.code_around(writable, 16), None);
}

#[test]
fn crossings_fill_pages_that_a_program_cannot_write() {
    for guest in both() {
        let first = guest.crossing(1, 1).expect("there is room");
        assert_eq!(guest.crossing(1, 1), Ok(first));
        let second = guest.crossing(1, 2).expect("there is room");
        assert_eq!(second, first + CROSSING_BYTES);
        assert_eq!(guest.backend.load(first), Some(1));
        assert_eq!(guest.backend.load(first - CROSSING_BYTES), Some(0x78));
        assert_eq!(guest.backend.load(second + CROSSING_BYTES), Some(0xcc));
        assert_ne!(guest.crossing(2, 1).expect("there is room") & !(PAGE - 1), first & !(PAGE - 1));
        let page = first & !(PAGE - 1);
        assert_eq!(guest.mm.protect(page, PAGE, RW), Err(Errno::EACCES));
        assert!(guest.mm.regions().iter().any(|region| region.name == "[syscalls]"));
        // Gone with its program, or by its wish.
        guest.mm.unmap_owner(2).expect("unmaps");
        guest.mm.unmap(page, PAGE).expect("unmaps");
        assert!(guest.mm.regions().iter().all(|region| region.name != "[syscalls]"));
        guest.crossing(1, 1).expect("there is room");
    }
}
