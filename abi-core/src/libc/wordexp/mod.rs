//! wordexp(3): words as a shell expands them, without command substitution.

use core::ffi::{CStr, c_int};

use self::parameter::{arguments, copy, name_len, number, set_value, value_of};
use crate::exports::stdlib_env::getenv;
use crate::libc::database::passwd::Users;
use crate::libc::database::{Lines, Record};
use crate::libc::files::text_of;
use crate::libc::guest_vec::{GuestVec, OutOfMemory};

mod parameter;

/// `WRDE_NOSYS`
pub const NO_SYSTEM: c_int = -1;
/// `WRDE_NOSPACE`
pub const NO_SPACE: c_int = 1;
/// `WRDE_BADCHAR`
const BAD_CHARACTER: c_int = 2;
/// `WRDE_BADVAL`
const BAD_VALUE: c_int = 3;
/// `WRDE_CMDSUB`
const COMMAND: c_int = 4;
/// `WRDE_SYNTAX`
const SYNTAX: c_int = 5;
/// `WRDE_NOCMD`
const NO_COMMANDS: c_int = 4;
/// `WRDE_SHOWERR`
const SHOW_ERRORS: c_int = 16;
/// `WRDE_UNDEF`
const UNDEFINED_IS_BAD: c_int = 32;

impl From<OutOfMemory> for Failure {
    fn from(_: OutOfMemory) -> Self {
        Self(NO_SPACE)
    }
}

/// Why the words can't be expanded.
pub struct Failure(pub c_int);

type Result<T> = core::result::Result<T, Failure>;

const fn fail<T>(error: c_int) -> Result<T> {
    Err(Failure(error))
}

/// A word as it grows: its text, and a pattern in which what was quoted has backslashes.
struct Word {
    text: GuestVec<u8>,
    pattern: GuestVec<u8>,
    /// Whether there is a word, though it may be empty.
    is_there: bool,
    is_pattern: bool,
}

impl Word {
    const fn new() -> Self {
        Self { text: GuestVec::new(), pattern: GuestVec::new(), is_there: false, is_pattern: false }
    }

    fn put(&mut self, byte: u8, is_quoted: bool) -> Result<()> {
        self.is_there = true;
        self.text.push(byte)?;
        let is_special = matches!(byte, b'*' | b'?' | b'[');
        if is_quoted && (is_special || byte == b'\\' || byte == b']') {
            self.pattern.push(b'\\')?;
        }
        self.is_pattern |= is_special && !is_quoted;
        self.pattern.push(byte)?;
        Ok(())
    }
}

/// Takes each finished word: its text, and its pattern if it is one.
pub trait Words {
    /// Takes one.
    fn add(&mut self, text: &[u8], pattern: Option<&CStr>) -> core::result::Result<(), OutOfMemory>;
}

/// The letters that separate words in values: blanks and others.
struct Separators(&'static [u8]);

impl Separators {
    fn own() -> Self {
        // SAFETY: C strings.
        unsafe {
            let value = getenv(c"IFS".as_ptr());
            Self(if value.is_null() { b" \t\n" } else { text_of(value) })
        }
    }

    fn is_blank(&self, byte: u8) -> bool {
        self.0.contains(&byte) && matches!(byte, b' ' | b'\t' | b'\n')
    }
}

/// What is expanded, and how far.
struct Expansion<'a> {
    text: &'a [u8],
    at: usize,
    flags: c_int,
    word: Word,
    words: &'a mut dyn Words,
    /// Whether there were words before.
    is_behind_word: bool,
    /// Whether all of it is one word.
    is_inner: bool,
}

/// Expands a text.
pub fn expand(text: &[u8], flags: c_int, words: &mut dyn Words) -> Result<()> {
    let mut expansion =
        Expansion { text, at: 0, flags, word: Word::new(), words, is_behind_word: false, is_inner: false };
    while let Some(byte) = expansion.next() {
        match byte {
            b' ' | b'\t' => expansion.end_word()?,
            b'\n' | b'|' | b'&' | b';' | b'<' | b'>' | b'(' | b')' | b'{' | b'}' => {
                return fail(BAD_CHARACTER);
            }
            b'~' if expansion.may_be_home() => expansion.tilde()?,
            other => expansion.letter(other)?,
        }
    }
    expansion.end_word()
}

impl Expansion<'_> {
    fn next(&mut self) -> Option<u8> {
        let byte = self.text.get(self.at).copied();
        self.at += usize::from(byte.is_some());
        byte
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn end_word(&mut self) -> Result<()> {
        let mut word = core::mem::replace(&mut self.word, Word::new());
        if !word.is_there {
            return Ok(());
        }
        let mut pattern = None;
        if word.is_pattern {
            word.pattern.push(0)?;
            pattern = CStr::from_bytes_until_nul(&word.pattern).ok();
        }
        self.is_behind_word = true;
        self.words.add(&word.text, pattern)?;
        Ok(())
    }

    /// Tells whether a tilde here is a folder: at a word's start, and in what the first word assigns.
    fn may_be_home(&self) -> bool {
        let text = &self.word.text;
        !self.word.is_there
            || !self.is_behind_word
                && (text.last() == Some(&b'=') || text.last() == Some(&b':') && text.contains(&b'='))
    }

    /// Takes a letter outside quotes.
    fn letter(&mut self, byte: u8) -> Result<()> {
        match byte {
            b'\\' => match self.next() {
                None => fail(SYNTAX),
                Some(b'\n') => Ok(()),
                Some(next) => self.word.put(next, true),
            },
            b'\'' => {
                self.word.is_there = true;
                loop {
                    match self.next() {
                        None => return fail(SYNTAX),
                        Some(b'\'') => return Ok(()),
                        Some(next) => self.word.put(next, true)?,
                    }
                }
            }
            b'"' => self.quoted(),
            b'$' => self.dollar(false),
            b'`' => self.command(),
            _ => self.word.put(byte, false),
        }
    }

    fn quoted(&mut self) -> Result<()> {
        self.word.is_there = true;
        loop {
            match self.next() {
                None => return fail(SYNTAX),
                Some(b'"') => return Ok(()),
                Some(b'$') => self.dollar(true)?,
                Some(b'`') => self.command()?,
                Some(b'\\') => match self.next() {
                    None => return fail(SYNTAX),
                    Some(b'\n') => {}
                    Some(next @ (b'$' | b'`' | b'"' | b'\\')) => self.word.put(next, true)?,
                    Some(next) => {
                        self.word.put(b'\\', true)?;
                        self.word.put(next, true)?;
                    }
                },
                Some(next) => self.word.put(next, true)?,
            }
        }
    }

    fn command(&self) -> Result<()> {
        fail(if self.flags & NO_COMMANDS != 0 { COMMAND } else { NO_SYSTEM })
    }

    /// Puts the folder of a user, or the caller's own.
    fn tilde(&mut self) -> Result<()> {
        let rest = &self.text[self.at..];
        let end =
            rest.iter().position(|byte| matches!(byte, b'/' | b' ' | b'\t' | b':')).unwrap_or(rest.len());
        let name = &rest[..end];
        if !name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')) {
            return self.word.put(b'~', false);
        }
        // SAFETY: C strings.
        let home = unsafe { text_of(getenv(c"HOME".as_ptr())) };
        if name.is_empty() && !home.is_empty() {
            return home.iter().try_for_each(|&byte| self.word.put(byte, true));
        }
        let Ok(mut lines) = Lines::open(Users::PATH, Users::BUILT_IN) else { return fail(NO_SPACE) };
        while let Some(line) = lines.next_line() {
            let Some(user) = Users::view(line) else { continue };
            if user.name == name || name.is_empty() && user.uid == 0 {
                self.at += end;
                return user.folder.iter().try_for_each(|&byte| self.word.put(byte, true));
            }
        }
        self.word.put(b'~', false)
    }

    /// Takes what follows a dollar sign.
    fn dollar(&mut self, is_quoted: bool) -> Result<()> {
        match self.peek() {
            Some(b'(') if self.text[self.at..].starts_with(b"((") => self.arithmetic(is_quoted),
            Some(b'(') => self.command(),
            Some(b'[') => self.arithmetic(is_quoted),
            Some(b'{') => {
                self.at += 1;
                self.braces(is_quoted)
            }
            Some(b'#') => {
                self.at += 1;
                self.put_value(&number(arguments().count() as u64)?, is_quoted)
            }
            _ => match self.name(false) {
                b"" => self.word.put(b'$', is_quoted),
                name => self.put_parameter(name, is_quoted),
            },
        }
    }

    fn name(&mut self, is_in_braces: bool) -> &'static [u8] {
        let rest = &self.text[self.at..];
        let len = name_len(rest, is_in_braces);
        self.at += len;
        // SAFETY: the caller's text outlives the call.
        unsafe { core::slice::from_raw_parts(rest.as_ptr(), len) }
    }

    /// Returns a parameter's value. Of `"$@"` all but the last argument become words of their own first.
    fn value(&mut self, name: &[u8], is_quoted: bool) -> Result<Option<GuestVec<u8>>> {
        if name != b"@" || !is_quoted || self.is_inner {
            return Ok(value_of(name)?);
        }
        let mut last: &[u8] = b"";
        for (index, argument) in arguments().enumerate() {
            if index > 0 {
                self.put_value(last, true)?;
                self.end_word()?;
                self.word.is_there = true;
            }
            last = argument;
        }
        Ok(Some(copy(last)?))
    }

    fn put_parameter(&mut self, name: &[u8], is_quoted: bool) -> Result<()> {
        match self.value(name, is_quoted)? {
            Some(value) => self.put_value(&value, is_quoted),
            None if self.flags & UNDEFINED_IS_BAD != 0 => fail(BAD_VALUE),
            None => Ok(()),
        }
    }

    /// Puts a value: outside quotes it is cut into words.
    fn put_value(&mut self, value: &[u8], is_quoted: bool) -> Result<()> {
        if is_quoted {
            return value.iter().try_for_each(|&byte| self.word.put(byte, true));
        }
        let separators = Separators::own();
        let mut is_after_blank = false;
        for &byte in value {
            if separators.is_blank(byte) {
                is_after_blank |= self.word.is_there;
                self.end_word()?;
            } else if separators.0.contains(&byte) {
                // Other separators, with the blanks around them, make empty words too.
                if !core::mem::take(&mut is_after_blank) {
                    self.word.is_there = true;
                    self.end_word()?;
                }
            } else {
                is_after_blank = false;
                // As in glibc, values are no patterns.
                self.word.put(byte, true)?;
            }
        }
        Ok(())
    }

    /// Returns what stands up to the brace that closes, and goes past it.
    fn up_to_brace(&mut self) -> Result<&'static [u8]> {
        let start = self.at;
        let mut depth = 0;
        let mut quote = 0;
        while let Some(byte) = self.next() {
            match byte {
                b'\\' if quote != b'\'' => self.at += 1,
                b'\'' | b'"' if quote == byte => quote = 0,
                b'\'' | b'"' if quote == 0 => quote = byte,
                b'{' if quote == 0 => depth += 1,
                b'}' if quote == 0 && depth == 0 => {
                    let part = &self.text[start..self.at - 1];
                    // SAFETY: the caller's text outlives the call.
                    return Ok(unsafe { core::slice::from_raw_parts(part.as_ptr(), part.len()) });
                }
                b'}' if quote == 0 => depth -= 1,
                _ => {}
            }
        }
        fail(SYNTAX)
    }

    /// Expands a text to one word of its own.
    fn inner(&mut self, text: &[u8]) -> Result<Word> {
        struct None;
        impl Words for None {
            fn add(&mut self, _: &[u8], _: Option<&CStr>) -> core::result::Result<(), OutOfMemory> {
                Ok(())
            }
        }
        let (flags, word) = (self.flags, Word::new());
        let mut expansion =
            Expansion { text, at: 0, flags, word, words: &mut None, is_behind_word: true, is_inner: true };
        while let Some(byte) = expansion.next() {
            match byte {
                b'~' if !expansion.word.is_there => expansion.tilde()?,
                b'$' => expansion.dollar(true)?,
                other => expansion.letter(other)?,
            }
        }
        Ok(expansion.word)
    }

    /// Takes `${…}` after its brace.
    fn braces(&mut self, is_quoted: bool) -> Result<()> {
        let wants_length = self.peek() == Some(b'#') && self.text.get(self.at + 1) != Some(&b'}');
        self.at += usize::from(wants_length);
        let name = self.name(true);
        if name.is_empty() {
            return fail(SYNTAX);
        }
        if wants_length {
            if self.next() != Some(b'}') {
                return fail(SYNTAX);
            }
            let len = match name {
                b"*" | b"@" => arguments().count(),
                _ => match value_of(name)? {
                    None if self.flags & UNDEFINED_IS_BAD != 0 => return fail(BAD_VALUE),
                    value => value.map_or(0, |value| value.len()),
                },
            };
            return self.put_value(&number(len as u64)?, is_quoted);
        }
        let counts_empty = self.peek() == Some(b':');
        self.at += usize::from(counts_empty);
        let operator = self.next();
        if operator == Some(b'}') && !counts_empty {
            return self.put_parameter(name, is_quoted);
        }
        let value = self.value(name, is_quoted)?;
        let is_long = !counts_empty && matches!(operator, Some(b'#' | b'%')) && self.peek() == operator;
        self.at += usize::from(is_long);
        let text = self.up_to_brace()?;
        let is_set = value.as_ref().is_some_and(|value| !counts_empty || !value.is_empty());
        let value: &[u8] = value.as_deref().unwrap_or_default();
        match operator {
            Some(b'-' | b'=' | b'?') if is_set => self.put_value(value, is_quoted),
            Some(b'+') if !is_set => Ok(()),
            Some(b'-' | b'+') => {
                let word = self.inner(text)?;
                self.put_value(&word.text, is_quoted)
            }
            Some(b'=') => {
                let word = self.inner(text)?;
                set_value(name, &word.text)?;
                self.put_value(&word.text, is_quoted)
            }
            Some(b'?') => {
                let word = self.inner(text)?;
                if self.flags & SHOW_ERRORS != 0 {
                    let message: &[u8] =
                        if word.text.is_empty() { b"parameter null or not set" } else { &word.text };
                    let stream = crate::libc::state::state().stdio.stderr.get();
                    // SAFETY: the program's stderr.
                    unsafe { crate::exports::stdio_printf::print_to(stream, &[name, b": ", message, b"\n"]) };
                }
                fail(BAD_VALUE)
            }
            Some(cut @ (b'#' | b'%')) if !counts_empty => {
                let word = self.inner(text)?;
                let kept = cut_pattern(value, &word.pattern, cut == b'#', is_long);
                self.put_value(kept, is_quoted)
            }
            _ => fail(SYNTAX),
        }
    }

    /// Takes `((…))`.
    fn arithmetic(&mut self, is_quoted: bool) -> Result<()> {
        // `$[…]` is how it was written once.
        let is_old = self.next() == Some(b'[');
        self.at += usize::from(!is_old);
        let start = self.at;
        let mut depth = 0;
        loop {
            match self.next() {
                None => return fail(SYNTAX),
                Some(b']') if is_old && depth == 0 => break,
                Some(b'(') => depth += 1,
                Some(b')') if depth > 0 => depth -= 1,
                Some(b')') if !is_old && self.peek() == Some(b')') => break,
                Some(b')') => return fail(SYNTAX),
                Some(_) => {}
            }
        }
        let text = &self.text[start..self.at - 1];
        self.at += usize::from(!is_old);
        let word = self.inner(text)?;
        let value = crate::libc::arithmetic::evaluate(&word.text).ok_or(Failure(SYNTAX))?;
        if value < 0 {
            self.word.put(b'-', true)?;
        }
        self.put_value(&number(value.unsigned_abs())?, is_quoted)
    }
}

/// Cuts the shortest or longest part that a pattern matches off a value's start or end.
fn cut_pattern<'a>(value: &'a [u8], pattern: &[u8], at_start: bool, is_long: bool) -> &'a [u8] {
    let count = value.len() + 1;
    for step in 0..count {
        // How long the part is: from none, or from all.
        let len = if is_long { value.len() - step } else { step };
        let (part, rest) = if at_start {
            value.split_at(len)
        } else {
            let (rest, part) = value.split_at(value.len() - len);
            (part, rest)
        };
        if crate::libc::fnmatch::matches(pattern, part, 0, crate::libc::multibyte::is_multibyte()) {
            return rest;
        }
    }
    value
}
