//! Finding virtio devices, and the memory they may use.

use core::ptr::{NonNull, read_volatile};

use virtio_drivers::transport::SomeTransport;
use virtio_drivers::transport::mmio::MmioTransport;
use virtio_drivers::transport::pci::bus::DeviceFunction;
use virtio_drivers::{BufferDirection, Hal, PhysAddr};

use super::{ioapic, pci};
use crate::arch::trap::{DEVICE_VECTOR, TIMER_VECTOR};
use crate::paging::{DIRECT_BASE, KERNEL_BASE, PAGE_BYTES, VMAP_BASE, direct, frames, kernel_map, table};

/// QEMU's microvm puts its virtio-mmio devices here, the last slot first.
const MMIO_BASE: u64 = 0xFEB0_0000;
const MMIO_STRIDE: u64 = 0x200;
const MMIO_SLOTS: u64 = 8;
const MMIO_FIRST_LINE: u8 = 5;
const MMIO_MAGIC: u32 = 0x7472_6976;

/// A driver's transport.
pub(super) type Found = SomeTransport<'static>;

/// How a device interrupts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// By a line; its acknowledge registers lie at this address.
    Mmio {
        /// I/O APIC line.
        line: u8,
        /// Address of the device's registers.
        registers: usize,
    },
    /// By messages.
    Pci {
        /// The PCI function.
        function: DeviceFunction,
        /// The line the messages are told by.
        line: u8,
    },
}

impl Place {
    /// The line its interrupts are told by: the I/O APIC's, or one that the I/O APIC does not have.
    pub(super) fn line(self) -> u8 {
        match self {
            Self::Mmio { line, .. } | Self::Pci { line, .. } => line,
        }
    }
}

/// The first line that stands for messages: past those of the I/O APIC.
const FIRST_MESSAGE_LINE: u8 = 24;
/// The last one.
const LAST_MESSAGE_LINE: u8 = TIMER_VECTOR - DEVICE_VECTOR - 1;

/// Returns the line for the messages of the PCI device that was found after so many others.
pub(super) fn message_line(others: u8) -> u8 {
    FIRST_MESSAGE_LINE.saturating_add(others).min(LAST_MESSAGE_LINE)
}

/// Calls `each` for every virtio device.
pub(super) fn find(each: &mut dyn FnMut(Found, Place)) {
    let mut is_microvm = false;
    for slot in (0..MMIO_SLOTS).rev() {
        let registers = direct(MMIO_BASE + slot * MMIO_STRIDE);
        // SAFETY: the direct map covers the first 4 GiB; reading where no device is gives all ones or zeros.
        if unsafe { read_volatile(registers as *const u32) } != MMIO_MAGIC {
            break;
        }
        is_microvm = true;
        // SAFETY: as above.
        if unsafe { read_volatile((registers + 8) as *const u32) } == 0 {
            break;
        }
        let Some(header) = NonNull::new(registers as *mut _) else { continue };
        // SAFETY: a virtio-mmio device's registers, for ever.
        if let Ok(transport) = unsafe { MmioTransport::new(header, MMIO_STRIDE as usize) } {
            let line = MMIO_FIRST_LINE + slot as u8;
            each(transport.into(), Place::Mmio { line, registers });
        }
    }
    if !is_microvm {
        pci::find(each);
    }
}

/// Lets the device's interrupts through, on PCI those of one queue; tells whether it will interrupt. Its driver has started.
pub(super) fn enable_interrupts(place: Place, queue: u16) -> bool {
    match place {
        Place::Mmio { line, .. } => {
            ioapic::enable(line);
            true
        }
        Place::Pci { function, line } => pci::enable_messages(function, queue, DEVICE_VECTOR + line),
    }
}

/// Acknowledges a device's interrupt; tells whether there was one.
pub(super) fn acknowledge(registers: usize) -> bool {
    // SAFETY: `find` gave the address of a device's registers; these two are for the interrupt handler alone.
    let status = unsafe { read_volatile((registers + 0x60) as *const u32) };
    if status != 0 {
        // SAFETY: as above.
        unsafe { core::ptr::write_volatile((registers + 0x64) as *mut u32, status) };
    }
    status != 0
}

/// Kernel memory as devices see it.
#[derive(Debug)]
pub(super) struct KernelHal;

/// Returns the physical address behind a kernel address.
fn physical(address: usize) -> u64 {
    if address >= KERNEL_BASE {
        (address - KERNEL_BASE) as u64
    } else if address >= VMAP_BASE {
        let entry = table::lookup(&kernel_map::DirectTables, kernel_map::root(), address);
        (entry & table::FRAME) + (address % PAGE_BYTES) as u64
    } else {
        (address - DIRECT_BASE) as u64
    }
}

// SAFETY: memory given out is fresh, whole frames in the direct map; registers lie in the direct map; buffers that are
// shared lie together in physical memory (frames from `dma_alloc`, or smaller than what the heap's pieces hold).
unsafe impl Hal for KernelHal {
    fn dma_alloc(pages: usize, _: BufferDirection) -> (PhysAddr, NonNull<u8>) {
        let Some(first) = frames::allocate_together(pages) else { return (0, NonNull::dangling()) };
        (0..pages).for_each(|page| frames::zero(first + (page * PAGE_BYTES) as u64));
        let pointer = NonNull::new(direct(first) as *mut u8).unwrap_or(NonNull::dangling());
        (first, pointer)
    }

    unsafe fn dma_dealloc(first: PhysAddr, _: NonNull<u8>, pages: usize) -> i32 {
        (0..pages).for_each(|page| frames::free(first + (page * PAGE_BYTES) as u64));
        0
    }

    unsafe fn mmio_phys_to_virt(address: PhysAddr, _: usize) -> NonNull<u8> {
        NonNull::new(direct(address) as *mut u8).unwrap_or(NonNull::dangling())
    }

    unsafe fn share(buffer: NonNull<[u8]>, _: BufferDirection) -> PhysAddr {
        physical(buffer.as_ptr().cast::<u8>() as usize)
    }

    unsafe fn unshare(_: PhysAddr, _: NonNull<[u8]>, _: BufferDirection) {}
}
