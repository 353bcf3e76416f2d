//! The console: the process's three standard streams.

use abi_core::abi::Errno;
use abi_core::backend::folders::StreamFile;
use abi_core::backend::{
    BackendError, Console, ConsoleInput, ModesChange, Result, Stream, StreamKind, TerminalAction,
    TerminalModes,
};
use abi_core::sync::Mutex;

use crate::{HostBackend, names, stream_file, supervisor, sys, terminal};

fn descriptor(stream: Stream) -> i32 {
    match stream {
        Stream::Input => 0,
        Stream::Output => 1,
        Stream::Error => 2,
    }
}

/// Keeps a second reader from taking the input between a reader's poll and its read.
static READING: Mutex<()> = Mutex::new(());

impl Console for HostBackend {
    fn write(&self, stream: Stream, bytes: &[u8]) -> Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        let fd = descriptor(stream);
        loop {
            match sys::write(fd, bytes) {
                Ok(n) => return Ok(n),
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => {
                    // Somebody made the stream non-blocking: wait for room as a blocking one would.
                    let _ = sys::poll(fd, libc::POLLOUT, -1);
                }
                Err(Errno::EPIPE) => return Err(BackendError::Closed),
                Err(Errno::ENOSPC | Errno::EDQUOT | Errno::EFBIG) => return Err(BackendError::Exhausted),
                Err(_) => return Err(BackendError::Device),
            }
        }
    }

    fn read(&self, buf: &mut [u8]) -> ConsoleInput {
        let _reading = READING.lock();
        loop {
            match sys::poll(0, libc::POLLIN, 0) {
                Ok(0) => {
                    supervisor::watch_input();
                    return ConsoleInput::Empty;
                }
                Ok(_) => {}
                Err(Errno::EINTR) => continue,
                Err(_) => return ConsoleInput::End,
            }
            match sys::read(0, buf) {
                Ok(0) => return ConsoleInput::End,
                Ok(n) => return ConsoleInput::Bytes(n),
                Err(Errno::EINTR | Errno::EAGAIN) => {}
                Err(_) => return ConsoleInput::End,
            }
        }
    }

    fn kind(&self, stream: Stream) -> StreamKind {
        terminal::kind(descriptor(stream))
    }

    fn file(&self, stream: Stream) -> Option<&'static dyn StreamFile> {
        stream_file::file(stream)
    }

    fn terminal_modes(&self) -> Option<TerminalModes> {
        terminal::modes()
    }

    fn set_terminal_modes(&self, modes: &TerminalModes, change: ModesChange) {
        terminal::set_modes(modes, change);
    }

    fn act_on_terminal(&self, action: TerminalAction) {
        terminal::act(action);
    }

    fn window(&self) -> Option<(u16, u16)> {
        terminal::window()
    }

    fn set_window(&self, columns: u16, rows: u16) {
        terminal::set_window(columns, rows);
    }

    fn write_emergency(&self, bytes: &[u8]) {
        names::put(bytes, &mut write_all);
    }
}

/// Writes to the error stream, whatever it takes.
fn write_all(mut bytes: &[u8]) {
    while !bytes.is_empty() {
        match sys::write(2, bytes) {
            Ok(n) => bytes = &bytes[n.min(bytes.len())..],
            Err(Errno::EINTR) => {}
            Err(Errno::EAGAIN) => {
                let _ = sys::poll(2, libc::POLLOUT, -1);
            }
            Err(_) => return,
        }
    }
}
