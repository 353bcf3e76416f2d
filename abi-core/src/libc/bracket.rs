//! Bracket expressions of patterns and regular expressions: `[a-z[:digit:]]`.

use crate::libc::locale::{is_utf8, wide};

/// A named class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// `alpha` and so on.
    Alpha,
    /// `upper`
    Upper,
    /// `lower`
    Lower,
    /// `digit`
    Digit,
    /// `xdigit`
    XDigit,
    /// `space`
    Space,
    /// `print`
    Print,
    /// `punct`
    Punct,
    /// `alnum`
    Alnum,
    /// `cntrl`
    Cntrl,
    /// `graph`
    Graph,
    /// `blank`
    Blank,
    /// What `\\W` matches; has no name.
    NotWord,
    /// What `\\S` matches; has no name.
    NotSpace,
}

impl Class {
    /// Finds a class by name.
    pub fn named(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"alpha" => Self::Alpha,
            b"upper" => Self::Upper,
            b"lower" => Self::Lower,
            b"digit" => Self::Digit,
            b"xdigit" => Self::XDigit,
            b"space" => Self::Space,
            b"print" => Self::Print,
            b"punct" => Self::Punct,
            b"alnum" => Self::Alnum,
            b"cntrl" => Self::Cntrl,
            b"graph" => Self::Graph,
            b"blank" => Self::Blank,
            _ => return None,
        })
    }

    /// The same of a character beyond ASCII.
    fn contains_wide(self, c: u32) -> bool {
        let class = match self {
            Self::Alpha => wide::Class::Alpha,
            Self::Upper => wide::Class::Upper,
            Self::Lower => wide::Class::Lower,
            Self::Alnum => wide::Class::Alnum,
            Self::Space => wide::Class::Space,
            Self::Print => wide::Class::Print,
            Self::Graph => wide::Class::Graph,
            Self::Cntrl => wide::Class::Cntrl,
            Self::Punct => wide::Class::Punct,
            _ => return false,
        };
        wide::is(class, c)
    }

    /// Tells whether a character belongs to it.
    pub fn contains(self, c: u32) -> bool {
        match self {
            Self::NotWord => return !(Self::Alnum.contains(c) || c == u32::from(b'_')),
            Self::NotSpace => return !Self::Space.contains(c),
            _ => {}
        }
        let Ok(byte) = u8::try_from(c) else {
            return self.contains_wide(c);
        };
        if byte > 0x7f && is_utf8() {
            return self.contains_wide(c);
        }
        match self {
            Self::Alpha => byte.is_ascii_alphabetic(),
            Self::Upper => byte.is_ascii_uppercase(),
            Self::Lower => byte.is_ascii_lowercase(),
            Self::Digit => byte.is_ascii_digit(),
            Self::XDigit => byte.is_ascii_hexdigit(),
            Self::Space => matches!(byte, b' ' | 9..=13),
            Self::Print => byte == b' ' || byte.is_ascii_graphic(),
            Self::Punct => byte.is_ascii_punctuation(),
            Self::Alnum => byte.is_ascii_alphanumeric(),
            Self::Cntrl => byte.is_ascii_control(),
            Self::Graph => byte.is_ascii_graphic(),
            _ => matches!(byte, b' ' | b'\t'),
        }
    }
}

/// A part of a bracket expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// From one character to another.
    Range(u32, u32),
    /// A character that was named, `[.x.]` or `[=x=]`.
    Named(u32),
    /// A class.
    Class(Class),
}

impl Item {
    /// Tells whether a character belongs to it.
    pub fn contains(self, c: u32) -> bool {
        match self {
            Self::Range(low, high) => (low..=high).contains(&c),
            Self::Named(known) => known == c,
            Self::Class(class) => class.contains(c),
        }
    }
}

/// Why a bracket expression can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BracketError {
    /// No closing bracket.
    Unclosed,
    /// No such class.
    Class,
    /// No such collating element.
    Collating,
    /// A range from high to low.
    Range,
    /// A backslash at the end.
    Escape,
}

/// Reads characters of a pattern.
pub trait Chars {
    /// Returns the character at `at` and its length; `None` at the end.
    fn char_at(&self, at: usize) -> Option<(u32, usize)>;
    /// Returns the bytes from `at`.
    fn bytes_from(&self, at: usize) -> &[u8];
}

/// What differs between kinds of patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// A backslash quotes.
    pub escapes: bool,
    /// `[:alpha:]` is known.
    pub has_classes: bool,
    /// `z-a` is empty, and not wrong.
    pub has_empty_ranges: bool,
    /// A hyphen that makes no range stands at one of the ends.
    pub has_ranges_only: bool,
    /// `[=` without its `=]` are two characters, and a bracket does not lack its end for one.
    pub has_half_classes: bool,
}

/// Reads a bracket expression after its `[` and negation, calling `take` for each part; returns where it ends, after the
/// `]`.
pub fn parse(
    pattern: &dyn Chars,
    start: usize,
    dialect: Dialect,
    take: &mut dyn FnMut(Item) -> Result<(), BracketError>,
) -> Result<usize, BracketError> {
    let mut at = start;
    loop {
        let (c, len) = pattern.char_at(at).ok_or(BracketError::Unclosed)?;
        if c == u32::from(b']') && at > start {
            return Ok(at + len);
        }
        if let [b'[', b':', rest @ ..] = pattern.bytes_from(at)
            && dialect.has_classes
            && let Some(end) = rest.windows(2).position(|pair| pair == b":]")
        {
            take(Item::Class(Class::named(&rest[..end]).ok_or(BracketError::Class)?))?;
            at += 4 + end;
            continue;
        }
        let bytes = pattern.bytes_from(at);
        let is_hyphen = c == u32::from(b'-') && at > start && bytes.get(1).is_some_and(|&next| next != b']');
        if is_hyphen && dialect.has_ranges_only {
            return Err(BracketError::Range);
        }
        let is_equivalence = bytes.starts_with(b"[=");
        let is_named = is_equivalence || bytes.starts_with(b"[.");
        let (low, after) = match element(pattern, at, dialect) {
            Err(_) if is_equivalence && dialect.has_half_classes && !is_closed(bytes, b'=') => {
                take(Item::Range(c, c))?;
                at += len;
                continue;
            }
            found => found?,
        };
        at = after;
        if is_equivalence {
            take(Item::Named(low))?;
            continue;
        }
        let is_range = pattern.bytes_from(at).first() == Some(&b'-')
            && pattern.bytes_from(at).get(1).is_some_and(|&next| next != b']');
        if !is_range {
            take(if is_named { Item::Named(low) } else { Item::Range(low, low) })?;
            continue;
        }
        let (high, after) = element(pattern, at + 1, dialect)?;
        at = after;
        if low > high && !dialect.has_empty_ranges {
            return Err(BracketError::Range);
        }
        take(Item::Range(low, high))?;
    }
}

/// Tells whether a name that a bracket and this letter begin has its end.
#[inline(never)]
fn is_closed(bytes: &[u8], kind: u8) -> bool {
    bytes.windows(2).any(|pair| pair == [kind, b']'])
}

/// Reads an end point: a character, `[.x.]` or `[=x=]`.
fn element(pattern: &dyn Chars, at: usize, dialect: Dialect) -> Result<(u32, usize), BracketError> {
    let bytes = pattern.bytes_from(at);
    if let [b'[', kind @ (b'.' | b'='), rest @ ..] = bytes {
        let (c, len) = pattern.char_at(at + 2).ok_or(BracketError::Unclosed)?;
        return match rest.get(len..len + 2) {
            Some([close, b']']) if close == kind => Ok((c, at + 2 + len + 2)),
            _ if !dialect.has_half_classes && !is_closed(rest, *kind) => Err(BracketError::Unclosed),
            _ => Err(BracketError::Collating),
        };
    }
    let mut at = at;
    if dialect.escapes && bytes.first() == Some(&b'\\') {
        at += 1;
        if bytes.len() == 1 {
            return Err(BracketError::Escape);
        }
    }
    let (c, len) = pattern.char_at(at).ok_or(BracketError::Unclosed)?;
    Ok((c, at + len))
}

/// A pattern of bytes or, with `wide`, of multibyte characters.
#[derive(Debug, Clone, Copy)]
pub struct Pattern<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Whether characters may take several bytes.
    pub wide: bool,
}

impl Chars for Pattern<'_> {
    fn char_at(&self, at: usize) -> Option<(u32, usize)> {
        char_at(self.bytes, at, self.wide)
    }
    fn bytes_from(&self, at: usize) -> &[u8] {
        self.bytes.get(at..).unwrap_or(&[])
    }
}

/// Returns the character at `at` and its length. Bytes that are no character stand for themselves.
pub fn char_at(bytes: &[u8], at: usize, wide: bool) -> Option<(u32, usize)> {
    let &first = bytes.get(at)?;
    if first < 0x80 || !wide {
        return Some((first.into(), 1));
    }
    let rest = bytes.get(at..at + 4).unwrap_or(&bytes[at..]);
    for len in 2..=rest.len() {
        if let Ok(text) = core::str::from_utf8(&rest[..len])
            && let Some(c) = text.chars().next()
        {
            return Some((c as u32, len));
        }
    }
    // Above every character, so that no range holds it.
    Some((0x8000_0000 | u32::from(first), 1))
}

/// Folds case.
pub fn fold(c: u32) -> u32 {
    match u8::try_from(c) {
        Ok(byte) if byte.is_ascii() => byte.to_ascii_lowercase().into(),
        _ => char::from_u32(c).map_or(c, |c| {
            let mut lower = c.to_lowercase();
            match (lower.next(), lower.next()) {
                (Some(one), None) => one as u32,
                _ => c as u32,
            }
        }),
    }
}

/// The other case of a character, or itself.
pub fn other_case(c: u32) -> u32 {
    let folded = fold(c);
    if folded != c {
        return folded;
    }
    char::from_u32(c).map_or(c, |c| {
        let mut upper = c.to_uppercase();
        match (upper.next(), upper.next()) {
            (Some(one), None) => one as u32,
            _ => c as u32,
        }
    })
}
