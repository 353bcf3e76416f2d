//! Messages as netlink(7) has them: a head, a head of the message's own kind, and attributes.

use alloc::vec::Vec;

use crate::abi::{self, NLMSG_DONE, NLMSG_ERROR};

/// `sizeof(struct nlmsghdr)`
pub(super) const HEAD_BYTES: usize = 16;
/// `sizeof(struct rtattr)`
const ATTRIBUTE_HEAD_BYTES: usize = 4;
/// What messages and attributes start at multiples of.
const ALIGN: usize = 4;
/// The bits of an attribute's type that are no flags.
const TYPE_MASK: u16 = 0x3fff;

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Returns the number at a place.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// A message that was sent to the kernel.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request<'a> {
    /// `nlmsg_type`
    pub kind: u16,
    /// `nlmsg_flags`
    pub flags: u16,
    /// `nlmsg_seq`
    pub sequence: u32,
    /// What follows the head.
    pub body: &'a [u8],
    head: &'a [u8],
}

impl<'a> Request<'a> {
    /// Splits the first message off; `None` where no whole one is left.
    pub(super) fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let len = u32_at(bytes, 0)? as usize;
        if len < HEAD_BYTES {
            return None;
        }
        let (head, body) = bytes.get(..len)?.split_at(HEAD_BYTES);
        let one =
            Self { kind: u16_at(head, 4)?, flags: u16_at(head, 6)?, sequence: u32_at(head, 8)?, body, head };
        Some((one, bytes.get(len.next_multiple_of(ALIGN)..).unwrap_or_default()))
    }

    /// Tells whether all of what it names is asked for.
    pub(super) fn is_dump(&self) -> bool {
        self.flags & abi::NLM_F_DUMP as u16 != 0
    }

    /// Makes the answer that says how it went: an error number, or 0. What was asked goes along, its head alone if
    /// `is_capped`.
    pub(super) fn outcome(&self, port: u32, error: i32, is_capped: bool) -> Vec<u8> {
        let is_capped = is_capped || error == 0;
        let flags = if is_capped { abi::NLM_F_CAPPED as u16 } else { 0 };
        let mut answer = Message::new(NLMSG_ERROR as u16, flags, self.sequence, port);
        answer.put(&(-error).to_ne_bytes());
        answer.put(self.head);
        if !is_capped {
            answer.put(self.body);
            answer.pad();
        }
        answer.end()
    }

    /// Starts an answer.
    pub(super) fn answer(&self, kind: u16, flags: i32, port: u32) -> Message {
        Message::new(kind, flags as u16, self.sequence, port)
    }

    /// Makes the end of an answer in parts.
    pub(super) fn done(&self, flags: i32, port: u32, error: i32) -> Vec<u8> {
        let mut answer = self.answer(NLMSG_DONE as u16, flags, port);
        answer.put(&(-error).to_ne_bytes());
        answer.end()
    }
}

/// Goes through attributes: type and value.
pub(super) fn attributes(mut bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    core::iter::from_fn(move || {
        let (len, kind) = (usize::from(u16_at(bytes, 0)?), u16_at(bytes, 2)?);
        let value = bytes.get(ATTRIBUTE_HEAD_BYTES..len)?;
        bytes = bytes.get(len.next_multiple_of(ALIGN)..).unwrap_or_default();
        Some((kind & TYPE_MASK, value))
    })
}

/// A message under construction.
pub(super) struct Message(Vec<u8>);

impl Message {
    fn new(kind: u16, flags: u16, sequence: u32, port: u32) -> Self {
        let mut message = Self(Vec::with_capacity(256));
        message.put(&0u32.to_ne_bytes());
        message.put(&kind.to_ne_bytes());
        message.put(&flags.to_ne_bytes());
        message.put(&sequence.to_ne_bytes());
        message.put(&port.to_ne_bytes());
        message
    }

    /// Adds bytes of the head of its kind.
    pub(super) fn put(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Adds an attribute.
    pub(super) fn attribute(&mut self, kind: u16, value: &[u8]) {
        let len = ATTRIBUTE_HEAD_BYTES + value.len();
        self.put(&(len as u16).to_ne_bytes());
        self.put(&kind.to_ne_bytes());
        self.put(value);
        self.pad();
    }

    /// Adds an attribute that is a text.
    pub(super) fn text(&mut self, kind: u16, text: &str) {
        self.attribute(kind, &[text.as_bytes(), &[0]].concat());
    }

    /// Adds an attribute that is a number.
    pub(super) fn number(&mut self, kind: u16, number: u32) {
        self.attribute(kind, &number.to_ne_bytes());
    }

    fn pad(&mut self) {
        self.0.resize(self.0.len().next_multiple_of(ALIGN), 0);
    }

    /// Completes it; what follows it starts where the next message may.
    pub(super) fn end(mut self) -> Vec<u8> {
        let len = self.0.len() as u32;
        self.0[..4].copy_from_slice(&len.to_ne_bytes());
        self.pad();
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_that_are_not_whole_are_none() {
        let mut bytes = Message::new(18, 1, 7, 9);
        bytes.attribute(3, b"lo\0");
        let bytes = bytes.end();
        let (request, rest) = Request::split(&bytes).expect("it is whole");
        assert_eq!((request.kind, request.flags, request.sequence, rest), (18, 1, 7, [].as_slice()));
        let found: Vec<_> = attributes(request.body).collect();
        assert_eq!(found, [(3, b"lo\0".as_slice())]);
        assert!((0..bytes.len()).all(|len| Request::split(&bytes[..len]).is_none()));
        assert!(Request::split(&[15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).is_none());
        // An attribute that says it is longer than the message, or shorter than its head, ends the list.
        assert_eq!(attributes(&[9, 0, 3, 0, 1, 2, 3, 4]).count(), 0);
        assert_eq!(attributes(&[3, 0, 3, 0]).count(), 0);
    }

    #[test]
    fn an_outcome_says_what_was_asked() {
        let bytes = Message::new(200, 5, 1, 0).end();
        let (request, _) = Request::split(&bytes).expect("it is whole");
        let refused = request.outcome(4, 95, false);
        assert_eq!((u32_at(&refused, 0), u32_at(&refused, 12)), (Some(36), Some(4)));
        assert_eq!((u32_at(&refused, 16), &refused[20..]), (Some(-95i32 as u32), bytes.as_slice()));
    }
}
