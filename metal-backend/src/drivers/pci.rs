//! PCI on q35 and pc: configuration by ports, addresses given to BARs that firmware left without one.

use virtio_drivers::transport::pci::PciTransport;
use virtio_drivers::transport::pci::bus::{
    BarInfo, Command, ConfigurationAccess, DeviceFunction, MemoryBarType, PciRoot,
};

use super::virtio::{Found, KernelHal, Place};
use crate::arch::cpu;

const ADDRESS_PORT: u16 = 0xCF8;
const DATA_PORT: u16 = 0xCFC;
/// Free addresses for BARs, below the I/O APIC.
const BAR_BASE: u64 = 0xE000_0000;
const BAR_END: u64 = 0xFE00_0000;

/// Configuration mechanism 1.
struct Ports;

impl ConfigurationAccess for Ports {
    fn read_word(&self, function: DeviceFunction, register: u8) -> u32 {
        cpu::outl(ADDRESS_PORT, address(function, register));
        cpu::inl(DATA_PORT)
    }

    fn write_word(&mut self, function: DeviceFunction, register: u8, data: u32) {
        cpu::outl(ADDRESS_PORT, address(function, register));
        cpu::outl(DATA_PORT, data);
    }

    unsafe fn unsafe_clone(&self) -> Self {
        Self
    }
}

fn address(function: DeviceFunction, register: u8) -> u32 {
    1 << 31
        | u32::from(function.bus) << 16
        | u32::from(function.device) << 11
        | u32::from(function.function) << 8
        | u32::from(register & 0xfc)
}

/// Calls `each` for every virtio device on the first bus.
pub(super) fn find(each: &mut dyn FnMut(Found, Place)) {
    let mut root = PciRoot::new(Ports);
    let mut next = BAR_BASE;
    for device in 0..32 {
        let function = DeviceFunction { bus: 0, device, function: 0 };
        if !is_virtio(Ports.read_word(function, 0)) {
            continue;
        }
        give_addresses(&mut root, function, &mut next);
        if let Ok(transport) = PciTransport::new::<KernelHal, _>(&mut root, function) {
            each(transport.into(), Place::Polled);
        }
    }
}

/// Tells whether a device with these vendor (low half) and device numbers is a virtio device (virtio 1.2, 4.1.2).
fn is_virtio(id: u32) -> bool {
    id & 0xffff == 0x1af4 && (0x1000..0x1080).contains(&(id >> 16))
}

fn give_addresses(root: &mut PciRoot<Ports>, function: DeviceFunction, next: &mut u64) {
    let mut bar = 0;
    while bar < 6 {
        let Ok(info) = root.bar_info(function, bar) else { return };
        let Some(info) = info else {
            bar += 1;
            continue;
        };
        if let BarInfo::Memory { address_type, address, size, .. } = info
            && size > 0
            && address == 0
        {
            let place = next.next_multiple_of(size.max(4096));
            if place + size > BAR_END {
                return;
            }
            *next = place + size;
            match address_type {
                MemoryBarType::Width64 => root.set_bar_64(function, bar, place),
                _ => root.set_bar_32(function, bar, place as u32),
            }
        }
        bar += if info.takes_two_entries() { 2 } else { 1 };
    }
    root.set_command(function, Command::MEMORY_SPACE | Command::BUS_MASTER);
}
