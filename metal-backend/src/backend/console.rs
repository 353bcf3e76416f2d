//! The standard streams, over the control channel.

use abi_core::backend::{
    BackendError, Console, ConsoleInput, ModesChange, Result, Stream, TerminalAction, TerminalModes,
};
use abi_core::boot::control::TerminalOrder;

use super::MetalBackend;
use crate::drivers::{channel, serial};

impl Console for MetalBackend {
    fn write(&self, stream: Stream, bytes: &[u8]) -> Result<usize> {
        channel::write(stream, bytes).ok_or(BackendError::Device)
    }

    fn read(&self, buf: &mut [u8]) -> ConsoleInput {
        channel::read(buf)
    }

    fn is_terminal(&self, stream: Stream) -> bool {
        channel::is_terminal(stream)
    }

    fn terminal_modes(&self) -> Option<TerminalModes> {
        channel::order(&TerminalOrder::Ask)
    }

    fn set_terminal_modes(&self, modes: &TerminalModes, change: ModesChange) {
        channel::order(&TerminalOrder::Set(*modes, change));
    }

    fn act_on_terminal(&self, action: TerminalAction) {
        channel::order(&TerminalOrder::Act(action));
    }

    fn set_window(&self, columns: u16, rows: u16) {
        channel::order(&TerminalOrder::Window(columns, rows));
        channel::note_window(columns, rows);
    }

    fn window(&self) -> Option<(u16, u16)> {
        channel::window()
    }

    fn write_emergency(&self, bytes: &[u8]) {
        if !channel::report(bytes) {
            serial::write(bytes);
        }
    }
}
