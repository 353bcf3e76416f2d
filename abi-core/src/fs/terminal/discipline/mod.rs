//! The line discipline: what happens between the keys and the program, termios(3). Lines are edited in [`edit`], written
//! bytes and echoes go to the screen through [`screen`].
//!
//! Pure bookkeeping: the caller holds the lock, moves the bytes and sends the signals that [`Outcome`] names.

mod edit;
mod screen;
#[cfg(test)]
mod tests;

use alloc::collections::VecDeque;

use super::Modes;
use crate::abi;

/// How much input waits at most; one more may be a line's end.
const INPUT_BYTES: usize = 4095;
/// How much output waits at most.
const OUTPUT_BYTES: usize = 8192;
/// Room that a written byte takes at most.
const LONGEST: usize = 16;
/// What a packet tells the master (`TIOCPKT_FLUSHREAD` …, ioctl_tty(2)).
const FLUSH_READ: u8 = 1;
const FLUSH_WRITE: u8 = 2;
pub(in crate::fs::terminal) const STOP: u8 = 4;
pub(in crate::fs::terminal) const START: u8 = 8;
pub(in crate::fs::terminal) const NO_STOP: u8 = 16;
pub(in crate::fs::terminal) const DO_STOP: u8 = 32;
/// A key that is switched off.
const DISABLED: u8 = 0;

/// What a byte of input ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Nothing.
    None,
    /// A line, of which it is the last byte.
    Line,
    /// A line, of which it is no part (the key of the end of file).
    File,
}

/// What input, or a change of the modes, asks for beyond the queues.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::fs::terminal) struct Outcome {
    /// A signal for the foreground group.
    pub(in crate::fs::terminal) signal: Option<i32>,
    /// Bits of `TIOCPKT_…` for the master in packet mode.
    pub(in crate::fs::terminal) packet: u8,
}

/// One terminal.
pub(in crate::fs::terminal) struct Discipline {
    /// The modes.
    modes: Modes,
    /// What was typed and not read.
    input: VecDeque<(u8, End)>,
    /// How much of `input` belongs to whole lines.
    complete: usize,
    /// What is on its way to the screen: written, and echoed.
    output: VecDeque<u8>,
    /// Whether output is stopped.
    is_stopped: bool,
    /// How much of `output` was on its way before it was.
    released: usize,
    /// The next key is taken as it is.
    is_literal: bool,
    /// Erased characters are being shown (`ECHOPRT`).
    is_erasing: bool,
    /// The cursor's column.
    column: usize,
    /// The column where the line that is being edited began.
    line_column: usize,
}

impl Discipline {
    /// Makes a terminal with nothing typed.
    pub(in crate::fs::terminal) const fn new(modes: Modes) -> Self {
        Self {
            modes,
            input: VecDeque::new(),
            complete: 0,
            output: VecDeque::new(),
            is_stopped: false,
            released: 0,
            is_literal: false,
            is_erasing: false,
            column: 0,
            line_column: 0,
        }
    }

    /// Returns the modes.
    pub(in crate::fs::terminal) const fn modes(&self) -> &Modes {
        &self.modes
    }

    fn local(&self, bit: u32) -> bool {
        self.modes.local & bit != 0
    }
    fn in_mode(&self, bit: u32) -> bool {
        self.modes.input & bit != 0
    }
    fn out_mode(&self, bit: u32) -> bool {
        self.modes.output & bit != 0
    }
    fn is_key(&self, byte: u8, key: usize) -> bool {
        byte != DISABLED && self.modes.keys[key] == byte
    }

    /// Sets the modes. What was typed becomes a line when lines are switched on.
    pub(in crate::fs::terminal) fn set_modes(&mut self, modes: Modes) -> Outcome {
        let before = core::mem::replace(&mut self.modes, modes);
        if (before.local ^ modes.local) & abi::ICANON != 0 {
            self.complete = 0;
            for (_, end) in &mut self.input {
                *end = End::None;
            }
            if self.local(abi::ICANON)
                && let Some((_, end)) = self.input.back_mut()
            {
                *end = End::Line;
                self.complete = self.input.len();
            }
            self.is_literal = false;
            self.is_erasing = false;
        }
        let keys_stop = |modes: &Modes| {
            modes.input & abi::IXON != 0 && modes.keys[abi::VSTOP] == 0o23 && modes.keys[abi::VSTART] == 0o21
        };
        let packet = match (keys_stop(&before), keys_stop(&modes)) {
            (false, true) => DO_STOP,
            (true, false) => NO_STOP,
            _ => 0,
        };
        if !self.in_mode(abi::IXON) && before.input & abi::IXON != 0 {
            self.is_stopped = false;
        }
        Outcome { signal: None, packet }
    }

    /// Returns how many bytes a read would give now.
    pub(in crate::fs::terminal) fn available(&self) -> usize {
        if self.local(abi::ICANON) {
            self.input.iter().take(self.complete).filter(|(_, end)| *end != End::File).count()
        } else {
            self.input.len()
        }
    }

    /// Tells whether a read would not wait: a line, or so many keys.
    pub(in crate::fs::terminal) fn is_readable(&self, least: usize) -> bool {
        if self.local(abi::ICANON) { self.complete > 0 } else { self.input.len() >= least.max(1) }
    }

    /// Takes input, one line at most; `None` when a read would wait.
    pub(in crate::fs::terminal) fn take(&mut self, buf: &mut [u8]) -> Option<usize> {
        if !self.is_readable(1) {
            return None;
        }
        let is_lines = self.local(abi::ICANON);
        let mut n = 0;
        while n < buf.len() && (!is_lines || self.complete > 0) {
            let Some((byte, end)) = self.pop() else { break };
            if is_lines && end == End::File {
                return Some(n);
            }
            buf[n] = byte;
            n += 1;
            if is_lines && end == End::Line {
                return Some(n);
            }
        }
        // The end of file goes with the line that filled the buffer.
        if is_lines && n > 0 && self.complete > 0 && self.input.front().is_some_and(|key| key.1 == End::File)
        {
            self.pop();
        }
        Some(n)
    }

    fn pop(&mut self) -> Option<(u8, End)> {
        self.complete = self.complete.saturating_sub(1);
        self.input.pop_front()
    }

    /// Tells whether another key is taken; there is always room to end or edit the only line.
    pub(in crate::fs::terminal) fn has_room(&self) -> bool {
        self.output.len() + LONGEST < 2 * OUTPUT_BYTES
            && (self.input.len() < INPUT_BYTES || (self.local(abi::ICANON) && self.complete == 0))
    }

    /// Takes what is to be shown.
    pub(in crate::fs::terminal) fn take_output(&mut self, buf: &mut [u8]) -> usize {
        let n = buf.len().min(self.output_bytes());
        self.released = self.released.saturating_sub(n);
        for (to, byte) in buf.iter_mut().zip(self.output.drain(..n)) {
            *to = byte;
        }
        n
    }

    /// Returns how much is to be shown.
    pub(in crate::fs::terminal) fn output_bytes(&self) -> usize {
        if self.is_stopped { self.released } else { self.output.len() }
    }

    /// Tells whether a write is taken now.
    pub(in crate::fs::terminal) fn is_writable(&self) -> bool {
        !self.is_stopped && self.has_output_room()
    }

    fn has_output_room(&self) -> bool {
        self.output.len() + LONGEST <= OUTPUT_BYTES
    }

    /// Writes for the screen; returns how many bytes were taken.
    pub(in crate::fs::terminal) fn write(&mut self, bytes: &[u8]) -> usize {
        let mut n = 0;
        while n < bytes.len() && self.is_writable() {
            self.put(bytes[n]);
            n += 1;
        }
        n
    }

    /// Forgets what was typed.
    pub(in crate::fs::terminal) fn flush_input(&mut self) -> u8 {
        self.input.clear();
        self.complete = 0;
        self.is_erasing = false;
        self.is_literal = false;
        FLUSH_READ
    }

    /// Forgets what was to be shown.
    pub(in crate::fs::terminal) fn flush_output(&mut self) -> u8 {
        self.output.clear();
        self.released = 0;
        FLUSH_WRITE
    }

    /// Stops output, or lets it go on.
    pub(in crate::fs::terminal) fn stop(&mut self, is_stopped: bool) -> u8 {
        if core::mem::replace(&mut self.is_stopped, is_stopped) == is_stopped {
            return 0;
        }
        self.released = self.output.len();
        if is_stopped { STOP } else { START }
    }

    /// Sends the other side the key that stops or starts it (`TCIOFF`, `TCION`). Without room it is
    /// lost, as on Linux.
    pub(in crate::fs::terminal) fn send_key(&mut self, key: usize) {
        if self.modes.keys[key] != DISABLED && self.has_output_room() {
            self.output.push_back(self.modes.keys[key]);
        }
    }

    /// Takes a typed key.
    pub(in crate::fs::terminal) fn receive(&mut self, byte: u8) -> Outcome {
        let mut byte = if self.in_mode(abi::ISTRIP) { byte & 0x7f } else { byte };
        if core::mem::take(&mut self.is_literal) {
            self.keep_shown(byte);
            return Outcome::default();
        }
        if self.in_mode(abi::IUCLC) && self.local(abi::IEXTEN) {
            byte = byte.to_ascii_lowercase();
        }
        let mut packet = 0;
        if self.in_mode(abi::IXON) {
            if self.is_key(byte, abi::VSTART) || self.is_key(byte, abi::VSTOP) {
                let packet = self.stop(!self.is_key(byte, abi::VSTART));
                return Outcome { signal: None, packet };
            }
            if self.is_stopped && self.in_mode(abi::IXANY) {
                packet = self.stop(false);
            }
        }
        if self.local(abi::ISIG)
            && let Some(signal) = self.signal_of(byte)
        {
            if !self.local(abi::NOFLSH) {
                packet |= self.flush_input() | self.flush_output();
            }
            if self.in_mode(abi::IXON) {
                packet |= self.stop(false);
            }
            if self.local(abi::ECHO) {
                self.echo(byte);
            }
            return Outcome { signal: Some(signal), packet };
        }
        match byte {
            b'\r' if self.in_mode(abi::IGNCR) => return Outcome { signal: None, packet },
            b'\r' if self.in_mode(abi::ICRNL) => byte = b'\n',
            b'\n' if self.in_mode(abi::INLCR) => byte = b'\r',
            _ => {}
        }
        if !(self.local(abi::ICANON) && self.edit(byte)) {
            self.keep_shown(byte);
        }
        Outcome { signal: None, packet }
    }

    fn signal_of(&self, byte: u8) -> Option<i32> {
        let keys = [(abi::VINTR, abi::SIGINT), (abi::VQUIT, abi::SIGQUIT), (abi::VSUSP, abi::SIGTSTP)];
        keys.into_iter().find(|(key, _)| self.is_key(byte, *key)).map(|(_, signal)| signal)
    }
}
