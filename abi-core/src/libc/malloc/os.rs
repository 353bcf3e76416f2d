//! What the heap asks of the kernel, through the exported functions like any library code.

#[cfg(not(any(test, fuzzing)))]
pub(super) use kernel::*;
#[cfg(any(test, fuzzing))]
pub(super) use test::*;

/// Size of a page.
pub(super) const PAGE_BYTES: usize = 4096;

#[cfg(not(any(test, fuzzing)))]
mod kernel {
    use core::sync::atomic::AtomicU32;

    use crate::abi;
    use crate::boundary::user::UserPtr;
    use crate::exports::futex::{__osvrun_futex_wait, __osvrun_futex_wake, NEVER};
    use crate::exports::sys_mman::{madvise, mmap, mremap, munmap};

    const RW: i32 = abi::PROT_READ | abi::PROT_WRITE;
    const ANONYMOUS: i32 = abi::MAP_PRIVATE | abi::MAP_ANONYMOUS;

    fn mapped(address: usize) -> Option<usize> {
        (address != usize::MAX).then_some(address)
    }

    /// Reserves address space that can't be touched.
    pub(in super::super) fn reserve(len_bytes: usize) -> Option<usize> {
        // SAFETY: maps fresh memory.
        mapped(unsafe { mmap(0, len_bytes, abi::PROT_NONE, ANONYMOUS | abi::MAP_NORESERVE, -1, 0) })
    }

    /// Whether a mapping counts against the memory there is.
    #[derive(Clone, Copy, PartialEq, Eq)]
    pub(in super::super) enum Commit {
        /// It is refused when it can never be had.
        Checked,
        /// It is address space that will be used bit by bit.
        Unchecked,
    }

    /// Makes reserved address space zeroed memory.
    pub(in super::super) fn commit(address: usize, len_bytes: usize, commit: Commit) -> bool {
        let flags = match commit {
            Commit::Checked => ANONYMOUS | abi::MAP_FIXED,
            Commit::Unchecked => ANONYMOUS | abi::MAP_FIXED | abi::MAP_NORESERVE,
        };
        // SAFETY: replaces a reservation of the heap's own.
        mapped(unsafe { mmap(address, len_bytes, RW, flags, -1, 0) }).is_some()
    }

    /// Fills memory before it is used, which costs less than the faults would.
    pub(in super::super) fn bring_in(address: usize, len_bytes: usize) {
        // SAFETY: the heap's own; where this fails, the pages come in with faults.
        unsafe { madvise(address, len_bytes, abi::MADV_POPULATE_WRITE) };
    }

    /// Gives address space back.
    pub(in super::super) fn release(address: usize, len_bytes: usize) {
        if len_bytes > 0 {
            // SAFETY: the heap's own, no longer used.
            unsafe { munmap(address, len_bytes) };
        }
    }

    /// Gives the memory of a range back; it reads zero afterwards.
    pub(in super::super) fn purge(address: usize, len_bytes: usize) -> bool {
        // SAFETY: the heap's own, holding nothing.
        unsafe { madvise(address, len_bytes, abi::MADV_DONTNEED) == 0 }
    }

    /// Grows or shrinks a mapping where it is.
    pub(in super::super) fn resize(address: usize, old_bytes: usize, new_bytes: usize) -> bool {
        // SAFETY: the heap's own mapping, whose pages past the new end hold nothing.
        mapped(unsafe { mremap(address, old_bytes, new_bytes, 0, 0) }).is_some()
    }

    /// Moves a mapping onto a reservation.
    pub(in super::super) fn move_to(from: usize, old_bytes: usize, to: usize, new_bytes: usize) -> bool {
        let flags = abi::MREMAP_MAYMOVE | abi::MREMAP_FIXED;
        // SAFETY: both are the heap's own.
        mapped(unsafe { mremap(from, old_bytes, new_bytes, flags, to) }).is_some()
    }

    /// Sleeps while `word` holds `expected`; may return early.
    pub(in super::super) fn wait(word: &AtomicU32, expected: u32) {
        // SAFETY: a kernel row takes any arguments.
        unsafe { __osvrun_futex_wait(UserPtr::new(word.as_ptr() as usize), expected, NEVER, 0) };
    }

    /// Wakes one sleeper of `word`.
    pub(in super::super) fn wake_one(word: &AtomicU32) {
        // SAFETY: a kernel row takes any arguments.
        unsafe { __osvrun_futex_wake(UserPtr::new(word.as_ptr() as usize), 1) };
    }

    /// Ends the program with a message: its heap is corrupt.
    #[cold]
    pub(in super::super) fn die(message: &'static str) -> ! {
        // SAFETY: a message of the kernel image, and a call that does not return.
        unsafe {
            crate::exports::unistd::write(2, message.as_ptr().cast(), message.len());
            crate::exports::signal::abort();
        }
        loop {
            core::hint::spin_loop();
        }
    }
}

#[cfg(any(test, fuzzing))]
mod test {
    use core::sync::atomic::AtomicU32;
    use std::alloc::{Layout, alloc_zeroed};

    #[derive(Clone, Copy, PartialEq, Eq)]
    pub(in super::super) enum Commit {
        Checked,
        Unchecked,
    }

    /// Test memory is never given back.
    pub(in super::super) fn reserve(len_bytes: usize) -> Option<usize> {
        let layout = Layout::from_size_align(len_bytes, super::PAGE_BYTES).ok()?;
        // SAFETY: the layout is not empty.
        let start = unsafe { alloc_zeroed(layout) } as usize;
        (start != 0).then_some(start)
    }

    pub(in super::super) fn commit(_address: usize, len_bytes: usize, commit: Commit) -> bool {
        commit == Commit::Unchecked || len_bytes < 1 << 40
    }

    pub(in super::super) fn bring_in(_address: usize, _len_bytes: usize) {}

    pub(in super::super) fn release(_address: usize, _len_bytes: usize) {}

    pub(in super::super) fn purge(address: usize, len_bytes: usize) -> bool {
        // SAFETY: the heap's own memory.
        unsafe { (address as *mut u8).write_bytes(0, len_bytes) };
        true
    }

    pub(in super::super) fn resize(_address: usize, old_bytes: usize, new_bytes: usize) -> bool {
        new_bytes <= old_bytes
    }

    pub(in super::super) fn move_to(from: usize, old_bytes: usize, to: usize, new_bytes: usize) -> bool {
        // SAFETY: two reservations of at least these lengths.
        unsafe { (to as *mut u8).copy_from_nonoverlapping(from as *const u8, old_bytes.min(new_bytes)) };
        true
    }

    pub(in super::super) fn wait(_word: &AtomicU32, _expected: u32) {
        std::thread::yield_now();
    }

    pub(in super::super) fn wake_one(_word: &AtomicU32) {}

    pub(in super::super) fn die(message: &'static str) -> ! {
        panic!("{message}")
    }
}
