//! A vector on the program's heap.

use core::ptr::null_mut;

use super::guest_heap::{free, realloc};

/// Memory ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfMemory;

/// A vector of plain values on the program's heap, whose growth may fail.
#[derive(Debug)]
pub struct GuestVec<T: Copy> {
    block: *mut T,
    len: usize,
    room: usize,
}

impl<T: Copy> GuestVec<T> {
    /// Makes an empty one.
    pub const fn new() -> Self {
        Self { block: null_mut(), len: 0, room: 0 }
    }

    /// Makes one of `len` equal values.
    pub fn filled(value: T, len: usize) -> Result<Self, OutOfMemory> {
        let mut this = Self::new();
        this.reserve(len)?;
        for i in 0..len {
            // SAFETY: room was made.
            unsafe { this.block.add(i).write(value) };
        }
        this.len = len;
        Ok(this)
    }

    fn reserve(&mut self, more: usize) -> Result<(), OutOfMemory> {
        let needed = self.len.checked_add(more).ok_or(OutOfMemory)?;
        if needed > self.room {
            let room = needed.max(self.room * 2).max(16);
            let bytes = room.checked_mul(size_of::<T>()).ok_or(OutOfMemory)?;
            // SAFETY: its own block, or null.
            let block = unsafe { realloc(self.block.cast(), bytes) }.cast::<T>();
            if block.is_null() {
                return Err(OutOfMemory);
            }
            self.block = block;
            self.room = room;
        }
        Ok(())
    }

    /// Appends a value.
    pub fn push(&mut self, value: T) -> Result<(), OutOfMemory> {
        self.reserve(1)?;
        // SAFETY: room was made.
        unsafe { self.block.add(self.len).write(value) };
        self.len += 1;
        Ok(())
    }

    /// Appends values.
    pub fn extend(&mut self, values: &[T]) -> Result<(), OutOfMemory> {
        self.reserve(values.len())?;
        // SAFETY: room was made; a growing block is not a slice of the caller's.
        unsafe { core::ptr::copy_nonoverlapping(values.as_ptr(), self.block.add(self.len), values.len()) };
        self.len += values.len();
        Ok(())
    }

    /// Appends a copy of a part of itself.
    pub fn extend_from_within(&mut self, start: usize, len: usize) -> Result<(), OutOfMemory> {
        self.reserve(len)?;
        for i in 0..len {
            if let Some(&value) = self.get(start + i) {
                self.push(value)?;
            }
        }
        Ok(())
    }

    /// Inserts a value.
    pub fn insert(&mut self, at: usize, value: T) -> Result<(), OutOfMemory> {
        self.push(value)?;
        if let Some(tail) = self.get_mut(at..) {
            tail.rotate_right(1);
        }
        Ok(())
    }

    /// Takes the last value off.
    pub fn pop(&mut self) -> Option<T> {
        self.len = self.len.checked_sub(1)?;
        // SAFETY: below the old length.
        Some(unsafe { self.block.add(self.len).read() })
    }

    /// Keeps the first `len` values.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Gives the block away; null if nothing was ever put in.
    pub fn into_raw(self) -> *mut T {
        let block = self.block;
        core::mem::forget(self);
        block
    }
}

impl<T: Copy> core::ops::Deref for GuestVec<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: `len` values were written.
        unsafe { core::slice::from_raw_parts(self.block, self.len) }
    }
}

impl<T: Copy> core::ops::DerefMut for GuestVec<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        if self.len == 0 {
            return &mut [];
        }
        // SAFETY: as above, and the borrow is exclusive.
        unsafe { core::slice::from_raw_parts_mut(self.block, self.len) }
    }
}

impl<T: Copy> Default for GuestVec<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Copy> Drop for GuestVec<T> {
    fn drop(&mut self) {
        // SAFETY: its own block, or null.
        unsafe { free(self.block.cast()) };
    }
}
