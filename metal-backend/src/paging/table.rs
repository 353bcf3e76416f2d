//! Four-level page tables (SDM 3A 4.5), over any memory that holds tables: the host tests it over an emulated one.

use abi_core::backend::Access;

use super::PAGE_BYTES;

/// The entry is used by the processor.
pub const PRESENT: u64 = 1;
/// Stores are allowed.
pub const WRITABLE: u64 = 1 << 1;
/// Accessed and dirty, set beforehand so that the processor need not.
pub const ACCESSED_DIRTY: u64 = 0x60;
/// A large page, in the levels above the last.
pub const LARGE: u64 = 1 << 7;
/// For software: the frame is shared and counted.
pub const SHARED: u64 = 1 << 9;
/// For software: the entry holds a frame (also when it is not present, for pages without access).
pub const HELD: u64 = 1 << 10;
/// Instruction fetches are forbidden.
pub const NO_EXECUTE: u64 = 1 << 63;
/// The frame's address.
pub const FRAME: u64 = 0x000f_ffff_ffff_f000;

/// Entries of a table.
const ENTRIES: usize = 512;

/// Memory that holds page tables.
pub trait TableMemory {
    /// Returns the table in that frame.
    fn table(&self, frame: u64) -> *mut [u64; ENTRIES];
    /// Makes an empty table; `None` when memory is out.
    fn new_table(&self) -> Option<u64>;
}

/// No memory is left for a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfMemory;

/// What walking does with tables that are missing or become empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tables {
    /// Missing ones are skipped.
    Skip,
    /// Missing ones are made.
    Make,
    /// Missing ones are skipped; those whose whole range was walked are taken out and given to the visitor.
    TakeOut,
}

/// What a walk meets.
#[derive(Debug)]
pub enum Met<'a> {
    /// A last-level entry, of the page at this address.
    Page(usize, &'a mut u64),
    /// A table that was taken out.
    Table(u64),
}

/// Returns the bits of a last-level entry for `access`, without a frame.
pub fn bits(access: Access) -> u64 {
    let mut bits = HELD | ACCESSED_DIRTY;
    if !access.is_empty() {
        bits |= PRESENT;
    }
    if access.contains(Access::WRITE) {
        bits |= WRITABLE;
    }
    if !access.contains(Access::EXECUTE) {
        bits |= NO_EXECUTE;
    }
    bits
}

/// Visits the last-level entries of the pages from `start` to `end`, which lie in one half of the address space.
pub fn walk(
    memory: &dyn TableMemory,
    root: u64,
    start: usize,
    end: usize,
    tables: Tables,
    visit: &mut dyn FnMut(Met<'_>) -> Result<(), OutOfMemory>,
) -> Result<(), OutOfMemory> {
    walk_level(memory, root, 4, start, end, tables, visit)
}

fn walk_level(
    memory: &dyn TableMemory,
    frame: u64,
    level: u32,
    start: usize,
    end: usize,
    tables: Tables,
    visit: &mut dyn FnMut(Met<'_>) -> Result<(), OutOfMemory>,
) -> Result<(), OutOfMemory> {
    let shift = 12 + 9 * (level - 1);
    let span = 1usize << shift;
    let table = memory.table(frame);
    let mut at = start;
    while at < end {
        let index = at >> shift & (ENTRIES - 1);
        // SAFETY: `table` is a table of this address space, which the caller has locked.
        let entry = unsafe { &mut (*table)[index] };
        let next = (at & !(span - 1)).checked_add(span).unwrap_or(end).min(end);
        if level == 1 {
            visit(Met::Page(at, entry))?;
        } else {
            if *entry & PRESENT == 0 && tables == Tables::Make {
                *entry = memory.new_table().ok_or(OutOfMemory)? | PRESENT | WRITABLE | ACCESSED_DIRTY;
            }
            if *entry & (PRESENT | LARGE) == PRESENT {
                let child = *entry & FRAME;
                walk_level(memory, child, level - 1, at, next, tables, visit)?;
                if tables == Tables::TakeOut && next - at == span {
                    *entry = 0;
                    visit(Met::Table(child))?;
                }
            }
        }
        at = next;
    }
    Ok(())
}

/// Reads the page's entry, or 0.
pub fn lookup(memory: &dyn TableMemory, root: u64, address: usize) -> u64 {
    let mut found = 0;
    let page = address & !(PAGE_BYTES - 1);
    // The visitor never fails.
    let _ = walk(memory, root, page, page.saturating_add(PAGE_BYTES), Tables::Skip, &mut |met| {
        if let Met::Page(_, entry) = met {
            found = *entry;
        }
        Ok(())
    });
    found
}

#[cfg(test)]
mod tests {
    use std::boxed::Box;
    use std::cell::{Cell, RefCell};
    use std::collections::BTreeSet;

    use super::*;

    /// Tables in the host's memory; frames are addresses of boxes.
    struct Emulated {
        live: RefCell<BTreeSet<u64>>,
        left: Cell<usize>,
    }

    #[repr(align(4096))]
    struct Table([u64; ENTRIES]);

    impl Emulated {
        fn new(left: usize) -> (Self, u64) {
            let memory = Self { live: RefCell::new(BTreeSet::new()), left: Cell::new(left + 1) };
            let root = memory.new_table().expect("one is left");
            (memory, root)
        }

        fn free(&self, frame: u64) {
            assert!(self.live.borrow_mut().remove(&frame), "freed twice");
            // SAFETY: made by `new_table`.
            drop(unsafe { Box::from_raw(frame as *mut Table) });
        }
    }

    impl TableMemory for Emulated {
        fn table(&self, frame: u64) -> *mut [u64; ENTRIES] {
            assert!(self.live.borrow().contains(&frame), "no table at {frame:#x}");
            frame as *mut [u64; ENTRIES]
        }
        fn new_table(&self) -> Option<u64> {
            self.left.set(self.left.get().checked_sub(1)?);
            let frame = Box::into_raw(Box::new(Table([0; ENTRIES]))) as u64;
            self.live.borrow_mut().insert(frame);
            Some(frame)
        }
    }

    fn fill(memory: &Emulated, root: u64, start: usize, end: usize) -> Result<(), OutOfMemory> {
        walk(memory, root, start, end, Tables::Make, &mut |met| {
            if let Met::Page(at, entry) = met {
                *entry = at as u64 & FRAME | PRESENT | HELD;
            }
            Ok(())
        })
    }

    #[test]
    fn pages_are_found_where_they_were_put() {
        let (memory, root) = Emulated::new(100);
        let start = ARENA - 3 * PAGE_BYTES;
        fill(&memory, root, start, ARENA + 5 * PAGE_BYTES).expect("memory is enough");
        for page in 0..8 {
            let at = start + page * PAGE_BYTES;
            assert_eq!(lookup(&memory, root, at + 17) & FRAME, at as u64);
        }
        assert_eq!(lookup(&memory, root, start - 1), 0);
        assert_eq!(lookup(&memory, root, ARENA + 5 * PAGE_BYTES), 0);
    }
    const ARENA: usize = super::super::ARENA_START;

    #[test]
    fn tables_of_a_removed_range_are_taken_out() {
        let (memory, root) = Emulated::new(1000);
        fill(&memory, root, ARENA, ARENA + (4 << 21)).expect("memory is enough");
        assert_eq!(memory.live.borrow().len(), 1 + 1 + 1 + 4);
        let mut pages = 0;
        walk(&memory, root, ARENA, ARENA + (1 << 40), Tables::TakeOut, &mut |met| {
            match met {
                Met::Page(_, entry) => {
                    pages += usize::from(*entry != 0);
                    *entry = 0;
                }
                Met::Table(frame) => memory.free(frame),
            }
            Ok(())
        })
        .expect("removing needs no memory");
        assert_eq!(pages, 4 * 512);
        assert_eq!(memory.live.borrow().len(), 1);
    }

    #[test]
    fn a_part_of_a_table_leaves_it_in_place() {
        let (memory, root) = Emulated::new(1000);
        fill(&memory, root, ARENA, ARENA + (1 << 21)).expect("memory is enough");
        walk(&memory, root, ARENA + PAGE_BYTES, ARENA + (1 << 21), Tables::TakeOut, &mut |met| {
            match met {
                Met::Page(_, entry) => *entry = 0,
                Met::Table(_) => panic!("the first page is still in it"),
            }
            Ok(())
        })
        .expect("removing needs no memory");
        assert_ne!(lookup(&memory, root, ARENA), 0);
    }

    #[test]
    fn running_out_of_tables_is_an_error() {
        let (memory, root) = Emulated::new(2);
        assert_eq!(fill(&memory, root, ARENA, ARENA + PAGE_BYTES), Err(OutOfMemory));
    }

    #[test]
    fn access_becomes_bits() {
        assert_eq!(bits(Access::empty()) & PRESENT, 0);
        assert_ne!(bits(Access::READ) & NO_EXECUTE, 0);
        assert_eq!(bits(Access::READ) & WRITABLE, 0);
        assert_eq!(bits(Access::READ | Access::EXECUTE) & NO_EXECUTE, 0);
        assert_ne!(bits(Access::READ | Access::WRITE) & WRITABLE, 0);
    }
}
