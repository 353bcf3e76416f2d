//! `locale.h`
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{CStr, c_char, c_int};
use core::ptr::null_mut;

use super::stdlib_env::getenv;
use crate::abi::{EINVAL, ENOENT, ENOMEM};
use crate::libc::locale::object::{C_LOCALE, CATEGORIES, LC_ALL, Locale, by_name};
use crate::libc::locale::{current, is_utf8};
use crate::libc::malloc::{free, malloc};
use crate::libc::set_errno;
use crate::libc::state::state;
use crate::libc::tcb::tcb;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// A bit for each category.
const LC_ALL_MASK: u32 = 0x1fff & !(1 << LC_ALL);
/// `LC_GLOBAL_LOCALE`
const GLOBAL: *mut Locale = usize::MAX as *mut Locale;

/// Finds what a category's name asks for; the empty name asks the environment.
unsafe fn choose(category: usize, name: &[u8]) -> Option<&'static CStr> {
    if !name.is_empty() {
        return by_name(name);
    }
    for variable in [c"LC_ALL", CATEGORIES[category], c"LANG"] {
        let value = getenv(variable.as_ptr());
        if !value.is_null() && *value != 0 {
            return by_name(crate::libc::c_str(value).to_bytes());
        }
    }
    by_name(b"C")
}

/// Finds the part for a category in `LC_CTYPE=…;LC_NUMERIC=…`.
fn part(name: &[u8], category: usize) -> Option<&[u8]> {
    name.split(|&byte| byte == b';').find_map(|part| {
        part.strip_prefix(CATEGORIES[category].to_bytes()).and_then(|rest| rest.strip_prefix(b"="))
    })
}

/// Sets the categories of `mask` from a name; changes nothing but errno if it does not exist.
unsafe fn apply(locale: &mut Locale, mask: u32, name: &[u8]) -> bool {
    let is_there = try_apply(locale, mask, name);
    if !is_there {
        set_errno(if name.contains(&b'/') { EINVAL } else { ENOENT });
    }
    is_there
}

unsafe fn try_apply(locale: &mut Locale, mask: u32, name: &[u8]) -> bool {
    let mut changed = *locale;
    let is_composite = name.contains(&b';');
    for category in 0..CATEGORIES.len() {
        if category == LC_ALL || mask >> category & 1 == 0 {
            continue;
        }
        let wanted = if is_composite {
            let Some(part) = part(name, category) else { return false };
            part
        } else {
            name
        };
        let Some(name) = choose(category, wanted) else { return false };
        changed.set(category, name);
    }
    *locale = changed;
    true
}

/// The name of all categories: one name, or one for each if they differ.
unsafe fn whole_name(locale: &Locale) -> *mut c_char {
    let first = locale.name(0);
    if (0..CATEGORIES.len()).all(|c| c == LC_ALL || locale.name(c) == first) {
        return first.as_ptr().cast_mut();
    }
    let buffer = state().locale.composite.get();
    let mut at = 0;
    for category in (0..CATEGORIES.len()).filter(|&category| category != LC_ALL) {
        let separator: &[u8] = if at == 0 { b"" } else { b";" };
        for text in [separator, CATEGORIES[category].to_bytes(), b"=", locale.name(category).to_bytes()] {
            for &byte in text {
                if at < 255 {
                    (*buffer)[at] = byte;
                    at += 1;
                }
            }
        }
    }
    (*buffer)[at] = 0;
    buffer.cast()
}

pub unsafe extern "C" fn setlocale(category: c_int, name: *const c_char) -> *mut c_char {
    let Some(category) = usize::try_from(category).ok().filter(|&category| category < CATEGORIES.len())
    else {
        set_errno(EINVAL);
        return null_mut();
    };
    let locale = &mut *state().locale.global.get();
    let mask = if category == LC_ALL { LC_ALL_MASK } else { 1 << category };
    if !name.is_null() && !apply(locale, mask, crate::libc::c_str(name).to_bytes()) {
        return null_mut();
    }
    if category == LC_ALL { whole_name(locale) } else { locale.name(category).as_ptr().cast_mut() }
}

unsafe extern "C" fn newlocale(mask: c_int, name: *const c_char, base: *mut Locale) -> *mut Locale {
    let mask = if mask == 1 << LC_ALL { LC_ALL_MASK } else { mask as u32 };
    if name.is_null() || mask & !LC_ALL_MASK != 0 {
        set_errno(EINVAL);
        return null_mut();
    }
    let mut locale = if base.is_null() { Locale::c() } else { *base };
    if !apply(&mut locale, mask, crate::libc::c_str(name).to_bytes()) {
        return null_mut();
    }
    if base.is_null() || core::ptr::eq(base, &raw const C_LOCALE) {
        return allocate(&locale);
    }
    *base = locale;
    base
}

unsafe fn allocate(locale: &Locale) -> *mut Locale {
    if locale.is_c() {
        return (&raw const C_LOCALE).cast_mut();
    }
    let new = malloc(size_of::<Locale>()).cast::<Locale>();
    if new.is_null() {
        set_errno(ENOMEM);
    } else {
        *new = *locale;
    }
    new
}

unsafe extern "C" fn duplocale(locale: *mut Locale) -> *mut Locale {
    let from = if locale == GLOBAL { state().locale.global.get() } else { locale };
    allocate(&*from)
}

unsafe extern "C" fn freelocale(locale: *mut Locale) {
    if locale != GLOBAL && !core::ptr::eq(locale, &raw const C_LOCALE) {
        free(locale.cast());
    }
}

unsafe extern "C" fn uselocale(locale: *mut Locale) -> *mut Locale {
    let own = &raw mut (*tcb()).locale.locale;
    let old = if (*own).is_null() { GLOBAL } else { *own };
    if locale == GLOBAL {
        *own = null_mut();
    } else if !locale.is_null() {
        *own = locale;
    }
    old
}

/// `__ctype_get_mb_cur_max`: the most bytes of a character.
pub extern "C" fn ctype_get_mb_cur_max() -> usize {
    if is_utf8() { 6 } else { 1 }
}

/// `struct lconv`
#[repr(C)]
struct Lconv {
    strings: [*const c_char; 10],
    chars: [c_char; 14],
}

// SAFETY: plain data that is never written.
unsafe impl Sync for Lconv {}

const EMPTY: *const c_char = c"".as_ptr();

static LCONV: Lconv = Lconv {
    strings: [c".".as_ptr(), EMPTY, EMPTY, EMPTY, EMPTY, EMPTY, EMPTY, EMPTY, EMPTY, EMPTY],
    chars: [c_char::MAX; 14],
};

extern "C" fn localeconv() -> *const c_char {
    (&raw const LCONV).cast()
}

/// Keeps the name of `current` in use for code that asks by locale.
pub unsafe fn resolve(locale: *mut Locale) -> *mut Locale {
    if locale.is_null() || locale == GLOBAL { current() } else { locale }
}

pure_exports! { "libc.so.6";
    full setlocale = setlocale;
    full newlocale = newlocale;
    full __newlocale = newlocale;
    full duplocale = duplocale;
    full __duplocale = duplocale;
    full freelocale = freelocale;
    full __freelocale = freelocale;
    full uselocale = uselocale;
    full __uselocale = uselocale;
    full localeconv = localeconv;
    full __ctype_get_mb_cur_max = ctype_get_mb_cur_max;
}
