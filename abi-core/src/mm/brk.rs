//! The program break: brk(2), sbrk(3).

use super::AddressSpace;
use super::book::{Book, Gone};
use super::range_set::range;
use super::region::{Region, RegionContent};
use crate::abi::{Errno, Result};
use crate::backend::{Access, PageRange};

/// How much the break may grow in all, where the arena is large enough.
const ROOM_BYTES: usize = 64 << 30;

/// The program break. The room is set aside at first use.
#[derive(Debug, Default)]
pub(super) struct Break {
    room: Option<PageRange>,
    current: usize,
}

impl Book {
    /// Part of what lies below the break may be gone: it is at the end of what is left, if that is lower.
    pub(super) fn lower_break(&mut self) {
        if let Some(room) = self.brk.room {
            let last = self.overlapping(room).last().map_or(room.start, |(part, _)| part.end());
            self.brk.current = self.brk.current.min(last);
        }
    }
}

impl AddressSpace {
    /// Returns the program break.
    pub fn current_break(&self) -> Result<usize> {
        self.break_room(&mut self.book.lock()).map(|(_, current)| current)
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
        let (_, before) = self.break_room(&mut book)?;
        let result = match before.checked_add_signed(increment) {
            Some(wanted) => self.set_break_locked(&mut book, wanted, owner, &mut gone).map(|()| before),
            None => Err(Errno::ENOMEM),
        };
        drop(book);
        drop(gone);
        result
    }

    fn break_room(&self, book: &mut Book) -> Result<(PageRange, usize)> {
        if let Some(room) = book.brk.room {
            return Ok((room, book.brk.current));
        }
        let len_bytes = ROOM_BYTES.min(book.layout.arena.len_bytes / 8) & !(self.page_bytes - 1);
        let room = book.reserve(len_bytes).ok_or(Errno::ENOMEM)?;
        book.brk = Break { room: Some(room), current: room.start };
        Ok((room, room.start))
    }

    fn set_break_locked(&self, book: &mut Book, wanted: usize, owner: u32, gone: &mut Gone) -> Result<()> {
        let (room, current) = self.break_room(book)?;
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
            };
            self.show(book, growth, &region)?;
            book.add(old_end, region);
        } else {
            self.clear(book, range(new_end, old_end), gone)?;
        }
        book.brk.current = wanted;
        Ok(())
    }
}
