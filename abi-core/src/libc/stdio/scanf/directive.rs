//! One conversion of a scanf format.

use crate::libc::stdio::printf::Unit;
use crate::libc::stdio::printf::spec::{Cursor, Length};

/// Which language's formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `%as` allocates (the plain symbols).
    Gnu,
    /// `%a` is a number (`__isoc99_`).
    C99,
    /// Binary numbers too (`__isoc23_`).
    C23,
}

/// A conversion specification.
#[derive(Debug, Clone, Copy, Default)]
pub struct Directive {
    /// Not stored (`*`).
    pub is_suppressed: bool,
    /// Stored in a new block (`m`).
    pub allocates: bool,
    /// The argument's number, from 1; 0 for the next.
    pub position: usize,
    /// Most characters, if given.
    pub width: Option<usize>,
    /// Size of the argument.
    pub length: Length,
    /// The letter; 0 at the format's end.
    pub conversion: u8,
}

impl Directive {
    /// Reads a directive after its `%`.
    ///
    /// # Safety
    /// The format is NUL-terminated.
    pub unsafe fn parse<U: Unit>(cursor: &mut Cursor<U>, dialect: Dialect) -> Self {
        let mut this = Self::default();
        // SAFETY: the cursor only passes units that are not the NUL.
        unsafe {
            let number = Self::number(cursor);
            if number.is_some() && cursor.peek() == b'$' {
                cursor.advance();
                this.position = number.unwrap_or(0);
            } else {
                this.width = number;
            }
            if this.width.is_none() {
                loop {
                    match cursor.peek() {
                        b'*' => this.is_suppressed = true,
                        b'\'' | b'I' => {}
                        _ => break,
                    }
                    cursor.advance();
                }
                this.width = Self::number(cursor);
            }
            this.width = this.width.filter(|&width| width > 0);
            this.modifier(cursor, dialect);
            this.conversion = cursor.peek();
            if this.conversion != 0 {
                cursor.advance();
            }
        }
        this
    }

    /// Reads the modifier, of which there is one at most; `m` may have an `l` behind it.
    unsafe fn modifier<U: Unit>(&mut self, cursor: &mut Cursor<U>, dialect: Dialect) {
        // SAFETY: the cursor only passes units that are not the NUL.
        unsafe {
            let modifier = cursor.peek();
            self.length = match modifier {
                b'm' => Length::Plain,
                b'a' if dialect == Dialect::Gnu && Self::allocates_next(*cursor) => Length::Plain,
                b'h' => Length::Short,
                b'L' | b'q' => Length::LongDouble,
                b'l' | b'z' | b'Z' | b't' | b'j' => Length::Long,
                _ => return,
            };
            self.allocates = matches!(modifier, b'm' | b'a');
            cursor.advance();
            self.length = match (modifier, cursor.peek()) {
                (b'h', b'h') => Length::Char,
                (b'l', b'l') => Length::LongDouble,
                (b'm', b'l') => Length::Long,
                _ => return,
            };
            cursor.advance();
        }
    }

    /// Tells whether an `a` is GNU's old allocation flag.
    unsafe fn allocates_next<U: Unit>(mut cursor: Cursor<U>) -> bool {
        // SAFETY: at an `a`.
        unsafe {
            cursor.advance();
            matches!(cursor.peek(), b's' | b'S' | b'[')
        }
    }

    unsafe fn number<U: Unit>(cursor: &mut Cursor<U>) -> Option<usize> {
        let mut value: Option<usize> = None;
        // SAFETY: stops before the NUL.
        unsafe {
            while cursor.peek().is_ascii_digit() {
                let digit = usize::from(cursor.peek() - b'0');
                value = Some(value.unwrap_or(0).saturating_mul(10).saturating_add(digit));
                cursor.advance();
            }
        }
        value
    }

    /// Tells whether the argument is wide text.
    pub fn is_wide(&self) -> bool {
        matches!(self.length, Length::Long | Length::LongDouble) || matches!(self.conversion, b'S' | b'C')
    }
}
