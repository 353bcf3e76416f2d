//! Aliases of hosts without a dot, from the file that `HOSTALIASES` names (hostname(7)).

use core::ffi::{CStr, c_char};

use super::config::{NO_ALIASES, environment};
use super::state::ResState;
use crate::libc::database::Lines;
use crate::libc::guest_vec::GuestVec;
use crate::libc::net::lookup::INTERNAL;

/// What a line is split at.
const fn is_space(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0x0b
}

/// Cuts the first word off a text without leading white space.
fn first_word(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|&byte| is_space(byte)).unwrap_or(text.len());
    text.split_at(end)
}

fn without_dot(name: &[u8]) -> &[u8] {
    name.strip_suffix(b".").unwrap_or(name)
}

/// Returns what a name of one part stands for. A line without a second word that has the name ends the search.
pub fn alias_of(state: &ResState, name: &[u8]) -> Option<Result<GuestVec<u8>, core::ffi::c_int>> {
    if state.has(NO_ALIASES) {
        return None;
    }
    let path: *const c_char = environment(c"HOSTALIASES")?.as_ptr().cast();
    // SAFETY: a variable's value ends with a NUL.
    let mut lines = Lines::open(unsafe { CStr::from_ptr(path) }, b"").ok()?;
    while let Some(line) = lines.next_line() {
        let (known, rest) = first_word(line);
        if without_dot(known).eq_ignore_ascii_case(without_dot(name)) {
            let start = rest.iter().position(|&byte| !is_space(byte))?;
            let mut alias = GuestVec::new();
            return Some(alias.extend(first_word(&rest[start..]).0).map(|()| alias).map_err(|_| INTERNAL));
        }
    }
    None
}
