//! The machine's three standard streams as files.

use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::attributes::Attributes;
use super::file::{File, OpenFile};
use crate::abi::{self, Errno, Result};
use crate::backend::{ConsoleInput, RawMode, Stream};
use crate::boundary::user::{UserBuf, UserBufMut, UserPtr};
use crate::kernel::Context;
use crate::mux::WaitQueue;
use crate::sync::Mutex;

/// Device number of `/dev/console`.
pub const CONSOLE_DEVICE: u64 = (5 << 8) | 1;
/// How much input is taken from the backend at a time.
const INPUT_BYTES: usize = 4096;

/// `struct termios` as `TCGETS` has it: glibc's begins with the same fields and is longer.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct KernelTermios {
    /// Input modes.
    pub iflag: u32,
    /// Output modes.
    pub oflag: u32,
    /// Control modes.
    pub cflag: u32,
    /// Local modes.
    pub lflag: u32,
    /// Line discipline.
    pub line: u8,
    /// Control characters.
    pub cc: [u8; 19],
}

/// How a terminal starts, as Linux's do.
const INITIAL_TERMIOS: KernelTermios = KernelTermios {
    iflag: abi::ICRNL | abi::IXON,
    oflag: abi::OPOST | abi::ONLCR,
    cflag: abi::B38400 | abi::CS8 | abi::CREAD,
    lflag: abi::ISIG
        | abi::ICANON
        | abi::ECHO
        | abi::ECHOE
        | abi::ECHOK
        | abi::ECHOCTL
        | abi::ECHOKE
        | abi::IEXTEN,
    line: 0,
    cc: [3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0, 0, 0],
};

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
    termios: Mutex<KernelTermios>,
}

impl ConsoleState {
    /// Makes a console nothing was read from yet.
    pub const fn new() -> Self {
        Self {
            pending: Mutex::new(Pending { bytes: [0; INPUT_BYTES], start: 0, end: 0 }),
            input: WaitQueue::new(),
            termios: Mutex::new(INITIAL_TERMIOS),
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

    /// Sets the terminal's modes. The terminal behind the machine knows two: lines, and every key.
    fn set_termios(&self, cx: Context<'_>, wanted: KernelTermios) {
        let before = core::mem::replace(&mut *self.termios.lock(), wanted);
        let is_raw = |termios: KernelTermios| termios.lflag & abi::ICANON == 0;
        if is_raw(before) != is_raw(wanted) {
            cx.kernel.backend.set_raw(if is_raw(wanted) { RawMode::Raw } else { RawMode::Cooked });
        }
    }

    /// Forgets input that was taken from the backend and not read.
    fn drop_input(&self) {
        let mut pending = self.pending.lock();
        (pending.start, pending.end) = (0, 0);
    }

    /// Returns the device number of the terminal of the session, and its foreground group; 0 and -1 where there is none.
    pub fn controlling(&self, kernel: &crate::kernel::Kernel) -> (u64, i32) {
        let is_there = [Stream::Input, Stream::Output, Stream::Error]
            .into_iter()
            .any(|stream| kernel.backend.is_terminal(stream));
        if is_there { (CONSOLE_DEVICE, abi::PID) } else { (0, -1) }
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
        let stream = if self.stream == Stream::Input { Stream::Output } else { self.stream };
        let mut done = 0;
        while done < bytes.len() {
            match cx.kernel.backend.write(stream, &bytes[done..]) {
                Ok(n) => done += n,
                Err(_) if done > 0 => break,
                Err(_) => return Err(Errno::EPIPE),
            }
        }
        Ok(done.min(bytes.len()))
    }

    fn poll(&self, cx: Context<'_>) -> i16 {
        let readable = match cx.kernel.fs.console.available(cx) {
            Err(_) => 0,
            // The end of a pipe is a hang-up, that of a terminal something to read.
            Ok(0) if !self.is_terminal => abi::POLLHUP,
            Ok(_) => abi::POLLIN | abi::POLLRDNORM,
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
            b"/dev/console".to_vec()
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
        match request {
            abi::TCGETS => UserPtr::<KernelTermios>::new(argument).write(*console.termios.lock())?,
            abi::TCSETS | abi::TCSETSW | abi::TCSETSF => {
                let wanted = UserPtr::<KernelTermios>::new(argument).read()?;
                console.set_termios(cx, wanted);
            }
            abi::TIOCGWINSZ => {
                let (columns, rows) = cx.kernel.backend.window().unwrap_or((0, 0));
                let size = abi::winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
                UserPtr::new(argument).write(size)?;
            }
            abi::TIOCGPGRP | abi::TIOCGSID => UserPtr::<i32>::new(argument).write(abi::PID)?,
            // One process group: it is in the foreground for good.
            abi::TIOCSPGRP if UserPtr::<i32>::new(argument).read()? == abi::PID => {}
            abi::TIOCSPGRP => return Err(Errno::EPERM),
            abi::TIOCOUTQ => UserPtr::<i32>::new(argument).write(0)?,
            // Output is handed on at once, so there is nothing to wait for or to stop.
            abi::TCSBRK | abi::TCXONC | abi::TCFLSH | abi::TIOCSCTTY | abi::TIOCNOTTY => {
                if request == abi::TCFLSH && argument as i32 != abi::TCOFLUSH {
                    console.drop_input();
                }
            }
            _ => return Err(Errno::ENOTTY),
        }
        Ok(0)
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
