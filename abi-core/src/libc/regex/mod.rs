//! Regular expressions: POSIX regex(3) and GNU's re_search family.
//!
//! [`compile`] turns a pattern into a [`program::Program`]; [`dfa`] finds the leftmost-longest match where it is quick,
//! [`exec`] finds it by simulating all ways at once elsewhere, then [`backtrack`] finds the subexpressions inside it. Only
//! a pattern with back-references is searched by trying ways one after another, within a limit.

pub mod backtrack;
pub mod compile;
pub mod dfa;
pub mod exec;
pub mod program;

#[cfg(test)]
mod tests;

/// Bits of a syntax (`RE_…` of regex.h).
pub mod syntax {
    /// A backslash quotes in a bracket expression.
    pub const BACKSLASH_ESCAPE_IN_LISTS: usize = 1;
    /// `\+` and `\?` are operators, `+` and `?` are not.
    pub const BK_PLUS_QM: usize = 1 << 1;
    /// `[:alpha:]` is known.
    pub const CHAR_CLASSES: usize = 1 << 2;
    /// `^` and `$` are anchors everywhere.
    pub const CONTEXT_INDEP_ANCHORS: usize = 1 << 3;
    /// `*` is an operator everywhere.
    pub const CONTEXT_INDEP_OPS: usize = 1 << 4;
    /// `*` is wrong where it has nothing to repeat.
    pub const CONTEXT_INVALID_OPS: usize = 1 << 5;
    /// `.` matches a newline.
    pub const DOT_NEWLINE: usize = 1 << 6;
    /// `.` does not match NUL.
    pub const DOT_NOT_NULL: usize = 1 << 7;
    /// `[^a]` does not match a newline.
    pub const HAT_LISTS_NOT_NEWLINE: usize = 1 << 8;
    /// `{1,2}` is known.
    pub const INTERVALS: usize = 1 << 9;
    /// `+ ? |` are not known.
    pub const LIMITED_OPS: usize = 1 << 10;
    /// A newline is an alternation.
    pub const NEWLINE_ALT: usize = 1 << 11;
    /// `{`, not `\{`.
    pub const NO_BK_BRACES: usize = 1 << 12;
    /// `(`, not `\(`.
    pub const NO_BK_PARENS: usize = 1 << 13;
    /// No back-references.
    pub const NO_BK_REFS: usize = 1 << 14;
    /// `|`, not `\|`.
    pub const NO_BK_VBAR: usize = 1 << 15;
    /// `[z-a]` is wrong, not empty.
    pub const NO_EMPTY_RANGES: usize = 1 << 16;
    /// A `)` without `(` is an ordinary character.
    pub const UNMATCHED_RIGHT_PAREN_ORD: usize = 1 << 17;
    /// No `\w` and its kin.
    pub const NO_GNU_OPS: usize = 1 << 19;
    /// A wrong interval is ordinary characters.
    pub const INVALID_INTERVAL_ORD: usize = 1 << 21;
    /// Ignore case.
    pub const ICASE: usize = 1 << 22;
    /// `^` after this point is an anchor.
    pub const CARET_ANCHORS_HERE: usize = 1 << 23;
    /// `{` is wrong at the start.
    pub const CONTEXT_INVALID_DUP: usize = 1 << 24;
    /// No subexpressions are wanted.
    pub const NO_SUB: usize = 1 << 25;

    const COMMON: usize = CHAR_CLASSES | DOT_NEWLINE | DOT_NOT_NULL | INTERVALS | NO_EMPTY_RANGES;
    /// Basic regular expressions.
    pub const POSIX_BASIC: usize = COMMON | BK_PLUS_QM | CONTEXT_INVALID_DUP;
    /// Extended regular expressions.
    pub const POSIX_EXTENDED: usize = COMMON
        | CONTEXT_INDEP_ANCHORS
        | CONTEXT_INDEP_OPS
        | NO_BK_BRACES
        | NO_BK_PARENS
        | NO_BK_VBAR
        | CONTEXT_INVALID_OPS
        | UNMATCHED_RIGHT_PAREN_ORD;
}

/// Errors, with the numbers of `reg_errcode_t`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegexError {
    /// `REG_BADPAT`
    Pattern = 2,
    /// `REG_ECOLLATE`
    Collate = 3,
    /// `REG_ECTYPE`
    Class = 4,
    /// `REG_EESCAPE`
    Escape = 5,
    /// `REG_ESUBREG`
    BackReference = 6,
    /// `REG_EBRACK`
    Bracket = 7,
    /// `REG_EPAREN`
    Paren = 8,
    /// `REG_EBRACE`
    Brace = 9,
    /// `REG_BADBR`
    BadInterval = 10,
    /// `REG_ERANGE`
    Range = 11,
    /// `REG_ESPACE`
    Space = 12,
    /// `REG_BADRPT`
    Repeat = 13,
    /// `REG_ESIZE`
    Size = 15,
    /// `REG_ERPAREN`
    UnmatchedClose = 16,
}

impl From<super::guest_vec::OutOfMemory> for RegexError {
    fn from(_: super::guest_vec::OutOfMemory) -> Self {
        Self::Space
    }
}

/// Messages of `regerror(3)` by number.
pub const MESSAGES: [&core::ffi::CStr; 17] = [
    c"Success",
    c"No match",
    c"Invalid regular expression",
    c"Invalid collation character",
    c"Invalid character class name",
    c"Trailing backslash",
    c"Invalid back reference",
    c"Unmatched [, [^, [:, [., or [=",
    c"Unmatched ( or \\(",
    c"Unmatched \\{",
    c"Invalid content of \\{\\}",
    c"Invalid range end",
    c"Memory exhausted",
    c"Invalid preceding regular expression",
    c"Premature end of regular expression",
    c"Regular expression too big",
    c"Unmatched ) or \\)",
];
