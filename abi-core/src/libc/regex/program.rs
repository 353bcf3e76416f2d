//! A compiled expression.

use super::dfa::Dfa;
use crate::libc::bracket::{Item, char_at, fold, other_case};
use crate::libc::guest_vec::GuestVec;

/// What must hold at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assertion {
    /// `^`
    LineStart,
    /// `$`
    LineEnd,
    /// `` \` ``
    TextStart,
    /// `\'`
    TextEnd,
    /// `\<`
    WordStart,
    /// `\>`
    WordEnd,
    /// `\b`
    WordEdge,
    /// `\B`
    NotWordEdge,
}

/// An instruction. Jumps are relative, so that code can be moved and copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inst {
    /// Takes this character (folded if case is ignored).
    Char(u32),
    /// Takes any character.
    Any,
    /// Takes a character of a set: where its items start, how many, whether it is negated.
    Set(u32, u32, bool),
    /// Goes on at either place, the first one preferred.
    Split(i32, i32),
    /// Goes on elsewhere.
    Jump(i32),
    /// Notes the place in a slot.
    Save(u32),
    /// Goes on if something holds.
    Assert(Assertion),
    /// Takes the same text as a group.
    BackReference(u32),
    /// Notes where a round of a loop starts.
    Mark(u32),
    /// Goes back if the round took something, else on.
    Loop(u32, i32),
    /// The end.
    Match,
}

/// A compiled expression.
pub struct Program {
    /// Its instructions.
    pub code: GuestVec<Inst>,
    /// Parts of its sets.
    pub items: GuestVec<Item>,
    /// Groups, without the whole.
    pub groups: usize,
    /// Loops that have a mark.
    pub marks: usize,
    /// Whether there are back-references.
    pub has_references: bool,
    /// Ignore case.
    pub folds: bool,
    /// Characters may take several bytes.
    pub wide: bool,
    /// `.` takes a newline.
    pub dot_newline: bool,
    /// `.` takes NUL.
    pub dot_nul: bool,
    /// `[^…]` takes a newline.
    pub hat_newline: bool,
    /// How a match can start.
    pub starts: Starts,
    /// What searches have found out about it.
    pub dfa: Dfa,
}

/// How a match can start: what a search looks for before it tries.
pub struct Starts {
    /// The bytes it can start with.
    pub bytes: [bool; 256],
    /// It may take nothing.
    pub can_be_empty: bool,
    /// It only starts where `^` or `` \` `` holds.
    pub is_at_line_start: bool,
}

impl Starts {
    /// Before a program is known.
    pub const ANYHOW: Self = Self { bytes: [true; 256], can_be_empty: true, is_at_line_start: false };

    /// The next place from `at` to `last` where a match may start.
    pub fn next(&self, subject: &Subject<'_>, at: usize, last: usize) -> Option<usize> {
        if self.can_be_empty || self.is_at_line_start {
            return (at..=last).find(|&at| self.may_be_at(subject, at));
        }
        let candidates = subject.text.get(at..subject.text.len().min(last + 1))?;
        candidates.iter().position(|&byte| self.bytes[usize::from(byte)]).map(|distance| at + distance)
    }

    /// Tells whether a match may start at this place.
    pub fn may_be_at(&self, subject: &Subject<'_>, at: usize) -> bool {
        (self.can_be_empty || subject.text.get(at).is_some_and(|&byte| self.bytes[usize::from(byte)]))
            && (!self.is_at_line_start || at == 0 || subject.holds(Assertion::LineStart, at))
    }
}

/// How the text lies.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The bytes.
    pub text: &'a [u8],
    /// Where a match ends at the latest. What comes then is there all the same.
    pub stop: usize,
    /// `^` does not match at the start.
    pub not_bol: bool,
    /// `$` does not match at the end.
    pub not_eol: bool,
    /// Anchors match at newlines.
    pub newline_anchor: bool,
}

/// Tells whether a byte belongs to a word.
pub fn is_word(byte: Option<&u8>) -> bool {
    byte.is_some_and(|&b| b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80)
}

impl Program {
    /// Tells whether the instruction takes this character.
    pub fn takes(&self, inst: Inst, c: u32) -> bool {
        match inst {
            Inst::Char(want) => want == c || self.folds && want == fold(c),
            Inst::Any => (self.dot_newline || c != 10) && (self.dot_nul || c != 0) && c < 0x8000_0000,
            Inst::Set(start, count, is_negated) => {
                let items = self.items.get(start as usize..(start + count) as usize).unwrap_or(&[]);
                let other = if self.folds { other_case(c) } else { c };
                let is_member = items.iter().any(|item| item.contains(c) || item.contains(other));
                if is_negated { !is_member && (self.hat_newline || c != 10) } else { is_member }
            }
            _ => false,
        }
    }

    /// Returns the character at `at` and its length.
    pub fn char_at(&self, subject: &Subject<'_>, at: usize) -> Option<(u32, usize)> {
        char_at(subject.text.get(..subject.stop)?, at, self.wide)
    }
}

impl Subject<'_> {
    /// Tells whether an assertion holds at a place.
    pub fn holds(&self, assertion: Assertion, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|i| self.text.get(i));
        let after = self.text.get(at);
        let (word_before, word_after) = (is_word(before), is_word(after));
        match assertion {
            Assertion::LineStart => at == 0 && !self.not_bol || self.newline_anchor && before == Some(&b'\n'),
            Assertion::LineEnd => {
                at == self.text.len() && !self.not_eol || self.newline_anchor && after == Some(&b'\n')
            }
            Assertion::TextStart => at == 0,
            Assertion::TextEnd => at == self.text.len(),
            Assertion::WordStart => !word_before && word_after,
            Assertion::WordEnd => word_before && !word_after,
            Assertion::WordEdge => word_before != word_after,
            Assertion::NotWordEdge => word_before == word_after,
        }
    }
}
