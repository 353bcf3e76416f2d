//! The host's side of the program's streams: what is to be written, and what is to be done with terminals and files.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};

use abi_core::backend::{Stream, StreamKind};
use abi_core::boot::control::TerminalOrder;
use abi_core::boot::stream_file::{FileOrder, encode_answer};
use host_backend::{stream_file, sys, terminal};
use nix::errno::Errno;

/// One output stream of the program.
pub(super) struct Output {
    pub(super) stream: u8,
    /// A description of osvrun's own for a terminal, so that writes take what there is room for and wait for nothing.
    pub(super) own: Option<File>,
    pub(super) queue: VecDeque<u8>,
    /// How many bytes have left the queue in all.
    pub(super) gone: u64,
    pub(super) is_closed: bool,
    pub(super) uncredited: u32,
    /// Whether it is a file: what is written goes there at once, in the order of what the machine does.
    is_file: bool,
    /// Why writing failed, until the machine is told.
    pub(super) failed: Option<Errno>,
}

/// Whose turn it is to be written, for outputs that lead to one file: what the program writes to both stays in its order.
pub(super) struct Turns(Option<VecDeque<Turn>>);

/// An output, and how much must have left its queue when the other's turn comes.
struct Turn {
    index: usize,
    until: u64,
}

/// An order for the terminal.
pub(super) struct Order {
    pub(super) number: u32,
    pub(super) what: TerminalOrder,
    /// How much must have left each output's queue before.
    pub(super) after: [u64; 2],
}

/// Carries out an order for a stream's file; returns what the machine is told, `None` if it was no order.
pub(super) fn answer(payload: &[u8]) -> Option<Vec<u8>> {
    let (number, rest) = payload.split_first_chunk::<4>()?;
    let (stream, order) = rest.split_first()?;
    let file = stream_file::file(*Stream::ALL.get(usize::from(*stream))?)?;
    let mut answer = Vec::from(*number);
    answer.extend(encode_answer(FileOrder::decode(order)?.carry_out(file)));
    Some(answer)
}

/// Tells whether both outputs lead to one file, pipe or terminal.
fn lead_to_one_file() -> bool {
    let identity = |fd: io::Result<std::os::fd::OwnedFd>| {
        let known = File::from(fd.ok()?).metadata().ok()?;
        Some((known.dev(), known.ino()))
    };
    let of_output = identity(io::stdout().as_fd().try_clone_to_owned());
    of_output.is_some() && of_output == identity(io::stderr().as_fd().try_clone_to_owned())
}

impl Turns {
    pub(super) fn new() -> Self {
        Self(lead_to_one_file().then(VecDeque::new))
    }

    /// Has an output take bytes that the program wrote.
    pub(super) fn take(&mut self, outputs: &mut [Output; 2], index: usize, bytes: &[u8]) {
        outputs[index].take(bytes);
        let Some(turns) = &mut self.0 else { return };
        let until = outputs[index].taken();
        match turns.back_mut() {
            Some(last) if last.index == index => last.until = until,
            _ => turns.push_back(Turn { index, until }),
        }
    }

    /// Returns how many bytes of an output's queue may be written now.
    pub(super) fn most(&mut self, index: usize, outputs: &[Output; 2]) -> usize {
        let Some(turns) = &mut self.0 else { return outputs[index].queue.len() };
        let is_over = |turn: &Turn| outputs[turn.index].gone >= turn.until;
        while turns.front().is_some_and(is_over) {
            turns.pop_front();
        }
        let next = turns.front().filter(|turn| turn.index == index);
        next.map_or(0, |turn| (turn.until - outputs[index].gone) as usize)
    }
}

impl Order {
    /// Reads an order that follows what the outputs have taken.
    pub(super) fn new(payload: &[u8], outputs: &[Output; 2]) -> Option<Self> {
        let (number, what) = payload.split_first_chunk()?;
        Some(Self {
            number: u32::from_le_bytes(*number),
            what: TerminalOrder::decode(what)?,
            after: [outputs[0].taken(), outputs[1].taken()],
        })
    }

    /// Tells whether what it waits for has been shown.
    pub(super) fn is_due(&self, outputs: &[Output; 2]) -> bool {
        let is_shown = |(output, after): (&Output, u64)| output.gone >= after || !output.is_terminal();
        !self.what.is_after_output() || outputs.iter().zip(self.after).all(is_shown)
    }
}

impl Output {
    pub(super) fn new(stream: u8) -> Self {
        let own = terminal::is_terminal(i32::from(stream)).then(|| {
            let path = format!("/proc/self/fd/{stream}");
            let flags = libc::O_NONBLOCK | libc::O_NOCTTY;
            File::options().write(true).custom_flags(flags).open(path).ok()
        });
        let own = own.flatten();
        let is_file = terminal::kind(i32::from(stream)) == StreamKind::File;
        Self {
            stream,
            own,
            queue: VecDeque::new(),
            gone: 0,
            is_closed: false,
            uncredited: 0,
            is_file,
            failed: None,
        }
    }

    pub(super) fn is_terminal(&self) -> bool {
        terminal::is_terminal(i32::from(self.stream))
    }

    /// How many bytes it has taken in all.
    fn taken(&self) -> u64 {
        self.gone + self.queue.len() as u64
    }

    /// Takes bytes that were written, or are not to be, off the queue.
    pub(super) fn leave(&mut self, len: usize) {
        self.queue.drain(..len);
        self.gone += len as u64;
        self.uncredited += len as u32;
    }

    fn take(&mut self, bytes: &[u8]) {
        if !self.is_closed {
            self.queue.extend(bytes);
        }
        while self.is_file && !self.queue.is_empty() {
            let (front, _) = self.queue.as_slices();
            match sys::write(i32::from(self.stream), front) {
                Ok(len) => self.leave(len),
                Err(abi_core::abi::Errno::EINTR) => {}
                Err(error) => self.fail(Errno::from_raw(error.0)),
            }
        }
    }

    /// Drops what is not written, now and from now on.
    pub(super) fn fail(&mut self, error: Errno) {
        self.is_closed = true;
        self.leave(self.queue.len());
        self.failed = Some(error);
    }
}
