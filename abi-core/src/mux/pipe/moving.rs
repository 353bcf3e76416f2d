//! Moving bytes of the kernel in and out of a pipe, for splice(2) and its kin.

use alloc::vec;

use super::{Pipe, State};
use crate::abi::{Errno, Result};
use crate::kernel::Context;

impl State {
    /// Makes room for `more` bytes beside those that are there.
    fn grow(&mut self, more: usize) {
        let mut ring = vec![0; self.len + more].into_boxed_slice();
        let n = self.pop(&mut ring);
        (self.ring, self.start, self.len) = (ring, 0, n);
    }
}

impl Pipe {
    /// Takes bytes out as [`Pipe::take`] does, waiting for some.
    pub fn take_waiting(&self, cx: Context<'_>, buf: &mut [u8], may_wait: bool) -> Result<usize> {
        if may_wait { self.readable.wait_until(cx, None, || self.take(buf)) } else { self.take(buf) }
    }

    /// Puts in what fits of `bytes`, waiting for room for some.
    pub fn put_waiting(&self, cx: Context<'_>, bytes: &[u8], may_wait: bool) -> Result<usize> {
        let put = || self.put(bytes, false);
        if may_wait { self.writable.wait_until(cx, None, put) } else { put() }
    }

    /// Waits until something can be put in; returns how many bytes.
    pub fn wait_for_room(&self, cx: Context<'_>, may_wait: bool) -> Result<usize> {
        let room = || {
            let state = self.state.lock();
            match state.ring.len() - state.len {
                _ if state.readers == 0 => Err(Errno::EPIPE),
                0 => Err(Errno::EAGAIN),
                room => Ok(room),
            }
        };
        if may_wait { self.writable.wait_until(cx, None, room) } else { room() }
    }

    /// Puts in all of `bytes`, for which there was room, and is again if another writer has come between.
    pub fn put_all(&self, bytes: &[u8]) {
        let mut state = self.state.lock();
        let put = state.push(bytes);
        if put < bytes.len() {
            state.grow(bytes.len() - put);
            state.push(&bytes[put..]);
        }
        drop(state);
        self.readable.notify();
    }

    /// Copies the first bytes, which stay, waiting for some; 0 when no writer is left.
    pub fn peek_waiting(&self, cx: Context<'_>, buf: &mut [u8], may_wait: bool) -> Result<usize> {
        let mut peek = || {
            let state = self.state.lock();
            match (state.len, state.writers) {
                (0, 0) => Ok(0),
                (0, _) => Err(Errno::EAGAIN),
                _ => Ok(state.peek(buf)),
            }
        };
        if may_wait { self.readable.wait_until(cx, None, peek) } else { peek() }
    }

    /// Puts bytes back at the front, also where there is no room: they were in the pipe before.
    pub fn give_back(&self, bytes: &[u8]) {
        let mut state = self.state.lock();
        let len = bytes.len() + state.len;
        let mut ring = vec![0; state.ring.len().max(len)].into_boxed_slice();
        ring[..bytes.len()].copy_from_slice(bytes);
        let _ = state.pop(&mut ring[bytes.len()..len]);
        (state.ring, state.start, state.len) = (ring, 0, len);
        drop(state);
        self.readable.notify();
    }
}
