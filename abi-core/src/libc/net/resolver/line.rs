//! Records as the lines of a master file (RFC 1035, section 5).

use core::ffi::{CStr, c_int};
use core::fmt::Write;

use super::name;
use super::words::{class_name, type_name, write_ttl};
use crate::exports::arpa_inet::inet_nsap_ntoa;
use crate::libc::files::text_of;
use crate::libc::net::address::Address;

/// Why a line is not written to its end.
pub enum Failure {
    /// There is no room.
    Room,
    /// There is none for a time to live, which no error number tells.
    RoomForTime,
    /// The record's data are not what its type says.
    Format,
}

impl From<core::fmt::Error> for Failure {
    fn from(_: core::fmt::Error) -> Self {
        Self::Room
    }
}

/// What writing comes to.
pub type Written<T = ()> = Result<T, Failure>;

/// A line as it is written.
pub struct Line<'a> {
    out: &'a mut [u8],
    len: usize,
    /// Two spaces took the place of tabs, and go on doing so.
    is_spaced: bool,
    origin: Option<&'a [u8]>,
}

impl Write for Line<'_> {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        self.put(text.as_bytes()).map_err(|_| core::fmt::Error)
    }
}

impl<'a> Line<'a> {
    /// Begins a line, in which names leave out their end where that is the origin.
    pub fn new(out: &'a mut [u8], origin: Option<&'a [u8]>) -> Self {
        Self { out, len: 0, is_spaced: false, origin }
    }

    /// Returns its bytes so far, without the NUL after them.
    pub fn len_bytes(&self) -> usize {
        self.len
    }

    fn put(&mut self, bytes: &[u8]) -> Written {
        // A NUL is to fit, too.
        let end = self.len + bytes.len();
        if end >= self.out.len() {
            return Err(Failure::Room);
        }
        self.out[self.len..end].copy_from_slice(bytes);
        self.out[end] = 0;
        self.len = end;
        Ok(())
    }

    /// Goes to the column `target` after a field that began at a tab and has `len` letters.
    fn tab(&mut self, len: usize, target: usize) -> Written {
        self.is_spaced |= len >= target - 1;
        if self.is_spaced {
            return self.put(b"  ");
        }
        for _ in 0..=(target - len - 1) / 8 {
            self.put(b"\t")?;
        }
        Ok(())
    }

    /// Writes a name without its end where that is the origin; returns its length.
    fn name(&mut self, text: &[u8]) -> Written<usize> {
        let before = self.len;
        let kept = without_origin(text, self.origin);
        let Some(last) = text[..kept].last() else {
            self.put(b"@")?;
            return Ok(0);
        };
        self.put(&text[..kept])?;
        let is_whole = match self.origin {
            None | Some([]) => true,
            Some([first, rest @ ..]) => *first != b'.' && !rest.is_empty() && kept == text.len(),
        };
        if is_whole && *last != b'.' {
            self.put(b".")?;
        }
        Ok(self.len - before)
    }

    /// Writes text in quotation marks.
    fn quoted(&mut self, text: &[u8]) -> Written {
        self.put(b"\"")?;
        for &byte in text {
            if matches!(byte, b'\n' | b'"' | b'\\' | 0) {
                self.put(b"\\")?;
            }
            self.put(&[byte])?;
        }
        self.put(b"\"")
    }

    /// Writes a time to live; returns its length.
    pub fn ttl(&mut self, seconds: u64) -> Written<usize> {
        let before = self.len;
        write_ttl(self, seconds).map_err(|_| Failure::RoomForTime)?;
        Ok(self.len - before)
    }

    /// Writes data whose meaning is not known (RFC 3597), and why. The parenthesis belongs to a record that has data at all.
    fn hexadecimal(&mut self, record: &Data<'_>, why: core::fmt::Arguments<'_>) -> Written {
        let data = record.rest();
        write!(self, "\\# {}{}\t; {why}", data.len(), if record.data.is_empty() { "" } else { " (" })?;
        for chunk in data.chunks(16) {
            self.put(b"\n\t")?;
            for byte in chunk {
                write!(self, "{byte:02x} ")?;
            }
            if chunk.len() < 16 {
                self.put(b")")?;
                self.tab(chunk.len() * 3 + 2, 48)?;
            }
            self.put(b"; ")?;
            for byte in chunk {
                self.put(&[if byte.is_ascii_graphic() || *byte == b' ' { *byte } else { b'.' }])?;
            }
        }
        Ok(())
    }
}

/// How many letters of a name come before the origin.
fn without_origin(text: &[u8], origin: Option<&[u8]>) -> usize {
    let Some(origin) = origin else { return text.len() };
    let mut at = 0;
    while at < text.len() {
        if name::is_same_text(&text[at..], origin) {
            return at.saturating_sub(1);
        }
        while at < text.len() && text[at] != b'.' {
            at += if text[at] == b'\\' { 2 } else { 1 };
        }
        at += 1;
    }
    text.len()
}

/// A record's data as they are read.
pub struct Data<'a> {
    message: &'a [u8],
    data: &'a [u8],
    /// Where the data are in the message.
    offset: Option<usize>,
    at: usize,
}

impl<'a> Data<'a> {
    /// Begins with the first byte; `offset` is where the data are in the message, if they are.
    pub fn new(message: &'a [u8], data: &'a [u8], offset: Option<usize>) -> Self {
        Self { message, data, offset, at: 0 }
    }

    fn rest(&self) -> &'a [u8] {
        self.data.get(self.at..).unwrap_or_default()
    }

    fn take(&mut self, count: usize) -> Written<&'a [u8]> {
        let taken = self.rest().get(..count).ok_or(Failure::Format)?;
        self.at += count;
        Ok(taken)
    }

    fn half(&mut self) -> Written<u16> {
        Ok(self.take(2)?.iter().fold(0, |value, byte| value << 8 | u16::from(*byte)))
    }

    fn word(&mut self) -> Written<u64> {
        Ok(self.take(4)?.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
    }

    /// A name, which has no room if it can't be read, as with glibc.
    fn name(&mut self, line: &mut Line<'_>) -> Written {
        let mut wire = [0; name::LONGEST];
        let mut text = [0; 4 * name::LONGEST];
        let start = self.offset.ok_or(Failure::Room)? + self.at;
        let (taken, len) = name::unpack(self.message, start, &mut wire).ok_or(Failure::Room)?;
        let written = name::to_text(&wire[..len], &mut text).ok_or(Failure::Room)?;
        self.at += taken;
        match &text[..written - 1] {
            root @ ([] | [b'.']) => line.put(if root.is_empty() { b"." } else { root }),
            text => line.name(text).map(|_| ()),
        }
    }

    /// A text of which the length comes first.
    fn text(&mut self, line: &mut Line<'_>) -> Written {
        let len = self.rest().first().map(|len| usize::from(*len));
        let Some(text) = len.and_then(|len| self.rest().get(1..=len)) else {
            line.quoted(b"")?;
            return Err(Failure::Format);
        };
        line.quoted(text)?;
        self.at += 1 + text.len();
        Ok(())
    }
}

/// Writes the data of a record of class IN or another, in which the common types mean the same.
fn write_data(line: &mut Line<'_>, data: &mut Data<'_>, kind: c_int) -> Written {
    const SOA_TIMES: [&str; 4] = ["refresh", "retry", "expiry", "minimum"];
    match type_name(kind).map_or(&b""[..], CStr::to_bytes) {
        b"A" => match data.rest() {
            &[a, b, c, d] => line.put(Address::V4([a, b, c, d]).text().as_bytes()),
            _ => Err(Failure::Format),
        },
        b"AAAA" => match <[u8; 16]>::try_from(data.rest()) {
            Ok(address) => line.put(Address::V6(address).text().as_bytes()),
            Err(_) => Err(Failure::Format),
        },
        b"CNAME" | b"MB" | b"MG" | b"MR" | b"NS" | b"PTR" | b"DNAME" => data.name(line),
        b"HINFO" => {
            data.text(line)?;
            line.put(b" ")?;
            data.text(line)
        }
        b"ISDN" => {
            data.text(line)?;
            line.put(b" ")?;
            if data.rest().is_empty() { Ok(()) } else { data.text(line) }
        }
        b"SOA" => {
            data.name(line)?;
            line.put(b" ")?;
            data.name(line)?;
            line.put(b" (\n")?;
            if data.rest().len() < 20 {
                return Err(Failure::Format);
            }
            line.is_spaced = false;
            let before = line.len;
            let serial = data.word()?;
            write!(line, "\t\t\t\t\t{serial}")?;
            let len = line.len - before - 5;
            line.tab(len, 16)?;
            line.put(b"; serial\n")?;
            for what in SOA_TIMES {
                line.put(b"\t\t\t\t\t")?;
                let seconds = data.word()?;
                let len = line.ttl(seconds)?;
                if what == "minimum" {
                    line.put(b" )")?;
                }
                line.tab(len, 16)?;
                writeln!(line, "; {what}")?;
            }
            Ok(())
        }
        b"MX" | b"AFSDB" | b"RT" => {
            write!(line, "{} ", data.half()?)?;
            data.name(line)
        }
        b"PX" => {
            write!(line, "{} ", data.half()?)?;
            data.name(line)?;
            line.put(b" ")?;
            data.name(line)
        }
        b"X25" => data.text(line),
        b"TXT" => {
            while !data.rest().is_empty() {
                data.text(line)?;
                if !data.rest().is_empty() {
                    line.put(b" ")?;
                }
            }
            Ok(())
        }
        b"NSAP" => {
            let mut text = [0; 768];
            // SAFETY: the data, and room for three letters of each of at most 255 bytes.
            let text = unsafe {
                let rest = data.rest();
                inet_nsap_ntoa(rest.len() as c_int, rest.as_ptr(), text.as_mut_ptr());
                text_of(text.as_ptr())
            };
            line.put(text)
        }
        b"NAPTR" => {
            if data.rest().len() < 4 {
                return Err(Failure::Format);
            }
            write!(line, "{} {} ", data.half()?, data.half()?)?;
            for _ in 0..3 {
                data.text(line)?;
                line.put(b" ")?;
            }
            data.name(line)
        }
        b"SRV" => {
            if data.rest().len() < 6 {
                return Err(Failure::Format);
            }
            write!(line, "{} {} {} ", data.half()?, data.half()?, data.half()?)?;
            data.name(line)
        }
        b"MINFO" | b"RP" => {
            data.name(line)?;
            line.put(b" ")?;
            data.name(line)
        }
        _ => line.hexadecimal(data, format_args!("unknown RR type {kind}")),
    }
}

/// A record but for its data.
pub struct Record<'a> {
    /// The owner.
    pub name: &'a [u8],
    /// Its type.
    pub kind: c_int,
    /// Its class.
    pub class: c_int,
    /// How long it holds, in seconds.
    pub ttl: u64,
}

/// Writes a record, without its owner if that is the context's.
pub fn write_record(
    line: &mut Line<'_>,
    data: &mut Data<'_>,
    record: &Record<'_>,
    context: Option<&[u8]>,
) -> Written {
    if context.is_some_and(|context| name::is_same_text(record.name, context)) {
        line.put(b"\t\t\t")?;
    } else {
        match line.name(record.name)? {
            0 => line.put(b"\t\t\t")?,
            len => line.tab(len, 24)?,
        }
    }
    let before = line.len;
    line.ttl(record.ttl)?;
    for (name, number) in [(class_name(record.class), record.class), (type_name(record.kind), record.kind)] {
        line.put(b" ")?;
        match name {
            Some(name) => line.put(name.to_bytes())?,
            None => write!(line, "{number}")?,
        }
    }
    let len = line.len - before;
    line.tab(len, 16)?;
    match write_data(line, data, record.kind) {
        Err(Failure::Format) => line.hexadecimal(data, format_args!("RR format error")),
        written => written,
    }
}
