//! `resolv.h`: asking the DNS (`arpa/nameser.h`: `nameser.rs`)
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int};
use core::ptr::null;

use crate::abi::{EMSGSIZE, ENOMEM};
use crate::libc::files::text_of;
use crate::libc::guest_vec::GuestVec;
use crate::libc::net::lookup::INTERNAL;
use crate::libc::net::resolver::alias::alias_of;
use crate::libc::net::resolver::config::{self, INIT};
use crate::libc::net::resolver::name::{from_text, labels};
use crate::libc::net::resolver::search::{ask, make_query, search};
use crate::libc::net::resolver::{ResState, client, own};
use crate::libc::set_errno;
use crate::libc::state::state;
use crate::libc::tcb::tcb;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// Keeps the error of a call: in the state, and as `h_errno`.
unsafe fn outcome(state: &mut ResState, result: Result<usize, c_int>) -> c_int {
    let number = result.err().unwrap_or(0);
    state.h_errno = number;
    (*tcb()).h_errno = number;
    result.map_or(-1, |len| len as c_int)
}

/// Runs a call with the thread's own state, which is filled before its first use.
unsafe fn with_own(call: impl FnOnce(&mut ResState) -> c_int) -> c_int {
    let Some(state) = own().as_mut() else {
        set_errno(ENOMEM);
        (*tcb()).h_errno = INTERNAL;
        return -1;
    };
    if !state.has(INIT) {
        config::init(state);
    }
    call(state)
}

unsafe fn room<'a>(out: *mut u8, len: c_int) -> &'a mut [u8] {
    let len = if out.is_null() { 0 } else { usize::try_from(len).unwrap_or(0) };
    if len == 0 { &mut [] } else { core::slice::from_raw_parts_mut(out, len) }
}

unsafe fn bytes<'a>(from: *const u8, len: c_int) -> &'a [u8] {
    room(from.cast_mut(), len)
}

/// `_res`
extern "C" fn res_state() -> *mut ResState {
    own()
}

/// res_ninit(3): what was in the state is of no account, and may be of no meaning.
unsafe extern "C" fn res_ninit(state: *mut ResState) -> c_int {
    if state == own() {
        config::close(&mut *state);
    }
    state.write_bytes(0, 1);
    config::init(&mut *state);
    0
}

/// res_init(3)
unsafe extern "C" fn res_init() -> c_int {
    let Some(state) = own().as_mut() else { return -1 };
    config::init(state);
    0
}

/// res_nclose(3)
unsafe extern "C" fn res_nclose(state: *mut ResState) {
    config::close(&mut *state);
}

unsafe extern "C" fn res_close() {
    if let Some(state) = own().as_mut() {
        config::close(state);
    }
}

/// res_nmkquery(3): only queries (`QUERY`) are made; `data` and `record` belong to inverse ones.
unsafe extern "C" fn res_nmkquery(
    state: *mut ResState,
    opcode: c_int,
    name: *const c_char,
    class: c_int,
    kind: c_int,
    data: *const u8,
    _data_len: c_int,
    _record: *const u8,
    out: *mut u8,
    len: c_int,
) -> c_int {
    // QUERY, and NOTIFY without a record.
    if !matches!(opcode, 0 | 4)
        || opcode == 4 && !data.is_null()
        || !(0..=65535).contains(&class)
        || !(0..=65535).contains(&kind)
    {
        return -1;
    }
    make_query(&mut *state, opcode as u16, text_of(name), class as u16, kind as u16, room(out, len))
}

unsafe extern "C" fn res_mkquery(
    opcode: c_int,
    name: *const c_char,
    class: c_int,
    kind: c_int,
    data: *const u8,
    data_len: c_int,
    record: *const u8,
    out: *mut u8,
    len: c_int,
) -> c_int {
    with_own(|state| res_nmkquery(state, opcode, name, class, kind, data, data_len, record, out, len))
}

/// res_nsend(3)
unsafe extern "C" fn res_nsend(
    state: *mut ResState,
    query: *const u8,
    query_len: c_int,
    out: *mut u8,
    len: c_int,
) -> c_int {
    client::exchange(&mut *state, bytes(query, query_len), room(out, len))
}

unsafe extern "C" fn res_send(query: *const u8, query_len: c_int, out: *mut u8, len: c_int) -> c_int {
    with_own(|state| res_nsend(state, query, query_len, out, len))
}

/// res_nquery(3)
unsafe extern "C" fn res_nquery(
    state: *mut ResState,
    name: *const c_char,
    class: c_int,
    kind: c_int,
    out: *mut u8,
    len: c_int,
) -> c_int {
    let state = &mut *state;
    let result = ask(state, text_of(name), class as u16, kind as u16, room(out, len));
    outcome(state, result)
}

unsafe extern "C" fn res_query(
    name: *const c_char,
    class: c_int,
    kind: c_int,
    out: *mut u8,
    len: c_int,
) -> c_int {
    with_own(|state| res_nquery(state, name, class, kind, out, len))
}

/// res_nsearch(3)
unsafe extern "C" fn res_nsearch(
    state: *mut ResState,
    name: *const c_char,
    class: c_int,
    kind: c_int,
    out: *mut u8,
    len: c_int,
) -> c_int {
    let state = &mut *state;
    let room = room(out, len);
    let result =
        search(state, text_of(name), |state, full| ask(state, full, class as u16, kind as u16, room));
    outcome(state, result)
}

unsafe extern "C" fn res_search(
    name: *const c_char,
    class: c_int,
    kind: c_int,
    out: *mut u8,
    len: c_int,
) -> c_int {
    with_own(|state| res_nsearch(state, name, class, kind, out, len))
}

/// res_nquerydomain(3)
unsafe extern "C" fn res_nquerydomain(
    state: *mut ResState,
    name: *const c_char,
    domain: *const c_char,
    class: c_int,
    kind: c_int,
    out: *mut u8,
    len: c_int,
) -> c_int {
    let state = &mut *state;
    let mut full = GuestVec::new();
    let mut made = full.extend(text_of(name));
    if !domain.is_null() {
        made = made.and_then(|()| full.push(b'.')).and_then(|()| full.extend(text_of(domain)));
    }
    let result = match made {
        Ok(()) => ask(state, &full, class as u16, kind as u16, room(out, len)),
        Err(_) => Err(INTERNAL),
    };
    outcome(state, result)
}

unsafe extern "C" fn res_querydomain(
    name: *const c_char,
    domain: *const c_char,
    class: c_int,
    kind: c_int,
    out: *mut u8,
    len: c_int,
) -> c_int {
    with_own(|state| res_nquerydomain(state, name, domain, class, kind, out, len))
}

/// Reads a name of printing characters into wire form.
fn printed_name(text: &[u8], wire: &mut [u8; 256]) -> bool {
    text.iter().all(|byte| matches!(byte, 0x21..=0x7e)) && from_text(text, wire).is_some()
}

fn are_host_labels(name: &[u8]) -> bool {
    let is_fine = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    labels(name).all(|label| label.iter().all(is_fine))
}

/// A host's name does not begin as an option does.
fn is_host_name(name: &[u8]) -> bool {
    are_host_labels(name) && !labels(name).next().is_some_and(|label| label.starts_with(b"-"))
}

/// res_hnok(3): can it be a host's name?
unsafe extern "C" fn res_hnok(name: *const c_char) -> c_int {
    let mut wire = [0; 256];
    c_int::from(printed_name(text_of(name), &mut wire) && is_host_name(&wire))
}

/// res_ownok(3): as `res_hnok`, and `*` may be the first label.
unsafe extern "C" fn res_ownok(name: *const c_char) -> c_int {
    let mut wire = [0; 256];
    let is_name = printed_name(text_of(name), &mut wire);
    let host = wire.strip_prefix(b"\x01*").unwrap_or(&wire);
    c_int::from(is_name && (is_host_name(host)))
}

/// res_mailok(3): the first label may have any printing character, and there is a second.
unsafe extern "C" fn res_mailok(name: *const c_char) -> c_int {
    let mut wire = [0; 256];
    if !printed_name(text_of(name), &mut wire) {
        return 0;
    }
    let mailbox = usize::from(wire[0]);
    let rest = &wire[(mailbox + 1).min(255)..];
    // The root stands for no mailbox.
    c_int::from(mailbox == 0 || rest[0] != 0 && are_host_labels(rest))
}

/// res_dnok(3): can it be a name, without blanks and control characters?
unsafe extern "C" fn res_dnok(name: *const c_char) -> c_int {
    c_int::from(printed_name(text_of(name), &mut [0; 256]))
}

/// `__res_randomid`
extern "C" fn res_randomid() -> u32 {
    u32::from(config::random_id())
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// `b64_ntop`: bytes as base 64, with a NUL.
unsafe extern "C" fn b64_ntop(from: *const u8, from_len: usize, to: *mut c_char, size: usize) -> c_int {
    let len = from_len.div_ceil(3) * 4;
    if len >= size {
        return -1;
    }
    for group in 0..from_len.div_ceil(3) {
        let count = (from_len - group * 3).min(3);
        let mut bits = 0u32;
        for index in 0..3 {
            let byte = if index < count { *from.add(group * 3 + index) } else { 0 };
            bits = bits << 8 | u32::from(byte);
        }
        for index in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * index) & 0x3f) as usize];
            *to.add(group * 4 + index) = if index <= count { digit } else { b'=' } as c_char;
        }
    }
    *to.add(len) = 0;
    len as c_int
}

/// `b64_pton`: bytes of base 64; white space between digits is skipped. A null `to` only counts.
unsafe extern "C" fn b64_pton(from: *const c_char, to: *mut u8, size: usize) -> c_int {
    let mut text = text_of(from).iter().copied().filter(|byte| !byte.is_ascii_whitespace() && *byte != 0x0b);
    let (mut bits, mut digits, mut len) = (0u32, 0usize, 0usize);
    // Bits that may come to nothing need room, too.
    let mut put = |byte: u32, rest: usize| {
        if !to.is_null() {
            if len + rest >= size {
                return false;
            }
            *to.add(len) = byte as u8;
        }
        len += 1;
        true
    };
    let padding = loop {
        let Some(byte) = text.next() else { break 0 };
        if byte == b'=' {
            let mut padding = 1;
            for byte in text.by_ref() {
                if byte != b'=' {
                    return -1;
                }
                padding += 1;
            }
            break padding;
        }
        let Some(value) = DIGITS.iter().position(|&digit| digit == byte) else { return -1 };
        bits = (bits << 6 | value as u32) & 0xff_ffff;
        digits += 1;
        let is_put = match digits % 4 {
            1 => true,
            2 => put(bits >> 4 & 0xff, 1),
            3 => put(bits >> 2 & 0xff, 1),
            _ => put(bits & 0xff, 0),
        };
        if !is_put {
            return -1;
        }
    };
    let left_over = match digits % 4 {
        2 => bits & 0xf,
        3 => bits & 3,
        _ => 0,
    };
    let is_complete = matches!((digits % 4, padding), (0, 0) | (2, 2) | (3, 1));
    if !is_complete || left_over != 0 { -1 } else { len as c_int }
}

/// `__res_hostalias`: what a name stands for by the file of `HOSTALIASES`, or null.
unsafe extern "C" fn res_hostalias(
    state: *const ResState,
    name: *const c_char,
    to: *mut u8,
    size: usize,
) -> *const c_char {
    let Some(Ok(alias)) = alias_of(&*state, text_of(name)) else { return null() };
    let Some(room) = size.checked_sub(1) else { return null() };
    let len = alias.len().min(room);
    to.copy_from_nonoverlapping(alias.as_ptr(), len);
    to.add(len).write(0);
    to.cast()
}

/// `__hostalias`: the same into a place of the library's.
unsafe extern "C" fn hostalias(name: *const c_char) -> *const c_char {
    let place = &state().room.host_alias;
    let Some(own) = own().as_ref() else { return null() };
    res_hostalias(own, name, place.get().cast(), 1025)
}

/// A result, or -1 with `EMSGSIZE`.
pub(super) fn or_too_long(result: Option<usize>) -> c_int {
    result.map_or_else(
        || {
            set_errno(EMSGSIZE);
            -1
        },
        |value| value as c_int,
    )
}

pure_exports! { "libresolv.so.2";
    full __res_state = res_state;
    full __res_init = res_init;
    full res_init = res_init;
    full __res_ninit = res_ninit;
    full res_ninit = res_ninit;
    full __res_nclose = res_nclose;
    full res_nclose = res_nclose;
    full __res_close = res_close;
    full res_mkquery = res_mkquery;
    full __res_mkquery = res_mkquery;
    full res_nmkquery = res_nmkquery;
    full __res_nmkquery = res_nmkquery;
    full res_send = res_send;
    full __res_send = res_send;
    full res_nsend = res_nsend;
    full __res_nsend = res_nsend;
    full res_query = res_query;
    full __res_query = res_query;
    full res_nquery = res_nquery;
    full __res_nquery = res_nquery;
    full res_search = res_search;
    full __res_search = res_search;
    full res_nsearch = res_nsearch;
    full __res_nsearch = res_nsearch;
    full res_querydomain = res_querydomain;
    full __res_querydomain = res_querydomain;
    full res_nquerydomain = res_nquerydomain;
    full __res_nquerydomain = res_nquerydomain;
    full res_hnok = res_hnok;
    full __res_hnok = res_hnok;
    full res_ownok = res_ownok;
    full __res_ownok = res_ownok;
    full res_mailok = res_mailok;
    full __res_mailok = res_mailok;
    full res_dnok = res_dnok;
    full __res_dnok = res_dnok;
    full __res_randomid = res_randomid;
    full __b64_ntop = b64_ntop;
    full __b64_pton = b64_pton;
    full __hostalias = hostalias;
    full __res_hostalias = res_hostalias;
}
