//! Sending and receiving streams of bytes.

use alloc::sync::Arc;

use super::inbox::Rights;
use super::socket::{NO_INPUT, NO_OUTPUT, Patience, Phase, Socket};
use super::vectors::{Sink, Source};
use crate::abi::{self, Errno, Result};
use crate::kernel::Context;

impl Socket {
    /// Returns whom bytes go to, or why they can't.
    pub(super) fn receiver(&self) -> Result<Arc<Socket>> {
        let mut state = self.state.lock();
        if state.phase != Phase::Connected {
            return Err(Errno::ENOTCONN);
        }
        // A local stream's end comes before its error, as on Linux.
        let has_ended = state.shutdown & NO_OUTPUT != 0;
        if !(has_ended && self.is_stream()) {
            state.take_error()?;
        }
        if has_ended {
            return Err(Errno::EPIPE);
        }
        state.peer.clone().ok_or(Errno::EPIPE)
    }

    /// Moves what fits of `bytes` to the peer; `EAGAIN` when nothing does.
    fn put(&self, cx: Context<'_>, bytes: &[u8], rights: &mut Rights, is_first: bool) -> Result<usize> {
        if self.is_tcp() {
            return self.put_tcp(cx, bytes, is_first);
        }
        let peer = self.receiver()?;
        let mut state = peer.state.lock();
        if state.shutdown & NO_INPUT != 0 {
            return Err(Errno::EPIPE);
        }
        let n = state.inbox.push(bytes, rights);
        drop(state);
        if n == 0 {
            return Err(Errno::EAGAIN);
        }
        peer.queue.notify();
        Ok(n)
    }

    /// Sends all of `source`, or as much as goes before an error.
    pub(super) fn send_stream(
        &self,
        cx: Context<'_>,
        source: &mut dyn Source,
        mut rights: Rights,
        patience: Patience,
    ) -> Result<usize> {
        if source.left() == 0 {
            return if self.is_tcp() {
                Self::wait(&self.queue, cx, patience, || self.put_tcp(cx, &[], true))
            } else {
                self.receiver().map(|_| 0)
            };
        }
        let mut done = 0;
        cx.kernel.fs.scratch.with(source.left(), |piece| {
            while source.left() > 0 {
                let put = source.peek(piece).and_then(|len| {
                    Self::wait(&self.queue, cx, patience, || {
                        self.put(cx, &piece[..len], &mut rights, done == 0)
                    })
                });
                match put {
                    Ok(n) => {
                        source.advance(n);
                        done += n;
                    }
                    Err(error) if done == 0 => return Err(error),
                    Err(_) => break,
                }
            }
            Ok(done)
        })
    }

    /// Moves bytes out, or copies them from `skip` on; 0 is the end, `EAGAIN` when there may be more later.
    fn take(
        &self,
        buf: &mut [u8],
        skip: Option<usize>,
        rights: &mut Rights,
        is_first: bool,
    ) -> Result<usize> {
        if self.is_tcp() {
            return self.take_tcp(buf, skip, is_first);
        }
        let mut state = self.state.lock();
        if state.phase != Phase::Connected {
            return Err(Errno::EINVAL);
        }
        let was_roomy = state.inbox.is_roomy();
        let n = match skip {
            Some(skip) => state.inbox.peek(buf, skip, rights),
            None => state.inbox.pop(buf, rights),
        };
        if n == 0 {
            state.take_error()?;
            return if state.shutdown & NO_INPUT != 0 { Ok(0) } else { Err(Errno::EAGAIN) };
        }
        // A sender waits only where the queue was full.
        let peer = if was_roomy { None } else { state.peer.clone() };
        drop(state);
        if let Some(peer) = peer {
            peer.queue.notify();
        }
        Ok(n)
    }

    /// Receives into `sink`; 0 is the end.
    pub(super) fn receive_stream(
        &self,
        cx: Context<'_>,
        sink: &mut dyn Sink,
        flags: i32,
        rights: &mut Rights,
        patience: Patience,
    ) -> Result<usize> {
        if sink.left() == 0 {
            return Ok(0);
        }
        let peeks = flags & abi::MSG_PEEK != 0;
        let only_counts = flags & abi::MSG_TRUNC != 0 && self.is_tcp();
        let enough = if flags & abi::MSG_WAITALL != 0 { usize::MAX } else { self.options.low_water() };
        let mut done = 0;
        cx.kernel.fs.scratch.with(sink.left(), |piece| {
            loop {
                let want = piece.len().min(sink.left());
                // Once there is enough, nobody waits for more.
                let patience = if done >= enough { Patience::None } else { patience };
                let taken = Self::wait(&self.queue, cx, patience, || {
                    self.take(&mut piece[..want], peeks.then_some(done), rights, done == 0)
                });
                match taken {
                    Ok(0) => return Ok(done),
                    Ok(n) => {
                        if only_counts {
                            sink.skip(n);
                        } else {
                            sink.put(&piece[..n])?;
                        }
                        done += n;
                    }
                    Err(error) if done == 0 => return Err(error),
                    Err(_) => return Ok(done),
                }
                if sink.left() == 0 || !rights.is_empty() {
                    return Ok(done);
                }
            }
        })
    }
}
