//! The book over a floor that fails: whatever call fails, what the book says stays true.

use std::vec::Vec;

use super::*;
use crate::backend::Memory;
use crate::backend::decorate::{Call, Decorated};
use crate::backend::mock::{MockBackend, MockConfig};

const PAGE: usize = 4096;
const READ: Access = Access::READ;
const RW: Access = Access::READ.union(Access::WRITE);

struct Guest {
    mock: &'static MockBackend,
    floor: &'static Decorated,
    mm: AddressSpace,
}

impl Guest {
    fn new(is_eager: bool) -> Self {
        let mock = MockBackend::leaked(MockConfig { is_eager, ..MockConfig::DEFAULT });
        let floor = Decorated::around(mock);
        Self { mock, floor, mm: AddressSpace::new(floor, 1) }
    }

    fn map(&self, pages: usize, sharing: Sharing) -> Result<usize> {
        self.mm.map(&MapSpec {
            placement: Placement::Anywhere,
            len_bytes: pages * PAGE,
            access: RW,
            content: Content::Anonymous(sharing),
            name: "",
            owner: 1,
        })
    }

    /// A store as a program makes it; a fault that finds no memory ends it.
    fn store(&self, address: usize, value: u8) {
        if self.mock.store(address, value).is_none() && self.mm.fault(address, Access::WRITE) {
            self.mock.store(address, value);
        }
    }

    /// Does what programs do, going on after errors; returns those.
    fn use_memory(&self) -> Vec<Errno> {
        let mut errors = Vec::new();
        let mut note = |result: Result<()>| errors.extend(result.err());
        match self.map(16, Sharing::Private) {
            Ok(at) => {
                (0..16).for_each(|page| self.store(at + page * PAGE, page as u8));
                note(self.mm.protect(at + 4 * PAGE, 4 * PAGE, READ));
                note(self.mm.discard(at + 8 * PAGE, 2 * PAGE));
                self.store(at + 9 * PAGE, 1);
                note(self.mm.unmap(at + 6 * PAGE, PAGE));
                note(self.mm.protect(at + 4 * PAGE, 2 * PAGE, RW));
            }
            Err(error) => note(Err(error)),
        }
        match self.map(8, Sharing::Shared) {
            Ok(at) => {
                (0..8).for_each(|page| self.store(at + page * PAGE, page as u8));
                note(self.mm.unmap(at + 2 * PAGE, 2 * PAGE));
            }
            Err(error) => note(Err(error)),
        }
        errors
    }

    /// Every page of every region can be touched as the region says.
    fn check(&self) {
        for region in self.mm.regions() {
            for page in (region.range.start..region.range.end()).step_by(PAGE) {
                let is_there = self.mock.load(page).is_some() || self.mm.fault(page, READ);
                assert!(is_there && self.mock.load(page).is_some(), "page {page:#x} of {:x?}", region.range);
            }
        }
    }
}

#[test]
fn no_failure_of_the_floor_is_lost_or_breaks_the_book() {
    for is_eager in [false, true] {
        let mut failures = 0;
        for turn in 0.. {
            let guest = Guest::new(is_eager);
            guest.floor.fail_after(turn);
            let errors = guest.use_memory();
            let has_failed = guest.floor.has_failed();
            guest.floor.relent();
            assert!(errors.iter().all(|error| *error == Errno::ENOMEM), "{errors:?} in turn {turn}");
            guest.check();
            // All of it can be given back, and nothing is left.
            let arena = guest.floor.layout().arena;
            guest.mm.unmap(arena.start, arena.len_bytes).expect("the floor works again");
            assert_eq!((guest.mm.regions().len(), guest.mock.object_count()), (0, 0), "in turn {turn}");
            assert!(guest.use_memory().is_empty(), "in turn {turn}");
            if !has_failed {
                assert!(errors.is_empty());
                break;
            }
            failures += 1;
        }
        assert!(failures >= 8, "only {failures} calls could fail");
    }
}

#[test]
fn memory_touched_densely_costs_few_calls_of_the_floor() {
    let guest = Guest::new(false);
    let pages = 2048;
    let at = guest.map(pages, Sharing::Private).expect("there is room");
    let before = guest.floor.count(Call::Map);
    (0..pages).for_each(|page| guest.store(at + page * PAGE, 1));
    let calls = guest.floor.count(Call::Map) - before;
    assert!(calls < 32, "{calls} calls for {pages} pages");
    assert_eq!(guest.floor.count(Call::Wait), 0);
}

#[test]
fn memory_goes_with_its_owner() {
    for is_eager in [false, true] {
        let guest = Guest::new(is_eager);
        let kept = guest.map(1, Sharing::Private).expect("there is room");
        guest.store(kept, 3);
        let other = MapSpec {
            placement: Placement::NoReplace(kept + PAGE),
            len_bytes: 2 * PAGE,
            access: RW,
            content: Content::Anonymous(Sharing::Private),
            name: "",
            owner: 2,
        };
        let at = guest.mm.map(&other).expect("there is room");
        guest.store(at, 4);
        let own = guest.mm.move_break(PAGE as isize, 1).expect("there is room");
        let theirs = guest.mm.move_break(PAGE as isize, 2).expect("there is room");
        guest.store(own, 5);
        guest.mm.unmap_owner(2).expect("nothing fails");
        let seen = [kept, at, own, theirs].map(|address| guest.mock.load(address));
        assert_eq!(seen, [Some(3), None, Some(5), None]);
        assert_eq!((guest.mm.current_break(1), guest.mm.regions().len()), (Ok(own + PAGE), 2));
        guest.mm.unmap_owner(1).expect("nothing fails");
        // The next program's break starts in the room of one that is gone.
        assert_eq!((guest.mm.current_break(3), guest.mm.regions().len()), (Ok(own), 0));
    }
}
