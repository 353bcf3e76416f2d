//! Character classes of single bytes: the same in all locales, since UTF-8 has ASCII only there.

/// Classes as bits of glibc's tables (little-endian).
pub mod class {
    #![allow(missing_docs, reason = "the names say it")]
    pub const UPPER: u16 = 1 << 8;
    pub const LOWER: u16 = 1 << 9;
    pub const ALPHA: u16 = 1 << 10;
    pub const DIGIT: u16 = 1 << 11;
    pub const XDIGIT: u16 = 1 << 12;
    pub const SPACE: u16 = 1 << 13;
    pub const PRINT: u16 = 1 << 14;
    pub const GRAPH: u16 = 1 << 15;
    pub const BLANK: u16 = 1 << 0;
    pub const CNTRL: u16 = 1 << 1;
    pub const PUNCT: u16 = 1 << 2;
    pub const ALNUM: u16 = 1 << 3;
}

/// Tables begin at -128.
pub const FIRST: usize = 128;

/// Classes of -128 to 255.
pub static CLASSES: [u16; 384] = classes();
/// Lower-case forms of -128 to 255.
pub static TO_LOWER: [i32; 384] = cases(true);
/// Upper-case forms of -128 to 255.
pub static TO_UPPER: [i32; 384] = cases(false);

const fn classes() -> [u16; 384] {
    use class::*;
    let mut table = [0; 384];
    let mut byte = 0u8;
    while byte < 128 {
        let mut bits = 0;
        if byte.is_ascii_uppercase() {
            bits |= UPPER;
        }
        if byte.is_ascii_lowercase() {
            bits |= LOWER;
        }
        if byte.is_ascii_alphabetic() {
            bits |= ALPHA;
        }
        if byte.is_ascii_digit() {
            bits |= DIGIT;
        }
        if byte.is_ascii_hexdigit() {
            bits |= XDIGIT;
        }
        if byte == b' ' || (byte >= 9 && byte <= 13) {
            bits |= SPACE;
        }
        if byte >= 32 && byte < 127 {
            bits |= PRINT;
        }
        if byte.is_ascii_graphic() {
            bits |= GRAPH;
        }
        if byte == b' ' || byte == b'\t' {
            bits |= BLANK;
        }
        if byte.is_ascii_control() {
            bits |= CNTRL;
        }
        if byte.is_ascii_punctuation() {
            bits |= PUNCT;
        }
        if byte.is_ascii_alphanumeric() {
            bits |= ALNUM;
        }
        table[FIRST + byte as usize] = bits;
        byte += 1;
    }
    table
}

const fn cases(is_lower: bool) -> [i32; 384] {
    let mut table = [0; 384];
    let mut i = 0;
    while i < 384 {
        let c = i as i32 - FIRST as i32;
        // -1 is EOF, which stays; the rest below 0 are the same bytes as those above 127.
        table[i] = if c < -1 {
            c + 256
        } else if c < 0 || c > 127 {
            c
        } else if is_lower {
            (c as u8).to_ascii_lowercase() as i32
        } else {
            (c as u8).to_ascii_uppercase() as i32
        };
        i += 1;
    }
    table
}
