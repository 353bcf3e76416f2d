//! The three standard streams of the machine.

use super::folders::StreamFile;

/// One of the standard streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Stream {
    /// Standard input.
    Input,
    /// Standard output.
    Output,
    /// Standard error.
    Error,
}

impl Stream {
    /// Every stream, by its number.
    pub const ALL: [Self; 3] = [Self::Input, Self::Output, Self::Error];
}

/// What a standard stream leads to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum StreamKind {
    /// Whatever takes or gives bytes.
    #[default]
    Bytes = 0,
    /// A terminal.
    Terminal = 1,
    /// Nothing: what is written is dropped, and there is nothing to read.
    Nothing = 2,
    /// The stream is not there.
    Absent = 3,
    /// A file of the host, or a folder.
    File = 4,
}

impl StreamKind {
    /// Returns the kind that `byte` stands for.
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Self::Bytes),
            1 => Some(Self::Terminal),
            2 => Some(Self::Nothing),
            3 => Some(Self::Absent),
            4 => Some(Self::File),
            _ => None,
        }
    }
}

/// What reading the console gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsoleInput {
    /// So many bytes were stored, at least one.
    Bytes(usize),
    /// Nothing is there yet; [`crate::upcall::console_ready`] follows.
    Empty,
    /// The input has ended.
    End,
}

/// What a terminal does by itself: the flags and keys of termios(3), in the order and with the bits of `TCGETS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct TerminalModes {
    /// What it makes of typed bytes.
    pub input: u32,
    /// What it makes of written bytes.
    pub output: u32,
    /// The line.
    pub control: u32,
    /// Editing, echo, signals.
    pub local: u32,
    /// The line discipline.
    pub line: u8,
    /// The keys that mean something.
    pub keys: [u8; 19],
}

impl TerminalModes {
    /// Bytes of the modes on a wire.
    pub const BYTES: usize = 36;

    /// Returns the modes as bytes.
    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let words = [self.input, self.output, self.control, self.local];
        for (to, word) in bytes.chunks_exact_mut(4).zip(words) {
            to.copy_from_slice(&word.to_le_bytes());
        }
        bytes[16] = self.line;
        bytes[17..].copy_from_slice(&self.keys);
        bytes
    }

    /// Reads what [`TerminalModes::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let mut keys = [0; 19];
        keys.copy_from_slice(&bytes[17..]);
        Self { input: word(0), output: word(4), control: word(8), local: word(12), line: bytes[16], keys }
    }
}

/// When new modes take effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModesChange {
    /// At once.
    Now,
    /// When what was written has been shown.
    Drained,
    /// Then, and what was typed and not read is dropped.
    Flushed,
}

/// What else a terminal can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TerminalAction {
    /// Drop what was typed and not read.
    DropInput,
    /// Drop what was written and not shown.
    DropOutput,
    /// Drop both.
    DropBoth,
    /// Show nothing more for now.
    StopOutput,
    /// Go on.
    StartOutput,
    /// Send the key that stops the other side.
    StopInput,
    /// Send the key that lets it go on.
    StartInput,
    /// Send a break.
    Break,
    /// Return when what was written has been shown.
    Drain,
}

/// Console bytes.
pub trait Console: Sync {
    /// Writes to `Output` or `Error`, waiting while the reader is slow. Returns how many bytes went, at least one;
    /// `Closed` when nobody reads the stream any more, `Exhausted` when what it leads to is full.
    fn write(&self, stream: Stream, bytes: &[u8]) -> super::Result<usize>;
    /// Reads input; never blocks. After `Empty`, `upcall::console_ready` is called once input or its end is there.
    fn read(&self, buf: &mut [u8]) -> ConsoleInput;
    /// Tells what the stream leads to.
    fn kind(&self, stream: Stream) -> StreamKind {
        let _ = stream;
        StreamKind::Bytes
    }
    /// Returns the file that the stream leads to, if it is one.
    fn file(&self, stream: Stream) -> Option<&'static dyn StreamFile> {
        let _ = stream;
        None
    }
    /// Tells whether a terminal is behind the stream.
    fn is_terminal(&self, stream: Stream) -> bool {
        self.kind(stream) == StreamKind::Terminal
    }
    /// Returns the modes of the terminal behind the streams; `None` if there is none.
    fn terminal_modes(&self) -> Option<TerminalModes> {
        None
    }
    /// Sets them. Reads find single keys at once: `MIN` and `TIME` are not the terminal's business.
    fn set_terminal_modes(&self, modes: &TerminalModes, change: ModesChange) {
        let _ = (modes, change);
    }
    /// Has the terminal do something.
    fn act_on_terminal(&self, action: TerminalAction) {
        let _ = action;
    }
    /// Tells the terminal its (columns, rows).
    fn set_window(&self, columns: u16, rows: u16) {
        let _ = (columns, rows);
    }
    /// Returns the terminal's (columns, rows).
    fn window(&self) -> Option<(u16, u16)> {
        None
    }
    /// Writes to the error stream from a panic: no lock, no allocation.
    fn write_emergency(&self, bytes: &[u8]);
}
