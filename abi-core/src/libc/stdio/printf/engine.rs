//! Walking a format.

use core::mem::MaybeUninit;

use super::args::{Args, Collected, Value};
use super::sink::{Sink, Unit};
use super::spec::{Cursor, Length, Source, Spec, SpecError};
use super::{custom, float, hexfloat, integer, text};
use crate::abi;
use crate::boundary::variadic::VaList;
use crate::libc::state::state;
use crate::libc::stdio::file::File;
use crate::libc::string::{TEXT_BYTES, errors};
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

/// How many units go to the sink at once.
const GATHERED: usize = 256;

/// A sink that counts, and gets units gathered.
pub struct Output<'a, U: Unit> {
    sink: &'a mut dyn Sink<U>,
    total: usize,
    gathered: [MaybeUninit<U>; GATHERED],
    /// How many of `gathered` there are.
    len: usize,
}

impl<'a, U: Unit> Output<'a, U> {
    fn new(sink: &'a mut dyn Sink<U>) -> Self {
        Self { sink, total: 0, gathered: [const { MaybeUninit::uninit() }; GATHERED], len: 0 }
    }

    /// Counts units that went out.
    pub fn count(&mut self, units: usize) -> Result<(), Failure> {
        self.total = self.total.saturating_add(units);
        if self.total > i32::MAX as usize { Err(Failure::Overflow) } else { Ok(()) }
    }

    /// Sends what was gathered.
    fn send(&mut self) -> Result<(), Failure> {
        let len = core::mem::take(&mut self.len);
        // SAFETY: `len` units were written.
        let units = unsafe { core::slice::from_raw_parts(self.gathered.as_ptr().cast(), len) };
        if len == 0 || self.sink.put(units) { Ok(()) } else { Err(Failure::Sink) }
    }

    /// Returns the stream behind the sink, if there is one, after sending it what was gathered.
    pub fn stream(&mut self) -> Result<Option<*mut File>, Failure> {
        self.send()?;
        Ok(self.sink.stream())
    }

    /// Puts units that someone else counts.
    pub fn put_uncounted(&mut self, units: &[U]) -> Result<(), Failure> {
        self.send()?;
        if units.is_empty() || self.sink.put(units) { Ok(()) } else { Err(Failure::Sink) }
    }

    /// Sends what was gathered if `units` do not fit behind it; tells whether they do then.
    #[inline]
    fn make_room(&mut self, units: usize) -> Result<bool, Failure> {
        if units > GATHERED - self.len {
            self.send()?;
        }
        Ok(units <= GATHERED - self.len)
    }

    /// Puts units.
    pub fn put(&mut self, units: &[U]) -> Result<(), Failure> {
        self.count(units.len())?;
        if self.make_room(units.len())? {
            // SAFETY: there is room for them.
            unsafe { copy(units, self.gathered.as_mut_ptr().add(self.len).cast()) };
            self.len += units.len();
            return Ok(());
        }
        if self.sink.put(units) { Ok(()) } else { Err(Failure::Sink) }
    }

    /// Puts ASCII text.
    #[inline]
    pub fn ascii(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        if bytes.is_empty() {
            return Ok(());
        }
        if !U::IS_WIDE {
            // SAFETY: a unit that is not wide is a byte.
            return self.put(unsafe { core::slice::from_raw_parts(bytes.as_ptr().cast(), bytes.len()) });
        }
        for part in bytes.chunks(GATHERED) {
            self.count(part.len())?;
            self.make_room(part.len())?;
            for (unit, &byte) in self.gathered[self.len..].iter_mut().zip(part) {
                unit.write(U::ascii(byte));
            }
            self.len += part.len();
        }
        Ok(())
    }

    /// Puts an ASCII character `count` times.
    pub fn fill(&mut self, byte: u8, count: usize) -> Result<(), Failure> {
        if count == 0 {
            return Ok(());
        }
        self.count(count)?;
        if self.make_room(count)? {
            for unit in &mut self.gathered[self.len..self.len + count] {
                unit.write(U::ascii(byte));
            }
            self.len += count;
            return Ok(());
        }
        if self.sink.fill(U::ascii(byte), count) { Ok(()) } else { Err(Failure::Sink) }
    }

    /// Puts a number: sign or base prefix, zeros up to the width if `zero`, and `body`, which is `len` characters.
    pub fn number(
        &mut self,
        field: &Field,
        zero: bool,
        prefix: &[u8],
        len: usize,
        body: impl FnOnce(&mut Self) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let pad = field.width.saturating_sub(prefix.len().saturating_add(len));
        if !field.left && !zero {
            self.fill(b' ', pad)?;
        }
        self.ascii(prefix)?;
        if !field.left && zero {
            self.fill(b'0', pad)?;
        }
        body(self)?;
        if field.left { self.fill(b' ', pad) } else { Ok(()) }
    }
}

/// Copies units. Most are few, and a call takes longer than they do.
///
/// # Safety
/// There is room for them at `to`.
#[inline]
unsafe fn copy<U: Unit>(units: &[U], to: *mut U) {
    // Both halves may overlap in the middle.
    macro_rules! halves {
        ($word:ty) => {{
            let (from, to) = (units.as_ptr().cast::<u8>(), to.cast::<u8>());
            let last = units.len() - size_of::<$word>();
            // SAFETY: at least a word's bytes are there, and the same room.
            unsafe {
                let (first, second) = (from.cast::<$word>().read_unaligned(), from.add(last).cast::<$word>());
                let second = second.read_unaligned();
                to.cast::<$word>().write_unaligned(first);
                to.add(last).cast::<$word>().write_unaligned(second);
            }
        }};
    }
    match units.len() {
        8..=16 if !U::IS_WIDE => halves!(u64),
        4..8 if !U::IS_WIDE => halves!(u32),
        2..4 if !U::IS_WIDE => halves!(u16),
        // SAFETY: the caller's promise.
        1 => unsafe { to.write(units[0]) },
        // SAFETY: the caller's promise.
        count => unsafe { core::ptr::copy_nonoverlapping(units.as_ptr(), to, count) },
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
        if spec.width == Source::None && spec.precision == Source::None {
            let left = spec.flags.left;
            return Ok(Self { spec, width: 0, precision: None, left, zero: spec.flags.zero && !left });
        }
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
    let mut output = Output::new(sink);
    // SAFETY: the caller's promise.
    let result = unsafe {
        match state().stdio.registrations.get().as_ref() {
            None => run(&mut output, Cursor(template), &mut *list, fortify),
            Some(registered) => {
                let errno = errno();
                custom::walk::run(registered, &mut output, Cursor(template), &mut *list, fortify, errno)
            }
        }
    };
    // What came before a failure is put, too.
    match output.send().and(result) {
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
    let mut output = Output::new(sink);
    let mut cursor = Cursor(template);
    // SAFETY: the format has a character after its `%`; the value is of the conversion's class.
    unsafe {
        if cursor.peek() != b'%' {
            return -1;
        }
        cursor.advance();
        let Ok(spec) = cursor.spec() else { return -1 };
        let precision =
            if let Source::Value(precision) = spec.precision { Some(precision as usize) } else { None };
        let field = Field { spec, width: 0, precision, left: false, zero: false };
        let result = convert(&mut output, &field, value);
        output.send().and(result).map_or(-1, |()| output.total as i32)
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
        let mut again = list.clone();
        let mut args = Args::InOrder(list, 0);
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
            if let Args::InOrder(_, taken) = args
                && spec.names_position()
            {
                let collected = Collected::collect(template, &mut again, fortify)?.ok_or(Failure::Memory)?;
                args = Args::ByPosition(collected, taken);
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

/// Writes a conversion that has an argument.
///
/// # Safety
/// The value is what the conversion's argument must be.
pub unsafe fn convert<U: Unit>(
    output: &mut Output<'_, U>,
    field: &Field,
    value: Value,
) -> Result<(), Failure> {
    let letter = field.spec.conversion;
    match value {
        Value::Double(value) if letter | 32 == b'a' => hexfloat::double(output, field, value),
        Value::Double(value) => float::double(output, field, value),
        Value::LongDouble(bytes) if letter | 32 == b'a' => hexfloat::extended(output, field, bytes),
        Value::LongDouble(bytes) => float::extended(output, field, bytes),
        Value::Quad(bytes) if letter | 32 == b'a' => hexfloat::quad(output, field, bytes),
        Value::Quad(bytes) => float::quad(output, field, bytes),
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
pub fn convert_nothing<U: Unit>(
    output: &mut Output<'_, U>,
    field: &Field,
    saved_errno: i32,
) -> Result<(), Failure> {
    match field.spec.conversion {
        b'%' => output.ascii(b"%"),
        // SAFETY: a C string of ours.
        b'm' => unsafe {
            if field.spec.flags.alternate {
                return match errors::error_name(saved_errno) {
                    Some(name) => text::string(output, field, name.as_ptr().cast()),
                    None => integer::signed(output, field, saved_errno as u64),
                };
            }
            let mut room = [0; TEXT_BYTES];
            text::string(output, field, errors::error_message(saved_errno, &mut room).as_ptr().cast())
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
            if letter == 0 { Ok(()) } else { output.put(&[U::ascii(letter)]) }
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
