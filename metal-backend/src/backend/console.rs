//! The standard streams, over the control channel.

use abi_core::backend::folders::StreamFile;
use abi_core::backend::{
    Console, ConsoleInput, ModesChange, Result, Stream, StreamKind, TerminalAction, TerminalModes,
};
use abi_core::boot::control::TerminalOrder;

use super::MetalBackend;
use crate::drivers::{channel, serial, stream_file, terminal};

impl Console for MetalBackend {
    fn write(&self, stream: Stream, bytes: &[u8]) -> Result<usize> {
        channel::write(stream, bytes)
    }

    fn read(&self, buf: &mut [u8]) -> ConsoleInput {
        channel::read(buf)
    }

    fn kind(&self, stream: Stream) -> StreamKind {
        terminal::kind(stream)
    }

    fn file(&self, stream: Stream) -> Option<&'static dyn StreamFile> {
        stream_file::file(stream)
    }

    fn terminal_modes(&self) -> Option<TerminalModes> {
        terminal::order(&TerminalOrder::Ask)
    }

    fn set_terminal_modes(&self, modes: &TerminalModes, change: ModesChange) {
        terminal::order(&TerminalOrder::Set(*modes, change));
    }

    fn act_on_terminal(&self, action: TerminalAction) {
        terminal::order(&TerminalOrder::Act(action));
    }

    fn set_window(&self, columns: u16, rows: u16) {
        terminal::order(&TerminalOrder::Window(columns, rows));
        terminal::note_window(columns, rows);
    }

    fn window(&self) -> Option<(u16, u16)> {
        terminal::window()
    }

    fn write_emergency(&self, bytes: &[u8]) {
        if !channel::report(bytes) {
            serial::write(bytes);
        }
    }
}
