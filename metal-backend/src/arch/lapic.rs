//! The local APIC: timer, end of interrupt, interrupts to other processors (SDM 3A chapter 11).

use core::ptr::{read_volatile, write_volatile};

use super::trap::{SPURIOUS_VECTOR, TIMER_VECTOR};
use crate::paging::direct;

const BASE: u64 = 0xFEE0_0000;
const ID: usize = 0x20;
const TASK_PRIORITY: usize = 0x80;
const END_OF_INTERRUPT: usize = 0xB0;
const SPURIOUS: usize = 0xF0;
const COMMAND_LOW: usize = 0x300;
const COMMAND_HIGH: usize = 0x310;
const TIMER: usize = 0x320;
const TIMER_INITIAL: usize = 0x380;
const TIMER_CURRENT: usize = 0x390;
const TIMER_DIVIDE: usize = 0x3E0;

fn read(register: usize) -> u32 {
    // SAFETY: the page is the local APIC's, in the direct map.
    unsafe { read_volatile((direct(BASE) + register) as *const u32) }
}

fn write(register: usize, value: u32) {
    // SAFETY: as for `read`; no register makes the APIC write memory.
    unsafe { write_volatile((direct(BASE) + register) as *mut u32, value) };
}

/// Turns this processor's APIC on, with a one-shot timer that is not running.
pub fn init() {
    write(SPURIOUS, 0x100 | u32::from(SPURIOUS_VECTOR));
    write(TASK_PRIORITY, 0);
    write(TIMER_DIVIDE, 0b1011);
    write(TIMER, u32::from(TIMER_VECTOR));
}

/// Returns this processor's APIC id.
pub fn id() -> u32 {
    read(ID) >> 24
}

/// Ends the interrupt that is being served.
pub fn end_of_interrupt() {
    write(END_OF_INTERRUPT, 0);
}

/// Starts the timer; 0 stops it. QEMU and KVM count nanoseconds.
pub fn set_timer(nanos: u32) {
    write(TIMER_INITIAL, nanos);
}

/// Returns what is left on the timer.
pub fn timer_left() -> u32 {
    read(TIMER_CURRENT)
}

/// Returns where a device writes a vector to interrupt one processor (SDM 3A 11.11).
pub fn message_address(apic_id: u32) -> u32 {
    BASE as u32 | apic_id << 12
}

/// Sends a vector to one processor.
pub fn send(apic_id: u32, vector: u8) {
    command(apic_id, 0x4000 | u32::from(vector));
}

/// Sends the start-up sequence to one processor: INIT, then SIPI twice.
pub fn start(apic_id: u32, page: usize) {
    command(apic_id, 0x4500);
    command(apic_id, 0x4600 | (page >> 12) as u32);
    command(apic_id, 0x4600 | (page >> 12) as u32);
}

fn command(apic_id: u32, low: u32) {
    let were_on = super::cpu::irq_save();
    while read(COMMAND_LOW) & 1 << 12 != 0 {
        core::hint::spin_loop();
    }
    write(COMMAND_HIGH, apic_id << 24);
    write(COMMAND_LOW, low);
    super::cpu::irq_restore(were_on);
}
