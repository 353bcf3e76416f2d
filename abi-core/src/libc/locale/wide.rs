//! Classes, cases and widths of Unicode characters.

use super::ctype::{CLASSES, FIRST, class};

/// Classes of wide characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Class {
    Alnum,
    Alpha,
    Blank,
    Cntrl,
    Digit,
    Graph,
    Lower,
    Print,
    Punct,
    Space,
    Upper,
    Xdigit,
}

/// Classes by name; `wctype` gives the place plus one.
const NAMES: [(&[u8], Class); 12] = [
    (b"alnum", Class::Alnum),
    (b"alpha", Class::Alpha),
    (b"blank", Class::Blank),
    (b"cntrl", Class::Cntrl),
    (b"digit", Class::Digit),
    (b"graph", Class::Graph),
    (b"lower", Class::Lower),
    (b"print", Class::Print),
    (b"punct", Class::Punct),
    (b"space", Class::Space),
    (b"upper", Class::Upper),
    (b"xdigit", Class::Xdigit),
];

/// Returns a class's number, 0 for an unknown name.
pub fn class_number(name: &[u8]) -> u64 {
    NAMES.iter().position(|known| known.0 == name).map_or(0, |index| index as u64 + 1)
}

/// Returns the class of a number.
pub fn class_by_number(number: u64) -> Option<Class> {
    let index = usize::try_from(number.checked_sub(1)?).ok()?;
    NAMES.get(index).map(|known| known.1)
}

fn mask(class: Class) -> u16 {
    match class {
        Class::Alnum => class::ALNUM,
        Class::Alpha => class::ALPHA,
        Class::Blank => class::BLANK,
        Class::Cntrl => class::CNTRL,
        Class::Digit => class::DIGIT,
        Class::Graph => class::GRAPH,
        Class::Lower => class::LOWER,
        Class::Print => class::PRINT,
        Class::Punct => class::PUNCT,
        Class::Space => class::SPACE,
        Class::Upper => class::UPPER,
        Class::Xdigit => class::XDIGIT,
    }
}

/// Tells whether a character is of a class.
pub fn is(class: Class, c: u32) -> bool {
    if c < 128 {
        return CLASSES[FIRST + c as usize] & mask(class) != 0;
    }
    let Some(ch) = char::from_u32(c) else { return false };
    let is_space = ch.is_whitespace() && !matches!(c, 0x85 | 0xa0 | 0x2007 | 0x202f);
    let is_control = ch.is_control() || matches!(c, 0x2028 | 0x2029);
    let is_letter = ch.is_alphanumeric();
    match class {
        Class::Alnum | Class::Alpha => is_letter,
        Class::Blank => is_space && !is_control,
        Class::Cntrl => is_control,
        Class::Digit | Class::Xdigit => false,
        Class::Lower => ch.is_lowercase() || (to_upper(c) != c && to_lower(c) == c),
        Class::Upper => ch.is_uppercase() || (to_lower(c) != c && to_upper(c) == c),
        Class::Space => is_space || matches!(c, 0x2028 | 0x2029),
        Class::Print => !is_control && is_assigned(ch),
        Class::Graph => !is_control && !is_space && is_assigned(ch),
        Class::Punct => !is_control && !is_space && !is_letter && is_assigned(ch),
    }
}

/// Tells apart what Unicode has assigned: its `Debug` form escapes the rest, along with separators and format
/// characters, which count as printable here.
fn is_assigned(ch: char) -> bool {
    let c = ch as u32;
    if matches!(c, 0xad | 0x300..=0x36f | 0x600..=0x605 | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x2064 | 0xe000..=0xf8ff | 0xfeff | 0xfe00..=0xfe0f)
    {
        return true;
    }
    if ch.is_alphanumeric() || ch.is_whitespace() {
        return true;
    }
    // Escapes of more than one character mean unassigned, private or combining.
    let mut escaped = ch.escape_debug();
    escaped.next() == Some(ch) || super::width::is_zero_width(c)
}

/// The lower-case form, if it is one character.
pub fn to_lower(c: u32) -> u32 {
    let Some(ch) = char::from_u32(c) else { return c };
    if c == 0x130 {
        return 0x69;
    }
    let mut lower = ch.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one as u32,
        _ => c,
    }
}

/// The upper-case form, if it is one character.
pub fn to_upper(c: u32) -> u32 {
    let Some(ch) = char::from_u32(c) else { return c };
    let mut upper = ch.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) => one as u32,
        _ => c,
    }
}
