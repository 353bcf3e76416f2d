//! Disks: virtio-blk devices (virtio 1.2, 5.2), numbered in the order in which they are found.
//!
//! A device has one request at a time. Its thread sleeps until the device has interrupted.

use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

use abi_core::backend::{BackendError, Disk, Geometry, Monotonic, Result};
use abi_core::sync::Mutex;
use alloc::boxed::Box;
use virtio_drivers::queue::VirtQueue;
use virtio_drivers::transport::{DeviceStatus, Transport};

use super::virtio::{Found, KernelHal, Place, acknowledge, enable_interrupts};
use crate::paging::{PAGE_BYTES, direct, frames};
use crate::sched::{self, Wait};
use crate::time;

/// The device's one queue; a request has a head, data and a status.
const QUEUE: u16 = 0;
const QUEUE_DESCRIPTORS: usize = 4;
/// How many disks there can be.
const MAX_DISKS: usize = 16;
/// The unit of a request's place, whatever the device's own sectors are.
const SECTOR_BYTES: usize = 512;
/// Data in one request at most: memory that lies together.
const DATA_BYTES: usize = 64 * 1024;
/// How often a device without interrupts is asked.
const POLL_NANOS: u64 = 1_000_000;

/// Features (virtio 1.2, 5.2.3 and 6).
const READ_ONLY: u64 = 1 << 5;
const FLUSH: u64 = 1 << 9;
const VERSION_1: u64 = 1 << 32;

/// What a request asks for (virtio 1.2, 5.2.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ask {
    Read = 0,
    Write = 1,
    Flush = 4,
}

const HEAD_BYTES: usize = 16;
/// The status of a request that was done.
const DONE: u8 = 0;

/// What a thread has while its request is under way.
struct Requests {
    transport: Found,
    queue: VirtQueue<KernelHal, QUEUE_DESCRIPTORS>,
    /// A page with the head and the status, and behind it the data.
    buffer: &'static mut [u8],
}

/// One disk; never given back.
struct BlockDevice {
    requests: Mutex<Requests>,
    /// Counts interrupts; the thread of the request sleeps on it.
    arrivals: AtomicU32,
    geometry: Geometry,
    can_flush: bool,
    /// Registers (0 if it sends messages) and line, for the interrupt handler.
    registers: usize,
    line: u8,
    /// Whether it does not interrupt.
    is_polled: bool,
}

/// The disks, the first ones without a gap.
static DISKS: [AtomicPtr<BlockDevice>; MAX_DISKS] =
    [const { AtomicPtr::new(core::ptr::null_mut()) }; MAX_DISKS];

/// Starts the driver of a device.
pub(super) fn attach(transport: Found, place: Place) {
    let Some(slot) = DISKS.iter().find(|slot| slot.load(Ordering::Relaxed).is_null()) else { return };
    let Some(mut device) = BlockDevice::new(transport, place) else { return };
    device.is_polled = !enable_interrupts(place, QUEUE);
    slot.store(Box::into_raw(Box::new(device)), Ordering::Release);
}

fn device(number: usize) -> Option<&'static BlockDevice> {
    // SAFETY: null or a device, which is never given back.
    unsafe { DISKS.get(number)?.load(Ordering::Acquire).as_ref() }
}

/// Returns a disk by its number.
pub fn disk(number: usize) -> Option<&'static dyn Disk> {
    device(number).map(|device| device as &dyn Disk)
}

/// Serves a device's interrupt.
pub(super) fn interrupt(line: u8) {
    let found = (0..MAX_DISKS).map_while(device).find(|device| device.line == line);
    if let Some(device) = found
        && (device.registers == 0 || acknowledge(device.registers))
    {
        device.arrivals.fetch_add(1, Ordering::SeqCst);
        sched::wake((&raw const device.arrivals) as usize, usize::MAX);
    }
}

impl BlockDevice {
    fn new(mut transport: Found, place: Place) -> Option<Self> {
        transport.set_status(DeviceStatus::empty());
        transport.set_status(DeviceStatus::ACKNOWLEDGE | DeviceStatus::DRIVER);
        let features = transport.read_device_features() & (READ_ONLY | FLUSH | VERSION_1);
        transport.write_driver_features(features);
        transport.set_status(DeviceStatus::ACKNOWLEDGE | DeviceStatus::DRIVER | DeviceStatus::FEATURES_OK);
        // The capacity is the first field of the device's configuration.
        let [low, high]: [u32; 2] =
            [transport.read_config_space(0).ok()?, transport.read_config_space(4).ok()?];
        let queue = VirtQueue::new(&mut transport, QUEUE, false, false).ok()?;
        transport.finish_init();
        let pages = 1 + DATA_BYTES / PAGE_BYTES;
        let first = frames::allocate_together(pages)?;
        // SAFETY: fresh frames, mapped by the direct map, never given back.
        let buffer = unsafe { core::slice::from_raw_parts_mut(direct(first) as *mut u8, pages * PAGE_BYTES) };
        let registers = match place {
            Place::Mmio { registers, .. } => registers,
            Place::Pci { .. } => 0,
        };
        Some(Self {
            requests: Mutex::new(Requests { transport, queue, buffer }),
            arrivals: AtomicU32::new(0),
            geometry: Geometry {
                sector_bytes: SECTOR_BYTES as u32,
                sectors: u64::from(low) | u64::from(high) << 32,
                is_read_only: features & READ_ONLY != 0,
            },
            can_flush: features & FLUSH != 0,
            registers,
            line: place.line(),
            is_polled: false,
        })
    }

    /// Has the device do something with `len` bytes of the buffer's data.
    fn request(&self, requests: &mut Requests, ask: Ask, sector: u64, len: usize) -> Result<()> {
        let Requests { transport, queue, buffer } = requests;
        let (control, data) = buffer.split_at_mut(PAGE_BYTES);
        let (head, status) = control.split_at_mut(HEAD_BYTES);
        head[..4].copy_from_slice(&(ask as u32).to_le_bytes());
        head[4..8].fill(0);
        head[8..].copy_from_slice(&sector.to_le_bytes());
        status[0] = !DONE;
        let (head, status, data) = (&*head, &mut status[..1], &mut data[..len]);
        // What the device reads stands before what it writes.
        let mut written: [&mut [u8]; 2];
        let read: [&[u8]; 2];
        let (inputs, outputs): (&[&[u8]], &mut [&mut [u8]]) = match ask {
            Ask::Read => {
                (read, written) = ([head, &[]], [data, status]);
                (&read[..1], &mut written[..])
            }
            Ask::Write => {
                (read, written) = ([head, data], [status, &mut []]);
                (&read[..], &mut written[..1])
            }
            Ask::Flush => {
                (read, written) = ([head, &[]], [status, &mut []]);
                (&read[..1], &mut written[..1])
            }
        };
        // SAFETY: the buffers stay, and nobody touches them until the queue has given the token back.
        let token = unsafe { queue.add(inputs, outputs) }.map_err(|_| BackendError::Device)?;
        transport.notify(QUEUE);
        loop {
            let seen = self.arrivals.load(Ordering::SeqCst);
            if queue.can_pop() {
                break;
            }
            let deadline = self.is_polled.then(|| Monotonic(time::monotonic() + POLL_NANOS));
            // Any outcome means: look again.
            let _ = sched::wait(&self.arrivals, seen, deadline, Wait::SleepingDeep);
        }
        // SAFETY: the buffers that this token's request was made with.
        unsafe { queue.pop_used(token, inputs, outputs) }.map_err(|_| BackendError::Device)?;
        if buffer[HEAD_BYTES] == DONE { Ok(()) } else { Err(BackendError::Device) }
    }
}

impl Disk for BlockDevice {
    fn geometry(&self) -> Geometry {
        self.geometry
    }

    fn read(&self, sector: u64, buf: &mut [u8]) -> Result<()> {
        let mut requests = self.requests.lock();
        for (number, piece) in buf.chunks_mut(DATA_BYTES).enumerate() {
            let place = sector + (number * DATA_BYTES / SECTOR_BYTES) as u64;
            self.request(&mut requests, Ask::Read, place, piece.len())?;
            piece.copy_from_slice(&requests.buffer[PAGE_BYTES..PAGE_BYTES + piece.len()]);
        }
        Ok(())
    }

    fn write(&self, sector: u64, buf: &[u8]) -> Result<()> {
        let mut requests = self.requests.lock();
        for (number, piece) in buf.chunks(DATA_BYTES).enumerate() {
            let place = sector + (number * DATA_BYTES / SECTOR_BYTES) as u64;
            requests.buffer[PAGE_BYTES..PAGE_BYTES + piece.len()].copy_from_slice(piece);
            self.request(&mut requests, Ask::Write, place, piece.len())?;
        }
        Ok(())
    }

    fn flush(&self) -> Result<()> {
        // A device without it has written when it says so.
        if !self.can_flush {
            return Ok(());
        }
        self.request(&mut self.requests.lock(), Ask::Flush, 0, 0)
    }
}
