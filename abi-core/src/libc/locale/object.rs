//! `locale_t`.

use core::ffi::{CStr, c_char, c_void};
use core::sync::atomic::AtomicPtr;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use super::ctype::{CLASSES, FIRST, TO_LOWER, TO_UPPER};
use crate::libc::c_str;
use crate::libc::guest_heap::calloc;
use crate::libc::state::state;

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

/// The name of the first locale there is, in one place, by which that locale is known.
static C_NAME: [u8; 2] = *b"C\0";
/// The longest spelling of a name that is kept.
const NAME_BYTES: usize = 256;

/// A spelling of `C.UTF-8` that a program asked for. A locale keeps its spelling, and what it is called may be looked at when
/// the locale is gone; so they stay.
#[repr(C)]
pub struct Spelling {
    next: AtomicPtr<Spelling>,
    text: [u8; NAME_BYTES],
}

/// Tells whether a name is `C.UTF-8` with whatever territory and modifier.
fn is_utf8_name(name: &[u8]) -> bool {
    let (name, modifier) = name.split_at(name.iter().position(|&byte| byte == b'@').unwrap_or(name.len()));
    let Some((language, codeset)) = name.iter().position(|&byte| byte == b'.').map(|dot| name.split_at(dot))
    else {
        return false;
    };
    (language == b"C" || language.starts_with(b"C_"))
        && [&b".UTF-8"[..], b".UTF8"].iter().any(|known| codeset.eq_ignore_ascii_case(known))
        && !language.iter().chain(modifier).any(|&byte| byte == b'/')
}

/// Finds the name of a locale that exists, in the spelling asked for; `None` too where there is no memory to keep that.
pub fn by_name(name: &[u8]) -> Option<&'static CStr> {
    if name == b"C" || name == b"POSIX" {
        // SAFETY: it ends with a NUL.
        return Some(unsafe { c_str(C_NAME.as_ptr().cast()) });
    }
    if !is_utf8_name(name) || name.len() >= NAME_BYTES {
        return None;
    }
    let first = &state().locale.spellings;
    // SAFETY: null, or a spelling, which never goes.
    let behind = |link: &AtomicPtr<Spelling>| unsafe { link.load(Acquire).as_ref() };
    let spellings = core::iter::successors(behind(first), |spelling| behind(&spelling.next));
    if let Some(known) = spellings.map(Spelling::name).find(|known| known.to_bytes() == name) {
        return Some(known);
    }
    // SAFETY: zeroes are a spelling, the empty one; nobody else knows of it yet.
    let new = unsafe { calloc(1, size_of::<Spelling>()).cast::<Spelling>().as_mut()? };
    new.text[..name.len()].copy_from_slice(name);
    let place: *mut Spelling = new;
    let put = |next| {
        new.next.store(next, Relaxed);
        Some(place)
    };
    let _ = first.fetch_update(Release, Relaxed, put);
    Some(new.name())
}

impl Spelling {
    fn name(&self) -> &CStr {
        // SAFETY: the text is shorter than its room, which is zero behind it.
        unsafe { c_str(self.text.as_ptr().cast()) }
    }
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
}

impl Locale {
    /// The C locale.
    pub const fn c() -> Self {
        Self {
            data: [core::ptr::null(); 13],
            classes: CLASSES.as_ptr().wrapping_add(FIRST),
            to_lower: TO_LOWER.as_ptr().wrapping_add(FIRST),
            to_upper: TO_UPPER.as_ptr().wrapping_add(FIRST),
            names: [C_NAME.as_ptr().cast(); 13],
        }
    }

    /// Tells whether characters are UTF-8.
    #[inline]
    pub fn is_utf8(&self) -> bool {
        self.is_utf8_in(0)
    }

    /// Tells whether a category is of `C.UTF-8`.
    #[inline]
    pub fn is_utf8_in(&self, category: usize) -> bool {
        !core::ptr::eq(self.names[category].cast(), C_NAME.as_ptr())
    }

    /// Tells whether it is the C locale in every category.
    pub fn is_c(&self) -> bool {
        (0..self.names.len()).all(|category| !self.is_utf8_in(category))
    }

    /// Sets one category.
    pub fn set(&mut self, category: usize, name: &'static CStr) {
        self.names[category] = name.as_ptr();
    }

    /// Returns a category's name.
    pub fn name(&self, category: usize) -> &'static CStr {
        // SAFETY: the name of the C locale or a spelling, which stay.
        unsafe { c_str(self.names[category]) }
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
