//! Classes, cases and widths of Unicode characters.

use super::classes::{Kind, is_combining, is_combining_level_3, kind};
use super::ctype::{CLASSES, FIRST, class};
use super::known;

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
    Combining,
    CombiningLevel3,
}

/// Classes by name; `wctype` gives the place plus one.
const NAMES: [(&[u8], Class); 14] = [
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
    (b"combining", Class::Combining),
    (b"combining_level3", Class::CombiningLevel3),
];

/// How many of them the C locale has.
const C_NAMES: usize = 12;

/// Returns a class's number, 0 for a name that the locale does not have.
pub fn class_number(name: &[u8], is_utf8: bool) -> u64 {
    let names = if is_utf8 { &NAMES[..] } else { &NAMES[..C_NAMES] };
    names.iter().position(|known| known.0 == name).map_or(0, |index| index as u64 + 1)
}

/// Returns the class of a number.
pub fn class_by_number(number: u64) -> Option<Class> {
    let index = usize::try_from(number.checked_sub(1)?).ok()?;
    NAMES.get(index).map(|known| known.1)
}

#[inline]
const fn mask(class: Class) -> u16 {
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
        Class::Combining | Class::CombiningLevel3 => 0,
    }
}

/// Tells whether a character is of a class.
#[inline]
pub fn is(class: Class, c: u32) -> bool {
    if c < 128 {
        return CLASSES[FIRST + c as usize] & mask(class) != 0;
    }
    match mask(class) {
        0 => is_found(class, c),
        mask => known::traits(c) & mask != 0,
    }
}

/// As [`is`], of a character that is not ASCII.
fn is_found(class: Class, c: u32) -> bool {
    let kind = kind(c);
    match class {
        Class::Alnum | Class::Alpha => kind == Kind::Alpha,
        Class::Blank => kind == Kind::Blank,
        Class::Cntrl => matches!(kind, Kind::Cntrl | Kind::Break),
        Class::Digit | Class::Xdigit => false,
        Class::Lower => is_lower(c),
        Class::Upper => is_upper(c),
        Class::Space => matches!(kind, Kind::Blank | Kind::Break),
        Class::Print => matches!(kind, Kind::Alpha | Kind::Punct | Kind::Blank),
        Class::Graph => matches!(kind, Kind::Alpha | Kind::Punct),
        Class::Punct => kind == Kind::Punct,
        Class::Combining => is_combining(c),
        Class::CombiningLevel3 => is_combining_level_3(c),
    }
}

/// The mask of all classes that a character is of which is not ASCII.
pub(super) fn masks(c: u32) -> u16 {
    NAMES.iter().filter(|(_, class)| is_found(*class, c)).fold(0, |all, (_, class)| all | mask(*class))
}

/// Digraphs of which only the first letter is a capital count as both.
fn is_digraph(c: u32) -> bool {
    matches!(c, 0x1c5 | 0x1c8 | 0x1cb | 0x1f2)
}

fn is_lower(c: u32) -> bool {
    match c {
        0x295 => return true,
        // Small letters by their look, which got the property after Unicode 14.
        0x10fc | 0xa7f2..=0xa7f4 | 0xab69 => return false,
        _ if is_digraph(c) => return true,
        _ => {}
    }
    let is_lowercase = || char::from_u32(c).is_some_and(char::is_lowercase);
    is_assigned(c) && (is_lowercase() || to_upper(c) != c && to_lower(c) == c)
}

fn is_upper(c: u32) -> bool {
    let is_uppercase = || char::from_u32(c).is_some_and(char::is_uppercase);
    is_digraph(c) || is_assigned(c) && (is_uppercase() || to_lower(c) != c && to_upper(c) == c)
}

/// Tells apart what later editions of Unicode have added: Rust knows those, too.
fn is_assigned(c: u32) -> bool {
    c < 128 || kind(c) != Kind::Unassigned
}

/// The one character of a mapped form, if it is one that both ends of exist.
fn one(c: u32, mut mapped: impl Iterator<Item = char>) -> u32 {
    match (mapped.next(), mapped.next()) {
        (Some(one), None) if is_assigned(c) && is_assigned(one as u32) => one as u32,
        _ => c,
    }
}

/// The lower-case form, if it is one character.
pub fn to_lower(c: u32) -> u32 {
    match char::from_u32(c) {
        Some('\u{130}') => 0x69,
        Some(ch) => one(c, ch.to_lowercase()),
        None => c,
    }
}

/// The upper-case form, if it is one character.
pub fn to_upper(c: u32) -> u32 {
    match c {
        // Greek letters with an iota below have capitals with an iota beside them.
        0x1f80..=0x1f87 | 0x1f90..=0x1f97 | 0x1fa0..=0x1fa7 => c + 8,
        0x1fb3 | 0x1fc3 | 0x1ff3 => c + 9,
        _ => char::from_u32(c).map_or(c, |ch| one(c, ch.to_uppercase())),
    }
}

/// The form at the beginning of a title.
pub fn to_title(c: u32) -> u32 {
    match c {
        0x1c4..=0x1c6 => 0x1c5,
        0x1c7..=0x1c9 => 0x1c8,
        0x1ca..=0x1cc => 0x1cb,
        0x1f1..=0x1f3 => 0x1f2,
        // Titles in Georgian have no capitals.
        0x10d0..=0x10ff => c,
        _ => to_upper(c),
    }
}
