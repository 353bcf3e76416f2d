//! Editing a line: keys that erase, end and quote.

use alloc::collections::VecDeque;

use super::{DISABLED, Discipline, End, INPUT_BYTES};
use crate::abi;

impl Discipline {
    /// Does what a key means while a line is edited; returns false for one that is part of it.
    pub(super) fn edit(&mut self, byte: u8) -> bool {
        let extended = self.local(abi::IEXTEN);
        let (echo, is) = (self.local(abi::ECHO), |key| self.is_key(byte, key));
        if is(abi::VERASE) || is(abi::VKILL) || (extended && is(abi::VWERASE)) {
            self.erase(byte);
        } else if extended && is(abi::VLNEXT) {
            self.is_literal = true;
            if echo {
                self.finish_erasing();
                if self.local(abi::ECHOCTL) {
                    self.echo_raw(b"^\x08");
                }
            }
        } else if extended && echo && is(abi::VREPRINT) {
            self.finish_erasing();
            self.echo(byte);
            self.put(b'\n');
            for at in self.complete..self.input.len() {
                self.echo(self.input[at].0);
            }
        } else if byte == b'\n' {
            if echo || self.local(abi::ECHONL) {
                self.finish_erasing();
                self.put(b'\n');
            }
            self.end_line(byte, End::Line);
        } else if is(abi::VEOF) {
            self.end_line(DISABLED, End::File);
        } else if is(abi::VEOL) || (extended && is(abi::VEOL2)) {
            if echo {
                self.finish_erasing();
                self.echo(byte);
            }
            self.end_line(byte, End::Line);
        } else {
            return false;
        }
        true
    }

    fn end_line(&mut self, byte: u8, end: End) {
        self.input.push_back((byte, end));
        self.complete = self.input.len();
    }

    /// Keeps a key as input, and shows it.
    pub(super) fn keep_shown(&mut self, byte: u8) {
        let doubles = byte == 0xff && self.in_mode(abi::PARMRK);
        if self.input.len() + usize::from(doubles) >= INPUT_BYTES {
            if self.in_mode(abi::IMAXBEL) {
                self.put(7);
            }
            return;
        }
        if self.local(abi::ECHO) {
            self.finish_erasing();
            if self.input.len() == self.complete {
                self.line_column = self.column;
            }
            if byte == b'\n' {
                self.put(b'\n');
            } else {
                self.echo(byte);
            }
        }
        if doubles {
            self.input.push_back((byte, End::None));
        }
        self.input.push_back((byte, End::None));
    }

    /// Erases a character, a word or the line.
    fn erase(&mut self, key: u8) {
        let kills = !self.is_key(key, abi::VERASE) && self.is_key(key, abi::VKILL);
        let word = !self.is_key(key, abi::VERASE) && !kills;
        let echo = self.local(abi::ECHO);
        if self.input.len() == self.complete {
            return;
        }
        if kills && !echo {
            self.input.truncate(self.complete);
            return;
        }
        if kills && !(self.local(abi::ECHOK) && self.local(abi::ECHOKE) && self.local(abi::ECHOE)) {
            self.input.truncate(self.complete);
            self.finish_erasing();
            self.echo(key);
            if self.local(abi::ECHOK) {
                self.put(b'\n');
            }
            return;
        }
        let mut has_seen_word = false;
        while self.input.len() > self.complete {
            let mut start = self.input.len() - 1;
            while start > self.complete && self.continues(self.input[start].0) {
                start -= 1;
            }
            let byte = self.input[start].0;
            if self.continues(byte) {
                break;
            }
            if word {
                let is_word = byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii();
                if !is_word && has_seen_word {
                    break;
                }
                has_seen_word |= is_word;
            }
            let bytes: VecDeque<(u8, End)> = self.input.split_off(start);
            if echo {
                self.show_erased(key, byte, &bytes, kills || word);
            }
            if !kills && !word {
                break;
            }
        }
        if self.input.len() == self.complete && echo {
            self.finish_erasing();
        }
    }

    fn show_erased(&mut self, key: u8, byte: u8, bytes: &VecDeque<(u8, End)>, is_many: bool) {
        if self.local(abi::ECHOPRT) {
            if !core::mem::replace(&mut self.is_erasing, true) {
                self.put(b'\\');
            }
            self.echo(byte);
            for (more, _) in bytes.iter().skip(1) {
                self.put(*more);
            }
        } else if !is_many && !self.local(abi::ECHOE) {
            self.echo(key);
        } else if byte == b'\t' {
            // Back to where the text before the tab ends.
            let mut column = self.line_column;
            for at in self.complete..self.input.len() {
                let byte = self.input[at].0;
                column += match byte {
                    b'\t' => 8 - column % 8,
                    _ if byte.is_ascii_control() => {
                        if self.local(abi::ECHOCTL) {
                            2
                        } else {
                            0
                        }
                    }
                    _ => usize::from(!self.continues(byte)),
                };
            }
            for _ in 0..8 - column % 8 {
                self.put(8);
            }
        } else {
            if byte.is_ascii_control() && self.local(abi::ECHOCTL) {
                self.echo_raw(b"\x08 \x08");
            }
            if !byte.is_ascii_control() || self.local(abi::ECHOCTL) {
                self.echo_raw(b"\x08 \x08");
            }
        }
    }
}
