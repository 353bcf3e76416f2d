//! Sources of randomness: virtio-rng, RDSEED, RDRAND, and when interrupts and switches of threads come.

use core::sync::atomic::{AtomicU8, Ordering};

use abi_core::backend::EntropySource;
use abi_core::sync::Mutex;
use alloc::boxed::Box;
use virtio_drivers::device::common::Feature;
use virtio_drivers::queue::VirtQueue;
use virtio_drivers::transport::Transport;

use super::virtio::{Found, KernelHal};
use crate::arch::{cpu, percpu};
use crate::time;

/// Bytes asked of the device at once.
const DEVICE_BYTES: usize = 64;

/// The device's one queue.
const QUEUE: u16 = 0;
/// How long the device may take. What it gives is taken later then: on the host its bytes may come from anywhere, or never.
const PATIENCE_NANOS: u64 = 20_000_000;

struct Device {
    transport: Found,
    queue: VirtQueue<KernelHal, 2>,
    buffer: Box<[u8; DEVICE_BYTES]>,
    /// The request that the device has not answered yet.
    asked: Option<u16>,
}

impl Device {
    fn start(mut transport: Found) -> Option<Self> {
        let _: Feature = transport.begin_init(Feature::VERSION_1);
        let mut queue = VirtQueue::new(&mut transport, QUEUE, false, false).ok()?;
        queue.set_dev_notify(false);
        transport.finish_init();
        Some(Self { transport, queue, buffer: Box::new([0; DEVICE_BYTES]), asked: None })
    }

    /// Asks for bytes, if that was not done yet, and waits for them a moment; returns how many came.
    fn receive(&mut self) -> usize {
        let mut limit = time::monotonic();
        let token = if let Some(token) = self.asked {
            token
        } else {
            limit += PATIENCE_NANOS;
            // SAFETY: nothing touches the buffer until the device has answered: it lives as long as the queue, in a
            // static.
            let Ok(token) = (unsafe { self.queue.add(&[], &mut [&mut self.buffer[..]]) }) else { return 0 };
            if self.queue.should_notify() {
                self.transport.notify(QUEUE);
            }
            self.asked = Some(token);
            token
        };
        while !self.queue.can_pop() {
            if time::monotonic() >= limit {
                return 0;
            }
            core::hint::spin_loop();
        }
        self.asked = None;
        // SAFETY: the buffer of the one request there is.
        let len = unsafe { self.queue.pop_used(token, &[], &mut [&mut self.buffer[..]]) };
        (len.unwrap_or(0) as usize).min(DEVICE_BYTES)
    }
}

/// A virtio-rng device: its driver starts when bytes are first asked for.
enum State {
    Absent,
    Found(Found),
    Started(Device),
}

struct VirtioRng(Mutex<State>);
struct RdSeed;
struct RdRand;
struct Interrupts;

static VIRTIO_RNG: VirtioRng = VirtioRng(Mutex::new(State::Absent));

/// Bits: 1 virtio-rng, 2 RDSEED, 4 RDRAND.
static PRESENT: AtomicU8 = AtomicU8::new(0);
/// The sources by [`PRESENT`].
static SOURCES: [&[&dyn EntropySource]; 8] = [
    &[&Interrupts],
    &[&Interrupts, &VIRTIO_RNG],
    &[&Interrupts, &RdSeed],
    &[&Interrupts, &VIRTIO_RNG, &RdSeed],
    &[&Interrupts, &RdRand],
    &[&Interrupts, &VIRTIO_RNG, &RdRand],
    &[&Interrupts, &RdSeed, &RdRand],
    &[&Interrupts, &VIRTIO_RNG, &RdSeed, &RdRand],
];

/// Returns the sources this machine has.
pub fn sources() -> &'static [&'static dyn EntropySource] {
    SOURCES[usize::from(PRESENT.load(Ordering::Acquire)) & 7]
}

/// Keeps a virtio-rng device for when randomness is asked for.
pub(super) fn attach(transport: Found) {
    *VIRTIO_RNG.0.lock() = State::Found(transport);
    PRESENT.fetch_or(1, Ordering::Release);
}

impl State {
    /// Returns the device, its driver started.
    fn started(&mut self) -> Option<&mut Device> {
        if let Self::Found(_) = self
            && let Self::Found(transport) = core::mem::replace(self, Self::Absent)
        {
            *self = Self::Started(Device::start(transport)?);
        }
        if let Self::Started(device) = self { Some(device) } else { None }
    }
}

/// Finds out what the processor has.
pub(super) fn detect_processor() {
    if cpu::cpuid(7, 0)[1] & 1 << 18 != 0 {
        PRESENT.fetch_or(2, Ordering::Release);
    }
    if cpu::cpuid(1, 0)[2] & 1 << 30 != 0 {
        PRESENT.fetch_or(4, Ordering::Release);
    }
}

impl EntropySource for VirtioRng {
    fn name(&self) -> &'static str {
        "virtio-rng"
    }

    fn credited_bits_per_byte(&self) -> u8 {
        8
    }

    fn poll(&self, buf: &mut [u8]) -> usize {
        let mut state = self.0.lock();
        let Some(device) = state.started() else { return 0 };
        let mut done = 0;
        while done < buf.len() {
            let n = device.receive().min(buf.len() - done);
            if n == 0 {
                break;
            }
            buf[done..done + n].copy_from_slice(&device.buffer[..n]);
            device.buffer.fill(0);
            done += n;
        }
        done
    }
}

fn fill(buf: &mut [u8], word: fn() -> Option<u64>) -> usize {
    let mut done = 0;
    for chunk in buf.chunks_mut(8) {
        let Some(value) = (0..10).find_map(|_| word()) else { return done };
        chunk.copy_from_slice(&value.to_le_bytes()[..chunk.len()]);
        done += chunk.len();
    }
    done
}

fn rdseed() -> Option<u64> {
    let (value, ok): (u64, u8);
    // SAFETY: only called where CPUID names RDSEED.
    unsafe {
        core::arch::asm!("rdseed {}", "setc {}", out(reg) value, out(reg_byte) ok, options(nomem, nostack));
    }
    (ok != 0).then_some(value)
}

fn rdrand() -> Option<u64> {
    let (value, ok): (u64, u8);
    // SAFETY: only called where CPUID names RDRAND.
    unsafe {
        core::arch::asm!("rdrand {}", "setc {}", out(reg) value, out(reg_byte) ok, options(nomem, nostack));
    }
    (ok != 0).then_some(value)
}

impl EntropySource for RdSeed {
    fn name(&self) -> &'static str {
        "rdseed"
    }
    fn credited_bits_per_byte(&self) -> u8 {
        6
    }
    fn poll(&self, buf: &mut [u8]) -> usize {
        fill(buf, rdseed)
    }
}

impl EntropySource for RdRand {
    fn name(&self) -> &'static str {
        "rdrand"
    }
    fn credited_bits_per_byte(&self) -> u8 {
        4
    }
    fn poll(&self, buf: &mut [u8]) -> usize {
        fill(buf, rdrand)
    }
}

impl EntropySource for Interrupts {
    fn name(&self) -> &'static str {
        "interrupts"
    }
    fn credited_bits_per_byte(&self) -> u8 {
        0
    }
    fn gives_moments(&self) -> bool {
        true
    }
    fn poll(&self, buf: &mut [u8]) -> usize {
        percpu::all().fold(0, |done, cpu| done + cpu.moments.take(&mut buf[done..]))
    }
}
