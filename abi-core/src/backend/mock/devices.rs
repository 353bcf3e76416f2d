//! Console, entropy, disks, network and power of a mock.

use std::collections::VecDeque;
use std::vec::Vec;

use super::super::{
    BackendError, Console, ConsoleInput, Entropy, EntropySource, ExitStatus, ModesChange, Network, Nic,
    Power, Result, Storage, Stream, StreamKind, TerminalModes,
};
use super::MockBackend;

/// The console's buffers.
pub(super) struct Devices {
    input: VecDeque<u8>,
    is_input_ended: bool,
    output: Vec<u8>,
    error: Vec<u8>,
    is_output_broken: bool,
    is_terminal: bool,
    modes: TerminalModes,
    sources: &'static [&'static dyn EntropySource],
}

impl Devices {
    pub(super) const fn new() -> Self {
        Self {
            input: VecDeque::new(),
            is_input_ended: false,
            output: Vec::new(),
            error: Vec::new(),
            is_output_broken: false,
            is_terminal: false,
            modes: TerminalModes::INITIAL,
            sources: &[],
        }
    }
}

impl MockBackend {
    fn devices(&self) -> std::sync::MutexGuard<'_, Devices> {
        self.devices.lock().expect("no test panicked in here")
    }

    /// Types on the console. The test calls `upcall::console_ready` itself.
    pub fn type_input(&self, bytes: &[u8]) {
        self.devices().input.extend(bytes);
    }

    /// Ends the console's input.
    pub fn end_input(&self) {
        self.devices().is_input_ended = true;
    }

    /// Makes writes to `Output` fail, as when nobody reads it any more.
    pub fn break_output(&self) {
        self.devices().is_output_broken = true;
    }

    /// Gives it sources of randomness.
    pub fn set_sources(&self, sources: &[&'static dyn EntropySource]) {
        self.devices().sources = sources.to_vec().leak();
    }

    /// Puts a terminal behind every stream.
    pub fn attach_terminal(&self) {
        self.devices().is_terminal = true;
    }

    /// Takes what was written to a stream.
    pub fn take_output(&self, stream: Stream) -> Vec<u8> {
        let mut devices = self.devices();
        match stream {
            Stream::Error => core::mem::take(&mut devices.error),
            _ => core::mem::take(&mut devices.output),
        }
    }
}

impl Console for MockBackend {
    fn write(&self, stream: Stream, bytes: &[u8]) -> Result<usize> {
        let mut devices = self.devices();
        match stream {
            Stream::Output if devices.is_output_broken => return Err(BackendError::Closed),
            Stream::Output => devices.output.extend(bytes),
            Stream::Error => devices.error.extend(bytes),
            Stream::Input => panic!("written to the input"),
        }
        Ok(bytes.len())
    }

    fn read(&self, buf: &mut [u8]) -> ConsoleInput {
        let mut devices = self.devices();
        let len = devices.input.len().min(buf.len());
        for (slot, byte) in buf.iter_mut().zip(devices.input.drain(..len)) {
            *slot = byte;
        }
        match len {
            0 if devices.is_input_ended => ConsoleInput::End,
            0 => ConsoleInput::Empty,
            len => ConsoleInput::Bytes(len),
        }
    }

    fn kind(&self, _stream: Stream) -> StreamKind {
        if self.devices().is_terminal { StreamKind::Terminal } else { StreamKind::Bytes }
    }

    fn terminal_modes(&self) -> Option<TerminalModes> {
        let devices = self.devices();
        devices.is_terminal.then_some(devices.modes)
    }

    fn set_terminal_modes(&self, modes: &TerminalModes, _change: ModesChange) {
        self.devices().modes = *modes;
    }

    fn window(&self) -> Option<(u16, u16)> {
        self.devices().is_terminal.then_some((80, 25))
    }

    fn write_emergency(&self, bytes: &[u8]) {
        self.devices().error.extend(bytes);
    }
}

impl Entropy for MockBackend {
    fn sources(&self) -> &[&'static dyn EntropySource] {
        self.devices().sources
    }
}

impl Storage for MockBackend {}

impl Network for MockBackend {
    fn interfaces(&self) -> &[&'static dyn Nic] {
        &[]
    }
}

impl Power for MockBackend {
    fn power_off(&self, status: ExitStatus) -> ! {
        panic!("powered off: {status:?}")
    }
}
