//! `arpa/nameser.h`: messages of the DNS, taken apart and put together.
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int};
use core::ptr::null;
use core::slice::{from_raw_parts, from_raw_parts_mut};

use super::resolv::or_too_long;
use crate::abi::ENODEV;
use crate::libc::files::text_of;
use crate::libc::net::resolver::message::{
    CRecord, HEADER_BYTES, Message, SECTIONS, get16, record, skip_records,
};
use crate::libc::net::resolver::name;
use crate::libc::set_errno;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// Room for a name as text.
const TEXT_BYTES: usize = 1025;

pub(super) unsafe fn between<'a>(start: *const u8, end: *const u8) -> &'a [u8] {
    let len = end.addr().saturating_sub(start.addr());
    if len == 0 { &[] } else { from_raw_parts(start, len) }
}

pub(super) unsafe fn room<'a>(out: *mut u8, len: usize) -> &'a mut [u8] {
    if out.is_null() || len == 0 { &mut [] } else { from_raw_parts_mut(out, len) }
}

/// ns_name_unpack(3)
unsafe extern "C" fn ns_name_unpack(
    message: *const u8,
    end: *const u8,
    from: *const u8,
    to: *mut u8,
    len: usize,
) -> c_int {
    let start = from.addr().wrapping_sub(message.addr());
    or_too_long(name::unpack(between(message, end), start, room(to, len)).map(|(taken, _)| taken))
}

/// ns_name_ntop(3)
unsafe extern "C" fn ns_name_ntop(from: *const u8, to: *mut c_char, len: usize) -> c_int {
    let wire = from_raw_parts(from, wire_len(from));
    or_too_long(name::to_text(wire, room(to.cast(), len)))
}

/// Measures a name in wire form, which ends itself.
unsafe fn wire_len(from: *const u8) -> usize {
    let mut len = 0;
    while *from.add(len) != 0 && len <= name::LONGEST {
        len += 1 + usize::from(*from.add(len));
    }
    len + 1
}

/// ns_name_pton(3): whether a dot ends the name.
unsafe extern "C" fn ns_name_pton(from: *const c_char, to: *mut u8, len: usize) -> c_int {
    or_too_long(
        name::from_text(text_of(from), room(to, len)).map(|(_, is_absolute)| usize::from(is_absolute)),
    )
}

/// ns_name_uncompress(3)
unsafe extern "C" fn ns_name_uncompress(
    message: *const u8,
    end: *const u8,
    from: *const u8,
    to: *mut c_char,
    len: usize,
) -> c_int {
    let start = from.addr().wrapping_sub(message.addr());
    let mut wire = [0; name::LONGEST];
    let unpacked = name::unpack(between(message, end), start, &mut wire);
    let text = unpacked
        .and_then(|(taken, wire_len)| name::to_text(&wire[..wire_len], room(to.cast(), len)).map(|_| taken));
    or_too_long(text)
}

/// dn_expand(3): the root is an empty name.
unsafe extern "C" fn dn_expand(
    message: *const u8,
    end: *const u8,
    from: *const u8,
    to: *mut c_char,
    len: c_int,
) -> c_int {
    let taken = ns_name_uncompress(message, end, from, to, usize::try_from(len).unwrap_or(0));
    if taken > 0 && *to.cast::<u8>() == b'.' {
        *to = 0;
    }
    taken
}

/// ns_name_pack(3): `known` has the message's start, then names in it, up to a null; it ends at `known_end` at the latest.
unsafe extern "C" fn ns_name_pack(
    from: *const u8,
    to: *mut u8,
    len: c_int,
    known: *mut *const u8,
    known_end: *mut *const u8,
) -> c_int {
    let len = usize::try_from(len).unwrap_or(0);
    let wire = from_raw_parts(from, wire_len(from));
    if known.is_null() || (*known).is_null() {
        return or_too_long(name::pack(wire, room(to, len), 0, [].into_iter(), |_| {}));
    }
    let start = (*known).cast_mut();
    let at = to.addr().wrapping_sub(start.addr());
    let mut count = 1;
    while !(*known.add(count)).is_null() {
        count += 1;
    }
    let places =
        from_raw_parts(known, count)[1..].iter().map(|place| place.addr().wrapping_sub(start.addr()));
    let (mut learned, mut learned_count) = ([0usize; 128], 0);
    let packed = name::pack(wire, room(start, at.wrapping_add(len)), at, places, |place| {
        learned[learned_count] = place;
        learned_count += 1;
    });
    if packed.is_some() && !known_end.is_null() {
        for &place in &learned[..learned_count] {
            if known.wrapping_add(count + 1) >= known_end {
                break;
            }
            *known.add(count) = start.add(place);
            count += 1;
            *known.add(count) = null();
        }
    }
    or_too_long(packed)
}

/// ns_name_compress(3), dn_comp(3)
unsafe extern "C" fn ns_name_compress(
    from: *const c_char,
    to: *mut u8,
    len: usize,
    known: *mut *const u8,
    known_end: *mut *const u8,
) -> c_int {
    let mut wire = [0; name::LONGEST + 1];
    if name::from_text(text_of(from), &mut wire).is_none() {
        return or_too_long(None);
    }
    ns_name_pack(wire.as_ptr(), to, len.min(c_int::MAX as usize) as c_int, known, known_end)
}

unsafe extern "C" fn dn_comp(
    from: *const c_char,
    to: *mut u8,
    len: c_int,
    known: *mut *const u8,
    known_end: *mut *const u8,
) -> c_int {
    ns_name_compress(from, to, usize::try_from(len).unwrap_or(0), known, known_end)
}

/// ns_name_rollback(3): forgets names from `from` on.
unsafe extern "C" fn ns_name_rollback(from: *const u8, mut known: *mut *const u8, known_end: *mut *const u8) {
    while known < known_end && !(*known).is_null() {
        if *known >= from {
            *known = null();
            return;
        }
        known = known.add(1);
    }
}

/// ns_name_skip(3)
unsafe extern "C" fn ns_name_skip(at: *mut *const u8, end: *const u8) -> c_int {
    let taken = or_too_long(name::skip(between(*at, end), 0));
    if taken < 0 {
        return -1;
    }
    *at = (*at).add(taken as usize);
    0
}

/// dn_skipname(3)
unsafe extern "C" fn dn_skipname(at: *const u8, end: *const u8) -> c_int {
    or_too_long(name::skip(between(at, end), 0))
}

/// ns_name_ntol(3): a name in lower case.
unsafe extern "C" fn ns_name_ntol(from: *const u8, to: *mut u8, len: usize) -> c_int {
    let wire = from_raw_parts(from, wire_len(from));
    let Some(out) = room(to, len).get_mut(..wire.len()) else { return or_too_long(None) };
    out.copy_from_slice(wire);
    out.make_ascii_lowercase();
    out.len() as c_int
}

/// ns_initparse(3)
unsafe extern "C" fn ns_initparse(message: *const u8, len: c_int, out: *mut Message) -> c_int {
    let bytes = room(message.cast_mut(), usize::try_from(len).unwrap_or(0));
    let handle = &mut *out;
    let half = |at| get16(bytes, at);
    let Some(((id, flags), counts)) = half(0)
        .zip(half(2))
        .zip(half(4).zip(half(6)).zip(half(8).zip(half(10))).map(|((a, b), (c, d))| [a, b, c, d]))
    else {
        return or_too_long(None);
    };
    (handle.start, handle.end) = (message, message.add(bytes.len()));
    (handle.id, handle.flags, handle.counts) = (id, flags, counts);
    let mut at = HEADER_BYTES;
    for (section, &count) in counts.iter().enumerate() {
        handle.sections[section] = if count == 0 { null() } else { message.add(at) };
        let Some(next) = skip_records(bytes, at, section == 0, usize::from(count)) else {
            return or_too_long(None);
        };
        at = next;
    }
    if at != bytes.len() {
        return or_too_long(None);
    }
    (handle.section, handle.number, handle.next) = (SECTIONS as c_int, -1, null());
    0
}

/// ns_parserr(3): number -1 is the next record; after the section's last there is none.
unsafe extern "C" fn ns_parserr(
    handle: *mut Message,
    section: c_int,
    number: c_int,
    out: *mut CRecord,
) -> c_int {
    let handle = &mut *handle;
    let Some(&count) = usize::try_from(section).ok().and_then(|section| handle.counts.get(section)) else {
        set_errno(ENODEV);
        return -1;
    };
    if section != handle.section {
        handle.section = section;
        handle.number = 0;
        handle.next = handle.sections[section as usize];
    }
    let number = if number == -1 { handle.number } else { number };
    if number < 0 || number >= c_int::from(count) {
        set_errno(ENODEV);
        return -1;
    }
    if number < handle.number {
        handle.number = 0;
        handle.next = handle.sections[section as usize];
    }
    let bytes = between(handle.start, handle.end);
    let at = handle.next.addr().wrapping_sub(handle.start.addr());
    let is_question = section == 0;
    let found = skip_records(bytes, at, is_question, (number - handle.number) as usize).and_then(|at| {
        let mut wire = [0; name::LONGEST];
        let (_, len) = name::unpack(bytes, at, &mut wire)?;
        let text = room((*out).name.as_mut_ptr().cast(), TEXT_BYTES);
        name::to_text(&wire[..len], text)?;
        record(bytes, at, is_question)
    });
    let Some(found) = found else { return or_too_long(None) };
    let out = &mut *out;
    (out.kind, out.class, out.ttl, out.len) = (found.kind, found.class, found.ttl, found.len as u16);
    out.data = if is_question { null() } else { handle.start.add(found.data) };
    handle.number = number + 1;
    handle.next = handle.start.add(found.next);
    0
}

/// ns_msg_getflag(3): the mask and shift of each flag of a message.
extern "C" fn ns_msg_getflag(handle: Message, flag: c_int) -> c_int {
    const FLAGS: [(u16, u16); 10] = [
        (0x8000, 15),
        (0x7800, 11),
        (0x0400, 10),
        (0x0200, 9),
        (0x0100, 8),
        (0x0080, 7),
        (0x0040, 6),
        (0x0020, 5),
        (0x0010, 4),
        (0x000f, 0),
    ];
    let known = usize::try_from(flag).ok().and_then(|flag| FLAGS.get(flag));
    known.map_or(0, |(mask, shift)| c_int::from((handle.flags & mask) >> shift))
}

/// ns_skiprr(3)
unsafe extern "C" fn ns_skiprr(at: *const u8, end: *const u8, section: c_int, count: c_int) -> c_int {
    let count = usize::try_from(count).unwrap_or(0);
    or_too_long(skip_records(between(at, end), 0, section == 0, count))
}

unsafe extern "C" fn ns_get16(at: *const u8) -> u32 {
    u32::from(u16::from_be_bytes(at.cast::<[u8; 2]>().read()))
}

unsafe extern "C" fn ns_get32(at: *const u8) -> u64 {
    u64::from(u32::from_be_bytes(at.cast::<[u8; 4]>().read()))
}

unsafe extern "C" fn ns_put16(value: u32, to: *mut u8) {
    to.cast::<[u8; 2]>().write((value as u16).to_be_bytes());
}

unsafe extern "C" fn ns_put32(value: u64, to: *mut u8) {
    to.cast::<[u8; 4]>().write((value as u32).to_be_bytes());
}

/// ns_makecanon(3): the name with one dot at its end.
unsafe extern "C" fn ns_makecanon(from: *const c_char, to: *mut c_char, len: usize) -> c_int {
    let name = text_of(from);
    if name.len() + 2 > len {
        return or_too_long(None);
    }
    let (mut name, out) = (name, room(to.cast(), len));
    while name::without_dot(name).len() < name.len() {
        name = name::without_dot(name);
    }
    out[..name.len()].copy_from_slice(name);
    out[name.len()..name.len() + 2].copy_from_slice(b".\0");
    0
}

/// ns_samename(3)
unsafe extern "C" fn ns_samename(a: *const c_char, b: *const c_char) -> c_int {
    c_int::from(name::is_same_text(text_of(a), text_of(b)))
}

fn is_within(name: &[u8], domain: &[u8]) -> bool {
    let (name, domain) = (name::without_dot(name), name::without_dot(domain));
    if domain.is_empty() {
        return true;
    }
    let Some(lead) = name.len().checked_sub(domain.len()) else { return false };
    let is_at_label = lead == 0 || lead > 1 && name[lead - 1] == b'.' && name[lead - 2] != b'\\';
    is_at_label && name[lead..].eq_ignore_ascii_case(domain)
}

/// ns_samedomain(3)
unsafe extern "C" fn ns_samedomain(name: *const c_char, domain: *const c_char) -> c_int {
    c_int::from(is_within(text_of(name), text_of(domain)))
}

/// ns_subdomain(3)
unsafe extern "C" fn ns_subdomain(name: *const c_char, domain: *const c_char) -> c_int {
    c_int::from(ns_samename(name, domain) == 0 && ns_samedomain(name, domain) != 0)
}

pure_exports! { "libresolv.so.2";
    full dn_expand = dn_expand;
    full __dn_expand = dn_expand;
    full dn_comp = dn_comp;
    full __dn_comp = dn_comp;
    full dn_skipname = dn_skipname;
    full __dn_skipname = dn_skipname;
    full ns_name_unpack = ns_name_unpack;
    full ns_name_ntop = ns_name_ntop;
    full ns_name_pton = ns_name_pton;
    full ns_name_uncompress = ns_name_uncompress;
    full ns_name_pack = ns_name_pack;
    full ns_name_compress = ns_name_compress;
    full ns_name_rollback = ns_name_rollback;
    full ns_name_skip = ns_name_skip;
    full ns_name_ntol = ns_name_ntol;
    full ns_initparse = ns_initparse;
    full ns_parserr = ns_parserr;
    full ns_msg_getflag = ns_msg_getflag;
    full ns_skiprr = ns_skiprr;
    full ns_get16 = ns_get16;
    full ns_get32 = ns_get32;
    full ns_put16 = ns_put16;
    full ns_put32 = ns_put32;
    full _getshort = ns_get16;
    full _getlong = ns_get32;
    full __putshort = ns_put16;
    full __putlong = ns_put32;
    full ns_makecanon = ns_makecanon;
    full ns_samename = ns_samename;
    full ns_samedomain = ns_samedomain;
    full ns_subdomain = ns_subdomain;
}
