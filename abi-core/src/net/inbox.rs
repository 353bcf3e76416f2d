//! What arrived at a socket and was not received yet.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::address::Address;
use crate::fs::file::OpenFile;

/// How much is added at once beyond the limit.
const PIECE_BYTES: usize = 32 * 1024;

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
    /// What came along.
    pub rights: Rights,
}

/// Open files that belong to some bytes of a stream.
struct Mark {
    /// Positions of the first of those bytes and of the one behind them.
    start: u64,
    end: u64,
    rights: Rights,
}

/// The queue of a socket: bytes of a stream, or messages.
pub struct Inbox {
    bytes: VecDeque<u8>,
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
            position: 0,
            marks: VecDeque::new(),
            packets: VecDeque::new(),
            packet_bytes: 0,
            limit,
        }
    }

    /// Tells whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.packets.is_empty()
    }
    /// Returns how many bytes wait.
    pub fn len_bytes(&self) -> usize {
        self.bytes.len() + self.packet_bytes
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

    /// Adds a stream's bytes; what goes along goes with the first of them. Where there is any room a piece goes whole,
    /// so that short sends are not split.
    pub fn push(&mut self, bytes: &[u8], rights: &mut Rights) -> usize {
        let n = match self.room() {
            0 => 0,
            room => bytes.len().min(room.max(PIECE_BYTES)),
        };
        if n > 0 && !rights.is_empty() {
            let start = self.position + self.bytes.len() as u64;
            self.marks.push_back(Mark { start, end: start + n as u64, rights: core::mem::take(rights) });
        }
        self.bytes.extend(&bytes[..n]);
        n
    }

    /// Copies a stream's bytes from `skip` on, up to where something that goes along ends; they stay.
    pub fn peek(&self, buf: &mut [u8], skip: usize, rights: &mut Rights) -> usize {
        let n = self.stretch(skip, buf.len());
        if let Some(mark) = self.marks.front().filter(|mark| mark.start < self.position + (skip + n) as u64)
            && rights.is_empty()
        {
            rights.clone_from(&mark.rights);
        }
        let (first, second) = self.bytes.as_slices();
        let first = &first[skip.min(first.len())..];
        let second = &second[skip.saturating_sub(self.bytes.as_slices().0.len())..];
        let split = n.min(first.len());
        buf[..split].copy_from_slice(&first[..split]);
        buf[split..n].copy_from_slice(&second[..n - split]);
        n
    }

    /// Returns how many bytes from `skip` on can be received at once.
    fn stretch(&self, skip: usize, most: usize) -> usize {
        let end = self.marks.front().map_or(usize::MAX, |mark| (mark.end - self.position) as usize);
        most.min(self.bytes.len().min(end).saturating_sub(skip))
    }

    /// Moves a stream's bytes out, up to where something that goes along ends.
    pub fn pop(&mut self, buf: &mut [u8], rights: &mut Rights) -> usize {
        let n = self.stretch(0, buf.len());
        let (first, second) = self.bytes.as_slices();
        let split = n.min(first.len());
        buf[..split].copy_from_slice(&first[..split]);
        buf[split..n].copy_from_slice(&second[..n - split]);
        self.bytes.drain(..n);
        self.position += n as u64;
        if let Some(mark) = self.marks.front_mut() {
            if mark.start < self.position {
                rights.append(&mut mark.rights);
            }
            if mark.end <= self.position {
                self.marks.pop_front();
            }
        }
        n
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

    #[test]
    fn bytes_come_in_order_across_the_end_of_the_ring() {
        let mut inbox = Inbox::new(8);
        let (mut buf, none) = ([0; 8], &mut Rights::new());
        assert_eq!(inbox.push(b"abcdef", none), 6);
        assert_eq!(inbox.pop(&mut buf[..4], none), 4);
        assert_eq!(inbox.push(b"ghijkl", none), 6);
        assert_eq!((inbox.room(), inbox.push(b"m", none)), (0, 0));
        assert_eq!((inbox.peek(&mut buf[..4], 3, none), &buf[..4]), (4, b"hijk".as_slice()));
        assert_eq!((inbox.pop(&mut buf, none), &buf), (8, b"efghijkl"));
        assert!(inbox.is_empty());
    }
}
