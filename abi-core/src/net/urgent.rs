//! Urgent bytes of TCP, tcp(7): `MSG_OOB`, and the mark in the stream.
//!
//! The last byte of what is sent so is urgent. It keeps its place in the stream, which is the mark; but unless
//! `SO_OOBINLINE` is on, only `MSG_OOB` receives it, and whoever reads past the mark loses it.

use super::socket::{Phase, Socket, State};
use crate::abi::{self, Errno, Result};
use crate::boundary::user::UserBufMut;

/// The urgent byte that came last, until what is received goes past it.
#[derive(Debug, Clone, Copy)]
pub struct Urgent {
    /// Its position in the stream, not before the first byte that waits.
    at: u64,
    /// The byte, unless it was received by itself.
    byte: Option<u8>,
}

/// How far a receiver may go.
pub(super) enum Reach {
    /// Not at all: it has something, and the mark is next.
    Stop,
    /// So many bytes, after so many that are left out.
    Go { skip: usize, most: usize },
}

impl State {
    /// Returns how many bytes lie before the mark; `None` if there is none.
    fn before_mark(&self) -> Option<usize> {
        self.urgent.map(|urgent| (urgent.at - self.inbox.position()) as usize)
    }

    /// Tells whether an urgent byte waits that `MSG_OOB` would receive.
    pub(super) fn has_urgent_byte(&self) -> bool {
        self.urgent.is_some_and(|urgent| urgent.byte.is_some())
    }

    /// Tells whether the mark is next in the stream.
    pub(super) fn is_at_mark(&self) -> bool {
        self.before_mark() == Some(0)
    }

    /// Forgets the mark once it lies behind.
    pub(super) fn pass_mark(&mut self) {
        if self.urgent.is_some_and(|urgent| urgent.at < self.inbox.position()) {
            self.urgent = None;
        }
    }

    /// Marks the last byte that arrived. One that was urgent before is so no more: where nothing is before it, it is
    /// lost.
    pub(super) fn mark_urgent(&mut self, byte: u8, is_inline: bool) {
        if self.is_at_mark() && !is_inline {
            self.inbox.discard(1);
        }
        let at = self.inbox.end() - 1;
        self.urgent = Some(Urgent { at, byte: Some(byte) });
    }
}

impl Socket {
    fn is_inline(&self) -> bool {
        self.options.is_on(abi::SO_OOBINLINE)
    }

    /// Says what of the next `most` bytes after the first `done` can be received together, for one who peeks or takes;
    /// leaves out the urgent byte.
    pub(super) fn reach(&self, state: &mut State, done: usize, peeks: bool, most: usize) -> Reach {
        let skip = if peeks { done } else { 0 };
        match state.before_mark() {
            Some(0) if peeks => Reach::Go { skip: skip + usize::from(!self.is_inline()), most },
            Some(0) if done > 0 => Reach::Stop,
            Some(0) => {
                if !self.is_inline() {
                    state.inbox.discard(1);
                    state.urgent = None;
                }
                Reach::Go { skip, most }
            }
            Some(before) if skip == before => Reach::Stop,
            Some(before) => Reach::Go { skip, most: most.min(before - skip) },
            None => Reach::Go { skip, most },
        }
    }

    /// Tells whether so many bytes wait as poll(2) is to report.
    pub(super) fn has_enough(&self, state: &State) -> bool {
        let hole = usize::from(state.is_at_mark() && !self.is_inline());
        state.inbox.len_bytes() >= self.options.low_water().saturating_add(hole)
    }

    /// Returns how many bytes can be received before the mark, or in all (`FIONREAD`).
    pub(super) fn bytes_to_mark(&self, state: &State) -> usize {
        state.before_mark().filter(|_| !self.is_inline()).unwrap_or_else(|| state.inbox.len_bytes())
    }

    /// Receives the urgent byte; returns how many bytes that were, and what `msg_flags` says.
    pub(super) fn receive_urgent(&self, sink: &mut UserBufMut, flags: i32) -> Result<(usize, i32)> {
        let byte = {
            let mut state = self.state.lock();
            if state.phase == Phase::Listening {
                return Err(Errno::ENOTCONN);
            }
            let urgent = state.urgent.as_mut().filter(|_| !self.is_inline()).ok_or(Errno::EINVAL)?;
            let byte = urgent.byte.ok_or(Errno::EINVAL)?;
            if flags & abi::MSG_PEEK == 0 {
                urgent.byte = None;
            }
            byte
        };
        if sink.left() == 0 {
            return Ok((0, abi::MSG_OOB | abi::MSG_TRUNC));
        }
        if flags & abi::MSG_TRUNC == 0 {
            sink.put(&[byte])?;
        }
        Ok((1, abi::MSG_OOB))
    }
}
