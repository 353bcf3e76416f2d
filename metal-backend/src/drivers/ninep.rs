//! A virtio-9p device as the wire of a 9P server: many threads' requests side by side in one queue.
//!
//! A request takes a slot, which is its tag and has buffers that the device may use. Its thread sleeps until the device's
//! interrupt has found the reply in the queue. A few slots have buffers for much data; they are made when they are needed.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicU32, Ordering};

use abi_core::abi::Errno;
use abi_core::backend::Monotonic;
use abi_core::backend::folders::{FolderError, Result};
use abi_core::sync::Mutex;
use alloc::boxed::Box;
use alloc::vec::Vec;
use virtio_drivers::device::common::Feature;
use virtio_drivers::queue::VirtQueue;
use virtio_drivers::transport::Transport;

use super::virtio::{Found, KernelHal, Place, acknowledge, enable_interrupts};
use crate::arch::spin::SpinLock;
use crate::ninep::client::{self, Kept};
use crate::ninep::decode::{self, Fields};
use crate::ninep::encode::{Encoder, Request};
use crate::ninep::wire::{Bulk, SMALL_BYTES, SMALL_DATA_BYTES, Wire};
use crate::ninep::{DATA_HEAD_BYTES, NONE};
use crate::paging::{PAGE_BYTES, direct, frames};
use crate::sched::{self, Wait};
use crate::time;

/// The device's one queue.
const QUEUE: u16 = 0;
/// A descriptor for each request and each reply.
const QUEUE_DESCRIPTORS: usize = 32;
/// Requests that may be under way.
const SLOTS: usize = QUEUE_DESCRIPTORS / 2;
/// The first slots may carry much data.
const BULK_SLOTS: usize = 4;
/// The slots of each kind, as bits.
const BULK_MASK: u32 = (1 << BULK_SLOTS) - 1;
const SMALL_MASK: u32 = ((1 << SLOTS) - 1) & !BULK_MASK;
/// Data in one message at most; QEMU names it as the best size of a transfer.
const BULK_DATA_BYTES: usize = 128 * 1024;
const BULK_BYTES: usize = BULK_DATA_BYTES + PAGE_BYTES;
/// Fids that wait to be given back with the next request, at most.
const MAX_QUIET: u32 = 6;
/// How often a device without interrupts is asked.
const POLL_NANOS: u64 = 1_000_000;

/// The slot's request is on its way.
const SENT: u32 = 0;
/// Its reply has come.
const ANSWERED: u32 = 1;
/// It is on its way and nobody waits for the reply.
const DETACHED: u32 = 2;

/// Memory that a device may use; never given back.
#[derive(Clone, Copy)]
struct Buffer {
    start: *mut u8,
    len: usize,
}

impl Buffer {
    const EMPTY: Self = Self { start: core::ptr::dangling_mut(), len: 0 };

    /// Makes sure there is room for `wanted` bytes, or for fewer if memory that lies together is short.
    fn ensure(&mut self, wanted: usize) -> Result<()> {
        let mut size = wanted;
        while self.len < size {
            let pages = size.div_ceil(PAGE_BYTES);
            if let Some(first) = frames::allocate_together(pages) {
                // What was there before, if anything, is small.
                *self = Self { start: direct(first) as *mut u8, len: pages * PAGE_BYTES };
                return Ok(());
            }
            if size == SMALL_BYTES {
                return Err(FolderError(Errno::ENOMEM.0));
            }
            size = (size / 2).max(SMALL_BYTES);
        }
        Ok(())
    }

    /// Returns the memory.
    ///
    /// # Safety
    /// Neither the device nor another reference has it.
    unsafe fn bytes<'a>(self) -> &'a mut [u8] {
        // SAFETY: frames of ours, mapped for ever by the direct map; the caller has them alone.
        unsafe { core::slice::from_raw_parts_mut(self.start, self.len) }
    }
}

struct Slot {
    state: AtomicU32,
    /// Length of the reply.
    reply_bytes: AtomicU32,
    /// The fid that the device was told to forget and has forgotten, or [`NONE`].
    forgotten: AtomicU32,
    /// For the request and for the reply.
    buffers: UnsafeCell<[Buffer; 2]>,
}

impl Slot {
    const fn new() -> Self {
        Self {
            state: AtomicU32::new(SENT),
            reply_bytes: AtomicU32::new(0),
            forgotten: AtomicU32::new(NONE),
            buffers: UnsafeCell::new([Buffer::EMPTY; 2]),
        }
    }
}

/// What the queue holds of a slot.
#[derive(Clone, Copy)]
struct Sent {
    slot: usize,
    request: Buffer,
    reply: Buffer,
}

struct Queue {
    virtqueue: VirtQueue<KernelHal, QUEUE_DESCRIPTORS>,
    /// By the queue's tokens.
    sent: [Option<Sent>; QUEUE_DESCRIPTORS],
}

/// Numbers of fids: the next new one, and those that are free again.
struct Fids {
    next: u32,
    free: Vec<u32>,
}

/// A device and its server.
pub(super) struct Server {
    /// Taken to tell the device of new requests; never together with the queue's, for QEMU serves them meanwhile.
    transport: SpinLock<Found>,
    queue: SpinLock<Queue>,
    slots: [Slot; SLOTS],
    /// Bit per free slot.
    free: AtomicU32,
    /// Counts freed slots; threads that found none sleep on it.
    releases: AtomicU32,
    /// Requests in the queue that the device was not told of.
    quiet: AtomicU32,
    /// Bytes in a message at most.
    max_bytes: AtomicU32,
    fids: Mutex<Fids>,
    kept: Mutex<Kept<Self>>,
    /// Registers (0 if it sends messages) and line, for the interrupt handler.
    registers: usize,
    line: u8,
    /// Whether it does not interrupt.
    is_polled: AtomicU32,
}

// SAFETY: a slot's buffers are reached by the thread that has taken its bit from `free`, and while the slot's request is
// in the queue by the device alone.
unsafe impl Sync for Server {}
// SAFETY: buffers are memory that belongs to no processor or thread.
unsafe impl Send for Server {}

/// Enables the device's interrupts and greets its server. What interrupts, [`Server::interrupt`] is called for.
pub(super) fn start(server: &'static Server, place: Place) -> Result<()> {
    if !enable_interrupts(place, QUEUE) {
        server.is_polled.store(1, Ordering::Relaxed);
    }
    let max_bytes = client::attach(server, BULK_BYTES as u32)?;
    server.max_bytes.store(max_bytes, Ordering::Relaxed);
    Ok(())
}

impl Server {
    /// Starts a device's driver.
    pub(super) fn new(mut transport: Found, place: Place) -> Result<Box<Self>> {
        let _: Feature = transport.begin_init(Feature::VERSION_1);
        let virtqueue =
            VirtQueue::new(&mut transport, QUEUE, false, false).map_err(|_| FolderError(Errno::ENODEV.0))?;
        transport.finish_init();
        let registers = match place {
            Place::Mmio { registers, .. } => registers,
            Place::Pci { .. } => 0,
        };
        Ok(Box::new(Self {
            transport: SpinLock::new(transport),
            queue: SpinLock::new(Queue { virtqueue, sent: [None; QUEUE_DESCRIPTORS] }),
            slots: [const { Slot::new() }; SLOTS],
            free: AtomicU32::new(BULK_MASK | SMALL_MASK),
            releases: AtomicU32::new(0),
            quiet: AtomicU32::new(0),
            max_bytes: AtomicU32::new(SMALL_BYTES as u32),
            fids: Mutex::new(Fids { next: client::ROOT + 1, free: Vec::new() }),
            kept: Mutex::new(Kept::new()),
            registers,
            line: place.line(),
            is_polled: AtomicU32::new(0),
        }))
    }

    /// Returns the line it interrupts by.
    pub(super) fn line(&self) -> u8 {
        self.line
    }

    /// Serves its interrupt.
    pub(super) fn interrupt(&self) {
        if self.registers == 0 || acknowledge(self.registers) {
            self.collect();
        }
    }

    /// Takes the replies out of the queue and wakes whoever waits for them.
    fn collect(&self) {
        loop {
            let (slot, len) = {
                let mut queue = self.queue.lock();
                let Some(token) = queue.virtqueue.peek_used() else { return };
                // A device that answers what it was not asked is not listened to any more.
                let Some(sent) = queue.sent.get(usize::from(token)).copied().flatten() else { return };
                // SAFETY: the device has answered; the thread that has the slot does not touch it until it knows.
                let request = unsafe { sent.request.bytes() };
                // SAFETY: as above.
                let reply = unsafe { sent.reply.bytes() };
                // SAFETY: the buffers that this token's request was made with.
                let popped = unsafe { queue.virtqueue.pop_used(token, &[request], &mut [reply]) };
                let Ok(len) = popped else { return };
                queue.sent[usize::from(token)] = None;
                (sent.slot, len)
            };
            let here = &self.slots[slot];
            here.reply_bytes.store(len, Ordering::Relaxed);
            if here.state.swap(ANSWERED, Ordering::SeqCst) == DETACHED {
                self.release(slot);
            } else {
                sched::wake((&raw const here.state) as usize, usize::MAX);
            }
        }
    }

    fn release(&self, slot: usize) {
        self.free.fetch_or(1 << slot, Ordering::SeqCst);
        self.releases.fetch_add(1, Ordering::SeqCst);
        sched::wake((&raw const self.releases) as usize, usize::MAX);
    }

    fn try_take(&self, mask: u32) -> Option<usize> {
        let mut free = self.free.load(Ordering::SeqCst);
        while free & mask != 0 {
            let slot = (free & mask).trailing_zeros() as usize;
            match self.free.compare_exchange(free, free & !(1 << slot), Ordering::SeqCst, Ordering::SeqCst) {
                Ok(_) => return Some(slot),
                Err(now) => free = now,
            }
        }
        None
    }

    /// Takes a slot, waiting for one.
    fn take(&self, mask: u32) -> usize {
        let slot = loop {
            let releases = self.releases.load(Ordering::SeqCst);
            if let Some(slot) = self.try_take(mask) {
                break slot;
            }
            self.tell();
            self.sleep(&self.releases, releases);
        };
        let forgotten = self.slots[slot].forgotten.swap(NONE, Ordering::Relaxed);
        if forgotten != NONE {
            self.fids.lock().free.push(forgotten);
        }
        slot
    }

    /// Sleeps while `word` holds `value`; any outcome means to look again.
    fn sleep(&self, word: &AtomicU32, value: u32) {
        let is_polled = self.is_polled.load(Ordering::Relaxed) != 0;
        let deadline = is_polled.then(|| Monotonic(time::monotonic() + POLL_NANOS));
        let _ = sched::wait(word, value, deadline, Wait::SleepingDeep);
        if is_polled {
            self.collect();
        }
    }

    /// Puts a slot's request into the queue.
    fn queue(&self, slot: usize, state: u32, request: Buffer, reply: Buffer) -> Result<()> {
        self.slots[slot].state.store(state, Ordering::SeqCst);
        // SAFETY: the caller has the slot and does not touch its buffers until the reply has come.
        let request_bytes = unsafe { request.bytes() };
        // SAFETY: as above.
        let reply_bytes = unsafe { reply.bytes() };
        let mut queue = self.queue.lock();
        // SAFETY: the buffers are frames that stay and that nobody touches until the queue gives the token back.
        let added = unsafe { queue.virtqueue.add(&[request_bytes], &mut [reply_bytes]) };
        let token = added.map_err(|_| FolderError(Errno::EIO.0))?;
        queue.sent[usize::from(token)] = Some(Sent { slot, request, reply });
        Ok(())
    }

    /// Tells the device of what is in the queue.
    fn tell(&self) {
        self.quiet.store(0, Ordering::Relaxed);
        self.transport.lock().notify(QUEUE);
    }

    /// Writes a request into a slot's buffer; returns it with both buffers.
    fn prepare(
        &self,
        slot: usize,
        bulk: Bulk,
        fill: impl FnOnce(&mut Encoder<'_>, usize),
    ) -> Result<(Request, Buffer, Buffer)> {
        let max_bytes = self.max_bytes.load(Ordering::Relaxed) as usize;
        // SAFETY: the caller has taken the slot.
        let [request, reply] = unsafe { &mut *self.slots[slot].buffers.get() };
        let size = |side| if bulk == side { BULK_BYTES } else { SMALL_BYTES };
        request.ensure(size(Bulk::Request))?;
        reply.ensure(size(Bulk::Reply))?;
        let data = |buffer: &Buffer| buffer.len.min(max_bytes).saturating_sub(DATA_HEAD_BYTES);
        let room = match bulk {
            Bulk::None => SMALL_DATA_BYTES,
            Bulk::Request => data(request).min(BULK_DATA_BYTES),
            Bulk::Reply => data(reply).min(BULK_DATA_BYTES),
        };
        // SAFETY: as above.
        let mut encoder = Encoder::new(unsafe { request.bytes() });
        fill(&mut encoder, room);
        let message = encoder.finish(slot as u16).ok_or(FolderError(Errno::ENAMETOOLONG.0))?;
        Ok((message, Buffer { start: request.start, len: message.len }, *reply))
    }
}

/// Gives a slot back.
struct Taken<'a>(&'a Server, usize);

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.0.release(self.1);
    }
}

impl Wire for Server {
    fn exchange<R>(
        &self,
        bulk: Bulk,
        fill: impl FnOnce(&mut Encoder<'_>, usize),
        take: impl FnOnce(Fields<'_>) -> Result<R>,
    ) -> Result<R> {
        let slot = self.take(if bulk == Bulk::None { SMALL_MASK } else { BULK_MASK });
        let _taken = Taken(self, slot);
        let (message, request, reply) = self.prepare(slot, bulk, fill)?;
        self.queue(slot, SENT, request, reply)?;
        self.tell();
        let here = &self.slots[slot];
        while here.state.load(Ordering::SeqCst) == SENT {
            self.sleep(&here.state, SENT);
        }
        let len = here.reply_bytes.load(Ordering::Relaxed) as usize;
        // SAFETY: the device has answered, and the slot is still ours.
        let answer = unsafe { reply.bytes() };
        take(decode::open(answer.get(..len).unwrap_or(&[]), message)?)
    }

    fn new_fid(&self) -> u32 {
        let mut fids = self.fids.lock();
        fids.free.pop().unwrap_or_else(|| {
            fids.next += 1;
            fids.next - 1
        })
    }

    fn unused_fid(&self, fid: u32) {
        self.fids.lock().free.push(fid);
    }

    fn clunk(&self, fid: u32, was_opened: bool) {
        let slot = self.take(SMALL_MASK);
        let sent = self.prepare(slot, Bulk::None, |request, _| request.clunk(fid)).and_then(
            |(_, request, reply)| {
                self.slots[slot].forgotten.store(fid, Ordering::Relaxed);
                self.queue(slot, DETACHED, request, reply)
            },
        );
        if sent.is_err() {
            self.slots[slot].forgotten.store(NONE, Ordering::Relaxed);
            self.release(slot);
        } else if was_opened || self.quiet.fetch_add(1, Ordering::Relaxed) + 1 >= MAX_QUIET {
            self.tell();
        }
    }

    fn with_kept<R>(&self, f: impl FnOnce(&mut Kept<Self>) -> R) -> R {
        f(&mut self.kept.lock())
    }
}
