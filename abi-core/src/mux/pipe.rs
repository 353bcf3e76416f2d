//! Pipes and fifos, pipe(7).

use alloc::boxed::Box;
use alloc::format;
use alloc::sync::{Arc, Weak};
use alloc::vec;
use alloc::vec::Vec;

use super::WaitQueue;
use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserBuf, UserBufMut, UserPtr};
use crate::fs::attributes::Attributes;
use crate::fs::file::{File, OpenFile};
use crate::fs::inode::{Inode, InodeRef};
use crate::fs::table::OnExec;
use crate::fs::tree::Node;
use crate::kernel::Context;
use crate::sync::Mutex;

mod moving;

/// How much a new pipe holds.
const DEFAULT_BYTES: usize = 65536;
/// Writes up to this long are not mixed with others (`PIPE_BUF`).
const ATOMIC_BYTES: usize = 4096;
/// The most a pipe can be made to hold (`/proc/sys/fs/pipe-max-size`).
const MAX_BYTES: usize = 1 << 20;

/// A pipe's buffer and who is at its ends.
struct State {
    ring: Box<[u8]>,
    start: usize,
    len: usize,
    readers: u32,
    writers: u32,
    /// How often each end was opened, for opens of fifos that wait for the other end.
    opened: [u32; 2],
}

/// A pipe.
pub struct Pipe {
    state: Mutex<State>,
    /// Notified when there is something to read, or the last writer left.
    readable: WaitQueue,
    /// Notified when there is room, or the last reader left.
    writable: WaitQueue,
    ino: u64,
}

/// Numbers of pipes, `pipe:[1]`.
static NEXT_INO: core::sync::atomic::AtomicU64 = core::sync::atomic::AtomicU64::new(1);

impl State {
    /// Copies bytes from the front to `buf`.
    fn peek(&self, buf: &mut [u8]) -> usize {
        let n = self.len.min(buf.len());
        let first = n.min(self.ring.len() - self.start);
        buf[..first].copy_from_slice(&self.ring[self.start..self.start + first]);
        buf[first..n].copy_from_slice(&self.ring[..n - first]);
        n
    }

    /// Moves bytes from the front to `buf`.
    fn pop(&mut self, buf: &mut [u8]) -> usize {
        let n = self.peek(buf);
        self.start = (self.start + n) % self.ring.len();
        self.len -= n;
        n
    }

    /// Moves as many of `bytes` as fit to the end.
    fn push(&mut self, bytes: &[u8]) -> usize {
        let n = bytes.len().min(self.ring.len() - self.len);
        let at = (self.start + self.len) % self.ring.len();
        let first = n.min(self.ring.len() - at);
        self.ring[at..at + first].copy_from_slice(&bytes[..first]);
        self.ring[..n - first].copy_from_slice(&bytes[first..n]);
        self.len += n;
        n
    }
}

impl Pipe {
    /// Makes an empty pipe without ends.
    pub fn new() -> Arc<Self> {
        let ring = vec![0; DEFAULT_BYTES].into_boxed_slice();
        Arc::new(Self {
            state: Mutex::new(State { ring, start: 0, len: 0, readers: 0, writers: 0, opened: [0; 2] }),
            readable: WaitQueue::new(),
            writable: WaitQueue::new(),
            ino: NEXT_INO.fetch_add(1, core::sync::atomic::Ordering::Relaxed),
        })
    }

    /// Takes bytes out; 0 when no writer is left, `EAGAIN` while one may still write.
    pub fn take(&self, buf: &mut [u8]) -> Result<usize> {
        let mut state = self.state.lock();
        if state.len == 0 {
            return if state.writers == 0 { Ok(0) } else { Err(Errno::EAGAIN) };
        }
        let n = state.pop(buf);
        drop(state);
        self.writable.notify();
        Ok(n)
    }

    /// Puts bytes in: all of them if they are few, else what fits; `EPIPE` when no reader is left, `EAGAIN` while
    /// there is no room.
    pub fn put(&self, bytes: &[u8], is_atomic: bool) -> Result<usize> {
        let mut state = self.state.lock();
        if state.readers == 0 {
            return Err(Errno::EPIPE);
        }
        let room = state.ring.len() - state.len;
        if room == 0 || (is_atomic && room < bytes.len()) {
            return Err(Errno::EAGAIN);
        }
        let n = state.push(bytes);
        drop(state);
        self.readable.notify();
        Ok(n)
    }

    /// Returns its number, as `pipe:[1]` shows it.
    pub fn number(&self) -> u64 {
        self.ino
    }

    /// Returns how many bytes wait to be read.
    pub fn len_bytes(&self) -> usize {
        self.state.lock().len
    }

    /// Returns how much it holds.
    pub fn capacity(&self) -> usize {
        self.state.lock().ring.len()
    }

    /// Changes how much it holds; returns the new size.
    pub fn set_capacity(&self, wanted: usize) -> Result<usize> {
        if wanted > MAX_BYTES {
            return Err(Errno::EPERM);
        }
        let size = wanted.max(ATOMIC_BYTES).next_power_of_two();
        let mut state = self.state.lock();
        if state.len > size {
            return Err(Errno::EBUSY);
        }
        let mut ring = vec![0; size].into_boxed_slice();
        let n = state.pop(&mut ring);
        (state.ring, state.start, state.len) = (ring, 0, n);
        drop(state);
        self.writable.notify();
        Ok(size)
    }
}

/// One end of a pipe.
pub struct PipeEnd {
    pipe: Arc<Pipe>,
    reads: bool,
    writes: bool,
    /// The fifo it was opened from.
    node: Option<InodeRef>,
}

impl PipeEnd {
    /// Opens an end as the access mode in `flags` says.
    pub fn open(pipe: &Arc<Pipe>, flags: i32, node: Option<InodeRef>) -> Arc<Self> {
        Self::open_seeing(pipe, flags, node).0
    }

    /// Opens an end, and says how many of each there were before and how often each had been opened.
    fn open_seeing(pipe: &Arc<Pipe>, flags: i32, node: Option<InodeRef>) -> (Arc<Self>, Seen) {
        let mode = flags & abi::O_ACCMODE;
        let (reads, writes) = (mode != abi::O_WRONLY, mode != abi::O_RDONLY);
        let mut state = pipe.state.lock();
        let seen = Seen { present: [state.readers, state.writers], opened: state.opened };
        state.readers += u32::from(reads);
        state.writers += u32::from(writes);
        state.opened[0] = state.opened[0].wrapping_add(u32::from(reads));
        state.opened[1] = state.opened[1].wrapping_add(u32::from(writes));
        drop(state);
        pipe.readable.notify();
        pipe.writable.notify();
        (Arc::new(Self { pipe: pipe.clone(), reads, writes, node }), seen)
    }
}

/// What there was of each end when another was opened.
struct Seen {
    present: [u32; 2],
    opened: [u32; 2],
}

impl Drop for PipeEnd {
    fn drop(&mut self) {
        let mut state = self.pipe.state.lock();
        state.readers -= u32::from(self.reads);
        state.writers -= u32::from(self.writes);
        drop(state);
        self.pipe.readable.notify();
        self.pipe.writable.notify();
    }
}

impl File for PipeEnd {
    fn read(&self, cx: Context<'_>, open: &OpenFile, buf: &mut UserBufMut) -> Result<()> {
        if buf.left() == 0 {
            return Ok(());
        }
        cx.kernel.fs.scratch.with(buf.left(), |piece| {
            let mut n = if open.is_nonblocking() {
                self.pipe.take(piece)?
            } else {
                self.pipe.readable.wait_until(cx, None, || self.pipe.take(piece))?
            };
            loop {
                // What nobody gets stays.
                buf.put(&piece[..n]).inspect_err(|_| self.pipe.give_back(&piece[..n]))?;
                let want = piece.len().min(buf.left());
                if n == 0 || want == 0 {
                    return Ok(());
                }
                n = match self.pipe.take(&mut piece[..want]) {
                    Ok(n) => n,
                    Err(_) => return Ok(()),
                };
            }
        })
    }

    fn write(&self, cx: Context<'_>, open: &OpenFile, buf: &mut UserBuf) -> Result<()> {
        let is_atomic = buf.left() <= ATOMIC_BYTES;
        cx.kernel.fs.scratch.with(buf.left(), |piece| {
            while buf.left() > 0 {
                // Of a long write, the pages that are there go.
                let len = buf.peek(piece).or_else(|error| {
                    let first = piece.get_mut(..ATOMIC_BYTES).ok_or(error)?;
                    buf.peek(first)
                })?;
                let n = if open.is_nonblocking() {
                    self.pipe.put(&piece[..len], is_atomic)?
                } else {
                    self.pipe.writable.wait_until(cx, None, || self.pipe.put(&piece[..len], is_atomic))?
                };
                buf.advance(n);
            }
            Ok(())
        })
    }

    fn write_kernel(&self, cx: Context<'_>, open: &OpenFile, bytes: &[u8]) -> Result<usize> {
        let is_atomic = bytes.len() <= ATOMIC_BYTES;
        let mut done = 0;
        while done < bytes.len() {
            let put = || self.pipe.put(&bytes[done..], is_atomic);
            let result =
                if open.is_nonblocking() { put() } else { self.pipe.writable.wait_until(cx, None, put) };
            match result {
                Ok(n) => done += n,
                Err(error) if done == 0 => return Err(error),
                Err(_) => break,
            }
        }
        Ok(done)
    }

    fn attributes(&self) -> Result<Attributes> {
        if let Some(node) = &self.node {
            return node.attributes();
        }
        Ok(Attributes {
            mode: abi::S_IFIFO | 0o600,
            dev: 0xd,
            ino: self.pipe.ino,
            nlink: 1,
            block_size: 4096,
            ..Attributes::default()
        })
    }
    fn inode(&self) -> Option<&InodeRef> {
        self.node.as_ref()
    }
    fn label(&self) -> Vec<u8> {
        format!("pipe:[{}]", self.pipe.ino).into_bytes()
    }
    fn as_pipe(&self) -> Option<&Arc<Pipe>> {
        Some(&self.pipe)
    }

    fn poll(&self, _cx: Context<'_>) -> i16 {
        let state = self.pipe.state.lock();
        let mut events = 0;
        if self.reads {
            events |= if state.len > 0 { abi::POLLIN | abi::POLLRDNORM } else { 0 };
            events |= if state.writers == 0 && !self.writes { abi::POLLHUP } else { 0 };
        }
        if self.writes {
            let has_room = state.ring.len() - state.len >= ATOMIC_BYTES;
            events |= if has_room { abi::POLLOUT | abi::POLLWRNORM } else { 0 };
            events |= if state.readers == 0 { abi::POLLERR } else { 0 };
        }
        events
    }
    fn wait_queue<'a>(&'a self, _cx: Context<'a>) -> Option<&'a WaitQueue> {
        Some(if self.reads { &self.pipe.readable } else { &self.pipe.writable })
    }
    fn ioctl(&self, _cx: Context<'_>, _open: &OpenFile, request: u64, argument: usize) -> Result<i32> {
        match request {
            abi::FIONREAD => {
                UserPtr::<i32>::new(argument).write(self.pipe.len_bytes() as i32)?;
                Ok(0)
            }
            _ => Err(Errno::ENOTTY),
        }
    }
}

/// Opens a fifo: waits for the other end, unless both are opened or `O_NONBLOCK` is set, fifo(7).
pub fn open_fifo(
    cx: Context<'_>,
    home: &Mutex<Weak<Pipe>>,
    node: Arc<Node>,
    flags: i32,
) -> Result<Arc<dyn File>> {
    let pipe = {
        let mut home = home.lock();
        home.upgrade().unwrap_or_else(|| {
            let pipe = Pipe::new();
            *home = Arc::downgrade(&pipe);
            pipe
        })
    };
    let mode = flags & abi::O_ACCMODE;
    let is_nonblocking = flags & abi::O_NONBLOCK != 0;
    if mode == abi::O_WRONLY && is_nonblocking && pipe.state.lock().readers == 0 {
        return Err(Errno::ENXIO);
    }
    let node: InodeRef = node as Arc<dyn Inode>;
    let (end, before) = PipeEnd::open_seeing(&pipe, flags, Some(node));
    if !is_nonblocking && mode != abi::O_RDWR {
        let (queue, other) = if mode == abi::O_RDONLY { (&pipe.readable, 1) } else { (&pipe.writable, 0) };
        queue.wait_until(cx, None, || {
            // Who was there, or came, may have gone again since: it has had its partner all the same.
            let has_come = || pipe.state.lock().opened[other] != before.opened[other];
            if before.present[other] > 0 || has_come() { Ok(()) } else { Err(Errno::EAGAIN) }
        })?;
    }
    Ok(end)
}

impl Context<'_> {
    /// pipe2(2)
    pub fn sys_pipe2(self, out: UserPtr<[i32; 2]>, flags: i32) -> Result<i32> {
        if flags & !(abi::O_CLOEXEC | abi::O_NONBLOCK | abi::O_DIRECT) != 0 {
            return Err(Errno::EINVAL);
        }
        let pipe = Pipe::new();
        let status = flags & (abi::O_NONBLOCK | abi::O_DIRECT);
        let on_exec = OnExec::from_flags(flags);
        let reader = OpenFile::new(PipeEnd::open(&pipe, abi::O_RDONLY, None), abi::O_RDONLY | status);
        let writer = OpenFile::new(PipeEnd::open(&pipe, abi::O_WRONLY, None), abi::O_WRONLY | status);
        let fds = {
            let mut table = self.files().descriptors.lock();
            let first = table.insert(reader, on_exec, 0)?;
            match table.insert(writer, on_exec, 0) {
                Ok(second) => [first, second],
                Err(error) => {
                    let reader = table.remove(first);
                    drop(table);
                    drop(reader);
                    return Err(error);
                }
            }
        };
        if let Err(error) = out.write(fds) {
            for fd in fds {
                self.sys_close(fd)?;
            }
            return Err(error);
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_pipe_waits_for_writers_and_ends_without_them() {
        let pipe = Pipe::new();
        let writer = PipeEnd::open(&pipe, abi::O_WRONLY, None);
        let mut buf = [0; 8];
        assert_eq!(pipe.take(&mut buf), Err(Errno::EAGAIN));
        drop(writer);
        assert_eq!(pipe.take(&mut buf), Ok(0));
    }

    #[test]
    fn a_pipe_without_readers_is_broken() {
        let pipe = Pipe::new();
        assert_eq!(pipe.put(b"x", true), Err(Errno::EPIPE));
    }

    #[test]
    fn short_writes_go_whole_or_not_at_all() {
        let pipe = Pipe::new();
        let _reader = PipeEnd::open(&pipe, abi::O_RDONLY, None);
        assert_eq!(pipe.put(&std::vec![1; DEFAULT_BYTES - 10], false), Ok(DEFAULT_BYTES - 10));
        assert_eq!(pipe.put(&[2; 11], true), Err(Errno::EAGAIN));
        assert_eq!(pipe.put(&[2; 11], false), Ok(10));
        assert_eq!(pipe.put(b"x", false), Err(Errno::EAGAIN));
    }

    #[test]
    fn bytes_come_out_in_order_across_the_ring_s_end() {
        let pipe = Pipe::new();
        let _reader = PipeEnd::open(&pipe, abi::O_RDONLY, None);
        let (mut next_in, mut next_out) = (0u8, 0u8);
        for round in 0..200 {
            let mut bytes = [0; 1000];
            for byte in &mut bytes[..500 + round] {
                *byte = next_in;
                next_in = next_in.wrapping_add(1);
            }
            assert_eq!(pipe.put(&bytes[..500 + round], false), Ok(500 + round));
            let mut out = [0; 1000];
            let n = pipe.take(&mut out).unwrap();
            for byte in &out[..n] {
                assert_eq!(*byte, next_out);
                next_out = next_out.wrapping_add(1);
            }
        }
    }

    #[test]
    fn a_pipe_keeps_its_bytes_when_its_size_changes() {
        let pipe = Pipe::new();
        let _reader = PipeEnd::open(&pipe, abi::O_RDONLY, None);
        pipe.put(&[7; 5000], false).unwrap();
        assert_eq!(pipe.set_capacity(4096), Err(Errno::EBUSY));
        assert_eq!(pipe.set_capacity(10_000), Ok(16384));
        assert_eq!(pipe.set_capacity(MAX_BYTES + 1), Err(Errno::EPERM));
        let mut out = [0; 6000];
        assert_eq!(pipe.take(&mut out), Ok(5000));
        assert!(out[..5000].iter().all(|byte| *byte == 7));
    }
}
