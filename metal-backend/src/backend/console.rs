//! The standard streams, over the control channel.

use abi_core::backend::{BackendError, Console, ConsoleInput, RawMode, Result, Stream};

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

    fn set_raw(&self, raw: RawMode) {
        channel::set_raw(raw);
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
