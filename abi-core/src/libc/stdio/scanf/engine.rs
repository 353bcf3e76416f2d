//! Walking a format.

use super::directive::{Dialect, Directive};
use super::source::{Reader, Source, is_space};
use super::text::Set;
use super::{number, text};
use crate::boundary::variadic::VaList;
use crate::libc::stdio::printf::Unit;
use crate::libc::stdio::printf::spec::{Cursor, Length};

/// Why scanning ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The input ended.
    Input,
    /// The input does not match.
    Matching,
    /// Bytes that are no character.
    Sequence,
    /// No memory.
    Memory,
}

/// The pointers to store to.
struct Targets {
    first: VaList,
    next: VaList,
}

impl Targets {
    /// Takes the pointer for a directive.
    unsafe fn take(&mut self, directive: &Directive) -> *mut u8 {
        // SAFETY: the caller of `scan` passed what the format says; all arguments are pointers.
        unsafe {
            if directive.position == 0 {
                return self.next.next_u64() as *mut u8;
            }
            let mut list = self.first.copied();
            for _ in 1..directive.position {
                list.next_u64();
            }
            list.next_u64() as *mut u8
        }
    }
}

/// Scans `source` by a format; returns how many conversions were stored, or -1 if the input ended before the first.
///
/// # Safety
/// `template` is NUL-terminated and `list` holds the pointers it asks for.
pub unsafe fn scan<U: Unit>(
    source: &mut dyn Source,
    template: *const U,
    list: *mut VaList,
    dialect: Dialect,
) -> i32 {
    let mut reader = Reader::new(source);
    let mut done = 0;
    // SAFETY: the caller's promise.
    match unsafe { run(&mut reader, Cursor(template), &*list, dialect, &mut done) } {
        Err(Stop::Input) if done == 0 => -1,
        Err(Stop::Memory) => -1,
        _ => done,
    }
}

unsafe fn run<U: Unit>(
    reader: &mut Reader<'_>,
    mut cursor: Cursor<U>,
    list: &VaList,
    dialect: Dialect,
    done: &mut i32,
) -> Result<(), Stop> {
    let mut targets = Targets { first: list.copied(), next: list.copied() };
    // SAFETY: the cursor stops at the NUL.
    unsafe {
        while *cursor.0 != U::ascii(0) {
            let unit = cursor.peek();
            if unit == b'%' {
                cursor.advance();
                let directive = Directive::parse(&mut cursor, dialect);
                if directive.conversion == 0 {
                    return Err(Stop::Matching);
                }
                *done += i32::from(convert(reader, &mut cursor, &directive, &mut targets, dialect)?);
            } else if unit != 0xff && is_space(i32::from(unit)) {
                while cursor.peek() != 0xff && is_space(i32::from(cursor.peek())) {
                    cursor.advance();
                }
                if *cursor.0 == U::ascii(0) {
                    reader.skip_last_space();
                } else {
                    reader.skip_space();
                }
            } else {
                let want = if U::IS_WIDE {
                    cursor.0.cast::<i32>().read()
                } else {
                    i32::from(cursor.0.cast::<u8>().read())
                };
                expect(reader, want)?;
                cursor.advance();
            }
        }
    }
    Ok(())
}

/// Takes one character that must be this one.
fn expect(reader: &mut Reader<'_>, want: i32) -> Result<(), Stop> {
    let c = reader.take().ok_or(Stop::Input)?;
    if c == want {
        return Ok(());
    }
    reader.back(c);
    Err(Stop::Matching)
}

/// Does one conversion; tells whether it counts.
unsafe fn convert<U: Unit>(
    reader: &mut Reader<'_>,
    cursor: &mut Cursor<U>,
    directive: &Directive,
    targets: &mut Targets,
    dialect: Dialect,
) -> Result<bool, Stop> {
    let is_stored = !directive.is_suppressed && directive.conversion != b'%';
    // SAFETY: the caller of `scan` passed what the format says.
    let target = is_stored.then(|| unsafe { targets.take(directive) });
    if let (true, Some(to)) = (directive.allocates, target) {
        // SAFETY: a pointer to a pointer, as above. It is the program's to free, whatever comes.
        unsafe { to.cast::<*mut u8>().write(core::ptr::null_mut()) };
    }
    if !matches!(directive.conversion, b'c' | b'C' | b'[' | b'n') {
        reader.skip_space();
        if reader.is_at_end {
            reader.take();
            return Err(Stop::Input);
        }
    }
    // SAFETY: the caller of `scan` passed what the format says.
    unsafe {
        match directive.conversion {
            b'%' => {
                expect(reader, i32::from(b'%'))?;
                return Ok(false);
            }
            b'n' => {
                if let Some(to) = target {
                    store_integer(to, directive.length, reader.count as u64);
                }
                return Ok(false);
            }
            b'd' | b'i' | b'u' | b'o' | b'x' | b'X' | b'p' => {
                let value = number::integer(reader, directive, dialect)?;
                if let Some(to) = target {
                    let is_pointer = directive.conversion == b'p';
                    let length = if is_pointer { Length::Long } else { directive.length };
                    store_integer(to, length, value);
                }
            }
            b'b' if dialect == Dialect::C23 => {
                let value = number::integer(reader, directive, dialect)?;
                if let Some(to) = target {
                    store_integer(to, directive.length, value);
                }
            }
            b'a' | b'A' | b'e' | b'E' | b'f' | b'F' | b'g' | b'G' => {
                let text = number::float(reader, directive)?;
                // What is not stored may be out of range all the same.
                let mut nowhere = [0u128; 1];
                let to = target.unwrap_or(nowhere.as_mut_ptr().cast());
                text.store(to, directive.length);
            }
            b's' | b'S' => text::string(reader, directive, target)?,
            b'c' | b'C' => text::characters(reader, directive, target)?,
            b'[' => {
                let set = Set::parse(cursor).ok_or(Stop::Matching)?;
                text::matching(reader, directive, &set, target)?;
            }
            _ => return Err(Stop::Matching),
        }
    }
    Ok(!directive.is_suppressed)
}

unsafe fn store_integer(to: *mut u8, length: Length, value: u64) {
    // SAFETY: the caller of `scan` passed a pointer of this size.
    unsafe {
        match length {
            Length::Char => to.write(value as u8),
            Length::Short => to.cast::<u16>().write(value as u16),
            Length::Plain => to.cast::<u32>().write(value as u32),
            Length::Long | Length::LongDouble => to.cast::<u64>().write(value),
        }
    }
}
