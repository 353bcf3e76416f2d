//! Leaving the machine.

use abi_core::backend::{ExitStatus, Power};

use super::MetalBackend;
use crate::arch::cpu;
use crate::drivers::channel;

/// QEMU's `isa-debug-exit` device.
const EXIT_PORT: u16 = 0x501;

/// Powers the machine off; `status` is seen by whoever runs QEMU by hand.
pub fn off(status: u8) -> ! {
    cpu::outb(EXIT_PORT, status);
    cpu::halt_forever()
}

impl Power for MetalBackend {
    fn power_off(&self, status: ExitStatus) -> ! {
        let code = match status {
            ExitStatus::Code(code) => code,
            ExitStatus::Panic => 125,
        };
        channel::send_exit(code);
        off(code)
    }
}
