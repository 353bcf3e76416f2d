//! Sending and receiving streams of bytes.

use alloc::sync::Arc;

use super::inbox::{Load, Rights, Taken};
use super::socket::{NO_INPUT, NO_OUTPUT, Patience, Phase, Socket};
use super::source::Source;
use super::urgent::Reach;
use crate::abi::{self, Errno, Result};
use crate::boundary::user::UserBufMut;
use crate::fs::scratch::Buffer;
use crate::kernel::Context;

/// From how many bytes on what is sent is not copied again: less would waste most of a buffer.
const SHARED_BYTES: usize = 32 * 1024;

/// Which bytes of what is sent are urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Urgency {
    /// None.
    None,
    /// The last, if all are sent.
    Last,
    /// The last of those that are sent.
    AsFarAsSent,
}

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

    /// Moves what fits of `load` to the peer; `EAGAIN` when nothing does.
    fn put(
        &self,
        cx: Context<'_>,
        load: &Load<'_>,
        rights: &mut Rights,
        patience: Patience,
        is_first: bool,
        urgency: Urgency,
    ) -> Result<usize> {
        Self::wait(&self.queue, cx, patience, || {
            if self.is_tcp() {
                return self.put_tcp(cx, load, is_first, urgency);
            }
            let peer = self.receiver()?;
            let mut state = peer.state.lock();
            if state.shutdown & NO_INPUT != 0 {
                return Err(Errno::EPIPE);
            }
            let n = state.inbox.push(load, rights);
            drop(state);
            if n == 0 {
                return Err(Errno::EAGAIN);
            }
            peer.queue.notify();
            Ok(n)
        })
    }

    /// Sends all of `source`, or as much as goes before an error.
    pub(super) fn send_stream(
        &self,
        cx: Context<'_>,
        source: &mut dyn Source,
        mut rights: Rights,
        flags: i32,
        patience: Patience,
    ) -> Result<usize> {
        if flags & abi::MSG_OOB != 0 && !self.is_tcp() {
            return self.send_out_of_band(cx, source, rights, patience);
        }
        let urgency = |is_last: bool| match (flags & abi::MSG_OOB, patience) {
            (0, _) => Urgency::None,
            (_, Patience::None) => Urgency::AsFarAsSent,
            _ if is_last => Urgency::Last,
            _ => Urgency::None,
        };
        if source.left() == 0 {
            return if self.is_tcp() {
                self.put(cx, &Load::Bytes(&[]), &mut rights, patience, true, Urgency::None)
            } else {
                self.receiver().map(|_| 0)
            };
        }
        let all = source.left();
        let sent = if all > SHARED_BYTES {
            self.send_buffers(cx, source, &mut rights, patience, &urgency)
        } else {
            cx.kernel.fs.scratch.with(all, |piece| {
                while source.left() > 0 {
                    let len = source.peek(piece)?;
                    let load = Load::Bytes(&piece[..len]);
                    let (is_first, is_last) = (source.left() == all, source.left() == len);
                    let n = self.put(cx, &load, &mut rights, patience, is_first, urgency(is_last))?;
                    source.advance(n);
                }
                Ok(())
            })
        };
        match all - source.left() {
            0 => sent.map(|()| 0),
            done => Ok(done),
        }
    }

    /// Sends all of `source` in buffers that the receiver copies from.
    fn send_buffers(
        &self,
        cx: Context<'_>,
        source: &mut dyn Source,
        rights: &mut Rights,
        patience: Patience,
        urgency: &dyn Fn(bool) -> Urgency,
    ) -> Result<()> {
        let mut is_first = true;
        while source.left() > 0 {
            let mut buffer = Buffer::new();
            let len = source.peek(buffer.bytes_mut())?;
            let buffer = Arc::new(buffer);
            let mut done = 0;
            while done < len {
                let load = if len < SHARED_BYTES {
                    Load::Bytes(&buffer[done..len])
                } else {
                    Load::Shared(&buffer, done..len)
                };
                let is_last = source.left() == load.len_bytes();
                let n = self.put(cx, &load, rights, patience, is_first, urgency(is_last))?;
                is_first = false;
                source.advance(n);
                done += n;
            }
        }
        Ok(())
    }

    /// Moves up to as many bytes out as `buf` holds, or copies those after the first `done`; 0 is the end, `EAGAIN` when
    /// there may be more later.
    fn take(&self, buf: &mut [u8], done: usize, peeks: bool, rights: &mut Rights) -> Result<Taken> {
        if self.is_tcp() {
            return self.take_tcp(buf, done, peeks);
        }
        let mut state = self.state.lock();
        if state.phase != Phase::Connected {
            return Err(Errno::EINVAL);
        }
        let was_roomy = state.inbox.is_roomy();
        let (skip, most) = match self.reach_local(&mut state, done, peeks, buf.len()) {
            Reach::Go { skip, most } => (skip, most),
            Reach::Stop => return Ok(Taken::Copied(0)),
        };
        let buf = &mut buf[..most];
        let taken = if peeks {
            Taken::Copied(state.inbox.peek(buf, skip, rights))
        } else {
            state.inbox.pop(buf, rights)
        };
        if matches!(taken, Taken::Copied(0)) {
            state.take_error()?;
            return if state.shutdown & NO_INPUT != 0 { Ok(taken) } else { Err(Errno::EAGAIN) };
        }
        // A sender waits only where the queue was full, and goes on when there is some room.
        let peer = if was_roomy || !state.inbox.is_roomy() { None } else { state.peer.clone() };
        drop(state);
        if let Some(peer) = peer {
            peer.queue.notify();
        }
        Ok(taken)
    }

    /// Receives into `sink`; 0 is the end.
    pub(super) fn receive_stream(
        &self,
        cx: Context<'_>,
        sink: &mut UserBufMut,
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
                    self.take(&mut piece[..want], done, peeks, rights)
                });
                match taken {
                    Ok(Taken::Copied(0)) => return Ok(done),
                    Ok(taken) => {
                        let bytes = match &taken {
                            Taken::Copied(n) => &piece[..*n],
                            Taken::Shared(buffer, range) => &buffer[range.clone()],
                        };
                        if only_counts {
                            sink.skip(bytes.len());
                        } else if let Err(error) = sink.put(bytes) {
                            // What nobody gets stays.
                            if !peeks {
                                self.state.lock().inbox.give_back(bytes, core::mem::take(rights));
                            }
                            return if done == 0 { Err(error) } else { Ok(done) };
                        }
                        done += bytes.len();
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
