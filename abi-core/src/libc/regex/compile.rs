//! From pattern to program.

use super::RegexError;
use super::dfa::Dfa;
use super::program::{Assertion, Inst, Program, Starts};
use super::syntax::*;
use crate::libc::bracket::{self, BracketError, Class, Dialect, Item, Pattern, char_at, fold};
use crate::libc::guest_vec::GuestVec;

/// The most groups within groups.
const DEPTH_MAX: usize = 200;
/// The most repetitions (`RE_DUP_MAX`).
const REPEAT_MAX: usize = 0x7fff;
/// The most instructions.
const CODE_MAX: usize = 1 << 20;

/// A token of the pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    End,
    Char(u32),
    Any,
    Open,
    Close,
    Bar,
    Star,
    Plus,
    Question,
    OpenBrace,
    OpenBracket,
    Caret,
    Dollar,
    Reference(u32),
    Word(bool),
    Space(bool),
    Assert(Assertion),
    TrailingBackslash,
}

struct Compiler<'a> {
    pattern: &'a [u8],
    at: usize,
    syntax: usize,
    program: Program,
    depth: usize,
    /// Groups that are closed, as bits, for the first 64.
    closed: u64,
}

/// Compiles a pattern.
pub fn compile(pattern: &[u8], syntax: usize, wide: bool) -> Result<Program, RegexError> {
    let program = Program {
        code: GuestVec::new(),
        items: GuestVec::new(),
        groups: 0,
        marks: 0,
        has_references: false,
        folds: syntax & ICASE != 0,
        wide,
        dot_newline: syntax & DOT_NEWLINE != 0,
        dot_nul: syntax & DOT_NOT_NULL == 0,
        hat_newline: syntax & HAT_LISTS_NOT_NEWLINE == 0,
        starts: Starts::ANYHOW,
        dfa: Dfa::new(),
    };
    let mut compiler = Compiler { pattern, at: 0, syntax, program, depth: 0, closed: 0 };
    compiler.alternatives()?;
    if compiler.at < pattern.len() {
        return Err(RegexError::UnmatchedClose);
    }
    compiler.program.code.push(Inst::Match)?;
    let mut program = compiler.program;
    program.starts = super::exec::starts(&program)?;
    Ok(program)
}

impl Compiler<'_> {
    const fn has(&self, bit: usize) -> bool {
        self.syntax & bit != 0
    }

    /// Reads the token at `at` without its meaning in context; returns it and its length.
    fn token_at(&self, at: usize) -> (Token, usize) {
        let Some((c, len)) = char_at(self.pattern, at, self.program.wide) else { return (Token::End, 0) };
        let has_plus = !self.has(LIMITED_OPS);
        let token = match u8::try_from(c).unwrap_or(0) {
            b'\\' => return self.escape_at(at),
            b'.' => Token::Any,
            b'[' => Token::OpenBracket,
            b'*' => Token::Star,
            b'^' => Token::Caret,
            b'$' => Token::Dollar,
            b'+' if has_plus && !self.has(BK_PLUS_QM) => Token::Plus,
            b'?' if has_plus && !self.has(BK_PLUS_QM) => Token::Question,
            b'{' if self.has(INTERVALS) && self.has(NO_BK_BRACES) => Token::OpenBrace,
            b'(' if self.has(NO_BK_PARENS) => Token::Open,
            b')' if self.has(NO_BK_PARENS) => Token::Close,
            b'|' if has_plus && self.has(NO_BK_VBAR) => Token::Bar,
            b'\n' if self.has(NEWLINE_ALT) => Token::Bar,
            _ => Token::Char(c),
        };
        (token, len)
    }

    fn escape_at(&self, at: usize) -> (Token, usize) {
        let Some((c, len)) = char_at(self.pattern, at + 1, self.program.wide) else {
            return (Token::TrailingBackslash, 1);
        };
        let has_plus = !self.has(LIMITED_OPS);
        let gnu = !self.has(NO_GNU_OPS);
        let token = match u8::try_from(c).unwrap_or(0) {
            b'+' if has_plus && self.has(BK_PLUS_QM) => Token::Plus,
            b'?' if has_plus && self.has(BK_PLUS_QM) => Token::Question,
            b'{' if self.has(INTERVALS) && !self.has(NO_BK_BRACES) => Token::OpenBrace,
            b'(' if !self.has(NO_BK_PARENS) => Token::Open,
            b')' if !self.has(NO_BK_PARENS) => Token::Close,
            b'|' if has_plus && !self.has(NO_BK_VBAR) => Token::Bar,
            digit @ b'1'..=b'9' if !self.has(NO_BK_REFS) => Token::Reference(u32::from(digit - b'0')),
            b'w' if gnu => Token::Word(true),
            b'W' if gnu => Token::Word(false),
            b's' if gnu => Token::Space(true),
            b'S' if gnu => Token::Space(false),
            b'<' if gnu => Token::Assert(Assertion::WordStart),
            b'>' if gnu => Token::Assert(Assertion::WordEnd),
            b'b' if gnu => Token::Assert(Assertion::WordEdge),
            b'B' if gnu => Token::Assert(Assertion::NotWordEdge),
            b'`' if gnu => Token::Assert(Assertion::TextStart),
            b'\'' if gnu => Token::Assert(Assertion::TextEnd),
            _ => Token::Char(c),
        };
        (token, 1 + len)
    }

    fn peek(&self) -> Token {
        self.token_at(self.at).0
    }

    fn advance(&mut self) {
        self.at += self.token_at(self.at).1;
    }

    fn len(&self) -> usize {
        self.program.code.len()
    }

    fn push(&mut self, inst: Inst) -> Result<(), RegexError> {
        if self.len() >= CODE_MAX {
            return Err(RegexError::Space);
        }
        Ok(self.program.code.push(inst)?)
    }

    /// `branch|branch…`
    fn alternatives(&mut self) -> Result<(), RegexError> {
        let start = self.len();
        // A reference is to a group before the alternatives or in its own.
        let (before, mut closed) = (self.closed, 0);
        self.branch()?;
        while self.peek() == Token::Bar {
            self.advance();
            closed |= core::mem::replace(&mut self.closed, before);
            let len = (self.len() - start) as i32;
            self.program.code.insert(start, Inst::Split(1, len + 2))?;
            let jump = self.len();
            self.push(Inst::Jump(0))?;
            self.branch()?;
            let distance = (self.len() - jump) as i32;
            self.program.code[jump] = Inst::Jump(distance);
        }
        self.closed |= closed;
        Ok(())
    }

    /// `piece piece…`
    fn branch(&mut self) -> Result<(), RegexError> {
        let mut is_start = true;
        loop {
            match self.peek() {
                Token::End | Token::Bar => return Ok(()),
                Token::Close if self.depth > 0 || !self.has(UNMATCHED_RIGHT_PAREN_ORD) => return Ok(()),
                _ => {}
            }
            let start = self.len();
            // An anchor is not repeated: an operator behind it stands as at the start.
            let is_anchor = self.atom(is_start)?;
            is_start = false;
            if !is_anchor {
                self.repeats(start)?;
            }
        }
    }

    /// Tells whether a `^` here is an anchor.
    fn caret_is_anchor(&self, is_start: bool) -> bool {
        self.has(CONTEXT_INDEP_ANCHORS)
            || is_start
            || self.has(NEWLINE_ALT) && self.pattern.get(self.at.wrapping_sub(1)) == Some(&b'\n')
    }

    /// Tells whether a `$` here is an anchor.
    fn dollar_is_anchor(&self) -> bool {
        self.has(CONTEXT_INDEP_ANCHORS)
            || matches!(self.token_at(self.at + 1).0, Token::End | Token::Close | Token::Bar)
    }

    /// One atom; tells whether it was an anchor.
    fn atom(&mut self, is_start: bool) -> Result<bool, RegexError> {
        let token = self.peek();
        match token {
            Token::TrailingBackslash => return Err(RegexError::Escape),
            Token::Caret if self.caret_is_anchor(is_start) => {
                self.advance();
                self.push(Inst::Assert(Assertion::LineStart))?;
                return Ok(true);
            }
            Token::Dollar if self.dollar_is_anchor() => {
                self.advance();
                self.push(Inst::Assert(Assertion::LineEnd))?;
                return Ok(true);
            }
            Token::Star | Token::Plus | Token::Question => {
                if self.has(CONTEXT_INVALID_OPS) {
                    return Err(RegexError::Repeat);
                }
                let is_operator = self.has(CONTEXT_INDEP_OPS);
                if is_operator {
                    self.advance();
                    return self.atom_or_end(is_start);
                }
            }
            Token::OpenBrace => {
                if self.has(CONTEXT_INVALID_DUP) {
                    return Err(RegexError::Repeat);
                }
                if self.has(CONTEXT_INVALID_OPS) && !self.has(INVALID_INTERVAL_ORD) {
                    return Err(RegexError::Repeat);
                }
                if self.has(CONTEXT_INDEP_OPS) {
                    self.advance();
                    return self.atom_or_end(is_start);
                }
            }
            _ => {}
        }
        let start = self.at;
        self.advance();
        match token {
            Token::Any => self.push(Inst::Any)?,
            Token::Open => self.group()?,
            Token::OpenBracket => self.bracket()?,
            Token::Reference(number) => {
                if number as usize > self.program.groups || self.closed & (1 << number) == 0 {
                    return Err(RegexError::BackReference);
                }
                self.program.has_references = true;
                self.push(Inst::BackReference(number))?;
            }
            Token::Word(is_in) => {
                let items = [Item::Class(Class::Alnum), Item::Range(95, 95)];
                let others = [Item::Class(Class::NotWord)];
                self.set(if is_in { &items } else { &others })?;
            }
            Token::Space(is_in) => {
                self.set(&[Item::Class(if is_in { Class::Space } else { Class::NotSpace })])?;
            }
            Token::Assert(assertion) => {
                self.push(Inst::Assert(assertion))?;
                return Ok(true);
            }
            Token::Char(c) => self.literal(c)?,
            // An operator where it is an ordinary character: its last letter.
            _ => {
                let last =
                    self.pattern.get(start..self.at).and_then(|text| text.last()).copied().unwrap_or(0);
                self.literal(last.into())?;
            }
        }
        Ok(false)
    }

    fn atom_or_end(&mut self, is_start: bool) -> Result<bool, RegexError> {
        match self.peek() {
            Token::End | Token::Bar => Ok(false),
            // After an operator that had nothing to repeat, this begins an expression, as glibc has it.
            Token::Close if !self.has(UNMATCHED_RIGHT_PAREN_ORD) => Ok(false),
            _ => self.atom(is_start),
        }
    }

    fn literal(&mut self, c: u32) -> Result<(), RegexError> {
        self.push(Inst::Char(if self.program.folds { fold(c) } else { c }))
    }

    fn set(&mut self, items: &[Item]) -> Result<(), RegexError> {
        let start = self.program.items.len() as u32;
        self.program.items.extend(items)?;
        self.push(Inst::Set(start, items.len() as u32, false))
    }

    fn group(&mut self) -> Result<(), RegexError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(RegexError::Space);
        }
        self.program.groups += 1;
        let number = self.program.groups;
        self.push(Inst::Save(2 * number as u32))?;
        self.alternatives()?;
        if self.peek() != Token::Close {
            return Err(RegexError::Paren);
        }
        self.advance();
        self.depth -= 1;
        if number < 64 {
            self.closed |= 1 << number;
        }
        self.push(Inst::Save(2 * number as u32 + 1))
    }

    fn bracket(&mut self) -> Result<(), RegexError> {
        let is_negated = self.pattern.get(self.at) == Some(&b'^');
        let start = self.at + usize::from(is_negated);
        if start >= self.pattern.len() {
            return Err(RegexError::Pattern);
        }
        let view = Pattern { bytes: self.pattern, wide: self.program.wide };
        let first = self.program.items.len();
        let items = &mut self.program.items;
        let dialect = Dialect {
            escapes: self.syntax & BACKSLASH_ESCAPE_IN_LISTS != 0,
            has_classes: self.syntax & CHAR_CLASSES != 0,
            has_empty_ranges: self.syntax & NO_EMPTY_RANGES == 0,
            has_ranges_only: true,
            has_half_classes: false,
        };
        let end = bracket::parse(&view, start, dialect, &mut |item| {
            items.push(item).map_err(|_| BracketError::Unclosed)
        })
        .map_err(|error| match error {
            BracketError::Unclosed => RegexError::Bracket,
            BracketError::Class => RegexError::Class,
            BracketError::Collating => RegexError::Collate,
            BracketError::Range => RegexError::Range,
            BracketError::Escape => RegexError::Escape,
        })?;
        self.at = end;
        let count = self.program.items.len() - first;
        self.push(Inst::Set(first as u32, count as u32, is_negated))
    }

    /// The repetition operators after an atom whose code starts at `start`.
    fn repeats(&mut self, start: usize) -> Result<(), RegexError> {
        loop {
            let bounds = match self.peek() {
                Token::Star => (0, None),
                Token::Plus => (1, None),
                Token::Question => (0, Some(1)),
                Token::OpenBrace => match self.interval()? {
                    Some(bounds) => {
                        self.repeat(start, bounds)?;
                        self.check_duplicate()?;
                        continue;
                    }
                    None => return Ok(()),
                },
                _ => return Ok(()),
            };
            self.advance();
            self.repeat(start, bounds)?;
            self.check_duplicate()?;
        }
    }

    /// BRE has no repetition of a repetition.
    fn check_duplicate(&self) -> Result<(), RegexError> {
        let is_again = matches!(self.peek(), Token::Star | Token::OpenBrace);
        if is_again && self.has(CONTEXT_INVALID_DUP) { Err(RegexError::Repeat) } else { Ok(()) }
    }

    /// Reads `{n,m}`; `None` if it is ordinary characters.
    fn interval(&mut self) -> Result<Option<(usize, Option<usize>)>, RegexError> {
        let open = self.at;
        self.advance();
        let close: &[u8] = if self.has(NO_BK_BRACES) { b"}" } else { b"\\}" };
        let low = self.number();
        let mut high = low;
        if self.pattern.get(self.at) == Some(&b',') {
            self.at += 1;
            high = self.number();
        } else if low.is_none() {
            // `{}` is wrong even where what is no interval is characters.
            let is_empty = self.pattern.get(self.at..).is_some_and(|rest| rest.starts_with(close));
            return if is_empty { Err(RegexError::BadInterval) } else { self.bad_interval(open) };
        }
        let is_bounded = self.pattern.get(self.at.wrapping_sub(1)) != Some(&b',');
        if !self.pattern.get(self.at..).is_some_and(|rest| rest.starts_with(close)) {
            if self.at >= self.pattern.len() && !self.has(INVALID_INTERVAL_ORD) {
                return Err(RegexError::Brace);
            }
            return self.bad_interval(open);
        }
        self.at += close.len();
        let low = low.unwrap_or(0);
        let high = if is_bounded { high } else { None };
        if high.is_some_and(|high| high < low) {
            return Err(RegexError::BadInterval);
        }
        if low > REPEAT_MAX || high.is_some_and(|high| high > REPEAT_MAX) {
            return Err(RegexError::Size);
        }
        Ok(Some((low, high)))
    }

    fn bad_interval(&mut self, open: usize) -> Result<Option<(usize, Option<usize>)>, RegexError> {
        if self.has(INVALID_INTERVAL_ORD) {
            self.at = open + 1;
            self.literal(u32::from(b'{'))?;
            return Ok(None);
        }
        let is_closed = self.pattern.get(self.at..).is_some_and(|rest| rest.contains(&b'}'));
        Err(if is_closed { RegexError::BadInterval } else { RegexError::Brace })
    }

    fn number(&mut self) -> Option<usize> {
        let mut value: Option<usize> = None;
        while let Some(digit @ b'0'..=b'9') = self.pattern.get(self.at) {
            value = Some(value.unwrap_or(0).saturating_mul(10).saturating_add(usize::from(digit - b'0')));
            self.at += 1;
        }
        value
    }

    /// Repeats the code from `start` on.
    fn repeat(&mut self, start: usize, bounds: (usize, Option<usize>)) -> Result<(), RegexError> {
        let len = self.len() - start;
        let (low, high) = bounds;
        let copies = high.unwrap_or(low.max(1));
        if copies.saturating_mul(len + 3).saturating_add(start) > CODE_MAX {
            return Err(RegexError::Space);
        }
        if high == Some(0) {
            self.program.code.truncate(start);
            return Ok(());
        }
        // The first `low` copies must match; the code there is the first.
        let code = &mut self.program.code;
        if low == 0 {
            let Some(high) = high else {
                // x*: an optional x+.
                code.insert(start, Inst::Split(1, len as i32 + 3))?;
                return self.one_or_more(start + 1, len);
            };
            // The copies nest: leaving one leaves all.
            code.insert(start, Inst::Split(1, 0))?;
            let unit = len + 1;
            for _ in 1..high {
                code.extend_from_within(start, unit)?;
            }
            let end = start + unit * high;
            for i in 0..high {
                let at = start + unit * i;
                code[at] = Inst::Split(1, (end - at) as i32);
            }
            return Ok(());
        }
        for _ in 1..low {
            code.extend_from_within(start, len)?;
        }
        match high {
            None => self.one_or_more(start + len * (low - 1), len),
            Some(high) if high > low => {
                let from = start + len * low;
                let unit = len + 1;
                let count = high - low;
                let end = from + unit * count;
                for i in 0..count {
                    let at = from + unit * i;
                    code.push(Inst::Split(1, (end - at) as i32))?;
                    code.extend_from_within(start, len)?;
                }
                Ok(())
            }
            Some(_) => Ok(()),
        }
    }

    /// Makes a loop of the `len` last instructions, from `start` on.
    fn one_or_more(&mut self, start: usize, len: usize) -> Result<(), RegexError> {
        let mark = self.program.marks as u32;
        self.program.marks += 1;
        self.program.code.insert(start, Inst::Mark(mark))?;
        self.push(Inst::Loop(mark, -(len as i32 + 1)))
    }
}
