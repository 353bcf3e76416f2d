//! Urgent bytes of local streams, unix(7): `MSG_OOB` as Linux has it there.
//!
//! The last byte of what is sent so waits at its place in the stream, to be received by itself; the one before it that
//! nobody took becomes an ordinary byte. Where one was taken, a mark stays.

use alloc::collections::VecDeque;

use super::inbox::{Load, Rights};
use super::socket::{NO_INPUT, Patience, Phase, Socket, State};
use super::source::Source;
use super::urgent::Reach;
use crate::abi::{self, Errno, Result};
use crate::boundary::user::UserBufMut;
use crate::kernel::Context;

/// The places in a stream's inbox that have to do with urgent bytes.
#[derive(Default)]
pub struct OutOfBand {
    /// The position of the byte that `MSG_OOB` would receive.
    waiting: Option<u64>,
    /// Where others were received, in order; none lies behind `waiting`.
    marks: VecDeque<u64>,
}

impl OutOfBand {
    /// Tells whether a byte waits that `MSG_OOB` would receive.
    pub(super) fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    /// Tells whether a reader has something to pass, even if it is only a mark.
    pub(super) fn has_marks(&self) -> bool {
        !self.marks.is_empty()
    }

    /// Returns the first place behind `at`.
    fn next_after(&self, at: u64) -> Option<u64> {
        self.marks.iter().copied().chain(self.waiting).find(|place| *place > at)
    }
}

/// All bytes of a source but the last.
struct AllButLast<'a>(&'a mut dyn Source);

impl Source for AllButLast<'_> {
    fn left(&self) -> usize {
        self.0.left().saturating_sub(1)
    }
    fn peek(&self, buf: &mut [u8]) -> Result<usize> {
        let n = buf.len().min(self.left());
        self.0.peek(&mut buf[..n])
    }
    fn advance(&mut self, n: usize) {
        self.0.advance(n);
    }
}

impl State {
    /// Tells whether what is next in a local stream is a mark (`SIOCATMARK`).
    pub(super) fn is_at_local_mark(&self) -> bool {
        let (urgent, next) = (&self.out_of_band, self.inbox.position());
        urgent.waiting == Some(next) || urgent.waiting.is_none() && urgent.marks.front() == Some(&next)
    }
}

impl Socket {
    /// Sends all of `source`, the last byte of which is urgent.
    pub(super) fn send_out_of_band(
        &self,
        cx: Context<'_>,
        source: &mut dyn Source,
        mut rights: Rights,
        patience: Patience,
    ) -> Result<usize> {
        let before = source.left().checked_sub(1).ok_or(Errno::EOPNOTSUPP)?;
        if before > 0 {
            let first = core::mem::take(&mut rights);
            let sent = self.send_stream(cx, &mut AllButLast(source), first, 0, patience)?;
            if sent < before {
                return Ok(sent);
            }
        }
        match self.send_last(cx, source, &mut rights, patience) {
            Ok(()) => Ok(before + 1),
            Err(error) if before == 0 => Err(error),
            Err(_) => Ok(before),
        }
    }

    fn send_last(
        &self,
        cx: Context<'_>,
        source: &mut dyn Source,
        rights: &mut Rights,
        patience: Patience,
    ) -> Result<()> {
        let mut byte = [0];
        source.peek_all(&mut byte)?;
        let peer = Self::wait(&self.queue, cx, patience, || {
            let peer = self.receiver()?;
            let mut state = peer.state.lock();
            if state.shutdown & NO_INPUT != 0 {
                return Err(Errno::EPIPE);
            }
            if state.inbox.push(&Load::Bytes(&byte), rights) == 0 {
                return Err(Errno::EAGAIN);
            }
            state.out_of_band.waiting = Some(state.inbox.end() - 1);
            drop(state);
            Ok(peer)
        })?;
        source.advance(1);
        peer.tell_urgent(cx);
        peer.queue.notify();
        Ok(())
    }

    /// Tells the owner of this socket's file of an urgent byte.
    pub(super) fn tell_urgent(&self, cx: Context<'_>) {
        let open = self.opened.lock().upgrade();
        if let Some(open) = open {
            open.owner.tell_urgent(cx);
        }
    }

    /// Says what of the next `most` bytes after the first `done` can be received together, for one who peeks or takes.
    pub(super) fn reach_local(&self, state: &mut State, done: usize, peeks: bool, most: usize) -> Reach {
        let State { out_of_band: urgent, inbox, .. } = state;
        let is_inline = self.options.is_on(abi::SO_OOBINLINE);
        let mut skip = if peeks { done } else { 0 };
        if peeks && !is_inline && urgent.waiting == Some(inbox.position()) {
            skip += 1;
        }
        let mut at = inbox.position() + skip as u64;
        if urgent.marks.contains(&at) {
            // A mark holds up who has something, unless another byte waits further on.
            if done > 0 && urgent.waiting.is_none() {
                return Reach::Stop;
            }
            if !peeks {
                urgent.marks.pop_front();
            }
        }
        if urgent.waiting == Some(at) {
            if done > 0 {
                return Reach::Stop;
            }
            if !peeks {
                urgent.waiting = None;
                if !is_inline {
                    inbox.discard(1);
                    at += 1;
                }
            }
        }
        let before = urgent.next_after(at).map_or(usize::MAX, |place| (place - at) as usize);
        Reach::Go { skip, most: most.min(before) }
    }

    /// Receives the urgent byte; returns how many bytes that were, and what `msg_flags` says.
    pub(super) fn receive_out_of_band(&self, sink: &mut UserBufMut, flags: i32) -> Result<(usize, i32)> {
        let byte = {
            let mut state = self.state.lock();
            if state.phase != Phase::Connected || self.options.is_on(abi::SO_OOBINLINE) {
                return Err(Errno::EINVAL);
            }
            let State { out_of_band: urgent, inbox, .. } = &mut *state;
            let at = urgent.waiting.ok_or(Errno::EINVAL)?;
            if flags & abi::MSG_PEEK == 0 {
                urgent.waiting = None;
                if urgent.marks.back() != Some(&at) {
                    urgent.marks.push_back(at);
                }
                inbox.remove(at)
            } else {
                inbox.byte_at(at)
            }
        };
        sink.put(&[byte.ok_or(Errno::EINVAL)?])?;
        Ok((1, abi::MSG_OOB))
    }
}
