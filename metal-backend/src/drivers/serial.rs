//! The first serial port: reports of failures, and output when there is no control channel.

use crate::arch::cpu;

const PORT: u16 = 0x3F8;

/// Writes bytes.
pub fn write(bytes: &[u8]) {
    for &byte in bytes {
        let mut patience = 100_000u32;
        while cpu::inb(PORT + 5) & 0x20 == 0 && patience > 0 {
            patience -= 1;
        }
        cpu::outb(PORT, byte);
    }
}
