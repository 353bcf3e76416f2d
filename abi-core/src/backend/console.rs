//! The three standard streams of the machine.

/// One of the standard streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard input.
    Input,
    /// Standard output.
    Output,
    /// Standard error.
    Error,
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

/// Whether the terminal behind the console edits lines or passes every key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RawMode {
    /// The terminal edits lines and echoes.
    Cooked,
    /// Every byte is passed on, nothing is echoed.
    Raw,
}

/// Console bytes.
pub trait Console: Sync {
    /// Writes to `Output` or `Error`, waiting while the reader is slow. Returns how many bytes went, at least one;
    /// `Err(BackendError::Device)` when nobody reads the stream any more.
    fn write(&self, stream: Stream, bytes: &[u8]) -> super::Result<usize>;
    /// Reads input; never blocks. After `Empty`, `upcall::console_ready` is called once input or its end is there.
    fn read(&self, buf: &mut [u8]) -> ConsoleInput;
    /// Tells whether a terminal is behind the stream.
    fn is_terminal(&self, stream: Stream) -> bool {
        let _ = stream;
        false
    }
    /// Switches the terminal behind the input.
    fn set_raw(&self, raw: RawMode) {
        let _ = raw;
    }
    /// Returns the terminal's (columns, rows).
    fn window(&self) -> Option<(u16, u16)> {
        None
    }
    /// Writes to the error stream from a panic: no lock, no allocation.
    fn write_emergency(&self, bytes: &[u8]);
}
