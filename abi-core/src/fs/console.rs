//! The machine's three standard streams as files.

use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, Ordering};

use super::attributes::Attributes;
use super::file::{File, OpenFile};
use super::inode::InodeRef;
use super::terminal::control::{self, Own, TIOCGEXCL, Terminal};
use super::terminal::{Modes, read_by_rules};
use crate::abi::{self, Errno, Result};
use crate::backend::{BackendError, ConsoleInput, ModesChange, Stream, TerminalAction};
use crate::boundary::user::{UserBuf, UserBufMut, UserPtr};
use crate::kernel::{Context, Kernel};
use crate::mux::WaitQueue;
use crate::sync::Mutex;

/// Device number of `/dev/console`.
pub const CONSOLE_DEVICE: u64 = (5 << 8) | 1;
const CONSOLE_PATH: &[u8] = b"/dev/console";
/// How much input is taken from the backend at a time.
const INPUT_BYTES: usize = 4096;

/// Input that was taken from the backend and not read yet.
struct Pending {
    bytes: [u8; INPUT_BYTES],
    start: usize,
    end: usize,
    /// Whether the backend said that input ends here, and nobody was told yet: it says so once.
    has_ended: bool,
}

/// The console's input side, shared by everyone who reads it.
pub struct ConsoleState {
    pending: Mutex<Pending>,
    /// Woken when input, or its end, arrives.
    pub input: WaitQueue,
    /// The modes that were set last. The terminal behind the machine has them too, but for `MIN` and `TIME`.
    modes_set: Mutex<Option<Modes>>,
    /// Whether it was opened for one only (`TIOCEXCL`), which root need not heed.
    is_exclusive: AtomicBool,
}

impl ConsoleState {
    /// Makes a console nothing was read from yet.
    pub const fn new() -> Self {
        Self {
            pending: Mutex::new(Pending { bytes: [0; INPUT_BYTES], start: 0, end: 0, has_ended: false }),
            input: WaitQueue::new(),
            modes_set: Mutex::new(None),
            is_exclusive: AtomicBool::new(false),
        }
    }

    /// Copies pending input to the front of `buf`; 0 is the end, `EAGAIN` that nothing is there yet.
    fn take(&self, cx: Context<'_>, buf: &mut [u8]) -> Result<usize> {
        let mut pending = self.pending.lock();
        pending.fill(cx)?;
        let n = (pending.end - pending.start).min(buf.len());
        pending.has_ended &= n > 0;
        let start = pending.start;
        buf[..n].copy_from_slice(&pending.bytes[start..start + n]);
        pending.start += n;
        Ok(n)
    }

    /// Returns the terminal's modes.
    fn modes(&self, cx: Context<'_>) -> Modes {
        let mut modes = cx.kernel.backend.terminal_modes().unwrap_or(Modes::INITIAL);
        if let Some(set) = &*self.modes_set.lock() {
            (modes.keys[abi::VMIN], modes.keys[abi::VTIME]) = (set.keys[abi::VMIN], set.keys[abi::VTIME]);
        }
        modes
    }

    /// Sets the terminal's modes: the terminal behind the machine follows them, but for `MIN` and `TIME`.
    fn set_modes(&self, cx: Context<'_>, wanted: Modes, change: ModesChange) {
        *self.modes_set.lock() = Some(wanted);
        let mut passed = wanted;
        (passed.keys[abi::VMIN], passed.keys[abi::VTIME]) = (1, 0);
        cx.kernel.backend.set_terminal_modes(&passed, change);
        if change == ModesChange::Flushed {
            self.drop_input();
        }
    }

    /// Forgets input that was taken from the backend and not read.
    fn drop_input(&self) {
        let mut pending = self.pending.lock();
        (pending.start, pending.end, pending.has_ended) = (0, 0, false);
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
        if self.start < self.end || self.has_ended {
            return Ok(());
        }
        (self.start, self.end) = (0, 0);
        match cx.kernel.backend.read(&mut self.bytes) {
            ConsoleInput::Bytes(n) => self.end = n.min(INPUT_BYTES),
            ConsoleInput::Empty => return Err(Errno::EAGAIN),
            ConsoleInput::End => self.has_ended = true,
        }
        Ok(())
    }
}

/// One of the standard streams. A terminal can be read and written through any of its three descriptors.
pub struct ConsoleFile {
    stream: Stream,
    is_terminal: bool,
    /// The device that it was opened from, or would be.
    node: Option<InodeRef>,
}

impl ConsoleFile {
    /// Makes the file of `stream`, opened from the device `node`.
    pub fn new(cx: Context<'_>, stream: Stream, node: InodeRef) -> Arc<Self> {
        Arc::new(Self { stream, is_terminal: cx.kernel.backend.is_terminal(stream), node: Some(node) })
    }

    /// Makes the file of `stream` that the program starts with.
    pub fn inherited(cx: Context<'_>, stream: Stream) -> Result<Arc<Self>> {
        let is_terminal = cx.kernel.backend.is_terminal(stream);
        let node = is_terminal.then(|| cx.resolve(abi::AT_FDCWD, CONSOLE_PATH)).transpose()?;
        let node = node.map(|node| node.inode);
        Ok(Arc::new(Self { stream, is_terminal, node }))
    }
}

impl ConsoleFile {
    /// Returns the stream by which it is written: the machine's input can't be, but others may lead to its terminal.
    fn written(&self, cx: Context<'_>) -> Result<Stream> {
        match self.stream {
            Stream::Input if self.is_terminal => {
                let others = [Stream::Output, Stream::Error];
                others.into_iter().find(|stream| cx.kernel.backend.is_terminal(*stream)).ok_or(Errno::EIO)
            }
            Stream::Input => Ok(Stream::Output),
            stream => Ok(stream),
        }
    }
}

impl File for ConsoleFile {
    fn read(&self, cx: Context<'_>, open: &OpenFile, buf: &mut UserBufMut) -> Result<()> {
        let console = &cx.kernel.fs.console;
        if buf.left() == 0 {
            return Ok(());
        }
        cx.kernel.fs.scratch.with(buf.left().min(INPUT_BYTES), |piece| {
            // Whole lines are what is read until the modes are set. Asking the terminal would cost each key a round trip.
            let set = if self.is_terminal { *console.modes_set.lock() } else { None };
            let rules = set.and_then(|modes| modes.key_rules());
            let take = |buf: &mut [u8]| console.take(cx, buf);
            let n = read_by_rules(cx, &console.input, rules, !open.is_nonblocking(), piece, take)?;
            buf.put(&piece[..n]).map(drop)
        })
    }

    fn is_spliceable(&self) -> bool {
        true
    }
    fn write(&self, cx: Context<'_>, open: &OpenFile, buf: &mut UserBuf) -> Result<()> {
        cx.kernel.fs.scratch.with(buf.left(), |piece| {
            while buf.left() > 0 {
                let len = buf.peek(piece)?;
                let n = self.write_kernel(cx, open, &piece[..len])?;
                buf.advance(n);
            }
            Ok(())
        })
    }

    fn write_kernel(&self, cx: Context<'_>, _open: &OpenFile, bytes: &[u8]) -> Result<usize> {
        let stream = self.written(cx)?;
        let mut done = 0;
        while done < bytes.len() {
            match cx.kernel.backend.write(stream, &bytes[done..]) {
                Ok(n) => done += n,
                Err(_) if done > 0 => break,
                Err(BackendError::Exhausted) => return Err(Errno::ENOSPC),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(done.min(bytes.len()))
    }

    fn poll(&self, cx: Context<'_>) -> i16 {
        // Looking takes input from the host, which others there may want: only who asks for input looks.
        let looks = self.is_terminal || self.stream == Stream::Input;
        let readable = match looks.then(|| cx.kernel.fs.console.available(cx)) {
            None | Some(Err(_)) => 0,
            // The end of a pipe is a hang-up, that of a terminal something to read.
            Some(Ok(0)) if !self.is_terminal => abi::POLLHUP,
            Some(Ok(_)) => abi::POLLIN | abi::POLLRDNORM,
        };
        let writable = abi::POLLOUT | abi::POLLWRNORM;
        match self.stream {
            _ if self.is_terminal => readable | writable,
            Stream::Input => readable,
            Stream::Output | Stream::Error => writable,
        }
    }
    fn wait_queue<'a>(&'a self, cx: Context<'a>) -> Option<&'a WaitQueue> {
        Some(&cx.kernel.fs.console.input)
    }
    fn label(&self) -> Vec<u8> {
        if self.is_terminal {
            CONSOLE_PATH.to_vec()
        } else {
            format!("pipe:[{}]", self.stream as u64 + 1).into_bytes()
        }
    }
    fn ioctl(&self, cx: Context<'_>, _open: &OpenFile, request: u64, argument: usize) -> Result<i32> {
        let console = &cx.kernel.fs.console;
        if request == abi::FIONREAD {
            let n = console.available(cx).unwrap_or(0);
            return UserPtr::<i32>::new(argument).write(n as i32).map(|()| 0);
        }
        if !self.is_terminal {
            return Err(Errno::ENOTTY);
        }
        let set = |modes, change| {
            console.set_modes(cx, modes, change);
            Ok(())
        };
        if let Some(answer) = control::modes(request, argument, || console.modes(cx), set) {
            return answer;
        }
        if let Some(answer) = control::session(cx, &ConsoleTerminal, request, argument) {
            return answer;
        }
        let act = |action| cx.kernel.backend.act_on_terminal(action);
        match (request, argument as i32) {
            (abi::TIOCOUTQ, _) => UserPtr::<i32>::new(argument).write(0)?,
            // A break, unless it is tcdrain(3) that asks.
            (abi::TCSBRK, 1..) => act(TerminalAction::Drain),
            (abi::TCSBRK | abi::TCSBRKP, _) => act(TerminalAction::Break),
            (abi::TCXONC, abi::TCOOFF) => act(TerminalAction::StopOutput),
            (abi::TCXONC, abi::TCOON) => act(TerminalAction::StartOutput),
            (abi::TCXONC, abi::TCIOFF) => act(TerminalAction::StopInput),
            (abi::TCXONC, abi::TCION) => act(TerminalAction::StartInput),
            (abi::TCFLSH, abi::TCIFLUSH) => {
                act(TerminalAction::DropInput);
                console.drop_input();
            }
            (abi::TCFLSH, abi::TCOFLUSH) => act(TerminalAction::DropOutput),
            (abi::TCFLSH, abi::TCIOFLUSH) => {
                act(TerminalAction::DropBoth);
                console.drop_input();
            }
            (abi::TCXONC | abi::TCFLSH, _) => return Err(Errno::EINVAL),
            (abi::TIOCEXCL | abi::TIOCNXCL, _) => {
                console.is_exclusive.store(request == abi::TIOCEXCL, Ordering::Relaxed);
            }
            (TIOCGEXCL, _) => {
                let is_exclusive = console.is_exclusive.load(Ordering::Relaxed);
                UserPtr::<i32>::new(argument).write(i32::from(is_exclusive))?;
            }
            // As a Linux that lets nobody type for others (`dev.tty.legacy_tiocsti`).
            (abi::TIOCSTI, _) => return Err(Errno::EIO),
            _ => return Err(Errno::ENOTTY),
        }
        Ok(0)
    }

    fn attributes(&self) -> Result<Attributes> {
        if let Some(node) = &self.node {
            return node.attributes();
        }
        let ino = self.stream as u64 + 1;
        Ok(Attributes {
            mode: abi::S_IFIFO | 0o600,
            ino,
            nlink: 1,
            block_size: 1024,
            ..Attributes::default()
        })
    }

    fn inode(&self) -> Option<&InodeRef> {
        self.node.as_ref()
    }

    fn is_terminal(&self) -> bool {
        self.is_terminal
    }
}

/// The terminal behind the standard streams.
struct ConsoleTerminal;

impl Terminal for ConsoleTerminal {
    fn is_own(&self, kernel: &Kernel) -> bool {
        matches!(kernel.fs.own_terminal(kernel), Some(Own::Console))
    }
    fn become_own(&self, kernel: &Kernel) {
        *kernel.fs.own_terminal.lock() = Own::Console;
    }
    fn window(&self, kernel: &Kernel) -> abi::winsize {
        let (columns, rows) = kernel.backend.window().unwrap_or((0, 0));
        abi::winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
    }
    fn set_window(&self, cx: Context<'_>, size: abi::winsize) {
        cx.kernel.backend.set_window(size.ws_col, size.ws_row);
    }
}
