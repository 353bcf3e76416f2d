//! The break of each program: brk(2), sbrk(3).

use alloc::vec::Vec;

use super::AddressSpace;
use super::book::{Book, Gone};
use super::range_set::range;
use super::region::{Region, RegionContent};
use crate::abi::{Errno, Result};
use crate::backend::{Access, PageRange};

/// How much the break may grow in all, where the arena is large enough.
const ROOM_BYTES: usize = 64 << 30;

/// One program's break.
#[derive(Debug)]
struct Break {
    /// The program's number; 0 if it ended, so that the next one gets the room.
    owner: u32,
    room: PageRange,
    current: usize,
}

/// The breaks of all programs. The room for one is set aside at its first use.
#[derive(Debug, Default)]
pub(super) struct Breaks(Vec<Break>);

impl Book {
    /// A program is gone, and all it had in its break's room.
    pub(super) fn give_up_break(&mut self, owner: u32) {
        for one in self.breaks.0.iter_mut().filter(|one| one.owner == owner) {
            (one.owner, one.current) = (0, one.room.start);
        }
    }

    fn set_current_break(&mut self, owner: u32, current: usize) {
        for one in self.breaks.0.iter_mut().filter(|one| one.owner == owner) {
            one.current = current;
        }
    }
}

impl AddressSpace {
    /// Returns the break of the program numbered `owner`.
    pub fn current_break(&self, owner: u32) -> Result<usize> {
        self.break_room(&mut self.book.lock(), owner).map(|(_, current)| current)
    }

    /// Sets the break of the program numbered `owner`; what lies below is zeroed memory, what lies above is gone.
    pub fn set_break(&self, wanted: usize, owner: u32) -> Result<()> {
        let mut gone = Gone::new();
        let result = self.set_break_locked(&mut self.book.lock(), wanted, owner, &mut gone);
        drop(gone);
        result
    }

    /// Moves the break of the program numbered `owner` by so many bytes; returns where it was.
    pub fn move_break(&self, increment: isize, owner: u32) -> Result<usize> {
        let mut gone = Gone::new();
        let mut book = self.book.lock();
        let (_, before) = self.break_room(&mut book, owner)?;
        let result = match before.checked_add_signed(increment) {
            Some(wanted) => self.set_break_locked(&mut book, wanted, owner, &mut gone).map(|()| before),
            None => Err(Errno::ENOMEM),
        };
        drop(book);
        drop(gone);
        result
    }

    fn break_room(&self, book: &mut Book, owner: u32) -> Result<(PageRange, usize)> {
        let breaks = &mut book.breaks.0;
        let own = breaks.iter().position(|one| one.owner == owner);
        if let Some(one) = own.or_else(|| breaks.iter().position(|one| one.owner == 0)) {
            let one = &mut breaks[one];
            one.owner = owner;
            return Ok((one.room, one.current));
        }
        // What all have together leaves most of the arena.
        let share = (book.layout.arena.len_bytes / 8) >> breaks.len().min(8);
        let len_bytes = ROOM_BYTES.min(share) & !(self.page_bytes - 1);
        let room = book.reserve(len_bytes).ok_or(Errno::ENOMEM)?;
        book.breaks.0.push(Break { owner, room, current: room.start });
        Ok((room, room.start))
    }

    fn set_break_locked(&self, book: &mut Book, wanted: usize, owner: u32, gone: &mut Gone) -> Result<()> {
        let (room, current) = self.break_room(book, owner)?;
        if wanted < room.start || wanted > room.end() {
            return Err(Errno::ENOMEM);
        }
        let page_end = |address: usize| address.next_multiple_of(self.page_bytes);
        let (old_end, new_end) = (page_end(current), page_end(wanted));
        if new_end > old_end {
            let growth = range(old_end, new_end);
            if book.is_used(growth) {
                return Err(Errno::ENOMEM);
            }
            let region = Region {
                end: new_end,
                access: Access::READ | Access::WRITE,
                may: Access::all(),
                content: RegionContent::Anonymous,
                name: "[heap]",
                owner,
                grows_down: false,
            };
            self.show(book, growth, &region)?;
            book.add(old_end, region);
        } else {
            self.clear(book, range(new_end, old_end), gone)?;
        }
        book.set_current_break(owner, wanted);
        Ok(())
    }
}
