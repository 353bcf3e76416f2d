//! mlock(2) and its relatives: nothing is ever paged out, so locking brings pages in and is remembered.

use super::AddressSpace;
use super::range_set::range;
use crate::abi::{self, Errno, Result};
use crate::kernel::Context;

/// Whether a lock holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hold {
    Locked,
    Free,
}

impl AddressSpace {
    /// Returns how many bytes are locked.
    pub fn locked_bytes(&self) -> usize {
        self.book.lock().locked.len_bytes()
    }

    /// Tells whether a page of a range is locked.
    pub(super) fn has_locked(&self, address: usize, len_bytes: usize) -> Result<bool> {
        let window = self.checked_range(address, len_bytes, Errno::ENOMEM)?;
        Ok(self.book.lock().locked.parts(window).next().is_some())
    }

    /// Locks or unlocks mapped pages; `ENOMEM` if a part of the range is not mapped.
    fn set_hold(&self, start: usize, len_bytes: usize, hold: Hold) -> Result<()> {
        self.check_mapped(start, len_bytes)?;
        if len_bytes == 0 {
            return Ok(());
        }
        let (window, mut book) = (range(start, start + len_bytes), self.book.lock());
        match hold {
            Hold::Locked => drop(book.locked.insert(window)),
            Hold::Free => book.locked.remove(window),
        }
        Ok(())
    }

    /// Locks or unlocks everything, and says which holds for what is mapped later.
    fn set_hold_of_all(&self, now: Option<Hold>, later: Hold) {
        let mut book = self.book.lock();
        book.locks_new = later == Hold::Locked;
        let everything = range(0, super::ADDRESS_END);
        match now {
            Some(Hold::Locked) => {
                let all: alloc::vec::Vec<_> = book.overlapping(everything).map(|(part, _)| part).collect();
                for part in all {
                    book.locked.insert(part);
                }
            }
            Some(Hold::Free) => book.locked.remove(everything),
            None => {}
        }
    }
}

impl Context<'_> {
    /// mlock2(2)
    pub fn sys_mlock(self, address: usize, len_bytes: usize, flags: u32) -> Result<()> {
        if flags & !abi::MLOCK_ONFAULT != 0 {
            return Err(Errno::EINVAL);
        }
        let mm = &self.kernel.mm;
        let (start, len_bytes) = mm.page_hull(address, len_bytes)?;
        mm.set_hold(start, len_bytes, Hold::Locked)?;
        if flags == 0 { mm.populate(start, len_bytes) } else { Ok(()) }
    }

    /// munlock(2)
    pub fn sys_munlock(self, address: usize, len_bytes: usize) -> Result<()> {
        let (start, len_bytes) = self.kernel.mm.page_hull(address, len_bytes)?;
        self.kernel.mm.set_hold(start, len_bytes, Hold::Free)
    }

    /// mlockall(2)
    pub fn sys_mlockall(self, flags: i32) -> Result<()> {
        let known = abi::MCL_CURRENT | abi::MCL_FUTURE | abi::MCL_ONFAULT;
        if flags & !known != 0 || flags & (abi::MCL_CURRENT | abi::MCL_FUTURE) == 0 {
            return Err(Errno::EINVAL);
        }
        let now = (flags & abi::MCL_CURRENT != 0).then_some(Hold::Locked);
        let later = if flags & abi::MCL_FUTURE != 0 { Hold::Locked } else { Hold::Free };
        self.kernel.mm.set_hold_of_all(now, later);
        Ok(())
    }

    /// munlockall(2)
    pub fn sys_munlockall(self) {
        self.kernel.mm.set_hold_of_all(Some(Hold::Free), Hold::Free);
    }
}
