//! Where formatted text goes.

use core::ptr::null_mut;

use crate::abi;
use crate::libc::guest_heap::{free, realloc};
use crate::libc::set_errno;
use crate::libc::stdio::file::File;
use crate::libc::stdio::{put, sys};

/// A unit of text: a byte, or a wide character.
pub trait Unit: Copy + PartialEq + 'static {
    /// Widens an ASCII character.
    fn ascii(byte: u8) -> Self;
    /// Returns the code of an ASCII character, 0xff for any other.
    fn as_ascii(self) -> u8;
    /// Returns the character's code; a byte's is its value.
    fn code(self) -> u32;
    /// Tells whether this is the wide form.
    const IS_WIDE: bool;
}

impl Unit for u8 {
    fn ascii(byte: u8) -> Self {
        byte
    }
    fn as_ascii(self) -> u8 {
        self
    }
    fn code(self) -> u32 {
        u32::from(self)
    }
    const IS_WIDE: bool = false;
}

impl Unit for i32 {
    fn ascii(byte: u8) -> Self {
        i32::from(byte)
    }
    fn as_ascii(self) -> u8 {
        u8::try_from(self).ok().filter(u8::is_ascii).unwrap_or(0xff)
    }
    fn code(self) -> u32 {
        self as u32
    }
    const IS_WIDE: bool = true;
}

/// Takes formatted text.
pub trait Sink<U: Unit> {
    /// Takes units; false when they could not be written.
    fn put(&mut self, units: &[U]) -> bool;

    /// Returns the stream that the text goes to, if it is one which others may write to now.
    fn stream(&mut self) -> Option<*mut File> {
        None
    }

    /// Takes the same unit `count` times.
    fn fill(&mut self, unit: U, mut count: usize) -> bool {
        let chunk = [unit; 64];
        while count > 0 {
            let n = count.min(chunk.len());
            if !self.put(&chunk[..n]) {
                return false;
            }
            count -= n;
        }
        true
    }
}

/// A buffer of the program's; what does not fit is dropped.
#[derive(Debug)]
pub struct Fixed<U> {
    at: *mut U,
    room: usize,
    dropped: bool,
}

impl<U: Unit> Fixed<U> {
    /// Describes `size` units at `to`, one of which [`Self::finish`] needs.
    pub fn new(to: *mut U, size: usize) -> Self {
        Self { at: to, room: size.saturating_sub(1), dropped: false }
    }

    /// Ends the text with a NUL; `size` is what [`Self::new`] was given. Tells whether all fitted.
    ///
    /// # Safety
    /// The buffer is as large as was said.
    pub unsafe fn finish(self, size: usize) -> bool {
        if size > 0 {
            // SAFETY: `room` kept one unit back.
            unsafe { self.at.write(U::ascii(0)) };
        }
        !self.dropped
    }
}

impl<U: Unit> Sink<U> for Fixed<U> {
    fn put(&mut self, units: &[U]) -> bool {
        let n = units.len().min(self.room);
        self.dropped |= n < units.len();
        // SAFETY: `n` units fit, by the promise of `finish`'s caller.
        unsafe {
            core::ptr::copy_nonoverlapping(units.as_ptr(), self.at, n);
            self.at = self.at.add(n);
        }
        self.room -= n;
        true
    }

    fn fill(&mut self, unit: U, count: usize) -> bool {
        let n = count.min(self.room);
        self.dropped |= n < count;
        for _ in 0..n {
            // SAFETY: as in `put`.
            unsafe {
                self.at.write(unit);
                self.at = self.at.add(1);
            }
        }
        self.room -= n;
        true
    }
}

/// A heap block that grows.
#[derive(Debug)]
pub struct Growing {
    block: *mut u8,
    len: usize,
    room: usize,
}

impl Growing {
    /// Makes an empty one.
    pub const fn new() -> Self {
        Self { block: null_mut(), len: 0, room: 0 }
    }

    /// Returns the text as a C string on the heap, or null without memory.
    pub fn into_c_string(mut self) -> *mut u8 {
        if !self.put(&[0]) {
            return null_mut();
        }
        // SAFETY: shrinks the block to what it holds.
        let exact = unsafe { realloc(self.block.cast(), self.len) }.cast::<u8>();
        if exact.is_null() { self.block } else { exact }
    }

    /// Frees it.
    pub fn discard(self) {
        // SAFETY: its own block.
        unsafe { free(self.block.cast()) };
    }

    /// Returns the text.
    pub fn as_bytes(&self) -> &[u8] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: `len` bytes were written.
        unsafe { core::slice::from_raw_parts(self.block, self.len) }
    }
}

impl Default for Growing {
    fn default() -> Self {
        Self::new()
    }
}

impl Sink<u8> for Growing {
    fn put(&mut self, bytes: &[u8]) -> bool {
        let Some(needed) = self.len.checked_add(bytes.len()) else { return false };
        if needed > self.room {
            let room = needed.max(self.room.saturating_mul(2)).max(100);
            // SAFETY: its own block, or null.
            let block = unsafe { realloc(self.block.cast(), room) }.cast::<u8>();
            if block.is_null() {
                set_errno(abi::ENOMEM);
                return false;
            }
            self.block = block;
            self.room = room;
        }
        // SAFETY: the room was made.
        unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), self.block.add(self.len), bytes.len()) };
        self.len = needed;
        true
    }
}

/// A locked stream.
#[derive(Debug)]
pub struct Stream(pub *mut File);

impl Sink<u8> for Stream {
    fn put(&mut self, bytes: &[u8]) -> bool {
        // SAFETY: the maker locked the stream.
        unsafe { put::all(self.0, bytes) }
    }

    fn stream(&mut self) -> Option<*mut File> {
        Some(self.0)
    }
}

/// Bytes gathered before they go out in one piece: to an unbuffered stream, or to a descriptor.
pub struct Gathered<'a> {
    bytes: [u8; 1024],
    len: usize,
    out: &'a mut dyn FnMut(&[u8]) -> bool,
}

impl<'a> Gathered<'a> {
    /// Gathers for `out`.
    pub fn new(out: &'a mut dyn FnMut(&[u8]) -> bool) -> Self {
        Self { bytes: [0; 1024], len: 0, out }
    }

    /// Sends what is left; false if that failed.
    pub fn finish(&mut self) -> bool {
        let n = core::mem::take(&mut self.len);
        n == 0 || (self.out)(&self.bytes[..n])
    }
}

impl Sink<u8> for Gathered<'_> {
    fn put(&mut self, mut bytes: &[u8]) -> bool {
        loop {
            let (now, later) = bytes.split_at(bytes.len().min(self.bytes.len() - self.len));
            self.bytes[self.len..self.len + now.len()].copy_from_slice(now);
            self.len += now.len();
            if later.is_empty() {
                return true;
            }
            bytes = later;
            if !self.finish() {
                return false;
            }
        }
    }
}

/// Writes to a descriptor.
pub fn to_descriptor(fd: i32) -> impl FnMut(&[u8]) -> bool {
    move |bytes| sys::write_all(fd, bytes)
}
