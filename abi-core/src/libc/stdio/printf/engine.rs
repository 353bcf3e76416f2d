//! Walking a format.

use super::args::{Args, Collected, Value};
use super::sink::{Sink, Unit};
use super::spec::{Cursor, Length, Source, Spec, SpecError};
use super::{float, hexfloat, integer, text};
use crate::abi;
use crate::boundary::variadic::VaList;
use crate::libc::{errno, set_errno};

/// Whether `%n` is watched (the `__*_chk` functions).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fortify {
    /// Not.
    No,
    /// `%n` in a format that can be written to ends the program.
    Yes,
}

/// Why formatting ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The sink failed, and set errno.
    Sink,
    /// The text is longer than `INT_MAX` (`EOVERFLOW`).
    Overflow,
    /// The format ends inside a specification (`EINVAL`).
    Invalid,
    /// No memory.
    Memory,
    /// A wide character has no bytes, or bytes no character (`EILSEQ`).
    Sequence,
}

impl From<SpecError> for Failure {
    fn from(_: SpecError) -> Self {
        Self::Overflow
    }
}

/// A sink that counts.
pub struct Output<'a, U: Unit> {
    sink: &'a mut dyn Sink<U>,
    total: usize,
}

impl<U: Unit> Output<'_, U> {
    fn count(&mut self, units: usize) -> Result<(), Failure> {
        self.total = self.total.saturating_add(units);
        if self.total > i32::MAX as usize { Err(Failure::Overflow) } else { Ok(()) }
    }

    /// Puts units.
    pub fn put(&mut self, units: &[U]) -> Result<(), Failure> {
        self.count(units.len())?;
        if self.sink.put(units) { Ok(()) } else { Err(Failure::Sink) }
    }

    /// Puts ASCII text.
    pub fn ascii(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let mut chunk = [U::ascii(0); 64];
        for part in bytes.chunks(chunk.len()) {
            for (unit, &byte) in chunk.iter_mut().zip(part) {
                *unit = U::ascii(byte);
            }
            self.put(&chunk[..part.len()])?;
        }
        Ok(())
    }

    /// Puts an ASCII character `count` times.
    pub fn fill(&mut self, byte: u8, count: usize) -> Result<(), Failure> {
        if count == 0 {
            return Ok(());
        }
        self.count(count)?;
        if self.sink.fill(U::ascii(byte), count) { Ok(()) } else { Err(Failure::Sink) }
    }

    /// Puts a number: sign or base prefix, zeros up to the width if asked, and `body`, which is `len` characters.
    pub fn number(
        &mut self,
        field: &Field,
        prefix: &[u8],
        len: usize,
        body: impl FnOnce(&mut Self) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let pad = field.width.saturating_sub(prefix.len().saturating_add(len));
        if !field.left && !field.zero {
            self.fill(b' ', pad)?;
        }
        self.ascii(prefix)?;
        if !field.left && field.zero {
            self.fill(b'0', pad)?;
        }
        body(self)?;
        if field.left { self.fill(b' ', pad) } else { Ok(()) }
    }
}

/// A specification with its width and precision taken.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The specification.
    pub spec: Spec,
    /// Minimum width.
    pub width: usize,
    /// Precision, if given.
    pub precision: Option<usize>,
    /// Pad on the right.
    pub left: bool,
    /// Pad with zeros.
    pub zero: bool,
}

impl Field {
    unsafe fn new(spec: Spec, args: &mut Args<'_>) -> Result<Self, Failure> {
        // SAFETY: the caller of `format` passed what it says.
        let (width, precision) = unsafe { (args.number(spec.width), args.number(spec.precision)) };
        let width = width.unwrap_or(0);
        let left = spec.flags.left || width < 0;
        let width = width.unsigned_abs() as usize;
        if width >= i32::MAX as usize {
            return Err(Failure::Overflow);
        }
        let precision = precision.and_then(|p| usize::try_from(p).ok());
        Ok(Self { spec, width, precision, left, zero: spec.flags.zero && !left })
    }

    /// Returns the sign to write before a number.
    pub fn sign(&self, is_negative: bool) -> &'static [u8] {
        if is_negative {
            b"-"
        } else if self.spec.flags.plus {
            b"+"
        } else if self.spec.flags.space {
            b" "
        } else {
            b""
        }
    }
}

/// Formats into `sink`; returns how many units that took, or -1 with errno set.
///
/// # Safety
/// `template` is NUL-terminated and `list` holds the arguments it asks for.
pub unsafe fn format<U: Unit>(
    sink: &mut dyn Sink<U>,
    template: *const U,
    list: *mut VaList,
    fortify: Fortify,
) -> i32 {
    let mut output = Output { sink, total: 0 };
    // SAFETY: the caller's promise.
    match unsafe { run(&mut output, Cursor(template), &mut *list, fortify) } {
        Ok(()) => output.total as i32,
        Err(failure) => {
            match failure {
                Failure::Sink => {}
                Failure::Overflow => set_errno(abi::EOVERFLOW),
                Failure::Invalid => set_errno(abi::EINVAL),
                Failure::Memory => set_errno(abi::ENOMEM),
                Failure::Sequence => set_errno(abi::EILSEQ),
            }
            -1
        }
    }
}

/// Formats one floating-point number by a format of `%`, a precision and a letter alone.
///
/// # Safety
/// `template` is NUL-terminated.
pub unsafe fn format_number<U: Unit>(sink: &mut dyn Sink<U>, template: *const U, value: Value) -> i32 {
    let mut output = Output { sink, total: 0 };
    let mut cursor = Cursor(template);
    // SAFETY: the format has a character after its `%`; the value is of the conversion's class.
    unsafe {
        if cursor.peek() != b'%' {
            return -1;
        }
        cursor.advance();
        let Ok(spec) = cursor.spec() else { return -1 };
        let precision = if let Source::Value(precision) = spec.precision { Some(precision) } else { None };
        let field = Field { spec, width: 0, precision, left: false, zero: false };
        convert(&mut output, &field, value).map_or(-1, |()| output.total as i32)
    }
}

unsafe fn run<U: Unit>(
    output: &mut Output<'_, U>,
    template: Cursor<U>,
    list: &mut VaList,
    fortify: Fortify,
) -> Result<(), Failure> {
    let saved_errno = errno();
    // SAFETY: the cursor stops at the NUL; the arguments are there.
    unsafe {
        let mut args = if names_positions(template) {
            let collected = Collected::collect(template, list)?.ok_or(Failure::Memory)?;
            Args::ByPosition(collected, 0)
        } else {
            Args::InOrder(list)
        };
        let mut cursor = template;
        loop {
            let start = cursor.0;
            while !matches!(cursor.peek(), 0 | b'%') {
                cursor.advance();
            }
            let plain = cursor.0.offset_from(start) as usize;
            if plain > 0 {
                output.put(core::slice::from_raw_parts(start, plain))?;
            }
            if cursor.peek() == 0 {
                return Ok(());
            }
            cursor.advance();
            let spec = cursor.spec()?;
            if spec.conversion == 0 {
                return Err(Failure::Invalid);
            }
            let field = Field::new(spec, &mut args)?;
            if spec.conversion == b'n' && fortify == Fortify::Yes && text::is_writable(template.0.cast()) {
                text::fatal(b"*** %n in writable segment detected ***\n");
            }
            match spec.class() {
                Some(class) => convert(output, &field, args.value(spec.position, class))?,
                None => convert_nothing(output, &field, saved_errno)?,
            }
        }
    }
}

/// Tells whether a format names an argument by position anywhere.
unsafe fn names_positions<U: Unit>(mut cursor: Cursor<U>) -> bool {
    // A `$` is rare: only a format that has one is looked at closely.
    let mut has_dollar = false;
    // SAFETY: stops at the NUL.
    unsafe {
        let start = cursor;
        while cursor.peek() != 0 {
            has_dollar |= cursor.peek() == b'$';
            cursor.advance();
        }
        if !has_dollar {
            return false;
        }
        cursor = start;
        while cursor.peek() != 0 {
            let is_spec = cursor.peek() == b'%';
            cursor.advance();
            if is_spec {
                let Ok(spec) = cursor.spec() else { return false };
                let by_position = |source| matches!(source, Source::Position(_));
                if spec.position > 0 || by_position(spec.width) || by_position(spec.precision) {
                    return true;
                }
            }
        }
    }
    false
}

/// Writes a conversion that has an argument.
unsafe fn convert<U: Unit>(output: &mut Output<'_, U>, field: &Field, value: Value) -> Result<(), Failure> {
    let letter = field.spec.conversion;
    match value {
        Value::Double(value) if letter | 32 == b'a' => hexfloat::double(output, field, value),
        Value::Double(value) => float::double(output, field, value),
        Value::LongDouble(bytes) if letter | 32 == b'a' => hexfloat::extended(output, field, bytes),
        Value::LongDouble(bytes) => float::extended(output, field, bytes),
        // SAFETY: the caller of `format` passed what its specification says.
        Value::Word(word) => unsafe {
            match letter {
                b'd' | b'i' => integer::signed(output, field, word),
                b'c' if field.spec.length == Length::Plain => text::character(output, field, word as u8),
                b'c' if !matches!(field.spec.length, Length::Long | Length::LongDouble) => {
                    text::character(output, field, word as u8)
                }
                b'c' | b'C' => text::wide_character(output, field, word as i32),
                b's' if !matches!(field.spec.length, Length::Long | Length::LongDouble) => {
                    text::string(output, field, word as *const u8)
                }
                b's' | b'S' => text::wide_string(output, field, word as *const i32),
                b'p' if word == 0 => text::string(output, &text::nil_field(field), c"(nil)".as_ptr().cast()),
                b'p' => integer::pointer(output, field, word),
                b'n' => {
                    store_count(output.total, field.spec.length, word as *mut u8);
                    Ok(())
                }
                _ => integer::unsigned(output, field, word),
            }
        },
    }
}

/// Writes a conversion without an argument: `%%`, `%m`, or one that there is not, which is written as it stands.
fn convert_nothing<U: Unit>(
    output: &mut Output<'_, U>,
    field: &Field,
    saved_errno: i32,
) -> Result<(), Failure> {
    match field.spec.conversion {
        b'%' => output.ascii(b"%"),
        // SAFETY: a C string of ours.
        b'm' => unsafe {
            if field.spec.flags.alternate {
                return match text::error_name(saved_errno) {
                    Some(name) => text::string(output, field, name.as_ptr().cast()),
                    None => integer::signed(output, field, saved_errno as u64),
                };
            }
            text::string(output, field, text::error_message(saved_errno))
        },
        letter => {
            let flags = field.spec.flags;
            output.ascii(b"%")?;
            for (is_set, byte) in [
                (flags.alternate, b'#'),
                (flags.group, b'\''),
                (flags.plus, b'+'),
                (flags.space && !flags.plus, b' '),
                (field.left, b'-'),
                (field.zero, b'0'),
                (flags.locale_digits, b'I'),
            ] {
                if is_set {
                    output.ascii(&[byte])?;
                }
            }
            let mut digits = [0; 24];
            if field.width > 0 {
                output.ascii(integer::decimal(field.width as u64, &mut digits))?;
            }
            if let Some(precision) = field.precision {
                output.ascii(b".")?;
                output.ascii(integer::decimal(precision as u64, &mut digits))?;
            }
            output.put(&[U::ascii(letter)])
        }
    }
}

/// `%n`
unsafe fn store_count(total: usize, length: Length, to: *mut u8) {
    // SAFETY: the caller of `format` passed a pointer of this size.
    unsafe {
        match length {
            Length::Char => to.write(total as u8),
            Length::Short => to.cast::<u16>().write(total as u16),
            Length::Plain => to.cast::<u32>().write(total as u32),
            Length::Long | Length::LongDouble => to.cast::<u64>().write(total as u64),
        }
    }
}
