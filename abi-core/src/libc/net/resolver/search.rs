//! Questions about one name, and about a name with the domains of the search list: res_query(3), res_search(3).

use core::ffi::c_int;

use super::super::lookup::{HOST_NOT_FOUND, INTERNAL, TRY_AGAIN};
use super::alias::alias_of;
use super::config::{COMPLETE, EXTENDED, NO_TOP_LEVEL, RECURSE, SEARCH, SIGNED, TRUST};
use super::message::{LONGEST_QUERY, get16, query, response_code};
use super::state::ResState;
use super::{NO_DATA, NO_RECOVERY, client, config, name};
use crate::abi::{ECONNREFUSED, EMSGSIZE};
use crate::libc::files::text_of;
use crate::libc::guest_vec::GuestVec;
use crate::libc::{errno, set_errno};

/// The flag that asks the server to ask others.
const RECURSION_DESIRED: u16 = 0x0100;

/// The flag that asks whether signatures are good.
const AUTHENTIC: u16 = 0x0020;
/// The bytes of what an extended query has at its end, RFC 6891: a record of the root without data.
const EXTENSION_BYTES: usize = 11;
/// The type of that record.
const TYPE_OPT: u16 = 41;
/// Its flag that asks for signatures.
const SIGNATURES: u16 = 0x8000;
/// The least and the most that an answer over UDP is let have.
const ANSWER_BYTES: core::ops::RangeInclusive<usize> = 512..=1200;

/// Adds the extension to a query of `len` bytes, for an answer that fits into `room`.
fn extend(state: &ResState, message: &mut [u8], len: usize, room: usize) -> Option<usize> {
    let extension = message.get_mut(len..len + EXTENSION_BYTES)?;
    let longest = room.clamp(*ANSWER_BYTES.start(), *ANSWER_BYTES.end()) as u16;
    let flags = if state.has(SIGNED) { SIGNATURES } else { 0 };
    extension.fill(0);
    for (at, value) in [(1, TYPE_OPT), (3, longest), (7, flags)] {
        extension[at..at + 2].copy_from_slice(&value.to_be_bytes());
    }
    // The last section's count.
    message[11] += 1;
    Some(len + EXTENSION_BYTES)
}

/// Makes a query for a name as text; its length, or `EMSGSIZE`.
pub fn make_query(
    state: &mut ResState,
    opcode: u16,
    text: &[u8],
    class: u16,
    kind: u16,
    out: &mut [u8],
) -> c_int {
    let mut wire = [0; name::LONGEST];
    state.id = config::random_id();
    let flag = |option, bit| if state.has(option) { bit } else { 0 };
    let flags = opcode << 11 | flag(RECURSE, RECURSION_DESIRED) | flag(TRUST, AUTHENTIC);
    let len = name::from_text(text, &mut wire)
        .and_then(|(len, _)| query(out, state.id, flags, &wire[..len], kind, class));
    len.map_or_else(
        || {
            set_errno(EMSGSIZE);
            -1
        },
        |len| len as c_int,
    )
}

/// Asks for one record of a name; returns the length of the answer, or the `h_errno`.
pub fn ask(
    state: &mut ResState,
    text: &[u8],
    class: u16,
    kind: u16,
    room: &mut [u8],
) -> Result<usize, c_int> {
    let mut message = [0; LONGEST_QUERY + EXTENSION_BYTES];
    let len = make_query(state, 0, text, class, kind, &mut message[..LONGEST_QUERY]);
    let Ok(mut len) = usize::try_from(len) else { return Err(NO_RECOVERY) };
    if state.has(EXTENDED | SIGNED) {
        len = extend(state, &mut message, len, room.len()).ok_or(NO_RECOVERY)?;
    }
    let answer = usize::try_from(client::exchange(state, &message[..len], room)).map_err(|_| TRY_AGAIN)?;
    match response_code(&room[..answer]) {
        0 if get16(room, 6).unwrap_or(0) > 0 => Ok(answer),
        0 => Err(NO_DATA),
        2 => Err(TRY_AGAIN),
        3 => Err(HOST_NOT_FOUND),
        _ => Err(NO_RECOVERY),
    }
}

/// Asks for a name with the domains of the search list: `attempt` is called with one full name after another until it
/// succeeds, or fails for good.
pub fn search<T>(
    state: &mut ResState,
    text: &[u8],
    mut attempt: impl FnMut(&mut ResState, &[u8]) -> Result<T, c_int>,
) -> Result<T, c_int> {
    let dots = text.split(|&byte| byte == b'.').count() - 1;
    if dots == 0
        && let Some(alias) = alias_of(state, text)
    {
        return attempt(state, &alias?);
    }
    let is_full = text.last() == Some(&b'.');
    let (mut first_error, mut last_error) = (None, HOST_NOT_FOUND);
    let (mut has_no_data, mut has_failed, mut was_asked) = (false, false, false);
    set_errno(0);
    if dots >= state.ndots() || is_full {
        was_asked = true;
        match attempt(state, text) {
            Err(error) if is_full => return Err(error),
            Err(error) => first_error = Some(error),
            found => return found,
        }
    }
    let mut was_searched = false;
    if dots == 0 && state.has(COMPLETE) || dots > 0 && !is_full && state.has(SEARCH) {
        let (domains, searches_all) = (state.domains, state.has(SEARCH));
        for domain in domains.into_iter().take_while(|domain| !domain.is_null()) {
            was_searched = true;
            let mut full = GuestVec::new();
            // SAFETY: text of the state.
            let domain = unsafe { text_of(domain) };
            let made = full.extend(text).and_then(|()| full.extend(b".")).and_then(|()| full.extend(domain));
            made.map_err(|_| INTERNAL)?;
            match attempt(state, &full) {
                Ok(found) => return Ok(found),
                Err(_) if errno() == ECONNREFUSED => return Err(TRY_AGAIN),
                Err(NO_DATA) => has_no_data = true,
                Err(HOST_NOT_FOUND) => {}
                Err(TRY_AGAIN) => has_failed = true,
                Err(_) => break,
            }
            if !searches_all {
                break;
            }
        }
    }
    let asks_top_level = dots > 0 || !was_searched || !state.has(NO_TOP_LEVEL);
    if !was_asked && asks_top_level {
        match attempt(state, text) {
            Err(error) => last_error = error,
            found => return found,
        }
    }
    Err(match first_error {
        Some(error) => error,
        None if has_no_data => NO_DATA,
        None if has_failed => TRY_AGAIN,
        None => last_error,
    })
}
