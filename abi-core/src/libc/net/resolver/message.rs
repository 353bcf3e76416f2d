//! Messages of the DNS (RFC 1035, 4): `ns_msg` and `ns_rr`, and queries.

use core::ffi::{c_char, c_int};

use super::name;

/// The fixed part of a message.
pub const HEADER_BYTES: usize = 12;
/// The longest query: header, name, type and class.
pub const LONGEST_QUERY: usize = HEADER_BYTES + name::LONGEST + 4;
/// Response codes that another server may not have: SERVFAIL, NOTIMP, REFUSED.
pub const TRY_ANOTHER: [u8; 3] = [2, 4, 5];
/// The sections: question, answer, authority, additional.
pub const SECTIONS: usize = 4;

/// Reads 16 bits.
pub fn get16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

/// Reads 32 bits.
pub fn get32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

/// `ns_msg`
#[repr(C)]
pub struct Message {
    /// The message.
    pub start: *const u8,
    /// Its end.
    pub end: *const u8,
    /// Its number.
    pub id: u16,
    /// Its flags.
    pub flags: u16,
    /// How many records each section has.
    pub counts: [u16; SECTIONS],
    /// Where each starts.
    pub sections: [*const u8; SECTIONS],
    /// The section that is read.
    pub section: c_int,
    /// The number of the next record.
    pub number: c_int,
    /// Where that is.
    pub next: *const u8,
}

/// `ns_rr`
#[repr(C)]
pub struct CRecord {
    /// The name it belongs to.
    pub name: [c_char; 1025],
    /// Its type.
    pub kind: u16,
    /// Its class.
    pub class: u16,
    /// How long it holds, in seconds.
    pub ttl: u32,
    /// How long its data is.
    pub len: u16,
    /// Its data.
    pub data: *const u8,
}

const _: () = assert!(size_of::<Message>() == 80 && size_of::<CRecord>() == 1048);

/// A record, taken apart.
#[derive(Debug, Clone, Copy)]
pub struct Record {
    /// Its type.
    pub kind: u16,
    /// Its class.
    pub class: u16,
    /// How long it holds, in seconds.
    pub ttl: u32,
    /// Where its data starts.
    pub data: usize,
    /// How long that is.
    pub len: usize,
    /// Where the next record starts.
    pub next: usize,
}

/// Takes the record at `at` apart. Those of the first section have no data.
pub fn record(message: &[u8], at: usize, is_question: bool) -> Option<Record> {
    let fixed = at + name::skip(message, at)?;
    let (kind, class) = (get16(message, fixed)?, get16(message, fixed + 2)?);
    if is_question {
        return Some(Record { kind, class, ttl: 0, data: 0, len: 0, next: fixed + 4 });
    }
    let (ttl, len) = (get32(message, fixed + 4)?, usize::from(get16(message, fixed + 8)?));
    let (data, next) = (fixed + 10, fixed + 10 + len);
    (next <= message.len()).then_some(Record { kind, class, ttl, data, len, next })
}

/// Returns where the records after `count` more start.
pub fn skip_records(message: &[u8], mut at: usize, is_question: bool, count: usize) -> Option<usize> {
    for _ in 0..count {
        at = record(message, at, is_question)?.next;
    }
    Some(at)
}

/// Writes a query for one record of a name in wire form; returns its length.
pub fn query(out: &mut [u8], id: u16, flags: u16, name: &[u8], kind: u16, class: u16) -> Option<usize> {
    let end = HEADER_BYTES + name.len();
    let query = out.get_mut(..end + 4)?;
    query[..HEADER_BYTES].fill(0);
    query[..2].copy_from_slice(&id.to_be_bytes());
    query[2..4].copy_from_slice(&flags.to_be_bytes());
    query[5] = 1;
    query[HEADER_BYTES..end].copy_from_slice(name);
    query[end..end + 2].copy_from_slice(&kind.to_be_bytes());
    query[end + 2..].copy_from_slice(&class.to_be_bytes());
    Some(end + 4)
}

/// Tells whether a message answers a query.
pub fn answers(query: &[u8], message: &[u8]) -> bool {
    let question = |bytes: &[u8]| {
        let mut name = [0; name::LONGEST];
        let (taken, len) = name::unpack(bytes, HEADER_BYTES, &mut name)?;
        name[..len].make_ascii_lowercase();
        Some((name, len, get32(bytes, HEADER_BYTES + taken)?))
    };
    let is_response = message.get(2).is_some_and(|flags| flags & 0x80 != 0);
    // What sends us to another server may come without the question.
    let is_bare = get16(message, 4) == Some(0) && TRY_ANOTHER.contains(&response_code(message));
    is_response && get16(query, 0) == get16(message, 0) && (is_bare || question(query) == question(message))
}

/// Returns the response code.
pub fn response_code(message: &[u8]) -> u8 {
    message.get(3).map_or(0, |flags| flags & 0xf)
}

/// Tells whether the answer did not fit.
pub fn is_cut(message: &[u8]) -> bool {
    message.get(2).is_some_and(|flags| flags & 2 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_outside_the_message_are_refused() {
        let mut message = [0u8; 64];
        let len = query(&mut message, 7, 0x0100, b"\x01a\0", 1, 1).expect("there is room");
        assert_eq!(len, 19);
        assert_eq!(record(&message[..len], 12, true).map(|record| record.next), Some(len));
        assert!(record(&message[..len - 1], 12, true).is_none());
        assert!(record(&message[..len], 12, false).is_none());
        assert!(!answers(&message[..len], &message[..len]));
        let mut answer = message;
        answer[2] |= 0x80;
        answer[13] = b'A';
        assert!(answers(&message[..len], &answer[..len]));
        answer[13] = b'b';
        assert!(!answers(&message[..len], &answer[..len]));
    }
}
