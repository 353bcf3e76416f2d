//! What arrived at a socket and was not received yet.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;
use core::time::Duration;

use super::address::Address;
use super::marks::{Marks, Wishes};
use crate::fs::file::OpenFile;
use crate::fs::scratch::Buffer;

/// How much is added at once beyond the limit.
const PIECE_BYTES: usize = 32 * 1024;
/// The least of a buffer that is worth handing to a receiver: less is copied.
const SHARED_BYTES: usize = 1024;

/// Open files that travel with bytes (`SCM_RIGHTS`).
pub type Rights = Vec<Arc<OpenFile>>;

/// One message of a socket that keeps their bounds.
#[derive(Clone)]
pub struct Packet {
    /// The bytes.
    pub bytes: Box<[u8]>,
    /// Who sent it.
    pub from: Address,
    /// Where it was sent to, as far as that matters.
    pub to: Address,
    /// What its head says besides.
    pub marks: Marks,
    /// When it arrived, if the receiver wants to know.
    pub stamp: Option<Duration>,
    /// What came along.
    pub rights: Rights,
}

/// What a sender gives along with a message.
#[derive(Default)]
pub struct Along {
    /// Open files.
    pub rights: Rights,
    /// What the message's head is to say.
    pub wishes: Wishes,
}

/// Open files that belong to some bytes of a stream.
struct Mark {
    /// Positions of the first of those bytes and of the one behind them.
    start: u64,
    end: u64,
    rights: Rights,
}

/// A buffer among a stream's bytes.
struct Segment {
    /// The position of its first byte in the stream.
    at: u64,
    buffer: Arc<Buffer>,
    /// Which of its bytes these are.
    range: Range<usize>,
}

/// What a sender adds to a stream.
pub enum Load<'a> {
    /// Bytes, which are copied.
    Bytes(&'a [u8]),
    /// Some of a buffer that stays as it is from now on.
    Shared(&'a Arc<Buffer>, Range<usize>),
}

impl Load<'_> {
    /// Returns how many bytes these are.
    pub fn len_bytes(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Shared(_, range) => range.len(),
        }
    }
}

impl Load<'_> {
    /// Returns the last of the first `n` bytes.
    pub fn last_of(&self, n: usize) -> Option<u8> {
        let at = n.checked_sub(1)?;
        match self {
            Self::Bytes(bytes) => bytes.get(at).copied(),
            Self::Shared(buffer, range) => buffer.get(range.start + at).copied(),
        }
    }
}

/// What a receiver takes of a stream.
pub enum Taken {
    /// So many bytes, which were copied.
    Copied(usize),
    /// Some of a buffer.
    Shared(Arc<Buffer>, Range<usize>),
}

/// The queue of a socket: bytes of a stream, or messages.
///
/// The stream's bytes are those of `bytes`, with the segments between them at their positions.
pub struct Inbox {
    bytes: VecDeque<u8>,
    segments: VecDeque<Segment>,
    /// How many bytes the segments hold.
    segment_bytes: usize,
    /// The position of the first byte in the stream.
    position: u64,
    marks: VecDeque<Mark>,
    packets: VecDeque<Packet>,
    /// How many bytes the packets hold.
    packet_bytes: usize,
    /// How many bytes may wait.
    pub limit: usize,
}

impl Inbox {
    /// Makes an empty queue.
    pub const fn new(limit: usize) -> Self {
        Self {
            bytes: VecDeque::new(),
            segments: VecDeque::new(),
            segment_bytes: 0,
            position: 0,
            marks: VecDeque::new(),
            packets: VecDeque::new(),
            packet_bytes: 0,
            limit,
        }
    }

    /// Tells whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.stream_bytes() == 0 && self.packets.is_empty()
    }
    /// Returns how many bytes wait.
    pub fn len_bytes(&self) -> usize {
        self.stream_bytes() + self.packet_bytes
    }
    fn stream_bytes(&self) -> usize {
        self.bytes.len() + self.segment_bytes
    }
    /// Returns the position of the first byte that waits in the stream.
    pub fn position(&self) -> u64 {
        self.position
    }
    /// Returns the position behind the last one.
    pub fn end(&self) -> u64 {
        self.position + self.stream_bytes() as u64
    }
    /// Returns how many bytes fit.
    pub fn room(&self) -> usize {
        self.limit.saturating_sub(self.len_bytes())
    }
    /// Tells whether there is so much room that poll(2) says so.
    pub fn is_roomy(&self) -> bool {
        self.len_bytes() <= self.limit / 2
    }
    /// Returns how many messages wait.
    pub fn packet_count(&self) -> usize {
        self.packets.len()
    }
    /// Returns the length of the first message.
    pub fn first_packet_bytes(&self) -> Option<usize> {
        self.packets.front().map(|packet| packet.bytes.len())
    }

    /// Adds to a stream; what goes along goes with the first bytes. Where there is any room a piece goes whole, so that
    /// short sends are not split. Returns how many bytes were added.
    pub fn push(&mut self, load: &Load<'_>, rights: &mut Rights) -> usize {
        let n = match self.room() {
            0 => 0,
            room => load.len_bytes().min(room.max(PIECE_BYTES)),
        };
        if n == 0 {
            return 0;
        }
        let at = self.end();
        if !rights.is_empty() {
            self.marks.push_back(Mark { start: at, end: at + n as u64, rights: core::mem::take(rights) });
        }
        match load {
            Load::Bytes(bytes) => self.bytes.extend(&bytes[..n]),
            Load::Shared(buffer, range) => {
                let range = range.start..range.start + n;
                self.segments.push_back(Segment { at, buffer: Arc::clone(buffer), range });
                self.segment_bytes += n;
            }
        }
        n
    }

    /// Calls `visit` with the stream's next `n` bytes after the first `skip`, in order.
    fn visit(&self, mut skip: usize, mut n: usize, mut visit: impl FnMut(&[u8])) {
        let mut visit_part = |part: &[u8]| {
            let start = skip.min(part.len());
            skip -= start;
            let end = start + n.min(part.len() - start);
            n -= end - start;
            if end > start {
                visit(&part[start..end]);
            }
        };
        let (mut first, mut second) = self.bytes.as_slices();
        let mut at = self.position;
        for segment in &self.segments {
            let before = (segment.at - at) as usize;
            let (now, later) = first.split_at(before.min(first.len()));
            visit_part(now);
            first = later;
            let (now, later) = second.split_at(before - now.len());
            visit_part(now);
            second = later;
            visit_part(&segment.buffer[segment.range.clone()]);
            at = segment.at + segment.range.len() as u64;
        }
        visit_part(first);
        visit_part(second);
    }

    /// Copies a stream's bytes from `skip` on, up to where something that goes along ends; they stay.
    pub fn peek(&self, buf: &mut [u8], skip: usize, rights: &mut Rights) -> usize {
        let n = self.stretch(skip, buf.len());
        if let Some(mark) = self.marks.front().filter(|mark| mark.start < self.position + (skip + n) as u64)
            && rights.is_empty()
        {
            rights.clone_from(&mark.rights);
        }
        self.copy(buf, skip, n);
        n
    }

    fn copy(&self, buf: &mut [u8], skip: usize, n: usize) {
        let mut done = 0;
        self.visit(skip, n, |part| {
            buf[done..done + part.len()].copy_from_slice(part);
            done += part.len();
        });
    }

    /// Returns a stream's byte at a position.
    pub fn byte_at(&self, at: u64) -> Option<u8> {
        let skip = at.checked_sub(self.position).filter(|_| at < self.end())?;
        let mut byte = [0];
        self.copy(&mut byte, skip as usize, 1);
        Some(byte[0])
    }

    /// Takes out a stream's byte at a position, which is in no buffer.
    pub fn remove(&mut self, at: u64) -> Option<u8> {
        let in_buffers: usize = self
            .segments
            .iter()
            .take_while(|segment| segment.at < at)
            .map(|segment| segment.range.len())
            .sum();
        let byte = self.bytes.remove((at.checked_sub(self.position)? as usize).checked_sub(in_buffers)?)?;
        let back = |place: &mut u64| *place -= u64::from(*place > at);
        self.segments.iter_mut().for_each(|segment| back(&mut segment.at));
        self.marks.iter_mut().for_each(|mark| {
            back(&mut mark.start);
            back(&mut mark.end);
        });
        self.marks.retain(|mark| mark.start < mark.end);
        Some(byte)
    }

    /// Returns how many bytes from `skip` on can be received at once.
    fn stretch(&self, skip: usize, most: usize) -> usize {
        let end = self.marks.front().map_or(usize::MAX, |mark| (mark.end - self.position) as usize);
        most.min(self.stream_bytes().min(end).saturating_sub(skip))
    }

    /// Moves a stream's bytes out, up to where something that goes along ends: those of a buffer are handed over where
    /// they are next, others are copied to `buf`.
    pub fn pop(&mut self, buf: &mut [u8], rights: &mut Rights) -> Taken {
        let mut n = self.stretch(0, buf.len());
        let next = self.segments.front().filter(|segment| segment.at == self.position);
        let taken = match next {
            Some(segment) if segment.range.len().min(n) >= SHARED_BYTES => {
                let start = segment.range.start;
                n = n.min(segment.range.len());
                Taken::Shared(segment.buffer.clone(), start..start + n)
            }
            _ => {
                self.copy(buf, 0, n);
                Taken::Copied(n)
            }
        };
        self.discard(n);
        if let Some(mark) = self.marks.front_mut() {
            if mark.start < self.position {
                rights.append(&mut mark.rights);
            }
            if mark.end <= self.position {
                self.marks.pop_front();
            }
        }
        taken
    }

    /// Puts bytes of a stream back at its front, with what went along.
    pub fn give_back(&mut self, bytes: &[u8], rights: Rights) {
        bytes.iter().rev().for_each(|byte| self.bytes.push_front(*byte));
        let end = self.position;
        self.position -= bytes.len() as u64;
        if !rights.is_empty() {
            self.marks.push_front(Mark { start: self.position, end, rights });
        }
    }

    /// Forgets a stream's first `n` bytes, which there are.
    pub fn discard(&mut self, mut n: usize) {
        while n > 0 {
            let step = match self.segments.front_mut() {
                Some(segment) if segment.at == self.position => {
                    let step = n.min(segment.range.len());
                    segment.at += step as u64;
                    segment.range.start += step;
                    self.segment_bytes -= step;
                    if segment.range.is_empty() {
                        self.segments.pop_front();
                    }
                    step
                }
                next => {
                    let before = next.map_or(n, |segment| (segment.at - self.position) as usize);
                    let step = n.min(before);
                    self.bytes.drain(..step);
                    step
                }
            };
            self.position += step as u64;
            n -= step;
        }
    }

    /// Adds a message.
    pub fn push_packet(&mut self, packet: Packet) {
        self.packet_bytes += packet.bytes.len();
        self.packets.push_back(packet);
    }

    /// Copies the first message.
    pub fn peek_packet(&self) -> Option<Packet> {
        self.packets.front().cloned()
    }

    /// Gives up what waits.
    #[must_use]
    pub fn empty(&mut self) -> Self {
        core::mem::replace(self, Self::new(self.limit))
    }

    /// Moves the first message out.
    pub fn pop_packet(&mut self) -> Option<Packet> {
        let packet = self.packets.pop_front()?;
        self.packet_bytes -= packet.bytes.len();
        Some(packet)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(inbox: &mut Inbox, bytes: &[u8]) -> usize {
        inbox.push(&Load::Bytes(bytes), &mut Rights::new())
    }

    fn pop(inbox: &mut Inbox, buf: &mut [u8]) -> usize {
        match inbox.pop(buf, &mut Rights::new()) {
            Taken::Copied(n) => n,
            Taken::Shared(buffer, range) => {
                buf[..range.len()].copy_from_slice(&buffer[range.clone()]);
                range.len()
            }
        }
    }

    #[test]
    fn bytes_come_in_order_across_the_end_of_the_ring() {
        let mut inbox = Inbox::new(8);
        let mut buf = [0; 8];
        assert_eq!(push(&mut inbox, b"abcdef"), 6);
        assert_eq!(pop(&mut inbox, &mut buf[..4]), 4);
        assert_eq!(push(&mut inbox, b"ghijkl"), 6);
        assert_eq!((inbox.room(), push(&mut inbox, b"m")), (0, 0));
        assert_eq!((inbox.peek(&mut buf[..4], 3, &mut Rights::new()), &buf[..4]), (4, b"hijk".as_slice()));
        assert_eq!((pop(&mut inbox, &mut buf), &buf), (8, b"efghijkl"));
        assert!(inbox.is_empty());
    }

    #[test]
    fn bytes_and_buffers_come_in_the_order_they_were_sent() {
        let mut inbox = Inbox::new(1 << 20);
        let (mut sent, mut received, mut ahead) = (0u32, 0u32, 0);
        let mut number = 12345u32;
        let mut random = move |below: u32| {
            number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (number >> 8) % below
        };
        for _ in 0..3000 {
            let count = 1 + random(5000) as usize;
            let bytes: Vec<u8> = (0..count as u32).map(|i| ((sent + i) % 251) as u8).collect();
            let is_shared = random(2) == 0;
            let n = if is_shared {
                let mut buffer = Buffer::new();
                buffer.bytes_mut()[7..7 + count].copy_from_slice(&bytes);
                inbox.push(&Load::Shared(&Arc::new(buffer), 7..7 + count), &mut Rights::new())
            } else {
                push(&mut inbox, &bytes)
            };
            assert_eq!(n, count);
            sent += n as u32;
            ahead += n;
            assert_eq!(inbox.len_bytes(), ahead);
            let mut buf = std::vec![0; 1 + random(6000) as usize];
            let skip = random(4000) as usize;
            let peeked = inbox.peek(&mut buf, skip, &mut Rights::new());
            assert_eq!(peeked, buf.len().min(ahead.saturating_sub(skip)));
            let is_right = |(i, byte): (usize, &u8)| *byte == ((received + (skip + i) as u32) % 251) as u8;
            assert!(buf[..peeked].iter().enumerate().all(is_right));
            let popped = pop(&mut inbox, &mut buf);
            assert!(popped > 0 && popped <= buf.len().min(ahead));
            let is_right = |(i, byte): (usize, &u8)| *byte == ((received + i as u32) % 251) as u8;
            assert!(buf[..popped].iter().enumerate().all(is_right));
            received += popped as u32;
            ahead -= popped;
        }
        assert_eq!((sent - received) as usize, inbox.len_bytes());
    }
}
