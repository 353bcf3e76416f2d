//! The I/O APIC: which processor a device's interrupt goes to (82093AA datasheet).

use core::ptr::{read_volatile, write_volatile};

use crate::arch::cpu;
use crate::arch::trap::DEVICE_VECTOR;
use crate::paging::direct;

const BASE: u64 = 0xFEC0_0000;
const LEVEL_TRIGGERED: u32 = 1 << 15;

/// Lets an interrupt line through, level-triggered, to the first processor.
pub(super) fn enable(line: u8) {
    // Mask both PICs: nothing of theirs is used.
    cpu::outb(0x21, 0xff);
    cpu::outb(0xA1, 0xff);
    let register = 0x10 + 2 * u32::from(line);
    write(register + 1, 0);
    write(register, u32::from(DEVICE_VECTOR + line) | LEVEL_TRIGGERED);
}

fn write(register: u32, value: u32) {
    let window = direct(BASE);
    // SAFETY: the page is the I/O APIC's, in the direct map; select, then data.
    unsafe { write_volatile(window as *mut u32, register) };
    // SAFETY: as above.
    unsafe { write_volatile((window + 0x10) as *mut u32, value) };
    // SAFETY: as above; reading back makes the write arrive.
    let _ = unsafe { read_volatile((window + 0x10) as *const u32) };
}
