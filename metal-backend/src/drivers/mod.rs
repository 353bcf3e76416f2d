//! Devices: the serial port for early failures, virtio for everything else.
#![expect(unsafe_code, reason = "device registers and DMA memory")]

pub mod channel;
pub mod disk;
pub mod host_folders;
mod ioapic;
mod ninep;
mod orders;
mod pci;
pub mod random;
pub mod serial;
pub mod stream_file;
pub mod terminal;
mod virtio;

use abi_core::boot::config::MachineInfo;
use virtio_drivers::transport::{DeviceType, Transport};

use crate::arch::percpu;
use crate::time;

/// Finds the devices and starts their drivers. Called once, on a thread.
pub fn init(machine: &MachineInfo) {
    channel::set_machine(machine);
    host_folders::set_machine(machine);
    virtio::find(&mut |transport, place| match transport.device_type() {
        DeviceType::Console => channel::attach(transport, place),
        DeviceType::EntropySource => random::attach(transport),
        DeviceType::Block => disk::attach(transport, place),
        DeviceType::_9P => host_folders::attach(transport, place),
        _ => {}
    });
    random::detect_processor();
}

/// Serves a device's interrupt; returns whether another thread should run.
pub fn interrupt(line: u8) -> bool {
    percpu::this_cpu().moments.note(time::ticks());
    channel::interrupt(line);
    host_folders::interrupt(line);
    disk::interrupt(line);
    false
}
