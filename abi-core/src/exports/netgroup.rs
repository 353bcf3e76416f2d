//! `netdb.h`: groups of the network, setnetgrent(3)
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int};
use core::ptr::null_mut;

use crate::abi::ERANGE;
use crate::libc::database::Packer;
use crate::libc::database::netgroup::{Netgroups, Triple};
use crate::libc::files::text_of;
use crate::libc::set_errno;
use crate::libc::state::state;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// setnetgrent(3)
unsafe extern "C" fn setnetgrent(group: *const c_char) -> c_int {
    let found = Netgroups::of(text_of(group));
    let is_found = found.is_some();
    *state().misc.netgroups.get() = found.unwrap_or(Netgroups::EMPTY);
    is_found.into()
}

/// endnetgrent(3)
unsafe extern "C" fn endnetgrent() {
    *state().misc.netgroups.get() = Netgroups::EMPTY;
}

/// getnetgrent_r(3): a triple that has no room comes again.
unsafe extern "C" fn getnetgrent_r(
    host: *mut *mut c_char,
    user: *mut *mut c_char,
    domain: *mut *mut c_char,
    buffer: *mut c_char,
    len: usize,
) -> c_int {
    let groups = &mut *state().misc.netgroups.get();
    let Some(triple) = groups.next_triple() else { return 0 };
    let mut packer = Packer::new(buffer.cast(), len);
    let mut texts = [null_mut(); 3];
    let fits = texts.iter_mut().zip(triple).all(|(text, part)| {
        let Some(part) = part else { return true };
        packer.string(part).is_some_and(|packed| {
            *text = packed;
            true
        })
    });
    if !fits {
        groups.repeat();
        set_errno(ERANGE);
        return 0;
    }
    (*host, *user, *domain) = (texts[0], texts[1], texts[2]);
    1
}

/// getnetgrent(3)
unsafe extern "C" fn getnetgrent(
    host: *mut *mut c_char,
    user: *mut *mut c_char,
    domain: *mut *mut c_char,
) -> c_int {
    let own = &state().room.netgroup;
    getnetgrent_r(host, user, domain, own.get().cast(), size_of_val(own))
}

/// innetgr(3): a part that is missing, here or there, is no matter.
unsafe extern "C" fn innetgr(
    group: *const c_char,
    host: *const c_char,
    user: *const c_char,
    domain: *const c_char,
) -> c_int {
    let asked: Triple = [host, user, domain].map(|text| (!text.is_null()).then(|| text_of(text)));
    let Some(mut groups) = Netgroups::of(text_of(group)) else { return 0 };
    while let Some(triple) = groups.next_triple() {
        let matches = |at: usize| match (asked[at], triple[at]) {
            // Users' names have cases.
            (Some(asked), Some(part)) if at == 1 => asked == part,
            (Some(asked), Some(part)) => asked.eq_ignore_ascii_case(part),
            _ => true,
        };
        if (0..3).all(matches) {
            return 1;
        }
    }
    0
}

pure_exports! { "libc.so.6";
    full setnetgrent = setnetgrent;
    full endnetgrent = endnetgrent;
    full getnetgrent = getnetgrent;
    full getnetgrent_r = getnetgrent_r;
    full innetgr = innetgr;
}
