//! Changing the guest's half of the address space.

use abi_core::backend::{Access, BackendError, ObjectId, PageRange, Result};

use super::kernel_map::{DirectTables, root};
use super::table::{FRAME, HELD, Met, OutOfMemory, PRESENT, SHARED, Tables, bits, walk};
use super::{PAGE_BYTES, frames, objects, shootdown};
use crate::arch::spin::{SpinGuard, SpinLock};

/// Pages changed under one hold of the lock.
const BATCH_PAGES: usize = 64;

static LOCK: SpinLock<()> = SpinLock::new(());

/// Locks the page tables.
pub fn lock() -> SpinGuard<'static, ()> {
    LOCK.lock()
}

impl From<OutOfMemory> for BackendError {
    fn from(_: OutOfMemory) -> Self {
        Self::Exhausted
    }
}

/// Gives back what an entry held and clears it. No processor may still see the page.
fn release_entry(entry: &mut u64) {
    let old = core::mem::take(entry);
    if old & HELD != 0 && (old & SHARED == 0 || objects::drop_reference(old & FRAME)) {
        frames::free(old & FRAME);
    }
}

/// Removes the pages of a range: hides them, makes every processor forget them, then gives the frames back. Only then
/// may a frame be written by the kernel, since until then the program may write it through an old translation.
fn clear(range: PageRange, tables: Tables) {
    let mut is_seen = false;
    let mut is_held = false;
    {
        let _lock = lock();
        // Hiding needs no memory, so it cannot fail.
        let _ = walk(&DirectTables, root(), range.start, range.end(), Tables::Skip, &mut |met| {
            if let Met::Page(_, entry) = met {
                is_seen |= *entry & PRESENT != 0;
                is_held |= *entry & HELD != 0;
                *entry &= !PRESENT;
            }
            Ok(())
        });
    }
    if is_seen {
        shootdown::flush(range.start, range.len_bytes);
    }
    if !is_held && tables == Tables::Skip {
        return;
    }
    // Tables that became empty, linked through themselves: their first word then is an entry that is not present.
    let mut emptied = 0;
    {
        let _lock = lock();
        // Removing needs no memory, so it cannot fail.
        let _ = walk(&DirectTables, root(), range.start, range.end(), tables, &mut |met| {
            match met {
                Met::Page(_, entry) => release_entry(entry),
                Met::Table(frame) => {
                    // SAFETY: the table was taken out and its entries are all clear.
                    unsafe { *(super::direct(frame) as *mut u64) = emptied };
                    emptied = frame;
                }
            }
            Ok(())
        });
    }
    if emptied != 0 {
        shootdown::flush(range.start, range.len_bytes);
    }
    while emptied != 0 {
        let frame = emptied;
        // SAFETY: a table of the list.
        emptied = unsafe { *(super::direct(frame) as *const u64) };
        frames::free(frame);
    }
}

/// Fills the entries of a range, which `make` gives by page number; what is there goes first.
fn fill(part: PageRange, make: &mut dyn FnMut(usize) -> Option<u64>) -> Result<()> {
    loop {
        let mut is_occupied = false;
        let done = {
            let _lock = lock();
            walk(&DirectTables, root(), part.start, part.end(), Tables::Make, &mut |met| {
                if let Met::Page(at, entry) = met {
                    if *entry & HELD != 0 {
                        is_occupied = true;
                        return Err(OutOfMemory);
                    }
                    *entry = make((at - part.start) / PAGE_BYTES).ok_or(OutOfMemory)?;
                }
                Ok(())
            })
        };
        if !is_occupied {
            return Ok(done?);
        }
        clear(part, Tables::Skip);
    }
}

fn check(range: PageRange) -> Result<()> {
    let end = range.start.checked_add(range.len_bytes).ok_or(BackendError::AddressUnavailable)?;
    let whole = (range.start | range.len_bytes).is_multiple_of(PAGE_BYTES);
    if whole && end <= 0x7fff_ffff_f000 { Ok(()) } else { Err(BackendError::AddressUnavailable) }
}

fn batches(range: PageRange) -> impl Iterator<Item = PageRange> {
    let step = BATCH_PAGES * PAGE_BYTES;
    (range.start..range.end())
        .step_by(step)
        .map(move |start| PageRange { start, len_bytes: step.min(range.end() - start) })
}

/// Maps zeroed private pages.
pub fn map_zero(range: PageRange, access: Access) -> Result<()> {
    check(range)?;
    batches(range).try_for_each(|part| {
        fill(part, &mut |_| {
            frames::allocate_for_program().map(|frame| {
                frames::zero(frame);
                frame | bits(access)
            })
        })
    })
}

/// Maps the pages of an object from `offset`.
pub fn map_object(range: PageRange, access: Access, object: ObjectId, offset: usize) -> Result<()> {
    check(range)?;
    for part in batches(range) {
        let mut list = [0u64; BATCH_PAGES];
        let list = &mut list[..part.len_bytes / PAGE_BYTES];
        objects::frames(object, offset + (part.start - range.start), list)?;
        clear(part, Tables::Skip);
        let done = fill(part, &mut |page| Some(core::mem::take(&mut list[page]) | bits(access) | SHARED));
        list.iter().filter(|&&frame| frame != 0).for_each(|&frame| objects::put(frame));
        done?;
    }
    Ok(())
}

/// Removes the pages of a range, and tables that become empty.
pub fn unmap(range: PageRange) -> Result<()> {
    check(range)?;
    clear(range, Tables::TakeOut);
    Ok(())
}

/// Removes the pages of a range and keeps the tables.
pub fn discard(range: PageRange) -> Result<()> {
    check(range)?;
    clear(range, Tables::Skip);
    Ok(())
}

/// Changes the access of the pages that exist.
pub fn protect(range: PageRange, access: Access) -> Result<()> {
    check(range)?;
    let mut is_stale = false;
    {
        let _lock = lock();
        // Changing entries needs no memory, so it cannot fail.
        let _ = walk(&DirectTables, root(), range.start, range.end(), Tables::Skip, &mut |met| {
            if let Met::Page(_, entry) = met
                && *entry & HELD != 0
            {
                is_stale |= *entry & PRESENT != 0;
                *entry = *entry & (FRAME | SHARED) | bits(access);
            }
            Ok(())
        });
    }
    if is_stale {
        shootdown::flush(range.start, range.len_bytes);
    }
    Ok(())
}

/// Moves pages with contents and access.
pub fn move_pages(from: PageRange, to: PageRange) -> Result<()> {
    check(from)?;
    check(to)?;
    for part in batches(from) {
        let target = PageRange { start: to.start + (part.start - from.start), len_bytes: part.len_bytes };
        clear(target, Tables::Skip);
        let mut entries = [0u64; BATCH_PAGES];
        {
            let _lock = lock();
            // Make the target's tables first: after that nothing can fail.
            walk(&DirectTables, root(), target.start, target.end(), Tables::Make, &mut |_| Ok(()))?;
            walk(&DirectTables, root(), part.start, part.end(), Tables::Skip, &mut |met| {
                if let Met::Page(at, entry) = met {
                    entries[(at - part.start) / PAGE_BYTES] = core::mem::take(entry);
                }
                Ok(())
            })?;
        }
        shootdown::flush(part.start, part.len_bytes);
        let _lock = lock();
        walk(&DirectTables, root(), target.start, target.end(), Tables::Skip, &mut |met| {
            if let Met::Page(at, entry) = met {
                *entry = entries[(at - target.start) / PAGE_BYTES];
            }
            Ok(())
        })?;
    }
    Ok(())
}
