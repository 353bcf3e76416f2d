//! Where scanf reads.

use crate::libc::stdio::file::{EOF, File};
use crate::libc::stdio::printf::Unit;
use crate::libc::stdio::{get, wide};
use crate::libc::{errno, set_errno};

/// Gives characters and takes the last one back.
pub trait Source {
    /// Takes the next character (a byte's value, or a wide character).
    fn next(&mut self) -> Option<i32>;
    /// Gives the last one back.
    fn back(&mut self, c: i32);
    /// Tells whether its characters are wide.
    fn is_wide(&self) -> bool {
        false
    }
}

/// A string, up to its NUL.
#[derive(Debug)]
pub struct Text<U>(*const U);

impl<U> Text<U> {
    /// Reads from `text`.
    ///
    /// # Safety
    /// It is NUL-terminated.
    pub unsafe fn new(text: *const U) -> Self {
        Self(text)
    }
}

impl<U: Unit> Source for Text<U> {
    fn next(&mut self) -> Option<i32> {
        // SAFETY: never past the NUL.
        unsafe {
            let c =
                if U::IS_WIDE { self.0.cast::<i32>().read() } else { i32::from(self.0.cast::<u8>().read()) };
            if c == 0 {
                return None;
            }
            self.0 = self.0.add(1);
            Some(c)
        }
    }
    fn back(&mut self, _c: i32) {
        // SAFETY: `next` went over a unit.
        self.0 = unsafe { self.0.sub(1) };
    }
    fn is_wide(&self) -> bool {
        U::IS_WIDE
    }
}

/// The bytes of a locked stream.
#[derive(Debug)]
pub struct Stream(pub *mut File);

impl Source for Stream {
    fn next(&mut self) -> Option<i32> {
        // SAFETY: the maker locked the stream.
        let c = unsafe { get::byte(self.0) };
        (c != EOF).then_some(c)
    }
    fn back(&mut self, c: i32) {
        // SAFETY: as above.
        unsafe { get::push_back(self.0, c as u8) };
    }
}

/// The wide characters of a locked stream.
#[derive(Debug)]
pub struct WideStream(pub *mut File);

impl Source for WideStream {
    fn next(&mut self) -> Option<i32> {
        // SAFETY: the maker locked the stream.
        let c = unsafe { wide::take(self.0) };
        (c != wide::WEOF).then_some(c)
    }
    fn back(&mut self, c: i32) {
        // SAFETY: as above.
        unsafe { wide::push_back(self.0, c) };
    }
    fn is_wide(&self) -> bool {
        true
    }
}

/// A source that counts, and stops at a width.
pub struct Reader<'a> {
    source: &'a mut dyn Source,
    /// Characters taken so far.
    pub count: usize,
    /// The end was met.
    pub is_at_end: bool,
    /// The error number as it was then.
    end_errno: i32,
}

impl<'a> Reader<'a> {
    /// Reads from `source`.
    pub fn new(source: &'a mut dyn Source) -> Self {
        Self { source, count: 0, is_at_end: false, end_errno: 0 }
    }

    /// Takes the next character. After the end there is none, whatever the source says; as with glibc the error number is
    /// then that of the end, not of a number out of range before it.
    pub fn take(&mut self) -> Option<i32> {
        if self.is_at_end {
            set_errno(self.end_errno);
            return None;
        }
        let c = self.source.next();
        if c.is_some() {
            self.count += 1;
        } else {
            (self.is_at_end, self.end_errno) = (true, errno());
        }
        c
    }

    /// Takes the next character if `width` has room for one more.
    pub fn next_within(&mut self, width: &mut usize) -> Option<i32> {
        if *width == 0 {
            return None;
        }
        let c = self.take()?;
        *width -= 1;
        Some(c)
    }

    /// Gives the last character back.
    pub fn back(&mut self, c: i32) {
        self.count -= 1;
        self.source.back(c);
    }

    /// Tells whether the characters are wide.
    pub fn is_wide(&self) -> bool {
        self.source.is_wide()
    }

    /// Skips white space, and leaves the error number alone.
    pub fn skip_space(&mut self) {
        let before = errno();
        set_errno(0);
        self.skip_last_space();
        set_errno(before);
    }

    /// Skips white space at a format's end.
    pub fn skip_last_space(&mut self) {
        while let Some(c) = self.take() {
            if !is_space(c) {
                self.back(c);
                return;
            }
        }
    }
}

/// Tells whether a character is white space.
pub fn is_space(c: i32) -> bool {
    crate::libc::locale::is_space(c as u32)
}
