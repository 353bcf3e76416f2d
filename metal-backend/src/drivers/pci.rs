//! PCI on q35 and pc: configuration by ports, addresses given to BARs that firmware left without one, interrupts by
//! message (MSI-X: PCI 3.0, 6.8.2; virtio 1.2, 4.1.4.3).

use core::ptr::{read_volatile, write_volatile};

use virtio_drivers::transport::pci::PciTransport;
use virtio_drivers::transport::pci::bus::{
    BarInfo, Command, ConfigurationAccess, DeviceFunction, MemoryBarType, PciRoot,
};

use super::virtio::{Found, KernelHal, Place, message_line};
use crate::arch::{cpu, lapic};
use crate::paging::direct;

const ADDRESS_PORT: u16 = 0xCF8;
const DATA_PORT: u16 = 0xCFC;
/// Free addresses for BARs, below the I/O APIC.
const BAR_BASE: u64 = 0xE000_0000;
const BAR_END: u64 = 0xFE00_0000;

/// First of a function's BARs in its configuration.
const BARS: u8 = 0x10;
const CAPABILITY_VENDOR: u8 = 0x09;
const CAPABILITY_MSIX: u8 = 0x11;
/// In MSI-X's message control, here in the upper half of the capability's first word.
const MSIX_ENABLE: u32 = 1 << 31;
const MSIX_MASK_ALL: u32 = 1 << 30;
/// Virtio's common configuration, among the vendor's capabilities.
const COMMON_CONFIGURATION: u8 = 1;
const QUEUE_SELECT: usize = 0x16;
const QUEUE_MSIX_VECTOR: usize = 0x1a;

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
    let mut others = 0;
    for device in 0..32 {
        let function = DeviceFunction { bus: 0, device, function: 0 };
        if !is_virtio(Ports.read_word(function, 0)) {
            continue;
        }
        give_addresses(&mut root, function, &mut next);
        if let Ok(transport) = PciTransport::new::<KernelHal, _>(&mut root, function) {
            each(transport.into(), Place::Pci { function, line: message_line(others) });
            others += 1;
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

/// Has one queue's interrupts sent as messages with this vector to this processor; tells whether they will be. The
/// device's driver has started and no other thread uses it yet.
pub(super) fn enable_messages(function: DeviceFunction, queue: u16, vector: u8) -> bool {
    let (mut msix, mut common) = (None, None);
    for capability in PciRoot::new(Ports).capabilities(function) {
        let at = capability.offset;
        match capability.id {
            CAPABILITY_MSIX => msix = Some(at),
            CAPABILITY_VENDOR
                if common.is_none() && capability.private_header >> 8 == COMMON_CONFIGURATION.into() =>
            {
                common = Some(at);
            }
            _ => {}
        }
    }
    let (Some(msix), Some(common)) = (msix, common) else { return false };
    // The table's BAR is in the low bits of its offset.
    let table = Ports.read_word(function, msix + 4);
    let table = registers(function, table as u8 & 7, table & !7);
    let common = registers(
        function,
        Ports.read_word(function, common + 4) as u8,
        Ports.read_word(function, common + 8),
    );
    let (Some(table), Some(common)) = (table, common) else { return false };
    let message = [lapic::message_address(lapic::id()), 0, u32::from(vector), 0];
    for (i, word) in message.into_iter().enumerate() {
        // SAFETY: the first entry of the device's table, in the direct map.
        unsafe { write_volatile((table + 4 * i) as *mut u32, word) };
    }
    let control = Ports.read_word(function, msix);
    Ports.write_word(function, msix, control & !MSIX_MASK_ALL | MSIX_ENABLE);
    let chosen = (common + QUEUE_MSIX_VECTOR) as *mut u16;
    // SAFETY: the device's common configuration, which the driver touches only while a thread uses it.
    unsafe { write_volatile((common + QUEUE_SELECT) as *mut u16, queue) };
    // SAFETY: as above.
    unsafe { write_volatile(chosen, 0) };
    // SAFETY: as above. A device that has no room for the vector reads as having none.
    unsafe { read_volatile(chosen) == 0 }
}

/// Returns where the direct map shows a BAR's memory.
fn registers(function: DeviceFunction, bar: u8, offset: u32) -> Option<usize> {
    let low = Ports.read_word(function, BARS.checked_add(bar.checked_mul(4)?)?);
    let is_wide = low & 6 == 4;
    let is_port = low & 1 != 0;
    if is_port || bar > 5 || is_wide && Ports.read_word(function, BARS + 4 * bar + 4) != 0 {
        return None;
    }
    Some(direct(u64::from(low & !0xf) + u64::from(offset)))
}
