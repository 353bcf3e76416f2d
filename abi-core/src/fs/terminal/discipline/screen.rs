//! What written bytes and echoes become on the screen.

use super::Discipline;
use crate::abi;

impl Discipline {
    /// Puts a byte on the screen as `OPOST` and its relatives say.
    pub(super) fn put(&mut self, byte: u8) {
        if !self.out_mode(abi::OPOST) {
            self.output.push_back(byte);
            return;
        }
        let mut byte = byte;
        match byte {
            b'\n' => {
                if self.out_mode(abi::ONLRET) {
                    self.column = 0;
                }
                if self.out_mode(abi::ONLCR) {
                    self.output.push_back(b'\r');
                    self.column = 0;
                }
                self.line_column = self.column;
            }
            b'\r' => {
                if self.out_mode(abi::ONOCR) && self.column == 0 {
                    return;
                }
                if self.out_mode(abi::OCRNL) {
                    byte = b'\n';
                    if self.out_mode(abi::ONLRET) {
                        self.column = 0;
                    }
                } else {
                    self.column = 0;
                }
                self.line_column = self.column;
            }
            b'\t' => {
                let spaces = 8 - self.column % 8;
                self.column += spaces;
                if self.modes.output & abi::TABDLY == abi::XTABS {
                    self.output.extend(core::iter::repeat_n(b' ', spaces));
                    return;
                }
            }
            0x08 => self.column = self.column.saturating_sub(1),
            _ => {
                if self.out_mode(abi::OLCUC) {
                    byte = byte.to_ascii_uppercase();
                }
                if !byte.is_ascii_control() && !self.continues(byte) {
                    self.column += 1;
                }
            }
        }
        self.output.push_back(byte);
    }

    /// Tells whether a byte continues a character of UTF-8.
    pub(super) fn continues(&self, byte: u8) -> bool {
        self.in_mode(abi::IUTF8) && byte & 0xc0 == 0x80
    }

    pub(super) fn echo(&mut self, byte: u8) {
        if self.local(abi::ECHOCTL) && byte.is_ascii_control() && byte != b'\t' {
            self.put(b'^');
            self.put(byte ^ 0o100);
        } else {
            self.put(byte);
        }
    }

    pub(super) fn echo_raw(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.put(byte);
        }
    }

    pub(super) fn finish_erasing(&mut self) {
        if core::mem::take(&mut self.is_erasing) {
            self.put(b'/');
        }
    }
}
