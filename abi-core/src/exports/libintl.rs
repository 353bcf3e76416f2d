//! `libintl.h`: messages stay as they are, since no locale here has translations.
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int, c_ulong};
use core::ptr::null_mut;

use super::string::strdup;
use crate::abi::ENOMEM;
use crate::libc::locale::object::Binding;
use crate::libc::malloc::{free, malloc};
use crate::libc::set_errno;
use crate::libc::state::state;
use crate::libc::string::mem::strcmp;
use crate::{data_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE, DATA];

extern "C" fn gettext(message: *mut c_char) -> *mut c_char {
    message
}

extern "C" fn dgettext(_domain: *const c_char, message: *mut c_char) -> *mut c_char {
    message
}

extern "C" fn dcgettext(_domain: *const c_char, message: *mut c_char, _category: c_int) -> *mut c_char {
    message
}

extern "C" fn ngettext(one: *mut c_char, more: *mut c_char, count: c_ulong) -> *mut c_char {
    if count == 1 { one } else { more }
}

extern "C" fn dngettext(
    _d: *const c_char,
    one: *mut c_char,
    more: *mut c_char,
    count: c_ulong,
) -> *mut c_char {
    ngettext(one, more, count)
}

extern "C" fn dcngettext(
    _domain: *const c_char,
    one: *mut c_char,
    more: *mut c_char,
    count: c_ulong,
    _category: c_int,
) -> *mut c_char {
    ngettext(one, more, count)
}

unsafe extern "C" fn textdomain(domain: *const c_char) -> *mut c_char {
    let current = state().locale.text_domain.get();
    if !domain.is_null() {
        let is_standard = *domain == 0 || strcmp(domain, c"messages".as_ptr()) == 0;
        let new = if is_standard { null_mut() } else { strdup(domain) };
        if new.is_null() && !is_standard {
            return null_mut();
        }
        free((*current).cast());
        *current = new;
    }
    if (*current).is_null() { c"messages".as_ptr().cast_mut() } else { *current }
}

/// Finds a domain's binding; makes one if `is_made`.
unsafe fn binding(domain: *const c_char, is_made: bool) -> *mut Binding {
    let head = state().locale.bindings.get();
    let mut here = *head;
    while !here.is_null() {
        if strcmp((*here).domain, domain) == 0 {
            return here;
        }
        here = (*here).next;
    }
    if is_made {
        here = malloc(size_of::<Binding>()).cast();
        let domain = strdup(domain);
        if here.is_null() || domain.is_null() {
            set_errno(ENOMEM);
            return null_mut();
        }
        *here = Binding { next: *head, domain, folder: null_mut(), codeset: null_mut() };
        *head = here;
    }
    here
}

unsafe extern "C" fn bindtextdomain(domain: *const c_char, folder: *const c_char) -> *mut c_char {
    const STANDARD: *mut c_char = c"/usr/share/locale".as_ptr().cast_mut();
    if domain.is_null() || *domain == 0 {
        return null_mut();
    }
    let binding = binding(domain, !folder.is_null());
    if binding.is_null() {
        return if folder.is_null() { STANDARD } else { null_mut() };
    }
    if !folder.is_null() && ((*binding).folder.is_null() || strcmp((*binding).folder, folder) != 0) {
        let copy = strdup(folder);
        if copy.is_null() {
            return null_mut();
        }
        (*binding).folder = copy;
    }
    if (*binding).folder.is_null() { STANDARD } else { (*binding).folder }
}

unsafe extern "C" fn bind_textdomain_codeset(domain: *const c_char, codeset: *const c_char) -> *mut c_char {
    if domain.is_null() || *domain == 0 {
        return null_mut();
    }
    let binding = binding(domain, !codeset.is_null());
    if binding.is_null() {
        return null_mut();
    }
    if !codeset.is_null() {
        let copy = strdup(codeset);
        if copy.is_null() {
            return null_mut();
        }
        (*binding).codeset = copy;
    }
    (*binding).codeset
}

pure_exports! { "libc.so.6";
    full gettext = gettext;
    full __gettext = gettext;
    full dgettext = dgettext;
    full __dgettext = dgettext;
    full dcgettext = dcgettext;
    full __dcgettext = dcgettext;
    full ngettext = ngettext;
    full dngettext = dngettext;
    full dcngettext = dcngettext;
    full textdomain = textdomain;
    full bindtextdomain = bindtextdomain;
    full bind_textdomain_codeset = bind_textdomain_codeset;
}

data_exports! { "libc.so.6";
    full _nl_msg_cat_cntr = locale.catalogue_counter: c_int;
}
