//! Text and pointers of a record in one buffer of the caller's.

use core::ffi::c_char;
use core::ptr::null_mut;

/// Fills a buffer from its start.
#[derive(Debug)]
pub struct Packer {
    at: *mut u8,
    room: usize,
}

impl Packer {
    /// Starts with an empty buffer.
    ///
    /// # Safety
    /// `buf` has `len` bytes to be written, which outlive what is made of it.
    pub unsafe fn new(buf: *mut u8, len: usize) -> Self {
        Self { at: buf, room: len }
    }

    fn take(&mut self, len: usize) -> Option<*mut u8> {
        self.room = self.room.checked_sub(len)?;
        let start = self.at;
        self.at = start.wrapping_add(len);
        Some(start)
    }

    /// Puts bytes in.
    pub fn bytes(&mut self, bytes: &[u8]) -> Option<*mut u8> {
        let to = self.take(bytes.len())?;
        // SAFETY: the part taken is that long.
        unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len()) };
        Some(to)
    }

    /// Puts a C string in.
    pub fn string(&mut self, text: &[u8]) -> Option<*mut c_char> {
        let to = self.bytes(text)?;
        self.bytes(&[0])?;
        Some(to.cast())
    }

    /// Puts an array of pointers in, ended by NULL: `each` makes them.
    pub fn array<T>(
        &mut self,
        items: impl Iterator<Item = T> + Clone,
        each: impl Fn(&mut Self, T) -> Option<*mut c_char>,
    ) -> Option<*mut *mut c_char> {
        self.take(self.at.addr().wrapping_neg() % align_of::<usize>())?;
        let count = items.clone().count();
        let array = self.take(count.checked_add(1)?.checked_mul(size_of::<usize>())?)?.cast::<*mut c_char>();
        for (index, item) in items.enumerate() {
            let pointer = each(self, item)?;
            // SAFETY: below the count, in the part taken.
            unsafe { array.add(index).write(pointer) };
        }
        // SAFETY: room for one more was taken.
        unsafe { array.add(count).write(null_mut()) };
        Some(array)
    }

    /// Puts an array of strings in, ended by NULL.
    pub fn strings<'a>(
        &mut self,
        strings: impl Iterator<Item = &'a [u8]> + Clone,
    ) -> Option<*mut *mut c_char> {
        self.array(strings, Self::string)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_too_small_by_one_byte_is_refused() {
        let mut buf = [0u8; 64];
        let address = buf.as_mut_ptr();
        let lead = address.addr().wrapping_neg() % 8;
        let needed = lead + 3 * 8 + 4 + 2;
        for (len, fits) in [(needed, true), (needed - 1, false)] {
            // SAFETY: the buffer outlives the packer.
            let mut packer = unsafe { Packer::new(address, len) };
            let array = packer.strings([b"abc".as_slice(), b"d"].into_iter());
            assert_eq!(array.is_some(), fits);
        }
    }
}
