//! One conversion specification.

use super::sink::Unit;

/// The flags of a conversion.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags {
    /// `-`
    pub left: bool,
    /// `+`
    pub plus: bool,
    /// space
    pub space: bool,
    /// `#`
    pub alternate: bool,
    /// `0`
    pub zero: bool,
    /// `'`
    pub group: bool,
    /// `I`
    pub locale_digits: bool,
}

/// How large the argument is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Length {
    /// `int`, `double`
    #[default]
    Plain,
    /// `hh`
    Char,
    /// `h`
    Short,
    /// `l`, `q` …: 64 bits, and wide characters
    Long,
    /// `L`, `ll`: 64 bits, `long double`
    LongDouble,
}

/// Where a width, precision or value comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Source {
    /// Not given.
    #[default]
    None,
    /// Given in the format.
    Value(u32),
    /// The next argument (`*`).
    Next,
    /// The argument of this number, from 1 (`*n$`).
    Position(u32),
}

/// A conversion specification as written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spec {
    /// Flags.
    pub flags: Flags,
    /// Minimum width.
    pub width: Source,
    /// Precision.
    pub precision: Source,
    /// Size of the argument.
    pub length: Length,
    /// The argument's number, from 1; 0 for the next one.
    pub position: u32,
    /// The conversion letter; 0 if the format ended.
    pub conversion: u8,
}

impl Spec {
    /// Tells whether it names an argument by position.
    pub fn names_position(&self) -> bool {
        let by_position = |source| matches!(source, Source::Position(_));
        self.position > 0 || by_position(self.width) || by_position(self.precision)
    }
}

/// Why a specification can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpecError {
    /// A width or precision above `INT_MAX`.
    Overflow,
}

/// Reads units of the format.
#[derive(Debug)]
pub struct Cursor<U>(pub *const U);

impl<U> Clone for Cursor<U> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<U> Copy for Cursor<U> {}

impl<U: Unit> Cursor<U> {
    /// Returns the unit here, as ASCII.
    ///
    /// # Safety
    /// The format is NUL-terminated and the cursor not past its end.
    pub unsafe fn peek(self) -> u8 {
        // SAFETY: the caller's promise.
        unsafe { (*self.0).as_ascii() }
    }

    /// Goes on by one unit.
    ///
    /// # Safety
    /// The unit here is not the NUL.
    pub unsafe fn advance(&mut self) {
        // SAFETY: the caller's promise.
        self.0 = unsafe { self.0.add(1) };
    }

    /// Reads a decimal number, `None` if there is none.
    unsafe fn number(&mut self) -> Result<Option<u32>, SpecError> {
        // SAFETY: stops before the NUL.
        unsafe {
            if !self.peek().is_ascii_digit() {
                return Ok(None);
            }
            let mut value = 0u32;
            while self.peek().is_ascii_digit() {
                let digit = u32::from(self.peek() - b'0');
                value = value.saturating_mul(10).saturating_add(digit);
                self.advance();
            }
            if value >= i32::MAX as u32 { Err(SpecError::Overflow) } else { Ok(Some(value)) }
        }
    }

    /// Reads `n$`, or nothing.
    unsafe fn position(&mut self) -> Option<u32> {
        let start = *self;
        // SAFETY: stops before the NUL.
        unsafe {
            if !self.peek().is_ascii_digit() {
                return None;
            }
            if let Ok(Some(number)) = self.number()
                && number > 0
                && self.peek() == b'$'
            {
                self.advance();
                return Some(number);
            }
        }
        *self = start;
        None
    }

    /// Reads what follows a `*`.
    unsafe fn star(&mut self) -> Source {
        // SAFETY: at the `*`.
        unsafe {
            self.advance();
            self.position().map_or(Source::Next, Source::Position)
        }
    }

    /// Reads a specification after its `%`.
    ///
    /// # Safety
    /// As for [`Self::peek`].
    pub unsafe fn spec(&mut self) -> Result<Spec, SpecError> {
        let mut spec = Spec::default();
        // SAFETY: the cursor only passes units that are not the NUL.
        unsafe {
            if let letter @ (b'd' | b's' | b'u' | b'x' | b'c' | b'p' | b'i' | b'f' | b'g') = self.peek() {
                spec.conversion = letter;
                self.advance();
                return Ok(spec);
            }
        }
        // SAFETY: the cursor only passes units that are not the NUL.
        unsafe {
            self.head(&mut spec)?;
            self.length(&mut spec);
            self.conversion(&mut spec);
        }
        Ok(spec)
    }

    /// Reads what comes before the modifiers.
    ///
    /// # Safety
    /// As for [`Self::peek`].
    pub unsafe fn head(&mut self, spec: &mut Spec) -> Result<(), SpecError> {
        // SAFETY: the cursor only passes units that are not the NUL.
        unsafe {
            spec.position = self.position().unwrap_or(0);
            loop {
                match self.peek() {
                    b'-' => spec.flags.left = true,
                    b'+' => spec.flags.plus = true,
                    b' ' => spec.flags.space = true,
                    b'#' => spec.flags.alternate = true,
                    b'0' => spec.flags.zero = true,
                    b'\'' => spec.flags.group = true,
                    b'I' => spec.flags.locale_digits = true,
                    _ => break,
                }
                self.advance();
            }
            if self.peek() == b'*' {
                spec.width = self.star();
            } else if let Some(width) = self.number()? {
                spec.width = Source::Value(width);
            }
            if self.peek() == b'.' {
                self.advance();
                spec.precision = if self.peek() == b'*' {
                    self.star()
                } else {
                    Source::Value(self.number()?.unwrap_or(0))
                };
            }
        }
        Ok(())
    }

    /// Reads the letter at the end.
    ///
    /// # Safety
    /// As for [`Self::peek`].
    pub unsafe fn conversion(&mut self, spec: &mut Spec) {
        // SAFETY: the cursor only passes units that are not the NUL.
        unsafe {
            spec.conversion = self.peek();
            if spec.conversion != 0 {
                self.advance();
            }
        }
    }

    /// Reads the modifiers of the argument's size.
    ///
    /// # Safety
    /// As for [`Self::peek`].
    pub unsafe fn length(&mut self, spec: &mut Spec) {
        // SAFETY: the cursor only passes units that are not the NUL.
        unsafe {
            spec.length = match self.peek() {
                b'h' => Length::Short,
                b'L' | b'q' => Length::LongDouble,
                b'l' | b'z' | b'Z' | b't' | b'j' => Length::Long,
                _ => return,
            };
            let letter = self.peek();
            self.advance();
            // These two may come twice. What else follows is the conversion, if there is such a one.
            if self.peek() == letter && matches!(letter, b'h' | b'l') {
                spec.length = if letter == b'h' { Length::Char } else { Length::LongDouble };
                self.advance();
            }
        }
    }
}
