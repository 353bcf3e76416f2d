//! Physical frames: a pointer that moves through memory nobody has used yet, and a list of frames given back.
//!
//! The list is linked through the frames themselves, so no table of frames has to be made at boot.

use crate::arch::spin::SpinLock;

use super::{PAGE_BYTES, direct};

/// Ranges of usable memory the allocator can hold.
const MAX_RANGES: usize = 16;

/// Physical memory that is free.
#[derive(Debug)]
pub struct Frames {
    ranges: [(u64, u64); MAX_RANGES],
    count: usize,
    list: u64,
    free: usize,
    total: usize,
}

impl Frames {
    /// Makes an allocator without memory.
    pub const fn new() -> Self {
        Self { ranges: [(0, 0); MAX_RANGES], count: 0, list: 0, free: 0, total: 0 }
    }

    /// Adds a range of usable memory, in whole frames.
    pub fn add(&mut self, start: u64, end: u64) {
        let start = start.next_multiple_of(PAGE_BYTES as u64);
        let end = end & !(PAGE_BYTES as u64 - 1);
        if start < end && self.count < MAX_RANGES {
            self.ranges[self.count] = (start, end);
            self.count += 1;
            let frames = ((end - start) / PAGE_BYTES as u64) as usize;
            self.free += frames;
            self.total += frames;
        }
    }

    /// Takes a range out of what was added (the kernel, the boot archive).
    pub fn reserve(&mut self, start: u64, end: u64) {
        let old = core::mem::take(self);
        let start = start & !(PAGE_BYTES as u64 - 1);
        for &(low, high) in &old.ranges[..old.count] {
            self.add(low, high.min(start).max(low));
            self.add(low.max(end).min(high), high);
        }
    }

    /// Takes `count` frames that lie together from unused memory.
    pub fn take_together(&mut self, count: usize) -> Option<u64> {
        let bytes = (count * PAGE_BYTES) as u64;
        let range = self.ranges[..self.count].iter_mut().find(|(start, end)| end - start >= bytes)?;
        let start = range.0;
        range.0 += bytes;
        self.free -= count;
        Some(start)
    }

    fn take(&mut self) -> Option<u64> {
        self.take_listed().or_else(|| self.take_together(1))
    }

    fn take_listed(&mut self) -> Option<u64> {
        let frame = self.list;
        if frame == 0 {
            return None;
        }
        // SAFETY: a frame in the list is nobody's, and its first word is the next one's address.
        self.list = unsafe { *(direct(frame) as *const u64) };
        self.free -= 1;
        Some(frame)
    }

    fn give(&mut self, frame: u64) {
        // SAFETY: the caller gives the frame up.
        unsafe { *(direct(frame) as *mut u64) = self.list };
        self.list = frame;
        self.free += 1;
    }
}

impl Default for Frames {
    fn default() -> Self {
        Self::new()
    }
}

static FRAMES: SpinLock<Frames> = SpinLock::new(Frames::new());

/// Sets the memory there is.
pub fn init(frames: Frames) {
    *FRAMES.lock() = frames;
}

/// Takes a frame whose contents do not matter.
pub fn allocate() -> Option<u64> {
    FRAMES.lock().take()
}

/// Takes a frame of zeros.
pub fn allocate_zeroed() -> Option<u64> {
    let frame = allocate()?;
    zero(frame);
    Some(frame)
}

/// What part of memory is left to the kernel's own needs when the program has used up the rest.
const KERNELS_SHARE: usize = 64;

/// Takes a frame on behalf of the program: of the last ones there are, none.
pub fn allocate_for_program() -> Option<u64> {
    let mut frames = FRAMES.lock();
    if frames.free <= frames.total / KERNELS_SHARE {
        return None;
    }
    frames.take()
}

/// Fills a frame with zeros.
pub fn zero(frame: u64) {
    // SAFETY: the caller owns the frame.
    unsafe {
        core::arch::asm!("rep stosq", inout("rdi") direct(frame) => _, inout("rcx") PAGE_BYTES / 8 => _,
            in("rax") 0u64, options(nostack, preserves_flags));
    }
}

/// Takes `count` frames that lie together, contents undefined.
pub fn allocate_together(count: usize) -> Option<u64> {
    FRAMES.lock().take_together(count)
}

/// Gives a frame back.
pub fn free(frame: u64) {
    FRAMES.lock().give(frame);
}

/// Returns how many frames are free and how many there are.
pub fn counts() -> (usize, usize) {
    let frames = FRAMES.lock();
    (frames.free, frames.total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_ranges_are_cut_out() {
        let mut frames = Frames::new();
        frames.add(0x10_0000, 0x100_0000);
        frames.reserve(0x10_0000, 0x40_0000);
        frames.reserve(0x80_0123, 0x90_0000);
        assert_eq!(frames.ranges[..frames.count], [(0x40_0000, 0x80_0000), (0x90_0000, 0x100_0000)]);
        assert_eq!(frames.free, 0x400 + 0x700);
    }

    #[test]
    fn frames_that_lie_together_come_from_one_range() {
        let mut frames = Frames::new();
        frames.add(0x1000, 0x3000);
        frames.add(0x10000, 0x20000);
        assert_eq!(frames.take_together(4), Some(0x10000));
        assert_eq!(frames.take_together(2), Some(0x1000));
        assert_eq!(frames.take_together(13), None);
    }
}
