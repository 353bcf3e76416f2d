//! Strings, characters and sets.

use core::ptr::null_mut;

use super::directive::Directive;
use super::engine::Stop;
use super::source::{Reader, is_space};
use crate::abi;
use crate::libc::guest_heap::{free, realloc};
use crate::libc::multibyte::{self, Decoded};
use crate::libc::set_errno;
use crate::libc::stdio::printf::Unit;
use crate::libc::stdio::printf::spec::Cursor;

/// Where text is stored: the program's buffer, a block that grows, or nowhere.
struct Target {
    to: *mut u8,
    /// Where the program wants the block's address, if one is made.
    block_out: *mut *mut u8,
    len: usize,
    room: usize,
    is_wide: bool,
    /// What goes nowhere need not be characters.
    decodes: bool,
    /// Bytes of a character not yet complete.
    partial: [u8; multibyte::MAX_BYTES],
    partial_len: usize,
}

impl Target {
    fn new(directive: &Directive, to: Option<*mut u8>) -> Self {
        let mut this = Self {
            to: to.unwrap_or(null_mut()),
            block_out: null_mut(),
            len: 0,
            room: usize::MAX,
            is_wide: directive.is_wide(),
            decodes: !directive.is_suppressed || directive.conversion != b'[',
            partial: [0; multibyte::MAX_BYTES],
            partial_len: 0,
        };
        if directive.allocates && !this.to.is_null() {
            this.block_out = this.to.cast();
            this.to = null_mut();
            this.room = 0;
        }
        this
    }

    fn is_nowhere(&self) -> bool {
        self.to.is_null() && self.block_out.is_null()
    }

    fn raw(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        if self.is_nowhere() {
            return Ok(());
        }
        if self.room - self.len < bytes.len() {
            let room = self.room.saturating_mul(2).max(100);
            // SAFETY: its own block.
            let block = unsafe { realloc(self.to.cast(), room) }.cast::<u8>();
            if block.is_null() {
                set_errno(abi::ENOMEM);
                return self.fail(Stop::Memory);
            }
            self.to = block;
            self.room = room;
        }
        // SAFETY: room was made, or the program promised it.
        unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), self.to.add(self.len), bytes.len()) };
        self.len += bytes.len();
        Ok(())
    }

    /// Frees the block and says why not.
    fn fail(&mut self, why: Stop) -> Result<(), Stop> {
        if !self.block_out.is_null() {
            // SAFETY: its own block.
            unsafe { free(self.to.cast()) };
            self.to = null_mut();
        }
        Err(why)
    }

    fn illegal(&mut self) -> Result<(), Stop> {
        set_errno(abi::EILSEQ);
        self.fail(Stop::Sequence)
    }

    /// Stores a character of the input, a byte or a wide one.
    fn push(&mut self, c: i32, from_wide: bool) -> Result<(), Stop> {
        match (self.is_wide, from_wide) {
            (false, false) => self.raw(&[c as u8]),
            (true, true) => self.raw(&c.to_ne_bytes()),
            (false, true) => {
                let mut bytes = [0; multibyte::MAX_BYTES];
                if let Some(n) = multibyte::encode(c, &mut bytes) {
                    self.raw(&bytes[..n])
                } else {
                    self.illegal()
                }
            }
            (true, false) if !self.decodes => Ok(()),
            (true, false) => {
                self.partial[self.partial_len] = c as u8;
                self.partial_len += 1;
                match multibyte::decode(&self.partial[..self.partial_len], &mut [0; 2]) {
                    Decoded::Character(c, _) => {
                        self.partial_len = 0;
                        self.raw(&c.to_ne_bytes())
                    }
                    Decoded::Incomplete if self.partial_len < multibyte::MAX_BYTES => Ok(()),
                    _ => self.illegal(),
                }
            }
        }
    }

    /// Ends the text, with a NUL if it is a string, and hands a block over.
    fn finish(mut self, is_string: bool) -> Result<(), Stop> {
        if self.partial_len > 0 {
            return self.illegal();
        }
        if is_string {
            let nul = [0; 4];
            self.raw(if self.is_wide { &nul } else { &nul[..1] })?;
        }
        if !self.block_out.is_null() {
            // SAFETY: its own block; the program's pointer.
            unsafe {
                let exact = realloc(self.to.cast(), self.len.max(1)).cast::<u8>();
                *self.block_out = if exact.is_null() { self.to } else { exact };
            }
        }
        Ok(())
    }
}

/// `s`, `S`
pub fn string(reader: &mut Reader<'_>, directive: &Directive, to: Option<*mut u8>) -> Result<(), Stop> {
    run(reader, directive, to, |c| !is_space(c))
}

/// `[`
pub fn matching(
    reader: &mut Reader<'_>,
    directive: &Directive,
    set: &Set,
    to: Option<*mut u8>,
) -> Result<(), Stop> {
    run(reader, directive, to, |c| set.contains(c))
}

/// Stores the longest run of characters that fit, at least one.
fn run(
    reader: &mut Reader<'_>,
    directive: &Directive,
    to: Option<*mut u8>,
    fits: impl Fn(i32) -> bool,
) -> Result<(), Stop> {
    let mut target = Target::new(directive, to);
    let mut width = directive.width.unwrap_or(usize::MAX);
    let mut any = false;
    while width > 0
        && let Some(c) = reader.take()
    {
        let is_begun = target.partial_len > 0 && directive.conversion != b'[';
        if !is_begun && !fits(c) {
            reader.back(c);
            if !any {
                return Err(Stop::Matching);
            }
            break;
        }
        any = true;
        target.push(c, reader.is_wide())?;
        // A wide character counts once all its bytes are there.
        width -= usize::from(target.partial_len == 0);
    }
    if any { target.finish(true) } else { Err(Stop::Input) }
}

/// `c`, `C`
pub fn characters(reader: &mut Reader<'_>, directive: &Directive, to: Option<*mut u8>) -> Result<(), Stop> {
    let mut target = Target::new(directive, to);
    let wanted = directive.width.unwrap_or(1);
    let mut done = 0;
    while done < wanted {
        let Some(c) = reader.take() else { break };
        target.push(c, reader.is_wide())?;
        // A wide character counts once all its bytes are there.
        done += usize::from(target.partial_len == 0);
    }
    if done == 0 && target.partial_len == 0 { Err(Stop::Input) } else { target.finish(false) }
}

/// The characters of a `[…]`.
pub struct Set {
    low: [bool; 256],
    /// The set as written, for wide characters.
    wide: *const i32,
    wide_len: usize,
    is_negated: bool,
}

impl Set {
    /// Reads a set after its `[`, and its `]`; `None` if that is missing.
    ///
    /// # Safety
    /// The format is NUL-terminated and outlives the set.
    pub unsafe fn parse<U: Unit>(cursor: &mut Cursor<U>) -> Option<Self> {
        let mut this = Self { low: [false; 256], wide: core::ptr::null(), wide_len: 0, is_negated: false };
        // SAFETY: the cursor stops at the NUL.
        unsafe {
            if cursor.peek() == b'^' {
                this.is_negated = true;
                cursor.advance();
            }
            let start = cursor.0;
            let mut len = 0;
            while len == 0 || cursor.peek() != b']' {
                if *cursor.0 == U::ascii(0) {
                    return None;
                }
                cursor.advance();
                len += 1;
            }
            cursor.advance();
            let unit = |i: usize| {
                if U::IS_WIDE {
                    start.cast::<i32>().add(i).read()
                } else {
                    i32::from(start.cast::<u8>().add(i).read())
                }
            };
            for c in 0..256 {
                this.low[c as usize] = in_ranges(len, unit, c);
            }
            if U::IS_WIDE {
                this.wide = start.cast();
                this.wide_len = len;
            }
        }
        Some(this)
    }

    fn contains(&self, c: i32) -> bool {
        let is_member = match usize::try_from(c).ok().and_then(|c| self.low.get(c)) {
            Some(&member) => member,
            // SAFETY: the set lies in the format, which is still there.
            None => in_ranges(self.wide_len, |i| unsafe { self.wide.add(i).read() }, c),
        };
        is_member != self.is_negated
    }
}

/// Tells whether `c` is among `len` units, where `a-z` is a range, and so is `z-~` of `a-z-~`.
fn in_ranges(len: usize, unit: impl Fn(usize) -> i32, c: i32) -> bool {
    (0..len).any(|i| {
        let is_range = unit(i) == i32::from(b'-') && i > 0 && i + 1 < len && unit(i - 1) <= unit(i + 1);
        if is_range { (unit(i - 1)..=unit(i + 1)).contains(&c) } else { unit(i) == c }
    })
}
