//! Many mappings over the mock backend.

use std::vec::Vec;

use super::tests::{Guest, PAGE, READ, RW};
use super::*;
use crate::backend::Memory;
use crate::backend::mock::MockConfig;

#[test]
fn space_that_was_freed_is_found_again() {
    let guest = Guest::new(MockConfig::DEFAULT);
    let arena_pages = guest.backend.layout().arena.len_bytes / PAGE;
    for _ in 0..2000 {
        let at = guest.anonymous(Placement::Anywhere, arena_pages / 8).unwrap();
        guest.mm.unmap(at, arena_pages / 8 * PAGE).unwrap();
    }
    let mut all = Vec::new();
    while let Ok(at) = guest.anonymous(Placement::Anywhere, 1) {
        guest.mm.protect(at, PAGE, if all.len() % 2 == 0 { READ } else { RW }).unwrap();
        all.push(at);
    }
    assert!(all.len() > arena_pages * 3 / 4, "{}", all.len());
    all.sort_unstable();
    assert!(all.windows(2).all(|pair| pair[0] < pair[1]));
}

#[test]
fn there_are_no_more_mappings_than_the_machine_may_have() {
    const MOST: usize = 2000;
    let guest = Guest::new(MockConfig { most_mappings: MOST, ..MockConfig::DEFAULT });
    let whole = guest.anonymous(Placement::Anywhere, 2 * MOST).unwrap();
    let parted = |index: usize| guest.mm.protect(whole + 2 * index * PAGE, PAGE, READ);
    let count = (0..MOST).take_while(|&index| parted(index).is_ok()).count();
    assert!((MOST / 2 - 2..=MOST / 2).contains(&count), "{count}");
    while guest.anonymous(Placement::Anywhere, 1).is_ok() {}
    assert_eq!(guest.anonymous(Placement::Anywhere, 1), Err(Errno::ENOMEM));
    let last = whole + (2 * MOST - 2) * PAGE;
    assert_eq!(guest.mm.unmap(last, PAGE), Err(Errno::ENOMEM));
    guest.mm.unmap(whole, 2 * PAGE).unwrap();
    guest.mm.unmap(last, PAGE).unwrap();
}
