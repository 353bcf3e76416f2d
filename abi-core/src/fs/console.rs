//! The machine's three standard streams as files.

use alloc::sync::Arc;

use super::attributes::Attributes;
use super::file::{File, OpenFile};
use crate::abi::{self, Errno, Result};
use crate::backend::{ConsoleInput, Stream};
use crate::boundary::user::{UserBuf, UserBufMut};
use crate::kernel::Context;
use crate::mux::WaitQueue;
use crate::sync::Mutex;

/// Device number of `/dev/console`.
pub const CONSOLE_DEVICE: u64 = (5 << 8) | 1;
/// How much input is taken from the backend at a time.
const INPUT_BYTES: usize = 4096;

/// Input that was taken from the backend and not read yet.
struct Pending {
    bytes: [u8; INPUT_BYTES],
    start: usize,
    end: usize,
}

/// The console's input side, shared by everyone who reads it.
pub struct ConsoleState {
    pending: Mutex<Pending>,
    /// Woken when input, or its end, arrives.
    pub input: WaitQueue,
}

impl ConsoleState {
    /// Makes a console nothing was read from yet.
    pub const fn new() -> Self {
        Self {
            pending: Mutex::new(Pending { bytes: [0; INPUT_BYTES], start: 0, end: 0 }),
            input: WaitQueue::new(),
        }
    }

    /// Copies pending input to the front of `buf`; 0 is the end, `EAGAIN` that nothing is there yet.
    fn take(&self, cx: Context<'_>, buf: &mut [u8]) -> Result<usize> {
        let mut pending = self.pending.lock();
        pending.fill(cx)?;
        let n = (pending.end - pending.start).min(buf.len());
        let start = pending.start;
        buf[..n].copy_from_slice(&pending.bytes[start..start + n]);
        pending.start += n;
        Ok(n)
    }

    /// Returns how many bytes can be read at once; `EAGAIN` when nothing is there yet, 0 at the end.
    pub fn available(&self, cx: Context<'_>) -> Result<usize> {
        let mut pending = self.pending.lock();
        pending.fill(cx)?;
        Ok(pending.end - pending.start)
    }
}

impl Default for ConsoleState {
    fn default() -> Self {
        Self::new()
    }
}

impl Pending {
    /// Makes sure there is input, unless it has ended.
    fn fill(&mut self, cx: Context<'_>) -> Result<()> {
        if self.start < self.end {
            return Ok(());
        }
        (self.start, self.end) = (0, 0);
        match cx.kernel.backend.read(&mut self.bytes) {
            ConsoleInput::Bytes(n) => self.end = n.min(INPUT_BYTES),
            ConsoleInput::Empty => return Err(Errno::EAGAIN),
            ConsoleInput::End => {}
        }
        Ok(())
    }
}

/// One of the standard streams. A terminal can be read and written through any of its three descriptors.
pub struct ConsoleFile {
    stream: Stream,
    is_terminal: bool,
}

impl ConsoleFile {
    /// Makes the file of `stream`.
    pub fn new(cx: Context<'_>, stream: Stream) -> Arc<Self> {
        Arc::new(Self { stream, is_terminal: cx.kernel.backend.is_terminal(stream) })
    }
}

impl File for ConsoleFile {
    fn read(&self, cx: Context<'_>, open: &OpenFile, buf: &mut UserBufMut) -> Result<()> {
        let console = &cx.kernel.fs.console;
        if buf.left() == 0 {
            return Ok(());
        }
        cx.kernel.fs.scratch.with(buf.left().min(INPUT_BYTES), |piece| {
            let n = if open.is_nonblocking() {
                console.take(cx, piece)?
            } else {
                console.input.wait_until(cx, None, || console.take(cx, piece))?
            };
            buf.put(&piece[..n]).map(drop)
        })
    }

    fn write(&self, cx: Context<'_>, _open: &OpenFile, buf: &mut UserBuf) -> Result<()> {
        let stream = if self.stream == Stream::Input { Stream::Output } else { self.stream };
        cx.kernel.fs.scratch.with(buf.left(), |piece| {
            while buf.left() > 0 {
                let len = buf.peek(piece)?;
                let mut rest = &piece[..len];
                while !rest.is_empty() {
                    let Ok(n) = cx.kernel.backend.write(stream, rest) else { return Err(Errno::EPIPE) };
                    let n = n.min(rest.len());
                    buf.advance(n);
                    rest = &rest[n..];
                }
            }
            Ok(())
        })
    }

    fn attributes(&self) -> Result<Attributes> {
        let mode = if self.is_terminal { abi::S_IFCHR | 0o620 } else { abi::S_IFIFO | 0o600 };
        Ok(Attributes {
            mode,
            ino: self.stream as u64 + 1,
            nlink: 1,
            rdev: if self.is_terminal { CONSOLE_DEVICE } else { 0 },
            block_size: 1024,
            ..Attributes::default()
        })
    }

    fn is_terminal(&self) -> bool {
        self.is_terminal
    }
}
