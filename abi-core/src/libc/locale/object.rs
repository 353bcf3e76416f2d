//! `locale_t`.

use core::ffi::{CStr, c_char, c_void};

use super::ctype::{CLASSES, FIRST, TO_LOWER, TO_UPPER};

/// Categories by number (`LC_CTYPE` …); number 6 is `LC_ALL`.
pub const CATEGORIES: [&CStr; 13] = [
    c"LC_CTYPE",
    c"LC_NUMERIC",
    c"LC_TIME",
    c"LC_COLLATE",
    c"LC_MONETARY",
    c"LC_MESSAGES",
    c"LC_ALL",
    c"LC_PAPER",
    c"LC_NAME",
    c"LC_ADDRESS",
    c"LC_TELEPHONE",
    c"LC_MEASUREMENT",
    c"LC_IDENTIFICATION",
];
/// `LC_ALL`
pub const LC_ALL: usize = 6;

/// Names a locale may be asked for by, beside `POSIX`. A name's locale keeps the spelling.
pub const NAMES: [&CStr; 5] = [c"C", c"C.UTF-8", c"C.utf8", c"C.utf-8", c"C.UTF8"];

/// Returns the number in [`NAMES`] of a locale that exists.
pub fn by_name(name: &[u8]) -> Option<u8> {
    if name == b"POSIX" {
        return Some(0);
    }
    NAMES.iter().position(|known| known.to_bytes() == name).map(|index| index as u8)
}

/// A locale, with the layout of glibc's structure, which C++'s library reads.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Locale {
    /// glibc's data per category.
    data: [*const c_void; 13],
    /// Classes of characters, from 0.
    pub classes: *const u16,
    /// Lower-case forms.
    pub to_lower: *const i32,
    /// Upper-case forms.
    pub to_upper: *const i32,
    /// Names per category.
    names: [*const c_char; 13],
    /// Numbers in [`NAMES`] per category.
    pub kinds: [u8; 13],
}

impl Locale {
    /// The C locale.
    pub const fn c() -> Self {
        Self {
            data: [core::ptr::null(); 13],
            classes: CLASSES.as_ptr().wrapping_add(FIRST),
            to_lower: TO_LOWER.as_ptr().wrapping_add(FIRST),
            to_upper: TO_UPPER.as_ptr().wrapping_add(FIRST),
            names: [NAMES[0].as_ptr(); 13],
            kinds: [0; 13],
        }
    }

    /// Tells whether characters are UTF-8.
    pub fn is_utf8(&self) -> bool {
        self.kinds[0] != 0
    }

    /// Sets one category.
    pub fn set(&mut self, category: usize, kind: u8) {
        self.kinds[category] = kind;
        self.names[category] = NAMES[usize::from(kind)].as_ptr();
    }

    /// Returns a category's name.
    pub fn name(&self, category: usize) -> &'static CStr {
        NAMES[usize::from(self.kinds[category])]
    }
}

// SAFETY: plain data; the pointers are to constant tables.
unsafe impl Sync for Locale {}

/// The C locale, for `newlocale(…, "C")`.
pub static C_LOCALE: Locale = Locale::c();

/// A domain of messages bound to a folder and a character set.
#[repr(C)]
pub struct Binding {
    /// The next binding.
    pub next: *mut Binding,
    /// The domain.
    pub domain: *mut c_char,
    /// Its folder; null for the standard one.
    pub folder: *mut c_char,
    /// Its character set; null for the locale's.
    pub codeset: *mut c_char,
}
