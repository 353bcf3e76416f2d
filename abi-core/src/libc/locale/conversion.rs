//! iconv(3): from one character set to another, as far as the text and the room go.

use super::charset::{Charset, Taken, transliterate};
use super::charset_names::Suffixes;
use super::composed::Composition;
use super::is_utf8;
use super::shifting::State;
use crate::abi::{E2BIG, EILSEQ, EINVAL};

/// What `iconv_t` points to.
#[derive(Debug, Clone, Copy)]
pub struct Converter {
    /// The set that was asked for.
    source: Charset,
    /// That in the order which a mark has told.
    from: Charset,
    to: Charset,
    suffixes: Suffixes,
    /// No byte has been read; no mark has been written.
    is_at_start: bool,
    needs_mark: bool,
    /// Where the text is, and what was made of it, in sets that shift.
    read: State,
    written: State,
    /// A character that may have a mark behind it.
    waiting: Option<u32>,
}

/// The text that is left, and the room that is.
#[derive(Debug)]
pub struct Ends<'a> {
    /// Bytes not yet converted.
    pub text: &'a [u8],
    /// Where the next ones go.
    pub room: &'a mut [u8],
}

impl Ends<'_> {
    /// Copies ASCII as far as there is some, and room; tells whether it was some.
    fn put_ascii(&mut self) -> bool {
        let most = self.text.len().min(self.room.len());
        let mut len = 0;
        // Eight at a time, of which none has its high bit set.
        while let Some(bytes) = self.text[..most].get(len..).and_then(|rest| rest.first_chunk()) {
            if u64::from_le_bytes(*bytes) & 0x8080_8080_8080_8080 != 0 {
                break;
            }
            len += 8;
        }
        len += self.text[len..most].iter().take_while(|byte| byte.is_ascii()).count();
        let (ascii, rest) = self.text.split_at(len);
        self.text = rest;
        self.put(ascii) && len > 0
    }

    fn put(&mut self, bytes: &[u8]) -> bool {
        if self.room.len() < bytes.len() {
            return false;
        }
        let (place, rest) = core::mem::take(&mut self.room).split_at_mut(bytes.len());
        place.copy_from_slice(bytes);
        self.room = rest;
        true
    }
}

/// What is left behind the last character that went through: text, the state of reading, and what waits.
type Place<'a> = (&'a [u8], State, Option<u32>);

/// How a character was written.
enum Written {
    AsItIs,
    Otherwise,
    Not,
}

impl Converter {
    /// Starts a conversion; there is none from wide characters to themselves.
    pub fn new(from: Charset, to: Charset, suffixes: Suffixes) -> Option<Self> {
        let is_none = from == Charset::Wide && to == Charset::Wide;
        let needs_mark = to.has_mark();
        (!is_none).then_some(Self {
            source: from,
            from,
            to,
            suffixes,
            is_at_start: true,
            needs_mark,
            read: State::default(),
            written: State::default(),
            waiting: None,
        })
    }

    /// Back to the start, with what ends a text put into the room, if there is some; returns how many characters were written
    /// otherwise. An order that a mark has told stays.
    pub fn reset(&mut self, ends: Option<&mut Ends<'_>>) -> Result<usize, i32> {
        let (mut ends, mut result) = (ends, Ok(0));
        if let (Some(c), Some(ends)) = (self.waiting, &mut ends) {
            result = match self.put(c, ends)? {
                Written::AsItIs => Ok(0),
                Written::Otherwise => Ok(1),
                Written::Not => Err(EILSEQ),
            };
        }
        self.waiting = None;
        if let (Charset::Shifting(set), Some(ends)) = (self.to, ends) {
            let mut written = self.written;
            let start = set.start(&mut written);
            let end = set.end(&written);
            if ends.room.len() < start.len() + end.as_slice().len() {
                return Err(E2BIG);
            }
            ends.put(start);
            ends.put(end.as_slice());
        }
        (self.read, self.written) = (State::default(), State::default());
        self.is_at_start = true;
        self.needs_mark = self.to.has_mark();
        result
    }

    /// Takes the mark that tells the order of bytes; false if more bytes have to come first.
    fn take_mark(&mut self, ends: &mut Ends<'_>) -> bool {
        if !self.source.has_mark() || !self.is_at_start {
            return true;
        }
        let Some((mark, rest)) = ends.text.split_at_checked(self.from.unit_bytes()) else { return false };
        self.is_at_start = false;
        // As in glibc, a mark of the usual order does not bring that back.
        if self.source.is_mark(mark) {
            ends.text = rest;
        } else if self.source.swapped().is_mark(mark) {
            ends.text = rest;
            self.from = self.source.swapped().without_mark();
        }
        true
    }

    /// Converts; returns how many characters were written otherwise, or the error number. `ends` says how far it got.
    pub fn run(&mut self, ends: &mut Ends<'_>) -> Result<usize, i32> {
        let mut done = (ends.text, self.read, self.waiting);
        let result = self.run_from(ends, &mut done);
        // What is no character before one that found no room is passed over again, and so is what shifts.
        if result == Err(E2BIG) && !self.is_direct() {
            (ends.text, self.read, self.waiting) = done;
        }
        result
    }

    /// glibc goes by way of wide characters; tells whether those are one of the two.
    fn is_direct(&self) -> bool {
        self.from == Charset::Wide || self.to == Charset::Wide
    }

    fn run_from<'a>(&mut self, ends: &mut Ends<'a>, done: &mut Place<'a>) -> Result<usize, i32> {
        if !self.take_mark(ends) {
            return if ends.text.is_empty() { Ok(0) } else { Err(EINVAL) };
        }
        *done = (ends.text, self.read, self.waiting);
        if let Charset::Shifting(set) = self.to
            && !ends.text.is_empty()
        {
            let mut written = self.written;
            if !ends.put(set.start(&mut written)) {
                return Err(E2BIG);
            }
            self.written = written;
        }
        // With one step alone the room is looked at before the text, and a mark comes before any.
        let is_direct = self.is_direct();
        if is_direct {
            self.put_mark(ends)?;
        }
        let is_copy = matches!(self.to, Charset::Ucs4 { .. }) || self.from == Charset::Ucs4 { is_big: true };
        let (mut substitutions, mut has_skipped, mut has_left_out) = (0, false, false);
        let has_ascii = |set: Charset| set.unit_bytes() == 1 && !matches!(set, Charset::Shifting(_));
        let composition = match self.from {
            Charset::Legacy(set) => set.composition,
            _ => None,
        };
        let keeps_ascii = has_ascii(self.from) && has_ascii(self.to) && composition.is_none();
        loop {
            if keeps_ascii && ends.put_ascii() {
                *done = (ends.text, self.read, self.waiting);
            }
            if ends.text.is_empty() {
                return if has_skipped || has_left_out { Err(EILSEQ) } else { Ok(substitutions) };
            }
            let is_whole = is_copy || ends.text.len() >= self.from.unit_bytes();
            if is_direct && is_whole && ends.room.len() < self.to.unit_bytes() {
                return Err(E2BIG);
            }
            let mut read = self.read;
            let taken = match self.from {
                Charset::Shifting(set) => set.decode(&mut read, ends.text),
                other => other.decode(ends.text),
            };
            let (c, len) = match taken {
                Taken::Character(c, len) => (c, len),
                Taken::Shift(len) => {
                    self.read = read;
                    ends.text = &ends.text[len..];
                    continue;
                }
                Taken::Incomplete if has_left_out && !is_direct => return Err(EILSEQ),
                Taken::Incomplete => return Err(EINVAL),
                Taken::Invalid(_) if !self.suffixes.ignores => return Err(EILSEQ),
                Taken::Invalid(len) => {
                    ends.text = ends.text.get(len..).unwrap_or(&[]);
                    has_skipped = true;
                    continue;
                }
            };
            let mut next = None;
            let (c, len) = match composition {
                None => (c, len),
                Some(composition) => {
                    let (now, waiting, len) = match self.waiting {
                        None if composition.waits(c) => (None, Some(c), len),
                        None => (Some(c), None, len),
                        Some(base) => match composition.composed(base, c) {
                            Some(both) if Composition::waits_again(both) => (None, Some(both), len),
                            Some(both) => (Some(both), None, len),
                            None if composition.waits(c) => (Some(base), Some(c), len),
                            // The next turn is for what was just read.
                            None => (Some(base), None, 0),
                        },
                    };
                    let Some(now) = now else {
                        self.waiting = waiting;
                        ends.text = &ends.text[len..];
                        continue;
                    };
                    next = waiting;
                    (now, len)
                }
            };
            let put = self.put(c, ends);
            if put.is_err() && composition.is_some() && !is_direct {
                // What waited is still to be read.
                (ends.text, self.read, self.waiting) = *done;
            }
            match put? {
                Written::AsItIs => {}
                Written::Otherwise => substitutions += 1,
                Written::Not => has_left_out = true,
            }
            self.waiting = next;
            self.read = read;
            ends.text = &ends.text[len..];
            *done = (ends.text, self.read, self.waiting);
        }
    }

    /// Writes a character, if need be as the suffixes say.
    fn put(&mut self, c: u32, ends: &mut Ends<'_>) -> Result<Written, i32> {
        self.put_mark(ends)?;
        if ends.room.len() < self.to.unit_bytes() {
            return Err(E2BIG);
        }
        let mut written = self.written;
        let was_put = match self.to {
            Charset::Shifting(set) => set.encode(&mut written, c).map(|bytes| ends.put(bytes.as_slice())),
            other => other.encode(c).map(|(bytes, len)| ends.put(&bytes[..len])),
        };
        match was_put {
            Some(false) => Err(E2BIG),
            Some(true) => {
                self.written = written;
                Ok(Written::AsItIs)
            }
            // Tags show nothing, and go without.
            None if matches!(c, 0xe_0000..0xe_0080) => Ok(Written::AsItIs),
            None if self.suffixes.transliterates => {
                if self.put_otherwise(transliterate(c, is_utf8()), ends) {
                    Ok(Written::Otherwise)
                } else {
                    Err(E2BIG)
                }
            }
            None if self.suffixes.ignores => Ok(Written::Not),
            None => Err(EILSEQ),
        }
    }

    fn put_mark(&mut self, ends: &mut Ends<'_>) -> Result<(), i32> {
        let (mark, len) = self.to.mark();
        if self.needs_mark && !ends.put(&mark[..len]) {
            return Err(E2BIG);
        }
        self.needs_mark = false;
        Ok(())
    }

    /// Writes ASCII in the set; all of it or nothing.
    fn put_otherwise(&mut self, text: &[u8], ends: &mut Ends<'_>) -> bool {
        if let Charset::Shifting(set) = self.to {
            let bytes = |state: &mut State, byte: u8| set.encode(state, byte.into()).unwrap_or_default();
            let mut state = self.written;
            let needed: usize = text.iter().map(|&byte| bytes(&mut state, byte).as_slice().len()).sum();
            return needed <= ends.room.len()
                && text.iter().all(|&byte| ends.put(bytes(&mut self.written, byte).as_slice()));
        }
        let encoded = |byte: &u8| self.to.encode(u32::from(*byte)).unwrap_or_default();
        let needed: usize = text.iter().map(|byte| encoded(byte).1).sum();
        needed <= ends.room.len()
            && text.iter().all(|byte| {
                let (bytes, len) = encoded(byte);
                ends.put(&bytes[..len])
            })
    }
}
